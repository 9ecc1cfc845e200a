/* crm.job: work that outlives a request and a restart.
 *
 * A job is a row: kind, payload (JSON text), actor, state. A worker leases it, runs the kind's
 * handler, and marks it done; after kill -9 the lease runs out and the job runs again, so that a
 * handler must be able to run twice (crm_changeset_options.once_key). Threads: `run` has a thread
 * and a view of its own. */
#ifndef CRM_JOB_H
#define CRM_JOB_H

#include <crm/record.h>

#define CRM_JOB_SERVICE "crm.job"
#define CRM_JOB_VERSION 1

struct crm_job;

struct crm_job_kind {
    uint32_t size;
    uint32_t attempts; /* before it is given up; 0 = 5. Pauses grow between them */
    bool outbound;     /* mail, calls to the outside: held back after a restore */
    const char *kind;  /* "base.import" */
    /* CRM_OK: done. CRM_UNAVAILABLE, CRM_TIMEOUT, CRM_STALE, CRM_IO, CRM_NO_MEMORY: again later.
     * Anything else: failed, with the message kept. */
    crm_status (*run)(void *ctx, struct crm_job *job, struct crm_error *err);
    void *ctx;
};

struct crm_job_options {
    uint32_t size;
    const char *kind;
    int64_t user;           /* on whose behalf; 0 = the system */
    int64_t run_at_ms;      /* 0 = now */
    struct crm_str payload; /* JSON text, up to 256 KB */
    struct crm_str cause;
    struct crm_str dedupe; /* one waiting job per text; empty = none */
};

enum crm_job_state {
    CRM_JOB_WAITING = 0,
    CRM_JOB_RUNNING = 1,
    CRM_JOB_DONE = 2,
    CRM_JOB_FAILED = 3,
    CRM_JOB_CANCELLED = 4
};

struct crm_job_facts {
    uint32_t size;
    int32_t state; /* enum crm_job_state */
    uint32_t attempts;
    int64_t id, user;
    int64_t created_at_ms, finished_at_ms; /* finished: 0 = not yet */
    struct crm_str kind, payload, progress, error;
};

#define CRM_JOB_TABLE(X)                                                                           \
    X(crm_status, kind_add,                                                                        \
      (struct crm_host * host, const struct crm_job_kind *kind, struct crm_error *err))            \
    /* `spec` is five fields of cron in the company's zone ("0 9 * * 1-5"); enqueues a job of      \
     * `kind`. */                                                                                  \
    X(crm_status, schedule_add,                                                                    \
      (struct crm_host * host, const char *name, const char *spec, const char *kind,               \
       struct crm_error *err))                                                                     \
    X(crm_status, enqueue,                                                                         \
      (struct crm_host * host, const struct crm_job_options *options, int64_t *ret_id,             \
       struct crm_error *err)) /* durable on return */                                             \
    /* Texts in the arena. CRM_NOT_FOUND when there is none (any more). */                         \
    X(crm_status, find,                                                                            \
      (struct crm_host * host, int64_t id, struct crm_arena * a, struct crm_job_facts * ret,       \
       struct crm_error * err))                                                                    \
    X(crm_status, cancel,                                                                          \
      (struct crm_host * host, int64_t id, struct crm_error * err)) /* waiting or running */       \
    /* ---- inside `run` ---- */                                                                   \
    X(int64_t, id, (struct crm_job * job))                                                         \
    X(uint32_t, attempt, (struct crm_job * job)) /* from 1 */                                      \
    X(struct crm_str, payload, (struct crm_job * job))                                             \
    /* Commits the changeset and, with `last`, the end of the job in one transaction: done once,   \
     * however often it was started. CRM_CANCELLED: another worker has the job by now, nothing was \
     * written. */                                                                                 \
    X(crm_status, commit,                                                                          \
      (struct crm_job * job, struct crm_changeset * c, bool last, struct crm_commit *ret,          \
       struct crm_error *err))                                                                     \
    X(struct crm_view *, view,                                                                     \
      (struct crm_job * job)) /* as the job's actor; refresh it at will */                         \
    /* JSON text for whoever asks about the job; survives a restart. The exact place to go on from \
     * is better kept by crm.file's state_put or once_key. */                                      \
    X(void, progress,                                                                              \
      (struct crm_job * job, struct crm_str json)) /* cheap: written twice a second at most */     \
    X(struct crm_str, last_progress,                                                               \
      (struct crm_job * job)) /* what an earlier attempt left; empty = nothing */                  \
    X(bool, stopping,                                                                              \
      (struct crm_job *                                                                            \
       job)) /* cancelled, or the server is going down: return CRM_CANCELLED soon */

CRM_TABLE(crm_job_service, CRM_JOB_TABLE)

#endif
