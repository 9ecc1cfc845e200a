/* The framing check on its own: each rule with a request that breaks just it. The same over
 * sockets, with the library in front, stands in tests/http/framing_test.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/framing.h"

struct given {
    const char *method, *target, *version;
    const char *headers[8]; /* name, value, ... */
};

static int check(const struct given *g, struct err *err) {
    struct http_headers headers;
    http_headers_clear(&headers);
    for (size_t i = 0; g->headers[i]; i += 2)
        http_headers_add(&headers, str_from(g->headers[i]), str_from(g->headers[i + 1]));
    struct http_framing f = {.method = g->method,
                             .target = g->target,
                             .version = g->version,
                             .target_copy = str_from(g->target),
                             .headers = &headers};
    return http_framing_check(&f, err).http;
}

static void sound_requests(void **state) {
    (void)state;
    static const struct given sound[] = {
        {"GET", "/", "HTTP/1.1", {"Host", "a"}},
        {"GET", "/a?b=c", "HTTP/1.0", {NULL}},
        {"POST", "/", "HTTP/1.1", {"Host", "a:80", "Content-Length", "0"}},
        {"POST", "/", "HTTP/1.1", {"Host", "[::1]:80", "Transfer-Encoding", "Chunked"}},
        {"GET", "http://A/x", "HTTP/1.1", {"host", "a"}},
        {"OPTIONS", "*", "HTTP/1.1", {"Host", "a"}},
        {"GET", "/", "HTTP/1.1", {"Host", "a", "X-Name", "caf\xc3\xa9\t!"}},
        {"GET", "/", "HTTP/1.1", {"Host", "a", "Accept-Language", "en", "Accept-Language", "ru"}},
    };
    struct err err;
    for (size_t i = 0; i < sizeof sound / sizeof *sound; i++)
        if (check(&sound[i], &err)) fail_msg("case %zu: %s", i, err.text.code);
}

static void faulty_requests(void **state) {
    (void)state;
    static const struct {
        struct given given;
        int http;
        const char *code;
    } cases[] = {
        {{"POST", "/", "HTTP/1.1", {"Host", "a", "Content-Length", "1", "Content-Length", "1"}},
         400,
         "header_repeated"},
        {{"POST", "/", "HTTP/1.1", {"Host", "a", "Content-Length", "1", "content-length", "2"}},
         400,
         "header_repeated"},
        {{"POST",
          "/",
          "HTTP/1.1",
          {"Host", "a", "Content-Length", "1", "Transfer-Encoding", "chunked"}},
         400,
         "framing_ambiguous"},
        {{"POST", "/", "HTTP/1.1", {"Host", "a", "Transfer-Encoding", "gzip, chunked"}},
         501,
         "coding_unsupported"},
        {{"POST",
          "/",
          "HTTP/1.1",
          {"Host", "a", "Transfer-Encoding", "chunked", "Transfer-Encoding", "chunked"}},
         400,
         "header_repeated"},
        {{"POST", "/", "HTTP/1.0", {"Host", "a", "Transfer-Encoding", "chunked"}},
         400,
         "framing_ambiguous"},
        {{"POST", "/", "HTTP/1.1", {"Host", "a", "Content-Length", "+1"}}, 400, "header_malformed"},
        {{"POST", "/", "HTTP/1.1", {"Host", "a", "Content-Length", "0x1"}},
         400,
         "header_malformed"},
        {{"POST", "/", "HTTP/1.1", {"Host", "a", "Content-Length", "99999999999999999999"}},
         400,
         "header_malformed"},
        {{"GET", "/", "HTTP/1.1", {"Host", "a", "Host", "b"}}, 400, "header_repeated"},
        {{"GET", "/", "HTTP/1.1", {NULL}}, 400, "host_missing"},
        {{"GET", "/", "HTTP/1.1", {"Host", "a/b"}}, 400, "header_malformed"},
        {{"GET", "/", "HTTP/1.1", {"Host", ""}}, 400, "header_malformed"},
        {{"GET", "/", "HTTP/1.1", {"Host", "u@a"}}, 400, "header_malformed"},
        {{"TRACE", "/", "HTTP/1.1", {"Host", "a"}}, 400, "method_unknown"},
        {{"CONNECT", "a:1", "HTTP/1.1", {"Host", "a"}}, 400, "method_unknown"},
        {{"BREW", "/", "HTTP/1.1", {"Host", "a"}}, 501, "method_unknown"},
        {{"get", "/", "HTTP/1.1", {"Host", "a"}}, 501, "method_unknown"},
        {{"G(T", "/", "HTTP/1.1", {"Host", "a"}}, 400, "method_unknown"},
        {{"GET", "/a b", "HTTP/1.1", {"Host", "a"}}, 400, "target_malformed"},
        {{"GET", "/a#b", "HTTP/1.1", {"Host", "a"}}, 400, "target_malformed"},
        {{"GET", "/\xc3\xa9", "HTTP/1.1", {"Host", "a"}}, 400, "target_malformed"},
        {{"GET", "/\x01", "HTTP/1.1", {"Host", "a"}}, 400, "target_malformed"},
        {{"GET", "*", "HTTP/1.1", {"Host", "a"}}, 400, "target_malformed"},
        {{"GET", "a", "HTTP/1.1", {"Host", "a"}}, 400, "target_malformed"},
        {{"GET", "ftp://a/", "HTTP/1.1", {"Host", "a"}}, 400, "target_malformed"},
        {{"GET", "http://b/", "HTTP/1.1", {"Host", "a"}}, 400, "host_differs"},
        {{"GET", "http://u@a/", "HTTP/1.1", {"Host", "a"}}, 400, "host_differs"},
        {{"GET", "/", "HTTP/1.1", {"Host", "a", "X Y", "1"}}, 400, "header_malformed"},
        {{"GET", "/", "HTTP/1.1", {"Host", "a", "X-Y ", "1"}}, 400, "header_malformed"},
        {{"GET", "/", "HTTP/1.1", {"Host", "a", "", "1"}}, 400, "header_malformed"},
        {{"GET", "/", "HTTP/1.1", {"Host", "a", "X-Y", "a\x01"}}, 400, "header_malformed"},
        {{"GET", "/", "HTTP/1.1", {"Host", "a", "X-Y", "a\x7f"}}, 400, "header_malformed"},
        {{"GET", "/", "HTTP/1.1", {"Host", "a", "X-Y", "a\rb"}}, 400, "header_malformed"},
        {{"GET", "/", "HTTP/1.1", {"Host", "a", "Authorization", "x", "authorization", "y"}},
         400,
         "header_repeated"},
    };
    struct err err;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        err_clear(&err);
        int http = check(&cases[i].given, &err);
        if (http != cases[i].http || strcmp(err.text.code, cases[i].code) != 0)
            fail_msg("case %zu: %d %s", i, http, err.text.code ? err.text.code : "-");
    }
}

static void too_much(void **state) {
    (void)state;
    struct err err;
    static char target[HTTP_TARGET_MAX + 2];
    memset(target, 'a', sizeof target - 1);
    target[0] = '/';
    struct given g = {"GET", target, "HTTP/1.1", {"Host", "a"}};
    assert_int_equal(check(&g, &err), 414);
    target[HTTP_TARGET_MAX] = '\0';
    assert_int_equal(check(&g, &err), 0);
    struct http_headers headers;
    http_headers_clear(&headers);
    http_headers_add(&headers, STR("Host"), STR("a"));
    for (int i = 0; i < HTTP_HEADERS_MAX - 1; i++)
        http_headers_add(&headers, STR("X"), STR("y"));
    struct http_framing f = {.method = "GET",
                             .target = "/",
                             .version = "HTTP/1.1",
                             .target_copy = STR("/"),
                             .headers = &headers};
    assert_int_equal(http_framing_check(&f, &err).http, 0);
    http_headers_add(&headers, STR("X"), STR("y"));
    assert_int_equal(http_framing_check(&f, &err).http, 431);
    http_headers_clear(&headers);
    http_headers_add(&headers, STR("Host"), STR("a"));
    f.header_bytes = HTTP_HEADER_BYTES_MAX + 1;
    assert_int_equal(http_framing_check(&f, &err).http, 431);
}

static void cookies_and_lookups(void **state) {
    (void)state;
    struct http_headers h;
    http_headers_clear(&h);
    http_headers_add(&h, STR("COOKIE"), STR("a=1; session=abc=; b="));
    http_headers_add(&h, STR("X-Other"), STR("z"));
    assert_true(str_is(http_headers_cookie(&h, STR("session")), "abc="));
    assert_true(str_is(http_headers_cookie(&h, STR("a")), "1"));
    assert_int_equal(http_headers_cookie(&h, STR("b")).len, 0);
    assert_int_equal(http_headers_cookie(&h, STR("sess")).len, 0);
    assert_true(str_is(http_headers_find(&h, STR("x-other")), "z"));
    assert_true(http_headers_has(&h, HTTP_HEADER_COOKIE));
    assert_false(http_headers_has(&h, HTTP_HEADER_HOST));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_requests),
        cmocka_unit_test(faulty_requests),
        cmocka_unit_test(too_much),
        cmocka_unit_test(cookies_and_lookups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
