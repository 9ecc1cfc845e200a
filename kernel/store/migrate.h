/* Database structure: the sys_* tables and their versions, and the steps of a schema plan.
 *
 * Every step is idempotent and persisted in sys_migration, so that kill -9 at any point resumes.
 * Threads: the writer's connection, outside of group commit. */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include "schema/plan.h"
#include "store/store.h"

/* Creates or upgrades sys_* tables; a database newer than this program is refused in words. */
crm_status store_sys_migrate(struct store_conn *c, struct err *err);
crm_status store_registry_load(struct store_conn *c, struct arena *a, struct schema_registry *ret, struct err *err);
crm_status store_plan_apply(struct store_conn *c, const struct schema_plan *plan, struct err *err);
/* Bulk mode of imports: entity and search indexes may be filled in batches; see store/bulk.h. */

#endif
