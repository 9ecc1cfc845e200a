/* The hub of what happens after a commit: it watches the log and drives subscribers, jobs,
 * schedules and the live feed. One hub an engine.
 *
 * Life: event_hub_new (before the engine's first write), then registrations of job kinds,
 * subscribers and schedules by owner, then event_hub_start. Nothing here is lost by kill -9:
 * cursors, jobs and schedules are rows, and each effect on them is one transaction. Not here: what
 * a job does.
 *
 * Threads: registration on the main thread or a loader's; a "watcher" thread and the job threads
 * are the hub's own, each with its own reader connection. */
#ifndef EVENT_HUB_H
#define EVENT_HUB_H

#include "record/engine.h"

struct event_hub;

struct event_options {
    size_t job_threads;  /* 0 = 2 */
    int32_t node;        /* as given to the engine */
    int64_t poll_ms;     /* how often the log and jobs of other nodes are looked for; 0 = 1,000 */
    bool hold_outbound;  /* after a restore: outbound kinds wait until event_release_outbound */
    struct str data_dir; /* of the key of secrets (base/seal.h); borrowed */
    struct str mail_allowed; /* mail servers besides public ones: "10.0.0.5:25, ..."; borrowed */
};

crm_status event_hub_new(struct engine *e, const struct event_options *options,
                         struct event_hub **ret, struct err *err);
/* Takes back the leases of this node's earlier life, then starts the threads. */
crm_status event_hub_start(struct event_hub *h, struct err *err);
/* Running jobs get `grace_ms` to end, then are told to stop; their leases are given back. Live
 * subscribers are woken with the end of the stream. */
void event_hub_stop(struct event_hub *h, int64_t grace_ms);
void event_hub_free(struct event_hub *h); /* stopped; NULL is fine */
struct engine *event_hub_engine(struct event_hub *h);
/* Job kinds, subscribers and schedules of an owner are no more; its cursors and queued jobs stay
 * and go on when it registers again. Waits until none of its handlers runs. */
void event_remove_owner(struct event_hub *h, struct str owner);

/* In-process listeners: called on the writer thread after COMMIT, so they only set a flag, write to
 * a wake-up descriptor or post to a loop. Registered before event_hub_start. */
typedef void (*event_wake_fn)(void *ctx, int64_t last_seq);
crm_status event_on_commit(struct event_hub *h, event_wake_fn fn, void *ctx, struct err *err);

/* Another node has committed: the log and the jobs are looked at now. */
void event_hub_hear(struct event_hub *h);
/* Jobs that run on none of these nodes wait again: theirs has died. */
crm_status event_hub_take_over(struct event_hub *h, const int32_t *living, size_t count,
                               struct err *err);
/* Another node has released outbound jobs. */
crm_status event_outbound_look(struct event_hub *h, struct err *err);

/* For tests and orderly ends: returns when everything committed so far has been looked at and no
 * job is due; CRM_TIMEOUT otherwise. */
crm_status event_hub_settle(struct event_hub *h, int64_t timeout_ms, struct err *err);

struct event_counters { /* for /metrics */
    int64_t log_seq, watched_seq, jobs_queued, jobs_running, jobs_failed, live_subscribers,
        live_dropped;
};
void event_hub_counters(struct event_hub *h, struct event_counters *ret);

#endif
