/* Ids: strictly rising, across threads, after a clock step back, beside another node's ids. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

#include <pthread.h>

#include "base/id.h"
#include "base/time.h"

static void rising(void **state) {
    (void)state;
    struct id_maker m;
    id_maker_init(&m, 7, 0);
    int64_t last = 0;
    for (int i = 0; i < 20000; i++) {
        int64_t id = id_next(&m);
        assert_true(id > last);
        assert_int_equal((id >> 12) & 1023, 7);
        last = id;
    }
    int64_t off = id_time_ms(last) - clock_now_ms();
    assert_in_range(off + 1000, 0, 2000);
}

static void behind_a_later_id(void **state) {
    (void)state;
    struct id_maker m;
    int64_t ahead = ((clock_now_ms() - ID_EPOCH_MS + 3600000) << 22) | (3 << 12) |
                    4095; /* an hour ahead, node 3 */
    id_maker_init(&m, 7, ahead);
    int64_t first = id_next(&m), second = id_next(&m);
    assert_true(first > ahead);
    assert_int_equal(second, first + 1);
    assert_int_equal((first >> 12) & 1023, 7);
    assert_int_equal(id_node(first), 7);
    assert_true(id_least(id_time_ms(first)) <= first && first < id_least(id_time_ms(first) + 1));
    assert_int_equal(id_least(0), 0);
    id_maker_init(&m, 5000, -1); /* out of range: cut to ten bits, never negative */
    assert_true(id_next(&m) > 0);
}

enum { THREADS = 4, EACH = 5000 };
static struct id_maker shared;
static int64_t made[THREADS][EACH];

static void *make(void *arg) {
    int64_t *ids = made[(size_t)(uintptr_t)arg];
    for (int i = 0; i < EACH; i++)
        ids[i] = id_next(&shared);
    return NULL;
}

static int by_value(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void unique_across_threads(void **state) {
    (void)state;
    pthread_t threads[THREADS];
    id_maker_init(&shared, 0, 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, make, (void *)(uintptr_t)i), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < THREADS; i++)
        for (int k = 1; k < EACH; k++)
            assert_true(made[i][k] > made[i][k - 1]);
    int64_t *all = &made[0][0];
    qsort(all, THREADS * EACH, sizeof *all, by_value);
    for (int i = 1; i < THREADS * EACH; i++)
        assert_true(all[i] > all[i - 1]);
}

static void parsing(void **state) {
    (void)state;
    int64_t id = 77;
    const char *bad[] = {"", "0", "01", "-1", "+1", "1 ", "9223372036854775808", "1.0", "x"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(id_parse(str_from(bad[i]), &id));
    assert_int_equal(id, 77);
    assert_true(id_parse(STR("9223372036854775807"), &id) && id == INT64_MAX);
    assert_true(id_parse(STR("1"), &id) && id == 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rising), cmocka_unit_test(behind_a_later_id),
        cmocka_unit_test(unique_across_threads), cmocka_unit_test(parsing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
