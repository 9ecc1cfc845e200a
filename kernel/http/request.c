/* What handlers see of a request: accessors, and the life of the struct behind them. See request.h
 * and exchange.h. */
#include "http/request.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "http/connection.h"
#include "http/messages.h"
#include "http/negotiate.h"

enum { FREE_REQUESTS_MAX = 64 };

/* ---- life ---------------------------------------------------------------------------------- */

struct http_request *http_request_new(struct http_loop *l) {
    struct http_request *r = l->free_requests;
    if (r) {
        l->free_requests = r->next_free;
        l->free_count--;
        return r;
    }
    r = calloc(1, sizeof *r);
    if (!r) return NULL;
    r->loop = l;
    r->server = l->server;
    arena_init(&r->arena, HTTP_ARENA_MAX);
    buf_init(&r->body, HTTP_ANSWER_MAX);
    buf_init(&r->reply.body, HTTP_ANSWER_MAX);
    buf_init(&r->reply.packed, HTTP_ANSWER_MAX);
    r->reply.fd = -1;
    return r;
}

void http_request_free(struct http_request *r) {
    arena_fini(&r->arena);
    buf_fini(&r->body);
    buf_fini(&r->reply.body);
    buf_fini(&r->reply.packed);
    free(r);
}

void http_request_forget_view(struct http_request *r) {
    if (r->has_view) record_view_fini(&r->view);
    r->has_view = false;
}

static void buf_recycle(struct buf *b) {
    if (b->capacity > HTTP_KEEP_BYTES) {
        size_t max_bytes = b->max_bytes;
        buf_fini(b);
        buf_init(b, max_bytes);
    } else {
        buf_clear(b);
    }
}

/* Back to the state of a new request, on the loop. */
static void recycle(struct http_request *r) {
    struct http_loop *l = r->loop;
    http_request_forget_view(r);
    http_commit_forget(r);
    r->schema = schema_unref(r->schema);
    if (r->json) json_decref(r->json);
    r->json = NULL;
    http_intake_free(r->intake);
    r->intake = NULL;
    http_reply_clear(&r->reply);
    buf_recycle(&r->body);
    buf_recycle(&r->reply.body);
    buf_recycle(&r->reply.packed);
    arena_reset(&r->arena);
    if (l->free_count >= FREE_REQUESTS_MAX) {
        http_request_free(r);
        return;
    }
    r->next_free = l->free_requests;
    l->free_requests = r;
    l->free_count++;
}

static void on_recycle(struct work *w, void *loop) {
    (void)loop;
    recycle((struct http_request *)((char *)w - offsetof(struct http_request, to_loop)));
}

void http_request_hold(struct http_request *r) {
    atomic_fetch_add_explicit(&r->holders, 1, memory_order_relaxed);
}

void http_request_release(struct http_request *r) {
    if (atomic_fetch_sub_explicit(&r->holders, 1, memory_order_acq_rel) != 1) return;
    if (loop_is_current(r->loop->loop)) {
        recycle(r);
    } else {
        http_to_loop(r, on_recycle);
    }
}

/* ---- the request --------------------------------------------------------------------------- */

struct engine *http_engine(struct http_request *r) {
    return r->server->engine;
}
struct event_hub *http_events(struct http_request *r) {
    return r->server->events;
}
struct http_server *http_server_of(struct http_request *r) {
    return r->server;
}
struct arena *http_arena(struct http_request *r) {
    return &r->arena;
}
struct str http_method(struct http_request *r) {
    return str_from(http_method_word(r->method));
}
struct str http_path(struct http_request *r) {
    return r->target.path;
}
struct str http_body(struct http_request *r) {
    return buf_str(&r->body);
}
struct str http_request_id(struct http_request *r) {
    return r->request_id;
}
enum language http_language(struct http_request *r) { return r->language; }
const struct access *http_access(struct http_request *r) { return &r->access; }
struct schema *http_schema(struct http_request *r) {
    return r->schema;
}
struct str http_header(struct http_request *r, const char *name) {
    return http_headers_find(&r->headers, str_from(name));
}
struct str http_cookie(struct http_request *r, const char *name) {
    return http_headers_cookie(&r->headers, str_from(name));
}

struct str http_param(struct http_request *r, const char *name) {
    const struct http_route_entry *e = r->match.entry;
    for (size_t i = 0; e && i < e->param_count; i++)
        if (str_is(e->params[i], name)) return r->match.values[i];
    return STR_NONE;
}

static const struct http_pair *query_find(struct http_request *r, const char *name) {
    for (size_t i = 0; i < r->target.pair_count; i++)
        if (str_is(r->target.pairs[i].name, name)) return &r->target.pairs[i];
    return NULL;
}

struct str http_query(struct http_request *r, const char *name) {
    const struct http_pair *pair = query_find(r, name);
    return pair ? pair->value : STR_NONE;
}

bool http_has_query(struct http_request *r, const char *name) {
    return query_find(r, name) != NULL;
}

static bool is_listed(struct str name, va_list names) {
    for (const char *known; (known = va_arg(names, const char *)) != NULL;)
        if (str_is(name, known)) return true;
    return false;
}

crm_status http_query_only(struct http_request *r, struct err *err, ...) {
    for (size_t i = 0; i < r->target.pair_count; i++) {
        struct str name = r->target.pairs[i].name;
        va_list names;
        va_start(names, err);
        bool known = is_listed(name, names);
        va_end(names);
        if (!known) return err_set_args(err, CRM_INVALID, &http_query_unknown, &name, 1);
        for (size_t j = 0; j < i; j++)
            if (str_eq(r->target.pairs[j].name, name))
                return err_set_args(err, CRM_INVALID, &http_query_repeated, &name, 1);
    }
    return CRM_OK;
}

static bool is_json_type(struct str type) {
    struct str bare;
    str_split(&type, ';', &bare);
    bare = str_trim(bare);
    return str_eq_nocase(bare, STR("application/json")) ||
           (bare.len > 5 && str_eq_nocase(str_make(bare.ptr + bare.len - 5, 5), STR("+json")));
}

/* What the route does not describe is a slip of the pen: better refused than left out in silence.
 */
static crm_status only_described(const struct http_request *r, struct err *err) {
    const char *const *keys = r->match.entry ? r->match.entry->body_keys : NULL;
    const char *key;
    json_t *value;
    if (!keys || !json_is_object(r->json)) return CRM_OK;
    json_object_foreach(r->json, key, value) {
        size_t i = 0;
        while (keys[i] && strcmp(keys[i], key) != 0)
            i++;
        if (!keys[i]) return err_set(err, CRM_INVALID, &http_body_key_unknown, key, NULL);
    }
    return CRM_OK;
}

crm_status http_body_json(struct http_request *r, json_t **ret_borrowed, struct err *err) {
    if (!r->json) {
        struct str type = http_headers_get(&r->headers, HTTP_HEADER_CONTENT_TYPE);
        if (r->body.len == 0) return err_set(err, CRM_INVALID, &http_body_missing, NULL);
        if (type.len && !is_json_type(type)) {
            struct str args[2] = {STR("application/json"), type};
            return err_set_args(err, CRM_UNSUPPORTED, &http_body_type, args, 2);
        }
        crm_status status = json_parse(buf_str(&r->body), NULL, &r->json, err);
        if (status != CRM_OK) return status;
        status = only_described(r, err);
        if (status != CRM_OK) {
            json_decref(r->json);
            r->json = NULL;
            return status;
        }
    }
    *ret_borrowed = r->json;
    return CRM_OK;
}

static bool is_from_proxy(struct http_request *r) {
    return http_proxies_trust(r->server->proxies, (const struct sockaddr *)&r->connection->address);
}

/* The nearest address in X-Forwarded-For that is not one of our proxies. */
struct str http_remote_address(struct http_request *r) {
    if (r->remote.len) return r->remote;
    r->remote = http_connection_address(r->connection);
    if (!http_headers_has(&r->headers, HTTP_HEADER_X_FORWARDED_FOR) || !is_from_proxy(r))
        return r->remote;
    struct str list = http_headers_get(&r->headers, HTTP_HEADER_X_FORWARDED_FOR);
    while (list.len) {
        size_t at = list.len;
        while (at > 0 && list.ptr[at - 1] != ',')
            at--;
        struct str address = str_trim(str_make(list.ptr + at, list.len - at));
        list.len = at ? at - 1 : 0;
        if (address.len) r->remote = address;
        if (!http_proxies_trust_text(r->server->proxies, address)) break;
    }
    return r->remote;
}

bool http_is_https(struct http_request *r) {
    if (r->is_kept) return r->is_https;
    if (http_headers_has(&r->headers, HTTP_HEADER_X_FORWARDED_PROTO) && is_from_proxy(r))
        return str_eq_nocase(http_headers_get(&r->headers, HTTP_HEADER_X_FORWARDED_PROTO),
                             STR("https"));
    return r->server->is_https;
}

bool http_request_keep(struct http_request *r) {
    if (r->is_kept) return true;
    r->is_https = http_is_https(r);
    r->remote = arena_str(&r->arena, http_remote_address(r));
    r->request_id = arena_str(&r->arena, r->request_id);
    r->is_kept = r->remote.ptr && r->request_id.ptr && http_headers_keep(&r->headers, &r->arena);
    return r->is_kept;
}

void http_by_cookie(struct http_request *r, struct str csrf_token) {
    r->by_cookie = true;
    r->csrf_token = csrf_token;
}

/* "scheme://host" against our public origin, or against the Host the request came with. */
static bool is_our_origin(struct http_request *r, struct str origin) {
    if (r->server->origin.len && str_eq_nocase(origin, r->server->origin)) return true;
    size_t at = str_find(origin, STR("://"));
    if (at == SIZE_MAX) return false;
    struct str host = str_make(origin.ptr + at + 3, origin.len - at - 3);
    return host.len && str_eq_nocase(host, http_headers_get(&r->headers, HTTP_HEADER_HOST));
}

bool http_same_origin(struct http_request *r) {
    if (http_headers_has(&r->headers, HTTP_HEADER_ORIGIN))
        return is_our_origin(r, http_headers_get(&r->headers, HTTP_HEADER_ORIGIN));
    struct str site = http_headers_get(&r->headers, HTTP_HEADER_SEC_FETCH_SITE);
    return site.len == 0 || str_is(site, "same-origin") || str_is(site, "none");
}

/* ---- data ---------------------------------------------------------------------------------- */

struct store_conn *http_reader(struct http_request *r) {
    if (!r->hands || !r->hands->reader) return NULL;
    struct err err;
    return http_hands_begin(r->hands, &err) == CRM_OK ? r->hands->reader : NULL;
}

struct record_view *http_view(struct http_request *r) {
    struct err err;
    if (r->has_view) return &r->view;
    struct store_conn *reader = http_reader(r);
    if (!reader || record_view_init(&r->view, r->server->engine, reader, &r->access, &r->arena,
                                    &err) != CRM_OK)
        return NULL;
    r->has_view = true;
    return &r->view;
}

const struct schema_entity *http_entity_param(struct http_request *r, struct err *err) {
    struct str name = http_param(r, "entity");
    const struct schema_entity *e = schema_find(r->schema, name);
    if (!e) {
        err_set_args(err, CRM_NOT_FOUND, &http_entity_unknown, &name, 1);
        return NULL;
    }
    if (access_entity_visible(&r->access, e)) return e;
    err_set(err, CRM_FORBIDDEN, &http_entity_forbidden, NULL);
    err_at_entity(err, e->name);
    return NULL;
}

bool http_id_param(struct http_request *r, const char *name, int64_t *ret) {
    return id_parse(http_param(r, name), ret);
}

/* ---- the answer ---------------------------------------------------------------------------- */

void http_status(struct http_request *r, int status) { r->reply.status = status; }
void http_content_type(struct http_request *r, const char *type) { r->reply.content_type = type; }
void http_answer_fields(struct http_request *r, const struct err_list *errors) {
    r->reply.fields = errors;
}
struct buf *http_answer_body(struct http_request *r) {
    return &r->reply.body;
}

void http_answer_header(struct http_request *r, const char *name, struct str value) {
    struct http_reply *reply = &r->reply;
    if (reply->header_count == HTTP_ANSWER_HEADERS_MAX) return;
    char *copy = arena_cstr(&r->arena, value), *key = arena_cstr(&r->arena, str_from(name));
    if (copy && key)
        reply->headers[reply->header_count++] =
            (struct http_header){str_from(key), str_make(copy, value.len)};
}

struct json_writer *http_json(struct http_request *r) {
    if (!r->reply.has_json) {
        r->reply.has_json = true;
        if (!r->reply.content_type) r->reply.content_type = "application/json";
        json_writer_init(&r->reply.json, &r->reply.body);
    }
    return &r->reply.json;
}

void http_answer_file(struct http_request *r, int fd, int64_t offset, int64_t length) {
    r->reply.fd = fd;
    r->reply.fd_from = offset;
    r->reply.fd_length = length;
}

void http_etag(struct http_request *r, int64_t version) {
    snprintf(r->reply.etag, sizeof r->reply.etag, "\"%lld\"", (long long)version);
}

bool http_if_match(struct http_request *r, int64_t *ret_version) {
    *ret_version = 0;
    if (!http_headers_has(&r->headers, HTTP_HEADER_IF_MATCH)) return true;
    return http_etag_version(http_headers_get(&r->headers, HTTP_HEADER_IF_MATCH), ret_version);
}

void http_retry_after(struct http_request *r, int seconds) {
    char text[16];
    snprintf(text, sizeof text, "%d", seconds);
    http_answer_header(r, "Retry-After", str_from(text));
}
