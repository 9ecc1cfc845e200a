/* Jobs: how they stand, cancelled, tried again. A person's own; everybody's for administrators. */
#include "http/rest_job.h"

#include <stdio.h>

#include "http/connection.h"
#include "http/describe.h"
#include "http/messages.h"
#include "store/sys_tables.h"

/* Under the request's key stands the job, both or none. */
static crm_status with_key(void *ctx, struct store_conn *writer, int64_t *job_id, bool is_new,
                           struct err *err) {
    const struct changeset *key = ctx;
    struct changeset_kept kept = {HTTP_KEPT_JOB, job_id, 1};
    if (is_new) return changeset_key_keep(writer, key, &kept, err);
    crm_status status = changeset_key_find(writer, key, &kept, err);
    if (status == CRM_OK && kept.count && kept.kind == HTTP_KEPT_JOB) *job_id = kept.numbers[0];
    return status;
}

crm_status http_rest_job_kind(struct http_server *s, const struct event_job_kind *kind,
                              struct err *err) {
    return s->events ? event_job_kind_add(s->events, kind, err) : CRM_OK;
}

crm_status http_rest_job_submit(struct http_request *r, const char *kind, struct str payload,
                                struct err *err) {
    struct event_job_new job = {
        .kind = str_from(kind), .payload = payload, .actor = http_access(r)->actor.user};
    int64_t id = 0;
    if (!http_events(r)) return err_set(err, CRM_UNAVAILABLE, &http_events_off, NULL);
    struct changeset *key = http_rest_changeset(r);
    crm_status status = key ? http_idempotency(r, key, http_body(r), err) : err_no_memory(err);
    if (status == CRM_OK)
        status = event_job_submit_also(http_events(r), &job, with_key, key, &id, err);
    if (key) changeset_fini(key);
    if (status == CRM_OK) http_rest_job_answer(r, id);
    return status;
}

void http_rest_job_answer(struct http_request *r, int64_t id) {
    http_status(r, 202);
    http_answer_header(r, "Location",
                       arena_printf(http_arena(r), HTTP_API "/jobs/%lld", (long long)id));
    struct json_writer *w = http_json(r);
    json_object_open(w);
    json_key_lit(w, "job");
    json_id(w, id);
    json_object_shut(w);
}

struct ending {
    int64_t job;
    struct str result;
};

static crm_status write_result(void *ctx, struct store_conn *writer, struct err *err) {
    const struct ending *e = ctx;
    const struct store_set set = {.column = SYS_JOB_PROGRESS, .value = store_text(e->result)};
    const struct store_condition where = {SYS_JOB_ID, STORE_EQ, store_int(e->job)};
    return store_update(writer, sys_table(SYS_TABLE_JOB), &set, 1, &where, 1, NULL, err);
}

crm_status http_rest_job_finish(struct event_job_run *run, struct str result, struct err *err) {
    struct ending ending = {.job = run->job->id, .result = result};
    return event_job_finish(run, write_result, &ending, err);
}

static void put_time(struct json_writer *w, const char *key, int64_t ms) {
    json_key_lit(w, key);
    if (ms) {
        json_time(w, ms);
    } else {
        json_nil(w);
    }
}

void http_rest_job_json(const struct event_job *job, struct json_writer *w) {
    json_object_open(w);
    json_key_lit(w, "id");
    json_id(w, job->id);
    json_key_lit(w, "kind");
    json_text(w, job->kind);
    json_key_lit(w, "state");
    json_cstr(w, event_job_state_word(job->state));
    json_key_lit(w, "attempts");
    json_int64(w, job->attempts);
    put_time(w, "created_at", job->created_at_ms);
    put_time(w, "run_at", job->run_at_ms);
    put_time(w, "finished_at", job->finished_at_ms);
    json_key_lit(w, "progress");
    if (job->progress.len) {
        json_raw(w, job->progress);
    } else {
        json_nil(w);
    }
    if (job->error.len) {
        json_key_lit(w, "error");
        json_text(w, job->error);
    }
    json_object_shut(w);
}

static crm_status find(struct http_request *r, struct event_job *ret, struct err *err) {
    int64_t id;
    struct store_conn *reader;
    const struct access *access = http_access(r);
    crm_status status = http_query_only(r, err, NULL);
    if (status == CRM_OK) status = http_rest_reader(r, &reader, err);
    if (status == CRM_OK) status = http_rest_id(r, &http_not_found, &id, err);
    if (status == CRM_OK) status = event_job_get(reader, id, http_arena(r), ret, err);
    if (status != CRM_OK) return status;
    return ret->actor == access->actor.user || access_is_admin(access)
               ? CRM_OK
               : err_set(err, CRM_NOT_FOUND, &http_not_found, NULL);
}

static crm_status get(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    struct event_job job;
    crm_status status = find(r, &job, err);
    if (status == CRM_OK) http_rest_job_json(&job, http_json(r));
    return status;
}

struct listing {
    struct json_writer *w;
    int64_t count, limit, last;
};

static bool list_one(void *ctx, const struct event_job *job) {
    struct listing *l = ctx;
    if (l->count++ == l->limit) return false;
    http_rest_job_json(job, l->w);
    l->last = job->id;
    return true;
}

static crm_status list(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    struct listing l = {0};
    int64_t before = 0;
    struct store_conn *reader;
    const struct access *access = http_access(r);
    crm_status status = http_query_only(r, err, "limit", "after", NULL);
    if (status == CRM_OK) status = http_rest_reader(r, &reader, err);
    if (status == CRM_OK) status = http_query_int(r, "limit", 50, 1, 200, &l.limit, err);
    if (status == CRM_OK) status = http_query_int(r, "after", 0, 0, INT64_MAX, &before, err);
    if (status != CRM_OK) return status;
    l.w = http_json(r);
    json_object_open(l.w);
    json_key_lit(l.w, "records");
    json_array_open(l.w);
    status = event_job_recent(reader, access_is_admin(access) ? 0 : access->actor.user, before,
                              l.limit + 1, list_one, &l, err);
    json_array_shut(l.w);
    json_key_lit(l.w, "next");
    if (l.count > l.limit) {
        json_id(l.w, l.last);
    } else {
        json_nil(l.w);
    }
    json_object_shut(l.w);
    return status;
}

crm_status http_rest_job_steer(struct http_request *r, int64_t id,
                               crm_status (*how)(struct event_hub *h, int64_t id, struct err *err),
                               struct err *err) {
    if (!http_events(r)) return err_set(err, CRM_UNAVAILABLE, &http_events_off, NULL);
    crm_status status = how(http_events(r), id, err);
    if (status == CRM_OK) http_status(r, 204);
    return status;
}

static crm_status steer(struct http_request *r,
                        crm_status (*how)(struct event_hub *h, int64_t id, struct err *err),
                        struct err *err) {
    struct event_job job;
    crm_status status = find(r, &job, err);
    return status == CRM_OK ? http_rest_job_steer(r, job.id, how, err) : status;
}

static crm_status cancel(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    return steer(r, event_job_cancel, err);
}
static crm_status retry(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    return steer(r, event_job_retry, err);
}

static const struct http_route routes[] = {
    {.method = "GET",
     .pattern = HTTP_API "/jobs",
     .lane = HTTP_LANE_READER,
     .handle = list,
     .summary = "Jobs, the newest first; everybody's for administrators",
     .tag = "server",
     .query_schema = DESCRIBE_PAGE("200"),
     .answer_schema = DESCRIBE_RECORDS},
    {.method = "GET",
     .pattern = HTTP_API "/jobs/{id}",
     .lane = HTTP_LANE_READER,
     .handle = get,
     .summary = "How a job stands",
     .tag = "server"},
    {.method = "DELETE",
     .pattern = HTTP_API "/jobs/{id}",
     .lane = HTTP_LANE_READER,
     .handle = cancel,
     .summary = "Cancel a job that waits or runs",
     .tag = "server"},
    {.method = "POST",
     .pattern = HTTP_API "/jobs/{id}/retry",
     .lane = HTTP_LANE_READER,
     .handle = retry,
     .summary = "Try a job again that failed or was cancelled",
     .tag = "server",
     .answer_status = "204"},
};

crm_status http_rest_jobs(struct http_server *s, struct err *err) {
    return http_routes_add(s, STR("kernel"), routes, sizeof routes / sizeof *routes, err);
}
