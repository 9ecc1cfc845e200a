/* A list as of a moment: what as_of_rows.c gives is sorted and cut here. A page goes on behind the
 * record that the last one ended with; the past does not change, so that it stands at the same
 * place again. */
#include "record/read_list.h"

#include <stdlib.h>

#include "base/unicode.h"
#include "record/messages.h"
#include "record/past.h"

enum { AS_OF_LIMIT = 50, AS_OF_LIMIT_MAX = 1000 };

struct past_row {
    struct read_row row;
    struct value keys[STORE_SORT_MAX];
};

struct past_list {
    struct record_view *view;
    const struct expr *where;
    struct store_sort sort[STORE_SORT_MAX];
    size_t sort_count;
    struct past_row *rows;
    size_t count;
};

static crm_status set_keys(struct past_list *l, struct past_row *kept, struct err *err) {
    struct expr_env env;
    crm_status status = CRM_OK;
    read_row_env(&kept->row, &env);
    for (size_t i = 0; i < l->sort_count && status == CRM_OK; i++) {
        status = expr_eval(l->sort[i].key, &env, &kept->keys[i], err);
        if (status == CRM_OK && kept->keys[i].type == VALUE_TEXT && l->sort[i].folded)
            kept->keys[i].text = fold_text_arena(l->view->arena, kept->keys[i].text);
    }
    return status;
}

static int compare_rows(const void *left, const void *right, void *ctx) {
    const struct past_list *l = ctx;
    const struct past_row *a = left, *b = right;
    for (size_t i = 0; i < l->sort_count; i++) {
        int order = value_compare(&a->keys[i], &b->keys[i]);
        if (order) return l->sort[i].descending ? -order : order;
    }
    return a->row.id < b->row.id ? -1 : a->row.id > b->row.id;
}

static crm_status collect(struct past_list *l, const struct past_question *q, struct err *err) {
    struct past_rows found;
    crm_status status = as_of_rows(l->view, q, &found, err);
    if (status != CRM_OK) return status;
    l->rows = ARENA_ARRAY(l->view->arena, found.count + 1, struct past_row);
    if (!l->rows) return err_no_memory(err);
    l->count = found.count;
    for (size_t i = 0; i < found.count && status == CRM_OK; i++) {
        l->rows[i].row = found.rows[i];
        status = set_keys(l, &l->rows[i], err);
    }
    if (status == CRM_OK && l->count) qsort_r(l->rows, l->count, sizeof *l->rows, compare_rows, l);
    return status;
}

/* Where the page begins: behind the record that the cursor names. */
static crm_status find_start(const struct past_list *l, struct str after, size_t *ret,
                             struct err *err) {
    int64_t id;
    *ret = 0;
    if (after.len == 0) return CRM_OK;
    crm_status status = read_cursor_parse(after, &id, 1, err);
    if (status != CRM_OK) return status;
    for (size_t i = 0; i < l->count; i++) {
        if (l->rows[i].row.id != id) continue;
        *ret = i + 1;
        return CRM_OK;
    }
    return err_set(err, CRM_INVALID, &record_cursor_bad, NULL);
}

static crm_status write_page(const struct past_list *l, const struct read_select *select,
                             size_t start, size_t limit, struct json_writer *out, struct err *err) {
    crm_status status = CRM_OK;
    size_t end = l->count - start > limit ? start + limit : l->count;
    json_object_open(out);
    json_key_lit(out, "records");
    json_array_open(out);
    for (size_t i = start; i < end && status == CRM_OK; i++)
        status = read_record_write(&l->rows[i].row, select, out, err);
    json_array_shut(out);
    json_key_lit(out, "next");
    if (end < l->count)
        read_cursor_put(out, &l->rows[end - 1].row.id, 1);
    else
        json_nil(out);
    json_key_lit(out, "total");
    json_object_open(out);
    json_key_lit(out, "value");
    json_int64(out, (int64_t)l->count);
    json_key_lit(out, "exact");
    json_bool(out, true);
    json_object_shut(out);
    json_object_shut(out);
    return status;
}

crm_status record_list_as_of(struct record_view *v, const struct schema_entity *e,
                             const struct record_list_options *o, struct json_writer *out,
                             struct err *err) {
    struct past_list *l = ARENA_NEW(v->arena, struct past_list);
    struct read_select select;
    size_t start = 0;
    if (!l) return err_no_memory(err);
    l->view = v;
    if (o->search.len) return err_set(err, CRM_INVALID, &record_as_of_search, NULL);
    if (!access_rows(v->access, SCHEMA_ACTION_READ, e))
        return err_set(err, CRM_FORBIDDEN, &record_action_forbidden, "read", NULL);
    crm_status status = read_limit_check(o->limit, AS_OF_LIMIT_MAX, err);
    if (status == CRM_OK) status = read_select_parse(v, e, o->fields, &select, err);
    if (status == CRM_OK) status = read_where_parse(v, e, o->where, &l->where, err);
    if (status == CRM_OK) status = read_sort_parse(v, e, o->sort, l->sort, &l->sort_count, err);
    const struct past_question q = {e, l->where, o->trash, o->as_of_ms};
    if (status == CRM_OK) status = collect(l, &q, err);
    if (status == CRM_OK) status = find_start(l, o->after, &start, err);
    if (status != CRM_OK) return status;
    return write_page(l, &select, start, o->limit ? (size_t)o->limit : AS_OF_LIMIT, out, err);
}
