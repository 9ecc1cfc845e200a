/* Work of requests that is too long to wait for: done as a job of the caller, answered 202 with
 * where to look. */
#ifndef HTTP_REST_JOB_H
#define HTTP_REST_JOB_H

#include "event/job.h"
#include "http/rest.h"

/* Kinds of answers that are kept under idempotency keys: {job id}; {changeset, matched, changed,
 * unchanged, failed}. */
enum http_kept { HTTP_KEPT_JOB = 1, HTTP_KEPT_COUNTS = 2 };

/* A server without jobs has no kinds. */
crm_status http_rest_job_kind(struct http_server *s, const struct event_job_kind *kind,
                              struct err *err);
/* Submits and answers 202 {"job":"..."} with Location. `payload` is JSON. A repeated idempotency
 * key answers with the same job. Blocks: on a reader. */
crm_status http_rest_job_submit(struct http_request *r, const char *kind, struct str payload,
                                struct err *err);
void http_rest_job_answer(struct http_request *r, int64_t job);
/* The job is done and this is its result, kept where its progress stood (which is shown now and
 * then only). JSON. */
crm_status http_rest_job_finish(struct event_job_run *run, struct str result, struct err *err);
/* `how` - event_job_cancel, event_job_retry - done to the job: 204, or 409 in a state that has no
 * such thing. Whether the caller may is asked before. */
crm_status http_rest_job_steer(struct http_request *r, int64_t id,
                               crm_status (*how)(struct event_hub *h, int64_t id, struct err *err),
                               struct err *err);
void http_rest_job_json(const struct event_job *job, struct json_writer *w);

#endif
