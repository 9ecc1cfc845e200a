/* What the REST routes that write share: the caller's changeset, and answers made after COMMIT. */
#include <stdio.h>

#include "http/exchange.h"
#include "http/messages.h"
#include "http/rest.h"

struct changeset *http_rest_changeset(struct http_request *r) {
    struct changeset *c = ARENA_NEW(http_arena(r), struct changeset);
    if (c) changeset_init(c, http_arena(r), http_schema(r), &http_access(r)->actor);
    return c;
}

crm_status http_rest_fill(struct http_request *r, struct changeset *c, struct record_op *op,
                          const json_t *object, struct err *err) {
    struct record_view *view;
    struct err_list *errors = ARENA_NEW(http_arena(r), struct err_list);
    crm_status status = op && errors ? http_rest_view(r, &view, err) : err_no_memory(err);
    if (status == CRM_OK) status = record_op_from_json(view, c, op, object, NULL, errors, err);
    if (status == CRM_OK) return status;
    if (errors && errors->count) http_answer_fields(r, errors);
    changeset_fini(c);
    return status;
}

void http_rest_changeset_header(struct http_request *r, int64_t changeset) {
    char text[24];
    if (!changeset) return;
    snprintf(text, sizeof text, "%lld", (long long)changeset);
    http_answer_header(r, "Perigee-Changeset", str_from(text));
}

static void put_head(struct json_writer *w, int64_t id, int64_t version) {
    json_object_open(w);
    json_key_lit(w, "id");
    json_id(w, id);
    json_key_lit(w, "version");
    json_int64(w, version);
    json_object_shut(w);
}

static crm_status put_record(struct http_request *r, const struct changeset_result *result,
                             struct err *err) {
    const struct record_outcome *o = &result->outcomes[0];
    struct record_view *view;
    int64_t version = o->version;
    if (http_rest_view(r, &view, err) !=
        CRM_OK) { /* written, and told so, even without the data at hand */
        put_head(http_json(r), o->id, version);
        return CRM_OK;
    }
    crm_status status =
        record_made_json(view, result, 0, http_query(r, "fields"), http_json(r), &version, err);
    if (status == CRM_NOT_FOUND || status == CRM_FORBIDDEN) { /* may write it, may not read it */
        buf_clear(http_answer_body(r));
        json_writer_init(http_json(r), http_answer_body(r));
        put_head(http_json(r), o->id, version);
        status = CRM_OK;
    }
    http_etag(r, version);
    return status;
}

static crm_status answer_dry(struct http_request *r, struct changeset_result *result,
                             struct err *err) {
    struct json_writer *w = http_json(r);
    (void)result;
    (void)err;
    json_object_open(w);
    json_key_lit(w, "dry");
    json_bool(w, true);
    json_key_lit(w, "valid");
    json_bool(w, true);
    json_object_shut(w);
    return CRM_OK;
}

crm_status http_rest_answer_record(struct http_request *r, struct changeset_result *result,
                                   struct err *err) {
    const struct record_op *op = &result->changeset->ops[0];
    if (result->changeset->flags & CHANGESET_DRY) return answer_dry(r, result, err);
    http_rest_changeset_header(r, result->id);
    if (op->verb == RECORD_CREATE) {
        struct str location =
            arena_printf(http_arena(r), HTTP_API "/records/%.*s/%lld", STR_ARG(op->entity->name),
                         (long long)result->outcomes[0].id);
        http_status(r, 201);
        http_answer_header(r, "Location", location);
    }
    return put_record(r, result, err);
}

crm_status http_rest_answer_nothing(struct http_request *r, struct changeset_result *result,
                                    struct err *err) {
    (void)err;
    if (result->changeset->flags & CHANGESET_DRY) return answer_dry(r, result, err);
    http_rest_changeset_header(r, result->id);
    http_status(r, 204);
    return CRM_OK;
}
