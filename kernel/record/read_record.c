/* One record as JSON: its row by id or as it has just been written, the viewer's rule on it, then
 * only what was asked for. */
#include "record/json_out.h"
#include "record/merge.h"
#include "record/messages.h"
#include "record/past.h"
#include "record/plan.h"
#include "record/read_select.h"

crm_status read_row_next(struct read_row *at, const struct schema_entity *e, int64_t id,
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
                     ? read_row_next(&at, p->entity[i + 1], value.integer, &slots, err)
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
    if (row->merged_into) {
        json_key_lit(out, "merged_into");
        crm_status status = read_put_ref(row->view, out, row->entity, row->merged_into, err);
        if (status != CRM_OK) return status;
    }
    json_object_shut(out);
    return CRM_OK;
}

/* The record that stayed, where the viewer may know it. */
static crm_status find_survivor(struct read_row *row, struct err *err) {
    struct record_view *v = row->view;
    const struct schema_field *deleted = schema_standard(row->entity, SCHEMA_STD_DELETED_AT);
    struct read_row survivor;
    struct slot_set slots = {0};
    int64_t into = 0;
    if (!deleted || value_is_nil(row->row[deleted->slot])) return CRM_OK;
    crm_status status =
        record_merged_into(v->conn, v->access->schema, row->entity, row->id, v->arena, &into, err);
    if (status != CRM_OK || !into) return status;
    status = read_row_find(v, row->entity, into, &slots, &survivor, err);
    if (status == CRM_OK) row->merged_into = into;
    return status == CRM_NOT_FOUND ? CRM_OK : status;
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

static bool stays_within(void *ctx, const struct expr *e) {
    (void)ctx;
    return e->op != EXPR_PATH || e->path.length == 1;
}

static bool is_in_row(const struct schema_field *f) {
    if (f->type == SCHEMA_FIELD_FORMULA && !f->stored)
        return f->formula && expr_walk(f->formula, stays_within, NULL);
    return schema_storage_of(f) != SCHEMA_STORAGE_LINKS && f->type != SCHEMA_FIELD_CHILDREN &&
           !(f->type == SCHEMA_FIELD_ROLLUP && f->rollup_viewer);
}

/* Nothing but the record's row is needed, save perhaps titles of what it points to, which are what
 * they are when they are looked up. */
static bool one_row_will_do(const struct record_view *v, const struct schema_entity *e,
                            const struct read_select *select) {
    const struct expr *rule = access_rows(v->access, SCHEMA_ACTION_READ, e);
    if (!rule || (!access_is_all(rule) && !expr_walk(rule, stays_within, NULL))) return false;
    for (size_t i = 0; i < select->count; i++)
        if (select->paths[i].length > 1 || !is_in_row(select->paths[i].field[0])) return false;
    return true;
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
    if (one_row_will_do(v, e, &select)) store_expect_one(v->conn);
    status = read_row_find(v, e, id, &slots, &row, err);
    if (status == CRM_OK && fields.len == 0) status = find_survivor(&row, err);
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

/* ---- what has just been made ----------------------------------------------------------------- */
/* The whole changeset is one create: nothing else can have touched its row or points to it. One
 * that the writer took to a newer snapshot than the reader's is read like any other. */
static const struct record_change *sole_create(const struct record_view *v,
                                               const struct changeset_result *made, size_t op) {
    const struct record_plan *plan = made->plan;
    if (made->replayed || !plan || plan->change_count != 1 ||
        plan->changeset->schema != v->access->schema)
        return NULL;
    const struct record_change *c = &plan->changes[0];
    return !c->before && c->written && c->op == op ? c : NULL;
}

static struct read_items *written_items(struct record_view *v, const struct record_change *c) {
    struct read_items *items = ARENA_ARRAY(v->arena, c->entity->field_count, struct read_items);
    for (size_t i = 0; items && i < c->entity->field_count; i++)
        items[i].known = true;
    for (size_t i = 0; items && i < c->item_change_count; i++)
        items[c->items[i].field->slot] = (struct read_items){
            .known = true, .list = c->items[i].after, .count = c->items[i].after_count};
    return items;
}

static crm_status put_made(struct record_view *v, const struct record_change *c, struct str fields,
                           struct json_writer *out, struct err *err) {
    struct read_select select;
    struct read_row row = {.view = v,
                           .entity = c->entity,
                           .id = c->id,
                           .row = c->written,
                           .items = written_items(v, c),
                           .viewer = true,
                           .newborn = true};
    bool allowed = false;
    if (!row.items) return err_no_memory(err);
    crm_status status = read_select_parse(v, c->entity, fields, &select, err);
    if (status == CRM_OK) status = read_row_allowed(&row, SCHEMA_ACTION_READ, &allowed, err);
    if (status != CRM_OK) return status;
    if (!allowed) return err_set(err, CRM_NOT_FOUND, &record_not_found, NULL);
    return read_record_write(&row, &select, out, err);
}

crm_status record_made_json(struct record_view *v, const struct changeset_result *made, size_t op,
                            struct str fields, struct json_writer *out, int64_t *ret_version,
                            struct err *err) {
    const struct record_change *c = sole_create(v, made, op);
    if (!c || c->entity->resident)
        return record_get_json(v, made->changeset->ops[op].entity, made->outcomes[op].id, fields,
                               out, ret_version, err);
    bool began = false;
    crm_status status = read_begin(v, &began, err);
    if (status != CRM_OK) return status;
    status = put_made(v, c, fields, out, err);
    read_end(v, began);
    if (status == CRM_OK && ret_version) *ret_version = c->version_after;
    return status;
}
