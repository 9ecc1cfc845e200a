/* The HTTP server: loops (one per core) driving libmicrohttpd by its epoll descriptor, framing check,
 * limits and deadlines, routing, lanes, orderly shutdown.
 *
 * Threads: http_server_new/start/stop on the main thread. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "http/route.h"

struct http_options {
    struct str address;       /* "127.0.0.1:8080"; port 0 = any free one, see http_server_port */
    struct str public_url;    /* decides Secure cookies and origins */
    size_t loops, readers;    /* 0 = by cores */
    size_t connection_limit;  /* 0 = 1024 */
    size_t queue_limit;       /* per lane, 0 = 1024 */
    struct str trusted_proxies;
};

/* Fills the actor of a request (auth layer): from cookie, bearer token or nothing. */
struct http_authenticator {
    crm_status (*authenticate)(void *ctx, struct http_request *r, struct arena *a, struct actor *ret, struct err *err);
    void *ctx;
};

crm_status http_server_new(const struct http_options *options, struct engine *e, const struct http_authenticator *auth, struct http_server **ret, struct err *err);
crm_status http_server_start(struct http_server *s, struct err *err); /* routes are complete */
int http_server_port(const struct http_server *s);
void http_server_stop(struct http_server *s);  /* stops accepting, 503 for new work, drains, closes */
void http_server_free(struct http_server *s);
crm_status http_rest_register(struct http_server *s, struct err *err); /* the routes of api.md that are the kernel's */

#endif
