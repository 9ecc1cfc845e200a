/* Framing probes over sockets, with the library in front: whatever is ambiguous or malformed is
 * refused and its connection closed, and nothing behind it is taken for a request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "support/bare.h"
#include "support/client.h"

static struct bare bare;

static int start(void **state) {
    (void)state;
    bare_start(&bare, &(struct http_options){.loops = 1, .readers = 1});
    return 0;
}

static int stop(void **state) {
    (void)state;
    bare_stop(&bare);
    return 0;
}

#define PROBE(text) text, sizeof(text) - 1

struct probe {
    const char *bytes;
    size_t len;
    int status; /* 0 = closed without an answer will do */
};

static const struct probe probes[] = {
    {PROBE("POST /t/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc"),
     400},
    {PROBE(
         "POST /t/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 30\r\n\r\nabc"),
     400},
    {PROBE("POST /t/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc"), 400},
    {PROBE("POST /t/echo HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc"), 400},
    {PROBE("POST /t/echo HTTP/1.1\r\nHost: a\r\nContent-Length: -3\r\n\r\nabc"), 400},
    {PROBE("POST /t/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\nabc"), 400},
    {PROBE("POST /t/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3 3\r\n\r\nabc"), 400},
    {PROBE("POST /t/echo HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\nabc"), 400},
    {PROBE(
         "POST /t/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\nabc"),
     413},
    {PROBE("POST /t/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: "
           "chunked\r\n\r\n0\r\n\r\n"),
     400},
    {PROBE("POST /t/intake HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: "
           "3\r\n\r\n0\r\n\r\n"),
     400},
    {PROBE("POST /t/intake HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
     501},
    {PROBE(
         "POST /t/intake HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
     501},
    {PROBE("POST /t/intake HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: "
           "identity\r\n\r\n0\r\n\r\n"),
     400},
    {PROBE("POST /t/intake HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
     400},
    {PROBE("POST /t/intake HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\x0b"
           "chunked\r\n\r\n0\r\n\r\n"),
     400},
    {PROBE("POST /t/intake HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
     400},
    {PROBE("POST /t/intake HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n"),
     400},
    {PROBE("POST /t/intake HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n"),
     400},
    {PROBE("POST /t/intake HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
           "chunked\r\n\r\nfffffffffffffffff\r\n\r\n"),
     413},
    {PROBE("GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400},
    {PROBE("GET /healthz HTTP/1.1\r\n\r\n"), 400},
    {PROBE("GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n"), 400},
    {PROBE("GET http://b/healthz HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {PROBE("GET http://a@b/healthz HTTP/1.1\r\nHost: b\r\n\r\n"), 400},
    {PROBE("GET healthz HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {PROBE("TRACE /healthz HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {PROBE("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {PROBE("GET\0X /healthz HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {PROBE("GET /healthz\0/../secret HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {PROBE("GET /healthz HTTP/1.1\r\nHost: a\0b\r\n\r\n"), 400},
    {PROBE("GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: b\0\r\n\r\n"), 400},
    {PROBE("GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: b\0\0\0\r\nX-B: c\r\n\r\n"), 400},
    {PROBE("GET /healthz HTTP/1.1\r\nHost: a\r\nX\0A: b\r\n\r\n"), 400},
    {PROBE("GET /healthz HTTP/1.1\r\nHost: a\r\nX-\x01: b\r\n\r\n"), 400},
    {PROBE("GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: b\x7f\r\n\r\n"), 400},
    {PROBE("GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: b\rc\r\n\r\n"), 400},
    {PROBE("GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: b\r\n folded\r\n\r\n"), 400},
    {PROBE("GET /healthz HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n"), 400},
    {PROBE("GET /healthz HTTP/1.1\nHost: a\n\n"), 400},
    {PROBE("GET /healthz HTTP/1.1\r\nHost: a\nX-A: b\r\n\r\n"), 400},
    {PROBE("GET /healthz HTTP/1.1\r\nHost: a\r\nNo colon here\r\n\r\n"), 400},
    {PROBE("GET /healthz HTTP/1.1\r\nHost: a\r\n: nameless\r\n\r\n"), 400},
    {PROBE("GET /heal thz HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {PROBE("GET  /healthz HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {PROBE("GET /healthz  HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {PROBE("GET /healthz#x HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
    {PROBE("GET /healthz HTTP/2.0\r\nHost: a\r\n\r\n"), 505},
    {PROBE("GET /healthz HTTP/1.1x\r\nHost: a\r\n\r\n"), 0},
    {PROBE("GET /healthz\r\nHost: a\r\n\r\n"), 0},
    {PROBE("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"), 0},
    {PROBE("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 0},
};

/* A second request behind the probe must never be answered. */
static const char behind[] = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n";

static void run(const struct probe *p, size_t number) {
    struct client c;
    struct reply r;
    client_open(&c, bare.port);
    client_send(&c, p->bytes, p->len);
    client_send(&c, behind, sizeof behind - 1);
    bool answered = client_reply(&c, false, &r);
    if (!answered && p->status) fail_msg("probe %zu: no answer", number);
    if (answered && p->status && r.status != p->status)
        fail_msg("probe %zu: %d, expected %d", number, r.status, p->status);
    if (answered && !p->status && r.status < 400) fail_msg("probe %zu: %d", number, r.status);
    bool is_smuggled = answered && reply_has(&r, "perigee_");
    if (answered) reply_free(&r);
    while (client_more(&c)) {
    }
    if (is_smuggled || (c.bytes && c.len && memmem(c.bytes, c.len, "perigee_", 8)))
        fail_msg("probe %zu: what stood behind was answered", number);
    client_close(&c);
}

static void probes_are_refused_and_closed(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof probes / sizeof *probes; i++)
        run(&probes[i], i);
}

/* Malformed inside a sound frame: refused; whether the connection lives on does not matter. */
static void malformed_targets(void **state) {
    (void)state;
    static const char *const targets[] = {"/%2e%2e/healthz", "/healthz?%zz", "/healthz?a=%00",
                                          "/%c0%af", "/a/./b"};
    struct reply r;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        http_call(bare.port, &r, "GET", targets[i], "", NULL);
        assert_int_equal(r.status, 400);
        reply_free(&r);
    }
}

static void over_long(void **state) {
    (void)state;
    static char target[30000], headers[15000];
    struct reply r;
    memset(target, 'a', sizeof target);
    target[0] = '/';
    target[8001] = '\0';
    http_call(bare.port, &r, "GET", target, "", NULL);
    assert_int_equal(r.status, 414);
    reply_free(&r);
    struct client c;
    client_open(&c, bare.port);
    client_text(&c, "GET /");
    memset(target, 'a', sizeof target);
    client_send(&c, target, sizeof target);
    if (client_reply(&c, false, &r)) assert_int_equal(r.status, 414);
    reply_free(&r);
    client_close(&c);
    memcpy(headers, "X: ", 3);
    memset(headers + 3, 'y', 13000);
    memcpy(headers + 13003, "\r\n", 3);
    http_call(bare.port, &r, "GET", "/healthz", headers, NULL);
    assert_int_equal(r.status, 431);
    reply_free(&r);
    headers[0] = '\0';
    for (int i = 0; i < 70; i++)
        memcpy(headers + i * 6, "X: y\r\n", 7);
    http_call(bare.port, &r, "GET", "/healthz", headers, NULL);
    assert_int_equal(r.status, 431);
    reply_free(&r);
}

static void sound_oddities_pass(void **state) {
    (void)state;
    static const char *const sound[] = {
        "\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET http://A:80/healthz HTTP/1.1\r\nhost: a:80\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost:a\r\nX-A:\r\nX-B: \t\r\nX-C: \xc3\xa9\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: [::1]:80  \r\n\r\n",
        "GET /healthz HTTP/1.0\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    };
    struct reply r;
    for (size_t i = 0; i < sizeof sound / sizeof *sound; i++) {
        struct client c;
        client_open(&c, bare.port);
        client_text(&c, sound[i]);
        assert_true(client_reply(&c, false, &r));
        if (r.status != 200) fail_msg("%zu: %d %s", i, r.status, r.body);
        reply_free(&r);
        client_close(&c);
    }
}

/* Sound requests with a few bytes changed: whatever comes back is an answer of ours, and the server
 * lives on. The sequence is fixed. */
static void mutants(void **state) {
    (void)state;
    static const char *const sound[] = {
        "GET /healthz?a=b HTTP/1.1\r\nHost: a\r\nAccept-Language: ru\r\nX-Request-Id: 1\r\n\r\n",
        "POST /t/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: "
        "100-continue\r\n\r\nhello",
        "POST /t/intake HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
        "chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nT: v\r\n\r\n",
        "GET /t/big HTTP/1.0\r\nAccept-Encoding: gzip;q=0.5\r\nCookie: a=b; c\r\nIf-None-Match: "
        "\"7\"\r\n\r\n",
    };
    struct bare quick;
    bare_start(
        &quick,
        &(struct http_options){
            .loops = 1,
            .readers = 1,
            .deadlines = {.header_ms = 200, .body_ms = 200, .idle_ms = 200, .stream_ms = 200}});
    uint32_t seed = 20261121;
    for (int i = 0; i < 1000; i++) {
        char bytes[256];
        size_t len = strlen(sound[i % 4]);
        memcpy(bytes, sound[i % 4], len);
        for (int n = 0; n <= i % 3; n++) {
            seed = seed * 1664525 + 1013904223;
            char odd = "\r\n \0:;/%?#0"[(seed >> 20) % 11], any = (char)(seed >> 24);
            bytes[(seed >> 8) % len] = i % 2 ? any : odd;
        }
        struct client c;
        client_open(&c, quick.port);
        client_send(&c, bytes, len);
        shutdown(c.fd, SHUT_WR);
        while (client_more(&c)) {
        }
        if (c.len && strncmp(c.bytes, "HTTP/1.1 ", 9) != 0)
            fail_msg("mutant %d: %.100s", i, c.bytes);
        client_close(&c);
    }
    struct reply r;
    http_call(quick.port, &r, "GET", "/healthz", "", NULL);
    assert_int_equal(r.status, 200);
    reply_free(&r);
    bare_stop(&quick);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probes_are_refused_and_closed),
        cmocka_unit_test(malformed_targets),
        cmocka_unit_test(over_long),
        cmocka_unit_test(sound_oddities_pass),
        cmocka_unit_test(mutants),
    };
    return cmocka_run_group_tests_name("framing", tests, start, stop);
}
