/* Somebody leaves: POST users/{id}/hand-over ends their sessions and tokens and gives their work to
 * others, answered at once up to 10,000 records, else done by a job, which goes on under the same
 * parent changeset after a crash. Keys that were ended stay so when the rest is undone. */
#include <stdio.h>
#include <stdlib.h>

#include "auth/token.h"
#include "http/describe.h"
#include "http/hand_over.h"
#include "http/rest_job.h"
#include "module/messages.h"
#include "module/people.h"
#include "record/changeset.h"
#include "record/messages.h"

#define LEAVE_JOB "kernel.hand_over"

/* ---- the work -------------------------------------------------------------------------------- */

/* Disabled first: nothing of theirs is made while the rest is moved. */
static crm_status leave(struct people *p, struct hand_over *h, struct err *err) {
    crm_status status = hand_over_disable(h, err);
    if (status == CRM_OK && !json_is_false(json_object_get(h->body, "disable")))
        status = auth_keys_end(p->auth, h->user, err);
    return status == CRM_OK ? hand_over_run(h, err) : status;
}

static crm_status as_job(struct http_request *r, const struct hand_over *h, struct err *err) {
    char user[24], parent[24];
    snprintf(user, sizeof user, "%lld", (long long)h->user);
    snprintf(parent, sizeof parent, "%lld", (long long)h->parent);
    JSON_CLEANUP json_t *payload =
        json_pack("{s:s,s:s,s:O}", "user", user, "parent", parent, "body", h->body);
    char *text = payload ? json_dumps(payload, JSON_COMPACT) : NULL;
    if (!text) return err_no_memory(err);
    crm_status status = http_rest_job_submit(r, LEAVE_JOB, str_from(text), err);
    free(text);
    return status;
}

static crm_status target(struct people *p, struct http_request *r, int64_t *ret, struct err *err) {
    struct auth_user facts = {.id = 0};
    if (!access_is_admin(http_access(r)))
        return err_set(err, CRM_FORBIDDEN, &module_hand_over_admin, NULL);
    if (!http_id_param(r, "id", ret) || *ret == ACTOR_SYSTEM ||
        !auth_user_get(p->auth, *ret, http_arena(r), &facts))
        return err_set(err, CRM_NOT_FOUND, &module_no_user, NULL);
    return *ret == http_access(r)->actor.user
               ? err_set(err, CRM_REFUSED, &module_hand_over_self, NULL)
               : CRM_OK;
}

static crm_status post_leave(struct http_request *r, void *ctx, struct err *err) {
    struct people *p = ctx;
    struct hand_over h = {.engine = p->engine, .access = http_access(r), .arena = http_arena(r)};
    json_t *body = NULL;
    crm_status status = http_query_only(r, err, NULL);
    if (status == CRM_OK) status = target(p, r, &h.user, err);
    if (status == CRM_OK)
        status = http_body_object(r, &body, err, "to", "rules", "closed", "disable", "dry", NULL);
    if (status != CRM_OK) return status;
    h.body = body;
    h.reader = http_rest_reader_between(r);
    if (!h.reader) return err_set(err, CRM_UNAVAILABLE, &module_not_open, NULL);
    status = hand_over_plan(&h, err);
    if (status != CRM_OK) return status;
    bool is_dry = json_is_true(json_object_get(body, "dry"));
    h.parent = is_dry ? 0 : changeset_parent_new(p->engine);
    if (!is_dry && h.total > BULK_AT_ONCE) return as_job(r, &h, err);
    if (!is_dry) status = leave(p, &h, err);
    if (status != CRM_OK) return status;
    http_rest_changeset_header(r, h.changeset);
    hand_over_json(&h, http_language(r), http_json(r));
    return CRM_OK;
}

/* ---- the job --------------------------------------------------------------------------------- */

static bool is_cancelled(void *ctx) { return event_job_is_cancelled(ctx); }

static crm_status tell(const struct hand_over *h, struct event_job_run *run, bool is_done,
                       struct err *err) {
    struct buf out;
    struct json_writer w;
    buf_init(&out, 1 << 20);
    json_writer_init(&w, &out);
    hand_over_json(h, h->access->actor.language, &w);
    crm_status status = out.status == CRM_OK ? CRM_OK : err_no_memory(err);
    if (status == CRM_OK && is_done) status = http_rest_job_finish(run, buf_str(&out), err);
    if (status == CRM_OK && !is_done) event_job_progress(run, buf_str(&out));
    buf_fini(&out);
    return status;
}

static void on_progress(const struct hand_over *h, void *ctx) {
    struct err err;
    tell(h, ctx, false, &err);
}

/* May run twice after a crash: the filters hold what is left to do. */
static crm_status leave_job(void *ctx, struct event_job_run *run, struct err *err) {
    struct actor actor;
    struct access access;
    JSON_CLEANUP json_t *payload = NULL;
    struct hand_over h = {.engine = run->engine,
                          .reader = run->reader,
                          .access = &access,
                          .arena = run->arena,
                          .is_cancelled = is_cancelled,
                          .on_progress = on_progress,
                          .ctx = run};
    crm_status status = json_parse(run->job->payload, NULL, &payload, err);
    if (status == CRM_OK) status = event_job_actor(run, &actor, err);
    if (status != CRM_OK) return status;
    if (!id_parse(json_str(json_object_get(payload, "user")), &h.user) ||
        !id_parse(json_str(json_object_get(payload, "parent")), &h.parent))
        return err_internal(err, "payload of " LEAVE_JOB);
    struct schema *schema = engine_schema(run->engine);
    access_init(&access, schema, &actor);
    h.body = json_object_get(payload, "body");
    h.cause = arena_printf(run->arena, "job %lld", (long long)run->job->id);
    status = hand_over_plan(&h, err);
    if (status == CRM_OK) status = leave(ctx, &h, err);
    if (status == CRM_OK) status = tell(&h, run, true, err);
    schema_unref(schema);
    run->give_up = status == CRM_INVALID || status == CRM_FORBIDDEN || status == CRM_NOT_FOUND ||
                   status == CRM_REFUSED;
    return status;
}

/* ---- registration ---------------------------------------------------------------------------- */

#define PEOPLE DESCRIBE_LIST(DESCRIBE_TEXT)
#define FLAG   "{\"type\":\"boolean\"}"
#define COUNT  "{\"type\":\"integer\"}"

crm_status people_register_leave(struct people *p, struct http_server *s, struct err *err) {
    const struct event_job_kind kind = {.name = STR(LEAVE_JOB),
                                        .owner = STR("kernel"),
                                        .max_attempts = 5,
                                        .run = leave_job,
                                        .ctx = p};
    const struct http_route routes[] = {
        {.method = "POST",
         .pattern = HTTP_API "/users/{id}/hand-over",
         .lane = HTTP_LANE_READER,
         .handle = post_leave,
         .ctx = p,
         .summary = "End a person's sessions and tokens and give their open work to others",
         .tag = "session",
         .body_schema = DESCRIBE_OBJECT("\"to\":" PEOPLE ",\"rules\":" DESCRIBE_OBJECTS(
             "\"entity\":" DESCRIBE_TEXT ",\"where\":" DESCRIBE_TEXT
             ",\"to\":" PEOPLE) ",\"closed\":" FLAG ",\"disable\":" FLAG ",\"dry\":" FLAG),
         .answer_schema = DESCRIBE_OBJECT("\"entities\":" DESCRIBE_LIST(
             DESCRIBE_ANY_OBJECT) ",\"matched\":" COUNT ",\"left\":" COUNT
                                  ",\"failures\":" DESCRIBE_LIST(
                                      DESCRIBE_ANY_OBJECT) "," DESCRIBE_CHANGESET)},
    };
    crm_status status = http_rest_job_kind(s, &kind, err);
    return status == CRM_OK
               ? http_routes_add(s, STR("kernel"), routes, sizeof routes / sizeof *routes, err)
               : status;
}
