/* The worker pool: contexts per thread, draining at the end, a worker that cannot be opened. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

#include "loop/loop.h"

#include <stdatomic.h>

enum { THREADS = 3, ITEMS = 300 };

static const struct err_text broken = {"broken", {"Worker {0} is broken.", NULL}};

struct context {
    _Atomic int opened, closed, ran;
    size_t failing; /* index whose open fails, THREADS = none */
    int workers[THREADS];
};

static crm_status worker_open(void *ctx, size_t index, void **ret, struct err *err) {
    struct context *c = ctx;
    if (index == c->failing) return err_set(err, CRM_IO, &broken, "two", NULL);
    atomic_fetch_add(&c->opened, 1);
    c->workers[index] = (int)index;
    *ret = &c->workers[index];
    return CRM_OK;
}

static void worker_close(void *ctx, void *worker) {
    struct context *c = ctx;
    assert_in_range(*(int *)worker, 0, THREADS - 1);
    atomic_fetch_add(&c->closed, 1);
}

struct item {
    struct work work;
    struct context *context;
    bool had_worker;
};

static void item_run(struct work *w, void *worker) {
    struct item *i = (struct item *)(void *)w;
    i->had_worker = worker != NULL;
    atomic_fetch_add(&i->context->ran, 1);
}

static void drains_before_it_ends(void **state) {
    (void)state;
    static struct item items[ITEMS];
    struct context c = {.failing = THREADS};
    struct work_queue q;
    struct worker_pool *pool = NULL;
    struct err err;
    work_queue_init(&q, ITEMS);
    struct worker_pool_options options = {.name = "reader",
                                          .threads = THREADS,
                                          .queue = &q,
                                          .open = worker_open,
                                          .close = worker_close,
                                          .ctx = &c};
    assert_int_equal(worker_pool_start(&options, &pool, &err), CRM_OK);
    assert_int_equal(c.opened, THREADS);
    for (size_t i = 0; i < ITEMS; i++) {
        items[i] = (struct item){.work.run = item_run, .context = &c};
        assert_true(work_queue_push(&q, &items[i].work));
    }
    worker_pool_stop(pool);
    assert_int_equal(c.ran, ITEMS);
    assert_int_equal(c.closed, THREADS);
    for (size_t i = 0; i < ITEMS; i++)
        assert_true(items[i].had_worker);
    work_queue_fini(&q);
}

static void failing_worker_stops_the_start(void **state) {
    (void)state;
    struct context c = {.failing = 2};
    struct work_queue q;
    struct worker_pool *pool = NULL;
    struct err err;
    struct item item = {.work.run = item_run, .context = &c};
    work_queue_init(&q, 1);
    struct worker_pool_options options = {.name = "reader",
                                          .threads = THREADS,
                                          .queue = &q,
                                          .open = worker_open,
                                          .close = worker_close,
                                          .ctx = &c};
    assert_int_equal(worker_pool_start(&options, &pool, &err), CRM_IO);
    assert_null(pool);
    assert_string_equal(err.text.code, "broken");
    assert_int_equal(c.opened, 2);
    assert_int_equal(c.closed, 2);
    assert_false(work_queue_push(&q, &item.work));
    worker_pool_stop(NULL);
    work_queue_fini(&q);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drains_before_it_ends),
        cmocka_unit_test(failing_worker_stops_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
