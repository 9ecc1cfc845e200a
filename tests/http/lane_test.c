/* Lanes: full queues, requests that their handler takes over, streams out and in, and stopping
 * while all of that is under way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "support/bare.h"
#include "support/client.h"

enum {
    READERS = 2,
    GONE = READERS + 1, /* uploads cut short */
    QUEUE = GONE + 1,   /* and one call after them, however late they are taken */
};

static struct bare bare;

static int start(void **state) {
    (void)state;
    bare_start(&bare, &(struct http_options){.loops = 2,
                                             .readers = READERS,
                                             .queue_limit = QUEUE,
                                             .deadlines = {.stream_ms = 2000, .header_ms = 3000}});
    return 0;
}

static int stop(void **state) {
    (void)state;
    bare_stop(&bare);
    return 0;
}

static void get(struct client *c, const char *target) {
    char text[256];
    snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", target);
    client_text(c, text);
}

/* Readers busy, queue full: the next one is told at once; the others get their answers all the
 * same. */
static void full_queue_answers_503(void **state) {
    (void)state;
    enum { ADMITTED = READERS + QUEUE, ALL = ADMITTED + 3 };
    struct client c[ALL];
    struct reply r;
    for (int i = 0; i < READERS; i++) {
        client_open(&c[i], bare.port);
        get(&c[i], "/t/wait");
        sem_wait(&bare.entered);
    }
    for (int i = READERS; i < ALL; i++) {
        client_open(&c[i], bare.port);
        get(&c[i], "/t/wait");
    }
    /* The loops have seen them all when as many refusals have come as do not fit. */
    int refused = 0, answered = 0;
    for (int seen = 0; seen < ALL - ADMITTED;) {
        seen = 0;
        for (int i = READERS; i < ALL; i++)
            seen += client_has(&c[i], 10);
    }
    struct reply health;
    http_call(bare.port, &health, "GET", "/healthz", "", NULL);
    assert_int_equal(health.status, 200);
    reply_free(&health);
    for (int i = 0; i < ALL; i++)
        sem_post(&bare.go);
    for (int i = 0; i < ALL; i++) {
        assert_true(client_reply(&c[i], false, &r));
        if (r.status == 503) {
            refused++;
            assert_non_null(reply_header(&r, "Retry-After"));
            assert_true(reply_has(&r, "queue_full"));
        } else {
            assert_int_equal(r.status, 200);
            answered++;
        }
        reply_free(&r);
        client_close(&c[i]);
    }
    assert_int_equal(refused, ALL - ADMITTED);
    assert_int_equal(answered, ADMITTED);
    while (sem_trywait(&bare.entered) == 0) {
    }
    while (sem_trywait(&bare.go) == 0) {
    }
}

static void *finish_later(void *arg) {
    struct http_request *r = arg;
    json_cstr(http_json(r), "finished elsewhere");
    http_request_finish(r, CRM_OK, NULL);
    return NULL;
}

static void detached_is_finished_by_any_thread(void **state) {
    (void)state;
    struct client c;
    struct reply r;
    client_open(&c, bare.port);
    for (int i = 0; i < 20; i++) {
        pthread_t thread;
        get(&c, "/t/detached");
        sem_wait(&bare.entered);
        assert_int_equal(pthread_create(&thread, NULL, finish_later, atomic_load(&bare.taken)), 0);
        assert_true(client_reply(&c, false, &r));
        assert_string_equal(r.body, "\"finished elsewhere\"");
        reply_free(&r);
        pthread_join(thread, NULL);
    }
    client_close(&c);
}

static void streams_out(void **state) {
    (void)state;
    struct client c;
    struct reply r;
    client_open(&c, bare.port);
    for (int i = 0; i < 3; i++) {
        client_call(&c, &r, "GET", "/t/stream?n=3000", "", NULL);
        assert_int_equal(r.status, 200);
        assert_string_equal(reply_header(&r, "Transfer-Encoding"), "chunked");
        assert_int_equal(r.body_len, 3000000);
        assert_false(r.cut);
        assert_int_equal(r.body[1000 * 27], 'b');
        reply_free(&r);
        client_call(&c, &r, "GET", "/t/stream?n=0", "", NULL);
        assert_int_equal(r.body_len, 0);
        reply_free(&r);
    }
    client_close(&c);
}

static void a_failed_stream_looks_cut(void **state) {
    (void)state;
    struct reply r;
    http_call(bare.port, &r, "GET", "/t/stream?n=10&fail=1", "", NULL);
    assert_int_equal(r.status, 200);
    assert_true(r.cut);
    reply_free(&r);
}

/* The handler hears of it and its thread is free again. */
static void a_client_that_goes_ends_its_stream(void **state) {
    (void)state;
    struct client c;
    client_open(&c, bare.port);
    int small = 4096;
    setsockopt(c.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    get(&c, "/t/stream?n=100000");
    assert_true(client_more(&c));
    client_close(&c);
    sem_wait(&bare.entered);
}

/* Nothing is read for the stream deadline: cancelled although the connection stands. */
static void a_client_that_sleeps_ends_its_stream(void **state) {
    (void)state;
    struct client c;
    client_open(&c, bare.port);
    int small = 4096;
    setsockopt(c.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    get(&c, "/t/stream?n=100000");
    sem_wait(&bare.entered);
    client_close(&c);
}

static void upload(const char *target, const char *headers, size_t bytes, size_t chunk,
                   struct reply *r) {
    struct client c;
    char *body = malloc(bytes + 1), head[256];
    for (size_t i = 0; i < bytes; i++)
        body[i] = (char)('a' + i % 23);
    client_open(&c, bare.port);
    if (chunk) {
        snprintf(head, sizeof head,
                 "POST %s HTTP/1.1\r\nHost: a\r\n%sTransfer-Encoding: chunked\r\n\r\n", target,
                 headers);
    } else {
        snprintf(head, sizeof head, "POST %s HTTP/1.1\r\nHost: a\r\n%sContent-Length: %zu\r\n\r\n",
                 target, headers, bytes);
    }
    client_text(&c, head);
    for (size_t at = 0; chunk && at < bytes; at += chunk) {
        size_t len = bytes - at < chunk ? bytes - at : chunk;
        snprintf(head, sizeof head, "%zx\r\n", len);
        client_text(&c, head);
        client_send(&c, body + at, len);
        client_text(&c, "\r\n");
    }
    if (chunk) {
        client_text(&c, "0\r\n\r\n");
    } else {
        client_send(&c, body, bytes);
    }
    if (!client_reply(&c, false, r)) fail_msg("no answer to the upload");
    client_close(&c);
    free(body);
}

static void streams_in(void **state) {
    (void)state;
    struct reply whole, r;
    upload("/t/intake", "", 5000000, 0, &whole);
    assert_int_equal(whole.status, 200);
    assert_true(reply_has(&whole, "{\"bytes\":5000000,"));
    upload("/t/intake", "", 5000000, 70001, &r);
    assert_string_equal(r.body, whole.body);
    reply_free(&r);
    reply_free(&whole);
    upload("/t/intake", "", 0, 0, &r);
    assert_true(reply_has(&r, "{\"bytes\":0,"));
    reply_free(&r);
    upload("/t/intake", "", 1, 1, &r);
    assert_true(reply_has(&r, "{\"bytes\":1,"));
    reply_free(&r);
}

static void too_much_in(void **state) {
    (void)state;
    struct reply r;
    upload("/t/intake", "", 10000001, 0, &r);
    assert_int_equal(r.status, 413);
    reply_free(&r);
    upload("/t/intake", "", 10100000, 100000, &r); /* known only on the way */
    assert_int_equal(r.status, 413);
    reply_free(&r);
}

static void refused_on_the_way_in(void **state) {
    (void)state;
    struct reply r;
    upload("/t/intake?refuse=1", "", 100000, 0, &r); /* before a byte of the body was asked for */
    assert_int_equal(r.status, 500);
    reply_free(&r);
    upload("/t/intake?stop=100000", "", 1000000, 0, &r); /* the rest is read away */
    assert_int_equal(r.status, 422);
    assert_true(reply_has(&r, "Enough."));
    reply_free(&r);
}

static void a_client_that_goes_ends_its_intake(void **state) {
    (void)state;
    for (int i = 0; i < GONE; i++) { /* more than there are readers: none may hang */
        struct client c;
        client_open(&c, bare.port);
        client_text(&c, "POST /t/intake HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc");
        client_close(&c);
    }
    struct reply r;
    http_call(bare.port, &r, "GET", "/t/big", "", NULL);
    assert_int_equal(r.status, 200);
    reply_free(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_queue_answers_503),
        cmocka_unit_test(detached_is_finished_by_any_thread),
        cmocka_unit_test(streams_out),
        cmocka_unit_test(a_failed_stream_looks_cut),
        cmocka_unit_test(a_client_that_goes_ends_its_stream),
        cmocka_unit_test(a_client_that_sleeps_ends_its_stream),
        cmocka_unit_test(streams_in),
        cmocka_unit_test(too_much_in),
        cmocka_unit_test(refused_on_the_way_in),
        cmocka_unit_test(a_client_that_goes_ends_its_intake),
    };
    return cmocka_run_group_tests_name("lane", tests, start, stop);
}
