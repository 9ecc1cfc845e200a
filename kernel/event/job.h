/* Jobs: work that happens after a commit, once. Rows of sys_job, run by the hub's threads.
 *
 * A job is leased: the lease carries an epoch that rises with each attempt, and whoever holds an
 * old epoch can write nothing more. A job may be *started* more than once (kill -9, a lost lease)
 * but is *done* once: completion stands in the same transaction as its changeset
 * (event_job_commit). Failures are tried again with growing pauses up to the kind's attempts, then
 * stay as failed.
 *
 * Threads: enqueue inside the writer, submit and the rest from any thread that may block. */
#ifndef EVENT_JOB_H
#define EVENT_JOB_H

#include "event/hub.h"
#include "record/changeset.h"

/* X(ENUM, number, word): stored */
#define EVENT_JOB_STATES(X)                                                                        \
    X(QUEUED, 0, "queued")                                                                         \
    X(RUNNING, 1, "running") X(DONE, 2, "done") X(FAILED, 3, "failed") X(CANCELLED, 4, "cancelled")

enum event_job_state {
#define EVENT_JOB_STATE_ENUM(name, number, word) EVENT_JOB_##name = number,
    EVENT_JOB_STATES(EVENT_JOB_STATE_ENUM)
#undef EVENT_JOB_STATE_ENUM
        EVENT_JOB_STATE_COUNT
};
const char *event_job_state_word(enum event_job_state state);

struct event_job {
    int64_t id;
    struct str queue, kind;
    enum event_job_state state;
    int64_t run_at_ms;
    int32_t attempts; /* this one included */
    int64_t lease_epoch;
    int64_t actor; /* user id; ACTOR_SYSTEM */
    struct str dedupe, cause;
    int32_t depth;                       /* causality depth; changesets of the job carry it */
    struct str payload, progress, error; /* JSON, JSON, text */
    int64_t created_at_ms, finished_at_ms;
};

struct event_job_new {
    struct str kind;
    struct str queue; /* empty = "default"; jobs of a queue named "serial:..." run one at a time, in
                         order */
    struct str payload; /* JSON, up to 256 KB; empty = "{}" */
    struct str dedupe;  /* not empty: while a job of this kind and key waits, enqueuing again gives
                           that one */
    struct str cause;   /* "changeset 42", "schedule nightly" */
    int64_t actor;      /* 0 = ACTOR_SYSTEM */
    int64_t run_at_ms;  /* 0 = now */
    int32_t depth;
};
enum { EVENT_DEPTH_MAX = 16, EVENT_PAYLOAD_MAX = 262144 };

/* Inside the writer's transaction (engine_write, or changeset.also). A depth beyond EVENT_DEPTH_MAX
 * is refused: CRM_REFUSED, "loop". */
crm_status event_job_enqueue(struct event_hub *h, struct store_conn *writer,
                             const struct event_job_new *job, int64_t *ret_id, struct err *err);
/* In a transaction of its own. */
crm_status event_job_submit(struct event_hub *h, const struct event_job_new *job, int64_t *ret_id,
                            struct err *err);

/* The same with rows of the caller's in the very same transaction: `also` runs before and may find
 * that the job is there already (*job_id above 0: that one it is, nothing is enqueued), and again
 * after with the id of the new one. */
typedef crm_status (*event_job_also_fn)(void *ctx, struct store_conn *writer, int64_t *job_id,
                                        bool is_new, struct err *err);
crm_status event_job_submit_also(struct event_hub *h, const struct event_job_new *job,
                                 event_job_also_fn also, void *ctx, int64_t *ret_id,
                                 struct err *err);

/* What a running job is given. Everything but `hub` is its own for the length of the run. */
struct event_job_run {
    struct event_hub *hub;
    struct engine *engine;
    const struct event_job *job;
    struct store_conn *reader; /* no transaction open */
    struct arena *arena;       /* freed after the run; 64 MB */
    bool give_up;              /* set by the kind before it returns an error: do not try again */
    bool try_again;            /* the other way round: an error that looks final is not */
    bool completed;            /* set by event_job_commit and event_job_finish */
};

struct event_job_kind {
    struct str name, owner; /* copied */
    int32_t max_attempts;   /* 0 = 5 */
    int64_t lease_ms;       /* 0 = 30,000; renewed while it runs */
    int64_t
        first_pause_ms; /* before the second attempt, doubled each time up to an hour; 0 = 1,000 */
    bool outbound;      /* mail, web hooks: held after a restore */
    crm_status (*run)(void *ctx, struct event_job_run *run, struct err *err);
    void *ctx;
};
crm_status event_job_kind_add(struct event_hub *h, const struct event_job_kind *kind,
                              struct err *err);

/* The actor of the job's changesets: the job's user through the door `job`. */
crm_status event_job_actor(struct event_job_run *run, struct actor *ret, struct err *err);
/* Commits the changeset (cause, depth and door filled in where empty) and the job's completion in
 * one transaction. CRM_CANCELLED when the lease is lost: nothing was written. For a changeset that
 * is one of several, `last` false keeps the job open (and checks the lease all the same). */
crm_status event_job_commit(struct event_job_run *run, struct changeset *c, bool last,
                            struct changeset_result *ret, struct err_list *ret_errors,
                            struct err *err);
/* Not now: back into the queue for this later moment, as if this attempt had not been. The run then
 * returns CRM_CANCELLED. */
crm_status event_job_postpone(struct event_job_run *run, int64_t at_ms, struct err *err);
/* Completion with rows of the caller's own in the same transaction; `also` may be NULL. A run that
 * returns CRM_OK without either is completed by the hub. */
crm_status event_job_finish(struct event_job_run *run, engine_write_fn also, void *ctx,
                            struct err *err);
/* Told to stop, or the lease is lost: end soon. Cheap. */
bool event_job_is_cancelled(const struct event_job_run *run);
/* Shown by event_job_get; written at most twice a second. JSON. */
void event_job_progress(struct event_job_run *run, struct str json);

/* Looking at jobs and steering them. Rights are the caller's business. */
crm_status event_job_get(struct store_conn *c, int64_t id, struct arena *a, struct event_job *ret,
                         struct err *err);
typedef bool (*event_job_fn)(void *ctx, const struct event_job *job);
crm_status event_job_each(struct store_conn *c, enum event_job_state state, int64_t limit,
                          event_job_fn fn, void *ctx, struct err *err); /* oldest first */
/* Of every state, the newest first: those of `actor` (0 = everybody's) older than job `before` (0 =
 * from the newest). */
crm_status event_job_recent(struct store_conn *c, int64_t actor, int64_t before, int64_t limit,
                            event_job_fn fn, void *ctx, struct err *err);
crm_status event_job_cancel(struct event_hub *h, int64_t id,
                            struct err *err); /* queued: never runs; running: told to stop */
crm_status event_job_cancel_cause(struct event_hub *h, struct str cause, int64_t *ret_count,
                                  struct err *err);
/* All that wait or run and `which` picks, in one transaction. */
typedef bool (*event_job_pick_fn)(void *ctx, const struct event_job *job);
crm_status event_job_cancel_some(struct event_hub *h, event_job_pick_fn which, void *ctx,
                                 int64_t *ret_count, struct err *err);
/* Failed, cancelled, or waiting for its next attempt: now, and from the first attempt. */
crm_status event_job_retry(struct event_hub *h, int64_t id, struct err *err);
/* Outbound jobs were held by a restore: they run again. */
crm_status event_release_outbound(struct event_hub *h, bool *ret_was_held, struct err *err);
/* Done jobs older than this are removed (the hub does so hourly with 7 days). */
crm_status event_job_sweep(struct event_hub *h, int64_t older_ms, int64_t *ret_count,
                           struct err *err);

#endif
