/* Background steps of a schema plan: what must be filled or looked through over the rows that are
 * there, while people read and write (schema/plan.h).
 *
 * The rows are walked in the order of ids, in batches that the writer does among its other work: a
 * few milliseconds each, with the place it has come to in sys_migration in the very same
 * transaction. Nothing of it is a change: no version, no log, no event. After kill -9 the step is
 * begun again where its last batch ended. What is found at the end - values that do not convert,
 * duplicates, empty ones - stops the step in words with everything as it was, unless `lossy`.
 * Threads: any that may block; one step at a time. */
#ifndef RECORD_REBUILD_H
#define RECORD_REBUILD_H

#include "record/engine.h"
#include "store/migration.h"

struct rebuild_options {
    bool lossy; /* values that do not convert are lost, empty ones stay although required */
    int64_t author;
    int64_t disk_bytes; /* what may be used of the disk; 0 = what is free */
    bool pauses;        /* between batches as long as a batch took: people come first */
    /* After every batch; false suspends: the step is taken up again later. `m` NULL: only asked
     * whether to go on. May be NULL. */
    bool (*progress)(void *ctx, const struct store_migration *m);
    void *ctx;
};

/* What a background step would take: rows that are walked, bytes on the disk while it runs, time by
 * what the last one of its kind took here. */
struct rebuild_estimate {
    int64_t rows, bytes, seconds;
};
/* One for each step of the plan, in the arena; of no use but for background ones. */
crm_status rebuild_estimate(struct engine *e, struct arena *a, const struct schema_plan *plan,
                            struct rebuild_estimate **ret, struct err *err);
/* One background step of a plan whose snapshot is in force (engine_schema_apply). Afterwards a new
 * plan is to be made. CRM_REFUSED: something was found; CRM_CANCELLED: cancelled or suspended;
 * CRM_STALE: another snapshot
 * has come into force, a new plan is to be made. */
crm_status rebuild_run(struct engine *e, struct schema_plan *plan, size_t step,
                       const struct rebuild_options *options, struct err *err);
/* Asked for by a person: background steps of the plan wait to be run, also those that were stopped
 * before. */
crm_status rebuild_queue(struct engine *e, const struct schema_plan *plan, bool lossy,
                         int64_t author, struct err *err);
/* The first background step that has not been stopped; *ret SIZE_MAX: none. */
crm_status rebuild_next(struct engine *e, const struct schema_plan *plan, size_t *ret,
                        struct err *err);
/* When the plan's snapshot is in force: what led to it is done, what runs or waits and is no step
 * of it is cancelled. */
crm_status rebuild_tidy(struct engine *e, const struct schema_plan *plan, struct err *err);
/* Clears, in batches, what steps that were cancelled, failed or cut off at their very end have
 * left. */
crm_status rebuild_sweep(struct engine *e, const struct schema_plan *plan,
                         const struct rebuild_options *options, struct err *err);
/* Marks what runs, or waits, to be cancelled; *ret_found false: there is no such step any more. */
crm_status rebuild_cancel(struct engine *e, int64_t migration, bool *ret_found, struct err *err);

#endif
