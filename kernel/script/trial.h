/* Dry runs: the handlers of an owner, as they are in force or in a text that is to take their
 * place, against a record, an event of the log, all events of a period, or by themselves. What they
 * would write is told as differences; nothing is written, not even the run.
 *
 * Each handler is called as it is when it is live - same actor, its own budget within that of the
 * whole trial - but its changeset is prepared and thrown away, in a snapshot of the data as they
 * are now; the other owners' before- handlers have their part in that. An event's handler is told
 * the event's moment as the present one. Threads: the connection's; may take long. */
#ifndef SCRIPT_TRIAL_H
#define SCRIPT_TRIAL_H

#include "record/read.h"
#include "script/host.h"

struct script_carry;

enum { SCRIPT_TRIAL_RUNS_MAX = 1000, SCRIPT_TRIAL_CPU_MS = 10000 };

struct script_trial_wanted {
    struct str script; /* an owner; with `text` also one that does not exist yet */
    struct str text;   /* in the place of its files; ptr NULL = as it is in force */
    /* One of these; with none of them its schedules run. */
    int64_t seq, position; /* an event of the log; position -1 = all of the changeset */
    const struct schema_entity *entity; /* a record: saved with `fields`, and the newest event that
                                           each after-handler hears of it */
    int64_t record;
    const json_t *fields; /* NULL = saved as it is */
    bool has_period;
    int64_t since_ms, until_ms;
    int64_t from_seq;   /* a period goes on here; 0 = from since_ms */
    struct str action;  /* its name; on the record */
    struct str form;    /* JSON of an action's form */
    struct str webhook; /* its name: as if this were posted to it, by the user that is set for it */
    struct str body, body_type;
    const json_t *headers; /* name: value; NULL = none */
    size_t limit;          /* runs at most; SIZE_MAX: also without a bound on time, by replay.h */
    int64_t to_seq;        /* a period ends with it; 0 = with until_ms */
    struct script_carry *carry, *carry_in_force; /* keep.h; of the text and of what it is compared
                                                    with; NULL = as the database has it */
    bool (*is_cancelled)(void *ctx);             /* asked between runs; NULL = never */
    void *ctx;
};

/* {"script","version","runs":[{"handler","kind","file","line","event":{"name","seq","position",
 * "changeset","entity","id","at"} or null,"outcome","message","where","cpu_us","changes":[...],
 * "effects":[...],"value"}],"next":seq or null}. CRM_NOT_FOUND for a script that is not there;
 * errors of the text's loading are errors. */
crm_status script_trial_json(struct script_host *h, struct record_view *asker,
                             const struct script_trial_wanted *wanted, struct json_writer *out,
                             struct err *err);

#endif
