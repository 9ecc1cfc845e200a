/* Is the search table of an entity whole, and does it hold no more than the records there are? For
 * `check`; what is wrong is made anew by record/search_repair.c. Threads: the connection's. */
#ifndef STORE_SEARCH_SOUND_H
#define STORE_SEARCH_SOUND_H

#include "store/query.h"

/* Rows of no living record, of those with an owner or a team: FTS5 does not list its rows. */
crm_status store_search_extra(struct store_conn *c, const struct schema_entity *e, int64_t *ret,
                              struct err *err);
/* FTS5 looks through its own structure, by a statement that counts as a write: the writer's,
 * outside of transactions. PostgreSQL looks after its indexes by itself. */
crm_status store_search_sound(struct store_conn *c, const struct schema_entity *e, bool *ret,
                              struct err *err);

#endif
