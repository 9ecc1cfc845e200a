/* What happened to a record and why one may or may not act on it: timeline, changes, access. */
#include "http/describe.h"
#include "http/messages.h"
#include "http/rest.h"

typedef crm_status (*history_fn)(struct record_view *v, const struct schema_entity *e, int64_t id,
                                 const struct record_history_options *o, struct json_writer *out,
                                 struct err *err);

static crm_status history(struct http_request *r, history_fn fn, struct err *err) {
    const struct schema_entity *e;
    struct record_view *view;
    int64_t id;
    struct record_history_options o = {.after = http_query(r, "after"),
                                       .fields = http_query(r, "fields"),
                                       .entity = http_query(r, "entity"),
                                       .where = http_query(r, "where")};
    crm_status status = http_query_int(r, "limit", 0, 1, 200, &o.limit, err);
    if (status == CRM_OK) status = http_rest_target(r, &e, &id, err);
    if (status == CRM_OK) status = http_rest_view(r, &view, err);
    return status == CRM_OK ? fn(view, e, id, &o, http_json(r), err) : status;
}

static crm_status changes(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    crm_status status = http_query_only(r, err, "limit", "after", "fields", NULL);
    return status == CRM_OK ? history(r, record_changes_json, err) : status;
}

static crm_status timeline(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    crm_status status = http_query_only(r, err, "limit", "after", "entity", "where", NULL);
    return status == CRM_OK ? history(r, record_timeline_json, err) : status;
}

static crm_status rights(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    const struct schema_entity *e;
    struct record_view *view;
    int64_t id;
    crm_status status = http_query_only(r, err, NULL);
    if (status == CRM_OK) status = http_rest_target(r, &e, &id, err);
    if (status == CRM_OK) status = http_rest_view(r, &view, err);
    return status == CRM_OK ? record_access_json(view, e, id, http_json(r), err) : status;
}

#define RECORD HTTP_API "/records/{entity}/{id}"
static const struct http_route routes[] = {
    {.method = "GET",
     .pattern = RECORD "/timeline",
     .lane = HTTP_LANE_READER,
     .handle = timeline,
     .summary = "What happened around a record",
     .query_schema =
         DESCRIBE_QUERY("entity", DESCRIBE_TEXT, "Only records of this entity, and no changes") "," DESCRIBE_QUERY(
             "where", DESCRIBE_TEXT, "An expression over that entity") "," DESCRIBE_PAGE("200"),
     .answer_schema = DESCRIBE_RECORDS,
     .tag = "history"},
    {.method = "GET",
     .pattern = RECORD "/changes",
     .lane = HTTP_LANE_READER,
     .handle = changes,
     .summary = "The changes of a record, or of some of its fields",
     .query_schema = DESCRIBE_FIELDS "," DESCRIBE_PAGE("200"),
     .answer_schema = DESCRIBE_RECORDS,
     .tag = "history"},
    {.method = "GET",
     .pattern = RECORD "/access",
     .lane = HTTP_LANE_READER,
     .handle = rights,
     .summary = "Why the caller may or may not",
     .answer_schema = DESCRIBE_ANY_OBJECT,
     .tag = "history"},
};

crm_status http_rest_history(struct http_server *s, struct err *err) {
    return http_routes_add(s, STR("kernel"), routes, sizeof routes / sizeof *routes, err);
}
