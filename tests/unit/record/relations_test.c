/* Roll-ups, children and what happens to those that refer to a record. */
#include "record/world.h"

static int64_t make_deal(struct world *w, const char *name, int64_t customer, int64_t amount) {
    struct changeset *c = begin(w);
    struct record_op *op = create(w, c, "deal");
    put(c, op, "name", text(name));
    if (customer) put(c, op, "customer", value_id(customer));
    if (amount) put(c, op, "amount", money(amount, "USD"));
    must(w, commit(w, c));
    return w->result.outcomes[0].id;
}

static void expect_figures(struct world *w, int64_t id, int64_t count, int64_t sum, int64_t top) {
    assert_int_equal(field(w, "customer", id, "deal_count").integer, count);
    assert_int_equal(field(w, "customer", id, "deal_sum").base, sum);
    struct value best = field(w, "customer", id, "deal_top");
    if (top < 0)
        assert_true(value_is_nil(best));
    else
        assert_int_equal(best.base, top);
}

static void test_rollups(struct world *w) {
    int64_t a = make(w, "customer", "name", "A"), b = make(w, "customer", "name", "B");
    expect_figures(w, a, 0, 0, -1);
    int64_t one_deal = make_deal(w, "one", a, 1000), two = make_deal(w, "two", a, 3000);
    expect_figures(w, a, 2, 4000, 3000);
    assert_int_equal(field(w, "customer", a, "version").integer, 1);
    must(w, one(w, RECORD_UPDATE, "deal", two, "amount", money(500, "USD")));
    expect_figures(w, a, 2, 1500, 1000);
    must(w, one(w, RECORD_UPDATE, "deal", two, "closed_on", value_date(20000)));
    expect_figures(w, a, 2, 1000, 1000);
    must(w, one(w, RECORD_UPDATE, "deal", one_deal, "customer", value_id(b)));
    expect_figures(w, a, 1, 0, 500);
    expect_figures(w, b, 1, 1000, 1000);
    must(w, one(w, RECORD_DELETE, "deal", one_deal, NULL, VALUE_OF_NIL));
    expect_figures(w, b, 0, 0, -1);
    must(w, one(w, RECORD_RESTORE, "deal", one_deal, NULL, VALUE_OF_NIL));
    expect_figures(w, b, 1, 1000, 1000);
    must(w, one(w, RECORD_PURGE, "deal", one_deal, NULL, VALUE_OF_NIL));
    expect_figures(w, b, 0, 0, -1);
    must(w, one(w, RECORD_UPDATE, "deal", two, "customer", VALUE_OF_NIL));
    expect_figures(w, a, 0, 0, -1);
}

static void test_rollup_over_any(struct world *w) {
    int64_t a = make(w, "customer", "name", "A"), deal = make_deal(w, "d", 0, 0);
    struct value about = value_id(a);
    about.entity = entity(w, "customer")->id;
    struct changeset *c = begin(w);
    struct record_op *op = create(w, c, "visit");
    put(c, op, "subject", text("hello"));
    put(c, op, "about", about);
    must(w, commit(w, c));
    int64_t visit = w->result.outcomes[0].id;
    assert_int_equal(field(w, "customer", a, "visit_count").integer, 1);
    about = value_id(deal);
    about.entity = entity(w, "deal")->id;
    must(w, one(w, RECORD_UPDATE, "visit", visit, "about", about));
    assert_int_equal(field(w, "customer", a, "visit_count").integer, 0);
    assert_int_equal(field(w, "visit", visit, "about").entity, entity(w, "deal")->id);
}

/* ---- children -------------------------------------------------------------------------------- */
static struct record_op child(struct world *w, struct changeset *c, int64_t id, const char *name,
                              int64_t price) {
    const struct schema_entity *e = entity(w, "line");
    struct record_op op = {.verb = id ? RECORD_UPDATE : RECORD_CREATE, .entity = e, .id = id};
    if (name) assert_true(record_op_set(c, &op, slot(e, "name"), text(name)));
    if (price) assert_true(record_op_set(c, &op, slot(e, "price"), money(price, "USD")));
    return op;
}

static crm_status put_lines(struct world *w, int64_t deal, struct record_op *lines, size_t count,
                            struct changeset *c) {
    struct record_op *op = changeset_op(c, RECORD_UPDATE, entity(w, "deal"), deal);
    struct record_op *kept = arena_array(&w->arena, count + 1, sizeof *kept);
    memcpy(kept, lines, count * sizeof *kept);
    assert_true(record_op_children(c, op, slot(op->entity, "lines"), kept, count));
    return commit(w, c);
}

static size_t lines_of(struct world *w, int64_t deal, int64_t **ret, bool living) {
    const struct schema_entity *e = entity(w, "line");
    size_t count = 0, kept = 0;
    must(w, store_begin(w->reader, &w->err));
    must(w, store_record_referrers(w->reader, e, &e->fields[slot(e, "deal")], deal, &w->arena, 100,
                                   ret, &count, &w->err));
    store_rollback(w->reader);
    for (size_t i = 0; i < count; i++)
        if (!living || value_is_nil(field(w, "line", (*ret)[i], "deleted_at")))
            (*ret)[kept++] = (*ret)[i];
    return kept;
}

static void test_children(struct world *w) {
    int64_t deal = make_deal(w, "with lines", 0, 0), *ids;
    struct changeset *c = begin(w);
    struct record_op lines[] = {child(w, c, 0, "first", 1000), child(w, c, 0, "second", 500)};
    must(w, put_lines(w, deal, lines, 2, c));
    assert_int_equal(w->result.outcomes[0].version, 2);
    assert_int_equal(lines_of(w, deal, &ids, true), 2);
    assert_int_equal(field(w, "line", ids[1], "position").integer, 2);
    assert_int_equal(field(w, "line", ids[0], "quantity").integer, 1000000);
    assert_int_equal(field(w, "deal", deal, "total").base, 1500);
    /* One changed, one new, one gone. */
    int64_t first = ids[0], second = ids[1];
    c = begin(w);
    struct record_op next[] = {child(w, c, second, NULL, 700), child(w, c, 0, "third", 40)};
    must(w, put_lines(w, deal, next, 2, c));
    assert_int_equal(lines_of(w, deal, &ids, true), 2);
    assert_int_equal(field(w, "deal", deal, "total").base, 740);
    assert_false(value_is_nil(field(w, "line", first, "deleted_at")));
    assert_int_equal(field(w, "line", second, "position").integer, 1);
    /* The same list again is no change. */
    c = begin(w);
    struct record_op same[] = {child(w, c, second, NULL, 700), child(w, c, ids[1], "third", 0)};
    must(w, put_lines(w, deal, same, 2, c));
    assert_int_equal(w->result.id, 0);
    assert_int_equal(field(w, "deal", deal, "version").integer, 3);
    /* A line of another deal is not ours. */
    int64_t other = make_deal(w, "other", 0, 0);
    c = begin(w);
    struct record_op foreign[] = {child(w, c, second, "stolen", 0)};
    assert_int_equal(put_lines(w, other, foreign, 1, c), CRM_REFUSED);
    assert_error(w, "child_foreign", "lines");
    /* What is wrong in a line says in which. */
    c = begin(w);
    struct record_op nameless[] = {child(w, c, 0, "good", 1), child(w, c, 0, NULL, 1)};
    assert_int_equal(put_lines(w, other, nameless, 2, c), CRM_REFUSED);
    assert_error(w, "required", "name");
    assert_string_equal(w->errors.items[0].where, "lines[2]");
    /* A line written by itself is a change of its deal. */
    must(w, one(w, RECORD_UPDATE, "line", second, "price", money(1, "USD")));
    assert_int_equal(field(w, "deal", deal, "version").integer, 4);
    assert_int_equal(field(w, "deal", deal, "total").base, 41);
    /* Rules of the parent see the total that the lines will make. */
    c = begin(w);
    struct record_op dear[] = {child(w, c, 0, "dear", 200000000)};
    assert_int_equal(put_lines(w, deal, dear, 1, c), CRM_REFUSED);
    assert_error(w, "rule", "lines");
    /* Trash and restore go together. */
    must(w, one(w, RECORD_DELETE, "deal", deal, NULL, VALUE_OF_NIL));
    assert_int_equal(lines_of(w, deal, &ids, true), 0);
    must(w, one(w, RECORD_RESTORE, "deal", deal, NULL, VALUE_OF_NIL));
    assert_int_equal(lines_of(w, deal, &ids, true), 2);
    assert_false(value_is_nil(field(w, "line", first, "deleted_at")));
    assert_int_equal(field(w, "deal", deal, "total").base, 41);
    must(w, one(w, RECORD_PURGE, "deal", deal, NULL, VALUE_OF_NIL));
    assert_null(row_or_null(w, "line", second));
}

/* Typed until lines exist, then their total. */
static void test_total_of(struct world *w) {
    int64_t deal = make_deal(w, "d", 0, 9900), *ids;
    assert_int_equal(field(w, "deal", deal, "amount").integer, 9900);
    struct changeset *c = begin(w);
    struct record_op lines[] = {child(w, c, 0, "first", 1000), child(w, c, 0, "second", 500)};
    must(w, put_lines(w, deal, lines, 2, c));
    assert_int_equal(field(w, "deal", deal, "amount").integer, 1500);
    must(w, one(w, RECORD_UPDATE, "deal", deal, "amount", money(7, "USD")));
    assert_int_equal(field(w, "deal", deal, "amount").integer, 1500);
    assert_int_equal(lines_of(w, deal, &ids, true), 2);
    must(w, one(w, RECORD_UPDATE, "line", ids[0], "quantity", value_decimal(3000000)));
    assert_int_equal(field(w, "deal", deal, "amount").integer, 3500);
    c = begin(w);
    must(w, put_lines(w, deal, lines, 0, c));
    must(w, one(w, RECORD_UPDATE, "deal", deal, "amount", money(7, "USD")));
    assert_int_equal(field(w, "deal", deal, "amount").integer, 7);
}

static void test_on_delete(struct world *w) {
    int64_t a = make(w, "customer", "name", "A"), b = make(w, "customer", "name", "B");
    int64_t deal = make_deal(w, "d", a, 100);
    assert_int_equal(one(w, RECORD_DELETE, "customer", a, NULL, VALUE_OF_NIL), CRM_REFUSED);
    assert_string_equal(w->err.text.code, "in_use");
    must(w, one(w, RECORD_DELETE, "deal", deal, NULL, VALUE_OF_NIL));
    struct changeset *c = begin(w);
    struct record_op *op = create(w, c, "visit");
    int64_t cleared = op->id;
    put(c, op, "subject", text("cleared"));
    put(c, op, "customer", value_id(a));
    op = create(w, c, "visit");
    int64_t gone = op->id;
    put(c, op, "subject", text("goes along"));
    put(c, op, "host", value_id(a));
    op = changeset_op(c, RECORD_UPDATE, entity(w, "customer"), b);
    put(c, op, "parent", value_id(a));
    must(w, commit(w, c));
    must(w, one(w, RECORD_DELETE, "customer", a, NULL, VALUE_OF_NIL));
    assert_true(value_is_nil(field(w, "visit", cleared, "customer")));
    assert_false(value_is_nil(field(w, "visit", gone, "deleted_at")));
    assert_int_equal(field(w, "customer", b, "parent").integer, a); /* keep */
    /* A reference to what lies in the trash stays, but no new one is made. */
    must(w, one(w, RECORD_UPDATE, "customer", b, "staff", value_int(5)));
    assert_int_equal(
        one(w, RECORD_UPDATE, "deal", make_deal(w, "x", 0, 0), "customer", value_id(a)),
        CRM_REFUSED);
    assert_error(w, "reference_missing", "customer");
    must(w, one(w, RECORD_RESTORE, "customer", a, NULL, VALUE_OF_NIL));
    assert_true(value_is_nil(field(w, "visit", gone, "deleted_at")));
    assert_true(value_is_nil(field(w, "visit", cleared, "customer")));
}

ON_BOTH(test_rollups)
ON_BOTH(test_rollup_over_any)
ON_BOTH(test_children)
ON_BOTH(test_total_of)
ON_BOTH(test_on_delete)

int main(void) {
    const struct CMUnitTest tests[] = {BOTH(test_rollups), BOTH(test_rollup_over_any),
                                       BOTH(test_children), BOTH(test_total_of),
                                       BOTH(test_on_delete)};
    return cmocka_run_group_tests(tests, NULL, world_stop);
}
