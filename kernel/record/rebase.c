/* See rebase.h. */
#include "record/rebase.h"

#include "record/changeset.h"
#include "record/convert.h"
#include "record/messages.h"

struct rebase {
    struct changeset *changeset;
    const struct schema *schema; /* of now */
    const struct company *company;
    struct row_eval eval; /* arena and resident data only */
};

static const struct schema_field *field_now(const struct schema_entity *e,
                                            const struct schema_field *f) {
    const struct schema_field *now = schema_field_by_id(e, f->id);
    for (size_t i = 0; !now && i < e->field_count; i++)
        if (e->fields[i].replaces == f->id && !e->fields[i].building) now = &e->fields[i];
    return now;
}

/* Attributes stand in the order of the field. */
static crm_status rebase_items(struct rebase *r, const struct schema_field *from,
                               const struct schema_field *to, struct record_write *w,
                               struct err *err) {
    struct store_item *items =
        ARENA_ARRAY(r->changeset->arena, w->item_count + 1, struct store_item);
    if (!items) return err_no_memory(err);
    for (size_t i = 0; i < w->item_count; i++) {
        struct value *values =
            ARENA_ARRAY(r->changeset->arena, to->attribute_count + 1, struct value);
        if (!values) return err_no_memory(err);
        items[i] = w->items[i];
        items[i].attributes = w->items[i].attributes ? values : NULL;
        for (size_t n = 0; items[i].attributes && n < to->attribute_count; n++)
            for (size_t k = 0; k < from->attribute_count; k++)
                if (from->attributes[k].id == to->attributes[n].id)
                    values[n] = w->items[i].attributes[k];
    }
    w->items = items;
    return CRM_OK;
}

static crm_status rebase_ops(struct rebase *r, const struct record_op *ops, size_t count,
                             struct record_op **ret, struct err *err);

/* *ret_kept false: the field is out of use. */
static crm_status rebase_write(struct rebase *r, const struct schema_entity *old,
                               const struct schema_entity *now, struct record_write *w,
                               bool *ret_kept, struct err *err) {
    const struct schema_field *from = schema_field_at(old, w->slot),
                              *to = from ? field_now(now, from) : NULL;
    *ret_kept = to != NULL;
    if (!to) return CRM_OK;
    w->slot = to->slot;
    if (w->kind == RECORD_CHILDREN)
        return rebase_ops(r, w->children, w->child_count, &w->children, err);
    if (from->attribute_count || to->attribute_count) return rebase_items(r, from, to, w, err);
    struct value v = w->value;
    if (w->kind != RECORD_SET || to->id == from->id ||
        convert_value(&r->eval, r->company, from, to, &v, &w->value))
        return CRM_OK;
    err_set(err, CRM_REFUSED, &record_type_changed, schema_field_type_word(to->type), NULL);
    err_at_entity(err, now->name);
    err_at_field(err, to->name);
    return CRM_REFUSED;
}

static crm_status rebase_op(struct rebase *r, const struct record_op *from, struct record_op *to,
                            struct err *err) {
    const struct schema_entity *now = schema_entity_by_id(r->schema, from->entity->id);
    if (!now) return err_set(err, CRM_NOT_FOUND, &record_entity_gone, NULL);
    *to = *from;
    to->entity = now;
    to->writes = ARENA_ARRAY(r->changeset->arena, from->write_count + 1, struct record_write);
    to->write_count = 0;
    to->write_capacity = from->write_count + 1;
    if (!to->writes) return err_no_memory(err);
    for (size_t i = 0; i < from->write_count; i++) {
        bool keep = false;
        struct record_write *w = &to->writes[to->write_count];
        *w = from->writes[i];
        crm_status status = rebase_write(r, from->entity, now, w, &keep, err);
        if (status != CRM_OK) return status;
        to->write_count += keep;
    }
    return CRM_OK;
}

static crm_status rebase_ops(struct rebase *r, const struct record_op *ops, size_t count,
                             struct record_op **ret, struct err *err) {
    struct record_op *moved = ARENA_ARRAY(r->changeset->arena, count + 1, struct record_op);
    if (!moved) return err_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        crm_status status = rebase_op(r, &ops[i], &moved[i], err);
        if (status != CRM_OK) return status;
    }
    *ret = moved;
    return CRM_OK;
}

crm_status changeset_rebase(struct engine *e, struct changeset *c, struct schema *schema,
                            struct changeset **ret, struct err *err) {
    const struct resident *resident = engine_resident_ref(e);
    struct rebase r = {.changeset = c,
                       .schema = schema,
                       .company = engine_company_ref(e),
                       .eval = {.schema = schema, .resident = resident, .arena = c->arena}};
    struct changeset *moved = ARENA_NEW(c->arena, struct changeset);
    struct record_op *ops = NULL;
    crm_status status = moved ? rebase_ops(&r, c->ops, c->op_count, &ops, err) : err_no_memory(err);
    engine_company_unref(e, r.company);
    engine_resident_unref(e, resident);
    if (status != CRM_OK) return status;
    struct schema *former = c->in_force;
    c->in_force = schema_ref(schema);
    schema_unref(former);
    *moved = *c;
    moved->schema = schema;
    moved->ops = ops;
    moved->op_capacity = c->op_count + 1;
    *ret = moved;
    return CRM_OK;
}
