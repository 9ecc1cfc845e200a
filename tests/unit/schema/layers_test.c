/* Whole definitions of one name by several layers: laid over each other, noted, and asked about
 * where they meet. */
#include "fixture.h"

#include "schema/node.h"
#include "schema/read.h"
#include "schema/write.h"

enum { PLUGIN = SCHEMA_LAYER_PLUGIN, MODULE = SCHEMA_LAYER_MODULE, ADMIN = SCHEMA_LAYER_ADMIN };

static const struct schema_origin *origin(struct fixture *f, int layer) {
    static const char *const owners[] = {"kernel", "sales", "gym", "admin"};
    struct schema_origin *o = ARENA_NEW(&f->arena, struct schema_origin);
    *o = (struct schema_origin){.layer = (enum schema_layer)layer,
                                .owner = str_from(owners[layer]),
                                .file = str_from(owners[layer]),
                                .line = 1};
    return o;
}

static const struct schema_node *node(struct fixture *f, const char *json) {
    struct schema_node *n = ARENA_NEW(&f->arena, struct schema_node);
    assert_int_equal(schema_node_parse(&f->arena, str_from(json), n, &f->err), CRM_OK);
    return n;
}

static void directory(struct fixture *f, int layer, const char *json) {
    assert_int_equal(schema_read_directory(f->definitions, origin(f, layer), STR("tone"),
                                           node(f, json), &f->err),
                     CRM_OK);
}

static void view(struct fixture *f, int layer, const char *json) {
    assert_int_equal(schema_read_extra(f->definitions, origin(f, layer), "view", STR("mine"),
                                       node(f, json), &f->err),
                     CRM_OK);
}

static void role(struct fixture *f, int layer, const char *json) {
    assert_int_equal(
        schema_read_role(f->definitions, origin(f, layer), STR("seller"), node(f, json), &f->err),
        CRM_OK);
}

static void begin(struct fixture *f) {
    fixture_init(f);
    fixture_sales(f);
}

static const struct schema_directory *tone(struct fixture *f) {
    const struct schema_directory *d = schema_directory_find(f->plan.schema, STR("tone"));
    assert_non_null(d);
    return d;
}

/* "code label owner, ..." */
static void assert_items(struct fixture *f, const char *wanted) {
    const struct schema_directory *d = tone(f);
    struct str text = STR("");
    for (size_t i = 0; i < d->item_count; i++)
        text = arena_printf(&f->arena, "%.*s%s%.*s %.*s %.*s", STR_ARG(text), i ? ", " : "",
                            STR_ARG(d->items[i].code), STR_ARG(d->items[i].label.text[LANGUAGE_EN]),
                            STR_ARG(d->items[i].owner));
    assert_string_equal(arena_cstr(&f->arena, text), wanted);
}

static const struct schema_overlay *overlay(struct fixture *f, const char *subject,
                                            const char *key) {
    for (size_t i = 0; i < f->plan.overlay_count; i++)
        if (str_is(f->plan.overlays[i].subject, subject) && str_is(f->plan.overlays[i].key, key))
            return &f->plan.overlays[i];
    return NULL;
}

static void wish(struct fixture *f, const struct str *take, const struct str *keep) {
    f->wishes = (struct schema_wishes){
        .take = take, .take_count = take != NULL, .keep = keep, .keep_count = keep != NULL};
}

static void test_three_layers_of_a_directory(void **state) {
    struct fixture f;
    (void)state;
    begin(&f);
    directory(&f, ADMIN, "{\"items\":[{\"code\":\"cold\",\"label\":\"Icy\"},{\"code\":\"own\"}]}");
    directory(&f, MODULE,
              "{\"label\":\"Tone\",\"items\":[\"warm\",{\"code\":\"cold\",\"label\":\"Cold\","
              "\"color\":\"blue\"}]}");
    directory(&f, PLUGIN,
              "{\"items\":[{\"code\":\"hot\",\"label\":\"Hot\"},{\"code\":\"warm\","
              "\"label\":\"Warm\"}]}");
    fixture_plan_ok(&f);
    assert_items(&f, "warm Warm sales, cold Icy sales, hot Hot gym, own  admin");
    assert_true(str_is(tone(&f)->items[1].color, "blue"));
    assert_true(str_is(tone(&f)->owner, "sales"));
    const struct schema_overlay *o = overlay(&f, "tone/cold", "label");
    assert_non_null(o);
    assert_true(str_is(o->below, "{\"en\":\"Cold\"}"));
    assert_true(str_is(o->owner, "admin"));
    assert_false(o->is_noted || o->is_met);
    fixture_fini(&f);
}

static void test_a_layer_that_names_all_says_the_order(void **state) {
    struct fixture f;
    (void)state;
    begin(&f);
    directory(&f, MODULE, "{\"items\":[\"one\",\"two\"]}");
    directory(&f, ADMIN, "{\"items\":[\"two\",\"new\",\"one\"]}");
    fixture_plan_ok(&f);
    assert_items(&f, "two  sales, new  admin, one  sales");
    fixture_fini(&f);
}

static void test_two_of_one_layer_are_refused(void **state) {
    struct fixture f;
    (void)state;
    begin(&f);
    directory(&f, MODULE, "{\"items\":[\"one\"]}");
    directory(&f, MODULE, "{\"items\":[\"two\"]}");
    fixture_refused(&f, "twice", "sales:1");
    fixture_fini(&f);
    begin(&f);
    view(&f, PLUGIN, "{\"page\":\"board\",\"entity\":\"deal\"}");
    assert_int_equal(schema_read_extra(f.definitions, origin(&f, PLUGIN), "view", STR("mine"),
                                       node(&f, "{\"page\":\"board\",\"entity\":\"deal\"}"),
                                       &f.err),
                     CRM_INVALID);
    assert_string_equal(f.err.text.code, "twice");
    assert_int_equal(schema_read_extra(f.definitions, origin(&f, MODULE), "action", STR("call"),
                                       node(&f, "{}"), &f.err),
                     CRM_OK);
    assert_int_equal(schema_read_extra(f.definitions, origin(&f, ADMIN), "action", STR("call"),
                                       node(&f, "{}"), &f.err),
                     CRM_INVALID); /* a handler is nobody else's */
    fixture_fini(&f);
}

static void test_names_change_below_and_above(void **state) {
    struct fixture f;
    (void)state;
    begin(&f);
    directory(&f, MODULE,
              "{\"items\":[{\"code\":\"hot\",\"was\":\"warm\",\"label\":\"Hot\"},\"cold\"]}");
    directory(&f, ADMIN,
              "{\"items\":[{\"code\":\"warm\",\"label\":\"Fine\"},{\"code\":\"icy\","
              "\"was\":\"cold\"}]}");
    fixture_plan_ok(&f);
    assert_items(&f, "hot Fine sales, icy  sales");
    assert_true(str_is(tone(&f)->items[1].was, "cold"));
    assert_non_null(overlay(&f, "tone/hot", "label"));
    fixture_fini(&f);
}

#define MET                                                                                        \
    "{\"items\":[{\"code\":\"cold\",\"label\":\"Icy\",\"color\":\"red\"}],"                        \
    "\"below\":{\"items\":{\"cold\":{\"label\":{\"en\":\"Cold\"},\"color\":null}}}}"

static void test_met_kept_and_taken(void **state) {
    const struct str cold[] = {STR("tone/cold")};
    struct fixture f;
    (void)state;
    begin(&f);
    directory(&f, MODULE, "{\"items\":[{\"code\":\"cold\",\"label\":{\"en\":\"Chilly\"}}]}");
    directory(&f, ADMIN, MET);
    fixture_plan_ok(&f);
    assert_items(&f, "cold Icy sales");
    assert_int_equal(f.plan.asked_count, 1);
    assert_true(overlay(&f, "tone/cold", "label")->is_met);
    assert_false(overlay(&f, "tone/cold", "color")->is_met);
    wish(&f, NULL, cold);
    fixture_plan_ok(&f);
    assert_items(&f, "cold Icy sales");
    assert_int_equal(f.plan.asked_count, 0);
    wish(&f, cold, NULL);
    fixture_plan_ok(&f);
    assert_items(&f, "cold Chilly sales");
    assert_true(str_is(tone(&f)->items[0].color, "red")); /* below never spoke of it */
    assert_int_equal(f.plan.asked_count, 0);
    assert_true(overlay(&f, "tone/cold", "label")->is_taken);
    fixture_fini(&f);
}

static void test_a_part_that_went_below(void **state) {
    const struct str cold[] = {STR("tone/cold")};
    struct fixture f;
    (void)state;
    begin(&f);
    directory(&f, MODULE, "{\"items\":[\"warm\"]}");
    directory(&f, ADMIN, MET);
    fixture_plan_ok(&f);
    assert_items(&f, "warm  sales, cold Icy admin");
    assert_int_equal(f.plan.asked_count, 1);
    assert_true(overlay(&f, "tone/cold", "label")->is_gone);
    wish(&f, cold, NULL);
    fixture_plan_ok(&f);
    assert_items(&f, "warm  sales");
    fixture_fini(&f);
    begin(&f); /* nothing below at all: a plugin has gone, and what people said is all there is */
    directory(&f, ADMIN, MET);
    fixture_plan_ok(&f);
    assert_items(&f, "cold Icy admin");
    assert_int_equal(f.plan.asked_count, 0);
    assert_int_equal(f.plan.overlay_count, 0);
    fixture_fini(&f);
}

static void test_pipelines(void **state) {
    struct fixture f;
    (void)state;
    begin(&f);
    const char *below = "{\"name\":\"Sale\",\"stages\":[{\"name\":\"Open\",\"probability\":10},"
                        "{\"name\":\"Won\",\"kind\":\"won\"}]}",
               *above = "{\"name\":\"Sales\",\"was\":\"Sale\",\"stages\":[{\"name\":\"Open\","
                        "\"probability\":20,\"limit_days\":3}]}";
    assert_int_equal(schema_read_pipeline(f.definitions, origin(&f, PLUGIN), STR("deal"),
                                          node(&f, below), &f.err),
                     CRM_OK);
    assert_int_equal(schema_read_pipeline(f.definitions, origin(&f, ADMIN), STR("deal"),
                                          node(&f, above), &f.err),
                     CRM_OK);
    fixture_plan_ok(&f);
    assert_int_equal(f.plan.schema->pipeline_count, 1);
    const struct schema_pipeline *p = &f.plan.schema->pipelines[0];
    assert_true(str_is(p->name, "Sales"));
    assert_true(str_is(p->was, "Sale"));
    assert_true(str_is(p->owner, "gym"));
    assert_int_equal(p->stage_count, 2);
    assert_int_equal(p->stages[0].probability, 20);
    assert_int_equal(p->stages[0].limit_days, 3);
    assert_true(str_is(p->stages[1].owner, "gym"));
    assert_true(str_is(overlay(&f, "deal/Sale/Open", "probability")->name, "deal/Sales"));
    fixture_fini(&f);
}

static void test_a_view_that_no_longer_fits_is_that_of_below(void **state) {
    struct fixture f;
    (void)state;
    begin(&f);
    view(&f, MODULE, "{\"page\":\"board\",\"entity\":\"deal\",\"sort\":\"name\"}");
    view(&f, ADMIN, "{\"where\":\"amount > 1\",\"below\":{\"where\":null}}");
    fixture_plan_ok(&f);
    const struct schema_view *v = schema_view_find(f.plan.schema, STR("mine"));
    assert_true(str_is(v->where, "amount > 1"));
    assert_true(str_is(v->sort, "name"));
    assert_true(str_is(v->owner, "sales"));
    assert_int_equal(f.plan.schema->extra_count, 1);
    assert_true(str_is(f.plan.schema->extras[0].json,
                       "{\"page\":\"board\",\"entity\":\"deal\",\"sort\":\"name\",\"where\":"
                       "\"amount > 1\"}"));
    fixture_fini(&f);
    begin(&f);
    view(&f, MODULE, "{\"page\":\"board\",\"entity\":\"deal\",\"sort\":\"name\"}");
    view(&f, ADMIN, "{\"where\":\"gone > 1\"}");
    fixture_plan_ok(&f);
    v = schema_view_find(f.plan.schema, STR("mine"));
    assert_non_null(v);
    assert_int_equal(v->where.len, 0);
    fixture_fini(&f);
}

static void test_of_a_role_the_grant_is_asked_whole(void **state) {
    const struct str deal[] = {STR("role:seller/deal")};
    struct fixture f;
    (void)state;
    begin(&f);
    role(&f, MODULE, "{\"entities\":{\"deal\":{\"read\":\"team\",\"create\":true}}}");
    role(&f, ADMIN,
         "{\"entities\":{\"deal\":{\"read\":\"own\"}},"
         "\"below\":{\"entities\":{\"deal\":{\"read\":\"own\",\"create\":true}}}}");
    fixture_plan_ok(&f);
    assert_int_equal(f.plan.asked_count, 1);
    assert_string_equal(arena_cstr(&f.arena, f.plan.steps[f.plan.step_count - 1].subject),
                        "role:seller/deal");
    size_t at = schema_entity_position(f.plan.schema, schema_find(f.plan.schema, STR("deal")));
    const struct schema_grant *g = &schema_role_find(f.plan.schema, STR("seller"))->grants[at];
    assert_true(str_is(g->words[SCHEMA_ACTION_READ], "own"));
    assert_int_equal(g->words[SCHEMA_ACTION_CREATE].len, 0); /* nothing of below seeps through */
    wish(&f, deal, NULL);
    fixture_plan_ok(&f);
    g = &schema_role_find(f.plan.schema, STR("seller"))->grants[at];
    assert_true(str_is(g->words[SCHEMA_ACTION_READ], "team"));
    assert_true(str_is(g->words[SCHEMA_ACTION_CREATE], "all"));
    fixture_fini(&f);
}

/* Stored definitions wait for an entity that has gone; those of a change are refused. */
static void test_what_has_gone_is_waited_for(void **state) {
    static const char *const grants = "{\"entities\":{\"policy\":{\"read\":\"own\"},"
                                      "\"deal\":{\"read\":\"own\"}}}";
    for (int stored = 0; stored < 2; stored++) {
        struct fixture f;
        (void)state;
        begin(&f);
        struct schema_origin at = *origin(&f, ADMIN);
        at.stored = stored == 1;
        const struct schema_origin *kept = &at;
        assert_int_equal(
            schema_read_role(f.definitions, kept, STR("seller"), node(&f, grants), &f.err), CRM_OK);
        assert_int_equal(schema_read_entity(f.definitions, kept, STR("policy"), true,
                                            node(&f, "{\"fields\":{\"tint\":{\"type\":\"text\"}}}"),
                                            &f.err),
                         CRM_OK);
        assert_int_equal(schema_read_pipeline(f.definitions, kept, STR("policy"),
                                              node(&f, "{\"name\":\"Sale\",\"stages\":[]}"),
                                              &f.err),
                         CRM_OK);
        if (stored) {
            fixture_plan_ok(&f);
            assert_int_equal(f.plan.schema->pipeline_count, 0);
            assert_non_null(schema_role_find(f.plan.schema, STR("seller")));
        } else {
            fixture_refused(&f, "unknown_entity", "admin:1");
        }
        fixture_fini(&f);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_three_layers_of_a_directory),
        cmocka_unit_test(test_a_layer_that_names_all_says_the_order),
        cmocka_unit_test(test_two_of_one_layer_are_refused),
        cmocka_unit_test(test_names_change_below_and_above),
        cmocka_unit_test(test_met_kept_and_taken),
        cmocka_unit_test(test_a_part_that_went_below),
        cmocka_unit_test(test_pipelines),
        cmocka_unit_test(test_a_view_that_no_longer_fits_is_that_of_below),
        cmocka_unit_test(test_of_a_role_the_grant_is_asked_whole),
        cmocka_unit_test(test_what_has_gone_is_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
