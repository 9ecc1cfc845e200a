/* Counting answers, and telling Prometheus. See metrics.h. */
#include "http/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "http/connection.h"

static const int counted[HTTP_COUNTED_COUNT] = {
#define COUNTED_ITEM(status) [HTTP_COUNTED_##status] = status,
    HTTP_COUNTED_STATUSES(COUNTED_ITEM)
#undef COUNTED_ITEM
};
/* Upper bounds in microseconds. */
static const int64_t bounds_us[HTTP_LATENCY_BUCKETS] = {
    50, 100, 250, 500, 1000, 2500, 5000, 10000, 50000, 100000, 500000, 2000000};

crm_status http_loop_metrics_init(struct http_loop_metrics *m, size_t route_count,
                                  struct err *err) {
    m->routes = calloc(route_count + 1, sizeof *m->routes);
    m->route_count = route_count;
    return m->routes ? CRM_OK : err_no_memory(err);
}

void http_loop_metrics_fini(struct http_loop_metrics *m) {
    free(m->routes);
    m->routes = NULL;
}

static enum http_counted_status status_find(int status) {
    if (status == 200) return HTTP_COUNTED_200;
    for (int i = 0; i < HTTP_COUNTED_COUNT; i++)
        if (counted[i] == status) return (enum http_counted_status)i;
    return HTTP_COUNTED_0;
}

void http_metrics_count(struct http_loop_metrics *m, const struct http_route_entry *entry,
                        int status, int64_t nanoseconds) {
    struct http_route_metrics *route = &m->routes[entry ? entry->index : m->route_count];
    http_metrics_add(&route->answers[status_find(status)], 1);
    size_t bucket = 0;
    while (bucket < HTTP_LATENCY_BUCKETS && nanoseconds > bounds_us[bucket] * 1000)
        bucket++;
    http_metrics_add(&route->latency[bucket], 1);
    http_metrics_add(&route->latency_ns, nanoseconds > 0 ? (uint64_t)nanoseconds : 0);
}

/* ---- text ---------------------------------------------------------------------------------- */

static const char *lane_word(enum http_lane lane) {
    return lane == HTTP_LANE_INLINE ? "inline" : lane == HTTP_LANE_READER ? "reader" : "writer";
}

static void head(struct buf *out, const char *name, const char *type, const char *help) {
    buf_printf(out, "# HELP perigee_%s %s\n# TYPE perigee_%s %s\n", name, help, name, type);
}

static uint64_t get(const _Atomic uint64_t *counter) {
    return atomic_load_explicit((_Atomic uint64_t *)(uintptr_t)counter, memory_order_relaxed);
}

static void labels(struct buf *out, const struct http_server *s, size_t route) {
    if (route == s->router.count) {
        buf_add_cstr(out, "method=\"\",route=\"none\",lane=\"\"");
        return;
    }
    const struct http_route *r = &s->router.entries[route]->route;
    buf_printf(out, "method=\"%s\",route=\"%s\",lane=\"%s\"", r->method, r->pattern,
               lane_word(r->lane));
}

static uint64_t answers_of(const struct http_server *s, size_t route, size_t status) {
    uint64_t sum = 0;
    for (size_t i = 0; i < s->loop_count; i++)
        sum += get(&s->loops[i].metrics.routes[route].answers[status]);
    return sum;
}

static void write_answers(struct http_server *s, struct buf *out) {
    head(out, "http_requests_total", "counter",
         "Answers by route and status; status 0 is any other.");
    for (size_t route = 0; route <= s->router.count; route++) {
        for (size_t status = 0; status < HTTP_COUNTED_COUNT; status++) {
            uint64_t n = answers_of(s, route, status);
            if (!n) continue;
            buf_add_cstr(out, "perigee_http_requests_total{");
            labels(out, s, route);
            buf_printf(out, ",status=\"%d\"} %llu\n", counted[status], (unsigned long long)n);
        }
    }
}

static void write_latency_of(struct http_server *s, size_t route, struct buf *out) {
    uint64_t total = 0, ns = 0, buckets[HTTP_LATENCY_BUCKETS + 1] = {0};
    for (size_t i = 0; i < s->loop_count; i++) {
        const struct http_route_metrics *m = &s->loops[i].metrics.routes[route];
        for (size_t b = 0; b <= HTTP_LATENCY_BUCKETS; b++)
            buckets[b] += get(&m->latency[b]);
        ns += get(&m->latency_ns);
    }
    for (size_t b = 0; b <= HTTP_LATENCY_BUCKETS; b++)
        total += buckets[b];
    if (!total) return;
    uint64_t running = 0;
    for (size_t b = 0; b <= HTTP_LATENCY_BUCKETS; b++) {
        running += buckets[b];
        buf_add_cstr(out, "perigee_http_request_seconds_bucket{");
        labels(out, s, route);
        if (b < HTTP_LATENCY_BUCKETS) {
            buf_printf(out, ",le=\"%lld.%06lld\"} %llu\n", (long long)(bounds_us[b] / 1000000),
                       (long long)(bounds_us[b] % 1000000), (unsigned long long)running);
        } else {
            buf_printf(out, ",le=\"+Inf\"} %llu\n", (unsigned long long)running);
        }
    }
    buf_add_cstr(out, "perigee_http_request_seconds_sum{");
    labels(out, s, route);
    buf_printf(out, "} %llu.%09llu\nperigee_http_request_seconds_count{",
               (unsigned long long)(ns / 1000000000), (unsigned long long)(ns % 1000000000));
    labels(out, s, route);
    buf_printf(out, "} %llu\n", (unsigned long long)total);
}

static void single(struct buf *out, const char *name, const char *type, const char *help,
                   uint64_t value) {
    head(out, name, type, help);
    buf_printf(out, "perigee_%s %llu\n", name, (unsigned long long)value);
}

static void write_server(struct http_server *s, struct buf *out) {
    uint64_t open = 0, asleep = 0, accepted = 0, refused = 0, swept = 0, framing = 0, full = 0;
    for (size_t i = 0; i < s->loop_count; i++) {
        struct http_loop *l = &s->loops[i];
        open += atomic_load(&l->connection_count);
        asleep += atomic_load(&l->suspended_count);
        accepted += get(&l->metrics.connections_accepted);
        refused += get(&l->metrics.connections_refused);
        swept += get(&l->metrics.connections_swept);
        framing += get(&l->metrics.refused_framing);
        full += get(&l->metrics.refused_queue);
    }
    single(out, "http_connections", "gauge", "Open connections.", open);
    single(out, "http_requests_waiting", "gauge", "Requests that a lane has.", asleep);
    single(out, "http_connections_accepted_total", "counter", "Connections accepted.", accepted);
    single(out, "http_connections_refused_total", "counter", "Connections refused at the limit.",
           refused);
    single(out, "http_connections_swept_total", "counter",
           "Connections shut down at their deadline.", swept);
    single(out, "http_refused_framing_total", "counter", "Requests refused for their framing.",
           framing);
    single(out, "http_refused_queue_total", "counter", "Requests refused because a queue was full.",
           full);
    single(out, "reader_queue_length", "gauge", "Requests waiting for a reader.",
           atomic_load(&s->lane_waiting));
    single(out, "writer_queue_length", "gauge", "Changesets of requests with the writer.",
           atomic_load(&s->writer_waiting));
    single(out, "writer_batches_total", "counter", "Commits.", get(&s->writer_batches));
    single(out, "writer_changesets_total", "counter", "Changesets committed.",
           get(&s->writer_changesets));
    if (s->engine) {
        single(out, "node", "gauge", "Number of this node.", (uint64_t)engine_node(s->engine));
        single(out, "nodes", "gauge", "Nodes on this database, this one too.",
               store_cluster_others(engine_cluster(s->engine)) + 1);
    }
    single(out, "extensions", "gauge", "Plugins and scripts.", atomic_load(&s->extensions));
    single(out, "extensions_left_out", "gauge", "Those of them that were left out as wrong.",
           atomic_load(&s->extensions_left_out));
    single(out, "writer_batch_largest", "gauge", "Most changesets in one commit.",
           get(&s->writer_batch_most));
}

static void write_events(struct http_server *s, struct buf *out) {
    if (!s->events) return;
    struct event_counters c;
    event_hub_counters(s->events, &c);
    single(out, "log_seq", "counter", "Last changeset of the log.", (uint64_t)c.log_seq);
    single(out, "log_watched_seq", "counter", "Last changeset that subscribers have been told of.",
           (uint64_t)c.watched_seq);
    single(out, "jobs_queued", "gauge", "Jobs that wait.", (uint64_t)c.jobs_queued);
    single(out, "jobs_running", "gauge", "Jobs that run.", (uint64_t)c.jobs_running);
    single(out, "jobs_failed", "gauge", "Jobs that failed for good.", (uint64_t)c.jobs_failed);
    single(out, "live_subscribers", "gauge", "Live feeds.", (uint64_t)c.live_subscribers);
    single(out, "live_dropped_total", "counter", "Live feeds dropped as too slow.",
           (uint64_t)c.live_dropped);
}

static void write_process(struct buf *out) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    head(out, "process_cpu_seconds_total", "counter", "CPU time, user and system.");
    int64_t us = ((int64_t)usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
                 usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
    buf_printf(out, "perigee_process_cpu_seconds_total %lld.%06lld\n", (long long)(us / 1000000),
               (long long)(us % 1000000));
    long long pages = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f && fscanf(f, "%lld %lld", &pages, &resident) != 2) resident = 0;
    if (f) fclose(f);
    single(out, "process_resident_bytes", "gauge", "Resident memory.",
           (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE));
}

void http_metrics_write(struct http_server *s, struct buf *out) {
    write_answers(s, out);
    head(out, "http_request_seconds", "histogram", "From the request line to the sent answer.");
    for (size_t route = 0; route <= s->router.count; route++)
        write_latency_of(s, route, out);
    write_server(s, out);
    write_events(s, out);
    write_process(out);
}
