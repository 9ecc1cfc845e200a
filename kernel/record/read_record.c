/* One record as JSON: its row by id, the viewer's rule on it, then only what was asked for. */
#include "record/json_out.h"
#include "record/past.h"
#include "record/read_select.h"

/* The record that a path goes on in: of the same time as the one it comes from. */
static crm_status next_row(struct read_row *at, const struct schema_entity *e, int64_t id,
                           const struct slot_set *slots, struct err *err) {
    struct record_view *v = at->view;
    struct past past;
    bool allowed = false;
    if (!at->in_past || e->resident) return read_row_find(v, e, id, slots, at, err);
    crm_status status = as_of_row(v, e, id, at->as_of_seq, &past, at, err);
    if (status == CRM_OK) status = as_of_allowed(at, &past, &allowed, err);
    return status == CRM_OK && !allowed ? CRM_NOT_FOUND : status;
}

crm_status read_path_write(struct read_row *row, struct json_writer *out,
                           const struct schema_path *p, struct err *err) {
    struct read_row at = *row;
    for (uint8_t i = 0; i + 1 < p->length; i++) {
        struct value value;
        crm_status status = read_row_value(&at, p->field[i], &value, err);
        if (status != CRM_OK) return status;
        struct slot_set slots = {0};
        read_field_slots(p->entity[i + 1], p->field[i + 1], &slots);
        status = value.type == VALUE_ID
                     ? next_row(&at, p->entity[i + 1], value.integer, &slots, err)
                     : CRM_NOT_FOUND;
        if (status == CRM_NOT_FOUND || status == CRM_FORBIDDEN) {
            json_nil(out);
            return CRM_OK;
        }
        if (status != CRM_OK) return status;
    }
    return json_out_field(&at, out, read_last(p), err);
}

crm_status read_record_write(struct read_row *row, const struct read_select *select,
                             struct json_writer *out, struct err *err) {
    const struct schema_field *version = schema_standard(row->entity, SCHEMA_STD_VERSION);
    json_object_open(out);
    json_key_lit(out, "id");
    json_id(out, row->id);
    if (version) {
        json_key_lit(out, "version");
        json_value_put(out, &row->row[version->slot]);
    }
    for (size_t i = 0; i < select->count; i++) {
        json_key(out, select->keys[i]);
        crm_status status = read_path_write(row, out, &select->paths[i], err);
        if (status != CRM_OK) return status;
    }
    json_object_shut(out);
    return CRM_OK;
}

void read_select_slots(const struct schema_entity *e, const struct read_select *select,
                       struct slot_set *slots) {
    for (size_t i = 0; i < select->count; i++)
        read_field_slots(e, select->paths[i].field[0], slots);
    const struct schema_field *version = schema_standard(e, SCHEMA_STD_VERSION),
                              *deleted = schema_standard(e, SCHEMA_STD_DELETED_AT);
    if (version) slot_add(slots, version->slot);
    if (deleted) slot_add(slots, deleted->slot);
}

static crm_status get(struct record_view *v, const struct schema_entity *e, int64_t id,
                      struct str fields, struct json_writer *out, int64_t *ret_version,
                      struct err *err) {
    struct read_select select;
    struct slot_set slots = {0};
    struct read_row row;
    crm_status status = read_select_parse(v, e, fields, &select, err);
    if (status != CRM_OK) return status;
    read_select_slots(e, &select, &slots);
    status = read_row_find(v, e, id, &slots, &row, err);
    if (status == CRM_OK) status = read_record_write(&row, &select, out, err);
    const struct schema_field *version = schema_standard(e, SCHEMA_STD_VERSION);
    if (status == CRM_OK && ret_version)
        *ret_version = version ? row.row[version->slot].integer : 0;
    return status;
}

crm_status record_get_json(struct record_view *v, const struct schema_entity *e, int64_t id,
                           struct str fields, struct json_writer *out, int64_t *ret_version,
                           struct err *err) {
    bool began = false;
    crm_status status = read_begin(v, &began, err);
    if (status != CRM_OK) return status;
    status = get(v, e, id, fields, out, ret_version, err);
    read_end(v, began);
    return status;
}
