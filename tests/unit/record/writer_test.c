/* The writer: groups, isolation of failures, order of the log, keys of idempotency, many threads.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "base/digest.h"
#include "record/world.h"

/* ---- many threads ---------------------------------------------------------------------------- */
enum { THREADS = 8, EACH = 25 };

struct pusher {
    struct world *w;
    int64_t target;
    int done, stale, failed;
};

/* Adds one to the same number, as clients with If-Match do. */
static void *push(void *arg) {
    struct pusher *p = arg;
    struct store_conn *reader = NULL;
    struct err err;
    const struct schema_entity *e = schema_find(p->w->schema, STR("customer"));
    int32_t staff = slot(e, "staff"), version = slot(e, "version");
    if (engine_reader_open(p->w->engine, &reader, &err) != CRM_OK) return NULL;
    while (p->done < EACH && !p->failed) {
        struct arena a;
        struct changeset c;
        struct value *row = NULL;
        arena_init(&a, 16 << 20);
        changeset_init(&c, &a, p->w->schema, &p->w->actor);
        p->failed += store_begin(reader, &err) != CRM_OK;
        p->failed += store_record_get(reader, e, p->target, NULL, &a, &row, &err) != CRM_OK || !row;
        store_rollback(reader);
        if (row) {
            struct record_op *op = changeset_op(&c, RECORD_UPDATE, e, p->target);
            op->expect_version = row[version].integer;
            (void)record_op_set(&c, op, staff, value_int(row[staff].integer + 1));
            crm_status status = changeset_commit(p->w->engine, NULL, &c, NULL, NULL, &err);
            if (status == CRM_OK)
                p->done++;
            else if (status == CRM_STALE)
                p->stale++;
            else
                p->failed++;
        }
        changeset_fini(&c);
        arena_fini(&a);
    }
    store_conn_close(reader);
    return NULL;
}

static void test_threads(struct world *w) {
    int64_t id = make(w, "customer", "name", "shared");
    int64_t seq = log_last_seq(w->engine);
    pthread_t threads[THREADS];
    struct pusher pushers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        pushers[i] = (struct pusher){.w = w, .target = id};
        assert_int_equal(pthread_create(&threads[i], NULL, push, &pushers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(pushers[i].failed, 0);
        assert_int_equal(pushers[i].done, EACH);
    }
    assert_int_equal(field(w, "customer", id, "staff").integer, 1 + THREADS * EACH);
    assert_int_equal(field(w, "customer", id, "version").integer, 1 + THREADS * EACH);
    assert_int_equal(log_last_seq(w->engine), seq + THREADS * EACH);
}

/* ---- groups ---------------------------------------------------------------------------------- */
enum { GROUP = 40 };

struct posted {
    struct changeset_task task; /* first */
    struct arena arena;
    struct changeset changeset;
    atomic_int *left;
    pthread_mutex_t *mu;
    pthread_cond_t *cond;
};

static void posted_done(struct changeset_task *t) {
    struct posted *p = (struct posted *)t;
    pthread_mutex_lock(p->mu);
    if (atomic_fetch_sub(p->left, 1) == 1) pthread_cond_signal(p->cond);
    pthread_mutex_unlock(p->mu);
}

struct held {
    pthread_mutex_t mu;
};

static crm_status hold(void *ctx, struct store_conn *c, struct err *err) {
    (void)c, (void)err;
    struct held *h = ctx;
    pthread_mutex_lock(&h->mu); /* until everything has queued behind this */
    pthread_mutex_unlock(&h->mu);
    return CRM_OK;
}

struct heard {
    int commits;
    size_t results;
    int64_t last;
    bool in_order;
};

static void hear(void *ctx, const struct engine_commit *commit) {
    struct heard *h = ctx;
    h->commits++;
    h->results += commit->count;
    for (size_t i = 0; i < commit->count; i++) {
        h->in_order =
            h->in_order && commit->results[i]->seq > h->last && commit->results[i]->plan != NULL;
        h->last = commit->results[i]->seq;
    }
}

static void test_group(struct world *w) {
    struct heard heard = {.in_order = true};
    struct held held;
    struct engine_task holder = {.fn = hold, .ctx = &held};
    atomic_int left = GROUP;
    pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
    must(w, engine_on_commit(w->engine, hear, &heard, &w->err));
    pthread_mutex_init(&held.mu, NULL);
    pthread_mutex_lock(&held.mu);
    assert_true(engine_post(w->engine, &holder));
    struct posted *all = calloc(GROUP, sizeof *all);
    assert_non_null(all);
    for (int i = 0; i < GROUP; i++) {
        struct posted *p = &all[i];
        *p = (struct posted){.left = &left, .mu = &mu, .cond = &cond};
        arena_init(&p->arena, 16 << 20);
        changeset_init(&p->changeset, &p->arena, w->schema, &w->actor);
        struct record_op *op = changeset_create(&p->changeset, w->engine, entity(w, "customer"));
        if (i % 4 != 3)
            put(&p->changeset, op, "name", text("grouped")); /* every fourth lacks its name */
        p->task.changeset = &p->changeset;
        p->task.done = posted_done;
        must(w, changeset_post(w->engine, &p->task, &w->err));
    }
    pthread_mutex_unlock(&held.mu);
    pthread_mutex_lock(&mu);
    while (atomic_load(&left) > 0)
        pthread_cond_wait(&cond, &mu);
    pthread_mutex_unlock(&mu);
    for (int i = 0; i < GROUP; i++) {
        assert_int_equal(all[i].task.result.status, i % 4 == 3 ? CRM_REFUSED : CRM_OK);
        bool there = row_or_null(w, "customer", all[i].changeset.ops[0].id) != NULL;
        assert_true(there == (i % 4 != 3));
    }
    assert_int_equal(heard.results, GROUP * 3 / 4);
    assert_true(heard.in_order);
    assert_true(heard.commits < GROUP / 2); /* together, not one by one */
    for (int i = 0; i < GROUP; i++) {
        changeset_fini(&all[i].changeset);
        arena_fini(&all[i].arena);
    }
    free(all);
    pthread_mutex_destroy(&held.mu);
}

/* A batch waits for a database server once, at its end: all of it and COMMIT travel together. */
static void test_waits(struct world *w) {
    enum { BEFORE = 20, COUNTED = 10 };
    for (int i = 0; i < BEFORE; i++)
        make(w, "customer", "name", "before");
    uint64_t waits = store_waits(engine_store(w->engine));
    for (int i = 0; i < COUNTED; i++)
        make(w, "customer", "name", "counted");
    assert_int_equal(store_waits(engine_store(w->engine)) - waits,
                     w->kind == STORE_POSTGRES ? COUNTED : 0);
}

/* ---- rows of the kernel's own ---------------------------------------------------------------- */
struct sys_write {
    bool fail;
};

static crm_status write_state(void *ctx, struct store_conn *c, struct err *err) {
    struct sys_write *s = ctx;
    struct store_value row[SYS_STATE_COUNT] = {store_text(STR("test")),
                                               store_text(s->fail ? STR("bad") : STR("good")),
                                               store_text(STR("1")), STORE_NIL};
    crm_status status = store_insert(c, sys_table(SYS_TABLE_STATE), row, err);
    return status == CRM_OK && s->fail ? err_internal(err, "on purpose") : status;
}

static bool has_state(struct world *w, struct str key) {
    struct store_condition where = {SYS_STATE_KEY, STORE_EQ, store_text(key)};
    struct store_select select = {
        .table = sys_table(SYS_TABLE_STATE), .where = &where, .where_count = 1, .limit = 1};
    const struct store_value *row = NULL;
    must(w, store_first(w->reader, &select, &w->arena, &row, &w->err));
    return row != NULL;
}

static void test_engine_write(struct world *w) {
    struct sys_write good = {false}, bad = {true};
    must(w, engine_write(w->engine, write_state, &good, &w->err));
    assert_int_equal(engine_write(w->engine, write_state, &bad, &w->err), CRM_INTERNAL);
    assert_true(has_state(w, STR("good")));
    assert_false(has_state(w, STR("bad")));
}

static crm_status write_bad(void *ctx, struct store_conn *c, struct err *err) {
    struct sys_write bad = {true};
    (void)ctx;
    return write_state(&bad, c, err);
}

/* ---- one commit for what came meanwhile, and for the rest of a group ---------------------------
 */
struct poster {
    struct world *w;
    struct posted *late;
    bool posted;
};

/* Runs in the writer: what it posts is behind everything that had queued before. */
static crm_status post_late(void *ctx, struct store_conn *c, struct err *err) {
    (void)c;
    struct poster *p = ctx;
    if (p->posted) return CRM_OK; /* a job may run twice */
    p->posted = true;
    return changeset_post(p->w->engine, &p->late->task, err);
}

static void posted_open(struct world *w, struct posted *p, atomic_int *left, pthread_mutex_t *mu,
                        pthread_cond_t *cond) {
    *p = (struct posted){.left = left, .mu = mu, .cond = cond};
    arena_init(&p->arena, 16 << 20);
    changeset_init(&p->changeset, &p->arena, w->schema, &w->actor);
    put(&p->changeset, changeset_create(&p->changeset, w->engine, entity(w, "customer")), "name",
        text("together"));
    p->task.changeset = &p->changeset;
    p->task.done = posted_done;
}

static void bad_done(void *ctx, crm_status status, const struct err *err) {
    (void)err;
    *(crm_status *)ctx = status;
}

/* Three creates behind a held writer, the last posted while the batch runs, and, where it is given,
 * one who fails after it wrote. */
static void run_group(struct world *w, struct engine_task *failing, struct heard *heard) {
    enum { COUNT = 3 };
    struct held held;
    struct posted all[COUNT];
    struct poster poster = {.w = w, .late = &all[COUNT - 1]};
    struct engine_task holder = {.fn = hold, .ctx = &held},
                       posting = {.fn = post_late, .ctx = &poster};
    atomic_int left = COUNT;
    pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
    *heard = (struct heard){.in_order = true};
    must(w, engine_on_commit(w->engine, hear, heard, &w->err));
    pthread_mutex_init(&held.mu, NULL);
    pthread_mutex_lock(&held.mu);
    for (int i = 0; i < COUNT; i++)
        posted_open(w, &all[i], &left, &mu, &cond);
    assert_true(engine_post(w->engine, &holder));
    assert_true(engine_post(w->engine, &posting));
    must(w, changeset_post(w->engine, &all[0].task, &w->err));
    if (failing) assert_true(engine_post(w->engine, failing));
    must(w, changeset_post(w->engine, &all[1].task, &w->err));
    pthread_mutex_unlock(&held.mu);
    pthread_mutex_lock(&mu);
    while (atomic_load(&left) > 0)
        pthread_cond_wait(&cond, &mu);
    pthread_mutex_unlock(&mu);
    for (int i = 0; i < COUNT; i++) {
        must(w, all[i].task.result.status);
        assert_non_null(row_or_null(w, "customer", all[i].changeset.ops[0].id));
        changeset_fini(&all[i].changeset);
        arena_fini(&all[i].arena);
    }
    assert_int_equal(heard->results, COUNT);
    assert_true(heard->in_order);
    pthread_mutex_destroy(&held.mu);
}

static void test_group_meets_failure(struct world *w) {
    static struct heard heard; /* the engine keeps its listeners */
    crm_status status = CRM_OK;
    struct engine_task failing = {.fn = write_bad, .done = bad_done, .ctx = &status};
    run_group(w, &failing, &heard);
    assert_int_equal(status, CRM_INTERNAL);
    assert_false(has_state(w, STR("bad")));
}

/* What queues while a batch runs is in its commit: one flush for all. */
static void test_late_comer(struct world *w) {
    static struct heard heard;
    run_group(w, NULL, &heard);
    assert_int_equal(heard.commits, 1);
}

/* ---- many records at once, and somebody in a hurry --------------------------------------------
 */
enum { MANY = 400 };

/* Queued behind it and yet written before it, in a commit of its own: an import delays nobody by
 * more than the piece that is being written. */
static void test_overtaking(struct world *w) {
    static struct heard heard;
    struct held held;
    struct engine_task holder = {.fn = hold, .ctx = &held};
    struct posted many, one;
    atomic_int left = 2;
    pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
    heard = (struct heard){.in_order = true};
    must(w, engine_on_commit(w->engine, hear, &heard, &w->err));
    posted_open(w, &many, &left, &mu, &cond);
    posted_open(w, &one, &left, &mu, &cond);
    for (int i = 1; i < MANY; i++)
        put(&many.changeset, changeset_create(&many.changeset, w->engine, entity(w, "customer")),
            "name", text("one of many"));
    pthread_mutex_init(&held.mu, NULL);
    pthread_mutex_lock(&held.mu);
    assert_true(engine_post(w->engine, &holder));
    must(w, changeset_post(w->engine, &many.task, &w->err));
    must(w, changeset_post(w->engine, &one.task, &w->err));
    pthread_mutex_unlock(&held.mu);
    pthread_mutex_lock(&mu);
    while (atomic_load(&left) > 0)
        pthread_cond_wait(&cond, &mu);
    pthread_mutex_unlock(&mu);
    must(w, many.task.result.status);
    must(w, one.task.result.status);
    assert_int_equal(one.task.result.seq + 1, many.task.result.seq);
    assert_int_equal(heard.commits, 2);
    assert_true(heard.in_order);
    assert_non_null(row_or_null(w, "customer", many.changeset.ops[MANY - 1].id));
    changeset_fini(&many.changeset);
    changeset_fini(&one.changeset);
    arena_fini(&many.arena);
    arena_fini(&one.arena);
    pthread_mutex_destroy(&held.mu);
}

/* A queue that never runs empty: each of these tasks posts the next one. */
enum { ENDLESS = 700 };

struct endless {
    struct world *w;
    struct engine_task tasks[ENDLESS];
    atomic_int ran, left;
    int ran_before; /* when the long one was answered */
    struct posted many;
    pthread_mutex_t mu;
    pthread_cond_t cond;
};

static crm_status endless_next(void *ctx, struct store_conn *c, struct err *err) {
    (void)c, (void)err;
    struct endless *all = ctx;
    int next = atomic_fetch_add(&all->ran, 1) + 1;
    return next >= ENDLESS || engine_post(all->w->engine, &all->tasks[next]) ? CRM_OK
                                                                             : CRM_INTERNAL;
}

static void endless_over(struct endless *all) {
    pthread_mutex_lock(&all->mu);
    if (atomic_fetch_sub(&all->left, 1) == 1) pthread_cond_signal(&all->cond);
    pthread_mutex_unlock(&all->mu);
}

static void endless_done(void *ctx, crm_status status, const struct err *err) {
    (void)status, (void)err;
    endless_over(ctx);
}

static void endless_many_done(struct changeset_task *t) {
    struct posted *p = (struct posted *)t;
    struct endless *all = (struct endless *)(void *)((char *)p - offsetof(struct endless, many));
    all->ran_before = atomic_load(&all->ran);
    endless_over(all);
}

/* What takes long is overtaken once, not for ever. */
static void test_long_has_its_turn(struct world *w) {
    static struct endless all;
    struct held held;
    struct engine_task holder = {.fn = hold, .ctx = &held};
    memset(&all, 0, sizeof all);
    all.w = w;
    pthread_mutex_init(&all.mu, NULL);
    pthread_cond_init(&all.cond, NULL);
    atomic_store(&all.left, ENDLESS + 1);
    for (int i = 0; i < ENDLESS; i++)
        all.tasks[i] = (struct engine_task){.fn = endless_next, .done = endless_done, .ctx = &all};
    posted_open(w, &all.many, NULL, NULL, NULL);
    all.many.task.done = endless_many_done;
    for (int i = 1; i < MANY; i++)
        put(&all.many.changeset,
            changeset_create(&all.many.changeset, w->engine, entity(w, "customer")), "name",
            text("one of many"));
    pthread_mutex_init(&held.mu, NULL);
    pthread_mutex_lock(&held.mu);
    assert_true(engine_post(w->engine, &holder));
    assert_true(engine_post(w->engine, &all.tasks[0]));
    must(w, changeset_post(w->engine, &all.many.task, &w->err));
    pthread_mutex_unlock(&held.mu);
    pthread_mutex_lock(&all.mu);
    while (atomic_load(&all.left) > 0)
        pthread_cond_wait(&all.cond, &all.mu);
    pthread_mutex_unlock(&all.mu);
    must(w, all.many.task.result.status);
    assert_int_equal(atomic_load(&all.ran), ENDLESS);
    assert_true(all.ran_before < ENDLESS);
    changeset_fini(&all.many.changeset);
    arena_fini(&all.many.arena);
    pthread_cond_destroy(&all.cond);
    pthread_mutex_destroy(&all.mu);
    pthread_mutex_destroy(&held.mu);
}

/* ---- idempotency ----------------------------------------------------------------------------- */
static crm_status keyed(struct world *w, const char *key, const char *name, uint8_t body) {
    struct changeset *c = begin(w);
    struct record_op *op = create(w, c, "customer");
    struct digest *digest = arena_alloc(&w->arena, sizeof *digest);
    digest->bytes[0] = body;
    c->idempotency_key = str_from(key);
    c->idempotency_route = STR("POST records/customer");
    c->idempotency_body = digest;
    if (name) put(c, op, "name", text(name));
    return commit(w, c);
}

static void test_idempotency(struct world *w) {
    must(w, keyed(w, "k1", "Once", 1));
    int64_t id = w->result.outcomes[0].id, changeset = w->result.id, seq = log_last_seq(w->engine);
    assert_false(w->result.replayed);
    must(w, keyed(w, "k1", "Once", 1));
    assert_true(w->result.replayed);
    assert_int_equal(w->result.outcomes[0].id, id);
    assert_int_equal(w->result.outcomes[0].version, 1);
    assert_int_equal(w->result.id, changeset);
    assert_int_equal(log_last_seq(w->engine), seq);
    assert_int_equal(keyed(w, "k1", "Other", 2), CRM_CONFLICT);
    assert_string_equal(w->err.text.code, "idempotency_key_reused");
    /* A refused request leaves its key free. */
    assert_int_equal(keyed(w, "k2", NULL, 1), CRM_REFUSED);
    must(w, keyed(w, "k2", "Now", 3));
    assert_false(w->result.replayed);
}

/* ---- again after a restart ------------------------------------------------------------------- */
static void test_reopen(struct world *w) {
    int64_t id = make(w, "customer", "name", "lasting"), seq = log_last_seq(w->engine);
    world_disconnect(w);
    world_connect(w, false);
    assert_int_equal(log_last_seq(w->engine), seq); /* stock records are made once */
    assert_text(field(w, "customer", id, "name"), "lasting");
    int64_t next = make(w, "customer", "name", "next");
    assert_true(next > id);
    assert_int_equal(w->result.seq, seq + 1);
}

static void test_new_definitions(struct world *w) {
    int64_t id = make(w, "customer", "name", "before");
    struct changeset *old = begin(w);
    struct record_op *op = changeset_op(old, RECORD_UPDATE, entity(w, "customer"), id);
    put(old, op, "branch", text("retail"));
    world_apply(w, "extend 'customer' { fields = { motto = text { default = \"'none'\" } } }");
    must(w, commit(w, old)); /* a request under way keeps its snapshot */
    assert_text(field(w, "customer", id, "branch"), "retail");
    int64_t fresh = make(w, "customer", "name", "after");
    assert_text(field(w, "customer", fresh, "motto"), "none");
    assert_true(value_is_nil(field(w, "customer", id, "motto")));
}

ON_BOTH(test_threads)
ON_BOTH(test_group)
ON_BOTH(test_waits)
ON_BOTH(test_engine_write)
ON_BOTH(test_group_meets_failure)
ON_BOTH(test_late_comer)
ON_BOTH(test_overtaking)
ON_BOTH(test_long_has_its_turn)
ON_BOTH(test_idempotency)
ON_BOTH(test_reopen)
ON_BOTH(test_new_definitions)

int main(void) {
    const struct CMUnitTest tests[] = {
        BOTH(test_threads),      BOTH(test_group),          BOTH(test_waits),
        BOTH(test_engine_write), BOTH(test_idempotency),    BOTH(test_group_meets_failure),
        BOTH(test_late_comer),   BOTH(test_overtaking),     BOTH(test_long_has_its_turn),
        BOTH(test_reopen),       BOTH(test_new_definitions)};
    return cmocka_run_group_tests(tests, NULL, world_stop);
}
