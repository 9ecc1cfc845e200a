/* The door itself, over sockets, without data: routing, ids, languages, compression, conditions,
 * keep-alive, limits of bodies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "support/bare.h"
#include "support/client.h"

static struct bare bare;

static int start(void **state) {
    (void)state;
    struct http_options options = {.loops = 2,
                                   .readers = 2,
                                   .trusted_proxies = {"127.0.0.1/32", 12},
                                   .public_url = {"https://crm.example.org/x", 25}};
    bare_start(&bare, &options);
    return 0;
}

static int stop(void **state) {
    (void)state;
    bare_stop(&bare);
    return 0;
}

static void expect(const char *method, const char *target, const char *headers, const char *body,
                   int status, const char *text) {
    struct reply r;
    http_call(bare.port, &r, method, target, headers, body);
    if (r.status != status || (text && !reply_has(&r, text)))
        fail_msg("%s %s: %d %s", method, target, r.status, r.body);
    reply_free(&r);
}

static void healthz(void **state) {
    (void)state;
    struct reply r;
    http_call(bare.port, &r, "GET", "/healthz", "", NULL);
    assert_int_equal(r.status, 200);
    assert_string_equal(r.body, "{\"status\":\"ok\"}");
    assert_string_equal(reply_header(&r, "Content-Type"), "application/json");
    assert_string_equal(reply_header(&r, "X-Content-Type-Options"), "nosniff");
    assert_string_equal(reply_header(&r, "Cache-Control"), "no-store");
    assert_int_equal(strlen(reply_header(&r, "X-Request-Id")), 16);
    reply_free(&r);
    expect("GET", "/readyz", "", NULL, 200, "ready");
}

static void refusals_are_problems(void **state) {
    (void)state;
    struct reply r;
    http_call(bare.port, &r, "GET", "/nothing", "X-Request-Id: abc-1.2_3\r\n", NULL);
    assert_int_equal(r.status, 404);
    assert_string_equal(reply_header(&r, "Content-Type"), "application/problem+json");
    assert_string_equal(reply_header(&r, "X-Request-Id"), "abc-1.2_3");
    assert_true(reply_has(&r, "\"status\":404"));
    assert_true(reply_has(&r, "\"code\":\"route_unknown\""));
    assert_true(reply_has(&r, "\"request_id\":\"abc-1.2_3\""));
    assert_true(reply_has(&r, "Nothing answers at this address."));
    reply_free(&r);
    expect("GET", "/nothing", "Accept-Language: de, ru;q=0.5\r\n", NULL, 404,
           "По этому адресу ничего нет.");
    expect("GET", "/healthz?x=1", "", NULL, 400, "There is no query parameter x here.");
    expect("GET", "/healthz?%78=1", "Accept-Language: ru-RU\r\n", NULL, 400,
           "Параметра x здесь нет.");
    expect("GET", "/t/broken", "", NULL, 500, "Something went wrong on our side");
    http_call(bare.port, &r, "GET", "/t/broken", "", NULL);
    assert_false(reply_has(&r, "secret"));
    assert_true(r.body[0] == '{');
    reply_free(&r);
}

static void insane_ids_are_replaced(void **state) {
    (void)state;
    struct reply r;
    http_call(bare.port, &r, "GET", "/healthz", "X-Request-Id: a b\"\r\n", NULL);
    assert_int_equal(strlen(reply_header(&r, "X-Request-Id")), 16);
    reply_free(&r);
}

static void methods(void **state) {
    (void)state;
    struct reply r;
    http_call(bare.port, &r, "DELETE", "/healthz", "", NULL);
    assert_int_equal(r.status, 405);
    assert_string_equal(reply_header(&r, "Allow"), "GET, HEAD, OPTIONS");
    reply_free(&r);
    http_call(bare.port, &r, "OPTIONS", "/healthz", "", NULL);
    assert_int_equal(r.status, 204);
    assert_string_equal(reply_header(&r, "Allow"), "GET, HEAD, OPTIONS");
    reply_free(&r);
    http_call(bare.port, &r, "OPTIONS", "*", "", NULL);
    assert_int_equal(r.status, 204);
    reply_free(&r);
    http_call(bare.port, &r, "HEAD", "/healthz", "", NULL);
    assert_int_equal(r.status, 200);
    assert_string_equal(reply_header(&r, "Content-Length"), "15");
    reply_free(&r);
}

static void one_connection_many_requests(void **state) {
    (void)state;
    struct client c;
    struct reply r;
    client_open(&c, bare.port);
    for (int i = 0; i < 200; i++) {
        const char *target = i % 3 == 0 ? "/t/big" : i % 3 == 1 ? "/healthz" : "/nothing";
        client_call(&c, &r, "GET", target, "", NULL);
        assert_int_equal(r.status, i % 3 == 2 ? 404 : 200);
        reply_free(&r);
    }
    client_close(&c);
}

static void pipelined(void **state) {
    (void)state;
    struct client c;
    struct reply r;
    client_open(&c, bare.port);
    for (int i = 0; i < 20; i++)
        client_text(&c, "POST /t/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET "
                        "/t/big HTTP/1.1\r\nHost: a\r\n\r\n");
    for (int i = 0; i < 20; i++) {
        assert_true(client_reply(&c, false, &r));
        assert_string_equal(r.body, "hello");
        reply_free(&r);
        assert_true(client_reply(&c, false, &r));
        assert_int_equal(r.status, 200);
        assert_true(r.body_len > 3000);
        reply_free(&r);
    }
    client_close(&c);
}

static void byte_by_byte(void **state) {
    (void)state;
    struct client c;
    struct reply r;
    const char *text = "POST /t/echo?a=b&c=%20 HTTP/1.1\r\nHost: a\r\nX-Empty:\r\nX-Blanks:  v \t "
                       "\r\nCookie: a=b; c=d\r\nContent-Length: 3\r\n\r\nabc";
    client_open(&c, bare.port);
    for (const char *at = text; *at; at++)
        client_send(&c, at, 1);
    assert_true(client_reply(&c, false, &r));
    assert_int_equal(r.status, 200);
    assert_string_equal(r.body, "abc");
    reply_free(&r);
    client_close(&c);
}

static void large_headers_pass_below_the_limit(void **state) {
    (void)state;
    static char headers[12000];
    memcpy(headers, "X-Large: ", 9);
    memset(headers + 9, 'v', 9000);
    memcpy(headers + 9009, "\r\n", 3);
    struct client c;
    struct reply r;
    client_open(&c, bare.port);
    for (int i = 0; i < 3; i++) {
        client_call(&c, &r, "GET", "/healthz", headers, NULL);
        assert_int_equal(r.status, 200);
        reply_free(&r);
    }
    client_close(&c);
}

static void bodies(void **state) {
    (void)state;
    struct reply r;
    static char body[100002];
    memset(body, 'x', 100000);
    http_call(bare.port, &r, "POST", "/t/echo", "", body);
    assert_int_equal(r.status, 200);
    assert_int_equal(r.body_len, 100000);
    reply_free(&r);
    body[100000] = 'x';
    http_call(bare.port, &r, "POST", "/t/echo", "", body);
    assert_int_equal(r.status, 413);
    assert_string_equal(reply_header(&r, "Connection"), "close");
    reply_free(&r);
    http_call(bare.port, &r, "POST", "/t/echo/reader", "", body);
    assert_int_equal(r.body_len, 100001);
    reply_free(&r);
    expect("POST", "/t/echo", "Content-Encoding: gzip\r\n", "x", 415, "gzip");
    expect("POST", "/t/echo", "", "", 200, NULL);
    struct client c;
    client_open(&c, bare.port);
    client_text(&c, "POST /t/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
                    "chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    assert_true(client_reply(&c, false, &r));
    assert_int_equal(r.status, 411);
    reply_free(&r);
    client_close(&c);
    client_open(&c, bare.port);
    client_text(
        &c,
        "POST /t/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    assert_true(client_more(&c));
    assert_non_null(strstr(c.bytes, "100 Continue"));
    client_text(&c, "abc");
    assert_true(client_reply(&c, false, &r));
    assert_string_equal(r.body, "abc");
    reply_free(&r);
    client_close(&c);
}

static void compressed(void **state) {
    (void)state;
    struct reply r;
    char plain[8000];
    http_call(bare.port, &r, "GET", "/t/big", "Accept-Encoding: gzip\r\n", NULL);
    assert_int_equal(r.status, 200);
    assert_string_equal(reply_header(&r, "Content-Encoding"), "gzip");
    assert_non_null(strstr(reply_header(&r, "Vary"), "Accept-Encoding"));
    z_stream z = {.next_in = (Bytef *)r.body,
                  .avail_in = (uInt)r.body_len,
                  .next_out = (Bytef *)plain,
                  .avail_out = sizeof plain};
    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    inflateEnd(&z);
    struct reply whole;
    http_call(bare.port, &whole, "GET", "/t/big", "", NULL);
    assert_null(reply_header(&whole, "Content-Encoding"));
    assert_int_equal(whole.body_len, z.total_out);
    assert_memory_equal(whole.body, plain, whole.body_len);
    reply_free(&whole);
    reply_free(&r);
    http_call(bare.port, &r, "GET", "/healthz", "Accept-Encoding: gzip\r\n", NULL);
    assert_null(reply_header(&r, "Content-Encoding"));
    reply_free(&r);
}

static void conditions(void **state) {
    (void)state;
    struct reply r;
    http_call(bare.port, &r, "GET", "/t/big", "", NULL);
    assert_string_equal(reply_header(&r, "ETag"), "\"7\"");
    reply_free(&r);
    http_call(bare.port, &r, "GET", "/t/big", "If-None-Match: \"6\", \"7\"\r\n", NULL);
    assert_int_equal(r.status, 304);
    assert_string_equal(reply_header(&r, "ETag"), "\"7\"");
    reply_free(&r);
    http_call(bare.port, &r, "GET", "/t/big", "If-None-Match: \"8\"\r\n", NULL);
    assert_int_equal(r.status, 200);
    reply_free(&r);
}

static void proxies_and_origins(void **state) {
    (void)state;
    expect("GET", "/t/whoami", "", NULL, 200,
           "{\"address\":\"127.0.0.1\",\"https\":true,\"same_origin\":true}");
    expect("GET", "/t/whoami", "X-Forwarded-For: 6.6.6.6, 10.1.2.3\r\nX-Forwarded-Proto: http\r\n",
           NULL, 200, "{\"address\":\"10.1.2.3\",\"https\":false");
    expect("GET", "/t/whoami", "X-Forwarded-For: 10.1.2.3, 127.0.0.1\r\n", NULL, 200, "10.1.2.3");
    expect("GET", "/t/whoami", "Origin: https://crm.example.org\r\n", NULL, 200,
           "\"same_origin\":true");
    expect("GET", "/t/whoami", "Origin: http://localhost\r\n", NULL, 200, "\"same_origin\":true");
    expect("GET", "/t/whoami", "Origin: https://crm.example.org.evil\r\n", NULL, 200,
           "\"same_origin\":false");
    expect("GET", "/t/whoami", "Origin: null\r\n", NULL, 200, "\"same_origin\":false");
    expect("GET", "/t/whoami", "Sec-Fetch-Site: cross-site\r\n", NULL, 200,
           "\"same_origin\":false");
}

static void metrics_count(void **state) {
    (void)state;
    struct reply r;
    http_call(bare.port, &r, "GET", "/metrics", "", NULL);
    assert_int_equal(r.status, 200);
    assert_true(reply_has(&r, "perigee_http_requests_total{method=\"GET\",route=\"/"
                              "healthz\",lane=\"inline\",status=\"200\"}"));
    assert_true(reply_has(
        &r, "perigee_http_requests_total{method=\"\",route=\"none\",lane=\"\",status=\"404\"}"));
    assert_true(reply_has(&r, "perigee_http_request_seconds_bucket{method=\"GET\",route=\"/"
                              "healthz\",lane=\"inline\",le=\"+Inf\"}"));
    assert_true(reply_has(&r, "perigee_process_resident_bytes "));
    reply_free(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(healthz),
        cmocka_unit_test(refusals_are_problems),
        cmocka_unit_test(insane_ids_are_replaced),
        cmocka_unit_test(methods),
        cmocka_unit_test(one_connection_many_requests),
        cmocka_unit_test(pipelined),
        cmocka_unit_test(byte_by_byte),
        cmocka_unit_test(large_headers_pass_below_the_limit),
        cmocka_unit_test(bodies),
        cmocka_unit_test(compressed),
        cmocka_unit_test(conditions),
        cmocka_unit_test(proxies_and_origins),
        cmocka_unit_test(metrics_count),
    };
    return cmocka_run_group_tests_name("server", tests, start, stop);
}
