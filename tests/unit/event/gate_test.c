/* The gate: which addresses are public; which requests it takes; that what leads elsewhere - by
 * number, by name, by form, by redirect - gets nowhere, while a place that the operator named
 * answers, within its bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "event/gate.h"

/* ---- addresses ------------------------------------------------------------------------------ */

static bool is_public(const char *text) {
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return gate_address_is_public((const struct sockaddr *)&v4);
    if (inet_pton(AF_INET6, text, &v6.sin6_addr) != 1) fail_msg("%s is no address", text);
    return gate_address_is_public((const struct sockaddr *)&v6);
}

static void test_addresses(void **state) {
    (void)state;
    static const char *const closed[] = {"0.0.0.0",
                                         "0.1.2.3",
                                         "10.0.0.1",
                                         "10.255.255.255",
                                         "100.64.0.1",
                                         "100.127.255.255",
                                         "127.0.0.1",
                                         "127.255.255.254",
                                         "169.254.169.254",
                                         "169.254.0.1",
                                         "172.16.0.1",
                                         "172.31.255.255",
                                         "192.0.0.1",
                                         "192.0.2.1",
                                         "192.88.99.1",
                                         "192.168.0.1",
                                         "198.18.0.1",
                                         "198.19.255.255",
                                         "198.51.100.1",
                                         "203.0.113.1",
                                         "224.0.0.1",
                                         "239.255.255.255",
                                         "240.0.0.1",
                                         "255.255.255.255",
                                         "::",
                                         "::1",
                                         "::7f00:1",
                                         "::ffff:127.0.0.1",
                                         "::ffff:10.0.0.1",
                                         "::ffff:169.254.169.254",
                                         "64:ff9b::a00:1",
                                         "64:ff9b:1::1",
                                         "100::1",
                                         "2001::1",
                                         "2001:db8::1",
                                         "2002:a00:1::1",
                                         "2002:7f00:1::",
                                         "3fff::1",
                                         "fc00::1",
                                         "fd00:ec2::254",
                                         "fe80::1",
                                         "febf::1",
                                         "fec0::1",
                                         "ff02::1"};
    static const char *const open[] = {
        "1.1.1.1",       "8.8.8.8",       "9.255.255.255",   "11.0.0.0",         "100.63.255.255",
        "100.128.0.0",   "126.0.0.1",     "128.0.0.1",       "169.253.255.255",  "169.255.0.0",
        "172.15.0.1",    "172.32.0.1",    "192.0.1.1",       "192.167.255.255",  "198.17.255.255",
        "198.20.0.0",    "223.255.255.1", "::ffff:8.8.8.8",  "64:ff9b::808:808", "2002:808:808::1",
        "2606:4700::11", "2a00:1450::1",  "2001:4860::8888", "2400:cb00:2048::1"};
    for (size_t i = 0; i < sizeof closed / sizeof *closed; i++)
        if (is_public(closed[i])) fail_msg("%s is taken for public", closed[i]);
    for (size_t i = 0; i < sizeof open / sizeof *open; i++)
        if (!is_public(open[i])) fail_msg("%s is not taken for public", open[i]);
}

/* ---- a server on loopback ------------------------------------------------------------------- */

struct server {
    int socket, port;
    pthread_t thread;
    pthread_mutex_t mu;
    const char *answer; /* guarded by mu, as all that follows; NULL: closes without one */
    size_t more;        /* bytes of body behind it */
    char seen[4096];    /* the last request */
    int served;
};

/* The head, and as much body as it announces here: none, or up to a brace. */
static void receive(int fd, char *ret, size_t size) {
    size_t len = 0;
    ssize_t got = 1;
    const char *head_end = NULL;
    while (got > 0 && len < size - 1 && (!head_end || (ret[0] == 'P' && !strchr(head_end, '}')))) {
        got = recv(fd, ret + len, size - 1 - len, 0);
        len += got > 0 ? (size_t)got : 0;
        ret[len] = '\0';
        head_end = strncmp(ret, "QUIT", 4) ? strstr(ret, "\r\n\r\n") : ret;
    }
}

static void *serve(void *ctx) {
    struct server *s = ctx;
    char request[4096];
    for (int fd; (fd = accept(s->socket, NULL, NULL)) >= 0; close(fd)) {
        request[0] = '\0';
        receive(fd, request, sizeof request);
        if (!strncmp(request, "QUIT", 4)) break;
        pthread_mutex_lock(&s->mu);
        memcpy(s->seen, request, sizeof request);
        const char *answer = s->answer;
        size_t more = s->more;
        s->served++;
        pthread_mutex_unlock(&s->mu);
        if (!answer) continue;
        (void)!write(fd, answer, strlen(answer));
        for (size_t i = 0; i < more; i += 1000) {
            char filler[1000];
            memset(filler, 'x', sizeof filler);
            if (send(fd, filler, sizeof filler, MSG_NOSIGNAL) < 0) break;
        }
    }
    return NULL;
}

static void server_answers(struct server *s, const char *answer, size_t more) {
    pthread_mutex_lock(&s->mu);
    s->answer = answer;
    s->more = more;
    pthread_mutex_unlock(&s->mu);
}

static bool server_has_seen(struct server *s, const char *text) {
    pthread_mutex_lock(&s->mu);
    bool seen = strstr(s->seen, text);
    pthread_mutex_unlock(&s->mu);
    return seen;
}

static int server_count(struct server *s) {
    pthread_mutex_lock(&s->mu);
    int served = s->served;
    pthread_mutex_unlock(&s->mu);
    return served;
}

static void server_start(struct server *s) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof at;
    memset(s, 0, sizeof *s);
    pthread_mutex_init(&s->mu, NULL);
    s->socket = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(s->socket, (const struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(s->socket, 16), 0);
    assert_int_equal(getsockname(s->socket, (struct sockaddr *)&at, &size), 0);
    s->port = ntohs(at.sin_port);
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void server_stop(struct server *s) {
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr = {htonl(INADDR_LOOPBACK)},
                             .sin_port = htons((uint16_t)s->port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(send(fd, "QUIT", 4, 0), 4);
    pthread_join(s->thread, NULL);
    close(fd);
    close(s->socket);
    pthread_mutex_destroy(&s->mu);
}

/* ---- requests ------------------------------------------------------------------------------- */

struct asked {
    struct arena arena;
    struct gate_answer answer;
    struct err err;
};

static crm_status ask(struct asked *a, struct gate_request q, const char *format, int port) {
    char url[512];
    snprintf(url, sizeof url, format, port);
    q.url = str_from(url);
    if (!q.method.len) q.method = STR("GET");
    return gate_send(&q, &a->arena, &a->answer, &a->err);
}

static void test_a_named_place_answers(void **state) {
    (void)state;
    struct server s;
    struct asked a;
    char allowed[64];
    server_start(&s);
    arena_init(&a.arena, 8 << 20);
    snprintf(allowed, sizeof allowed, "10.9.8.7:80, 127.0.0.1:%d", s.port);
    server_answers(
        &s, "HTTP/1.1 201 Made\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok", 0);
    const struct gate_header headers[] = {{STR("X-Key"), STR("secret")}};
    const struct gate_request q = {.method = STR("POST"),
                                   .body = STR("{\"a\":1}"),
                                   .headers = headers,
                                   .header_count = 1,
                                   .allowed = str_from(allowed)};
    assert_int_equal(ask(&a, q, "http://127.0.0.1:%d/hook?x=1", s.port), CRM_OK);
    assert_int_equal(a.answer.status, 201);
    assert_true(str_is(a.answer.body, "ok"));
    assert_true(str_is(a.answer.type, "text/plain"));
    assert_true(server_has_seen(&s, "POST /hook?x=1 HTTP/1.1\r\n"));
    assert_true(server_has_seen(&s, "X-Key: secret\r\n"));
    assert_true(server_has_seen(&s, "\r\n\r\n{\"a\":1}"));
    /* A redirect is an answer like any other. */
    server_answers(
        &s, "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n",
        0);
    const struct gate_request get = {.allowed = str_from(allowed)};
    assert_int_equal(ask(&a, get, "http://127.0.0.1:%d/", s.port), CRM_OK);
    assert_int_equal(a.answer.status, 302);
    /* A long answer is cut, one that never comes is waited for no longer than said. */
    server_answers(&s, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", 3 << 20);
    assert_int_equal(ask(&a, get, "http://127.0.0.1:%d/", s.port), CRM_OK);
    assert_true(a.answer.is_cut && a.answer.body.len <= GATE_ANSWER_MAX);
    server_answers(&s, NULL, 0);
    assert_int_equal(ask(&a, get, "http://127.0.0.1:%d/", s.port), CRM_UNAVAILABLE);
    server_stop(&s);
    arena_fini(&a.arena);
}

static bool at_once(void *ctx) {
    (void)ctx;
    return true;
}

static void test_everything_else_gets_nowhere(void **state) {
    (void)state;
    struct server s;
    struct asked a;
    server_start(&s);
    arena_init(&a.arena, 8 << 20);
    server_answers(&s, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0);
    static const struct {
        const char *url;
        crm_status status;
    } wrong[] = {{"http://127.0.0.1:%d/", CRM_FORBIDDEN},
                 {"http://localhost:%d/", CRM_FORBIDDEN},
                 {"http://127.0.0.1/", CRM_FORBIDDEN},
                 {"http://localhost/", CRM_FORBIDDEN},
                 {"http://127.1/", CRM_FORBIDDEN},
                 {"http://2130706433/", CRM_FORBIDDEN},
                 {"http://0x7f000001/", CRM_FORBIDDEN},
                 {"http://017700000001/", CRM_FORBIDDEN},
                 {"http://0/", CRM_FORBIDDEN},
                 {"http://[::1]/", CRM_FORBIDDEN},
                 {"http://[::]/", CRM_FORBIDDEN},
                 {"http://[::ffff:127.0.0.1]/", CRM_FORBIDDEN},
                 {"http://[::ffff:7f00:1]/", CRM_FORBIDDEN},
                 {"http://[64:ff9b::7f00:1]/", CRM_FORBIDDEN},
                 {"http://169.254.169.254/latest/meta-data/", CRM_FORBIDDEN},
                 {"https://10.0.0.1/", CRM_FORBIDDEN},
                 {"https://192.168.1.1/", CRM_FORBIDDEN},
                 {"http://1.1.1.1:22/", CRM_FORBIDDEN},
                 {"http://user:password@1.1.1.1/", CRM_INVALID},
                 {"ftp://1.1.1.1/", CRM_INVALID},
                 {"file:///etc/passwd", CRM_INVALID},
                 {"gopher://127.0.0.1:%d/_x", CRM_INVALID},
                 {"dict://127.0.0.1:%d/", CRM_INVALID},
                 {"", CRM_INVALID}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        crm_status status =
            ask(&a, (struct gate_request){.method = STR("GET")}, wrong[i].url, s.port);
        if (status != wrong[i].status) print_error("%s: %d\n", wrong[i].url, (int)status);
        assert_int_equal(status, wrong[i].status);
    }
    assert_int_equal(server_count(&s), 0);
    char allowed[64];
    snprintf(allowed, sizeof allowed, "127.0.0.1:%d", s.port);
    struct gate_request q = {.allowed = str_from(allowed), .is_cancelled = at_once};
    assert_int_equal(ask(&a, q, "http://127.0.0.1:%d/", s.port), CRM_CANCELLED);
    q.is_cancelled = NULL;
    static const struct gate_header bad[] = {{STR("Host"), STR("inside")},
                                             {STR("X"), STR("a\r\nHost: inside")},
                                             {STR("X Y"), STR("a")},
                                             {STR("Content-length"), STR("5")}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        q.headers = &bad[i];
        q.header_count = 1;
        assert_int_equal(ask(&a, q, "http://127.0.0.1:%d/", s.port), CRM_INVALID);
    }
    q.header_count = 0;
    q.method = STR("TRACE");
    assert_int_equal(ask(&a, q, "http://127.0.0.1:%d/", s.port), CRM_INVALID);
    server_stop(&s);
    arena_fini(&a.arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_addresses),
                                       cmocka_unit_test(test_a_named_place_answers),
                                       cmocka_unit_test(test_everything_else_gets_nowhere)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
