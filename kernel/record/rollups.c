/* What roll-ups are made of, and keeping them when a plan is applied. See rollups.h. */
#include "record/rollups.h"

#include <stdlib.h>

#include "base/number.h"
#include "record/messages.h"
#include "record/prepare.h"

bool rollup_is_simple(const struct schema_field *f) {
    const struct expr *e = f->rollup;
    return e->op == EXPR_AGGREGATE &&
           (e->call.code == EXPR_AGG_count || e->call.code == EXPR_AGG_sum);
}

struct value rollup_value(const struct schema_field *f, const struct company *company,
                          int64_t number) {
    struct value v = {.type = f->value_type.type, .integer = number};
    if (v.type != VALUE_MONEY) return v;
    v.currency = company->store.base_currency;
    v.has_base = true;
    v.base = number;
    return v;
}

static int64_t value_number(const struct value *v) {
    if (v->type == VALUE_NIL) return 0;
    return v->type == VALUE_MONEY ? v->base : v->integer;
}

crm_status rollup_part(struct row_eval *x, const struct schema_field *f,
                       const struct schema_entity *child, const struct value *row, int64_t *ret,
                       struct err *err) {
    *ret = 0;
    if (!row_is_living(child, row)) return CRM_OK;
    bool counts = true;
    crm_status status = f->rollup->call.condition
                            ? row_eval_truth(x, child, row, f->rollup->call.condition, &counts, err)
                            : CRM_OK;
    if (status != CRM_OK || !counts) return status;
    if (f->rollup->call.code == EXPR_AGG_count) {
        *ret = 1;
        return CRM_OK;
    }
    struct value v = VALUE_OF_NIL;
    status = row_eval_run(x, child, row, f->rollup->call.args[0], &v, err);
    if (status == CRM_OK) *ret = value_number(&v);
    return status;
}

int64_t rollup_parent(const struct schema_entity *parent, const struct schema_field *f,
                      const struct schema_entity *child, const struct value *row) {
    const struct schema_field *by = schema_field_by_id(child, f->rollup_by);
    if (!by || !row || row[by->slot].type != VALUE_ID) return 0;
    const struct value *v = &row[by->slot];
    int32_t entity = v->entity ? v->entity : by->ref_entity;
    return entity == parent->id ? v->integer : 0;
}

crm_status rollup_nothing(struct row_eval *x, const struct schema_field *f,
                          const struct company *company, struct value *ret, struct err *err) {
    if (rollup_is_simple(f)) {
        *ret = rollup_value(f, company, 0);
        return CRM_OK;
    }
    struct expr_group *group = expr_group_new(x->arena, &f->rollup, 1);
    if (!group) return err_no_memory(err);
    crm_status status = expr_group_get(group, 0, &x->env, ret, err);
    if (status == CRM_OK && !value_coerce(f, company, ret)) *ret = VALUE_OF_NIL;
    return status;
}

/* ---- keeping them -----------------------------------------------------------------------------
 */
/* One figure of one record that the plan touches. Of a largest or smallest: the best value that
 * came, and the best of those that went. */
struct touch {
    const struct schema_entity *parent;
    const struct schema_field *field;
    int64_t id, delta;
    struct value came, went;
};
struct touches {
    struct touch *items;
    size_t count, capacity;
};

static int touch_compare(const void *left, const void *right) {
    const struct touch *a = left, *b = right;
    if (a->parent->id != b->parent->id) return a->parent->id < b->parent->id ? -1 : 1;
    if (a->id != b->id) return a->id < b->id ? -1 : 1;
    return a->field->slot < b->field->slot ? -1 : a->field->slot > b->field->slot;
}

static crm_status touch_add(struct row_eval *x, struct touches *all, const struct touch *it,
                            struct err *err) {
    if (it->id == 0) return CRM_OK;
    struct touch *items =
        arena_grow(x->arena, all->items, all->count, &all->capacity, sizeof *items);
    if (!items) return err_no_memory(err);
    all->items = items;
    items[all->count++] = *it;
    return CRM_OK;
}

/* ---- the largest and the smallest -------------------------------------------------------------
 */
static bool is_extreme(const struct schema_field *f) {
    return f->rollup->op == EXPR_AGGREGATE &&
           (f->rollup->call.code == EXPR_AGG_max || f->rollup->call.code == EXPR_AGG_min);
}

/* Does `a` beat `b`? Nil beats nothing. */
static bool beats(const struct schema_field *f, const struct value *a, const struct value *b) {
    if (value_is_nil(*a) || value_is_nil(*b)) return !value_is_nil(*a);
    int order =
        a->type == VALUE_MONEY ? (a->base > b->base) - (a->base < b->base) : value_compare(a, b);
    return f->rollup->call.code == EXPR_AGG_max ? order > 0 : order < 0;
}

/* The value that a row of the child puts forward; nil when it does not count. */
static crm_status candidate(struct row_eval *x, const struct schema_field *f,
                            const struct schema_entity *child, const struct value *row,
                            const struct company *company, struct value *ret, struct err *err) {
    bool counts = true;
    *ret = VALUE_OF_NIL;
    if (!row_is_living(child, row)) return CRM_OK;
    crm_status status = f->rollup->call.condition
                            ? row_eval_truth(x, child, row, f->rollup->call.condition, &counts, err)
                            : CRM_OK;
    if (status == CRM_OK && counts)
        status = row_eval_run(x, child, row, f->rollup->call.args[0], ret, err);
    if (status != CRM_OK) return status;
    if (ret->type == VALUE_MONEY)
        *ret = ret->has_base ? rollup_value(f, company, ret->base) : VALUE_OF_NIL;
    if (!value_coerce(f, company, ret)) *ret = VALUE_OF_NIL;
    return CRM_OK;
}

static crm_status touch_extreme(struct row_eval *x, struct touches *all, struct touch *t,
                                const struct record_change *c, int64_t from, int64_t to,
                                const struct company *company, struct err *err) {
    struct value was, is;
    crm_status status = candidate(x, t->field, c->entity, c->before, company, &was, err);
    if (status == CRM_OK) status = candidate(x, t->field, c->entity, c->after, company, &is, err);
    if (status != CRM_OK || (from == to && value_equal(&was, &is))) return status;
    t->id = from;
    t->went = was;
    if (!value_is_nil(was)) status = touch_add(x, all, t, err);
    t->id = to;
    t->went = VALUE_OF_NIL;
    t->came = is;
    return status == CRM_OK && !value_is_nil(is) ? touch_add(x, all, t, err) : status;
}

/* From what is stored, without asking the children, unless the one that held the figure has gone.
 */
static crm_status extreme_settle(struct row_eval *x, const struct touch *t, struct value *ret,
                                 bool *ret_known, struct err *err) {
    struct slot_set slots = {0};
    struct value *row = NULL;
    slot_add(&slots, t->field->slot);
    crm_status status = store_record_get(x->conn, t->parent, t->id, &slots, x->arena, &row, err);
    if (status != CRM_OK) return status;
    *ret = row ? row[t->field->slot] : VALUE_OF_NIL;
    *ret_known =
        value_is_nil(t->went) || beats(t->field, ret, &t->went) || beats(t->field, &t->came, ret);
    if (beats(t->field, &t->came, ret)) *ret = t->came;
    return CRM_OK;
}

/* What one change means to one roll-up over its entity. */
static crm_status touch_change(struct row_eval *x, struct touches *all,
                               const struct schema_entity *parent, const struct schema_field *f,
                               const struct record_change *c, const struct company *company,
                               struct err *err) {
    struct touch t = {.parent = parent, .field = f};
    int64_t was = 0, is = 0, from = rollup_parent(parent, f, c->entity, c->before),
            to = rollup_parent(parent, f, c->entity, c->after);
    if (from == 0 && to == 0) return CRM_OK;
    if (rollup_is_simple(f)) {
        crm_status status = rollup_part(x, f, c->entity, c->before, &was, err);
        if (status == CRM_OK) status = rollup_part(x, f, c->entity, c->after, &is, err);
        if (status != CRM_OK) return status;
        t.id = from;
        if (!int64_sub(0, was, &t.delta))
            return err_set(err, CRM_RANGE, &record_number_out_of_range, NULL);
        status = was ? touch_add(x, all, &t, err) : CRM_OK;
        t.id = to;
        t.delta = is;
        return status == CRM_OK && is ? touch_add(x, all, &t, err) : status;
    }
    if (is_extreme(f)) return touch_extreme(x, all, &t, c, from, to, company, err);
    t.id = from;
    crm_status status = touch_add(x, all, &t, err);
    t.id = to;
    return status == CRM_OK && to != from ? touch_add(x, all, &t, err) : status;
}

static crm_status touches_collect(struct row_eval *x, const struct record_plan *plan,
                                  const struct company *company, struct touches *all,
                                  struct err *err) {
    const struct schema *s = x->schema;
    for (size_t e = 0; e < s->entity_count; e++)
        for (size_t i = 0; i < s->entities[e].field_count; i++) {
            const struct schema_field *f = &s->entities[e].fields[i];
            if (f->type != SCHEMA_FIELD_ROLLUP || !f->stored) continue;
            for (size_t n = 0; n < plan->change_count; n++) {
                if (plan->changes[n].entity->id != f->rollup_entity) continue;
                crm_status status =
                    touch_change(x, all, &s->entities[e], f, &plan->changes[n], company, err);
                if (status != CRM_OK) return status;
            }
        }
    return CRM_OK;
}

static crm_status touch_apply(struct row_eval *x, const struct touch *t,
                              const struct company *company, struct err *err) {
    if (rollup_is_simple(t->field)) {
        if (t->delta == 0) return CRM_OK;
        return store_record_add(x->conn, t->parent, t->id, t->field->slot, t->delta,
                                company->store.base_currency, err);
    }
    struct value *row = ARENA_ARRAY(x->arena, t->parent->field_count, struct value);
    if (!row) return err_no_memory(err);
    struct slot_set nothing = {0}, changed = {0};
    bool found = true, known = false;
    struct value *v = &row[t->field->slot];
    crm_status status = CRM_OK;
    if (store_engine_of(store_of(x->conn)) ==
        STORE_POSTGRES) /* a lock: other nodes reckon with the same row */
        status = store_record_update(x->conn, t->parent, t->id, 0, &nothing, row, &found, err);
    if (status == CRM_OK && is_extreme(t->field)) status = extreme_settle(x, t, v, &known, err);
    if (status == CRM_OK && !known)
        status =
            rollup_query(x->conn, x->arena, x->schema, t->parent, t->field, t->id, company, v, err);
    slot_add(&changed, t->field->slot);
    return status == CRM_OK
               ? store_record_update(x->conn, t->parent, t->id, 0, &changed, row, &found, err)
               : status;
}

static bool touch_merge(struct touch *sum, const struct touch *it) {
    if (is_extreme(sum->field)) {
        if (beats(sum->field, &it->came, &sum->came)) sum->came = it->came;
        if (beats(sum->field, &it->went, &sum->went)) sum->went = it->went;
    }
    return int64_add(sum->delta, it->delta, &sum->delta);
}

crm_status rollups_apply(struct row_eval *x, const struct record_plan *plan,
                         const struct company *company, struct err *err) {
    struct touches all = {0};
    crm_status status = touches_collect(x, plan, company, &all, err);
    if (status != CRM_OK || all.count == 0) return status;
    qsort(all.items, all.count, sizeof *all.items, touch_compare);
    for (size_t i = 0; i < all.count && status == CRM_OK;) {
        struct touch sum = all.items[i++];
        for (; i < all.count && touch_compare(&all.items[i], &sum) == 0; i++)
            if (!touch_merge(&sum, &all.items[i]))
                return err_set(err, CRM_RANGE, &record_number_out_of_range, NULL);
        status = touch_apply(x, &sum, company, err);
    }
    return status;
}
