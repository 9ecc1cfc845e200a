/* Two versions of a script over the same events: as it is in force, and a text in its place. Each
 * is tried as trial.h says, in one snapshot, and what they would do is laid side by side.
 *
 * What differs by its nature does not count: ids of records that would be made. Threads: the
 * connection's; may take long. */
#ifndef SCRIPT_COMPARE_H
#define SCRIPT_COMPARE_H

#include "script/trial.h"

/* {"script","version","against","runs","differ","assignments","assignments_differ","differences":
 * [{"handler","event","now":{"outcome","message","changes"} or null,"then":likewise}],"next"}:
 * `now` as in force, `then` by the text; null where that version does not hear of the event. An
 * assignment is a field that either of them sets; wanted->text must be given. */
crm_status script_compare_json(struct script_host *h, struct record_view *asker,
                               const struct script_trial_wanted *wanted, struct json_writer *out,
                               struct err *err);

#endif
