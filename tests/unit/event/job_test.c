/* Jobs: run, tried again, given up, committed with their changeset, cancelled, in turn, across kill
 * -9. */
#include "event/event_world.h"
#include "event/job_lease.h"
#include "store/migrate.h"
#include "store/sys_tables.h"

#include <signal.h>
#include <sys/wait.h>

static crm_status run_note(void *ctx, struct event_job_run *run, struct err *err) {
    struct hub_world *h = ctx;
    (void)err;
    note(&h->notes, "%.*s", STR_ARG(run->job->payload));
    return CRM_OK;
}

static void test_runs_once(struct hub_world *h) {
    add_kind(h, "note", run_note);
    int64_t before = submit(h, "note", "\"before the start\"");
    start(h);
    for (int i = 0; i < 50; i++) {
        char payload[32];
        snprintf(payload, sizeof payload, "%d", i);
        (void)submit(h, "note", payload);
    }
    settle(h);
    assert_int_equal(h->notes.count, 51);
    assert_noted(&h->notes, "\"before the start\"", 1);
    assert_noted(&h->notes, "49", 1);
    struct event_job job = job_of(h, before);
    assert_int_equal(job.state, EVENT_JOB_DONE);
    assert_int_equal(job.attempts, 1);
    assert_int_equal(job.actor, ACTOR_SYSTEM);
    assert_true(job.finished_at_ms >= job.created_at_ms);
    int64_t swept = 0;
    must(&h->w, event_job_sweep(h->hub, -1000, &swept, &h->w.err));
    assert_int_equal(swept, 51);
    assert_int_equal(jobs_in(h, EVENT_JOB_DONE), 0);
}

static crm_status run_third_time(void *ctx, struct event_job_run *run, struct err *err) {
    struct hub_world *h = ctx;
    note(&h->notes, "attempt %d", (int)run->job->attempts);
    return run->job->attempts < 3 ? err_internal(err, "not yet") : CRM_OK;
}

static crm_status run_refused(void *ctx, struct event_job_run *run, struct err *err) {
    struct hub_world *h = ctx;
    (void)run;
    note(&h->notes, "refused");
    static const struct err_text text = {"nope", {"It is not allowed.", "Нельзя."}};
    return err_set(err, CRM_REFUSED, &text, NULL);
}

static crm_status run_gives_up(void *ctx, struct event_job_run *run, struct err *err) {
    struct hub_world *h = ctx;
    note(&h->notes, "gave up");
    run->give_up = true;
    return err_internal(err, "hopeless");
}

static crm_status run_never(void *ctx, struct event_job_run *run, struct err *err) {
    struct hub_world *h = ctx;
    (void)run;
    note(&h->notes, "never");
    return err_internal(err, "always broken");
}

static void test_failures(struct hub_world *h) {
    add_kind(h, "third", run_third_time);
    add_kind(h, "refused", run_refused);
    add_kind(h, "gives_up", run_gives_up);
    add_kind(h, "never", run_never);
    int64_t third = submit(h, "third", ""), refused = submit(h, "refused", ""),
            gives_up = submit(h, "gives_up", ""), never = submit(h, "never", "");
    start(h);
    while (job_of(h, third).state != EVENT_JOB_DONE || job_of(h, never).state != EVENT_JOB_FAILED)
        settle(h);
    assert_noted(&h->notes, "attempt 3", 1);
    assert_noted(&h->notes, "attempt 4", 0);
    assert_noted(&h->notes, "refused", 1);
    assert_noted(&h->notes, "gave up", 1);
    assert_noted(&h->notes, "never", 5);
    assert_int_equal(job_of(h, refused).state, EVENT_JOB_FAILED);
    assert_non_null(strstr(job_of(h, refused).error.ptr, "not allowed"));
    assert_int_equal(job_of(h, gives_up).state, EVENT_JOB_FAILED);
    assert_int_equal(job_of(h, never).attempts, 5);
    assert_non_null(strstr(job_of(h, never).error.ptr, "always broken"));
    assert_int_equal(event_job_cancel(h->hub, never, &h->w.err), CRM_CONFLICT);
    assert_int_equal(event_job_cancel(h->hub, 12345, &h->w.err), CRM_NOT_FOUND);
    must(&h->w, event_job_retry(h->hub, refused, &h->w.err));
    settle(h);
    assert_noted(&h->notes, "refused", 2);
}

/* Creates a customer named as the payload says, in one transaction with the job's end. */
static crm_status run_create(void *ctx, struct event_job_run *run, struct err *err) {
    struct hub_world *h = ctx;
    struct changeset c;
    struct changeset_result result;
    struct err_list errors;
    struct actor actor;
    struct schema *schema = engine_schema(run->engine);
    crm_status status = event_job_actor(run, &actor, err);
    const struct schema_entity *e = schema_find(schema, STR("customer"));
    changeset_init(&c, run->arena, schema, &actor);
    struct record_op *op = changeset_create(&c, run->engine, e);
    struct str name = str_make(run->job->payload.ptr + 1, run->job->payload.len - 2);
    if (status == CRM_OK &&
        record_op_set(&c, op, schema_field_find(e, STR("name"))->slot, value_text(name)))
        status = event_job_commit(run, &c, true, &result, &errors, err);
    note(&h->notes, "%s",
         status == CRM_OK          ? "created"
         : status == CRM_CANCELLED ? "cancelled"
                                   : "failed");
    changeset_fini(&c);
    schema_unref(schema);
    return status;
}

static size_t customers(struct world *w) {
    size_t count = 0;
    bool exact;
    struct access access;
    int64_t total = 0;
    struct actor system;
    engine_actor_system(ACCESS_DOOR_CLI, &system);
    access_init(&access, w->schema, &system);
    struct store_query q = {.access = &access,
                            .from = entity(w, "customer"),
                            .action = SCHEMA_ACTION_READ,
                            .now_ms = clock_now_ms()};
    must(w, store_begin(w->reader, &w->err));
    must(w, store_count_run(w->reader, &q, STORE_COUNT_EXACT, &total, &exact, &w->err));
    store_rollback(w->reader);
    count = (size_t)total;
    return count;
}

struct last_changeset {
    struct log_changeset it;
};

static bool keep_last(void *ctx, const struct log_changeset *c) {
    ((struct last_changeset *)ctx)->it = *c;
    return true;
}

static void test_commits_with_changeset(struct hub_world *h) {
    add_kind(h, "create", run_create);
    start(h);
    int64_t id = submit(h, "create", "\"Acme\"");
    settle(h);
    assert_int_equal(job_of(h, id).state, EVENT_JOB_DONE);
    assert_int_equal(customers(&h->w), 1);
    struct last_changeset last;
    must(&h->w, store_begin(h->w.reader, &h->w.err));
    must(&h->w, log_each_changeset(h->w.reader, 0, 0, &h->w.arena, keep_last, &last, &h->w.err));
    store_rollback(h->w.reader);
    char cause[48];
    snprintf(cause, sizeof cause, "job %lld", (long long)id);
    assert_true(str_is(last.it.cause, cause));
    assert_int_equal(last.it.door, ACCESS_DOOR_JOB);
}

/* Somebody else has taken the lease meanwhile: nothing may be written. */
static crm_status steal(void *ctx, struct store_conn *writer, struct err *err) {
    struct store_set set = {SYS_JOB_LEASE_EPOCH, store_int(1), true};
    struct store_condition where = {SYS_JOB_ID, STORE_EQ, store_int(*(int64_t *)ctx)};
    int64_t affected = 0;
    return store_update(writer, sys_table(SYS_TABLE_JOB), &set, 1, &where, 1, &affected, err);
}

static crm_status run_create_robbed(void *ctx, struct event_job_run *run, struct err *err) {
    int64_t id = run->job->id;
    crm_status status = engine_write(run->engine, steal, &id, err);
    return status == CRM_OK ? run_create(ctx, run, err) : status;
}

static void test_lost_lease(struct hub_world *h) {
    add_kind(h, "robbed", run_create_robbed);
    start(h);
    (void)submit(h, "robbed", "\"Acme\"");
    for (int i = 0; i < 1000 && notes_count(&h->notes) == 0; i++)
        (void)event_hub_settle(h->hub, 10, &h->w.err);
    event_hub_stop(h->hub, 1000);
    assert_noted(&h->notes, "cancelled", 1);
    assert_int_equal(customers(&h->w), 0);
}

/* From the moment a run asks whether it still holds its job to the end of what it writes, no other
 * node takes the job, though the lease is over. */
static void test_lease_is_held(void **state) {
    (void)state;
    static struct hub_world h;
    struct store_conn *here = NULL, *there = NULL;
    bool taken = false;
    hub_open(&h, STORE_POSTGRES);
    struct event_job job = job_of(&h, submit(&h, "none", "1"));
    must(&h.w, store_conn_open(engine_store(h.w.engine), STORE_WRITER, &here, &h.w.err));
    must(&h.w, store_conn_open(engine_store(h.w.engine), STORE_WRITER, &there, &h.w.err));
    must(&h.w, store_begin(here, &h.w.err));
    must(&h.w, lease_take(here, &job, -1, 1, &taken, &h.w.err));
    assert_true(taken);
    must(&h.w, store_commit(here, &h.w.err));
    job = job_of(&h, job.id);
    must(&h.w, store_begin(here, &h.w.err));
    must(&h.w, lease_check(here, &job, &h.w.err));
    must(&h.w, store_begin(there, &h.w.err));
    assert_int_equal(lease_reclaim(there, 2, false, &h.w.err), CRM_UNAVAILABLE); /* it waited */
    store_rollback(there);
    must(&h.w, store_commit(here, &h.w.err));
    store_conn_close(here);
    store_conn_close(there);
    hub_close(&h);
}

static void test_dedupe(struct hub_world *h) {
    add_kind(h, "note", run_note);
    struct event_job_new job = {.kind = STR("note"), .payload = STR("1"), .dedupe = STR("k")};
    int64_t first = 0, second = 0, third = 0;
    must(&h->w, event_job_submit(h->hub, &job, &first, &h->w.err));
    must(&h->w, event_job_submit(h->hub, &job, &second, &h->w.err));
    assert_int_equal(first, second);
    start(h);
    settle(h);
    must(&h->w, event_job_submit(h->hub, &job, &third, &h->w.err));
    assert_int_not_equal(first, third);
    settle(h);
    assert_int_equal(h->notes.count, 2);
}

static _Atomic int serial_now, serial_most;

static crm_status run_serial(void *ctx, struct event_job_run *run, struct err *err) {
    struct hub_world *h = ctx;
    (void)err;
    int now = atomic_fetch_add(&serial_now, 1) + 1;
    if (now > atomic_load(&serial_most)) atomic_store(&serial_most, now);
    note(&h->notes, "%.*s", STR_ARG(run->job->payload));
    sched_yield();
    atomic_fetch_sub(&serial_now, 1);
    if (run->job->attempts == 1 && str_is(run->job->payload, "3"))
        return err_internal(err, "once more");
    return CRM_OK;
}

static void test_serial_queue(struct hub_world *h) {
    add_kind(h, "serial", run_serial);
    atomic_store(&serial_most, 0);
    for (int i = 0; i < 12; i++) {
        char payload[8];
        snprintf(payload, sizeof payload, "%d", i);
        struct event_job_new job = {
            .kind = STR("serial"), .queue = STR("serial:one"), .payload = str_from(payload)};
        must(&h->w, event_job_submit(h->hub, &job, NULL, &h->w.err));
    }
    start(h);
    while (jobs_in(h, EVENT_JOB_DONE) < 12)
        settle(h);
    assert_int_equal(atomic_load(&serial_most), 1);
    static const char *const order[] = {"0", "1", "2", "3", "3",  "4", "5",
                                        "6", "7", "8", "9", "10", "11"};
    assert_int_equal(h->notes.count, 13);
    for (size_t i = 0; i < 13; i++)
        assert_string_equal(h->notes.text[i], order[i]);
}

static _Atomic bool long_began;

static crm_status run_long(void *ctx, struct event_job_run *run, struct err *err) {
    struct hub_world *h = ctx;
    (void)err;
    event_job_progress(run, STR("{\"done\":1}"));
    atomic_store(&long_began, true);
    while (!event_job_is_cancelled(run))
        sched_yield();
    note(&h->notes, "told to stop");
    return CRM_CANCELLED;
}

static void test_cancel(struct hub_world *h) {
    add_kind(h, "long", run_long);
    add_kind(h, "note", run_note);
    struct event_job_new later = {
        .kind = STR("note"), .run_at_ms = clock_now_ms() + 3600000, .cause = STR("changeset 7")};
    int64_t waits = 0, count = 0;
    must(&h->w, event_job_submit(h->hub, &later, &waits, &h->w.err));
    must(&h->w, event_job_cancel(h->hub, waits, &h->w.err));
    assert_int_equal(job_of(h, waits).state, EVENT_JOB_CANCELLED);
    must(&h->w, event_job_submit(h->hub, &later, &waits, &h->w.err));
    must(&h->w, event_job_cancel_cause(h->hub, STR("changeset 7"), &count, &h->w.err));
    assert_int_equal(count, 1);
    atomic_store(&long_began, false);
    int64_t running = submit(h, "long", "");
    start(h);
    while (!atomic_load(&long_began))
        sched_yield();
    assert_true(str_is(job_of(h, running).progress, "{\"done\":1}"));
    must(&h->w, event_job_cancel(h->hub, running, &h->w.err));
    settle(h);
    assert_noted(&h->notes, "told to stop", 1);
    assert_int_equal(job_of(h, running).state, EVENT_JOB_CANCELLED);
    /* and a stop of the hub gives a running one back */
    atomic_store(&long_began, false);
    running = submit(h, "long", "");
    while (!atomic_load(&long_began))
        sched_yield();
    event_hub_stop(h->hub, 0);
    assert_int_equal(job_of(h, running).state, EVENT_JOB_QUEUED);
    assert_int_equal(job_of(h, running).attempts, 0);
}

static void test_refused_new(struct hub_world *h) {
    struct event_job_new job = {.kind = STR("note"), .depth = EVENT_DEPTH_MAX + 1};
    assert_int_equal(event_job_submit(h->hub, &job, NULL, &h->w.err), CRM_REFUSED);
    assert_string_equal(h->w.err.text.code, "loop");
    job = (struct event_job_new){.payload = STR("1")};
    assert_int_equal(event_job_submit(h->hub, &job, NULL, &h->w.err), CRM_INVALID);
    char *large = calloc(1, EVENT_PAYLOAD_MAX + 1);
    assert_non_null(large);
    memset(large, '1', EVENT_PAYLOAD_MAX + 1);
    job = (struct event_job_new){.kind = STR("note"),
                                 .payload = str_make(large, EVENT_PAYLOAD_MAX + 1)};
    assert_int_equal(event_job_submit(h->hub, &job, NULL, &h->w.err), CRM_TOO_LARGE);
    free(large);
    struct event_job_kind kind = {
        .name = STR("note"), .owner = STR("test"), .run = run_note, .ctx = h};
    must(&h->w, event_job_kind_add(h->hub, &kind, &h->w.err));
    assert_int_equal(event_job_kind_add(h->hub, &kind, &h->w.err), CRM_CONFLICT);
}

static void test_owner_goes(struct hub_world *h) {
    add_kind(h, "note", run_note);
    start(h);
    event_remove_owner(h->hub, STR("test"));
    (void)submit(h, "note", "1");
    settle(h);
    assert_int_equal(notes_count(&h->notes), 0); /* waits for its kind to come back */
    add_kind(h, "note", run_note);
    settle(h);
    assert_int_equal(h->notes.count, 1);
}

static void test_outbound_held(struct hub_world *h) {
    event_hub_stop(h->hub, 0);
    world_disconnect(&h->w);
    event_hub_free(h->hub);
    world_connect(&h->w, false);
    struct event_options options = {.job_threads = 2, .poll_ms = 20, .hold_outbound = true};
    must(&h->w, event_hub_new(h->w.engine, &options, &h->hub, &h->w.err));
    struct event_job_kind kind = {
        .name = STR("mail"), .owner = STR("test"), .outbound = true, .run = run_note, .ctx = h};
    must(&h->w, event_job_kind_add(h->hub, &kind, &h->w.err));
    (void)submit(h, "mail", "1");
    start(h);
    settle(h);
    assert_int_equal(h->notes.count, 0);
    must(&h->w, event_release_outbound(h->hub, NULL, &h->w.err));
    settle(h);
    assert_int_equal(h->notes.count, 1);
}

static crm_status hold_write(void *ctx, struct store_conn *writer, struct err *err) {
    struct store_value row[SYS_META_COUNT] = {[SYS_META_KEY] = store_text(STR(STORE_META_OUTBOUND)),
                                              [SYS_META_VALUE] = store_text(STR("held"))};
    (void)ctx;
    return store_insert(writer, sys_table(SYS_TABLE_META), row, err);
}

/* As a restore leaves it: in the database, until somebody releases them. */
static void test_outbound_held_by_a_restore(struct hub_world *h) {
    struct event_job_kind kind = {
        .name = STR("mail"), .owner = STR("test"), .outbound = true, .run = run_note, .ctx = h};
    bool was_held = false;
    must(&h->w, engine_write(h->w.engine, hold_write, NULL, &h->w.err));
    must(&h->w, event_job_kind_add(h->hub, &kind, &h->w.err));
    (void)submit(h, "mail", "1");
    start(h);
    settle(h);
    assert_int_equal(h->notes.count, 0);
    must(&h->w, event_release_outbound(h->hub, &was_held, &h->w.err));
    assert_true(was_held);
    settle(h);
    assert_int_equal(h->notes.count, 1);
    must(&h->w, event_release_outbound(h->hub, &was_held, &h->w.err));
    assert_false(was_held);
}

/* ---- kill -9 ---- */

enum { KILLS = 6, KILL_JOBS = 400 };

/* This program again, as a server of its own that works on the jobs until it is killed. */
static void serve(const char *dir, const char *uri) {
    static struct hub_world h;
    snprintf(h.w.dir, sizeof h.w.dir, "%s", dir);
    snprintf(h.w.uri, sizeof h.w.uri, "%s", uri);
    arena_init(&h.w.arena, 512u << 20);
    pthread_mutex_init(&h.notes.mu, NULL);
    engine_actor_system(ACCESS_DOOR_REST, &h.w.actor);
    world_connect(&h.w, false);
    hub_new(&h);
    add_kind(&h, "create", run_create);
    start(&h);
    for (;;)
        pause();
}

static void kill_suite(enum store_engine engine) {
    static struct hub_world h;
    hub_open(&h, engine);
    for (int i = 0; i < KILL_JOBS; i++) {
        char payload[32];
        snprintf(payload, sizeof payload, "\"C%03d\"", i);
        (void)submit(&h, "create", payload);
    }
    event_hub_stop(h.hub, 0);
    world_disconnect(&h.w);
    event_hub_free(h.hub);
    for (int i = 0; i < KILLS; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            execl("/proc/self/exe", "job_test", h.w.dir, h.w.uri, (char *)NULL);
            _exit(127);
        }
        struct timespec pause = {.tv_nsec = 300000000 + i * 67000000};
        nanosleep(&pause, NULL);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    world_connect(&h.w, false);
    hub_new(&h);
    add_kind(&h, "create", run_create);
    start(&h);
    while (jobs_in(&h, EVENT_JOB_DONE) < KILL_JOBS && jobs_in(&h, EVENT_JOB_FAILED) == 0)
        settle(&h);
    assert_int_equal(jobs_in(&h, EVENT_JOB_FAILED), 0);
    assert_int_equal(customers(&h.w), KILL_JOBS);
    hub_close(&h);
}

static void test_kill_sqlite(void **state) {
    (void)state;
    kill_suite(STORE_SQLITE);
}
static void test_kill_postgres(void **state) {
    (void)state;
    kill_suite(STORE_POSTGRES);
}

HUB_ON_BOTH(test_runs_once)
HUB_ON_BOTH(test_failures)
HUB_ON_BOTH(test_commits_with_changeset)
HUB_ON_BOTH(test_lost_lease)
HUB_ON_BOTH(test_dedupe)
HUB_ON_BOTH(test_serial_queue)
HUB_ON_BOTH(test_cancel)
HUB_ON_BOTH(test_refused_new)
HUB_ON_BOTH(test_owner_goes)
HUB_ON_BOTH(test_outbound_held)
HUB_ON_BOTH(test_outbound_held_by_a_restore)

int main(int argc, char **argv) {
    if (argc == 3) serve(argv[1], argv[2]);
    const struct CMUnitTest tests[] = {BOTH(test_runs_once),
                                       BOTH(test_failures),
                                       BOTH(test_commits_with_changeset),
                                       BOTH(test_lost_lease),
                                       cmocka_unit_test(test_lease_is_held),
                                       BOTH(test_dedupe),
                                       BOTH(test_serial_queue),
                                       BOTH(test_cancel),
                                       BOTH(test_refused_new),
                                       BOTH(test_owner_goes),
                                       BOTH(test_outbound_held),
                                       BOTH(test_outbound_held_by_a_restore),
                                       BOTH(test_kill)};
    return cmocka_run_group_tests(tests, NULL, world_stop);
}
