/* Every allocation of loops, timers, watches, children and pools fails in turn: an error, no leak,
 * and the loop still closes clean. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

#include "loop/child.h"
#include "loop/watch.h"
#include "support/fault.h"

static void nothing(void *ctx) { (void)ctx; }
static void nothing_ended(void *ctx, int64_t code, int signal) {
    (void)ctx, (void)code, (void)signal;
}

static crm_status live_in(struct loop *l, struct err *err) {
    struct loop_watch *watch = NULL;
    struct child *child = NULL;
    struct loop_timer *timer = loop_timer_start(l, 1000, 0, nothing, NULL);
    struct loop_watch_options watched = {.folder = P_tmpdir, .quiet_ms = 10, .changed = nothing};
    const char *args[] = {"cat", NULL};
    struct child_options options = {.file = "/bin/cat",
                                    .args = args,
                                    .passed_fd = -1,
                                    .with_input = true,
                                    .ended = nothing_ended};
    crm_status status = timer ? loop_watch_start(l, &watched, &watch, err) : err_no_memory(err);
    if (status == CRM_OK) status = child_start(l, &options, &child, err);
    if (status == CRM_OK) status = child_write(child, STR("x"), err);
    if (child) child_shut_input(child);
    fault_end();
    loop_timer_stop(timer);
    loop_watch_stop(watch);
    child_free(child);
    return status;
}

static crm_status live(struct err *err) {
    struct loop *l = NULL;
    struct work_queue q;
    struct worker_pool *pool = NULL;
    work_queue_init(&q, 4);
    struct worker_pool_options options = {.name = "worker", .threads = 2, .queue = &q};
    crm_status status = worker_pool_start(&options, &pool, err);
    if (status == CRM_OK) status = loop_new(&l, err);
    if (status == CRM_OK) status = live_in(l, err);
    fault_end();
    loop_free(l);
    worker_pool_stop(pool);
    work_queue_fini(&q);
    return status;
}

static void each_fails(void **state) {
    (void)state;
    long n = 0;
    for (;; n++) {
        struct err err;
        fault_begin(n, n % 2 == 0);
        crm_status status = live(&err);
        if (fault.hits == 0) {
            assert_int_equal(status, CRM_OK);
            break;
        }
        assert_true(status == CRM_NO_MEMORY || status == CRM_OK); /* a shutdown may do without */
    }
    assert_true(n >= 6);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_fails)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
