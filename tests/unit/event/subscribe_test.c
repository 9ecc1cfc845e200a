/* Subscribers: which changes become jobs, exactly once, across restarts; what a job is given. */
#include "event/event_world.h"

static crm_status run_change(void *ctx, struct event_job_run *run, struct err *err) {
    struct hub_world *h = ctx;
    struct schema *schema = engine_schema(run->engine);
    struct event_change c;
    crm_status status = event_change_load(run, schema, &c, err);
    if (status == CRM_OK && c.entity) {
        const struct schema_field *f = schema_field_at(c.entity, c.entity->title_slot);
        struct str before = c.before ? c.before[f->slot].text : STR("-"),
                   after = c.after ? c.after[f->slot].text : STR("-");
        note(&h->notes, "%.*s %.*s>%.*s", STR_ARG(c.event), STR_ARG(before), STR_ARG(after));
    } else if (status == CRM_OK) {
        note(&h->notes, "%.*s %.*s depth %d", STR_ARG(c.event), STR_ARG(c.data),
             (int)run->job->depth);
    }
    schema_unref(schema);
    return status;
}

static void subscribe(struct hub_world *h, const char *event, const char *when) {
    char name[128];
    snprintf(name, sizeof name, "%s/%s", event, when);
    struct event_subscriber s = {.name = str_from(name),
                                 .owner = STR("test"),
                                 .event = str_from(event),
                                 .when = str_from(when),
                                 .job_kind = STR("change"),
                                 .queue = STR("serial:changes")};
    must(&h->w, event_subscribe(h->hub, &s, &h->w.err));
}

static void update(struct world *w, const char *name, int64_t id, const char *of, struct value v) {
    must(w, one(w, RECORD_UPDATE, name, id, of, v));
}

static void test_events(struct hub_world *h) {
    struct world *w = &h->w;
    int64_t unheard = make(w, "customer", "name", "unheard");
    add_kind(h, "change", run_change);
    subscribe(h, "customer.created", "");
    subscribe(h, "customer.updated", "");
    subscribe(h, "customer.name.changed", "");
    subscribe(h, "customer.updated", "staff > 5 and name ~= 'x'");
    subscribe(h, "customer.deleted", "");
    subscribe(h, "customer.restored", "");
    subscribe(h, "customer.purged", "name == 'B'");
    subscribe(h, "deal.stage.changed", "stage.kind == 'won'");
    start(h);
    int64_t id = make(w, "customer", "name", "A");
    update(w, "customer", id, "name", text("B"));
    update(w, "customer", id, "staff", value_int(9));
    update(w, "customer", id, "staff", value_int(2));
    must(w, one(w, RECORD_DELETE, "customer", id, NULL, VALUE_OF_NIL));
    must(w, one(w, RECORD_RESTORE, "customer", id, NULL, VALUE_OF_NIL));
    must(w, one(w, RECORD_DELETE, "customer", id, NULL, VALUE_OF_NIL));
    must(w, one(w, RECORD_PURGE, "customer", id, NULL, VALUE_OF_NIL));
    int64_t deal = make(w, "deal", "name", "D");
    update(w, "deal", deal, "stage", value_id(stage(w, "Offer")));
    update(w, "deal", deal, "stage", value_id(stage(w, "Won")));
    settle(h);
    struct notes *n = &h->notes;
    assert_noted(n, "customer.created ->A", 1);
    assert_noted(n, "customer.updated A>B", 1);
    assert_noted(n, "customer.updated B>B", 3); /* two by the first, one by the condition */
    assert_noted(n, "customer.name.changed A>B", 1);
    assert_noted(n, "customer.deleted B>B", 2);
    assert_noted(n, "customer.restored B>B", 1);
    assert_noted(n, "customer.purged B>-", 1);
    assert_noted(n, "deal.stage.changed D>D", 1);
    assert_int_equal(n->count, 11);
    (void)unheard;
}

static void test_passed_over(struct hub_world *h) {
    struct world *w = &h->w;
    add_kind(h, "change", run_change);
    subscribe(h, "customer.*", "");
    start(h);
    struct changeset *c = begin(w);
    c->flags |= CHANGESET_NO_AFTER;
    put(c, create(w, c, "customer"), "name", text("quiet"));
    must(w, commit(w, c));
    int64_t id = make(w, "customer", "name", "loud");
    must(w, one(w, RECORD_DELETE, "customer", id, NULL, VALUE_OF_NIL));
    settle(h);
    assert_noted(&h->notes, "customer.created ->loud", 1);
    assert_noted(&h->notes, "customer.deleted loud>loud", 1);
    assert_int_equal(h->notes.count, 2);
}

/* A handler is down for a while: it hears of everything once it is back, and of nothing twice. */
static void test_restarts(struct hub_world *h) {
    struct world *w = &h->w;
    add_kind(h, "change", run_change);
    subscribe(h, "customer.created", "");
    start(h);
    (void)make(w, "customer", "name", "A");
    settle(h);
    for (int round = 0; round < 3; round++) {
        char name[16];
        hub_restart(h);
        snprintf(name, sizeof name, "R%d", round);
        (void)make(w, "customer", "name", name);
        add_kind(h, "change", run_change);
        subscribe(h, "customer.created", "");
        start(h);
        settle(h);
    }
    event_remove_owner(h->hub, STR("test"));
    (void)make(w, "customer", "name", "Z");
    settle(h);
    add_kind(h, "change", run_change);
    subscribe(h, "customer.created", "");
    settle(h);
    static const char *const wanted[] = {"customer.created ->A", "customer.created ->R0",
                                         "customer.created ->R1", "customer.created ->R2",
                                         "customer.created ->Z"};
    for (size_t i = 0; i < 5; i++)
        assert_noted(&h->notes, wanted[i], 1);
    assert_int_equal(h->notes.count, 5);
}

/* Portions end within a changeset and between two. */
static void test_many(struct hub_world *h) {
    struct world *w = &h->w;
    add_kind(h, "change", run_change);
    subscribe(h, "customer.created", "staff == 3");
    start(h);
    for (int round = 0; round < 2; round++) {
        struct changeset *c = begin(w);
        for (int i = 0; i < 1200; i++) {
            struct record_op *op = create(w, c, "customer");
            put(c, op, "name", text("many"));
            put(c, op, "staff", value_int(i % 40));
        }
        must(w, commit(w, c));
    }
    for (int i = 0; i < 150; i++)
        (void)make(w, "customer", "name", "one");
    settle(h);
    assert_noted(&h->notes, "customer.created ->many", 60);
    assert_int_equal(h->notes.count, 60);
}

static void test_refused(struct hub_world *h) {
    static const struct {
        const char *event, *when, *code;
    } cases[] = {{"nothing.created", "", "event_unknown"},
                 {"customer.eaten", "", "event_unknown"},
                 {"customer", "", "event_unknown"},
                 {"customer.nonsense.changed", "", "event_unknown"},
                 {"customer.stage.changed", "", "event_unknown"},
                 {"", "", "event_unknown"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct event_subscriber s = {.name = STR("x"),
                                     .owner = STR("test"),
                                     .event = str_from(cases[i].event),
                                     .when = str_from(cases[i].when),
                                     .job_kind = STR("change")};
        assert_int_equal(event_subscribe(h->hub, &s, &h->w.err), CRM_INVALID);
        assert_string_equal(h->w.err.text.code, cases[i].code);
    }
    struct event_subscriber s = {.name = STR("x"),
                                 .owner = STR("test"),
                                 .event = STR("customer.created"),
                                 .when = STR("nonsense == 1"),
                                 .job_kind = STR("change")};
    assert_int_equal(event_subscribe(h->hub, &s, &h->w.err), CRM_INVALID);
    s.when = STR_NONE;
    must(&h->w, event_subscribe(h->hub, &s, &h->w.err));
    assert_int_equal(event_subscribe(h->hub, &s, &h->w.err), CRM_CONFLICT);
}

/* Each update causes the next: cut, and seen as a failed job. */
static crm_status run_again(void *ctx, struct event_job_run *run, struct err *err) {
    struct hub_world *h = ctx;
    struct schema *schema = engine_schema(run->engine);
    struct event_change change;
    struct changeset c;
    struct changeset_result result;
    struct err_list errors;
    struct actor actor;
    crm_status status = event_change_load(run, schema, &change, err);
    if (status == CRM_OK) status = event_job_actor(run, &actor, err);
    if (status == CRM_OK) {
        int32_t staff = schema_field_find(change.entity, STR("staff"))->slot;
        changeset_init(&c, run->arena, schema, &actor);
        struct record_op *op = changeset_op(&c, RECORD_UPDATE, change.entity, change.record);
        (void)record_op_set(&c, op, staff, value_int(change.after[staff].integer + 1));
        status = event_job_commit(run, &c, true, &result, &errors, err);
        changeset_fini(&c);
        note(&h->notes, "again");
    }
    schema_unref(schema);
    return status;
}

static void test_circle_is_cut(struct hub_world *h) {
    add_kind(h, "change", run_again);
    subscribe(h, "customer.updated", "");
    start(h);
    int64_t id = make(&h->w, "customer", "name", "A");
    update(&h->w, "customer", id, "staff", value_int(100));
    settle(h);
    assert_noted(&h->notes, "again", EVENT_DEPTH_MAX);
    assert_int_equal(field(&h->w, "customer", id, "staff").integer, 100 + EVENT_DEPTH_MAX);
    assert_int_equal(jobs_in(h, EVENT_JOB_FAILED), 1);
}

static crm_status emit(void *ctx, struct store_conn *writer, struct err *err) {
    struct hub_world *h = ctx;
    return event_emit(h->hub, writer, STR("papers.asked"), STR("{\"deal\":1}"), STR("test"), 3,
                      err);
}

static crm_status emit_and_fail(void *ctx, struct store_conn *writer, struct err *err) {
    crm_status status = emit(ctx, writer, err);
    return status == CRM_OK ? err_internal(err, "after all not") : status;
}

static void test_emitted(struct hub_world *h) {
    add_kind(h, "change", run_change);
    must(&h->w, event_declare(h->hub, STR("test"), STR("papers.asked"), &h->w.err));
    subscribe(h, "papers.asked", "");
    start(h);
    must(&h->w, engine_write(h->w.engine, emit, h, &h->w.err));
    assert_int_equal(engine_write(h->w.engine, emit_and_fail, h, &h->w.err), CRM_INTERNAL);
    settle(h);
    assert_noted(&h->notes, "papers.asked {\"deal\":1} depth 3", 1);
    assert_int_equal(h->notes.count, 1);
}

/* The cursor moves only from where it stands. */
static crm_status move_twice(void *ctx, struct store_conn *writer, struct err *err) {
    struct event_cursor a = {1, 0}, b = {5, 2}, found;
    bool exists = false;
    (void)ctx;
    crm_status status = event_cursor_make(writer, STR("c"), &a, err);
    if (status == CRM_OK)
        status = event_cursor_make(writer, STR("c"), &b, err); /* is there: stays */
    if (status == CRM_OK) status = event_cursor_move(writer, STR("c"), &a, &b, err);
    if (status == CRM_OK) status = event_cursor_get(writer, STR("c"), &found, &exists, err);
    if (status == CRM_OK && (!exists || event_cursor_compare(&found, &b) != 0))
        return err_internal(err, "not moved");
    return status == CRM_OK ? event_cursor_move(writer, STR("c"), &a, &b, err) : status;
}

static void test_cursor(struct hub_world *h) {
    struct event_cursor found;
    bool exists = true;
    assert_int_equal(engine_write(h->w.engine, move_twice, NULL, &h->w.err), CRM_STALE);
    must(&h->w, event_cursor_get(h->w.reader, STR("c"), &found, &exists, &h->w.err));
    assert_false(exists); /* and with it everything of that transaction */
    start(h);
}

HUB_ON_BOTH(test_events)
HUB_ON_BOTH(test_passed_over)
HUB_ON_BOTH(test_restarts)
HUB_ON_BOTH(test_many)
HUB_ON_BOTH(test_refused)
HUB_ON_BOTH(test_circle_is_cut)
HUB_ON_BOTH(test_emitted)
HUB_ON_BOTH(test_cursor)

int main(void) {
    const struct CMUnitTest tests[] = {
        BOTH(test_events),  BOTH(test_passed_over),   BOTH(test_restarts), BOTH(test_many),
        BOTH(test_refused), BOTH(test_circle_is_cut), BOTH(test_emitted),  BOTH(test_cursor)};
    return cmocka_run_group_tests(tests, NULL, world_stop);
}
