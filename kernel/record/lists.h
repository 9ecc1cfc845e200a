/* Lists: pipelines with their stages, directories with their items. Definitions wish for them, what
 * is in force are records, which people change too.
 *
 * Beside the records stands a note of what the definitions said last. A definition that says
 * something new is carried out where the record is as it said before; where people have changed the
 * same, both are told and who is right is asked (LAYERS_MEET). A name that was another one keeps
 * its record, and with it every reference and the history. What definitions leave out stays until
 * it is wished away by name, and with records in it only with their fate: `move`, or for values
 * `leave`. Records are written through the one door, in batches under one parent, so that it can be
 * undone. A removal that moves many records is a background step (rebuild.h): what is on its way
 * out takes nothing new, and goes with its last record. Threads: any that may block; one at a time.
 */
#ifndef RECORD_LISTS_H
#define RECORD_LISTS_H

#include "record/engine.h"
#include "record/rebuild.h"
#include "schema/plan.h"

/* Adds the steps that the plan's snapshot asks of the records; nothing before the first snapshot is
 * in force. */
crm_status lists_plan(struct engine *e, const struct schema_wishes *wishes, struct arena *a,
                      struct schema_plan *io, struct err *err);
/* Carries them out, when the plan's snapshot is in force, with the plan's wishes and author, and
 * notes what the definitions say. */
crm_status lists_settle(struct engine *e, const struct schema_plan *plan, struct err *err);

/* A background step of lists, as rebuild_run. */
crm_status lists_run(struct engine *e, struct schema_plan *plan, size_t step,
                     const struct rebuild_options *options, struct err *err);
bool list_is_move(const struct store_migration *m);
/* A removal that waits or runs ends in this state: what has moved stays where it is, the rest stays
 * too, and what was on its way out is in use again. *ret_found false: it has ended already. */
crm_status lists_release(struct engine *e, const struct store_migration *m,
                         enum store_migration_state state, const struct err *why, bool *ret_found,
                         struct err *err);

#endif
