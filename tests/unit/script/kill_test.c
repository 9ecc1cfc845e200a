/* A script that is killed twice within ten minutes is switched off: after a restart too, not by
 * errors of its own, and with a new count once somebody has started it again. */
#include "script/scripts.h"

static void open_killed(struct scripts *s, const char *lua) {
    *s = (struct scripts){0};
    scripts_options = (struct script_host_options){.after_attempts = 1, .after_ms = 40};
    world_open(&s->w, scripts_engine);
    const struct event_options options = {.job_threads = 1, .poll_ms = 20};
    must(&s->w, event_hub_new(s->w.engine, &options, &s->hub, &s->w.err));
    scripts_load(s, lua);
    must(&s->w, event_hub_start(s->hub, &s->w.err));
}

static void close_killed(struct scripts *s) {
    event_hub_stop(s->hub, 5000);
    script_host_free(s->host);
    event_hub_free(s->hub);
    world_close(&s->w);
}

static crm_status save(struct world *w, const char *name) {
    return one(w, RECORD_CREATE, "customer", 0, "name", text(name));
}

static crm_status nothing(void *ctx, struct store_conn *writer, struct err *err) {
    (void)ctx, (void)writer, (void)err;
    return CRM_OK;
}
/* What before-handlers have left for the writer is written. */
static void settle(struct scripts *s) {
    must(&s->w, engine_write(s->w.engine, nothing, NULL, &s->w.err));
    if (s->hub) must(&s->w, event_hub_settle(s->hub, 60000, &s->w.err));
}
static bool is_off(struct scripts *s) {
    settle(s);
    return script_host_is_stopped(s->host, STR("t"));
}

static const char before_loops[] = "before('customer', function(c)\n"
                                   "  if c.name == 'loop' then while true do end end\n"
                                   "  if c.name == 'bug' then error('no') end\n"
                                   "  c.staff = 7\n"
                                   "end)";

static void test_two_kills_switch_it_off_and_errors_do_not(void **state) {
    (void)state;
    struct scripts s;
    struct script_stop *stops = NULL;
    size_t count = 0;
    open_killed(&s, before_loops);
    struct world *w = &s.w;
    for (int i = 0; i < 3; i++)
        assert_int_equal(save(w, "bug"), CRM_REFUSED);
    assert_false(is_off(&s));
    assert_int_equal(save(w, "loop"), CRM_TIMEOUT);
    assert_false(is_off(&s));
    assert_int_equal(save(w, "loop"), CRM_TIMEOUT);
    assert_true(is_off(&s));
    assert_int_equal(save(w, "loop"), CRM_OK);
    must(w, store_begin(w->reader, &w->err));
    must(w, script_stops_read(w->reader, &w->arena, &stops, &count, &w->err));
    store_rollback(w->reader);
    assert_int_equal(count, 1);
    assert_true(str_is(stops[0].owner, "t") && str_is(stops[0].outcome, "time"));
    assert_true(str_is(stops[0].handler, "script t/before customer"));
    assert_true(stops[0].run != 0 && stops[0].at_ms != 0 && stops[0].version.len == 12);
    close_killed(&s);
}

static void test_a_restart_remembers_and_a_start_by_hand_counts_anew(void **state) {
    (void)state;
    struct scripts s;
    int64_t cancelled = 0;
    scripts_open(&s, before_loops);
    struct world *w = &s.w;
    assert_int_equal(save(w, "loop"), CRM_TIMEOUT);
    settle(&s);
    script_host_free(s.host);
    scripts_load(&s, before_loops);
    assert_int_equal(save(w, "loop"), CRM_TIMEOUT);
    assert_true(is_off(&s));
    script_host_free(s.host);
    scripts_load(&s, before_loops);
    assert_true(script_host_is_stopped(s.host, STR("t")));
    must(w, script_host_resume(s.host, STR("t"), &w->err));
    assert_int_equal(save(w, "loop"), CRM_TIMEOUT);
    assert_false(is_off(&s));
    must(w, script_host_stop(s.host, STR("t"), &cancelled, &w->err)); /* by hand, and on again */
    must(w, script_host_resume(s.host, STR("t"), &w->err));
    assert_int_equal(save(w, "loop"), CRM_TIMEOUT);
    assert_false(is_off(&s));
    assert_int_equal(save(w, "loop"), CRM_TIMEOUT);
    assert_true(is_off(&s));
    scripts_close(&s);
}

static void test_another_version_counts_anew(void **state) {
    (void)state;
    struct scripts s;
    scripts_open(&s, before_loops);
    struct world *w = &s.w;
    assert_int_equal(save(w, "loop"), CRM_TIMEOUT);
    settle(&s);
    script_host_free(s.host);
    scripts_load(&s, "before('customer', function(c)\n"
                     "  if c.name == 'loop' then repeat until false end\n"
                     "end)");
    assert_int_equal(save(w, "loop"), CRM_TIMEOUT);
    assert_false(is_off(&s));
    assert_int_equal(save(w, "loop"), CRM_TIMEOUT);
    assert_true(is_off(&s));
    scripts_close(&s);
}

static void test_after_handlers_count_by_run(void **state) {
    (void)state;
    struct scripts s;
    open_killed(&s, "after('customer.created', function() while true do end end)\n"
                    "after('visit.created', function(event) crm.update(event.record, { subject = "
                    "'seen' }) end)");
    struct world *w = &s.w;
    (void)make(w, "customer", "name", "one");
    assert_false(is_off(&s));
    (void)make(w, "customer", "name", "two");
    assert_true(is_off(&s));
    int64_t visit = make(w, "visit", "subject", "x");
    settle(&s);
    assert_text(field(w, "visit", visit, "subject"), "x");
    close_killed(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_kills_switch_it_off_and_errors_do_not),
        cmocka_unit_test(test_a_restart_remembers_and_a_start_by_hand_counts_anew),
        cmocka_unit_test(test_another_version_counts_anew),
        cmocka_unit_test(test_after_handlers_count_by_run),
    };
    return SCRIPTS_ON_BOTH(tests);
}
