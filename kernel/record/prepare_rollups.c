/* Roll-ups as the plan will leave them, for hooks, formulas and rules of the record at hand. Apply
 * keeps the stored ones by itself (rollups.c); nothing here is written. */
#include "base/number.h"
#include "record/messages.h"
#include "record/prepare.h"

enum { PREVIEW_CHILDREN_MAX = 2000 };

static crm_status preview_simple(struct prepare *p, struct prepared *c,
                                 const struct schema_field *f, const struct schema_entity *child,
                                 struct err *err) {
    int64_t total = f->value_type.type == VALUE_MONEY ? c->change.after[f->slot].base
                                                      : c->change.after[f->slot].integer;
    if (c->change.before)
        total = f->value_type.type == VALUE_MONEY ? c->change.before[f->slot].base
                                                  : c->change.before[f->slot].integer;
    for (size_t i = 0; i < p->count; i++) {
        const struct prepared *it = p->changes[i];
        if (it->change.entity != child || it->failed) continue;
        int64_t was = 0, is = 0;
        crm_status status = CRM_OK;
        if (rollup_parent(c->change.entity, f, child, it->change.before) == c->change.id)
            status = rollup_part(&p->eval, f, child, it->change.before, &was, err);
        if (status == CRM_OK &&
            rollup_parent(c->change.entity, f, child, it->change.after) == c->change.id)
            status = rollup_part(&p->eval, f, child, it->change.after, &is, err);
        if (status != CRM_OK) return status;
        if (!int64_sub(total, was, &total) || !int64_add(total, is, &total))
            return err_set(err, CRM_RANGE, &record_number_out_of_range, NULL);
    }
    prepare_put(c, f, rollup_value(f, p->company, total));
    return CRM_OK;
}

static crm_status group_row(struct prepare *p, struct expr_group *group,
                            const struct schema_field *f, const struct schema_entity *child,
                            const struct value *row, struct err *err) {
    const struct expr *aggregates[32];
    size_t count = expr_group_aggregates(&f->rollup, 1, aggregates, 32);
    if (!row_is_living(child, row)) return CRM_OK;
    for (size_t i = 0; i < count && i < 32; i++) {
        bool holds = true;
        struct value v = VALUE_OF_NIL;
        crm_status status =
            aggregates[i]->call.condition
                ? row_eval_truth(&p->eval, child, row, aggregates[i]->call.condition, &holds, err)
                : CRM_OK;
        if (status == CRM_OK && aggregates[i]->call.count > 0)
            status = row_eval_run(&p->eval, child, row, aggregates[i]->call.args[0], &v, err);
        if (status == CRM_OK)
            status = expr_group_add(group, p->arena, i, aggregates[i]->call.count > 0 ? &v : NULL,
                                    holds, err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

/* Over the children one by one: stored ones as the plan leaves them, then those it makes. */
static crm_status preview_group(struct prepare *p, struct prepared *c, const struct schema_field *f,
                                const struct schema_entity *child, struct err *err) {
    const struct schema_field *by = schema_field_by_id(child, f->rollup_by);
    int64_t *ids = NULL;
    size_t count = 0;
    crm_status status = CRM_OK;
    if (c->change.before)
        status = store_record_referrers(p->conn, child, by, c->change.id, p->arena,
                                        PREVIEW_CHILDREN_MAX + 1, &ids, &count, err);
    if (status != CRM_OK || count > PREVIEW_CHILDREN_MAX) return status;
    struct expr_group *group = expr_group_new(p->arena, &f->rollup, 1);
    if (!group) return err_no_memory(err);
    for (size_t i = 0; i < count && status == CRM_OK; i++) {
        const struct value *row = NULL;
        if (prepare_find(p, child, ids[i])) continue;
        status = row_eval_row(&p->eval, child, ids[i], &row, err);
        if (status == CRM_OK) status = group_row(p, group, f, child, row, err);
    }
    for (size_t i = 0; i < p->count && status == CRM_OK; i++) {
        const struct prepared *it = p->changes[i];
        if (it->change.entity != child || it->failed ||
            rollup_parent(c->change.entity, f, child, it->change.after) != c->change.id)
            continue;
        status = group_row(p, group, f, child, it->change.after, err);
    }
    struct value v = VALUE_OF_NIL;
    if (status == CRM_OK) status = expr_group_get(group, 0, &p->eval.env, &v, err);
    if (status == CRM_OK && value_coerce(f, p->company, &v)) prepare_put(c, f, v);
    return status;
}

crm_status rollups_preview(struct prepare *p, struct prepared *c, struct err *err) {
    const struct schema_entity *e = c->change.entity;
    crm_status status = CRM_OK;
    for (size_t i = 0; i < e->field_count && status == CRM_OK; i++) {
        const struct schema_field *f = &e->fields[i];
        if (f->type != SCHEMA_FIELD_ROLLUP || !f->stored) continue;
        const struct schema_entity *child = schema_entity_by_id(p->schema, f->rollup_entity);
        if (!child || !p->met[child - p->schema->entities]) continue;
        status = rollup_is_simple(f) ? preview_simple(p, c, f, child, err)
                                     : preview_group(p, c, f, child, err);
    }
    return status;
}
