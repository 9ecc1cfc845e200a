/* Jobs as rows: enqueued, looked at, cancelled, tried again, swept. */
#include "event/hub_state.h"

#include "event/messages.h"
#include "store/cluster.h"
#include "store/sys_tables.h"

const char *event_job_state_word(enum event_job_state state) {
    switch (state) {
#define WORD(name, number, word)                                                                   \
    case EVENT_JOB_##name:                                                                         \
        return word;
        EVENT_JOB_STATES(WORD)
#undef WORD
    default:
        return "unknown";
    }
}

static struct str text_of(struct arena *a, const struct store_value *v, bool *failed) {
    if (v->type != STORE_TEXT) return STR_NONE;
    struct str copy = arena_str(a, v->bytes);
    *failed |= !copy.ptr;
    return copy;
}

crm_status job_from_row(const struct store_value *row, struct arena *a, struct event_job *ret,
                        struct err *err) {
    bool failed = false;
    *ret = (struct event_job){.id = row[SYS_JOB_ID].integer,
                              .queue = text_of(a, &row[SYS_JOB_QUEUE], &failed),
                              .kind = text_of(a, &row[SYS_JOB_KIND], &failed),
                              .state = (enum event_job_state)row[SYS_JOB_STATE].integer,
                              .run_at_ms = row[SYS_JOB_RUN_AT].integer,
                              .attempts = (int32_t)row[SYS_JOB_ATTEMPTS].integer,
                              .lease_epoch = row[SYS_JOB_LEASE_EPOCH].integer,
                              .actor = row[SYS_JOB_ACTOR].integer,
                              .dedupe = text_of(a, &row[SYS_JOB_DEDUPE], &failed),
                              .cause = text_of(a, &row[SYS_JOB_CAUSE], &failed),
                              .depth = (int32_t)row[SYS_JOB_DEPTH].integer,
                              .payload = text_of(a, &row[SYS_JOB_PAYLOAD], &failed),
                              .progress = text_of(a, &row[SYS_JOB_PROGRESS], &failed),
                              .error = text_of(a, &row[SYS_JOB_ERROR], &failed),
                              .created_at_ms = row[SYS_JOB_CREATED_AT].integer,
                              .finished_at_ms = row[SYS_JOB_FINISHED_AT].type == STORE_INT
                                                    ? row[SYS_JOB_FINISHED_AT].integer
                                                    : 0};
    return failed ? err_no_memory(err) : CRM_OK;
}

static bool take_id(void *ctx, const struct store_value *row) {
    *(int64_t *)ctx = row[SYS_JOB_ID].integer;
    return false;
}

/* A job of this kind and key that waits already; 0 when there is none. */
static crm_status find_waiting(struct store_conn *c, const struct event_job_new *job, int64_t *ret,
                               struct err *err) {
    struct store_condition where[] = {{SYS_JOB_DEDUPE, STORE_EQ, store_text(job->dedupe)},
                                      {SYS_JOB_KIND, STORE_EQ, store_text(job->kind)},
                                      {SYS_JOB_STATE, STORE_EQ, store_int(EVENT_JOB_QUEUED)}};
    struct store_select select = {
        .table = sys_table(SYS_TABLE_JOB), .where = where, .where_count = 3, .limit = 1};
    *ret = 0;
    return store_each(c, &select, take_id, ret, err);
}

static crm_status check_new(const struct event_job_new *job, struct err *err) {
    if (job->kind.len == 0) return err_set(err, CRM_INVALID, &event_name_empty, NULL);
    if (job->payload.len > EVENT_PAYLOAD_MAX) {
        char size[24], most[24];
        (void)snprintf(size, sizeof size, "%zu", job->payload.len);
        (void)snprintf(most, sizeof most, "%d", EVENT_PAYLOAD_MAX);
        return err_set(err, CRM_TOO_LARGE, &event_payload_large, size, most, NULL);
    }
    if (job->depth > EVENT_DEPTH_MAX) {
        char depth[16];
        (void)snprintf(depth, sizeof depth, "%d", (int)job->depth);
        return err_set(err, CRM_REFUSED, &event_loop, depth, NULL);
    }
    return CRM_OK;
}

crm_status event_job_enqueue(struct event_hub *h, struct store_conn *writer,
                             const struct event_job_new *job, int64_t *ret_id, struct err *err) {
    int64_t id = 0, now = store_now_ms(store_of(writer));
    crm_status status = check_new(job, err);
    if (status == CRM_OK && job->dedupe.len) status = store_key_lock(writer, job->dedupe, err);
    if (status == CRM_OK && job->dedupe.len) status = find_waiting(writer, job, &id, err);
    if (status == CRM_OK && id == 0) {
        id = id_next(engine_ids(h->engine));
        struct store_value row[SYS_JOB_COUNT] = {
            [SYS_JOB_ID] = store_int(id),
            [SYS_JOB_QUEUE] = store_text(job->queue.len ? job->queue : STR("default")),
            [SYS_JOB_KIND] = store_text(job->kind),
            [SYS_JOB_STATE] = store_int(EVENT_JOB_QUEUED),
            [SYS_JOB_RUN_AT] = store_int(job->run_at_ms ? job->run_at_ms : now),
            [SYS_JOB_ATTEMPTS] = store_int(0),
            [SYS_JOB_LEASE_UNTIL] = store_int(0),
            [SYS_JOB_LEASE_EPOCH] = store_int(0),
            [SYS_JOB_NODE] = store_int(0),
            [SYS_JOB_DEDUPE] = job->dedupe.len ? store_text(job->dedupe) : STORE_NIL,
            [SYS_JOB_ACTOR] = store_int(job->actor ? job->actor : ACTOR_SYSTEM),
            [SYS_JOB_CAUSE] = job->cause.len ? store_text(job->cause) : STORE_NIL,
            [SYS_JOB_DEPTH] = store_int(job->depth),
            [SYS_JOB_PAYLOAD] = store_text(job->payload.len ? job->payload : STR("{}")),
            [SYS_JOB_PROGRESS] = STORE_NIL,
            [SYS_JOB_ERROR] = STORE_NIL,
            [SYS_JOB_CREATED_AT] = store_int(now),
            [SYS_JOB_FINISHED_AT] = STORE_NIL};
        status = store_insert(writer, sys_table(SYS_TABLE_JOB), row, err);
    }
    if (status != CRM_OK) return status;
    if (ret_id) *ret_id = id;
    atomic_store(&h->enqueued, true);
    hub_ask_jobs(h);
    return CRM_OK;
}

crm_status job_enqueue_failed(struct event_hub *h, struct store_conn *writer,
                              const struct event_job_new *job, int32_t depth, struct err *err) {
    struct event_job_new too_deep = *job;
    int64_t id = 0;
    struct err said;
    BUF_CLEANUP struct buf text;
    buf_init(&text, 1000);
    too_deep.depth = depth;
    (void)check_new(&too_deep, &said);
    crm_status status = event_job_enqueue(h, writer, job, &id, err);
    if (status != CRM_OK) return status;
    err_format(&said, LANGUAGE_EN, &text);
    struct store_set sets[] = {{SYS_JOB_STATE, store_int(EVENT_JOB_FAILED), false},
                               {SYS_JOB_ERROR, store_text(buf_str(&text)), false},
                               {SYS_JOB_FINISHED_AT, store_int(clock_now_ms()), false}};
    struct store_condition where = {SYS_JOB_ID, STORE_EQ, store_int(id)};
    int64_t affected = 0;
    atomic_fetch_add(&h->failed_count, 1);
    return store_update(writer, sys_table(SYS_TABLE_JOB), sets, 3, &where, 1, &affected, err);
}

struct submit {
    struct event_hub *hub;
    const struct event_job_new *job;
    event_job_also_fn also;
    void *also_ctx;
    int64_t id;
};

static crm_status submit_write(void *ctx, struct store_conn *writer, struct err *err) {
    struct submit *s = ctx;
    s->id = 0;
    crm_status status = s->also ? s->also(s->also_ctx, writer, &s->id, false, err) : CRM_OK;
    if (status != CRM_OK || s->id) return status;
    status = event_job_enqueue(s->hub, writer, s->job, &s->id, err);
    return status == CRM_OK && s->also ? s->also(s->also_ctx, writer, &s->id, true, err) : status;
}

crm_status event_job_submit(struct event_hub *h, const struct event_job_new *job, int64_t *ret_id,
                            struct err *err) {
    return event_job_submit_also(h, job, NULL, NULL, ret_id, err);
}

crm_status event_job_submit_also(struct event_hub *h, const struct event_job_new *job,
                                 event_job_also_fn also, void *ctx, int64_t *ret_id,
                                 struct err *err) {
    struct submit s = {.hub = h, .job = job, .also = also, .also_ctx = ctx};
    crm_status status = engine_write(h->engine, submit_write, &s, err);
    if (status != CRM_OK) return status;
    if (ret_id) *ret_id = s.id;
    hub_ask_jobs(h);
    return CRM_OK;
}

/* ---- looking ---- */

crm_status event_job_get(struct store_conn *c, int64_t id, struct arena *a, struct event_job *ret,
                         struct err *err) {
    struct store_condition where = {SYS_JOB_ID, STORE_EQ, store_int(id)};
    struct store_select select = {
        .table = sys_table(SYS_TABLE_JOB), .where = &where, .where_count = 1, .limit = 1};
    const struct store_value *row = NULL;
    crm_status status = store_first(c, &select, a, &row, err);
    if (status != CRM_OK) return status;
    return row ? job_from_row(row, a, ret, err)
               : err_set(err, CRM_NOT_FOUND, &event_job_not_found, NULL);
}

struct each {
    event_job_fn fn;
    void *ctx;
    struct arena arena;
    crm_status status;
    struct err *err;
};

static bool each_row(void *ctx, const struct store_value *row) {
    struct each *e = ctx;
    struct event_job job;
    arena_reset(&e->arena);
    e->status = job_from_row(row, &e->arena, &job, e->err);
    return e->status == CRM_OK && e->fn(e->ctx, &job);
}

static crm_status each_of(struct store_conn *c, const struct store_select *select, struct each *e) {
    arena_init(&e->arena, 4 << 20);
    crm_status status = store_each(c, select, each_row, e, e->err);
    arena_fini(&e->arena);
    return status == CRM_OK ? e->status : status;
}

crm_status event_job_each(struct store_conn *c, enum event_job_state state, int64_t limit,
                          event_job_fn fn, void *ctx, struct err *err) {
    struct store_condition where = {SYS_JOB_STATE, STORE_EQ, store_int(state)};
    const int8_t order[] = {SYS_JOB_RUN_AT + 1, SYS_JOB_ID + 1};
    struct store_select select = {.table = sys_table(SYS_TABLE_JOB),
                                  .where = &where,
                                  .where_count = 1,
                                  .order = order,
                                  .order_count = 2,
                                  .limit = limit};
    struct each e = {.fn = fn, .ctx = ctx, .err = err};
    return each_of(c, &select, &e);
}

crm_status event_job_recent(struct store_conn *c, int64_t actor, int64_t before, int64_t limit,
                            event_job_fn fn, void *ctx, struct err *err) {
    struct store_condition where[2] = {
        {SYS_JOB_ID, STORE_LT, store_int(before ? before : INT64_MAX)},
        {SYS_JOB_ACTOR, STORE_EQ, store_int(actor)}};
    const int8_t order[] = {-(SYS_JOB_ID + 1)};
    struct store_select select = {.table = sys_table(SYS_TABLE_JOB),
                                  .where = where,
                                  .where_count = actor ? 2 : 1,
                                  .order = order,
                                  .order_count = 1,
                                  .limit = limit};
    struct each e = {.fn = fn, .ctx = ctx, .err = err};
    return each_of(c, &select, &e);
}

/* ---- steering ---- */

static void cancel_here(struct event_hub *h, int64_t id) {
    pthread_mutex_lock(&h->mu);
    for (struct ready_job *j = h->running; j; j = j->next)
        if (j->job.id == id) atomic_store(&j->cancelled, true);
    for (struct ready_job *j = h->ready; j; j = j->next)
        if (j->job.id == id) atomic_store(&j->cancelled, true);
    pthread_mutex_unlock(&h->mu);
}

struct steer {
    int64_t id, affected;
    struct str cause;
    int64_t older_ms;
};

/* From waiting or running into `state`; who runs it finds that its epoch is gone. */
static crm_status move_to(struct store_conn *writer, enum event_job_state state,
                          const struct store_condition *where, size_t where_count,
                          int64_t *ret_affected, struct err *err) {
    struct store_set sets[] = {{SYS_JOB_STATE, store_int(state), false},
                               {SYS_JOB_LEASE_EPOCH, store_int(1), true},
                               {SYS_JOB_FINISHED_AT, store_int(clock_now_ms()), false}};
    return store_update(writer, sys_table(SYS_TABLE_JOB), sets, 3, where, where_count, ret_affected,
                        err);
}

static crm_status cancel_write(void *ctx, struct store_conn *writer, struct err *err) {
    struct steer *s = ctx;
    struct store_condition where[] = {{SYS_JOB_ID, STORE_EQ, store_int(s->id)},
                                      {SYS_JOB_STATE, STORE_LE, store_int(EVENT_JOB_RUNNING)}};
    return move_to(writer, EVENT_JOB_CANCELLED, where, 2, &s->affected, err);
}

/* Why nothing was done: no such job, or not in this state. */
static crm_status explain(struct event_hub *h, int64_t id, struct err *err) {
    struct store_conn *c = NULL;
    struct arena a;
    struct event_job job = {0};
    arena_init(&a, 4 << 20);
    crm_status status = engine_reader_open(h->engine, &c, err);
    if (status == CRM_OK) status = event_job_get(c, id, &a, &job, err);
    if (status == CRM_OK)
        status =
            err_set(err, CRM_CONFLICT, &event_job_state, event_job_state_word(job.state), NULL);
    if (c) store_conn_close(c);
    arena_fini(&a);
    return status;
}

crm_status event_job_cancel(struct event_hub *h, int64_t id, struct err *err) {
    struct steer s = {.id = id};
    crm_status status = engine_write(h->engine, cancel_write, &s, err);
    if (status != CRM_OK) return status;
    cancel_here(h, id);
    return s.affected ? CRM_OK : explain(h, id, err);
}

static crm_status cancel_cause_write(void *ctx, struct store_conn *writer, struct err *err) {
    struct steer *s = ctx;
    struct store_condition where[] = {{SYS_JOB_STATE, STORE_LE, store_int(EVENT_JOB_RUNNING)},
                                      {SYS_JOB_CAUSE, STORE_EQ, store_text(s->cause)}};
    return move_to(writer, EVENT_JOB_CANCELLED, where, 2, &s->affected, err);
}

crm_status event_job_cancel_cause(struct event_hub *h, struct str cause, int64_t *ret_count,
                                  struct err *err) {
    struct steer s = {.cause = cause};
    crm_status status = engine_write(h->engine, cancel_cause_write, &s, err);
    if (status != CRM_OK) return status;
    pthread_mutex_lock(&h->mu);
    for (struct ready_job *j = h->running; j; j = j->next)
        if (str_eq(j->job.cause, cause)) atomic_store(&j->cancelled, true);
    for (struct ready_job *j = h->ready; j; j = j->next)
        if (str_eq(j->job.cause, cause)) atomic_store(&j->cancelled, true);
    pthread_mutex_unlock(&h->mu);
    if (ret_count) *ret_count = s.affected;
    return CRM_OK;
}

static crm_status retry_write(void *ctx, struct store_conn *writer, struct err *err) {
    struct steer *s = ctx;
    struct store_set sets[] = {{SYS_JOB_STATE, store_int(EVENT_JOB_QUEUED), false},
                               {SYS_JOB_ATTEMPTS, store_int(0), false},
                               {SYS_JOB_RUN_AT, store_int(store_now_ms(store_of(writer))), false},
                               {SYS_JOB_FINISHED_AT, STORE_NIL, false}};
    struct store_condition ended[] = {{SYS_JOB_ID, STORE_EQ, store_int(s->id)},
                                      {SYS_JOB_STATE, STORE_GE, store_int(EVENT_JOB_FAILED)}};
    struct store_condition waits[] = {{SYS_JOB_ID, STORE_EQ, store_int(s->id)},
                                      {SYS_JOB_STATE, STORE_EQ, store_int(EVENT_JOB_QUEUED)},
                                      {SYS_JOB_ATTEMPTS, STORE_GT, store_int(0)}};
    crm_status status =
        store_update(writer, sys_table(SYS_TABLE_JOB), sets, 4, ended, 2, &s->affected, err);
    if (status != CRM_OK || s->affected) return status;
    return store_update(writer, sys_table(SYS_TABLE_JOB), sets, 4, waits, 3, &s->affected, err);
}

crm_status event_job_retry(struct event_hub *h, int64_t id, struct err *err) {
    struct steer s = {.id = id};
    crm_status status = engine_write(h->engine, retry_write, &s, err);
    if (status != CRM_OK) return status;
    hub_ask_jobs(h);
    return s.affected ? CRM_OK : explain(h, id, err);
}

static crm_status sweep_write(void *ctx, struct store_conn *writer, struct err *err) {
    struct steer *s = ctx;
    struct store_condition where[] = {
        {SYS_JOB_STATE, STORE_EQ, store_int(EVENT_JOB_DONE)},
        {SYS_JOB_FINISHED_AT, STORE_LT, store_int(clock_now_ms() - s->older_ms)}};
    return store_delete(writer, sys_table(SYS_TABLE_JOB), where, 2, &s->affected, err);
}

crm_status event_job_sweep(struct event_hub *h, int64_t older_ms, int64_t *ret_count,
                           struct err *err) {
    struct steer s = {.older_ms = older_ms};
    crm_status status = engine_write(h->engine, sweep_write, &s, err);
    if (status == CRM_OK && ret_count) *ret_count = s.affected;
    return status;
}
