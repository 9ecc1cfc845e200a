/* An answer that its handler writes piece by piece on its own thread: a bounded ring between the
 * two.
 *
 * The writer waits while the ring is full; the loop suspends the connection while it is empty. A
 * client that takes nothing for the length of the stream deadline has gone: the writer gets
 * CRM_CANCELLED. */
#include <errno.h>
#include <stdlib.h>

#include "http/connection.h"
#include "http/messages.h"

enum { RING_BYTES = 64 * 1024 };

struct pipe {
    struct http_source source; /* first */
    pthread_mutex_t mu;
    pthread_cond_t room;
    size_t from, filled;      /* guarded by mu */
    bool ended, gone, broken; /* guarded by mu */
    _Atomic int holders;      /* the handler and the source */
    char ring[RING_BYTES];
};

static void release(struct pipe *p) {
    if (atomic_fetch_sub(&p->holders, 1) != 1) return;
    pthread_cond_destroy(&p->room);
    pthread_mutex_destroy(&p->mu);
    free(p);
}

static int64_t pull(struct http_source *s, char *to, size_t room) {
    struct pipe *p = (struct pipe *)s;
    pthread_mutex_lock(&p->mu);
    size_t len = p->filled < room ? p->filled : room, tail = RING_BYTES - p->from;
    size_t first = len < tail ? len : tail;
    memcpy(to, p->ring + p->from, first);
    memcpy(to + first, p->ring, len - first);
    p->from = (p->from + len) % RING_BYTES;
    p->filled -= len;
    int64_t result = len                    ? (int64_t)len
                     : p->broken || p->gone ? HTTP_SOURCE_BROKEN
                     : p->ended             ? HTTP_SOURCE_END
                                            : HTTP_SOURCE_EMPTY;
    pthread_cond_signal(&p->room);
    pthread_mutex_unlock(&p->mu);
    return result;
}

static void mark(struct pipe *p, bool *flag) {
    pthread_mutex_lock(&p->mu);
    *flag = true;
    pthread_cond_signal(&p->room);
    pthread_mutex_unlock(&p->mu);
}

static void shut(struct http_source *s) {
    struct pipe *p = (struct pipe *)s;
    mark(p, &p->gone);
    release(p);
}

static void end(struct http_source *s) {
    struct pipe *p = (struct pipe *)s;
    mark(p, &p->gone); /* a cut stream must not look complete */
    http_source_wake(s->request);
}

crm_status http_stream_open(struct http_request *r, int status, const char *content_type,
                            struct err *err) {
    struct pipe *p = http_request_keep(r) ? calloc(1, sizeof *p) : NULL;
    if (!p) return err_no_memory(err);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&p->mu, NULL);
    pthread_cond_init(&p->room, &attributes);
    pthread_condattr_destroy(&attributes);
    p->source = (struct http_source){.pull = pull, .shut = shut, .end = end, .request = r};
    atomic_store(&p->holders, 2);
    r->reply.status = status;
    r->reply.content_type = content_type;
    r->reply.source = &p->source;
    r->reply.is_sealed = true;
    r->stream = p;
    http_answer_ready(r);
    return CRM_OK;
}

/* Under mu: waits for room; false when the client has gone or takes nothing. */
static bool wait_room(struct http_request *r, struct pipe *p) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(r->server->options.deadlines.stream_ms / 1000) + 1;
    while (p->filled == RING_BYTES && !p->gone)
        if (pthread_cond_timedwait(&p->room, &p->mu, &until) == ETIMEDOUT)
            p->broken = p->gone = true;
    return !p->gone;
}

crm_status http_stream_write(struct http_request *r, struct str bytes, struct err *err) {
    struct pipe *p = r->stream;
    if (!p) return err_internal(err, "the stream is not open");
    while (bytes.len) {
        pthread_mutex_lock(&p->mu);
        bool has_room = wait_room(r, p);
        size_t at = (p->from + p->filled) % RING_BYTES, room = RING_BYTES - p->filled;
        if (room > RING_BYTES - at) room = RING_BYTES - at;
        size_t len = bytes.len < room ? bytes.len : room;
        if (has_room) {
            memcpy(p->ring + at, bytes.ptr, len);
            p->filled += len;
        }
        pthread_mutex_unlock(&p->mu);
        if (!has_room) return err_set(err, CRM_CANCELLED, &http_client_gone, NULL);
        http_source_wake(r);
        bytes = str_make(bytes.ptr + len, bytes.len - len);
    }
    return CRM_OK;
}

bool http_stream_finish(struct http_request *r) {
    struct pipe *p = r->stream;
    if (!p) return false;
    r->stream = NULL;
    mark(p, r->outcome == CRM_OK ? &p->ended : &p->broken);
    http_source_wake(r);
    release(p);
    return true;
}
