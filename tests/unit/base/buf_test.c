/* Buffers: growth, maximum, sticky failure, numbers, printf, giving away. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/buf.h"

static void growth(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 100000);
    for (int i = 0; i < 100000; i++) {
        buf_add_char(&b, (char)('a' + i % 26));
        assert_int_equal(b.ptr[b.len], 0);
    }
    assert_int_equal(b.status, CRM_OK);
    assert_int_equal(b.len, 100000);
    assert_int_equal(b.ptr[27], 'b');
    buf_add_char(&b, 'x');
    assert_int_equal(b.status, CRM_TOO_LARGE);
    assert_int_equal(b.len, 100000);
    buf_clear(&b);
    assert_int_equal(b.status, CRM_OK);
    buf_add_cstr(&b, "again");
    assert_string_equal(b.ptr, "again");
    buf_fini(&b);
    buf_fini(&b);
}

static void sticky(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 4);
    buf_add_cstr(&b, "abc");
    buf_add_cstr(&b, "de"); /* one too many */
    buf_add_cstr(&b, "f");  /* would fit, but the text would have a hole */
    assert_int_equal(b.status, CRM_TOO_LARGE);
    assert_string_equal(b.ptr, "abc");
    assert_null(buf_reserve(&b, 1));
    char *taken = NULL;
    size_t len = 0;
    assert_int_equal(buf_take(&b, &taken, &len), CRM_TOO_LARGE);
    assert_null(taken);
    buf_fini(&b);
    buf_init(&b, SIZE_MAX);
    volatile size_t everything = SIZE_MAX; /* unknown to the compiler, which would warn */
    buf_add(&b, "x", everything);
    assert_int_equal(b.status, CRM_TOO_LARGE);
    buf_fini(&b);
}

static void reserving(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 1000);
    char *to = buf_reserve(&b, 10);
    memset(to, 'z', 10);
    buf_commit(&b, 3);
    assert_string_equal(b.ptr, "zzz");
    assert_non_null(buf_reserve(&b, 997));
    assert_null(buf_reserve(&b, 998));
    buf_fini(&b);
}

static void numbers(void **state) {
    (void)state;
    static const int64_t cases[] = {0,   1,    9,         10, 11,  99,   100,       101,
                                    999, 1000, 123456789, -1, -10, -100, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf b;
        char wanted[32];
        buf_init(&b, 64);
        buf_add_int64(&b, cases[i]);
        snprintf(wanted, sizeof wanted, "%lld", (long long)cases[i]);
        assert_string_equal(b.ptr, wanted);
        buf_fini(&b);
    }
    struct buf b;
    buf_init(&b, 64);
    buf_add_uint64(&b, UINT64_MAX);
    buf_add_char(&b, ' ');
    buf_add_digits(&b, 7, 3);
    buf_add_digits(&b, 12345, 3);
    assert_string_equal(b.ptr, "18446744073709551615 007345");
    buf_fini(&b);
}

static void printing(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 300);
    buf_printf(&b, "%s-%d", "a", 1);
    buf_printf(&b, "%0280d", 2);
    assert_int_equal(b.len, 283);
    buf_printf(&b, "%0280d", 2);
    assert_int_equal(b.status, CRM_TOO_LARGE);
    assert_int_equal(b.len, 283);
    assert_int_equal(strlen(b.ptr), 283);
    buf_fini(&b);
}

static void giving_away(void **state) {
    (void)state;
    struct buf b;
    char *taken;
    size_t len;
    buf_init(&b, 100);
    assert_int_equal(buf_take(&b, &taken, &len), CRM_OK);
    assert_int_equal(len, 0);
    assert_string_equal(taken, "");
    free(taken);
    buf_add_str(&b, STR("text"));
    buf_add_str(&b, STR_NONE);
    assert_int_equal(buf_take(&b, &taken, &len), CRM_OK);
    assert_string_equal(taken, "text");
    assert_null(b.ptr);
    buf_add_char(&b, 'x');
    assert_string_equal(b.ptr, "x");
    assert_string_equal(taken, "text");
    free(taken);
    buf_fini(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(growth),  cmocka_unit_test(sticky),   cmocka_unit_test(reserving),
        cmocka_unit_test(numbers), cmocka_unit_test(printing), cmocka_unit_test(giving_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
