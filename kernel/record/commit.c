/* Committing changesets: the job that the writer runs for one, and the two ways in - waiting
 * (changeset_commit) and handing over (changeset_post).
 *
 * A plan made on a reader that went stale is made anew up to PREPARE_TRIES times, then inside the
 * writer, where nothing can come between. Threads: see changeset.h. */
#include "record/commit.h"

#include "record/apply.h"
#include "record/idempotency.h"
#include "record/messages.h"
#include "record/prepare.h"
#include "record/rebase.h"
#include "record/writer.h"

enum { PREPARE_TRIES = 3, LONG_OPS = 100 };

/* Which resident entities the plan writes, by position in the published snapshot; without memory
 * for the list it is all of them, because rights and sessions must not be read from before. True:
 * it adds to one, as what was not there when it was made. */
static bool note_touched(struct writer_job *job, const struct record_plan *plan) {
    const struct schema *s = job->engine->schema; /* the writer alone replaces it */
    bool *touched = NULL, adds = false;
    for (size_t i = 0; i < plan->change_count; i++) {
        const struct schema_entity *own = schema_entity_by_id(s, plan->changes[i].entity->id);
        if (!own || !own->resident) continue;
        job->touches = true;
        adds |= !plan->changes[i].before;
        if (!touched) touched = ARENA_ARRAY(plan->changeset->arena, s->entity_count + 1, bool);
        if (!touched) return true;
        touched[own - s->entities] = true;
    }
    job->touched = touched;
    return adds;
}

/* What is resident has not changed since the plan was made, here or on another node. */
static crm_status resident_holds(struct writer_job *job, const struct record_plan *plan,
                                 bool *ret_stale, struct err *err) {
    bool adds = note_touched(job, plan);
    if (!job->touches) return CRM_OK;
    if (adds && plan->resident != resident_number(job->engine->resident)) {
        *ret_stale = true;
        return err_set(err, CRM_STALE, &record_plan_stale, NULL);
    }
    return engine_claim_resident(job->engine, job->conn, err);
}

static void result_take(struct changeset_result *ret, struct changeset *c,
                        const struct record_plan *plan) {
    ret->changeset = c;
    ret->plan = plan;
    ret->outcomes = plan ? plan->outcomes : NULL;
    ret->count = plan ? c->op_count : 0;
}

static crm_status task_apply(struct changeset_task *t, struct writer_job *job,
                             struct record_plan *plan, bool *ret_stale) {
    crm_status status = CRM_OK;
    result_take(&t->result, t->changeset, plan);
    *ret_stale = false;
    if (plan->change_count > 0) {
        t->result.id = id_next(&job->engine->ids);
        status = resident_holds(job, plan, ret_stale, &t->err);
        if (status == CRM_OK)
            status = apply_run(job->engine, job->conn, plan, t->result.id, ret_stale, &t->err);
        if (status != CRM_OK) {
            t->result.id = 0;
            return status;
        }
        t->log = (struct log_entry){t->changeset, plan, &t->result};
        job->log = &t->log;
        job->result = &t->result;
    }
    if (t->changeset->also) status = t->changeset->also(t->changeset->also_ctx, job->conn, &t->err);
    return status == CRM_OK ? idempotency_keep(job->conn, t->changeset, &t->result, &t->err)
                            : status;
}

/* `c`: the task's changeset, or what it is under a newer snapshot. */
static crm_status task_prepare(struct changeset_task *t, struct changeset *c,
                               struct writer_job *job, struct record_plan **ret) {
    t->changeset->in_writer = c->in_writer = true;
    crm_status status = record_prepare(job->engine, job->conn, c, ret, &t->err);
    if (*ret) t->errors = (*ret)->errors;
    if (*ret) result_take(&t->result, t->changeset, *ret);
    return status;
}

/* The engine found at the end of the savepoint what apply could not: a unique key of another node.
 */
static void task_failed(struct writer_job *job) {
    struct changeset_task *t = (struct changeset_task *)job->work;
    if (job->status != CRM_CONFLICT || !t->result.plan) return;
    apply_name_conflict(t->result.plan, store_conflict_index(job->conn), job->err);
    t->plan_stale = true;
    job->again = !t->plan;
}

/* Refused, it may be, for what the same request has done: another node, about to die, has committed
 * it since the key was looked for. */
static bool is_replayed(struct changeset_task *t, struct writer_job *job) {
    struct changeset_result found = {.changeset = t->changeset};
    struct err err;
    if (idempotency_find(job->conn, t->changeset, &found, &err) != CRM_OK || !found.replayed)
        return false;
    t->result = found;
    return true;
}

static crm_status task_work(struct changeset_task *t, struct writer_job *job) {
    struct schema *now = job->engine->schema; /* the writer alone replaces it */
    struct changeset *c = t->changeset;
    if (c->schema != now) {
        t->plan = NULL;
        crm_status moved = changeset_rebase(job->engine, t->changeset, now, &c, &t->err);
        if (moved != CRM_OK) return moved;
    }
    struct record_plan *plan = (struct record_plan *)t->plan; /* apply fills in drawn numbers */
    t->result = (struct changeset_result){.changeset = t->changeset};
    t->errors = (struct err_list){0};
    t->plan_stale = false;
    crm_status status = idempotency_find(job->conn, t->changeset, &t->result, &t->err);
    if (status != CRM_OK || t->result.replayed) return status;
    if (!plan) {
        status = task_prepare(t, c, job, &plan);
        if (status != CRM_OK && is_replayed(t, job)) return CRM_OK;
        if (status != CRM_OK || (t->changeset->flags & CHANGESET_DRY)) return status;
    } else {
        t->changeset->in_writer = false;
        t->errors = plan->errors;
    }
    return task_apply(t, job, plan, &t->plan_stale);
}

static void task_run(struct work *w, void *worker) {
    struct changeset_task *t = (struct changeset_task *)w;
    struct writer_job *job = worker;
    if (job->answer) {
        if (job->status != CRM_OK && job->err != &t->err) err_copy(&t->err, job->err);
        if (job->status != CRM_OK) t->result.id = t->result.seq = 0;
        if (!t->plan) t->plan_stale = false; /* it has been prepared anew already */
        t->result.status = job->status;
        t->done(t);
        return;
    }
    job->failed = task_failed;
    job->err = &t->err;
    job->status = task_work(t, job);
    job->again = t->plan_stale && !t->plan; /* another node was faster */
}

void changeset_run_long(struct work *w, void *worker) { task_run(w, worker); }

crm_status changeset_post(struct engine *e, struct changeset_task *t, struct err *err) {
    bool is_long = t->changeset->op_count >= LONG_OPS;
    t->work = (struct work){.run = is_long ? changeset_run_long : task_run};
    return writer_push(e->writer, &t->work, err);
}

/* ---- waiting ------------------------------------------------------------------------------------
 */
struct waiting {
    struct changeset_task task; /* first */
    struct wait_point wait;
};

static void waiting_done(struct changeset_task *t) {
    wait_point_signal(&((struct waiting *)t)->wait);
}

static crm_status post_and_wait(struct engine *e, struct waiting *w, struct err *err) {
    w->task.done = waiting_done;
    wait_point_init(&w->wait);
    crm_status status = changeset_post(e, &w->task, err);
    if (status != CRM_OK) {
        wait_point_fini(&w->wait);
        return status;
    }
    wait_point_wait(&w->wait);
    if (w->task.result.status != CRM_OK) err_copy(err, &w->task.err);
    return w->task.result.status;
}

/* On the reader, in a snapshot as fresh as can be. */
static crm_status prepare_on(struct engine *e, struct store_conn *reader, struct waiting *w,
                             struct err *err) {
    struct record_plan *plan = NULL;
    bool own = !store_in_transaction(reader);
    crm_status status = own ? store_begin(reader, err) : CRM_OK;
    if (status != CRM_OK) return status;
    w->task.changeset->in_writer = false;
    status = record_prepare(e, reader, w->task.changeset, &plan, err);
    if (own) store_rollback(reader);
    if (plan) {
        w->task.errors = plan->errors;
        result_take(&w->task.result, w->task.changeset, plan);
    }
    w->task.plan = plan;
    return status;
}

crm_status changeset_commit(struct engine *e, struct store_conn *reader, struct changeset *c,
                            struct changeset_result *ret, struct err_list *ret_errors,
                            struct err *err) {
    struct waiting w = {.task = {.changeset = c}};
    struct err own;
    if (!err) err = &own;
    if (writer_is_current(e->writer))
        return err_internal(err, "waiting for the writer in the writer");
    bool dry = (c->flags & CHANGESET_DRY) != 0,
         on_reader = reader && (dry || changeset_needs_reader(c));
    /* A snapshot that the caller holds open would go stale the same way again. */
    int tries = !on_reader ? 0 : store_in_transaction(reader) ? 1 : PREPARE_TRIES;
    crm_status status = CRM_STALE;
    w.task.plan_stale = true;
    for (int i = 0; status != CRM_OK && w.task.plan_stale && i <= tries; i++) {
        w.task.plan_stale = false;
        w.task.plan = NULL;
        status = i < tries ? prepare_on(e, reader, &w, err) : CRM_OK;
        if (status == CRM_OK && !(dry && i < tries)) status = post_and_wait(e, &w, err);
    }
    w.task.result.status = status;
    if (ret) *ret = w.task.result;
    if (ret_errors) *ret_errors = w.task.errors;
    return status;
}

static void now_done(struct changeset_task *t) { (void)t; }

crm_status changeset_commit_now(struct engine *e, struct changeset *c, struct err *err) {
    struct changeset_task t = {.work = {.run = task_run}, .changeset = c, .done = now_done};
    writer_run_now(e->writer, &t.work);
    if (t.result.status != CRM_OK) err_copy(err, &t.err);
    return t.result.status;
}
