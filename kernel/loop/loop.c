/* The loop: libuv plus a mailbox that other threads may fill. The mailbox's mutex also orders
 * posting against closing, because uv_async_send on a closed loop aborts. Timers: timer.c. */
#include "loop/loop.h"

#include <assert.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "loop/messages.h"
#include "loop/thread.h"

struct loop {
    uv_loop_t uv;
    uv_async_t wake;
    pthread_mutex_t mu;
    struct work *inbox, *inbox_last; /* guarded by mu */
    bool stop_wanted, closing;       /* guarded by mu */
    pthread_t thread;
    bool has_thread;
    _Atomic pthread_t runner; /* 0 while nobody runs the loop */
};

static struct work *inbox_take(struct loop *l, bool *ret_stop) {
    pthread_mutex_lock(&l->mu);
    struct work *chain = l->inbox;
    l->inbox = l->inbox_last = NULL;
    *ret_stop = l->stop_wanted;
    pthread_mutex_unlock(&l->mu);
    return chain;
}

static void run_chain(struct loop *l, struct work *chain) {
    while (chain) {
        struct work *next = chain->next; /* run may free or re-post its item */
        chain->run(chain, l);
        chain = next;
    }
}

static void on_wake(uv_async_t *wake) {
    struct loop *l = wake->data;
    bool stop;
    run_chain(l, inbox_take(l, &stop));
    if (stop) uv_stop(&l->uv);
}

crm_status loop_new(struct loop **ret, struct err *err) {
    struct loop *l = calloc(1, sizeof *l);
    if (!l) return err_no_memory(err);
    int failed = uv_loop_init(&l->uv);
    if (failed == 0) {
        failed = uv_async_init(&l->uv, &l->wake, on_wake);
        if (failed != 0) uv_loop_close(&l->uv);
    }
    if (failed != 0) {
        free(l);
        return err_internal(err, "uv_loop_init: %s", uv_strerror(failed));
    }
    pthread_mutex_init(&l->mu, NULL);
    l->wake.data = l;
    l->uv.data = l;
    *ret = l;
    return CRM_OK;
}

void loop_free(struct loop *l) {
    if (!l) return;
    assert(!l->has_thread); /* loop_join comes first */
    pthread_mutex_lock(&l->mu);
    l->closing = true;
    pthread_mutex_unlock(&l->mu);
    bool stop;
    atomic_store(&l->runner, pthread_self());
    run_chain(l, inbox_take(l, &stop)); /* nobody's item is lost */
    uv_close((uv_handle_t *)&l->wake, NULL);
    uv_run(&l->uv, UV_RUN_DEFAULT);
    int busy = uv_loop_close(&l->uv);
    assert(busy == 0);
    (void)busy;
    pthread_mutex_destroy(&l->mu);
    free(l);
}

uv_loop_t *loop_uv(struct loop *l) { return &l->uv; }

/* A write to a pipe whose reader has gone must be an error, not the end of the process. */
static void block_sigpipe(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

void loop_run(struct loop *l) {
    block_sigpipe();
    atomic_store(&l->runner, pthread_self());
    uv_run(&l->uv, UV_RUN_DEFAULT);
    pthread_mutex_lock(&l->mu);
    l->stop_wanted = false;
    pthread_mutex_unlock(&l->mu);
    atomic_store(&l->runner, (pthread_t)0);
}

static void *thread_main(void *arg) {
    loop_run(arg);
    return NULL;
}

crm_status loop_start_thread(struct loop *l, const char *thread_name, struct err *err) {
    assert(!l->has_thread);
    crm_status status = thread_start(thread_name, thread_main, l, &l->thread, err);
    l->has_thread = status == CRM_OK;
    return status;
}

void loop_stop(struct loop *l) {
    pthread_mutex_lock(&l->mu);
    l->stop_wanted = true;
    if (!l->closing) uv_async_send(&l->wake);
    pthread_mutex_unlock(&l->mu);
}

void loop_join(struct loop *l) {
    if (!l->has_thread) return;
    pthread_join(l->thread, NULL);
    l->has_thread = false;
}

bool loop_post(struct loop *l, struct work *w) {
    pthread_mutex_lock(&l->mu);
    bool open = !l->closing;
    if (open) {
        w->next = NULL;
        bool first = l->inbox == NULL;
        if (first) {
            l->inbox = w;
        } else {
            l->inbox_last->next = w;
        }
        l->inbox_last = w;
        if (first) uv_async_send(&l->wake);
    }
    pthread_mutex_unlock(&l->mu);
    return open;
}

bool loop_is_current(const struct loop *l) {
    pthread_t runner = atomic_load(&l->runner);
    return runner != (pthread_t)0 && pthread_equal(runner, pthread_self());
}
