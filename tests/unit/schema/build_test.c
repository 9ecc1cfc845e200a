/* From definitions to a snapshot: fields, formulas, children, pipelines, and what is refused. */
#include "schema/fixture.h"

static const struct schema_field *field(const struct fixture *f, const char *entity,
                                        const char *name) {
    const struct schema_entity *e = schema_find(f->plan.schema, str_from(entity));
    assert_non_null(e);
    const struct schema_field *it = schema_field_find(e, str_from(name));
    assert_non_null(it);
    assert_ptr_equal(schema_field_at(e, it->slot), it);
    assert_ptr_equal(schema_field_by_id(e, it->id), it);
    return it;
}

static void test_standard_fields_come_first(void **state) {
    (void)state;
    struct fixture f;
    fixture_init(&f);
    fixture_sales(&f);
    fixture_plan_ok(&f);
    const struct schema_entity *deal = schema_find(f.plan.schema, STR("deal"));
    static const char *const names[] = {
        "id",    "version", "created_at",  "created_by", "updated_at", "updated_by", "deleted_at",
        "owner", "team",    "external_id", "tags",       "followers",  "pipeline",   "stage"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        assert_true(str_is(deal->fields[i].name, names[i]));
    for (int32_t id = SCHEMA_STD_ID; id <= SCHEMA_STD_FOLLOWERS; id++)
        assert_int_equal(deal->fields[id - 1].id, id);
    assert_true(str_is(schema_standard(deal, SCHEMA_STD_OWNER)->column, "owner"));
    assert_int_equal(field(&f, "deal", "owner")->ref_entity,
                     schema_find(f.plan.schema, STR("user"))->id);
    assert_int_equal(field(&f, "deal", "id")->value_type.entity, deal->id);
    assert_int_equal(field(&f, "deal", "name")->id,
                     SCHEMA_FIRST_FIELD_ID + 4); /* pipeline, stage, closed_on, stage_since */
    assert_true(field(&f, "deal", "name")->fold);
    assert_false(field(&f, "deal", "external_id")->fold);
    fixture_fini(&f);
}

static void test_children_lack_what_is_the_parents(void **state) {
    (void)state;
    struct fixture f;
    fixture_init(&f);
    fixture_sales(&f);
    fixture_plan_ok(&f);
    const struct schema_entity *line = schema_find(f.plan.schema, STR("deal_line"));
    assert_true(line->is_child);
    assert_int_equal(line->parent_entity, schema_find(f.plan.schema, STR("deal"))->id);
    assert_true(str_is(schema_field_at(line, line->parent_slot)->name, "deal"));
    assert_null(schema_standard(line, SCHEMA_STD_OWNER));
    assert_null(schema_field_find(line, STR("followers")));
    assert_non_null(schema_standard(line, SCHEMA_STD_EXTERNAL_ID));
    fixture_fini(&f);
}

static void test_formulas_are_typed_wherever_they_stand(void **state) {
    (void)state;
    struct fixture f;
    fixture_init(&f);
    fixture_sales(&f);
    fixture_plan_ok(&f);
    assert_int_equal(field(&f, "deal", "twice")->value_type.type, VALUE_MONEY);
    assert_false(field(&f, "deal", "weighted")->stored);
    assert_false(field(&f, "deal", "twice")->stored);
    assert_true(field(&f, "deal", "double")->stored);
    assert_int_equal(schema_storage_of(field(&f, "deal", "double")), SCHEMA_STORAGE_MONEY);
    assert_int_equal(schema_storage_of(field(&f, "deal", "weighted")), SCHEMA_STORAGE_NONE);
    const struct schema_field *won = field(&f, "organization", "deals_won");
    assert_true(won->stored);
    assert_int_equal(won->value_type.type, VALUE_MONEY);
    assert_int_equal(won->rollup_entity, schema_find(f.plan.schema, STR("deal"))->id);
    assert_int_equal(won->rollup_by, field(&f, "deal", "organization")->id);
    fixture_fini(&f);
}

static void test_pipeline_brings_fields(void **state) {
    (void)state;
    struct fixture f;
    fixture_init(&f);
    fixture_sales(&f);
    fixture_plan_ok(&f);
    const struct schema_entity *deal = schema_find(f.plan.schema, STR("deal"));
    assert_true(deal->pipeline.present);
    assert_true(str_is(schema_field_at(deal, deal->pipeline.closed_slot)->name, "closed_on"));
    assert_int_equal(schema_field_at(deal, deal->pipeline.closed_slot)->type, SCHEMA_FIELD_DATE);
    assert_int_equal(schema_field_at(deal, deal->pipeline.since_slot)->type, SCHEMA_FIELD_TIME);
    assert_int_equal(deal->pipeline.probability_slot, -1);
    assert_int_equal(field(&f, "deal", "amount")->rate_on, deal->pipeline.closed_slot);
    assert_int_equal(deal->rule_count, 1);
    assert_int_equal(deal->rules[0].refuse_slot, field(&f, "deal", "amount")->slot);
    assert_int_equal(field(&f, "organization", "employees")->default_value->literal.integer, 1);
    fixture_fini(&f);
}

static void test_extend_adds_and_layers_keep_order(void **state) {
    (void)state;
    struct fixture f;
    fixture_init(&f);
    const struct schema_origin plugin = {
        .layer = SCHEMA_LAYER_PLUGIN, .owner = STR("gym"), .file = STR("gym.lua"), .line = 3};
    const struct schema_field_definition more[] = {
        {.origin = plugin, .name = STR("locker"), .type = SCHEMA_FIELD_TEXT}};
    fixture_entity(&f, (struct schema_entity_definition){.origin = plugin,
                                                         .extend = true,
                                                         .name = STR("organization"),
                                                         .fields = more,
                                                         .field_count = 1});
    fixture_sales(&f);
    fixture_plan_ok(&f);
    const struct schema_field *locker = field(&f, "organization", "locker");
    assert_true(str_is(locker->owner, "gym"));
    struct str digest = arena_str(&f.arena, f.plan.schema->digest);
    schema_definitions_remove(f.definitions, STR("gym"));
    fixture_plan_ok(&f);
    assert_null(schema_field_find(schema_find(f.plan.schema, STR("organization")), STR("locker")));
    assert_false(str_eq(digest, f.plan.schema->digest));
    fixture_fini(&f);
}

static void refuse_field(const char *code, const char *where, struct schema_field_definition it) {
    struct fixture f;
    fixture_init(&f);
    fixture_sales(&f);
    fixture_entity(&f, (struct schema_entity_definition){AT(90), .name = STR("thing"),
                                                         .fields = &it, .field_count = 1});
    fixture_refused(&f, code, where);
    fixture_fini(&f);
}

static void test_wrong_fields_are_refused_with_their_place(void **state) {
    (void)state;
    refuse_field("name_form", "sales.lua:91",
                 (struct schema_field_definition){FIELD(91, "Name", TEXT)});
    refuse_field("name_form", "sales.lua:91",
                 (struct schema_field_definition){FIELD(91, "", TEXT)});
    refuse_field("name_keyword", "sales.lua:91",
                 (struct schema_field_definition){FIELD(91, "end", TEXT)});
    refuse_field("name_standard", "sales.lua:91",
                 (struct schema_field_definition){FIELD(91, "owner", TEXT)});
    refuse_field(
        "unknown_entity_near", "sales.lua:91",
        (struct schema_field_definition){FIELD(91, "who", REF), .entity = STR("organisation")});
    refuse_field(
        "unknown_entity", "sales.lua:91",
        (struct schema_field_definition){FIELD(91, "who", REF), .entity = STR("zzzzzzzz")});
    refuse_field(
        "unknown_directory_near", "sales.lua:91",
        (struct schema_field_definition){FIELD(91, "level", CHOICE), .directory = STR("kinds")});
    refuse_field("missing", "sales.lua:91",
                 (struct schema_field_definition){FIELD(91, "level", CHOICE)});
    refuse_field(
        "unknown_field", "sales.lua:91",
        (struct schema_field_definition){FIELD(91, "sum", MONEY), .rate_on = STR("some_day")});
    refuse_field("not_a_reference", "sales.lua:91",
                 (struct schema_field_definition){FIELD(91, "n", ROLLUP), .entity = STR("deal"),
                                                  .by = STR("organization"),
                                                  .formula = STR("count()")});
    refuse_field("two_parents", "sales.lua:91",
                 (struct schema_field_definition){FIELD(91, "lines", CHILDREN),
                                                  .entity = STR("deal_line"), .by = STR("deal")});
    refuse_field("value_range", "sales.lua:91",
                 (struct schema_field_definition){FIELD(91, "note", TEXT), .max_length = 10001});
    refuse_field("default_type", "sales.lua:91",
                 (struct schema_field_definition){FIELD(91, "n", INTEGER),
                                                  .default_kind = SCHEMA_DEFAULT_EXPRESSION,
                                                  .default_text = STR("today()")});
    refuse_field(
        "formula_circle", "sales.lua:91",
        (struct schema_field_definition){FIELD(91, "n", FORMULA), .formula = STR("n + 1")});
}

static void test_formula_errors_point_at_the_column(void **state) {
    (void)state;
    struct fixture f;
    fixture_init(&f);
    const struct schema_field_definition fields[] = {
        {FIELD(91, "price", DECIMAL)},
        {FIELD(92, "total", FORMULA), .formula = STR("price * quantty")},
        {FIELD(93, "quantity", DECIMAL)}};
    fixture_entity(&f, (struct schema_entity_definition){AT(90), .name = STR("thing"),
                                                         .fields = fields, .field_count = 3});
    assert_int_equal(fixture_plan(&f), CRM_INVALID);
    assert_string_equal(f.err.where, "sales.lua:92");
    assert_string_equal(f.err.entity, "thing");
    assert_string_equal(f.err.field, "total");
    assert_int_equal(f.err.column, 9);
    struct buf text;
    buf_init(&text, 1024);
    err_format(&f.err, LANGUAGE_EN, &text);
    assert_non_null(strstr(text.ptr, "quantity"));
    buf_fini(&text);
    fixture_fini(&f);
}

static void test_the_error_of_a_formula_within_a_formula_is_its_own(void **state) {
    (void)state;
    struct fixture f;
    fixture_init(&f);
    const struct schema_field_definition fields[] = {
        {FIELD(91, "outer", FORMULA), .formula = STR("1 + inner")},
        {FIELD(92, "inner", FORMULA), .formula = STR("1 +")}};
    fixture_entity(&f, (struct schema_entity_definition){AT(90), .name = STR("thing"),
                                                         .fields = fields, .field_count = 2});
    assert_int_equal(fixture_plan(&f), CRM_INVALID);
    assert_string_equal(f.err.where, "sales.lua:92");
    assert_string_equal(f.err.field, "inner");
    fixture_fini(&f);
}

static void test_names_given_twice_name_both_places(void **state) {
    (void)state;
    struct fixture f;
    fixture_init(&f);
    fixture_sales(&f);
    fixture_entity(&f, (struct schema_entity_definition){AT(80), .name = STR("deal")});
    fixture_refused(&f, "twice_extend", "sales.lua:80");
    struct buf text;
    buf_init(&text, 1024);
    err_format(&f.err, LANGUAGE_EN, &text);
    assert_non_null(strstr(text.ptr, "sales.lua:19"));
    buf_fini(&text);
    fixture_fini(&f);

    fixture_init(&f);
    fixture_sales(&f);
    const struct schema_field_definition again[] = {{FIELD(81, "amount", TEXT)}};
    fixture_entity(&f,
                   (struct schema_entity_definition){AT(80), .extend = true, .name = STR("deal"),
                                                     .fields = again, .field_count = 1});
    fixture_refused(&f, "twice", "sales.lua:81");
    fixture_fini(&f);

    fixture_init(&f);
    fixture_sales(&f);
    const struct schema_field_definition stage[] = {{FIELD(81, "stage", TEXT)}};
    fixture_entity(&f,
                   (struct schema_entity_definition){AT(80), .extend = true, .name = STR("deal"),
                                                     .fields = stage, .field_count = 1});
    fixture_refused(&f, "name_pipeline", "sales.lua:81");
    fixture_fini(&f);
}

static void test_paths_run_through_references(void **state) {
    (void)state;
    struct fixture f;
    fixture_init(&f);
    fixture_sales(&f);
    fixture_plan_ok(&f);
    struct schema_scope scope = {.schema = f.plan.schema,
                                 .entity = schema_find(f.plan.schema, STR("deal"))};
    struct schema_path path;
    assert_int_equal(schema_path_parse(&scope, STR("organization.owner.team.name"), &path, &f.err),
                     CRM_OK);
    assert_int_equal(path.length, 4);
    assert_true(str_is(path.entity[3]->name, "team"));
    assert_true(str_is(path.field[3]->name, "name"));
    assert_int_equal(schema_path_parse(&scope, STR("organisation.name"), &path, &f.err),
                     CRM_INVALID);
    assert_string_equal(f.err.text.code, "unknown_field_near");
    assert_int_equal(schema_path_parse(&scope, STR("name.length"), &path, &f.err), CRM_INVALID);
    assert_string_equal(f.err.text.code, "path_not_reference");
    assert_int_equal(schema_path_parse(&scope, STR("followers.name"), &path, &f.err), CRM_INVALID);
    assert_string_equal(f.err.text.code, "path_many");
    assert_int_equal(schema_path_parse(&scope, STR("organization..name"), &path, &f.err),
                     CRM_INVALID);
    assert_string_equal(f.err.text.code, "path_form");
    assert_int_equal(schema_path_parse(&scope, STR(""), &path, &f.err), CRM_INVALID);
    assert_int_equal(schema_path_parse(&scope,
                                       STR("owner.manager.manager.manager.manager.manager.name"),
                                       &path, &f.err),
                     CRM_INVALID);
    assert_string_equal(f.err.text.code, "path_form");
    fixture_fini(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_standard_fields_come_first),
        cmocka_unit_test(test_children_lack_what_is_the_parents),
        cmocka_unit_test(test_formulas_are_typed_wherever_they_stand),
        cmocka_unit_test(test_pipeline_brings_fields),
        cmocka_unit_test(test_extend_adds_and_layers_keep_order),
        cmocka_unit_test(test_wrong_fields_are_refused_with_their_place),
        cmocka_unit_test(test_formula_errors_point_at_the_column),
        cmocka_unit_test(test_the_error_of_a_formula_within_a_formula_is_its_own),
        cmocka_unit_test(test_names_given_twice_name_both_places),
        cmocka_unit_test(test_paths_run_through_references),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
