/* Files: a streamed upload becomes a blob and a record of the entity `file`; its content comes back
 * as an attachment, whole or in part, and never as something a browser would run. */
#include <stdio.h>
#include <unistd.h>

#include "http/describe.h"
#include "http/exchange.h"
#include "http/messages.h"
#include "http/negotiate.h"
#include "http/rest.h"
#include "store/blob.h"

enum { NAME_MAX_BYTES = 255, UPLOAD_MAX = 1 << 30 };

/* ---- up ------------------------------------------------------------------------------------ */

struct upload {
    const struct schema_entity *entity;
    struct str name, media_type;
    struct digest digest;
    int64_t bytes;
};

/* The last piece of a path, without control characters; empty names have a stand-in. */
static struct str name_of(struct http_request *r) {
    struct str name = http_query(r, "name");
    for (size_t i = name.len; i > 0; i--) {
        if (name.ptr[i - 1] != '/' && name.ptr[i - 1] != '\\') continue;
        name = str_make(name.ptr + i, name.len - i);
        break;
    }
    name = str_trim(name);
    if (name.len > NAME_MAX_BYTES) {
        name.len = NAME_MAX_BYTES;
        while (name.len && ((unsigned char)name.ptr[name.len] & 0xc0) == 0x80)
            name.len--; /* not inside a character */
    }
    return name.len ? name : STR("file");
}

static crm_status receive(struct http_request *r, struct upload *u, struct err *err) {
    struct blob_writer *w = NULL;
    crm_status status = blob_create(engine_store(http_engine(r)), &w, err);
    struct str piece = STR_NONE;
    while (status == CRM_OK) {
        status = http_body_read(r, &piece, err);
        if (status != CRM_OK || piece.len == 0) break;
        status = blob_write(w, piece, err);
    }
    if (status == CRM_OK) return blob_finish(w, &u->digest, &u->bytes, err);
    blob_abandon(w);
    return status;
}

static bool set_text(struct changeset *c, struct record_op *op, const char *field, struct value v) {
    const struct schema_field *f = schema_field_find(op->entity, str_from(field));
    return !f || record_op_set(c, op, f->slot, v);
}

static crm_status fill(struct http_request *r, struct changeset *c, const struct upload *u,
                       struct err *err) {
    struct buf hex;
    buf_init(&hex, 2 * DIGEST_BYTES + 1);
    hex_format(u->digest.bytes, sizeof u->digest.bytes, &hex);
    struct str digest = arena_str(http_arena(r), buf_str(&hex));
    buf_fini(&hex);
    struct record_op *op = changeset_create(c, http_engine(r), u->entity);
    if (!op || !digest.ptr) return err_no_memory(err);
    bool ok = set_text(c, op, "name", value_text(u->name)) &&
              set_text(c, op, "media_type", value_text(u->media_type)) &&
              set_text(c, op, "digest", value_text(digest)) &&
              set_text(c, op, "bytes", value_int(u->bytes));
    if (!ok) return err_no_memory(err);
    struct str about = http_query(r, "about"), entity; /* "entity:id" */
    if (about.len == 0) return CRM_OK;
    JSON_CLEANUP json_t *object = NULL;
    struct record_view *view;
    struct err_list *errors = ARENA_NEW(http_arena(r), struct err_list);
    if (str_split(&about, ':', &entity))
        object = json_pack("{s:{s:s#,s:s#}}", "about", "entity", entity.ptr, (int)entity.len, "id",
                           about.ptr, (int)about.len);
    if (!object || !errors)
        return err_set(err, CRM_INVALID, &http_query_choice, "about", "entity:id", NULL);
    crm_status status = http_rest_view(r, &view, err);
    return status == CRM_OK ? record_op_from_json(view, c, op, object, NULL, errors, err) : status;
}

static crm_status keep(struct http_request *r, struct upload *u, struct err *err) {
    struct changeset *c = http_rest_changeset(r);
    struct changeset_result result = {0};
    struct err_list *errors = ARENA_NEW(http_arena(r), struct err_list);
    if (!c || !errors) return err_no_memory(err);
    c->flags |= CHANGESET_TRUSTED; /* the facts of the file are read-only for people */
    crm_status status = fill(r, c, u, err);
    struct store_conn *reader = http_reader(r);
    if (status == CRM_OK)
        status = http_idempotency(
            r, c, str_make((const char *)u->digest.bytes, sizeof u->digest.bytes), err);
    if (status == CRM_OK)
        status = changeset_commit(http_engine(r), reader, c, &result, errors, err);
    if (errors->count) http_answer_fields(r, errors);
    http_request_forget_view(r);
    if (status == CRM_OK) status = http_rest_answer_record(r, &result, err);
    changeset_fini(c);
    return status;
}

static crm_status upload(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    struct upload u = {.name = name_of(r),
                       .media_type = http_headers_get(&r->headers, HTTP_HEADER_CONTENT_TYPE)};
    crm_status status = http_query_only(r, err, "name", "about", "fields", NULL);
    if (status != CRM_OK) return status;
    u.entity = schema_find(http_schema(r), STR("file"));
    if (!u.entity) return err_set(err, CRM_NOT_FOUND, &http_route_unknown, NULL);
    if (!access_rows(http_access(r), SCHEMA_ACTION_CREATE, u.entity))
        return err_set(err, CRM_FORBIDDEN, &http_entity_forbidden, NULL);
    if (str_starts_with(u.media_type, STR("multipart/"))) {
        struct str args[2] = {STR("application/octet-stream"), u.media_type};
        return err_set_args(err, CRM_UNSUPPORTED, &http_body_type, args, 2);
    }
    if (u.media_type.len == 0 || u.media_type.len > 200)
        u.media_type = STR("application/octet-stream");
    status = receive(r, &u, err);
    return status == CRM_OK ? keep(r, &u, err) : status;
}

/* ---- down ---------------------------------------------------------------------------------- */

/* The file's record as the caller sees it: what is hidden cannot be fetched. */
static crm_status facts(struct http_request *r, json_t **ret, struct err *err) {
    const struct schema_entity *e = schema_find(http_schema(r), STR("file"));
    struct record_view *view;
    struct buf out;
    struct json_writer w;
    int64_t id, version;
    if (!e || !http_id_param(r, "id", &id))
        return err_set(err, CRM_NOT_FOUND, &http_not_found, NULL);
    if (!access_entity_visible(http_access(r), e))
        return err_set(err, CRM_FORBIDDEN, &http_entity_forbidden, NULL);
    crm_status status = http_rest_view(r, &view, err);
    if (status != CRM_OK) return status;
    buf_init(&out, 1 << 16);
    json_writer_init(&w, &out);
    status = record_get_json(view, e, id, STR("name,media_type,digest"), &w, &version, err);
    if (status == CRM_OK) status = json_parse(buf_str(&out), NULL, ret, err);
    buf_fini(&out);
    return status;
}

static void put_disposition(struct http_request *r, struct str name) {
    struct buf text;
    buf_init(&text, 2048);
    buf_add_cstr(&text, "attachment; filename*=UTF-8''");
    http_percent_encode(name, &text);
    http_answer_header(r, "Content-Disposition", buf_str(&text));
    buf_fini(&text);
}

/* Sets status and headers for the whole or a part; *ret_outside: nothing to send. */
static void choose_range(struct http_request *r, struct str etag, int64_t size, int64_t *from,
                         int64_t *length, bool *ret_outside) {
    char text[96];
    *from = 0;
    *length = size;
    *ret_outside = false;
    struct str range = http_headers_get(&r->headers, HTTP_HEADER_RANGE),
               condition = http_headers_get(&r->headers, HTTP_HEADER_IF_RANGE);
    http_answer_header(r, "Accept-Ranges", STR("bytes"));
    if (range.len == 0 || (condition.len && !str_eq(condition, etag))) return;
    enum http_range_outcome outcome = http_range_parse(range, size, from, length);
    if (outcome == HTTP_RANGE_NONE) return;
    *ret_outside = outcome == HTTP_RANGE_OUTSIDE;
    if (*ret_outside) {
        snprintf(text, sizeof text, "bytes */%lld", (long long)size);
    } else {
        snprintf(text, sizeof text, "bytes %lld-%lld/%lld", (long long)*from,
                 (long long)(*from + *length - 1), (long long)size);
        http_status(r, 206);
    }
    http_answer_header(r, "Content-Range", str_from(text));
}

static crm_status send_file(struct http_request *r, const json_t *file, struct err *err) {
    struct digest digest;
    int fd;
    int64_t size, from, length;
    bool outside;
    struct str hex = json_str(json_object_get(file, "digest"));
    if (!hex_parse(hex, digest.bytes, sizeof digest.bytes))
        return err_set(err, CRM_NOT_FOUND, &http_not_found, NULL);
    struct str etag = arena_printf(http_arena(r), "\"%.16s\"", hex.ptr);
    if (http_headers_has(&r->headers, HTTP_HEADER_IF_NONE_MATCH) &&
        http_etag_listed(http_headers_get(&r->headers, HTTP_HEADER_IF_NONE_MATCH), etag)) {
        http_answer_header(r, "ETag", etag);
        http_status(r, 304);
        return CRM_OK;
    }
    crm_status status = blob_open(engine_store(http_engine(r)), &digest, &fd, &size, err);
    if (status != CRM_OK) return status;
    choose_range(r, etag, size, &from, &length, &outside);
    if (outside) {
        close(fd);
        err_set(err, CRM_INVALID, &http_range, NULL);
        http_reply_refuse(r, 416, err);
        return CRM_OK;
    }
    http_answer_file(r, fd, from, length);
    struct str type = arena_str(http_arena(r), json_str(json_object_get(file, "media_type")));
    http_content_type(r, type.len ? type.ptr : "application/octet-stream");
    http_answer_header(r, "ETag", etag);
    http_answer_header(r, "Cache-Control", STR("private, no-cache"));
    http_answer_header(r, "Content-Security-Policy", STR("sandbox; default-src 'none'"));
    put_disposition(r, json_str(json_object_get(file, "name")));
    return CRM_OK;
}

static crm_status content(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    JSON_CLEANUP json_t *file = NULL;
    crm_status status = http_query_only(r, err, NULL);
    if (status == CRM_OK) status = facts(r, &file, err);
    return status == CRM_OK ? send_file(r, file, err) : status;
}

static const struct http_route routes[] = {
    {.method = "POST",
     .pattern = HTTP_API "/files",
     .lane = HTTP_LANE_READER,
     .flags = HTTP_ROUTE_STREAM_IN | HTTP_ROUTE_IDEMPOTENT,
     .body_limit = UPLOAD_MAX,
     .handle = upload,
     .summary = "Upload a file",
     .answer_status = "201",
     .query_schema = DESCRIBE_QUERY("name", DESCRIBE_TEXT, "Name of the file") "," DESCRIBE_QUERY(
         "about", DESCRIBE_TEXT, "entity:id of the record it belongs to") "," DESCRIBE_FIELDS,
     .body_type = "application/octet-stream",
     .answer_schema = DESCRIBE_RECORD,
     .tag = "files"},
    {.method = "GET",
     .pattern = HTTP_API "/files/{id}/content",
     .lane = HTTP_LANE_READER,
     .handle = content,
     .summary = "Download a file, whole or in part",
     .answer_type = "application/octet-stream",
     .tag = "files"},
};

crm_status http_rest_files(struct http_server *s, struct err *err) {
    return http_routes_add(s, STR("kernel"), routes, sizeof routes / sizeof *routes, err);
}
