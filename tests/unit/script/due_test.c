/* Schedules by a field: each record once for each moment - after a restart, after missed days, over
 * pages, moved dates - and which day counts for months, years and times. */
#include "script/scripts.h"

#include "event/job.h"
#include "event/schedule.h"
#include "script/due_find.h"

#define HANDLER "script t/t.lua/schedule customer.founded_on/1"
#define EACH                                                                                       \
    "function(customer, day)\n"                                                                    \
    "  crm.create('visit', { subject = customer.name .. ' ' .. day, customer = customer })\n"      \
    "end)"

static void open_hub(struct scripts *s, const char *lua) {
    *s = (struct scripts){0};
    world_open(&s->w, scripts_engine);
    const struct event_options options = {.job_threads = 2, .poll_ms = 20};
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

static int64_t today(void) { return clock_now_ms() / MS_PER_DAY; } /* the company's zone is UTC */

static int64_t customer_on(struct world *w, const char *name, const char *of, struct value when) {
    struct changeset *c = begin(w);
    struct record_op *op = create(w, c, "customer");
    put(c, op, "name", text(name));
    put(c, op, of, when);
    must(w, commit(w, c));
    return w->result.outcomes[0].id;
}

struct mark {
    const char *handler;
    int64_t covered;
};

static crm_status mark_write(void *ctx, struct store_conn *writer, struct err *err) {
    const struct mark *m = ctx;
    char key[200], value[24];
    snprintf(key, sizeof key, "due/%s", m->handler);
    snprintf(value, sizeof value, "%lld", (long long)m->covered);
    const struct store_value row[SYS_STATE_COUNT] = {[SYS_STATE_OWNER] = store_text(STR("script")),
                                                     [SYS_STATE_KEY] = store_text(str_from(key)),
                                                     [SYS_STATE_VALUE] =
                                                         store_text(str_from(value)),
                                                     [SYS_STATE_EXPIRES_AT] = STORE_NIL};
    const struct store_condition where[] = {{SYS_STATE_OWNER, STORE_EQ, row[SYS_STATE_OWNER]},
                                            {SYS_STATE_KEY, STORE_EQ, row[SYS_STATE_KEY]}};
    crm_status status = store_delete(writer, sys_table(SYS_TABLE_STATE), where, 2, NULL, err);
    return status == CRM_OK ? store_insert(writer, sys_table(SYS_TABLE_STATE), row, err) : status;
}

/* As if everything up to there had been looked at. */
static void looked_until(struct scripts *s, const char *handler, int64_t covered) {
    struct mark m = {handler, covered};
    must(&s->w, engine_write(s->w.engine, mark_write, &m, &s->w.err));
}

/* As slowly as the machine may be. */
static void settle(struct scripts *s) {
    crm_status status;
    do
        status = event_hub_settle(s->hub, 60000, &s->w.err);
    while (status == CRM_TIMEOUT);
    must(&s->w, status);
}

/* What the hub does when the schedule's time has come. */
static void look(struct scripts *s, const char *handler) {
    char payload[200];
    snprintf(payload, sizeof payload, "{\"handler\":\"%s\"}", handler);
    const struct event_job_new job = {.kind = STR("script.due"), .payload = str_from(payload)};
    int64_t id = 0;
    struct event_job it;
    must(&s->w, event_job_submit(s->hub, &job, &id, &s->w.err));
    do {
        settle(s);
        must(&s->w, store_begin(s->w.reader, &s->w.err));
        must(&s->w, event_job_get(s->w.reader, id, &s->w.arena, &it, &s->w.err));
        store_rollback(s->w.reader);
    } while (it.state == EVENT_JOB_QUEUED || it.state == EVENT_JOB_RUNNING);
    if (it.state != EVENT_JOB_DONE) print_error("%.*s\n", STR_ARG(it.error));
    assert_int_equal(it.state, EVENT_JOB_DONE);
    settle(s);
}

static size_t visits_of(struct world *w, int64_t customer) {
    const struct value wanted = value_id(customer);
    int64_t *ids;
    size_t count = 0;
    must(w, store_begin(w->reader, &w->err));
    must(w, store_record_find(w->reader, entity(w, "visit"), slot(entity(w, "visit"), "customer"),
                              &wanted, false, &w->arena, 100, &ids, &count, &w->err));
    store_rollback(w->reader);
    return count;
}

static void test_each_record_comes_once(void **state) {
    (void)state;
    struct scripts s;
    int64_t day = today();
    open_hub(&s, "schedule('customer.founded_on', { before = '3 days', at = '00:00', when = \"name "
                 "~= 'Quiet'\" }, " EACH);
    struct world *w = &s.w;
    int64_t next = 0;
    must(w, event_schedule_next(w->reader, STR(HANDLER), &next, &w->err));
    assert_int_equal(next % MS_PER_DAY, 0);
    looked_until(&s, HANDLER, day - 1);
    int64_t due = customer_on(w, "Due", "founded_on", value_date(day + 3));
    int64_t quiet = customer_on(w, "Quiet", "founded_on", value_date(day + 3));
    int64_t past = customer_on(w, "Past", "founded_on", value_date(day + 2));
    int64_t later = customer_on(w, "Later", "founded_on", value_date(day + 9));
    look(&s, HANDLER);
    look(&s, HANDLER);
    assert_int_equal(visits_of(w, due), 1);
    assert_int_equal(visits_of(w, quiet), 0);
    assert_int_equal(visits_of(w, past), 0);
    assert_int_equal(visits_of(w, later), 0);
    close_hub(&s);
}

static void test_missed_days_are_made_up_for_and_a_moved_date_comes_again(void **state) {
    (void)state;
    struct scripts s;
    int64_t day = today(), ids[6];
    open_hub(&s, "schedule('customer.founded_on', { at = '00:00' }, " EACH);
    struct world *w = &s.w;
    looked_until(&s, HANDLER, day - 5);
    for (int i = 0; i < 6; i++)
        ids[i] = customer_on(w, "Acme", "founded_on", value_date(day - i));
    look(&s, HANDLER);
    for (int i = 0; i < 5; i++)
        assert_int_equal(visits_of(w, ids[i]), 1);
    assert_int_equal(visits_of(w, ids[5]), 0); /* that day was over already */
    looked_until(&s, HANDLER, day - 1);
    must(w, one(w, RECORD_UPDATE, "customer", ids[4], "founded_on", value_date(day)));
    look(&s, HANDLER);
    assert_int_equal(visits_of(w, ids[4]), 2);
    assert_int_equal(visits_of(w, ids[3]), 1);
    close_hub(&s);
}

static void test_a_new_one_starts_with_its_first_day(void **state) {
    (void)state;
    struct scripts s;
    int64_t day = today(), ids[4];
    open_hub(&s, "schedule('customer.founded_on', { at = '00:00' }, " EACH);
    for (int i = 0; i < 4; i++) /* whichever of the two days it is by now, one is the first */
        ids[i] = customer_on(&s.w, "Acme", "founded_on", value_date(day - 2 + i));
    look(&s, HANDLER);
    assert_int_equal(visits_of(&s.w, ids[0]) + visits_of(&s.w, ids[1]), 0);
    assert_int_equal(visits_of(&s.w, ids[2]) + visits_of(&s.w, ids[3]), 1);
    close_hub(&s);
}

static void test_a_day_with_many_comes_whole(void **state) {
    (void)state;
    struct scripts s;
    enum { MANY = 210 }; /* more than a page */
    int64_t day = today();
    open_hub(&s, "schedule('customer.founded_on', { at = '00:00' }, " EACH);
    struct world *w = &s.w;
    looked_until(&s, HANDLER, day - 1);
    struct changeset *c = begin(w);
    for (int i = 0; i < MANY; i++) {
        struct record_op *op = create(w, c, "customer");
        put(c, op, "name", text("One of many"));
        put(c, op, "founded_on", value_date(day));
    }
    must(w, commit(w, c));
    look(&s, HANDLER);
    struct access system;
    access_init(&system, w->schema, &w->actor);
    const struct store_query q = {.access = &system,
                                  .from = entity(w, "visit"),
                                  .action = SCHEMA_ACTION_READ,
                                  .now_ms = clock_now_ms()};
    int64_t count = 0;
    bool exact;
    must(w, store_begin(w->reader, &w->err));
    must(w, store_count_run(w->reader, &q, STORE_COUNT_EXACT, &count, &exact, &w->err));
    store_rollback(w->reader);
    assert_int_equal(count, MANY);
    close_hub(&s);
}

static void test_a_time_comes_by_the_minute(void **state) {
    (void)state;
    struct scripts s;
    const char *handler = "script t/t.lua/schedule customer.seen_at/1";
    open_hub(&s, "schedule('customer.seen_at', { after = '2 hours' }, function(customer, at)\n"
                 "  assert(math.type(at) == 'integer')\n"
                 "  crm.create('visit', { subject = 'Seen', customer = customer })\n"
                 "end)");
    struct world *w = &s.w;
    int64_t now = clock_now_ms(), hours = 2 * 3600 * 1000;
    looked_until(&s, handler, now - 60000);
    int64_t due = customer_on(w, "Due", "seen_at", value_time(now - hours - 1));
    int64_t old = customer_on(w, "Old", "seen_at", value_time(now - hours - 60000));
    int64_t later = customer_on(w, "Later", "seen_at", value_time(now + hours));
    look(&s, handler);
    look(&s, handler);
    assert_int_equal(visits_of(w, due), 1);
    assert_int_equal(visits_of(w, old), 0);
    assert_int_equal(visits_of(w, later), 0);
    close_hub(&s);
}

/* ---- days, months, years ----------------------------------------------------------------------
 */

static size_t found_on(struct world *w, struct script_due due, const char *of, int64_t day) {
    struct access system;
    struct actor actor;
    struct store_page page = {0};
    engine_actor_system(ACCESS_DOOR_JOB, &actor);
    access_init(&system, w->schema, &actor);
    due.by_field = true;
    const struct script_due_query q = {
        .due = due,
        .field = script_due_field(&w->arena, entity(w, "customer"), str_from(of), &due),
        .entity = entity(w, "customer"),
        .access = &system,
        .limit = 100};
    const struct script_due_step step = {.from = day - 1, .to = day};
    must(w, store_begin(w->reader, &w->err));
    must(w, script_due_page(w->reader, &q, &step, &w->arena, &page, &w->err));
    store_rollback(w->reader);
    return page.count;
}

static void test_which_day_counts(void **state) {
    (void)state;
    struct scripts s;
    scripts_open(&s, "");
    struct world *w = &s.w;
    (void)customer_on(w, "Leap", "founded_on", value_date(date_from_civil(1980, 2, 29)));
    (void)customer_on(w, "March", "founded_on", value_date(date_from_civil(2026, 3, 31)));
    (void)customer_on(w, "Seen", "seen_at",
                      value_time(date_from_civil(2026, 5, 10) * MS_PER_DAY + 3600000));
    const struct script_due yearly = {.unit = SCRIPT_DUE_DAY, .yearly = true},
                            week = {.unit = SCRIPT_DUE_WEEK, .shift = 1},
                            month = {.unit = SCRIPT_DUE_MONTH, .shift = 1},
                            after = {.unit = SCRIPT_DUE_MONTH, .shift = 1, .is_after = true};
    static const struct {
        int32_t year, month, day;
        size_t count;
    } birthdays[] = {{2027, 2, 28, 1}, {2028, 2, 28, 0}, {2028, 2, 29, 1}, {2027, 3, 1, 0},
                     {2027, 3, 31, 1}, {1979, 2, 28, 0}, {2026, 3, 31, 1}};
    for (size_t i = 0; i < sizeof birthdays / sizeof *birthdays; i++)
        assert_int_equal(
            found_on(w, yearly, "founded_on",
                     date_from_civil(birthdays[i].year, birthdays[i].month, birthdays[i].day)),
            birthdays[i].count);
    assert_int_equal(found_on(w, month, "founded_on", date_from_civil(2026, 2, 28)), 1);
    assert_int_equal(found_on(w, month, "founded_on", date_from_civil(2026, 3, 1)), 0);
    assert_int_equal(found_on(w, after, "founded_on", date_from_civil(2026, 4, 30)), 1);
    assert_int_equal(found_on(w, week, "founded_on", date_from_civil(2026, 3, 24)), 1);
    assert_int_equal(found_on(w, week, "seen_at", date_from_civil(2026, 5, 3)), 1);
    assert_int_equal(found_on(w, week, "seen_at", date_from_civil(2026, 5, 4)), 0);
    scripts_close(&s);
}

/* ---- mistakes ---------------------------------------------------------------------------------
 */

static crm_status load(struct scripts *s, const char *lua) {
    struct world *w = &s->w;
    struct schema_definitions *d;
    struct script_host *host;
    const struct script_source own = {STR("x.lua"), str_from(lua)};
    const struct script_host_options options = {.engine = w->engine};
    must(w, schema_definitions_new(&d, &w->err));
    must(w, script_host_new(&options, &host, &w->err));
    crm_status status = script_host_add(host, d, SCHEMA_LAYER_PLUGIN, STR("x"), &own, 1, &w->err);
    if (status == CRM_OK) status = script_host_check(host, w->schema, STR("x"), &w->err);
    script_host_free(host);
    schema_definitions_free(d);
    return status;
}

static void test_mistakes_are_told(void **state) {
    (void)state;
    struct scripts s;
    scripts_open(&s, "");
    static const struct {
        const char *lua, *told;
    } wrong[] = {
        {"schedule('customer.founded', function() end)", "founded"},
        {"schedule('nobody.founded_on', function() end)", "nobody"},
        {"schedule('customer.name', function() end)", "a date or a time"},
        {"schedule('customer.founded_on', { before = '3 hours' }, function() end)", "days, weeks"},
        {"schedule('customer.founded_on', { before = 'soon' }, function() end)", "3 days"},
        {"schedule('customer.founded_on', { before = '1 day', after = '1 day' }, function() end)",
         "not both"},
        {"schedule('customer.founded_on', { at = '24:00' }, function() end)", "9:00"},
        {"schedule('customer.seen_at', { before = '1 hour', at = '9:00' }, function() end)",
         "not minutes"},
        {"schedule('customer.founded_on', { when = 'nothing == 1' }, function() end)", "nothing"},
        {"schedule('0 9 * * *', { before = '3 days' }, function() end)", "by a field"},
        {"schedule('customer.founded_on', { often = true }, function() end)", "often"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        crm_status status = load(&s, wrong[i].lua);
        if (status == CRM_OK) print_error("taken: %s\n", wrong[i].lua);
        assert_int_not_equal(status, CRM_OK);
        if (!strstr(told(&s.w, &s.w.err), wrong[i].told))
            print_error("%s\n  told: %s\n", wrong[i].lua, told(&s.w, &s.w.err));
        assert_non_null(strstr(told(&s.w, &s.w.err), wrong[i].told));
        assert_true(str_starts_with(str_from(s.w.err.where), STR("x.lua:1")));
    }
    assert_int_equal(load(&s, "schedule('customer.seen_at', { after = '2 weeks', yearly = true, "
                              "when = 'vip' }, function() end)"),
                     CRM_OK);
    scripts_close(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_record_comes_once),
        cmocka_unit_test(test_missed_days_are_made_up_for_and_a_moved_date_comes_again),
        cmocka_unit_test(test_a_new_one_starts_with_its_first_day),
        cmocka_unit_test(test_a_day_with_many_comes_whole),
        cmocka_unit_test(test_a_time_comes_by_the_minute),
        cmocka_unit_test(test_which_day_counts),
        cmocka_unit_test(test_mistakes_are_told),
    };
    int failed = SCRIPTS_ON_BOTH(tests);
    return failed + SCRIPTS_IN_WORKERS(tests);
}
