/* What a webhook's handler is told, and its runs as jobs. See webhook_run.h. */
#include "script/webhook_run.h"

#include <lauxlib.h>
#include <sodium.h>

#include "base/id.h"
#include "script/unit.h"

static const struct str webhook_kind = {"script.webhook", 14};

bool script_webhook_is_json(struct str type) {
    struct str rest = type, media;
    if (!str_split(&rest, ';', &media)) media = type;
    media = str_trim(media);
    if (str_eq_nocase(media, STR("application/json"))) return true;
    static const struct str ending = {"+json", 5};
    return media.len > ending.len &&
           str_eq_nocase(str_make(media.ptr + media.len - ending.len, ending.len), ending);
}

struct str script_webhook_reason(struct arena *a, struct str path, struct str delivery) {
    return arena_printf(a, "webhook %.*s%s%.*s", STR_ARG(path), delivery.len ? " " : "",
                        STR_ARG(delivery));
}

/* ---- as a job's payload -----------------------------------------------------------------------
 */

/* A body may be any bytes. */
static bool add_base64(struct buf *out, struct str bytes) {
    size_t room = sodium_base64_ENCODED_LEN(bytes.len, sodium_base64_VARIANT_ORIGINAL);
    char *at = buf_reserve(out, room);
    if (!at) return false;
    sodium_bin2base64(at, room, (const unsigned char *)(bytes.ptr ? bytes.ptr : ""), bytes.len,
                      sodium_base64_VARIANT_ORIGINAL);
    buf_commit(out, room - 1);
    return true;
}

static void put(struct json_writer *w, const char *key, struct str text) {
    json_key_lit(w, key);
    json_text(w, text);
}

crm_status script_webhook_payload(const struct script_webhook_event *event, struct str handler,
                                  struct arena *a, struct str *ret, struct err *err) {
    BUF_CLEANUP struct buf text, body;
    struct json_writer w;
    buf_init(&text, EVENT_PAYLOAD_MAX);
    buf_init(&body, EVENT_PAYLOAD_MAX);
    if (!add_base64(&body, event->body)) return err_no_memory(err);
    json_writer_init(&w, &text);
    json_object_open(&w);
    put(&w, "handler", handler);
    put(&w, "name", event->name);
    put(&w, "type", event->type);
    put(&w, "delivery", event->delivery);
    put(&w, "body", buf_str(&body));
    json_key_lit(&w, "at");
    json_int64(&w, event->at_ms);
    json_key_lit(&w, "headers");
    json_object_open(&w);
    for (size_t i = 0; i < event->header_count; i++) {
        json_key(&w, event->headers[i].name);
        json_text(&w, event->headers[i].value);
    }
    json_object_shut(&w);
    json_object_shut(&w);
    *ret = arena_str(a, buf_str(&text));
    return text.status == CRM_OK && ret->ptr ? CRM_OK : err_no_memory(err);
}

static crm_status read_body(struct str text, struct arena *a, struct str *ret, struct err *err) {
    size_t len = 0;
    unsigned char *bytes = arena_alloc(a, text.len + 1);
    if (!bytes) return err_no_memory(err);
    if (sodium_base642bin(bytes, text.len + 1, text.ptr, text.len, NULL, &len, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return err_internal(err, "a webhook's payload that is not ours");
    *ret = str_make((const char *)bytes, len);
    return CRM_OK;
}

/* Borrowed from the tree, but for the body. */
static crm_status event_of(const json_t *payload, struct arena *a, struct script_webhook_event *ret,
                           struct err *err) {
    const char *name;
    json_t *value;
    *ret =
        (struct script_webhook_event){.name = json_str(json_object_get(payload, "name")),
                                      .type = json_str(json_object_get(payload, "type")),
                                      .delivery = json_str(json_object_get(payload, "delivery")),
                                      .at_ms = json_integer_value(json_object_get(payload, "at"))};
    json_object_foreach(json_object_get(payload, "headers"), name, value) {
        if (ret->header_count == SCRIPT_WEBHOOK_HEADERS_MAX) break;
        ret->headers[ret->header_count].name = str_from(name);
        ret->headers[ret->header_count++].value = json_str(value);
    }
    return read_body(json_str(json_object_get(payload, "body")), a, &ret->body, err);
}

/* ---- in Lua -----------------------------------------------------------------------------------
 */

static void set_text(lua_State *L, const char *key, struct str text) {
    lua_pushlstring(L, text.ptr ? text.ptr : "", text.len);
    lua_setfield(L, -2, key);
}

int l_push_webhook(lua_State *L, struct script_run *r, void *ctx) {
    (void)r;
    const struct script_webhook_event *event = ctx;
    lua_createtable(L, 0, 7);
    set_text(L, "name", event->name);
    set_text(L, "type", event->type);
    set_text(L, "body", event->body);
    if (event->delivery.len) set_text(L, "delivery", event->delivery);
    lua_pushinteger(L, event->at_ms);
    lua_setfield(L, -2, "at");
    if (script_webhook_is_json(event->type) && event->body.len) {
        struct err err;
        l_raise_status(L, script_push_json(L, event->body, &err), &err);
        lua_setfield(L, -2, "json");
    }
    lua_createtable(L, 0, (int)event->header_count);
    for (size_t i = 0; i < event->header_count; i++) {
        lua_pushlstring(L, event->headers[i].name.ptr, event->headers[i].name.len);
        lua_pushlstring(L, event->headers[i].value.ptr ? event->headers[i].value.ptr : "",
                        event->headers[i].value.len);
        lua_rawset(L, -3);
    }
    lua_setfield(L, -2, "headers");
    return 1;
}

/* ---- the job ----------------------------------------------------------------------------------
 */

static crm_status call_handler(struct script_host *host, struct event_job_run *run,
                               const struct schema *schema, struct str handler,
                               struct script_webhook_event *event, struct err *err) {
    struct script_call call = {.host = host,
                               .job = run,
                               .schema = schema,
                               .name = handler,
                               .arena = run->arena,
                               .conn = run->reader,
                               .push = l_push_webhook,
                               .push_ctx = event,
                               .cpu_ms = host->options.after_ms,
                               .reason = run->job->cause};
    crm_status status = event_job_actor(run, &call.actor, err);
    if (status != CRM_OK) return status;
    call.actor.door = ACCESS_DOOR_SCRIPT;
    status = script_call_named(&call, err);
    run->try_again = script_is_fault(status) || status == CRM_NOT_FOUND;
    return status;
}

static crm_status webhook_run(void *ctx, struct event_job_run *run, struct err *err) {
    JSON_CLEANUP json_t *payload = NULL;
    struct script_webhook_event event;
    bool admitted = true;
    crm_status status = json_parse(run->job->payload, &json_limits_default, &payload, err);
    if (status != CRM_OK) return status;
    const struct str handler = json_str(json_object_get(payload, "handler"));
    status = event_of(payload, run->arena, &event, err);
    if (status == CRM_OK) status = script_job_admit(ctx, run, handler, &admitted, err);
    if (status != CRM_OK || !admitted) return status == CRM_OK ? CRM_CANCELLED : status;
    struct schema *schema = engine_schema(run->engine);
    status = call_handler(ctx, run, schema, handler, &event, err);
    schema_unref(schema);
    return status;
}

crm_status script_webhook_kind(struct script_host *host, struct err *err) {
    const struct event_job_kind kind = {.name = webhook_kind,
                                        .owner = STR("script"),
                                        .max_attempts = host->options.after_attempts,
                                        .first_pause_ms = host->options.after_pause_ms,
                                        .run = webhook_run,
                                        .ctx = host};
    return event_job_kind_add(host->options.hub, &kind, err);
}
