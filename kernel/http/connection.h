/* One accepted connection, its deadline, and the loop it belongs to. Private to kernel/http.
 *
 * Threads: a struct http_loop and all its connections belong to the loop's thread, but for the
 * atomics and the mailbox of loop/loop.h. */
#ifndef HTTP_CONNECTION_H
#define HTTP_CONNECTION_H

#include <sys/socket.h>

#include "http/exchange.h"
#include "http/metrics.h"
#include "http/server.h"

struct http_connection {
    struct work arrive; /* first: from the listener's loop to its own */
    struct http_loop *loop;
    struct http_connection *next, *prev;
    int fd;
    bool is_refused; /* above 80 %: any request is answered 503 */
    bool had_request;
    bool is_shut;          /* the sweeper has shut the socket down */
    bool is_receiving;     /* a request has begun and is not complete */
    int64_t idle_since_ms; /* 0 = a request is under way */
    int64_t deadline_ms;   /* loop time; 0 = none (a lane has the request) */
    int64_t stream_bytes;  /* of the streamed body or answer so far */
    int64_t stream_from_ms;
    struct sockaddr_storage address;
    socklen_t address_len;
    char address_text[64];
};

struct http_loop {
    struct http_server *server;
    struct loop *loop;
    struct MHD_Daemon *daemon;
    uv_poll_t ready; /* the daemon's epoll descriptor */
    uv_check_t turn; /* the end of each turn: run the daemon, close the read transaction */
    uv_idle_t again; /* running while the daemon has more to do at once */
    uv_timer_t sweep;
    uv_timer_t beat;
    bool wants_run, is_again, has_started;
    struct http_hands hands;
    struct http_hands asking; /* over PostgreSQL */
    struct http_asker *asker; /* NULL: not open */
    bool is_asker_opening;
    int64_t asker_tried_ms;
    struct http_connection *connections;
    struct http_connection *arriving; /* being handed to the daemon */
    _Atomic size_t connection_count;
    _Atomic size_t suspended_count;
    struct http_request *free_requests;
    size_t free_count;
    struct http_source *sources;
    struct http_intake *intakes;
    bool is_draining;
    int64_t drain_until_ms;
    struct http_loop_metrics metrics;
    uint64_t request_number;
    uint64_t request_salt;
    size_t index;
};

/* loop.c's part of HTTP: http_loop.c */
crm_status http_loop_open(struct http_loop *l, struct http_server *s, size_t index,
                          struct err *err);
crm_status http_loop_start(struct http_loop *l, struct err *err);
void http_loop_wants_run(struct http_loop *l);   /* loop thread */
void http_loop_end_streams(struct http_loop *l); /* any thread, before the workers are joined */
void http_loop_close(struct http_loop *l);       /* main thread: drains, stops, joins */
void http_loop_free(struct http_loop *l);
void http_suspend(struct http_request *r);
void http_resume(struct http_request *r);

/* connection.c */
/* Any thread: a connection of loop `l` on its way there. Closes the descriptor when that fails. */
void http_connection_send(struct http_loop *l, int fd, const struct sockaddr_storage *address,
                          socklen_t len, bool is_refused);
void http_on_connection(void *loop, struct MHD_Connection *mhd, void **context,
                        enum MHD_ConnectionNotificationCode code);
void http_connection_deadline(struct http_connection *c, int64_t after_ms); /* 0 = none */
/* A streamed body or answer has moved on by `bytes`: minimum rate with grace. */
void http_connection_stream(struct http_connection *c, int64_t bytes);
void http_sweep(struct http_loop *l);
struct str http_connection_address(struct http_connection *c);

/* listener.c */
struct http_listener;
crm_status http_listener_open(struct http_server *s, struct str address, struct http_listener **ret,
                              struct err *err);
crm_status http_listener_start(struct http_listener *n, struct http_loop *l, struct err *err);
void http_listener_resume(
    struct http_listener *n); /* sweep of its loop: after running out of descriptors */
void http_listener_stop(struct http_listener *n); /* its loop's thread */
void http_listener_free(struct http_listener *n);
int http_listener_port(const struct http_listener *n);

struct http_server {
    struct arena arena; /* options' texts */
    struct http_options options;
    struct engine *engine;
    struct script_host *scripts;
    struct event_hub *events;
    struct http_authenticator auth;
    bool has_auth, on_postgres;
    struct http_router router;
    struct http_listener *listener;
    struct http_loop *loops;
    size_t loop_count, loops_open;
    struct work_queue lane_queue, stream_queue;
    bool has_queue;
    /* Whose body or answer goes at the client's own pace waits for it on threads apart, so that
     * slow clients keep nobody else waiting. */
    struct worker_pool *readers, *streams;
    _Atomic size_t lane_waiting, writer_waiting;
    _Atomic uint64_t commits;
    _Atomic bool is_stopping;
    _Atomic size_t extensions, extensions_left_out; /* as http_server_extensions told */
    uv_sem_t settled; /* posted when a stopping loop has no suspended connection any more */
    bool has_settled;
    struct http_proxies *proxies;
    struct str origin; /* scheme://host[:port] of the public URL; empty without one */
    bool is_https;
    _Atomic uint64_t writer_batches, writer_changesets, writer_batch_most;
};

/* proxy.c: whose X-Forwarded-* counts */
struct http_proxies;
crm_status http_proxies_parse(struct str list, struct arena *a, struct http_proxies **ret,
                              struct err *err);
bool http_proxies_trust(const struct http_proxies *p, const struct sockaddr *address);
bool http_proxies_trust_text(const struct http_proxies *p, struct str address);

#endif
