/* Rights in the door: the row before, the row after, fields, references, nothing that tells more.
 */
#include "record/world.h"

struct people {
    int64_t team, other_team, anna, boris, clara, reader;
};

static struct people people(struct world *w) {
    struct people p;
    p.team = make(w, "team", "name", "North");
    p.other_team = make(w, "team", "name", "South");
    p.anna = make_user(w, "anna", "seller", p.team);
    p.boris = make_user(w, "boris", "seller", p.team);
    p.clara = make_user(w, "clara", "seller", p.other_team);
    p.reader = make_user(w, "reader", "reader", 0);
    return p;
}

static void test_rows(struct world *w) {
    struct people p = people(w);
    act_as(w, p.anna);
    int64_t id = make(w, "customer", "name", "Acme");
    assert_int_equal(field(w, "customer", id, "owner").integer, p.anna);
    assert_int_equal(field(w, "customer", id, "team").integer, p.team);
    assert_int_equal(field(w, "customer", id, "created_by").integer, p.anna);
    must(w, one(w, RECORD_UPDATE, "customer", id, "staff", value_int(2)));
    /* Seen by the team, changed by the owner alone. */
    act_as(w, p.boris);
    assert_int_equal(one(w, RECORD_UPDATE, "customer", id, "staff", value_int(3)), CRM_FORBIDDEN);
    assert_string_equal(w->err.text.code, "row_forbidden");
    assert_int_equal(one(w, RECORD_DELETE, "customer", id, NULL, VALUE_OF_NIL), CRM_FORBIDDEN);
    /* Another team does not know that it exists. */
    act_as(w, p.clara);
    assert_int_equal(one(w, RECORD_UPDATE, "customer", id, "staff", value_int(3)), CRM_NOT_FOUND);
    assert_int_equal(one(w, RECORD_DELETE, "customer", id, NULL, VALUE_OF_NIL), CRM_NOT_FOUND);
    /* A role without the action says so, whether or not the record is there. */
    act_as(w, p.reader);
    assert_int_equal(one(w, RECORD_UPDATE, "customer", id, "staff", value_int(3)), CRM_FORBIDDEN);
    assert_int_equal(one(w, RECORD_UPDATE, "customer", 777, "staff", value_int(3)), CRM_FORBIDDEN);
    assert_int_equal(one(w, RECORD_CREATE, "customer", 0, "name", text("x")), CRM_FORBIDDEN);
    /* Purging is nobody's but the administrator's. */
    act_as(w, p.anna);
    assert_int_equal(one(w, RECORD_PURGE, "customer", id, NULL, VALUE_OF_NIL), CRM_FORBIDDEN);
    assert_int_equal(field(w, "customer", id, "staff").integer, 2);
}

static void test_row_after(struct world *w) {
    struct people p = people(w);
    act_as(w, p.anna);
    int64_t id = make(w, "customer", "name", "Acme");
    assert_int_equal(one(w, RECORD_UPDATE, "customer", id, "owner", value_id(p.boris)),
                     CRM_FORBIDDEN);
    assert_string_equal(w->err.text.code, "row_after_forbidden");
    assert_int_equal(one(w, RECORD_CREATE, "deal", 0, "owner", value_id(p.boris)),
                     CRM_REFUSED); /* no name */
    struct changeset *c = begin(w);
    struct record_op *op = create(w, c, "deal");
    put(c, op, "name", text("for another"));
    put(c, op, "owner", value_id(p.boris));
    assert_int_equal(commit(w, c), CRM_FORBIDDEN);
}

static void test_fields(struct world *w) {
    struct people p = people(w);
    act_as(w, p.anna);
    int64_t id = make(w, "customer", "name", "Acme");
    assert_int_equal(one(w, RECORD_UPDATE, "customer", id, "code", text("c")), CRM_FORBIDDEN);
    assert_error(w, "field_forbidden", "code");
    assert_int_equal(one(w, RECORD_UPDATE, "customer", id, "notes", text("n")), CRM_INVALID);
    assert_error(w, "field_unknown", "notes");
}

static void test_references(struct world *w) {
    struct people p = people(w);
    act_as(w, p.clara);
    int64_t theirs = make(w, "customer", "name", "South only");
    act_as(w, p.anna);
    int64_t mine = make(w, "customer", "name", "North");
    struct changeset *c = begin(w);
    struct record_op *op = create(w, c, "deal");
    put(c, op, "name", text("d"));
    put(c, op, "customer", value_id(theirs));
    assert_int_equal(commit(w, c), CRM_REFUSED);
    assert_error(w, "reference_missing", "customer");
    c = begin(w);
    op = create(w, c, "deal");
    put(c, op, "name", text("d"));
    put(c, op, "customer", value_id(mine));
    must(w, commit(w, c));
}

static void test_unique_tells_nothing(struct world *w) {
    struct people p = people(w);
    act_as(w, p.clara);
    int64_t theirs = make(w, "customer", "name", "South only");
    must(w, one(w, RECORD_UPDATE, "customer", theirs, "external_id", text("K-1")));
    act_as(w, p.anna);
    struct changeset *c = begin(w);
    struct record_op *op = create(w, c, "customer");
    put(c, op, "name", text("Mine"));
    put(c, op, "external_id", text("K-1"));
    assert_int_equal(commit(w, c), CRM_CONFLICT);
    assert_error(w, "not_unique", "external_id");
    struct buf said;
    buf_init(&said, 1000);
    err_format(&w->errors.items[0], LANGUAGE_EN, &said);
    assert_true(str_find(buf_str(&said), STR("South")) == SIZE_MAX);
    buf_fini(&said);
}

static void test_children(struct world *w) {
    struct people p = people(w);
    act_as(w, p.anna);
    struct changeset *c = begin(w);
    struct record_op *op = create(w, c, "deal");
    struct record_op line = {.verb = RECORD_CREATE, .entity = entity(w, "line")};
    put(c, op, "name", text("d"));
    assert_true(record_op_set(c, &line, slot(line.entity, "name"), text("l")));
    assert_true(record_op_children(c, op, slot(op->entity, "lines"), &line, 1));
    must(w, commit(w, c));
    int64_t deal = w->result.outcomes[0].id, *ids;
    size_t count = 0;
    const struct schema_entity *e = entity(w, "line");
    must(w, store_record_referrers(w->reader, e, &e->fields[slot(e, "deal")], deal, &w->arena, 9,
                                   &ids, &count, &w->err));
    assert_int_equal(count, 1);
    act_as(w, p.boris);
    assert_int_equal(one(w, RECORD_UPDATE, "line", ids[0], "name", text("x")), CRM_NOT_FOUND);
    assert_int_equal(one(w, RECORD_CREATE, "line", 0, "name", text("x")),
                     CRM_REFUSED); /* no deal */
    c = begin(w);
    op = create(w, c, "line");
    put(c, op, "name", text("into another's"));
    put(c, op, "deal", value_id(deal));
    assert_int_not_equal(commit(w, c), CRM_OK);
    act_as(w, p.anna);
    must(w, one(w, RECORD_UPDATE, "line", ids[0], "name", text("x")));
}

static void test_nobody(struct world *w) {
    w->actor = (struct actor){.door = ACCESS_DOOR_REST};
    assert_int_equal(one(w, RECORD_CREATE, "customer", 0, "name", text("x")), CRM_FORBIDDEN);
    struct actor actor;
    assert_int_equal(engine_actor(w->engine, 4711, ACCESS_DOOR_REST, &w->arena, &actor, &w->err),
                     CRM_UNAUTHENTICATED);
}

static void test_built_in(struct world *w) {
    assert_int_equal(one(w, RECORD_DELETE, "user", ACTOR_SYSTEM, NULL, VALUE_OF_NIL),
                     CRM_FORBIDDEN);
    assert_int_equal(one(w, RECORD_UPDATE, "user", ACTOR_SYSTEM, "active", value_bool(false)),
                     CRM_FORBIDDEN);
}

static void test_inactive(struct world *w) {
    struct people p = people(w);
    struct actor actor;
    must(w, engine_actor(w->engine, p.anna, ACCESS_DOOR_REST, &w->arena, &actor, &w->err));
    assert_int_equal(actor.team, p.team);
    assert_true(str_is(actor.role, "seller"));
    must(w, one(w, RECORD_UPDATE, "user", p.anna, "active", value_bool(false)));
    assert_int_equal(engine_actor(w->engine, p.anna, ACCESS_DOOR_REST, &w->arena, &actor, &w->err),
                     CRM_UNAUTHENTICATED);
}

static void test_team_tree(struct world *w) {
    int64_t top = make(w, "team", "name", "Top"), middle = make(w, "team", "name", "Middle"),
            low = make(w, "team", "name", "Low");
    must(w, one(w, RECORD_UPDATE, "team", middle, "parent", value_id(top)));
    must(w, one(w, RECORD_UPDATE, "team", low, "parent", value_id(middle)));
    must(w, one(w, RECORD_UPDATE, "team", top, "parent", value_id(low))); /* a circle ends */
    int64_t user = make_user(w, "head", "seller", middle);
    struct actor actor;
    must(w, engine_actor(w->engine, user, ACCESS_DOOR_REST, &w->arena, &actor, &w->err));
    assert_int_equal(actor.tree_count, 3);
    must(w, one(w, RECORD_UPDATE, "team", top, "parent", VALUE_OF_NIL));
    must(w, engine_actor(w->engine, user, ACCESS_DOOR_REST, &w->arena, &actor, &w->err));
    assert_int_equal(actor.tree_count, 2);
}

ON_BOTH(test_rows)
ON_BOTH(test_row_after)
ON_BOTH(test_fields)
ON_BOTH(test_references)
ON_BOTH(test_unique_tells_nothing)
ON_BOTH(test_children)
ON_BOTH(test_nobody)
ON_BOTH(test_built_in)
ON_BOTH(test_inactive)
ON_BOTH(test_team_tree)

int main(void) {
    const struct CMUnitTest tests[] = {BOTH(test_rows),
                                       BOTH(test_row_after),
                                       BOTH(test_fields),
                                       BOTH(test_references),
                                       BOTH(test_unique_tells_nothing),
                                       BOTH(test_children),
                                       BOTH(test_nobody),
                                       BOTH(test_built_in),
                                       BOTH(test_inactive),
                                       BOTH(test_team_tree)};
    return cmocka_run_group_tests(tests, NULL, world_stop);
}
