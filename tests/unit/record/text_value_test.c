/* Values of fields from text: numbers with scales and currencies, choices and references by any of
 * their names, null words, lists. */
#include "record/read_world.h"

#include "base/number.h"

struct asking {
    struct reading r;
    struct record_text_options o;
    struct value value;
    struct store_item *items;
    size_t item_count;
};

static void ask(struct world *w, struct asking *a) {
    memset(a, 0, sizeof *a);
    reading_begin(&a->r, w);
    must(w, store_begin(w->reader, &w->err));
}

static void done(struct world *w, struct asking *a) {
    store_rollback(w->reader);
    a->r.status = CRM_INTERNAL;
    (void)reading_end(&a->r);
}

static const struct schema_field *field_at(struct world *w, const char *name, const char *of) {
    return schema_field_at(entity(w, name), slot(entity(w, name), of));
}

static crm_status read_as(struct asking *a, const char *name, const char *of, const char *from) {
    struct world *w = a->r.w;
    return record_value_from_text(&a->r.view, field_at(w, name, of), str_from(from), &a->o,
                                  &a->value, &w->err);
}

static void reads(struct asking *a, const char *name, const char *of, const char *from) {
    if (read_as(a, name, of, from) != CRM_OK) world_show(&a->r.w->err, from, __LINE__);
    assert_int_equal(read_as(a, name, of, from), CRM_OK);
}

static void refuses(struct asking *a, const char *name, const char *of, const char *from,
                    const char *code) {
    assert_int_equal(read_as(a, name, of, from), CRM_REFUSED);
    if (strcmp(a->r.w->err.text.code, code) != 0) world_show(&a->r.w->err, from, __LINE__);
    assert_string_equal(a->r.w->err.text.code, code);
    assert_string_equal(a->r.w->err.field, of);
}

static void test_scalars(struct world *w) {
    struct asking a;
    ask(w, &a);
    reads(&a, "customer", "staff", " 1 234 ");
    assert_int_equal(a.value.integer, 1234);
    reads(&a, "customer", "share", "12,5");
    assert_int_equal(a.value.integer, 12500000);
    reads(&a, "customer", "revenue", "$1,054.00");
    assert_int_equal(a.value.integer, 105400);
    reads(&a, "customer", "revenue", "1 054,5 EUR");
    assert_string_equal(a.value.currency.code, "EUR");
    a.o.currency = (struct currency){"JPY"};
    reads(&a, "customer", "revenue", "1054");
    assert_int_equal(a.value.integer, 1054);
    assert_string_equal(a.value.currency.code, "JPY");
    refuses(&a, "customer", "revenue", "10.5", "money_places");
    a.o.currency = (struct currency){"USD"};
    a.o.scale_micro = 1000000 * DECIMAL_ONE;
    reads(&a, "customer", "revenue", "1100.04");
    assert_true(a.value.integer == INT64_C(110004000000));
    reads(&a, "customer", "staff", "0.5");
    assert_int_equal(a.value.integer, 500000);
    a.o.scale_micro = DECIMAL_ONE;
    reads(&a, "customer", "staff", "7.00");
    assert_int_equal(a.value.integer, 7);
    refuses(&a, "customer", "staff", "7.5", "number_form");
    reads(&a, "customer", "vip", "Да");
    assert_true(a.value.boolean);
    refuses(&a, "customer", "vip", "maybe", "boolean_form");
    a.o.date_order = STR("mdy");
    reads(&a, "customer", "founded_on", "3/24/2017");
    refuses(&a, "customer", "founded_on", "24/3/2017", "date_impossible");
    a.o.date_order = STR_NONE;
    refuses(&a, "customer", "founded_on", "1/3/2017", "date_ambiguous");
    reads(&a, "customer", "seen_at", "2026-11-21 18:26");
    assert_int_equal(a.value.type, VALUE_TIME);
    reads(&a, "customer", "name", "  kept as it is ");
    assert_text(a.value, "  kept as it is ");
    reads(&a, "customer", "staff", "   ");
    assert_true(value_is_nil(a.value));
    refuses(&a, "customer", "staff", "n/a", "number_form");
    a.o.null_words = true;
    reads(&a, "customer", "staff", "N/A");
    assert_true(value_is_nil(a.value));
    reads(&a, "customer", "parent", "-");
    assert_true(value_is_nil(a.value));
    reads(&a, "customer", "name", "null");
    assert_text(a.value, "null");
    refuses(&a, "customer", "staff", "many", "number_form");
    done(w, &a);
}

static void test_choices_and_stages(struct world *w) {
    struct asking a;
    ask(w, &a);
    reads(&a, "customer", "branch", " RETAIL");
    assert_text(a.value, "retail");
    reads(&a, "customer", "branch", "розница");
    assert_text(a.value, "retail");
    refuses(&a, "customer", "branch", "space", "choice_unknown");
    a.o.of = entity(w, "deal");
    reads(&a, "deal", "stage", "won");
    assert_int_equal(a.value.integer, stage(w, "Won"));
    reads(&a, "deal", "pipeline", "sales");
    assert_true(a.value.integer > 0);
    a.o.pipeline = a.value.integer;
    reads(&a, "deal", "stage", "OFFER ");
    assert_int_equal(a.value.integer, stage(w, "Offer"));
    a.o.pipeline = 12345;
    refuses(&a, "deal", "stage", "Offer", "reference_not_found");
    done(w, &a);
}

static void test_references(struct world *w) {
    int64_t acme =
        make_json(w, "customer",
                  "{\"name\":\"Acme  "
                  "Corp\",\"code\":\"A-1\",\"external_id\":\"X1\",\"emails\":[\"Info@Acme.org\"]}");
    int64_t anna = make_user(w, "anna", "seller", 0);
    (void)make_json(w, "customer", "{\"name\":\"Twin\"}");
    (void)make_json(w, "customer", "{\"name\":\"twin\"}");
    struct asking a;
    ask(w, &a);
    static const char *const names[] = {"acme  CORP", "X1", "A-1", "info@acme.org"};
    for (size_t i = 0; i < 4; i++) {
        reads(&a, "deal", "customer", names[i]);
        assert_int_equal(a.value.integer, acme);
    }
    refuses(&a, "deal", "customer", "Nobody", "reference_not_found");
    refuses(&a, "deal", "customer", "TWIN", "reference_several");
    a.o.ref_by = STR("code");
    reads(&a, "deal", "customer", "a-1");
    assert_int_equal(a.value.integer, acme);
    refuses(&a, "deal", "customer", "Acme  Corp", "reference_not_found");
    a.o.ref_by = STR("emails");
    reads(&a, "deal", "customer", "INFO@acme.org");
    a.o.ref_by = STR("nonsense");
    assert_int_equal(read_as(&a, "deal", "customer", "x"), CRM_INVALID);
    a.o.ref_by = STR_NONE;
    reads(&a, "deal", "owner", "ANNA");
    assert_int_equal(a.value.integer, anna);
    done(w, &a);
    /* what may not be seen is not found */
    act_as(w, anna);
    ask(w, &a);
    refuses(&a, "deal", "customer", "X1", "reference_not_found");
    done(w, &a);
}

static void test_lists(struct world *w) {
    int64_t bolt = make_json(w, "customer", "{\"name\":\"Bolt\"}"),
            tag = make(w, "tag", "name", "warm");
    struct asking a;
    ask(w, &a);
    must(w, record_items_from_text(&a.r.view, field_at(w, "customer", "emails"),
                                   STR(" a@b.c; d@e.f,g@h.i ;"), &a.o, &a.items, &a.item_count,
                                   &w->err));
    assert_int_equal(a.item_count, 3);
    assert_true(a.items[0].primary && !a.items[1].primary);
    assert_text(a.items[2].value, "g@h.i");
    must(w, record_items_from_text(&a.r.view, field_at(w, "customer", "marks"),
                                   STR("Retail,HEALTH"), &a.o, &a.items, &a.item_count, &w->err));
    assert_int_equal(a.item_count, 2);
    assert_text(a.items[1].value, "health");
    must(w, record_items_from_text(&a.r.view, field_at(w, "customer", "partners"), STR("bolt"),
                                   &a.o, &a.items, &a.item_count, &w->err));
    assert_int_equal(a.items[0].value.integer, bolt);
    must(w, record_items_from_text(&a.r.view, field_at(w, "customer", "tags"), STR("Warm"), &a.o,
                                   &a.items, &a.item_count, &w->err));
    assert_int_equal(a.items[0].value.integer, tag);
    must(w, record_items_from_text(&a.r.view, field_at(w, "customer", "tags"), STR(" ; "), &a.o,
                                   &a.items, &a.item_count, &w->err));
    assert_int_equal(a.item_count, 0);
    assert_int_equal(record_items_from_text(&a.r.view, field_at(w, "customer", "marks"),
                                            STR("retail;space"), &a.o, &a.items, &a.item_count,
                                            &w->err),
                     CRM_REFUSED);
    assert_int_equal(record_items_from_text(&a.r.view, field_at(w, "customer", "name"), STR("x"),
                                            &a.o, &a.items, &a.item_count, &w->err),
                     CRM_REFUSED);
    done(w, &a);
}

ON_BOTH(test_scalars)
ON_BOTH(test_choices_and_stages)
ON_BOTH(test_references)
ON_BOTH(test_lists)

int main(void) {
    const struct CMUnitTest tests[] = {BOTH(test_scalars), BOTH(test_choices_and_stages),
                                       BOTH(test_references), BOTH(test_lists)};
    return cmocka_run_group_tests(tests, NULL, world_stop);
}
