/* Figures of records as they were at a moment: grouped and summed up here, with the same arithmetic
 * as those of the present. Rows stand in the order of their keys. Threads: the view's; everything
 * in its arena. */
#include <stdlib.h>

#include "record/engine_state.h"
#include "record/past.h"

enum { AGGREGATES_MAX = 64 };

struct summing {
    struct record_view *view;
    const struct store_figures *figures;
    const struct expr *aggregates[AGGREGATES_MAX];
    size_t aggregate_count;
    struct past_rows rows;
    struct value **keys; /* by row, sorted; the row's number behind its keys */
    struct value *cells;
    struct str *titles;
    size_t count, width;
};

static int compare_keys(const void *left, const void *right, void *ctx) {
    const struct value *a = *(struct value *const *)left, *b = *(struct value *const *)right;
    const struct summing *s = ctx;
    for (size_t i = 0; i < s->figures->group_count; i++) {
        int order = value_compare(&a[i], &b[i]);
        if (order) return order;
    }
    return 0;
}

static crm_status set_keys(struct summing *s, struct err *err) {
    size_t groups = s->figures->group_count;
    struct value *all = ARENA_ARRAY(s->view->arena, s->rows.count * (groups + 1) + 1, struct value);
    s->keys = ARENA_ARRAY(s->view->arena, s->rows.count + 1, struct value *);
    if (!all || !s->keys) return err_no_memory(err);
    for (size_t i = 0; i < s->rows.count; i++) {
        struct expr_env env;
        read_row_env(&s->rows.rows[i], &env);
        s->keys[i] = all + i * (groups + 1);
        s->keys[i][groups] = value_int((int64_t)i);
        for (size_t k = 0; k < groups; k++) {
            crm_status status = expr_eval(s->figures->group[k], &env, &s->keys[i][k], err);
            if (status != CRM_OK) return status;
        }
    }
    if (groups) qsort_r(s->keys, s->rows.count, sizeof *s->keys, compare_keys, s);
    return CRM_OK;
}

static crm_status add_row(struct summing *s, struct expr_group *g, struct read_row *row,
                          struct err *err) {
    struct expr_env env;
    crm_status status = CRM_OK;
    read_row_env(row, &env);
    for (size_t i = 0; i < s->aggregate_count && status == CRM_OK; i++) {
        const struct expr *a = s->aggregates[i];
        struct value value = VALUE_OF_NIL, condition = value_bool(true);
        if (a->call.condition) status = expr_eval(a->call.condition, &env, &condition, err);
        if (status == CRM_OK && a->call.count)
            status = expr_eval(a->call.args[0], &env, &value, err);
        if (status == CRM_OK)
            status = expr_group_add(g, s->view->arena, i, a->call.count ? &value : NULL,
                                    value_truthy(&condition), err);
    }
    return status;
}

static crm_status set_titles(struct summing *s, const struct value *keys, struct str *titles,
                             struct err *err) {
    for (size_t i = 0; i < s->figures->group_count; i++) {
        int32_t id = keys[i].entity ? keys[i].entity : s->figures->group[i]->type.entity;
        const struct schema_entity *e = keys[i].type == VALUE_ID && id
                                            ? schema_entity_by_id(s->view->access->schema, id)
                                            : NULL;
        crm_status status = e ? read_title(s->view, e, keys[i].integer, &titles[i], err) : CRM_OK;
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

/* The rows from..until are one group. */
static crm_status sum_up(struct summing *s, size_t from, size_t until, struct err *err) {
    const struct store_figures *f = s->figures;
    struct expr_group *g = expr_group_new(s->view->arena, f->measures, f->measure_count);
    struct value *cells = s->cells + s->count * s->width;
    struct expr_env env;
    crm_status status = g ? CRM_OK : err_no_memory(err);
    for (size_t i = from; i < until && status == CRM_OK; i++)
        status = add_row(s, g, &s->rows.rows[s->keys[i][f->group_count].integer], err);
    engine_env(s->view->engine, &s->view->access->actor, s->view->company, s->view->arena, &env);
    for (size_t m = 0; m < f->measure_count && status == CRM_OK; m++)
        status = expr_group_get(g, m, &env, &cells[f->group_count + m], err);
    if (status != CRM_OK || f->group_count == 0) return status;
    memcpy(cells, s->keys[from], f->group_count * sizeof *cells);
    return set_titles(s, cells, s->titles + s->count * f->group_count, err);
}

static crm_status run(struct summing *s, struct err *err) {
    const struct store_figures *f = s->figures;
    size_t most = s->rows.count < (size_t)f->limit ? s->rows.count + 1 : (size_t)f->limit;
    crm_status status = set_keys(s, err);
    s->aggregate_count =
        expr_group_aggregates(f->measures, f->measure_count, s->aggregates, AGGREGATES_MAX);
    if (s->aggregate_count > AGGREGATES_MAX)
        return err_internal(err, "more than %d aggregates", AGGREGATES_MAX);
    s->width = f->group_count + f->measure_count;
    s->cells = ARENA_ARRAY(s->view->arena, most * s->width + 1, struct value);
    s->titles = ARENA_ARRAY(s->view->arena, most * f->group_count + 1, struct str);
    if (status == CRM_OK && (!s->cells || !s->titles)) return err_no_memory(err);
    if (status == CRM_OK && f->group_count == 0) {
        status = sum_up(s, 0, s->rows.count, err);
        s->count = 1;
        return status;
    }
    for (size_t from = 0, until; status == CRM_OK && from < s->rows.count && s->count < most;
         from = until) {
        for (until = from + 1; until < s->rows.count; until++)
            if (compare_keys(&s->keys[from], &s->keys[until], s) != 0) break;
        status = sum_up(s, from, until, err);
        s->count++;
    }
    return status;
}

crm_status as_of_figures(struct record_view *v, const struct store_figures *f, int64_t at_ms,
                         struct store_figures_result *ret, struct err *err) {
    struct summing *s = ARENA_NEW(v->arena, struct summing);
    const struct past_question q = {f->query.from, f->query.where, f->query.trash, at_ms};
    const int64_t now_ms = v->now_ms;
    if (!s) return err_no_memory(err);
    *s = (struct summing){.view = v, .figures = f};
    crm_status status = as_of_rows(v, &q, &s->rows, err);
    v->now_ms = at_ms;
    if (status == CRM_OK) status = run(s, err);
    v->now_ms = now_ms;
    if (status == CRM_OK)
        *ret = (struct store_figures_result){s->cells, s->titles, s->count, false};
    return status;
}
