/* Records that may be the same: asked about one record, or while one is being typed. What is looked
 * for and how says record/duplicate.h. */
#include "http/describe.h"
#include "http/messages.h"
#include "http/rest.h"
#include "record/duplicate.h"

enum { SHOWN = 10 };

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

static const struct http_route routes[] = {
    {.method = "POST",
     .pattern = HTTP_API "/records/{entity}/duplicates",
     .lane = HTTP_LANE_READER,
     .handle = look,
     .summary = "Records that may be the same as one that stands or is being typed",
     .query_schema = DESCRIBE_QUERY("limit", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":50}",
                                    "How many at most"),
     .body_schema = DESCRIBE_OBJECT("\"id\":" DESCRIBE_TEXT ",\"set\":" DESCRIBE_ANY_OBJECT),
     .answer_schema = DESCRIBE_OBJECT("\"duplicates\":" DESCRIBE_LIST(DESCRIBE_OBJECT(
         "\"id\":" DESCRIBE_TEXT
         ",\"title\":" DESCRIBE_OR_NULL("string") ",\"score\":{\"type\":\"integer\"},"
                                                  "\"fields\":" DESCRIBE_LIST(DESCRIBE_TEXT)))),
     .tag = "records"},
};

crm_status http_rest_duplicates(struct http_server *s, struct err *err) {
    return http_routes_add(s, STR("kernel"), routes, sizeof routes / sizeof *routes, err);
}
