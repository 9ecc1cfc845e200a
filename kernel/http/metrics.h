/* Counters of the HTTP server and their text for Prometheus (exposition format 0.0.4).
 *
 * Each loop counts for itself, so that counting is one uncontended addition; reading adds the loops
 * up. Threads: a loop's counters are written by the loop, read by any. */
#ifndef HTTP_METRICS_H
#define HTTP_METRICS_H

#include <stdatomic.h>

#include "http/router.h"

/* X(status): those counted by their own name; others are counted as 0 */
#define HTTP_COUNTED_STATUSES(X)                                                                   \
    X(0)                                                                                           \
    X(200)                                                                                         \
    X(201)                                                                                         \
    X(202)                                                                                         \
    X(204)                                                                                         \
    X(206)                                                                                         \
    X(304)                                                                                         \
    X(400)                                                                                         \
    X(401)                                                                                         \
    X(403)                                                                                         \
    X(404)                                                                                         \
    X(405)                                                                                         \
    X(409) X(411) X(412) X(413) X(414) X(415) X(416) X(422) X(429) X(431) X(500) X(501) X(503)
enum http_counted_status {
#define HTTP_COUNTED_ENUM(status) HTTP_COUNTED_##status,
    HTTP_COUNTED_STATUSES(HTTP_COUNTED_ENUM)
#undef HTTP_COUNTED_ENUM
        HTTP_COUNTED_COUNT
};

enum { HTTP_LATENCY_BUCKETS = 12 };

struct http_route_metrics {
    _Atomic uint64_t answers[HTTP_COUNTED_COUNT];
    _Atomic uint64_t latency[HTTP_LATENCY_BUCKETS + 1]; /* not cumulative; the last is +Inf */
    _Atomic uint64_t latency_ns;
};

struct http_loop_metrics {
    struct http_route_metrics *routes; /* route_count + 1: the last is what no route answered */
    size_t route_count;
    _Atomic uint64_t connections_accepted, connections_refused, connections_swept;
    _Atomic uint64_t refused_framing, refused_queue;
};

crm_status http_loop_metrics_init(struct http_loop_metrics *m, size_t route_count, struct err *err);
void http_loop_metrics_fini(struct http_loop_metrics *m);
/* `entry` NULL: nothing answered at the address. */
void http_metrics_count(struct http_loop_metrics *m, const struct http_route_entry *entry,
                        int status, int64_t nanoseconds);

struct http_server;
void http_metrics_write(struct http_server *s, struct buf *out);

static inline void http_metrics_add(_Atomic uint64_t *counter, uint64_t n) {
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n,
                          memory_order_relaxed);
}

#endif
