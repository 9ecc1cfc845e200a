/* The reverse of one logged change: an op of the undo, or a conflict that leaves things as they
 * are.
 *
 * A field that changed since keeps its present value; a created record that a living one outside of
 * the undone changesets refers to stays, unless the system alone made that one, to go with it; what
 * was purged comes back from its image. Values are put back as they were: no hooks, no rules, money
 * with its base amount. */
#include "record/prepare.h"
#include "record/undo.h"

enum { REFERRERS_MAX = 200 };

crm_status undo_conflict_add(struct undo *u, const struct schema_entity *e, int64_t record,
                             const struct schema_field *f, const struct value *expected,
                             const struct value *found, struct err *err) {
    struct undo_result *r = u->result;
    struct undo_conflict *all =
        arena_grow(u->arena, r->conflicts, r->conflict_count, &u->conflict_capacity, sizeof *all);
    if (!all) return err_no_memory(err);
    r->conflicts = all;
    struct undo_conflict *it = &all[r->conflict_count++];
    *it = (struct undo_conflict){.entity = e, .record = record};
    if (undo_is_systems(u, RECORD_UPDATE, record)) return CRM_OK;   /* perhaps not theirs to see */
    if (f && !access_field_visible(u->access, e, f)) return CRM_OK; /* that there is one, no more */
    it->field = f;
    if (!value_copy(u->arena, expected, &it->expected) || !value_copy(u->arena, found, &it->found))
        return err_no_memory(err);
    return CRM_OK;
}

static crm_status add_op(struct undo *u, enum record_verb verb, const struct schema_entity *e,
                         int64_t id, int64_t version, struct record_op **ret, struct err *err) {
    struct record_op *op = changeset_op(&u->changeset, verb, e, id);
    if (!op) return err_no_memory(err);
    op->expect_version = version;
    op->by_system = undo_is_systems(u, verb, id);
    if (ret) *ret = op;
    return CRM_OK;
}

bool undo_made(const struct undo *u, int64_t id) {
    size_t low = 0, high = u->made_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (u->made[middle] == id) return true;
        if (u->made[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* May a field of another entity refer to `e`? Authors do not count; children follow. */
static bool refers(const struct schema_entity *other, const struct schema_field *f,
                   const struct schema_entity *e) {
    bool reference = f->type == SCHEMA_FIELD_REF || f->type == SCHEMA_FIELD_REF_ANY ||
                     f->type == SCHEMA_FIELD_LINKS || f->type == SCHEMA_FIELD_FILE;
    if (!reference || other->no_log || (f->standard && f->id < SCHEMA_STD_OWNER)) return false;
    if (other->is_child && other->parent_entity == e->id && other->parent_slot == f->slot)
        return false;
    return f->ref_entity == e->id || f->ref_entity == 0;
}

const struct record_write *undo_decided(const struct undo *u, const struct schema_entity *e,
                                        int64_t id, const struct schema_field *f) {
    for (size_t i = 0; i < u->changeset.op_count; i++) {
        const struct record_op *op = &u->changeset.ops[i];
        if (op->id != id || op->entity != e) continue;
        for (size_t n = 0; n < op->write_count; n++)
            if (op->writes[n].slot == f->slot) return &op->writes[n];
    }
    return NULL;
}

static bool names(const struct record_write *w, int64_t id) {
    if (w->kind == RECORD_SET) return w->value.type == VALUE_ID && w->value.integer == id;
    for (size_t i = 0; i < w->item_count; i++)
        if (w->items[i].value.type == VALUE_ID && w->items[i].value.integer == id) return true;
    return false;
}

/* Made and kept by the system alone, and of one fate with what it refers to: it goes with it. */
static bool is_derived(const struct schema_entity *other, const struct schema_field *f,
                       const struct schema_entity *e, const struct value *row) {
    enum schema_on_delete behaviour;
    return prepare_refers(other, f, e, &behaviour) && behaviour == SCHEMA_ON_DELETE_WITH &&
           row_std_int(other, row, SCHEMA_STD_CREATED_BY) == ACTOR_SYSTEM &&
           row_std_int(other, row, SCHEMA_STD_UPDATED_BY) == ACTOR_SYSTEM;
}

static crm_status living_referrer(struct undo *u, const struct schema_entity *other,
                                  const struct schema_field *f, const struct schema_entity *e,
                                  int64_t id, bool *ret, struct err *err) {
    int64_t *ids = NULL;
    size_t count = 0;
    crm_status status = store_record_referrers(u->conn, other, f, id, u->changeset.arena,
                                               REFERRERS_MAX, &ids, &count, err);
    for (size_t i = 0; i < count && status == CRM_OK && !*ret; i++) {
        const struct value *row = NULL;
        if (undo_made(u, ids[i]) || ids[i] == id) continue;
        const struct record_write *write = undo_decided(u, other, ids[i], f);
        if (write && !names(write, id)) continue;
        status = row_eval_stored(&u->eval, other, ids[i], &row, err);
        bool elsewhere = f->type == SCHEMA_FIELD_REF_ANY && row && row[f->slot].entity &&
                         row[f->slot].entity != e->id;
        if (status == CRM_OK && !elsewhere && row_is_living(other, row) &&
            !is_derived(other, f, e, row))
            *ret = true;
    }
    return status;
}

static crm_status is_in_use(struct undo *u, const struct schema_entity *e, int64_t id, bool *ret,
                            struct err *err) {
    *ret = false;
    for (size_t n = 0; n < u->schema->entity_count && !*ret; n++) {
        const struct schema_entity *other = &u->schema->entities[n];
        for (size_t i = 0; i < other->field_count && !*ret; i++) {
            if (!refers(other, &other->fields[i], e)) continue;
            crm_status status = living_referrer(u, other, &other->fields[i], e, id, ret, err);
            if (status != CRM_OK) return status;
        }
    }
    return CRM_OK;
}

static const struct schema_field *standard(const struct schema_entity *e,
                                           enum schema_standard_field field) {
    return schema_field_by_id(e, (int32_t)field);
}

static crm_status reverse_create(struct undo *u, const struct log_change *c,
                                 const struct value *row, struct err *err) {
    bool in_use = false;
    if (!row_is_living(c->entity, row)) return CRM_OK; /* gone already */
    crm_status status = is_in_use(u, c->entity, c->record, &in_use, err);
    if (status != CRM_OK) return status;
    if (!in_use)
        return add_op(u, RECORD_DELETE, c->entity, c->record,
                      row_std_int(c->entity, row, SCHEMA_STD_VERSION), NULL, err);
    struct value nil = VALUE_OF_NIL, id = value_id(c->record);
    return undo_conflict_add(u, c->entity, c->record, standard(c->entity, SCHEMA_STD_ID), &nil, &id,
                             err);
}

/* ---- fields ---------------------------------------------------------------------------------- */
static crm_status reverse_field(struct undo *u, const struct log_change *c, const struct value *row,
                                const struct image_field *it, struct record_op *op,
                                struct err *err) {
    const struct schema_field *f = schema_field_by_id(c->entity, it->field);
    if (!f || f->type == SCHEMA_FIELD_FORMULA || f->type == SCHEMA_FIELD_ROLLUP ||
        f->id == SCHEMA_STD_DELETED_AT)
        return CRM_OK;
    enum schema_storage storage = schema_storage_of(f);
    if (storage == SCHEMA_STORAGE_NONE || it->is_items != (storage == SCHEMA_STORAGE_LINKS))
        return CRM_OK;
    if (it->is_items) return undo_items(u, c, f, it, op, err);
    const struct value *now = &row[f->slot];
    if (value_equal(now, &it->before) && !it->before_lost) return CRM_OK;
    if (value_equal(now, &it->after) && !it->before_lost && !it->after_lost)
        return record_op_set(&u->changeset, op, f->slot, it->before) ? CRM_OK : err_no_memory(err);
    return undo_conflict_add(u, c->entity, c->record, f, &it->after, now, err);
}

static crm_status reverse_update(struct undo *u, const struct log_change *c,
                                 const struct value *row, const struct image_field *fields,
                                 size_t count, struct err *err) {
    struct value nil = VALUE_OF_NIL, id = value_id(c->record);
    if (!row)
        return undo_conflict_add(u, c->entity, c->record, standard(c->entity, SCHEMA_STD_ID), &id,
                                 &nil, err);
    if (!row_is_living(c->entity, row)) {
        struct value deleted = row_std(c->entity, row, SCHEMA_STD_DELETED_AT);
        return undo_conflict_add(u, c->entity, c->record,
                                 standard(c->entity, SCHEMA_STD_DELETED_AT), &nil, &deleted, err);
    }
    struct record_op *op = NULL;
    crm_status status = add_op(u, RECORD_UPDATE, c->entity, c->record,
                               row_std_int(c->entity, row, SCHEMA_STD_VERSION), &op, err);
    for (size_t i = 0; i < count && status == CRM_OK; i++)
        status = reverse_field(u, c, row, &fields[i], op, err);
    if (status == CRM_OK && op->write_count == 0) u->changeset.op_count--;
    return status;
}

/* The whole row from its image; roll-ups and formulas come by themselves. */
static crm_status reverse_purge(struct undo *u, const struct log_change *c,
                                const struct image_field *fields, size_t count, struct err *err) {
    struct record_op *op = NULL;
    if (count == 0 || c->erased) return err_set(err, CRM_REFUSED, &record_undo_erased, NULL);
    crm_status status = add_op(u, RECORD_CREATE, c->entity, c->record, 0, &op, err);
    for (size_t i = 0; i < count && status == CRM_OK; i++) {
        const struct schema_field *f = schema_field_by_id(c->entity, fields[i].field);
        if (!f || f->type == SCHEMA_FIELD_FORMULA || f->type == SCHEMA_FIELD_ROLLUP) continue;
        if (f->standard && f->id < SCHEMA_STD_DELETED_AT && f->id != SCHEMA_STD_CREATED_AT &&
            f->id != SCHEMA_STD_CREATED_BY)
            continue;
        bool kept = fields[i].is_items
                        ? record_op_items(&u->changeset, op, f->slot, RECORD_ITEMS_REPLACE,
                                          fields[i].items_before, fields[i].items_before_count)
                        : record_op_set(&u->changeset, op, f->slot, fields[i].before);
        if (!kept) status = err_no_memory(err);
    }
    return status;
}

/* What it was before a change of type, as it would be now. */
static crm_status images_of(struct undo *u, const struct log_change *c, struct image_field **ret,
                            size_t *ret_count, struct err *err) {
    crm_status status = image_decode(u->changeset.arena, c->images, c->entity, ret, ret_count, err);
    if (status != CRM_OK) return status;
    const struct resident *resident = engine_resident_ref(u->engine);
    const struct company *company = engine_company_ref(u->engine);
    const struct image_scope scope = {u->changeset.arena, c->entity, resident, company};
    image_today(&scope, *ret, *ret_count);
    engine_company_unref(u->engine, company);
    engine_resident_unref(u->engine, resident);
    return CRM_OK;
}

crm_status undo_change(struct undo *u, const struct log_change *c, struct err *err) {
    const struct value *row = NULL;
    struct image_field *fields = NULL;
    size_t count = 0;
    if (!c->entity) return CRM_OK; /* the entity is gone from the definitions */
    crm_status status = row_eval_stored(&u->eval, c->entity, c->record, &row, err);
    if (status == CRM_OK && c->images.len) status = images_of(u, c, &fields, &count, err);
    if (status != CRM_OK) return status;
    int64_t version = row_std_int(c->entity, row, SCHEMA_STD_VERSION);
    bool living = row_is_living(c->entity, row);
    switch (c->verb) {
    case RECORD_CREATE:
        return reverse_create(u, c, row, err);
    case RECORD_UPDATE:
        return reverse_update(u, c, row, fields, count, err);
    case RECORD_DELETE:
        return row && !living ? add_op(u, RECORD_RESTORE, c->entity, c->record, version, NULL, err)
                              : CRM_OK;
    case RECORD_RESTORE:
        return living ? add_op(u, RECORD_DELETE, c->entity, c->record, version, NULL, err) : CRM_OK;
    case RECORD_PURGE:
        return row ? CRM_OK : reverse_purge(u, c, fields, count, err);
    }
    return CRM_OK;
}
