/* The job threads: claim, run, complete. See job.h for what is promised. */
#include "event/job_claim.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "event/messages.h"
#include "event/subscribe.h"

enum { RUN_ARENA_BYTES = 64 << 20, PROGRESS_PAUSE_MS = 500, FIRST_QUICK_MS = 2 };

/* A run with what its commits need. */
struct run {
    struct event_job_run it; /* first */
    struct ready_job *ready;
    int64_t progress_at_ms;
};

static struct run *run_of(const struct event_job_run *run) { return (struct run *)(uintptr_t)run; }

/* ---- what a handler calls ---- */

crm_status event_job_actor(struct event_job_run *run, struct actor *ret, struct err *err) {
    return engine_actor(run->engine, run->job->actor, ACCESS_DOOR_JOB, run->arena, ret, err);
}

bool event_job_is_cancelled(const struct event_job_run *run) {
    return atomic_load(&run_of(run)->ready->cancelled);
}

/* "job.ended" for who listens: work that a person asked for is over, well or not. */
static crm_status tell_end(struct event_hub *h, struct store_conn *writer,
                           const struct event_job *job, const char *state, struct err *err) {
    BUF_CLEANUP struct buf text;
    struct json_writer w;
    buf_init(&text, 4096);
    if (job->actor == 0 || job->actor == ACTOR_SYSTEM) return CRM_OK;
    json_writer_init(&w, &text);
    json_object_open(&w);
    json_key_lit(&w, "job");
    json_id(&w, job->id);
    json_key_lit(&w, "user");
    json_id(&w, job->actor);
    json_key_lit(&w, "kind");
    json_text(&w, job->kind);
    json_key_lit(&w, "state");
    json_cstr(&w, state);
    json_object_shut(&w);
    if (text.status != CRM_OK) return err_no_memory(err);
    return event_emit(h, writer, STR("job.ended"), buf_str(&text), STR("job"), job->depth + 1, err);
}

struct completion {
    struct event_hub *hub;
    const struct event_job *job;
    bool last;
    engine_write_fn also;
    void *ctx;
};

static crm_status completion_write(void *ctx, struct store_conn *writer, struct err *err) {
    struct completion *c = ctx;
    crm_status status =
        c->last ? lease_done(writer, c->job, err) : lease_check(writer, c->job, err);
    if (status == CRM_OK && c->last) status = tell_end(c->hub, writer, c->job, "done", err);
    return status == CRM_OK && c->also ? c->also(c->ctx, writer, err) : status;
}

static void fill_in(struct event_job_run *run, struct changeset *c) {
    if (c->cause.len == 0) {
        struct str cause = arena_printf(c->arena, "job %lld", (long long)run->job->id);
        if (cause.ptr) c->cause = cause;
    }
    if (c->depth <= run->job->depth) c->depth = run->job->depth;
}

crm_status event_job_commit(struct event_job_run *run, struct changeset *c, bool last,
                            struct changeset_result *ret, struct err_list *ret_errors,
                            struct err *err) {
    struct completion done = {
        .hub = run->hub, .job = run->job, .last = last, .also = c->also, .ctx = c->also_ctx};
    if (run->completed || event_job_is_cancelled(run))
        return err_set(err, CRM_CANCELLED, &event_job_lost, NULL);
    fill_in(run, c);
    c->also = completion_write;
    c->also_ctx = &done;
    crm_status status = changeset_commit(run->engine, run->reader, c, ret, ret_errors, err);
    c->also = done.also;
    c->also_ctx = done.ctx;
    if (status == CRM_OK && last) run->completed = true;
    return status;
}

crm_status event_job_finish(struct event_job_run *run, engine_write_fn also, void *ctx,
                            struct err *err) {
    struct completion done = {
        .hub = run->hub, .job = run->job, .last = true, .also = also, .ctx = ctx};
    if (run->completed) return CRM_OK;
    crm_status status = engine_write(run->engine, completion_write, &done, err);
    if (status == CRM_OK) run->completed = true;
    return status;
}

struct postponing {
    const struct event_job *job;
    int64_t at_ms;
};

static crm_status postpone_write(void *ctx, struct store_conn *writer, struct err *err) {
    const struct postponing *p = ctx;
    return lease_postpone(writer, p->job, p->at_ms, err);
}

crm_status event_job_postpone(struct event_job_run *run, int64_t at_ms, struct err *err) {
    struct postponing p = {run->job, at_ms};
    return engine_write(run->engine, postpone_write, &p, err);
}

struct progress {
    const struct event_job *job;
    struct str json;
};

static crm_status progress_write(void *ctx, struct store_conn *writer, struct err *err) {
    struct progress *p = ctx;
    return lease_note(writer, p->job, p->json, err);
}

void event_job_progress(struct event_job_run *run, struct str json) {
    struct run *r = run_of(run);
    int64_t now = clock_now_ms();
    struct progress p = {.job = run->job, .json = json};
    struct err err;
    if (now - r->progress_at_ms < PROGRESS_PAUSE_MS && now >= r->progress_at_ms) return;
    r->progress_at_ms = now;
    (void)engine_write(run->engine, progress_write, &p,
                       &err); /* only shown: a failure is the next write's to report */
}

/* ---- one run ---- */

struct failure {
    struct event_hub *hub;
    const struct event_job *job;
    const struct kind *kind;
    bool give_up;
    struct str text;
};

static crm_status failure_write(void *ctx, struct store_conn *writer, struct err *err) {
    struct failure *f = ctx;
    crm_status status = lease_fail(writer, f->job, f->kind, f->give_up, f->text, err);
    bool last = f->give_up || f->job->attempts >= kind_attempts(f->kind);
    return status == CRM_OK && last ? tell_end(f->hub, writer, f->job, "failed", err) : status;
}

/* Errors that trying again cannot mend. */
static bool is_final(crm_status status) {
    switch (status) {
    case CRM_INVALID:
    case CRM_UNAUTHENTICATED:
    case CRM_FORBIDDEN:
    case CRM_NOT_FOUND:
    case CRM_TOO_LARGE:
    case CRM_UNSUPPORTED:
    case CRM_REFUSED:
    case CRM_RANGE:
        return true;
    default:
        return false;
    }
}

static void note_failure(struct event_hub *h, struct run *r, crm_status status,
                         const struct err *problem) {
    BUF_CLEANUP struct buf text;
    struct err err;
    buf_init(&text, JOB_ERROR_BYTES);
    err_format(problem, LANGUAGE_EN, &text);
    if (problem->where[0]) buf_printf(&text, " (%s)", problem->where);
    if (problem->cause[0]) buf_printf(&text, " [%s]", problem->cause);
    struct failure f = {.hub = h,
                        .job = &r->ready->job,
                        .kind = r->ready->kind,
                        .give_up = r->it.give_up || (is_final(status) && !r->it.try_again),
                        .text = buf_str(&text)};
    bool last = f.give_up || f.job->attempts >= kind_attempts(f.kind);
    char id[24];
    (void)snprintf(id, sizeof id, "%lld", (long long)f.job->id);
    log_event(last ? LOG_ERROR : LOG_WARN, "job failed", "job", id, "kind", f.job->kind.ptr, "code",
              problem->text.code ? problem->text.code : "", NULL);
    if (last) atomic_fetch_add(&h->failed_count, 1);
    (void)engine_write(h->engine, failure_write, &f,
                       &err); /* else the lease runs out and it is tried again */
}

static void run_job(struct event_hub *h, struct ready_job *j, struct store_conn *reader) {
    struct arena arena;
    struct err err;
    arena_init(&arena, RUN_ARENA_BYTES);
    err_clear(&err);
    struct run r = {
        .it = {.hub = h, .engine = h->engine, .job = &j->job, .reader = reader, .arena = &arena},
        .ready = j};
    crm_status status =
        atomic_load(&j->cancelled) ? CRM_CANCELLED : j->kind->it.run(j->kind->it.ctx, &r.it, &err);
    if (store_in_transaction(reader)) store_rollback(reader);
    if (status == CRM_OK && !r.it.completed) status = event_job_finish(&r.it, NULL, NULL, &err);
    /* Cancelled, or taken by another: its row says all there is to say. A run that was stopped with
     * the server goes back. */
    if (status == CRM_CANCELLED && !r.it.completed) {
        job_give_back_one(h, &j->job);
    } else if (status != CRM_OK && !r.it.completed) {
        note_failure(h, &r, status, &err);
    }
    arena_fini(&arena);
}

/* ---- threads ---- */

static void wait_ms(struct event_hub *h, int64_t ms) {
    int64_t at = clock_monotonic_ns() + ms * 1000000;
    struct timespec until = {.tv_sec = (time_t)(at / 1000000000),
                             .tv_nsec = (long)(at % 1000000000)};
    pthread_cond_timedwait(&h->job_cond, &h->mu, &until);
}

/* Under mu. Looks for due jobs with the thread's reader; others wait meanwhile. True: something
 * came. */
static bool look(struct event_hub *h, struct store_conn *reader) {
    struct kind *kinds[HUB_KINDS_MAX];
    struct ready_job *list = NULL;
    size_t count = 0, kind_count = kinds_now(h, kinds), wanted = h->thread_wanted * 4;
    struct err err;
    if (wanted > HUB_READY_MAX) wanted = HUB_READY_MAX;
    h->claiming = true;
    pthread_mutex_unlock(&h->mu);
    crm_status status = jobs_claim(h, reader, kinds, kind_count, wanted, &list, &count, &err);
    if (status != CRM_OK && status != CRM_UNAVAILABLE)
        log_err(LOG_ERROR, "jobs cannot be claimed", &err);
    pthread_mutex_lock(&h->mu);
    h->claiming = false;
    struct ready_job **tail = &h->ready;
    while (*tail)
        tail = &(*tail)->next;
    *tail = list;
    h->ready_count += count;
    h->claims += count > 0;
    if (count > 1) pthread_cond_broadcast(&h->job_cond);
    pthread_cond_broadcast(&h->idle_cond);
    return count > 0;
}

static void unlink_running(struct event_hub *h, struct ready_job *j) {
    struct ready_job **at = &h->running;
    while (*at != j)
        at = &(*at)->next;
    *at = j->next;
    h->running_count--;
    j->kind->running--;
    j->next = NULL;
    pthread_cond_broadcast(&h->idle_cond);
}

static struct ready_job *take_ready(struct event_hub *h) {
    struct ready_job *j = h->ready;
    h->ready = j->next;
    h->ready_count--;
    j->next = h->running;
    j->running = true;
    h->running = j;
    h->running_count++;
    j->kind->running++;
    return j;
}

static void loop(struct event_hub *h, struct store_conn *reader) {
    int64_t quick_ms = FIRST_QUICK_MS;
    while (!h->stopping) {
        if (h->ready) {
            struct ready_job *j = take_ready(h);
            pthread_mutex_unlock(&h->mu);
            run_job(h, j, reader);
            pthread_mutex_lock(&h->mu);
            unlink_running(h, j);
            ready_free(j);
            quick_ms = FIRST_QUICK_MS;
            continue;
        }
        if (!h->claiming && look(h, reader)) continue;
        if (h->stopping || h->ready) continue;
        if (h->job_asked > 0) {
            h->job_asked--;
            wait_ms(h, quick_ms);
            quick_ms = quick_ms < 256 ? quick_ms * 2 : 256;
        } else {
            wait_ms(h, hub_poll_ms(h));
            quick_ms = FIRST_QUICK_MS;
        }
    }
}

void *job_thread_main(void *arg) {
    struct event_hub *h = arg;
    struct store_conn *reader = NULL;
    struct err err;
    if (engine_reader_open(h->engine, &reader, &err) != CRM_OK) {
        log_err(LOG_ERROR, "a job thread has no connection", &err);
        return NULL;
    }
    pthread_mutex_lock(&h->mu);
    loop(h, reader);
    pthread_mutex_unlock(&h->mu);
    store_conn_close(reader);
    return NULL;
}

/* ---- leases ---- */

struct lease_work {
    struct event_hub *hub;
    struct ready_job *list;
    const struct event_job *job;
    bool own;
};

static crm_status give_back_write(void *ctx, struct store_conn *writer, struct err *err) {
    struct lease_work *w = ctx;
    crm_status status = w->job ? lease_return(writer, w->job, err) : CRM_OK;
    for (struct ready_job *j = w->list; j && status == CRM_OK; j = j->next)
        status = lease_return(writer, &j->job, err);
    return status;
}

void job_give_back_one(struct event_hub *h, const struct event_job *job) {
    struct lease_work w = {.hub = h, .job = job};
    struct err err;
    (void)engine_write(h->engine, give_back_write, &w, &err); /* else the lease runs out */
}

void job_give_back(struct event_hub *h, struct ready_job *list) {
    struct lease_work w = {.hub = h, .list = list};
    struct err err;
    if (list) (void)engine_write(h->engine, give_back_write, &w, &err);
    ready_free(list);
}

static crm_status reclaim_write(void *ctx, struct store_conn *writer, struct err *err) {
    struct lease_work *w = ctx;
    return lease_reclaim(writer, w->hub->options.node, w->own, err);
}

crm_status job_reclaim_own(struct event_hub *h, struct err *err) {
    struct lease_work w = {.hub = h, .own = true};
    return engine_write(h->engine, reclaim_write, &w, err);
}

struct orphans {
    const int32_t *living;
    size_t count;
    int64_t affected;
};

static crm_status orphans_write(void *ctx, struct store_conn *writer, struct err *err) {
    struct orphans *o = ctx;
    return lease_orphans(writer, o->living, o->count, &o->affected, err);
}

crm_status event_hub_take_over(struct event_hub *h, const int32_t *living, size_t count,
                               struct err *err) {
    struct orphans o = {living, count, 0};
    crm_status status = engine_write(h->engine, orphans_write, &o, err);
    if (status == CRM_OK && o.affected) hub_ask_jobs(h);
    return status;
}

struct held { /* a copy of what is needed: the job may end meanwhile */
    int64_t id, epoch, lease_ms;
    bool held;
};
struct renewal {
    struct event_hub *hub;
    struct held list[HUB_READY_MAX + HUB_THREADS_MAX];
    size_t count;
};

static crm_status renew_write(void *ctx, struct store_conn *writer, struct err *err) {
    struct renewal *r = ctx;
    crm_status status = CRM_OK;
    for (size_t i = 0; i < r->count && status == CRM_OK; i++) {
        struct event_job job = {.id = r->list[i].id, .lease_epoch = r->list[i].epoch};
        status = lease_renew(writer, &job, r->list[i].lease_ms, &r->list[i].held, err);
    }
    return status == CRM_OK ? lease_reclaim(writer, r->hub->options.node, false, err) : status;
}

static void collect(struct renewal *r, const struct ready_job *list) {
    for (const struct ready_job *j = list; j && r->count < sizeof r->list / sizeof *r->list;
         j = j->next)
        r->list[r->count++] =
            (struct held){j->job.id, j->job.lease_epoch, kind_lease_ms(j->kind), true};
}

/* A lease that was not held any more: whoever runs it is told. */
static void tell_lost(struct event_hub *h, const struct held *lost) {
    for (struct ready_job *j = h->running; j; j = j->next)
        if (j->job.id == lost->id && j->job.lease_epoch == lost->epoch)
            atomic_store(&j->cancelled, true);
    for (struct ready_job *j = h->ready; j; j = j->next)
        if (j->job.id == lost->id && j->job.lease_epoch == lost->epoch)
            atomic_store(&j->cancelled, true);
}

crm_status job_lease_pass(struct event_hub *h, struct err *err) {
    struct renewal *r = calloc(1, sizeof *r);
    if (!r) return err_no_memory(err);
    r->hub = h;
    pthread_mutex_lock(&h->mu);
    collect(r, h->running);
    collect(r, h->ready);
    pthread_mutex_unlock(&h->mu);
    bool alone = store_engine_of(engine_store(h->engine)) == STORE_SQLITE;
    if (r->count == 0 && alone) { /* nobody else could have left a lease behind */
        free(r);
        return CRM_OK;
    }
    crm_status status = engine_write(h->engine, renew_write, r, err);
    pthread_mutex_lock(&h->mu);
    for (size_t i = 0; status == CRM_OK && i < r->count; i++)
        if (!r->list[i].held) tell_lost(h, &r->list[i]);
    pthread_mutex_unlock(&h->mu);
    free(r);
    hub_ask_jobs(h);
    return status;
}
