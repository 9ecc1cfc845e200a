/* Why an owner's handlers do not run: the mark of a stop, a row of sys_state that every node reads
 * - set by hand, or because the owner was killed twice within ten minutes.
 *
 * A kill is judged in the transaction that writes the row of the run that was killed, so neither a
 * restart nor another node forgets one. A kill of a version that is not in force counts for
 * nothing, nor does one from before the owner was started again by hand. Private to script/.
 * Threads: as each says. */
#ifndef SCRIPT_STOP_H
#define SCRIPT_STOP_H

#include "script/run.h"

enum { SCRIPT_KILLS_WITHIN_MS = 10 * 60 * 1000 };

/* Out of time, out of memory or its process dead; not a refusal and not a store that was slow. */
bool script_is_kill(crm_status status, const struct err *why);

/* ---- kill.c -----------------------------------------------------------------------------------
 */

/* After a row of a run that was killed, in the same transaction. *ret_stopped: the second kill, the
 * owner's mark is set, its author or the administrators will be told by an event. The writer's. */
crm_status script_kill_judge(struct script_host *h, const struct script_account *account,
                             int64_t run, struct store_conn *writer, bool *ret_stopped,
                             struct err *err);
/* After its commit: no handler of the owner begins any more on this node. Any thread. */
void script_kill_apply(struct script_host *h, struct str handler);

/* ---- control.c --------------------------------------------------------------------------------
 */

/* *ret_set false: there is a mark already. The writer's. */
crm_status script_stop_put(struct store_conn *writer, const struct script_stop *stop, bool *ret_set,
                           struct err *err);
/* The unit whose handler or kind of handlers has this durable name, or NULL. */
struct script_unit *script_unit_of(const struct script_units *units, struct str name);

#endif
