/* Watching a folder: an event handle and a timer that debounces it; both close before the memory
 * goes. See watch.h. */
#include "loop/watch.h"

#include <assert.h>
#include <stdlib.h>

#include "loop/messages.h"

enum { PATIENCE = 10 }; /* times quiet_ms under a steady stream of events */

struct loop_watch {
    uv_fs_event_t events;
    uv_timer_t timer;
    uint64_t quiet_ms;
    uint64_t first_ms; /* loop time of the first event not told yet, 0 = none */
    void (*changed)(void *ctx);
    void *ctx;
    int open_handles;
};

static void on_quiet(uv_timer_t *timer) {
    struct loop_watch *w = timer->data;
    w->first_ms = 0;
    w->changed(w->ctx);
}

static void on_event(uv_fs_event_t *events, const char *name, int what, int failed) {
    (void)name, (void)what, (void)failed; /* a failed read of events may hide a change: look too */
    struct loop_watch *w = events->data;
    uint64_t now = uv_now(events->loop);
    if (w->first_ms == 0) w->first_ms = now ? now : 1;
    uint64_t latest = w->first_ms + PATIENCE * w->quiet_ms;
    uint64_t left = latest > now ? latest - now : 0;
    uv_timer_start(&w->timer, on_quiet, left < w->quiet_ms ? left : w->quiet_ms, 0);
}

static void on_closed(uv_handle_t *handle) {
    struct loop_watch *w = handle->data;
    if (--w->open_handles == 0) free(w);
}

crm_status loop_watch_start(struct loop *l, const struct loop_watch_options *options,
                            struct loop_watch **ret, struct err *err) {
    struct loop_watch *w = calloc(1, sizeof *w);
    if (!w) return err_no_memory(err);
    w->quiet_ms = options->quiet_ms;
    w->changed = options->changed;
    w->ctx = options->ctx;
    w->events.data = w->timer.data = w;
    uv_timer_init(loop_uv(l), &w->timer);
    uv_fs_event_init(loop_uv(l), &w->events);
    w->open_handles = 2;
    int failed = uv_fs_event_start(&w->events, on_event, options->folder, 0);
    if (failed != 0) {
        loop_watch_stop(w);
        err_set(err, failed == UV_ENOENT ? CRM_NOT_FOUND : CRM_IO, &loop_watch_failed,
                options->folder, NULL);
        err_because(err, "uv_fs_event_start %s: %s", options->folder, uv_strerror(failed));
        return failed == UV_ENOENT ? CRM_NOT_FOUND : CRM_IO;
    }
    *ret = w;
    return CRM_OK;
}

void loop_watch_stop(struct loop_watch *w) {
    if (!w) return;
    assert(!uv_is_closing((uv_handle_t *)&w->timer));
    uv_close((uv_handle_t *)&w->events, on_closed);
    uv_close((uv_handle_t *)&w->timer, on_closed);
}
