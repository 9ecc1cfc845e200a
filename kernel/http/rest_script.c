/* Routes of scripts: what there is, stopping and starting. See script/host.h. */
#include <string.h>

#include "base/time.h"
#include "http/connection.h"
#include "http/describe.h"
#include "http/rest.h"
#include "script/host.h"
#include "script/messages.h"
#include "script/tally.h"

crm_status http_rest_admin(struct http_request *r, struct err *err) {
    return access_permits(http_access(r), "scripts")
               ? CRM_OK
               : err_set(err, CRM_FORBIDDEN, &say_script_admin, NULL);
}

struct tallies {
    struct arena *arena;
    struct script_tally *list; /* sorted once all are there */
    size_t count, capacity;
    bool is_all;
};

/* NULL `tallies`: what runs did is not asked for. */
struct listing {
    struct json_writer *out;
    const struct tallies *tallies;
    struct script_stop *stops;
    size_t stop_count;
};

static bool gather(void *ctx, const struct script_handler_info *it) {
    struct tallies *t = ctx;
    if (t->count == t->capacity) {
        size_t capacity = t->capacity ? t->capacity * 2 : 64;
        struct script_tally *list = ARENA_ARRAY(t->arena, capacity, struct script_tally);
        if (!list) return false;
        if (t->count) memcpy(list, t->list, t->count * sizeof *list);
        t->list = list;
        t->capacity = capacity;
    }
    struct str handler = arena_str(t->arena, it->handler);
    if (!handler.ptr) return false;
    t->list[t->count++] = (struct script_tally){.handler = handler};
    return true;
}

static crm_status count_runs(struct http_request *r, struct script_host *host, struct tallies *ret,
                             struct err *err) {
    ret->arena = http_arena(r);
    script_host_each(host, gather, ret);
    script_tallies_sort(ret->list, ret->count);
    return script_tallies_fill(http_reader(r), clock_now_ms() - MS_PER_DAY, ret->list, ret->count,
                               &ret->is_all, err);
}

static void put_tally(struct json_writer *w, const struct tallies *t,
                      const struct script_handler_info *it) {
    const struct script_tally *found = script_tally_find(t->list, t->count, it->handler);
    json_key_lit(w, "day");
    json_object_open(w);
    json_key_lit(w, "runs");
    json_int64(w, found ? found->runs : 0);
    json_key_lit(w, "failed");
    json_int64(w, found ? found->failed : 0);
    json_key_lit(w, "exact");
    json_bool(w, t->is_all);
    json_object_shut(w);
}

static bool put_handler(void *ctx, const struct script_handler_info *it) {
    const struct listing *l = ctx;
    struct json_writer *w = l->out;
    const struct {
        const char *key;
        struct str text;
    } texts[] = {{"script", it->owner},    {"version", it->version}, {"kind", str_from(it->kind)},
                 {"subject", it->subject}, {"entity", it->entity},   {"when", it->when},
                 {"handler", it->handler}, {"name", it->name},       {"file", it->file}};
    json_object_open(w);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_key(w, str_from(texts[i].key));
        json_text_or_nil(w, texts[i].text);
    }
    json_key_lit(w, "line");
    json_int64(w, it->line);
    json_key_lit(w, "stopped");
    json_bool(w, it->is_stopped);
    json_key_lit(w, "disabled");
    script_stop_json(w, script_stop_find(l->stops, l->stop_count, it->owner));
    if (l->tallies) put_tally(w, l->tallies, it);
    json_object_shut(w);
    return true;
}

static crm_status list(struct http_request *r, void *ctx, struct err *err) {
    struct script_host *host = ctx;
    bool counted = false;
    struct tallies tallies = {.count = 0};
    crm_status status = http_query_only(r, err, "runs", NULL);
    if (status == CRM_OK) status = http_query_flag(r, "runs", &counted, err);
    if (status == CRM_OK) status = http_rest_admin(r, err);
    struct listing l = {.out = http_json(r), .tallies = counted ? &tallies : NULL};
    struct record_view *view; /* opens the reader */
    if (status == CRM_OK) status = http_rest_view(r, &view, err);
    if (status == CRM_OK)
        status = script_stops_read(http_reader(r), http_arena(r), &l.stops, &l.stop_count, err);
    if (status == CRM_OK && counted) status = count_runs(r, host, &tallies, err);
    if (status != CRM_OK) return status;
    struct json_writer *w = l.out;
    json_object_open(w);
    json_key_lit(w, "handlers");
    json_array_open(w);
    script_host_each(host, put_handler, &l);
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
         .query_schema =
             DESCRIBE_QUERY("runs", DESCRIBE_FLAG, "Count runs and failures of the last day, too"),
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
