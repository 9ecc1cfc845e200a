/* The loop: mailbox from other threads, stopping, timers, what happens to work around the end. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

#include "loop/loop.h"

#include <stdatomic.h>

static struct loop *new_loop(void) {
    struct loop *l = NULL;
    struct err err;
    assert_int_equal(loop_new(&l, &err), CRM_OK);
    return l;
}

struct note {
    struct work work;
    _Atomic int runs;
    struct loop *seen;
    bool was_current, stops;
};

static void note_run(struct work *w, void *worker) {
    struct note *n = (struct note *)(void *)w;
    n->seen = worker;
    n->was_current = loop_is_current(worker);
    atomic_fetch_add(&n->runs, 1);
    if (n->stops) loop_stop(worker);
}

static void posted_work_runs_in_the_loop(void **state) {
    (void)state;
    struct loop *l = new_loop();
    struct err err;
    struct note a = {.work.run = note_run}, b = {.work.run = note_run, .stops = true};
    assert_int_equal(loop_start_thread(l, "test-loop", &err), CRM_OK);
    assert_true(loop_post(l, &a.work));
    assert_true(loop_post(l, &b.work));
    loop_join(l);
    assert_int_equal(a.runs, 1);
    assert_int_equal(b.runs, 1);
    assert_ptr_equal(a.seen, l);
    assert_true(a.was_current);
    assert_false(loop_is_current(l));
    loop_free(l);
}

static void stop_before_run_counts(void **state) {
    (void)state;
    struct loop *l = new_loop();
    loop_stop(l);
    loop_run(l);
    struct note again = {.work.run = note_run, .stops = true};
    assert_true(loop_post(l, &again.work)); /* it can run once more */
    loop_run(l);
    assert_int_equal(again.runs, 1);
    loop_free(l);
}

static void free_runs_what_was_posted(void **state) {
    (void)state;
    struct loop *l = new_loop();
    struct note late = {.work.run = note_run};
    assert_true(loop_post(l, &late.work));
    loop_free(l);
    assert_int_equal(late.runs, 1);
}

struct refused {
    struct work work, other;
    bool taken;
};
static void post_again(struct work *w, void *worker) {
    struct refused *r = (struct refused *)(void *)w;
    r->taken = loop_post(worker, &r->other);
}

static void posting_while_freed_is_refused(void **state) {
    (void)state;
    struct loop *l = new_loop();
    struct refused r = {.work.run = post_again, .taken = true};
    assert_true(loop_post(l, &r.work));
    loop_free(l);
    assert_false(r.taken);
}

enum { POSTERS = 4, POSTS = 500 };
static struct note notes[POSTERS][POSTS];
static struct loop *target;

static void *post_many(void *arg) {
    size_t row = (size_t)(uintptr_t)arg;
    for (size_t i = 0; i < POSTS; i++) {
        notes[row][i].work.run = note_run;
        loop_post(target, &notes[row][i].work);
    }
    return NULL;
}

static void many_posters(void **state) {
    (void)state;
    struct err err;
    pthread_t threads[POSTERS];
    target = new_loop();
    assert_int_equal(loop_start_thread(target, "a-name-longer-than-linux-keeps", &err), CRM_OK);
    for (size_t i = 0; i < POSTERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, post_many, (void *)(uintptr_t)i), 0);
    for (size_t i = 0; i < POSTERS; i++)
        pthread_join(threads[i], NULL);
    loop_stop(target);
    loop_join(target);
    loop_free(target);
    for (size_t i = 0; i < POSTERS; i++)
        for (size_t j = 0; j < POSTS; j++)
            assert_int_equal(notes[i][j].runs, 1);
}

struct ticks {
    struct loop *loop;
    struct loop_timer *timer;
    int count, until;
};

static void tick(void *ctx) {
    struct ticks *t = ctx;
    if (++t->count < t->until) return;
    loop_timer_stop(t->timer);
    t->timer = NULL;
}

static void timers(void **state) {
    (void)state;
    struct loop *l = new_loop();
    struct ticks repeating = {.loop = l, .until = 3}, once = {.loop = l, .until = 1},
                 never = {.until = 1};
    repeating.timer = loop_timer_start(l, 1, 1, tick, &repeating);
    once.timer = loop_timer_start(l, 1, 0, tick, &once);
    never.timer = loop_timer_start(l, 0, 0, tick, &never);
    loop_timer_stop(never.timer);
    loop_timer_stop(NULL);
    while (repeating.timer || once.timer)
        uv_run(loop_uv(l), UV_RUN_ONCE);
    assert_int_equal(repeating.count, 3);
    assert_int_equal(once.count, 1);
    assert_int_equal(never.count, 0);
    loop_free(l);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(posted_work_runs_in_the_loop),
        cmocka_unit_test(stop_before_run_counts),
        cmocka_unit_test(free_runs_what_was_posted),
        cmocka_unit_test(posting_while_freed_is_refused),
        cmocka_unit_test(many_posters),
        cmocka_unit_test(timers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
