/* Connections of a loop and their absolute deadlines. libmicrohttpd's own time-out counts idleness,
 * so that one byte a second lives for ever; here a sweeper shuts the socket down when the moment
 * has come, and the daemon then finds it closed. See connection.h. */
#include "http/connection.h"

#include <netdb.h>
#include <stdlib.h>
#include <unistd.h>

enum { CROWDED_IDLE_MS = 5000, REFUSED_MS = 3000 };

static int64_t now_of(const struct http_loop *l) { return (int64_t)uv_now(loop_uv(l->loop)); }

static void adopt(struct work *w, void *loop) {
    (void)loop;
    struct http_connection *c = (struct http_connection *)w;
    struct http_loop *l = c->loop;
    if (!l->daemon || l->is_draining) {
        close(c->fd);
        atomic_fetch_sub(&l->connection_count, 1);
        free(c);
        return;
    }
    l->arriving = c;
    MHD_add_connection(l->daemon, c->fd, (struct sockaddr *)&c->address, c->address_len);
    if (l->arriving) { /* refused: the daemon has closed the descriptor */
        l->arriving = NULL;
        atomic_fetch_sub(&l->connection_count, 1);
        free(c);
    }
    http_loop_wants_run(l);
}

void http_connection_send(struct http_loop *l, int fd, const struct sockaddr_storage *address,
                          socklen_t len, bool is_refused) {
    struct http_connection *c = calloc(1, sizeof *c);
    if (!c) {
        close(fd);
        return;
    }
    c->arrive.run = adopt;
    c->loop = l;
    c->fd = fd;
    c->address = *address;
    c->address_len = len;
    c->is_refused = is_refused;
    atomic_fetch_add(&l->connection_count, 1);
    if (loop_is_current(l->loop)) {
        adopt(&c->arrive, l->loop);
    } else if (!loop_post(l->loop, &c->arrive)) {
        atomic_fetch_sub(&l->connection_count, 1);
        close(fd);
        free(c);
    }
}

void http_on_connection(void *loop, struct MHD_Connection *mhd, void **context,
                        enum MHD_ConnectionNotificationCode code) {
    (void)mhd;
    struct http_loop *l = loop;
    struct http_connection *c = code == MHD_CONNECTION_NOTIFY_STARTED ? l->arriving : *context;
    if (!c) return;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *context = c;
        l->arriving = NULL;
        c->next = l->connections;
        if (c->next) c->next->prev = c;
        l->connections = c;
        http_metrics_add(&l->metrics.connections_accepted, 1);
        const struct http_deadlines *d = &l->server->options.deadlines;
        c->idle_since_ms = now_of(l);
        http_connection_deadline(c, c->is_refused && d->header_ms > REFUSED_MS ? REFUSED_MS
                                                                               : d->header_ms);
        return;
    }
    *context = NULL;
    if (c->next) c->next->prev = c->prev;
    if (c->prev) {
        c->prev->next = c->next;
    } else {
        l->connections = c->next;
    }
    atomic_fetch_sub(&l->connection_count, 1);
    free(c);
}

void http_connection_deadline(struct http_connection *c, int64_t after_ms) {
    c->deadline_ms = after_ms ? now_of(c->loop) + after_ms : 0;
    c->stream_bytes = 0;
    c->stream_from_ms = 0;
}

void http_connection_stream(struct http_connection *c, int64_t bytes) {
    const struct http_deadlines *d = &c->loop->server->options.deadlines;
    if (c->stream_from_ms == 0) c->stream_from_ms = now_of(c->loop);
    c->stream_bytes += bytes;
    c->deadline_ms = c->stream_from_ms + d->stream_ms + c->stream_bytes * 1000 / d->rate_bytes;
    /* Bytes that came fast are no credit for hours of silence. */
    int64_t latest = now_of(c->loop) + 2 * d->stream_ms;
    if (c->deadline_ms > latest) c->deadline_ms = latest;
}

/* The other side has closed while we wait for it to send. The daemon may have missed that: with
 * edge triggers an end that came together with the last bytes is told once, and those bytes were
 * read. */
static bool has_ended(const struct http_connection *c) {
    char byte;
    return (c->idle_since_ms || c->is_receiving) &&
           recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

void http_sweep(struct http_loop *l) {
    int64_t now = now_of(l);
    size_t limit = l->server->options.connection_limit / l->server->loop_count;
    bool is_crowded = atomic_load(&l->connection_count) * 10 > limit * 6;
    for (struct http_connection *c = l->connections; c; c = c->next) {
        if (c->is_shut || c->deadline_ms == 0) continue;
        int64_t idle_ms = c->idle_since_ms ? now - c->idle_since_ms : -1;
        bool is_due = c->deadline_ms <= now || (idle_ms >= 0 && l->is_draining) ||
                      (is_crowded && idle_ms > CROWDED_IDLE_MS);
        if (!is_due && !has_ended(c)) continue;
        c->is_shut = true;
        if (is_due) http_metrics_add(&l->metrics.connections_swept, 1);
        shutdown(c->fd, SHUT_RDWR);
    }
    if (l->index == 0 && l->server->listener) http_listener_resume(l->server->listener);
}

struct str http_connection_address(struct http_connection *c) {
    if (!c->address_text[0] && c->address_len)
        getnameinfo((struct sockaddr *)&c->address, c->address_len, c->address_text,
                    sizeof c->address_text, NULL, 0, NI_NUMERICHOST);
    return str_from(c->address_text);
}
