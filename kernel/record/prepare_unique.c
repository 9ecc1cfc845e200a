/* Unique keys looked at before the engine would refuse them, so that the error names its field and
 * a changeset that keeps going leaves out one row only. The message never says whose value it is:
 * the other record may be one the actor cannot see. Keys over several fields are the engine's. */
#include "base/unicode.h"
#include "record/messages.h"
#include "record/prepare.h"

struct unique_entry {
    const struct schema_entity *entity;
    int32_t slot;
    struct value value; /* folded where the field folds */
    const struct prepared *by;
    struct unique_entry *next;
};
enum { UNIQUE_PLACES = 1024 };
struct unique_set {
    struct unique_entry *places[UNIQUE_PLACES];
};

/* Claims the value for this change; *ret_free false: another change of the plan has it. */
static crm_status unique_claim(struct prepare *p, const struct prepared *c,
                               const struct schema_field *f, const struct value *v, bool *ret_free,
                               struct err *err) {
    if (!p->uniques && !(p->uniques = ARENA_NEW(p->arena, struct unique_set)))
        return err_no_memory(err);
    struct value key = *v;
    if (f->fold && v->type == VALUE_TEXT) key.text = fold_text_arena(p->arena, v->text);
    if (key.type == VALUE_TEXT && !key.text.ptr) return err_no_memory(err);
    uint64_t hash = value_hash(&key) ^ (uint64_t)f->slot * UINT64_C(0x9E3779B97F4A7C15) ^
                    (uint64_t)c->change.entity->id;
    struct unique_entry **place = &p->uniques->places[hash % UNIQUE_PLACES];
    *ret_free = true;
    for (struct unique_entry *it = *place; it; it = it->next)
        if (it->entity == c->change.entity && it->slot == f->slot && it->by != c &&
            !it->by->failed && value_equal(&it->value, &key)) {
            *ret_free = false;
            return CRM_OK;
        }
    struct unique_entry *it = ARENA_NEW(p->arena, struct unique_entry);
    if (!it) return err_no_memory(err);
    *it = (struct unique_entry){c->change.entity, f->slot, key, c, *place};
    *place = it;
    return CRM_OK;
}

/* Whether a stored record holds the key and will still hold it after the plan. */
static bool still_holds(const struct prepare *p, const struct schema_entity *e,
                        const struct schema_field *f, int64_t id) {
    const struct prepared *other = prepare_find(p, e, id);
    if (!other || other->failed) return true;
    if (!other->change.after || !row_is_living(e, other->change.after)) return false;
    return !prepare_changed(other, f->slot);
}

static crm_status unique_check(struct prepare *p, struct prepared *c, const struct schema_field *f,
                               struct err *err) {
    const struct schema_entity *e = c->change.entity;
    const struct value *v = &c->change.after[f->slot];
    bool is_free = false;
    crm_status status = unique_claim(p, c, f, v, &is_free, err);
    if (status == CRM_OK && is_free) {
        int64_t *ids = NULL;
        size_t count = 0;
        status = store_record_find(p->conn, e, f->slot, v, f->fold, p->arena, 4, &ids, &count, err);
        for (size_t i = 0; status == CRM_OK && i < count; i++)
            if (ids[i] != c->change.id && still_holds(p, e, f, ids[i])) is_free = false;
    }
    if (status != CRM_OK || is_free) return status;
    return prepare_field_error(p, c, f, CRM_CONFLICT, &record_not_unique, err);
}

crm_status prepare_unique(struct prepare *p, struct prepared *c, struct err *err) {
    const struct schema_entity *e = c->change.entity;
    if (!row_is_living(e, c->change.after)) return CRM_OK;
    bool revived = c->change.before && !row_is_living(e, c->change.before);
    crm_status status = CRM_OK;
    for (size_t i = 0; i < e->field_count && status == CRM_OK; i++) {
        const struct schema_field *f = &e->fields[i];
        if (!f->unique || schema_storage_of(f) != SCHEMA_STORAGE_COLUMN ||
            value_is_nil(c->change.after[f->slot]))
            continue;
        if (prepare_changed(c, f->slot) || revived) status = unique_check(p, c, f, err);
    }
    return status;
}
