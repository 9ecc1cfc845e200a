/* What is kept between runs: with the changeset or not at all, once in a period, no update lost
 * between threads, nothing kept by a dry run, each owner its own. */
#include "script/scripts.h"

#include "event/job.h"
#include "script/keep.h"

static void open_hub(struct scripts *s, const char *lua) {
    *s = (struct scripts){0};
    world_open(&s->w, scripts_engine);
    const struct event_options options = {.job_threads = 4, .poll_ms = 20};
    must(&s->w, event_hub_new(s->w.engine, &options, &s->hub, &s->w.err));
    scripts_load(s, lua);
    must(&s->w, event_hub_start(s->hub, &s->w.err));
}

static void close_hub(struct scripts *s) {
    event_hub_stop(s->hub, 5000);
    script_host_free(s->host);
    event_hub_free(s->hub);
    world_close(&s->w);
}

static void settle(struct scripts *s) {
    crm_status status;
    do
        status = event_hub_settle(s->hub, 60000, &s->w.err);
    while (status == CRM_TIMEOUT);
    must(&s->w, status);
}

static struct script_run_result run_as(struct scripts *s, const char *owner, const char *lua,
                                       bool dry) {
    struct script_run_result result;
    const struct script_run_options options = {.name = str_from(owner),
                                               .text = str_from(lua),
                                               .actor = &s->w.actor,
                                               .dry = dry,
                                               .deadline_ms = 10000};
    must(&s->w, script_run_text(s->host, &options, &s->w.arena, &result, &s->w.err));
    return result;
}

static void gives(struct scripts *s, const char *lua, const char *value) {
    struct script_run_result r = run_as(s, "one.lua", lua, false);
    if (!str_is(r.value, value))
        print_error("%s: %.*s %.*s\n", lua, STR_ARG(r.value), STR_ARG(r.message));
    assert_true(str_is(r.value, value));
}

static void test_values_are_kept(void **state) {
    (void)state;
    struct scripts s;
    scripts_open(&s, "");
    gives(&s, "return crm.kept('n')", "null");
    gives(&s, "crm.keep('n', { a = { 1, 'x', true } }) return crm.kept('n').a[2]", "\"x\"");
    gives(&s, "return crm.kept('n')", "{\"a\":[1,\"x\",true]}");
    gives(&s, "crm.keep('n', 5) crm.keep('n', 6) return crm.kept('n')", "6");
    gives(&s, "return crm.kept('n')", "6");
    assert_true(str_is(run_as(&s, "two.lua", "return crm.kept('n')", false).value, "null"));
    gives(&s, "crm.keep('n', nil) return crm.kept('n')", "null");
    gives(&s, "return crm.kept('n')", "null");
    gives(&s, "crm.keep('short', 1, 0) return crm.kept('short')", "1");
    gives(&s, "crm.try(function() crm.keep('t', 1) error('x') end) return crm.kept('t')", "null");
    struct script_run_result r = run_as(&s, "one.lua", "crm.keep('lost', 1) error('no')", false);
    assert_string_equal(r.outcome, "error");
    gives(&s, "return crm.kept('lost')", "null");
    r = run_as(&s, "one.lua", "crm.keep('dry', 1) return crm.once('d')", true);
    assert_true(str_is(r.value, "true"));
    assert_true(str_find(r.effects, STR("\"verb\":\"keep\"")) != SIZE_MAX);
    gives(&s, "return crm.kept('dry')", "null");
    gives(&s, "return crm.once('d')", "true");
    static const char *const wrong[] = {"crm.keep('', 1)",
                                        "crm.keep(('x'):rep(201), 1)",
                                        "crm.keep('big', ('x'):rep(70000))",
                                        "crm.keep('f', print)",
                                        "crm.keep('s', 1, -1)",
                                        "crm.once('o', 'century')",
                                        "for i = 1, 1001 do crm.keep('k' .. i, i) end"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        r = run_as(&s, "one.lua", wrong[i], false);
        if (strcmp(r.outcome, "error") != 0) print_error("%s: %s\n", wrong[i], r.outcome);
        assert_string_equal(r.outcome, "error");
    }
    scripts_close(&s);
}

static crm_status sweep(void *ctx, struct store_conn *writer, struct err *err) {
    (void)ctx;
    return script_keep_sweep(writer, err);
}

static void test_time_passes(void **state) {
    (void)state;
    struct scripts s;
    scripts_open(&s, "");
    gives(&s, "return crm.once('a', 'day')", "true");
    gives(&s, "return crm.once('a', 'year')", "true");
    gives(&s, "return crm.once('a')", "true");
    gives(&s, "return crm.once('a')", "false");
    gives(&s, "return crm.once('a', 'ever')", "false");
    gives(&s, "return crm.once('b', 'month') and not crm.once('b', 'month')", "true");
    gives(&s, "crm.keep('long', 1, 3600) crm.keep('ever', 2) return 0", "0");
    must(&s.w, engine_write(s.w.engine, sweep, NULL, &s.w.err));
    gives(&s, "return crm.kept('long') + crm.kept('ever')", "3");
    scripts_close(&s);
}

static void test_no_update_is_lost(void **state) {
    (void)state;
    struct scripts s;
    enum { MANY = 40 };
    open_hub(&s, "after('customer.created', function(event)\n"
                 "  local n = (crm.kept('n') or 0) + 1\n"
                 "  crm.keep('n', n)\n"
                 "  crm.create('visit', { subject = 'Number ' .. n })\n"
                 "  if crm.once('first') then crm.create('visit', { subject = 'First' }) end\n"
                 "end)\n"
                 "before('visit', function(visit) if visit.subject == 'bad' then crm.keep('x', 1) "
                 "end end)\n");
    struct world *w = &s.w;
    struct changeset *c = begin(w);
    for (int i = 0; i < MANY; i++)
        put(c, create(w, c, "customer"), "name", text("Acme"));
    must(w, commit(w, c));
    settle(&s);
    char subject[32];
    for (int i = 1; i <= MANY + 1; i++) {
        int64_t *ids;
        size_t count = 0;
        snprintf(subject, sizeof subject, "Number %d", i);
        if (i > MANY) snprintf(subject, sizeof subject, "First");
        const struct value named = text(subject);
        must(w, store_begin(w->reader, &w->err));
        must(w,
             store_record_find(w->reader, entity(w, "visit"), slot(entity(w, "visit"), "subject"),
                               &named, false, &w->arena, 100, &ids, &count, &w->err));
        store_rollback(w->reader);
        if (count != 1) print_error("%s: %zu\n", subject, count);
        assert_int_equal(count, 1);
    }
    assert_int_equal(one(w, RECORD_CREATE, "visit", 0, "subject", text("bad")), CRM_INVALID);
    close_hub(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_values_are_kept),
                                       cmocka_unit_test(test_time_passes),
                                       cmocka_unit_test(test_no_update_is_lost)};
    int failed = SCRIPTS_ON_BOTH(tests);
    return failed + SCRIPTS_IN_WORKERS(tests);
}
