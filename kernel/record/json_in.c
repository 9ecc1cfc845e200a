/* One record object of api.md into the writes of an op: each problem is noted with its field, so
 * that a form can show all of them at once. */
#include "record/json_in.h"

#include "record/messages.h"
#include "schema/messages.h"

enum { CHILD_DEPTH_MAX = 2 };

bool json_in_note(struct arena *a, struct err_list *errors, const struct err *err) {
    size_t count = errors->count;
    if ((count & (count - 1)) == 0) { /* full at every power of two */
        struct err *larger = ARENA_ARRAY(a, count ? count * 2 : 1, struct err);
        if (!larger) return false;
        for (size_t i = 0; i < count; i++)
            err_copy(&larger[i], &errors->items[i]);
        errors->items = larger;
    }
    err_copy(&errors->items[errors->count++], err);
    return true;
}

/* ---- multi-valued fields ---- */

static crm_status bad_item(size_t at, struct err *err) {
    char number[24];
    (void)snprintf(number, sizeof number, "%zu", at + 1);
    return err_set(err, CRM_REFUSED, &record_item_form, number, NULL);
}

static crm_status keep(struct json_in *in, struct str text, struct str *ret, struct err *err) {
    *ret = arena_str(in->changeset->arena, text);
    return ret->ptr ? CRM_OK : err_no_memory(err);
}

static crm_status labelled_item(struct json_in *in, const json_t *json, size_t at,
                                struct store_item *ret, struct err *err) {
    const json_t *value = json, *label = NULL, *primary = NULL;
    if (json_is_object(json)) {
        const char *key;
        json_t *unused;
        value = json_object_get(json, "value");
        label = json_object_get(json, "label");
        primary = json_object_get(json, "primary");
        json_object_foreach((json_t *)(uintptr_t)json, key,
                            unused) if (strcmp(key, "value") != 0 && strcmp(key, "label") != 0 &&
                                        strcmp(key, "primary") !=
                                            0) return err_set(err, CRM_REFUSED, &record_item_key,
                                                              key, NULL);
    }
    if (!json_is_string(value) || (label && !json_is_string(label) && !json_is_null(label)) ||
        (primary && !json_is_boolean(primary) && !json_is_null(primary)))
        return bad_item(at, err);
    struct str text;
    crm_status status = keep(in, json_str(value), &text, err);
    if (status == CRM_OK && json_is_string(label))
        status = keep(in, json_str(label), &ret->label, err);
    ret->value = value_text(text);
    ret->primary = json_is_true(primary);
    return status;
}

static const struct schema_field *attribute(const struct schema_field *f, const char *name,
                                            size_t *ret_at) {
    for (size_t i = 0; i < f->attribute_count; i++)
        if (str_is(f->attributes[i].name, name)) return *ret_at = i, &f->attributes[i];
    return NULL;
}

static crm_status link_attributes(struct json_in *in, const struct schema_field *f,
                                  const json_t *json, struct store_item *ret, struct err *err) {
    const char *key;
    json_t *value;
    struct value *attributes =
        ARENA_ARRAY(in->changeset->arena, f->attribute_count + 1, struct value);
    if (!attributes) return err_no_memory(err);
    ret->attributes = attributes;
    json_object_foreach((json_t *)(uintptr_t)json, key, value) {
        size_t at = 0;
        if (strcmp(key, "id") == 0 || strcmp(key, "external_id") == 0 || strcmp(key, "title") == 0)
            continue;
        const struct schema_field *a = attribute(f, key, &at);
        if (!a) return err_set(err, CRM_REFUSED, &record_item_key, key, NULL);
        crm_status status = json_in_value(in, a, value, &attributes[at], err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

static crm_status item(struct json_in *in, const struct schema_field *f, const json_t *json,
                       size_t at, struct store_item *ret, struct err *err) {
    if (f->type == SCHEMA_FIELD_LABELLED) return labelled_item(in, json, at, ret, err);
    if (f->type == SCHEMA_FIELD_CHOICES) {
        struct str code;
        if (!json_is_string(json)) return bad_item(at, err);
        crm_status status = keep(in, json_str(json), &code, err);
        ret->value = value_text(code);
        return status;
    }
    crm_status status = json_in_reference(
        in, schema_entity_by_id(in->view->access->schema, f->ref_entity), json, &ret->value, err);
    return status == CRM_OK && json_is_object(json) ? link_attributes(in, f, json, ret, err)
                                                    : status;
}

crm_status json_in_items(struct json_in *in, const struct schema_field *f, const json_t *array,
                         struct store_item **ret, size_t *ret_count, struct err *err) {
    size_t count = json_array_size(array);
    struct store_item *items = ARENA_ARRAY(in->changeset->arena, count + 1, struct store_item);
    if (!items) return err_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        crm_status status = item(in, f, json_array_get(array, i), i, &items[i], err);
        if (status != CRM_OK) return status;
    }
    *ret = items;
    *ret_count = count;
    return CRM_OK;
}

static crm_status put_items(struct json_in *in, struct record_op *op, const struct schema_field *f,
                            enum record_write_kind kind, const json_t *array, struct err *err) {
    struct store_item *items = NULL;
    size_t count = 0;
    if (!json_is_array(array)) return err_set(err, CRM_REFUSED, &record_list_expected, NULL);
    crm_status status = json_in_items(in, f, array, &items, &count, err);
    if (status != CRM_OK) return status;
    return record_op_items(in->changeset, op, f->slot, kind, items, count) ? CRM_OK
                                                                           : err_no_memory(err);
}

static crm_status many(struct json_in *in, struct record_op *op, const struct schema_field *f,
                       const json_t *json, struct err *err) {
    if (json_is_null(json))
        return record_op_items(in->changeset, op, f->slot, RECORD_ITEMS_REPLACE, NULL, 0)
                   ? CRM_OK
                   : err_no_memory(err);
    if (!json_is_object(json)) return put_items(in, op, f, RECORD_ITEMS_REPLACE, json, err);
    const char *key;
    json_t *array;
    json_object_foreach((json_t *)(uintptr_t)json, key,
                        array) if (strcmp(key, "add") != 0 &&
                                   strcmp(key, "remove") != 0) return err_set(err, CRM_REFUSED,
                                                                              &record_list_expected,
                                                                              NULL);
    const json_t *remove = json_object_get(json, "remove"), *add = json_object_get(json, "add");
    crm_status status = remove ? put_items(in, op, f, RECORD_ITEMS_REMOVE, remove, err) : CRM_OK;
    return status == CRM_OK && add ? put_items(in, op, f, RECORD_ITEMS_ADD, add, err) : status;
}

/* ---- objects ---- */

static crm_status fields_of(struct json_in *in, struct record_op *op, const json_t *object,
                            int depth, struct err *err);

static crm_status child(struct json_in *in, struct record_op *ret, const struct schema_entity *e,
                        const json_t *json, int depth, struct err *err) {
    const json_t *id = json_object_get(json, "id");
    *ret = (struct record_op){.verb = RECORD_CREATE, .entity = e};
    if (id && !json_is_null(id)) {
        const struct str args[] = {json_str(id)};
        if (!json_is_string(id) || !id_parse(json_str(id), &ret->id))
            return err_set_args(err, CRM_REFUSED, &record_reference_missing, args, 1);
        ret->verb = RECORD_UPDATE;
    }
    return fields_of(in, ret, json, depth + 1, err);
}

/* "price" of the second line is "lines[1].price" to whoever sent them. */
static void name_line(struct err *err, const struct schema_field *f, size_t at) {
    char path[ERR_NAME_BYTES];
    if (!err) return;
    int len = snprintf(path, sizeof path, err->field[0] ? "%.*s[%zu].%s" : "%.*s[%zu]",
                       STR_ARG(f->name), at, err->field);
    if (len > 0 && (size_t)len < sizeof path) memcpy(err->field, path, (size_t)len + 1);
}

static crm_status children(struct json_in *in, struct record_op *op, const struct schema_field *f,
                           const json_t *json, int depth, struct err *err) {
    const struct schema_entity *e = schema_entity_by_id(in->view->access->schema, f->ref_entity);
    size_t count = json_is_null(json) ? 0 : json_array_size(json);
    if ((!json_is_array(json) && !json_is_null(json)) || !e || depth >= CHILD_DEPTH_MAX)
        return err_set(err, CRM_REFUSED, &record_children_form, NULL);
    struct record_op *ops = ARENA_ARRAY(in->changeset->arena, count + 1, struct record_op);
    if (!ops) return err_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        const json_t *line = json_array_get(json, i);
        crm_status status = json_is_object(line)
                                ? child(in, &ops[i], e, line, depth, err)
                                : err_set(err, CRM_REFUSED, &record_children_form, NULL);
        if (status != CRM_OK) {
            name_line(err, f, i);
            return status;
        }
    }
    return record_op_children(in->changeset, op, f->slot, ops, count) ? CRM_OK : err_no_memory(err);
}

static crm_status one_field(struct json_in *in, struct record_op *op, const struct schema_field *f,
                            const json_t *json, int depth, struct err *err) {
    if (f->read_only) return err_set(err, CRM_REFUSED, &record_field_read_only, NULL);
    if (f->type == SCHEMA_FIELD_CHILDREN) return children(in, op, f, json, depth, err);
    if (schema_field_storage(f->type) == SCHEMA_STORAGE_LINKS) return many(in, op, f, json, err);
    struct value value;
    crm_status status = json_in_value(in, f, json, &value, err);
    if (status != CRM_OK) return status;
    return record_op_set(in->changeset, op, f->slot, value) ? CRM_OK : err_no_memory(err);
}

static crm_status unknown(struct json_in *in, const struct schema_entity *e, struct str name,
                          struct err *err) {
    struct access_scope scope;
    struct expr_scope names = access_expr_scope(&scope, in->view->access, e);
    struct str near = names.suggest ? names.suggest(names.ctx, e->id, name) : STR_NONE;
    const struct str args[] = {name, e->name, near};
    err_set_args(err, CRM_INVALID, near.len ? &schema_unknown_field_near : &schema_unknown_field,
                 args, near.len ? 3 : 2);
    if (err) err->text.code = schema_unknown_field.code;
    return CRM_INVALID;
}

/* `id` and `version` of a record that is sent back as it was read are passed over. */
static bool is_head(const struct record_op *op, const struct schema_field *f, const json_t *json) {
    if (!f->standard) return false;
    if (f->id == SCHEMA_STD_VERSION) return op->verb != RECORD_CREATE;
    int64_t id = 0;
    if (f->id != SCHEMA_STD_ID) return false;
    return op->verb == RECORD_CREATE ? json_is_null(json)
                                     : id_parse(json_str(json), &id) && id == op->id;
}

static crm_status fields_of(struct json_in *in, struct record_op *op, const json_t *object,
                            int depth, struct err *err) {
    crm_status first = CRM_OK;
    const char *key;
    json_t *json;
    json_object_foreach((json_t *)(uintptr_t)object, key, json) {
        struct str name = str_from(key);
        struct err problem;
        err_clear(&problem);
        const struct schema_field *f = schema_field_find(op->entity, name);
        bool visible = f && access_field_visible(in->view->access, op->entity, f);
        if (visible && is_head(op, f, json)) continue;
        crm_status status = visible ? one_field(in, op, f, json, depth, &problem)
                                    : unknown(in, op->entity, name, &problem);
        if (status == CRM_OK) continue;
        err_at_field(&problem, name);
        err_at_entity(&problem, op->entity->name);
        if (first == CRM_OK || (status == CRM_INVALID && first != CRM_INVALID)) {
            first = status;
            if (err) err_copy(err, &problem);
        }
        if (status != CRM_REFUSED && status != CRM_INVALID) return status;
        if (depth == 0 && in->errors && !json_in_note(in->changeset->arena, in->errors, &problem))
            return err_no_memory(err);
    }
    return first;
}

crm_status record_op_from_json(struct record_view *v, struct changeset *c, struct record_op *op,
                               const json_t *object, const struct record_names *names,
                               struct err_list *errors, struct err *err) {
    struct json_in in = {.view = v, .changeset = c, .names = names, .errors = errors};
    if (!json_is_object(object)) return err_set(err, CRM_INVALID, &record_object_expected, NULL);
    bool began = false;
    crm_status status = read_begin(v, &began, err);
    if (status != CRM_OK) return status;
    status = fields_of(&in, op, object, 0, err);
    read_end(v, began);
    return status;
}
