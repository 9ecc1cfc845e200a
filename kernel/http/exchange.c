/* The calls of libmicrohttpd and what each means: request line, headers, body, "now answer", done.
 *
 * The handler is called first when the headers are complete (there the framing is checked and
 * refused requests are answered, which closes the connection when a body is still to come), then
 * for pieces of the body, then to queue the answer. An answer to a request without fault is queued
 * in the last call only, because an earlier one costs the connection. Threads: the loop's. */
#include "http/exchange.h"

#include <stdio.h>

#include "http/connection.h"
#include "http/messages.h"
#include "http/negotiate.h"

enum { DISCARD_MAX = 4 * 1024 * 1024 };

static struct http_connection *connection_of(struct MHD_Connection *mhd) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

void *http_on_target(void *loop, const char *target, struct MHD_Connection *mhd) {
    struct http_loop *l = loop;
    struct http_connection *c = connection_of(mhd);
    struct http_request *r = c ? http_request_new(l) : NULL;
    if (!r) return NULL;
    r->connection = c;
    r->mhd = mhd;
    atomic_store_explicit(&r->holders, 1, memory_order_relaxed);
    r->phase = HTTP_PHASE_HEADERS;
    r->is_suspended = r->is_detached = r->is_framed = false;
    r->is_let_in = r->is_body_over = r->expects_body = false;
    r->discarded_bytes = r->streamed_bytes = 0;
    r->started_ns = clock_monotonic_ns();
    r->raw_target = target;
    r->raw = target ? arena_str(&r->arena, str_make(target, strlen(target))) : STR_NONE;
    r->match.entry = NULL;
    r->has_access = r->by_cookie = r->has_view = false;
    r->is_kept = false;
    r->remote = STR_NONE;
    r->hands = NULL;
    r->schema = NULL;
    r->stale_entity = NULL;
    r->commit = NULL;
    r->stream = NULL;
    r->is_starved = r->is_source_open = false;
    r->actor = (struct actor){0};
    r->access = (struct access){0};
    /* The deadline of a first request runs since the connection came, of others since their first
     * line. */
    if (c->had_request) http_connection_deadline(c, l->server->options.deadlines.header_ms);
    c->had_request = true;
    c->is_receiving = true;
    c->idle_since_ms = 0;
    return r;
}

static enum MHD_Result on_header(void *headers, enum MHD_ValueKind kind, const char *name,
                                 size_t name_len, const char *value, size_t value_len) {
    (void)kind;
    while (value_len && (value[value_len - 1] == ' ' || value[value_len - 1] == '\t'))
        value_len--;
    http_headers_add(headers, str_make(name, name_len),
                     value ? str_make(value, value_len) : STR_NONE);
    return MHD_YES;
}

static bool is_sane_id(struct str id) {
    if (id.len == 0 || id.len > 128) return false;
    for (size_t i = 0; i < id.len; i++) {
        char c = id.ptr[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!plain && c != '-' && c != '_' && c != '.') return false;
    }
    return true;
}

static void take_request_id(struct http_request *r) {
    struct str given = http_headers_get(&r->headers, HTTP_HEADER_X_REQUEST_ID);
    if (is_sane_id(given)) {
        r->request_id = given;
        return;
    }
    static const char digits[] = "0123456789abcdef";
    uint64_t number = (r->loop->request_salt << 20) + ++r->loop->request_number;
    for (int i = 15; i >= 0; i--, number >>= 4)
        r->id[i] = digits[number & 15];
    r->id[16] = '\0';
    r->request_id = str_make(r->id, 16);
}

static void take_language(struct http_request *r) {
    r->language = LANGUAGE_EN;
    if (http_headers_has(&r->headers, HTTP_HEADER_ACCEPT_LANGUAGE))
        http_accepts_language(http_headers_get(&r->headers, HTTP_HEADER_ACCEPT_LANGUAGE),
                              &r->language);
}

static struct http_fault check_framing(struct http_request *r, const char *url, const char *method,
                                       const char *version, struct err *err) {
    http_headers_clear(&r->headers);
    MHD_get_connection_values_n(r->mhd, MHD_HEADER_KIND, on_header, &r->headers);
    take_request_id(r);
    take_language(r);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(r->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    struct http_framing framing = {
        .method = method,
        .target = r->raw_target,
        .target_copy = r->raw,
        .version = version,
        .header_bytes = info ? info->header_size : 0,
        /* Later versions of the library refuse such bytes themselves and lay their memory out anew.
         */
        .contiguous = info && r->raw_target == url && MHD_get_version()[0] == '0',
        .headers = &r->headers,
    };
    return http_framing_check(&framing, err);
}

/* Is what the headers announce as a body acceptable on this route? 0, or the status of the refusal.
 */
static int check_body(struct http_request *r, struct err *err) {
    const struct http_route_entry *e = r->match.entry;
    bool is_stream = e && e->route.flags & HTTP_ROUTE_STREAM_IN;
    r->body_limit = e && e->route.body_limit ? e->route.body_limit : HTTP_BODY_DEFAULT;
    struct str coding = http_headers_get(&r->headers, HTTP_HEADER_CONTENT_ENCODING);
    if (coding.len && !str_eq_nocase(coding, STR("identity"))) {
        err_set_args(err, CRM_UNSUPPORTED, &http_body_encoded, &coding, 1);
        return 415;
    }
    if (http_headers_has(&r->headers, HTTP_HEADER_TRANSFER_ENCODING) && !is_stream) {
        err_set(err, CRM_INVALID, &http_length_required, NULL);
        return 411;
    }
    int64_t length = 0;
    if (http_headers_has(&r->headers, HTTP_HEADER_CONTENT_LENGTH))
        str_to_int64(http_headers_get(&r->headers, HTTP_HEADER_CONTENT_LENGTH), &length);
    r->expects_body = length > 0 || http_headers_has(&r->headers, HTTP_HEADER_TRANSFER_ENCODING);
    if ((uint64_t)length <= r->body_limit) return 0;
    char limit[24];
    snprintf(limit, sizeof limit, "%zu", r->body_limit);
    err_set(err, CRM_TOO_LARGE, &http_body_too_large, limit, NULL);
    return 413;
}

static int check_route(struct http_request *r, struct err *err) {
    if (!http_router_find(&r->server->router, r->method, &r->target, &r->arena, &r->match)) {
        err_no_memory(err);
        return 503;
    }
    if (r->match.entry || r->method == HTTP_METHOD_OPTIONS) return 0;
    if (!r->match.allowed) {
        err_set(err, CRM_NOT_FOUND, &http_route_unknown, NULL);
        return 404;
    }
    struct str allowed = http_methods_text(r->match.allowed | 1u << HTTP_METHOD_OPTIONS, &r->arena);
    struct str args[2] = {http_method(r), allowed};
    http_answer_header(r, "Allow", allowed);
    err_set_args(err, CRM_INVALID, &http_method_refused, args, 2);
    return 405;
}

/* 0 or the status to refuse with; *ret_close when the connection must not live on. */
static int check(struct http_request *r, const char *url, const char *method, const char *version,
                 bool *ret_close, struct err *err) {
    *ret_close = true;
    struct http_fault fault = check_framing(r, url, method, version, err);
    if (fault.http) {
        http_metrics_add(&r->loop->metrics.refused_framing, 1);
        return fault.http;
    }
    http_method_find(str_from(method), &r->method);
    crm_status status = http_target_parse(r->raw, &r->arena, &r->target, err);
    if (status != CRM_OK) return crm_status_http(status);
    if (r->connection->is_refused ||
        atomic_load_explicit(&r->server->is_stopping, memory_order_relaxed)) {
        http_retry_after(r, 1);
        err_set(err, CRM_UNAVAILABLE, r->connection->is_refused ? &http_crowded : &http_stopping,
                NULL);
        return 503;
    }
    struct err body_err;
    int refused = check_route(r, err);
    int body_refused = check_body(r, &body_err);
    *ret_close = r->expects_body || body_refused;
    if (refused || !body_refused) return refused;
    err_copy(err, &body_err);
    return body_refused;
}

static enum MHD_Result on_headers(struct http_request *r, const char *url, const char *method,
                                  const char *version) {
    struct err err;
    bool must_close = false;
    r->is_framed = true;
    int refused = check(r, url, method, version, &must_close, &err);
    if (refused) {
        http_reply_refuse(r, refused, &err);
        r->reply.close |= must_close;
        r->phase = HTTP_PHASE_ANSWER;
        return must_close ? http_reply_queue(r)
                          : MHD_YES; /* queued now, it discards what follows */
    }
    r->phase = HTTP_PHASE_BODY;
    const struct http_route_entry *e = r->match.entry;
    if (e && e->route.flags & HTTP_ROUTE_STREAM_IN) {
        if (http_request_keep(r) && http_intake_new(r, &r->intake, &err) == CRM_OK) {
            http_dispatch(r);
        } else {
            err_no_memory(&err);
            http_reply_refuse(r, 503, &err);
            r->phase = HTTP_PHASE_ANSWER;
        }
        return r->phase == HTTP_PHASE_ANSWER ? http_reply_queue(r) : MHD_YES;
    }
    if (r->expects_body)
        http_connection_deadline(r->connection, r->server->options.deadlines.body_ms);
    return MHD_YES;
}

static enum MHD_Result on_body(struct http_request *r, const char *bytes, size_t *len) {
    if (r->phase == HTTP_PHASE_ANSWER) { /* answered before its body was over: read the rest away,
                                            within reason */
        size_t most = r->intake && r->body_limit > DISCARD_MAX ? r->body_limit : DISCARD_MAX;
        r->discarded_bytes += *len;
        if (r->intake) http_connection_stream(r->connection, (int64_t)*len);
        *len = 0;
        return r->discarded_bytes > most ? MHD_NO : MHD_YES;
    }
    if (r->intake) {
        size_t taken = http_intake_put(r->intake, bytes, *len);
        bool is_full = taken < *len;
        r->streamed_bytes += taken;
        *len -= taken;
        http_connection_stream(r->connection, (int64_t)taken);
        if (r->streamed_bytes > r->body_limit) http_intake_overflow(r->intake);
        if (is_full) http_suspend(r);
        return MHD_YES;
    }
    if (r->body.len + *len > r->body_limit) return MHD_NO; /* Content-Length said otherwise */
    buf_add(&r->body, bytes, *len);
    *len = 0;
    return r->body.status == CRM_OK ? MHD_YES : MHD_NO;
}

/* The request is complete, or a suspended connection came back. */
static enum MHD_Result on_complete(struct http_request *r) {
    r->connection->is_receiving = r->intake && !r->is_body_over;
    switch (r->phase) {
    case HTTP_PHASE_ANSWER:
        return http_reply_queue(r);
    case HTTP_PHASE_BODY:
        http_dispatch(r);
        return r->phase == HTTP_PHASE_ANSWER ? http_reply_queue(r) : MHD_YES;
    case HTTP_PHASE_LANE:
        if (r->intake && !r->is_let_in && http_intake_wanted(r->intake)) {
            r->is_let_in = true; /* back from the wait before the body: go on to it */
            http_connection_stream(r->connection, 0);
            return MHD_YES;
        }
        if (r->intake && r->is_let_in) {
            r->is_body_over = true;
            http_intake_end(r->intake);
        }
        http_suspend(r);
        return MHD_YES;
    case HTTP_PHASE_HEADERS:
    case HTTP_PHASE_SENDING:
        break;
    }
    return MHD_NO;
}

enum MHD_Result http_on_call(void *loop, struct MHD_Connection *mhd, const char *url,
                             const char *method, const char *version, const char *upload,
                             size_t *upload_size, void **request) {
    (void)loop;
    (void)mhd;
    struct http_request *r = *request;
    if (!r) return MHD_NO; /* no memory when it began */
    if (!r->is_framed) return on_headers(r, url, method, version);
    if (upload && *upload_size) return on_body(r, upload, upload_size);
    return on_complete(r);
}

void http_on_completed(void *loop, struct MHD_Connection *mhd, void **request,
                       enum MHD_RequestTerminationCode how) {
    (void)mhd;
    struct http_loop *l = loop;
    struct http_request *r = *request;
    if (!r) return;
    *request = NULL;
    r->mhd = NULL;
    http_source_abandon(r);
    if (r->intake && how != MHD_REQUEST_TERMINATED_COMPLETED_OK) http_intake_fail(r->intake);
    if (r->is_framed && r->phase == HTTP_PHASE_SENDING)
        http_metrics_count(&l->metrics, r->match.entry, r->reply.status,
                           clock_monotonic_ns() - r->started_ns);
    struct http_connection *c = r->connection;
    http_connection_deadline(c, l->server->options.deadlines.idle_ms);
    c->is_receiving = false;
    c->idle_since_ms = (int64_t)uv_now(loop_uv(l->loop));
    if (c->idle_since_ms == 0) c->idle_since_ms = 1;
    http_request_release(r);
}
