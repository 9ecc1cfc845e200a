/* What a hub holds. Private to event/.
 *
 * `mu` guards the registrations, the ready jobs and the flags; it is never held during a query, a
 * write or a handler. `watch_mu` is held by a whole pass of the watcher and by who changes
 * subscribers and schedules; `emit_mu` too by who changes subscribers, so that the writer can read
 * them with it alone. `live_mu` guards the live subscribers and is held while `wake` runs. Lock
 * order: watch_mu, live_mu, emit_mu, mu. */
#ifndef EVENT_HUB_STATE_H
#define EVENT_HUB_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "event/cursor.h"
#include "event/live.h"
#include "event/schedule.h"
#include "event/subscribe.h"

enum {
    HUB_KINDS_MAX = 256,
    HUB_SUBSCRIPTIONS_MAX = 2000,
    HUB_SCHEDULES_MAX = 1000,
    HUB_WAKES_MAX = 16,
    HUB_READY_MAX = 64,
    HUB_THREADS_MAX = 32
};

struct match;

struct kind {
    struct event_job_kind it; /* name and owner are heap texts of its own */
    int running;              /* guarded by mu */
};

struct subscription {
    struct event_subscriber it; /* texts are heap copies */
    struct event_cursor at;     /* watcher's: what it has looked at */
    struct event_cursor stored; /* watcher's: what the database knows */
    bool has_cursor;
};

struct schedule {
    struct event_schedule it; /* texts are heap copies */
    struct cron cron;
    int64_t next_ms; /* watcher's; 0 = not loaded */
};

struct ready_job { /* claimed, waiting for a thread or running */
    struct ready_job *next;
    struct arena arena;
    struct event_job job;
    struct kind *kind;
    _Atomic bool cancelled;
    bool running;
};

struct event_hub {
    struct engine *engine;
    struct event_options options;
    pthread_mutex_t mu;
    pthread_cond_t watch_cond, job_cond, idle_cond;
    bool started, stopping; /* guarded by mu */
    bool watch_asked, watching,
        behind;    /* guarded by mu: a pass is wanted, runs, left something over */
    int job_asked; /* guarded by mu: looks left at a quick pace */
    struct kind *kinds[HUB_KINDS_MAX]; /* guarded by mu */
    size_t kind_count;
    pthread_mutex_t watch_mu, emit_mu;
    struct subscription *subscriptions[HUB_SUBSCRIPTIONS_MAX]; /* see above */
    size_t subscription_count;
    struct compiled {          /* watcher's: the subscribers against a snapshot */
        struct schema *schema; /* counted; NULL = not compiled */
        uint64_t registrations;
        struct arena arena;
        struct match *matches; /* by subscription */
        bool *awake;
    } compiled;
    _Atomic uint64_t registrations; /* rises with each change of subscribers and declared names */
    struct schedule *schedules[HUB_SCHEDULES_MAX]; /* guarded by watch_mu */
    size_t schedule_count;
    char *declared[HUB_KINDS_MAX]; /* guarded by mu: names of emitted events */
    char *declared_owner[HUB_KINDS_MAX];
    size_t declared_count;
    struct ready_job *ready;   /* guarded by mu: claimed, in order */
    struct ready_job *running; /* guarded by mu */
    size_t ready_count, running_count;
    bool claiming;      /* guarded by mu: one thread looks at a time */
    uint64_t claims;    /* guarded by mu: rises with each that found something */
    bool hold_outbound; /* guarded by mu */
    struct {
        event_wake_fn fn;
        void *ctx;
    } wakes[HUB_WAKES_MAX];
    size_t wake_count;
    pthread_t watcher, threads[HUB_THREADS_MAX];
    size_t thread_wanted; /* constant */
    size_t thread_count;  /* started; of who starts and stops */
    bool watcher_started;
    struct store_conn *watch_reader;   /* watcher's */
    int64_t swept_at_ms, leased_at_ms; /* watcher's */
    _Atomic int64_t watched_seq, failed_count;
    _Atomic bool enqueued; /* a job was written since the last commit that was heard of */
    pthread_mutex_t live_mu;
    struct live_subscriber *live; /* guarded by live_mu */
    size_t live_count;            /* guarded by live_mu */
    _Atomic int64_t live_dropped;
};

/* Heap copy with a NUL; NULL on exhaustion. */
char *hub_copy(struct str s);
static inline struct str hub_str(const char *copy) { return copy ? str_from(copy) : STR_NONE; }
/* Texts of a registration were all copied with hub_copy. */
void hub_free_str(struct str s);
int64_t hub_poll_ms(const struct event_hub *h);
void hub_ask_watch(struct event_hub *h);
void hub_ask_jobs(struct event_hub *h);

/* hub.c: of an owner. Under watch_mu and emit_mu; under watch_mu and mu. */
void hub_remove_subscriptions(struct event_hub *h, struct str owner);
void hub_remove_times_and_names(struct event_hub *h, struct str owner);

/* watcher.c */
void *watcher_main(void *hub);
/* dispatch.c: from the log to jobs; *ret_more: there is more to look at already. */
crm_status dispatch_pass(struct event_hub *h, bool *ret_more, struct err *err);
void dispatch_forget(struct event_hub *h); /* what is compiled */
struct subscription *subscription_new(const struct event_subscriber *from);
void subscription_free(struct subscription *s);
/* Where it goes on, made where it is new. Under watch_mu. */
crm_status subscription_load(struct event_hub *h, struct subscription *s, struct err *err);
bool hub_is_declared(struct event_hub *h, struct str event);
/* schedule.c: fires what is due; *ret_next_ms when to look again. */
crm_status schedule_pass(struct event_hub *h, int64_t *ret_next_ms, struct err *err);
crm_status schedule_new(const struct event_schedule *from, struct schedule **ret, struct err *err);
void schedule_free(struct schedule *s);
/* Its next time, reckoned where it is new. Under watch_mu. */
crm_status schedule_load(struct event_hub *h, struct schedule *s, struct err *err);
/* job_run.c */
void *job_thread_main(void *hub);
crm_status job_reclaim_own(struct event_hub *h, struct err *err);
crm_status job_lease_pass(struct event_hub *h, struct err *err);
void job_give_back_one(struct event_hub *h, const struct event_job *job);
/* Claimed jobs that never began, back into the queue as they were; frees the list. */
void job_give_back(struct event_hub *h, struct ready_job *list);
/* job.c */
/* As failed from the start: a circle of causes was cut. */
crm_status job_enqueue_failed(struct event_hub *h, struct store_conn *writer,
                              const struct event_job_new *job, int32_t depth, struct err *err);
crm_status job_from_row(const struct store_value *row, struct arena *a, struct event_job *ret,
                        struct err *err);
/* outbound.c: whether the database says that outbound jobs are held. */
crm_status outbound_load(struct event_hub *h, struct store_conn *reader, struct err *err);
/* live_feed.c */
crm_status live_pass(struct event_hub *h, bool *ret_more, struct err *err);
void live_end_all(struct event_hub *h);

#endif
