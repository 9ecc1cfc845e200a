/* See asker.h. The connection is opened by a reader at the first need and after it was lost; until
 * it is there requests go to readers. */
#include "http/asker.h"

#include <stdlib.h>

#include "http/connection.h"
#include "store/store.h"

enum { REOPEN_MS = 1000 };

struct http_asker {
    uv_poll_t poll; /* first */
    struct http_loop *loop;
    struct store_conn *conn;
    bool wants_room;
};

/* ---- the connection -------------------------------------------------------------------------- */
static void on_closed(uv_handle_t *handle) {
    struct http_asker *a = (struct http_asker *)handle;
    store_conn_close(a->conn);
    free(a);
}

/* Those who wait go elsewhere. */
static void lose(struct http_loop *l) {
    struct http_asker *a = l->asker;
    if (!a) return;
    l->asker = NULL;
    l->asking.reader = NULL;
    uv_poll_stop(&a->poll);
    store_asker_give_up(a->conn);
    uv_close((uv_handle_t *)&a->poll, on_closed);
}

static void on_socket(uv_poll_t *poll, int status, int events);

static void listen_for(struct http_asker *a, bool wants_room) {
    if (a->wants_room == wants_room) return;
    a->wants_room = wants_room;
    uv_poll_start(&a->poll, UV_READABLE | (wants_room ? UV_WRITABLE : 0), on_socket);
}

void http_asker_turn(struct http_loop *l) {
    struct http_asker *a = l->asker;
    bool more = false;
    if (!a) return;
    if (!store_asker_send(a->conn, &more)) {
        lose(l);
        return;
    }
    listen_for(a, more);
}

static void on_socket(uv_poll_t *poll, int status, int events) {
    struct http_asker *a = (struct http_asker *)poll;
    struct http_loop *l = a->loop;
    bool well = status >= 0;
    if (well && events & UV_READABLE) well = store_asker_hear(a->conn);
    if (!well) lose(l);
}

struct opening {
    struct work work; /* first */
    struct http_loop *loop;
    struct store_conn *conn;
};

static void on_opened(struct work *w, void *loop) {
    (void)loop;
    struct opening *o = (struct opening *)w;
    struct http_loop *l = o->loop;
    struct http_asker *a = o->conn && l->daemon ? calloc(1, sizeof *a) : NULL;
    l->is_asker_opening = false;
    if (a && uv_poll_init_socket(loop_uv(l->loop), &a->poll, store_asker_socket(o->conn)) == 0) {
        a->loop = l;
        a->conn = l->asking.reader = o->conn;
        l->asker = a;
        uv_poll_start(&a->poll, UV_READABLE, on_socket);
    } else {
        free(a);
        store_conn_close(o->conn);
    }
    free(o);
}

static void open_on_reader(struct work *w, void *worker) {
    struct opening *o = (struct opening *)w;
    struct err err;
    (void)worker;
    if (engine_asker_open(o->loop->server->engine, &o->conn, &err) != CRM_OK) o->conn = NULL;
    o->work.run = on_opened;
    loop_post(o->loop->loop, &o->work); /* loops outlive the readers */
}

static void open_soon(struct http_loop *l) {
    int64_t now_ms = (int64_t)uv_now(loop_uv(l->loop));
    if (l->is_asker_opening || (l->asker_tried_ms && now_ms - l->asker_tried_ms < REOPEN_MS))
        return;
    struct opening *o = calloc(1, sizeof *o);
    if (!o) return;
    *o = (struct opening){.work = {.run = open_on_reader}, .loop = l};
    l->asker_tried_ms = now_ms;
    l->is_asker_opening = work_queue_push(&l->server->lane_queue, &o->work);
    if (!l->is_asker_opening) free(o);
}

void http_asker_close(struct http_loop *l) { lose(l); }

/* ---- requests -------------------------------------------------------------------------------- */
bool http_ask_is_dropped(const struct http_hands *hands) {
    return hands->asks && hands->reader && store_ask_now(hands->reader) != STORE_ASK_DONE;
}

bool http_ask_can(struct http_request *r) {
    if (!r->server->on_postgres || !r->match.entry ||
        !(r->match.entry->route.flags & HTTP_ROUTE_AGAIN))
        return false;
    if (!r->loop->asker) open_soon(r->loop);
    return r->loop->asker != NULL;
}

/* As if it had not run; who it is that asks stays known. */
static void drop(struct http_request *r) {
    if (!r->is_detached) http_commit_forget(r);
    http_reply_clear(&r->reply);
    buf_clear(&r->reply.body);
    buf_clear(&r->reply.packed);
}

static void go_elsewhere(struct http_request *r) {
    http_request_forget_view(r);
    store_ask_clear(&r->ask);
    r->ask_way->elsewhere(r);
}

static void on_answered(struct store_ask *ask, bool ok);

static void attempt(struct http_request *r) {
    struct http_loop *l = r->loop;
    struct store_conn *conn = l->asker->conn;
    r->ask.answered = on_answered;
    store_ask_begin(conn, &r->ask);
    bool is_sealed = r->ask_way->run(r, &l->asking);
    http_hands_end(&l->asking);
    enum store_ask_outcome outcome = store_ask_end(conn);
    if (!is_sealed) {
        store_ask_clear(&r->ask);
        http_suspend(r);
    } else if (outcome == STORE_ASK_DONE) {
        store_ask_clear(&r->ask);
        r->phase = HTTP_PHASE_ANSWER;
        http_resume(r);
    } else if (outcome == STORE_ASK_WAITS) {
        drop(r);
        http_request_hold(r); /* until on_answered */
        http_suspend(r);
    } else {
        drop(r);
        go_elsewhere(r);
    }
}

static void on_answered(struct store_ask *ask, bool ok) {
    struct http_request *r =
        (struct http_request *)((char *)ask - offsetof(struct http_request, ask));
    if (ok && r->loop->asker)
        attempt(r);
    else
        go_elsewhere(r);
    http_request_release(r);
}

void http_ask(struct http_request *r, const struct http_ask_way *way) {
    r->ask_way = way;
    http_request_hold(r);
    attempt(r);
    http_request_release(r);
}
