/* The bounded queue: a mutex, a condition on the monotonic clock, an intrusive list. */
#include "loop/queue.h"

#include <assert.h>
#include <time.h>

void work_queue_init(struct work_queue *q, size_t limit) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    *q = (struct work_queue){.limit = limit};
    pthread_mutex_init(&q->mu, NULL);
    pthread_cond_init(&q->wake, &attributes);
    pthread_condattr_destroy(&attributes);
}

void work_queue_fini(struct work_queue *q) {
    assert(q->length == 0);
    pthread_cond_destroy(&q->wake);
    pthread_mutex_destroy(&q->mu);
}

bool work_queue_push(struct work_queue *q, struct work *w) {
    pthread_mutex_lock(&q->mu);
    bool taken = !q->closed && q->length < q->limit;
    if (taken) {
        w->next = NULL;
        if (q->tail) {
            q->tail->next = w;
        } else {
            q->head = w;
        }
        q->tail = w;
        q->length++;
    }
    pthread_mutex_unlock(&q->mu);
    if (taken) pthread_cond_signal(&q->wake); /* who wakes finds the mutex free */
    return taken;
}

static struct timespec deadline_after(int64_t ms) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += (time_t)(ms / 1000);
    at.tv_nsec += (long)(ms % 1000) * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_nsec -= 1000000000;
        at.tv_sec++;
    }
    return at;
}

/* Under q->mu. */
static struct work *take(struct work_queue *q, size_t max) {
    struct work *first = q->head, *last = first;
    if (!first || max == 0) return NULL;
    size_t count = 1;
    for (; count < max && last->next; count++)
        last = last->next;
    q->head = last->next;
    if (!q->head) q->tail = NULL;
    last->next = NULL;
    q->length -= count;
    if (q->head) pthread_cond_signal(&q->wake); /* one signal may have stood for several items */
    return first;
}

struct work *work_queue_pop(struct work_queue *q, size_t max, int64_t timeout_ms,
                            bool *ret_closed) {
    struct timespec until = {0, 0};
    if (timeout_ms > 0) until = deadline_after(timeout_ms);
    pthread_mutex_lock(&q->mu);
    int waited = 0;
    while (!q->head && !q->closed && waited == 0 && timeout_ms != 0) {
        waited = timeout_ms < 0 ? pthread_cond_wait(&q->wake, &q->mu)
                                : pthread_cond_timedwait(&q->wake, &q->mu, &until);
    }
    struct work *chain = take(q, max);
    if (ret_closed) *ret_closed = q->closed;
    pthread_mutex_unlock(&q->mu);
    return chain;
}

void work_queue_close(struct work_queue *q) {
    pthread_mutex_lock(&q->mu);
    q->closed = true;
    pthread_cond_broadcast(&q->wake);
    pthread_mutex_unlock(&q->mu);
}

size_t work_queue_length(struct work_queue *q) {
    pthread_mutex_lock(&q->mu);
    size_t length = q->length;
    pthread_mutex_unlock(&q->mu);
    return length;
}
