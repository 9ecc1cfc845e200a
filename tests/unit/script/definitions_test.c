/* Definition files in Lua: what they yield and how they fail, by file and line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema/plan.h"
#include "script/definitions.h"

struct fixture {
    struct schema_definitions *definitions;
    struct arena arena;
    struct schema_plan plan;
    struct err err;
};

static void init(struct fixture *f) {
    *f = (struct fixture){0};
    arena_init(&f->arena, 64 * 1024 * 1024);
    assert_int_equal(schema_definitions_new(&f->definitions, &f->err), CRM_OK);
}

static void fini(struct fixture *f) {
    schema_plan_fini(&f->plan);
    schema_definitions_free(f->definitions);
    arena_fini(&f->arena);
}

static void print_err(const struct fixture *f) {
    struct buf text;
    buf_init(&text, 4096);
    err_format(&f->err, LANGUAGE_EN, &text);
    print_error("%s: %s (%s.%s, column %u) %s\n", f->err.where, text.ptr, f->err.entity,
                f->err.field, f->err.column, f->err.cause);
    buf_fini(&text);
}

static crm_status load(struct fixture *f, const char *text) {
    const struct script_source source = {STR("t.lua"), str_from(text)};
    return script_definitions_load(f->definitions, SCHEMA_LAYER_MODULE, STR("t"), &source, 1,
                                   &f->err);
}

static crm_status plan(struct fixture *f) {
    const struct schema_registry empty = {0};
    return schema_plan_make(&f->arena, f->definitions, &empty, 1, &f->plan, &f->err);
}

static void with_kernel(struct fixture *f) {
    init(f);
    crm_status status = script_definitions_load_kernel(f->definitions, &f->err);
    if (status != CRM_OK) print_err(f);
    assert_int_equal(status, CRM_OK);
}

static void load_ok(struct fixture *f, const char *text) {
    crm_status status = load(f, text);
    if (status == CRM_OK) status = plan(f);
    if (status != CRM_OK) print_err(f);
    assert_int_equal(status, CRM_OK);
}

/* The text fails, while it is read or when the plan is made, with this code at this line. */
static void refused(const char *text, const char *code, const char *where) {
    struct fixture f;
    with_kernel(&f);
    crm_status status = load(&f, text);
    if (status == CRM_OK) status = plan(&f);
    assert_int_not_equal(status, CRM_OK);
    if (strcmp(f.err.text.code, code) != 0 || strcmp(f.err.where, where) != 0) print_err(&f);
    assert_string_equal(f.err.text.code, code);
    assert_string_equal(f.err.where, where);
    fini(&f);
}

/* What was found is shown as it is: an empty text is no "text, not text". */
static void test_empty_text_is_shown(void **state) {
    (void)state;
    struct fixture f;
    struct buf text;
    with_kernel(&f);
    assert_int_not_equal(load(&f, "entity 'a' { icon = '' }"), CRM_OK);
    buf_init(&text, 4096);
    err_format(&f.err, LANGUAGE_EN, &text);
    assert_true(str_ends_with(buf_str(&text), STR("must be text, not \"\".")));
    buf_fini(&text);
    fini(&f);
}

static const struct schema_field *field(const struct fixture *f, const char *entity,
                                        const char *name) {
    const struct schema_entity *e = schema_find(f->plan.schema, str_from(entity));
    assert_non_null(e);
    return schema_field_find(e, str_from(name));
}

static void test_kernel_definitions(void **state) {
    (void)state;
    struct fixture f;
    with_kernel(&f);
    load_ok(&f, "");
    static const char *const names[] = {
        "user",     "team",          "role",  "directory",    "directory_item",
        "currency", "currency_rate", "tag",   "file",         "number_series",
        "setting",  "pipeline",      "stage", "stage_change", "notification"};
    assert_int_equal(f.plan.schema->entity_count, sizeof names / sizeof names[0]);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct schema_entity *e = schema_find(f.plan.schema, str_from(names[i]));
        assert_non_null(e);
        assert_true(e->system);
        assert_true(e->resident == !(str_is(e->name, "file") || str_is(e->name, "stage_change") ||
                                     str_is(e->name, "notification")));
        assert_true(e->label.text[LANGUAGE_RU].len > 0 && e->label.text[LANGUAGE_EN].len > 0);
        for (size_t k = 0; k < e->field_count; k++)
            for (int language = 0; language < LANGUAGE_COUNT; language++)
                assert_true(e->fields[k].label.text[language].len > 0);
    }
    assert_false(field(&f, "user", "kind")->open);
    assert_true(field(&f, "team", "region")->open);
    assert_true(str_is(field(&f, "user", "kind")->default_value->literal.text, "person"));
    fini(&f);
}

static const char *const sample =
    "directory 'level' { label = 'Level', items = { 'gold', { code = 'silver', label = { en = "
    "'Silver', ru = 'Серебро' }, color = 'gray' } } }\n"
    "entity 'deal' {\n"
    "  label = { en = 'Deal', ru = 'Сделка' }, pipeline = { closed = 'closed_on', since = "
    "'stage_since' },\n"
    "  fields = {\n"
    "    zeta = text { required = true, search = true },\n"
    "    alpha = ref 'user',\n"
    "    amount = money { rate_on = 'closed_on' },\n"
    "    level = choice 'level' { default = \"'gold'\", open = false },\n"
    "    colleagues = links 'user' { fields = { role = choice 'level' {}, primary = boolean() } "
    "},\n"
    "    weighted = formula('amount * stage.probability / 100') { label = 'Weighted' },\n"
    "    rate = decimal { default = 0.5, places = 2 },\n"
    "    lines = children 'line' { by = 'deal' },\n"
    "    total = rollup { of = 'line', by = 'deal', value = 'sum(price)' },\n"
    "    mails = emails { search = true },\n"
    "  },\n"
    "  rules = { { when = 'amount < 0', refuse = 'amount', message = { en = 'no', ru = 'нет' } } "
    "},\n"
    "}\n"
    "entity 'line' { title = 'deal_name', fields = { deal = ref 'deal', price = money {}, "
    "deal_name = text {} } }\n"
    "pipeline 'deal' { name = 'Sales', stages = { { name = 'New', probability = 10 }, { name = "
    "'Won', kind = 'won' } } }\n"
    "role 'seller' { label = 'Seller', entities = { deal = { read = 'team', create = true, update "
    "= 'own', hidden = { 'rate' } }, ['*'] = { read = true } },\n"
    "  permissions = { 'import' } }\n"
    "before('deal', function(deal, change) end)\n"
    "after('deal.stage.changed', { when = \"stage.kind == 'won'\" }, function(event) end)\n"
    "after('papers.asked', function(event) end)\n"
    "report 'funnel' { from = 'deal', rows = { 'stage' } }\n";

static void test_everything_at_once(void **state) {
    (void)state;
    struct fixture f;
    with_kernel(&f);
    load_ok(&f, sample);
    const struct schema_entity *deal = schema_find(f.plan.schema, STR("deal"));
    assert_true(deal->has_before && deal->has_after && !deal->serial);
    static const char *const order[] = {
        "pipeline", "stage",      "closed_on", "stage_since", "zeta",  "alpha", "amount",
        "level",    "colleagues", "weighted",  "rate",        "lines", "total", "mails"};
    assert_int_equal(deal->field_count, SCHEMA_STD_FOLLOWERS + sizeof order / sizeof order[0]);
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        assert_true(str_is(deal->fields[SCHEMA_STD_FOLLOWERS + i].name, order[i]));
    assert_int_equal(field(&f, "deal", "colleagues")->attribute_count, 2);
    assert_true(str_is(field(&f, "deal", "colleagues")->attributes[0].name, "role"));
    assert_int_equal(field(&f, "deal", "rate")->default_value->literal.integer, 500000);
    assert_int_equal(field(&f, "deal", "rate")->scale_places, 2);
    assert_int_equal(field(&f, "deal", "mails")->labelled, SCHEMA_LABELLED_EMAIL);
    assert_true(field(&f, "deal", "total")->stored);
    const struct schema_directory *level = schema_directory_find(f.plan.schema, STR("level"));
    assert_int_equal(level->item_count, 2);
    assert_true(str_is(level->items[0].code, "gold") && level->items[0].active);
    assert_true(str_is(level->items[1].label.text[LANGUAGE_RU], "Серебро"));
    assert_int_equal(f.plan.schema->pipeline_count, 1);
    /* Not said: the seed makes it open, and later definitions may say so. */
    assert_int_equal(f.plan.schema->pipelines[0].stages[0].kind.len, 0);
    const struct schema_role *seller = schema_role_find(f.plan.schema, STR("seller"));
    assert_non_null(seller);
    assert_null(schema_role_find(f.plan.schema, STR("everyone")));
    const struct schema_grant *users = &seller->grants[schema_entity_position(
        f.plan.schema, schema_find(f.plan.schema, STR("user")))];
    assert_non_null(users->rows[SCHEMA_ACTION_READ]);
    assert_int_equal(users->field_hidden[field(&f, "user", "role")->slot], 1);
    assert_int_equal(f.definitions->extra_count, 1);
    assert_true(str_is(f.definitions->extras[0].json, "{\"from\":\"deal\",\"rows\":[\"stage\"]}"));
    fini(&f);
}

static void test_the_same_text_gives_the_same_digest(void **state) {
    (void)state;
    struct str digests[2];
    struct fixture f[2];
    for (int i = 0; i < 2; i++) {
        with_kernel(&f[i]);
        load_ok(&f[i], sample);
        digests[i] = f[i].plan.schema->digest;
    }
    assert_int_equal(digests[0].len, 64);
    assert_true(str_eq(digests[0], digests[1]));
    for (int i = 0; i < 2; i++)
        fini(&f[i]);
}

static void test_wrong_words_keys_and_kinds(void **state) {
    (void)state;
    refused("entity 'a' {\n fields = {\n x = text { requird = true } } }", "unknown_key_near",
            "t.lua:3");
    refused("entity 'a' { fields = {\n x = text { qqqqqqq = true } } }", "unknown_key", "t.lua:2");
    refused("\nentity 'a' { feilds = {} }", "unknown_key_near", "t.lua:2");
    refused("entity 'a' { resident = true }", "unknown_key", "t.lua:1");
    refused("entity 'a' { fields = {\n x = text { rate_on = 'y' } } }", "not_for_type", "t.lua:2");
    refused("entity 'a' { fields = {\n x = text { required = 'yes' } } }", "value_kind", "t.lua:2");
    refused("entity 'a' { fields = {\n x = text { max = 0 } } }", "value_range", "t.lua:2");
    refused("entity 'a' { fields = {\n\n x = ref 'user' { on_delete = 'boom' } } }", "value_word",
            "t.lua:3");
    refused("entity 'a' { fields = { x = 'text' } }", "value_kind", "t.lua:1");
    refused("entity 'a' { fields = {\n x = text { 'y' } } }", "value_kind", "t.lua:2");
    refused("entity 'a' { fields = {\n x = ref { required = true } } }", "missing", "t.lua:2");
    refused("entity 'a' { fields = {\n x = formula 'nothing + 1' } }", "unknown_field", "t.lua:2");
    refused("entity 'a' { fields = {\n x = choice 'regoin' } }", "unknown_directory_near",
            "t.lua:2");
    refused("entity 'a' { label = { en = 'A', de = 'A' } }", "unknown_key", "t.lua:1");
    refused("entity 'a' {}\nentity 'a' {}", "twice_extend", "t.lua:2");
    refused("extend 'user' { pipeline = true }", "unknown_key", "t.lua:1");
    refused("entity 'a' { change = {} }", "unknown_key", "t.lua:1");
    refused("extend 'user' { change = { lgoin = { help = 'x' } } }", "unknown_field_near",
            "t.lua:1");
    refused("extend 'user' { change = { login = { formula = 'x' } } }", "unknown_key", "t.lua:1");
    refused("extend 'user' { change = { login = { required = 1 } } }", "value_kind", "t.lua:1");
    refused("extend 'user' { change = { version = { required = true } } }", "unknown_key",
            "t.lua:1");
    refused("extend 'usr' {}", "unknown_entity_near", "t.lua:1");
    refused("before('usr', function() end)", "unknown_entity_near", "t.lua:1");
    refused("after('usr.created', function() end)", "unknown_entity_near", "t.lua:1");
    refused("role 'x' { entities = { user = { read = 'ownr == 1' } } }", "similar_field",
            "t.lua:1");
    refused("role 'x' { entities = { user = { raed = true } } }", "unknown_key_near", "t.lua:1");
    refused("pipeline 'user' { name = 'P', stages = {} }", "no_pipeline", "t.lua:1");
    refused("entity 'a' { pipeline = {} }\npipeline 'a' { name = 'P', stages = { { name = 'S', "
            "kind = 'maybe' } } }",
            "value_word", "t.lua:2");
    refused("directory 'd' { items = { 'x', 'x' } }", "twice", "t.lua:1");
    refused("report 'r' {}\nreport 'r' {}", "twice", "t.lua:2");
    refused("report 'r' { run = function() end }", "script_value", "t.lua:1");
}

static void test_wrong_lua(void **state) {
    (void)state;
    refused("entity 'a' {\n fields = {", "script_syntax", "t.lua:2");
    refused("local x = 1\nentitty 'a' {}", "script_error", "t.lua:2");
    refused("entity 'a'\n", "script_unfinished", "t.lua:1");
    refused("\nentity(5)", "script_argument", "t.lua:2");
    refused("before('user')", "script_argument", "t.lua:1");
    refused("before('user', { seriall = true }, function() end)", "script_option", "t.lua:1");
    refused("entity 'a' { fields = { x = text(text {}) } }", "value_kind", "t.lua:1");
    refused("entity 'a' { 1, fields = {} }", "script_mixed", "t.lua:1");
    refused("local t = {}\nt.fields = t\nentity 'a' (t)", "script_deep", "t.lua:3");
    refused("entity 'a' { label = '\\xff' }", "script_text", "t.lua:1");
    refused("entity 'a' { fields = { x = decimal { default = 0.1234567 } } }", "script_number",
            "t.lua:1");
    refused("local f = entity 'a'\nf {}\nlocal g = text 'x' 'y'", "script_options_twice",
            "t.lua:3");
    refused("os.exit(1)", "script_error", "t.lua:1");
}

static void test_a_failing_owner_leaves_nothing(void **state) {
    (void)state;
    struct fixture f;
    with_kernel(&f);
    size_t before = f.definitions->entity_count;
    assert_int_not_equal(load(&f, "entity 'a' {}\nentity 'b' { nonsense = 1 }"), CRM_OK);
    assert_int_equal(f.definitions->entity_count, before);
    load_ok(&f, "entity 'a' {}");
    fini(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kernel_definitions),
        cmocka_unit_test(test_empty_text_is_shown),
        cmocka_unit_test(test_everything_at_once),
        cmocka_unit_test(test_the_same_text_gives_the_same_digest),
        cmocka_unit_test(test_wrong_words_keys_and_kinds),
        cmocka_unit_test(test_wrong_lua),
        cmocka_unit_test(test_a_failing_owner_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
