/* GET live: server-sent events out of the event layer's live feed (event/live.h).
 *
 * Everything happens on the loop: the hub's wake-up is handed over, the text taken and sent. A
 * comment goes out now and then, so that a client that has gone is noticed. */
#include <stdlib.h>

#include "event/live.h"
#include "http/describe.h"
#include "http/connection.h"
#include "http/messages.h"
#include "http/rest.h"

enum { FEED_MAX_BYTES = 256 * 1024 };

struct feed {
    struct http_source source; /* first */
    struct live_subscriber *subscriber;
    struct buf text;
    size_t sent;
    bool ended, beat_wanted;
};

static void on_news(void *ctx) { http_source_wake(ctx); }

static int64_t pull(struct http_source *s, char *to, size_t room) {
    struct feed *f = (struct feed *)s;
    struct err err;
    if (f->sent == f->text.len) {
        buf_clear(&f->text);
        f->sent = 0;
        if (!f->ended && live_take(f->subscriber, &f->text, &f->ended, &err) != CRM_OK)
            f->ended = true;
        if (f->beat_wanted && f->text.len == 0) buf_add_cstr(&f->text, ": \n\n");
        f->beat_wanted = false;
    }
    size_t left = f->text.len - f->sent, len = left < room ? left : room;
    if (len == 0) return f->ended ? HTTP_SOURCE_END : HTTP_SOURCE_EMPTY;
    memcpy(to, f->text.ptr + f->sent, len);
    f->sent += len;
    return (int64_t)len;
}

static void shut(struct http_source *s) {
    struct feed *f = (struct feed *)s;
    live_unsubscribe(f->subscriber);
    buf_fini(&f->text);
    free(f);
}

static void end(struct http_source *s) {
    ((struct feed *)s)->ended = true;
    http_source_wake(s->request);
}

static void beat(struct http_source *s) {
    ((struct feed *)s)->beat_wanted = true;
    http_source_wake(s->request);
}

/* The last seq that the client has seen; -1 = from now on. */
static int64_t last_seq(struct http_request *r) {
    int64_t seq;
    struct str header = http_headers_get(&r->headers, HTTP_HEADER_LAST_EVENT_ID);
    if (header.len == 0) header = http_query(r, "after");
    return str_to_int64(header, &seq) && seq >= 0 ? seq : -1;
}

static crm_status live(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    crm_status status = http_query_only(r, err, "entities", "after", NULL);
    if (status == CRM_OK && !http_events(r))
        status = err_set(err, CRM_UNAVAILABLE, &http_events_off, NULL);
    struct feed *f = status == CRM_OK ? calloc(1, sizeof *f) : NULL;
    if (!f) return status == CRM_OK ? err_no_memory(err) : status;
    f->source =
        (struct http_source){.pull = pull, .shut = shut, .end = end, .beat = beat, .request = r};
    buf_init(&f->text, FEED_MAX_BYTES);
    buf_add_cstr(&f->text, "retry: 2000\n\n");
    struct live_options options = {.user = http_access(r)->actor.user,
                                   .door = http_access(r)->actor.door,
                                   .last_seq = last_seq(r),
                                   .entities = http_query(r, "entities"),
                                   .wake = on_news,
                                   .ctx = r};
    status = live_subscribe(http_events(r), &options, &f->subscriber, err);
    if (status != CRM_OK) {
        buf_fini(&f->text);
        free(f);
        return status;
    }
    http_status(r, 200);
    http_content_type(r, "text/event-stream");
    http_answer_header(r, "X-Accel-Buffering", STR("no"));
    r->reply.source = &f->source;
    return CRM_OK;
}

static const struct http_route routes[] = {
    {.method = "GET",
     .pattern = HTTP_API "/live",
     .lane = HTTP_LANE_READER,
     .handle = live,
     .summary = "Hints of changes, as server-sent events",
     .query_schema = DESCRIBE_QUERY(
         "entities", DESCRIBE_TEXT,
         "Names, comma-separated; all without") "," DESCRIBE_QUERY("after", DESCRIBE_TEXT,
                                                                   "As Last-Event-ID"),
     .answer_type = "text/event-stream",
     .tag = "server"},
};

crm_status http_rest_live(struct http_server *s, struct err *err) {
    return http_routes_add(s, STR("kernel"), routes, sizeof routes / sizeof *routes, err);
}
