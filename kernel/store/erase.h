/* What is given up for ever: an entity that no definition names any more, with its records, links
 * and search rows, and the images of them in the log. Its number is not given again.
 *
 * Threads: the writer's connection, inside a transaction. */
#ifndef STORE_ERASE_H
#define STORE_ERASE_H

#include "schema/registry.h"
#include "store/store.h"

/* `e` is one of the registry's. The log's chain goes on to verify: digests stay. CRM_UNAVAILABLE at
 * once where somebody reads a table of it on PostgreSQL. */
crm_status store_erase_entity(struct store_conn *c, const struct schema_registry *r,
                              const struct schema_registry_entity *e, struct err *err);

#endif
