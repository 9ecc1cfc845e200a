/* Routes of scripts: what there is, stopping and starting. See script/host.h. */
#include "http/connection.h"
#include "http/describe.h"
#include "http/rest.h"
#include "script/host.h"
#include "script/messages.h"

crm_status http_rest_admin(struct http_request *r, struct err *err) {
    return access_is_admin(http_access(r)) ? CRM_OK
                                           : err_set(err, CRM_FORBIDDEN, &say_script_admin, NULL);
}

static bool put_handler(void *ctx, const struct script_handler_info *it) {
    struct json_writer *w = ctx;
    json_object_open(w);
    json_key_lit(w, "script");
    json_text(w, it->owner);
    json_key_lit(w, "version");
    json_text(w, it->version);
    json_key_lit(w, "stopped");
    json_bool(w, it->is_stopped);
    json_key_lit(w, "kind");
    json_cstr(w, it->kind);
    json_key_lit(w, "subject");
    json_text(w, it->subject);
    json_key_lit(w, "name");
    json_text_or_nil(w, it->name);
    json_key_lit(w, "file");
    json_text(w, it->file);
    json_key_lit(w, "line");
    json_int64(w, it->line);
    json_object_shut(w);
    return true;
}

static crm_status list(struct http_request *r, void *ctx, struct err *err) {
    struct script_host *host = ctx;
    crm_status status = http_query_only(r, err, NULL);
    if (status == CRM_OK) status = http_rest_admin(r, err);
    if (status != CRM_OK) return status;
    struct json_writer *w = http_json(r);
    json_object_open(w);
    json_key_lit(w, "handlers");
    json_array_open(w);
    script_host_each(host, put_handler, w);
    json_array_shut(w);
    json_object_shut(w);
    return CRM_OK;
}

/* {"script":"scripts/renewals"} */
static crm_status named(struct http_request *r, struct str *ret, struct err *err) {
    json_t *body;
    crm_status status = http_rest_admin(r, err);
    if (status == CRM_OK) status = http_query_only(r, err, NULL);
    if (status == CRM_OK) status = http_body_object(r, &body, err, "script", NULL);
    if (status != CRM_OK) return status;
    const json_t *script = json_object_get(body, "script");
    if (!json_is_string(script)) return http_body_key_type("script", "a text", err);
    *ret = json_str(script);
    return CRM_OK;
}

static crm_status stop(struct http_request *r, void *ctx, struct err *err) {
    struct script_host *host = ctx;
    struct str owner = STR_NONE;
    int64_t cancelled = 0;
    crm_status status = named(r, &owner, err);
    if (status == CRM_OK) status = script_host_stop(host, owner, &cancelled, err);
    if (status != CRM_OK) return status;
    struct json_writer *w = http_json(r);
    json_object_open(w);
    json_key_lit(w, "cancelled");
    json_int64(w, cancelled);
    json_object_shut(w);
    return CRM_OK;
}

static crm_status start(struct http_request *r, void *ctx, struct err *err) {
    struct script_host *host = ctx;
    struct str owner = STR_NONE;
    crm_status status = named(r, &owner, err);
    if (status == CRM_OK) status = script_host_resume(host, owner, err);
    if (status == CRM_OK) http_status(r, 204);
    return status;
}

#define NAMED DESCRIBE_OBJECT("\"script\":" DESCRIBE_TEXT)

crm_status http_rest_scripts(struct http_server *s, struct err *err) {
    const struct http_route routes[] = {
        {.method = "GET",
         .pattern = HTTP_API "/scripts",
         .lane = HTTP_LANE_READER,
         .handle = list,
         .ctx = s->scripts,
         .summary = "The handlers of modules, plugins and scripts",
         .answer_schema = DESCRIBE_OBJECT("\"handlers\":" DESCRIBE_LIST(DESCRIBE_ANY_OBJECT)),
         .tag = "scripts"},
        {.method = "POST",
         .pattern = HTTP_API "/scripts/stop",
         .lane = HTTP_LANE_READER,
         .handle = stop,
         .ctx = s->scripts,
         .summary = "Stop a plugin's or script's handlers and cancel what waits or runs of it",
         .body_schema = NAMED,
         .answer_status = "200",
         .answer_schema = DESCRIBE_OBJECT("\"cancelled\":{\"type\":\"integer\"}"),
         .tag = "scripts"},
        {.method = "POST",
         .pattern = HTTP_API "/scripts/start",
         .lane = HTTP_LANE_READER,
         .handle = start,
         .ctx = s->scripts,
         .summary = "Let them run again",
         .body_schema = NAMED,
         .answer_status = "204",
         .tag = "scripts"},
    };
    return http_routes_add(s, STR("kernel"), routes, sizeof routes / sizeof *routes, err);
}
