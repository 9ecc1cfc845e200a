/* Routes: what answers a method and a path, on which lane. Registered while loading, with an owner;
 * removed in bulk by owner. The kernel's REST routes and those of modules are the same thing.
 *
 * Threads: registration before the server starts; handlers run on the thread of their lane. */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include "http/request.h"

enum http_lane {
    HTTP_LANE_INLINE, /* on the loop: bounded point and page reads (on PostgreSQL moved to a reader)
                       */
    HTTP_LANE_READER, /* on a reader thread with its connection and Lua states */
    HTTP_LANE_WRITER  /* parses on the loop or a reader, answers after the changeset's commit */
};

enum http_route_flag {
    HTTP_ROUTE_PUBLIC = 1,    /* no sign-in */
    HTTP_ROUTE_STREAM_IN = 2, /* body handed over in pieces (uploads), never buffered whole */
    HTTP_ROUTE_NO_CSRF = 4,
    HTTP_ROUTE_IDEMPOTENT = 8, /* honours Idempotency-Key */
    HTTP_ROUTE_NO_DATA =
        16, /* touches no record: stays on the loop on both engines, http_reader is NULL */
    HTTP_ROUTE_STREAM_OUT = 128, /* the answer is written at the client's pace (stream_open) */
    HTTP_ROUTE_READS = 64,       /* changes nothing, whatever its method: also for who only looks */
    HTTP_ROUTE_AGAIN =
        32 /* the handler, and the answer after its commit, may fail for want of data and run again
              from their start, which over PostgreSQL they do on the loop where little is read */
};

struct http_route {
    const char *method; /* "GET", "POST" ... */
    const char
        *pattern; /* "/api/v1/records/{entity}/{id}"; {name} is one segment, {name*} the rest */
    enum http_lane lane;
    uint32_t flags;
    size_t body_limit; /* bytes, 0 = the default of 1 MB */
    crm_status (*handle)(struct http_request *r, void *ctx,
                         struct err *err); /* error -> problem document */
    void *ctx;
    /* For OpenAPI; constant JSON texts or NULL. A body with properties takes no other keys, unless
     * additionalProperties says so. */
    const char *summary;
    const char *tag;
    const char *query_schema, *body_schema, *answer_schema;
    const char *body_type, *answer_type; /* media types other than JSON */
    const char *answer_status;           /* where it is not what the method suggests */
};

struct http_server;
crm_status http_route_add(struct http_server *s, struct str owner, const struct http_route *route,
                          struct err *err);
/* A table of them; ends at the first that fails. */
crm_status http_routes_add(struct http_server *s, struct str owner, const struct http_route *routes,
                           size_t count, struct err *err);
void http_route_remove_owner(struct http_server *s, struct str owner);

#endif
