/* The search table of an entity while very many rows come. Private to store/. Threads: the
 * writer's, outside of transactions.
 *
 * FTS5 writes a segment with every commit and merges segments as it goes, so that each row is
 * written five times over on its way to a million. In bulk mode segments are left as they are and
 * merged once, at the end, in steps that let other work through. Every row is found all the time.
 * PostgreSQL needs none of it. */
#ifndef STORE_SEARCH_BULK_H
#define STORE_SEARCH_BULK_H

#include "store/driver.h"
#include "schema/schema.h"

crm_status search_bulk_begin(struct store_conn *c, const struct schema_entity *e, struct err *err);
/* Merges as usual from now on; also for a table that was never in bulk mode. */
crm_status search_bulk_end(struct store_conn *c, const struct schema_entity *e, struct err *err);
/* One step of merging what is there into one segment; *ret_done when it is. */
crm_status search_bulk_merge(struct store_conn *c, const struct schema_entity *e, bool *ret_done,
                             struct err *err);

#endif
