/* Figures on PostgreSQL: rows would cost more to send than to sum up, so the server groups by the
 * raw columns and gives a partial for each aggregate, and partials are merged here into the groups
 * proper.
 *
 * Raw columns are the group keys and every narrow column (figure_columns.h); what hangs on those
 * alone is the same in all rows of a raw group. Sums come as exact decimal text and are merged in
 * 128 bits, so the result, overflow included, is that of stepping the rows. Medians, percentiles
 * and distinct counts need the rows themselves. */
#include "store/figures.h"

#include "store/columns.h"

static bool has_partials(const struct expr *aggregate) {
    switch (aggregate->call.code) {
    case EXPR_AGG_count:
    case EXPR_AGG_sum:
    case EXPR_AGG_avg:
    case EXPR_AGG_min:
    case EXPR_AGG_max:
        return true;
    default:
        return false;
    }
}

bool figures_can_group(const struct figures_run *r) {
    if (r->conn->driver->engine != STORE_POSTGRES) return false;
    for (size_t i = 0; i < r->aggregate_count; i++)
        if (!has_partials(r->aggregates[i].node)) return false;
    return true;
}

/* Constant within a raw group. */
static bool is_settled(const struct figures_run *r, int column) {
    if (r->columns.columns[column].narrow) return true;
    for (size_t i = 0; i < r->figures->group_count; i++)
        if (r->keys[i] == column) return true;
    return false;
}

/* ---- text -------------------------------------------------------------------------------------
 */
static crm_status add_raw(struct figures_run *r, struct query_paths *p, struct sql *s,
                          struct err *err) {
    struct figure_columns *f = &r->columns;
    crm_status status = CRM_OK;
    for (int i = 0; status == CRM_OK && i < f->count; i++) {
        struct figure_column *c = &f->columns[i];
        if (!is_settled(r, i)) continue;
        c->column = FIGURE_NO_COLUMN;
        for (int k = 0; c->narrow && k < i; k++)
            if (f->columns[k].narrow == c->narrow) c->column = f->columns[k].column;
        if (c->column != FIGURE_NO_COLUMN) continue;
        c->column = f->row_columns++;
        if (c->narrow)
            sql_column(s, "r", c->narrow, "");
        else
            status = query_add_value(p, s, c->expr, err);
        sql_add(s, ", ");
    }
    return status;
}

static crm_status add_filter(struct figures_run *r, struct query_paths *p, struct sql *s,
                             const struct figure_aggregate *a, struct err *err) {
    if (a->condition == FIGURE_NO_COLUMN || is_settled(r, a->condition)) return CRM_OK;
    sql_add(s, " FILTER (WHERE ");
    crm_status status = query_add_condition(p, s, r->columns.columns[a->condition].expr, err);
    sql_add(s, ")");
    return status;
}

/* ", function(value) FILTER (...)suffix" */
static crm_status add_partial(struct figures_run *r, struct query_paths *p, struct sql *s,
                              const struct figure_aggregate *a, const char *function,
                              const char *suffix, struct err *err) {
    sql_printf(s, ", %s", function);
    crm_status status = CRM_OK;
    if (a->value == FIGURE_NO_COLUMN || is_settled(r, a->value)) {
        sql_add(s, "*)");
    } else {
        sql_add(s, "(");
        status = query_add_value(p, s, r->columns.columns[a->value].expr, err);
        sql_add(s, a->type == VALUE_TEXT ? ") COLLATE \"C\")" : "))");
    }
    if (status == CRM_OK) status = add_filter(r, p, s, a, err);
    sql_add(s, suffix);
    r->columns.row_columns++;
    return status;
}

static crm_status add_partials(struct figures_run *r, struct query_paths *p, struct sql *s,
                               struct figure_aggregate *a, struct err *err) {
    bool plain = a->value != FIGURE_NO_COLUMN && !is_settled(r, a->value);
    uint8_t code = a->node->call.code;
    a->first = r->columns.row_columns;
    if (plain && (code == EXPR_AGG_min || code == EXPR_AGG_max))
        return add_partial(r, p, s, a, code == EXPR_AGG_min ? "min(" : "max(", "", err);
    crm_status status = add_partial(r, p, s, a, "count(", "", err);
    if (status != CRM_OK || !plain) return status;
    return add_partial(r, p, s, a, "(sum(", ")::text", err);
}

static crm_status build(struct figures_run *r, struct sql *s, struct err *err) {
    struct query_paths p;
    size_t mark;
    query_paths_init(&p, r->conn, &r->figures->query);
    sql_add(s, "SELECT ");
    crm_status status = add_raw(r, &p, s, err);
    int raw = r->columns.row_columns++;
    sql_add(s, "1");
    for (size_t i = 0; status == CRM_OK && i < r->aggregate_count; i++)
        status = add_partials(r, &p, s, &r->aggregates[i], err);
    query_add_from(&p, s, &mark);
    if (status == CRM_OK) status = query_add_where(&p, s, &r->figures->query, false, err);
    for (int i = 1; i <= raw; i++)
        sql_printf(s, "%s%d", i == 1 ? " GROUP BY " : ", ", i);
    return status == CRM_OK ? query_paths_join(&p, s, mark, err) : status;
}

/* ---- rows -------------------------------------------------------------------------------------
 */
static bool parse_wide(struct str text, __int128 *ret) {
    bool negative = text.len > 0 && text.ptr[0] == '-';
    __int128 total = 0;
    if (text.len == (size_t)negative || text.len > 38) return false;
    for (size_t i = negative; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') return false;
        total = total * 10 + (text.ptr[i] - '0');
    }
    *ret = negative ? -total : total;
    return true;
}

/* A settled condition keeps or leaves the whole raw group. */
static crm_status is_left_out(struct figures_run *r, const struct figure_aggregate *a,
                              const struct store_value *row, bool *ret, struct err *err) {
    const struct store_value *v;
    *ret = false;
    if (a->condition == FIGURE_NO_COLUMN || !is_settled(r, a->condition)) return CRM_OK;
    crm_status status = figure_column_get(&r->columns, a->condition, row, &v, err);
    if (status == CRM_OK) *ret = v->type == STORE_NULL || (a->tells_truth && v->integer == 0);
    return status;
}

/* The partial of an argument that is the same in `count` rows. */
static crm_status settled_partial(struct figures_run *r, const struct figure_aggregate *a,
                                  const struct store_value *row, struct expr_partial *partial,
                                  struct err *err) {
    const struct store_value *v;
    crm_status status = figure_column_get(&r->columns, a->value, row, &v, err);
    if (status != CRM_OK) return status;
    if (v->type == STORE_NULL) partial->count = 0;
    if (v->type == STORE_INT) partial->total = (__int128)v->integer * partial->count;
    if (partial->count) partial->extreme = figure_value(r->conn, a->type, v);
    return CRM_OK;
}

static crm_status partial_of(struct figures_run *r, const struct figure_aggregate *a,
                             const struct store_value *row, struct expr_partial *partial,
                             struct err *err) {
    const struct store_value *at = row + a->first;
    bool plain = a->value != FIGURE_NO_COLUMN && !is_settled(r, a->value);
    *partial = (struct expr_partial){.extreme = VALUE_OF_NIL};
    if (plain && (a->node->call.code == EXPR_AGG_min || a->node->call.code == EXPR_AGG_max)) {
        partial->extreme = figure_value(r->conn, a->type, at);
        return CRM_OK;
    }
    partial->count = at->integer;
    if (!plain && a->value != FIGURE_NO_COLUMN) return settled_partial(r, a, row, partial, err);
    if (plain && at[1].type == STORE_TEXT && !parse_wide(at[1].bytes, &partial->total))
        return err_internal(err, "sum of figures");
    return CRM_OK;
}

static crm_status take_group(struct figures_run *r, const struct store_value *row,
                             struct err *err) {
    struct figure_group *group;
    crm_status status = figures_group_of(r, row, &group, err);
    for (size_t i = 0; status == CRM_OK && i < r->aggregate_count; i++) {
        const struct figure_aggregate *a = &r->aggregates[i];
        struct expr_partial partial;
        bool left_out;
        status = is_left_out(r, a, row, &left_out, err);
        if (status == CRM_OK && left_out) continue;
        if (status == CRM_OK) status = partial_of(r, a, row, &partial, err);
        if (status == CRM_OK)
            status = expr_group_merge(group->aggregates, r->scratch, i, &partial, err);
    }
    return status;
}

crm_status figures_take_groups(struct figures_run *r, struct err *err) {
    struct sql s SQL_CLEANUP;
    struct store_rows *rows ROWS_CLEANUP = NULL;
    bool found = true;
    sql_init(&s, r->conn->driver->dialect, r->scratch);
    crm_status status = build(r, &s, err);
    if (status == CRM_OK) status = store_sql_open(r->conn, &s, true, &rows, err);
    while (status == CRM_OK && (status = store_exec_next(rows, &found, err)) == CRM_OK && found)
        status = take_group(r, rows->values, err);
    return status;
}
