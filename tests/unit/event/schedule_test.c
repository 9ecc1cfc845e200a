/* Schedules: each time once - also after a restart, after a time that was missed, on two nodes. */
#include "event/event_world.h"

static crm_status run_note(void *ctx, struct event_job_run *run, struct err *err) {
    struct hub_world *h = ctx;
    (void)err;
    note(&h->notes, "%.*s %.*s", STR_ARG(run->job->cause), STR_ARG(run->job->payload));
    return CRM_OK;
}

static void add(struct hub_world *h, const char *name, const char *cron) {
    struct event_schedule s = {.name = str_from(name),
                               .owner = STR("test"),
                               .cron = str_from(cron),
                               .job_kind = STR("note"),
                               .payload = STR("1")};
    must(&h->w, event_schedule_add(h->hub, &s, &h->w.err));
}

static int64_t next_of(struct hub_world *h, const char *name) {
    int64_t ms = 0;
    must(&h->w, event_schedule_next(h->w.reader, str_from(name), &ms, &h->w.err));
    return ms;
}

/* As if the clock had passed it long ago. */
static crm_status put_back(void *ctx, struct store_conn *writer, struct err *err) {
    struct store_set set = {SYS_SCHEDULE_NEXT_AT, store_int(*(int64_t *)ctx), false};
    struct store_condition where = {SYS_SCHEDULE_NAME, STORE_EQ, store_text(STR("nightly"))};
    int64_t affected = 0;
    return store_update(writer, sys_table(SYS_TABLE_SCHEDULE), &set, 1, &where, 1, &affected, err);
}

static void miss(struct hub_world *h) {
    int64_t long_ago = clock_now_ms() - 5 * MS_PER_DAY;
    must(&h->w, engine_write(h->w.engine, put_back, &long_ago, &h->w.err));
}

static void test_missed_fires_once(struct hub_world *h) {
    add_kind(h, "note", run_note);
    add(h, "nightly", "0 3 * * *");
    int64_t next = next_of(h, "nightly");
    assert_true(next > clock_now_ms() && next <= clock_now_ms() + MS_PER_DAY);
    start(h);
    settle(h);
    assert_int_equal(h->notes.count, 0);
    for (int round = 1; round <= 3; round++) {
        hub_restart(h);
        miss(h);
        add_kind(h, "note", run_note);
        add(h, "nightly", "0 3 * * *");
        start(h);
        while (next_of(h, "nightly") < clock_now_ms())
            settle(h);
        settle(h);
        assert_noted(&h->notes, "schedule nightly 1", (size_t)round);
        assert_true(next_of(h, "nightly") > clock_now_ms());
    }
}

/* Two hubs over one database, as two nodes: one of them fires. */
static void test_two_nodes(struct hub_world *h) {
    struct event_hub *first = h->hub, *second = NULL;
    struct event_options options = {.job_threads = 1, .poll_ms = 20, .node = 2};
    add_kind(h, "note", run_note);
    add(h, "nightly", "0 3 * * *");
    miss(h);
    event_remove_owner(first, STR("test"));
    must(&h->w, event_hub_new(h->w.engine, &options, &second, &h->w.err));
    struct event_hub *const hubs[] = {first, second};
    for (size_t i = 0; i < 2; i++) {
        h->hub = hubs[i];
        add_kind(h, "note", run_note);
        add(h, "nightly", "0 3 * * *");
    }
    must(&h->w, event_hub_start(first, &h->w.err));
    must(&h->w, event_hub_start(second, &h->w.err));
    h->hub = first;
    while (next_of(h, "nightly") < clock_now_ms())
        settle(h);
    settle(h);
    event_hub_stop(second, 1000);
    settle(h);
    assert_noted(&h->notes, "schedule nightly 1", 1);
    event_hub_stop(first, 0);
    world_disconnect(&h->w); /* the engine tells both of commits until here */
    event_hub_free(second);
    world_connect(&h->w, false);
}

static void test_changed(struct hub_world *h) {
    add(h, "nightly", "0 3 * * *");
    int64_t before = next_of(h, "nightly");
    event_remove_owner(h->hub, STR("test"));
    assert_int_equal(next_of(h, "nightly"), before);
    add(h, "nightly", "0 3 1 1 *");
    assert_int_not_equal(next_of(h, "nightly"), before);
    struct event_schedule s = {.name = STR("nightly"),
                               .owner = STR("test"),
                               .cron = STR("0 3 * * *"),
                               .job_kind = STR("note")};
    assert_int_equal(event_schedule_add(h->hub, &s, &h->w.err), CRM_CONFLICT);
    s.name = STR("other");
    s.cron = STR("99 3 * * *");
    assert_int_equal(event_schedule_add(h->hub, &s, &h->w.err), CRM_INVALID);
    int64_t ms = 0;
    assert_int_equal(event_schedule_next(h->w.reader, STR("other"), &ms, &h->w.err), CRM_NOT_FOUND);
    start(h);
}

HUB_ON_BOTH(test_missed_fires_once)
HUB_ON_BOTH(test_two_nodes)
HUB_ON_BOTH(test_changed)

int main(void) {
    const struct CMUnitTest tests[] = {BOTH(test_missed_fires_once), BOTH(test_two_nodes),
                                       BOTH(test_changed)};
    return cmocka_run_group_tests(tests, NULL, world_stop);
}
