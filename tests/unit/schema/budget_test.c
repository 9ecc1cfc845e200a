/* What a table cannot hold is refused by the plan, in words. */
#include "fixture.h"

static const struct schema_step *refused(const struct fixture *f) {
    for (size_t i = 0; i < f->plan.step_count; i++)
        if (f->plan.steps[i].kind == SCHEMA_STEP_REFUSED) return &f->plan.steps[i];
    fail_msg("nothing is refused");
    return NULL;
}

static void test_a_table_has_room_for_so_many_columns(void **state) {
    (void)state;
    struct fixture f;
    fixture_init(&f);
    fixture_sales(&f);
    struct schema_field_definition *many =
        ARENA_ARRAY(&f.arena, 500, struct schema_field_definition);
    for (int i = 0; i < 500; i++) {
        many[i] = (struct schema_field_definition){FIELD(100, "x", MONEY)};
        many[i].name = arena_printf(&f.arena, "m%d", i);
    }
    struct schema_entity_definition more = {
        .extend = true, .name = STR("deal"), .fields = many, .field_count = 300};
    more.origin = many[0].origin;
    fixture_entity(&f, more);
    fixture_plan_ok(&f);
    assert_int_equal(f.plan.refused_count, 0);
    f.definitions->entities[f.definitions->entity_count - 1].field_count = 500;
    fixture_plan_ok(&f);
    assert_int_equal(f.plan.refused_count, 1);
    assert_string_equal(refused(&f)->refusal->text.code, "columns_budget");
    fixture_fini(&f);
}

static struct str said(struct fixture *f, const struct err *refusal, enum language language) {
    struct buf text;
    buf_init(&text, 4096);
    err_format(refusal, language, &text);
    struct str kept = arena_str(&f->arena, buf_str(&text));
    buf_fini(&text);
    return kept;
}

/* Few enough columns, but texts whose heads alone fill a page of PostgreSQL. */
static void test_a_row_has_room_for_so_many_bytes(void **state) {
    (void)state;
    enum { TEXTS = 300 };
    struct fixture f;
    fixture_init(&f);
    fixture_sales(&f);
    struct schema_field_definition *many =
        ARENA_ARRAY(&f.arena, TEXTS, struct schema_field_definition);
    for (int i = 0; i < TEXTS; i++) {
        many[i] = (struct schema_field_definition){FIELD(100, "x", TEXT)};
        many[i].name = arena_printf(&f.arena, "t%d", i);
    }
    struct schema_entity_definition more = {
        .extend = true, .name = STR("deal"), .fields = many, .field_count = 150};
    more.origin = many[0].origin;
    fixture_entity(&f, more);
    fixture_plan_ok(&f);
    assert_int_equal(f.plan.refused_count, 0);
    f.definitions->entities[f.definitions->entity_count - 1].field_count = TEXTS;
    fixture_plan_ok(&f);
    assert_int_equal(f.plan.refused_count, 1);
    const struct schema_step *step = refused(&f);
    assert_string_equal(step->refusal->text.code, "bytes_budget");
    assert_true(str_is(step->subject, "deal"));
    struct str english = said(&f, step->refusal, LANGUAGE_EN),
               russian = said(&f, step->refusal, LANGUAGE_RU);
    assert_true(str_starts_with(english, STR("A row of deal could come to ")));
    assert_true(str_find(english, STR(" bytes; at most 7800 fit. Move some fields")) != SIZE_MAX);
    assert_true(str_starts_with(russian, STR("Строка deal может занять байт: ")));
    fixture_fini(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_table_has_room_for_so_many_columns),
        cmocka_unit_test(test_a_row_has_room_for_so_many_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
