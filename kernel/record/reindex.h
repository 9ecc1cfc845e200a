/* Search rows of every record, made anew: after a restore or a copy, which leave the search tables
 * empty. Needs no engine, only a writer's connection and the snapshot that the database is in.
 * Threads: the connection's, outside of transactions. */
#ifndef RECORD_REINDEX_H
#define RECORD_REINDEX_H

#include "schema/schema.h"
#include "store/dump.h"

crm_status record_reindex(struct store_conn *writer, const struct schema *schema,
                          const struct store_progress *progress, struct err *err);

/* Leaves it to the next start: for a database of `version` that was loaded without search rows, and
 * whose definitions are not those at hand. In a transaction; search_fill.c. */
crm_status record_reindex_next_start(struct store_conn *c, int64_t version, struct err *err);
/* Of one entity. */
crm_status record_reindex_entity(struct store_conn *writer, const struct schema_entity *e,
                                 struct err *err);

#endif
