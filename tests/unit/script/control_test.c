/* Runs that fail are tried again, shown, and resumed by hand; an owner is stopped with what it has
 * queued; a storm is slowed down; why a field changed leads to script, version and line; runs are
 * kept within bounds. */
#include "script/scripts.h"

#include "event/job.h"
#include "script/runs.h"

static void open_hub(struct scripts *s, const char *lua) {
    *s = (struct scripts){0};
    world_open(&s->w, scripts_engine);
    const struct event_options options = {.job_threads = 1, .poll_ms = 20};
    must(&s->w, event_hub_new(s->w.engine, &options, &s->hub, &s->w.err));
    scripts_load(s, lua);
}

static void start(struct scripts *s) { must(&s->w, event_hub_start(s->hub, &s->w.err)); }

static void close_hub(struct scripts *s) {
    event_hub_stop(s->hub, 5000);
    script_host_free(s->host);
    event_hub_free(s->hub);
    world_close(&s->w);
    scripts_options = (struct script_host_options){.after_attempts = 1};
}

static void settle(struct scripts *s) { must(&s->w, event_hub_settle(s->hub, 60000, &s->w.err)); }

static json_t *runs_of(struct scripts *s, struct script_runs_wanted wanted) {
    struct buf text;
    struct json_writer out;
    json_t *tree;
    buf_init(&text, 1 << 20);
    json_writer_init(&out, &text);
    if (!wanted.limit) wanted.limit = 100;
    must(&s->w, store_begin(s->w.reader, &s->w.err));
    must(&s->w, script_runs_json(s->w.reader, &wanted, &out, &s->w.err));
    store_rollback(s->w.reader);
    must(&s->w, json_parse(buf_str(&text), NULL, &tree, &s->w.err));
    buf_fini(&text);
    return tree;
}

static size_t count_runs(struct scripts *s, const char *outcome) {
    json_t *tree = runs_of(s, (struct script_runs_wanted){.outcome = str_from(outcome)});
    size_t count = json_array_size(json_object_get(tree, "records"));
    json_decref(tree);
    return count;
}

struct found {
    enum event_job_state state;
    int64_t id;
    size_t count;
};

static bool take_job(void *ctx, const struct event_job *job) {
    struct found *f = ctx;
    if (!str_is(job->kind, "script.after")) return true;
    f->id = job->id;
    f->count++;
    return true;
}

static size_t jobs_in(struct scripts *s, enum event_job_state state, int64_t *ret_id) {
    struct found f = {.state = state};
    must(&s->w, store_begin(s->w.reader, &s->w.err));
    must(&s->w, event_job_each(s->w.reader, state, 100000, take_job, &f, &s->w.err));
    store_rollback(s->w.reader);
    if (ret_id) *ret_id = f.id;
    return f.count;
}

/* Until so many jobs stand there; the hub's own pauses decide when. */
static void wait_for(struct scripts *s, enum event_job_state state, size_t count) {
    while (jobs_in(s, state, NULL) < count)
        settle(s);
}

static void test_failures_are_tried_again_shown_and_resumed(void **state) {
    (void)state;
    struct scripts s;
    scripts_options =
        (struct script_host_options){.after_attempts = 3, .after_pause_ms = 1, .storm_runs = 0};
    open_hub(&s, "after('customer.created', function(event)\n"
                 "  if crm.query('visit'):count() == 0 then error('not yet') end\n"
                 "  crm.update(event.record, { staff = 7 })\n"
                 "end)");
    start(&s);
    struct world *w = &s.w;
    int64_t customer = make(w, "customer", "name", "Acme"), job = 0;
    wait_for(&s, EVENT_JOB_FAILED, 1);
    assert_int_equal(count_runs(&s, "error"), 3);
    assert_int_equal(count_runs(&s, "ok"), 0);
    assert_int_equal(jobs_in(&s, EVENT_JOB_FAILED, &job), 1);
    json_t *tree = runs_of(&s, (struct script_runs_wanted){.script = STR("t")});
    const json_t *run = json_array_get(json_object_get(tree, "records"), 0);
    int64_t id = 0, of = 0;
    assert_true(str_to_int64(json_str(json_object_get(run, "id")), &id));
    assert_true(str_find(json_str(json_object_get(run, "message")), STR("t.lua:2")) != SIZE_MAX);
    assert_true(json_integer_value(json_object_get(run, "calls")) > 0);
    must(w, store_begin(w->reader, &w->err));
    must(w, script_run_job(w->reader, id, &w->arena, &of, &w->err));
    store_rollback(w->reader);
    assert_int_equal(of, job);
    json_decref(tree);
    (void)make(w, "visit", "subject", "now");
    must(w, event_job_retry(s.hub, job, &w->err));
    wait_for(&s, EVENT_JOB_DONE, 1);
    assert_int_equal(field(w, "customer", customer, "staff").integer, 7);
    assert_int_equal(count_runs(&s, "ok"), 1);
    close_hub(&s);
}

static void test_one_that_waits_for_its_next_attempt_is_resumed_at_once(void **state) {
    (void)state;
    struct scripts s;
    scripts_options = (struct script_host_options){.after_attempts = 3, .after_pause_ms = 3600000};
    open_hub(&s, "after('customer.created', function(event)\n"
                 "  if crm.query('visit'):count() == 0 then error('not yet') end\n"
                 "  crm.update(event.record, { staff = 7 })\n"
                 "end)");
    start(&s);
    struct world *w = &s.w;
    int64_t customer = make(w, "customer", "name", "Acme"), job = 0;
    while (count_runs(&s, "error") < 1 || jobs_in(&s, EVENT_JOB_QUEUED, &job) < 1)
        settle(&s);
    (void)make(w, "visit", "subject", "now");
    must(w, event_job_retry(s.hub, job, &w->err));
    wait_for(&s, EVENT_JOB_DONE, 1);
    assert_int_equal(field(w, "customer", customer, "staff").integer, 7);
    assert_int_equal(event_job_retry(s.hub, job, &w->err), CRM_CONFLICT);
    close_hub(&s);
}

static void test_stopping_kills_what_is_queued(void **state) {
    (void)state;
    struct scripts s;
    open_hub(&s, "before('customer', function(c) c.staff = 5 end)\n"
                 "after('customer.created', function(event) crm.emit('more.work', {}) end)\n"
                 "after('more.work', function() crm.create('visit', { subject = 'v' }) end)");
    struct world *w = &s.w;
    int64_t cancelled = 0;
    start(&s);
    int64_t first = make(w, "customer", "name", "A");
    settle(&s);
    assert_int_equal(field(w, "customer", first, "staff").integer, 5);
    size_t done = jobs_in(&s, EVENT_JOB_DONE, NULL);
    assert_int_equal(done, 2);
    must(w, script_host_stop(s.host, STR("t"), &cancelled, &w->err));
    for (int i = 0; i < 5; i++)
        (void)make(w, "customer", "name", "B");
    wait_for(&s, EVENT_JOB_CANCELLED, 5);
    assert_int_equal(jobs_in(&s, EVENT_JOB_DONE, NULL), done);
    assert_int_not_equal(field(w, "customer", make(w, "customer", "name", "C"), "staff").integer,
                         5);
    assert_int_equal(script_host_stop(s.host, STR("nobody"), &cancelled, &w->err), CRM_NOT_FOUND);
    wait_for(&s, EVENT_JOB_CANCELLED, 6);
    must(w, script_host_resume(s.host, STR("t"), &w->err));
    int64_t last = make(w, "customer", "name", "D");
    wait_for(&s, EVENT_JOB_DONE, done + 2);
    assert_int_equal(field(w, "customer", last, "staff").integer, 5);
    close_hub(&s);
}

/* Jobs that wait in the queue go at once, before any of them ran. */
static crm_status enqueue(void *ctx, struct store_conn *writer, struct err *err) {
    const struct event_job_new job = {
        .kind = STR("script.after"),
        .payload = STR("{\"event\":\"more.work\",\"subscriber\":\"script t/t.lua/after "
                       "more.work/1\",\"data\":null}")};
    const struct event_job_new other = {
        .kind = STR("script.after"),
        .payload = STR("{\"event\":\"x\",\"subscriber\":\"script tt/t.lua/after x/1\"}")};
    crm_status status = CRM_OK;
    for (int i = 0; status == CRM_OK && i < 7; i++)
        status = event_job_enqueue(ctx, writer, &job, NULL, err);
    return status == CRM_OK ? event_job_enqueue(ctx, writer, &other, NULL, err) : status;
}

static void test_the_queue_is_emptied_of_one_owner_only(void **state) {
    (void)state;
    struct scripts s;
    open_hub(&s, "after('more.work', function() crm.create('visit', { subject = 'v' }) end)");
    struct world *w = &s.w;
    int64_t cancelled = 0;
    must(w, engine_write(w->engine, enqueue, s.hub, &w->err));
    must(w, script_host_stop(s.host, STR("t"), &cancelled, &w->err));
    assert_int_equal(cancelled, 7);
    assert_int_equal(jobs_in(&s, EVENT_JOB_QUEUED, NULL), 1);
    close_hub(&s);
}

static const char storms[] =
    "after('customer.created', function(event) crm.update(event.record, { staff = 1 }) end)";

/* The pace is an hour: what runs beyond the burst would be seen, however slow the machine is. */
static void test_a_storm_is_slowed(void **state) {
    (void)state;
    struct scripts s;
    scripts_options = (struct script_host_options){
        .after_attempts = 1, .storm_runs = 3, .storm_pause_ms = 3600000};
    open_hub(&s, storms);
    for (int i = 0; i < 12; i++)
        (void)make(&s.w, "customer", "name", "storm");
    start(&s);
    wait_for(&s, EVENT_JOB_DONE, 3);
    settle(&s);
    assert_int_equal(count_runs(&s, "ok"), 3);
    assert_int_equal(jobs_in(&s, EVENT_JOB_DONE, NULL), 3);
    assert_int_equal(jobs_in(&s, EVENT_JOB_QUEUED, NULL), 9); /* put off, none lost */
    close_hub(&s);
}

static void test_what_was_put_off_runs(void **state) {
    (void)state;
    struct scripts s;
    scripts_options =
        (struct script_host_options){.after_attempts = 1, .storm_runs = 3, .storm_pause_ms = 30};
    open_hub(&s, storms);
    for (int i = 0; i < 12; i++)
        (void)make(&s.w, "customer", "name", "storm");
    start(&s);
    wait_for(&s, EVENT_JOB_DONE, 12);
    assert_int_equal(count_runs(&s, "ok"), 12);
    close_hub(&s);
}

static json_t *why(struct scripts *s, const char *entity_name, int64_t id, const char *name) {
    struct world *w = &s->w;
    struct access access;
    struct record_view view;
    struct buf text;
    struct json_writer out;
    json_t *tree;
    buf_init(&text, 1 << 20);
    json_writer_init(&out, &text);
    access_init(&access, w->schema, &w->actor);
    must(w, record_view_init(&view, w->engine, w->reader, &access, &w->arena, &w->err));
    must(w, script_why_json(&view, entity(w, entity_name), id, str_from(name), 0, &out, &w->err));
    record_view_fini(&view);
    must(w, json_parse(buf_str(&text), NULL, &tree, &w->err));
    buf_fini(&text);
    return tree;
}

static void test_why_leads_to_the_line(void **state) {
    (void)state;
    struct scripts s;
    open_hub(&s, "before('visit', function(v)\n"
                 "  if v.subject == 'x' then v.subject = 'y' end\n"
                 "end)\n"
                 "after('customer.created', function(event)\n"
                 "  crm.update(event.record, { name = 'Renamed' })\n"
                 "  crm.update(event.record, { staff = 3 })\n"
                 "end)");
    struct world *w = &s.w;
    start(&s);
    int64_t customer = make(w, "customer", "name", "Acme"),
            visit = make(w, "visit", "subject", "x");
    settle(&s);
    json_t *tree = why(&s, "customer", customer, "staff");
    const json_t *changes = json_object_get(tree, "changes");
    const json_t *script = json_object_get(json_array_get(changes, 0), "script");
    assert_true(str_is(json_str(json_object_get(script, "file")), "t.lua"));
    assert_int_equal(json_integer_value(json_object_get(script, "line")), 6);
    assert_true(str_is(json_str(json_object_get(script, "name")),
                       "script t/t.lua/after customer.created/1"));
    assert_int_equal(json_str(json_object_get(script, "version")).len, 12);
    assert_true(json_is_string(json_object_get(script, "run")));
    assert_true(json_object_get(json_object_get(json_array_get(changes, 0), "fields"), "staff"));
    assert_null(json_object_get(json_object_get(json_array_get(changes, 0), "fields"), "name"));
    assert_true(json_is_null(json_object_get(json_array_get(changes, 1), "script")));
    json_decref(tree);
    tree = why(&s, "visit", visit, "subject");
    script = json_object_get(json_array_get(json_object_get(tree, "changes"), 0), "script");
    assert_int_equal(json_integer_value(json_object_get(script, "line")), 1);
    assert_true(json_is_null(json_object_get(script, "run")));
    json_decref(tree);
    close_hub(&s);
}

static void test_runs_are_kept_within_bounds(void **state) {
    (void)state;
    struct scripts s;
    open_hub(&s, "after('customer.created', function() end)");
    struct world *w = &s.w;
    start(&s);
    for (int i = 0; i < 9; i++)
        (void)make(w, "customer", "name", "n");
    settle(&s);
    assert_int_equal(count_runs(&s, "ok"), 9);
    must(w, script_runs_sweep(w->engine, 4, 3600000, &w->err));
    assert_int_equal(count_runs(&s, "ok"), 4);
    json_t *tree = runs_of(&s, (struct script_runs_wanted){.limit = 3, .script = STR("t")});
    int64_t next = 0;
    assert_int_equal(json_array_size(json_object_get(tree, "records")), 3);
    assert_true(str_to_int64(json_str(json_object_get(tree, "next")), &next));
    json_decref(tree);
    tree = runs_of(&s, (struct script_runs_wanted){.limit = 3, .before = next});
    assert_int_equal(json_array_size(json_object_get(tree, "records")), 1);
    assert_true(json_is_null(json_object_get(tree, "next")));
    json_decref(tree);
    must(w, script_runs_sweep(w->engine, 4, -1000, &w->err));
    assert_int_equal(count_runs(&s, "ok"), 0);
    close_hub(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failures_are_tried_again_shown_and_resumed),
        cmocka_unit_test(test_one_that_waits_for_its_next_attempt_is_resumed_at_once),
        cmocka_unit_test(test_stopping_kills_what_is_queued),
        cmocka_unit_test(test_the_queue_is_emptied_of_one_owner_only),
        cmocka_unit_test(test_a_storm_is_slowed),
        cmocka_unit_test(test_what_was_put_off_runs),
        cmocka_unit_test(test_why_leads_to_the_line),
        cmocka_unit_test(test_runs_are_kept_within_bounds),
    };
    return SCRIPTS_ON_BOTH(tests);
}
