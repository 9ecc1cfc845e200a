/* The registry as rows of sys_entity, sys_field and sys_index. Private to store/; loading is in
 * migrate.h. Threads: the writer's connection, inside a transaction. */
#ifndef STORE_REGISTRY_H
#define STORE_REGISTRY_H

#include "schema/registry.h"
#include "store/driver.h"

/* Inserts, brings up to date, or deletes what is gone. */
crm_status registry_put_entity(struct store_conn *c, const struct schema_registry_entity *e,
                               struct err *err);
crm_status registry_put_field(struct store_conn *c, const struct schema_registry_field *f,
                              struct err *err);
crm_status registry_put_index(struct store_conn *c, const struct schema_registry_index *i,
                              struct err *err);
/* What is dirty. */
crm_status registry_put_all(struct store_conn *c, const struct schema_registry *r, struct err *err);

#endif
