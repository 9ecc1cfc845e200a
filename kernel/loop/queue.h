/* A bounded queue between threads: how requests reach readers and the writer, and answers come
 * back.
 *
 * Intrusive items (struct work first member of the owner's struct); FIFO; a full queue refuses at
 * once, it never blocks the producer. Threads: any producer, any consumer; close wakes all. */
#ifndef LOOP_QUEUE_H
#define LOOP_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct work {
    struct work *next;
    void (*run)(struct work *w,
                void *worker); /* on the consumer's thread; `worker` is its context */
};

struct work_queue {
    pthread_mutex_t mu;
    pthread_cond_t wake;
    struct work *head, *tail; /* guarded by mu */
    size_t length, limit;     /* guarded by mu */
    bool closed;              /* guarded by mu */
};

void work_queue_init(struct work_queue *q, size_t limit);
void work_queue_fini(struct work_queue *q);
bool work_queue_push(struct work_queue *q, struct work *w); /* false: full or closed */
/* Blocks up to timeout_ms (-1 for ever). Takes up to `max` items as one chain (the group-commit
 * batch); NULL when closed and empty, or on time-out (*ret_closed tells). */
struct work *work_queue_pop(struct work_queue *q, size_t max, int64_t timeout_ms, bool *ret_closed);
void work_queue_close(struct work_queue *q);
size_t work_queue_length(struct work_queue *q);

#endif
