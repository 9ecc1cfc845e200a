/* Many records: lists, grouped queries, search across entities. */
#include "http/describe.h"
#include "http/messages.h"
#include "http/rest.h"

static crm_status trash_of(struct http_request *r, enum store_trash *ret, struct err *err) {
    struct str text = http_query(r, "trash");
    *ret = STORE_LIVING;
    if (str_is(text, "only")) *ret = STORE_TRASHED;
    if (str_is(text, "with")) *ret = STORE_BOTH;
    if (!http_has_query(r, "trash") || *ret != STORE_LIVING || str_is(text, "none")) return CRM_OK;
    return err_set(err, CRM_INVALID, &http_query_choice, "trash", "none, only, with", NULL);
}

static crm_status list(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    const struct schema_entity *e;
    struct record_view *view;
    struct record_list_options o = {.action = SCHEMA_ACTION_READ};
    crm_status status = http_query_only(r, err, "where", "sort", "fields", "limit", "after",
                                        "count", "trash", "as_of", "q", NULL);
    if (status == CRM_OK) status = http_query_int(r, "limit", 0, 1, 1000, &o.limit, err);
    if (status == CRM_OK) status = http_query_moment(r, "as_of", &o.as_of_ms, err);
    if (status == CRM_OK) status = trash_of(r, &o.trash, err);
    if (status == CRM_OK) status = http_rest_target(r, &e, NULL, err);
    if (status == CRM_OK) status = http_rest_view(r, &view, err);
    if (status != CRM_OK) return status;
    o.where = http_query(r, "where");
    o.sort = http_query(r, "sort");
    o.fields = http_query(r, "fields");
    o.after = http_query(r, "after");
    o.count = http_query(r, "count");
    o.search = http_query(r, "q");
    return record_list_json(view, e, &o, http_json(r), err);
}

static crm_status query(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    struct record_view *view;
    json_t *body;
    crm_status status = http_query_only(r, err, NULL);
    if (status == CRM_OK) status = http_body_json(r, &body, err);
    if (status == CRM_OK) status = http_rest_view(r, &view, err);
    return status == CRM_OK ? record_query_json(view, body, http_json(r), err) : status;
}

static crm_status search(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    struct record_view *view;
    int64_t limit;
    crm_status status = http_query_only(r, err, "q", "entities", "limit", "after", NULL);
    if (status == CRM_OK) status = http_query_int(r, "limit", 0, 1, 100, &limit, err);
    if (status == CRM_OK) status = http_rest_view(r, &view, err);
    if (status != CRM_OK) return status;
    return record_search_json(view, http_query(r, "q"), http_query(r, "entities"), limit,
                              http_query(r, "after"), http_json(r), err);
}

static const struct http_route routes[] = {
    {.method = "GET",
     .pattern = HTTP_API "/records/{entity}",
     .lane = HTTP_LANE_INLINE,
     .handle = list,
     .summary = "List records",
     .query_schema =
         DESCRIBE_QUERY("where", DESCRIBE_TEXT, "An expression") "," DESCRIBE_QUERY("sort", DESCRIBE_TEXT, "Fields, with - for descending, comma-separated") "," DESCRIBE_QUERY(
             "q", DESCRIBE_TEXT,
             "Words to search for") "," DESCRIBE_FIELDS
                                    "," DESCRIBE_PAGE("1000") "," DESCRIBE_QUERY(
                                        "count",
                                        "{\"type\":\"string\",\"enum\":[\"none\",\"capped\","
                                        "\"exact\"]}",
                                        "Whether to count all") "," DESCRIBE_QUERY("trash",
                                                                                   "{\"type\":"
                                                                                   "\"string\","
                                                                                   "\"enum\":["
                                                                                   "\"none\","
                                                                                   "\"only\","
                                                                                   "\"with\"]}",
                                                                                   "Trashed "
                                                                                   "records") "," DESCRIBE_AS_OF,
     .tag = "records"},
    {.method = "POST",
     .pattern = HTTP_API "/query",
     .lane = HTTP_LANE_READER,
     .flags = HTTP_ROUTE_NO_CSRF | HTTP_ROUTE_READS,
     .handle = query,
     .summary = "Group and measure records",
     .body_schema =
         "{\"type\":\"object\",\"required\":[\"from\",\"measures\"],\"additionalProperties\":false,"
         "\"properties\":{\"from\":" DESCRIBE_TEXT ",\"where\":" DESCRIBE_TEXT
         ",\"q\":" DESCRIBE_TEXT
         ",\"group\":" DESCRIBE_LIST(DESCRIBE_TEXT) ",\"measures\":" DESCRIBE_MAP(
             DESCRIBE_TEXT) ",\"sort\":" DESCRIBE_LIST(DESCRIBE_TEXT) ",\"limit\":{\"type\":"
                                                                      "\"integer\"}}}",
     .answer_schema = DESCRIBE_OBJECT("\"rows\":" DESCRIBE_LIST(DESCRIBE_ANY_OBJECT)),
     .tag = "query"},
    {.method = "GET",
     .pattern = HTTP_API "/search",
     .lane = HTTP_LANE_READER,
     .handle = search,
     .summary = "Search across entities",
     .query_schema = DESCRIBE_QUERY("q", DESCRIBE_TEXT, "Words, in any order") "," DESCRIBE_QUERY(
         "entities", DESCRIBE_TEXT, "Names, comma-separated; all without") "," DESCRIBE_PAGE("100"),
     .answer_schema = DESCRIBE_OBJECT("\"results\":" DESCRIBE_LIST(DESCRIBE_OBJECT(
         "\"entity\":" DESCRIBE_TEXT ",\"id\":" DESCRIBE_TEXT ",\"title\":" DESCRIBE_OR_NULL(
             "string") ",\"snippet\":" DESCRIBE_OR_NULL("string"))) "," DESCRIBE_NEXT),
     .tag = "query"},
};

crm_status http_rest_lists(struct http_server *s, struct err *err) {
    return http_routes_add(s, STR("kernel"), routes, sizeof routes / sizeof *routes, err);
}
