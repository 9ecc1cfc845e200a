/* Routes and files of a module over real sockets: reading, committing and answering, streams in
 * both directions, errors, assets. */
#include "support/opened.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "auth/token.h"
#include "auth/user.h"

static struct opened o;
static struct crm *crm;
static struct secret token;

/* ---- the module's side -------------------------------------------------------------------- */

static crm_status put_name(struct crm_request *r, int64_t id, struct crm_error *err) {
    struct crm_view *view = crm->http->view(r);
    const struct crm_entity *gadget = crm->schema->entity(view, CRM_STR("gadget"));
    return crm->record->get_json(view, gadget, id, CRM_STR("name"), crm->http->json(r), NULL, err);
}

static crm_status get_one(void *ctx, struct crm_request *r, struct crm_error *err) {
    (void)ctx;
    int64_t id = 0;
    static const struct crm_text none = {"no_gadget", "There is no gadget {0}.", "Нет вещи {0}."};
    const struct crm_str text = crm->http->param(r, "id");
    if (!crm->http->id_param(r, "id", &id))
        return crm->base->error_set(err, CRM_NOT_FOUND, &none, &text, 1);
    return put_name(r, id, err);
}

static crm_status fill(struct crm_request *r, struct crm_changeset **ret, int64_t *ret_id,
                       struct crm_error *err) {
    struct crm_view *view = crm->http->view(r);
    const struct crm_json_value *body = NULL;
    const struct crm_changeset_options options = {.size = sizeof options};
    crm_status status = crm->http->body_json(r, &body, err);
    if (status == CRM_OK) status = crm->record->changeset_new(view, &options, ret, err);
    if (status != CRM_OK) return status;
    struct crm_op *op = crm->record->create(*ret, crm->schema->entity(view, CRM_STR("gadget")));
    *ret_id = crm->record->op_id(op);
    return crm->record->set_json(*ret, op, body, err);
}

/* Reader lane: commits, waits, looks again. */
static crm_status post_waiting(void *ctx, struct crm_request *r, struct crm_error *err) {
    (void)ctx;
    struct crm_changeset *c = NULL;
    int64_t id = 0;
    crm_status status = fill(r, &c, &id, err);
    if (status == CRM_OK) status = crm->record->commit(c, NULL, err);
    if (status != CRM_OK && c) crm->http->answer_errors(r, c);
    crm->record->changeset_free(c);
    if (status == CRM_OK) status = crm->record->view_refresh(crm->http->view(r), err);
    if (status != CRM_OK) return status;
    crm->http->status(r, 201);
    return put_name(r, id, err);
}

static crm_status answer_commit(struct crm_request *r, struct crm_changeset *c,
                                const struct crm_commit *commit, struct crm_error *err) {
    (void)c;
    (void)err;
    crm->http->status(r, 201);
    struct crm_json *out = crm->http->json(r);
    crm->base->json_object_open(out);
    crm->base->json_key(out, CRM_STR("changeset"));
    crm->base->json_id(out, commit->id);
    crm->base->json_object_shut(out);
    return CRM_OK;
}

/* Writer lane: hands over. */
static crm_status post_handed_over(void *ctx, struct crm_request *r, struct crm_error *err) {
    (void)ctx;
    struct crm_changeset *c = NULL;
    int64_t id = 0;
    crm_status status = fill(r, &c, &id, err);
    if (status == CRM_OK) return crm->http->commit_then_answer(r, c, answer_commit, err);
    crm->record->changeset_free(c);
    return status;
}

static crm_status post_count(void *ctx, struct crm_request *r, struct crm_error *err) {
    (void)ctx;
    int64_t bytes = 0;
    for (;;) {
        struct crm_str piece = {NULL, 0};
        crm_status status = crm->http->body_read(r, &piece, err);
        if (status != CRM_OK) return status;
        if (piece.len == 0) break;
        bytes += (int64_t)piece.len;
    }
    struct crm_json *out = crm->http->json(r);
    crm->base->json_int64(out, bytes);
    return CRM_OK;
}

static crm_status get_stream(void *ctx, struct crm_request *r, struct crm_error *err) {
    (void)ctx;
    crm_status status = crm->http->stream_open(r, 200, "text/plain", err);
    for (int i = 0; i < 1000 && status == CRM_OK; i++)
        status = crm->http->stream_write(r, CRM_STR("0123456789\n"), err);
    return status;
}

static crm_status get_open(void *ctx, struct crm_request *r, struct crm_error *err) {
    (void)ctx;
    static const char *const names[] = {"a"};
    crm_status status = crm->http->query_only(r, names, 1, err);
    if (status != CRM_OK) return status;
    crm->http->answer_header(r, "X-Signed-In",
                             crm->http->is_signed_in(r) ? CRM_STR("yes") : CRM_STR("no"));
    crm->http->content_type(r, "text/plain");
    struct crm_str a = crm->http->query(r, "a");
    crm->base->buf_add(crm->http->answer_body(r), a.ptr, a.len);
    return CRM_OK;
}

static crm_status add(const char *method, const char *pattern, int32_t lane, uint32_t flags,
                      crm_status (*handle)(void *, struct crm_request *, struct crm_error *),
                      struct crm_error *err) {
    const struct crm_route route = {.size = sizeof route,
                                    .lane = lane,
                                    .flags = flags,
                                    .method = method,
                                    .pattern = pattern,
                                    .handle = handle};
    return crm->http->route_add(crm->host, &route, err);
}

static crm_status register_all(struct crm *services, struct crm_error *err) {
    crm = services;
    static const struct crm_pair headers[] = {{"X-Frame-Options", {"DENY", 4}}};
    const struct crm_assets assets = {.size = sizeof assets,
                                      .prefix = "/",
                                      .folder = "dist",
                                      .fallback = "index.html",
                                      .immutable_pattern = "-h",
                                      .headers = headers,
                                      .header_count = 1};
    crm_status status = add("GET", "/api/v1/opened/{id}", CRM_LANE_INLINE, 0, get_one, err);
    if (status == CRM_OK)
        status = add("POST", "/api/v1/opened/waiting", CRM_LANE_READER, 0, post_waiting, err);
    if (status == CRM_OK)
        status = add("POST", "/api/v1/opened/handed", CRM_LANE_WRITER, CRM_ROUTE_IDEMPOTENT,
                     post_handed_over, err);
    if (status == CRM_OK)
        status = add("POST", "/api/v1/opened/count", CRM_LANE_READER, CRM_ROUTE_STREAM_IN,
                     post_count, err);
    if (status == CRM_OK)
        status = add("GET", "/api/v1/opened/stream", CRM_LANE_READER, 0, get_stream, err);
    if (status == CRM_OK)
        status =
            add("GET", "/api/v1/opened/open", CRM_LANE_INLINE, CRM_ROUTE_PUBLIC, get_open, err);
    return status == CRM_OK ? crm->http->assets_add(crm->host, &assets, err) : status;
}

/* ---- the client's side -------------------------------------------------------------------- */

struct answer {
    int status;
    size_t len;       /* of the body */
    const char *body; /* in text */
    char text[65536];
};

static void send_all(int fd, const char *bytes, size_t len) {
    while (len > 0) {
        ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);
        if (sent <= 0) return; /* the server may have answered already */
        bytes += sent;
        len -= (size_t)sent;
    }
}

/* One request on a connection of its own. `extra`: header lines, each with its end. */
static void call(struct answer *ret, const char *method, const char *path, const char *extra,
                 const char *body, size_t body_len) {
    char head[2048];
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port =
                                      htons((uint16_t)http_server_port(kernel_http(o.kernel))),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    int len =
        snprintf(head, sizeof head, "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s",
                 method, path, extra);
    if (body)
        len += snprintf(head + len, sizeof head - (size_t)len,
                        "Content-Type: application/json\r\nContent-Length: %zu\r\n", body_len);
    len += snprintf(head + len, sizeof head - (size_t)len, "\r\n");
    send_all(fd, head, (size_t)len);
    if (body) send_all(fd, body, body_len);
    size_t got = 0;
    for (ssize_t n; got < sizeof ret->text - 1 &&
                    (n = recv(fd, ret->text + got, sizeof ret->text - 1 - got, 0)) > 0;)
        got += (size_t)n;
    close(fd);
    ret->text[got] = '\0';
    assert_true(got > 12 && memcmp(ret->text, "HTTP/1.1 ", 9) == 0);
    ret->status = (int)strtol(ret->text + 9, NULL, 10);
    char *gap = strstr(ret->text, "\r\n\r\n");
    assert_non_null(gap);
    ret->body = gap + 4;
    ret->len = got - (size_t)(ret->body - ret->text);
}

static void api(struct answer *ret, const char *method, const char *path, const char *body) {
    char extra[128];
    snprintf(extra, sizeof extra, "Authorization: Bearer %s\r\n", token.text);
    call(ret, method, path, extra, body, body ? strlen(body) : 0);
}

static void write_file(const char *name, const char *content) {
    char path[256];
    snprintf(path, sizeof path, "%s/opened/dist/%s", o.folder, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static void make_files(void) {
    char path[256];
    snprintf(path, sizeof path, "%s/opened", o.folder);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/opened/dist", o.folder);
    mkdir(path, 0700);
    write_file("index.html", "<p>page</p>");
    write_file("app-h1.js", "plain");
    write_file("app-h1.js.gz", "zipped");
    write_file("data.json", "{}");
    write_file(".secret", "no");
}

static int setup(void **state) {
    struct arena a;
    struct actor system;
    struct err err;
    int64_t id = 0;
    (void)state;
    opened_setup(&o, register_all);
    make_files();
    const struct http_options options = {.address = STR("127.0.0.1:0"), .loops = 2, .readers = 2};
    assert_int_equal(kernel_serve(o.kernel, &options, &err), CRM_OK);
    arena_init(&a, 16 * 1024 * 1024);
    engine_actor_system(ACCESS_DOOR_CLI, &system);
    const struct user_new spec = {.actor = &system, .login = STR("boss"), .role = STR("boss")};
    assert_int_equal(user_create(kernel_auth(o.kernel), &spec, &a, &id, &err), CRM_OK);
    assert_int_equal(token_create(kernel_auth(o.kernel), id, STR("test"), 0, NULL, &token, &err),
                     CRM_OK);
    arena_fini(&a);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    opened_teardown(&o);
    return 0;
}

static struct answer answer;

static void commit_is_seen_by_its_own_request(void **state) {
    (void)state;
    api(&answer, "POST", "/api/v1/opened/waiting", "{\"name\":\"Made\"}");
    assert_int_equal(answer.status, 201);
    assert_non_null(strstr(answer.body, "\"name\":\"Made\""));
}

static void writer_lane_answers_after_the_commit(void **state) {
    (void)state;
    api(&answer, "POST", "/api/v1/opened/handed", "{\"name\":\"Handed\"}");
    assert_int_equal(answer.status, 201);
    assert_non_null(strstr(answer.body, "\"changeset\":\""));
    struct crm_view *view = opened_view(&o, NULL);
    struct crm_error err;
    int64_t count = 0;
    const struct crm_list list = {.size = sizeof list,
                                  .entity = crm->schema->entity(view, CRM_STR("gadget")),
                                  .where =
                                      CRM_STR("name == 'Handed' and created_by.login == 'boss'")};
    assert_int_equal(crm->query->count(view, &list, &count, &err), CRM_OK);
    assert_int_equal(count, 1);
    crm->record->view_close(view);
}

static void refusals_are_problems_with_fields(void **state) {
    (void)state;
    static const char *const paths[] = {"/api/v1/opened/waiting", "/api/v1/opened/handed"};
    for (size_t i = 0; i < 2; i++) {
        api(&answer, "POST", paths[i], "{\"name\":\"x\",\"amount\":-4}"); /* a rule */
        assert_int_equal(answer.status, 422);
        assert_non_null(strstr(answer.text, "application/problem+json"));
        assert_non_null(strstr(answer.body, "Not below zero"));
        assert_non_null(strstr(answer.body, "\"amount\""));
        api(&answer, "POST", paths[i], "{\"name\":\"x\",\"amount\":\"many\"}"); /* a type */
        assert_int_equal(answer.status, 422);
        assert_non_null(strstr(answer.body, "\"amount\""));
        api(&answer, "POST", paths[i], "{\"name\":");
        assert_int_equal(answer.status, 400);
    }
}

static void own_errors_speak_both_languages(void **state) {
    (void)state;
    char extra[160];
    api(&answer, "GET", "/api/v1/opened/lamp", NULL);
    assert_int_equal(answer.status, 404);
    assert_non_null(strstr(answer.body, "There is no gadget lamp."));
    assert_non_null(strstr(answer.body, "\"no_gadget\""));
    snprintf(extra, sizeof extra, "Authorization: Bearer %s\r\nAccept-Language: ru\r\n",
             token.text);
    call(&answer, "GET", "/api/v1/opened/lamp", extra, NULL, 0);
    assert_int_equal(answer.status, 404);
}

static void routes_ask_for_sign_in(void **state) {
    (void)state;
    call(&answer, "GET", "/api/v1/opened/stream", "", NULL, 0);
    assert_int_equal(answer.status, 401);
    call(&answer, "GET", "/api/v1/opened/open?a=b%20c", "", NULL, 0);
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.body, "b c");
    assert_non_null(strstr(answer.text, "X-Signed-In: no"));
    api(&answer, "GET", "/api/v1/opened/open", NULL);
    assert_non_null(strstr(answer.text, "X-Signed-In: yes"));
    call(&answer, "GET", "/api/v1/opened/open?b=1", "", NULL, 0);
    assert_int_equal(answer.status, 400);
}

static void streams_flow_both_ways(void **state) {
    (void)state;
    char extra[128];
    size_t size = 3 * 1024 * 1024;
    char *body = calloc(1, size);
    assert_non_null(body);
    memset(body, 'x', size);
    snprintf(extra, sizeof extra, "Authorization: Bearer %s\r\n", token.text);
    call(&answer, "POST", "/api/v1/opened/count", extra, body, size);
    free(body);
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.body, "3145728");
    api(&answer, "GET", "/api/v1/opened/stream", NULL);
    assert_int_equal(answer.status, 200);
    size_t lines = 0;
    for (const char *c = answer.body; (c = strstr(c, "0123456789\n")); c++)
        lines++;
    assert_int_equal(lines, 1000);
}

static void get(const char *path, const char *extra) { call(&answer, "GET", path, extra, NULL, 0); }

static void files_are_served(void **state) {
    (void)state;
    get("/app-h1.js", "");
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.body, "plain");
    assert_non_null(strstr(answer.text, "immutable"));
    assert_non_null(strstr(answer.text, "text/javascript"));
    assert_non_null(strstr(answer.text, "X-Frame-Options: DENY"));
    get("/app-h1.js", "Accept-Encoding: gzip\r\n");
    assert_string_equal(answer.body, "zipped");
    assert_non_null(strstr(answer.text, "Content-Encoding: gzip"));
    get("/app-h1.js", "Accept-Encoding: gzip;q=0, br\r\n");
    assert_string_equal(answer.body, "plain");
    get("/data.json", "");
    assert_null(strstr(answer.text, "immutable"));
    char tag[160], extra[200];
    const char *found = strstr(answer.text, "ETag: ");
    assert_non_null(found);
    snprintf(tag, sizeof tag, "%.*s", (int)strcspn(found + 6, "\r"), found + 6);
    snprintf(extra, sizeof extra, "If-None-Match: %s\r\n", tag);
    get("/data.json", extra);
    assert_int_equal(answer.status, 304);
    assert_int_equal(answer.len, 0);
}

static void pages_fall_back_and_the_rest_is_missing(void **state) {
    (void)state;
    static const char *const pages[] = {"/", "/gadgets/7", "/deep/er/path"};
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        get(pages[i], "");
        assert_int_equal(answer.status, 200);
        assert_string_equal(answer.body, "<p>page</p>");
        assert_non_null(strstr(answer.text, "text/html"));
    }
    static const char *const missing[] = {"/none.js",
                                          "/.secret",
                                          "/api/v1/none",
                                          "/%2e%2e/dist/data.json",
                                          "/x/..%2f..%2fperigee.db",
                                          "/dist%5cdata.json"};
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++) {
        get(missing[i], "");
        assert_true(answer.status == 404 || answer.status == 400);
        assert_null(strstr(answer.body, "{}\n"));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commit_is_seen_by_its_own_request),
        cmocka_unit_test(writer_lane_answers_after_the_commit),
        cmocka_unit_test(refusals_are_problems_with_fields),
        cmocka_unit_test(own_errors_speak_both_languages),
        cmocka_unit_test(routes_ask_for_sign_in),
        cmocka_unit_test(streams_flow_both_ways),
        cmocka_unit_test(files_are_served),
        cmocka_unit_test(pages_fall_back_and_the_rest_is_missing),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
