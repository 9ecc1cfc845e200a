/* Hooks into prepare: how the script layer runs `before` handlers, without record knowing of Lua.
 *
 * Registered by the script layer before the engine's first write, replaced with each snapshot.
 * Threads: called on the preparing thread. */
#ifndef RECORD_HOOKS_H
#define RECORD_HOOKS_H

#include "record/plan.h"

struct prepare;

/* What a hook may do to the change at hand and to the plan around it. */
struct record_hook_context {
    struct engine *engine;
    struct store_conn
        *conn; /* reads see the snapshot; reads by id through record_hook_get see the plan */
    struct record_plan *plan;
    struct record_change *change;
    const struct access *access; /* the actor's */
    struct expr_env *env;
    bool in_writer;          /* prepared inside the writer: short budgets */
    struct prepare *prepare; /* ours */
};
/* Sets a field of the change (validated afterwards like any other write). */
crm_status record_hook_set(struct record_hook_context *h, int32_t slot, struct value v,
                           struct err *err);
/* Adds another write to the same plan, under the actor's rights; becomes part of the changeset. */
crm_status record_hook_op(struct record_hook_context *h, struct record_op *op, struct err *err);
/* A record by id as the plan will leave it; *ret_row NULL when missing or unseen. */
crm_status record_hook_get(struct record_hook_context *h, const struct schema_entity *e, int64_t id,
                           const struct value **ret_row, struct err *err);
/* A multi-valued field of a record as the plan will leave it. */
crm_status record_hook_items(struct record_hook_context *h, const struct schema_entity *e,
                             int64_t id, const struct schema_field *f,
                             const struct store_item **ret, size_t *ret_count, struct err *err);
/* Does the change at hand write this field? Columns: by value; multi-valued fields: written at all.
 */
bool record_hook_changed(const struct record_hook_context *h, const struct schema_field *f);

struct record_hooks {
    /* Runs all before-handlers of change->entity; CRM_REFUSED with a field message refuses. */
    crm_status (*before)(void *ctx, struct record_hook_context *h, struct err *err);
    void *ctx;
};
void engine_set_hooks(struct engine *e, const struct record_hooks *hooks);

#endif
