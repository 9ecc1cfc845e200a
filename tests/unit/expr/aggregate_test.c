/* Aggregates over rows: sums, averages, extremes, distinct values, percentiles, conditions, money,
 * nothing at all, overflow, and arithmetic between aggregates. */
#include "expr/sample.h"

enum { ROWS = 6 };

struct fixture {
    struct arena arena;
    struct sample_row rows[ROWS];
    struct sample_world world;
    struct expr_env env;
};

static int set_up(void **state) {
    static struct fixture f;
    arena_init(&f.arena, SAMPLE_ARENA_BYTES);
    static const int64_t quantities[ROWS] = {5, 1, 4, 2, 2, 0};
    static const char *const names[ROWS] = {"b", "", "c", "a", "a", "Ё"};
    for (int i = 0; i < ROWS; i++) {
        struct sample_row *r = &f.rows[i];
        *r = (struct sample_row){.entity = SAMPLE_DEAL, .id = 100 + i};
        if (i < 5) sample_set(r, "quantity", value_int(quantities[i])); /* the last is nil */
        if (i != 1) sample_set(r, "name", sample_text(names[i]));
        sample_set(r, "rate", value_decimal(1000000 + i));
        sample_set(r, "amount", sample_money(1000, "USD", 100 * i + 1));
        sample_set(r, "active", value_bool(i % 2 == 0));
        sample_set(r, "due_on", value_date(19000 + i));
        sample_set(r, "team", value_id(i / 2));
    }
    f.rows[3].values[sample_field_find(SAMPLE_DEAL, STR("amount"))].has_base = false;
    f.world = (struct sample_world){.rows = f.rows, .count = ROWS};
    f.env = (struct expr_env){.get = sample_get,
                              .ctx = &f.world,
                              .arena = &f.arena,
                              .week_start = 1,
                              .fiscal_month = 1,
                              .base_digits = 2,
                              .base_currency = {"EUR"}};
    *state = &f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    arena_fini(&f->arena);
    return 0;
}

static crm_status add_row(struct fixture *f, struct expr_group *g,
                          const struct expr *const *aggregates, size_t count, struct err *err) {
    for (size_t i = 0; i < count; i++) {
        const struct expr *e = aggregates[i];
        struct value v = VALUE_OF_NIL, condition = value_bool(true);
        crm_status status = CRM_OK;
        if (e->call.count > 0) status = expr_eval(e->call.args[0], &f->env, &v, err);
        if (status == CRM_OK && e->call.condition)
            status = expr_eval(e->call.condition, &f->env, &condition, err);
        if (status == CRM_OK)
            status = expr_group_add(g, &f->arena, i, e->call.count > 0 ? &v : NULL,
                                    value_truthy(&condition), err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

static crm_status measure(struct fixture *f, const char *text, size_t rows, struct value *ret,
                          struct err *err) {
    const struct expr *e = sample_parse(&f->arena, text, EXPR_MODE_MEASURE);
    const struct expr *aggregates[8];
    size_t count = expr_group_aggregates(&e, 1, aggregates, 8);
    assert_true(count <= 8);
    struct expr_group *g = expr_group_new(&f->arena, &e, 1);
    assert_non_null(g);
    for (size_t i = 0; i < rows; i++) {
        f->world.row = &f->rows[i];
        crm_status status = add_row(f, g, aggregates, count, err);
        if (status != CRM_OK) return status;
    }
    return expr_group_get(g, 0, &f->env, ret, err);
}

struct measure_case {
    const char *text, *expected, *of_nothing;
};

static void check(struct fixture *f, const char *text, size_t rows, const char *expected) {
    BUF_CLEANUP struct buf found;
    struct err err;
    struct value v = VALUE_OF_NIL;
    buf_init(&found, 1024);
    err_clear(&err);
    crm_status status = measure(f, text, rows, &v, &err);
    if (status == CRM_OK)
        sample_format(&v, 2, &found);
    else
        buf_printf(&found, "%s at %u", crm_status_word(status), err.column);
    if (!str_is(buf_str(&found), expected))
        fail_msg("%s: wanted %s, found %s", text, expected, found.ptr);
}

static void test_measures(void **state) {
    static const struct measure_case cases[] = {
        {"count()", "6", "0"},
        {"count(active)", "3", "0"},
        {"count(quantity == nil)", "1", "0"},
        {"count_distinct(quantity)", "4", "0"},
        {"count_distinct(name)", "4", "0"},
        {"count_distinct(team)", "3", "0"},
        {"count_distinct(active)", "2", "0"},
        {"count_distinct(amount)", "5", "0"},
        {"count_distinct(name, active)", "3", "0"},
        {"sum(quantity)", "14", "0"},
        {"sum(quantity, active)", "11", "0"},
        {"sum(rate)", "decimal 6.000015", "decimal 0"},
        {"sum(amount)", "money 12.05 EUR/12.05", "money 0.00 EUR/0.00"},
        {"sum(amount * 2)", "money 24.10 EUR/24.10", "money 0.00 EUR/0.00"},
        {"avg(quantity)", "decimal 2.8", "nil"},
        {"avg(rate)", "decimal 1.000002", "nil"}, /* ...0025: half even */
        {"avg(amount)", "money 2.41 EUR/2.41", "nil"},
        {"min(quantity)", "1", "nil"},
        {"max(quantity)", "5", "nil"},
        {"max(quantity, not active)", "2", "nil"},
        {"min(name)", "'a'", "nil"},
        {"max(name)", "'Ё'", "nil"},
        {"min(amount)", "money 0.01 EUR/0.01", "nil"},
        {"max(due_on)", "date 2022-01-13", "nil"},
        {"median(quantity)", "decimal 2", "nil"},
        {"median(quantity, quantity > 1)", "decimal 3", "nil"},
        {"median(rate)", "decimal 1.000002", "nil"}, /* between 2 and 3 millionths: half even */
        {"median(amount)", "money 2.01 EUR/2.01", "nil"},
        {"percentile(quantity, 0)", "decimal 1", "nil"},
        {"percentile(quantity, 1)", "decimal 5", "nil"},
        {"percentile(quantity, 0.9)", "decimal 4.6", "nil"},
        {"percentile(quantity, 0.333333)", "decimal 2", "nil"},
        {"percentile(amount, 0.1, quantity ~= nil)", "money 0.31 EUR/0.31", "nil"},
        {"sum(amount) / count()", "money 2.01 EUR/2.01", "nil"},
        {"sum(quantity) / count(active) * 100", "decimal 466.6667", "nil"},
        {"round(sum(quantity) / 4)", "4", "0"},
        {"count(active) / count() * 100", "decimal 50", "nil"},
        {"max(due_on) - min(due_on)", "5", "nil"},
        {"coalesce(avg(quantity), 0)", "decimal 2.8", "decimal 0"},
        {"if_else(count() > 5, sum(quantity), nil)", "14", "nil"},
        {"sum(quantity) > 10 and count() == 6", "true", "false"},
        {"7", "7", "7"},
        {"sum(if_else(active, quantity, 0)) - sum(quantity, active)", "0", "0"},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        check(f, cases[i].text, ROWS, cases[i].expected);
        check(f, cases[i].text, 0, cases[i].of_nothing);
    }
}

static void test_overflow(void **state) {
    struct fixture *f = *state;
    check(f, "sum(9223372036854775807)", 1, "9223372036854775807");
    check(f, "sum(9223372036854775807)", 2, "range at 1");
    check(f, "1 + sum(9223372036854775807)", 2, "range at 5");
    check(f, "avg(9223372036854775807)", 2, "range at 1");
    check(f, "avg(9223372036854)", 2, "decimal 9223372036854");
    check(f, "median(9223372036854775807)", 2, "range at 1");
    check(f, "sum(quantity + 9223372036854775807)", 1, "range at 14");
}

/* Sums go over 64 bits on the way and come back. */
static void test_sum_through_overflow(void **state) {
    struct fixture *f = *state;
    const struct expr *e = sample_parse(&f->arena, "sum(quantity)", EXPR_MODE_MEASURE);
    struct expr_group *g = expr_group_new(&f->arena, &e, 1);
    static const int64_t steps[] = {INT64_MAX, INT64_MAX, INT64_MIN, INT64_MIN, 5};
    struct value v;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        v = value_int(steps[i]);
        assert_int_equal(expr_group_add(g, &f->arena, 0, &v, true, NULL), CRM_OK);
    }
    assert_int_equal(expr_group_get(g, 0, &f->env, &v, NULL), CRM_OK);
    assert_int_equal(v.integer, 3);
}

static void test_many_values(void **state) {
    struct fixture *f = *state;
    const struct expr *measures[] = {
        sample_parse(&f->arena, "count_distinct(name)", EXPR_MODE_MEASURE),
        sample_parse(&f->arena, "count_distinct(quantity) + median(quantity)", EXPR_MODE_MEASURE),
        sample_parse(&f->arena, "min(name)", EXPR_MODE_MEASURE)};
    struct expr_group *g = expr_group_new(&f->arena, measures, 3);
    struct value v;
    for (int64_t i = 0; i < 5000; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "%05lld", (long long)(9999 - i % 1250));
        v = sample_text(text); /* gone after the call: the group keeps copies */
        assert_int_equal(expr_group_add(g, &f->arena, 0, &v, true, NULL), CRM_OK);
        assert_int_equal(expr_group_add(g, &f->arena, 3, &v, true, NULL), CRM_OK);
        v = value_int(i * 7919 % 5000);
        assert_int_equal(expr_group_add(g, &f->arena, 1, &v, true, NULL), CRM_OK);
        assert_int_equal(expr_group_add(g, &f->arena, 2, &v, true, NULL), CRM_OK);
    }
    assert_int_equal(expr_group_get(g, 0, &f->env, &v, NULL), CRM_OK);
    assert_int_equal(v.integer, 1250);
    assert_int_equal(expr_group_get(g, 1, &f->env, &v, NULL), CRM_OK);
    assert_int_equal(v.integer, 5000 * DECIMAL_ONE + 2499500000);
    assert_int_equal(expr_group_get(g, 2, &f->env, &v, NULL), CRM_OK);
    assert_true(str_is(v.text, "08750"));
    v = value_int(1);
    assert_int_equal(expr_group_add(g, &f->arena, 4, &v, true, NULL), CRM_INTERNAL);
}

static void test_exhaustion(void **state) {
    struct fixture *f = *state;
    const struct expr *e = sample_parse(&f->arena, "median(quantity)", EXPR_MODE_MEASURE);
    struct arena small;
    arena_init(&small, 4096);
    struct expr_group *g = expr_group_new(&small, &e, 1);
    assert_non_null(g);
    crm_status status = CRM_OK;
    for (int64_t i = 0; status == CRM_OK && i < 100000; i++) {
        struct value v = value_int(i);
        status = expr_group_add(g, &small, 0, &v, true, NULL);
    }
    assert_int_equal(status, CRM_NO_MEMORY);
    arena_fini(&small);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_measures),
        cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_sum_through_overflow),
        cmocka_unit_test(test_many_values),
        cmocka_unit_test(test_exhaustion),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
