/* The plan: ids and names stay; additions and renames take effect at once, what needs the rows is
 * built beside what is in force, what takes away is asked about, the rest is refused in words. */
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

static const struct schema_step *step_of(const struct fixture *f, enum schema_step_kind kind) {
    for (size_t i = 0; i < f->plan.step_count; i++)
        if (f->plan.steps[i].kind == kind) return &f->plan.steps[i];
    return NULL;
}

/* The database now is what the plan says: rows that are gone are deleted, quick indexes made. */
static void apply(struct fixture *f) {
    struct schema_registry *r = f->plan.registry;
    size_t kept = 0;
    for (size_t i = 0; i < r->field_count; i++)
        if (r->fields[i].state != SCHEMA_STATE_GONE) r->fields[kept++] = r->fields[i];
    r->field_count = kept;
    for (size_t i = kept = 0; i < r->index_count; i++) {
        if (r->indexes[i].state == SCHEMA_STATE_GONE) continue;
        r->indexes[kept] = r->indexes[i];
        for (size_t k = 0; k < f->plan.step_count; k++) {
            const struct schema_step *s = &f->plan.steps[k];
            if (s->kind == SCHEMA_STEP_CREATE_INDEX || s->kind == SCHEMA_STEP_CREATE_SEARCH)
                if (s->entity == r->indexes[kept].entity && s->index == r->indexes[kept].id)
                    r->indexes[kept].state = SCHEMA_STATE_LIVE;
        }
        kept++;
    }
    r->index_count = kept;
    f->registry = *r;
}

/* A background step has been done. */
static void settle(struct fixture *f, enum schema_step_kind kind) {
    for (size_t i = 0; i < f->plan.step_count; i++) {
        if (f->plan.steps[i].kind != kind) continue;
        assert_int_equal(schema_plan_settle(&f->arena, &f->plan, i, &f->err), CRM_OK);
        apply(f);
        return;
    }
    fail_msg("no step of the kind %s", schema_step_word(kind));
}

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
    assert_true(f.plan.steps[2].background);
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

/* What owner "old" declared as `before` is `after` now. */
static void change(struct fixture *f, struct schema_field_definition before,
                   struct schema_field_definition after) {
    fixture_init(f);
    fixture_sales(f);
    before.origin.owner = STR("old");
    extend(f, before);
    fixture_plan_ok(f);
    apply(f);
    schema_definitions_remove(f->definitions, STR("old"));
    extend(f, after);
    fixture_plan_ok(f);
}

static void refused_change(const char *name, struct schema_field_definition before,
                           struct schema_field_definition after, const char *code) {
    struct fixture f;
    change(&f, before, after);
    assert_int_equal(f.plan.refused_count, 1);
    const struct schema_step *step = step_of(&f, SCHEMA_STEP_REFUSED);
    assert_true(str_is(step->subject, name));
    assert_string_equal(step->refusal->text.code, code);
    assert_string_equal(step->refusal->where, "sales.lua:82");
    fixture_fini(&f);
}

static const struct schema_field_definition zip_81 = {FIELD(81, "zip", TEXT)};

static void test_what_has_no_conversion_is_refused(void **state) {
    (void)state;
    refused_change("deal.zip", zip_81,
                   (struct schema_field_definition){FIELD(82, "zip", REF), .entity = STR("user")},
                   "type_change");
    refused_change("deal.who",
                   (struct schema_field_definition){FIELD(81, "who", REF), .entity = STR("user")},
                   (struct schema_field_definition){FIELD(82, "who", REF), .entity = STR("team")},
                   "type_change");
    refused_change(
        "deal.zip", zip_81,
        (struct schema_field_definition){FIELD(82, "zip", CHOICES), .directory = STR("kind")},
        "type_change");
}

static void test_a_rename_keeps_everything_but_the_name(void **state) {
    (void)state;
    struct fixture f;
    const struct schema_field_definition code = {FIELD(82, "code", TEXT), .was = STR("zip")};
    fixture_init(&f);
    fixture_sales(&f);
    extend(&f, zip_81);
    extend(&f, (struct schema_field_definition){FIELD(83, "loud", FORMULA),
                                                .formula = STR("zip .. '!'")});
    fixture_plan_ok(&f);
    const struct schema_field *zip = field(&f, "deal", "zip");
    int32_t id = zip->id;
    struct str column = arena_str(&f.arena, zip->column);
    apply(&f);
    /* in place, so that the formula is not told */
    struct schema_entity_definition *declared = f.definitions->entities;
    for (size_t i = 0; i < f.definitions->entity_count; i++)
        if (declared[i].extend && str_is(declared[i].fields[0].name, "zip"))
            *(struct schema_field_definition *)(uintptr_t)declared[i].fields = code;
    fixture_plan_ok(&f);
    assert_int_equal(f.plan.step_count, 1);
    assert_int_equal(f.plan.steps[0].kind, SCHEMA_STEP_RENAME_FIELD);
    assert_null(field(&f, "deal", "zip"));
    assert_int_equal(field(&f, "deal", "code")->id, id);
    assert_true(str_eq(field(&f, "deal", "code")->column, column));
    apply(&f);
    fixture_plan_ok(&f);
    assert_int_equal(f.plan.step_count, 0);
    fixture_fini(&f);
}

static void test_an_entity_is_renamed_with_what_refers_to_it(void **state) {
    (void)state;
    struct fixture f;
    fixture_init(&f);
    fixture_sales(&f);
    fixture_plan_ok(&f);
    int32_t id = schema_find(f.plan.schema, STR("organization"))->id;
    apply(&f);
    for (size_t i = 0; i < f.definitions->entity_count; i++)
        if (str_is(f.definitions->entities[i].name, "organization")) {
            f.definitions->entities[i].name = STR("company");
            f.definitions->entities[i].was = STR("organization");
        }
    fixture_plan_ok(&f); /* deal.organization still says ref "organization" */
    assert_int_equal(f.plan.step_count, 1);
    assert_int_equal(f.plan.steps[0].kind, SCHEMA_STEP_RENAME_ENTITY);
    assert_int_equal(schema_find(f.plan.schema, STR("company"))->id, id);
    assert_int_equal(field(&f, "deal", "organization")->ref_entity, id);
    apply(&f);
    fixture_plan_ok(&f);
    assert_int_equal(f.plan.step_count, 0);
    fixture_fini(&f);
}

/* Left out by an owner that is there: in force until its removal is asked for by name. */
static void test_a_removal_is_asked_about(void **state) {
    (void)state;
    struct fixture f;
    change(&f, zip_81, (struct schema_field_definition){FIELD(82, "other", TEXT)});
    assert_null(field(&f, "deal", "zip")); /* its owner is gone */
    fixture_fini(&f);

    fixture_init(&f);
    fixture_sales(&f);
    extend(&f, zip_81);
    fixture_plan_ok(&f);
    int32_t id = field(&f, "deal", "zip")->id;
    apply(&f);
    f.definitions->entity_count--;
    fixture_plan_ok(&f);
    assert_int_equal(f.plan.asked_count, 1);
    assert_int_equal(f.plan.step_count, 1);
    assert_int_equal(f.plan.steps[0].kind, SCHEMA_STEP_HIDE_FIELD);
    assert_true(f.plan.steps[0].asks);
    assert_int_equal(field(&f, "deal", "zip")->id, id);

    const struct str drop[] = {STR("deal.zip")};
    f.wishes = (struct schema_wishes){.drop = drop, .drop_count = 1};
    fixture_plan_ok(&f);
    assert_int_equal(f.plan.asked_count, 0);
    assert_int_equal(f.plan.steps[0].kind, SCHEMA_STEP_HIDE_FIELD);
    assert_null(field(&f, "deal", "zip"));
    apply(&f);
    f.wishes = (struct schema_wishes){0};
    fixture_plan_ok(&f);
    assert_int_equal(f.plan.step_count, 0);

    extend(&f, zip_81);
    fixture_plan_ok(&f);
    assert_int_equal(f.plan.step_count, 1);
    assert_int_equal(f.plan.steps[0].kind, SCHEMA_STEP_RESTORE_FIELD);
    assert_int_equal(field(&f, "deal", "zip")->id, id);
    fixture_fini(&f);
}

static void test_a_recycled_column_is_taken_by_the_next_field(void **state) {
    (void)state;
    struct fixture f;
    const struct str recycle[] = {STR("deal.zip")};
    fixture_init(&f);
    fixture_sales(&f);
    fixture_plan_ok(&f);
    apply(&f);
    size_t fields = f.registry.field_count;
    struct str column = STR_NONE;
    for (int i = 0; i < 20; i++) {
        extend(&f, zip_81);
        f.wishes = (struct schema_wishes){0};
        fixture_plan_ok(&f);
        assert_int_equal(field(&f, "deal", "zip")->id > 0, true);
        if (i == 0) column = arena_str(&f.arena, field(&f, "deal", "zip")->column);
        assert_true(str_eq(field(&f, "deal", "zip")->column, column));
        apply(&f);
        f.definitions->entity_count--;
        f.wishes = (struct schema_wishes){.recycle = recycle, .recycle_count = 1};
        fixture_plan_ok(&f);
        assert_null(field(&f, "deal", "zip"));
        assert_int_equal(f.plan.background_count, 1);
        settle(&f, SCHEMA_STEP_RECYCLE_FIELD);
    }
    assert_int_equal(f.registry.field_count, fields + 1);
    fixture_fini(&f);
}

/* The new form is built beside the old one, which stays in force. */
static void test_another_type_is_built_beside_the_old_one(void **state) {
    (void)state;
    struct fixture f;
    change(&f, zip_81, (struct schema_field_definition){FIELD(82, "zip", INTEGER)});
    const struct schema_field *zip = field(&f, "deal", "zip"), *next = field(&f, "deal", "zip+");
    int32_t old = zip->id, id = next->id;
    assert_int_equal(zip->type, SCHEMA_FIELD_TEXT);
    assert_false(zip->building);
    assert_true(next->building);
    assert_int_equal(next->type, SCHEMA_FIELD_INTEGER);
    assert_int_equal(next->converts, zip->slot);
    assert_non_null(step_of(&f, SCHEMA_STEP_ADD_FIELD));
    assert_true(step_of(&f, SCHEMA_STEP_FILL_FIELD)->background);
    apply(&f);
    fixture_plan_ok(&f); /* after kill -9 */
    assert_int_equal(f.plan.step_count, 1);
    assert_int_equal(field(&f, "deal", "zip+")->id, id);
    settle(&f, SCHEMA_STEP_FILL_FIELD);
    fixture_plan_ok(&f);
    assert_int_equal(f.plan.step_count, 0);
    zip = field(&f, "deal", "zip");
    assert_int_equal(zip->id, id);
    assert_int_equal(zip->type, SCHEMA_FIELD_INTEGER);
    assert_int_equal(zip->replaces, old);
    assert_null(field(&f, "deal", "zip+"));
    fixture_fini(&f);
}

static void test_a_change_taken_back_gives_up_what_was_begun(void **state) {
    (void)state;
    struct fixture f;
    change(&f, zip_81, (struct schema_field_definition){FIELD(82, "zip", INTEGER)});
    apply(&f);
    f.definitions->entity_count--;
    extend(&f, zip_81);
    fixture_plan_ok(&f);
    assert_null(field(&f, "deal", "zip+"));
    assert_int_equal(f.plan.step_count, 1);
    assert_int_equal(f.plan.steps[0].kind, SCHEMA_STEP_RECYCLE_FIELD);
    fixture_fini(&f);
}

static void test_flags_wait_for_the_rows(void **state) {
    (void)state;
    struct fixture f;
    struct schema_field_definition wanted = zip_81;
    wanted.search = wanted.unique = wanted.required = true;
    change(&f, zip_81, wanted);
    const struct schema_field *zip = field(&f, "deal", "zip");
    assert_false(zip->fold || zip->unique || zip->required);
    assert_true(zip->folding && zip->search && !zip->searched);
    assert_true(schema_find(f.plan.schema, STR("deal"))->searching);
    static const enum schema_step_kind order[] = {SCHEMA_STEP_FILL_FIELD, SCHEMA_STEP_MAKE_UNIQUE,
                                                  SCHEMA_STEP_MAKE_REQUIRED,
                                                  SCHEMA_STEP_FILL_SEARCH};
    assert_int_equal(f.plan.background_count, 4);
    apply(&f);
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        fixture_plan_ok(&f);
        assert_int_equal(f.plan.background_count, 4 - i);
        settle(&f, order[i]);
    }
    fixture_plan_ok(&f);
    zip = field(&f, "deal", "zip");
    assert_int_equal(f.plan.step_count, 0);
    assert_true(zip->fold && zip->unique && zip->required && zip->search && zip->searched);
    assert_false(zip->folding);
    fixture_fini(&f);
}

static void test_a_stored_formula_is_hidden_until_it_is_filled(void **state) {
    (void)state;
    struct fixture f;
    change(
        &f, zip_81,
        (struct schema_field_definition){FIELD(82, "sum", FORMULA), .formula = STR("amount * 2")});
    assert_true(field(&f, "deal", "sum")->building);
    apply(&f);
    fixture_plan_ok(&f);
    settle(&f, SCHEMA_STEP_FILL_FIELD);
    fixture_plan_ok(&f);
    assert_false(field(&f, "deal", "sum")->building);
    int32_t id = field(&f, "deal", "sum")->id;
    /* another text: the old one is in force until the new one is filled */
    f.definitions->entity_count--;
    extend(&f, (struct schema_field_definition){FIELD(83, "sum", FORMULA),
                                                .formula = STR("amount * 3")});
    fixture_plan_ok(&f);
    assert_int_equal(field(&f, "deal", "sum")->id, id);
    assert_true(field(&f, "deal", "sum+")->building);
    apply(&f);
    settle(&f, SCHEMA_STEP_FILL_FIELD);
    fixture_plan_ok(&f);
    assert_int_not_equal(field(&f, "deal", "sum")->id, id);
    assert_int_equal(f.plan.step_count, 1); /* the old values are nobody's */
    assert_int_equal(f.plan.steps[0].kind, SCHEMA_STEP_RECYCLE_FIELD);
    fixture_fini(&f);
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

static void test_a_key_that_is_listed_by_has_two_indexes(void **state) {
    (void)state;
    struct fixture f;
    struct schema_field_definition listed = {FIELD(1, "number", INTEGER), .sort = true},
                                   key = listed;
    key.unique = true;
    change(&f, listed, key);
    const struct schema_entity *deal = schema_find(f.plan.schema, STR("deal"));
    int32_t slot = field(&f, "deal", "number")->slot, unique = 0, plain = 0;
    for (size_t i = 0; i < deal->index_count; i++) {
        const struct schema_index *it = &deal->indexes[i];
        if (it->slots[0] == slot) *(it->unique ? &unique : &plain) = it->id;
    }
    assert_true(plain > 0 && unique > 0);
    assert_int_equal(f.plan.step_count, 1); /* nothing is dropped, nothing made but the key */
    assert_int_equal(f.plan.steps[0].kind, SCHEMA_STEP_MAKE_UNIQUE);
    assert_int_equal(f.plan.steps[0].index, unique);
    fixture_fini(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_is_made_once),
        cmocka_unit_test(test_physical_names),
        cmocka_unit_test(test_additions_are_steps_and_ids_stay),
        cmocka_unit_test(test_what_a_definition_leaves_out_stays_in_the_registry),
        cmocka_unit_test(test_what_has_no_conversion_is_refused),
        cmocka_unit_test(test_a_rename_keeps_everything_but_the_name),
        cmocka_unit_test(test_an_entity_is_renamed_with_what_refers_to_it),
        cmocka_unit_test(test_a_removal_is_asked_about),
        cmocka_unit_test(test_a_recycled_column_is_taken_by_the_next_field),
        cmocka_unit_test(test_another_type_is_built_beside_the_old_one),
        cmocka_unit_test(test_a_change_taken_back_gives_up_what_was_begun),
        cmocka_unit_test(test_flags_wait_for_the_rows),
        cmocka_unit_test(test_a_stored_formula_is_hidden_until_it_is_filled),
        cmocka_unit_test(test_attributes_of_links),
        cmocka_unit_test(test_indexes),
        cmocka_unit_test(test_sorted_field_brings_indexes),
        cmocka_unit_test(test_a_key_that_is_listed_by_has_two_indexes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
