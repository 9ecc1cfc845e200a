/* The hub's life, what is registered with it, and its wake-ups. */
#include "event/hub_state.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "event/messages.h"
#include "loop/thread.h"
#include "record/log.h"

enum { POLL_MS = 1000, JOB_THREADS = 2, QUICK_LOOKS = 8 };

char *hub_copy(struct str s) {
    char *copy = malloc(s.len + 1);
    if (!copy) return NULL;
    if (s.len) memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    return copy;
}

void hub_free_str(struct str s) { free((char *)(uintptr_t)s.ptr); }

int64_t hub_poll_ms(const struct event_hub *h) {
    return h->options.poll_ms > 0 ? h->options.poll_ms : POLL_MS;
}

void hub_ask_watch(struct event_hub *h) {
    pthread_mutex_lock(&h->mu);
    if (!h->watch_asked) pthread_cond_signal(&h->watch_cond);
    h->watch_asked = true;
    pthread_mutex_unlock(&h->mu);
}

/* Called inside the transaction that enqueues: what it wrote is not there yet, so threads look
 * again after ever longer pauses before they fall back to polling. */
void hub_ask_jobs(struct event_hub *h) {
    pthread_mutex_lock(&h->mu);
    h->job_asked = QUICK_LOOKS;
    pthread_cond_signal(&h->job_cond);
    pthread_mutex_unlock(&h->mu);
}

void event_hub_hear(struct event_hub *h) {
    hub_ask_watch(h);
    pthread_mutex_lock(&h->mu);
    pthread_cond_signal(&h->job_cond);
    pthread_mutex_unlock(&h->mu);
}

static void committed(void *ctx, const struct engine_commit *commit) {
    struct event_hub *h = ctx;
    hub_ask_watch(h);
    if (atomic_exchange(&h->enqueued, false)) hub_ask_jobs(h);
    for (size_t i = 0; i < h->wake_count; i++)
        h->wakes[i].fn(h->wakes[i].ctx, commit->last_seq);
}

static void init_cond(pthread_cond_t *c) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(c, &attributes);
    pthread_condattr_destroy(&attributes);
}

crm_status event_hub_new(struct engine *e, const struct event_options *options,
                         struct event_hub **ret, struct err *err) {
    struct event_hub *h = calloc(1, sizeof *h);
    if (!h) return err_no_memory(err);
    h->engine = e;
    h->options = *options;
    h->hold_outbound = options->hold_outbound;
    h->thread_wanted = options->job_threads ? options->job_threads : JOB_THREADS;
    if (h->thread_wanted > HUB_THREADS_MAX) h->thread_wanted = HUB_THREADS_MAX;
    pthread_mutex_init(&h->mu, NULL);
    pthread_mutex_init(&h->watch_mu, NULL);
    pthread_mutex_init(&h->emit_mu, NULL);
    pthread_mutex_init(&h->live_mu, NULL);
    init_cond(&h->watch_cond);
    init_cond(&h->job_cond);
    init_cond(&h->idle_cond);
    crm_status status = engine_on_commit(e, committed, h, err);
    if (status != CRM_OK) {
        event_hub_free(h);
        return status;
    }
    *ret = h;
    return CRM_OK;
}

struct engine *event_hub_engine(struct event_hub *h) {
    return h->engine;
}

crm_status event_on_commit(struct event_hub *h, event_wake_fn fn, void *ctx, struct err *err) {
    if (h->started || h->wake_count == HUB_WAKES_MAX)
        return err_internal(err, "a commit listener comes too late or is one too many");
    h->wakes[h->wake_count].fn = fn;
    h->wakes[h->wake_count++].ctx = ctx;
    return CRM_OK;
}

crm_status event_hub_start(struct event_hub *h, struct err *err) {
    crm_status status = job_reclaim_own(h, err);
    if (status == CRM_OK) status = engine_reader_open(h->engine, &h->watch_reader, err);
    if (status == CRM_OK) status = outbound_load(h, h->watch_reader, err);
    if (status != CRM_OK) return status;
    h->started = true;
    status = thread_start("events", watcher_main, h, &h->watcher, err);
    h->watcher_started = status == CRM_OK;
    while (status == CRM_OK && h->thread_count < h->thread_wanted) {
        status = thread_start("jobs", job_thread_main, h, &h->threads[h->thread_count], err);
        if (status == CRM_OK) h->thread_count++;
    }
    if (status != CRM_OK) event_hub_stop(h, 0);
    return status;
}

static void wait_until(pthread_cond_t *c, pthread_mutex_t *mu, int64_t deadline_ns) {
    struct timespec at = {.tv_sec = (time_t)(deadline_ns / 1000000000),
                          .tv_nsec = (long)(deadline_ns % 1000000000)};
    pthread_cond_timedwait(c, mu, &at);
}

static void cancel_running(struct event_hub *h) {
    for (struct ready_job *j = h->running; j; j = j->next)
        atomic_store(&j->cancelled, true);
}

void event_hub_stop(struct event_hub *h, int64_t grace_ms) {
    if (!h || !h->started) return;
    int64_t deadline = clock_monotonic_ns() + grace_ms * 1000000;
    pthread_mutex_lock(&h->mu);
    h->stopping = true;
    pthread_cond_broadcast(&h->watch_cond);
    pthread_cond_broadcast(&h->job_cond);
    while (h->running && clock_monotonic_ns() < deadline)
        wait_until(&h->idle_cond, &h->mu, deadline);
    cancel_running(h);
    pthread_mutex_unlock(&h->mu);
    if (h->watcher_started) pthread_join(h->watcher, NULL);
    for (size_t i = 0; i < h->thread_count; i++)
        pthread_join(h->threads[i], NULL);
    h->watcher_started = false;
    h->thread_count = 0;
    struct ready_job *left = h->ready;
    h->ready = NULL;
    h->ready_count = 0;
    job_give_back(h, left);
    live_end_all(h);
    if (h->watch_reader) store_conn_close(h->watch_reader);
    h->watch_reader = NULL;
    h->started = false;
}

static void kind_free(struct kind *k) {
    hub_free_str(k->it.name);
    hub_free_str(k->it.owner);
    free(k);
}

void event_hub_free(struct event_hub *h) {
    if (!h) return;
    dispatch_forget(h);
    for (size_t i = 0; i < h->kind_count; i++)
        kind_free(h->kinds[i]);
    for (size_t i = 0; i < h->subscription_count; i++)
        subscription_free(h->subscriptions[i]);
    for (size_t i = 0; i < h->schedule_count; i++)
        schedule_free(h->schedules[i]);
    for (size_t i = 0; i < h->declared_count; i++) {
        free(h->declared[i]);
        free(h->declared_owner[i]);
    }
    pthread_cond_destroy(&h->watch_cond);
    pthread_cond_destroy(&h->job_cond);
    pthread_cond_destroy(&h->idle_cond);
    pthread_mutex_destroy(&h->mu);
    pthread_mutex_destroy(&h->watch_mu);
    pthread_mutex_destroy(&h->emit_mu);
    pthread_mutex_destroy(&h->live_mu);
    free(h);
}

/* ---- registrations ---- */

static bool has_kind(const struct event_hub *h, struct str name) {
    for (size_t i = 0; i < h->kind_count; i++)
        if (str_eq(h->kinds[i]->it.name, name)) return true;
    return false;
}

crm_status event_job_kind_add(struct event_hub *h, const struct event_job_kind *kind,
                              struct err *err) {
    const struct str args[] = {kind->name};
    if (kind->name.len == 0 || !kind->run)
        return err_set(err, CRM_INVALID, &event_name_empty, NULL);
    struct kind *k = calloc(1, sizeof *k);
    if (!k) return err_no_memory(err);
    k->it = *kind;
    k->it.name = hub_str(hub_copy(kind->name));
    k->it.owner = hub_str(hub_copy(kind->owner));
    crm_status status = k->it.name.ptr && k->it.owner.ptr ? CRM_OK : err_no_memory(err);
    pthread_mutex_lock(&h->mu);
    if (status == CRM_OK && has_kind(h, kind->name))
        status = err_set_args(err, CRM_CONFLICT, &event_twice, args, 1);
    if (status == CRM_OK && h->kind_count == HUB_KINDS_MAX)
        status = err_internal(err, "more than %d kinds of jobs", HUB_KINDS_MAX);
    if (status == CRM_OK) h->kinds[h->kind_count++] = k;
    pthread_mutex_unlock(&h->mu);
    if (status != CRM_OK)
        kind_free(k);
    else
        hub_ask_jobs(h);
    return status;
}

static bool kinds_run(const struct event_hub *h, struct str owner) {
    for (size_t i = 0; i < h->kind_count; i++)
        if (h->kinds[i]->running && str_eq(h->kinds[i]->it.owner, owner)) return true;
    return false;
}

static void remove_kinds(struct event_hub *h, struct str owner) {
    size_t kept = 0;
    for (size_t i = 0; i < h->kind_count; i++) {
        struct kind *k = h->kinds[i];
        if (!str_eq(k->it.owner, owner))
            h->kinds[kept++] = k;
        else
            kind_free(k);
    }
    h->kind_count = kept;
}

void hub_remove_subscriptions(struct event_hub *h, struct str owner) {
    size_t kept = 0;
    for (size_t i = 0; i < h->subscription_count; i++) {
        if (!str_eq(h->subscriptions[i]->it.owner, owner))
            h->subscriptions[kept++] = h->subscriptions[i];
        else
            subscription_free(h->subscriptions[i]);
    }
    h->subscription_count = kept;
    atomic_fetch_add(&h->registrations, 1);
}

void hub_remove_times_and_names(struct event_hub *h, struct str owner) {
    size_t kept = 0;
    for (size_t i = 0; i < h->schedule_count; i++) {
        if (!str_eq(h->schedules[i]->it.owner, owner))
            h->schedules[kept++] = h->schedules[i];
        else
            schedule_free(h->schedules[i]);
    }
    h->schedule_count = kept;
    kept = 0;
    for (size_t i = 0; i < h->declared_count; i++) {
        if (!str_is(owner, h->declared_owner[i])) {
            h->declared[kept] = h->declared[i];
            h->declared_owner[kept++] = h->declared_owner[i];
            continue;
        }
        free(h->declared[i]);
        free(h->declared_owner[i]);
    }
    h->declared_count = kept;
}

/* Claimed jobs of the owner that have not begun go back. */
static void take_ready(struct event_hub *h, struct str owner, struct ready_job **ret_list) {
    struct ready_job **at = &h->ready;
    while (*at) {
        struct ready_job *j = *at;
        if (!str_eq(j->kind->it.owner, owner)) {
            at = &j->next;
            continue;
        }
        *at = j->next;
        h->ready_count--;
        j->next = *ret_list;
        *ret_list = j;
    }
}

void event_remove_owner(struct event_hub *h, struct str owner) {
    struct ready_job *unused = NULL;
    pthread_mutex_lock(&h->watch_mu);
    pthread_mutex_lock(&h->mu);
    take_ready(h, owner, &unused);
    while (kinds_run(h, owner) || h->claiming) {
        wait_until(&h->idle_cond, &h->mu, clock_monotonic_ns() + 50000000);
        take_ready(h, owner, &unused);
    }
    for (struct ready_job *j = unused; j; j = j->next)
        j->kind = NULL;
    remove_kinds(h, owner);
    hub_remove_times_and_names(h, owner);
    pthread_mutex_unlock(&h->mu);
    pthread_mutex_lock(&h->emit_mu);
    hub_remove_subscriptions(h, owner);
    pthread_mutex_unlock(&h->emit_mu);
    pthread_mutex_unlock(&h->watch_mu);
    job_give_back(h, unused);
}

crm_status event_declare(struct event_hub *h, struct str owner, struct str name, struct err *err) {
    char *copy = hub_copy(name), *owner_copy = hub_copy(owner);
    crm_status status = copy && owner_copy ? CRM_OK : err_no_memory(err);
    pthread_mutex_lock(&h->mu);
    if (status == CRM_OK && h->declared_count == HUB_KINDS_MAX)
        status = err_internal(err, "more than %d declared events", HUB_KINDS_MAX);
    if (status == CRM_OK) {
        h->declared[h->declared_count] = copy;
        h->declared_owner[h->declared_count++] = owner_copy;
        atomic_fetch_add(&h->registrations, 1);
    }
    pthread_mutex_unlock(&h->mu);
    if (status == CRM_OK) return CRM_OK;
    free(copy);
    free(owner_copy);
    return status;
}
