/* See subtotals.h. */
#include "subtotals.h"

/* The same question of some of the dimensions, every row of it. */
static crm_status make(const struct plan *p, size_t from, size_t count, struct report *report,
                       struct plan *plan, struct table *table, struct crm_error *err) {
    *report = *p->report;
    *plan = *p;
    plan->report = report;
    memmove(report->dimensions, report->dimensions + from, count * sizeof *report->dimensions);
    report->dimension_count = report->row_count = count;
    report->limit = 0;
    return table_make(plan, table, err);
}

crm_status subtotals_make(const struct plan *p, struct subtotals **ret, struct crm_error *err) {
    size_t rows = p->report->row_count, columns = p->report->dimension_count - rows;
    *ret = NULL;
    if (!rows || !columns) return CRM_OK;
    struct subtotals *s = p->crm->base->arena_alloc(p->arena, sizeof *s);
    if (!s) return p->crm->base->error_no_memory(err);
    crm_status status = make(p, 0, rows, &s->by_rows, &s->row_plan, &s->rows, err);
    if (status == CRM_OK)
        status = make(p, rows, columns, &s->by_columns, &s->column_plan, &s->columns, err);
    if (status == CRM_OK) *ret = s;
    return status;
}
