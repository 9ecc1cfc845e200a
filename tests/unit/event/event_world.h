/* The world of record/world.h with a hub over it: job kinds that count and note what they were
 * given. */
#ifndef EVENT_WORLD_H
#define EVENT_WORLD_H

#include "record/world.h"

#include "event/cursor.h"
#include "event/live.h"
#include "event/schedule.h"
#include "event/subscribe.h"

enum { SETTLE_MS = 60000, NOTES_MAX = 4000 };

/* What handlers noted, in the order they ran. */
struct notes {
    pthread_mutex_t mu;
    char text[NOTES_MAX][160]; /* guarded by mu */
    size_t count;              /* guarded by mu */
};

struct hub_world {
    struct world w;
    struct event_hub *hub;
    struct notes notes;
};

static UNUSED_OK void note(struct notes *n, const char *format, ...) {
    va_list args;
    pthread_mutex_lock(&n->mu);
    if (n->count < NOTES_MAX) {
        va_start(args, format);
        vsnprintf(n->text[n->count++], sizeof n->text[0], format, args);
        va_end(args);
    }
    pthread_mutex_unlock(&n->mu);
}

static UNUSED_OK size_t noted(struct notes *n, const char *text) {
    size_t count = 0;
    pthread_mutex_lock(&n->mu);
    for (size_t i = 0; i < n->count; i++)
        count += strcmp(n->text[i], text) == 0;
    pthread_mutex_unlock(&n->mu);
    return count;
}

/* While handlers run. */
static UNUSED_OK size_t notes_count(struct notes *n) {
    pthread_mutex_lock(&n->mu);
    size_t count = n->count;
    pthread_mutex_unlock(&n->mu);
    return count;
}

static UNUSED_OK void assert_noted(struct notes *n, const char *text, size_t times) {
    size_t found = noted(n, text);
    for (size_t i = 0; found != times && i < n->count; i++)
        print_error("noted %s\n", n->text[i]);
    if (found != times) print_error("wanted %zu times %s\n", times, text);
    assert_int_equal(found, times);
}

static UNUSED_OK void hub_new(struct hub_world *h) {
    struct event_options options = {.job_threads = 3, .poll_ms = 20};
    must(&h->w, event_hub_new(h->w.engine, &options, &h->hub, &h->w.err));
}

static UNUSED_OK void hub_open(struct hub_world *h, enum store_engine kind) {
    world_open(&h->w, kind);
    memset(&h->notes, 0, sizeof h->notes);
    pthread_mutex_init(&h->notes.mu, NULL);
    hub_new(h);
}

/* The engine tells the hub of commits until it is closed, so the hub goes after it. */
static UNUSED_OK void hub_close(struct hub_world *h) {
    event_hub_stop(h->hub, 10000);
    world_close(&h->w);
    event_hub_free(h->hub);
    pthread_mutex_destroy(&h->notes.mu);
}

/* As after a restart of the program: a new engine, a new hub without registrations. */
static UNUSED_OK void hub_restart(struct hub_world *h) {
    event_hub_stop(h->hub, 10000);
    world_disconnect(&h->w);
    event_hub_free(h->hub);
    world_connect(&h->w, false);
    hub_new(h);
}

static UNUSED_OK void start(struct hub_world *h) {
    must(&h->w, event_hub_start(h->hub, &h->w.err));
}
static UNUSED_OK void settle(struct hub_world *h) {
    must(&h->w, event_hub_settle(h->hub, SETTLE_MS, &h->w.err));
}

static UNUSED_OK void add_kind(struct hub_world *h, const char *name,
                               crm_status (*run)(void *, struct event_job_run *, struct err *)) {
    struct event_job_kind kind = {
        .name = str_from(name), .owner = STR("test"), .first_pause_ms = 1, .run = run, .ctx = h};
    must(&h->w, event_job_kind_add(h->hub, &kind, &h->w.err));
}

static UNUSED_OK int64_t submit(struct hub_world *h, const char *kind, const char *payload) {
    struct event_job_new job = {.kind = str_from(kind), .payload = str_from(payload)};
    int64_t id = 0;
    must(&h->w, event_job_submit(h->hub, &job, &id, &h->w.err));
    return id;
}

static UNUSED_OK struct event_job job_of(struct hub_world *h, int64_t id) {
    struct event_job job = {0};
    must(&h->w, store_begin(h->w.reader, &h->w.err));
    must(&h->w, event_job_get(h->w.reader, id, &h->w.arena, &job, &h->w.err));
    store_rollback(h->w.reader);
    return job;
}

static UNUSED_OK bool count_one(void *ctx, const struct event_job *job) {
    (void)job;
    ++*(size_t *)ctx;
    return true;
}

static UNUSED_OK size_t jobs_in(struct hub_world *h, enum event_job_state state) {
    size_t count = 0;
    must(&h->w, store_begin(h->w.reader, &h->w.err));
    must(&h->w, event_job_each(h->w.reader, state, 0, count_one, &count, &h->w.err));
    store_rollback(h->w.reader);
    return count;
}

#define HUB_ON_BOTH(test)                                                                          \
    static void test##_sqlite(void **state) {                                                      \
        (void)state;                                                                               \
        static struct hub_world h;                                                                 \
        hub_open(&h, STORE_SQLITE);                                                                \
        test(&h);                                                                                  \
        hub_close(&h);                                                                             \
    }                                                                                              \
    static void test##_postgres(void **state) {                                                    \
        (void)state;                                                                               \
        static struct hub_world h;                                                                 \
        hub_open(&h, STORE_POSTGRES);                                                              \
        test(&h);                                                                                  \
        hub_close(&h);                                                                             \
    }

#endif
