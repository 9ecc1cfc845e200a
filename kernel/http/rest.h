/* The kernel's REST routes (api.md), one file a noun; and what they share. Private to kernel/http.
 */
#ifndef HTTP_REST_H
#define HTTP_REST_H

#include "http/server.h"

#define HTTP_API "/api/v1"

crm_status http_rest_health(struct http_server *s, struct err *err);
crm_status http_rest_records(struct http_server *s, struct err *err);
crm_status http_rest_lists(struct http_server *s, struct err *err);
crm_status http_rest_history(struct http_server *s, struct err *err);
crm_status http_rest_links(struct http_server *s, struct err *err);
crm_status http_rest_batch(struct http_server *s, struct err *err);
crm_status http_rest_bulk(struct http_server *s, struct err *err);
crm_status http_rest_duplicates(struct http_server *s, struct err *err);
crm_status http_rest_changesets(struct http_server *s, struct err *err);
crm_status http_rest_jobs(struct http_server *s, struct err *err);
crm_status http_rest_files(struct http_server *s, struct err *err);
crm_status http_rest_meta(struct http_server *s, struct err *err);
crm_status http_rest_settings(struct http_server *s, struct err *err);
crm_status http_rest_mails(struct http_server *s, struct err *err);
crm_status http_rest_hooks(struct http_server *s, struct err *err);
crm_status http_rest_me(struct http_server *s, struct err *err);
crm_status http_rest_runs(struct http_server *s, struct err *err);
crm_status http_rest_scripts(struct http_server *s, struct err *err);
crm_status http_rest_trials(struct http_server *s, struct err *err);
crm_status http_rest_replays(struct http_server *s, struct err *err);
crm_status http_rest_live(struct http_server *s, struct err *err);

/* Query parameters as words and moments. Errors name the parameter. */
crm_status http_query_flag(struct http_request *r, const char *name, bool *ret,
                           struct err *err); /* 1, true, 0, false */
crm_status http_query_moment(struct http_request *r, const char *name, int64_t *ret_ms,
                             struct err *err); /* 0 when absent */
crm_status http_body_key_type(const char *key, const char *wanted, struct err *err);

/* {entity} and {id}: errors 404 and 403 as api.md says. `id` NULL when the route has none. */
crm_status http_rest_target(struct http_request *r, const struct schema_entity **ret_entity,
                            int64_t *ret_id, struct err *err);
/* CRM_FORBIDDEN for everybody but administrators. */
crm_status http_rest_admin(struct http_request *r, struct err *err);
/* The view, or CRM_UNAVAILABLE. */
crm_status http_rest_view(struct http_request *r, struct record_view **ret, struct err *err);
/* The request's reader, or CRM_UNAVAILABLE: for what is no record. */
crm_status http_rest_reader(struct http_request *r, struct store_conn **ret, struct err *err);
/* The same after http_rest_admin. */
crm_status http_rest_admin_reader(struct http_request *r, struct store_conn **ret, struct err *err);
/* {id} of what is no record; `missing` says that there is none. */
crm_status http_rest_id(struct http_request *r, const struct err_text *missing, int64_t *ret,
                        struct err *err);
/* The reader without view and transaction, for work of many writes: each chunk reads and waits for
 * its own. */
struct store_conn *http_rest_reader_between(struct http_request *r);
/* A changeset of the caller, in the request's arena. NULL without memory. */
struct changeset *http_rest_changeset(struct http_request *r);
/* If-Match onto an op; on a failed condition the answer shows the current record. */
crm_status http_rest_if_match(struct http_request *r, struct record_op *op, struct err *err);
/* JSON onto an op; field errors become the problem's "fields". Drops the changeset on failure. */
crm_status http_rest_fill(struct http_request *r, struct changeset *c, struct record_op *op,
                          const json_t *object, struct err *err);
/* Answers of a changeset of one op: the record as the caller sees it (`fields` of the query), with
 * ETag, Perigee-Changeset and, for a create, 201 and Location. */
crm_status http_rest_answer_record(struct http_request *r, struct changeset_result *result,
                                   struct err *err);
crm_status http_rest_answer_nothing(struct http_request *r, struct changeset_result *result,
                                    struct err *err); /* 204 */
void http_rest_changeset_header(struct http_request *r, int64_t changeset);

#endif
