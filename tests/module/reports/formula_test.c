/* Formulas over metrics: exact fractions, what has no value, what is too large, and definitions
 * that would never come to an end. */
#include "catalog_made.h"
#include "formula.h"

#define BILLION INT64_C(1000000000)

/* Base metrics a, b, m, n; the formula under test is `it`. */
struct figures {
    struct crm_value a, b, m, n;
};

static struct crm_value figure(void *ctx, const struct metric *base) {
    const struct figures *f = ctx;
    switch (base->origin.name.ptr[0]) {
    case 'a':
        return f->a;
    case 'b':
        return f->b;
    case 'm':
        return f->m;
    default:
        return f->n;
    }
}

static crm_status compute(const char *formula, const struct figures *figures, const char *currency,
                          struct crm_value *ret, struct crm_error *err) {
    static const char *const names[] = {"a", "b", "m", "n"};
    struct metric metrics[5] = {{.origin = {.name = CRM_STR("it")}}};
    struct catalog c = {.metrics = metrics, .metric_count = 5};
    struct crm crm = {.base = &services_base};
    struct formula_env env = {
        .crm = &crm, .catalog = &c, .get = figure, .ctx = (void *)(uintptr_t)figures};
    metrics[0].formula = crm_str_from(formula);
    for (size_t i = 0; i < 4; i++)
        metrics[i + 1] = (struct metric){.origin = {.name = crm_str_from(names[i])},
                                         .entity = CRM_STR("thing"),
                                         .measure = CRM_STR("count()")};
    memcpy(env.currency.code, currency, 3);
    return formula_value(&env, &metrics[0], ret, err);
}

static struct crm_currency currency_of(const char *code) {
    struct crm_currency c = {{0}};
    memcpy(c.code, code, 3);
    return c;
}

static void yields_in(const char *formula, const struct figures *f, const char *currency,
                      int32_t type, int64_t expected) {
    struct crm_value v;
    struct crm_error err;
    assert_int_equal(compute(formula, f, currency, &v, &err), CRM_OK);
    assert_int_equal(v.type, type);
    if (type != CRM_VALUE_NIL) assert_int_equal(v.integer, expected);
}

static void yields(const char *formula, const struct figures *f, int32_t type, int64_t expected) {
    yields_in(formula, f, "EUR", type, expected);
}

static void refused(const char *formula, const struct figures *f, const char *code) {
    struct crm_value v;
    struct crm_error err;
    assert_int_not_equal(compute(formula, f, "EUR", &v, &err), CRM_OK);
    assert_string_equal(services_base.error_code(&err).ptr, code);
}

static void least_and_most(void **state) {
    const struct figures f = {.a = crm_int(1),
                              .b = crm_int(3),
                              .m = crm_money(250, currency_of("EUR")),
                              .n = crm_money(-250, currency_of("EUR"))};
    const struct figures huge = {.a = crm_int(INT64_MAX), .b = crm_int(INT64_MAX - 1)};
    (void)state;
    yields("min_of(a, b)", &f, CRM_VALUE_DECIMAL, 1000000);
    yields("max_of(a, b, 2 * 1.25)", &f, CRM_VALUE_DECIMAL, 3000000);
    yields("max_of(a / 3, b / 10)", &f, CRM_VALUE_DECIMAL, 333333);
    yields("max_of(m - n, n - m) / m", &f, CRM_VALUE_DECIMAL, 2000000);
    yields("min_of(m, n)", &f, CRM_VALUE_MONEY, -250);
    yields("min_of(a)", &f, CRM_VALUE_DECIMAL, 1000000);
    yields("min_of(a / 0, b)", &f, CRM_VALUE_DECIMAL, 3000000);
    yields("max_of(a / 0, b / 0)", &f, CRM_VALUE_NIL, 0);
    yields("max_of(1 / a, 1 / b) * b", &huge, CRM_VALUE_DECIMAL, 1000000);
    refused("min_of(a, b", &f, "formula_wrong");
    refused("min_of()", &f, "formula_wrong");
    refused("min_of(a b)", &f, "formula_wrong");
    refused("median_of(a, b)", &f, "unknown_metric");
}

static void counts_exactly(void **state) {
    const struct figures f = {.a = crm_int(1), .b = crm_int(3)};
    (void)state;
    yields("a / b", &f, CRM_VALUE_DECIMAL, 333333);
    yields("a / b * b", &f, CRM_VALUE_DECIMAL, 1000000);
    yields("a / b + a / b + a / b", &f, CRM_VALUE_DECIMAL, 1000000);
    yields("(a - b) / (b - a)", &f, CRM_VALUE_DECIMAL, -1000000);
    yields("-a - -b", &f, CRM_VALUE_DECIMAL, 2000000);
    yields("2 + 3 * 4 - 6 / 2", &f, CRM_VALUE_DECIMAL, 11000000);
    yields(" \t\na\n", &f, CRM_VALUE_DECIMAL, 1000000);
}

static void rounds_half_to_even(void **state) {
    const struct figures f = {.a = crm_decimal(1), .b = crm_decimal(3)};
    (void)state;
    yields("a / 2", &f, CRM_VALUE_DECIMAL, 0);
    yields("b / 2", &f, CRM_VALUE_DECIMAL, 2);
    yields("-a / 2", &f, CRM_VALUE_DECIMAL, 0);
    yields("-b / 2", &f, CRM_VALUE_DECIMAL, -2);
    yields("b * 5 / 6", &f, CRM_VALUE_DECIMAL, 2);
    yields("a * 0.500001", &f, CRM_VALUE_DECIMAL, 1);
}

static void money_keeps_its_digits(void **state) {
    const struct figures eur = {.m = crm_money(1000, currency_of("EUR")),
                                .n = crm_money(300, currency_of("EUR")),
                                .a = crm_int(3)};
    const struct figures jpy = {.m = crm_money(1000, currency_of("JPY")), .a = crm_int(3)};
    (void)state;
    yields("m / a", &eur, CRM_VALUE_MONEY, 333);
    yields("m - n", &eur, CRM_VALUE_MONEY, 700);
    yields("(m - n) / n", &eur, CRM_VALUE_DECIMAL, 2333333);
    yields("a / m", &eur, CRM_VALUE_DECIMAL, 300000);
    yields_in("m / a", &jpy, "JPY", CRM_VALUE_MONEY, 333);
    yields_in("m / 2000", &jpy, "JPY", CRM_VALUE_MONEY, 0);
    yields_in("m * 3 / 2000", &jpy, "JPY", CRM_VALUE_MONEY, 2);
}

static void nothing_stays_nothing(void **state) {
    const struct figures f = {.a = crm_int(7), .b = crm_int(0), .m = crm_nil(), .n = crm_nil()};
    (void)state;
    yields("a / b", &f, CRM_VALUE_NIL, 0);
    yields("b / b", &f, CRM_VALUE_NIL, 0);
    yields("a / (a - 7)", &f, CRM_VALUE_NIL, 0);
    yields("a / b * b + 1", &f, CRM_VALUE_NIL, 0);
    yields("m + a", &f, CRM_VALUE_NIL, 0);
    yields("b * m", &f, CRM_VALUE_NIL, 0);
    yields("-m", &f, CRM_VALUE_NIL, 0);
    yields("b / a", &f, CRM_VALUE_DECIMAL, 0);
}

/* Sums of 10^18, and what only looks too large on the way. */
static void large_figures_are_exact(void **state) {
    const int64_t huge = BILLION * BILLION;
    const struct figures f = {.a = crm_int(huge + 1),
                              .b = crm_int(huge + 3),
                              .m = crm_money(huge, currency_of("EUR")),
                              .n = crm_money(huge - 1, currency_of("EUR"))};
    (void)state;
    yields("m + n", &f, CRM_VALUE_MONEY, 2 * huge - 1);
    yields("m / n", &f, CRM_VALUE_DECIMAL, 1000000);
    yields("a * b / (a * b)", &f, CRM_VALUE_DECIMAL, 1000000);
    yields("a * a / (b * b)", &f, CRM_VALUE_DECIMAL, 1000000);
    yields("m * 9", &f, CRM_VALUE_MONEY, 9 * huge);
    yields("a / b * (b / a) * (a / b) * (b / a)", &f, CRM_VALUE_DECIMAL, 1000000);
}

static void too_large_is_refused(void **state) {
    const struct figures f = {.a = crm_int(INT64_MAX),
                              .b = crm_int(INT64_MIN),
                              .m = crm_money(INT64_MAX, currency_of("EUR")),
                              .n = crm_decimal(INT64_MAX)};
    (void)state;
    refused("a", &f, "figure_too_large"); /* a count becomes a decimal of six places */
    refused("m * 2", &f, "figure_too_large");
    refused("a * a * a", &f, "figure_too_large");
    refused("b * b * b", &f, "figure_too_large");
    refused("1 / (b * b * 2)", &f, "figure_too_large");
    refused("n + n", &f, "figure_too_large");
    yields("a / b", &f, CRM_VALUE_DECIMAL, -1000000);
    yields("1 / (b * a)", &f, CRM_VALUE_DECIMAL, 0);
    yields("1 / (b * b)", &f, CRM_VALUE_DECIMAL, 0);
}

static void what_is_no_formula(void **state) {
    const struct figures f = {.a = crm_int(1), .b = crm_int(2)};
    char minuses[4096], open[4096];
    (void)state;
    refused("a +", &f, "formula_wrong");
    refused("a b", &f, "formula_wrong");
    refused("(a", &f, "formula_wrong");
    refused("a)", &f, "formula_wrong");
    refused("()", &f, "formula_wrong");
    refused("1.2.3", &f, "formula_wrong");
    refused(".", &f, "formula_wrong");
    refused("A", &f, "formula_wrong");
    refused("a ** b", &f, "formula_wrong");
    refused("unheard", &f, "unknown_metric");
    memset(minuses, '-', sizeof minuses);
    memcpy(minuses + sizeof minuses - 2, "a", 2);
    refused(minuses, &f, "formula_wrong");
    memset(open, '(', sizeof open);
    open[sizeof open - 1] = 0;
    refused(open, &f, "formula_wrong");
}

/* ---- formulas that name formulas ----------------------------------------------------------- */

enum { CHAIN = 18 };

/* f0 = "f1 + f1 + ...", `wide` times, and so on down to fN = "base". */
static void chain(struct made_catalog *m, size_t depth, size_t wide) {
    static char names[CHAIN][24], jsons[CHAIN][256];
    struct made_definition all[CHAIN + 1];
    for (size_t i = 0; i < depth; i++) {
        size_t len;
        snprintf(names[i], sizeof names[i], "f%zu", i);
        len = (size_t)snprintf(jsons[i], sizeof jsons[i], "{\"formula\":\"");
        for (size_t k = 0; k < wide; k++) {
            len += (size_t)snprintf(jsons[i] + len, sizeof jsons[i] - len, k ? " + " : "");
            len += i + 1 < depth
                       ? (size_t)snprintf(jsons[i] + len, sizeof jsons[i] - len, "f%zu", i + 1)
                       : (size_t)snprintf(jsons[i] + len, sizeof jsons[i] - len, "base");
        }
        snprintf(jsons[i] + len, sizeof jsons[i] - len, "\"}");
        all[i] = (struct made_definition){"metric", names[i], jsons[i]};
    }
    all[depth] =
        (struct made_definition){"metric", "base", "{\"of\":\"thing\",\"measure\":\"count()\"}"};
    made_open(m, all, depth + 1);
}

static void chains_have_a_depth(void **state) {
    struct made_catalog m;
    (void)state;
    chain(&m, 16, 1);
    assert_int_equal(m.catalog->metric_count, 17);
    assert_int_equal(m.catalog->problem_count, 0);
    made_close(&m);
    chain(&m, 17, 1);
    assert_string_equal(made_problem(&m, "f0"), "formula_loop");
    assert_int_equal(m.catalog->problem_count, 1);
    made_close(&m);
}

/* Six names a formula, sixteen deep, would be 6^16 steps. */
static void a_wide_chain_takes_bounded_steps(void **state) {
    struct made_catalog m;
    (void)state;
    chain(&m, 16, 6);
    assert_string_equal(made_problem(&m, "f0"), "formula_long");
    assert_string_equal(made_problem(&m, "f15"), "");
    assert_string_equal(made_problem(&m, "f13"), ""); /* 6 + 36 + 216 steps */
    assert_string_equal(made_problem(&m, "f12"), "formula_long");
    assert_non_null(catalog_metric(m.catalog, CRM_STR("f13")));
    assert_null(catalog_metric(m.catalog, CRM_STR("f12")));
    made_close(&m);
}

static void loops_are_refused(void **state) {
    static const struct made_definition all[] = {
        {"metric", "one", "{\"formula\":\"two + two + two\"}"},
        {"metric", "two", "{\"formula\":\"one * one * one\"}"},
        {"metric", "own", "{\"formula\":\"own + 1\"}"},
        {"metric", "rests", "{\"formula\":\"own / 2\"}"},
        {"metric", "base", "{\"of\":\"thing\",\"measure\":\"count()\"}"}};
    struct made_catalog m;
    (void)state;
    made_open(&m, all, sizeof all / sizeof *all);
    assert_int_equal(m.catalog->metric_count, 1);
    assert_string_equal(made_problem(&m, "own"), "formula_loop");
    assert_int_equal(m.catalog->problem_count, 4);
    made_close(&m);
}

static void bases_are_counted_once(void **state) {
    struct made_catalog m;
    struct crm_error err;
    const struct metric *bases[2];
    size_t count = 0;
    (void)state;
    chain(&m, 3, 4);
    assert_int_equal(formula_bases(&m.crm, m.catalog, catalog_metric(m.catalog, CRM_STR("f0")),
                                   bases, 2, &count, &err),
                     CRM_OK);
    assert_int_equal(count, 1);
    assert_ptr_equal(bases[0], catalog_metric(m.catalog, CRM_STR("base")));
    made_close(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(least_and_most),        cmocka_unit_test(counts_exactly),
        cmocka_unit_test(rounds_half_to_even),   cmocka_unit_test(money_keeps_its_digits),
        cmocka_unit_test(nothing_stays_nothing), cmocka_unit_test(large_figures_are_exact),
        cmocka_unit_test(too_large_is_refused),  cmocka_unit_test(what_is_no_formula),
        cmocka_unit_test(chains_have_a_depth),   cmocka_unit_test(a_wide_chain_takes_bounded_steps),
        cmocka_unit_test(loops_are_refused),     cmocka_unit_test(bases_are_counted_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
