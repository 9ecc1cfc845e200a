/* Queries of scripts against the store. See query.h. */
#include "script/query.h"

#include <stdlib.h>

#include "record/read_kept.h"
#include "script/messages.h"

static crm_status parse(const struct script_query *q, struct arena *a, struct str text,
                        enum expr_mode mode, const struct expr **ret, struct err *err) {
    struct record_scope storage;
    struct expr_scope scope =
        record_scope_init(&storage, q->run->conn, q->run->access, q->entity, q->run->now_ms);
    return expr_parse(a, text, &scope, mode, ret, err);
}

static crm_status base_query(const struct script_query *q, struct arena *a, struct store_query *ret,
                             struct err *err) {
    *ret = (struct store_query){.access = q->run->access,
                                .from = q->entity,
                                .action = SCHEMA_ACTION_READ,
                                .now_ms = q->run->now_ms};
    for (size_t i = 0; i < q->where_count; i++) {
        const struct expr *condition;
        crm_status status = parse(q, a, q->where[i], EXPR_MODE_ROW, &condition, err);
        if (status != CRM_OK) return status;
        ret->where = expr_and(a, ret->where, condition);
        if (!ret->where) return err_no_memory(err);
    }
    return CRM_OK;
}

static struct str sort_text(struct str text, bool *ret_descending) {
    *ret_descending = text.len > 0 && text.ptr[0] == '-';
    return *ret_descending ? str_make(text.ptr + 1, text.len - 1) : text;
}

static crm_status sorts(const struct script_query *q, struct arena *a,
                        const struct store_sort **ret, struct err *err) {
    struct store_sort *all = ARENA_ARRAY(a, q->sort_count + 1, struct store_sort);
    if (!all) return err_no_memory(err);
    if (q->sort_count > STORE_SORT_MAX)
        return err_set(err, CRM_INVALID, &say_script_query, "at most 8 keys to sort by", NULL);
    for (size_t i = 0; i < q->sort_count; i++) {
        struct str text = sort_text(q->sort[i], &all[i].descending);
        crm_status status = parse(q, a, text, EXPR_MODE_ROW, &all[i].key, err);
        if (status != CRM_OK) return status;
        all[i].folded = all[i].key->type.type == VALUE_TEXT;
    }
    *ret = all;
    return CRM_OK;
}

/* Runs inside one read transaction where none is open. */
static crm_status begin(struct script_run *r, bool *ret_began, struct err *err) {
    *ret_began = !store_in_transaction(r->conn);
    return *ret_began ? store_begin(r->conn, err) : CRM_OK;
}

static void end(struct script_run *r, bool began) {
    if (began) store_rollback(r->conn);
}

static crm_status page_rows(struct script_query *q, const struct store_page *found,
                            struct script_page *page, struct err *err) {
    struct value **rows = ARENA_ARRAY(page->arena, found->count + 1, struct value *);
    if (!rows) return err_no_memory(err);
    crm_status status = store_record_get_many(q->run->conn, q->entity, found->ids, found->count,
                                              NULL, page->arena, rows, err);
    if (status != CRM_OK) return status;
    page->ids = found->ids;
    page->rows = (const struct value **)rows;
    page->count = found->count;
    page->next = found->next;
    q->run->rows += found->count;
    return CRM_OK;
}

crm_status script_query_page(struct script_query *q, struct script_page *page, struct err *err) {
    struct store_list list = {.limit = q->limit, .after = page->next, .sort_count = q->sort_count};
    bool began = false;
    crm_status status = base_query(q, page->arena, &list.query, err);
    if (status == CRM_OK) status = sorts(q, page->arena, &list.sort, err);
    if (status == CRM_OK) status = begin(q->run, &began, err);
    if (status != CRM_OK) return status;
    struct store_page found;
    status = store_list_run(q->run->conn, &list, page->arena, &found, err);
    if (status == CRM_OK) status = page_rows(q, &found, page, err);
    end(q->run, began);
    return status;
}

static crm_status figure_sorts(const struct script_query *q, const int16_t **ret, struct err *err) {
    int16_t *all = ARENA_ARRAY(q->run->arena, q->sort_count + 1, int16_t);
    if (!all) return err_no_memory(err);
    for (size_t i = 0; i < q->sort_count; i++) {
        bool descending;
        struct str text = sort_text(q->sort[i], &descending);
        size_t at = 0, count = q->group_count + q->measure_count;
        while (at < count &&
               !str_eq(text, at < q->group_count ? q->group[at] : q->names[at - q->group_count]))
            at++;
        if (at == count)
            return err_set(err, CRM_INVALID, &say_script_query,
                           "sort by a grouped text or the name of a measure", NULL);
        all[i] = (int16_t)(descending ? -(int)at - 1 : (int)at);
    }
    *ret = all;
    return CRM_OK;
}

static crm_status expressions(struct script_query *q, const struct str *texts, size_t count,
                              enum expr_mode mode, const struct expr ***ret, struct err *err) {
    const struct expr **all = ARENA_ARRAY(q->run->arena, count + 1, const struct expr *);
    if (!all) return err_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        crm_status status = parse(q, q->run->arena, texts[i], mode, &all[i], err);
        if (status != CRM_OK) return status;
    }
    *ret = all;
    return CRM_OK;
}

crm_status script_query_figures(struct script_query *q, struct store_figures_result *ret,
                                struct err *err) {
    const struct expr **measures;
    struct store_figures f = {.group_count = q->group_count,
                              .measure_count = q->measure_count,
                              .sort_count = q->sort_count,
                              .limit = q->limit};
    bool began = false;
    if (q->group_count > STORE_GROUP_MAX || q->measure_count > STORE_MEASURE_MAX ||
        q->sort_count > STORE_SORT_MAX)
        return err_set(err, CRM_INVALID, &say_script_query,
                       "at most 8 groups, 8 keys to sort by and 32 measures", NULL);
    crm_status status = base_query(q, q->run->arena, &f.query, err);
    if (status == CRM_OK)
        status = expressions(q, q->group, q->group_count, EXPR_MODE_ROW, &q->groups, err);
    if (status == CRM_OK)
        status = expressions(q, q->measures, q->measure_count, EXPR_MODE_MEASURE, &measures, err);
    if (status == CRM_OK) status = figure_sorts(q, &f.sort, err);
    if (status == CRM_OK) status = begin(q->run, &began, err);
    if (status != CRM_OK) return status;
    f.group = q->groups;
    f.measures = measures;
    status = store_figures_run(q->run->conn, &f, q->run->arena, ret, err);
    end(q->run, began);
    if (status == CRM_OK) q->run->rows += ret->row_count;
    return status;
}

void script_query_own(const struct script_query *q, struct value *cells) {
    for (size_t i = 0; i < q->group_count; i++)
        if (cells[i].type == VALUE_ID && cells[i].entity == 0)
            cells[i].entity = q->groups[i]->type.entity;
}

crm_status script_query_count(struct script_query *q, int64_t *ret, struct err *err) {
    struct store_query query;
    bool began = false, exact;
    crm_status status = base_query(q, q->run->arena, &query, err);
    if (status == CRM_OK) status = begin(q->run, &began, err);
    if (status != CRM_OK) return status;
    status = store_count_run(q->run->conn, &query, STORE_COUNT_EXACT, ret, &exact, err);
    end(q->run, began);
    return status;
}
