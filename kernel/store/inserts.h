/* Rows for one of the kernel's own tables, gathered and sent several at a time where a statement
 * costs more than a row (PostgreSQL); elsewhere each is inserted at once.
 *
 * Texts and blobs are copied. What was not flushed is not there. Threads: the connection's. */
#ifndef STORE_INSERTS_H
#define STORE_INSERTS_H

#include "store/store.h"

enum { STORE_INSERTS_ROWS = 64, STORE_INSERTS_VALUES = 1024 };

struct store_inserts {
    struct store_conn *conn;
    const struct store_table *table;
    size_t count, limit;
    struct arena arena;
    struct store_value values[STORE_INSERTS_VALUES];
};

/* Tables of up to STORE_INSERTS_VALUES columns. */
void store_inserts_init(struct store_inserts *in, struct store_conn *c,
                        const struct store_table *t);
void store_inserts_fini(struct store_inserts *in);
/* values: one per column of the table, in its order. */
crm_status store_inserts_add(struct store_inserts *in, const struct store_value *values,
                             struct err *err);
crm_status store_inserts_flush(struct store_inserts *in, struct err *err);

#endif
