/* Demonstration data over REST, for administrators: whether there is any and what takes it out,
 * made by a job, and the mark forgotten once it was taken out. See demo.h. */
#include "demo.h"

#include <stdio.h>

enum { SIZE = 120, SIZE_MAX_ASKED = 2000, ID_BYTES = 24, ARENA_BYTES = 4 << 20 };

static const char job_kind[] = "sales.demo";
static const struct crm_str mark_key = {"demo/changeset", 14};
static const struct crm_text may_not = {"forbidden", "Only an administrator may do this.",
                                        "Это может только администратор."};
static const struct crm_text bad_size = {"demo_size", "size must be a number from 1 to 2000.",
                                         "size: число от 1 до 2000."};

crm_status demo_mark_keep(const struct crm *crm, int64_t changeset, struct crm_error *err) {
    char text[ID_BYTES];
    int len = snprintf(text, sizeof text, "%lld", (long long)changeset);
    return crm->file->state_put(crm->host, mark_key, crm_str_make(text, (size_t)len), 0, err);
}

static crm_status admins_only(const struct crm *crm, struct crm_request *r, struct crm_error *err) {
    struct crm_actor_facts actor = {.size = sizeof actor};
    crm->record->actor(crm->http->view(r), &actor);
    if (actor.is_admin) return crm->http->query_only(r, NULL, 0, err);
    return crm->base->error_set(err, CRM_FORBIDDEN, &may_not, NULL, 0);
}

static crm_status tell(void *ctx, struct crm_request *r, struct crm_error *err) {
    const struct crm *crm = ctx;
    struct crm_str kept = {NULL, 0};
    int64_t changeset = 0;
    crm_status status = admins_only(crm, r, err);
    if (status == CRM_OK)
        status = crm->file->state_get(crm->host, mark_key, crm->http->arena(r), &kept, err);
    if (status != CRM_OK) return status;
    struct crm_json *w = crm->http->json(r);
    crm->base->json_object_open(w);
    crm->base->json_key(w, CRM_STR("changeset"));
    if (kept.len && crm->base->int64_parse(kept, &changeset))
        crm->base->json_id(w, changeset);
    else
        crm->base->json_null(w);
    crm->base->json_object_shut(w);
    return CRM_OK;
}

static crm_status forget(void *ctx, struct crm_request *r, struct crm_error *err) {
    const struct crm *crm = ctx;
    crm_status status = admins_only(crm, r, err);
    if (status == CRM_OK) status = crm->file->state_delete(crm->host, mark_key, err);
    if (status != CRM_OK) return status;
    struct crm_json *w = crm->http->json(r);
    crm->base->json_object_open(w);
    crm->base->json_object_shut(w);
    return CRM_OK;
}

static crm_status read_size(const struct crm *crm, struct crm_request *r, int64_t *ret,
                            struct crm_error *err) {
    const struct crm_json_value *body = NULL;
    crm_status status = crm->http->body_json(r, &body, err);
    if (status != CRM_OK) return status;
    const struct crm_json_value *size = crm->base->json_get(body, "size");
    *ret = SIZE;
    if (crm->base->json_type(size) == CRM_JSON_NULL) return CRM_OK;
    if (crm->base->json_int64_of(size, ret) && *ret >= 1 && *ret <= SIZE_MAX_ASKED) return CRM_OK;
    return crm->base->error_set(err, CRM_INVALID, &bad_size, NULL, 0);
}

static crm_status ask(void *ctx, struct crm_request *r, struct crm_error *err) {
    const struct crm *crm = ctx;
    struct crm_actor_facts actor = {.size = sizeof actor};
    char payload[64];
    int64_t size, job;
    crm_status status = admins_only(crm, r, err);
    if (status == CRM_OK) status = read_size(crm, r, &size, err);
    if (status == CRM_OK) status = demo_refuse_second(crm, crm->http->view(r), err);
    if (status != CRM_OK) return status;
    crm->record->actor(crm->http->view(r), &actor);
    int len = snprintf(payload, sizeof payload, "{\"size\":%lld}", (long long)size);
    const struct crm_job_options options = {.size = sizeof options,
                                            .kind = job_kind,
                                            .user = actor.user,
                                            .payload = crm_str_make(payload, (size_t)len),
                                            .dedupe = crm_str_from(job_kind)};
    status = crm->job->enqueue(crm->host, &options, &job, err);
    if (status != CRM_OK) return status;
    crm->http->status(r, 202);
    struct crm_json *w = crm->http->json(r);
    crm->base->json_object_open(w);
    crm->base->json_key(w, CRM_STR("job"));
    crm->base->json_id(w, job);
    crm->base->json_object_shut(w);
    return CRM_OK;
}

/* ---- the job ---- */

struct by_job {
    const struct crm *crm;
    struct crm_job *job;
};

static void show_progress(void *ctx, int64_t done, int64_t total) {
    const struct by_job *by = ctx;
    char text[64];
    int len = snprintf(text, sizeof text, "{\"matched\":%lld,\"of\":%lld}", (long long)done,
                       (long long)total);
    by->crm->job->progress(by->job, crm_str_make(text, (size_t)len));
}
static bool is_stopping(void *ctx) {
    const struct by_job *by = ctx;
    return by->crm->job->stopping(by->job);
}

/* Tried once: what a crash left of it is taken out by its mark, and asked for again. */
static crm_status run(void *ctx, struct crm_job *job, struct crm_error *err) {
    const struct crm *crm = ctx;
    struct by_job by = {crm, job};
    struct demo_order order = {.crm = crm,
                               .view = crm->job->view(job),
                               .size = SIZE,
                               .seed = 1,
                               .progress = show_progress,
                               .stopping = is_stopping,
                               .ctx = &by};
    struct crm_json_value *payload = NULL;
    int64_t changeset;
    if (!order.view) return crm->base->error_no_memory(err);
    crm_status status = crm->base->json_parse(crm->job->payload(job), &payload, err);
    if (status != CRM_OK) return status;
    (void)crm->base->json_int64_of(crm->base->json_get(payload, "size"), &order.size);
    crm->base->json_free(payload);
    order.arena = crm->base->arena_new(ARENA_BYTES); /* the view's is emptied as it is refreshed */
    status = order.arena ? demo_make(&order, &changeset, err) : crm->base->error_no_memory(err);
    crm->base->arena_free(order.arena);
    return status;
}

crm_status demo_route_register(struct crm *crm, struct crm_error *err) {
    const struct crm_job_kind kind = {
        .size = sizeof kind, .attempts = 1, .kind = job_kind, .run = run, .ctx = crm};
    static const char pattern[] = "/api/v1/demo";
    const struct crm_route common = {.lane = CRM_LANE_READER, .tag = "demo", .ctx = crm};
    static const struct crm_route rows[] = {
        {.method = "GET",
         .pattern = pattern,
         .handle = tell,
         .summary = "The changeset of the demonstration data that is there; undo it to take it out",
         .answer_schema = "{\"type\":\"object\",\"properties\":{\"changeset\":{\"type\":["
                          "\"string\",\"null\"]}}}"},
        {.method = "POST",
         .pattern = pattern,
         .handle = ask,
         .summary = "Makes demonstration data, by a job",
         .body_schema = "{\"type\":\"object\",\"properties\":{\"size\":{\"type\":\"integer\","
                        "\"minimum\":1,\"maximum\":2000}}}",
         .answer_schema = "{\"type\":\"object\",\"properties\":{\"job\":{\"type\":\"string\"}}}"},
        {.method = "DELETE",
         .pattern = pattern,
         .handle = forget,
         .summary = "Forgets which changeset was the demonstration data; changes no record",
         .answer_schema = "{\"type\":\"object\"}"}};
    crm_status status = crm->job->kind_add(crm->host, &kind, err);
    return status == CRM_OK ? crm_routes_add(crm, &common, rows, sizeof rows / sizeof *rows, err)
                            : status;
}
