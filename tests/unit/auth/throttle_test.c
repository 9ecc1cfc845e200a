/* Throttling: guesses wait, owners do not. Time is given, nothing sleeps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "auth/throttle.h"

static struct throttle *fresh(void) {
    struct throttle *t = malloc(sizeof *t);
    assert_non_null(t);
    throttle_init(t);
    return t;
}

static void done(struct throttle *t) {
    throttle_fini(t);
    free(t);
}

static const struct str anna = {"anna", 4}, bob = {"bob", 3}, home = {"10.0.0.1", 8},
                        evil = {"6.6.6.6", 7};

/* Failed attempts as fast as they are let in; the time that `count` of them take. */
static int64_t guess(struct throttle *t, struct str account, struct str address, int count,
                     int64_t now_ms) {
    for (int made = 0; made < count;) {
        int64_t wait = throttle_enter(t, account, address, now_ms);
        if (wait == 0)
            made++;
        else
            now_ms += wait;
    }
    return now_ms;
}

static void first_mistakes_cost_nothing(void **state) {
    struct throttle *t = fresh();
    (void)state;
    assert_int_equal(guess(t, anna, home, 5, 1000), 1000);
    assert_true(throttle_enter(t, anna, home, 1000) > 0);
    done(t);
}

static void guessing_gets_slower_to_a_minute(void **state) {
    struct throttle *t = fresh();
    (void)state;
    int64_t now = 1000000, last = 0;
    for (int i = 0; i < 20; i++) {
        int64_t wait = throttle_enter(t, anna, evil, now);
        if (wait) {
            assert_true(wait <= 60000);
            last = wait;
            now += wait;
        }
    }
    assert_true(last > 30000);
    assert_true(guess(t, anna, evil, 100, now) - now >
                INT64_C(90) * 60000); /* a hundred guesses: hours */
    done(t);
}

static void waiting_helps(void **state) {
    struct throttle *t = fresh();
    (void)state;
    int64_t now = guess(t, anna, home, 6, 1000);
    int64_t wait = throttle_enter(t, anna, home, now);
    assert_true(wait > 0);
    assert_true(throttle_enter(t, anna, home, now + wait - 1) > 0);
    assert_int_equal(throttle_enter(t, anna, home, now + wait), 0);
    done(t);
}

static void success_forgets(void **state) {
    struct throttle *t = fresh();
    (void)state;
    int64_t now = guess(t, anna, home, 5, 1000);
    throttle_passed(t, anna, home, now);
    assert_int_equal(guess(t, anna, home, 5, now), now);
    done(t);
}

/* A stranger hammers an account from many addresses: its owner, at a known place, is not held up,
 * and at an unknown one for two seconds at most. */
static void owner_is_never_locked_out(void **state) {
    struct throttle *t = fresh();
    (void)state;
    int64_t now = 1000;
    assert_int_equal(throttle_enter(t, anna, home, now), 0);
    throttle_passed(t, anna, home, now);
    for (int i = 0; i < 400; i++) {
        char address[24];
        snprintf(address, sizeof address, "7.7.%d.%d", i / 200, i % 200);
        throttle_enter(t, anna, str_from(address), now);
        now += 10;
    }
    assert_int_equal(throttle_enter(t, anna, home, now), 0);
    int64_t wait = throttle_enter(t, anna, STR("8.8.8.8"), now);
    assert_true(wait > 0 && wait <= 2000);
    done(t);
}

static void one_account_does_not_slow_another(void **state) {
    struct throttle *t = fresh();
    (void)state;
    int64_t now = guess(t, anna, evil, 8, 1000);
    assert_int_equal(throttle_enter(t, bob, home, now), 0);
    assert_int_equal(throttle_enter(t, anna, home, now), 0);
    done(t);
}

/* The first refusal of a wait is news, those behind it are not, whichever account they try. */
static void refusals_are_news_once(void **state) {
    struct throttle *t = fresh();
    (void)state;
    int64_t now = guess(t, anna, home, 6, 1000);
    assert_false(throttle_is_news(t, bob, evil, now)); /* not refused at all */
    int64_t wait = throttle_enter(t, anna, home, now);
    assert_true(wait > 0);
    assert_true(throttle_is_news(t, anna, home, now));
    assert_false(throttle_is_news(t, anna, home, now));
    now += wait;
    assert_int_equal(throttle_enter(t, anna, home, now), 0);
    assert_true(throttle_is_news(t, anna, home, now));
    for (int i = 0; i < 60; i++)
        throttle_enter(t, STR("spray"), evil, now);
    assert_true(throttle_is_news(t, STR("spray"), evil, now));
    done(t);
}

/* One address over many accounts: the address itself is slowed. */
static void spraying_is_slowed(void **state) {
    struct throttle *t = fresh();
    (void)state;
    int64_t wait = 0;
    for (int i = 0; i < 60 && wait == 0; i++) {
        char account[24];
        snprintf(account, sizeof account, "user%d", i);
        wait = throttle_enter(t, str_from(account), evil, 1000);
        assert_true(i >= 25 || wait == 0);
    }
    assert_true(wait > 0);
    done(t);
}

static void parallel_guesses_count_at_once(void **state) {
    struct throttle *t = fresh();
    int let_in = 0;
    (void)state;
    for (int i = 0; i < 50; i++)
        let_in += throttle_enter(t, anna, evil, 5000) == 0; /* none has failed yet */
    assert_true(let_in <= 6);
    done(t);
}

static void time_heals(void **state) {
    struct throttle *t = fresh();
    (void)state;
    int64_t now = guess(t, anna, home, 10, 1000) + INT64_C(2) * 3600 * 1000;
    assert_int_equal(guess(t, anna, home, 5, now), now);
    done(t);
}

/* What other nodes let through, in any order, counts like one's own; having passed forgets it. */
static void failures_elsewhere_count(void **state) {
    struct throttle *t = fresh();
    (void)state;
    for (int i = 4; i >= 0; i--)
        throttle_failed(t, anna, home, 100000 + i);
    assert_true(throttle_enter(t, anna, home, 100005) > 0);
    assert_int_equal(throttle_enter(t, bob, home, 100005), 0);
    throttle_passed(t, anna, home, 100006);
    assert_int_equal(throttle_enter(t, anna, home, 100006), 0);
    done(t);
}

static void clock_may_go_back(void **state) {
    struct throttle *t = fresh();
    (void)state;
    guess(t, anna, home, 8, INT64_C(1000000000));
    assert_true(throttle_enter(t, anna, home, 5000) <= 60000);
    done(t);
}

/* Far more keys than slots: it stays a table, and old ones make room. */
static void table_never_overflows(void **state) {
    struct throttle *t = fresh();
    (void)state;
    for (int i = 0; i < 3 * THROTTLE_SLOTS; i++) {
        char account[24];
        snprintf(account, sizeof account, "u%d", i);
        throttle_enter(t, str_from(account), str_from(account), 1000 + i);
    }
    int64_t now = guess(t, anna, evil, 6, 100000);
    assert_true(throttle_enter(t, anna, evil, now) > 0);
    done(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_mistakes_cost_nothing),
        cmocka_unit_test(guessing_gets_slower_to_a_minute),
        cmocka_unit_test(waiting_helps),
        cmocka_unit_test(success_forgets),
        cmocka_unit_test(owner_is_never_locked_out),
        cmocka_unit_test(one_account_does_not_slow_another),
        cmocka_unit_test(refusals_are_news_once),
        cmocka_unit_test(spraying_is_slowed),
        cmocka_unit_test(parallel_guesses_count_at_once),
        cmocka_unit_test(time_heals),
        cmocka_unit_test(failures_elsewhere_count),
        cmocka_unit_test(clock_may_go_back),
        cmocka_unit_test(table_never_overflows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
