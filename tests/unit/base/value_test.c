/* Values: equality, order, hashes, copies. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/value.h"

static struct value money(int64_t minor, const char *code) {
    struct value v = {.type = VALUE_MONEY, .integer = minor};
    memcpy(v.currency.code, code, 3);
    return v;
}

static struct value list(const struct value *items, size_t count) {
    return (struct value){.type = VALUE_LIST, .list = {items, count}};
}

/* In ascending order. */
static void order_is_total(void **state) {
    (void)state;
    struct value items[] = {value_int(1), value_int(2)};
    struct value ordered[] = {
        VALUE_OF_NIL,    value_bool(false),    value_bool(true),     value_int(INT64_MIN),
        value_int(5),    value_decimal(-1),    money(7, "EUR"),      money(5, "USD"),
        money(6, "USD"), value_text(STR_NONE), value_text(STR("a")), value_text(STR("ab")),
        value_date(-1),  value_date(0),        value_time(1),        value_id(1),
        value_id(2),     list(NULL, 0),        list(items, 1),       list(items, 2),
    };
    size_t count = sizeof ordered / sizeof ordered[0];
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            int wanted = (i > j) - (i < j), got = value_compare(&ordered[i], &ordered[j]);
            assert_int_equal((got > 0) - (got < 0), wanted);
            assert_int_equal(value_equal(&ordered[i], &ordered[j]), i == j);
            if (i != j) assert_int_not_equal(value_hash(&ordered[i]), value_hash(&ordered[j]));
        }
        assert_string_not_equal(value_type_name(ordered[i].type), "unknown");
    }
    assert_string_equal(value_type_name((enum value_type)99), "unknown");
}

static void what_does_not_count(void **state) {
    (void)state;
    struct value a = money(5, "USD"), b = money(5, "USD");
    a.base = 7;
    a.has_base = true;
    assert_true(value_equal(&a, &b));
    assert_int_equal(value_hash(&a), value_hash(&b));
    struct value one = value_id(5), other = value_id(5);
    other.entity = 3;
    assert_false(value_equal(&one, &other));
}

static void copies(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 1 << 16);
    char text[] = "abc";
    struct value inner[] = {value_text(str_from(text)), value_int(1)}, outer[] = {list(inner, 2)};
    struct value source = list(outer, 1), copy;
    assert_true(value_copy(&a, &source, &copy));
    assert_true(value_equal(&source, &copy));
    text[0] = 'x';
    inner[1] = value_int(9);
    assert_string_equal(copy.list.items[0].list.items[0].text.ptr, "abc");
    assert_int_equal(copy.list.items[0].list.items[1].integer, 1);
    struct arena tiny;
    arena_init(&tiny, 8);
    assert_false(value_copy(&tiny, &source, &copy));
    struct value nested = VALUE_OF_NIL, level[20];
    for (size_t i = 0; i < 20; i++) {
        level[i] = nested;
        nested = list(&level[i], 1);
    }
    assert_false(value_copy(&a, &nested, &copy)); /* deeper than any door lets in */
    arena_fini(&tiny);
    arena_fini(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(order_is_total),
                                       cmocka_unit_test(what_does_not_count),
                                       cmocka_unit_test(copies)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
