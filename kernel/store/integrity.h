/* What `check` asks of the engine beyond rows: is the file sound, do the search tables hold what
 * they should. Threads: store_integrity any (a connection of its own), the other the connection's.
 */
#ifndef STORE_INTEGRITY_H
#define STORE_INTEGRITY_H

#include "store/query.h"

/* Tells each problem in words. PostgreSQL checks its pages by itself: nothing to tell. */
crm_status store_integrity(struct store *s, void (*on_problem)(void *ctx, struct str text),
                           void *ctx, struct err *err);
/* Does the search table find this record by the first word of its row? */
crm_status store_search_has(struct store_conn *c, const struct schema_entity *e,
                            const struct store_search_row *row, bool *ret, struct err *err);

#endif
