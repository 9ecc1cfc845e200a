/* Absolute deadlines against clients that drip, and the limits of connections. The deadlines are
 * shortened; the waits here are those of the deadlines themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "support/bare.h"
#include "support/client.h"

enum { DEADLINE = 400, SLACK = 1500, LIMIT = 20 };

static struct bare bare;

static int start(void **state) {
    (void)state;
    bare_start(&bare, &(struct http_options){.loops = 1,
                                             .readers = 2,
                                             .connection_limit = LIMIT,
                                             .deadlines = {.header_ms = DEADLINE,
                                                           .body_ms = DEADLINE,
                                                           .idle_ms = DEADLINE,
                                                           .stream_ms = DEADLINE,
                                                           .rate_bytes = 10000}});
    return 0;
}

static int stop(void **state) {
    (void)state;
    bare_stop(&bare);
    return 0;
}

/* Sends one byte after another, each 20 ms, until the other side closes. Returns the ms it took. */
static int64_t drip(struct client *c, const char *byte) {
    int64_t began = clock_monotonic_ns() / 1000000, now = began;
    while (now - began < 10000) {
        client_send(c, byte, 1);
        if (client_is_closed(c, 20)) break;
        now = clock_monotonic_ns() / 1000000;
    }
    return now - began;
}

static void headers_that_drip(void **state) {
    (void)state;
    struct client c;
    client_open(&c, bare.port);
    client_text(&c, "GET /healthz HTTP/1.1\r\nX: ");
    assert_in_range(drip(&c, "x"), DEADLINE / 2, DEADLINE + SLACK);
    client_close(&c);
    client_open(&c, bare.port);
    assert_in_range(drip(&c, "G"), DEADLINE / 2, DEADLINE + SLACK);
    client_close(&c);
}

static void headers_that_drip_on_a_used_connection(void **state) {
    (void)state;
    struct client c;
    struct reply r;
    client_open(&c, bare.port);
    client_call(&c, &r, "GET", "/healthz", "", NULL);
    assert_int_equal(r.status, 200);
    reply_free(&r);
    client_text(&c, "GET /healthz HTTP/1.1\r\nX: ");
    assert_in_range(drip(&c, "x"), DEADLINE / 2, 2 * DEADLINE + SLACK);
    client_close(&c);
}

static void silence(void **state) {
    (void)state;
    struct client fresh, used;
    struct reply r;
    client_open(&fresh, bare.port);
    client_open(&used, bare.port);
    client_call(&used, &r, "GET", "/healthz", "", NULL);
    reply_free(&r);
    assert_true(client_is_closed(&fresh, DEADLINE + SLACK));
    assert_true(client_is_closed(&used, DEADLINE + SLACK));
    client_close(&fresh);
    client_close(&used);
}

static void bodies_that_drip(void **state) {
    (void)state;
    struct client c;
    client_open(&c, bare.port);
    client_text(&c, "POST /t/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n");
    assert_in_range(drip(&c, "x"), DEADLINE / 2, DEADLINE + SLACK);
    client_close(&c);
}

static void streamed_bodies_below_the_rate(void **state) {
    (void)state;
    struct client c;
    client_open(&c, bare.port);
    client_text(&c, "POST /t/intake HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n");
    assert_in_range(drip(&c, "x"), DEADLINE / 2, DEADLINE + SLACK);
    client_close(&c);
}

/* Slower than the deadline as a whole, but fast enough for the rate. */
static void streamed_bodies_above_the_rate_pass(void **state) {
    (void)state;
    struct client c;
    struct reply r;
    char piece[2000];
    memset(piece, 'x', sizeof piece);
    client_open(&c, bare.port);
    client_text(&c, "POST /t/intake HTTP/1.1\r\nHost: a\r\nContent-Length: 80000\r\n\r\n");
    for (int i = 0; i < 40; i++) {
        client_send(&c, piece, sizeof piece);
        if (client_is_closed(&c, 20)) fail_msg("closed after %d pieces", i);
    }
    assert_true(client_reply(&c, false, &r));
    assert_int_equal(r.status, 200);
    assert_true(reply_has(&r, "{\"bytes\":80000,"));
    reply_free(&r);
    client_close(&c);
}

/* A large answer that nobody takes does not stay; one that is taken slowly does arrive. */
static void answers_that_nobody_takes(void **state) {
    (void)state;
    struct client c;
    struct reply r;
    client_open(&c, bare.port);
    client_text(&c, "GET /t/large?bytes=30000000 HTTP/1.1\r\nHost: a\r\n\r\n");
    int64_t began = clock_monotonic_ns() / 1000000;
    struct reply metrics;
    bool is_gone = false;
    while (!is_gone && clock_monotonic_ns() / 1000000 - began < 10000) {
        http_call(bare.port, &metrics, "GET", "/metrics", "", NULL);
        is_gone = reply_has(&metrics, "perigee_http_connections 1\n");
        reply_free(&metrics);
        if (!is_gone) assert_false(client_is_closed(&c, 50) && c.len);
    }
    assert_true(is_gone);
    assert_true(client_reply(&c, false, &r));
    assert_true(r.cut);
    reply_free(&r);
    client_close(&c);
    http_call(bare.port, &r, "GET", "/t/large?bytes=5000000", "", NULL);
    assert_int_equal(r.body_len, 5000000);
    assert_string_equal(r.body + 4999990, "0123456789");
    reply_free(&r);
}

/* A lane's own time is nobody's deadline. */
static void waiting_for_a_lane_is_no_idleness(void **state) {
    (void)state;
    struct client c;
    struct reply r;
    client_open(&c, bare.port);
    client_text(&c, "GET /t/wait HTTP/1.1\r\nHost: a\r\n\r\n");
    sem_wait(&bare.entered);
    assert_false(client_is_closed(&c, 2 * DEADLINE));
    sem_post(&bare.go);
    assert_true(client_reply(&c, false, &r));
    assert_int_equal(r.status, 200);
    reply_free(&r);
    client_close(&c);
}

/* Busy ones, which no deadline closes, up to where new requests are refused. */
static void hold(struct client *holders, struct http_request **taken, int count) {
    for (int i = 0; i < count; i++) {
        client_open(&holders[i], bare.port);
        client_text(&holders[i], "GET /t/detached HTTP/1.1\r\nHost: a\r\n\r\n");
        sem_wait(&bare.entered);
        taken[i] = atomic_load(&bare.taken);
    }
}

static void release(struct client *holders, struct http_request **taken, int count) {
    struct reply r;
    for (int i = 0; i < count; i++) {
        http_request_finish(taken[i], CRM_OK, NULL);
        assert_true(client_reply(&holders[i], false, &r));
        assert_int_equal(r.status, 200);
        reply_free(&r);
        client_close(&holders[i]);
    }
}

static void the_limit_of_connections(void **state) {
    (void)state;
    enum { HELD = LIMIT * 8 / 10 };
    struct client holders[HELD], silent[LIMIT], c;
    struct http_request *taken[HELD];
    struct reply r;
    hold(holders, taken, HELD);
    client_open(&c, bare.port);
    client_text(&c, "GET /t/detached HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(client_reply(&c, false, &r));
    assert_int_equal(r.status, 503);
    assert_non_null(reply_header(&r, "Retry-After"));
    assert_string_equal(reply_header(&r, "Connection"), "close");
    assert_true(reply_has(&r, "crowded"));
    reply_free(&r);
    client_close(&c);
    /* Silent ones fill what is left, in a moment and without a wait: the listener itself refuses.
     */
    for (int i = 0; i < LIMIT; i++)
        client_open(&silent[i], bare.port);
    int refused = 0;
    for (int i = 0; i < LIMIT; i++) {
        if (client_reply(&silent[i], false, &r)) { /* the others go unanswered when they are due */
            assert_int_equal(r.status, 503);
            reply_free(&r);
            refused++;
        }
        client_close(&silent[i]);
    }
    assert_in_range(refused, 1, LIMIT - 1);
    release(holders, taken, HELD);
    /* Room again. */
    for (int tries = 0; tries < 100; tries++) {
        client_open(&c, bare.port);
        client_text(&c, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
        bool answered = client_reply(&c, false, &r);
        int status = answered ? r.status : 0;
        if (answered) reply_free(&r);
        client_close(&c);
        if (status == 200) return;
    }
    fail_msg("no room again");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_that_drip),
        cmocka_unit_test(headers_that_drip_on_a_used_connection),
        cmocka_unit_test(silence),
        cmocka_unit_test(bodies_that_drip),
        cmocka_unit_test(streamed_bodies_below_the_rate),
        cmocka_unit_test(streamed_bodies_above_the_rate_pass),
        cmocka_unit_test(answers_that_nobody_takes),
        cmocka_unit_test(waiting_for_a_lane_is_no_idleness),
        cmocka_unit_test(the_limit_of_connections),
    };
    return cmocka_run_group_tests_name("slow", tests, start, stop);
}
