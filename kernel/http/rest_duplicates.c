/* Records that may be the same: asked about one record, or while one is being typed; all of them
 * gone through by a job and shown in groups; called different. What is looked for and how says
 * record/duplicate.h. */
#include "http/describe.h"
#include "http/messages.h"
#include "http/connection.h"
#include "http/rest_job.h"
#include "record/duplicate_scan.h"

#define SCAN_JOB "kernel.duplicates"
enum { SHOWN = 10, SHARE_STEP = 1000 };

static crm_status look(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    json_t *body;
    struct record_view *view;
    struct duplicate_question q = {0};
    struct err_list *errors = ARENA_NEW(http_arena(r), struct err_list);
    crm_status status = http_query_int(r, "limit", SHOWN, 1, DUPLICATE_SHOWN_MAX, &q.limit, err);
    if (status == CRM_OK) status = http_query_only(r, err, "limit", NULL);
    if (status == CRM_OK) status = http_rest_target(r, &q.entity, NULL, err);
    if (status == CRM_OK) status = http_body_object(r, &body, err, "id", "set", NULL);
    if (status == CRM_OK) status = errors ? http_rest_view(r, &view, err) : err_no_memory(err);
    if (status != CRM_OK) return status;
    const json_t *id = json_object_get(body, "id");
    q.set = json_object_get(body, "set");
    if (q.set && !json_is_object(q.set)) return http_body_key_type("set", "object", err);
    if (id && !id_parse(json_str(id), &q.id))
        return err_set(err, CRM_NOT_FOUND, &http_not_found, NULL);
    status = record_duplicates_json(view, &q, errors, http_json(r), err);
    if (status != CRM_OK && errors->count) http_answer_fields(r, errors);
    return status;
}

/* ---- groups -------------------------------------------------------------------------------- */

static crm_status groups(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    const struct schema_entity *e;
    struct record_view *view;
    int64_t limit;
    crm_status status = http_query_int(r, "limit", 0, 1, 100, &limit, err);
    if (status == CRM_OK) status = http_query_only(r, err, "limit", "after", NULL);
    if (status == CRM_OK) status = http_rest_target(r, &e, NULL, err);
    if (status == CRM_OK) status = http_rest_view(r, &view, err);
    return status == CRM_OK ? record_duplicate_groups_json(view, e, limit, http_query(r, "after"),
                                                           http_json(r), err)
                            : status;
}

static crm_status dismiss(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    const struct schema_entity *e;
    struct record_view *view;
    json_t *body;
    int64_t ids[DUPLICATE_DISMISS_MAX];
    crm_status status = http_query_only(r, err, NULL);
    if (status == CRM_OK) status = http_rest_target(r, &e, NULL, err);
    if (status == CRM_OK) status = http_body_object(r, &body, err, "ids", "again", NULL);
    if (status == CRM_OK) status = http_rest_view(r, &view, err);
    if (status != CRM_OK) return status;
    const json_t *list = json_object_get(body, "ids"), *again = json_object_get(body, "again");
    size_t count = json_array_size(list);
    if (count < 2 || count > DUPLICATE_DISMISS_MAX)
        return http_body_key_type("ids", "list of 2 to 20 ids", err);
    if (again && !json_is_boolean(again)) return http_body_key_type("again", "boolean", err);
    for (size_t i = 0; i < count; i++)
        if (!id_parse(json_str(json_array_get(list, i)), &ids[i]))
            return err_set(err, CRM_NOT_FOUND, &http_not_found, NULL);
    status = record_duplicate_dismiss(view, e, ids, count, json_is_true(again), err);
    if (status == CRM_OK) http_status(r, 204);
    return status;
}

/* ---- the job ------------------------------------------------------------------------------- */

/* Who may merge may look for what to merge. */
static crm_status scan(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    const struct schema_entity *e;
    crm_status status = http_query_only(r, err, NULL);
    if (status == CRM_OK) status = http_rest_target(r, &e, NULL, err);
    if (status != CRM_OK) return status;
    if (!access_rows(http_access(r), SCHEMA_ACTION_UPDATE, e) ||
        !access_rows(http_access(r), SCHEMA_ACTION_DELETE, e))
        return err_set(err, CRM_FORBIDDEN, &http_entity_forbidden, NULL);
    struct str payload = arena_printf(http_arena(r), "{\"entity\":\"%.*s\"}", STR_ARG(e->name));
    return payload.ptr ? http_rest_job_submit(r, SCAN_JOB, payload, err) : err_no_memory(err);
}

struct scanning {
    struct event_job_run *run;
    int64_t total;
};

/* A share and no number: how many records there are is not everybody's to know. */
static bool go_on(void *ctx, int64_t done) {
    struct scanning *s = ctx;
    char text[64];
    int64_t percent = s->total ? done * 100 / s->total : 0;
    snprintf(text, sizeof text, "{\"percent\":%d}", (int)(percent > 99 ? 99 : percent));
    event_job_progress(s->run, str_from(text));
    return !event_job_is_cancelled(s->run);
}

static crm_status count(struct record_view *v, const struct schema_entity *e, int64_t *ret,
                        struct err *err) {
    bool exact;
    const struct store_query query = {
        .access = v->access, .from = e, .action = SCHEMA_ACTION_READ, .now_ms = v->now_ms};
    crm_status status = store_begin(v->conn, err);
    if (status != CRM_OK) return status;
    status = store_count_run(v->conn, &query, STORE_COUNT_EXACT, ret, &exact, err);
    store_rollback(v->conn);
    return status;
}

static crm_status scan_all(struct event_job_run *run, struct record_view *v,
                           const struct schema_entity *e, struct err *err) {
    struct scanning at = {.run = run};
    struct duplicate_scan s = {.view = v, .entity = e, .go_on = go_on, .ctx = &at};
    crm_status status = count(v, e, &at.total, err);
    if (status == CRM_OK) status = duplicate_scan_run(&s, err);
    if (status == CRM_OK) status = engine_write(run->engine, duplicate_scan_keep, &s, err);
    if (status == CRM_OK) status = http_rest_job_finish(run, STR("{\"percent\":100}"), err);
    duplicate_scan_fini(&s);
    return status;
}

static crm_status scan_job(void *ctx, struct event_job_run *run, struct err *err) {
    (void)ctx;
    struct actor actor;
    struct access access;
    struct record_view view;
    JSON_CLEANUP json_t *payload = NULL;
    crm_status status = json_parse(run->job->payload, NULL, &payload, err);
    if (status != CRM_OK) return status;
    struct schema *schema = engine_schema(run->engine);
    const struct schema_entity *e =
        schema_find(schema, json_str(json_object_get(payload, "entity")));
    engine_actor_system(ACCESS_DOOR_JOB, &actor);
    access_init(&access, schema, &actor);
    status = e ? record_view_init(&view, run->engine, run->reader, &access, run->arena, err)
               : err_set(err, CRM_NOT_FOUND, &http_entity_unknown, "-", NULL);
    run->give_up = !e;
    if (status == CRM_OK) {
        status = scan_all(run, &view, e, err);
        run->give_up = status == CRM_TOO_LARGE;
        record_view_fini(&view);
    }
    schema_unref(schema);
    return status;
}

#define DUPLICATE                                                                                  \
    "{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"title\":{\"type\":["      \
    "\"string\",\"null\"]},\"score\":{\"type\":\"integer\"},\"fields\":{\"type\":\"array\","       \
    "\"items\":{\"type\":\"string\"}}}}"
#define GROUP                                                                                      \
    "{\"type\":\"object\",\"properties\":{\"score\":{\"type\":\"integer\"},\"fields\":{"           \
    "\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"records\":{\"type\":\"array\","         \
    "\"items\":{\"type\":\"object\"}}}}"

static const struct http_route routes[] = {
    {.method = "POST",
     .pattern = HTTP_API "/records/{entity}/duplicates",
     .lane = HTTP_LANE_READER,
     .handle = look,
     .summary = "Records that may be the same as one that stands or is being typed",
     .query_schema = DESCRIBE_QUERY("limit", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":50}",
                                    "How many at most"),
     .body_schema = DESCRIBE_OBJECT("\"id\":" DESCRIBE_TEXT ",\"set\":" DESCRIBE_ANY_OBJECT),
     .answer_schema = DESCRIBE_OBJECT("\"duplicates\":" DESCRIBE_LIST(DUPLICATE)),
     .tag = "records"},
    {.method = "GET",
     .pattern = HTTP_API "/records/{entity}/duplicates",
     .lane = HTTP_LANE_READER,
     .handle = groups,
     .summary = "Groups of records that may be the same, as the last search for them found",
     .query_schema = DESCRIBE_PAGE("100"),
     .answer_schema = DESCRIBE_OBJECT("\"groups\":" DESCRIBE_LIST(GROUP) "," DESCRIBE_NEXT),
     .tag = "records"},
    {.method = "POST",
     .pattern = HTTP_API "/records/{entity}/duplicates/scan",
     .lane = HTTP_LANE_READER,
     .flags = HTTP_ROUTE_IDEMPOTENT,
     .handle = scan,
     .summary = "Look through all records for duplicates",
     .answer_schema = DESCRIBE_OBJECT("\"job\":" DESCRIBE_TEXT),
     .tag = "records"},
    {.method = "POST",
     .pattern = HTTP_API "/records/{entity}/duplicates/dismiss",
     .lane = HTTP_LANE_READER,
     .handle = dismiss,
     .summary = "These records are different ones",
     .body_schema = DESCRIBE_OBJECT(
         "\"ids\":" DESCRIBE_LIST(DESCRIBE_TEXT) ",\"again\":{\"type\":\"boolean\"}"),
     .tag = "records"},
};

crm_status http_rest_duplicates(struct http_server *s, struct err *err) {
    struct event_job_kind kind = {
        .name = STR(SCAN_JOB), .owner = STR("kernel"), .max_attempts = 3, .run = scan_job};
    crm_status status = s->events ? event_job_kind_add(s->events, &kind, err) : CRM_OK;
    if (status != CRM_OK) return status;
    return http_routes_add(s, STR("kernel"), routes, sizeof routes / sizeof *routes, err);
}
