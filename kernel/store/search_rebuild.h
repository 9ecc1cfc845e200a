/* Search rows made anew from the records, after a restore or a copy: the tables are emptied here,
 * record/reindex.c fills them. On PostgreSQL their indexes are away meanwhile: made at the end they
 * cost a fraction. Threads: the writer's, each in a transaction that the caller has begun. */
#ifndef STORE_SEARCH_REBUILD_H
#define STORE_SEARCH_REBUILD_H

#include "store/query.h"

crm_status store_search_clear(struct store_conn *c, const struct schema_entity *e, struct err *err);
/* Before the rows are made anew beside other work: PostgreSQL loses those of no living record, the
 * others are overwritten; FTS5, which takes a row out by its words only, is emptied. */
crm_status store_search_renew(struct store_conn *c, const struct schema_entity *e, struct err *err);
/* What FTS5 keeps is put back to its beginning past it, for it does not open a table whose list of
 * segments it cannot read, not even to empty it. A transaction of its own. */
crm_status store_search_reset(struct store_conn *c, const struct schema_entity *e, struct err *err);
/* Room for parts of words, empty; what is left of a time when they were wished for before, too. */
crm_status store_search_add_parts(struct store_conn *c, const struct schema_entity *e,
                                  struct err *err);
crm_status store_search_filled(struct store_conn *c, const struct schema_entity *e,
                               struct err *err);

#endif
