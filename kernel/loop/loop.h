/* One libuv loop on one thread, with a mailbox: the only way other threads reach it.
 *
 * loop_post is safe from any thread and wakes the loop (uv_async_send, coalesced); once loop_free
 * has begun it returns false and the item stays the caller's. What was posted before is run, at the
 * latest by loop_free. Whoever posts must have ended when loop_free returns. Everything else
 * belongs to the loop's own thread. loop_free expects uv_loop_close() == 0 and asserts it. */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include <uv.h>

#include "base/err.h"
#include "loop/queue.h"

struct loop;

crm_status loop_new(struct loop **ret, struct err *err);
void loop_free(struct loop *l);
uv_loop_t *loop_uv(struct loop *l);
crm_status loop_start_thread(struct loop *l, const char *thread_name,
                             struct err *err); /* runs until loop_stop, then joins in loop_join */
void loop_run(struct loop *l);  /* on the calling thread, in which SIGPIPE gets blocked */
void loop_stop(struct loop *l); /* any thread */
void loop_join(struct loop *l);
bool loop_post(struct loop *l, struct work *w); /* any thread; runs w->run(w, l) in the loop */
bool loop_is_current(const struct loop *l);

/* Timers: repeat_ms 0 fires once, and is stopped by its owner all the same. Stop closes it
 * asynchronously, the callback never runs after stop. NULL without memory. */
struct loop_timer;
struct loop_timer *loop_timer_start(struct loop *l, uint64_t first_ms, uint64_t repeat_ms,
                                    void (*fn)(void *ctx), void *ctx);
void loop_timer_stop(struct loop_timer *t);

/* A pool of threads draining one queue, each with a context from `open`, which runs on the worker's
 * thread as `close` does. When one cannot be opened the start fails and the queue is closed. */
struct worker_pool;
struct worker_pool_options {
    const char *name;
    size_t threads;
    struct work_queue *queue;
    crm_status (*open)(void *ctx, size_t index, void **ret_worker, struct err *err);
    void (*close)(void *ctx, void *worker);
    void *ctx;
};
crm_status worker_pool_start(const struct worker_pool_options *options, struct worker_pool **ret,
                             struct err *err);
void worker_pool_stop(struct worker_pool *p); /* closes the queue, drains, joins, frees */

#endif
