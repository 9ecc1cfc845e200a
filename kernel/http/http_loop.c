/* A libuv loop that drives one libmicrohttpd daemon by its epoll descriptor.
 *
 * A turn: libuv polls; what came in (sockets, mailbox) asks for a run; at the turn's end the daemon
 * runs once and the read transaction that handlers opened is closed. Suspended connections are
 * resumed in this thread only: from another one the daemon would not wake. Not here: what a request
 * is (exchange.c), deadlines (connection.c). */
#include "http/connection.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/digest.h"
#include "http/asker.h"
#include "http/gzip.h"
#include "store/store.h"

enum { CONNECTION_MEMORY = 16 * 1024, SWEEP_MS = 500, DRAIN_MS = 5000 };

/* ---- hands --------------------------------------------------------------------------------- */

crm_status http_hands_open(struct http_hands *h, struct http_server *s, bool with_reader,
                           struct err *err) {
    *h = (struct http_hands){.server = s};
    return with_reader ? engine_reader_open(s->engine, &h->reader, err) : CRM_OK;
}

void http_hands_close(struct http_hands *h) {
    http_hands_end(h);
    store_conn_close(h->reader);
    http_gzip_free(h->gzip);
    h->reader = NULL;
    h->gzip = NULL;
}

crm_status http_hands_begin(struct http_hands *h, struct err *err) {
    if (!h->reader) return CRM_OK;
    uint64_t commits = atomic_load_explicit(&h->server->commits, memory_order_acquire);
    if (h->begun && h->begun_at == commits && store_in_transaction(h->reader)) return CRM_OK;
    http_hands_end(h);
    crm_status status = store_begin(h->reader, err);
    if (status != CRM_OK) return status;
    h->begun = true;
    h->begun_at = commits;
    return CRM_OK;
}

void http_hands_end(struct http_hands *h) {
    if (h->begun) store_rollback(h->reader); /* it only read */
    h->begun = false;
}

/* ---- turns --------------------------------------------------------------------------------- */

static void on_idle(uv_idle_t *idle) { ((struct http_loop *)idle->data)->wants_run = true; }

static void keep_awake(struct http_loop *l, bool awake) {
    if (awake == l->is_again) return;
    l->is_again = awake;
    if (awake) {
        uv_idle_start(&l->again, on_idle);
    } else {
        uv_idle_stop(&l->again);
    }
}

void http_loop_wants_run(struct http_loop *l) {
    l->wants_run = true;
    keep_awake(l, true); /* a timer's callback comes before libuv sleeps, the turn's end after it */
}

static void on_ready(uv_poll_t *poll, int status, int events) {
    (void)status;
    (void)events;
    ((struct http_loop *)poll->data)->wants_run = true;
}

static void run_daemon(struct http_loop *l) {
    l->wants_run = false;
    MHD_run(l->daemon);
    http_hands_end(&l->hands);
    unsigned MHD_LONG_LONG timeout;
    keep_awake(l, MHD_get_timeout(l->daemon, &timeout) == MHD_YES && timeout == 0);
}

static void on_turn(uv_check_t *check) {
    struct http_loop *l = check->data;
    if (l->wants_run) run_daemon(l);
    http_asker_turn(l);
}

void http_suspend(struct http_request *r) {
    if (r->is_suspended) return;
    r->is_suspended = true;
    atomic_fetch_add(&r->loop->suspended_count, 1);
    http_connection_deadline(r->connection, 0);
    MHD_suspend_connection(r->mhd);
}

void http_resume(struct http_request *r) {
    if (!r->is_suspended) return;
    r->is_suspended = false;
    MHD_resume_connection(r->mhd);
    http_loop_wants_run(r->loop);
    struct http_server *s = r->server;
    if (atomic_fetch_sub(&r->loop->suspended_count, 1) == 1 && atomic_load(&s->is_stopping))
        uv_sem_post(&s->settled);
}

/* ---- life ---------------------------------------------------------------------------------- */

static size_t no_unescape(void *ctx, struct MHD_Connection *mhd, char *text) {
    (void)ctx;
    (void)mhd;
    return strlen(text);
}

static crm_status daemon_start(struct http_loop *l, struct err *err) {
    size_t limit = l->server->options.connection_limit + 64; /* our own limit is met first */
    l->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
        http_on_call, l, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)limit, MHD_OPTION_CONNECTION_TIMEOUT, 0u,
        MHD_OPTION_URI_LOG_CALLBACK, http_on_target, l, MHD_OPTION_UNESCAPE_CALLBACK, no_unescape,
        NULL, MHD_OPTION_NOTIFY_COMPLETED, http_on_completed, l, MHD_OPTION_NOTIFY_CONNECTION,
        http_on_connection, l, MHD_OPTION_STRICT_FOR_CLIENT, 0, MHD_OPTION_END);
    return l->daemon ? CRM_OK : err_internal(err, "MHD_start_daemon");
}

static void on_sweep(uv_timer_t *timer) { http_sweep(timer->data); }

static void on_beat(uv_timer_t *timer) {
    struct http_loop *l = timer->data;
    for (struct http_source *s = l->sources; s; s = s->next)
        if (s->beat && s->request->is_starved) s->beat(s);
}

static void handles_init(struct http_loop *l, int epoll_fd) {
    uv_loop_t *uv = loop_uv(l->loop);
    uv_poll_init(uv, &l->ready, epoll_fd);
    uv_check_init(uv, &l->turn);
    uv_idle_init(uv, &l->again);
    uv_timer_init(uv, &l->sweep);
    uv_timer_init(uv, &l->beat);
    l->ready.data = l->turn.data = l->again.data = l->sweep.data = l->beat.data = l;
    uv_poll_start(&l->ready, UV_READABLE, on_ready);
    uv_check_start(&l->turn, on_turn);
    const struct http_deadlines *d = &l->server->options.deadlines;
    uint64_t sweep_ms = d->header_ms < 2 * SWEEP_MS ? (uint64_t)(d->header_ms / 4 + 1) : SWEEP_MS;
    uv_timer_start(&l->sweep, on_sweep, sweep_ms, sweep_ms);
    uv_timer_start(&l->beat, on_beat, (uint64_t)d->beat_ms, (uint64_t)d->beat_ms);
}

crm_status http_loop_open(struct http_loop *l, struct http_server *s, size_t index,
                          struct err *err) {
    *l = (struct http_loop){.server = s, .index = index};
    random_bytes(&l->request_salt, sizeof l->request_salt);
    crm_status status = loop_new(&l->loop, err);
    if (status == CRM_OK) status = http_loop_metrics_init(&l->metrics, s->router.count, err);
    if (status == CRM_OK) status = http_hands_open(&l->hands, s, s->engine && !s->on_postgres, err);
    l->asking = (struct http_hands){.server = s, .asks = true};
    if (status == CRM_OK) status = daemon_start(l, err);
    if (status != CRM_OK) return status;
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (!info) return err_internal(err, "the daemon has no epoll descriptor");
    handles_init(l, info->epoll_fd);
    return CRM_OK;
}

crm_status http_loop_start(struct http_loop *l, struct err *err) {
    crm_status status = loop_start_thread(l->loop, "http", err);
    l->has_started = status == CRM_OK;
    return status;
}

/* ---- end ----------------------------------------------------------------------------------- */

struct stop_work {
    struct work work; /* first */
    struct http_loop *l;
    uv_sem_t done;
};

static void run_on_loop(struct http_loop *l, void (*run)(struct work *w, void *loop)) {
    struct stop_work stop = {.work = {.run = run}, .l = l};
    if (uv_sem_init(&stop.done, 0) != 0) return;
    if (loop_post(l->loop, &stop.work)) uv_sem_wait(&stop.done);
    uv_sem_destroy(&stop.done);
}

static void end_streams(struct work *w, void *loop) {
    (void)loop;
    struct stop_work *stop = (struct stop_work *)w;
    for (struct http_source *s = stop->l->sources, *next; s; s = next) {
        next = s->next;
        s->end(s);
    }
    for (struct http_intake *i = stop->l->intakes; i; i = http_intake_next(i))
        http_intake_fail(i);
    uv_sem_post(&stop->done);
}

void http_loop_end_streams(struct http_loop *l) {
    if (l->has_started) run_on_loop(l, end_streams);
}

static void handles_close(struct http_loop *l) {
    uv_close((uv_handle_t *)&l->ready, NULL);
    uv_close((uv_handle_t *)&l->turn, NULL);
    uv_close((uv_handle_t *)&l->again, NULL);
    uv_close((uv_handle_t *)&l->sweep, NULL);
    uv_close((uv_handle_t *)&l->beat, NULL);
}

/* Everything has been answered or has had its time: the daemon goes, then the handles, then the
 * loop. */
static void finish(struct http_loop *l) {
    uv_poll_stop(&l->ready);
    l->wants_run = false;
    MHD_run(l->daemon);
    http_hands_end(&l->hands);
    MHD_stop_daemon(l->daemon);
    l->daemon = NULL;
    http_asker_close(l);
    handles_close(l);
    loop_stop(l->loop);
}

static void on_drain(uv_timer_t *timer) {
    struct http_loop *l = timer->data;
    bool is_late = (int64_t)uv_now(loop_uv(l->loop)) >= l->drain_until_ms;
    if (l->connections && !is_late) {
        http_sweep(l);
        return;
    }
    if (atomic_load(&l->suspended_count) != 0) return;
    finish(l);
}

static void drain(struct work *w, void *loop) {
    (void)loop;
    struct stop_work *stop = (struct stop_work *)w;
    struct http_loop *l = stop->l;
    l->is_draining = true;
    l->drain_until_ms = (int64_t)uv_now(loop_uv(l->loop)) + DRAIN_MS;
    uv_timer_start(&l->sweep, on_drain, 0, 10);
    uv_sem_post(&stop->done);
}

void http_loop_close(struct http_loop *l) {
    if (!l->has_started) return;
    run_on_loop(l, drain);
    loop_join(l->loop);
    l->has_started = false;
    http_hands_close(&l->hands);
    http_hands_close(&l->asking);
}

void http_loop_free(struct http_loop *l) {
    if (!l->loop) return;
    if (l->daemon) { /* opened, never started */
        MHD_stop_daemon(l->daemon);
        l->daemon = NULL;
        if (l->ready.data) handles_close(l);
    }
    loop_free(l->loop); /* runs what was posted last, closes handles */
    l->loop = NULL;
    while (l->free_requests) {
        struct http_request *r = l->free_requests;
        l->free_requests = r->next_free;
        http_request_free(r);
    }
    http_hands_close(&l->hands);
    http_loop_metrics_fini(&l->metrics);
}
