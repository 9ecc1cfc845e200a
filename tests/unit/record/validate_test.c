/* What prepare refuses, and that it says so for every field at once. */
#include "record/world.h"

static void refuse(struct world *w, const char *of, struct value v, const char *code) {
    struct changeset *c = begin(w);
    struct record_op *op = create(w, c, "customer");
    if (strcmp(of, "name") != 0) put(c, op, "name", text("Acme"));
    put(c, op, of, v);
    int64_t seq = log_last_seq(w->engine);
    assert_int_not_equal(commit(w, c), CRM_OK);
    assert_error(w, code, of);
    assert_int_equal(log_last_seq(w->engine), seq);
}

static void test_types(struct world *w) {
    static char thousand[1002];
    memset(thousand, 'x', 1001);
    refuse(w, "name", value_int(3), "wrong_type");
    refuse(w, "name", text(thousand), "text_too_long");
    refuse(w, "name", value_text(str_make("a\0b", 3)), "text_invalid");
    refuse(w, "name", text("\xff\xfe"), "text_invalid");
    refuse(w, "staff", text("many"), "wrong_type");
    refuse(w, "staff", value_decimal(1500000), "wrong_type");
    refuse(w, "founded_on", value_date(3000000), "date_out_of_range");
    refuse(w, "seen_at", value_time(INT64_MAX), "date_out_of_range");
    refuse(w, "rank", text("bronze"), "choice_unknown");
    refuse(w, "rank", text("goldd"), "choice_similar");
    refuse(w, "revenue", money(100, "XXQ"), "currency_unknown");
    refuse(w, "parent", value_id(999), "reference_missing");
    refuse(w, "parent",
           (struct value){.type = VALUE_ID, .integer = 1, .entity = entity(w, "deal")->id},
           "reference_entity");
    refuse(w, "greeting", text("x"), "field_read_only");
    refuse(w, "deal_count", value_int(1), "field_read_only");
    refuse(w, "version", value_int(1), "field_read_only");
    refuse(w, "staff", value_int(-1), "staff_negative");
    refuse(w, "name", VALUE_OF_NIL, "required");
    refuse(w, "name", text(""), "required");
}

static void test_kept_exactly(struct world *w) {
    static const char odd[] = " tab\there, \x01 control, e\xcc\x81, \xf0\x9f\x8c\x8d ";
    int64_t id = make(w, "customer", "name", odd);
    assert_text(field(w, "customer", id, "name"), odd);
    must(w, one(w, RECORD_UPDATE, "customer", id, "staff", value_decimal(3 * 1000000)));
    assert_int_equal(field(w, "customer", id, "staff").integer, 3);
    must(w, one(w, RECORD_UPDATE, "customer", id, "share", value_int(2)));
    assert_int_equal(field(w, "customer", id, "share").integer, 2000000);
}

static void test_all_errors_at_once(struct world *w) {
    struct changeset *c = begin(w);
    struct record_op *op = create(w, c, "customer");
    put(c, op, "staff", text("x"));
    put(c, op, "rank", text("bronze"));
    assert_int_equal(commit(w, c), CRM_REFUSED);
    assert_error(w, "wrong_type", "staff");
    assert_error(w, "choice_unknown", "rank");
    assert_error(w, "required", "name");
    assert_int_equal(w->errors.count, 3);
}

static void test_conditional(struct world *w) {
    struct changeset *c = begin(w);
    struct record_op *op = create(w, c, "customer");
    put(c, op, "name", text("Acme"));
    put(c, op, "vip", value_bool(true));
    assert_int_equal(commit(w, c), CRM_REFUSED);
    assert_error(w, "required", "why_vip");
    c = begin(w);
    op = create(w, c, "customer");
    put(c, op, "name", text("Acme"));
    put(c, op, "vip", value_bool(false));
    must(w, commit(w, c));
}

static void test_unique(struct world *w) {
    int64_t id = make(w, "customer", "name", "One");
    must(w, one(w, RECORD_UPDATE, "customer", id, "code", text("A-1")));
    struct changeset *c = begin(w);
    struct record_op *op = create(w, c, "customer");
    put(c, op, "name", text("Two"));
    put(c, op, "code", text("A-1"));
    assert_int_equal(commit(w, c), CRM_CONFLICT);
    assert_error(w, "not_unique", "code");
    /* Twice in one changeset. */
    c = begin(w);
    for (int i = 0; i < 2; i++) {
        op = create(w, c, "customer");
        put(c, op, "name", text("Twin"));
        put(c, op, "code", text("A-2"));
    }
    assert_int_equal(commit(w, c), CRM_CONFLICT);
    assert_error(w, "not_unique", "code");
    /* Empty is no key; a trashed record gives its key away and cannot come back on top of another.
     */
    for (int i = 0; i < 2; i++) {
        c = begin(w);
        op = create(w, c, "customer");
        put(c, op, "name", text("Blank"));
        put(c, op, "code", text(""));
        must(w, commit(w, c));
    }
    must(w, one(w, RECORD_DELETE, "customer", id, NULL, VALUE_OF_NIL));
    int64_t other = make(w, "customer", "name", "Heir");
    must(w, one(w, RECORD_UPDATE, "customer", other, "code", text("A-1")));
    assert_int_equal(one(w, RECORD_RESTORE, "customer", id, NULL, VALUE_OF_NIL), CRM_CONFLICT);
    assert_error(w, "not_unique", "code");
}

static void test_open_choice(struct world *w) {
    struct changeset *c = begin(w);
    for (int i = 0; i < 2; i++) {
        struct record_op *op = create(w, c, "customer");
        put(c, op, "name", text("Acme"));
        put(c, op, "branch", text(i ? "AERO space" : "  Aero Space "));
    }
    must(w, commit(w, c));
    assert_text(field(w, "customer", w->result.outcomes[0].id, "branch"), "Aero Space");
    assert_text(field(w, "customer", w->result.outcomes[1].id, "branch"), "Aero Space");
    int64_t id = make(w, "customer", "name", "Later");
    must(w, one(w, RECORD_UPDATE, "customer", id, "branch", text("aero space")));
    assert_text(field(w, "customer", id, "branch"), "Aero Space");
    must(w, one(w, RECORD_UPDATE, "customer", id, "branch",
                text("\xd0\xa0\xd0\xbe\xd0\xb7\xd0\xbd\xd0\xb8\xd1\x86\xd0\xb0"))); /* the Russian
                                                                                       label */
    assert_text(field(w, "customer", id, "branch"), "retail");
}

static int64_t make_rate(struct world *w, int64_t currency, int64_t day, int64_t rate) {
    struct changeset *c = begin(w);
    struct record_op *op = create(w, c, "currency_rate");
    put(c, op, "currency", value_id(currency));
    put(c, op, "on", value_date(day));
    put(c, op, "rate", value_decimal(rate));
    must(w, commit(w, c));
    return w->result.outcomes[0].id;
}

static void test_money(struct world *w) {
    int64_t euro = make(w, "currency", "code", "EUR");
    make_rate(w, euro, 0, 1100000);
    int64_t rate = make_rate(w, euro, 10000, 1200000);
    struct changeset *c = begin(w);
    struct record_op *op = create(w, c, "customer");
    put(c, op, "name", text("Acme"));
    put(c, op, "revenue", money(1000, "EUR"));
    put(c, op, "founded_on", value_date(9999));
    must(w, commit(w, c));
    int64_t id = w->result.outcomes[0].id;
    assert_int_equal(field(w, "customer", id, "revenue").base, 1100);
    /* Neither a new date, nor a new rate, nor the same amount values it anew. */
    must(w, one(w, RECORD_UPDATE, "customer", id, "founded_on", value_date(10001)));
    must(w, one(w, RECORD_UPDATE, "currency_rate", rate, "rate", value_decimal(1300000)));
    must(w, one(w, RECORD_UPDATE, "customer", id, "revenue", money(1000, "EUR")));
    assert_int_equal(field(w, "customer", id, "revenue").base, 1100);
    must(w, one(w, RECORD_UPDATE, "customer", id, "revenue", money(2000, "EUR")));
    assert_int_equal(field(w, "customer", id, "revenue").base, 2600);
    must(w, one(w, RECORD_UPDATE, "customer", id, "revenue", money(2000, "JPY")));
    assert_false(field(w, "customer", id, "revenue").has_base);
}

static void test_lists(struct world *w) {
    struct store_item mails[] = {{.value = text("Anna@X.org"), .label = STR("work")},
                                 {.value = text("b@x.org"), .primary = true}};
    struct store_item phones[] = {{.value = text("+7 (916) 123-45-67")}};
    struct changeset *c = begin(w);
    struct record_op *op = create(w, c, "customer");
    put(c, op, "name", text("Acme"));
    assert_true(record_op_items(c, op, slot(op->entity, "emails"), RECORD_ITEMS_REPLACE, mails, 2));
    assert_true(
        record_op_items(c, op, slot(op->entity, "phones"), RECORD_ITEMS_REPLACE, phones, 1));
    must(w, commit(w, c));
    int64_t id = w->result.outcomes[0].id;
    struct store_item *found;
    assert_int_equal(items(w, "customer", id, "emails", &found), 2);
    assert_true(str_is(found[0].key, "anna@x.org") && !found[0].primary && found[1].primary);
    assert_int_equal(items(w, "customer", id, "phones", &found), 1);
    assert_true(str_is(found[0].key, "+79161234567") && found[0].primary);
    /* Adding the same again changes nothing; removing does. */
    c = begin(w);
    op = changeset_op(c, RECORD_UPDATE, entity(w, "customer"), id);
    assert_true(record_op_items(c, op, slot(op->entity, "phones"), RECORD_ITEMS_ADD, phones, 1));
    must(w, commit(w, c));
    assert_int_equal(w->result.id, 0);
    c = begin(w);
    op = changeset_op(c, RECORD_UPDATE, entity(w, "customer"), id);
    assert_true(
        record_op_items(c, op, slot(op->entity, "emails"), RECORD_ITEMS_REMOVE, &mails[1], 1));
    must(w, commit(w, c));
    assert_int_equal(w->result.outcomes[0].version, 2);
    assert_int_equal(items(w, "customer", id, "emails", &found), 1);
    assert_true(found[0].primary);
    /* Links with facts of their own; one that is not there is refused. */
    int64_t other = make(w, "customer", "name", "Partner");
    struct value facts[] = {text("reseller"), value_date(1)};
    struct store_item links[] = {{.value = value_id(other), .attributes = facts},
                                 {.value = value_id(4711)}};
    c = begin(w);
    op = changeset_op(c, RECORD_UPDATE, entity(w, "customer"), id);
    assert_true(
        record_op_items(c, op, slot(op->entity, "partners"), RECORD_ITEMS_REPLACE, links, 2));
    assert_int_equal(commit(w, c), CRM_REFUSED);
    assert_error(w, "reference_missing", "partners");
    c = begin(w);
    op = changeset_op(c, RECORD_UPDATE, entity(w, "customer"), id);
    assert_true(
        record_op_items(c, op, slot(op->entity, "partners"), RECORD_ITEMS_REPLACE, links, 1));
    must(w, commit(w, c));
    assert_int_equal(items(w, "customer", id, "partners", &found), 1);
    assert_text(found[0].attributes[0], "reseller");
}

static void test_dry(struct world *w) {
    struct changeset *c = begin(w);
    struct record_op *op = create(w, c, "customer");
    int64_t id = op->id, seq = log_last_seq(w->engine);
    c->flags = CHANGESET_DRY;
    put(c, op, "name", text("Ghost"));
    must(w, commit(w, c));
    assert_non_null(w->result.plan);
    assert_int_equal(w->result.plan->change_count, 1);
    assert_null(row_or_null(w, "customer", id));
    assert_int_equal(log_last_seq(w->engine), seq);
    c = begin(w);
    c->flags = CHANGESET_DRY;
    (void)create(w, c, "customer");
    assert_int_equal(commit(w, c), CRM_REFUSED);
    assert_error(w, "required", "name");
}

static void test_keep_going(struct world *w) {
    struct changeset *c = begin(w);
    c->flags = CHANGESET_KEEP_GOING | CHANGESET_IMPORT;
    static const int staff[] = {1, -1, 3};
    for (uint32_t i = 0; i < 3; i++) {
        struct record_op *op = create(w, c, "customer");
        op->source_row = i + 2;
        put(c, op, "name", text("Row"));
        put(c, op, "staff", value_int(staff[i]));
    }
    must(w, commit(w, c));
    assert_int_equal(w->result.outcomes[0].status, CRM_OK);
    assert_int_equal(w->result.outcomes[1].status, CRM_REFUSED);
    assert_string_equal(w->result.outcomes[1].err->where, "row 3");
    assert_non_null(row_or_null(w, "customer", w->result.outcomes[0].id));
    assert_null(row_or_null(w, "customer", w->result.outcomes[1].id));
    assert_non_null(row_or_null(w, "customer", w->result.outcomes[2].id));
    assert_int_equal(w->errors.count, 1);
}

ON_BOTH(test_types)
ON_BOTH(test_kept_exactly)
ON_BOTH(test_all_errors_at_once)
ON_BOTH(test_conditional)
ON_BOTH(test_unique)
ON_BOTH(test_open_choice)
ON_BOTH(test_money)
ON_BOTH(test_lists)
ON_BOTH(test_dry)
ON_BOTH(test_keep_going)

int main(void) {
    const struct CMUnitTest tests[] = {
        BOTH(test_types),       BOTH(test_kept_exactly), BOTH(test_all_errors_at_once),
        BOTH(test_conditional), BOTH(test_unique),       BOTH(test_open_choice),
        BOTH(test_money),       BOTH(test_lists),        BOTH(test_dry),
        BOTH(test_keep_going)};
    return cmocka_run_group_tests(tests, NULL, world_stop);
}
