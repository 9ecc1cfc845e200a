/* One record for code; what it does is read_row.c's. Threads: the view's. */
#include "record/row.h"

#include "record/messages.h"
#include "record/read_core.h"

static void slots_all(const struct schema_entity *e, struct slot_set *slots) {
    for (size_t i = 0; i < e->field_count; i++) {
        enum schema_storage storage = schema_storage_of(&e->fields[i]);
        if (storage != SCHEMA_STORAGE_NONE && storage != SCHEMA_STORAGE_LINKS)
            slot_add(slots, (int32_t)i);
    }
}

crm_status record_row_find(struct record_view *v, const struct schema_entity *e, int64_t id,
                           struct record_row *ret, struct err *err) {
    struct read_row row;
    struct slot_set slots = {0};
    slots_all(e, &slots);
    crm_status status = read_row_find(v, e, id, &slots, &row, err);
    if (status == CRM_FORBIDDEN ||
        (status == CRM_OK &&
         !value_is_nil(row.row[schema_standard(e, SCHEMA_STD_DELETED_AT)->slot])))
        status = err_set(err, CRM_NOT_FOUND, &record_not_found, NULL);
    if (status == CRM_OK) *ret = (struct record_row){v, e, id, row.row};
    return status;
}

static struct read_row at_hand(const struct record_row *r) {
    return (struct read_row){
        .view = r->view, .entity = r->entity, .id = r->id, .row = r->row, .viewer = true};
}

crm_status record_row_value(const struct record_row *r, const struct schema_field *f,
                            struct value *ret, struct err *err) {
    struct read_row row = at_hand(r);
    return read_row_value(&row, f, ret, err);
}

crm_status record_row_items(const struct record_row *r, const struct schema_field *f,
                            const struct store_item **ret, size_t *ret_count, struct err *err) {
    struct read_row row = at_hand(r);
    struct read_items items;
    crm_status status = read_row_items(&row, f, &items, err);
    if (status != CRM_OK) return status;
    *ret = items.list;
    *ret_count = items.count;
    return CRM_OK;
}
