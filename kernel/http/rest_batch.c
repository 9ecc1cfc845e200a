/* POST batch: several writes in one transaction, of any entities; later ones name earlier ones'
 * ids.
 *
 *   {"operations":[{"op":"create","entity":"organization","as":"org","set":{...}},
 *                  {"op":"update","entity":"...","id":"123","version":4,"set":{"organization":"$org"}},
 *                  {"op":"delete" | "restore" | "purge","entity":"...","id":"$org"}]}
 *   -> {"results":[{"op","entity","id","version","changed"}],"changeset":"..."} */
#include <stdio.h>

#include "http/describe.h"
#include "http/exchange.h"
#include "http/messages.h"
#include "http/rest.h"

enum { OPERATIONS_MAX = 1000 };

struct batch {
    struct http_request *request;
    struct record_view *view;
    struct changeset *changeset;
    struct record_names names;
    struct err_list errors;
};

static bool verb_find(const char *word, enum record_verb *ret) {
    for (int v = RECORD_CREATE; v <= RECORD_PURGE; v++) {
        if (strcmp(record_verb_word((enum record_verb)v), word) != 0) continue;
        *ret = (enum record_verb)v;
        return true;
    }
    return false;
}

/* An id, or "$name" of an earlier create. */
static crm_status id_of(const struct batch *b, const json_t *json, int64_t *ret, struct err *err) {
    struct str text = json_str(json);
    if (id_parse(text, ret)) return CRM_OK;
    if (text.len > 1 && text.ptr[0] == '$') {
        struct str name = str_make(text.ptr + 1, text.len - 1);
        for (size_t i = 0; i < b->names.count; i++) {
            if (!str_eq(b->names.names[i], name)) continue;
            *ret = b->names.ids[i];
            return CRM_OK;
        }
    }
    return err_set(err, CRM_NOT_FOUND, &http_not_found, NULL);
}

static crm_status entity_of(const struct batch *b, const json_t *json,
                            const struct schema_entity **ret, struct err *err) {
    struct str name = json_str(json);
    const struct access *access = http_access(b->request);
    *ret = schema_find(http_schema(b->request), name);
    if (!*ret) return err_set_args(err, CRM_INVALID, &http_entity_unknown, &name, 1);
    return access_entity_visible(access, *ret)
               ? CRM_OK
               : err_set(err, CRM_FORBIDDEN, &http_entity_forbidden, NULL);
}

static crm_status keys_check(const json_t *operation, struct err *err) {
    static const char *const keys[] = {"op", "entity", "id", "version", "as", "set"};
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)operation, key, value) {
        bool known = false;
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
            known |= strcmp(key, keys[i]) == 0;
        if (!known) return err_set(err, CRM_INVALID, &http_body_key_unknown, key, NULL);
    }
    return CRM_OK;
}

static crm_status name_add(struct batch *b, const json_t *as, int64_t id, struct err *err) {
    if (!as) return CRM_OK;
    struct str name = json_str(as);
    if (name.len == 0 || name.len > 100) return http_body_key_type("as", "a name", err);
    for (size_t i = 0; i < b->names.count; i++)
        if (str_eq(b->names.names[i], name))
            return http_body_key_type("as", "a name of its own", err);
    b->names.names[b->names.count] = name;
    b->names.ids[b->names.count++] = id;
    return CRM_OK;
}

static crm_status operation_add(struct batch *b, const json_t *operation, struct err *err) {
    enum record_verb verb = RECORD_CREATE;
    const struct schema_entity *e = NULL;
    int64_t id = 0;
    if (!json_is_object(operation))
        return http_body_key_type("operations", "a list of objects", err);
    crm_status status = keys_check(operation, err);
    const json_t *op_word = json_object_get(operation, "op"),
                 *set = json_object_get(operation, "set"),
                 *version = json_object_get(operation, "version");
    if (status == CRM_OK &&
        (!json_is_string(op_word) || !verb_find(json_string_value(op_word), &verb)))
        status = http_body_key_type("op", "create, update, delete, restore or purge", err);
    if (status == CRM_OK) status = entity_of(b, json_object_get(operation, "entity"), &e, err);
    if (status == CRM_OK && verb != RECORD_CREATE)
        status = id_of(b, json_object_get(operation, "id"), &id, err);
    if (status == CRM_OK && version &&
        (!json_is_integer(version) || json_integer_value(version) < 1))
        status = http_body_key_type("version", "a number from 1", err);
    if (status != CRM_OK) return status;
    struct changeset *c = b->changeset;
    struct record_op *op = verb == RECORD_CREATE ? changeset_create(c, http_engine(b->request), e)
                                                 : changeset_op(c, verb, e, id);
    if (!op) return err_no_memory(err);
    op->expect_version = version ? json_integer_value(version) : 0;
    bool takes_values = verb == RECORD_CREATE || verb == RECORD_UPDATE;
    if (takes_values != (set != NULL))
        return http_body_key_type("set", takes_values ? "an object" : "left out", err);
    if (set) status = record_op_from_json(b->view, c, op, set, &b->names, &b->errors, err);
    return status == CRM_OK ? name_add(b, json_object_get(operation, "as"), op->id, err) : status;
}

static crm_status answer(struct http_request *r, struct changeset_result *result, struct err *err) {
    (void)err;
    struct json_writer *w = http_json(r);
    const struct changeset *c = result->changeset;
    http_rest_changeset_header(r, result->id);
    json_object_open(w);
    json_key_lit(w, "results");
    json_array_open(w);
    for (size_t i = 0; i < result->count && i < c->op_count; i++) {
        json_object_open(w);
        json_key_lit(w, "op");
        json_cstr(w, record_verb_word(c->ops[i].verb));
        json_key_lit(w, "entity");
        json_text(w, c->ops[i].entity->name);
        json_key_lit(w, "id");
        json_id(w, result->outcomes[i].id);
        json_key_lit(w, "version");
        json_int64(w, result->outcomes[i].version);
        json_key_lit(w, "changed");
        json_bool(w, result->outcomes[i].changed);
        json_object_shut(w);
    }
    json_array_shut(w);
    json_key_lit(w, "changeset");
    if (result->id) {
        json_id(w, result->id);
    } else {
        json_nil(w);
    }
    json_object_shut(w);
    return CRM_OK;
}

static crm_status fill(struct batch *b, const json_t *operations, struct err *err) {
    size_t count = json_array_size(operations);
    b->names.names = ARENA_ARRAY(http_arena(b->request), count, struct str);
    b->names.ids = ARENA_ARRAY(http_arena(b->request), count, int64_t);
    if (!b->names.names || !b->names.ids) return err_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        size_t known = b->errors.count;
        crm_status status = operation_add(b, json_array_get(operations, i), err);
        for (size_t e = known; e < b->errors.count; e++)
            err_at(&b->errors.items[e], "operations[%zu]", i);
        if (status == CRM_OK) continue;
        err_at(err, "operations[%zu]", i);
        return status;
    }
    return CRM_OK;
}

static crm_status batch(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    json_t *body;
    bool dry;
    struct batch *b = ARENA_NEW(http_arena(r), struct batch);
    crm_status status = b ? http_query_only(r, err, "dry", NULL) : err_no_memory(err);
    if (status == CRM_OK) status = http_query_flag(r, "dry", &dry, err);
    if (status == CRM_OK) status = http_body_object(r, &body, err, "operations", NULL);
    if (status == CRM_OK) status = http_rest_view(r, &b->view, err);
    if (status != CRM_OK) return status;
    const json_t *operations = json_object_get(body, "operations");
    if (!json_is_array(operations) || json_array_size(operations) == 0)
        return http_body_key_type("operations", "a list", err);
    if (json_array_size(operations) > OPERATIONS_MAX)
        return err_set(err, CRM_TOO_LARGE, &http_names_too_many, "1000", NULL);
    b->request = r;
    b->changeset = http_rest_changeset(r);
    if (!b->changeset) return err_no_memory(err);
    if (dry) b->changeset->flags |= CHANGESET_DRY;
    status = fill(b, operations, err);
    if (status == CRM_OK) return http_commit(r, b->changeset, answer, err);
    if (b->errors.count) http_answer_fields(r, &b->errors);
    changeset_fini(b->changeset);
    return status;
}

static const struct http_route routes[] = {
    {.method = "POST",
     .pattern = HTTP_API "/batch",
     .lane = HTTP_LANE_WRITER,
     .flags = HTTP_ROUTE_IDEMPOTENT,
     .handle = batch,
     .summary = "Several writes in one transaction",
     .query_schema = DESCRIBE_DRY,
     .body_schema = DESCRIBE_OBJECT("\"operations\":" DESCRIBE_LIST(
         "{\"type\":\"object\",\"required\":[\"op\",\"entity\"],\"additionalProperties\":false,"
         "\"properties\":{\"op\":{\"type\":\"string\",\"enum\":[\"create\",\"update\",\"delete\","
         "\"restore\",\"purge\"]},\"entity\":" DESCRIBE_TEXT ",\"id\":" DESCRIBE_TEXT
         ",\"version\":{\"type\":\"integer\"},\"as\":" DESCRIBE_TEXT ",\"set\":" DESCRIBE_ANY_OBJECT
         "}}")),
     .answer_schema =
         DESCRIBE_OBJECT("\"results\":" DESCRIBE_LIST(DESCRIBE_ANY_OBJECT) "," DESCRIBE_CHANGESET),
     .tag = "records"},
};

crm_status http_rest_batch(struct http_server *s, struct err *err) {
    return http_routes_add(s, STR("kernel"), routes, sizeof routes / sizeof *routes, err);
}
