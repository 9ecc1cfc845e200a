/* What a new record gets where nothing was given: default expressions, owner and team, the entity's
 * first pipeline and its first open stage. Before-hooks and rules see them. */
#include "record/prepare.h"

static crm_status default_value(struct prepare *p, struct prepared *c, const struct schema_field *f,
                                struct err *err) {
    struct value v = VALUE_OF_NIL, kept;
    bool ok = true;
    crm_status status =
        row_eval_run(&p->eval, c->change.entity, c->change.after, f->default_value, &v, err);
    if (status != CRM_OK) {
        err_at_field(err, f->name);
        return status;
    }
    if (!value_copy(p->arena, &v, &kept)) return err_no_memory(err);
    status = prepare_value(p, c, f, &kept, &ok, err);
    if (status == CRM_OK && ok) prepare_put(c, f, kept);
    return status;
}

static crm_status default_items(struct prepare *p, struct prepared *c, const struct schema_field *f,
                                struct err *err) {
    struct value v = VALUE_OF_NIL;
    crm_status status =
        row_eval_run(&p->eval, c->change.entity, c->change.after, f->default_value, &v, err);
    if (status != CRM_OK || value_is_nil(v)) return status;
    struct store_item item = {.value = v};
    struct record_write w = {
        .slot = f->slot, .kind = RECORD_ITEMS_REPLACE, .items = &item, .item_count = 1};
    return v.type == VALUE_LIST ? CRM_OK : prepare_items(p, c, f, &w, err);
}

/* The acting user, and the owner's team. Facilities of the kernel belong to nobody. */
static void default_owner(struct prepare *p, struct prepared *c) {
    const struct schema_entity *e = c->change.entity;
    int32_t owner = std_slot(e, SCHEMA_STD_OWNER), team = std_slot(e, SCHEMA_STD_TEAM);
    if (e->system || owner < 0 || (p->changeset->flags & CHANGESET_SEED)) return;
    if (value_is_nil(c->change.after[owner]) && p->changeset->actor.user)
        prepare_put(c, &e->fields[owner], value_id(p->changeset->actor.user));
    if (team < 0 || !value_is_nil(c->change.after[team]) || value_is_nil(c->change.after[owner]))
        return;
    const struct schema_entity *users = schema_find(p->schema, STR("user"));
    const struct value *row =
        users ? resident_row(p->resident, users, c->change.after[owner].integer) : NULL;
    if (row) prepare_put(c, &e->fields[team], row_std(users, row, SCHEMA_STD_TEAM));
}

crm_status prepare_defaults(struct prepare *p, struct prepared *c, struct err *err) {
    const struct schema_entity *e = c->change.entity;
    default_owner(p, c);
    for (size_t i = 0; i < e->field_count; i++) {
        const struct schema_field *f = &e->fields[i];
        if (!f->default_value || slot_has(&c->written, f->slot)) continue;
        bool many = schema_storage_of(f) == SCHEMA_STORAGE_LINKS;
        crm_status status = many ? default_items(p, c, f, err) : default_value(p, c, f, err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}
