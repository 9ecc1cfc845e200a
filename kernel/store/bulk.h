/* Bulk mode: how an import of very many records is stored quickly.
 *
 * When an entity is to grow manifold, its indexes that are not unique are taken away first and made
 * anew at the end, sorted, which costs a third of keeping them row by row. What was taken away is
 * noted in the database: store_bulk_recover makes it again after a crash. Unique keys hold all the
 * time, and records can be read, only more slowly. Where indexes stay (few rows, many rows already
 * there, PostgreSQL) bulk mode only gives the writer more memory. The search table is merged once,
 * at the end (search_bulk.h). Rows and search rows are written by the usual functions, best
 * thousands a transaction. Threads: the writer's, outside of transactions. */
#ifndef STORE_BULK_H
#define STORE_BULK_H

#include "schema/schema.h"
#include "store/rows.h"

struct store_bulk;

/* `e` must stay until the end. `filled`: the slots that the rows will fill, NULL = any; an index of
 * filled rows only stays where none will come, for making it again would read all rows for nothing.
 */
crm_status store_bulk_begin(struct store_conn *c, const struct schema_entity *e,
                            const struct slot_set *filled, int64_t expected_rows,
                            struct store_bulk **ret, struct err *err);
/* Makes one index again or merges a part of the search table, in a transaction of its own; other
 * work may be done between the steps. *ret_done when nothing is left. */
crm_status store_bulk_step(struct store_bulk *b, bool *ret_done, struct err *err);
/* The steps that are left; `b` is gone either way. */
crm_status store_bulk_end(struct store_bulk *b, struct err *err);
/* Leaves the indexes to store_bulk_recover, as a crash would, and makes the settings of the search
 * table usual again. NULL accepted. */
void store_bulk_abandon(struct store_bulk *b);
/* The same without touching the database: when the writer has stopped. Any thread. */
void store_bulk_free(struct store_bulk *b);
/* At start, after the schema is known: finishes what a crash has interrupted. */
crm_status store_bulk_recover(struct store_conn *c, const struct schema *schema, struct err *err);

#endif
