/* What the rows of a figures query must yield: group keys, arguments and conditions of aggregates,
 * each distinct expression once. Private to store/. Threads: the connection's.
 *
 * An expression that hangs on one narrow column only - a date, or a reference to one of the small
 * resident entities - is not computed in every row: the row yields the bare column, and the value
 * is asked for once for each value of it ("remembered"). That keeps a million rows on one index. */
#ifndef STORE_FIGURE_COLUMNS_H
#define STORE_FIGURE_COLUMNS_H

#include "store/paths.h"

enum { FIGURE_COLUMNS_MAX = STORE_GROUP_MAX + 2 * 64 };

struct memory_entry {
    int64_t key;
    struct store_value value;
    bool used;
};

struct figure_column {
    const struct expr *expr;
    uint64_t shape;
    int column;                        /* in the row */
    const struct schema_field *narrow; /* remembered: the column it hangs on */
    struct memory_entry *memory;
    size_t memory_count, memory_mask;
    struct store_value of_nil;
    bool knows_nil;
    int64_t last_key;
    const struct store_value *last;
};

struct figure_columns {
    struct store_conn *conn;
    const struct store_query *query;
    struct arena *arena;
    struct figure_column columns[FIGURE_COLUMNS_MAX];
    int count;
    int row_columns;
};

/* The number of the column that yields `e`; an expression met before has one. */
crm_status figure_columns_add(struct figure_columns *f, const struct expr *e, int *ret,
                              struct err *err);
/* ", column ..." of the rows. */
crm_status figure_columns_select(struct figure_columns *f, struct query_paths *p, struct sql *s,
                                 struct err *err);
/* The value for the row at hand; texts of plain columns are the row's. */
crm_status figure_column_recall(struct figure_columns *f, struct figure_column *c,
                                const struct store_value *key, const struct store_value **ret,
                                struct err *err);
static inline crm_status figure_column_get(struct figure_columns *f, int number,
                                           const struct store_value *row,
                                           const struct store_value **ret, struct err *err) {
    struct figure_column *c = &f->columns[number];
    if (!c->narrow) {
        *ret = &row[c->column];
        return CRM_OK;
    }
    if (c->last && row[c->column].type == STORE_INT && row[c->column].integer == c->last_key) {
        *ret = c->last;
        return CRM_OK;
    }
    return figure_column_recall(f, c, &row[c->column], ret, err);
}
/* As expressions see it. */
struct value figure_value(const struct store_conn *c, enum value_type type,
                          const struct store_value *v);

#endif
