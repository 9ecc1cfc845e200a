/* Writes of the kernel's own rows (sessions, jobs, cursors) in the writer's batches.
 *
 * The same savepoint and the same COMMIT as changesets, no log. Threads: posting any; `fn` and
 * `done` run in the writer thread. */
#include "record/writer.h"

static void task_run(struct work *w, void *worker) {
    struct writer_job *job = worker;
    struct engine_task *t = (struct engine_task *)w;
    if (!job->answer)
        job->status = t->fn(t->ctx, job->conn, job->err);
    else if (t->done)
        t->done(t->ctx, job->status, job->err);
}

bool engine_post(struct engine *e, struct engine_task *task) {
    task->work = (struct work){.run = task_run};
    return writer_push(e->writer, &task->work, NULL) == CRM_OK;
}

struct waiting_write {
    struct engine_task task; /* first */
    engine_write_fn fn;
    void *ctx;
    struct err *err;
    crm_status status;
    struct wait_point wait;
};

static crm_status waiting_run(void *ctx, struct store_conn *writer, struct err *err) {
    struct waiting_write *w = ctx;
    return w->fn(w->ctx, writer, err);
}

static void waiting_done(void *ctx, crm_status status, const struct err *err) {
    struct waiting_write *w = ctx;
    w->status = status;
    if (status != CRM_OK && w->err) err_copy(w->err, err);
    wait_point_signal(&w->wait);
}

crm_status engine_write(struct engine *e, engine_write_fn fn, void *ctx, struct err *err) {
    if (writer_is_current(e->writer))
        return err_internal(err, "waiting for the writer in the writer");
    struct waiting_write w = {
        .task = {.fn = waiting_run, .done = waiting_done}, .fn = fn, .ctx = ctx, .err = err};
    w.task.ctx = &w;
    w.task.work = (struct work){.run = task_run};
    wait_point_init(&w.wait);
    crm_status status = writer_push(e->writer, &w.task.work, err);
    if (status != CRM_OK) {
        wait_point_fini(&w.wait);
        return status;
    }
    wait_point_wait(&w.wait);
    return w.status;
}
