/* The watcher's thread: after each commit, and now and then, it looks at the log for subscribers
 * and live streams, at schedules and at leases. Also settling and counters, which ask how far it
 * is. */
#include "event/job_claim.h"

#include "base/log.h"
#include "event/messages.h"
#include "record/log.h"
#include "store/cluster.h"

enum {
    LEASE_EVERY_MS = 5000,
    SWEEP_EVERY_MS = 3600000,
    RETRY_MS = 200,
    SETTLE_LOOK_MS = 10,
    BETWEEN_MS = 5
};
#define JOBS_KEPT_MS (INT64_C(7) * MS_PER_DAY)

/* A pass that fails is logged and tried again: nothing is lost, only late. */
static bool failed(const char *what, crm_status status, const struct err *err) {
    if (status != CRM_OK && status != CRM_UNAVAILABLE) log_err(LOG_ERROR, what, err);
    return status != CRM_OK;
}

static int64_t lease_every_ms(struct event_hub *h) {
    int64_t every = LEASE_EVERY_MS;
    pthread_mutex_lock(&h->mu);
    for (size_t i = 0; i < h->kind_count; i++)
        if (kind_lease_ms(h->kinds[i]) / 3 < every) every = kind_lease_ms(h->kinds[i]) / 3;
    pthread_mutex_unlock(&h->mu);
    return every;
}

static void housekeeping(struct event_hub *h, int64_t now) {
    struct err err;
    if (now - h->leased_at_ms >= lease_every_ms(h) || now < h->leased_at_ms) {
        h->leased_at_ms = now;
        (void)failed("leases cannot be renewed", job_lease_pass(h, &err), &err);
    }
    if (h->swept_at_ms == 0) h->swept_at_ms = now;
    if (now - h->swept_at_ms < SWEEP_EVERY_MS) return;
    h->swept_at_ms = now;
    (void)failed("done jobs cannot be swept", event_job_sweep(h, JOBS_KEPT_MS, NULL, &err), &err);
}

/* Everything once; returns how long to wait. */
static int64_t pass(struct event_hub *h, bool *ret_behind) {
    struct err err;
    bool more_events = false, more_live = false;
    int64_t next_ms = INT64_MAX, now = store_now_ms(engine_store(h->engine)),
            target = log_last_seq(h->engine), wait_ms = hub_poll_ms(h);
    pthread_mutex_lock(&h->watch_mu);
    bool bad = failed("events cannot be dispatched", dispatch_pass(h, &more_events, &err), &err);
    bad |= failed("the live feed cannot be read", live_pass(h, &more_live, &err), &err);
    bad |= failed("schedules cannot be fired", schedule_pass(h, &next_ms, &err), &err);
    *ret_behind = bad || more_events || more_live;
    if (!*ret_behind) atomic_store(&h->watched_seq, target);
    pthread_mutex_unlock(&h->watch_mu);
    housekeeping(h, now);
    if (bad) return RETRY_MS;
    if (more_events || more_live) return 0;
    if (next_ms - now < wait_ms) wait_ms = next_ms > now ? next_ms - now : 0;
    return wait_ms;
}

static struct timespec in_ms(int64_t ms) {
    int64_t at = clock_monotonic_ns() + ms * 1000000;
    return (struct timespec){.tv_sec = (time_t)(at / 1000000000),
                             .tv_nsec = (long)(at % 1000000000)};
}

/* Under a stream of commits several are looked at together: a pass costs more than what it finds.
 * The first after a rest is looked at at once. Under mu. */
static void rest_after(struct event_hub *h, int64_t began_ns) {
    int64_t left_ns = began_ns + BETWEEN_MS * INT64_C(1000000) - clock_monotonic_ns();
    struct timespec until = in_ms((left_ns + 999999) / 1000000);
    int told = 0;
    while (left_ns > 0 && !h->stopping && told == 0)
        told = pthread_cond_timedwait(&h->watch_cond, &h->mu, &until);
}

void *watcher_main(void *arg) {
    struct event_hub *h = arg;
    pthread_mutex_lock(&h->mu);
    while (!h->stopping) {
        bool behind = false;
        h->watch_asked = false;
        h->watching = true;
        pthread_mutex_unlock(&h->mu);
        int64_t began_ns = clock_monotonic_ns();
        int64_t wait_ms = pass(h, &behind);
        struct timespec until = in_ms(wait_ms);
        pthread_mutex_lock(&h->mu);
        h->watching = false;
        h->behind = behind;
        pthread_cond_broadcast(&h->idle_cond);
        if (wait_ms > 0 && !h->watch_asked && !h->stopping)
            pthread_cond_timedwait(&h->watch_cond, &h->mu, &until);
        if (!behind) rest_after(h, began_ns);
    }
    pthread_mutex_unlock(&h->mu);
    return NULL;
}

/* ---- how far it is ---- */

/* Under mu. */
static bool is_busy(const struct event_hub *h) {
    return h->ready || h->running || h->claiming || h->watch_asked || h->watching || h->behind;
}

static crm_status is_settled(struct event_hub *h, struct store_conn *reader, bool *ret,
                             struct err *err) {
    struct kind *kinds[HUB_KINDS_MAX];
    bool due = false;
    pthread_mutex_lock(&h->mu);
    bool busy = is_busy(h);
    size_t count = kinds_now(h, kinds);
    uint64_t claims = h->claims;
    pthread_mutex_unlock(&h->mu);
    *ret = false;
    if (busy || atomic_load(&h->watched_seq) < log_last_seq(h->engine)) return CRM_OK;
    crm_status status = jobs_due(reader, kinds, count, &due, err);
    pthread_mutex_lock(&h->mu);
    busy = is_busy(h) || h->claims != claims; /* nothing came and went meanwhile */
    pthread_mutex_unlock(&h->mu);
    *ret = status == CRM_OK && !due && !busy &&
           atomic_load(&h->watched_seq) >= log_last_seq(h->engine);
    return status;
}

crm_status event_hub_settle(struct event_hub *h, int64_t timeout_ms, struct err *err) {
    struct store_conn *reader = NULL;
    int64_t deadline = clock_monotonic_ns() + timeout_ms * 1000000;
    bool settled = false;
    crm_status status = engine_reader_open(h->engine, &reader, err);
    while (status == CRM_OK) {
        status = is_settled(h, reader, &settled, err);
        if (settled || status != CRM_OK) break;
        if (clock_monotonic_ns() > deadline) {
            status = err_set(err, CRM_TIMEOUT, &event_not_settled, NULL);
            break;
        }
        pthread_mutex_lock(&h->mu);
        bool busy = is_busy(h);
        pthread_mutex_unlock(&h->mu);
        if (!busy) { /* asked while it works it would never be seen idle */
            hub_ask_watch(h);
            hub_ask_jobs(h);
        }
        struct timespec until = in_ms(SETTLE_LOOK_MS);
        pthread_mutex_lock(&h->mu);
        pthread_cond_timedwait(&h->idle_cond, &h->mu, &until);
        pthread_mutex_unlock(&h->mu);
    }
    if (reader) store_conn_close(reader);
    return status;
}

void event_hub_counters(struct event_hub *h, struct event_counters *ret) {
    struct event_counters c = {.log_seq = log_last_seq(h->engine),
                               .watched_seq = atomic_load(&h->watched_seq),
                               .jobs_failed = atomic_load(&h->failed_count),
                               .live_dropped = atomic_load(&h->live_dropped)};
    pthread_mutex_lock(&h->mu);
    c.jobs_queued = (int64_t)h->ready_count;
    c.jobs_running = (int64_t)h->running_count;
    pthread_mutex_unlock(&h->mu);
    pthread_mutex_lock(&h->live_mu);
    c.live_subscribers = (int64_t)h->live_count;
    pthread_mutex_unlock(&h->live_mu);
    *ret = c;
}
