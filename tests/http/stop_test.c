/* Stopping and starting: what is under way is answered, what is new is refused, nothing hangs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "http/connection.h"
#include "support/bare.h"
#include "support/client.h"

static void *stop_server(void *arg) {
    http_server_stop(((struct bare *)arg)->server);
    return NULL;
}

static void get(struct client *c, const char *target) {
    char text[256];
    snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", target);
    client_text(c, text);
}

static void stops_while_everything_is_under_way(void **state) {
    (void)state;
    struct bare b;
    struct client waiting, detached, streaming, uploading, idle, half;
    struct reply r;
    pthread_t stopper;
    bare_start(&b, &(struct http_options){.loops = 2, .readers = 3});
    client_open(&waiting, b.port);
    client_open(&detached, b.port);
    client_open(&streaming, b.port);
    client_open(&uploading, b.port);
    client_open(&idle, b.port);
    client_open(&half, b.port);
    get(&waiting, "/t/wait");
    sem_wait(&b.entered);
    get(&detached, "/t/detached");
    sem_wait(&b.entered);
    get(&streaming, "/t/stream?n=100000");
    assert_true(client_more(&streaming));
    client_text(&uploading,
                "POST /t/intake HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc");
    client_call(&idle, &r, "GET", "/healthz", "", NULL);
    reply_free(&r);
    client_text(&half, "GET /healthz HT");
    assert_int_equal(pthread_create(&stopper, NULL, stop_server, &b), 0);
    assert_true(client_reply(&streaming, false, &r));
    assert_true(r.cut); /* a stream that was ended must not look complete */
    reply_free(&r);
    assert_true(client_reply(&uploading, false, &r) == false || r.status >= 400);
    reply_free(&r);
    /* The two that a handler has are waited for. */
    client_text(&half, "TP/1.1\r\nHost: a\r\n\r\n");
    assert_true(client_reply(&half, false, &r));
    assert_int_equal(r.status, 503);
    assert_true(reply_has(&r, "stopping"));
    reply_free(&r);
    http_request_finish(atomic_load(&b.taken), CRM_OK, NULL);
    assert_true(client_reply(&detached, false, &r));
    assert_int_equal(r.status, 200);
    assert_string_equal(reply_header(&r, "Connection"), "close");
    reply_free(&r);
    sem_post(&b.go);
    assert_true(client_reply(&waiting, false, &r));
    assert_int_equal(r.status, 200);
    assert_string_equal(r.body, "\"waited\"");
    reply_free(&r);
    assert_true(client_is_closed(&idle, 5000));
    pthread_join(stopper, NULL);
    client_close(&waiting);
    client_close(&detached);
    client_close(&streaming);
    client_close(&uploading);
    client_close(&idle);
    client_close(&half);
    http_server_free(b.server);
}

static void starts_and_stops(void **state) {
    (void)state;
    for (int i = 0; i < 10; i++) {
        struct bare b;
        bare_start(&b, &(struct http_options){.loops = 2, .readers = 2});
        if (i % 2) {
            struct reply r;
            http_call(b.port, &r, "GET", "/healthz", "", NULL);
            reply_free(&r);
        }
        http_server_stop(b.server);
        http_server_stop(b.server); /* twice is once */
        bare_stop(&b);
    }
}

static void a_taken_port_is_told(void **state) {
    (void)state;
    struct bare b;
    struct err err;
    struct http_server *second;
    char address[32];
    bare_start(&b, &(struct http_options){.loops = 1, .readers = 1});
    snprintf(address, sizeof address, "127.0.0.1:%d", b.port);
    assert_int_equal(http_server_new(&(struct http_options){.address = str_from(address)}, NULL,
                                     NULL, &second, &err),
                     CRM_OK);
    assert_int_equal(http_rest_register(second, &err), CRM_OK);
    assert_int_equal(http_server_start(second, &err), CRM_IO);
    assert_string_equal(err.text.code, "listen_failed");
    http_server_free(second);
    assert_int_equal(http_server_new(&(struct http_options){.address = STR("nowhere")}, NULL, NULL,
                                     &second, &err),
                     CRM_OK);
    assert_int_equal(http_server_start(second, &err), CRM_INVALID);
    http_server_free(second);
    assert_int_equal(http_server_new(&(struct http_options){.trusted_proxies = STR("10.0.0.0/33")},
                                     NULL, NULL, &second, &err),
                     CRM_INVALID);
    bare_stop(&b);
}

static void proxies(void **state) {
    (void)state;
    struct arena a;
    struct err err;
    struct http_proxies *p;
    arena_init(&a, 1 << 16);
    assert_int_equal(http_proxies_parse(STR(" 10.0.0.0/8, 192.168.1.7 ,fd00::/9,"), &a, &p, &err),
                     CRM_OK);
    assert_true(http_proxies_trust_text(p, STR("10.255.0.1")));
    assert_false(http_proxies_trust_text(p, STR("11.0.0.1")));
    assert_true(http_proxies_trust_text(p, STR("192.168.1.7")));
    assert_false(http_proxies_trust_text(p, STR("192.168.1.6")));
    assert_true(http_proxies_trust_text(p, STR("fd7f::1")));
    assert_false(http_proxies_trust_text(p, STR("fd80::1")));
    assert_true(http_proxies_trust_text(p, STR("::ffff:10.1.1.1")));
    assert_false(http_proxies_trust_text(p, STR("unknown")));
    assert_false(http_proxies_trust_text(p, STR("")));
    assert_int_equal(http_proxies_parse(STR(""), &a, &p, &err), CRM_OK);
    assert_false(http_proxies_trust_text(p, STR("127.0.0.1")));
    assert_int_equal(http_proxies_parse(STR("localhost"), &a, &p, &err), CRM_INVALID);
    arena_fini(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stops_while_everything_is_under_way),
        cmocka_unit_test(starts_and_stops),
        cmocka_unit_test(a_taken_port_is_told),
        cmocka_unit_test(proxies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
