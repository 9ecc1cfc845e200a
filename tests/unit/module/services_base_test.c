/* The services that modules are given, used as a module uses them: definitions, values from text,
 * state by key, messages, company facts. Records are in services_test.c. */
#include "support/opened_group.h"

static struct crm_error err;

static void schema_says_what_there_is(void **state) {
    (void)state;
    struct bench b = bench_of(NULL);
    struct crm_entity_facts e = {.size = sizeof e};
    struct crm_field_facts f = {.size = sizeof f};
    o.crm->schema->entity_facts(b.view, b.gadget, &e);
    assert_true(crm_str_is(e.name, "gadget"));
    assert_true(crm_str_is(e.owner, "opened"));
    assert_ptr_equal(e.title, field(&b, "name"));
    assert_null(e.stage);
    o.crm->schema->field_facts(b.view, b.gadget, field(&b, "code"), &f);
    assert_int_equal(f.type, CRM_FIELD_TEXT);
    assert_true(f.flags & CRM_FIELD_UNIQUE);
    assert_false(f.flags & CRM_FIELD_REQUIRED);
    o.crm->schema->field_facts(b.view, b.gadget, field(&b, "parts"), &f);
    assert_int_equal(f.type, CRM_FIELD_CHILDREN);
    assert_ptr_equal(f.ref, o.crm->schema->entity(b.view, CRM_STR("gadget_part")));
    assert_non_null(f.ref_field);
    assert_null(o.crm->schema->entity(b.view, CRM_STR("nothing")));
    assert_null(o.crm->schema->field(b.view, b.gadget, CRM_STR("nothing")));
    assert_true(crm_str_is(o.crm->schema->entity_label(b.view, b.gadget, CRM_LANGUAGE_RU), "Вещь"));
    o.crm->record->view_close(b.view);
}

/* A module built against a shorter struct gets what it knows, and nothing beyond. */
static void facts_keep_to_the_callers_size(void **state) {
    (void)state;
    struct bench b = bench_of(NULL);
    struct crm_field_facts f;
    memset(&f, 0x5A, sizeof f);
    f.size = offsetof(struct crm_field_facts, value_type);
    o.crm->schema->field_facts(b.view, b.gadget, field(&b, "amount"), &f);
    assert_int_equal(f.type, CRM_FIELD_INTEGER);
    assert_int_equal(f.size, offsetof(struct crm_field_facts, value_type));
    assert_int_equal(f.value_type, 0x5A5A5A5A);
    o.crm->record->view_close(b.view);
}

static void texts_become_values(void **state) {
    (void)state;
    struct bench b = bench_of(NULL);
    struct crm_value v;
    const struct crm_text_options scaled = {
        .size = sizeof scaled, .scale_micro = INT64_C(1000000000), .currency = {"EUR"}};
    assert_int_equal(o.crm->record->value_from_text(b.view, field(&b, "price"), CRM_STR("1.5"),
                                                    &scaled, &v, &err),
                     CRM_OK);
    assert_int_equal(v.type, CRM_VALUE_MONEY);
    assert_int_equal(v.integer, 150000);
    assert_string_equal(v.currency.code, "EUR");
    const struct crm_text_options nulls = {.size = sizeof nulls, .null_words = true};
    assert_int_equal(o.crm->record->value_from_text(b.view, field(&b, "amount"), CRM_STR("n/a"),
                                                    &nulls, &v, &err),
                     CRM_OK);
    assert_true(crm_is_nil(&v));
    assert_int_not_equal(o.crm->record->value_from_text(b.view, field(&b, "amount"),
                                                        CRM_STR("twelve"), NULL, &v, &err),
                         CRM_OK);
    const struct crm_text_options days = {.size = sizeof days, .date_order = CRM_STR("dmy")};
    assert_int_equal(o.crm->record->value_from_text(b.view, field(&b, "made_on"),
                                                    CRM_STR("03.02.2024"), &days, &v, &err),
                     CRM_OK);
    assert_int_equal(v.integer, o.crm->base->date_from_civil(2024, 2, 3));
    o.crm->record->view_close(b.view);
}

static void state_is_kept_by_key(void **state) {
    (void)state;
    struct crm_arena *a = o.crm->base->arena_new(1 << 20);
    struct crm_str value = {NULL, 0};
    assert_int_equal(o.crm->file->state_get(o.crm->host, CRM_STR("place"), a, &value, &err),
                     CRM_OK);
    assert_int_equal(value.len, 0);
    assert_int_equal(
        o.crm->file->state_put(o.crm->host, CRM_STR("place"), CRM_STR("row 7"), 0, &err), CRM_OK);
    assert_int_equal(
        o.crm->file->state_put(o.crm->host, CRM_STR("place"), CRM_STR("row 8"), 0, &err), CRM_OK);
    opened_again(&o);
    assert_int_equal(o.crm->file->state_get(o.crm->host, CRM_STR("place"), a, &value, &err),
                     CRM_OK);
    assert_true(crm_str_is(value, "row 8"));
    assert_int_equal(o.crm->file->state_delete(o.crm->host, CRM_STR("place"), &err), CRM_OK);
    assert_int_equal(o.crm->file->state_put(o.crm->host, CRM_STR("over"), CRM_STR("x"), 1, &err),
                     CRM_OK);
    value = (struct crm_str){NULL, 0};
    assert_int_equal(o.crm->file->state_get(o.crm->host, CRM_STR("place"), a, &value, &err),
                     CRM_OK);
    assert_int_equal(value.len, 0);
    assert_int_equal(o.crm->file->state_get(o.crm->host, CRM_STR("over"), a, &value, &err), CRM_OK);
    assert_int_equal(value.len, 0);
    o.crm->base->arena_free(a);
}

static void base_speaks_both_languages(void **state) {
    (void)state;
    static const struct crm_text text = {"lost", "{0} lost {1}", "{0} теряет {1}"};
    const struct crm_str args[] = {CRM_STR("Anna"), CRM_STR("{1}")};
    struct crm_buf *buf = o.crm->base->buf_new(256);
    assert_int_equal(o.crm->base->error_set(&err, CRM_CONFLICT, &text, args, 2), CRM_CONFLICT);
    o.crm->base->error_format(&err, CRM_LANGUAGE_EN, buf);
    assert_true(crm_str_is(o.crm->base->buf_str(buf), "Anna lost {1}"));
    o.crm->base->buf_clear(buf);
    o.crm->base->error_format(&err, CRM_LANGUAGE_RU, buf);
    assert_true(crm_str_is(o.crm->base->buf_str(buf), "Anna теряет {1}"));
    o.crm->base->buf_free(buf);
    struct crm_company company = {.size = sizeof company};
    struct crm_arena *a = o.crm->base->arena_new(1 << 16);
    assert_int_equal(o.crm->base->company(o.crm->host, a, &company, &err), CRM_OK);
    assert_string_equal(company.base_currency.code, "USD");
    assert_true(crm_str_is(company.zone, "UTC"));
    o.crm->base->arena_free(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schema_says_what_there_is),
        cmocka_unit_test(facts_keep_to_the_callers_size),
        cmocka_unit_test(texts_become_values),
        cmocka_unit_test(state_is_kept_by_key),
        cmocka_unit_test(base_speaks_both_languages),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
