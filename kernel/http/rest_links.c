/* Tags, followers and comments of a record.
 *
 * Tags and followers are fields of the record, changed here without sending the whole list:
 * {"add":[...],"remove":[...]}. A POST of no body to followers follows, a DELETE stops following.
 * Comments are records of an entity `comment` with a field `about`, where a module declares one. */
#include <stdio.h>

#include "http/describe.h"
#include "http/messages.h"
#include "http/rest.h"

/* ---- tags, followers ----------------------------------------------------------------------- */

static crm_status show(struct http_request *r, const char *field, struct err *err) {
    const struct schema_entity *e;
    struct record_view *view;
    int64_t id, version = 0;
    crm_status status = http_query_only(r, err, NULL);
    if (status == CRM_OK) status = http_rest_target(r, &e, &id, err);
    if (status == CRM_OK) status = http_rest_view(r, &view, err);
    if (status == CRM_OK)
        status = record_get_json(view, e, id, str_from(field), http_json(r), &version, err);
    if (status == CRM_OK) http_etag(r, version);
    return status;
}

/* `change` is taken. */
static crm_status change_links(struct http_request *r, const char *field, json_t *change,
                               struct err *err) {
    JSON_CLEANUP json_t *object = json_pack("{s:o}", field, change);
    const struct schema_entity *e;
    int64_t id;
    crm_status status = http_query_only(r, err, "fields", NULL);
    if (status == CRM_OK) status = object ? http_rest_target(r, &e, &id, err) : err_no_memory(err);
    if (status != CRM_OK) return status;
    struct changeset *c = http_rest_changeset(r);
    if (!c) return err_no_memory(err);
    status = http_rest_fill(r, c, changeset_op(c, RECORD_UPDATE, e, id), object, err);
    return status == CRM_OK ? http_commit(r, c, http_rest_answer_record, err) : status;
}

static crm_status change_body(struct http_request *r, const char *field, struct err *err) {
    json_t *body;
    crm_status status = http_body_object(r, &body, err, "add", "remove", NULL);
    return status == CRM_OK ? change_links(r, field, json_incref(body), err) : status;
}

static json_t *me(struct http_request *r, const char *verb) {
    char id[24];
    snprintf(id, sizeof id, "%lld", (long long)http_access(r)->actor.user);
    return json_pack("{s:[s]}", verb, id);
}

static crm_status tags(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    return show(r, "tags", err);
}
static crm_status change_tags(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    return change_body(r, "tags", err);
}
static crm_status followers(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    return show(r, "followers", err);
}
static crm_status change_followers(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    return http_body(r).len ? change_body(r, "followers", err)
                            : change_links(r, "followers", me(r, "add"), err);
}
static crm_status unfollow(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    return change_links(r, "followers", me(r, "remove"), err);
}

/* ---- comments ------------------------------------------------------------------------------ */

static crm_status comment_entity(struct http_request *r, const struct schema_entity **ret,
                                 struct err *err) {
    const struct schema_entity *e = schema_find(http_schema(r), STR("comment"));
    const struct schema_field *about = e ? schema_field_find(e, STR("about")) : NULL;
    if (!about || about->type != SCHEMA_FIELD_REF_ANY)
        return err_set(err, CRM_NOT_FOUND, &http_route_unknown, NULL);
    if (!access_entity_visible(http_access(r), e))
        return err_set(err, CRM_FORBIDDEN, &http_entity_forbidden, NULL);
    *ret = e;
    return CRM_OK;
}

/* The record of the path must be one that the caller may read. */
static crm_status about(struct http_request *r, const struct schema_entity **ret, int64_t *ret_id,
                        struct err *err) {
    struct record_view *view;
    struct buf unused;
    struct json_writer w;
    int64_t version;
    crm_status status = http_rest_target(r, ret, ret_id, err);
    if (status == CRM_OK) status = http_rest_view(r, &view, err);
    if (status != CRM_OK) return status;
    buf_init(&unused, 4096);
    json_writer_init(&w, &unused);
    status = record_get_json(view, *ret, *ret_id, STR("id"), &w, &version, err);
    buf_fini(&unused);
    return status;
}

static crm_status comments(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    const struct schema_entity *e, *comment;
    struct record_view *view;
    int64_t id;
    struct record_list_options o = {.action = SCHEMA_ACTION_READ, .sort = STR("-created_at")};
    crm_status status = http_query_only(r, err, "limit", "after", "fields", NULL);
    if (status == CRM_OK) status = http_query_int(r, "limit", 0, 1, 1000, &o.limit, err);
    if (status == CRM_OK) status = about(r, &e, &id, err);
    if (status == CRM_OK) status = comment_entity(r, &comment, err);
    if (status == CRM_OK) status = http_rest_view(r, &view, err);
    if (status != CRM_OK) return status;
    o.where = arena_printf(http_arena(r), "about == \"%lld\"", (long long)id);
    o.after = http_query(r, "after");
    o.fields = http_query(r, "fields");
    return record_list_json(view, comment, &o, http_json(r), err);
}

static crm_status comment(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    const struct schema_entity *e, *entity;
    json_t *body;
    int64_t id;
    crm_status status = http_query_only(r, err, "fields", NULL);
    if (status == CRM_OK) status = http_body_json(r, &body, err);
    if (status == CRM_OK && !json_is_object(body))
        status = err_set(err, CRM_INVALID, &http_body_not_object, NULL);
    if (status == CRM_OK) status = about(r, &e, &id, err);
    if (status == CRM_OK) status = comment_entity(r, &entity, err);
    if (status != CRM_OK) return status;
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)id);
    JSON_CLEANUP json_t *object = json_copy(body);
    if (!object || json_object_set_new(object, "about",
                                       json_pack("{s:s#,s:s}", "entity", e->name.ptr,
                                                 (int)e->name.len, "id", number)) != 0)
        return err_no_memory(err);
    struct changeset *c = http_rest_changeset(r);
    if (!c) return err_no_memory(err);
    status = http_rest_fill(r, c, changeset_create(c, http_engine(r), entity), object, err);
    return status == CRM_OK ? http_commit(r, c, http_rest_answer_record, err) : status;
}

#define RECORD HTTP_API "/records/{entity}/{id}"
static const struct http_route routes[] = {
    {.method = "GET",
     .pattern = RECORD "/tags",
     .lane = HTTP_LANE_INLINE,
     .handle = tags,
     .summary = "Tags of a record",
     .answer_schema = DESCRIBE_RECORD,
     .tag = "records"},
    {.method = "POST",
     .pattern = RECORD "/tags",
     .lane = HTTP_LANE_WRITER,
     .flags = HTTP_ROUTE_IDEMPOTENT,
     .handle = change_tags,
     .summary = "Add and remove tags",
     .query_schema = DESCRIBE_FIELDS,
     .body_schema =
         DESCRIBE_OBJECT("\"add\":" DESCRIBE_LIST("{}") ",\"remove\":" DESCRIBE_LIST("{}")),
     .answer_schema = DESCRIBE_RECORD,
     .tag = "records"},
    {.method = "GET",
     .pattern = RECORD "/followers",
     .lane = HTTP_LANE_INLINE,
     .handle = followers,
     .summary = "Who follows a record",
     .answer_schema = DESCRIBE_RECORD,
     .tag = "records"},
    {.method = "POST",
     .pattern = RECORD "/followers",
     .lane = HTTP_LANE_WRITER,
     .flags = HTTP_ROUTE_IDEMPOTENT,
     .handle = change_followers,
     .summary = "Follow a record, or change who does",
     .query_schema = DESCRIBE_FIELDS,
     .body_schema =
         DESCRIBE_OBJECT("\"add\":" DESCRIBE_LIST("{}") ",\"remove\":" DESCRIBE_LIST("{}")),
     .answer_schema = DESCRIBE_RECORD,
     .tag = "records"},
    {.method = "DELETE",
     .pattern = RECORD "/followers",
     .lane = HTTP_LANE_WRITER,
     .handle = unfollow,
     .summary = "Stop following a record",
     .query_schema = DESCRIBE_FIELDS,
     .answer_schema = DESCRIBE_RECORD,
     .tag = "records"},
    {.method = "GET",
     .pattern = RECORD "/comments",
     .lane = HTTP_LANE_INLINE,
     .handle = comments,
     .summary = "Comments on a record",
     .query_schema = DESCRIBE_FIELDS "," DESCRIBE_PAGE("1000"),
     .answer_schema = DESCRIBE_RECORDS,
     .tag = "records"},
    {.method = "POST",
     .pattern = RECORD "/comments",
     .lane = HTTP_LANE_WRITER,
     .flags = HTTP_ROUTE_IDEMPOTENT,
     .handle = comment,
     .summary = "Comment on a record",
     .answer_status = "201",
     .query_schema = DESCRIBE_FIELDS,
     .body_schema = DESCRIBE_ANY_OBJECT,
     .answer_schema = DESCRIBE_RECORD,
     .tag = "records"},
};

crm_status http_rest_links(struct http_server *s, struct err *err) {
    return http_routes_add(s, STR("kernel"), routes, sizeof routes / sizeof *routes, err);
}
