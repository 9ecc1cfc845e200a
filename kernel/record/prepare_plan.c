/* The finished plan: changes that are left, with their lists, versions and stamps; what differs
 * from what is stored. See prepare.h. */
#include "record/prepare.h"

/* Money is the same only with the same base amount. */
bool prepare_same(const struct value *a, const struct value *b) {
    if (!value_equal(a, b)) return false;
    if (a->type == VALUE_MONEY)
        return a->has_base == b->has_base && (!a->has_base || a->base == b->base);
    return a->type != VALUE_ID || a->entity == b->entity || !a->entity || !b->entity;
}

static bool items_same(const struct schema_field *f, const struct prepared_items *it) {
    if (it->before_count != it->after_count) return false;
    for (size_t i = 0; i < it->before_count; i++) {
        const struct store_item *a = &it->before[i], *b = &it->after[i];
        if (!value_equal(&a->value, &b->value) || !str_eq(a->label, b->label) ||
            a->primary != b->primary)
            return false;
        struct value nil = VALUE_OF_NIL;
        for (size_t n = 0; n < f->attribute_count; n++)
            if (!prepare_same(a->attributes ? &a->attributes[n] : &nil,
                              b->attributes ? &b->attributes[n] : &nil))
                return false;
    }
    return true;
}

static bool items_collect(struct prepare *p, struct prepared *c) {
    size_t count = 0;
    for (struct prepared_items *it = c->items; it; it = it->next)
        count += !items_same(it->field, it);
    c->change.items = count ? ARENA_ARRAY(p->arena, count, struct record_items_change) : NULL;
    if (count && !c->change.items) return false;
    for (struct prepared_items *it = c->items; it; it = it->next)
        if (c->change.item_change_count < count && !items_same(it->field, it))
            c->change.items[c->change.item_change_count++] = (struct record_items_change){
                it->field, it->before, it->after, it->before_count, it->after_count};
    return true;
}

/* Fields that are being built change behind everybody's back. */
static bool any_changed(const struct schema_entity *e, const struct slot_set *s) {
    struct slot_set seen = *s;
    for (size_t i = 0; e->building && i < e->field_count; i++)
        if (e->fields[i].building) seen.bits[i >> 6] &= ~(UINT64_C(1) << (i & 63));
    for (size_t i = 0; i < sizeof seen.bits / sizeof seen.bits[0]; i++)
        if (seen.bits[i]) return true;
    return false;
}

/* An update that changes nothing writes nothing. */
static bool is_idle(const struct prepared *c) {
    return c->change.verb == RECORD_UPDATE && !c->outgrown && c->change.item_change_count == 0 &&
           !any_changed(c->change.entity, &c->change.changed);
}

static void stamp(struct prepare *p, struct prepared *c) {
    const struct schema_entity *e = c->change.entity;
    struct value *after = c->change.after;
    struct value user =
        p->changeset->actor.user ? value_id(p->changeset->actor.user) : VALUE_OF_NIL;
    c->change.version_after = c->change.version_before + 1;
    if (!after) return;
    const struct {
        enum schema_standard_field field;
        struct value value;
        bool create_only;
    } facts[] = {
        {SCHEMA_STD_VERSION, value_int(c->change.version_after), false},
        {SCHEMA_STD_UPDATED_AT, value_time(p->now_ms), false},
        {SCHEMA_STD_UPDATED_BY, user, false},
        {SCHEMA_STD_CREATED_AT, value_time(p->now_ms), true},
        {SCHEMA_STD_CREATED_BY, user, true},
    };
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        int32_t slot = std_slot(e, facts[i].field);
        if (slot < 0 || (facts[i].create_only &&
                         (c->change.verb != RECORD_CREATE || !value_is_nil(after[slot]))))
            continue;
        after[slot] = facts[i].value;
        slot_add(&c->change.changed, slot);
    }
}

/* A child that changes is a change of what it belongs to, before and after. */
static void parents_outgrow(struct prepare *p, const struct prepared *c) {
    const struct schema_entity *e = c->change.entity;
    const struct schema_entity *parent = schema_entity_by_id(p->schema, e->parent_entity);
    const struct value *rows[] = {c->change.before, c->change.after};
    for (size_t i = 0; parent && i < 2; i++) {
        if (!rows[i] || value_is_nil(rows[i][e->parent_slot])) continue;
        struct prepared *found = prepare_find(p, parent, rows[i][e->parent_slot].integer);
        if (found) found->outgrown = true;
    }
}

static bool lists_collect(struct prepare *p) {
    for (size_t i = 0; i < p->count; i++)
        if (!p->changes[i]->failed && !items_collect(p, p->changes[i])) return false;
    for (size_t i = 0; i < p->count; i++) {
        const struct prepared *c = p->changes[i];
        if (!c->failed && c->change.entity->is_child && !is_idle(c)) parents_outgrow(p, c);
    }
    return true;
}

/* Several ops on one record are one change: each has its outcome. */
static void outcome_share(struct prepare *p, size_t op) {
    struct record_outcome *o = &p->plan->outcomes[op];
    const struct record_op *asked = &p->changeset->ops[op];
    if (o->status != CRM_OK || o->version != 0) return;
    const struct prepared *c = prepare_find(p, asked->entity, asked->id);
    if (!c || c->failed) return;
    o->changed = !is_idle(c);
    o->version = o->changed ? c->change.version_after : c->change.version_before;
}

/* What goes gives its unique keys up before another record of the plan takes them. */
static bool gives_up_keys(const struct prepared *c) {
    return c->change.verb == RECORD_DELETE || c->change.verb == RECORD_PURGE;
}

static void plan_change(struct prepare *p, struct prepared *c) {
    struct record_plan *plan = p->plan;
    if (c->failed) return;
    struct record_outcome *o = c->op >= 0 ? &plan->outcomes[c->op] : NULL;
    if (o) o->version = c->change.version_before;
    if (is_idle(c)) return;
    stamp(p, c);
    if (o) {
        o->version = c->change.version_after;
        o->changed = true;
    }
    c->change.op = c->op >= 0 ? (size_t)c->op : SIZE_MAX;
    plan->changes[plan->change_count++] = c->change;
}

crm_status prepare_plan(struct prepare *p, struct err *err) {
    struct record_plan *plan = p->plan;
    plan->changes = ARENA_ARRAY(p->arena, p->count + 1, struct record_change);
    if (!plan->changes || !lists_collect(p)) return err_no_memory(err);
    for (int going = 1; going >= 0; going--)
        for (size_t i = 0; i < p->count; i++)
            if (gives_up_keys(p->changes[i]) == (going == 1)) plan_change(p, p->changes[i]);
    for (size_t i = 0; i < p->changeset->op_count; i++)
        outcome_share(p, i);
    plan->errors = (struct err_list){p->errors, p->error_count};
    return CRM_OK;
}
