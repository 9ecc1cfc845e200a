/* Creating, changing, trashing: the whole door from a changeset to rows, search and log. */
#include "record/world.h"

static void test_create(struct world *w) {
    struct changeset *c = begin(w);
    struct record_op *op = create(w, c, "customer");
    put(c, op, "name", text("Acme"));
    put(c, op, "branch", text("RETAIL "));
    put(c, op, "revenue", money(150000, "USD"));
    put(c, op, "staff", value_int(7));
    must(w, commit(w, c));
    int64_t id = w->result.outcomes[0].id;
    assert_true(w->result.id != 0 && w->result.seq != 0 && w->result.outcomes[0].version == 1 &&
                w->result.outcomes[0].changed);
    assert_text(field(w, "customer", id, "name"), "Acme");
    assert_text(field(w, "customer", id, "branch"), "retail");
    assert_text(field(w, "customer", id, "greeting"), "Dear Acme");
    assert_int_equal(field(w, "customer", id, "four_times").integer, 28);
    struct value revenue = field(w, "customer", id, "revenue");
    assert_true(revenue.has_base && revenue.base == 150000);
    assert_int_equal(field(w, "customer", id, "deal_count").integer, 0);
    assert_int_equal(field(w, "customer", id, "owner").integer, ACTOR_SYSTEM);
    assert_int_equal(field(w, "customer", id, "version").integer, 1);
    assert_int_equal(field(w, "customer", id, "created_by").integer, ACTOR_SYSTEM);
}

static void test_defaults(struct world *w) {
    int64_t id = make(w, "customer", "name", "Bolt");
    assert_int_equal(field(w, "customer", id, "staff").integer, 1);
    int64_t deal = make(w, "deal", "name", "First");
    assert_int_equal(field(w, "deal", deal, "stage").integer, stage(w, "New"));
    assert_int_equal(field(w, "deal", deal, "probability").integer, 10);
    assert_false(value_is_nil(field(w, "deal", deal, "stage_since")));
    assert_text(field(w, "deal", deal, "number"), "1");
    deal = make(w, "deal", "name", "Second");
    assert_text(field(w, "deal", deal, "number"), "2");
}

static void test_update(struct world *w) {
    int64_t id = make(w, "customer", "name", "Bolt");
    int64_t seq = w->result.seq;
    must(w, one(w, RECORD_UPDATE, "customer", id, "name", text("Bolt & Co")));
    assert_int_equal(w->result.outcomes[0].version, 2);
    assert_int_equal(w->result.seq, seq + 1);
    assert_text(field(w, "customer", id, "greeting"), "Dear Bolt & Co");
    must(w, one(w, RECORD_UPDATE, "customer", id, "name", text("Bolt & Co")));
    assert_false(w->result.outcomes[0].changed);
    assert_int_equal(w->result.outcomes[0].version, 2);
    assert_int_equal(w->result.id, 0);
    assert_int_equal(log_last_seq(w->engine), seq + 1);
}

static void test_if_match(struct world *w) {
    int64_t id = make(w, "customer", "name", "Bolt");
    must(w, one(w, RECORD_UPDATE, "customer", id, "staff", value_int(2)));
    struct changeset *c = begin(w);
    struct record_op *op = changeset_op(c, RECORD_UPDATE, entity(w, "customer"), id);
    op->expect_version = 1;
    put(c, op, "staff", value_int(3));
    assert_int_equal(commit(w, c), CRM_STALE);
    assert_string_equal(w->err.text.code, "stale");
    assert_int_equal(w->result.outcomes[0].version, 2); /* for the answer: what is there */
    assert_int_equal(field(w, "customer", id, "staff").integer, 2);
}

static void test_missing(struct world *w) {
    assert_int_equal(one(w, RECORD_UPDATE, "customer", 12345, "name", text("x")), CRM_NOT_FOUND);
    assert_int_equal(one(w, RECORD_DELETE, "customer", 12345, NULL, VALUE_OF_NIL), CRM_NOT_FOUND);
}

static void test_trash(struct world *w) {
    int64_t id = make(w, "customer", "name", "Bolt");
    must(w, one(w, RECORD_DELETE, "customer", id, NULL, VALUE_OF_NIL));
    assert_false(value_is_nil(field(w, "customer", id, "deleted_at")));
    assert_int_equal(one(w, RECORD_UPDATE, "customer", id, "name", text("x")), CRM_NOT_FOUND);
    assert_int_equal(one(w, RECORD_DELETE, "customer", id, NULL, VALUE_OF_NIL), CRM_NOT_FOUND);
    must(w, one(w, RECORD_RESTORE, "customer", id, NULL, VALUE_OF_NIL));
    assert_true(value_is_nil(field(w, "customer", id, "deleted_at")));
    assert_int_equal(one(w, RECORD_RESTORE, "customer", id, NULL, VALUE_OF_NIL), CRM_REFUSED);
    must(w, one(w, RECORD_PURGE, "customer", id, NULL, VALUE_OF_NIL));
    assert_null(row_or_null(w, "customer", id));
}

static void test_several_ops(struct world *w) {
    struct changeset *c = begin(w);
    struct record_op *customer = create(w, c, "customer");
    int64_t id = customer->id;
    put(c, customer, "name", text("Together"));
    struct record_op *deal = create(w, c, "deal");
    int64_t deal_id = deal->id;
    put(c, deal, "name", text("Big"));
    put(c, deal, "customer", value_id(id));
    put(c, deal, "amount", money(5000, "USD"));
    struct record_op *again = changeset_op(c, RECORD_UPDATE, entity(w, "customer"), id);
    put(c, again, "staff", value_int(9));
    must(w, commit(w, c));
    assert_int_equal(w->result.count, 3);
    assert_int_equal(w->result.outcomes[2].version, 1);
    assert_true(w->result.outcomes[2].changed);
    assert_int_equal(field(w, "deal", deal_id, "customer").integer, id);
    assert_int_equal(field(w, "customer", id, "staff").integer, 9);
    assert_int_equal(field(w, "customer", id, "version").integer, 1);
    assert_int_equal(field(w, "customer", id, "deal_count").integer, 1);
    assert_int_equal(field(w, "customer", id, "deal_sum").base, 5000);
}

ON_BOTH(test_create)
ON_BOTH(test_defaults)
ON_BOTH(test_update)
ON_BOTH(test_if_match)
ON_BOTH(test_missing)
ON_BOTH(test_trash)
ON_BOTH(test_several_ops)

int main(void) {
    const struct CMUnitTest tests[] = {
        BOTH(test_create),  BOTH(test_defaults), BOTH(test_update),     BOTH(test_if_match),
        BOTH(test_missing), BOTH(test_trash),    BOTH(test_several_ops)};
    return cmocka_run_group_tests(tests, NULL, world_stop);
}
