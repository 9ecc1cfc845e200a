/* crm.record, committing: at once or in two halves, what came of it, undo. */
#include "module/record_write.h"

#include "module/messages.h"
#include "record/bulk.h"

crm_status writing_check(struct crm_changeset *c, struct err *err) {
    if (c->state != WRITING_OPEN) return err_set(err, CRM_UNSUPPORTED, &module_commit_twice, NULL);
    if (c->wrong.count == 0) return CRM_OK;
    c->state = WRITING_DONE;
    c->errors = c->wrong;
    c->result.status = c->wrong.items[0].status;
    if (err) err_copy(err, &c->wrong.items[0]);
    return c->result.status;
}

void writing_facts(const struct crm_changeset *c, struct crm_commit *ret) {
    if (!ret) return;
    struct crm_commit facts = {.replayed = c->result.replayed,
                               .id = c->result.id,
                               .seq = c->result.seq,
                               .outcome_count = c->result.outcomes ? c->result.count : 0,
                               .error_count = c->errors.count};
    bridge_facts(ret, ret->size, &facts, sizeof facts);
}

crm_status record_svc_commit(struct crm_changeset *c, struct crm_commit *ret,
                             struct crm_error *err) {
    crm_status status = writing_check(c, err_in(err));
    if (status == CRM_OK) {
        status = changeset_commit(view_engine(c->view), c->view->record->conn, &c->changeset,
                                  &c->result, &c->errors, err_in(err));
        c->state = WRITING_DONE;
    }
    writing_facts(c, ret);
    return status;
}

/* ---- in two halves ------------------------------------------------------------------------ */

static void task_done(struct changeset_task *t) {
    struct crm_changeset *c = t->ctx;
    pthread_mutex_lock(&c->mu);
    c->has_ended = true;
    pthread_cond_signal(&c->ended);
    pthread_mutex_unlock(&c->mu);
}

/* Prepared here, while the writer is busy with the changeset before it; one whose once-key is known
 * has no plan, the writer answers it. */
static crm_status start(struct crm_changeset *c, struct err *err) {
    struct record_plan *plan = NULL;
    struct engine *engine = view_engine(c->view);
    if (c->changeset.flags & CHANGESET_DRY) return CRM_UNSUPPORTED;
    crm_status status = record_prepare(engine, c->view->record->conn, &c->changeset, &plan, err);
    if (status != CRM_OK) {
        if (plan) c->errors = plan->errors;
        return status;
    }
    c->task = (struct changeset_task){
        .changeset = &c->changeset, .plan = plan, .done = task_done, .ctx = c};
    return changeset_post(engine, &c->task, err);
}

crm_status record_svc_commit_start(struct crm_changeset *c, struct crm_error *error) {
    struct err *err = err_in(error);
    crm_status status = writing_check(c, err);
    if (status != CRM_OK) return status;
    status = start(c, &c->started_err);
    c->state = WRITING_STARTED;
    if (status == CRM_OK) return CRM_OK;
    /* What cannot be handed over is committed, or refused, by commit_wait. */
    c->started_status = status;
    c->has_ended = true;
    return CRM_OK;
}

static void wait_end(struct crm_changeset *c) {
    pthread_mutex_lock(&c->mu);
    while (!c->has_ended)
        pthread_cond_wait(&c->ended, &c->mu);
    pthread_mutex_unlock(&c->mu);
}

static crm_status ended(struct crm_changeset *c, struct err *err) {
    if (c->started_status == CRM_OK) {
        c->result = c->task.result;
        c->errors = c->task.errors;
        if (c->result.status == CRM_OK) return CRM_OK;
        if (!c->task.plan_stale) {
            if (err) err_copy(err, &c->task.err);
            return c->result.status;
        }
    } else if (c->started_status != CRM_UNAVAILABLE && c->started_status != CRM_UNSUPPORTED) {
        c->result.status = c->started_status;
        if (err) err_copy(err, &c->started_err);
        return c->started_status;
    }
    /* The data moved on, or the queue was full: once more, waiting. */
    return changeset_commit(view_engine(c->view), c->view->record->conn, &c->changeset, &c->result,
                            &c->errors, err);
}

crm_status record_svc_commit_wait(struct crm_changeset *c, struct crm_commit *ret,
                                  struct crm_error *err) {
    crm_status status = c->result.status;
    if (c->state == WRITING_STARTED) {
        view_pause(c->view);
        wait_end(c);
        c->state = WRITING_DONE;
        status = view_resume(c->view, err_in(err));
        if (status == CRM_OK) status = ended(c, err_in(err));
    }
    writing_facts(c, ret);
    return status;
}

/* ---- many changesets ---------------------------------------------------------------------- */

/* Nothing of ours is in a bulk mode: the handle that modules hold is the engine's. */
crm_status record_svc_bulk_begin(struct crm_view *v, const struct crm_entity *entity,
                                 const struct crm_bulk_options *options, struct crm_bulk **ret,
                                 struct crm_error *error) {
    struct err *err = err_in(error);
    const struct schema_entity *e = entity_in(entity);
    struct crm_bulk_options own;
    struct slot_set filled = {0};
    struct engine_bulk *bulk = NULL;
    bridge_options(&own, sizeof own, options, options ? options->size : 0);
    if (!e || !access_rows(v->record->access, SCHEMA_ACTION_CREATE, e))
        return err_set(err, CRM_INVALID, &module_no_such_entity, NULL);
    for (size_t i = 0; i < own.field_count; i++)
        if (own.fields[i]) slot_add(&filled, field_in(own.fields[i])->slot);
    const struct engine_bulk_options bulk_options = {.schema =
                                                         (struct schema *)(uintptr_t)view_schema(v),
                                                     .entity = e,
                                                     .filled = own.field_count ? &filled : NULL,
                                                     .expected_rows = own.expected_rows};
    crm_status status = engine_bulk_begin(view_engine(v), &bulk_options, &bulk, err);
    if (status == CRM_OK) *ret = (struct crm_bulk *)bulk;
    return status;
}

crm_status record_svc_bulk_end(struct crm_bulk *bulk, struct crm_error *err) {
    return engine_bulk_end((struct engine_bulk *)bulk, err_in(err));
}

/* ---- what came of it ---------------------------------------------------------------------- */

void record_svc_outcome_at(const struct crm_changeset *c, size_t position,
                           struct crm_outcome *ret) {
    struct crm_outcome facts = {.status = CRM_INVALID};
    if (c->result.outcomes && position < c->result.count) {
        const struct record_outcome *outcome = &c->result.outcomes[position];
        facts = (struct crm_outcome){
            .status = outcome->status,
            .id = outcome->id,
            .version = outcome->version,
            .changed = outcome->changed,
            .source_row =
                position < c->changeset.op_count ? c->changeset.ops[position].source_row : 0,
            .error = outcome->status == CRM_OK ? NULL : (const struct crm_error *)outcome->err};
    }
    bridge_facts(ret, ret->size, &facts, sizeof facts);
}

const struct crm_error *record_svc_error_at(const struct crm_changeset *c, size_t position) {
    return position < c->errors.count ? (const struct crm_error *)&c->errors.items[position] : NULL;
}

crm_status record_svc_undo(struct crm_view *v, int64_t changeset, struct crm_undone *ret,
                           struct crm_error *error) {
    struct err *err = err_in(error);
    struct undo_result result = {0};
    crm_status status = record_undo(view_engine(v), v->record->conn, v->record->access, changeset,
                                    v->record->arena, &result, err);
    if (status != CRM_OK) return status;
    struct crm_conflict *conflicts =
        ARENA_ARRAY(v->record->arena, result.conflict_count + 1, struct crm_conflict);
    if (!conflicts) return err_no_memory(err);
    for (size_t i = 0; i < result.conflict_count; i++) {
        const struct undo_conflict *from = &result.conflicts[i];
        conflicts[i] = (struct crm_conflict){.entity = entity_out(from->entity),
                                             .field = field_out(from->field),
                                             .record = from->record};
        memcpy(&conflicts[i].expected, &from->expected, sizeof from->expected);
        memcpy(&conflicts[i].found, &from->found, sizeof from->found);
    }
    struct crm_undone facts = {.changeset = result.changeset,
                               .conflicts = conflicts,
                               .conflict_count = result.conflict_count};
    bridge_facts(ret, ret->size, &facts, sizeof facts);
    return CRM_OK;
}
