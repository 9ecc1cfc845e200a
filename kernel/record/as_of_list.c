/* A list as of a moment: every record of the entity is reckoned back, then filtered, sorted and cut
 * here, for SQL cannot see the past. Bounded: entities of up to AS_OF_RECORDS_MAX records. A page
 * goes on behind the record that the last one ended with; the past does not change, so that it
 * stands at the same place again. */
#include "record/read_list.h"

#include <stdlib.h>

#include "base/unicode.h"
#include "record/engine_state.h"
#include "record/messages.h"
#include "record/past.h"
#include "store/sys_tables.h"

enum { AS_OF_RECORDS_MAX = 10000, AS_OF_LIMIT = 50, AS_OF_LIMIT_MAX = 1000 };

struct past_row {
    struct read_row row;
    struct value keys[STORE_SORT_MAX];
};

struct past_list {
    struct record_view *view;
    const struct schema_entity *entity;
    const struct expr *where;
    struct store_sort sort[STORE_SORT_MAX];
    size_t sort_count;
    int64_t *ids;
    size_t id_count, id_room;
    struct past_row *rows;
    size_t count, room;
    bool failed, too_many;
};

static bool add_id(struct past_list *l, int64_t id) {
    l->too_many = l->id_count == AS_OF_RECORDS_MAX;
    if (l->too_many) return false;
    l->ids = arena_grow(l->view->arena, l->ids, l->id_count, &l->id_room, sizeof *l->ids);
    l->failed = !l->ids;
    if (!l->failed) l->ids[l->id_count++] = id;
    return !l->failed;
}

static bool take_id(void *ctx, const struct value *row) {
    struct past_list *l = ctx;
    return add_id(l, row_std_int(l->entity, row, SCHEMA_STD_ID));
}

static bool take_purged(void *ctx, const struct store_value *row) {
    return add_id(ctx, row[SYS_CHANGE_RECORD].integer);
}

/* Records that are there, in the trash too, and those purged since. */
static crm_status candidates(struct past_list *l, int64_t seq, struct err *err) {
    struct slot_set slots = {0};
    slot_add(&slots, 0);
    crm_status status =
        store_record_each(l->view->conn, l->entity, &slots, 0, AS_OF_RECORDS_MAX + 1, true,
                          l->view->arena, take_id, l, err);
    struct store_condition where[] = {{SYS_CHANGE_ENTITY, STORE_EQ, store_int(l->entity->id)},
                                      {SYS_CHANGE_SEQ, STORE_GT, store_int(seq)},
                                      {SYS_CHANGE_OP, STORE_EQ, store_int(RECORD_PURGE)}};
    struct store_select purged = {
        .table = sys_table(SYS_TABLE_CHANGE), .where = where, .where_count = 3};
    if (status == CRM_OK && !l->failed && !l->too_many)
        status = store_each(l->view->conn, &purged, take_purged, l, err);
    if (status != CRM_OK) return status;
    if (l->failed) return err_no_memory(err);
    return l->too_many ? err_set(err, CRM_REFUSED, &record_as_of_large, "10000", NULL) : CRM_OK;
}

static bool in_wanted_trash(const struct past_list *l, const struct past *p,
                            enum store_trash trash) {
    bool trashed = !row_is_living(l->entity, p->row);
    return trash == STORE_BOTH || trashed == (trash == STORE_TRASHED);
}

static crm_status keep_row(struct past_list *l, struct read_row *row, struct err *err) {
    struct expr_env env;
    struct value value = value_bool(true);
    read_row_env(row, &env);
    crm_status status = l->where ? expr_eval(l->where, &env, &value, err) : CRM_OK;
    if (status != CRM_OK || !value_truthy(&value)) return status;
    l->rows = arena_grow(l->view->arena, l->rows, l->count, &l->room, sizeof *l->rows);
    if (!l->rows) return err_no_memory(err);
    struct past_row *kept = &l->rows[l->count++];
    kept->row = *row;
    for (size_t i = 0; i < l->sort_count; i++) {
        status = expr_eval(l->sort[i].key, &env, &kept->keys[i], err);
        if (status != CRM_OK) return status;
        if (kept->keys[i].type == VALUE_TEXT && l->sort[i].folded)
            kept->keys[i].text = fold_text_arena(l->view->arena, kept->keys[i].text);
    }
    return CRM_OK;
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

static crm_status collect(struct past_list *l, const struct record_list_options *o, int64_t seq,
                          struct err *err) {
    crm_status status = candidates(l, seq, err);
    for (size_t i = 0; i < l->id_count && status == CRM_OK; i++) {
        struct past past;
        struct read_row row;
        bool allowed = false;
        status = as_of_row(l->view, l->entity, l->ids[i], seq, &past, &row, err);
        if (status == CRM_OK && past.exists && in_wanted_trash(l, &past, o->trash))
            status = as_of_allowed(&row, &past, &allowed, err);
        if (status == CRM_OK && allowed) status = keep_row(l, &row, err);
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
    int64_t seq = 0;
    size_t start = 0;
    if (!l) return err_no_memory(err);
    l->view = v;
    l->entity = e;
    if (o->as_of_ms > v->now_ms) return err_set(err, CRM_INVALID, &record_as_of_later, NULL);
    if (o->search.len) return err_set(err, CRM_INVALID, &record_as_of_search, NULL);
    if (!access_rows(v->access, SCHEMA_ACTION_READ, e))
        return err_set(err, CRM_FORBIDDEN, &record_action_forbidden, "read", NULL);
    crm_status status = read_limit_check(o->limit, AS_OF_LIMIT_MAX, err);
    if (status == CRM_OK) status = read_select_parse(v, e, o->fields, &select, err);
    if (status == CRM_OK) status = read_where_parse(v, e, o->where, &l->where, err);
    if (status == CRM_OK) status = read_sort_parse(v, e, o->sort, l->sort, &l->sort_count, err);
    if (status == CRM_OK) status = past_seq_at(v->conn, o->as_of_ms, &seq, err);
    if (status == CRM_OK) status = collect(l, o, seq, err);
    if (status == CRM_OK) status = find_start(l, o->after, &start, err);
    if (status != CRM_OK) return status;
    return write_page(l, &select, start, o->limit ? (size_t)o->limit : AS_OF_LIMIT, out, err);
}
