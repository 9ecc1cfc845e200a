/* GET meta: the schema as the caller sees it; GET openapi.json: the doors as they stand; GET
 * schema: names of tables and columns, for administrators. */
#include "base/digest.h"
#include "http/connection.h"
#include "http/messages.h"
#include "http/openapi.h"
#include "http/rest.h"

/* The tag covers the whole text: schema, reference data and the caller's own facts. */
static void tag_text(struct http_request *r) {
    struct digest digest;
    struct str text = buf_str(http_answer_body(r));
    struct digest_part part = {text.ptr, text.len};
    int64_t number;
    digest_parts(&part, 1, &digest);
    memcpy(&number, digest.bytes, sizeof number);
    http_etag(r, number & INT64_MAX);
}

static crm_status meta(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    struct record_view *view;
    crm_status status = http_query_only(r, err, NULL);
    if (status == CRM_OK) status = http_rest_view(r, &view, err);
    if (status == CRM_OK) status = record_meta_json(view, http_json(r), err);
    if (status == CRM_OK) tag_text(r);
    return status;
}

static crm_status openapi(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    crm_status status = http_query_only(r, err, NULL);
    if (status != CRM_OK) return status;
    http_openapi_write(&http_server_of(r)->router, http_access(r), http_language(r), http_json(r));
    tag_text(r);
    return CRM_OK;
}

static void put_field(struct json_writer *w, const struct schema_field *f) {
    json_object_open(w);
    json_key_lit(w, "name");
    json_text(w, f->name);
    json_key_lit(w, "id");
    json_int64(w, f->id);
    json_key_lit(w, "type");
    json_cstr(w, schema_field_type_word(f->type));
    json_key_lit(w, "owner");
    json_text(w, f->owner);
    json_key_lit(w, f->link_table.len ? "link_table" : "column");
    json_text(w, f->link_table.len ? f->link_table : f->column);
    json_object_shut(w);
}

static crm_status schema(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    crm_status status = http_query_only(r, err, NULL);
    if (status != CRM_OK) return status;
    if (!access_permits(http_access(r), "schema"))
        return err_set(err, CRM_FORBIDDEN, &http_entity_forbidden, NULL);
    const struct schema *s = http_schema(r);
    struct json_writer *w = http_json(r);
    json_object_open(w);
    json_key_lit(w, "generation");
    json_int64(w, s->generation);
    json_key_lit(w, "digest");
    json_text(w, s->digest);
    json_key_lit(w, "entities");
    json_array_open(w);
    for (size_t i = 0; i < s->entity_count; i++) {
        const struct schema_entity *e = &s->entities[i];
        json_object_open(w);
        json_key_lit(w, "name");
        json_text(w, e->name);
        json_key_lit(w, "id");
        json_int64(w, e->id);
        json_key_lit(w, "owner");
        json_text(w, e->owner);
        json_key_lit(w, "table");
        json_text(w, e->table);
        json_key_lit(w, "fields");
        json_array_open(w);
        for (size_t f = 0; f < e->field_count; f++)
            put_field(w, &e->fields[f]);
        json_array_shut(w);
        json_object_shut(w);
    }
    json_array_shut(w);
    json_object_shut(w);
    return CRM_OK;
}

static const struct http_route routes[] = {
    {.method = "GET",
     .pattern = HTTP_API "/meta",
     .lane = HTTP_LANE_INLINE,
     .handle = meta,
     .summary = "The schema as the caller sees it",
     .tag = "schema"},
    {.method = "GET",
     .pattern = HTTP_API "/openapi.json",
     .lane = HTTP_LANE_INLINE,
     .handle = openapi,
     .summary = "This description",
     .tag = "schema"},
    {.method = "GET",
     .pattern = HTTP_API "/schema",
     .lane = HTTP_LANE_INLINE,
     .handle = schema,
     .summary = "Tables and columns behind the names",
     .tag = "schema"},
};

crm_status http_rest_meta(struct http_server *s, struct err *err) {
    return http_routes_add(s, STR("kernel"), routes, sizeof routes / sizeof *routes, err);
}
