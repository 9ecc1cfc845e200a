/* Figures: rows are stepped by the engine and grouped here, so that both engines give the same
 * numbers and a group costs a look-up in a hash table, not a sort. See query.h. */
#include "store/figures.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/unicode.h"
#include "store/id_map.h"
#include "store/messages.h"
#include "store/page.h"

/* ---- columns ----------------------------------------------------------------------------- */
static crm_status too_many(const struct err_text *text, int limit, size_t given, struct err *err) {
    char most[16], count[24];
    snprintf(most, sizeof most, "%d", limit);
    snprintf(count, sizeof count, "%zu", given);
    return err_set(err, CRM_INVALID, text, most, count, NULL);
}

static crm_status add_aggregate(struct figures_run *r, const struct expr *e, struct err *err) {
    struct figure_aggregate *a = &r->aggregates[r->aggregate_count++];
    *a = (struct figure_aggregate){
        .node = e, .value = FIGURE_NO_COLUMN, .condition = FIGURE_NO_COLUMN};
    crm_status status = CRM_OK;
    if (e->call.count > 0) {
        a->type = e->call.args[0]->type.type;
        status = figure_columns_add(&r->columns, e->call.args[0], &a->value, err);
    }
    if (status != CRM_OK || !e->call.condition) return status;
    enum value_type type = e->call.condition->type.type;
    a->tells_truth = type == VALUE_BOOL || type == VALUE_LIST;
    return figure_columns_add(&r->columns, e->call.condition, &a->condition, err);
}

static crm_status plan_columns(struct figures_run *r, struct err *err) {
    const struct store_figures *f = r->figures;
    const struct expr *aggregates[FIGURE_AGGREGATES_MAX];
    if (f->group_count > STORE_GROUP_MAX)
        return too_many(&store_text_group_too_many, STORE_GROUP_MAX, f->group_count, err);
    if (f->measure_count > STORE_MEASURE_MAX)
        return too_many(&store_text_measure_too_many, STORE_MEASURE_MAX, f->measure_count, err);
    size_t count =
        expr_group_aggregates(f->measures, f->measure_count, aggregates, FIGURE_AGGREGATES_MAX);
    if (count > FIGURE_AGGREGATES_MAX)
        return too_many(&store_text_measure_too_many, FIGURE_AGGREGATES_MAX, count, err);
    r->columns.conn = r->conn;
    r->columns.query = &f->query;
    r->columns.arena = r->scratch;
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < f->group_count; i++)
        status = figure_columns_add(&r->columns, f->group[i], &r->keys[i], err);
    for (size_t i = 0; status == CRM_OK && i < count; i++)
        status = add_aggregate(r, aggregates[i], err);
    return status;
}

static crm_status build(struct figures_run *r, struct sql *s, struct err *err) {
    struct query_paths p;
    size_t mark;
    query_paths_init(&p, r->conn, &r->figures->query);
    sql_add(s, "SELECT ");
    crm_status status = figure_columns_select(&r->columns, &p, s, err);
    if (r->columns.row_columns == 0) sql_add(s, "1");
    query_add_from(&p, s, &mark);
    const struct store_query *q = &r->figures->query;
    if (status == CRM_OK) status = query_add_where(&p, s, q, !query_names_unique(q), err);
    return status == CRM_OK ? query_paths_join(&p, s, mark, err) : status;
}

/* ---- rows -------------------------------------------------------------------------------- */
static crm_status add_to_group(struct figures_run *r, struct figure_group *group,
                               const struct store_value *row, struct err *err) {
    for (size_t i = 0; i < r->aggregate_count; i++) {
        const struct figure_aggregate *a = &r->aggregates[i];
        const struct store_value *v;
        struct value value;
        crm_status status = CRM_OK;
        if (a->condition != FIGURE_NO_COLUMN) {
            status = figure_column_get(&r->columns, a->condition, row, &v, err);
            if (status != CRM_OK) return status;
            if (v->type == STORE_NULL || (a->tells_truth && v->integer == 0)) continue;
        }
        if (a->value != FIGURE_NO_COLUMN) {
            status = figure_column_get(&r->columns, a->value, row, &v, err);
            if (status != CRM_OK) return status;
            if (v->type == STORE_NULL) continue; /* aggregates skip nil */
            value = figure_value(r->conn, a->type, v);
        }
        status = expr_group_add(group->aggregates, r->scratch, i,
                                a->value == FIGURE_NO_COLUMN ? NULL : &value, true, err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

crm_status figures_group_of(struct figures_run *r, const struct store_value *row,
                            struct figure_group **ret, struct err *err) {
    const struct store_value *keys[STORE_GROUP_MAX];
    struct figure_group *group = figure_raw_find(&r->raw, row);
    crm_status status = CRM_OK;
    if (!group) {
        for (size_t i = 0; status == CRM_OK && i < r->figures->group_count; i++)
            status = figure_column_get(&r->columns, r->keys[i], row, &keys[i], err);
        if (status == CRM_OK) status = figure_groups_get(&r->groups, keys, &group, err);
        if (status == CRM_OK) status = figure_raw_add(&r->raw, row, group, err);
    }
    if (status == CRM_OK) *ret = group;
    return status;
}

static crm_status take_row(struct figures_run *r, const struct store_value *row, struct err *err) {
    struct figure_group *group;
    crm_status status = figures_group_of(r, row, &group, err);
    return status == CRM_OK ? add_to_group(r, group, row, err) : status;
}

static crm_status take_rows(struct figures_run *r, struct err *err) {
    struct sql s SQL_CLEANUP;
    struct store_rows *rows ROWS_CLEANUP = NULL;
    struct figure_group *whole;
    bool found = true;
    sql_init(&s, r->conn->driver->dialect, r->scratch);
    crm_status status = figure_groups_init(&r->groups, r->scratch, r->figures->group_count,
                                           r->figures->measures, r->figures->measure_count, err);
    if (status == CRM_OK && r->figures->group_count == 0)
        status = figure_groups_get(&r->groups, NULL, &whole, err);
    if (status == CRM_OK && figures_can_group(r)) return figures_take_groups(r, err);
    if (status == CRM_OK) status = build(r, &s, err);
    figure_raw_init(&r->raw, r->scratch, &r->columns, r->keys, r->figures->group_count);
    if (status == CRM_OK) status = store_sql_open(r->conn, &s, true, &rows, err);
    while (status == CRM_OK && (status = store_exec_next(rows, &found, err)) == CRM_OK && found)
        status = take_row(r, rows->values, err);
    return status;
}

/* ---- results ----------------------------------------------------------------------------- */
static size_t width_of(const struct figures_run *r) {
    return r->figures->group_count + r->figures->measure_count;
}

static crm_status fill_cells(struct figures_run *r, struct err *err) {
    const struct store_figures *f = r->figures;
    const struct actor *actor = &f->query.access->actor;
    struct expr_env env = {.arena = r->scratch,
                           .zone = r->conn->company.zone,
                           .now_ms = f->query.now_ms,
                           .me = actor->user,
                           .my_team = actor->team,
                           .my_tree = actor->tree,
                           .my_tree_count = actor->tree_count,
                           .week_start = r->conn->company.week_start,
                           .fiscal_month = r->conn->company.fiscal_month,
                           .base_currency = r->conn->company.base_currency,
                           .base_digits = r->conn->company.base_digits};
    struct value *cell = r->cells =
        ARENA_ARRAY(r->scratch, r->groups.count * width_of(r) + 1, struct value);
    if (!cell) return err_no_memory(err);
    for (struct figure_group *group = r->groups.first; group; group = group->next) {
        for (size_t i = 0; i < f->group_count; i++, cell++) {
            *cell = figure_value(r->conn, f->group[i]->type.type, &group->keys[i]);
            if (cell->type == VALUE_ID) cell->entity = f->group[i]->type.entity;
        }
        for (size_t i = 0; i < f->measure_count; i++, cell++) {
            crm_status status = expr_group_get(group->aggregates, i, &env, cell, err);
            if (status != CRM_OK) return status;
        }
    }
    return CRM_OK;
}

/* Titles of one grouped reference; every id stands for several rows. */
static crm_status load_titles(struct figures_run *r, size_t key, struct err *err) {
    const struct store_figures *f = r->figures;
    const struct schema_entity *e =
        schema_entity_by_id(f->query.access->schema, f->group[key]->type.entity);
    size_t width = width_of(r), count = 0;
    if (!e) return CRM_OK;
    int64_t *ids = ARENA_ARRAY(r->scratch, r->groups.count + 1, int64_t);
    struct str *titles = ARENA_ARRAY(r->scratch, r->groups.count + 1, struct str);
    struct id_map map;
    if (!ids || !titles || !id_map_init(&map, r->scratch, r->groups.count))
        return err_no_memory(err);
    for (size_t i = 0; i < r->groups.count; i++) {
        const struct value *v = &r->cells[i * width + key];
        bool is_new = false;
        if (v->type != VALUE_ID || v->integer <= 0) continue;
        uint32_t *position = id_map_put(&map, v->integer, &is_new);
        if (!is_new) continue;
        *position = (uint32_t)count;
        ids[count++] = v->integer;
    }
    crm_status status = page_titles(r->conn, &f->query, e, ids, count, r->scratch, titles, err);
    for (size_t i = 0; status == CRM_OK && i < r->groups.count; i++) {
        const struct value *v = &r->cells[i * width + key];
        const uint32_t *position = v->type == VALUE_ID ? id_map_find(&map, v->integer) : NULL;
        if (position) r->titles[i * f->group_count + key] = titles[*position];
    }
    return status;
}

/* What sorting compares of texts and references: the folded text, the folded title. */
static crm_status fold_keys(struct figures_run *r, struct err *err) {
    const struct store_figures *f = r->figures;
    size_t total = r->groups.count * f->group_count;
    r->titles = ARENA_ARRAY(r->scratch, total + 1, struct str);
    r->folded = ARENA_ARRAY(r->scratch, total + 1, struct str);
    if (!r->titles || !r->folded) return err_no_memory(err);
    for (size_t key = 0; key < f->group_count; key++) {
        crm_status status =
            f->group[key]->type.type == VALUE_ID ? load_titles(r, key, err) : CRM_OK;
        if (status != CRM_OK) return status;
    }
    for (size_t i = 0; i < total; i++) {
        const struct value *v = &r->cells[i / f->group_count * width_of(r) + i % f->group_count];
        struct str text = v->type == VALUE_TEXT ? v->text : r->titles[i];
        if (text.len && !(r->folded[i] = fold_text_arena(r->scratch, text)).ptr)
            return err_no_memory(err);
    }
    return CRM_OK;
}

struct figure_row {
    const struct figures_run *run;
    size_t number;
};

static int compare_cells(const struct figures_run *r, size_t a, size_t b, size_t position) {
    size_t width = width_of(r), keys = r->figures->group_count;
    const struct value *left = &r->cells[a * width + position],
                       *right = &r->cells[b * width + position];
    if (position < keys && left->type != VALUE_NIL && right->type != VALUE_NIL) {
        int order = str_compare(r->folded[a * keys + position], r->folded[b * keys + position]);
        if (order) return order;
    }
    return value_compare(left, right);
}

/* The order that was asked for; ties by the group keys. */
static int compare_rows(const void *left, const void *right) {
    const struct figure_row *a = left, *b = right;
    const struct store_figures *f = a->run->figures;
    for (size_t i = 0; i < f->sort_count; i++) {
        bool descends = f->sort[i] < 0;
        int order = compare_cells(a->run, a->number, b->number,
                                  (size_t)(descends ? -f->sort[i] - 1 : f->sort[i]));
        if (order) return descends ? -order : order;
    }
    for (size_t i = 0; i < f->group_count; i++) {
        int order = compare_cells(a->run, a->number, b->number, i);
        if (order) return order;
    }
    return 0;
}

static crm_status sort_rows(struct figures_run *r, struct figure_row **ret, struct err *err) {
    const struct store_figures *f = r->figures;
    struct figure_row *rows = ARENA_ARRAY(r->scratch, r->groups.count + 1, struct figure_row);
    if (!rows) return err_no_memory(err);
    for (size_t i = 0; i < f->sort_count; i++) {
        int position = f->sort[i] < 0 ? -f->sort[i] - 1 : f->sort[i];
        if ((size_t)position >= width_of(r)) return err_internal(err, "sort by %d", f->sort[i]);
    }
    for (size_t i = 0; i < r->groups.count; i++)
        rows[i] = (struct figure_row){r, i};
    qsort(rows, r->groups.count, sizeof *rows, compare_rows);
    *ret = rows;
    return CRM_OK;
}

static crm_status copy_result(struct figures_run *r, const struct figure_row *rows,
                              struct store_figures_result *ret, struct err *err) {
    size_t width = width_of(r), keys = r->figures->group_count, count = r->groups.count;
    bool truncated = r->figures->limit > 0 && count > (size_t)r->figures->limit;
    if (truncated) count = (size_t)r->figures->limit;
    struct value *cells = ARENA_ARRAY(r->arena, count * width + 1, struct value);
    struct str *titles = ARENA_ARRAY(r->arena, count * keys + 1, struct str);
    if (!cells || !titles) return err_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < width; k++)
            if (!value_copy(r->arena, &r->cells[rows[i].number * width + k], &cells[i * width + k]))
                return err_no_memory(err);
        for (size_t k = 0; k < keys; k++) {
            struct str title = r->titles[rows[i].number * keys + k];
            if (title.len && !(titles[i * keys + k] = arena_str(r->arena, title)).ptr)
                return err_no_memory(err);
        }
    }
    *ret = (struct store_figures_result){cells, titles, count, truncated};
    return CRM_OK;
}

static crm_status run_figures(struct figures_run *r, struct store_figures_result *ret,
                              struct err *err) {
    struct figure_row *rows = NULL;
    crm_status status = plan_columns(r, err);
    if (status == CRM_OK) status = take_rows(r, err);
    if (status == CRM_OK) status = fill_cells(r, err);
    if (status == CRM_OK) status = fold_keys(r, err);
    if (status == CRM_OK) status = sort_rows(r, &rows, err);
    return status == CRM_OK ? copy_result(r, rows, ret, err) : status;
}

crm_status store_figures_run(struct store_conn *c, const struct store_figures *f, struct arena *a,
                             struct store_figures_result *ret, struct err *err) {
    struct arena *scratch = store_scratch_enter(c);
    struct figures_run *r = ARENA_NEW(scratch, struct figures_run);
    crm_status status = CRM_NO_MEMORY;
    if (r) {
        r->conn = c;
        r->figures = f;
        r->arena = a;
        r->scratch = scratch;
        status = run_figures(r, ret, err);
    } else {
        err_no_memory(err);
    }
    store_scratch_leave(c);
    return status;
}
