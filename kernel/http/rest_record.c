/* One record: create, read (also as of a moment), change, trash, purge, restore. */
#include "http/describe.h"
#include "http/exchange.h"
#include "http/messages.h"
#include "http/rest.h"

static crm_status get(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    const struct schema_entity *e;
    struct record_view *view;
    int64_t id, as_of, version = 0;
    crm_status status = http_query_only(r, err, "fields", "as_of", NULL);
    if (status == CRM_OK) status = http_query_moment(r, "as_of", &as_of, err);
    if (status == CRM_OK) status = http_rest_target(r, &e, &id, err);
    if (status == CRM_OK) status = http_rest_view(r, &view, err);
    if (status != CRM_OK) return status;
    if (as_of)
        return record_as_of_json(view, e, id, as_of, http_query(r, "fields"), http_json(r), err);
    status = record_get_json(view, e, id, http_query(r, "fields"), http_json(r), &version, err);
    if (status == CRM_OK) http_etag(r, version);
    return status;
}

/* Before anything of the body is judged. */
static crm_status permitted(struct http_request *r, enum schema_action action,
                            const struct schema_entity *e, struct err *err) {
    if (access_rows(http_access(r), action, e)) return CRM_OK;
    return err_set(err, CRM_FORBIDDEN, &http_entity_forbidden, NULL);
}

static crm_status create(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    const struct schema_entity *e;
    json_t *body;
    bool dry;
    crm_status status = http_query_only(r, err, "dry", "fields", NULL);
    if (status == CRM_OK) status = http_query_flag(r, "dry", &dry, err);
    if (status == CRM_OK) status = http_rest_target(r, &e, NULL, err);
    if (status == CRM_OK) status = permitted(r, SCHEMA_ACTION_CREATE, e, err);
    if (status == CRM_OK) status = http_body_json(r, &body, err);
    if (status != CRM_OK) return status;
    struct changeset *c = http_rest_changeset(r);
    if (!c) return err_no_memory(err);
    if (dry) c->flags |= CHANGESET_DRY;
    status = http_rest_fill(r, c, changeset_create(c, http_engine(r), e), body, err);
    return status == CRM_OK ? http_commit(r, c, http_rest_answer_record, err) : status;
}

/* An op on the record of the path, with If-Match; the changeset is dropped on failure. */
static crm_status begin(struct http_request *r, enum record_verb verb, struct changeset **ret,
                        struct record_op **ret_op, struct err *err) {
    const struct schema_entity *e;
    int64_t id;
    crm_status status = http_rest_target(r, &e, &id, err);
    if (status == CRM_OK && verb == RECORD_UPDATE)
        status = permitted(r, SCHEMA_ACTION_UPDATE, e, err);
    if (status != CRM_OK) return status;
    struct changeset *c = http_rest_changeset(r);
    struct record_op *op = c ? changeset_op(c, verb, e, id) : NULL;
    status = op ? http_rest_if_match(r, op, err) : err_no_memory(err);
    if (status != CRM_OK) {
        if (c) changeset_fini(c);
        return status;
    }
    *ret = c;
    *ret_op = op;
    return CRM_OK;
}

static crm_status patch(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    struct changeset *c;
    struct record_op *op;
    json_t *body;
    bool dry;
    crm_status status = http_query_only(r, err, "dry", "fields", NULL);
    if (status == CRM_OK) status = http_query_flag(r, "dry", &dry, err);
    if (status == CRM_OK) status = http_body_json(r, &body, err);
    if (status == CRM_OK) status = begin(r, RECORD_UPDATE, &c, &op, err);
    if (status != CRM_OK) return status;
    if (dry) c->flags |= CHANGESET_DRY;
    status = http_rest_fill(r, c, op, body, err);
    return status == CRM_OK ? http_commit(r, c, http_rest_answer_record, err) : status;
}

static crm_status trash(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    struct changeset *c;
    struct record_op *op;
    bool purge;
    crm_status status = http_query_only(r, err, "purge", NULL);
    if (status == CRM_OK) status = http_query_flag(r, "purge", &purge, err);
    if (status == CRM_OK) status = begin(r, purge ? RECORD_PURGE : RECORD_DELETE, &c, &op, err);
    return status == CRM_OK ? http_commit(r, c, http_rest_answer_nothing, err) : status;
}

static crm_status restore(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    struct changeset *c;
    struct record_op *op;
    crm_status status = http_query_only(r, err, "fields", NULL);
    if (status == CRM_OK) status = begin(r, RECORD_RESTORE, &c, &op, err);
    return status == CRM_OK ? http_commit(r, c, http_rest_answer_record, err) : status;
}

#define RECORD HTTP_API "/records/{entity}/{id}"
static const struct http_route routes[] = {
    {.method = "POST",
     .pattern = HTTP_API "/records/{entity}",
     .lane = HTTP_LANE_WRITER,
     .flags = HTTP_ROUTE_IDEMPOTENT | HTTP_ROUTE_AGAIN,
     .handle = create,
     .summary = "Create a record",
     .query_schema = DESCRIBE_DRY "," DESCRIBE_FIELDS,
     .tag = "records"},
    {.method = "GET",
     .pattern = RECORD,
     .lane = HTTP_LANE_INLINE,
     .flags = HTTP_ROUTE_AGAIN,
     .handle = get,
     .summary = "Read a record",
     .query_schema = DESCRIBE_FIELDS "," DESCRIBE_AS_OF,
     .tag = "records"},
    {.method = "PATCH",
     .pattern = RECORD,
     .lane = HTTP_LANE_WRITER,
     .flags = HTTP_ROUTE_AGAIN,
     .handle = patch,
     .summary = "Change a record",
     .query_schema = DESCRIBE_DRY "," DESCRIBE_FIELDS,
     .tag = "records"},
    {.method = "DELETE",
     .pattern = RECORD,
     .lane = HTTP_LANE_WRITER,
     .flags = HTTP_ROUTE_AGAIN,
     .handle = trash,
     .summary = "Put a record into the trash, or purge it",
     .query_schema = DESCRIBE_QUERY("purge", DESCRIBE_FLAG, "For ever"),
     .tag = "records"},
    {.method = "POST",
     .pattern = RECORD "/restore",
     .lane = HTTP_LANE_WRITER,
     .flags = HTTP_ROUTE_IDEMPOTENT | HTTP_ROUTE_AGAIN,
     .handle = restore,
     .summary = "Restore a record from the trash",
     .query_schema = DESCRIBE_FIELDS,
     .answer_schema = DESCRIBE_RECORD,
     .tag = "records"},
};

crm_status http_rest_records(struct http_server *s, struct err *err) {
    return http_routes_add(s, STR("kernel"), routes, sizeof routes / sizeof *routes, err);
}
