/* The OpenAPI 3.1 document: generated from the routes and the schema as the caller sees it, one
 * path an entity with real field types. Never written by hand. Threads: any. */
#ifndef HTTP_OPENAPI_H
#define HTTP_OPENAPI_H

#include "http/router.h"

void http_openapi_write(const struct http_router *router, const struct access *access,
                        enum language language, struct json_writer *w);
/* components/schemas of the entities the caller may see: openapi_schema.c */
void http_openapi_entities(const struct access *access, enum language language,
                           struct json_writer *w);

#endif
