/* Files through the door: streamed up, down whole and in parts, never to be run by a browser. */
#include "support/data.h"

static void upload(struct data *d, const char *query, const char *type, const char *bytes,
                   int status, char ret_id[24]) {
    struct reply r;
    http_call(d->port, &r, "POST", path("/api/v1/files?%s", query),
              path("%sContent-Type: %s\r\n", d->token, type), bytes);
    if (r.status != status) fail_msg("%d: %.500s", r.status, r.body);
    json_t *j = json_loads(r.body, 0, NULL);
    if (ret_id) snprintf(ret_id, 24, "%s", text_at(j, "id"));
    json_decref(j);
    reply_free(&r);
}

static void fetch(struct data *d, struct reply *r, const char *id, const char *headers) {
    http_call(d->port, r, "GET", path("/api/v1/files/%s/content", id),
              path("%s%s", d->token, headers), NULL);
}

static void up_and_down(struct data *d) {
    char id[24];
    struct reply r;
    upload(d, "name=..%2Fnotes%20%C3%BC.html", "text/html", "<script>0123456789</script>", 201, id);
    json_t *j = ask(d, "GET", path("/api/v1/records/file/%s", id), NULL, 200);
    assert_string_equal(text_at(j, "name"), "notes ü.html");
    assert_string_equal(text_at(j, "media_type"), "text/html");
    assert_int_equal(json_integer_value(json_object_get(j, "bytes")), 27);
    assert_int_equal(strlen(text_at(j, "digest")), 64);
    json_decref(j);
    fetch(d, &r, id, "");
    assert_int_equal(r.status, 200);
    assert_string_equal(r.body, "<script>0123456789</script>");
    assert_string_equal(reply_header(&r, "Content-Disposition"),
                        "attachment; filename*=UTF-8''notes%20%C3%BC.html");
    assert_string_equal(reply_header(&r, "X-Content-Type-Options"), "nosniff");
    assert_non_null(strstr(reply_header(&r, "Content-Security-Policy"), "sandbox"));
    char etag[64];
    snprintf(etag, sizeof etag, "%s", reply_header(&r, "ETag"));
    reply_free(&r);
    fetch(d, &r, id, path("If-None-Match: %s\r\n", etag));
    assert_int_equal(r.status, 304);
    reply_free(&r);
}

static void parts(struct data *d) {
    char id[24];
    struct reply r;
    upload(d, "name=n.txt", "text/plain", "0123456789", 201, id);
    fetch(d, &r, id, "Range: bytes=2-4\r\n");
    assert_int_equal(r.status, 206);
    assert_string_equal(r.body, "234");
    assert_string_equal(reply_header(&r, "Content-Range"), "bytes 2-4/10");
    reply_free(&r);
    fetch(d, &r, id, "Range: bytes=-3\r\n");
    assert_string_equal(r.body, "789");
    reply_free(&r);
    fetch(d, &r, id, "Range: bytes=10-\r\n");
    assert_int_equal(r.status, 416);
    assert_string_equal(reply_header(&r, "Content-Range"), "bytes */10");
    reply_free(&r);
    fetch(d, &r, id, "Range: bytes=2-4\r\nIf-Range: \"other\"\r\n");
    assert_int_equal(r.status, 200);
    assert_string_equal(r.body, "0123456789");
    reply_free(&r);
}

static void large(struct data *d) {
    enum { SIZE = 3000000 };
    char *bytes = malloc(SIZE + 1), id[24];
    struct reply r;
    for (int i = 0; i < SIZE; i++)
        bytes[i] = (char)('a' + i % 26);
    bytes[SIZE] = '\0';
    upload(d, "name=large.bin", "application/octet-stream", bytes, 201, id);
    fetch(d, &r, id, "");
    assert_int_equal(r.body_len, SIZE);
    assert_memory_equal(r.body, bytes, SIZE);
    reply_free(&r);
    free(bytes);
}

static void refusals(struct data *d) {
    char id[24], customer[24];
    post(d, "customer", "{\"name\":\"Acme\"}", customer);
    upload(d, path("name=a&about=customer:%s", customer), "text/plain", "x", 201, id);
    json_t *j = ask(d, "GET", path("/api/v1/records/file/%s", id), NULL, 200);
    assert_string_equal(text_at(json_object_get(j, "about"), "id"), customer);
    json_decref(j);
    upload(d, "name=a&about=customer:17", "text/plain", "x", 422, NULL);
    upload(d, "name=a&about=nonsense", "text/plain", "x", 400, NULL);
    upload(d, "name=a", "multipart/form-data; boundary=x", "x", 415, NULL);
    upload(d, "nome=a", "text/plain", "x", 400, NULL);
    refused(d, "GET", "/api/v1/files/17/content", NULL, 404, NULL);
    refused(d, "GET", "/api/v1/files/x/content", NULL, 404, NULL);
    refused(d, "PATCH", path("/api/v1/records/file/%s", id), "{\"digest\":\"00\"}", 422, NULL);
    as(d, "reader");
    upload(d, "name=a", "text/plain", "x", 403, NULL);
    refused(d, "GET", path("/api/v1/files/%s/content", id), NULL, 403, NULL);
    as(d, NULL);
    upload(d, "name=a", "text/plain", "x", 401, NULL);
}

ON_BOTH_SERVERS(up_and_down)
ON_BOTH_SERVERS(parts)
ON_BOTH_SERVERS(large)
ON_BOTH_SERVERS(refusals)

int main(void) {
    const struct CMUnitTest tests[] = {BOTH(up_and_down), BOTH(parts), BOTH(large), BOTH(refusals)};
    return cmocka_run_group_tests_name("file", tests, NULL, world_stop);
}
