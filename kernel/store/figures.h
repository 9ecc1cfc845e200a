/* One run of a figures query: its columns, aggregates and groups, between figures.c, which steps
 * rows, and figures_grouped.c, which lets PostgreSQL sum up first. Private to store/. Threads: the
 * connection's. */
#ifndef STORE_FIGURES_H
#define STORE_FIGURES_H

#include "store/figure_columns.h"
#include "store/figure_raw.h"
#include "store/page.h"

enum { FIGURE_AGGREGATES_MAX = 64, FIGURE_NO_COLUMN = -1 };

/* Columns of one aggregate's argument and condition. */
struct figure_aggregate {
    const struct expr *node;
    int value, condition;
    enum value_type type; /* of the argument */
    bool tells_truth;     /* the condition is 0 or 1, not any value */
    int first;            /* grouped: its first column in the row, FIGURE_NO_COLUMN = none */
};

struct figures_run {
    struct store_conn *conn;
    const struct store_figures *figures;
    struct arena *arena, *scratch;
    struct figure_columns columns;
    int keys[STORE_GROUP_MAX];
    struct figure_aggregate aggregates[FIGURE_AGGREGATES_MAX];
    size_t aggregate_count;
    struct figure_groups groups;
    struct figure_raw raw;
    /* Results: pointers to rows are sorted, not the rows. */
    struct value *cells;         /* row-major over keys and measures */
    struct str *titles, *folded; /* row-major over keys */
};

/* The group that a row's keys name. */
crm_status figures_group_of(struct figures_run *r, const struct store_value *row,
                            struct figure_group **ret, struct err *err);
/* Whether the engine may sum up with the very same result. */
bool figures_can_group(const struct figures_run *r);
crm_status figures_take_groups(struct figures_run *r, struct err *err);

#endif
