/* Lists: a page by key with the viewer's rule, filter and order in SQL, written as it comes. */
#include "record/read_list.h"

#include "record/json_out.h"
#include "record/messages.h"
#include "record/read_expr.h"
#include "record/read_kept.h"

enum { LIST_LIMIT = 50, LIST_LIMIT_MAX = 1000, LIST_SEARCH_MAX = 1000 };

crm_status read_where_parse(struct record_view *v, const struct schema_entity *e, struct str text,
                            const struct expr **ret, struct err *err) {
    struct record_scope storage;
    if (str_trim(text).len == 0) {
        *ret = NULL;
        return CRM_OK;
    }
    struct expr_scope scope = record_scope_init(&storage, v->conn, v->access, e, v->now_ms);
    return read_name_code(expr_parse(v->arena, text, &scope, EXPR_MODE_ROW, ret, err), err);
}

/* By a reference, records sort by what people see: the position they were given, else the
 * title. */
static struct str ref_key(struct record_view *v, struct str path, const struct expr *key) {
    const struct schema_entity *e =
        key->type.entity ? schema_entity_by_id(v->access->schema, key->type.entity) : NULL;
    const struct expr_symbol *last = &key->path.step[key->path.length - 1];
    if (!e || last->field == SCHEMA_STD_ID || key->path.length == EXPR_PATH_MAX) return path;
    const struct schema_field *f = schema_field_find(e, STR("position"));
    if (!f || f->type != SCHEMA_FIELD_INTEGER) f = schema_field_at(e, e->title_slot);
    if (!f || !access_field_visible(v->access, e, f)) return path;
    return arena_printf(v->arena, "%.*s.%.*s", STR_ARG(path), STR_ARG(f->name));
}

static crm_status parse_key(struct record_view *v, const struct schema_entity *e, struct str path,
                            const struct expr **ret, struct err *err) {
    struct record_scope storage;
    struct expr_scope scope = record_scope_init(&storage, v->conn, v->access, e, v->now_ms);
    const struct expr *key = NULL;
    crm_status status =
        read_name_code(expr_parse(v->arena, path, &scope, EXPR_MODE_ROW, &key, err), err);
    if (status != CRM_OK) return status;
    const struct str args[] = {path};
    bool is_path = key->op == EXPR_PATH;
    if (key->type.type == VALUE_LIST || (key->type.type == VALUE_ID && !is_path))
        return err_set_args(err, CRM_INVALID, &record_sort_path, args, 1);
    if (key->type.type == VALUE_ID) {
        struct str longer = ref_key(v, path, key);
        if (!longer.ptr) return err_no_memory(err);
        if (longer.len != path.len)
            return expr_parse(v->arena, longer, &scope, EXPR_MODE_ROW, ret, err);
    }
    *ret = key;
    return CRM_OK;
}

crm_status read_sort_parse(struct record_view *v, const struct schema_entity *e, struct str text,
                           struct store_sort *ret, size_t *ret_count, struct err *err) {
    size_t count = 0;
    struct str rest = text, part;
    bool more = str_trim(text).len != 0;
    while (more) {
        bool descending;
        more = schema_sort_next(&rest, &part, &descending);
        if (count == STORE_SORT_MAX) return err_set(err, CRM_INVALID, &record_sort_many, "8", NULL);
        struct store_sort *sort = &ret[count++];
        crm_status status = parse_key(v, e, part, &sort->key, err);
        if (status != CRM_OK) return status;
        sort->descending = descending;
        sort->folded = sort->key->type.type == VALUE_TEXT;
    }
    *ret_count = count;
    return CRM_OK;
}

crm_status read_limit_check(int64_t limit, int64_t most, struct err *err) {
    if (limit >= 0 && limit <= most) return CRM_OK;
    char text[24];
    (void)snprintf(text, sizeof text, "%lld", (long long)most);
    return err_set(err, CRM_INVALID, &record_limit_range, text, NULL);
}

bool read_and(struct record_view *v, const struct expr **where, const struct expr *more) {
    if (!more) return true;
    const struct expr *both = expr_and(v->arena, *where, more);
    if (both) *where = both;
    return both != NULL;
}

crm_status read_cursor_parse(struct str text, int64_t *ret_numbers, size_t count, struct err *err) {
    struct str rest = text, part;
    for (size_t i = 0; i < count; i++)
        ret_numbers[i] = INT64_MAX;
    if (text.len == 0) return CRM_OK;
    for (size_t i = 0; i < count; i++) {
        bool more = str_split(&rest, '.', &part);
        if (!str_to_int64(part, &ret_numbers[i]) || more != (i + 1 < count))
            return err_set(err, CRM_INVALID, &record_cursor_bad, NULL);
    }
    return CRM_OK;
}

void read_cursor_put(struct json_writer *out, const int64_t *numbers, size_t count) {
    char text[128];
    size_t len = 0;
    for (size_t i = 0; i < count && len < sizeof text - 24; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, i ? ".%lld" : "%lld",
                                (long long)numbers[i]);
    json_text(out, str_make(text, len));
}

/* ---- the list ---- */

struct list {
    struct record_view *view;
    const struct schema_entity *entity;
    struct read_select select;
    struct store_list query;
    size_t *stored; /* by column: position among the store's cells, SIZE_MAX = reckoned here */
    enum store_count_mode count;
};

static bool reckoned_here(const struct schema_path *p) {
    const struct schema_field *f = read_last(p);
    return f->type == SCHEMA_FIELD_CHILDREN || (f->type == SCHEMA_FIELD_ROLLUP && f->rollup_viewer);
}

static crm_status set_columns(struct list *l, struct err *err) {
    struct arena *a = l->view->arena;
    struct schema_path *paths = ARENA_ARRAY(a, l->select.count + 1, struct schema_path);
    l->stored = ARENA_ARRAY(a, l->select.count + 1, size_t);
    if (!paths || !l->stored) return err_no_memory(err);
    for (size_t i = 0; i < l->select.count; i++) {
        bool here = reckoned_here(&l->select.paths[i]);
        l->stored[i] = here ? SIZE_MAX : l->query.select_count;
        if (!here) paths[l->query.select_count++] = l->select.paths[i];
    }
    l->query.select = paths;
    return CRM_OK;
}

static crm_status set_count(struct list *l, struct str word, struct err *err) {
    static const char *const words[] = {"none", "capped", "exact"};
    if (word.len == 0) return CRM_OK;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!str_is(word, words[i])) continue;
        l->count = (enum store_count_mode)i;
        return CRM_OK;
    }
    const struct str args[] = {word};
    return err_set_args(err, CRM_INVALID, &record_count_word, args, 1);
}

crm_status read_search_narrow(struct record_view *v, const struct schema_entity *e, struct str text,
                              const struct expr **where, struct err *err) {
    struct store_search search = {.access = v->access,
                                  .text = text,
                                  .entities = &e,
                                  .entity_count = 1,
                                  .limit = LIST_SEARCH_MAX};
    struct store_hit *hits = NULL;
    size_t count = 0;
    struct str next;
    if (!str_trim(text).len) return CRM_OK;
    crm_status status = store_search_run(v->conn, &search, v->arena, &hits, &count, &next, err);
    if (status != CRM_OK) return status;
    int64_t *ids = ARENA_ARRAY(v->arena, count + 1, int64_t);
    if (!ids) return err_no_memory(err);
    for (size_t i = 0; i < count; i++)
        ids[i] = hits[i].id;
    const struct expr *found =
        count ? read_one_of(v->arena, schema_standard(e, SCHEMA_STD_ID), ids, count)
              : expr_literal(v->arena, value_bool(false));
    return found && read_and(v, where, found) ? CRM_OK : err_no_memory(err);
}

static crm_status prepare(struct list *l, const struct record_list_options *o, struct err *err) {
    struct record_view *v = l->view;
    struct store_sort *sort = ARENA_ARRAY(v->arena, STORE_SORT_MAX, struct store_sort);
    if (!sort) return err_no_memory(err);
    if (!access_rows(v->access, o->action, l->entity))
        return err_set(err, CRM_FORBIDDEN, &record_action_forbidden, "read", NULL);
    crm_status status = read_limit_check(o->limit, LIST_LIMIT_MAX, err);
    if (status == CRM_OK) status = read_select_parse(v, l->entity, o->fields, &l->select, err);
    if (status == CRM_OK)
        status = read_where_parse(v, l->entity, o->where, &l->query.query.where, err);
    if (status == CRM_OK)
        status = read_sort_parse(v, l->entity, o->sort, sort, &l->query.sort_count, err);
    if (status == CRM_OK) status = set_count(l, o->count, err);
    if (status == CRM_OK) status = set_columns(l, err);
    if (status == CRM_OK)
        status = read_search_narrow(v, l->entity, o->search, &l->query.query.where, err);
    l->query.query.access = v->access;
    l->query.query.from = l->entity;
    l->query.query.action = o->action;
    l->query.query.trash = o->trash;
    l->query.query.now_ms = v->now_ms;
    l->query.sort = sort;
    l->query.limit = o->limit ? o->limit : LIST_LIMIT;
    l->query.after = o->after;
    return status;
}

static crm_status write_cell(struct list *l, struct json_writer *out, const struct schema_path *p,
                             const struct store_cell *cell, struct err *err) {
    const struct schema_field *f = read_last(p);
    if (schema_field_storage(f->type) == SCHEMA_STORAGE_LINKS) {
        struct read_items items = {.known = true, .list = cell->items, .count = cell->item_count};
        return json_out_items(l->view, out, f, &items, cell->item_titles, err);
    }
    struct json_title title = {
        .text = cell->title, .known = f->type == SCHEMA_FIELD_REF || f->type == SCHEMA_FIELD_FILE};
    return json_out_value(l->view, out, f, &cell->value, title, err);
}

static crm_status write_here(struct list *l, struct json_writer *out, int64_t id,
                             const struct schema_path *p, struct err *err) {
    struct read_row row;
    struct slot_set slots = {0};
    struct read_select one = {.paths = (struct schema_path *)(uintptr_t)p, .count = 1};
    read_select_slots(l->entity, &one, &slots);
    crm_status status = read_row_find(l->view, l->entity, id, &slots, &row, err);
    return status == CRM_OK ? read_path_write(&row, out, p, err) : status;
}

static crm_status write_page(struct list *l, const struct store_page *page, struct json_writer *out,
                             struct err *err) {
    crm_status status = CRM_OK;
    for (size_t r = 0; r < page->count && status == CRM_OK; r++) {
        const struct store_cell *cells = page->cells + r * l->query.select_count;
        json_object_open(out);
        json_key_lit(out, "id");
        json_id(out, page->ids[r]);
        json_key_lit(out, "version");
        json_int64(out, page->versions[r]);
        for (size_t i = 0; i < l->select.count && status == CRM_OK; i++) {
            const struct schema_path *p = &l->select.paths[i];
            json_key(out, l->select.keys[i]);
            status = l->stored[i] == SIZE_MAX ? write_here(l, out, page->ids[r], p, err)
                                              : write_cell(l, out, p, &cells[l->stored[i]], err);
        }
        json_object_shut(out);
    }
    return status;
}

static crm_status write_total(struct list *l, struct json_writer *out, struct err *err) {
    int64_t total = 0;
    bool exact = false;
    if (l->count == STORE_COUNT_NONE) return CRM_OK;
    crm_status status =
        store_count_run(l->view->conn, &l->query.query, l->count, &total, &exact, err);
    if (status != CRM_OK) return status;
    json_key_lit(out, "total");
    json_object_open(out);
    json_key_lit(out, "value");
    json_int64(out, total);
    json_key_lit(out, "exact");
    json_bool(out, exact);
    json_object_shut(out);
    return CRM_OK;
}

static crm_status run(struct list *l, const struct record_list_options *o, struct json_writer *out,
                      struct err *err) {
    struct store_page page = {0};
    crm_status status = prepare(l, o, err);
    if (status == CRM_OK)
        status = store_list_run(l->view->conn, &l->query, l->view->arena, &page, err);
    if (status != CRM_OK) return status;
    json_object_open(out);
    json_key_lit(out, "records");
    json_array_open(out);
    status = write_page(l, &page, out, err);
    json_array_shut(out);
    json_key_lit(out, "next");
    json_text_or_nil(out, page.next);
    if (status == CRM_OK) status = write_total(l, out, err);
    json_object_shut(out);
    return status;
}

crm_status record_list_json(struct record_view *v, const struct schema_entity *e,
                            const struct record_list_options *o, struct json_writer *out,
                            struct err *err) {
    struct list l = {.view = v, .entity = e};
    bool began = false;
    crm_status status = read_begin(v, &began, err);
    if (status != CRM_OK) return status;
    status = o->as_of_ms ? record_list_as_of(v, e, o, out, err) : run(&l, o, out, err);
    read_end(v, began);
    return status;
}
