/* Replay: what the after-handlers of a script, or of a text in its place, would have done with all
 * events of a period - or how the two differ -, in the order of the log. Nothing is committed.
 *
 * Each event is told as it was (images, moment); what a handler reads besides is as it is now, on
 * SQLite in a copy of the database, so that a replay of hours holds nothing of the live one; what
 * it keeps (crm.keep, crm.once) is carried from event to event, beginning with nothing. Bounded by
 * REPLAY_RUNS_MAX, and ended between events when told to. Threads: the caller's, for long. */
#ifndef SCRIPT_REPLAY_H
#define SCRIPT_REPLAY_H

#include "script/trial.h"

enum { REPLAY_RUNS_MAX = 100000, REPLAY_ITEMS_MAX = 1000 };

struct script_replay {
    struct script_host *host;
    struct engine *engine;
    struct store_conn *conn; /* no transaction open */
    const struct access *access;
    struct str script, text; /* as script_trial_wanted */
    int64_t since_ms, until_ms;
    size_t items_max; /* told one by one */
    bool compare;     /* with the version in force; needs `text` */
    bool (*is_cancelled)(void *ctx);
    void (*on_progress)(void *ctx, int64_t runs);
    void *ctx;
};
/* {"script","version","runs","failed","writes","assignments","effects","items":[runs with changes,
 * effects or a failure, as script_trial_json tells them, the first items_max],"next"};
 * compared: {"script","version","against","runs","differ","assignments","assignments_differ",
 * "differences":[...]}. "next" is where the bound ended it. CRM_CANCELLED. */
crm_status script_replay_json(const struct script_replay *r, struct json_writer *out,
                              struct err *err);

#endif
