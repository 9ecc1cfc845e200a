/* The table of routes and its tree: which route answers a method and a path.
 *
 * In each segment a literal wins over {name}; where the literal ends at no route for the method,
 * {name} is tried, so that a module's /records/box/{id}/convert hides nothing of
 * /records/{entity}. A {rest*} takes what neither begins. Names of parameters are the route's own.
 * The table may change until http_router_build; afterwards everything is read-only and lookups are
 * safe from any thread. */
#ifndef HTTP_ROUTER_H
#define HTTP_ROUTER_H

#include "http/route.h"
#include "http/target.h"

enum { HTTP_PARAMS_MAX = 8 };

#define HTTP_METHODS(X) X(GET) X(HEAD) X(POST) X(PUT) X(PATCH) X(DELETE) X(OPTIONS)
enum http_method {
#define HTTP_METHOD_ENUM(name) HTTP_METHOD_##name,
    HTTP_METHODS(HTTP_METHOD_ENUM)
#undef HTTP_METHOD_ENUM
        HTTP_METHOD_COUNT
};
const char *http_method_word(enum http_method method);
bool http_method_find(struct str word, enum http_method *ret);

struct http_route_entry {
    struct http_route route;
    struct str owner; /* in the router's arena */
    enum http_method method;
    struct str params[HTTP_PARAMS_MAX];
    uint8_t param_count;
    bool has_rest;
    const char *const *body_keys; /* of a described body, closed by NULL; NULL: any */
    uint16_t index;               /* of the metrics */
};

struct http_router {
    struct arena arena;
    struct http_route_entry **entries;
    size_t count, capacity;
    struct http_router_node *root; /* after build */
};

void http_router_init(struct http_router *r);
void http_router_fini(struct http_router *r);
crm_status http_router_add(struct http_router *r, struct str owner, const struct http_route *route,
                           struct err *err);
void http_router_remove_owner(struct http_router *r, struct str owner);
crm_status http_router_build(struct http_router *r, struct err *err);

struct http_match {
    const struct http_route_entry
        *entry;       /* NULL: no such path, or (allowed != 0) no such method on it */
    uint32_t allowed; /* bit per method of the path */
    struct str values[HTTP_PARAMS_MAX]; /* by position; of a rest: in the arena */
};
/* HEAD finds GET's route. False when the arena is exhausted. */
bool http_router_find(const struct http_router *r, enum http_method method,
                      const struct http_target *t, struct arena *a, struct http_match *ret);
/* "GET, HEAD, POST" of a set of methods. */
struct str http_methods_text(uint32_t methods, struct arena *a);

#endif
