/* Undo: what comes back, what is a conflict, redo, parents, rights. */
#include "record/world.h"

static struct undo_result undone;

static crm_status undo(struct world *w, int64_t changeset) {
    struct access access;
    access_init(&access, w->schema, &w->actor);
    return record_undo(w->engine, w->reader, &access, changeset, &w->arena, &undone, &w->err);
}

static void test_update(struct world *w) {
    int64_t id = make(w, "customer", "name", "Acme");
    struct store_item mails[] = {{.value = text("a@x.org")}};
    struct changeset *c = begin(w);
    struct record_op *op = changeset_op(c, RECORD_UPDATE, entity(w, "customer"), id);
    put(c, op, "name", text("Acme Ltd"));
    put(c, op, "staff", value_int(9));
    assert_true(record_op_items(c, op, slot(op->entity, "emails"), RECORD_ITEMS_REPLACE, mails, 1));
    must(w, commit(w, c));
    int64_t done = w->result.id;
    must(w, undo(w, done));
    assert_int_equal(undone.conflict_count, 0);
    assert_true(undone.changeset != 0);
    assert_text(field(w, "customer", id, "name"), "Acme");
    assert_text(field(w, "customer", id, "greeting"), "Dear Acme");
    assert_int_equal(field(w, "customer", id, "staff").integer, 1);
    assert_int_equal(field(w, "customer", id, "version").integer, 3);
    struct store_item *found;
    assert_int_equal(items(w, "customer", id, "emails", &found), 0);
    assert_int_equal(undo(w, done), CRM_CONFLICT);
    assert_string_equal(w->err.text.code, "already_undone");
    /* Redo, and undo once more. */
    must(w, undo(w, undone.changeset));
    assert_text(field(w, "customer", id, "name"), "Acme Ltd");
    assert_int_equal(items(w, "customer", id, "emails", &found), 1);
    must(w, undo(w, done));
    assert_text(field(w, "customer", id, "name"), "Acme");
}

static void test_conflict(struct world *w) {
    int64_t id = make(w, "customer", "name", "Acme");
    struct changeset *c = begin(w);
    struct record_op *op = changeset_op(c, RECORD_UPDATE, entity(w, "customer"), id);
    put(c, op, "name", text("Second"));
    put(c, op, "staff", value_int(9));
    must(w, commit(w, c));
    int64_t done = w->result.id;
    must(w, one(w, RECORD_UPDATE, "customer", id, "name", text("Third")));
    must(w, undo(w, done));
    assert_int_equal(undone.conflict_count, 1);
    assert_true(str_is(undone.conflicts[0].field->name, "name"));
    assert_text(undone.conflicts[0].expected, "Second");
    assert_text(undone.conflicts[0].found, "Third");
    assert_text(field(w, "customer", id, "name"), "Third");
    assert_int_equal(field(w, "customer", id, "staff").integer, 1);
}

static void test_create(struct world *w) {
    struct changeset *c = begin(w);
    struct record_op *op = create(w, c, "customer");
    int64_t a = op->id;
    put(c, op, "name", text("A"));
    op = create(w, c, "customer");
    int64_t b = op->id;
    put(c, op, "name", text("B"));
    op = create(w, c, "deal"); /* refers within the changeset: no conflict */
    put(c, op, "name", text("D"));
    put(c, op, "customer", value_id(a));
    must(w, commit(w, c));
    int64_t done = w->result.id;
    int64_t other = make(w, "customer", "name", "outside");
    must(w, one(w, RECORD_UPDATE, "customer", other, "parent", value_id(b)));
    must(w, undo(w, done));
    assert_false(value_is_nil(field(w, "customer", a, "deleted_at")));
    assert_true(value_is_nil(field(w, "customer", b, "deleted_at")));
    assert_int_equal(undone.conflict_count, 1);
    assert_int_equal(undone.conflicts[0].record, b);
    must(w, undo(w, undone.changeset));
    assert_true(value_is_nil(field(w, "customer", a, "deleted_at")));
    assert_int_equal(field(w, "customer", a, "deal_count").integer, 1);
}

static void test_trash_and_purge(struct world *w) {
    int64_t host = make(w, "customer", "name", "Host");
    struct store_item phones[] = {{.value = text("+1 22"), .label = STR("home")}};
    struct changeset *c = begin(w);
    struct record_op *op = changeset_op(c, RECORD_UPDATE, entity(w, "customer"), host);
    assert_true(
        record_op_items(c, op, slot(op->entity, "phones"), RECORD_ITEMS_REPLACE, phones, 1));
    put(c, op, "revenue", money(5, "USD"));
    must(w, commit(w, c));
    c = begin(w);
    op = create(w, c, "visit");
    int64_t visit = op->id;
    put(c, op, "subject", text("v"));
    put(c, op, "host", value_id(host));
    must(w, commit(w, c));
    must(w, one(w, RECORD_DELETE, "customer", host, NULL, VALUE_OF_NIL));
    must(w, undo(w, w->result.id));
    assert_true(value_is_nil(field(w, "customer", host, "deleted_at")));
    assert_true(value_is_nil(field(w, "visit", visit, "deleted_at")));
    must(w, one(w, RECORD_PURGE, "customer", host, NULL, VALUE_OF_NIL));
    assert_null(row_or_null(w, "visit", visit));
    must(w, undo(w, w->result.id));
    assert_text(field(w, "customer", host, "name"), "Host");
    assert_int_equal(field(w, "customer", host, "revenue").base, 5);
    struct store_item *found;
    assert_int_equal(items(w, "customer", host, "phones", &found), 1);
    assert_true(str_is(found[0].key, "+122") && str_is(found[0].label, "home"));
    assert_int_equal(field(w, "visit", visit, "host").integer, host);
}

static void test_stage(struct world *w) {
    int64_t deal = make(w, "deal", "name", "D");
    must(w, one(w, RECORD_UPDATE, "deal", deal, "stage", value_id(stage(w, "Won"))));
    must(w, undo(w, w->result.id));
    assert_int_equal(field(w, "deal", deal, "stage").integer, stage(w, "New"));
    assert_int_equal(field(w, "deal", deal, "probability").integer, 10);
    assert_true(value_is_nil(field(w, "deal", deal, "closed_on")));
    const struct schema_entity *e = entity(w, "stage_change");
    int64_t *ids;
    size_t count = 0, reverted = 0;
    must(w, store_record_referrers(w->reader, e, &e->fields[slot(e, "record")], deal, &w->arena, 9,
                                   &ids, &count, &w->err));
    for (size_t i = 0; i < count; i++)
        reverted += field(w, "stage_change", ids[i], "reverted").boolean;
    assert_int_equal(count, 3);
    assert_int_equal(reverted, 2);
}

static void test_parent(struct world *w) {
    int64_t parent = changeset_parent_new(w->engine), ids[3];
    for (int i = 0; i < 3; i++) {
        struct changeset *c = begin(w);
        struct record_op *op = create(w, c, "customer");
        c->part_of = parent;
        c->note = STR("three customers");
        put(c, op, "name", text("C"));
        must(w, commit(w, c));
        ids[i] = w->result.outcomes[0].id;
    }
    struct log_changeset found;
    must(w, log_changeset_get(w->reader, parent, &w->arena, &found, &w->err));
    assert_true(found.is_parent && found.changes == 3 && found.reverted_by == 0);
    assert_true(str_is(found.note, "three customers"));
    must(w, undo(w, parent));
    int64_t reverse = undone.changeset;
    for (int i = 0; i < 3; i++)
        assert_false(value_is_nil(field(w, "customer", ids[i], "deleted_at")));
    must(w, log_changeset_get(w->reader, parent, &w->arena, &found, &w->err));
    assert_int_equal(found.reverted_by, reverse);
    must(w, log_changeset_get(w->reader, reverse, &w->arena, &found, &w->err));
    assert_true(found.is_parent && found.reverts == parent && found.changes == 3);
    assert_int_equal(undo(w, parent), CRM_CONFLICT);
    must(w, undo(w, reverse));
    for (int i = 0; i < 3; i++)
        assert_true(value_is_nil(field(w, "customer", ids[i], "deleted_at")));
    must(w, undo(w, parent));
    for (int i = 0; i < 3; i++)
        assert_false(value_is_nil(field(w, "customer", ids[i], "deleted_at")));
}

static void test_rights(struct world *w) {
    int64_t team = make(w, "team", "name", "North"), anna = make_user(w, "anna", "seller", team),
            boris = make_user(w, "boris", "seller", team);
    int64_t clara = make_user(w, "clara", "seller", make(w, "team", "name", "South"));
    act_as(w, anna);
    int64_t id = make(w, "customer", "name", "Acme");
    must(w, one(w, RECORD_UPDATE, "customer", id, "staff", value_int(4)));
    int64_t done = w->result.id;
    act_as(w, boris);
    assert_int_equal(undo(w, done), CRM_FORBIDDEN);
    act_as(w, clara);
    assert_int_equal(undo(w, done), CRM_NOT_FOUND);
    assert_int_equal(field(w, "customer", id, "staff").integer, 4);
    act_as(w, anna);
    must(w, undo(w, done));
    assert_int_equal(field(w, "customer", id, "staff").integer, 1);
    assert_int_equal(undo(w, 4711), CRM_NOT_FOUND);
}

ON_BOTH(test_update)
ON_BOTH(test_conflict)
ON_BOTH(test_create)
ON_BOTH(test_trash_and_purge)
ON_BOTH(test_stage)
ON_BOTH(test_parent)
ON_BOTH(test_rights)

int main(void) {
    const struct CMUnitTest tests[] = {
        BOTH(test_update), BOTH(test_conflict), BOTH(test_create), BOTH(test_trash_and_purge),
        BOTH(test_stage),  BOTH(test_parent),   BOTH(test_rights)};
    return cmocka_run_group_tests(tests, NULL, world_stop);
}
