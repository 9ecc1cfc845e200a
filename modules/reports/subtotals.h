/* A report that parts by rows and columns once more by each of the two alone: what a cross table
 * shows at its ends. Asked for and not added up, so that shares and averages are right there too.
 * In the view's arena. Threads: the view's. */
#ifndef MODULES_REPORTS_SUBTOTALS_H
#define MODULES_REPORTS_SUBTOTALS_H

#include "table.h"

struct subtotals {
    struct report by_rows, by_columns;
    struct plan row_plan, column_plan;
    struct table rows, columns;
};

/* *ret NULL: the report has no columns beside its rows. */
crm_status subtotals_make(const struct plan *p, struct subtotals **ret, struct crm_error *err);

#endif
