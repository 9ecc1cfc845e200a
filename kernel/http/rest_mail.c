/* Routes of the outbound mail queue, for administrators: what waits, went out or did not; one tried
 * again or cancelled; a mail to see whether the settings are right. See event/mail.h. */
#include "event/mail.h"
#include "http/connection.h"
#include "http/describe.h"
#include "http/messages.h"
#include "http/rest_job.h"

static crm_status list(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    struct store_conn *reader;
    struct mail_wanted wanted = {.state = http_query(r, "state")};
    crm_status status = http_query_only(r, err, "state", "limit", "after", NULL);
    if (status == CRM_OK) status = http_query_int(r, "limit", 50, 1, 200, &wanted.limit, err);
    if (status == CRM_OK) status = http_query_int(r, "after", 0, 0, INT64_MAX, &wanted.before, err);
    if (status == CRM_OK) status = http_rest_admin_reader(r, &reader, err);
    return status == CRM_OK ? mails_json(reader, &wanted, http_json(r), err) : status;
}

static crm_status get(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    struct store_conn *reader;
    int64_t id;
    crm_status status = http_query_only(r, err, NULL);
    if (status == CRM_OK) status = http_rest_admin_reader(r, &reader, err);
    if (status == CRM_OK) status = http_rest_id(r, &http_not_found, &id, err);
    return status == CRM_OK ? mail_json(reader, id, http_arena(r), http_json(r), err) : status;
}

/* Only mails: other jobs have their own routes. */
static crm_status steer(struct http_request *r,
                        crm_status (*how)(struct event_hub *h, int64_t id, struct err *err),
                        struct err *err) {
    struct store_conn *reader;
    struct event_job job;
    int64_t id;
    crm_status status = http_query_only(r, err, NULL);
    if (status == CRM_OK) status = http_rest_admin_reader(r, &reader, err);
    if (status == CRM_OK) status = http_rest_id(r, &http_not_found, &id, err);
    if (status == CRM_OK) status = event_job_get(reader, id, http_arena(r), &job, err);
    if (status == CRM_OK && !str_eq(job.kind, mail_kind))
        status = err_set(err, CRM_NOT_FOUND, &http_not_found, NULL);
    return status == CRM_OK ? http_rest_job_steer(r, id, how, err) : status;
}

static crm_status cancel(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    return steer(r, event_job_cancel, err);
}
static crm_status retry(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    return steer(r, event_job_retry, err);
}

static crm_status try_out(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    json_t *body;
    int64_t id = 0;
    crm_status status = http_query_only(r, err, NULL);
    if (status == CRM_OK) status = http_rest_admin(r, err);
    if (status == CRM_OK) status = http_body_json(r, &body, err);
    if (status == CRM_OK && !json_is_string(json_object_get(body, "to")))
        status = http_body_key_type("to", "an address", err);
    if (status == CRM_OK && !http_events(r))
        status = err_set(err, CRM_UNAVAILABLE, &http_events_off, NULL);
    if (status != CRM_OK) return status;
    struct str to = json_str(json_object_get(body, "to"));
    bool is_ru = http_access(r)->actor.language == LANGUAGE_RU;
    const struct mail_message m = {.to = &to,
                                   .to_count = 1,
                                   .subject = is_ru ? STR("Perigee: проверка почты")
                                                    : STR("Perigee: mail works"),
                                   .text = is_ru ? STR("Если вы это читаете, почта настроена.\n")
                                                 : STR("If you read this, mail is set up.\n"),
                                   .owner = STR("test")};
    status = mail_submit(http_events(r), &m, &id, err);
    if (status != CRM_OK) return status;
    http_status(r, 202);
    http_answer_header(r, "Location",
                       arena_printf(http_arena(r), HTTP_API "/mails/%lld", (long long)id));
    struct json_writer *w = http_json(r);
    json_object_open(w);
    json_key_lit(w, "id");
    json_id(w, id);
    json_object_shut(w);
    return CRM_OK;
}

static const struct http_route routes[] = {
    {.method = "GET",
     .pattern = HTTP_API "/mails",
     .lane = HTTP_LANE_READER,
     .handle = list,
     .summary = "Outbound mails, the newest first",
     .query_schema = DESCRIBE_QUERY(
         "state", DESCRIBE_TEXT,
         "queued, running, done, failed, cancelled or unsure") "," DESCRIBE_PAGE("200"),
     .answer_schema = DESCRIBE_RECORDS,
     .tag = "mail"},
    {.method = "GET",
     .pattern = HTTP_API "/mails/{id}",
     .lane = HTTP_LANE_READER,
     .handle = get,
     .summary = "A mail with its texts",
     .answer_schema = DESCRIBE_ANY_OBJECT,
     .tag = "mail"},
    {.method = "DELETE",
     .pattern = HTTP_API "/mails/{id}",
     .lane = HTTP_LANE_READER,
     .handle = cancel,
     .summary = "Cancel a mail that waits",
     .tag = "mail"},
    {.method = "POST",
     .pattern = HTTP_API "/mails/{id}/retry",
     .lane = HTTP_LANE_READER,
     .handle = retry,
     .summary = "Send a mail now that failed, was cancelled or waits for its next attempt",
     .answer_status = "204",
     .tag = "mail"},
    {.method = "POST",
     .pattern = HTTP_API "/mails/test",
     .lane = HTTP_LANE_READER,
     .handle = try_out,
     .summary = "Send a mail to see whether the settings are right",
     .body_schema = DESCRIBE_OBJECT("\"to\":" DESCRIBE_TEXT),
     .answer_schema = DESCRIBE_OBJECT("\"id\":" DESCRIBE_TEXT),
     .answer_status = "202",
     .tag = "mail"},
};

crm_status http_rest_mails(struct http_server *s, struct err *err) {
    return http_routes_add(s, STR("kernel"), routes, sizeof routes / sizeof *routes, err);
}
