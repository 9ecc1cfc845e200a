/* Before-handlers in prepare, and plans that others overtake between prepare and apply. */
#include "record/world.h"

#include "record/hooks.h"

struct script {
    struct world *w;
    crm_status (*body)(struct script *s, struct record_hook_context *h, struct err *err);
    int runs, in_writer;
    bool busy;
    int64_t id;
};

static crm_status run(void *ctx, struct record_hook_context *h, struct err *err) {
    struct script *s = ctx;
    if (s->busy) return CRM_OK; /* a competing write of the test itself */
    s->runs++;
    s->in_writer += h->in_writer;
    return s->body(s, h, err);
}

static void hook(struct world *w, struct script *s) {
    struct record_hooks hooks = {run, s};
    s->w = w;
    world_apply(w, "before('customer', function(c) end)");
    assert_true(entity(w, "customer")->has_before);
    engine_set_hooks(w->engine, &hooks);
}

static int32_t of(struct record_hook_context *h, const char *name) {
    return slot(h->change->entity, name);
}

/* ---- setting, refusing, adding --------------------------------------------------------------- */
static crm_status set_and_look(struct script *s, struct record_hook_context *h, struct err *err) {
    assert_int_equal(h->change->after[of(h, "staff")].integer, 1); /* defaults come first */
    assert_text(h->change->after[of(h, "greeting")], "Dear Acme");
    crm_status status = record_hook_set(h, of(h, "name"), text("Acme Renamed"), err);
    if (status != CRM_OK) return status;
    assert_int_equal(record_hook_set(h, of(h, "staff"), text("many"), err), CRM_REFUSED);
    assert_int_equal(record_hook_set(h, of(h, "version"), value_int(7), err), CRM_REFUSED);
    const struct value *row = NULL;
    status = record_hook_get(h, h->change->entity, h->change->id, &row, err);
    if (status != CRM_OK) return status;
    assert_text(row[of(h, "name")], "Acme Renamed");
    struct record_op op = {.verb = RECORD_CREATE, .entity = entity(s->w, "visit")};
    struct record_write writes[] = {
        {.slot = slot(op.entity, "subject"), .value = text("welcome")},
        {.slot = slot(op.entity, "customer"), .value = value_id(h->change->id)}};
    op.writes = writes;
    op.write_count = 2;
    status = record_hook_op(h, &op, err);
    s->id = op.id;
    return status;
}

static void test_set(struct world *w) {
    struct script s = {.body = set_and_look};
    hook(w, &s);
    int64_t id = make(w, "customer", "name", "Acme");
    assert_int_equal(s.runs, 1);
    assert_text(field(w, "customer", id, "name"), "Acme Renamed");
    assert_text(field(w, "customer", id, "greeting"),
                "Dear Acme Renamed"); /* formulas after hooks */
    assert_text(field(w, "visit", s.id, "subject"), "welcome");
    assert_int_equal(w->result.plan->change_count, 2);
}

static crm_status refuse(struct script *s, struct record_hook_context *h, struct err *err) {
    (void)s;
    const struct str message[LANGUAGE_COUNT] = {STR("Not on Sundays"), STR("Не в воскресенье")};
    err_set_dynamic(err, CRM_REFUSED, STR("sunday"), message);
    err_at_field(err, h->change->entity->fields[of(h, "name")].name);
    return CRM_REFUSED;
}

static void test_refuse(struct world *w) {
    struct script s = {.body = refuse};
    hook(w, &s);
    int64_t seq = log_last_seq(w->engine);
    assert_int_equal(one(w, RECORD_CREATE, "customer", 0, "name", text("x")), CRM_REFUSED);
    assert_error(w, "sunday", "name");
    assert_int_equal(log_last_seq(w->engine), seq);
}

static crm_status move(struct script *s, struct record_hook_context *h, struct err *err) {
    return record_hook_set(h, of(h, "stage"), value_id(s->id), err);
}

static void test_move(struct world *w) {
    struct script s = {.body = move};
    hook(w, &s);
    world_apply(w, "before('deal', function(d) end)");
    s.id = stage(w, "Won");
    int64_t deal = make(w, "deal", "name", "D");
    assert_int_equal(field(w, "deal", deal, "probability").integer, 100);
    assert_false(value_is_nil(field(w, "deal", deal, "closed_on")));
}

/* ---- overtaken ------------------------------------------------------------------------------- */
/* Somebody else changes the record while we are preparing on a reader. */
static crm_status overtake(struct script *s, struct record_hook_context *h, struct err *err) {
    if (!h->in_writer && s->runs <= (int)s->id) {
        struct changeset c;
        struct arena a;
        arena_init(&a, 16 << 20);
        changeset_init(&c, &a, s->w->schema, &s->w->actor);
        struct record_op *op = changeset_op(&c, RECORD_UPDATE, h->change->entity, h->change->id);
        (void)record_op_set(&c, op, of(h, "staff"), value_int(100 + s->runs));
        s->busy = true;
        crm_status status = changeset_commit(s->w->engine, NULL, &c, NULL, NULL, err);
        s->busy = false;
        changeset_fini(&c);
        arena_fini(&a);
        if (status != CRM_OK) return status;
    }
    return record_hook_set(h, of(h, "share"), value_int(h->change->after[of(h, "staff")].integer),
                           err);
}

static void overtaken(struct world *w, int times) {
    struct script s = {.body = overtake, .busy = true};
    hook(w, &s);
    int64_t id = make(w, "customer", "name", "Acme");
    s.busy = false;
    s.id = times;
    must(w, one(w, RECORD_UPDATE, "customer", id, "name", text("Ours")));
    assert_int_equal(s.runs, times + 1);
    assert_int_equal(s.in_writer, times >= 3);
    assert_text(field(w, "customer", id, "name"), "Ours");
    assert_int_equal(field(w, "customer", id, "staff").integer, 100 + times);
    assert_int_equal(field(w, "customer", id, "share").integer, (100 + times) * INT64_C(1000000));
    assert_int_equal(field(w, "customer", id, "version").integer, 2 + times);
}

static void test_overtaken_once(struct world *w) { overtaken(w, 1); }
static void test_overtaken_always(struct world *w) { overtaken(w, 3); }

/* A reference that goes away between prepare and apply. */
static crm_status take_away(struct script *s, struct record_hook_context *h, struct err *err) {
    if (s->id == 0 || h->in_writer) return CRM_OK;
    s->busy = true;
    crm_status status = one(s->w, RECORD_DELETE, "customer", s->id, NULL, VALUE_OF_NIL);
    s->busy = false;
    s->id = 0;
    (void)err;
    return status;
}

static void test_reference_gone(struct world *w) {
    struct script s = {.body = take_away};
    hook(w, &s);
    int64_t parent = make(w, "customer", "name", "Parent"),
            child = make(w, "customer", "name", "Child");
    s.id = parent;
    assert_int_equal(one(w, RECORD_UPDATE, "customer", child, "parent", value_id(parent)),
                     CRM_REFUSED);
    assert_error(w, "reference_missing", "parent");
}

/* Another takes the unique key between prepare and apply. */
static crm_status take_key(struct script *s, struct record_hook_context *h, struct err *err) {
    if (s->id == 0 || h->in_writer) return CRM_OK;
    struct changeset *c = begin(s->w);
    struct record_op *op = create(s->w, c, "customer");
    put(c, op, "name", text("quick"));
    put(c, op, "code", text("K"));
    s->busy = true;
    crm_status status = commit(s->w, c);
    s->busy = false;
    s->id = 0;
    (void)err;
    return status;
}

static void test_key_taken(struct world *w) {
    struct script s = {.body = take_key};
    hook(w, &s);
    int64_t id = make(w, "customer", "name", "slow");
    s.id = 1;
    assert_int_equal(one(w, RECORD_UPDATE, "customer", id, "code", text("K")), CRM_CONFLICT);
    assert_error(w, "not_unique", "code");
}

ON_BOTH(test_set)
ON_BOTH(test_refuse)
ON_BOTH(test_move)
ON_BOTH(test_overtaken_once)
ON_BOTH(test_overtaken_always)
ON_BOTH(test_reference_gone)
ON_BOTH(test_key_taken)

int main(void) {
    const struct CMUnitTest tests[] = {BOTH(test_set),
                                       BOTH(test_refuse),
                                       BOTH(test_move),
                                       BOTH(test_overtaken_once),
                                       BOTH(test_overtaken_always),
                                       BOTH(test_reference_gone),
                                       BOTH(test_key_taken)};
    return cmocka_run_group_tests(tests, NULL, world_stop);
}
