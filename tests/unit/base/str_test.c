/* Borrowed text: order, search, trimming, splitting, numbers. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/str.h"

static void order(void **state) {
    (void)state;
    assert_int_equal(str_compare(STR_NONE, STR("")), 0);
    assert_true(str_compare(STR("a"), STR("b")) < 0);
    assert_true(str_compare(STR("ab"), STR("a")) > 0);
    assert_true(str_compare(STR("a"), STR("ab")) < 0);
    assert_true(str_compare(STR("\x7f"), STR("\x80")) < 0); /* bytes, not signed characters */
    assert_true(str_compare(STR("a\0b"), STR("a\0c")) < 0);
    assert_true(str_eq(STR_NONE, STR("")));
    assert_false(str_eq(STR("a"), STR("b")));
    assert_true(str_is(STR("abc"), "abc"));
}

static void ends_and_search(void **state) {
    (void)state;
    assert_true(str_starts_with(STR("abc"), STR("ab")));
    assert_true(str_starts_with(STR("abc"), STR_NONE));
    assert_false(str_starts_with(STR("a"), STR("ab")));
    assert_true(str_ends_with(STR("abc"), STR("bc")));
    assert_false(str_ends_with(STR("c"), STR("bc")));
    assert_true(str_ends_with(STR_NONE, STR_NONE));
    assert_int_equal(str_find(STR("hello"), STR("l")), 2);
    assert_int_equal(str_find(STR("hello"), STR_NONE), 0);
    assert_int_equal(str_find(STR_NONE, STR("x")), SIZE_MAX);
    assert_int_equal(str_find(STR("hello"), STR("xyz")), SIZE_MAX);
    assert_int_equal(str_find(STR("a\0b"), STR("\0b")), 1);
}

static void trimming(void **state) {
    (void)state;
    assert_true(str_is(str_trim(STR(" \t\r\n a b \v\f")), "a b"));
    assert_true(str_is(str_trim(STR("\xC2\xA0 x \xC2\xA0\xC2\xA0")), "x"));
    assert_true(str_is(str_trim(STR("  \xC2\xA0 ")), ""));
    assert_true(str_is(str_trim(STR_NONE), ""));
    assert_true(str_is(str_trim(STR("\xC2")), "\xC2"));
}

static void without_case(void **state) {
    (void)state;
    assert_true(str_eq_nocase(STR("Content-Length"), STR("cONTENT-lENGTH")));
    assert_false(str_eq_nocase(STR("a"), STR("ab")));
    assert_false(str_eq_nocase(STR("@"), STR("`"))); /* differ by the case bit only */
    assert_false(str_eq_nocase(STR("\xC9"), STR("\xE9")));
}

static void splitting(void **state) {
    (void)state;
    struct str rest = STR("a,,b"), head;
    assert_true(str_split(&rest, ',', &head));
    assert_true(str_is(head, "a"));
    assert_true(str_split(&rest, ',', &head));
    assert_true(str_is(head, ""));
    assert_false(str_split(&rest, ',', &head));
    assert_true(str_is(head, "b"));
    assert_int_equal(rest.len, 0);
    assert_false(str_split(&rest, ',', &head));
    assert_int_equal(head.len, 0);
    struct str both = STR("k=v");
    str_split(&both, '=', &both); /* the head may replace the rest */
    assert_true(str_is(both, "k"));
}

static void numbers(void **state) {
    (void)state;
    int64_t n = 5;
    assert_true(str_to_int64(STR("0"), &n) && n == 0);
    assert_true(str_to_int64(STR("-9223372036854775808"), &n) && n == INT64_MIN);
    assert_true(str_to_int64(STR("9223372036854775807"), &n) && n == INT64_MAX);
    assert_true(str_to_int64(STR("007"), &n) && n == 7);
    n = 5;
    const char *bad[] = {"",
                         "-",
                         "+1",
                         " 1",
                         "1 ",
                         "9223372036854775808",
                         "-9223372036854775809",
                         "1.0",
                         "0x1",
                         "12345678901234567890123"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(str_to_int64(str_from(bad[i]), &n));
    assert_int_equal(n, 5);
    assert_int_not_equal(str_hash(STR("a")), str_hash(STR("b")));
    assert_int_equal(str_hash(STR_NONE), str_hash(STR("")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order),     cmocka_unit_test(ends_and_search),
        cmocka_unit_test(trimming),  cmocka_unit_test(without_case),
        cmocka_unit_test(splitting), cmocka_unit_test(numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
