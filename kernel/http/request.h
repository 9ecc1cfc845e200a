/* One request as a handler sees it, and its answer.
 *
 * Everything borrowed from the request lives in its arena until the answer is sent. A handler
 * either fills the reply and returns CRM_OK, returns an error (which becomes a problem document in
 * the caller's language), or takes the request over (http_request_detach) and finishes later from
 * any thread with http_request_finish. Threads: the lane's. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "base/json.h"
#include "record/read.h"

struct http_server;
struct http_request; /* opaque; accessors below */

struct engine *http_engine(struct http_request *r);
struct event_hub;
struct event_hub *http_events(struct http_request *r); /* NULL when there is none */
struct http_server *http_server_of(struct http_request *r);
struct arena *http_arena(struct http_request *r);
struct str http_method(struct http_request *r);
struct str http_path(struct http_request *r);
struct str http_param(struct http_request *r, const char *name); /* of the pattern, decoded */
struct str http_query(struct http_request *r,
                      const char *name); /* first value, decoded; empty when absent */
bool http_has_query(struct http_request *r, const char *name);
/* Refuses query parameters outside the NULL-closed list, naming the first unknown one. */
crm_status http_query_only(struct http_request *r, struct err *err, ...) __attribute__((sentinel));
/* A parameter as a number, `fallback` when absent; the error names it. */
crm_status http_query_int(struct http_request *r, const char *name, int64_t fallback, int64_t from,
                          int64_t to, int64_t *ret, struct err *err);
struct str http_header(struct http_request *r, const char *name);
struct str http_cookie(struct http_request *r, const char *name); /* as sent; empty when absent */
struct str http_body(struct http_request *r);
crm_status http_body_json(struct http_request *r, json_t **ret_borrowed, struct err *err);
/* The body as an object with keys of the NULL-closed list only. */
crm_status http_body_object(struct http_request *r, json_t **ret_borrowed, struct err *err, ...)
    __attribute__((sentinel));
struct str http_request_id(struct http_request *r);
struct str http_remote_address(struct http_request *r);
bool http_is_https(struct http_request *r);
const struct access *http_access(struct http_request *r); /* who is asking */
/* Said by the authenticator when a cookie and not a token told who is asking: a write must then
 * carry X-CSRF-Token with this text and come from our own origin. Borrowed until the answer is
 * sent. */
void http_by_cookie(struct http_request *r, struct str csrf_token);
bool http_same_origin(struct http_request *r); /* no Origin and no cross-site mark, or ours */
enum language http_language(struct http_request *r);
struct schema *http_schema(struct http_request *r); /* the request's snapshot */
/* A read transaction is open, as fresh as the last answered write; NULL when the database refused
 * (answer CRM_UNAVAILABLE). Borrowed until the handler returns or waits for the client. */
struct store_conn *http_reader(struct http_request *r);
struct record_view *http_view(struct http_request *r); /* ready to read with */
const struct schema_entity *
http_entity_param(struct http_request *r,
                  struct err *err); /* {entity}: NULL + error when unknown or unseen */
bool http_id_param(struct http_request *r, const char *name,
                   int64_t *ret); /* false: names nothing */

/* The answer. */
void http_status(struct http_request *r, int status);
void http_answer_header(struct http_request *r, const char *name, struct str value);
struct json_writer *http_json(struct http_request *r); /* body writer; sets the content type */
struct buf *http_answer_body(struct http_request *r);
void http_content_type(struct http_request *r, const char *type);
void http_answer_fields(struct http_request *r,
                        const struct err_list *errors); /* "fields" of a problem */
void http_etag(struct http_request *r,
               int64_t version); /* ETag: "version"; If-None-Match then answers 304 */
bool http_if_match(struct http_request *r,
                   int64_t *ret_version); /* 0 = no condition; false = no version can match */
void http_retry_after(struct http_request *r, int seconds);
/* A body produced piece by piece on the handler's own thread (export): each call blocks while the
 * client is slow, up to the stream deadline; CRM_CANCELLED when it has gone. */
crm_status http_stream_open(struct http_request *r, int status, const char *content_type,
                            struct err *err);
crm_status http_stream_write(struct http_request *r, struct str bytes, struct err *err);
/* A file from `offset`, `length` bytes, sent by the loop; takes the descriptor. */
void http_answer_file(struct http_request *r, int fd, int64_t offset, int64_t length);

void http_request_detach(struct http_request *r);
void http_request_finish(struct http_request *r, crm_status status,
                         const struct err *err); /* any thread */
/* Hands a changeset to the writer and answers after COMMIT through `answer` (on the loop).
 * Detaches. */
crm_status http_commit(struct http_request *r, struct changeset *c,
                       crm_status (*answer)(struct http_request *r, struct changeset_result *result,
                                            struct err *err),
                       struct err *err);

/* Streamed bodies (HTTP_ROUTE_STREAM_IN): `handle` runs on a reader and pulls. 0 bytes = end. */
crm_status http_body_read(struct http_request *r, struct str *ret_piece, struct err *err);

#endif
