/* The kernel's REST routes (api.md), one file a noun; and what they share. Private to kernel/http. */
#ifndef HTTP_REST_H
#define HTTP_REST_H

#include "http/server.h"

crm_status http_rest_health(struct http_server *s, struct err *err);

/* A table of routes, registered as the kernel's. */
crm_status http_rest_add(struct http_server *s, const struct http_route *routes, size_t count, struct err *err);

#endif
