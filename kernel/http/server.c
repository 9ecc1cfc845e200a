/* The server's life: options, routes, loops, readers, and the order in which all of it stops. */
#include "http/server.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "http/connection.h"
#include "http/messages.h"
#include "store/store.h"

static size_t cores(void) {
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > 64 ? 64 : (size_t)n;
}

/* A reader of PostgreSQL mostly waits for the server's answer. */
enum { READERS_A_CORE_POSTGRES = 4, STREAM_THREADS = 4 };

static void defaults(struct http_options *o, bool on_postgres) {
    if (!o->loops) o->loops = cores();
    if (!o->readers) o->readers = cores() * (on_postgres ? READERS_A_CORE_POSTGRES : 1);
    if (!o->connection_limit) o->connection_limit = 1024;
    if (!o->queue_limit) o->queue_limit = 1024;
    struct http_deadlines *d = &o->deadlines;
    if (!d->header_ms) d->header_ms = 10000;
    if (!d->body_ms) d->body_ms = 30000;
    if (!d->idle_ms) d->idle_ms = 75000;
    if (!d->stream_ms) d->stream_ms = 30000;
    if (!d->rate_bytes) d->rate_bytes = 1024;
    if (!d->beat_ms) d->beat_ms = 15000;
}

/* scheme://host[:port] of the public URL. */
static struct str origin_of(struct str url) {
    size_t at = str_find(url, STR("://"));
    if (at == SIZE_MAX) return STR_NONE;
    size_t end = at + 3;
    while (end < url.len && url.ptr[end] != '/')
        end++;
    return str_make(url.ptr, end);
}

static crm_status options_take(struct http_server *s, const struct http_options *options,
                               struct err *err) {
    s->options = *options;
    defaults(&s->options, s->on_postgres);
    s->options.address =
        arena_str(&s->arena, options->address.len ? options->address : STR("127.0.0.1:8080"));
    s->options.public_url = arena_str(&s->arena, options->public_url);
    if (!s->options.address.ptr || !s->options.public_url.ptr) return err_no_memory(err);
    s->origin = origin_of(s->options.public_url);
    s->is_https = str_starts_with(s->origin, STR("https://"));
    return http_proxies_parse(options->trusted_proxies, &s->arena, &s->proxies, err);
}

/* Writer thread, right after COMMIT: readers that begun before must begin anew. */
static void on_commit(void *ctx, const struct engine_commit *commit) {
    struct http_server *s = ctx;
    atomic_fetch_add_explicit(&s->commits, 1, memory_order_release);
    http_metrics_add(&s->writer_batches, 1);
    http_metrics_add(&s->writer_changesets, commit->count);
    if (commit->count > atomic_load_explicit(&s->writer_batch_most, memory_order_relaxed))
        atomic_store_explicit(&s->writer_batch_most, commit->count, memory_order_relaxed);
}

crm_status http_server_new(const struct http_options *options, struct engine *e,
                           const struct http_authenticator *auth, struct http_server **ret,
                           struct err *err) {
    struct http_server *s = calloc(1, sizeof *s);
    if (!s) return err_no_memory(err);
    arena_init(&s->arena, 1u << 20);
    http_router_init(&s->router);
    s->engine = e;
    s->scripts = options->scripts;
    s->events = options->events;
    s->has_auth = auth != NULL;
    if (auth) s->auth = *auth;
    s->on_postgres = e && store_engine_of(engine_store(e)) == STORE_POSTGRES;
    s->has_settled = uv_sem_init(&s->settled, 0) == 0;
    crm_status status = s->has_settled ? options_take(s, options, err) : err_no_memory(err);
    if (status == CRM_OK && e) status = engine_on_commit(e, on_commit, s, err);
    if (status != CRM_OK) {
        http_server_free(s);
        return status;
    }
    *ret = s;
    return CRM_OK;
}

crm_status http_route_add(struct http_server *s, struct str owner, const struct http_route *route,
                          struct err *err) {
    return http_router_add(&s->router, owner, route, err);
}

crm_status http_routes_add(struct http_server *s, struct str owner, const struct http_route *routes,
                           size_t count, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < count; i++)
        status = http_route_add(s, owner, &routes[i], err);
    return status;
}

void http_route_remove_owner(struct http_server *s, struct str owner) {
    http_router_remove_owner(&s->router, owner);
}

/* ---- start --------------------------------------------------------------------------------- */

static crm_status worker_open(void *ctx, size_t index, void **ret_worker, struct err *err) {
    (void)index;
    struct http_server *s = ctx;
    struct http_hands *h = calloc(1, sizeof *h);
    if (!h) return err_no_memory(err);
    crm_status status = http_hands_open(h, s, s->engine != NULL, err);
    if (status != CRM_OK) {
        free(h);
        return status;
    }
    *ret_worker = h;
    return CRM_OK;
}

static void worker_close(void *ctx, void *worker) {
    (void)ctx;
    http_hands_close(worker);
    free(worker);
}

static crm_status pool_start(struct http_server *s, const char *name, size_t threads,
                             struct work_queue *queue, struct worker_pool **ret, struct err *err) {
    const struct worker_pool_options options = {.name = name,
                                                .threads = threads,
                                                .queue = queue,
                                                .open = worker_open,
                                                .close = worker_close,
                                                .ctx = s};
    return worker_pool_start(&options, ret, err);
}

static crm_status readers_start(struct http_server *s, struct err *err) {
    /* Admission is counted in lane.c: answers of what was admitted always find room here. */
    work_queue_init(&s->lane_queue, SIZE_MAX);
    work_queue_init(&s->stream_queue, SIZE_MAX);
    s->has_queue = true;
    crm_status status =
        pool_start(s, "reader", s->options.readers, &s->lane_queue, &s->readers, err);
    return status == CRM_OK
               ? pool_start(s, "stream", STREAM_THREADS, &s->stream_queue, &s->streams, err)
               : status;
}

static crm_status loops_open(struct http_server *s, struct err *err) {
    s->loops = calloc(s->options.loops, sizeof *s->loops);
    if (!s->loops) return err_no_memory(err);
    s->loop_count = s->options.loops;
    for (; s->loops_open < s->loop_count; s->loops_open++) {
        crm_status status = http_loop_open(&s->loops[s->loops_open], s, s->loops_open, err);
        if (status == CRM_OK) continue;
        http_loop_free(&s->loops[s->loops_open]);
        return status;
    }
    return CRM_OK;
}

/* Descriptors for every connection, as far as the system lets us. */
static void descriptors_raise(size_t connections) {
    struct rlimit limit;
    rlim_t wanted = connections + 512;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
    limit.rlim_cur =
        limit.rlim_max == RLIM_INFINITY || limit.rlim_max > wanted ? wanted : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

crm_status http_server_start(struct http_server *s, struct err *err) {
    descriptors_raise(s->options.connection_limit);
    crm_status status = http_router_build(&s->router, err);
    if (status == CRM_OK) status = http_listener_open(s, s->options.address, &s->listener, err);
    if (status == CRM_OK) status = loops_open(s, err);
    if (status == CRM_OK) status = readers_start(s, err);
    if (status == CRM_OK) status = http_listener_start(s->listener, &s->loops[0], err);
    for (size_t i = 0; status == CRM_OK && i < s->loop_count; i++)
        status = http_loop_start(&s->loops[i], err);
    return status;
}

int http_server_port(const struct http_server *s) {
    return s->listener ? http_listener_port(s->listener) : 0;
}
struct str http_server_public_url(const struct http_server *s) {
    return s->options.public_url;
}

void http_server_extensions(struct http_server *s, size_t count, size_t left_out) {
    atomic_store(&s->extensions, count);
    atomic_store(&s->extensions_left_out, left_out);
}

/* ---- stop ---------------------------------------------------------------------------------- */

struct stop_listening {
    struct work work; /* first */
    struct http_server *server;
    uv_sem_t done;
};

static void stop_listening(struct work *w, void *loop) {
    (void)loop;
    struct stop_listening *stop = (struct stop_listening *)w;
    http_listener_stop(stop->server->listener);
    uv_sem_post(&stop->done);
}

static void listener_close(struct http_server *s) {
    struct stop_listening stop = {.work = {.run = stop_listening}, .server = s};
    if (!s->listener) return;
    if (!s->loops_open || !s->loops[0].has_started) {
        if (s->loops_open) http_listener_stop(s->listener);
        return;
    }
    if (uv_sem_init(&stop.done, 0) != 0) return;
    if (loop_post(s->loops[0].loop, &stop.work)) uv_sem_wait(&stop.done);
    uv_sem_destroy(&stop.done);
}

/* Every handler that took its request over has answered. */
static void wait_settled(struct http_server *s) {
    for (size_t i = 0; i < s->loops_open; i++)
        while (s->loops[i].has_started && atomic_load(&s->loops[i].suspended_count) != 0)
            uv_sem_wait(&s->settled);
}

void http_server_stop(struct http_server *s) {
    if (!s || atomic_exchange(&s->is_stopping, true)) return;
    listener_close(s);
    for (size_t i = 0; i < s->loops_open; i++)
        http_loop_end_streams(&s->loops[i]);
    wait_settled(s);
    if (s->readers) worker_pool_stop(s->readers);
    if (s->streams) worker_pool_stop(s->streams);
    s->readers = s->streams = NULL;
    for (size_t i = 0; i < s->loops_open; i++)
        http_loop_close(&s->loops[i]);
}

void http_server_free(struct http_server *s) {
    if (!s) return;
    http_server_stop(s);
    for (size_t i = 0; i < s->loops_open; i++)
        http_loop_free(&s->loops[i]);
    free(s->loops);
    http_listener_free(s->listener);
    if (s->has_queue) {
        work_queue_fini(&s->lane_queue);
        work_queue_fini(&s->stream_queue);
    }
    http_router_fini(&s->router);
    if (s->has_settled) uv_sem_destroy(&s->settled);
    arena_fini(&s->arena);
    free(s);
}
