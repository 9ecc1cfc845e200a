/* One request on its way: what stands behind the opaque struct http_request of request.h. Private
 * to kernel/http.
 *
 * Life: taken from the loop's free list when the request line has come; given back when the library
 * has sent the answer AND the lane has let go (two holders, counted). A request belongs to one
 * thread at a time: the loop, then its lane, then the loop again; the hand-overs are mailboxes and
 * queues, so nothing in here is locked. */
#ifndef HTTP_EXCHANGE_H
#define HTTP_EXCHANGE_H

#include <microhttpd.h>

#include "http/framing.h"
#include "http/intake.h"
#include "http/router.h"
#include "http/source.h"
#include "loop/loop.h"
#include "store/ask.h"

enum {
    HTTP_ARENA_MAX = 96 * 1024 * 1024, /* one request's memory */
    HTTP_ANSWER_MAX = 64 * 1024 * 1024,
    HTTP_BODY_DEFAULT = 1024 * 1024,
    HTTP_KEEP_BYTES = 32 * 1024, /* buffers larger than this are not kept for the next request */
    HTTP_ANSWER_HEADERS_MAX = 16
};

enum http_phase {
    HTTP_PHASE_HEADERS, /* the request line has come, headers not yet */
    HTTP_PHASE_BODY,
    HTTP_PHASE_LANE,   /* a handler has it; the connection is suspended */
    HTTP_PHASE_ANSWER, /* sealed; to be queued at the next call of the library */
    HTTP_PHASE_SENDING
};

/* A thread's means to run handlers: its connection to the data, its compressor. A loop has one,
 * each worker of the reader pool has one. */
struct http_hands {
    struct http_server *server;
    struct store_conn *reader; /* NULL without data, and on loops over PostgreSQL */
    bool begun;                /* a read transaction is open */
    bool asks;                 /* the connection is one that does not wait: asker.h */
    uint64_t begun_at;         /* commits of this process before it was opened */
    struct http_gzip *gzip;    /* made at first use */
};
crm_status http_hands_open(struct http_hands *h, struct http_server *s, bool with_reader,
                           struct err *err);
void http_hands_close(struct http_hands *h);
/* Opens the transaction, or opens it anew when something was committed since. */
crm_status http_hands_begin(struct http_hands *h, struct err *err);
void http_hands_end(struct http_hands *h);

struct http_reply {
    int status;
    const char *content_type; /* constant or arena */
    struct http_header headers[HTTP_ANSWER_HEADERS_MAX];
    uint8_t header_count;
    bool is_sealed, has_json, close, no_gzip, is_gzip;
    char etag[24];
    struct buf body;   /* kept between requests */
    struct buf packed; /* gzip of body */
    struct json_writer json;
    int fd; /* -1 */
    int64_t fd_from, fd_length;
    struct http_source *source; /* produced piece by piece */
    const struct err_list *fields;
};

struct http_commit;
struct http_ask_way;
struct pipe;

struct http_request {
    struct work to_lane, to_loop; /* hand-overs */
    struct http_request *next_free;
    struct http_server *server;
    struct http_loop *loop;
    struct http_connection *connection;
    struct MHD_Connection *mhd; /* NULL when the library is done with it */
    _Atomic int holders;
    enum http_phase phase;
    bool is_suspended, is_detached, is_framed, is_let_in, is_body_over, expects_body;
    size_t discarded_bytes, streamed_bytes;
    const char *raw_target; /* in the library's buffer */

    struct arena arena;
    int64_t started_ns;
    enum http_method method;
    struct str raw; /* the target as sent, arena */
    struct http_target target;
    struct http_headers headers;
    struct http_match match;
    char id[40]; /* X-Request-Id when we made it */
    struct str request_id;
    struct str remote; /* once asked for, or kept */
    bool is_kept, is_https;
    enum language language;

    struct buf body; /* buffered body, kept between requests */
    size_t body_limit;
    struct http_intake *intake; /* streamed body */
    json_t *json;               /* owned */

    struct http_hands *hands; /* of the thread that runs the handler */
    struct actor actor;
    struct access access;
    bool has_access, by_cookie;
    struct str csrf_token;
    struct schema *schema; /* reference */
    struct record_view view;
    bool has_view;
    const struct schema_entity *stale_entity; /* 412: the record to show */
    int64_t stale_id;
    struct http_commit *commit;
    struct store_ask ask;
    const struct http_ask_way *ask_way;

    struct work to_wake; /* of the source */
    _Atomic bool is_waking;
    bool is_source_open; /* loop: the library pulls from it */
    bool is_starved;     /* loop: the connection sleeps until the source has more */
    struct pipe *stream; /* the handler's end of a streamed answer */
    crm_status outcome;  /* of a detached or streaming handler */
    struct err *outcome_err;
    struct http_reply reply;
};

/* exchange.c: what the library calls */
void *http_on_target(void *loop, const char *target, struct MHD_Connection *mhd);
enum MHD_Result http_on_call(void *loop, struct MHD_Connection *mhd, const char *url,
                             const char *method, const char *version, const char *upload,
                             size_t *upload_size, void **request);
void http_on_completed(void *loop, struct MHD_Connection *mhd, void **request,
                       enum MHD_RequestTerminationCode how);

/* request.c */
struct http_request *http_request_new(struct http_loop *l);
void http_request_free(struct http_request *r);
void http_request_hold(struct http_request *r);
void http_request_release(struct http_request *r); /* any thread */
/* The handler may go on when the connection has gone: what lives in the connection is copied. On
 * the loop, or while the connection is suspended. */
bool http_request_keep(struct http_request *r);
/* Drops what belongs to one snapshot of the data, before the request goes on in another. */
void http_request_forget_view(struct http_request *r);

/* lane.c */
void http_dispatch(struct http_request *r); /* loop; the request is complete (or streams in) */
void http_run(struct http_request *r, struct http_hands *hands); /* authenticate, handle, seal */
void http_commit_forget(struct http_request *r);                 /* commit.c */
/* Idempotency-Key onto a changeset, where the route honours it; `body` stands for what was sent. */
crm_status http_idempotency(struct http_request *r, struct changeset *c, struct str body,
                            struct err *err);
void http_to_loop(struct http_request *r, void (*run)(struct work *w, void *loop)); /* any thread */
bool http_to_readers(struct http_request *r, void (*run)(struct work *w, void *worker),
                     bool always);              /* false: queue full */
void http_answer_ready(struct http_request *r); /* any thread: sealed, wake the connection */

/* stream.c: true when the handler streamed its answer, which ends here */
bool http_stream_finish(struct http_request *r);

/* reply.c */
void http_reply_clear(struct http_reply *reply);
/* Turns an outcome into the answer: problem document on failure; compresses. */
void http_reply_seal(struct http_request *r, crm_status status, const struct err *err,
                     struct http_hands *hands);
/* The same for a refusal with a status of HTTP's own. */
void http_reply_refuse(struct http_request *r, int http, const struct err *err);
/* Loop: the connection has gone before the source could be opened. */
void http_source_abandon(struct http_request *r);
enum MHD_Result http_reply_queue(struct http_request *r); /* loop */

void http_retry_after_default(struct http_request *r);

/* problem.c */
void http_problem_write(struct http_request *r, int http, const struct err *err);
const char *http_status_title(int http, enum language language);

#endif
