/* POST hooks/OWNER/NAME: what other programs tell scripts, and for administrators the list of these
 * addresses, their secrets and users. See script/webhook.h. */
#include "base/time.h"
#include "http/connection.h"
#include "http/describe.h"
#include "http/messages.h"
#include "http/rest.h"
#include "script/messages.h"
#include "script/webhook.h"

enum { OVERLAP_HOURS = 24, OVERLAP_HOURS_MAX = 720 };

/* ---- taking -----------------------------------------------------------------------------------
 */

static struct str header(void *ctx, struct str name) {
    const struct http_request *r = ctx;
    return http_headers_find(&r->headers, name);
}

static void put_queued(struct http_request *r, const struct script_webhook_answer *answer) {
    struct json_writer *w = http_json(r);
    http_status(r, 202);
    json_object_open(w);
    json_key_lit(w, "accepted");
    json_bool(w, true);
    json_key_lit(w, "repeated");
    json_bool(w, answer->is_repeated);
    json_object_shut(w);
}

/* What a script returns for nothing says nothing. */
static void put_value(struct http_request *r, const struct script_webhook_answer *answer) {
    if (answer->is_repeated || str_is(answer->value, "null")) {
        http_status(r, 204);
        return;
    }
    http_status(r, 200);
    json_raw(http_json(r), answer->value);
}

static crm_status take(struct http_request *r, void *ctx, struct err *err) {
    const struct script_webhook_request request = {
        .path = http_param(r, "path"),
        .type = http_headers_get(&r->headers, HTTP_HEADER_CONTENT_TYPE),
        .body = http_body(r),
        .header = header,
        .ctx = r,
        .now_ms = clock_now_ms()};
    struct script_webhook_answer answer;
    crm_status status =
        script_webhook_take(ctx, http_reader(r), &request, http_arena(r), &answer, err);
    if (status == CRM_TOO_MANY || status == CRM_UNAVAILABLE)
        http_retry_after(r, (int)answer.retry_after);
    if (status != CRM_OK) return status;
    if (answer.job)
        put_queued(r, &answer);
    else
        put_value(r, &answer);
    return CRM_OK;
}

/* ---- for administrators ------------------------------------------------------------------------
 */

static crm_status list(struct http_request *r, void *ctx, struct err *err) {
    struct record_view *view;
    crm_status status = http_query_only(r, err, NULL);
    if (status == CRM_OK) status = http_rest_admin(r, err);
    if (status == CRM_OK) status = http_rest_view(r, &view, err);
    if (status != CRM_OK) return status;
    struct json_writer *w = http_json(r);
    json_object_open(w);
    json_key_lit(w, "address"); /* with a webhook's path behind it */
    json_text(w, arena_printf(http_arena(r), "%.*s" HTTP_API "/hooks/",
                              STR_ARG(http_server_public_url(http_server_of(r)))));
    json_key_lit(w, "webhooks");
    status = script_webhooks_json(ctx, http_reader(r), http_access(r), http_arena(r), w, err);
    json_object_shut(w);
    return status;
}

static crm_status text_of(const json_t *body, const char *key, struct str *ret, struct err *err) {
    const json_t *value = json_object_get(body, key);
    if (!value) return CRM_OK;
    if (!json_is_string(value)) return http_body_key_type(key, "a text", err);
    *ret = json_str(value);
    return CRM_OK;
}

static crm_status overlap_of(const json_t *body, int64_t *ret_ms, struct err *err) {
    const json_t *value = json_object_get(body, "overlap_hours");
    int64_t hours = value ? json_integer_value(value) : OVERLAP_HOURS;
    if ((value && !json_is_integer(value)) || hours < 0 || hours > OVERLAP_HOURS_MAX)
        return http_body_key_type("overlap_hours", "a whole number from 0 to 720", err);
    *ret_ms = hours * 3600000;
    return CRM_OK;
}

/* Its runs have a user's rights, and its secret lets others in: an administrator's alone. */
static crm_status admin_only(struct http_request *r, struct err *err) {
    return access_is_admin(http_access(r)) ? CRM_OK
                                           : err_set(err, CRM_FORBIDDEN, &say_script_admin, NULL);
}

static crm_status change_of(struct http_request *r, struct script_host *host,
                            struct script_webhook_change *ret, struct err *err) {
    json_t *body;
    struct str user = STR_NONE;
    crm_status status = http_query_only(r, err, NULL);
    if (status == CRM_OK) status = admin_only(r, err);
    if (status == CRM_OK)
        status = http_body_object(r, &body, err, "script", "name", "user", "secret",
                                  "overlap_hours", NULL);
    if (status == CRM_OK) status = text_of(body, "script", &ret->owner, err);
    if (status == CRM_OK) status = text_of(body, "name", &ret->name, err);
    if (status == CRM_OK) status = text_of(body, "user", &user, err);
    if (status == CRM_OK) status = text_of(body, "secret", &ret->secret, err);
    if (status == CRM_OK) status = overlap_of(body, &ret->overlap_ms, err);
    if (status != CRM_OK || !user.len) return status;
    return script_webhook_user(host, user, http_arena(r), &ret->actor, err);
}

static crm_status set(struct http_request *r, struct script_host *host, bool renews,
                      struct err *err) {
    struct script_webhook_change change = {.renews = renews};
    struct str secret = STR_NONE;
    crm_status status = change_of(r, host, &change, err);
    if (status == CRM_OK && !renews && !change.actor)
        status = http_body_key_type("user", "the login or id of an active user", err);
    if (status == CRM_OK) status = script_webhook_set(host, &change, http_arena(r), &secret, err);
    if (status != CRM_OK) return status;
    if (!renews) {
        http_status(r, 204);
        return CRM_OK;
    }
    http_answer_header(r, "Cache-Control", STR("no-store"));
    struct json_writer *w = http_json(r);
    json_object_open(w);
    json_key_lit(w, "secret");
    json_text(w, secret);
    json_object_shut(w);
    return CRM_OK;
}

static crm_status set_user(struct http_request *r, void *ctx, struct err *err) {
    return set(r, ctx, false, err);
}

static crm_status renew(struct http_request *r, void *ctx, struct err *err) {
    return set(r, ctx, true, err);
}

#define HOOK  "\"script\":" DESCRIBE_TEXT ",\"name\":" DESCRIBE_TEXT ",\"user\":" DESCRIBE_TEXT
#define HOURS "{\"type\":\"integer\",\"minimum\":0,\"maximum\":720}"

crm_status http_rest_hooks(struct http_server *s, struct err *err) {
    const struct http_route routes[] = {
        {.method = "POST",
         .pattern = HTTP_API "/hooks/{path*}",
         .lane = HTTP_LANE_READER,
         .flags = HTTP_ROUTE_PUBLIC | HTTP_ROUTE_NO_CSRF,
         .body_limit = SCRIPT_WEBHOOK_BODY_MAX,
         .handle = take,
         .ctx = s->scripts,
         .summary = "Tell a script something, with a signature or a secret in a header",
         .body_type = "*/*",
         .answer_status = "202",
         .answer_schema = DESCRIBE_ANY_OBJECT,
         .tag = "webhooks"},
        {.method = "GET",
         .pattern = HTTP_API "/scripts/webhooks",
         .lane = HTTP_LANE_READER,
         .handle = list,
         .ctx = s->scripts,
         .summary = "The webhooks that scripts declare, and why one does not answer",
         .answer_schema = DESCRIBE_OBJECT("\"address\":" DESCRIBE_TEXT
                                          ",\"webhooks\":" DESCRIBE_LIST(DESCRIBE_ANY_OBJECT)),
         .tag = "webhooks"},
        {.method = "POST",
         .pattern = HTTP_API "/scripts/webhooks/user",
         .lane = HTTP_LANE_READER,
         .handle = set_user,
         .ctx = s->scripts,
         .summary = "Give a webhook's runs the rights of a user",
         .body_schema = DESCRIBE_OBJECT(HOOK),
         .answer_status = "204",
         .tag = "webhooks"},
        {.method = "POST",
         .pattern = HTTP_API "/scripts/webhooks/secret",
         .lane = HTTP_LANE_READER,
         .handle = renew,
         .ctx = s->scripts,
         .summary = "Make or take another secret for a webhook; it is shown this once",
         .body_schema =
             DESCRIBE_OBJECT(HOOK ",\"secret\":" DESCRIBE_TEXT ",\"overlap_hours\":" HOURS),
         .answer_status = "200",
         .answer_schema = DESCRIBE_OBJECT("\"secret\":" DESCRIBE_TEXT),
         .tag = "webhooks"},
    };
    return http_routes_add(s, STR("kernel"), routes, sizeof routes / sizeof *routes, err);
}
