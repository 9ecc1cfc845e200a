/* A pool of threads draining one queue. Each worker's context is opened and closed on its own
 * thread; worker_pool_start returns when all are open or one has failed. */
#include "loop/loop.h"

#include <stdio.h>
#include <stdlib.h>

#include "loop/thread.h"

enum { POOL_NAME_BYTES = 16 };

struct pool_worker {
    struct worker_pool *pool;
    size_t index;
    pthread_t thread;
};

struct worker_pool {
    struct worker_pool_options options;
    pthread_mutex_t mu;
    pthread_cond_t opened;
    size_t answered;   /* guarded by mu: workers whose open has returned */
    crm_status status; /* guarded by mu: of the first open that failed */
    struct err *err;   /* guarded by mu: the starter's, while it waits */
    size_t thread_count;
    struct pool_worker workers[];
};

static void answer(struct worker_pool *p, crm_status status, const struct err *err) {
    pthread_mutex_lock(&p->mu);
    p->answered++;
    if (status != CRM_OK && p->status == CRM_OK) {
        p->status = status;
        if (p->err) err_copy(p->err, err);
    }
    pthread_cond_signal(&p->opened);
    pthread_mutex_unlock(&p->mu);
}

static void *worker_main(void *arg) {
    struct pool_worker *self = arg;
    struct worker_pool *p = self->pool;
    const struct worker_pool_options *o = &p->options;
    void *context = NULL;
    struct err err;
    err_clear(&err);
    crm_status status = o->open ? o->open(o->ctx, self->index, &context, &err) : CRM_OK;
    answer(p, status, &err);
    if (status != CRM_OK) return NULL;
    for (struct work *w; (w = work_queue_pop(o->queue, 1, -1, NULL)) != NULL;)
        w->run(w, context);
    if (o->close) o->close(o->ctx, context);
    return NULL;
}

static crm_status worker_add(struct worker_pool *p, struct err *err) {
    char name[POOL_NAME_BYTES];
    struct pool_worker *worker = &p->workers[p->thread_count];
    *worker = (struct pool_worker){.pool = p, .index = p->thread_count};
    snprintf(name, sizeof name, "%s-%zu", p->options.name, worker->index);
    crm_status status = thread_start(name, worker_main, worker, &worker->thread, err);
    if (status != CRM_OK) return status;
    p->thread_count++;
    pthread_mutex_lock(&p->mu);
    while (p->answered < p->thread_count)
        pthread_cond_wait(&p->opened, &p->mu);
    status = p->status;
    pthread_mutex_unlock(&p->mu);
    return status;
}

crm_status worker_pool_start(const struct worker_pool_options *options, struct worker_pool **ret,
                             struct err *err) {
    struct worker_pool *p = calloc(1, sizeof *p + options->threads * sizeof p->workers[0]);
    if (!p) return err_no_memory(err);
    p->options = *options;
    p->err = err;
    pthread_mutex_init(&p->mu, NULL);
    pthread_cond_init(&p->opened, NULL);
    crm_status status = CRM_OK;
    for (size_t i = 0; i < options->threads && status == CRM_OK; i++)
        status = worker_add(p, err);
    p->err = NULL;
    if (status != CRM_OK) {
        worker_pool_stop(p);
        return status;
    }
    *ret = p;
    return CRM_OK;
}

void worker_pool_stop(struct worker_pool *p) {
    if (!p) return;
    work_queue_close(p->options.queue);
    for (size_t i = 0; i < p->thread_count; i++)
        pthread_join(p->workers[i].thread, NULL);
    pthread_cond_destroy(&p->opened);
    pthread_mutex_destroy(&p->mu);
    free(p);
}
