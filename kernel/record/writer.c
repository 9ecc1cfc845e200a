/* The writer thread and its batches. See writer.h for the order of things.
 *
 * Knows nothing of what a job does; jobs are in commit.c (changesets) and task.c (sys rows).
 * Storage failure (CRM_IO) stops writing for good: what was answered is durable, what was not is
 * refused, and the process is to be started anew. */
#include "record/writer.h"

#include <stdlib.h>

#include "base/time.h"
#include "loop/thread.h"
#include "record/commit.h"
#include "record/idempotency.h"
#include "record/messages.h"

enum {
    WRITER_BATCH_MAX = 256,
    WRITER_QUEUE_DEFAULT = 4096,
    EXPIRE_EVERY_MS = 3600000,
    JOB_TRIES = 3,
    REFRESH_TRIES = 3,
    BATCH_MS = 20, /* long jobs share a batch until it has run for so long */
    BEHIND_MS = 200
};

struct writer {
    struct engine *engine;
    struct store_conn *conn;
    struct work_queue queue;
    pthread_t thread;
    struct checkpointer *checkpointer;
    struct log_writer log;
    struct writer_job jobs[WRITER_BATCH_MAX];
    struct err errors[WRITER_BATCH_MAX];
    size_t count;
    struct work *held;  /* popped and not yet in a batch, a chain */
    bool took_long;     /* the batch at hand has something that takes long, */
    bool passed_over;   /* the one before had not */
    bool alone;         /* the batch takes no more: it runs inside an exclusive function */
    bool behind;        /* what is published may be older than what is stored */
    int64_t expired_ms; /* when keys of idempotency were last forgotten */
};

struct exclusive {
    struct work work; /* first */
    engine_write_fn fn;
    void *ctx;
    struct err *err;
    crm_status status;
    struct wait_point wait;
};

/* Marks exclusive items; the writer runs them itself. */
static void exclusive_run(struct work *w, void *worker) {
    (void)w;
    (void)worker;
}

void engine_fail(struct engine *e, const struct err *err) {
    if (atomic_exchange(&e->failed, true)) return;
    if (e->failure) e->failure(e->failure_ctx, err);
}

static crm_status writer_ready(const struct writer *w, struct err *err) {
    if (!atomic_load(&w->engine->failed)) return CRM_OK;
    return err_set(err, CRM_UNAVAILABLE, &record_writer_stopped, NULL);
}

/* A database that is away is reached again with the next batch; a broken disk is not. */
static void writer_note(struct writer *w, crm_status status, const struct err *err) {
    if (status == CRM_IO) engine_fail(w->engine, err);
}

static void job_answer(struct writer_job *job) {
    job->answer = true;
    job->work->run(job->work, job);
}

static void job_forget(struct writer_job *job) {
    job->log = NULL;
    job->touches = false;
    job->result = NULL;
}

/* One run. False: the transaction around is gone, or - where the job has no savepoint of its own -
 * must be. */
static bool job_try(struct writer *w, struct writer_job *job, bool guarded) {
    uint64_t mark = store_mark(w->conn);
    job_forget(job);
    job->failed = NULL;
    job->again = false;
    job->status = guarded ? store_savepoint(w->conn, job->err) : CRM_OK;
    if (job->status != CRM_OK) return false;
    job->work->run(job->work, job);
    if (job->status == CRM_OK) {
        if (guarded) job->status = store_release(w->conn, job->err);
        if (job->status == CRM_OK) return true;
        if (job->failed) job->failed(job);
    }
    job_forget(job);
    if (!guarded) return store_is_at_mark(w->conn, mark);
    store_rollback_to(w->conn);
    return store_in_transaction(w->conn);
}

/* False: the transaction around is gone and with it the jobs before this one. */
static bool job_run(struct writer *w, struct writer_job *job, bool guarded) {
    job->engine = w->engine;
    job->conn = w->conn;
    bool whole = job_try(w, job, guarded);
    for (int i = 1; i < JOB_TRIES && whole && job->status != CRM_OK && job->again; i++)
        whole = job_try(w, job, guarded);
    /* A deadlock is between batches: this one lets go of everything. */
    return whole && job->status != CRM_UNAVAILABLE;
}

static crm_status batch_log(struct writer *w, size_t from, size_t to, size_t *ret_entries,
                            struct err *err) {
    const struct log_entry *entries[WRITER_BATCH_MAX];
    size_t count = 0;
    for (size_t i = from; i < to; i++)
        if (w->jobs[i].log) entries[count++] = w->jobs[i].log;
    *ret_entries = count;
    return count == 0 ? CRM_OK : log_write(&w->log, w->conn, entries, count, err);
}

/* Once an hour, at the end of some batch: keys that nobody may repeat any more. */
static crm_status batch_expire(struct writer *w, struct err *err) {
    int64_t now = clock_now_ms();
    if (now - w->expired_ms < EXPIRE_EVERY_MS) return CRM_OK;
    w->expired_ms = now;
    return idempotency_expire(w->conn, now, err);
}

/* `touched` NULL: everything resident. What was touched is only known now: a failure is followed by
 * another try at once, then every so often, with everything. */
static void batch_refresh(struct writer *w, const bool *touched) {
    struct err err;
    crm_status status = CRM_NO_MEMORY;
    for (int i = 0; i < REFRESH_TRIES && status == CRM_NO_MEMORY; i++) {
        status = store_begin(w->conn, &err);
        if (status != CRM_OK) continue;
        status = engine_refresh(w->engine, w->conn, NULL, i ? NULL : touched, &err);
        if (status == CRM_OK && i == 0 && touched) w->engine->resident_news++; /* our own */
        store_rollback(w->conn);
    }
    w->behind = status != CRM_OK;
    writer_note(w, status, &err);
}

/* Its own writes are all that the set did not know of. */
static void batch_publish(struct writer *w, const struct writer_job *last) {
    struct engine *e = w->engine;
    if (last->touches || w->behind) batch_refresh(w, w->behind ? NULL : last->touched);
    if (last->touches) engine_told(e, STORE_NEWS_RIGHTS);
}

static void batch_tell(struct writer *w, size_t from, size_t to) {
    const struct changeset_result *results[WRITER_BATCH_MAX];
    struct engine_commit commit = {
        .first_seq = w->log.first_seq, .last_seq = w->log.head.seq, .results = results};
    for (size_t i = from; i < to; i++)
        if (w->jobs[i].log && w->jobs[i].result) results[commit.count++] = w->jobs[i].result;
    engine_log_reached(w->engine, w->log.head.seq);
    for (size_t i = 0; i < w->engine->listener_count; i++)
        w->engine->listeners[i].fn(w->engine->listeners[i].ctx, &commit);
}

/* After a durable commit of [from, to): publish, tell, answer. */
static void batch_done(struct writer *w, size_t from, size_t to, size_t entries) {
    const struct writer_job *last = &w->jobs[to - 1];
    batch_publish(w, last);
    if (entries > 0) {
        log_written(&w->log);
        batch_tell(w, from, to);
        store_cluster_wake(w->engine->cluster);
    }
    for (size_t i = from; i < to; i++)
        job_answer(&w->jobs[i]);
    if (w->checkpointer) checkpointer_note(w->checkpointer, store_log_frames(w->conn));
}

static void batch_refuse(struct writer *w, size_t from, size_t to, crm_status status,
                         const struct err *err) {
    for (size_t i = from; i < to; i++) {
        struct writer_job *job = &w->jobs[i];
        job->status = status;
        err_copy(job->err, err);
        job->log = NULL;
        job->result = NULL;
        job_answer(job);
    }
}

enum batch_outcome {
    BATCH_DONE,
    BATCH_AGAIN,  /* nothing of it happened: its jobs may run one by one */
    BATCH_AWAY,   /* nothing of it happened: there is no database at the moment */
    BATCH_UNKNOWN /* the answer to COMMIT is missing: it may have happened */
};

static void batch_add(struct writer *w, struct work *work) {
    w->jobs[w->count] = (struct writer_job){.work = work, .err = &w->errors[w->count]};
    w->count++;
}

static bool is_long(const struct work *work) { return work->run == changeset_run_long; }

/* Up to an exclusive item, what takes long goes behind the rest. */
static struct work *short_first(struct work *chain) {
    struct work *quick = NULL, *slow = NULL, **quick_end = &quick, **slow_end = &slow;
    while (chain && chain->run != exclusive_run) {
        struct work ***end = is_long(chain) ? &slow_end : &quick_end;
        **end = chain;
        *end = &chain->next;
        chain = chain->next;
    }
    *slow_end = chain;
    *quick_end = slow;
    return quick;
}

static void batch_take_first(struct writer *w) {
    struct work *next = w->held->next; /* the item may be gone once it is answered */
    batch_add(w, w->held);
    w->held = next;
}

/* Where the first that takes long is held, before any exclusive item, or NULL. */
static struct work **long_held(struct writer *w) {
    struct work **at = &w->held;
    while (*at && (*at)->run != exclusive_run && !is_long(*at))
        at = &(*at)->next;
    return *at && is_long(*at) ? at : NULL;
}

/* What takes long and was passed over begins the next batch, so that it comes to its turn. */
static bool batch_take_passed(struct writer *w) {
    struct work **at = w->passed_over && w->count == 0 ? long_held(w) : NULL;
    if (!at) return false;
    struct work *taken = *at;
    *at = taken->next;
    batch_add(w, taken);
    return w->took_long = true;
}

/* From what is held up to an exclusive item: all that is quick, else one that takes long, unless
 * what is quick stands before it and would wait for it. */
static bool batch_take_held(struct writer *w) {
    size_t before = w->count;
    if (batch_take_passed(w)) return true;
    w->held = short_first(w->held);
    while (w->held && w->held->run != exclusive_run && !is_long(w->held) &&
           w->count < WRITER_BATCH_MAX)
        batch_take_first(w);
    bool waits = w->count > 0 && !is_long(w->jobs[w->count - 1].work);
    if (w->held && is_long(w->held) && !waits && w->count < WRITER_BATCH_MAX) {
        batch_take_first(w);
        w->took_long = true;
    }
    return w->count > before;
}

/* Takes up to `limit` items more from the queue, behind what is held, unless that is many already;
 * `wait_ms` as in work_queue_pop. */
static void hold_more(struct writer *w, size_t limit, int wait_ms, bool *ret_closed) {
    struct work **end = &w->held;
    size_t held = 0;
    for (; *end; end = &(*end)->next)
        held++;
    if (held < WRITER_BATCH_MAX) *end = work_queue_pop(&w->queue, limit, wait_ms, ret_closed);
}

/* What has queued while the jobs before ran still makes this commit: one flush for more. */
static bool batch_take(struct writer *w) {
    if (w->alone || w->count == WRITER_BATCH_MAX) return false;
    hold_more(w, WRITER_BATCH_MAX - w->count, 0, NULL);
    return batch_take_held(w);
}

/* How far a batch may go, and how its jobs are kept apart. */
struct batch_way {
    size_t limit; /* the job it stops before; 0: takes in what queues meanwhile */
    bool guarded; /* a savepoint a job; without, a job that fails after it wrote undoes them all */
};

static bool batch_next(struct writer *w, const struct batch_way *way, size_t at) {
    return way->limit ? at < way->limit : at < w->count || batch_take(w);
}

static crm_status batch_end(struct writer *w, size_t from, size_t to, size_t *ret_entries,
                            struct err *err) {
    crm_status status = batch_log(w, from, to, ret_entries, err);
    return status == CRM_OK ? batch_expire(w, err) : status;
}

/* A batch ends behind a job that touched resident data, before one that takes long, so that the
 * others need not wait for it, and behind such when it has run for long. */
static bool is_cut(const struct writer *w, size_t next, int64_t until_ns) {
    const struct writer_job *last = &w->jobs[next - 1];
    if (last->touches) return true;
    if (is_long(last->work)) return clock_monotonic_ns() > until_ns;
    return next < w->count && is_long(w->jobs[next].work);
}

/* Runs jobs from `from` on in one transaction; *ret_to is where it ended. */
static enum batch_outcome batch_try(struct writer *w, size_t from, struct batch_way way,
                                    size_t *ret_to, struct err *err) {
    size_t at = from, entries = 0;
    crm_status status = store_begin(w->conn, err);
    if (status == CRM_OK) status = engine_catch_up(w->engine, w->conn, err);
    bool whole = status == CRM_OK, cut = false, committing = false;
    int64_t until_ns = clock_monotonic_ns() + BATCH_MS * INT64_C(1000000);
    while (whole && !cut && batch_next(w, &way, at)) {
        whole = job_run(w, &w->jobs[at], way.guarded);
        cut = is_cut(w, ++at, until_ns);
    }
    *ret_to = at > from ? at : way.limit ? way.limit : w->count;
    if (!whole && status == CRM_OK) {
        status = w->jobs[at - 1].status;
        err_copy(err, w->jobs[at - 1].err);
    }
    if (whole) status = batch_end(w, from, at, &entries, err);
    committing = whole && status == CRM_OK;
    if (committing) status = store_commit(w->conn, err);
    if (committing && status == CRM_OK) {
        batch_done(w, from, at, entries);
        return BATCH_DONE;
    }
    err->status = status;
    log_distrust(&w->log);
    if (at == from && status == CRM_UNAVAILABLE) return BATCH_AWAY;
    store_rollback(w->conn);
    return committing && store_is_unsure(w->conn) ? BATCH_UNKNOWN : BATCH_AGAIN;
}

/* One job by itself, again when it meets a deadlock. */
static void batch_single(struct writer *w, size_t at) {
    struct err err;
    size_t to;
    enum batch_outcome end = BATCH_AGAIN;
    crm_status status = CRM_OK;
    for (int i = 0; i < JOB_TRIES && end == BATCH_AGAIN; i++) {
        status = writer_ready(w, &err);
        if (status != CRM_OK) break;
        end = batch_try(w, at, (struct batch_way){at + 1, true}, &to, &err);
        if (end == BATCH_DONE) return;
        status = err.status == CRM_OK ? CRM_INTERNAL : err.status;
        writer_note(w, status, &err);
        if (status != CRM_UNAVAILABLE) break;
    }
    batch_refuse(w, at, at + 1, status, &err);
}

/* First without savepoints, which cost more than the work inside them; then with, then singly. */
static enum batch_outcome batch_step(struct writer *w, size_t from, size_t *ret_to,
                                     struct err *err) {
    enum batch_outcome end = batch_try(w, from, (struct batch_way){0, false}, ret_to, err);
    if (end != BATCH_AGAIN || err->status == CRM_IO) return end;
    return batch_try(w, from, (struct batch_way){*ret_to, true}, ret_to, err);
}

static void batch_run(struct writer *w) {
    for (size_t from = 0, to; from < w->count; from = to) {
        struct err err;
        crm_status status = writer_ready(w, &err);
        if (status != CRM_OK) {
            batch_refuse(w, from, w->count, status, &err);
            break;
        }
        enum batch_outcome end = batch_step(w, from, &to, &err);
        if (end == BATCH_DONE) continue;
        writer_note(w, err.status, &err);
        if (end != BATCH_AGAIN || err.status == CRM_IO) {
            batch_refuse(w, from, to, err.status, &err);
            continue;
        }
        for (size_t i = from; i < to; i++)
            batch_single(w, i);
    }
    w->count = 0;
}

void writer_run_now(struct writer *w, struct work *work) {
    w->alone = true;
    batch_add(w, work);
    batch_run(w);
    w->alone = false;
}

static void run_exclusive(struct writer *w, struct exclusive *x) {
    x->status = writer_ready(w, x->err);
    if (x->status == CRM_OK) x->status = x->fn(x->ctx, w->conn, x->err);
    if (x->status != CRM_OK && store_in_transaction(w->conn)) store_rollback(w->conn);
    if (x->status == CRM_OK) (void)log_head_read(w->conn, &w->log.head, NULL);
    engine_log_reached(w->engine, w->log.head.seq);
    if (w->checkpointer) checkpointer_note(w->checkpointer, store_log_frames(w->conn));
    wait_point_signal(&x->wait);
}

static void *writer_main(void *arg) {
    struct writer *w = arg;
    bool closed = false;
    for (;;) {
        hold_more(w, WRITER_BATCH_MAX, w->held ? 0 : w->behind ? BEHIND_MS : -1, &closed);
        if (!w->held && closed) return NULL;
        if (!w->held && w->behind) batch_refresh(w, NULL);
        w->took_long = false;
        (void)batch_take_held(w);
        batch_run(w);
        w->passed_over = !w->took_long && long_held(w);
        if (!w->held || w->held->run != exclusive_run) continue;
        struct exclusive *x = (struct exclusive *)w->held;
        w->held = x->work.next;
        run_exclusive(w, x);
    }
}

crm_status writer_start(struct engine *e, struct store_conn *c, size_t limit, struct writer **ret,
                        struct err *err) {
    struct writer *w = calloc(1, sizeof *w);
    if (!w) return err_no_memory(err);
    w->engine = e;
    work_queue_init(&w->queue, limit ? limit : WRITER_QUEUE_DEFAULT);
    crm_status status = log_head_read(c, &w->log.head, err);
    if (status == CRM_OK && store_engine_of(e->store) == STORE_SQLITE)
        status = checkpointer_start(e->store, &w->checkpointer, err);
    w->conn = c;
    if (status == CRM_OK) status = thread_start("writer", writer_main, w, &w->thread, err);
    if (status == CRM_OK) {
        *ret = w;
        return CRM_OK;
    }
    if (w->checkpointer) checkpointer_stop(w->checkpointer);
    work_queue_fini(&w->queue);
    free(w);
    return status;
}

void writer_stop(struct writer *w) {
    if (!w) return;
    work_queue_close(&w->queue);
    pthread_join(w->thread, NULL);
    checkpointer_stop(w->checkpointer);
    store_conn_close(w->conn);
    work_queue_fini(&w->queue);
    free(w);
}

crm_status writer_push(struct writer *w, struct work *work, struct err *err) {
    if (atomic_load(&w->engine->failed))
        return err_set(err, CRM_UNAVAILABLE, &record_writer_stopped, NULL);
    if (!work_queue_push(&w->queue, work))
        return err_set(err, CRM_UNAVAILABLE, &record_writer_busy, NULL);
    return CRM_OK;
}

bool writer_is_current(const struct writer *w) {
    return pthread_equal(w->thread, pthread_self()) != 0;
}

crm_status writer_exclusive(struct writer *w, engine_write_fn fn, void *ctx, struct err *err) {
    if (writer_is_current(w)) return err_internal(err, "waiting for the writer in the writer");
    struct err own;
    struct exclusive x = {
        .work = {.run = exclusive_run}, .fn = fn, .ctx = ctx, .err = err ? err : &own};
    wait_point_init(&x.wait);
    crm_status status = writer_push(w, &x.work, err);
    if (status != CRM_OK) {
        wait_point_fini(&x.wait);
        return status;
    }
    wait_point_wait(&x.wait);
    return x.status;
}
