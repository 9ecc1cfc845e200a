/* Routes of runs: the list, one with its effects, a failed one resumed by hand; and why a field of
 * a record is what it is. See script/runs.h. */
#include "http/connection.h"
#include "http/describe.h"
#include "http/messages.h"
#include "http/rest_job.h"
#include "script/messages.h"
#include "script/runs.h"

static crm_status list(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    struct store_conn *reader;
    struct script_runs_wanted wanted = {.script = http_query(r, "script"),
                                        .outcome = http_query(r, "outcome")};
    crm_status status = http_query_only(r, err, "script", "outcome", "changeset", "since", "until",
                                        "limit", "after", NULL);
    if (status == CRM_OK)
        status = http_query_int(r, "changeset", 0, 0, INT64_MAX, &wanted.changeset, err);
    if (status == CRM_OK) status = http_query_moment(r, "since", &wanted.since_ms, err);
    if (status == CRM_OK) status = http_query_moment(r, "until", &wanted.until_ms, err);
    if (status == CRM_OK) status = http_query_int(r, "limit", 50, 1, 200, &wanted.limit, err);
    if (status == CRM_OK) status = http_query_int(r, "after", 0, 0, INT64_MAX, &wanted.before, err);
    if (status == CRM_OK) status = http_rest_admin_reader(r, &reader, err);
    return status == CRM_OK ? script_runs_json(reader, &wanted, http_json(r), err) : status;
}

static crm_status get(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    struct store_conn *reader;
    int64_t id;
    crm_status status = http_query_only(r, err, NULL);
    if (status == CRM_OK) status = http_rest_admin_reader(r, &reader, err);
    if (status == CRM_OK) status = http_rest_id(r, &say_script_no_run, &id, err);
    return status == CRM_OK ? script_run_json(reader, id, http_arena(r), http_json(r), err)
                            : status;
}

static crm_status resume(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    struct store_conn *reader;
    int64_t id, job = 0;
    crm_status status = http_query_only(r, err, NULL);
    if (status == CRM_OK) status = http_rest_admin_reader(r, &reader, err);
    if (status == CRM_OK) status = http_rest_id(r, &say_script_no_run, &id, err);
    if (status == CRM_OK) status = script_run_job(reader, id, http_arena(r), &job, err);
    return status == CRM_OK ? http_rest_job_steer(r, job, event_job_retry, err) : status;
}

static crm_status why(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    const struct schema_entity *e;
    struct record_view *view;
    int64_t id, limit;
    crm_status status = http_query_only(r, err, "field", "limit", NULL);
    if (status == CRM_OK) status = http_query_int(r, "limit", 0, 1, 200, &limit, err);
    if (status == CRM_OK) status = http_rest_target(r, &e, &id, err);
    if (status == CRM_OK) status = http_rest_view(r, &view, err);
    return status == CRM_OK
               ? script_why_json(view, e, id, http_query(r, "field"), limit, http_json(r), err)
               : status;
}

#define RUN_FILTERS                                                                                                 \
    DESCRIBE_QUERY("script", DESCRIBE_TEXT, "An owner, or the whole name of a handler")                             \
    "," DESCRIBE_QUERY("outcome", DESCRIBE_TEXT, "ok, error, time, memory, crash or cancelled") "," DESCRIBE_QUERY( \
        "changeset", DESCRIBE_TEXT,                                                                                 \
        "The run that wrote it") "," DESCRIBE_QUERY("since", DESCRIBE_MOMENT,                                       \
                                                    "Started then or later") "," DESCRIBE_QUERY("until",            \
                                                                                                DESCRIBE_MOMENT,    \
                                                                                                "Started before") ","

static const struct http_route routes[] = {
    {.method = "GET",
     .pattern = HTTP_API "/runs",
     .lane = HTTP_LANE_READER,
     .handle = list,
     .summary = "Runs of scripts, the newest first",
     .query_schema = RUN_FILTERS DESCRIBE_PAGE("200"),
     .answer_schema = DESCRIBE_RECORDS,
     .tag = "scripts"},
    {.method = "GET",
     .pattern = HTTP_API "/runs/{id}",
     .lane = HTTP_LANE_READER,
     .handle = get,
     .summary = "A run with its effects",
     .answer_schema = DESCRIBE_ANY_OBJECT,
     .tag = "scripts"},
    {.method = "POST",
     .pattern = HTTP_API "/runs/{id}/resume",
     .lane = HTTP_LANE_READER,
     .handle = resume,
     .summary = "Run a failed one again from its first attempt",
     .answer_status = "204",
     .tag = "scripts"},
    {.method = "GET",
     .pattern = HTTP_API "/records/{entity}/{id}/why",
     .lane = HTTP_LANE_READER,
     .handle = why,
     .summary = "Who or which script made a field what it is",
     .query_schema = DESCRIBE_QUERY("field", DESCRIBE_TEXT, "The field") "," DESCRIBE_QUERY(
         "limit", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":200}",
         "How many changes at most"),
     .answer_schema = DESCRIBE_OBJECT("\"field\":" DESCRIBE_TEXT
                                      ",\"changes\":" DESCRIBE_LIST(DESCRIBE_ANY_OBJECT)),
     .tag = "history"},
};

crm_status http_rest_runs(struct http_server *s, struct err *err) {
    return http_routes_add(s, STR("kernel"), routes, sizeof routes / sizeof *routes, err);
}
