/* The bounded queue: order, refusal, batches, time-outs, closing, and many threads at once. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

#include "loop/queue.h"

#include <stdatomic.h>

static void order_and_limit(void **state) {
    (void)state;
    struct work_queue q;
    struct work items[3];
    bool closed = true;
    work_queue_init(&q, 2);
    assert_true(work_queue_push(&q, &items[0]));
    assert_true(work_queue_push(&q, &items[1]));
    assert_false(work_queue_push(&q, &items[2]));
    assert_int_equal(work_queue_length(&q), 2);
    assert_ptr_equal(work_queue_pop(&q, 1, -1, &closed), &items[0]);
    assert_false(closed);
    assert_null(items[0].next);
    assert_true(work_queue_push(&q, &items[2]));
    struct work *chain = work_queue_pop(&q, 10, 0, NULL);
    assert_ptr_equal(chain, &items[1]);
    assert_ptr_equal(chain->next, &items[2]);
    assert_null(chain->next->next);
    assert_int_equal(work_queue_length(&q), 0);
    work_queue_fini(&q);
}

static void batch_leaves_the_rest(void **state) {
    (void)state;
    struct work_queue q;
    struct work items[3];
    work_queue_init(&q, 8);
    for (int i = 0; i < 3; i++)
        assert_true(work_queue_push(&q, &items[i]));
    struct work *chain = work_queue_pop(&q, 2, -1, NULL);
    assert_ptr_equal(chain, &items[0]);
    assert_ptr_equal(chain->next, &items[1]);
    assert_null(chain->next->next);
    assert_ptr_equal(work_queue_pop(&q, 2, -1, NULL), &items[2]);
    work_queue_fini(&q);
}

static void time_out(void **state) {
    (void)state;
    struct work_queue q;
    bool closed = true;
    work_queue_init(&q, 1);
    assert_null(work_queue_pop(&q, 1, 0, &closed));
    assert_false(closed);
    closed = true;
    assert_null(work_queue_pop(&q, 1, 5, &closed));
    assert_false(closed);
    work_queue_fini(&q);
}

static void closing_drains_then_ends(void **state) {
    (void)state;
    struct work_queue q;
    struct work a, b;
    bool closed = false;
    work_queue_init(&q, 4);
    assert_true(work_queue_push(&q, &a));
    work_queue_close(&q);
    assert_false(work_queue_push(&q, &b));
    assert_ptr_equal(work_queue_pop(&q, 1, -1, &closed), &a);
    assert_true(closed);
    assert_null(work_queue_pop(&q, 1, -1, &closed));
    assert_true(closed);
    work_queue_fini(&q);
}

enum { PRODUCERS = 4, EACH = 2000, ITEMS = PRODUCERS * EACH };

struct counted {
    struct work work;
    _Atomic int seen;
};
static struct counted counted[ITEMS];
static struct work_queue shared;
static _Atomic int consumed;

static void *produce(void *arg) {
    size_t first = (size_t)(uintptr_t)arg * EACH;
    for (size_t i = first; i < first + EACH; i++)
        while (!work_queue_push(&shared, &counted[i].work))
            sched_yield();
    return NULL;
}

static void *consume(void *arg) {
    (void)arg;
    struct work *chain;
    while ((chain = work_queue_pop(&shared, 7, -1, NULL)) != NULL) {
        while (chain) {
            struct work *next = chain->next;
            atomic_fetch_add(&((struct counted *)(void *)chain)->seen, 1);
            atomic_fetch_add(&consumed, 1);
            chain = next;
        }
    }
    return NULL;
}

static void many_threads(void **state) {
    (void)state;
    pthread_t producers[PRODUCERS], consumers[3];
    work_queue_init(&shared, 64);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&consumers[i], NULL, consume, NULL), 0);
    for (size_t i = 0; i < PRODUCERS; i++)
        assert_int_equal(pthread_create(&producers[i], NULL, produce, (void *)(uintptr_t)i), 0);
    for (size_t i = 0; i < PRODUCERS; i++)
        pthread_join(producers[i], NULL);
    work_queue_close(&shared);
    for (size_t i = 0; i < 3; i++)
        pthread_join(consumers[i], NULL);
    assert_int_equal(atomic_load(&consumed), ITEMS);
    for (size_t i = 0; i < ITEMS; i++)
        assert_int_equal(atomic_load(&counted[i].seen), 1);
    work_queue_fini(&shared);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_and_limit), cmocka_unit_test(batch_leaves_the_rest),
        cmocka_unit_test(time_out),        cmocka_unit_test(closing_drains_then_ends),
        cmocka_unit_test(many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
