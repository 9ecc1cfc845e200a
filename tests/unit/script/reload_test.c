/* Another version of an owner takes the place of the one in force between calls: what is written
 * meanwhile fails nowhere, and every event is handled once; one that does not load or fit changes
 * nothing. */
#include "script/scripts.h"

#include <pthread.h>
#include <stdatomic.h>

#include "event/job.h"
#include "event/schedule.h"

enum { SAVES = 150, TEXT_BYTES = 2048 };

static void open_hub(struct scripts *s, const char *lua) {
    *s = (struct scripts){0};
    world_open(&s->w, scripts_engine);
    const struct event_options options = {.job_threads = 1, .poll_ms = 20};
    must(&s->w, event_hub_new(s->w.engine, &options, &s->hub, &s->w.err));
    scripts_load(s, lua);
    must(&s->w, event_hub_start(s->hub, &s->w.err));
}

static void close_hub(struct scripts *s) {
    event_hub_stop(s->hub, 5000);
    script_host_free(s->host);
    event_hub_free(s->hub);
    world_close(&s->w);
    scripts_options = (struct script_host_options){.after_attempts = 1};
}

static void settle(struct scripts *s) { must(&s->w, event_hub_settle(s->hub, 60000, &s->w.err)); }

/* `lua` NULL: the owner goes. Uses nothing of the world, which another thread may be writing to. */
static crm_status reload(struct script_host *host, const char *lua, struct err *err) {
    const struct str owner = STR("t");
    const struct script_source own = {STR("t.lua"), str_from(lua ? lua : "")};
    struct schema_definitions *d = NULL;
    struct script_replacing r = {.owners = &owner, .owner_count = 1};
    crm_status status = schema_definitions_new(&d, err);
    if (status == CRM_OK) status = script_host_new(&(struct script_host_options){0}, &r.from, err);
    if (status == CRM_OK && lua)
        status = script_host_add(r.from, d, SCHEMA_LAYER_PLUGIN, owner, &own, 1, err);
    if (status == CRM_OK) status = script_host_replace(host, &r, err);
    script_host_free(r.from);
    schema_definitions_free(d);
    return status;
}

static void must_reload(struct scripts *s, const char *lua) {
    must(&s->w, reload(s->host, lua, &s->w.err));
}

static size_t count_visits(struct world *w, const char *subject) {
    const struct value wanted = text(subject);
    int64_t *ids;
    size_t count = 0;
    must(w, store_begin(w->reader, &w->err));
    must(w, store_record_find(w->reader, entity(w, "visit"), slot(entity(w, "visit"), "subject"),
                              &wanted, false, &w->arena, 1000, &ids, &count, &w->err));
    store_rollback(w->reader);
    return count;
}

struct listed {
    size_t count;
    char version[64];
    bool is_stopped;
};

static bool list_one(void *ctx, const struct script_handler_info *it) {
    struct listed *l = ctx;
    l->count++;
    l->is_stopped = it->is_stopped;
    snprintf(l->version, sizeof l->version, "%.*s", STR_ARG(it->version));
    return true;
}

static struct listed list(struct scripts *s) {
    struct listed l = {.count = 0};
    script_host_each(s->host, list_one, &l);
    return l;
}

static void test_a_version_takes_the_place_of_the_one_before(void **state) {
    (void)state;
    struct scripts s;
    open_hub(&s, "before('customer', function(c) c.staff = 1 end)\n"
                 "after('customer.created', function(e) crm.create('visit', { subject = 'one' }) "
                 "end)");
    struct world *w = &s.w;
    int64_t first = make(w, "customer", "name", "A");
    settle(&s);
    struct listed before = list(&s);
    must_reload(&s, "before('customer', function(c) c.staff = 2 end)\n"
                    "after('customer.created', function(e) crm.create('visit', { subject = 'two' "
                    "}) end)");
    int64_t second = make(w, "customer", "name", "B");
    settle(&s);
    assert_int_equal(field(w, "customer", first, "staff").integer, 1);
    assert_int_equal(field(w, "customer", second, "staff").integer, 2);
    assert_int_equal(count_visits(w, "one"), 1);
    assert_int_equal(count_visits(w, "two"), 1);
    struct listed after = list(&s);
    assert_int_equal(after.count, 2);
    assert_string_not_equal(before.version, after.version);
    struct script_source *sources = NULL;
    size_t count = 0;
    struct err err;
    assert_int_equal(script_host_sources(s.host, STR("t"), &w->arena, &sources, &count, &err),
                     CRM_OK);
    assert_int_equal(count, 1);
    assert_true(str_find(sources[0].text, STR("'two'")) != SIZE_MAX);
    assert_true(str_is(script_host_version(s.host, STR("t"), &w->arena), after.version));
    assert_int_equal(script_host_sources(s.host, STR("u"), &w->arena, &sources, &count, &err),
                     CRM_OK);
    assert_int_equal(count, 0);
    close_hub(&s);
}

static void test_one_that_does_not_load_or_fit_changes_nothing(void **state) {
    (void)state;
    static const char *const bad[] = {
        "before('customer', function(c) c.staff = 2 end",
        "error('no')",
        "before('customr', function(c) end)",
        "after('customer.created', { when = 'nme == 3' }, function(e) end)",
        "after('customer.hired.changed', function(e) end)",
        "schedule('61 * * * *', function() end)",
    };
    struct scripts s;
    open_hub(&s, "before('customer', function(c) c.staff = 1 end)\n"
                 "after('customer.created', function(e) crm.create('visit', { subject = 'one' }) "
                 "end)");
    struct world *w = &s.w;
    struct listed before = list(&s);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err err;
        assert_int_not_equal(reload(s.host, bad[i], &err), CRM_OK);
        assert_true(str_starts_with(str_from(err.where), STR("t.lua:1")));
    }
    int64_t id = make(w, "customer", "name", "A");
    settle(&s);
    assert_int_equal(field(w, "customer", id, "staff").integer, 1);
    assert_int_equal(count_visits(w, "one"), 1);
    struct listed after = list(&s);
    assert_int_equal(after.count, 2);
    assert_string_equal(before.version, after.version);
    close_hub(&s);
}

/* What was queued for a handler that has gone is told in words, and runs when it is back; what is
 * committed meanwhile is heard then, for it keeps its place. */
static void test_a_handler_that_goes_and_comes_back(void **state) {
    (void)state;
    static const char *const with =
        "after('customer.created', function(e) crm.create('visit', { subject = e.record.name }) "
        "end)";
    struct scripts s;
    scripts_options = (struct script_host_options){.after_attempts = 3, .after_pause_ms = 1};
    open_hub(&s, with);
    struct world *w = &s.w;
    (void)make(w, "customer", "name", "A");
    settle(&s);
    must_reload(&s, "after('visit.deleted', function(e) end)");
    (void)make(w, "customer", "name", "B");
    settle(&s);
    assert_int_equal(list(&s).count, 1);
    assert_int_equal(count_visits(w, "B"), 0);
    must_reload(&s, NULL);
    assert_int_equal(list(&s).count, 0);
    (void)make(w, "customer", "name", "C");
    settle(&s);
    must_reload(&s, with);
    (void)make(w, "customer", "name", "D");
    settle(&s);
    static const char *const names[] = {"A", "B", "C", "D"};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(count_visits(w, names[i]), 1);
    close_hub(&s);
}

struct told_job {
    struct world *w;
    struct str error;
    int64_t id;
};

static bool take_job(void *ctx, const struct event_job *job) {
    struct told_job *t = ctx;
    if (!str_is(job->kind, "script.after")) return true;
    t->id = job->id;
    t->error = arena_str(&t->w->arena, job->error);
    return true;
}

/* Until the job that waits for its next attempt tells of `what`. */
static int64_t wait_for(struct scripts *s, const char *what) {
    struct world *w = &s->w;
    struct told_job told = {.w = w};
    while (told.id == 0 || str_find(told.error, str_from(what)) == SIZE_MAX) {
        settle(s);
        must(w, store_begin(w->reader, &w->err));
        must(w, event_job_each(w->reader, EVENT_JOB_QUEUED, 100, take_job, &told, &w->err));
        store_rollback(w->reader);
    }
    return told.id;
}

static void test_a_queued_job_of_a_handler_that_has_gone_says_so(void **state) {
    (void)state;
    struct scripts s;
    scripts_options = (struct script_host_options){.after_attempts = 2, .after_pause_ms = 3600000};
    open_hub(&s, "after('customer.created', function(e) error('not yet') end)");
    struct world *w = &s.w;
    (void)make(w, "customer", "name", "A");
    int64_t job = wait_for(&s, "not yet");
    must_reload(&s, NULL);
    must(w, event_job_retry(s.hub, job, &w->err));
    assert_int_equal(wait_for(&s, "There is no handler script t/t.lua/after customer.created/1"),
                     job);
    must_reload(&s, "after('customer.created', function(e)\n"
                    "  crm.create('visit', { subject = e.record.name })\n"
                    "end)");
    must(w, event_job_retry(s.hub, job, &w->err));
    settle(&s);
    assert_int_equal(count_visits(w, "A"), 1);
    close_hub(&s);
}

static void test_schedules_go_on_and_a_stop_stays(void **state) {
    (void)state;
    static const char *const name = "script t/t.lua/schedule 0 9 * * */1";
    struct scripts s;
    open_hub(&s, "schedule('0 9 * * *', function() end)\n"
                 "before('customer', function(c) c.staff = 1 end)");
    struct world *w = &s.w;
    int64_t next = 0, again = 0, cancelled = 0;
    must(w, store_begin(w->reader, &w->err));
    must(w, event_schedule_next(w->reader, str_from(name), &next, &w->err));
    store_rollback(w->reader);
    must(w, script_host_stop(s.host, STR("t"), &cancelled, &w->err));
    must_reload(&s, "schedule('0 9 * * *', function() return 2 end)\n"
                    "before('customer', function(c) c.staff = 2 end)");
    must(w, store_begin(w->reader, &w->err));
    must(w, event_schedule_next(w->reader, str_from(name), &again, &w->err));
    store_rollback(w->reader);
    assert_int_equal(next, again);
    assert_true(list(&s).is_stopped);
    int64_t id = make(w, "customer", "name", "A");
    assert_int_not_equal(field(w, "customer", id, "staff").integer, 2);
    must(w, script_host_resume(s.host, STR("t"), &w->err));
    id = make(w, "customer", "name", "B");
    assert_int_equal(field(w, "customer", id, "staff").integer, 2);
    close_hub(&s);
}

/* ---- under load ---------------------------------------------------------------------------- */

struct saving {
    struct world *w;
    atomic_bool over;
};

static void *save(void *ctx) {
    struct saving *saving = ctx;
    char name[32];
    for (int i = 0; i < SAVES; i++) {
        snprintf(name, sizeof name, "N%d", i);
        (void)make(saving->w, "customer", "name", name); /* fails the test by itself */
    }
    atomic_store(&saving->over, true);
    return NULL;
}

static void version_text(char *out, int number) {
    snprintf(out, TEXT_BYTES,
             "before('customer', function(c) c.staff = %d end)\n"
             "after('customer.created', function(e)\n"
             "  crm.create('visit', { subject = e.record.name })\n"
             "end)\n"
             "schedule('0 %d * * *', function() end)",
             number + 1, number % 24);
}

/* As many as the saving takes: each save meets one whole version, each event is handled once. */
static void test_reloads_beside_saves_lose_and_double_nothing(void **state) {
    (void)state;
    struct scripts s;
    char lua[TEXT_BYTES], name[32];
    version_text(lua, 0);
    open_hub(&s, lua);
    struct saving saving = {.w = &s.w};
    pthread_t thread;
    struct err err;
    int reloads = 0;
    assert_int_equal(pthread_create(&thread, NULL, save, &saving), 0);
    while (!atomic_load(&saving.over) || reloads < 20) {
        version_text(lua, ++reloads);
        if (reload(s.host, lua, &err) != CRM_OK) fail_msg("reload %d: %s", reloads, err.text.code);
    }
    pthread_join(thread, NULL);
    settle(&s);
    for (int i = 0; i < SAVES; i++) {
        snprintf(name, sizeof name, "N%d", i);
        assert_int_equal(count_visits(&s.w, name), 1);
    }
    close_hub(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_version_takes_the_place_of_the_one_before),
        cmocka_unit_test(test_one_that_does_not_load_or_fit_changes_nothing),
        cmocka_unit_test(test_a_handler_that_goes_and_comes_back),
        cmocka_unit_test(test_a_queued_job_of_a_handler_that_has_gone_says_so),
        cmocka_unit_test(test_schedules_go_on_and_a_stop_stays),
        cmocka_unit_test(test_reloads_beside_saves_lose_and_double_nothing),
    };
    int failed = SCRIPTS_ON_BOTH(tests);
    return failed;
}
