/* Children written nested in their parent, and what a change of a child means to the parent.
 *
 * The list given is the whole list: children with an id are updated, others created, missing ones
 * trashed. Rights are the parent's, so nothing is asked of the child beyond its rules. */
#include "record/messages.h"
#include "record/prepare.h"

enum { CHILDREN_MAX = 2000 };

struct children {
    const struct schema_entity *entity;
    const struct schema_field *by;
    const struct schema_field *position; /* integer field that keeps the order, or NULL */
    int64_t *kept;
    size_t kept_count;
};

static crm_status child_foreign(struct prepare *p, struct prepared *c, const struct schema_field *f,
                                int64_t id, struct err *err) {
    char text[24];
    struct err error;
    snprintf(text, sizeof text, "%lld", (long long)id);
    err_set(&error, CRM_REFUSED, &record_child_foreign, text, NULL);
    return prepare_error(p, c, f, &error, err);
}

static crm_status child_begin(struct prepare *p, struct prepared *parent,
                              const struct children *all, const struct record_op *op,
                              struct prepared **ret, struct err *err) {
    struct record_op own = *op;
    own.entity = all->entity;
    if (op->verb == RECORD_CREATE) {
        if (own.id == 0) own.id = id_next(&p->engine->ids);
        crm_status status = prepare_begin_create(p, &own, PREPARE_OP_NESTED, ret, err);
        if (status == CRM_OK) prepare_put(*ret, all->by, value_id(parent->change.id));
        return status;
    }
    crm_status status = prepare_system_change(p, RECORD_UPDATE, all->entity, own.id, ret, err);
    if (status != CRM_OK || !*ret) return status;
    const struct value *row = (*ret)->change.after;
    if (row_is_living(all->entity, row) && row[all->by->slot].type == VALUE_ID &&
        row[all->by->slot].integer == parent->change.id)
        return CRM_OK;
    *ret = NULL;
    return CRM_OK;
}

static crm_status child_write(struct prepare *p, struct prepared *parent,
                              const struct schema_field *f, struct children *all,
                              const struct record_op *op, size_t position, struct err *err) {
    struct prepared *c = NULL;
    crm_status status = child_begin(p, parent, all, op, &c, err);
    if (status != CRM_OK) return status;
    if (!c) return child_foreign(p, parent, f, op->id, err);
    c->by_system = false;
    c->nested = true;
    c->list = f->name;
    c->place = position + 1;
    all->kept[all->kept_count++] = c->change.id;
    status = prepare_writes(p, c, op, err);
    if (status != CRM_OK) return status;
    if (all->position && !slot_has(&c->written, all->position->slot))
        prepare_put(c, all->position, value_int((int64_t)position + 1));
    return c->change.verb == RECORD_CREATE && !c->quiet ? prepare_defaults(p, c, err) : CRM_OK;
}

static bool is_kept(const struct children *all, int64_t id) {
    for (size_t i = 0; i < all->kept_count; i++)
        if (all->kept[i] == id) return true;
    return false;
}

static crm_status children_drop(struct prepare *p, struct prepared *parent,
                                const struct children *all, struct err *err) {
    int64_t *ids = NULL;
    size_t count = 0;
    if (!parent->change.before) return CRM_OK;
    crm_status status = store_record_referrers(p->conn, all->entity, all->by, parent->change.id,
                                               p->arena, CHILDREN_MAX * 10, &ids, &count, err);
    for (size_t i = 0; i < count && status == CRM_OK; i++) {
        const struct value *row = NULL;
        struct prepared *c = NULL;
        if (is_kept(all, ids[i])) continue;
        status = row_eval_row(&p->eval, all->entity, ids[i], &row, err);
        if (status != CRM_OK || !row_is_living(all->entity, row)) continue;
        status = prepare_system_change(p, RECORD_DELETE, all->entity, ids[i], &c, err);
        if (status == CRM_OK && c) status = prepare_cascade(p, c, err);
    }
    return status;
}

crm_status prepare_children(struct prepare *p, struct prepared *c, const struct schema_field *f,
                            const struct record_write *w, struct err *err) {
    struct children all = {.entity = schema_entity_by_id(p->schema, f->ref_entity)};
    all.by = all.entity ? schema_field_find(all.entity, f->ref_by) : NULL;
    if (f->type != SCHEMA_FIELD_CHILDREN || !all.by)
        return prepare_field_error(p, c, f, CRM_REFUSED, &record_items_not_many, err);
    if (w->child_count > CHILDREN_MAX) {
        struct err error;
        err_set(&error, CRM_REFUSED, &record_too_many_items, "2000", NULL);
        return prepare_error(p, c, f, &error, err);
    }
    const struct schema_field *position = schema_field_find(all.entity, STR("position"));
    if (position && position->type == SCHEMA_FIELD_INTEGER) all.position = position;
    all.kept = ARENA_ARRAY(p->arena, w->child_count + 1, int64_t);
    if (!all.kept) return err_no_memory(err);
    crm_status status = CRM_OK;
    for (size_t i = 0; i < w->child_count && status == CRM_OK; i++)
        if (w->children[i].verb != RECORD_DELETE)
            status = child_write(p, c, f, &all, &w->children[i], i, err);
    if (status == CRM_OK) status = children_drop(p, c, &all, err);
    c->touched = true;
    return status;
}

crm_status prepare_parent_touch(struct prepare *p, const struct prepared *c, struct err *err) {
    const struct schema_entity *e = c->change.entity,
                               *parent = schema_entity_by_id(p->schema, e->parent_entity);
    const struct value *rows[] = {c->change.before, c->change.after};
    for (size_t i = 0; parent && i < 2; i++) {
        if (!rows[i] || value_is_nil(rows[i][e->parent_slot])) continue;
        struct prepared *touched = NULL;
        crm_status status = prepare_system_change(p, RECORD_UPDATE, parent,
                                                  rows[i][e->parent_slot].integer, &touched, err);
        if (status != CRM_OK) return status;
        if (touched) touched->touched = true;
    }
    return CRM_OK;
}
