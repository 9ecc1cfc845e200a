/* References that a change makes: the record exists, is not in the trash and may be seen by the
 * actor. References that stay as they were are not asked again. Each record is asked once a plan.
 */
#include "record/messages.h"
#include "record/prepare.h"

enum reference_state { REFERENCE_GOOD = 1, REFERENCE_BAD };

struct reference_entry {
    int32_t entity;
    int64_t id;
    enum reference_state state;
    struct reference_entry *next;
};
enum { PLACES_MIN = 64, PLACES_MAX = 1024 };
struct reference_set {
    size_t place_count; /* a power of two */
    struct reference_entry *places[];
};

/* As large as the plan is likely to need: most plans are one record with a few references. */
static struct reference_set *reference_set_new(struct prepare *p) {
    size_t count = PLACES_MIN;
    while (count < PLACES_MAX && count < 8 * p->changeset->op_count)
        count *= 2;
    struct reference_set *set =
        arena_alloc(p->arena, sizeof *set + count * sizeof(struct reference_entry *));
    if (set) set->place_count = count;
    return set;
}

static struct reference_entry **reference_place(struct prepare *p, int32_t entity, int64_t id) {
    uint64_t h = (uint64_t)id * UINT64_C(0x9E3779B97F4A7C15) ^
                 (uint64_t)entity * UINT64_C(0xC2B2AE3D27D4EB4F);
    return &p->references->places[(h >> 20) % p->references->place_count];
}

static crm_status reference_ask(struct prepare *p, const struct schema_entity *e, int64_t id,
                                bool *ret_good, struct err *err) {
    const struct value *row = NULL;
    crm_status status = row_eval_row(&p->eval, e, id, &row, err);
    *ret_good = false;
    if (status != CRM_OK || !row_is_living(e, row)) return status;
    struct prepared *own = prepare_find(p, e, id);
    *ret_good = true;
    if (own && !own->failed && own->change.verb == RECORD_CREATE)
        return CRM_OK; /* made by the same hands */
    if (!e->resident && !own) status = prepare_rely(p, e, id, 0, err);
    if (status != CRM_OK) return status;
    status = prepare_allows(p, SCHEMA_ACTION_READ, e, row, ret_good, err);
    if (status == CRM_OK && !*ret_good && str_is(e->name, "file")) /* what one has uploaded */
        *ret_good = p->changeset->actor.user &&
                    row_std_int(e, row, SCHEMA_STD_CREATED_BY) == p->changeset->actor.user;
    return status;
}

static crm_status reference_good(struct prepare *p, const struct schema_entity *e, int64_t id,
                                 bool *ret_good, struct err *err) {
    struct prepared *own = prepare_find(p, e, id);
    if (own) return reference_ask(p, e, id, ret_good, err); /* may change while the plan is made */
    if (!p->references && !(p->references = reference_set_new(p))) return err_no_memory(err);
    struct reference_entry **place = reference_place(p, e->id, id);
    for (struct reference_entry *it = *place; it; it = it->next)
        if (it->id == id && it->entity == e->id) {
            *ret_good = it->state == REFERENCE_GOOD;
            return CRM_OK;
        }
    crm_status status = reference_ask(p, e, id, ret_good, err);
    if (status != CRM_OK) return status;
    struct reference_entry *it = ARENA_NEW(p->arena, struct reference_entry);
    if (!it) return err_no_memory(err);
    *it = (struct reference_entry){e->id, id, *ret_good ? REFERENCE_GOOD : REFERENCE_BAD, *place};
    *place = it;
    return CRM_OK;
}

static crm_status reference_check(struct prepare *p, struct prepared *c,
                                  const struct schema_field *f, const struct value *v,
                                  struct err *err) {
    const struct schema_entity *e =
        schema_entity_by_id(p->schema, v->entity ? v->entity : f->ref_entity);
    bool good = false;
    crm_status status = e ? reference_good(p, e, v->integer, &good, err) : CRM_OK;
    if (status != CRM_OK || good) return status;
    char id[24];
    struct err error;
    snprintf(id, sizeof id, "%lld", (long long)v->integer);
    err_set(&error, CRM_REFUSED, &record_reference_missing, id, NULL);
    return prepare_error(p, c, f, &error, err);
}

static bool items_had(const struct prepared_items *it, const struct value *v) {
    for (size_t i = 0; i < it->before_count; i++)
        if (value_equal(&it->before[i].value, v)) return true;
    return false;
}

static crm_status refs_of_items(struct prepare *p, struct prepared *c,
                                const struct prepared_items *it, struct err *err) {
    const struct schema_field *f = it->field;
    crm_status status = CRM_OK;
    for (size_t i = 0; i < it->after_count && status == CRM_OK; i++) {
        const struct store_item *item = &it->after[i];
        bool had = items_had(it, &item->value);
        if (item->value.type == VALUE_ID && !had)
            status = reference_check(p, c, f, &item->value, err);
        for (size_t n = 0; n < f->attribute_count && item->attributes && !had && status == CRM_OK;
             n++)
            if (item->attributes[n].type == VALUE_ID)
                status = reference_check(p, c, &f->attributes[n], &item->attributes[n], err);
    }
    return status;
}

crm_status prepare_refs(struct prepare *p, struct prepared *c, struct err *err) {
    const struct schema_entity *e = c->change.entity;
    crm_status status = CRM_OK;
    for (size_t i = 0; i < e->field_count && status == CRM_OK; i++) {
        const struct schema_field *f = &e->fields[i];
        bool reference = f->type == SCHEMA_FIELD_REF || f->type == SCHEMA_FIELD_REF_ANY ||
                         f->type == SCHEMA_FIELD_FILE;
        if (!reference || f->id == SCHEMA_STD_ID || !prepare_changed(c, f->slot) ||
            value_is_nil(c->change.after[f->slot]))
            continue;
        if (c->by_system && !slot_has(&c->written, f->slot)) continue;
        status = reference_check(p, c, f, &c->change.after[f->slot], err);
    }
    for (struct prepared_items *it = c->items; it && status == CRM_OK; it = it->next)
        status = refs_of_items(p, c, it, err);
    return status;
}
