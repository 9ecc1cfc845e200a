/* The HTTP server: loops (one per core) driving libmicrohttpd by its epoll descriptor, framing
 * check, limits and deadlines, routing, lanes, orderly shutdown.
 *
 * Threads: http_server_new/start/stop on the main thread. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "event/hub.h"
#include "http/route.h"

/* Absolute deadlines in ms, 0 = the default in brackets. Tests shorten them. */
struct http_deadlines {
    int64_t header_ms;  /* from the connection's start to the end of the headers (10,000) */
    int64_t body_ms;    /* a buffered body (30,000) */
    int64_t idle_ms;    /* between two requests of a connection (75,000; 5,000 when crowded) */
    int64_t stream_ms;  /* grace of streamed bodies and answers beside the minimum rate (30,000) */
    int64_t rate_bytes; /* minimum rate of streams, bytes a second (1,024) */
    int64_t beat_ms;    /* a sign of life on live streams (15,000) */
};

struct script_host;
struct http_options {
    struct str
        address; /* "127.0.0.1:8080", "[::1]:8080"; port 0 = any free one, see http_server_port */
    struct str public_url;      /* decides Secure cookies and origins */
    size_t loops, readers;      /* 0 = by cores */
    size_t connection_limit;    /* 0 = 1024; from 80 % on new connections are answered 503 */
    size_t queue_limit;         /* per lane, 0 = 1024 */
    struct str trusted_proxies; /* "127.0.0.1, 10.0.0.0/8": whose X-Forwarded-* counts */
    struct http_deadlines deadlines;
    struct script_host *scripts;
    struct event_hub *events; /* live feed and jobs; NULL = those routes answer 503 */
};

/* Fills the actor of a request (auth layer): from cookie, bearer token or nothing. Runs on the
 * thread of the route's lane, before the handler; http_reader works. user 0 = nobody (then a route
 * that is not public answers 401); an error fails the request, but on public routes
 * CRM_UNAUTHENTICATED is nobody. */
struct http_authenticator {
    crm_status (*authenticate)(void *ctx, struct http_request *r, struct arena *a,
                               struct actor *ret, struct err *err);
    void *ctx;
};

/* `e` NULL: a server without data (tests, benches); `auth` NULL: everybody is nobody. */
crm_status http_server_new(const struct http_options *options, struct engine *e,
                           const struct http_authenticator *auth, struct http_server **ret,
                           struct err *err);
crm_status http_server_start(struct http_server *s, struct err *err); /* routes are complete */
int http_server_port(const struct http_server *s);
struct str http_server_public_url(const struct http_server *s);
/* How many plugins and scripts there are, and those of them that were left out: for figures. */
void http_server_extensions(struct http_server *s, size_t count, size_t left_out);
/* Stops accepting, 503 for new work, drains, closes; before event_hub_stop and engine_close. */
void http_server_stop(struct http_server *s);
/* After engine_close (the engine tells the server of commits as long as it lives). NULL is fine. */
void http_server_free(struct http_server *s);
crm_status http_rest_register(struct http_server *s,
                              struct err *err); /* the routes of api.md that are the kernel's */

#endif
