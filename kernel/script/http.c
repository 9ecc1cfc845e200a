/* Requests of scripts. See http.h. Functions l_... raise and own nothing. */
#include "script/http.h"

#include <stdio.h>
#include <stdlib.h>

#include <lauxlib.h>

#include "event/gate.h"
#include "event/subscribe.h"
#include "lua/plain.h"
#include "script/messages.h"
#include "script/unit.h"

enum {
    PAYLOAD_BYTES = 200 * 1024,
    ATTEMPTS = 5,
    FIRST_PAUSE_MS = 10000,
    ANSWER_BYTES = 100 * 1024
};

static const struct str http_kind = {"script.http", 11};

/* ---- asking -----------------------------------------------------------------------------------
 */

static const json_t *member(const json_t *asked, const char *key) {
    return json_object_get(asked, key);
}

/* Borrowed from the tree. */
static crm_status request_of(const json_t *asked, struct gate_header headers[GATE_HEADERS_MAX + 1],
                             struct gate_request *ret, struct err *err) {
    const char *name;
    json_t *value;
    struct str method = json_str(member(asked, "method"));
    *ret = (struct gate_request){.method = method.len ? method : STR("POST"),
                                 .url = json_str(member(asked, "url")),
                                 .body = json_str(member(asked, "body")),
                                 .headers = headers};
    json_object_foreach((json_t *)(uintptr_t)member(asked, "headers"), name, value) {
        const struct str args[] = {str_from(name), STR("a text")};
        if (!json_is_string(value))
            return err_set_args(err, CRM_INVALID, &say_script_argument, args, 2);
        if (ret->header_count == GATE_HEADERS_MAX) break;
        headers[ret->header_count++] = (struct gate_header){str_from(name), json_str(value)};
    }
    return CRM_OK;
}

static bool is_known(const char *key) {
    static const char *const keys[] = {"method", "url", "body", "json", "headers", "event"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!strcmp(key, keys[i])) return true;
    return false;
}

/* `json` becomes the body with its content type. */
static crm_status settle_body(json_t *asked, struct err *err) {
    const json_t *tree = member(asked, "json");
    if (!tree) return CRM_OK;
    char *text = json_dumps(tree, JSON_COMPACT | JSON_ENCODE_ANY);
    json_t *headers = json_object_get(asked, "headers");
    if (!headers) {
        headers = json_object();
        (void)json_object_set_new(asked, "headers", headers);
    }
    bool made = text && headers && json_object_set_new(asked, "body", json_string(text)) == 0 &&
                json_object_set_new(headers, "Content-Type", json_string("application/json")) == 0;
    free(text);
    (void)json_object_del(asked, "json");
    return made ? CRM_OK : err_no_memory(err);
}

static crm_status check(json_t *asked, struct str allowed, struct err *err) {
    struct gate_header headers[GATE_HEADERS_MAX + 1];
    struct gate_request request;
    const char *key;
    json_t *value;
    const struct str wanted[] = {STR("crm.http"),
                                 STR("a table with url, method, body or json, headers, event")};
    if (!json_is_object(asked))
        return err_set_args(err, CRM_INVALID, &say_script_argument, wanted, 2);
    json_object_foreach(asked, key, value) {
        bool is_text = strcmp(key, "json") != 0 && strcmp(key, "headers") != 0;
        if (!is_known(key) || (is_text && !json_is_string(value)))
            return err_set_args(err, CRM_INVALID, &say_script_argument, wanted, 2);
    }
    crm_status status = settle_body(asked, err);
    if (status == CRM_OK) status = request_of(asked, headers, &request, err);
    if (status != CRM_OK) return status;
    request.allowed = allowed;
    return gate_check(&request, err);
}

/* Headers hold secrets: a dry run does not show them. */
static void tell(struct script_run *r, const json_t *asked) {
    json_t *shown = json_copy((json_t *)(uintptr_t)asked);
    if (shown) (void)json_object_del(shown, "headers");
    char *text = shown ? json_dumps(shown, JSON_COMPACT) : NULL;
    if (text) script_run_effect(r, "http", STR_NONE, 0, str_from(text));
    free(text);
    json_decref(shown);
}

static size_t requests_of(const struct script_run *r) {
    size_t count = 0;
    for (size_t i = 0; i < r->out_count; i++)
        count += !r->outs[i].is_mail;
    return count;
}

static crm_status ask(struct script_run *r, lua_State *L, struct err *err) {
    JSON_CLEANUP json_t *asked = NULL;
    if (requests_of(r) == SCRIPT_OUT_MAX)
        return err_set(err, CRM_TOO_LARGE, &say_script_http_many, NULL);
    crm_status status = plain_json_get(L, 1, &plain_limits_default, &asked, err);
    if (status == CRM_OK) status = check(asked, r->http_allowed, err);
    if (status != CRM_OK) return status;
    char *text = json_dumps(asked, JSON_COMPACT);
    struct str payload = text ? arena_str(r->arena, str_from(text)) : STR_NONE;
    free(text);
    if (!payload.ptr) return err_no_memory(err);
    if (payload.len > PAYLOAD_BYTES) return err_set(err, CRM_TOO_LARGE, &say_script_result, NULL);
    struct script_out *all =
        arena_grow(r->arena, r->outs, r->out_count, &r->out_capacity, sizeof *all);
    if (!all) return err_no_memory(err);
    r->outs = all;
    all[r->out_count++] = (struct script_out){.payload = payload};
    tell(r, asked);
    return CRM_OK;
}

static int l_http(lua_State *L) {
    struct script_run *r = l_run(L, "http");
    struct err err;
    l_check_stopped(L, r);
    if (r->hook) l_fail(L, &say_script_not_before, (const struct str[]){STR("http")}, 1);
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    luaL_checkstack(L, 40, NULL);
    l_note_place(L, r);
    l_raise_status(L, ask(r, L, &err), &err);
    return 0;
}

void l_http_open(lua_State *L) {
    lua_pushcfunction(L, l_http);
    lua_setfield(L, -2, "http");
}

crm_status script_http_write(const struct script_run *r, struct event_hub *hub, struct str cause,
                             struct store_conn *writer, struct err *err) {
    crm_status status = CRM_OK;
    if (r->out_count && !hub) return err_internal(err, "requests without jobs");
    for (size_t i = 0; status == CRM_OK && i < r->out_count; i++) {
        if (r->outs[i].is_mail) continue;
        const struct event_job_new job = {.kind = http_kind,
                                          .payload = r->outs[i].payload,
                                          .cause = cause,
                                          .depth = r->changeset ? r->changeset->depth : 0};
        status = event_job_enqueue(hub, writer, &job, NULL, err);
    }
    return status;
}

/* ---- sending ----------------------------------------------------------------------------------
 */

struct sending {
    struct event_job_run *run;
    struct str event;
    struct gate_answer answer;
    struct str failure; /* why nobody answered */
};

static bool is_cancelled(void *ctx) { return event_job_is_cancelled(ctx); }

/* Another time it may go better. */
static bool is_passing(const struct gate_answer *a) {
    return a->status == 429 || a->status == 502 || a->status == 503 || a->status == 504;
}

static crm_status emit_answer(void *ctx, struct store_conn *writer, struct err *err) {
    const struct sending *s = ctx;
    struct json_writer out;
    BUF_CLEANUP struct buf data;
    buf_init(&data, 4 * GATE_ANSWER_MAX);
    if (!s->event.len) return CRM_OK;
    /* What a payload holds; a longer body is left out. */
    struct str body = s->answer.body;
    bool is_cut = s->answer.is_cut || body.len > ANSWER_BYTES;
    if (body.len > ANSWER_BYTES) body = STR_NONE;
    json_writer_init(&out, &data);
    json_object_open(&out);
    json_key_lit(&out, "status");
    json_int64(&out, s->answer.status);
    json_key_lit(&out, "type");
    json_text_or_nil(&out, s->answer.type);
    json_key_lit(&out, "body");
    json_text_or_nil(&out, body);
    json_key_lit(&out, "cut");
    json_bool(&out, is_cut);
    json_key_lit(&out, "failure");
    json_text_or_nil(&out, s->failure);
    json_object_shut(&out);
    if (data.status != CRM_OK) return err_no_memory(err);
    return event_emit(s->run->hub, writer, s->event, buf_str(&data), s->run->job->cause,
                      s->run->job->depth + 1, err);
}

static crm_status send_now(struct sending *s, const struct script_host *host, const json_t *asked,
                           struct err *err) {
    struct gate_header headers[GATE_HEADERS_MAX + 1];
    struct gate_request request;
    char key[24];
    crm_status status = request_of(asked, headers, &request, err);
    if (status != CRM_OK) return status;
    (void)snprintf(key, sizeof key, "%lld", (long long)s->run->job->id);
    if (request.header_count < GATE_HEADERS_MAX) /* a killed server may have sent it already */
        headers[request.header_count++] =
            (struct gate_header){STR("Idempotency-Key"), str_from(key)};
    request.allowed = host->options.http_allowed;
    request.is_cancelled = is_cancelled;
    request.ctx = s->run;
    status = gate_send(&request, s->run->arena, &s->answer, err);
    if (status == CRM_OK && is_passing(&s->answer))
        status = err_set_args(err, CRM_UNAVAILABLE, &say_script_http_busy, &request.url, 1);
    return status;
}

static crm_status http_run(void *ctx, struct event_job_run *run, struct err *err) {
    JSON_CLEANUP json_t *asked = NULL;
    struct sending s = {.run = run};
    crm_status status = json_parse(run->job->payload, &json_limits_default, &asked, err);
    if (status != CRM_OK) return status;
    s.event = json_str(member(asked, "event"));
    status = send_now(&s, ctx, asked, err);
    bool is_last = status == CRM_FORBIDDEN || run->job->attempts >= ATTEMPTS;
    if (status != CRM_OK && (status == CRM_CANCELLED || !is_last || !s.event.len)) return status;
    if (status != CRM_OK) { /* told to the script, and its job is done */
        BUF_CLEANUP struct buf text;
        buf_init(&text, 4096);
        err_format(err, LANGUAGE_EN, &text);
        s.failure = arena_str(run->arena, buf_str(&text));
    }
    return event_job_finish(run, emit_answer, &s, err);
}

crm_status script_http_kind(struct script_host *host, struct err *err) {
    const struct event_job_kind kind = {.name = http_kind,
                                        .owner = STR("script"),
                                        .max_attempts = ATTEMPTS,
                                        .first_pause_ms = FIRST_PAUSE_MS,
                                        .lease_ms = 2 * GATE_TIMEOUT_MS,
                                        .outbound = true,
                                        .run = http_run,
                                        .ctx = host};
    return event_job_kind_add(host->options.hub, &kind, err);
}
