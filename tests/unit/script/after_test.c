/* After-handlers and schedules: they run once as jobs, write one changeset with its cause, do not
 * hear of their own echo, and leave a row for each run. */
#include "script/scripts.h"

#include "event/job.h"

static void open_hub(struct scripts *s, const char *lua) {
    *s = (struct scripts){0};
    world_open(&s->w, scripts_engine);
    const struct event_options options = {.job_threads = 1, .poll_ms = 50};
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

static void settle(struct scripts *s) { must(&s->w, event_hub_settle(s->hub, 60000, &s->w.err)); }

struct runs {
    struct arena *arena;
    size_t count, ok;
    struct str script, cause, effects, error;
    int64_t changeset;
};

static bool each_run(void *ctx, const struct store_value *row) {
    struct runs *r = ctx;
    r->count++;
    r->ok += str_is(row[SYS_RUN_OUTCOME].bytes, "ok");
    r->script = arena_str(r->arena, row[SYS_RUN_SCRIPT].bytes);
    r->cause = arena_str(r->arena, row[SYS_RUN_CAUSE].bytes);
    r->effects = row[SYS_RUN_EFFECTS].type == STORE_TEXT
                     ? arena_str(r->arena, row[SYS_RUN_EFFECTS].bytes)
                     : STR_NONE;
    r->error = row[SYS_RUN_ERROR].type == STORE_TEXT ? arena_str(r->arena, row[SYS_RUN_ERROR].bytes)
                                                     : STR_NONE;
    if (row[SYS_RUN_CHANGESET].type == STORE_INT) r->changeset = row[SYS_RUN_CHANGESET].integer;
    return true;
}

static struct runs read_runs(struct world *w) {
    struct runs r = {.arena = &w->arena};
    const struct store_select select = {.table = sys_table(SYS_TABLE_RUN)};
    must(w, store_begin(w->reader, &w->err));
    must(w, store_each(w->reader, &select, each_run, &r, &w->err));
    store_rollback(w->reader);
    return r;
}

static size_t count_visits(struct world *w, const char *subject, int64_t *ret_id) {
    const struct value wanted = text(subject);
    int64_t *ids;
    size_t count = 0;
    must(w, store_begin(w->reader, &w->err));
    must(w, store_record_find(w->reader, entity(w, "visit"), slot(entity(w, "visit"), "subject"),
                              &wanted, false, &w->arena, 100, &ids, &count, &w->err));
    store_rollback(w->reader);
    if (ret_id && count) *ret_id = ids[0];
    return count;
}

static void test_a_handler_writes_once_with_its_cause(void **state) {
    (void)state;
    struct scripts s;
    open_hub(&s,
             "after('customer.created', { when = \"name ~= 'Quiet'\" }, function(event)\n"
             "  assert(event.name == 'customer.created' and event.verb == 'create' and "
             "event.before == nil)\n"
             "  assert(event.after.name == event.record.name and event.changed == event.changed)\n"
             "  local id = crm.create('visit', { subject = 'Call ' .. event.record.name,\n"
             "    customer = event.record, about = event.record })\n"
             "  crm.update(event.record, { staff = event.record.staff + 41, seen_at = crm.now(), "
             "revenue = { amount = 10.5, currency = 'EUR' },\n"
             "    emails = { { value = 'a@b.example', label = 'work', primary = true } }, marks = "
             "{ 'retail' } })\n"
             "end)");
    struct world *w = &s.w;
    int64_t customer = make(w, "customer", "name", "Acme");
    (void)make(w, "customer", "name", "Quiet");
    settle(&s);
    int64_t visit = 0;
    assert_int_equal(count_visits(w, "Call Acme", &visit), 1);
    assert_int_equal(count_visits(w, "Call Quiet", NULL), 0);
    assert_int_equal(field(w, "visit", visit, "customer").integer, customer);
    assert_int_equal(field(w, "visit", visit, "about").integer, customer);
    assert_int_equal(field(w, "visit", visit, "about").entity, entity(w, "customer")->id);
    assert_int_equal(field(w, "customer", customer, "staff").integer, 42);
    assert_int_equal(field(w, "customer", customer, "revenue").integer, 1050);
    struct store_item *emails;
    assert_int_equal(items(w, "customer", customer, "emails", &emails), 1);
    struct runs runs = read_runs(w);
    assert_int_equal(runs.count, 1);
    assert_int_equal(runs.ok, 1);
    assert_true(str_is(runs.script, "script t/t.lua/after customer.created/1"));
    assert_true(str_find(runs.effects, STR("\"verb\":\"create\"")) != SIZE_MAX);
    struct log_changeset log;
    must(w, store_begin(w->reader, &w->err));
    must(w, log_changeset_get(w->reader, runs.changeset, &w->arena, &log, &w->err));
    store_rollback(w->reader);
    assert_true(str_starts_with(log.cause, runs.script));
    assert_true(str_find(log.cause, STR(" on customer ")) != SIZE_MAX);
    assert_int_equal(log.door, ACCESS_DOOR_SCRIPT);
    assert_true(log.script_version.len > 0);
    close_hub(&s);
}

static void test_echoes_and_chains_end(void **state) {
    (void)state;
    struct scripts s;
    open_hub(
        &s,
        "after('customer.updated', function(event) crm.update(event.record, { staff = "
        "event.record.staff + 1 }) end)\n"
        "after('visit.created', function(event) crm.create('visit', { subject = 'chain' }) end)");
    struct world *w = &s.w;
    int64_t customer = make(w, "customer", "name", "Acme");
    must(w, one(w, RECORD_UPDATE, "customer", customer, "name", text("Acme 2")));
    settle(&s);
    assert_int_equal(field(w, "customer", customer, "staff").integer, 2);
    (void)make(w, "visit", "subject", "first");
    settle(&s);
    assert_int_equal(count_visits(w, "first", NULL), 1);
    assert_int_equal(count_visits(w, "chain", NULL), EVENT_DEPTH_MAX);
    close_hub(&s);
}

static void test_failures_write_nothing_and_are_told(void **state) {
    (void)state;
    struct scripts s;
    open_hub(&s, "after('customer.created', function(event)\n"
                 "  crm.create('visit', { subject = 'lost' })\n"
                 "  local fine = crm.try(function() crm.create('visit', { subject = 'taken back' "
                 "}) error('x') end)\n"
                 "  assert(not fine)\n"
                 "  if event.record.name == 'bug' then error('no') end\n"
                 "end)\n"
                 "after('visit.created', function(event) crm.update('visit', event.record.id, { "
                 "subject = crm.null }) end)");
    struct world *w = &s.w;
    (void)make(w, "customer", "name", "bug");
    settle(&s);
    assert_int_equal(count_visits(w, "lost", NULL), 0);
    struct runs runs = read_runs(w);
    assert_int_equal(runs.count, 1);
    assert_int_equal(runs.ok, 0);
    assert_true(str_starts_with(runs.error, STR("t.lua:5: ")));
    (void)make(w, "customer", "name", "fine");
    settle(&s);
    assert_int_equal(count_visits(w, "lost", NULL), 1);
    assert_int_equal(count_visits(w, "taken back", NULL), 0);
    runs = read_runs(w); /* the second handler broke the rule that a subject is required */
    assert_int_equal(runs.count, 3);
    assert_int_equal(runs.ok, 1);
    close_hub(&s);
}

static void test_emitted_events_reach_their_handlers(void **state) {
    (void)state;
    struct scripts s;
    open_hub(&s, "after('customer.created', function(event) crm.emit('papers.asked', { who = "
                 "event.record.name, n = 3 }) end)\n"
                 "after('papers.asked', function(event)\n"
                 "  assert(event.entity == nil and event.data.n == 3)\n"
                 "  crm.create('visit', { subject = 'Papers for ' .. event.data.who })\n"
                 "end)");
    struct world *w = &s.w;
    (void)make(w, "customer", "name", "Acme");
    settle(&s);
    assert_int_equal(count_visits(w, "Papers for Acme", NULL), 1);
    close_hub(&s);
}

static void test_images_hold_lists_and_values(void **state) {
    (void)state;
    struct scripts s;
    open_hub(
        &s, "after('customer.phones.changed', function(event)\n"
            "  if event.verb ~= 'update' then return end\n"
            "  assert(event.changed.phones and event.changed.name and not event.changed.staff)\n"
            "  assert(#event.before.phones == 0 and #event.after.phones == 1 and "
            "event.after.phones[1].label == 'work')\n"
            "  crm.create('visit', { subject = event.before.name .. ' to ' .. event.after.name })\n"
            "end)");
    struct world *w = &s.w;
    int64_t id = make(w, "customer", "name", "Old");
    struct changeset *c = begin(w);
    struct record_op *op = changeset_op(c, RECORD_UPDATE, entity(w, "customer"), id);
    const struct store_item phone = {.value = text("+15550100"), .label = STR("work")};
    put(c, op, "name", text("New"));
    assert_true(
        record_op_items(c, op, slot(op->entity, "phones"), RECORD_ITEMS_REPLACE, &phone, 1));
    must(w, commit(w, c));
    settle(&s);
    assert_int_equal(count_visits(w, "Old to New", NULL), 1);
    close_hub(&s);
}

static struct script_run_result run_text(struct scripts *s, const char *lua, bool dry) {
    struct world *w = &s->w;
    struct script_run_result result;
    const struct script_run_options options = {.name = STR("one.lua"),
                                               .text = str_from(lua),
                                               .actor = &w->actor,
                                               .dry = dry,
                                               .deadline_ms = strstr(lua, "memory") ? 10000 : 300,
                                               .memory_bytes = 32u << 20};
    must(w, script_run_text(s->host, &options, &w->arena, &result, &w->err));
    return result;
}

static void test_single_runs(void **state) {
    (void)state;
    struct scripts s;
    scripts_open(&s, "");
    struct world *w = &s.w;
    struct script_run_result r = run_text(
        &s, "crm.create('visit', { subject = 'by hand' }) return { 1, 2.5, 'x', { a = true } }",
        false);
    assert_string_equal(r.outcome, "ok");
    assert_true(str_is(r.value, "[1,2.5,\"x\",{\"a\":true}]"));
    assert_true(r.changeset != 0);
    assert_int_equal(count_visits(w, "by hand", NULL), 1);
    r = run_text(&s, "crm.create('visit', { subject = 'dry' }) return crm.query('visit'):count()",
                 true);
    assert_string_equal(r.outcome, "ok");
    assert_true(str_is(r.value, "1"));
    assert_true(str_find(r.effects, STR("\"subject\":\"dry\"")) != SIZE_MAX);
    assert_int_equal(count_visits(w, "dry", NULL), 0);
    r = run_text(&s, "crm.create('visit', {})", true);
    assert_string_equal(r.outcome, "error");
    static const struct {
        const char *lua, *outcome, *value;
    } cases[] = {
        {"return", "ok", "null"},
        {"return nil", "ok", "null"},
        {"return print", "ok", "\"function\""},
        {"local t = {} t.t = t return t", "ok", "{\"t\":\"table\"}"},
        {"return setmetatable({ 5 }, { __index = error, __pairs = error, __len = error })", "ok",
         "[5]"},
        {"return 'a\\xffb'", "ok",
         "\"a\xef\xbf\xbd"
         "b\""},
        {"return 0/0", "ok", "null"},
        {"return {}", "ok", "{}"},
        {"return { [1] = 1, [3] = 3 }", "ok", "{\"1\":1,\"3\":3}"},
        {"return 1 +", "error", "null"},
        {"error('x')", "error", "null"},
        {"while true do end", "time", "null"},
        {"local memory = {} for i = 1, 1e9 do memory[i] = 'x' .. i end", "memory", "null"},
        {"entity 'x' {}", "error", "null"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        r = run_text(&s, cases[i].lua, false);
        if (!str_is(r.value, cases[i].value))
            print_error("%s: %.*s %.*s\n", cases[i].lua, STR_ARG(r.value), STR_ARG(r.message));
        assert_string_equal(r.outcome, cases[i].outcome);
        assert_true(str_is(r.value, cases[i].value));
    }
    assert_true(read_runs(w).count > 10);
    scripts_close(&s);
}

static void test_actions(void **state) {
    (void)state;
    struct scripts s;
    scripts_open(
        &s, "action('customer', 'hire', { label = 'Hire' }, function(customers, form)\n"
            "  for _, c in ipairs(customers) do crm.update(c, { staff = c.staff + form.by }) end\n"
            "  return #customers\n"
            "end)");
    struct world *w = &s.w;
    const int64_t ids[] = {make(w, "customer", "name", "A"), make(w, "customer", "name", "B")};
    struct script_run_result r;
    const struct script_run_options options = {.actor = &w->actor};
    must(w, script_run_action(s.host, STR("customer"), STR("hire"), ids, 2, STR("{\"by\":4}"),
                              &options, &w->arena, &r, &w->err));
    assert_string_equal(r.outcome, "ok");
    assert_true(str_is(r.value, "2"));
    assert_int_equal(field(w, "customer", ids[1], "staff").integer, 5);
    assert_int_equal(script_run_action(s.host, STR("customer"), STR("fire"), ids, 2, STR("{}"),
                                       &options, &w->arena, &r, &w->err),
                     CRM_NOT_FOUND);
    scripts_close(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_handler_writes_once_with_its_cause),
        cmocka_unit_test(test_echoes_and_chains_end),
        cmocka_unit_test(test_failures_write_nothing_and_are_told),
        cmocka_unit_test(test_emitted_events_reach_their_handlers),
        cmocka_unit_test(test_images_hold_lists_and_values),
        cmocka_unit_test(test_single_runs),
        cmocka_unit_test(test_actions),
    };
    int failed = SCRIPTS_ON_BOTH(tests);
    return failed + SCRIPTS_IN_WORKERS(tests);
}
