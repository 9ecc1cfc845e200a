/* A streamed body on its way from the loop to a handler on another thread: two buffers that change
 * places, bounded; when both are full the connection sleeps.
 *
 * Threads: put, end, fail and the list on the loop; read on the handler's thread. */
#ifndef HTTP_INTAKE_H
#define HTTP_INTAKE_H

#include "base/err.h"

struct http_request;
struct http_intake;

crm_status http_intake_new(struct http_request *r, struct http_intake **ret, struct err *err);
void http_intake_free(struct http_intake *i); /* neither side uses it any more */
struct http_intake *http_intake_next(struct http_intake *i);
/* How many bytes were taken; fewer than given: suspend the connection, it will be resumed. */
size_t http_intake_put(struct http_intake *i, const char *bytes, size_t len);
void http_intake_end(struct http_intake *i);      /* the body is complete */
void http_intake_fail(struct http_intake *i);     /* it never will be */
void http_intake_overflow(struct http_intake *i); /* it is larger than the route allows */
bool http_intake_wanted(struct http_intake *i);   /* the handler has asked for the body */

#endif
