/* Database structure: the sys_* tables and their versions, and the steps of a schema plan.
 *
 * New entities come in one transaction, else each step with its registry rows and its line in
 * sys_migration: after kill -9 the registry says what is there, and a plan made against it holds
 * the rest. Imports: store/bulk.h.
 * Threads: the writer's connection, outside of group commit. */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include "schema/plan.h"
#include "store/migration.h"
#include "store/store.h"

/* Keys of sys_meta beside the versions: a restore that is not finished; outbound jobs are held. */
#define STORE_META_UNFINISHED "unfinished"
#define STORE_META_OUTBOUND   "outbound"

/* Creates or upgrades sys_* tables; a database newer than this program is refused in words, and so
 * is one that a restore has not finished. */
crm_status store_sys_migrate(struct store_conn *c, struct err *err);
/* The way to a version: steps[n] takes n + 1 to n + 2, each self-contained. Those of this program
 * are store_versions; tests have their own. */
typedef crm_status (*store_upgrade_fn)(struct store_conn *c, struct err *err);
struct store_versions {
    int64_t known;
    const store_upgrade_fn *steps;
    const bool *adds; /* by step: it only adds, so that a program of the version before may go on
                         beside newer ones, and start again; NULL: none does */
};
/* Whether the way to the versions' end leaves programs of `version` at work. */
bool store_upgrade_adds(const struct store_versions *versions, int64_t version);
/* CRM_CONFLICT where another process works with the database that could not go on after it. */
crm_status store_upgrade_may(struct store_conn *c, const struct store_versions *versions,
                             int64_t version, struct err *err);
extern const struct store_versions store_versions; /* versions.c */
/* Where others work beside, locks are waited for so shortly that they hardly notice, again and
 * again. */
crm_status store_sys_migrate_to(struct store_conn *c, const struct store_versions *versions,
                                struct err *err);
/* The version of the tables that are there (0 = none), and the one that this program makes. */
crm_status store_sys_version(struct store_conn *c, int64_t *ret, struct err *err);
int64_t store_sys_known(void);
crm_status store_registry_load(struct store_conn *c, struct arena *a, struct schema_registry *ret,
                               struct err *err);
/* All steps that take no time and, at the end, what has changed in the registry; background steps
 * are left, and those that ask. A plan with refused steps is CRM_REFUSED at once. *io_step, 0 at
 * first, is the next one: where a table's lock is not to be had within a fifth of a second
 * (PostgreSQL) the answer is CRM_UNAVAILABLE, and another call goes on from there. */
crm_status store_plan_apply(struct store_conn *c, const struct schema_plan *plan, size_t *io_step,
                            struct err *err);
/* One step, in a transaction of its own with its registry rows: for progress, and to be cut off in
 * tests. */
crm_status store_plan_step(struct store_conn *c, const struct schema_plan *plan, size_t step,
                           struct err *err);

/* A background step has been done: the registry of the plan says so from now on. `m`, or NULL, is
 * put into the same transaction. The texts that settling makes live as long as the transaction: the
 * plan is of no use afterwards. */
crm_status store_plan_settle(struct store_conn *c, struct schema_plan *plan, size_t step,
                             const struct store_migration *m, struct err *err);

#endif
