#include "support/bare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/digest.h"

static crm_status echo(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    (void)err;
    http_content_type(r, "text/plain");
    buf_add_str(http_answer_body(r), http_body(r));
    return CRM_OK;
}

static crm_status big(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    (void)err;
    int64_t version = 7;
    struct json_writer *w = http_json(r);
    http_etag(r, version);
    json_array_open(w);
    for (int i = 0; i < 1000; i++)
        json_int64(w, i);
    json_array_shut(w);
    return CRM_OK;
}

/* ?bytes=n in one buffer */
static crm_status large(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    (void)err;
    int64_t bytes = 0;
    str_to_int64(http_query(r, "bytes"), &bytes);
    http_content_type(r, "application/octet-stream");
    for (int64_t i = 0; i < bytes / 10; i++)
        buf_add_cstr(http_answer_body(r), "0123456789");
    return CRM_OK;
}

static crm_status waiting(struct http_request *r, void *ctx, struct err *err) {
    (void)err;
    struct bare *b = ctx;
    sem_post(&b->entered);
    sem_wait(&b->go);
    json_cstr(http_json(r), "waited");
    return CRM_OK;
}

static crm_status detached(struct http_request *r, void *ctx, struct err *err) {
    (void)err;
    struct bare *b = ctx;
    http_request_detach(r);
    atomic_store(&b->taken, r);
    sem_post(&b->entered);
    return CRM_OK;
}

/* ?n=lines of 1,000 bytes each */
static crm_status streamed(struct http_request *r, void *ctx, struct err *err) {
    struct bare *b = ctx;
    int64_t lines = 0;
    str_to_int64(http_query(r, "n"), &lines);
    crm_status status = http_stream_open(r, 200, "text/plain", err);
    char line[1000];
    for (int64_t i = 0; status == CRM_OK && i < lines; i++) {
        memset(line, 'a' + (int)(i % 26), sizeof line);
        line[999] = '\n';
        status = http_stream_write(r, str_make(line, sizeof line), err);
    }
    if (http_has_query(r, "fail")) status = err_internal(err, "as asked");
    if (status == CRM_CANCELLED) sem_post(&b->entered);
    return status;
}

static crm_status intake(struct http_request *r, void *ctx, struct err *err) {
    struct bare *b = ctx;
    int64_t total = 0, stop_at = INT64_MAX;
    str_to_int64(http_query(r, "stop"), &stop_at);
    if (http_has_query(r, "refuse")) return err_internal(err, "as asked");
    if (http_has_query(r, "wait")) {
        sem_post(&b->entered);
        sem_wait(&b->go);
    }
    uint64_t sum = 0;
    for (;;) {
        struct str piece;
        crm_status status = http_body_read(r, &piece, err);
        if (status != CRM_OK) return status;
        if (piece.len == 0) break;
        total += (int64_t)piece.len;
        for (size_t i = 0; i < piece.len; i++)
            sum = sum * 31 + (unsigned char)piece.ptr[i];
        if (total > stop_at)
            return err_set_dynamic(err, CRM_REFUSED, STR("enough"),
                                   (struct str[]){STR("Enough."), STR("Хватит.")});
    }
    struct json_writer *w = http_json(r);
    json_object_open(w);
    json_key_lit(w, "bytes");
    json_int64(w, total);
    json_key_lit(w, "sum");
    json_id(w, (int64_t)(sum >> 1));
    json_object_shut(w);
    return CRM_OK;
}

static crm_status whoami(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    (void)err;
    struct json_writer *w = http_json(r);
    json_object_open(w);
    json_key_lit(w, "address");
    json_text(w, http_remote_address(r));
    json_key_lit(w, "https");
    json_bool(w, http_is_https(r));
    json_key_lit(w, "same_origin");
    json_bool(w, http_same_origin(r));
    json_object_shut(w);
    return CRM_OK;
}

static crm_status broken(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    json_array_open(http_json(r)); /* half an answer that must not be seen */
    return err_internal(err, "secret cause");
}

void bare_start(struct bare *b, const struct http_options *given) {
    struct http_options options = *given;
    struct err err;
    *b = (struct bare){0};
    sem_init(&b->entered, 0, 0);
    sem_init(&b->go, 0, 0);
    options.address = STR("127.0.0.1:0");
    assert_int_equal(http_server_new(&options, NULL, NULL, &b->server, &err), CRM_OK);
    assert_int_equal(http_rest_register(b->server, &err), CRM_OK);
    const uint32_t flags = HTTP_ROUTE_PUBLIC | HTTP_ROUTE_NO_DATA;
    const struct http_route routes[] = {
        {.method = "POST",
         .pattern = "/t/echo",
         .lane = HTTP_LANE_INLINE,
         .flags = flags,
         .body_limit = 100000,
         .handle = echo},
        {.method = "POST",
         .pattern = "/t/echo/reader",
         .lane = HTTP_LANE_READER,
         .flags = flags,
         .handle = echo},
        {.method = "GET",
         .pattern = "/t/big",
         .lane = HTTP_LANE_READER,
         .flags = flags,
         .handle = big},
        {.method = "GET",
         .pattern = "/t/large",
         .lane = HTTP_LANE_READER,
         .flags = flags,
         .handle = large},
        {.method = "GET",
         .pattern = "/t/wait",
         .lane = HTTP_LANE_READER,
         .flags = flags,
         .handle = waiting,
         .ctx = b},
        {.method = "GET",
         .pattern = "/t/detached",
         .lane = HTTP_LANE_INLINE,
         .flags = flags,
         .handle = detached,
         .ctx = b},
        {.method = "GET",
         .pattern = "/t/stream",
         .lane = HTTP_LANE_READER,
         .flags = flags,
         .handle = streamed,
         .ctx = b},
        {.method = "POST",
         .pattern = "/t/intake",
         .lane = HTTP_LANE_READER,
         .flags = flags | HTTP_ROUTE_STREAM_IN,
         .body_limit = 10000000,
         .handle = intake,
         .ctx = b},
        {.method = "GET",
         .pattern = "/t/whoami",
         .lane = HTTP_LANE_INLINE,
         .flags = flags,
         .handle = whoami},
        {.method = "GET",
         .pattern = "/t/broken",
         .lane = HTTP_LANE_INLINE,
         .flags = flags,
         .handle = broken},
    };
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
        assert_int_equal(http_route_add(b->server, STR("test"), &routes[i], &err), CRM_OK);
    assert_int_equal(http_server_start(b->server, &err), CRM_OK);
    b->port = http_server_port(b->server);
    assert_true(b->port > 0);
}

void bare_stop(struct bare *b) {
    http_server_stop(b->server);
    http_server_free(b->server);
    sem_destroy(&b->entered);
    sem_destroy(&b->go);
}
