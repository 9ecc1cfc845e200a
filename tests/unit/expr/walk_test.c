/* Walking, building and rewriting trees. */
#include "expr/sample.h"

static int set_up(void **state) {
    static struct arena a;
    arena_init(&a, SAMPLE_ARENA_BYTES);
    *state = &a;
    return 0;
}

static int tear_down(void **state) {
    arena_fini(*state);
    return 0;
}

struct trace {
    enum expr_op ops[32];
    size_t count, stop_at;
};

static bool note(void *ctx, const struct expr *e) {
    struct trace *t = ctx;
    t->ops[t->count++] = e->op;
    return t->count != t->stop_at;
}

static void test_walk(void **state) {
    const struct expr *e = sample_parse(
        *state, "not active and one_of(name, 'a', note) or -quantity > 1", EXPR_MODE_ROW);
    struct trace t = {0};
    assert_true(expr_walk(e, note, &t));
    static const enum expr_op expected[] = {EXPR_OR,   EXPR_AND,    EXPR_NOT,     EXPR_PATH,
                                            EXPR_CALL, EXPR_PATH,   EXPR_LITERAL, EXPR_PATH,
                                            EXPR_GT,   EXPR_NEGATE, EXPR_PATH,    EXPR_LITERAL};
    assert_int_equal(t.count, sizeof expected / sizeof expected[0]);
    assert_memory_equal(t.ops, expected, sizeof expected);
    struct trace stopped = {.stop_at = 4};
    assert_false(expr_walk(e, note, &stopped));
    assert_int_equal(stopped.count, 4);
}

static void test_walk_aggregates(void **state) {
    const struct expr *e =
        sample_parse(*state, "sum(amount, active) / count(hot)", EXPR_MODE_MEASURE);
    struct trace t = {0};
    assert_true(expr_walk(e, note, &t));
    static const enum expr_op expected[] = {EXPR_DIV,  EXPR_AGGREGATE, EXPR_PATH,
                                            EXPR_PATH, EXPR_AGGREGATE, EXPR_PATH};
    assert_int_equal(t.count, sizeof expected / sizeof expected[0]);
    assert_memory_equal(t.ops, expected, sizeof expected);
    const struct expr *first[1];
    assert_int_equal(expr_group_aggregates(&e, 1, first, 1), 2);
    assert_ptr_equal(first[0], e->pair.left);
}

static void test_has_path(void **state) {
    assert_true(expr_has_path(sample_parse(*state, "1 + abs(quantity) > 2", EXPR_MODE_ROW)));
    assert_false(expr_has_path(
        sample_parse(*state, "today() + 7 > '2024-01-01' and me() ~= nil", EXPR_MODE_ROW)));
}

static struct value run(struct arena *a, const struct expr *e, const struct sample_row *row) {
    struct sample_world w = {.row = row};
    struct expr_env env = {
        .get = sample_get, .ctx = &w, .arena = a, .me = 7, .week_start = 1, .fiscal_month = 1};
    struct value v = VALUE_OF_NIL;
    assert_int_equal(expr_eval(e, &env, &v, NULL), CRM_OK);
    return v;
}

static void test_builders(void **state) {
    struct arena *a = *state;
    struct sample_row row = {.entity = SAMPLE_DEAL, .id = 1};
    const struct expr *active = sample_parse(a, "active", EXPR_MODE_ROW),
                      *hot = sample_parse(a, "hot", EXPR_MODE_ROW);
    assert_ptr_equal(expr_and(a, active, NULL), active);
    assert_ptr_equal(expr_and(a, NULL, hot), hot);
    assert_null(expr_and(a, NULL, NULL));
    assert_ptr_equal(expr_or(a, NULL, hot), hot);
    assert_null(expr_not(a, NULL));
    sample_set(&row, "active", value_bool(true));
    sample_set(&row, "hot", value_bool(false));
    struct value v = run(a, expr_and(a, active, hot), &row);
    assert_false(value_truthy(&v));
    v = run(a, expr_or(a, active, hot), &row);
    assert_true(value_truthy(&v));
    v = run(a, expr_not(a, hot), &row);
    assert_true(value_truthy(&v));
    v = run(a, expr_and(a, expr_literal(a, value_bool(true)), active), &row);
    assert_true(value_truthy(&v));
    v = run(a,
            expr_or(a, sample_parse(a, "name", EXPR_MODE_ROW),
                    sample_parse(a, "quantity", EXPR_MODE_ROW)),
            &row);
    assert_int_equal(v.type, VALUE_BOOL);
    assert_false(v.boolean);
}

static void test_literals_are_copied(void **state) {
    struct arena *a = *state;
    char text[] = "abc";
    struct value items[2] = {value_id(1), value_id(2)};
    const struct expr *e = expr_literal(a, value_text(str_from(text)));
    const struct expr *list =
        expr_literal(a, (struct value){.type = VALUE_LIST, .list = {items, 2}});
    text[0] = 'x';
    items[0] = value_id(9);
    assert_true(str_is(e->literal.text, "abc"));
    assert_int_equal(list->literal.list.items[0].integer, 1);
    assert_int_equal(list->type.item, VALUE_ID);
    assert_true(e->never_nil);
    assert_false(expr_literal(a, VALUE_OF_NIL)->never_nil);
}

/* me() becomes user 42, and the field name becomes the text "n". */
static const struct expr *replace(void *ctx, struct arena *a, const struct expr *e) {
    size_t *seen = ctx;
    ++*seen;
    if (e->op == EXPR_CALL && e->call.code == EXPR_FN_me) return expr_literal(a, value_id(42));
    if (e->op == EXPR_PATH && e->type.type == VALUE_TEXT)
        return expr_literal(a, value_text(STR("n")));
    return NULL;
}

static void test_rewrite(void **state) {
    struct arena *a = *state;
    struct sample_row row = {.entity = SAMPLE_DEAL, .id = 1};
    sample_set(&row, "owner", value_id(42));
    const struct expr *e =
        sample_parse(a, "owner == me() and contains(name .. 'x', 'NX')", EXPR_MODE_ROW);
    size_t seen = 0;
    const struct expr *copy = expr_rewrite(a, e, replace, &seen);
    assert_int_equal(seen, 9);
    struct value before = run(a, e, &row), after = run(a, copy, &row);
    assert_false(value_truthy(&before));
    assert_true(value_truthy(&after));
    seen = 0;
    const struct expr *measure = sample_parse(a, "sum(quantity, owner == me())", EXPR_MODE_MEASURE);
    copy = expr_rewrite(a, measure, replace, &seen);
    assert_ptr_not_equal(copy->call.condition, measure->call.condition);
    assert_int_equal(copy->call.condition->pair.right->op, EXPR_LITERAL);
    assert_int_equal(measure->call.condition->pair.right->op, EXPR_CALL);
}

static void test_exhaustion(void **state) {
    const struct expr *e =
        sample_parse(*state, "owner == me() and contains(name .. 'x', 'NX')", EXPR_MODE_ROW);
    size_t seen = 0;
    struct arena none;
    arena_init(&none, 0);
    assert_null(expr_rewrite(&none, e, replace, &seen));
    assert_null(expr_and(&none, e, e));
    assert_null(expr_not(&none, e));
    assert_null(expr_literal(&none, value_int(1)));
    arena_fini(&none);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_walk),
        cmocka_unit_test(test_walk_aggregates),
        cmocka_unit_test(test_has_path),
        cmocka_unit_test(test_builders),
        cmocka_unit_test(test_literals_are_copied),
        cmocka_unit_test(test_rewrite),
        cmocka_unit_test(test_exhaustion),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
