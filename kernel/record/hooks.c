/* What a before-handler may do to the change at hand. Rights of the field are not asked: a handler
 * is code that the administrator installed; other records are written under the actor's rights. */
#include "record/hooks.h"

#include "record/messages.h"
#include "record/prepare.h"

crm_status record_hook_set(struct record_hook_context *h, int32_t slot, struct value v,
                           struct err *err) {
    struct prepare *p = h->prepare;
    struct prepared *c = (struct prepared *)h->change;
    const struct schema_field *f = schema_field_at(c->change.entity, slot);
    struct record_write w = {.slot = slot, .kind = RECORD_SET};
    size_t errors = p->error_count, op_errors = p->op_errors;
    if (!f || !c->change.after)
        return err_internal(err, "a handler wrote to the slot %d that is not there", slot);
    if ((f->standard && f->id <= SCHEMA_STD_DELETED_AT) || f->type == SCHEMA_FIELD_FORMULA ||
        f->type == SCHEMA_FIELD_ROLLUP) {
        err_set(err, CRM_REFUSED, &record_field_read_only, NULL);
        err_at_field(err, f->name);
        return CRM_REFUSED;
    }
    if (!value_copy(p->arena, &v, &w.value)) return err_no_memory(err);
    crm_status status = prepare_write_checked(p, c, f, &w, err);
    if (status != CRM_OK || p->error_count == errors) return status;
    err_copy(err, &p->errors[p->error_count - 1]); /* the handler hears of it at once */
    p->error_count = errors;
    p->op_errors = op_errors;
    return err->status;
}

crm_status record_hook_op(struct record_hook_context *h, struct record_op *op, struct err *err) {
    struct prepare *p = h->prepare;
    if (op->verb == RECORD_CREATE && op->id == 0) op->id = id_next(&p->engine->ids);
    return prepare_op(p, op, PREPARE_OP_NONE, err);
}

crm_status record_hook_get(struct record_hook_context *h, const struct schema_entity *e, int64_t id,
                           const struct value **ret_row, struct err *err) {
    struct prepare *p = h->prepare;
    const struct value *row = NULL;
    bool seen = false;
    crm_status status = row_eval_row(&p->eval, e, id, &row, err);
    if (status == CRM_OK && row) status = prepare_allows(p, SCHEMA_ACTION_READ, e, row, &seen, err);
    if (status == CRM_OK) *ret_row = seen ? row : NULL;
    return status;
}

crm_status record_hook_items(struct record_hook_context *h, const struct schema_entity *e,
                             int64_t id, const struct schema_field *f,
                             const struct store_item **ret, size_t *ret_count, struct err *err) {
    return row_eval_items(&h->prepare->eval, e, id, f, ret, ret_count, err);
}

bool record_hook_changed(const struct record_hook_context *h, const struct schema_field *f) {
    const struct prepared *c = (const struct prepared *)h->change;
    for (const struct prepared_items *it = c->items; it; it = it->next)
        if (it->field->id == f->id && it->after != it->before) return true;
    return slot_has(&h->change->changed, f->slot);
}
