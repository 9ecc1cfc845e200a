/* Arenas: alignment, zeroes, limits, growth in place, reset. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/arena.h"

static void aligned_and_zero(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 1 << 20);
    for (size_t bytes = 0; bytes < 600; bytes++) {
        unsigned char *p = arena_alloc(&a, bytes);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 16, 0);
        for (size_t i = 0; i < bytes; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xAA, bytes);
    }
    arena_reset(&a);
    unsigned char *again = arena_alloc(&a, 1000);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(again[i], 0);
    arena_fini(&a);
}

static void limit(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 10000);
    size_t held = 0;
    while (arena_alloc(&a, 100))
        held += 100;
    assert_in_range(held, 5000, 10000);
    assert_true(a.used_bytes <= 10000);
    arena_reset(&a);
    assert_non_null(arena_alloc(&a, 100));
    assert_null(arena_alloc(&a, 20000));
    assert_null(arena_alloc(&a, SIZE_MAX));
    assert_null(arena_array(&a, SIZE_MAX / 2, 3));
    arena_fini(&a);
    arena_init(&a, 0);
    assert_null(arena_alloc(&a, 1));
    arena_fini(&a);
}

static void large_blocks_leave_the_head_its_room(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 10 << 20);
    char *first = arena_alloc(&a, 16);
    assert_non_null(arena_alloc(&a, 1 << 20));
    char *second = arena_alloc(&a, 16);
    assert_ptr_equal(second, first + 16);
    size_t before = a.used_bytes;
    arena_reset(&a);
    assert_true(a.used_bytes < before);
    arena_reset(&a); /* twice is once */
    arena_fini(&a);
    arena_reset(&a); /* an empty one too */
    arena_fini(&a);
}

static void texts(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 1 << 16);
    char source[] = "abc";
    struct str copy = arena_str(&a, str_from(source));
    source[0] = 'x';
    assert_string_equal(copy.ptr, "abc");
    struct str empty = arena_str(&a, STR_NONE);
    assert_non_null(empty.ptr);
    assert_int_equal(empty.len, 0);
    struct str printed = arena_printf(&a, "%d-%s", 5, "x");
    assert_string_equal(printed.ptr, "5-x");
    assert_int_equal(printed.len, 3);
    arena_fini(&a);
    arena_init(&a, 64);
    assert_null(arena_str(&a, STR("this does not fit into what is left of sixty-four bytes")).ptr);
    assert_null(arena_printf(&a, "%200d", 1).ptr);
    arena_fini(&a);
}

static void growing(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 1 << 20);
    size_t capacity = 0;
    uint32_t *items = NULL;
    for (size_t i = 0; i < 5000; i++) {
        items = arena_grow(&a, items, i, &capacity, sizeof *items);
        assert_non_null(items);
        assert_true(capacity > i);
        items[i] = (uint32_t)i;
        if (i == 20) arena_alloc(&a, 8); /* something in the way */
    }
    for (size_t i = 0; i < 5000; i++)
        assert_int_equal(items[i], i);
    for (size_t i = 5000; i < capacity; i++)
        assert_int_equal(items[i], 0);
    size_t kept = capacity;
    assert_null(arena_grow(&a, items, capacity, &capacity, SIZE_MAX / 4));
    assert_int_equal(capacity, kept);
    arena_fini(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aligned_and_zero),
        cmocka_unit_test(limit),
        cmocka_unit_test(large_blocks_leave_the_head_its_room),
        cmocka_unit_test(texts),
        cmocka_unit_test(growing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
