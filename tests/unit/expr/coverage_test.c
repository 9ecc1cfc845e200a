/* The evaluator against the coverage table; and arithmetic with nil on either side of every
 * operator and type. */
#include "expr/coverage.h"

struct fixture {
    struct arena arena;
    struct zone *zone;
    struct sample_row rows[4];
    struct sample_world world;
    struct expr_env env;
    size_t checked, wrong;
};

static int set_up(void **state) {
    static struct fixture f;
    arena_init(&f.arena, SAMPLE_ARENA_BYTES);
    assert_int_equal(zone_open(STR("Europe/Moscow"), &f.zone, NULL), CRM_OK);
    f.world = (struct sample_world){.rows = f.rows, .count = 4, .row = &f.rows[0]};
    f.env = (struct expr_env){.get = sample_get,
                              .ctx = &f.world,
                              .arena = &f.arena,
                              .zone = f.zone,
                              .week_start = 1,
                              .fiscal_month = 1,
                              .base_digits = 2,
                              .base_currency = {"EUR"}};
    *state = &f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    zone_close(f->zone);
    arena_fini(&f->arena);
    return 0;
}

static void check_one(void *ctx, const char *text, const bool expected[COVERAGE_CLASSES]) {
    struct fixture *f = ctx;
    const struct expr *e = sample_parse(&f->arena, text, EXPR_MODE_ROW);
    for (int c = 0; c < COVERAGE_CLASSES; c++) {
        struct value v = VALUE_OF_NIL;
        coverage_fill(f->rows, (enum coverage_class)c, 0);
        assert_int_equal(expr_eval(e, &f->env, &v, NULL), CRM_OK);
        f->checked++;
        if (v.type == VALUE_BOOL && v.boolean == expected[c]) continue;
        f->wrong++;
        print_error("%s on class %d: wanted %d\n", text, c, expected[c]);
    }
}

static void test_comparisons(void **state) {
    struct fixture *f = *state;
    coverage_each(check_one, f);
    assert_int_equal(f->wrong, 0);
    assert_true(f->checked > 4000);
}

/* left, operator, right: nil exactly where an operand is nil. */
static void test_arithmetic_with_nil(void **state) {
    struct fixture *f = *state;
    static const char *const forms[] = {"quantity + percent",
                                        "quantity - percent",
                                        "quantity * percent",
                                        "quantity / percent",
                                        "rate + factor",
                                        "rate - factor",
                                        "rate * factor",
                                        "rate / factor",
                                        "quantity + factor",
                                        "rate - percent",
                                        "quantity * factor",
                                        "quantity / factor",
                                        "rate / percent",
                                        "amount + cost",
                                        "amount - cost",
                                        "amount * percent",
                                        "quantity * cost",
                                        "amount * factor",
                                        "amount / percent",
                                        "amount / factor",
                                        "amount / cost",
                                        "due_on + percent",
                                        "quantity + closed_on",
                                        "due_on - percent",
                                        "due_on - closed_on",
                                        "made_at - done_at",
                                        "due_on - done_at",
                                        "made_at - closed_on",
                                        "name .. note",
                                        "quantity .. note",
                                        "rate .. factor",
                                        "name .. closed_on",
                                        "date_add(due_on, percent, 'day')",
                                        "amount + organization.revenue",
                                        "quantity * stage.probability",
                                        "name .. organization.name",
                                        "due_on - organization.founded_on"};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        const struct expr *e = sample_parse(&f->arena, forms[i], EXPR_MODE_ROW);
        for (int c = 0; c < COVERAGE_CLASSES; c++) {
            struct value v = VALUE_OF_NIL;
            coverage_fill(f->rows, (enum coverage_class)c, 0);
            assert_int_equal(expr_eval(e, &f->env, &v, NULL), CRM_OK);
            bool nil = c >= COVERAGE_NIL_LEFT;
            if ((v.type == VALUE_NIL) != nil) fail_msg("%s on class %d", forms[i], c);
            if (v.type != VALUE_NIL && v.type != e->type.type)
                fail_msg("%s has the wrong type", forms[i]);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_comparisons),
                                       cmocka_unit_test(test_arithmetic_with_nil)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
