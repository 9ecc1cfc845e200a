/* Claiming: which waiting jobs are due for the kinds there are, oldest first, and their leases.
 *
 * One thread looks at a time, with its reader; only when something is due does it ask the writer.
 * What is claimed waits in the hub for any free thread. */
#include "event/job_claim.h"

#include <stdlib.h>

#include "base/log.h"
#include "store/sys_tables.h"

enum { PER_KIND = 16, CANDIDATE_BYTES = 32 << 20 };

struct candidates {
    struct arena arena;
    struct event_job jobs[HUB_READY_MAX * 2];
    struct kind *kinds[HUB_READY_MAX * 2];
    size_t count;
    struct kind *kind;
    crm_status status;
    struct err *err;
};

static bool take_row(void *ctx, const struct store_value *row) {
    struct candidates *c = ctx;
    if (c->count == sizeof c->jobs / sizeof *c->jobs) return false;
    c->status = job_from_row(row, &c->arena, &c->jobs[c->count], c->err);
    if (c->status != CRM_OK) return false;
    c->kinds[c->count++] = c->kind;
    return true;
}

static crm_status due_of_kind(struct store_conn *conn, struct candidates *c, struct kind *kind,
                              int64_t now, bool locked, struct err *err) {
    struct store_condition where[] = {{SYS_JOB_STATE, STORE_EQ, store_int(EVENT_JOB_QUEUED)},
                                      {SYS_JOB_RUN_AT, STORE_LE, store_int(now)},
                                      {SYS_JOB_KIND, STORE_EQ, store_text(kind->it.name)}};
    const int8_t order[] = {SYS_JOB_RUN_AT + 1, SYS_JOB_ID + 1};
    struct store_select select = {.table = sys_table(SYS_TABLE_JOB),
                                  .where = where,
                                  .where_count = 3,
                                  .order = order,
                                  .order_count = 2,
                                  .limit = PER_KIND,
                                  .for_update = locked};
    c->kind = kind;
    c->err = err;
    crm_status status = store_each(conn, &select, take_row, c, err);
    return status == CRM_OK ? c->status : status;
}

struct claim {
    struct event_hub *hub;
    struct kind *kinds[HUB_KINDS_MAX];
    size_t kind_count, wanted;
    struct candidates *found;
    struct ready_job *list, **tail; /* claimed */
    size_t claimed;
};

static bool is_serial(const struct event_job *job) {
    return str_starts_with(job->queue, STR("serial:"));
}

static bool take_first(void *ctx, const struct store_value *row) {
    *(int64_t *)ctx = row[SYS_JOB_ID].integer;
    return false;
}

/* The oldest of its queue that is not done: its turn. */
static crm_status is_turn(struct store_conn *conn, const struct event_job *job, bool *ret,
                          struct err *err) {
    struct store_condition where[] = {{SYS_JOB_QUEUE, STORE_EQ, store_text(job->queue)},
                                      {SYS_JOB_STATE, STORE_LE, store_int(EVENT_JOB_RUNNING)}};
    const int8_t order[] = {SYS_JOB_ID + 1};
    struct store_select select = {.table = sys_table(SYS_TABLE_JOB),
                                  .where = where,
                                  .where_count = 2,
                                  .order = order,
                                  .order_count = 1,
                                  .limit = 1};
    int64_t first = 0;
    crm_status status = store_each(conn, &select, take_first, &first, err);
    *ret = first == job->id;
    return status;
}

static bool copy_job(struct arena *a, const struct event_job *from, struct event_job *to) {
    const struct str *texts[] = {&from->queue,   &from->kind,     &from->dedupe, &from->cause,
                                 &from->payload, &from->progress, &from->error};
    *to = *from;
    struct str *copies[] = {&to->queue,   &to->kind,     &to->dedupe, &to->cause,
                            &to->payload, &to->progress, &to->error};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        *copies[i] = arena_str(a, *texts[i]);
        if (!copies[i]->ptr) return false;
    }
    return true;
}

static crm_status keep(struct claim *c, const struct event_job *job, struct kind *kind,
                       struct err *err) {
    struct ready_job *j = calloc(1, sizeof *j);
    if (!j) return err_no_memory(err);
    arena_init(&j->arena, 4 << 20);
    j->kind = kind;
    if (!copy_job(&j->arena, job, &j->job)) {
        arena_fini(&j->arena);
        free(j);
        return err_no_memory(err);
    }
    j->job.attempts++;
    j->job.lease_epoch++;
    j->job.state = EVENT_JOB_RUNNING;
    *c->tail = j;
    c->tail = &j->next;
    c->claimed++;
    return CRM_OK;
}

static crm_status claim_one(struct claim *c, struct store_conn *writer, const struct event_job *job,
                            struct kind *kind, struct err *err) {
    bool turn = true, taken = false;
    if (job->attempts >= kind_attempts(kind)) return lease_bury(writer, job, err);
    crm_status status = is_serial(job) ? is_turn(writer, job, &turn, err) : CRM_OK;
    if (status == CRM_OK && turn)
        status = lease_take(writer, job, kind_lease_ms(kind), c->hub->options.node, &taken, err);
    return status == CRM_OK && taken ? keep(c, job, kind, err) : status;
}

static crm_status claim_write(void *ctx, struct store_conn *writer, struct err *err) {
    struct claim *c = ctx;
    struct candidates *f = c->found;
    int64_t now = clock_now_ms();
    f->count = 0;
    arena_reset(&f->arena);
    crm_status status = CRM_OK;
    for (size_t i = 0; i < c->kind_count && status == CRM_OK; i++)
        status = due_of_kind(writer, f, c->kinds[i], now, true, err);
    while (status == CRM_OK && c->claimed < c->wanted) {
        size_t best = f->count;
        for (size_t i = 0; i < f->count; i++) {
            if (!f->kinds[i]) continue;
            const struct event_job *a = &f->jobs[i], *b = best < f->count ? &f->jobs[best] : NULL;
            if (!b || a->run_at_ms < b->run_at_ms ||
                (a->run_at_ms == b->run_at_ms && a->id < b->id))
                best = i;
        }
        if (best == f->count) break;
        status = claim_one(c, writer, &f->jobs[best], f->kinds[best], err);
        f->kinds[best] = NULL;
    }
    return status;
}

void ready_free(struct ready_job *j) {
    while (j) {
        struct ready_job *next = j->next;
        arena_fini(&j->arena);
        free(j);
        j = next;
    }
}

crm_status jobs_due(struct event_hub *h, struct store_conn *reader, struct kind *const *kinds,
                    size_t count, size_t *ret_due, struct err *err) {
    struct candidates *f = calloc(1, sizeof *f);
    if (!f) return err_no_memory(err);
    (void)h;
    arena_init(&f->arena, CANDIDATE_BYTES);
    int64_t now = clock_now_ms();
    crm_status status = CRM_OK;
    for (size_t i = 0; i < count && status == CRM_OK; i++)
        status = due_of_kind(reader, f, kinds[i], now, false, err);
    *ret_due = f->count;
    arena_fini(&f->arena);
    free(f);
    return status;
}

size_t kinds_now(struct event_hub *h, struct kind **ret) {
    size_t count = 0;
    for (size_t i = 0; i < h->kind_count; i++)
        if (!h->kinds[i]->it.outbound || !h->hold_outbound) ret[count++] = h->kinds[i];
    return count;
}

crm_status jobs_claim(struct event_hub *h, struct store_conn *reader, struct kind *const *kinds,
                      size_t kind_count, size_t wanted, struct ready_job **ret, size_t *ret_count,
                      struct err *err) {
    size_t due = 0;
    *ret = NULL;
    *ret_count = 0;
    crm_status status = jobs_due(h, reader, kinds, kind_count, &due, err);
    if (status != CRM_OK || due == 0) return status;
    struct claim *c = calloc(1, sizeof *c);
    struct candidates *f = calloc(1, sizeof *f);
    if (c && f) {
        *c = (struct claim){.hub = h, .kind_count = kind_count, .wanted = wanted, .found = f};
        memcpy(c->kinds, kinds, kind_count * sizeof *kinds);
        c->tail = &c->list;
        arena_init(&f->arena, CANDIDATE_BYTES);
        status = engine_write(h->engine, claim_write, c, err);
        arena_fini(&f->arena);
        if (status == CRM_OK) {
            *ret = c->list;
            *ret_count = c->claimed;
        } else {
            ready_free(c->list);
        }
    } else {
        status = err_no_memory(err);
    }
    free(c);
    free(f);
    return status;
}
