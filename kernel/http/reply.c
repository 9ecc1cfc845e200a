/* From a handler's outcome to the library's response: conditions, compression, headers, body.
 *
 * Bodies are not copied: the response points into the request's buffer, which lives until the
 * library says that the answer is sent. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "http/connection.h"
#include "http/gzip.h"
#include "http/messages.h"
#include "http/negotiate.h"

enum { WHOLE_MAX = 128 * 1024 }; /* larger bodies are sent in pieces */

void http_reply_clear(struct http_reply *reply) {
    if (reply->fd >= 0) close(reply->fd);
    reply->fd = -1;
    reply->status = 0;
    reply->content_type = NULL;
    reply->header_count = 0;
    reply->is_sealed = reply->has_json = reply->close = reply->no_gzip = reply->is_gzip = false;
    reply->etag[0] = '\0';
    reply->source = NULL;
    reply->fields = NULL;
}

/* ---- sealing ------------------------------------------------------------------------------- */

/* Faults of ours are logged once, here at the border. */
static void log_fault(struct http_request *r, int http, const struct err *err) {
    if (http != 500 || !err) return;
    struct err logged;
    err_copy(&logged, err);
    err_at(&logged, "%s %s, request %.*s", http_method_word(r->method),
           r->match.entry ? r->match.entry->route.pattern : "-", STR_ARG(r->request_id));
    log_err(LOG_ERROR, "request_failed", &logged);
}

static void problem(struct http_request *r, int http, const struct err *err) {
    struct http_reply *reply = &r->reply;
    log_fault(r, http, err);
    buf_clear(&reply->body);
    if (reply->fd >= 0) close(reply->fd);
    reply->fd = -1;
    reply->etag[0] = '\0';
    reply->has_json = false;
    reply->status = http;
    http_problem_write(r, http, err);
}

static void compress(struct http_request *r, struct http_hands *hands) {
    struct http_reply *reply = &r->reply;
    if (reply->fd >= 0 || reply->source || reply->no_gzip || !reply->content_type ||
        reply->body.len < HTTP_GZIP_MIN_BYTES)
        return;
    if (!http_gzip_worth(str_from(reply->content_type), reply->body.len)) return;
    if (!http_accepts_gzip(http_headers_get(&r->headers, HTTP_HEADER_ACCEPT_ENCODING))) return;
    if (!hands->gzip) hands->gzip = http_gzip_new();
    if (hands->gzip)
        reply->is_gzip = http_gzip_run(hands->gzip, buf_str(&reply->body), &reply->packed);
}

void http_retry_after_default(struct http_request *r) {
    for (size_t i = 0; i < r->reply.header_count; i++)
        if (str_is(r->reply.headers[i].name, "Retry-After")) return;
    http_retry_after(r, 1);
}

void http_reply_seal(struct http_request *r, crm_status status, const struct err *err,
                     struct http_hands *hands) {
    struct http_reply *reply = &r->reply;
    struct err too_much;
    if (status == CRM_OK && reply->body.status != CRM_OK) {
        status = reply->body.status;
        err = &too_much;
        err_internal(&too_much, "the answer is larger than %zu bytes or memory is short",
                     reply->body.max_bytes);
    }
    if (status != CRM_OK && !reply->source) {
        int http = crm_status_http(status);
        if (status == CRM_UNAUTHENTICATED) http_answer_header(r, "WWW-Authenticate", STR("Bearer"));
        if (http == 503 || http == 429) http_retry_after_default(r);
        problem(r, http, err);
    }
    if (!reply->status) reply->status = 200;
    bool is_read = r->method == HTTP_METHOD_GET || r->method == HTTP_METHOD_HEAD;
    if (reply->etag[0] && is_read && reply->status == 200 &&
        http_headers_has(&r->headers, HTTP_HEADER_IF_NONE_MATCH) &&
        http_etag_listed(http_headers_get(&r->headers, HTTP_HEADER_IF_NONE_MATCH),
                         str_from(reply->etag))) {
        reply->status = 304;
        buf_clear(&reply->body);
    }
    compress(r, hands);
    http_request_forget_view(r);
    reply->is_sealed = true;
}

void http_reply_refuse(struct http_request *r, int http, const struct err *err) {
    if (http == 503) http_retry_after_default(r);
    problem(r, http, err);
    r->reply.is_sealed = true;
}

/* ---- queueing ------------------------------------------------------------------------------ */

static ssize_t on_pull(void *ctx, uint64_t position, char *to, size_t room) {
    (void)position;
    struct http_source *s = ctx;
    struct http_request *r = s->request;
    int64_t got = s->pull(s, to, room);
    if (got > 0) {
        http_connection_stream(r->connection, got);
        return (ssize_t)got;
    }
    if (got == HTTP_SOURCE_END) return MHD_CONTENT_READER_END_OF_STREAM;
    if (got == HTTP_SOURCE_BROKEN) return MHD_CONTENT_READER_END_WITH_ERROR;
    r->is_starved = true;
    http_suspend(r);
    return 0;
}

void http_source_abandon(struct http_request *r) {
    struct http_source *s = r->reply.source;
    r->reply.source = NULL;
    if (s && !r->is_source_open) s->shut(s);
}

static void on_shut(void *ctx) {
    struct http_source *s = ctx;
    struct http_request *r = s->request;
    struct http_loop *l = r->loop;
    if (s->next) s->next->prev = s->prev;
    if (s->prev) {
        s->prev->next = s->next;
    } else {
        l->sources = s->next;
    }
    r->reply.source = NULL;
    s->shut(s);
    http_request_release(r); /* the source held it */
}

static void on_source_wake(struct work *w, void *loop) {
    (void)loop;
    struct http_request *r =
        (struct http_request *)((char *)w - offsetof(struct http_request, to_wake));
    atomic_store(&r->is_waking, false);
    if (r->is_starved && r->mhd) {
        r->is_starved = false;
        http_resume(r);
    }
    http_request_release(r);
}

void http_source_wake(struct http_request *r) {
    if (atomic_exchange(&r->is_waking, true)) return;
    http_request_hold(r);
    r->to_wake.run = on_source_wake;
    if (!loop_post(r->loop->loop, &r->to_wake)) http_request_release(r);
}

static void source_open(struct http_request *r, struct http_source *s) {
    struct http_loop *l = r->loop;
    http_request_hold(r);
    r->is_source_open = true;
    s->request = r;
    s->prev = NULL;
    s->next = l->sources;
    if (s->next) s->next->prev = s;
    l->sources = s;
    if (atomic_load(&r->server->is_stopping)) s->end(s);
}

/* Large buffers and files go out in pieces, so that the deadline sees whether the client takes
 * them. */
static ssize_t on_piece(void *ctx, uint64_t position, char *to, size_t room) {
    struct http_request *r = ctx;
    struct http_reply *reply = &r->reply;
    const struct buf *body = reply->is_gzip ? &reply->packed : &reply->body;
    ssize_t got = (ssize_t)room;
    if (reply->fd >= 0) {
        do {
            got = pread(reply->fd, to, room, (off_t)(reply->fd_from + (int64_t)position));
        } while (got < 0 && errno == EINTR);
    } else {
        if (body->len - position < room) got = (ssize_t)(body->len - position);
        memcpy(to, body->ptr + position, (size_t)got);
    }
    if (got <= 0) return MHD_CONTENT_READER_END_WITH_ERROR; /* the file is shorter than it was */
    http_connection_stream(r->connection, got);
    return got;
}

static struct MHD_Response *response_make(struct http_request *r) {
    struct http_reply *reply = &r->reply;
    if (reply->source) {
        source_open(r, reply->source);
        struct MHD_Response *made = MHD_create_response_from_callback(
            MHD_SIZE_UNKNOWN, 16 * 1024, on_pull, reply->source, on_shut);
        if (!made) on_shut(reply->source);
        return made;
    }
    const struct buf *body = reply->is_gzip ? &reply->packed : &reply->body;
    uint64_t size = reply->fd >= 0 ? (uint64_t)reply->fd_length : body->len;
    if (size > WHOLE_MAX || (reply->fd >= 0 && size > 0))
        return MHD_create_response_from_callback(size, 16 * 1024, on_piece, r, NULL);
    return MHD_create_response_from_buffer(
        body->len, body->len ? body->ptr : (void *)(uintptr_t) "", MHD_RESPMEM_PERSISTENT);
}

static bool header(struct MHD_Response *response, const char *name, const char *value) {
    return MHD_add_response_header(response, name, value) == MHD_YES;
}

static bool headers_put(struct http_request *r, struct MHD_Response *response) {
    struct http_reply *reply = &r->reply;
    char id[132];
    memcpy(id, r->request_id.ptr, r->request_id.len);
    id[r->request_id.len] = '\0';
    bool ok = header(response, "X-Request-Id", id);
    bool has_body = reply->body.len || reply->fd >= 0 || reply->fd_length || reply->source;
    if (reply->content_type && has_body) {
        ok = ok && header(response, "Content-Type", reply->content_type);
        ok = ok && header(response, "X-Content-Type-Options", "nosniff");
    }
    bool has_cache_control = false;
    for (size_t i = 0; i < reply->header_count; i++) {
        has_cache_control |= str_eq_nocase(reply->headers[i].name, STR("Cache-Control"));
        ok = ok && header(response, reply->headers[i].name.ptr, reply->headers[i].value.ptr);
    }
    if (!has_cache_control)
        ok = ok &&
             header(response, "Cache-Control", reply->etag[0] ? "private, no-cache" : "no-store");
    if (reply->etag[0]) ok = ok && header(response, "ETag", reply->etag);
    if (reply->is_gzip) ok = ok && header(response, "Content-Encoding", "gzip");
    if (reply->is_gzip || reply->etag[0])
        ok = ok && header(response, "Vary", "Accept-Encoding, Accept-Language");
    if (reply->close) ok = ok && header(response, "Connection", "close");
    return ok;
}

enum MHD_Result http_reply_queue(struct http_request *r) {
    struct http_reply *reply = &r->reply;
    if (atomic_load_explicit(&r->server->is_stopping, memory_order_relaxed)) reply->close = true;
    struct MHD_Response *response = response_make(r);
    if (!response) return MHD_NO;
    enum MHD_Result queued = headers_put(r, response)
                                 ? MHD_queue_response(r->mhd, (unsigned)reply->status, response)
                                 : MHD_NO;
    MHD_destroy_response(response);
    r->phase = HTTP_PHASE_SENDING;
    r->connection->is_receiving = false;
    /* A body in one piece is small enough for the grace alone; others count their bytes. */
    http_connection_deadline(r->connection, r->server->options.deadlines.stream_ms);
    return queued;
}
