/* Search rows made anew from the records, after a restore or a copy: the tables are emptied here,
 * record/reindex.c fills them. On PostgreSQL their indexes are away meanwhile: made at the end they
 * cost a fraction. Threads: the writer's, each in a transaction. */
#ifndef STORE_SEARCH_REBUILD_H
#define STORE_SEARCH_REBUILD_H

#include "store/query.h"

crm_status store_search_clear(struct store_conn *c, const struct schema_entity *e, struct err *err);
crm_status store_search_filled(struct store_conn *c, const struct schema_entity *e,
                               struct err *err);

#endif
