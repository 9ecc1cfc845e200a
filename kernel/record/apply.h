/* Apply: a plan becomes rows. Private to record/.
 *
 * On the writer's connection, inside the job's savepoint; no Lua, no JSON. Checks again what the
 * plan relies on, then writes records, lists, search rows, roll-ups, stage changes and series. The
 * log is written at the end of the batch. May run again on the same plan after a rollback. */
#ifndef RECORD_APPLY_H
#define RECORD_APPLY_H

#include "record/evaluate.h"
#include "record/plan.h"

struct apply {
    struct engine *engine;
    struct store_conn *conn;
    struct record_plan *plan;
    struct changeset *changeset;
    const struct company *company;
    struct row_eval eval; /* sees stored rows */
    int64_t changeset_id;
    bool stale; /* CRM_STALE or CRM_CONFLICT is the plan's: preparing it anew may help */
};

crm_status apply_run(struct engine *e, struct store_conn *c, struct record_plan *plan,
                     int64_t changeset_id, bool *ret_stale, struct err *err);
/* The plan is to be made anew: CRM_STALE. */
crm_status apply_stale(struct apply *a, struct err *err);

/* apply_between.c: what others have written between preparing and now. Before anything is written:
 * what the plan relies on is as it was, and beside other nodes stays so to the end. */
crm_status apply_relied(struct apply *a, struct err *err);
/* Behind the writes: nothing stands in what has gone, or belongs to it, that the plan did not see.
 */
crm_status apply_left(struct apply *a, struct err *err);
/* The unique index that the engine named, as an error of the field. */
void apply_name_conflict(const struct record_plan *plan, struct str index, struct err *err);

/* search_row.c: brings the search row of a changed record up to date. */
crm_status search_row_apply(struct apply *a, const struct record_change *change, struct err *err);
/* The row before or after the change; lists that the change leaves alone are read. */
enum search_row_flag {
    SEARCH_ROW_AFTER = 1, /* of the row after the change; else of the one before */
    SEARCH_ROW_FORMER = 2 /* with the fields that were searchable before (schema_field.searched) */
};
crm_status search_row_make(struct store_conn *conn, struct arena *a,
                           const struct record_change *change, unsigned flags,
                           struct store_search_row *ret, struct err *err);
/* series.c: draws the numbers of a new record into its row. */
crm_status series_draw(struct apply *a, struct record_change *change, struct err *err);
/* stages.c: the row in stage_change for a move. */
crm_status stage_change_write(struct apply *a, const struct record_change *change, struct err *err);
/* reverts.c: marks what an undo reverts; CRM_CONFLICT already_undone. */
crm_status reverts_apply(struct apply *a, struct err *err);

#endif
