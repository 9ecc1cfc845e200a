/* Timers on a loop. The handle is freed by libuv's close callback, one turn after the stop. */
#include "loop/loop.h"

#include <assert.h>
#include <stdlib.h>

struct loop_timer {
    uv_timer_t handle;
    void (*fn)(void *ctx);
    void *ctx;
};

static void on_timer(uv_timer_t *handle) {
    struct loop_timer *t = handle->data;
    t->fn(t->ctx);
}

static void on_closed(uv_handle_t *handle) { free(handle->data); }

struct loop_timer *loop_timer_start(struct loop *l, uint64_t first_ms, uint64_t repeat_ms,
                                    void (*fn)(void *ctx), void *ctx) {
    struct loop_timer *t = calloc(1, sizeof *t);
    if (!t) return NULL;
    t->fn = fn;
    t->ctx = ctx;
    uv_timer_init(loop_uv(l), &t->handle);
    t->handle.data = t;
    uv_update_time(loop_uv(l)); /* the loop's clock stands still while a callback runs */
    uv_timer_start(&t->handle, on_timer, first_ms, repeat_ms);
    return t;
}

void loop_timer_stop(struct loop_timer *t) {
    if (!t) return;
    assert(!uv_is_closing((uv_handle_t *)&t->handle));
    uv_timer_stop(&t->handle);
    uv_close((uv_handle_t *)&t->handle, on_closed);
}
