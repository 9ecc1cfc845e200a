/* crm.http over the server's requests. */
#include "module/messages.h"
#include "module/record_write.h"
#include "module/serving.h"
#include "module/services.h"

_Static_assert((int)CRM_LANE_WRITER == (int)HTTP_LANE_WRITER &&
                   (int)CRM_LANE_READER == (int)HTTP_LANE_READER,
               "lanes");
_Static_assert((int)CRM_ROUTE_IDEMPOTENT == (int)HTTP_ROUTE_IDEMPOTENT &&
                   (int)CRM_ROUTE_READS == (int)HTTP_ROUTE_READS &&
                   (int)CRM_ROUTE_STREAM_IN == (int)HTTP_ROUTE_STREAM_IN &&
                   (int)CRM_ROUTE_STREAM_OUT == (int)HTTP_ROUTE_STREAM_OUT &&
                   (int)CRM_ROUTE_NO_CSRF == (int)HTTP_ROUTE_NO_CSRF &&
                   (int)CRM_ROUTE_PUBLIC == (int)HTTP_ROUTE_PUBLIC,
               "route flags");

#define STREAM_MAX_BYTES ((size_t)1 << 40)

/* ---- binding ------------------------------------------------------------------------------ */

static crm_status handle(struct http_request *http, void *ctx, struct err *err) {
    const struct registered_route *item = ctx;
    struct crm_request *r = ARENA_NEW(http_arena(http), struct crm_request);
    if (!r) return err_no_memory(err);
    *r = (struct crm_request){.kernel = item->host->kernel, .host = item->host, .http = http};
    bool of_entity = str_find(str_from(item->route.pattern), STR("{entity}")) != SIZE_MAX;
    if (of_entity && !http_entity_param(http, err)) return err->status; /* told as everywhere */
    return BRIDGE_CALL(err, item->host, item->route.pattern,
                       item->route.handle(item->route.ctx, r, &bridge_error));
}

/* Streams have no limit unless the module sets one. */
static size_t limit_of(const struct crm_route *route) {
    bool streams = route->flags & CRM_ROUTE_STREAM_IN;
    return streams && route->body_limit == 0 ? STREAM_MAX_BYTES : route->body_limit;
}

static crm_status bind_route(struct http_server *server, struct registered_route *item,
                             struct err *err) {
    const struct crm_route *from = &item->route;
    const struct http_route route = {
        .method = from->method,
        .pattern = from->pattern,
        .lane = (enum http_lane)from->lane,
        .flags = from->flags & (HTTP_ROUTE_PUBLIC | HTTP_ROUTE_STREAM_IN | HTTP_ROUTE_NO_CSRF |
                                HTTP_ROUTE_IDEMPOTENT | HTTP_ROUTE_READS | HTTP_ROUTE_STREAM_OUT),
        .body_limit = limit_of(from),
        .handle = handle,
        .ctx = item,
        .summary = from->summary,
        .tag = from->tag,
        .query_schema = from->query_schema,
        .body_schema = from->body_schema,
        .answer_schema = from->answer_schema};
    return http_route_add(server, str_from(item->host->module->name), &route, err);
}

crm_status serving_bind(struct kernel *k, struct registry *r, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; i < r->route_count && status == CRM_OK; i++)
        status = bind_route(kernel_http(k), &r->routes[i], err);
    for (size_t i = 0; i < r->assets_count && status == CRM_OK; i++)
        status = serving_bind_assets(k, &r->assets[i], err);
    return status;
}

static crm_status http_svc_route_add(struct crm_host *host, const struct crm_route *route,
                                     struct crm_error *err) {
    return registry_add_route(host, route, err_in(err));
}

static crm_status http_svc_assets_add(struct crm_host *host, const struct crm_assets *assets,
                                      struct crm_error *err) {
    return registry_add_assets(host, assets, err_in(err));
}

/* ---- the request -------------------------------------------------------------------------- */

static struct crm_str http_svc_method(struct crm_request *r) {
    return str_out(http_method(r->http));
}
static struct crm_str http_svc_path(struct crm_request *r) { return str_out(http_path(r->http)); }
static struct crm_str http_svc_param(struct crm_request *r, const char *name) {
    return str_out(http_param(r->http, name));
}
static bool http_svc_id_param(struct crm_request *r, const char *name, int64_t *ret) {
    return http_id_param(r->http, name, ret);
}
static const struct crm_entity *http_svc_entity_param(struct crm_request *r,
                                                      struct crm_error *err) {
    return entity_out(http_entity_param(r->http, err_in(err)));
}
static struct crm_str http_svc_query(struct crm_request *r, const char *name) {
    return str_out(http_query(r->http, name));
}
static bool http_svc_has_query(struct crm_request *r, const char *name) {
    return http_has_query(r->http, name);
}

enum { QUERY_NAMES_MAX = 24 };

static crm_status http_svc_query_only(struct crm_request *r, const char *const *names, size_t count,
                                      struct crm_error *err) {
    const char *n[QUERY_NAMES_MAX + 1] = {NULL};
    if (count > QUERY_NAMES_MAX)
        return err_internal(err_in(err), "more than %d query parameters", QUERY_NAMES_MAX);
    for (size_t i = 0; i < count; i++)
        n[i] = names[i];
    /* A missing name ends the list. */
    return http_query_only(r->http, err_in(err), n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7],
                           n[8], n[9], n[10], n[11], n[12], n[13], n[14], n[15], n[16], n[17],
                           n[18], n[19], n[20], n[21], n[22], n[23], NULL);
}

static struct crm_str http_svc_header(struct crm_request *r, const char *name) {
    return str_out(http_header(r->http, name));
}
static struct crm_str http_svc_body(struct crm_request *r) { return str_out(http_body(r->http)); }
static crm_status http_svc_body_json(struct crm_request *r, const struct crm_json_value **ret,
                                     struct crm_error *err) {
    json_t *body = NULL;
    crm_status status = http_body_json(r->http, &body, err_in(err));
    if (status == CRM_OK) *ret = (const struct crm_json_value *)body;
    return status;
}
static crm_status http_svc_body_read(struct crm_request *r, struct crm_str *ret_piece,
                                     struct crm_error *err) {
    struct str piece = STR_NONE;
    crm_status status = http_body_read(r->http, &piece, err_in(err));
    /* Waiting ended what the view stands on; who holds the view reads on with it. */
    if (status == CRM_OK && r->view && !http_view(r->http))
        status = err_set(err_in(err), CRM_UNAVAILABLE, &module_not_open, NULL);
    if (status == CRM_OK) *ret_piece = str_out(piece);
    return status;
}
static struct crm_str http_svc_request_id(struct crm_request *r) {
    return str_out(http_request_id(r->http));
}
static struct crm_str http_svc_remote_address(struct crm_request *r) {
    return str_out(http_remote_address(r->http));
}
static bool http_svc_is_https(struct crm_request *r) { return http_is_https(r->http); }
static bool http_svc_is_signed_in(struct crm_request *r) {
    const struct access *access = http_access(r->http);
    return access && access->actor.user != 0;
}
static int32_t http_svc_language(struct crm_request *r) { return (int32_t)http_language(r->http); }

static struct crm_view *http_svc_view(struct crm_request *r) {
    if (!r->view) r->view = view_borrow(r->kernel, r->http);
    return r->view;
}
static struct crm_arena *http_svc_arena(struct crm_request *r) {
    return arena_out(http_arena(r->http));
}

/* ---- the answer --------------------------------------------------------------------------- */

static void http_svc_status(struct crm_request *r, int32_t status) { http_status(r->http, status); }
static void http_svc_answer_header(struct crm_request *r, const char *name, struct crm_str value) {
    http_answer_header(r->http, name, str_in(value));
}
static void http_svc_content_type(struct crm_request *r, const char *type) {
    http_content_type(r->http, type);
}
static struct crm_json *http_svc_json(struct crm_request *r) {
    return json_out(http_json(r->http));
}
static struct crm_buf *http_svc_answer_body(struct crm_request *r) {
    return buf_out(http_answer_body(r->http));
}
static crm_status http_svc_stream_open(struct crm_request *r, int32_t status,
                                       const char *content_type, struct crm_error *err) {
    return http_stream_open(r->http, status, content_type, err_in(err));
}
static crm_status http_svc_stream_write(struct crm_request *r, struct crm_str bytes,
                                        struct crm_error *err) {
    return http_stream_write(r->http, str_in(bytes), err_in(err));
}

static crm_status answer_commit(struct http_request *http, struct changeset_result *result,
                                struct err *err) {
    (void)http;
    struct crm_changeset *c = (struct crm_changeset *)((char *)result->changeset -
                                                       offsetof(struct crm_changeset, changeset));
    struct crm_commit facts = {.size = sizeof facts};
    c->result = *result;
    c->state = WRITING_DONE;
    writing_facts(c, &facts);
    return BRIDGE_CALL(err, c->request->host, "answer",
                       c->answer(c->request, c, &facts, &bridge_error));
}

static crm_status http_svc_commit_then_answer(struct crm_request *r, struct crm_changeset *c,
                                              crm_status (*answer)(struct crm_request *r,
                                                                   struct crm_changeset *c,
                                                                   const struct crm_commit *commit,
                                                                   struct crm_error *err),
                                              struct crm_error *error) {
    crm_status status = writing_check(c, err_in(error));
    if (status != CRM_OK) {
        http_answer_fields(r->http, &c->errors);
        record_svc_changeset_free(c); /* its memory is the request's */
        return status;
    }
    c->answer = answer;
    c->request = r;
    c->is_taken = true;
    return http_commit(r->http, &c->changeset, answer_commit, err_in(error));
}

static void http_svc_answer_errors(struct crm_request *r, const struct crm_changeset *c) {
    struct err_list *kept = ARENA_NEW(http_arena(r->http), struct err_list);
    if (!kept || c->errors.count == 0) return;
    struct err *items = ARENA_ARRAY(http_arena(r->http), c->errors.count,
                                    struct err); /* the changeset may go first */
    if (!items) return;
    for (size_t i = 0; i < c->errors.count; i++)
        err_copy(&items[i], &c->errors.items[i]);
    *kept = (struct err_list){items, c->errors.count};
    http_answer_fields(r->http, kept);
}

#define HTTP_MEMBER(result, name, parameters) .name = http_svc_##name,
const struct crm_http services_http = {
    .size = sizeof services_http, .version = CRM_HTTP_VERSION, CRM_HTTP_TABLE(HTTP_MEMBER)};
