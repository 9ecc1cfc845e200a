/* Merging duplicates: every reference to the others is turned to the record that stays. See bulk.h.
 */
#include <stdio.h>

#include "http/bulk.h"
#include "http/messages.h"

struct merge {
    struct record_view *view;
    struct changeset *changeset;
    const struct schema_entity *entity;
    int64_t into;
    int64_t ids[MERGE_MAX]; /* the others */
    size_t count;
    size_t referrers;
};

static bool is_other(const struct merge *m, int64_t id) {
    for (size_t i = 0; i < m->count; i++)
        if (m->ids[i] == id) return true;
    return false;
}

/* One op a record, however many of its fields refer to the merged ones. */
static struct record_op *op_for(struct merge *m, const struct schema_entity *e, int64_t id) {
    struct changeset *c = m->changeset;
    for (size_t i = 0; i < c->op_count; i++)
        if (c->ops[i].id == id && c->ops[i].entity == e) return &c->ops[i];
    return changeset_op(c, RECORD_UPDATE, e, id);
}

static crm_status turn_reference(struct merge *m, struct record_op *op,
                                 const struct schema_field *f, struct err *err) {
    struct value v = value_id(m->into);
    v.entity = m->entity->id;
    if (op->entity == m->entity && op->id == m->into)
        v = VALUE_OF_NIL; /* nothing refers to itself */
    return record_op_set(m->changeset, op, f->slot, v) ? CRM_OK : err_no_memory(err);
}

static crm_status turn_links(struct merge *m, struct record_op *op, const struct schema_field *f,
                             struct err *err) {
    struct arena *a = m->changeset->arena;
    struct store_item *items = NULL;
    size_t count = 0, kept = 0;
    bool has_into = false;
    crm_status status = store_links_get(m->view->conn, f, &op->id, 1, a, &items, &count, err);
    for (size_t i = 0; i < count; i++)
        has_into |= items[i].value.integer == m->into;
    for (size_t i = 0; i < count; i++) {
        bool turned = is_other(m, items[i].value.integer);
        if (turned && (has_into || (op->entity == m->entity && op->id == m->into))) continue;
        items[kept] = items[i];
        if (turned) {
            items[kept].value.integer = m->into;
            has_into = true;
        }
        kept++;
    }
    if (status != CRM_OK) return status;
    return record_op_items(m->changeset, op, f->slot, RECORD_ITEMS_REPLACE, items, kept)
               ? CRM_OK
               : err_no_memory(err);
}

static crm_status turn_field(struct merge *m, const struct schema_entity *e,
                             const struct schema_field *f, int64_t other, struct err *err) {
    int64_t *ids = NULL;
    size_t count = 0;
    crm_status status = store_record_referrers(m->view->conn, e, f, other, m->changeset->arena,
                                               MERGE_REFERRERS_MAX + 1, &ids, &count, err);
    for (size_t i = 0; i < count && status == CRM_OK; i++) {
        if (e == m->entity && is_other(m, ids[i])) continue;
        if (++m->referrers > MERGE_REFERRERS_MAX)
            return err_set(err, CRM_TOO_LARGE, &http_merge_large, "2000", NULL);
        struct record_op *op = op_for(m, e, ids[i]);
        if (!op) return err_no_memory(err);
        status = f->type == SCHEMA_FIELD_LINKS ? turn_links(m, op, f, err)
                                               : turn_reference(m, op, f, err);
    }
    return status;
}

static bool may_refer(const struct merge *m, const struct schema_field *f) {
    if (f->read_only || (f->standard && f->id != SCHEMA_STD_OWNER && f->id != SCHEMA_STD_TEAM &&
                         f->id != SCHEMA_STD_TAGS && f->id != SCHEMA_STD_FOLLOWERS))
        return false;
    if (f->type == SCHEMA_FIELD_REF_ANY) return true;
    return (f->type == SCHEMA_FIELD_REF || f->type == SCHEMA_FIELD_LINKS ||
            f->type == SCHEMA_FIELD_FILE) &&
           f->ref_entity == m->entity->id;
}

static crm_status ids_read(struct merge *m, const json_t *body, struct err *err) {
    const json_t *ids = json_object_get(body, "ids"), *merge = json_object_get(body, "merge");
    bool has_into = false;
    size_t count = json_array_size(ids);
    if (count < 2 || count > MERGE_MAX ||
        !id_parse(json_str(json_object_get(merge, "into")), &m->into))
        return err_set(err, CRM_INVALID, &http_merge_form, "50", NULL);
    for (size_t i = 0; i < count; i++) {
        int64_t id;
        if (!id_parse(json_str(json_array_get(ids, i)), &id))
            return err_set(err, CRM_NOT_FOUND, &http_not_found, NULL);
        if (id == m->into) {
            has_into = true;
        } else if (!is_other(m, id)) {
            m->ids[m->count++] = id;
        }
    }
    return has_into && m->count ? CRM_OK : err_set(err, CRM_INVALID, &http_merge_form, "50", NULL);
}

crm_status merge_fill(struct record_view *view, struct changeset *c, const struct schema_entity *e,
                      const json_t *body, struct err_list *errors, struct err *err) {
    struct merge m = {.view = view, .changeset = c, .entity = e};
    const struct schema *schema = view->access->schema;
    const json_t *set = json_object_get(json_object_get(body, "merge"), "set");
    crm_status status = ids_read(&m, body, err);
    for (size_t i = 0; i < m.count && status == CRM_OK; i++)
        for (size_t n = 0; n < schema->entity_count && status == CRM_OK; n++)
            for (size_t f = 0; f < schema->entities[n].field_count && status == CRM_OK; f++)
                if (may_refer(&m, &schema->entities[n].fields[f]))
                    status = turn_field(&m, &schema->entities[n], &schema->entities[n].fields[f],
                                        m.ids[i], err);
    if (status != CRM_OK) return status;
    struct record_op *stays = op_for(&m, e, m.into);
    if (!stays) return err_no_memory(err);
    if (set) status = record_op_from_json(view, c, stays, set, NULL, errors, err);
    for (size_t i = 0; i < m.count && status == CRM_OK; i++)
        if (!changeset_op(c, RECORD_DELETE, e, m.ids[i])) status = err_no_memory(err);
    return status;
}
