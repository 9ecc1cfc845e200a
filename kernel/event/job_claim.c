/* Claiming: which waiting jobs are due for the kinds there are, oldest first, and their leases.
 *
 * One thread looks at a time, with its reader; only when something is due does it ask the writer.
 * What is claimed waits in the hub for any free thread. */
#include "event/job_claim.h"

#include <stdlib.h>

#include "base/log.h"
#include "store/cluster.h"
#include "store/sys_tables.h"

enum {
    PER_KIND = 16,
    CANDIDATES_MAX = HUB_READY_MAX * 2,
    CANDIDATE_BYTES = 1 << 20,
    JOB_BYTES = 4 << 20
};

/* What choosing needs; the rest of a row is read once it is claimed. */
struct candidate {
    struct event_job job; /* without payload, progress and error */
    struct kind *kind;    /* NULL: was looked at */
};
struct candidates {
    struct arena arena; /* names of queues */
    struct candidate list[CANDIDATES_MAX];
    size_t count;
    struct kind *kind;
    bool failed;
};

static bool take_row(void *ctx, const struct store_value *row) {
    struct candidates *c = ctx;
    if (c->count == CANDIDATES_MAX) return false;
    struct candidate *it = &c->list[c->count];
    *it = (struct candidate){.job = {.id = row[SYS_JOB_ID].integer,
                                     .queue = arena_str(&c->arena, row[SYS_JOB_QUEUE].bytes),
                                     .run_at_ms = row[SYS_JOB_RUN_AT].integer,
                                     .attempts = (int32_t)row[SYS_JOB_ATTEMPTS].integer,
                                     .lease_epoch = row[SYS_JOB_LEASE_EPOCH].integer},
                             .kind = c->kind};
    c->failed = !it->job.queue.ptr;
    c->count += !c->failed;
    return !c->failed;
}

static crm_status due_of_kind(struct store_conn *conn, struct candidates *c, struct kind *kind,
                              int64_t now, struct err *err) {
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
                                  .for_update = true};
    c->kind = kind;
    crm_status status = store_each(conn, &select, take_row, c, err);
    return status == CRM_OK && c->failed ? err_no_memory(err) : status;
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

void ready_free(struct ready_job *j) {
    while (j) {
        struct ready_job *next = j->next;
        arena_fini(&j->arena);
        free(j);
        j = next;
    }
}

static void claim_reset(struct claim *c) {
    ready_free(c->list);
    c->list = NULL;
    c->tail = &c->list;
    c->claimed = 0;
    c->found->count = 0;
    arena_reset(&c->found->arena);
}

/* The claimed job whole, in memory of its own. */
static crm_status keep(struct claim *c, struct store_conn *writer, const struct candidate *it,
                       struct err *err) {
    struct ready_job *j = calloc(1, sizeof *j);
    if (!j) return err_no_memory(err);
    arena_init(&j->arena, JOB_BYTES);
    j->kind = it->kind;
    crm_status status = event_job_get(writer, it->job.id, &j->arena, &j->job, err);
    if (status != CRM_OK) {
        ready_free(j);
        return status;
    }
    *c->tail = j;
    c->tail = &j->next;
    c->claimed++;
    return CRM_OK;
}

static crm_status claim_one(struct claim *c, struct store_conn *writer, const struct candidate *it,
                            struct err *err) {
    bool turn = true, taken = false;
    if (it->job.attempts >= kind_attempts(it->kind)) return lease_bury(writer, &it->job, err);
    crm_status status = is_serial(&it->job) ? is_turn(writer, &it->job, &turn, err) : CRM_OK;
    if (status == CRM_OK && turn)
        status = lease_take(writer, &it->job, kind_lease_ms(it->kind), c->hub->options.node, &taken,
                            err);
    return status == CRM_OK && taken ? keep(c, writer, it, err) : status;
}

/* The one that has been due longest, and not looked at; NULL at the end. */
static struct candidate *oldest(struct candidates *f) {
    struct candidate *best = NULL;
    for (size_t i = 0; i < f->count; i++) {
        struct candidate *it = &f->list[i];
        if (!it->kind) continue;
        bool older = !best || it->job.run_at_ms < best->job.run_at_ms ||
                     (it->job.run_at_ms == best->job.run_at_ms && it->job.id < best->job.id);
        if (older) best = it;
    }
    return best;
}

static crm_status claim_write(void *ctx, struct store_conn *writer, struct err *err) {
    struct claim *c = ctx;
    struct candidates *f = c->found;
    struct candidate *it;
    int64_t now = store_now_ms(store_of(writer));
    crm_status status = CRM_OK;
    claim_reset(c); /* the writer may run this twice */
    for (size_t i = 0; i < c->kind_count && status == CRM_OK; i++)
        status = due_of_kind(writer, f, c->kinds[i], now, err);
    while (status == CRM_OK && c->claimed < c->wanted && (it = oldest(f)) != NULL) {
        status = claim_one(c, writer, it, err);
        it->kind = NULL;
    }
    return status;
}

static bool is_any(void *ctx, const struct store_value *row) {
    (void)row;
    *(bool *)ctx = true;
    return false;
}

static crm_status is_due(struct store_conn *reader, const struct store_condition *where,
                         size_t count, bool *ret, struct err *err) {
    struct store_select select = {
        .table = sys_table(SYS_TABLE_JOB), .where = where, .where_count = count, .limit = 1};
    *ret = false;
    return store_each(reader, &select, is_any, ret, err);
}

/* Mostly nothing is due at all: one look at the index says so. */
crm_status jobs_due(struct store_conn *reader, struct kind *const *kinds, size_t count, bool *ret,
                    struct err *err) {
    struct store_condition where[] = {
        {SYS_JOB_STATE, STORE_EQ, store_int(EVENT_JOB_QUEUED)},
        {SYS_JOB_RUN_AT, STORE_LE, store_int(store_now_ms(store_of(reader)))},
        {SYS_JOB_KIND, STORE_EQ, STORE_NIL}};
    bool any = false;
    *ret = false;
    crm_status status = is_due(reader, where, 2, &any, err);
    for (size_t i = 0; any && i < count && status == CRM_OK && !*ret; i++) {
        where[2].value = store_text(kinds[i]->it.name);
        status = is_due(reader, where, 3, ret, err);
    }
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
    bool due = false;
    *ret = NULL;
    *ret_count = 0;
    crm_status status = jobs_due(reader, kinds, kind_count, &due, err);
    if (status != CRM_OK || !due) return status;
    struct claim *c = calloc(1, sizeof *c);
    struct candidates *f = calloc(1, sizeof *f);
    if (!c || !f) {
        free(c);
        free(f);
        return err_no_memory(err);
    }
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
    free(c);
    free(f);
    return status;
}
