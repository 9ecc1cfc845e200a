/* What a report comes to: rows by the keys of its dimensions, a total, and what was left out.
 *
 * Base metrics are asked for bundle by bundle and joined by key; formulas are computed from them,
 * of rows and of the total alike, so that a share is never added up. All in the view's arena and of
 * its one snapshot. Threads: the view's. */
#ifndef MODULES_REPORTS_TABLE_H
#define MODULES_REPORTS_TABLE_H

#include "plan.h"

enum { TABLE_ROWS_MAX = 10000 };

struct table_row {
    struct crm_value keys[REPORT_DIMENSIONS_MAX];
    struct crm_value
        order[REPORT_DIMENSIONS_MAX]; /* what puts the keys in order; nil: themselves */
    struct crm_str titles[REPORT_DIMENSIONS_MAX];
    struct crm_value *bases, *previous_bases; /* by position in plan.bases */
    struct crm_value *values, *previous;      /* by position in report.metrics */
};

/* Records that a metric would count and no row shows. */
struct left_out {
    const char *reason; /* "no_date", "no_rate" */
    const struct metric *metric;
    int64_t count;
    struct crm_str entity, where; /* that opens them */
};

struct table {
    struct table_row **rows;
    size_t row_count, row_capacity;
    size_t *slots; /* hash: row + 1 */
    size_t slot_count;
    struct table_row total, others; /* others: of the rows behind report.limit */
    bool has_others, truncated;     /* truncated: there are more groups than TABLE_ROWS_MAX */
    struct left_out *left_out;
    size_t left_out_count;
};

crm_status table_make(const struct plan *p, struct table *ret, struct crm_error *err);

/* ---- between the files of a table ---------------------------------------------------------------
 */
/* The row of these keys, made when there is none; NULL on exhaustion. */
struct table_row *table_row_find(const struct plan *p, struct table *t,
                                 const struct crm_value *keys);
bool table_row_init(const struct plan *p, struct table_row *row);
/* Rows in the report's order; what is behind its limit becomes `others`. */
crm_status table_sort(const struct plan *p, struct table *t, struct crm_error *err);
/* A figure of the metric added to another; CRM_RANGE where the sum cannot be held. */
crm_status table_add(const struct plan *p, const struct metric *m, struct crm_value *to,
                     const struct crm_value *v, struct crm_error *err);
crm_status table_left_out(const struct plan *p, const struct bundle *b, struct table *t,
                          struct crm_error *err);
/* The aggregate of a base metric with its condition in it: "sum(amount, stage.kind == 'won')". */
struct crm_str table_measure(const struct plan *p, const struct metric *m);
/* The condition that these of plan.bases share: one of theirs at least holds; empty where one has
 * none. */
struct crm_str table_any_where(const struct plan *p, const size_t *bases, size_t count);

#endif
