/* Exact numbers: borders of 64 bits, roundings, text forms, currencies, sums. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

#include <unicode/ucurr.h>
#include <unicode/uenum.h>

#include "base/number.h"

static void checked(void **state) {
    (void)state;
    int64_t n = 77;
    assert_false(int64_add(INT64_MAX, 1, &n));
    assert_false(int64_sub(INT64_MIN, 1, &n));
    assert_false(int64_mul(INT64_MAX, 2, &n));
    assert_false(int64_mul(INT64_MIN, -1, &n));
    assert_int_equal(n, 77);
    assert_true(int64_add(INT64_MAX, INT64_MIN, &n) && n == -1);
    assert_true(int64_sub(-1, INT64_MIN, &n) && n == INT64_MAX);
}

static void rounding(void **state) {
    (void)state;
    static const struct {
        int64_t a, b, c, even, away, floor;
    } cases[] = {
        {5, 1, 2, 2, 3, 2},
        {7, 1, 2, 4, 4, 3},
        {-5, 1, 2, -2, -3, -3},
        {-7, 1, 2, -4, -4, -4},
        {5, 1, -2, -2, -3, -3},
        {-5, 1, -2, 2, 3, 2},
        {1, 1, 3, 0, 0, 0},
        {2, 1, 3, 1, 1, 0},
        {-1, 1, 3, 0, 0, -1},
        {-2, 1, 3, -1, -1, -1},
        {6, 1, 3, 2, 2, 2},
        {0, 5, 7, 0, 0, 0},
        {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX},
        {INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t n;
        assert_true(int64_mul_div(cases[i].a, cases[i].b, cases[i].c, ROUND_HALF_EVEN, &n));
        assert_int_equal(n, cases[i].even);
        assert_true(int64_mul_div(cases[i].a, cases[i].b, cases[i].c, ROUND_HALF_AWAY, &n));
        assert_int_equal(n, cases[i].away);
        assert_true(int64_mul_div(cases[i].a, cases[i].b, cases[i].c, ROUND_FLOOR, &n));
        assert_int_equal(n, cases[i].floor);
    }
    int64_t n = 77;
    assert_false(int64_mul_div(1, 1, 0, ROUND_FLOOR, &n));
    assert_false(int64_mul_div(INT64_MAX, 2, 1, ROUND_FLOOR, &n));
    assert_false(int64_mul_div(INT64_MIN, 1, -1, ROUND_FLOOR, &n));
    assert_int_equal(n, 77);
}

static void assert_decimal(const char *text, int64_t micro, const char *shortest) {
    int64_t n;
    struct buf out;
    buf_init(&out, 64);
    assert_true(decimal_parse(str_from(text), &n));
    assert_int_equal(n, micro);
    decimal_format(n, -1, &out);
    assert_string_equal(out.ptr, shortest);
    buf_fini(&out);
}

static void decimals(void **state) {
    (void)state;
    assert_decimal("12.5", 12500000, "12.5");
    assert_decimal("-0.000001", -1, "-0.000001");
    assert_decimal("3", 3000000, "3");
    assert_decimal("003.140000", 3140000, "3.14");
    assert_decimal("-0", 0, "0");
    assert_decimal("9223372036854.775807", INT64_MAX, "9223372036854.775807");
    assert_decimal("-9223372036854.775808", INT64_MIN, "-9223372036854.775808");
    const char *bad[] = {"",
                         "-",
                         ".",
                         "1.",
                         ".5",
                         "1,5",
                         "1.0000000",
                         "+1",
                         "1e3",
                         " 1",
                         "1 ",
                         "--1",
                         "1.2.3",
                         "9223372036854.775808",
                         "99999999999999",
                         "0x10",
                         "1_000"};
    int64_t n = 77;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(decimal_parse(str_from(bad[i]), &n));
    assert_false(decimal_from_int(INT64_MAX, &n));
    assert_int_equal(n, 77);
    assert_true(decimal_from_int(-2, &n) && n == -2000000);
}

static void padded(void **state) {
    (void)state;
    static const struct {
        int64_t micro;
        int places;
        const char *text;
    } cases[] = {{12500000, 0, "12.5"}, {12500000, 2, "12.50"},    {12500000, 6, "12.500000"},
                 {3000000, 2, "3.00"},  {3000000, 0, "3"},         {-1, 2, "-0.000001"},
                 {0, 6, "0.000000"},    {1000000, 8, "1.00000000"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf out;
        buf_init(&out, 64);
        decimal_format(cases[i].micro, cases[i].places, &out);
        assert_string_equal(out.ptr, cases[i].text);
        buf_fini(&out);
    }
}

static int digits_of(const char *code) {
    struct currency currency = {{0}};
    memcpy(currency.code, code, strlen(code) < 3 ? strlen(code) : 3);
    return currency_digits(currency);
}

static void currencies(void **state) {
    (void)state;
    assert_int_equal(digits_of("USD"), 2);
    assert_int_equal(digits_of("RUB"), 2);
    assert_int_equal(digits_of("JPY"), 0);
    assert_int_equal(digits_of("KWD"), 3);
    assert_int_equal(digits_of("CLF"), 4);
    assert_int_equal(digits_of("RSD"), 2);
    assert_int_equal(digits_of("IQD"), 3);
    assert_int_equal(digits_of("XXX"), -1);
    assert_int_equal(digits_of("ZZZ"), -1);
    assert_int_equal(digits_of(""), -1);
    struct currency c = {{0}};
    assert_true(currency_parse(STR("eur"), &c));
    assert_string_equal(c.code, "EUR");
    assert_false(currency_parse(STR("EU"), &c));
    assert_false(currency_parse(STR("EURO"), &c));
    assert_false(currency_parse(STR("E\0R"), &c));
    assert_string_equal(c.code, "EUR");
}

/* Every currency of ICU's list is known, and has the same digits or, where ICU rounds to cash,
 * more. */
static void currencies_of_icu(void **state) {
    (void)state;
    UErrorCode status = U_ZERO_ERROR;
    UEnumeration *all = ucurr_openISOCurrencies(UCURR_COMMON | UCURR_NON_DEPRECATED, &status);
    int known = 0;
    const char *code;
    while ((code = uenum_next(all, NULL, &status)) != NULL) {
        const UChar wide[] = {(UChar)code[0], (UChar)code[1], (UChar)code[2], 0};
        int icu = ucurr_getDefaultFractionDigits(wide, &status), ours = digits_of(code);
        if (ours < icu) fail_msg("%s: %d digits here, %d by ICU", code, ours, icu);
        known++;
    }
    uenum_close(all);
    assert_true(known > 140);
}

static void money(void **state) {
    (void)state;
    int64_t n;
    struct buf out;
    buf_init(&out, 256);
    assert_true(money_parse(STR("1054"), 2, &n) && n == 105400);
    assert_true(money_parse(STR("1054.00"), 2, &n) && n == 105400);
    assert_true(money_parse(STR("-0.5"), 2, &n) && n == -50);
    assert_true(money_parse(STR("7"), 0, &n) && n == 7);
    n = 77;
    assert_false(money_parse(STR("7.0"), 0, &n));
    assert_false(money_parse(STR("1.005"), 2, &n));
    assert_false(money_parse(STR("1"), -1, &n));
    assert_false(money_parse(STR("92233720368547758.08"), 2, &n));
    assert_int_equal(n, 77);
    money_format(105400, 2, &out);
    money_format(-5, 2, &out);
    money_format(7, 0, &out);
    money_format(1, 3, &out);
    money_format(INT64_MIN, 2, &out);
    assert_string_equal(out.ptr, "1054.00-0.0570.001-92233720368547758.08");
    buf_fini(&out);
}

static void conversion(void **state) {
    (void)state;
    int64_t n;
    assert_true(money_convert(10000, 2, 92500000, 2, &n) && n == 925000); /* 100.00 at 92.5 */
    assert_true(money_convert(10000, 2, 150123456, 0, &n) &&
                n == 15012); /* to a currency without digits */
    assert_true(money_convert(15012, 0, 6661, 2, &n) && n == 9999); /* 99.994932 */
    assert_true(money_convert(5, 2, 100000, 2, &n) && n == 1);      /* half away from zero */
    assert_true(money_convert(-5, 2, 100000, 2, &n) && n == -1);
    assert_true(money_convert(1, 0, 1000000, 4, &n) && n == 10000);
    assert_false(money_convert(INT64_MAX, 2, 2000000, 2, &n));
    assert_false(money_convert(INT64_MAX, 0, INT64_MAX, 4, &n));
    assert_false(money_convert(1, -1, 1, 2, &n));
}

static void sums(void **state) {
    (void)state;
    struct wide_sum s = {0};
    int64_t n = 77;
    assert_true(wide_sum_get(&s, &n) && n == 0);
    assert_false(wide_sum_average(&s, 1, &n));
    wide_sum_add(&s, INT64_MAX);
    wide_sum_add(&s, INT64_MAX);
    assert_false(wide_sum_get(&s, &n));
    assert_true(wide_sum_average(&s, 1, &n) && n == INT64_MAX);
    wide_sum_add(&s, -INT64_MAX);
    assert_true(wide_sum_get(&s, &n) && n == INT64_MAX); /* back within 64 bits at the end */
    struct wide_sum ints = {0};
    wide_sum_add(&ints, 1);
    wide_sum_add(&ints, 2);
    wide_sum_add(&ints, 2);
    assert_true(wide_sum_average(&ints, DECIMAL_ONE, &n) && n == 1666667);
    assert_int_equal(ints.count, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checked),    cmocka_unit_test(rounding),
        cmocka_unit_test(decimals),   cmocka_unit_test(padded),
        cmocka_unit_test(currencies), cmocka_unit_test(currencies_of_icu),
        cmocka_unit_test(money),      cmocka_unit_test(conversion),
        cmocka_unit_test(sums),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
