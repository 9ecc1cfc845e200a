/* Lanes: on which thread a handler runs, and what happens around it - snapshot, sign-in, CSRF,
 * rights.
 *
 * The loop decides, before anything is suspended, whether there is room; a full lane answers 503.
 * On PostgreSQL nothing that touches data runs on a loop, because a call of libpq would block it.
 */
#include "http/asker.h"
#include "http/connection.h"
#include "http/messages.h"

#include <sodium.h>

enum { BODY_REST_MS = 5000 };

/* ---- hand-overs ---------------------------------------------------------------------------- */

void http_to_loop(struct http_request *r, void (*run)(struct work *w, void *loop)) {
    r->to_loop.run = run;
    loop_post(r->loop->loop, &r->to_loop); /* loops outlive their requests */
}

static bool is_stream(const struct http_request *r) {
    const struct http_route *route = r->match.entry ? &r->match.entry->route : NULL;
    return route && route->flags & (HTTP_ROUTE_STREAM_IN | HTTP_ROUTE_STREAM_OUT);
}

bool http_to_readers(struct http_request *r, void (*run)(struct work *w, void *worker),
                     bool always) {
    struct http_server *s = r->server;
    size_t waiting = atomic_fetch_add(&s->lane_waiting, 1);
    struct work_queue *queue = !always && is_stream(r) ? &s->stream_queue : &s->lane_queue;
    r->to_lane.run = run;
    if ((always || waiting < s->options.queue_limit) && work_queue_push(queue, &r->to_lane))
        return true;
    atomic_fetch_sub(&s->lane_waiting, 1);
    return false;
}

static void on_answer_ready(struct work *w, void *loop) {
    (void)loop;
    struct http_request *r =
        (struct http_request *)((char *)w - offsetof(struct http_request, to_loop));
    r->phase = HTTP_PHASE_ANSWER;
    http_resume(r);
    /* The library answers only behind the body: whoever is late with the rest of it goes
     * unanswered. */
    if (r->mhd && r->is_let_in && !r->is_body_over)
        http_connection_deadline(r->connection,
                                 atomic_load(&r->server->is_stopping) ? 1 : BODY_REST_MS);
    http_request_release(r);
}

void http_answer_ready(struct http_request *r) {
    http_request_hold(r); /* while a body still streams in, the client may go at any time */
    http_to_loop(r, on_answer_ready);
}

/* ---- who is asking ------------------------------------------------------------------------- */

static bool is_write(enum http_method method) {
    return method != HTTP_METHOD_GET && method != HTTP_METHOD_HEAD && method != HTTP_METHOD_OPTIONS;
}

static bool has_csrf_token(struct http_request *r) {
    struct str given = http_headers_get(&r->headers, HTTP_HEADER_X_CSRF_TOKEN);
    return r->csrf_token.len && given.len == r->csrf_token.len &&
           sodium_memcmp(given.ptr, r->csrf_token.ptr, given.len) == 0;
}

static crm_status authenticate(struct http_request *r, uint32_t flags, struct err *err) {
    struct http_server *s = r->server;
    r->actor = (struct actor){.door = ACCESS_DOOR_REST, .language = r->language};
    if (s->has_auth) {
        crm_status status = s->auth.authenticate(s->auth.ctx, r, &r->arena, &r->actor, err);
        if (status == CRM_UNAUTHENTICATED && flags & HTTP_ROUTE_PUBLIC) {
            r->actor = (struct actor){.door = ACCESS_DOOR_REST, .language = r->language};
        } else if (status != CRM_OK) {
            return status;
        }
    }
    bool is_somebody = r->actor.user != 0 || r->actor.system;
    if (http_headers_has(&r->headers, HTTP_HEADER_ACCEPT_LANGUAGE))
        r->actor.language = r->language; /* labels like messages */
    else if (is_somebody)
        r->language = r->actor.language;
    if (!is_somebody && !(flags & HTTP_ROUTE_PUBLIC))
        return err_set(err, CRM_UNAUTHENTICATED, &http_sign_in, NULL);
    if (r->by_cookie && is_write(r->method) && !(flags & HTTP_ROUTE_NO_CSRF) &&
        (!has_csrf_token(r) || !http_same_origin(r)))
        return err_set(err, CRM_FORBIDDEN, &http_csrf, NULL);
    if (r->actor.watcher && is_write(r->method) && !(flags & HTTP_ROUTE_READS))
        return err_set(err, CRM_FORBIDDEN, &http_view_only, NULL);
    access_init(&r->access, r->schema, &r->actor);
    r->has_access = true;
    return CRM_OK;
}

/* ---- running ------------------------------------------------------------------------------- */

static crm_status prepare(struct http_request *r, uint32_t flags, struct err *err) {
    if (flags & HTTP_ROUTE_NO_DATA) return CRM_OK;
    if (r->server->engine && !r->schema) r->schema = engine_schema(r->server->engine);
    crm_status status = http_hands_begin(r->hands, err);
    return status == CRM_OK && !r->has_access ? authenticate(r, flags, err) : status;
}

void http_run(struct http_request *r, struct http_hands *hands) {
    const struct http_route *route = &r->match.entry->route;
    struct err err;
    err_clear(&err);
    r->hands = hands;
    crm_status status = prepare(r, route->flags, &err);
    if (status == CRM_OK) status = route->handle(r, route->ctx, &err);
    if (r->is_detached || http_ask_is_dropped(hands)) return;
    r->outcome = status;
    if (!r->stream) http_reply_seal(r, status, &err, hands);
}

static void on_reader(struct work *w, void *worker) {
    struct http_request *r =
        (struct http_request *)((char *)w - offsetof(struct http_request, to_lane));
    struct http_hands *hands = worker;
    atomic_fetch_sub(&r->server->lane_waiting, 1);
    http_request_hold(r); /* a detached or streaming answer may be over before this returns */
    http_run(r, hands);
    http_hands_end(hands);
    if (!r->is_detached && !http_stream_finish(r)) http_answer_ready(r);
    http_request_release(r);
}

static void refuse_full(struct http_request *r) {
    struct err err;
    err_set(&err, CRM_UNAVAILABLE, &http_queue_full, NULL);
    http_metrics_add(&r->loop->metrics.refused_queue, 1);
    http_retry_after(r, 1);
    http_reply_refuse(r, 503, &err);
    r->phase = HTTP_PHASE_ANSWER;
}

static void run_on_loop(struct http_request *r) {
    r->phase = HTTP_PHASE_LANE;
    http_request_hold(r);
    http_run(r, &r->loop->hands);
    if (r->is_detached) {
        http_suspend(r);
    } else {
        r->phase = HTTP_PHASE_ANSWER;
    }
    http_request_release(r);
}

static void to_reader(struct http_request *r) {
    if (http_to_readers(r, on_reader, false)) {
        http_suspend(r);
        return;
    }
    refuse_full(r);
    http_resume(r);
}

static bool run_asking(struct http_request *r, struct http_hands *hands) {
    http_run(r, hands);
    return !r->is_detached;
}

static const struct http_ask_way handler_way = {.run = run_asking, .elsewhere = to_reader};

static void answer_options(struct http_request *r) {
    uint32_t allowed = r->target.asterisk ? (1u << HTTP_METHOD_COUNT) - 1
                                          : r->match.allowed | 1u << HTTP_METHOD_OPTIONS;
    http_answer_header(r, "Allow", http_methods_text(allowed, &r->arena));
    http_status(r, 204);
    http_reply_seal(r, CRM_OK, NULL, &r->loop->hands);
    r->phase = HTTP_PHASE_ANSWER;
}

void http_dispatch(struct http_request *r) {
    if (!r->match.entry) {
        answer_options(r);
        return;
    }
    const struct http_route *route = &r->match.entry->route;
    bool stays = route->lane != HTTP_LANE_READER && !(route->flags & HTTP_ROUTE_STREAM_IN);
    if (r->server->on_postgres && !(route->flags & HTTP_ROUTE_NO_DATA)) stays = false;
    if (stays) {
        run_on_loop(r);
        return;
    }
    r->phase = HTTP_PHASE_LANE;
    if (http_ask_can(r))
        http_ask(r, &handler_way);
    else
        to_reader(r);
}

/* ---- taken over by the handler ------------------------------------------------------------- */

void http_request_detach(struct http_request *r) {
    http_request_forget_view(r);
    r->is_detached = true;
}

static void on_finish(struct work *w, void *loop) {
    (void)loop;
    struct http_request *r =
        (struct http_request *)((char *)w - offsetof(struct http_request, to_loop));
    http_reply_seal(r, r->outcome, r->outcome_err, &r->loop->hands);
    r->phase = HTTP_PHASE_ANSWER;
    http_resume(r);
    http_request_release(r);
}

void http_request_finish(struct http_request *r, crm_status status, const struct err *err) {
    r->outcome = status;
    r->outcome_err = err && status != CRM_OK ? ARENA_NEW(&r->arena, struct err) : NULL;
    if (r->outcome_err) err_copy(r->outcome_err, err);
    http_request_hold(r);
    http_to_loop(r, on_finish);
}
