/* Changesets: the list, and undo - answered at once up to 10,000 changes, else done by a job. */
#include <stdio.h>

#include "http/describe.h"
#include "http/connection.h"
#include "http/messages.h"
#include "http/rest_job.h"
#include "record/log.h"
#include "record/messages.h"

enum { UNDO_AT_ONCE = 10000, CONFLICTS_SHOWN = 1000 };
#define UNDO_JOB "kernel.undo"

static crm_status wanted_entity(struct http_request *r, const struct schema_entity **ret,
                                struct err *err) {
    const struct str name = http_query(r, "entity");
    *ret = name.len ? schema_find(http_schema(r), name) : NULL;
    if (!name.len || (*ret && access_entity_visible(http_access(r), *ret))) return CRM_OK;
    return err_set_args(err, CRM_INVALID, &http_entity_unknown, &name, 1);
}

static crm_status list(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    struct record_view *view;
    struct record_changesets_options wanted = {.door = http_query(r, "door"),
                                               .after = http_query(r, "after")};
    crm_status status = http_query_only(r, err, "entity", "actor", "door", "since", "until",
                                        "limit", "after", NULL);
    if (status == CRM_OK) status = http_query_int(r, "limit", 0, 1, 1000, &wanted.limit, err);
    if (status == CRM_OK) status = http_query_int(r, "actor", 0, 0, INT64_MAX, &wanted.actor, err);
    if (status == CRM_OK) status = http_query_moment(r, "since", &wanted.since_ms, err);
    if (status == CRM_OK) status = http_query_moment(r, "until", &wanted.until_ms, err);
    if (status == CRM_OK) status = wanted_entity(r, &wanted.entity, err);
    if (status == CRM_OK) status = http_rest_view(r, &view, err);
    return status == CRM_OK ? record_changesets_json(view, &wanted, http_json(r), err) : status;
}

static void put_conflict(struct json_writer *w, const struct undo_conflict *c) {
    json_object_open(w);
    json_key_lit(w, "entity");
    json_text(w, c->entity ? c->entity->name : STR_NONE);
    json_key_lit(w, "id");
    json_id(w, c->record);
    json_key_lit(w, "field");
    if (c->field) {
        json_text(w, c->field->name);
    } else {
        json_nil(w);
    }
    json_key_lit(w, "expected");
    json_value_put(w, &c->expected);
    json_key_lit(w, "found");
    json_value_put(w, &c->found);
    json_object_shut(w);
}

static void put_undo(struct json_writer *w, const struct undo_result *result, int64_t reverts) {
    json_object_open(w);
    json_key_lit(w, "changeset");
    if (result->changeset) {
        json_object_open(w);
        json_key_lit(w, "id");
        json_id(w, result->changeset);
        json_key_lit(w, "reverts");
        json_id(w, reverts);
        json_object_shut(w);
    } else {
        json_nil(w);
    }
    json_key_lit(w, "conflicts");
    json_array_open(w);
    for (size_t i = 0; i < result->conflict_count && i < CONFLICTS_SHOWN; i++)
        put_conflict(w, &result->conflicts[i]);
    json_array_shut(w);
    json_object_shut(w);
}

static crm_status as_job(struct http_request *r, struct store_conn *reader, int64_t id,
                         struct err *err) {
    crm_status status =
        record_undo_ask(http_engine(r), reader, http_access(r), id, http_arena(r), err);
    struct str payload = arena_printf(http_arena(r), "{\"changeset\":\"%lld\"}", (long long)id);
    return status == CRM_OK ? http_rest_job_submit(r, UNDO_JOB, payload, err) : status;
}

static crm_status undo(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    struct log_changeset changeset;
    struct undo_result result = {0};
    int64_t id;
    json_t *body;
    struct store_conn *reader = http_reader(r);
    crm_status status = http_query_only(r, err, NULL);
    if (status == CRM_OK && http_body(r).len) status = http_body_object(r, &body, err, NULL);
    if (status == CRM_OK && !reader) status = err_set(err, CRM_UNAVAILABLE, &http_queue_full, NULL);
    if (status == CRM_OK && !http_id_param(r, "id", &id))
        status = err_set(err, CRM_NOT_FOUND, &record_changeset_not_found, NULL);
    if (status == CRM_OK) status = log_changeset_get(reader, id, http_arena(r), &changeset, err);
    if (status != CRM_OK) return status;
    if (changeset.changes > UNDO_AT_ONCE) return as_job(r, reader, id, err);
    http_hands_end(r->hands); /* the undo reads and waits for its own write */
    status = record_undo(http_engine(r), reader, http_access(r), id, http_arena(r), &result, err);
    if (status != CRM_OK) return status;
    http_rest_changeset_header(r, result.changeset);
    put_undo(http_json(r), &result, id);
    return CRM_OK;
}

static crm_status undo_job(void *ctx, struct event_job_run *run, struct err *err) {
    (void)ctx;
    struct actor actor;
    struct access access;
    struct undo_result result = {0};
    struct buf out;
    struct json_writer w;
    JSON_CLEANUP json_t *payload = NULL;
    int64_t id = 0;
    crm_status status = json_parse(run->job->payload, NULL, &payload, err);
    if (status == CRM_OK && !id_parse(json_str(json_object_get(payload, "changeset")), &id))
        status = err_internal(err, "payload of " UNDO_JOB);
    if (status == CRM_OK) status = event_job_actor(run, &actor, err);
    if (status != CRM_OK) return status;
    struct schema *schema = engine_schema(run->engine);
    access_init(&access, schema, &actor);
    status = record_undo(run->engine, run->reader, &access, id, run->arena, &result, err);
    /* A second attempt that finds it undone comes after a crash between the undo and its telling.
     */
    if (status == CRM_CONFLICT && run->job->attempts > 1) status = CRM_OK;
    run->give_up = status == CRM_CONFLICT || status == CRM_FORBIDDEN || status == CRM_NOT_FOUND ||
                   status == CRM_REFUSED;
    if (status == CRM_OK) {
        buf_init(&out, HTTP_ANSWER_MAX);
        json_writer_init(&w, &out);
        put_undo(&w, &result, id);
        status = out.status == CRM_OK ? http_rest_job_finish(run, buf_str(&out), err)
                                      : err_no_memory(err);
        buf_fini(&out);
    }
    schema_unref(schema);
    return status;
}

#define CHANGESET_FILTERS                                                                                                   \
    DESCRIBE_QUERY("entity", DESCRIBE_TEXT,                                                                                 \
                   "With changes of its records, which alone are counted")                                                  \
    "," DESCRIBE_QUERY("actor", DESCRIBE_TEXT, "The id of who did it") "," DESCRIBE_QUERY(                                  \
        "door", DESCRIBE_TEXT,                                                                                              \
        "web, rest, import, script, job, cli or migration") "," DESCRIBE_QUERY("since",                                     \
                                                                               DESCRIBE_MOMENT,                             \
                                                                               "Done then or "                              \
                                                                               "later") "," DESCRIBE_QUERY("until",         \
                                                                                                           DESCRIBE_MOMENT, \
                                                                                                           "Done before") ","

static const struct http_route routes[] = {
    {.method = "GET",
     .pattern = HTTP_API "/changesets",
     .lane = HTTP_LANE_READER,
     .handle = list,
     .summary = "What was written, newest first",
     .query_schema = CHANGESET_FILTERS DESCRIBE_PAGE("1000"),
     .answer_schema = DESCRIBE_RECORDS,
     .tag = "history"},
    {.method = "POST",
     .pattern = HTTP_API "/changesets/{id}/undo",
     .lane = HTTP_LANE_READER,
     .handle = undo,
     .summary = "Take a changeset back",
     .answer_schema = DESCRIBE_OBJECT(
         "\"changeset\":{\"type\":[\"object\",\"null\"]},\"conflicts\":" DESCRIBE_LIST(
             DESCRIBE_ANY_OBJECT)),
     .tag = "history"},
};

crm_status http_rest_changesets(struct http_server *s, struct err *err) {
    struct event_job_kind kind = {
        .name = STR(UNDO_JOB), .owner = STR("kernel"), .max_attempts = 3, .run = undo_job};
    crm_status status = s->events ? event_job_kind_add(s->events, &kind, err) : CRM_OK;
    return status == CRM_OK
               ? http_routes_add(s, STR("kernel"), routes, sizeof routes / sizeof *routes, err)
               : status;
}
