/* crm.query over the record layer's lists, figures and search. */
#include "module/messages.h"
#include "module/reading.h"
#include "module/services.h"
#include "record/figures_kept.h"
#include "record/past.h"
#include "record/read_kept.h"

enum { EACH_ARENA_BYTES = 128 * 1024 * 1024, FIGURES_LIMIT = 10000 };

/* One page after the other, each in an arena that the next one empties. */
static crm_status each_page(struct crm_view *v, struct reading *r, struct arena *a, crm_row_fn fn,
                            void *ctx, struct err *err) {
    int64_t left = r->limit > 0 ? r->limit : INT64_MAX;
    char *after = NULL; /* copied out of the arena before it is emptied */
    size_t after_capacity = 0;
    crm_status status = CRM_OK;
    for (bool more = true; more && left > 0 && status == CRM_OK;) {
        struct crm_row *rows = NULL;
        size_t count = 0;
        struct str next = STR_NONE;
        r->list.limit = left < READING_PAGE ? left : READING_PAGE;
        status = reading_page(v, r, a, &rows, &count, &next, err);
        for (size_t i = 0; i < count && status == CRM_OK; i++)
            status = BRIDGE_CALL(err, NULL, "each", fn(ctx, &rows[i], &bridge_error));
        if (status != CRM_OK) break;
        left -= (int64_t)count;
        more = next.len > 0;
        if (next.len > after_capacity) {
            after_capacity = next.len * 2;
            after = arena_alloc(v->record->arena, after_capacity);
            if (!after) return err_no_memory(err);
        }
        if (next.len) memcpy(after, next.ptr, next.len);
        r->list.after = str_make(after, next.len);
        arena_reset(a);
    }
    return status == CRM_CANCELLED ? CRM_OK : status;
}

static crm_status query_svc_list_each(struct crm_view *v, const struct crm_list *list,
                                      crm_row_fn fn, void *ctx, struct crm_error *err) {
    struct reading r;
    struct arena a;
    crm_status status = reading_prepare(v, list, NULL, &r, err_in(err));
    if (status != CRM_OK) return status;
    arena_init(&a, EACH_ARENA_BYTES);
    status = each_page(v, &r, &a, fn, ctx, err_in(err));
    arena_fini(&a);
    return status;
}

static crm_status query_svc_page(struct crm_view *v, const struct crm_list *list,
                                 struct crm_page *ret, struct crm_error *err) {
    struct reading r;
    struct crm_row *rows = NULL;
    struct str next = STR_NONE;
    struct crm_page page = {.count = 0};
    crm_status status = reading_prepare(v, list, NULL, &r, err_in(err));
    if (status != CRM_OK) return status;
    r.list.limit = r.limit > 0 ? r.limit : 50;
    status = reading_page(v, &r, v->record->arena, &rows, &page.count, &next, err_in(err));
    if (status != CRM_OK) return status;
    page.rows = rows;
    page.next = str_out(next);
    bridge_facts(ret, ret->size, &page, sizeof page);
    return CRM_OK;
}

static crm_status query_svc_page_json(struct crm_view *v, const struct crm_list *list,
                                      struct crm_json *out, struct crm_error *err) {
    struct crm_list own;
    bridge_options(&own, sizeof own, list, list->size);
    if (!own.entity) return err_set(err_in(err), CRM_INVALID, &module_no_such_entity, NULL);
    const struct record_list_options options = {.where = str_in(own.where),
                                                .sort = str_in(own.sort),
                                                .fields = str_in(own.fields),
                                                .after = str_in(own.after),
                                                .limit = own.limit,
                                                .trash = (enum store_trash)own.trash,
                                                .action = (enum schema_action)own.action,
                                                .as_of_ms = own.as_of_ms};
    return record_list_json(v->record, entity_in(own.entity), &options, json_in(out), err_in(err));
}

static crm_status query_svc_list_fields(struct crm_view *v, const struct crm_list *list,
                                        const struct crm_field **fields, struct crm_str *paths,
                                        size_t max, size_t *ret_count, struct crm_error *err) {
    struct reading r;
    crm_status status = reading_prepare(v, list, NULL, &r, err_in(err));
    if (status != CRM_OK) return status;
    for (size_t i = 0; i < r.select.count && i < max; i++) {
        if (fields) fields[i] = field_out(read_last(&r.select.paths[i]));
        if (paths) paths[i] = str_out(r.select.keys[i]);
    }
    *ret_count = r.select.count;
    return CRM_OK;
}

static void query_svc_cell_json(struct crm_view *v, const struct crm_field *field,
                                const struct crm_cell *cell, struct crm_json *out) {
    const struct schema_field *f = field_in(field);
    struct err err;
    if (schema_field_storage(f->type) == SCHEMA_STORAGE_LINKS) {
        struct read_items items = {.known = true,
                                   .list = (const struct store_item *)cell->items,
                                   .count = cell->item_count};
        json_out_items(v->record, json_in(out), f, &items, (const struct str *)cell->item_titles,
                       &err);
        return;
    }
    struct json_title title = {.text = str_in(cell->title),
                               .known =
                                   f->type == SCHEMA_FIELD_REF || f->type == SCHEMA_FIELD_FILE};
    json_out_value(v->record, json_in(out), f, value_in(&cell->value), title, &err);
}

static crm_status query_svc_count(struct crm_view *v, const struct crm_list *list, int64_t *ret,
                                  struct crm_error *err) {
    struct reading r;
    bool exact = false;
    crm_status status = reading_prepare(v, list, NULL, &r, err_in(err));
    return status == CRM_OK ? store_count_run(v->record->conn, &r.list.query, STORE_COUNT_EXACT,
                                              ret, &exact, err_in(err))
                            : status;
}

/* ---- figures ------------------------------------------------------------------------------ */

static crm_status parse_texts(struct crm_view *v, const struct schema_entity *e,
                              const struct crm_str *texts, size_t count, enum expr_mode mode,
                              const struct expr *const **ret, struct err *err) {
    struct record_scope storage;
    struct expr_scope scope =
        record_scope_init(&storage, v->record->conn, v->record->access, e, v->record->now_ms);
    const struct expr **list = arena_array(v->record->arena, count + 1, sizeof *list);
    if (!list) return err_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        crm_status status =
            expr_parse(v->record->arena, str_in(texts[i]), &scope, mode, &list[i], err);
        if (status != CRM_OK) return status;
    }
    *ret = list;
    return CRM_OK;
}

static crm_status figures_rows(struct crm_view *v, const struct store_figures *f,
                               const struct store_figures_result *result,
                               const struct crm_figures_row **ret, struct err *err) {
    size_t width = f->group_count + f->measure_count;
    struct crm_figures_row *rows =
        ARENA_ARRAY(v->record->arena, result->row_count + 1, struct crm_figures_row);
    if (!rows) return err_no_memory(err);
    for (size_t i = 0; i < result->row_count; i++)
        rows[i] = (struct crm_figures_row){
            .cells = value_out(result->cells + i * width),
            .titles = result->titles ? (const struct crm_str *)(result->titles + i * f->group_count)
                                     : NULL};
    *ret = rows;
    return CRM_OK;
}

static crm_status figures_prepare(struct crm_view *v, const struct crm_figures *own, int16_t *sort,
                                  struct store_figures *ret, struct err *err) {
    const struct schema_entity *e = entity_in(own->entity);
    struct record_view *record = v->record;
    if (!e) return err_set(err, CRM_INVALID, &module_no_such_entity, NULL);
    *ret = (struct store_figures){.query = {.access = record->access,
                                            .from = e,
                                            .action = (enum schema_action)own->action,
                                            .now_ms = record->now_ms},
                                  .sort = sort,
                                  .group_count = own->group_count,
                                  .measure_count = own->measure_count,
                                  .sort_count = own->sort_count,
                                  .limit = own->limit ? own->limit : FIGURES_LIMIT};
    if (own->sort_count > STORE_SORT_MAX) ret->sort_count = STORE_SORT_MAX;
    for (size_t i = 0; i < ret->sort_count;
         i++) /* position + 1 here; position, or its complement, there */
        sort[i] = own->sort[i] > 0 ? (int16_t)(own->sort[i] - 1) : own->sort[i];
    crm_status status = read_where_parse(record, e, str_in(own->where), &ret->query.where, err);
    if (status == CRM_OK)
        status = parse_texts(v, e, own->group, own->group_count, EXPR_MODE_ROW, &ret->group, err);
    return status == CRM_OK ? parse_texts(v, e, own->measures, own->measure_count,
                                          EXPR_MODE_MEASURE, &ret->measures, err)
                            : status;
}

static crm_status query_svc_figures(struct crm_view *v, const struct crm_figures *figures,
                                    const struct crm_figures_row **ret_rows, size_t *ret_count,
                                    struct crm_error *error) {
    struct err *err = err_in(error);
    struct crm_figures own;
    struct store_figures f;
    int16_t sort[STORE_SORT_MAX];
    bridge_options(&own, sizeof own, figures, figures->size);
    crm_status status = figures_prepare(v, &own, sort, &f, err);
    struct store_figures_result result;
    if (status == CRM_OK)
        status = own.as_of_ms ? as_of_figures(v->record, &f, own.as_of_ms, &result, err)
                              : record_figures(v->record, &f, &result, err);
    if (status != CRM_OK) return status;
    *ret_count = result.row_count;
    return figures_rows(v, &f, &result, ret_rows, err);
}

static crm_status query_svc_figures_check(struct crm_view *v, const struct crm_figures *figures,
                                          struct crm_error *err) {
    struct crm_figures own;
    struct store_figures f;
    int16_t sort[STORE_SORT_MAX];
    bridge_options(&own, sizeof own, figures, figures->size);
    return figures_prepare(v, &own, sort, &f, err_in(err));
}

static crm_status query_svc_search(struct crm_view *v, const struct crm_entity *entity,
                                   struct crm_str text, int64_t limit,
                                   const struct crm_hit **ret_hits, size_t *ret_count,
                                   struct crm_error *err) {
    const struct schema_entity *e = entity_in(entity);
    struct store_search search = {.access = v->record->access,
                                  .text = str_in(text),
                                  .entities = e ? &e : NULL,
                                  .entity_count = e ? 1 : 0,
                                  .limit = limit > 0 ? limit : 50};
    struct store_hit *hits = NULL;
    struct str next;
    crm_status status = store_search_run(v->record->conn, &search, v->record->arena, &hits,
                                         ret_count, &next, err_in(err));
    if (status != CRM_OK) return status;
    struct crm_hit *list = ARENA_ARRAY(v->record->arena, *ret_count + 1, struct crm_hit);
    if (!list) return err_no_memory(err_in(err));
    for (size_t i = 0; i < *ret_count; i++)
        list[i] = (struct crm_hit){entity_out(hits[i].entity), hits[i].id, str_out(hits[i].title),
                                   str_out(hits[i].snippet)};
    *ret_hits = list;
    return CRM_OK;
}

#define QUERY_MEMBER(result, name, parameters) .name = query_svc_##name,
const struct crm_query services_query = {
    .size = sizeof services_query, .version = CRM_QUERY_VERSION, CRM_QUERY_TABLE(QUERY_MEMBER)};
