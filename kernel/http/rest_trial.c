/* POST scripts/dry-run: what the handlers of a script would write. See script/trial.h. */
#include "http/connection.h"
#include "http/describe.h"
#include "http/messages.h"
#include "http/rest.h"
#include "script/messages.h"
#include "script/compare.h"

enum { RUNS = 100 };

static crm_status text_of(const json_t *body, const char *key, struct str *ret, struct err *err) {
    const json_t *value = json_object_get(body, key);
    if (!value) return CRM_OK;
    if (!json_is_string(value)) return http_body_key_type(key, "a text", err);
    *ret = json_str(value);
    return CRM_OK;
}

static crm_status number_of(const json_t *body, const char *key, int64_t *ret, struct err *err) {
    const json_t *value = json_object_get(body, key);
    if (!value) return CRM_OK;
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return http_body_key_type(key, "a whole number", err);
    *ret = json_integer_value(value);
    return CRM_OK;
}

static crm_status moment_of(const json_t *body, const char *key, int64_t *ret, struct err *err) {
    const json_t *value = json_object_get(body, key);
    if (!value || time_parse(json_str(value), ret)) return CRM_OK;
    return http_body_key_type(key, "a moment", err);
}

/* {"entity":"project","id":"..."} */
static crm_status record_of(const struct access *access, const json_t *body,
                            struct script_trial_wanted *ret, struct err *err) {
    const json_t *record = json_object_get(body, "record");
    if (!record) return CRM_OK;
    struct str entity = json_str(json_object_get(record, "entity"));
    ret->entity = schema_find(access->schema, entity);
    if (!ret->entity || !id_parse(json_str(json_object_get(record, "id")), &ret->record))
        return http_body_key_type("record", "{\"entity\":...,\"id\":...}", err);
    return CRM_OK;
}

/* {"seq":12,"position":0} */
static crm_status event_of(const json_t *body, struct script_trial_wanted *ret, struct err *err) {
    const json_t *event = json_object_get(body, "event");
    ret->position = -1;
    if (!event) return CRM_OK;
    crm_status status = number_of(event, "seq", &ret->seq, err);
    if (status == CRM_OK) status = number_of(event, "position", &ret->position, err);
    if (status == CRM_OK && ret->seq == 0) return http_body_key_type("event", "{\"seq\":...}", err);
    return status;
}

/* {"name":"new","body":"{}","type":"application/json","headers":{}} */
static crm_status webhook_of(const json_t *body, struct script_trial_wanted *ret, struct err *err) {
    const json_t *webhook = json_object_get(body, "webhook");
    if (!webhook) return CRM_OK;
    ret->body_type = STR("application/json");
    ret->headers = json_object_get(webhook, "headers");
    if (!json_is_string(json_object_get(webhook, "name")) ||
        (ret->headers && !json_is_object(ret->headers)))
        return http_body_key_type("webhook", "{\"name\":...,\"body\":...}", err);
    crm_status status = text_of(webhook, "name", &ret->webhook, err);
    if (status == CRM_OK) status = text_of(webhook, "body", &ret->body, err);
    return status == CRM_OK ? text_of(webhook, "type", &ret->body_type, err) : status;
}

static crm_status wanted_of(struct http_request *r, const json_t *body,
                            struct script_trial_wanted *ret, struct err *err) {
    const json_t *form = json_object_get(body, "form");
    int64_t limit = RUNS;
    crm_status status = text_of(body, "script", &ret->script, err);
    if (status == CRM_OK) status = text_of(body, "text", &ret->text, err);
    if (status == CRM_OK) status = text_of(body, "action", &ret->action, err);
    if (status == CRM_OK) status = record_of(http_access(r), body, ret, err);
    if (status == CRM_OK) status = event_of(body, ret, err);
    if (status == CRM_OK) status = webhook_of(body, ret, err);
    if (status == CRM_OK) status = moment_of(body, "since", &ret->since_ms, err);
    if (status == CRM_OK) status = moment_of(body, "until", &ret->until_ms, err);
    if (status == CRM_OK) status = number_of(body, "after", &ret->from_seq, err);
    if (status == CRM_OK) status = number_of(body, "limit", &limit, err);
    if (status != CRM_OK) return status;
    ret->fields = json_object_get(body, "fields");
    if (ret->fields && !json_is_object(ret->fields))
        return http_body_key_type("fields", "an object", err);
    if (form && !json_is_object(form)) return http_body_key_type("form", "an object", err);
    ret->has_period = ret->since_ms > 0;
    ret->limit = limit > 0 && limit < SCRIPT_TRIAL_RUNS_MAX ? (size_t)limit : SCRIPT_TRIAL_RUNS_MAX;
    if (!form) return CRM_OK;
    char *text = json_dumps(form, JSON_COMPACT);
    ret->form = text ? arena_str(http_arena(r), str_from(text)) : STR_NONE;
    free(text);
    return ret->form.ptr ? CRM_OK : err_no_memory(err);
}

static crm_status dry_run(struct http_request *r, void *ctx, struct err *err) {
    json_t *body;
    struct record_view *view;
    struct script_trial_wanted wanted = {0};
    crm_status status = http_rest_admin(r, err);
    if (status == CRM_OK) status = http_query_only(r, err, NULL);
    if (status == CRM_OK)
        status = http_body_object(r, &body, err, "script", "text", "record", "fields", "event",
                                  "since", "until", "after", "limit", "action", "form", "compare",
                                  "webhook", NULL);
    if (status == CRM_OK) status = wanted_of(r, body, &wanted, err);
    if (status == CRM_OK) status = http_rest_view(r, &view, err);
    if (status != CRM_OK) return status;
    if (!json_is_true(json_object_get(body, "compare")))
        return script_trial_json(ctx, view, &wanted, http_json(r), err);
    if (!wanted.text.ptr) return http_body_key_type("text", "the other version", err);
    return script_compare_json(ctx, view, &wanted, http_json(r), err);
}

#define WHOLE   "{\"type\":\"integer\",\"minimum\":0}"
#define BOOLEAN "{\"type\":\"boolean\"}"
#define VERSION "\"script\":" DESCRIBE_TEXT ",\"text\":" DESCRIBE_TEXT ",\"compare\":" BOOLEAN
#define RECORD  DESCRIBE_OBJECT("\"entity\":" DESCRIBE_TEXT ",\"id\":" DESCRIBE_TEXT)
#define EVENT   DESCRIBE_OBJECT("\"seq\":" WHOLE ",\"position\":" WHOLE)
#define PLACE   "\"record\":" RECORD ",\"fields\":" DESCRIBE_ANY_OBJECT ",\"event\":" EVENT
#define PERIOD  "\"since\":" DESCRIBE_MOMENT ",\"until\":" DESCRIBE_MOMENT ",\"after\":" WHOLE
#define REST                                                                                       \
    "\"limit\":" WHOLE ",\"action\":" DESCRIBE_TEXT ",\"form\":" DESCRIBE_ANY_OBJECT               \
    ",\"webhook\":" DESCRIBE_ANY_OBJECT

crm_status http_rest_trials(struct http_server *s, struct err *err) {
    const struct http_route routes[] = {
        {.method = "POST",
         .pattern = HTTP_API "/scripts/dry-run",
         .lane = HTTP_LANE_READER,
         .handle = dry_run,
         .ctx = s->scripts,
         .summary = "What a script, or a text in its place, would write: for a record, an event, a "
                    "period, an action, or on schedule",
         .body_schema = DESCRIBE_OBJECT(VERSION "," PLACE "," PERIOD "," REST),
         .answer_status = "200",
         .answer_schema = DESCRIBE_ANY_OBJECT,
         .tag = "scripts"},
    };
    return http_routes_add(s, STR("kernel"), routes, sizeof routes / sizeof *routes, err);
}
