/* The schema as the caller sees it: words, rights, reference data in the caller's language. */
#include "record/read_world.h"

/* Reads the answer as a tree; the caller frees. */
static json_t *meta(struct world *w) {
    struct reading r;
    json_error_t problem;
    reading_begin(&r, w);
    r.status = record_meta_json(&r.view, &r.json, &w->err);
    const char *text = reading_end(&r);
    json_t *tree = json_loads(text, 0, &problem);
    if (!tree) fail_msg("%s at %d", problem.text, problem.position);
    return tree;
}

static json_t *named(json_t *list, const char *name) {
    size_t at;
    json_t *item;
    json_array_foreach(list, at,
                       item) if (str_is(json_str(json_object_get(item, "name")), name)) return item;
    return NULL;
}

static json_t *field_of(json_t *tree, const char *of, const char *name) {
    return named(json_object_get(named(json_object_get(tree, "entities"), of), "fields"), name);
}

static void assert_word(json_t *object, const char *key, const char *wanted) {
    struct str got = json_str(json_object_get(object, key));
    if (!str_is(got, wanted)) print_error("%s: %.*s, wanted %s\n", key, STR_ARG(got), wanted);
    assert_true(str_is(got, wanted));
}

static void assert_flags(json_t *object, const char *read_create_update_delete_export) {
    static const char *const words[] = {"read", "create", "update", "delete", "export"};
    for (size_t i = 0; i < 5; i++) {
        json_t *flag = json_object_get(object, words[i]);
        assert_true(json_is_boolean(flag));
        if (json_is_true(flag) != (read_create_update_delete_export[i] == '1'))
            fail_msg("%s", words[i]);
    }
}

static void test_admin(struct world *w) {
    json_t *tree = meta(w);
    assert_true(json_is_integer(json_object_get(tree, "generation")));
    assert_word(json_object_get(tree, "company"), "currency", "USD");
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(tree, "company"), "digits")), 2);
    assert_true(json_is_true(json_object_get(json_object_get(tree, "user"), "admin")));
    json_t *customer = named(json_object_get(tree, "entities"), "customer");
    assert_word(customer, "label", "Customer");
    assert_word(customer, "title", "name");
    assert_flags(json_object_get(customer, "can"), "11111");
    assert_true(json_is_true(json_object_get(customer, "search")));
    json_t *f = field_of(tree, "customer", "name");
    assert_word(f, "type", "text");
    assert_word(f, "value", "text");
    assert_true(json_is_true(json_object_get(f, "required")));
    assert_null(json_object_get(f, "read_only"));
    f = field_of(tree, "customer", "partners");
    assert_word(f, "ref", "customer");
    assert_true(json_is_true(json_object_get(f, "many")));
    assert_int_equal(json_array_size(json_object_get(f, "attributes")), 2);
    assert_word(named(json_object_get(f, "attributes"), "since"), "value", "date");
    assert_word(field_of(tree, "customer", "emails"), "kind", "email");
    f = field_of(tree, "customer", "greeting");
    assert_word(f, "type", "formula");
    assert_word(f, "value", "text");
    assert_true(json_is_true(json_object_get(f, "read_only")));
    assert_word(field_of(tree, "customer", "deal_sum"), "value", "money");
    f = field_of(tree, "customer", "why_vip");
    assert_word(f, "visible_when", "vip");
    assert_word(f, "required_when", "vip");
    f = field_of(tree, "customer", "branch");
    assert_word(f, "directory", "branch");
    assert_true(json_is_true(json_object_get(f, "open")));
    assert_null(json_object_get(field_of(tree, "customer", "rank"), "open"));
    f = field_of(tree, "deal", "lines");
    assert_word(f, "ref", "line");
    assert_word(f, "by", "deal");
    json_t *pipeline =
        json_object_get(named(json_object_get(tree, "entities"), "deal"), "pipeline");
    assert_word(pipeline, "stage", "stage");
    assert_word(pipeline, "closed", "closed_on");
    assert_word(json_object_get(named(json_object_get(tree, "entities"), "line"), "child_of"),
                "entity", "deal");
    json_decref(tree);
}

static void test_reference_data(struct world *w) {
    w->actor.language = LANGUAGE_RU;
    json_t *tree = meta(w);
    json_t *items = json_object_get(named(json_object_get(tree, "directories"), "branch"), "items");
    assert_int_equal(json_array_size(items), 2);
    assert_word(json_array_get(items, 0), "code", "retail");
    assert_word(json_array_get(items, 0), "label", "Розница");
    assert_word(json_array_get(items, 1), "label", "Health");
    json_t *pipeline = named(json_object_get(tree, "pipelines"), "Sales");
    assert_word(pipeline, "entity", "deal");
    json_t *stages = json_object_get(pipeline, "stages");
    assert_int_equal(json_array_size(stages), 4);
    assert_word(json_array_get(stages, 0), "name", "New");
    assert_word(json_array_get(stages, 2), "kind", "won");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(stages, 1), "probability")),
                     50);
    json_decref(tree);
}

static void test_rights(struct world *w) {
    act_as(w, make_user(w, "anna", "seller", 0));
    json_t *tree = meta(w);
    assert_word(json_object_get(tree, "user"), "login", "anna");
    assert_word(json_object_get(tree, "user"), "role", "seller");
    assert_true(json_is_false(json_object_get(json_object_get(tree, "user"), "admin")));
    assert_int_equal(json_array_size(json_object_get(json_object_get(tree, "user"), "permissions")),
                     0);
    json_t *customer = named(json_object_get(tree, "entities"), "customer");
    assert_flags(json_object_get(customer, "can"), "11110");
    assert_null(field_of(tree, "customer", "notes"));
    assert_true(json_is_true(json_object_get(field_of(tree, "customer", "code"), "locked")));
    assert_flags(json_object_get(named(json_object_get(tree, "entities"), "visit"), "can"),
                 "10000");
    json_decref(tree);
}

static void test_nobody(struct world *w) {
    int64_t nobody = make(w, "user", "login", "nobody");
    act_as(w, nobody);
    json_t *tree = meta(w);
    assert_null(named(json_object_get(tree, "entities"), "customer"));
    assert_null(named(json_object_get(tree, "entities"), "deal"));
    assert_null(named(json_object_get(tree, "pipelines"), "Sales"));
    json_decref(tree);
}

ON_BOTH(test_admin)
ON_BOTH(test_reference_data)
ON_BOTH(test_rights)
ON_BOTH(test_nobody)

int main(void) {
    const struct CMUnitTest tests[] = {BOTH(test_admin), BOTH(test_reference_data),
                                       BOTH(test_rights), BOTH(test_nobody)};
    return cmocka_run_group_tests(tests, NULL, world_stop);
}
