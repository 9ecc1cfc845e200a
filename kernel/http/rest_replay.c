/* POST scripts/replay: what a script would have done in a period, found out by a job of the caller
 * whose answer stands in GET jobs/{id}. See script/replay.h. */
#include <stdio.h>
#include <stdlib.h>

#include "http/connection.h"
#include "http/describe.h"
#include "http/messages.h"
#include "http/rest_job.h"
#include "script/messages.h"
#include "script/replay.h"

#define REPLAY_JOB "kernel.replay"
enum { JOB_ITEMS = 200, RESULT_BYTES = 16 << 20, MANY_TEXT_BYTES = 200 * 1024 };

static crm_status moment_of(const json_t *body, const char *key, int64_t *ret, struct err *err) {
    const json_t *value = json_object_get(body, key);
    *ret = 0;
    return !value || time_parse(json_str(value), ret) ? CRM_OK
                                                      : http_body_key_type(key, "a moment", err);
}

static crm_status check_body(struct script_host *host, const json_t *body, struct err *err) {
    int64_t since, until;
    const json_t *text = json_object_get(body, "text"), *script = json_object_get(body, "script");
    const json_t *compare = json_object_get(body, "compare");
    struct str owner = json_str(script);
    if (!owner.len) return http_body_key_type("script", "a text", err);
    if (text && (!json_is_string(text) || json_string_length(text) > MANY_TEXT_BYTES))
        return http_body_key_type("text", "a text of up to 200 KB", err);
    if (compare && !json_is_boolean(compare))
        return http_body_key_type("compare", "true or false", err);
    if (json_is_true(compare) && !text) return http_body_key_type("text", "the other version", err);
    crm_status status = moment_of(body, "since", &since, err);
    if (status == CRM_OK) status = moment_of(body, "until", &until, err);
    if (status == CRM_OK && !since) return http_body_key_type("since", "a moment", err);
    if (status != CRM_OK || text) return status;
    return script_host_has(host, owner)
               ? CRM_OK
               : err_set_args(err, CRM_NOT_FOUND, &say_script_no_owner, &owner, 1);
}

static crm_status replay(struct http_request *r, void *ctx, struct err *err) {
    json_t *body;
    crm_status status = http_rest_admin(r, err);
    if (status == CRM_OK) status = http_query_only(r, err, NULL);
    if (status == CRM_OK)
        status =
            http_body_object(r, &body, err, "script", "text", "since", "until", "compare", NULL);
    if (status == CRM_OK) status = check_body(ctx, body, err);
    if (status != CRM_OK) return status;
    char *payload = json_dumps(body, JSON_COMPACT);
    if (!payload) return err_no_memory(err);
    status = http_rest_job_submit(r, REPLAY_JOB, str_from(payload), err);
    free(payload);
    return status;
}

/* ---- the job ---------------------------------------------------------------------------------
 */

static bool is_cancelled(void *ctx) { return event_job_is_cancelled(ctx); }

static void on_progress(void *ctx, int64_t runs) {
    char text[40];
    event_job_progress(ctx, str_make(text, (size_t)snprintf(text, sizeof text, "{\"runs\":%lld}",
                                                            (long long)runs)));
}

static crm_status run_replay(const struct script_replay *wanted, struct event_job_run *run,
                             struct err *err) {
    BUF_CLEANUP struct buf text;
    struct json_writer out;
    buf_init(&text, RESULT_BYTES);
    json_writer_init(&out, &text);
    crm_status status = script_replay_json(wanted, &out, err);
    if (status == CRM_OK && text.status != CRM_OK) status = err_no_memory(err);
    return status == CRM_OK ? http_rest_job_finish(run, buf_str(&text), err) : status;
}

static crm_status replay_job(void *ctx, struct event_job_run *run, struct err *err) {
    struct actor actor;
    struct access access;
    JSON_CLEANUP json_t *body = NULL;
    crm_status status = json_parse(run->job->payload, NULL, &body, err);
    if (status == CRM_OK) status = event_job_actor(run, &actor, err);
    if (status != CRM_OK) return status;
    struct schema *schema = engine_schema(run->engine);
    access_init(&access, schema, &actor);
    const json_t *text = json_object_get(body, "text");
    struct script_replay wanted = {.host = ctx,
                                   .engine = run->engine,
                                   .conn = run->reader,
                                   .access = &access,
                                   .script = json_str(json_object_get(body, "script")),
                                   .text = json_str(text),
                                   .compare = json_is_true(json_object_get(body, "compare")),
                                   .items_max = JOB_ITEMS,
                                   .is_cancelled = is_cancelled,
                                   .on_progress = on_progress,
                                   .ctx = run};
    status = access_permits(&access, "scripts")
                 ? moment_of(body, "since", &wanted.since_ms, err)
                 : err_set(err, CRM_FORBIDDEN, &say_script_admin, NULL);
    if (status == CRM_OK) status = moment_of(body, "until", &wanted.until_ms, err);
    if (status == CRM_OK) status = run_replay(&wanted, run, err);
    schema_unref(schema);
    run->give_up = status != CRM_OK && status != CRM_UNAVAILABLE && status != CRM_CANCELLED;
    return status;
}

crm_status http_rest_replays(struct http_server *s, struct err *err) {
    const struct event_job_kind kind = {
        .name = STR(REPLAY_JOB), .owner = STR("kernel"), .run = replay_job, .ctx = s->scripts};
    const struct http_route route = {
        .method = "POST",
        .pattern = HTTP_API "/scripts/replay",
        .lane = HTTP_LANE_READER,
        .handle = replay,
        .ctx = s->scripts,
        .summary = "What a script, or a text in its place, would have done in a period, or how the "
                   "two differ: a job",
        .body_schema = DESCRIBE_OBJECT("\"script\":" DESCRIBE_TEXT ",\"text\":" DESCRIBE_TEXT
                                       ",\"since\":" DESCRIBE_MOMENT ",\"until\":" DESCRIBE_MOMENT
                                       ",\"compare\":{\"type\":\"boolean\"}"),
        .answer_status = "202",
        .answer_schema = DESCRIBE_OBJECT("\"job\":" DESCRIBE_TEXT),
        .tag = "scripts"};
    crm_status status = s->events ? event_job_kind_add(s->events, &kind, err) : CRM_OK;
    return status == CRM_OK ? http_route_add(s, STR("kernel"), &route, err) : status;
}
