/* References in JSON: "123", {"id"}, {"external_id"}, "$name" of an earlier write of the batch; to
 * any record with {"entity"} beside. Whether the record exists and may be seen is asked again by
 * prepare; here only what must be looked up. */
#include "record/json_in.h"

#include "base/id.h"
#include "record/messages.h"

static crm_status missing(struct str what, struct err *err) {
    const struct str args[] = {what};
    return err_set_args(err, CRM_REFUSED, &record_reference_missing, args, 1);
}

static const struct schema_entity *entity_of_op(const struct changeset *c, int64_t id) {
    for (size_t i = 0; i < c->op_count; i++)
        if (c->ops[i].id == id) return c->ops[i].entity;
    return NULL;
}

static crm_status named(struct json_in *in, const struct schema_entity *e, struct str name,
                        struct value *ret, struct err *err) {
    for (size_t i = 0; in->names && i < in->names->count; i++) {
        if (!str_eq(in->names->names[i], name)) continue;
        const struct schema_entity *of = entity_of_op(in->changeset, in->names->ids[i]);
        if (e && of && of != e) return err_set(err, CRM_REFUSED, &record_reference_entity, NULL);
        *ret = value_id(in->names->ids[i]);
        ret->entity = e ? e->id : of ? of->id : 0;
        return CRM_OK;
    }
    const struct str args[] = {name};
    return err_set_args(err, CRM_REFUSED, &record_name_unknown, args, 1);
}

static crm_status by_external_id(struct json_in *in, const struct schema_entity *e, struct str key,
                                 struct value *ret, struct err *err) {
    struct record_view *v = in->view;
    const struct schema_field *f = e ? schema_standard(e, SCHEMA_STD_EXTERNAL_ID) : NULL;
    struct value value = value_text(key);
    int64_t *ids = NULL;
    size_t count = 0;
    if (!f || key.len == 0) return missing(key, err);
    crm_status status =
        store_record_find(v->conn, e, f->slot, &value, false, v->arena, 2, &ids, &count, err);
    if (status != CRM_OK) return status;
    struct slot_set slots = {0};
    struct read_row row;
    slot_add(&slots, f->slot);
    status = count ? read_row_find(v, e, ids[0], &slots, &row, err) : CRM_NOT_FOUND;
    if (status == CRM_NOT_FOUND || status == CRM_FORBIDDEN) return missing(key, err);
    if (status != CRM_OK) return status;
    *ret = value_id(ids[0]);
    ret->entity = e->id;
    return CRM_OK;
}

static crm_status by_id(const struct schema_entity *e, struct str text, struct value *ret,
                        struct err *err) {
    int64_t id = 0;
    if (!e) return err_set(err, CRM_REFUSED, &record_reference_any_form, NULL);
    if (!id_parse(text, &id)) return missing(text, err);
    *ret = value_id(id);
    ret->entity = e->id;
    return CRM_OK;
}

static crm_status any_entity(struct json_in *in, const json_t *json,
                             const struct schema_entity **ret, struct err *err) {
    const json_t *name = json_object_get(json, "entity");
    if (!name) return CRM_OK;
    const struct schema_entity *e = schema_find(in->view->access->schema, json_str(name));
    const struct str args[] = {json_str(name)};
    if (!e || !access_entity_visible(in->view->access, e))
        return err_set_args(err, CRM_REFUSED, &record_entity_unknown, args, 1);
    *ret = e;
    return CRM_OK;
}

crm_status json_in_reference(struct json_in *in, const struct schema_entity *e, const json_t *json,
                             struct value *ret, struct err *err) {
    const struct err_text *form = e ? &record_reference_form : &record_reference_any_form;
    const json_t *id = json, *external = NULL;
    if (json_is_object(json)) {
        if (!e) {
            crm_status status = any_entity(in, json, &e, err);
            if (status != CRM_OK) return status;
        }
        id = json_object_get(json, "id");
        external = json_object_get(json, "external_id");
    }
    if (json_is_string(id)) {
        struct str text = json_str(id);
        if (text.len > 1 && text.ptr[0] == '$')
            return named(in, e, str_make(text.ptr + 1, text.len - 1), ret, err);
        return by_id(e, text, ret, err);
    }
    if (!id && json_is_string(external)) return by_external_id(in, e, json_str(external), ret, err);
    return err_set(err, CRM_REFUSED, form, NULL);
}
