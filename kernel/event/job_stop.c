/* Cancelling many jobs by what they are about: what waits never runs, what runs is told to end.
 * Threads: any that may block; the picking runs in the writer. */
#include "event/job_lease.h"

#include "store/sys_tables.h"

enum { STOP_BYTES = 64 << 20 };

struct stopping {
    event_job_pick_fn which;
    void *ctx;
    struct arena arena;
    struct arena row_arena;
    int64_t *ids;
    size_t count, capacity;
    crm_status status;
    struct err *err;
};

static bool look_at(void *ctx, const struct store_value *row) {
    struct stopping *s = ctx;
    struct event_job job;
    arena_reset(&s->row_arena);
    s->status = job_from_row(row, &s->row_arena, &job, s->err);
    if (s->status != CRM_OK || !s->which(s->ctx, &job)) return s->status == CRM_OK;
    int64_t *ids = arena_grow(&s->arena, s->ids, s->count, &s->capacity, sizeof *ids);
    if (!ids) {
        s->status = err_no_memory(s->err);
        return false;
    }
    s->ids = ids;
    ids[s->count++] = job.id;
    return true;
}

static crm_status cancel_one(struct store_conn *writer, int64_t id, struct err *err) {
    struct store_set sets[] = {{SYS_JOB_STATE, store_int(EVENT_JOB_CANCELLED), false},
                               {SYS_JOB_LEASE_EPOCH, store_int(1), true},
                               {SYS_JOB_FINISHED_AT, store_int(clock_now_ms()), false}};
    struct store_condition where = {SYS_JOB_ID, STORE_EQ, store_int(id)};
    return store_update(writer, sys_table(SYS_TABLE_JOB), sets, 3, &where, 1, NULL, err);
}

static crm_status cancel_picked(void *ctx, struct store_conn *writer, struct err *err) {
    struct stopping *s = ctx;
    const struct store_condition where = {SYS_JOB_STATE, STORE_LE, store_int(EVENT_JOB_RUNNING)};
    const struct store_select select = {
        .table = sys_table(SYS_TABLE_JOB), .where = &where, .where_count = 1};
    s->count = 0;
    s->err = err;
    crm_status status = store_each(writer, &select, look_at, s, err);
    if (status == CRM_OK) status = s->status;
    for (size_t i = 0; status == CRM_OK && i < s->count; i++)
        status = cancel_one(writer, s->ids[i], err);
    return status;
}

static void tell(struct ready_job *list, const struct stopping *s) {
    for (struct ready_job *j = list; j; j = j->next)
        for (size_t i = 0; i < s->count; i++)
            if (s->ids[i] == j->job.id) atomic_store(&j->cancelled, true);
}

crm_status event_job_cancel_some(struct event_hub *h, event_job_pick_fn which, void *ctx,
                                 int64_t *ret_count, struct err *err) {
    struct stopping s = {.which = which, .ctx = ctx, .status = CRM_OK};
    arena_init(&s.arena, STOP_BYTES);
    arena_init(&s.row_arena, 4 << 20);
    crm_status status = engine_write(h->engine, cancel_picked, &s, err);
    if (status == CRM_OK) {
        pthread_mutex_lock(&h->mu);
        tell(h->running, &s);
        tell(h->ready, &s);
        pthread_mutex_unlock(&h->mu);
        *ret_count = (int64_t)s.count;
    }
    arena_fini(&s.row_arena);
    arena_fini(&s.arena);
    return status;
}
