/* The plan: ids and names stay, only additions become steps, the rest is refused in words. */
#include "schema/fixture.h"

static size_t count_steps(const struct fixture *f, enum schema_step_kind kind) {
    size_t n = 0;
    for (size_t i = 0; i < f->plan.step_count; i++)
        n += f->plan.steps[i].kind == kind;
    return n;
}

static const struct schema_field *field(const struct fixture *f, const char *entity,
                                        const char *name) {
    return schema_field_find(schema_find(f->plan.schema, str_from(entity)), str_from(name));
}

/* The database now is what the plan says. */
static void apply(struct fixture *f) { f->registry = *f->plan.registry; }

static void extend(struct fixture *f, struct schema_field_definition it) {
    fixture_entity(f, (struct schema_entity_definition){
                          .origin = it.origin,
                          .extend = true,
                          .name = STR("deal"),
                          .fields = memcpy(arena_alloc(&f->arena, sizeof it), &it, sizeof it),
                          .field_count = 1});
}

static void test_everything_is_made_once(void **state) {
    (void)state;
    struct fixture f;
    fixture_init(&f);
    fixture_sales(&f);
    fixture_plan_ok(&f);
    assert_int_equal(count_steps(&f, SCHEMA_STEP_CREATE_ENTITY), f.plan.schema->entity_count);
    assert_int_equal(count_steps(&f, SCHEMA_STEP_ADD_FIELD), 0);
    /* tags and followers of all but the child, emails and colleagues */
    assert_int_equal(count_steps(&f, SCHEMA_STEP_CREATE_LINKS),
                     2 * (f.plan.schema->entity_count - 1) + 2);
    assert_int_equal(count_steps(&f, SCHEMA_STEP_CREATE_SEARCH), 2);
    assert_int_equal(f.plan.refused_count, 0);
    apply(&f);
    fixture_plan_ok(&f);
    assert_int_equal(f.plan.step_count, 0);
    fixture_fini(&f);
}

static void test_physical_names(void **state) {
    (void)state;
    struct fixture f;
    fixture_init(&f);
    fixture_sales(&f);
    const struct schema_field_definition fields[] = {
        {FIELD(91, "a_name_that_is_as_long_as_a_name_can_possibly_be", MONEY)}};
    fixture_entity(&f, (struct schema_entity_definition){
                           AT(90), .name = STR("an_entity_whose_name_is_of_the_greatest_length_ok"),
                           .fields = fields, .field_count = 1});
    assert_int_equal(fixture_plan(&f), CRM_INVALID); /* 49 letters */
    fixture_fini(&f);

    fixture_init(&f);
    fixture_sales(&f);
    fixture_entity(&f, (struct schema_entity_definition){
                           AT(90), .name = STR("an_entity_whose_name_is_of_the_greatest_length_o"),
                           .fields = fields, .field_count = 1});
    fixture_plan_ok(&f);
    const struct schema_field *amount = field(&f, "deal", "amount");
    char expected[64];
    (void)snprintf(expected, sizeof expected, "f%d_amount", (int)amount->id);
    assert_true(str_is(amount->column, expected));
    (void)snprintf(expected, sizeof expected, "l%d_%d",
                   (int)schema_find(f.plan.schema, STR("deal"))->id,
                   (int)field(&f, "deal", "colleagues")->id);
    assert_true(str_is(field(&f, "deal", "colleagues")->link_table, expected));
    assert_int_equal(field(&f, "deal", "colleagues")->column.len, 0);
    for (size_t i = 0; i < f.plan.schema->entity_count; i++) {
        const struct schema_entity *e = &f.plan.schema->entities[i];
        assert_true(e->table.len <= 60);
        for (size_t k = 0; k < e->index_count; k++)
            assert_true(e->indexes[k].name.len <= 60);
        for (size_t k = 0; k < e->field_count; k++)
            assert_true(e->fields[k].column.len + 2 <= 60);
    }
    fixture_fini(&f);
}

static void test_additions_are_steps_and_ids_stay(void **state) {
    (void)state;
    struct fixture f;
    fixture_init(&f);
    fixture_sales(&f);
    fixture_plan_ok(&f);
    apply(&f);
    int32_t amount = field(&f, "deal", "amount")->id;
    extend(&f, (struct schema_field_definition){FIELD(81, "zip", TEXT), .sort = true});
    extend(&f, (struct schema_field_definition){FIELD(82, "products", LINKS),
                                                .entity = STR("organization")});
    extend(&f, (struct schema_field_definition){FIELD(83, "next_year", FORMULA),
                                                .formula = STR("year(today())")});
    fixture_plan_ok(&f);
    assert_int_equal(f.plan.step_count, 3);
    assert_int_equal(f.plan.steps[0].kind, SCHEMA_STEP_ADD_FIELD);
    assert_true(str_is(f.plan.steps[0].subject, "deal.zip"));
    assert_int_equal(f.plan.steps[0].field, field(&f, "deal", "zip")->id);
    assert_int_equal(f.plan.steps[1].kind, SCHEMA_STEP_CREATE_LINKS);
    assert_int_equal(f.plan.steps[2].kind, SCHEMA_STEP_CREATE_INDEX);
    assert_int_equal(field(&f, "deal", "amount")->id, amount);
    assert_true(field(&f, "deal", "zip")->id > amount);
    fixture_fini(&f);
}

static void test_what_a_definition_leaves_out_stays_in_the_registry(void **state) {
    (void)state;
    struct fixture f;
    fixture_init(&f);
    fixture_sales(&f);
    const struct schema_field_definition zip = {
        .origin = {SCHEMA_LAYER_PLUGIN, STR("gym"), STR("gym.lua"), 1},
        .name = STR("zip"),
        .type = SCHEMA_FIELD_TEXT};
    extend(&f, zip);
    fixture_plan_ok(&f);
    apply(&f);
    int32_t id = field(&f, "deal", "zip")->id;
    size_t registered = f.registry.field_count;
    schema_definitions_remove(f.definitions, STR("gym"));
    fixture_plan_ok(&f);
    assert_int_equal(f.plan.step_count, 0);
    assert_null(field(&f, "deal", "zip"));
    assert_int_equal(f.plan.registry->field_count, registered);
    extend(&f, zip);
    fixture_plan_ok(&f);
    assert_int_equal(f.plan.step_count, 0);
    assert_int_equal(field(&f, "deal", "zip")->id, id);
    fixture_fini(&f);
}

static void refused_change(const char *name, struct schema_field_definition before,
                           struct schema_field_definition after, const char *code) {
    struct fixture f;
    fixture_init(&f);
    fixture_sales(&f);
    before.origin.owner = STR("old");
    extend(&f, before);
    fixture_plan_ok(&f);
    apply(&f);
    schema_definitions_remove(f.definitions, STR("old"));
    extend(&f, after);
    fixture_plan_ok(&f);
    assert_int_equal(f.plan.refused_count, 1);
    for (size_t i = 0; i < f.plan.step_count; i++) {
        if (f.plan.steps[i].kind != SCHEMA_STEP_REFUSED) continue;
        assert_true(str_is(f.plan.steps[i].subject, name));
        assert_string_equal(f.plan.steps[i].refusal->text.code, code);
        assert_string_equal(f.plan.steps[i].refusal->where, "sales.lua:82");
    }
    fixture_fini(&f);
}

static void test_changes_of_what_is_stored_are_refused(void **state) {
    (void)state;
    const struct schema_field_definition zip = {FIELD(81, "zip", TEXT)};
    refused_change("deal.zip", zip, (struct schema_field_definition){FIELD(82, "zip", INTEGER)},
                   "type_change");
    refused_change("deal.zip", zip,
                   (struct schema_field_definition){FIELD(82, "zip", TEXT), .unique = true},
                   "type_change");
    refused_change("deal.zip", zip,
                   (struct schema_field_definition){FIELD(82, "zip", TEXT), .search = true},
                   "type_change");
    refused_change("deal.code", zip,
                   (struct schema_field_definition){FIELD(82, "code", TEXT), .was = STR("zip")},
                   "rename");
    refused_change("deal.who",
                   (struct schema_field_definition){FIELD(81, "who", REF), .entity = STR("user")},
                   (struct schema_field_definition){FIELD(82, "who", REF), .entity = STR("team")},
                   "type_change");
    refused_change(
        "deal.sum",
        (struct schema_field_definition){FIELD(81, "sum", FORMULA), .formula = STR("amount * 2")},
        (struct schema_field_definition){FIELD(82, "sum", FORMULA), .formula = STR("amount * 3")},
        "type_change");
}

static void test_attributes_of_links(void **state) {
    (void)state;
    struct fixture f;
    fixture_init(&f);
    fixture_sales(&f);
    const struct schema_field_definition attributes[] = {{FIELD(71, "role", TEXT)},
                                                         {FIELD(72, "since", DATE)}};
    struct schema_field_definition links = {FIELD(70, "partners", LINKS),
                                            .entity = STR("organization"), .attributes = attributes,
                                            .attribute_count = 1};
    links.origin.owner = STR("old");
    extend(&f, links);
    fixture_plan_ok(&f);
    const struct schema_field *first = field(&f, "deal", "partners");
    int32_t role = first->attributes[0].id;
    assert_int_equal(first->attribute_count, 1);
    assert_true(first->attributes[0].column.len > 0);
    apply(&f);
    schema_definitions_remove(f.definitions, STR("old"));
    links.attribute_count = 2;
    extend(&f, links);
    fixture_plan_ok(&f);
    assert_int_equal(f.plan.step_count, 1);
    assert_int_equal(f.plan.steps[0].kind, SCHEMA_STEP_ADD_ATTRIBUTE);
    const struct schema_field *second = field(&f, "deal", "partners");
    assert_int_equal(second->attributes[0].id, role);
    assert_int_equal(f.plan.steps[0].index, second->attributes[1].id);
    fixture_fini(&f);
}

static bool has_name(const struct schema_entity *e, int32_t slot, const char *name) {
    return str_is(e->fields[slot].name, name);
}

/* One column by what people filter and sort by; two where the stage or the owner meets an order. */
static void test_indexes(void **state) {
    (void)state;
    static const struct {
        const char *first, *second;
        bool unique, skips_nil;
    } expected[] = {{"created_at", NULL, false, false}, {"owner", "created_at", false, false},
                    {"team", NULL, false, true},        {"external_id", NULL, true, false},
                    {"stage", NULL, false, true},       {"organization", NULL, false, true}};
    struct fixture f;
    fixture_init(&f);
    fixture_sales(&f);
    fixture_plan_ok(&f);
    const struct schema_entity *deal = schema_find(f.plan.schema, STR("deal"));
    assert_int_equal(deal->index_count, COUNT_OF(expected));
    for (size_t i = 0; i < deal->index_count; i++) {
        const struct schema_index *it = &deal->indexes[i];
        assert_int_equal(it->slot_count, expected[i].second ? 2 : 1);
        assert_true(has_name(deal, it->slots[0], expected[i].first));
        assert_true(!expected[i].second || has_name(deal, it->slots[1], expected[i].second));
        assert_int_equal(it->unique, expected[i].unique);
        assert_int_equal(it->skips_nil, expected[i].skips_nil);
    }
    const struct schema_entity *user = schema_find(f.plan.schema, STR("user"));
    assert_int_equal(user->index_count, 2); /* resident: unique keys only */
    fixture_fini(&f);
}

/* A field that becomes sortable brings its own index and the one with the stage, nothing else. */
static void test_sorted_field_brings_indexes(void **state) {
    (void)state;
    struct fixture f;
    fixture_init(&f);
    fixture_sales(&f);
    fixture_plan_ok(&f);
    apply(&f);
    struct schema_field_definition score = {FIELD(1, "score", INTEGER), .sort = true};
    extend(&f, score);
    fixture_plan_ok(&f);
    const struct schema_entity *deal = schema_find(f.plan.schema, STR("deal"));
    size_t alone = 0, with_stage = 0, created = 0;
    for (size_t i = 0; i < deal->index_count; i++) {
        const struct schema_index *it = &deal->indexes[i];
        alone += it->slot_count == 1 && has_name(deal, it->slots[0], "score");
        with_stage += it->slot_count == 2 && has_name(deal, it->slots[0], "stage") &&
                      has_name(deal, it->slots[1], "score");
    }
    for (size_t i = 0; i < f.plan.step_count; i++)
        created += f.plan.steps[i].kind == SCHEMA_STEP_CREATE_INDEX;
    assert_int_equal(alone, 1);
    assert_int_equal(with_stage, 1);
    assert_int_equal(created, 2);
    fixture_fini(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_is_made_once),
        cmocka_unit_test(test_physical_names),
        cmocka_unit_test(test_additions_are_steps_and_ids_stay),
        cmocka_unit_test(test_what_a_definition_leaves_out_stays_in_the_registry),
        cmocka_unit_test(test_changes_of_what_is_stored_are_refused),
        cmocka_unit_test(test_attributes_of_links),
        cmocka_unit_test(test_indexes),
        cmocka_unit_test(test_sorted_field_brings_indexes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
