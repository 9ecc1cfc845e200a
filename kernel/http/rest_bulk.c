/* POST records/{entity}/bulk: one change to many records, answered at once up to 10,000 records,
 * else done by a job; and the merging of duplicates. */
#include <stdlib.h>

#include "http/describe.h"
#include "http/bulk.h"
#include "http/connection.h"
#include "http/messages.h"
#include "http/rest_job.h"
#include "record/merge.h"

#define BULK_JOB "kernel.bulk"

/* ---- merge --------------------------------------------------------------------------------- */

static crm_status answer_merge(struct http_request *r, struct changeset_result *result,
                               struct err *err) {
    const struct changeset *c = result->changeset;
    int64_t version = 0;
    struct record_view *view;
    json_t *body;
    int64_t into = 0;
    crm_status status = http_body_json(r, &body, err);
    if (status == CRM_OK) status = http_rest_view(r, &view, err);
    if (status != CRM_OK) return status;
    http_rest_changeset_header(r, result->id);
    id_parse(json_str(json_object_get(json_object_get(body, "merge"), "into")), &into);
    status = record_get_json(view, c->ops[c->op_count - 1].entity, into, STR_NONE, http_json(r),
                             &version, err);
    if (status == CRM_OK) http_etag(r, version);
    return status;
}

static crm_status merge(struct http_request *r, const struct schema_entity *e, const json_t *body,
                        struct err *err) {
    struct record_view *view;
    struct err_list *errors = ARENA_NEW(http_arena(r), struct err_list);
    struct changeset *c = http_rest_changeset(r);
    crm_status status = c && errors ? http_rest_view(r, &view, err) : err_no_memory(err);
    int64_t into = 0;
    if (status == CRM_OK) status = record_merge_fill(view, c, e, body, errors, &into, err);
    if (status == CRM_OK) return http_commit(r, c, answer_merge, err);
    if (errors && errors->count) http_answer_fields(r, errors);
    if (c) changeset_fini(c);
    return status;
}

/* ---- the rest ------------------------------------------------------------------------------ */

static crm_status as_job(struct http_request *r, const struct schema_entity *e, json_t *body,
                         struct err *err) {
    JSON_CLEANUP json_t *payload =
        json_pack("{s:s#,s:O}", "entity", e->name.ptr, (int)e->name.len, "body", body);
    char *text = payload ? json_dumps(payload, JSON_COMPACT) : NULL;
    if (!text) return err_no_memory(err);
    crm_status status = http_rest_job_submit(r, BULK_JOB, str_from(text), err);
    free(text);
    return status;
}

static crm_status idempotency(void *ctx, struct changeset *c, struct err *err) {
    return http_idempotency(ctx, c, http_body(ctx), err);
}

/* What was answered under this key. Of a single changeset only what it wrote is known. */
static crm_status answer_kept(struct http_request *r, const struct changeset_kept *kept,
                              struct bulk *b) {
    const int64_t *n = kept->numbers;
    if (kept->kind == HTTP_KEPT_JOB) {
        http_rest_job_answer(r, n[0]);
        return CRM_OK;
    }
    b->changeset = n[0];
    if (kept->kind == HTTP_KEPT_COUNTS) {
        b->matched = n[1];
        b->changed = n[2];
        b->unchanged = n[3];
        b->failed = n[4];
    } else {
        b->matched = (int64_t)(kept->count / 3);
        for (size_t i = 3; i < kept->count; i += 3)
            b->changed += n[i];
        b->unchanged = b->matched - b->changed;
    }
    http_rest_changeset_header(r, b->changeset);
    bulk_json(b, http_language(r), http_json(r));
    return CRM_OK;
}

struct keeping {
    const struct changeset *key;
    struct changeset_kept kept;
};

static crm_status keep_counts(void *ctx, struct store_conn *writer, struct err *err) {
    const struct keeping *k = ctx;
    struct changeset_kept before;
    crm_status status = changeset_key_find(writer, k->key, &before, err);
    return status == CRM_OK && before.count == 0 ? changeset_key_keep(writer, k->key, &k->kept, err)
                                                 : status;
}

/* A single changeset has kept its answer itself. */
static crm_status run_now(struct http_request *r, struct bulk *b, const struct changeset *key,
                          struct err *err) {
    crm_status status = bulk_run(b, err);
    const int64_t counts[] = {b->changeset, b->matched, b->changed, b->unchanged, b->failed};
    struct keeping keeping = {key, {HTTP_KEPT_COUNTS, counts, sizeof counts / sizeof *counts}};
    if (status == CRM_OK && key->idempotency_key.len)
        status = engine_write(b->engine, keep_counts, &keeping, err);
    if (status != CRM_OK) return status;
    http_rest_changeset_header(r, b->changeset);
    bulk_json(b, http_language(r), http_json(r));
    return CRM_OK;
}

static crm_status begin(struct http_request *r, struct bulk *b, json_t *body,
                        const struct changeset *key, struct err *err) {
    int64_t count = 0;
    struct changeset_kept kept = {.count = 0};
    crm_status status = store_begin(b->reader, err);
    if (status != CRM_OK) return status;
    status = changeset_key_find(b->reader, key, &kept, err);
    store_rollback(b->reader);
    if (status == CRM_OK && kept.count) return answer_kept(r, &kept, b);
    if (status == CRM_OK && json_object_get(body, "where")) status = bulk_count(b, &count, err);
    if (status != CRM_OK) return status;
    return count > BULK_AT_ONCE ? as_job(r, b->entity, body, err) : run_now(r, b, key, err);
}

static crm_status bulk(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    const struct schema_entity *e;
    json_t *body;
    crm_status status = http_query_only(r, err, NULL);
    if (status == CRM_OK) status = http_rest_target(r, &e, NULL, err);
    if (status == CRM_OK)
        status = http_body_object(r, &body, err, "ids", "where", "set", "delete", "restore",
                                  "merge", NULL);
    if (status == CRM_OK) status = bulk_check(body, err);
    if (status != CRM_OK) return status;
    if (json_object_get(body, "merge")) return merge(r, e, body, err);
    struct bulk b = {.engine = http_engine(r),
                     .reader = http_rest_reader_between(r),
                     .access = http_access(r),
                     .arena = http_arena(r),
                     .entity = e,
                     .body = body,
                     .idempotency = idempotency,
                     .ctx = r};
    enum schema_action action =
        json_object_get(body, "set") ? SCHEMA_ACTION_UPDATE : SCHEMA_ACTION_DELETE;
    if (!access_rows(b.access, action, e))
        return err_set(err, CRM_FORBIDDEN, &http_entity_forbidden, NULL);
    struct changeset *key = http_rest_changeset(r);
    status = key ? http_idempotency(r, key, http_body(r), err) : err_no_memory(err);
    if (status == CRM_OK) status = begin(r, &b, body, key, err);
    if (key) changeset_fini(key);
    return status;
}

/* ---- the job ------------------------------------------------------------------------------- */

static bool is_cancelled(void *ctx) { return event_job_is_cancelled(ctx); }

static crm_status tell(const struct bulk *b, struct event_job_run *run, bool is_done,
                       struct err *err) {
    struct buf out;
    struct json_writer w;
    buf_init(&out, 1 << 20);
    json_writer_init(&w, &out);
    bulk_json(b, b->access->actor.language, &w);
    crm_status status = out.status == CRM_OK ? CRM_OK : err_no_memory(err);
    if (status == CRM_OK && is_done) status = http_rest_job_finish(run, buf_str(&out), err);
    if (status == CRM_OK && !is_done) event_job_progress(run, buf_str(&out));
    buf_fini(&out);
    return status;
}

static void on_progress(const struct bulk *b, void *ctx) {
    struct err err;
    tell(b, ctx, false, &err);
}

/* May run twice after a crash: a filter holds what is left to do, equal values change nothing. */
static crm_status bulk_job(void *ctx, struct event_job_run *run, struct err *err) {
    (void)ctx;
    struct actor actor;
    struct access access;
    JSON_CLEANUP json_t *payload = NULL;
    crm_status status = json_parse(run->job->payload, NULL, &payload, err);
    if (status == CRM_OK) status = event_job_actor(run, &actor, err);
    if (status != CRM_OK) return status;
    struct schema *schema = engine_schema(run->engine);
    access_init(&access, schema, &actor);
    struct bulk b = {.engine = run->engine,
                     .reader = run->reader,
                     .access = &access,
                     .arena = run->arena,
                     .is_cancelled = is_cancelled,
                     .on_progress = on_progress,
                     .ctx = run,
                     .body = json_object_get(payload, "body"),
                     .entity = schema_find(schema, json_str(json_object_get(payload, "entity"))),
                     .cause = arena_printf(run->arena, "job %lld", (long long)run->job->id)};
    status =
        b.entity ? bulk_run(&b, err) : err_set(err, CRM_NOT_FOUND, &http_entity_unknown, "-", NULL);
    if (status == CRM_OK) status = tell(&b, run, true, err);
    schema_unref(schema);
    run->give_up = status == CRM_INVALID || status == CRM_FORBIDDEN || status == CRM_NOT_FOUND ||
                   status == CRM_REFUSED;
    return status;
}

static const struct http_route routes[] = {
    {.method = "POST",
     .pattern = HTTP_API "/records/{entity}/bulk",
     .lane = HTTP_LANE_READER,
     .flags = HTTP_ROUTE_IDEMPOTENT,
     .handle = bulk,
     .summary = "Change, trash, restore or merge many records",
     .body_schema = DESCRIBE_OBJECT("\"ids\":" DESCRIBE_LIST(
         DESCRIBE_TEXT) ",\"where\":" DESCRIBE_TEXT ",\"set\":" DESCRIBE_ANY_OBJECT
                        ",\"delete\":{\"type\":\"boolean\"},\"restore\":{\"type\":\"boolean\"},"
                        "\"merge\":" DESCRIBE_ANY_OBJECT),
     .answer_schema = DESCRIBE_ANY_OBJECT,
     .tag = "records"},
};

crm_status http_rest_bulk(struct http_server *s, struct err *err) {
    struct event_job_kind kind = {
        .name = STR(BULK_JOB), .owner = STR("kernel"), .max_attempts = 5, .run = bulk_job};
    crm_status status = http_rest_job_kind(s, &kind, err);
    return status == CRM_OK
               ? http_routes_add(s, STR("kernel"), routes, sizeof routes / sizeof *routes, err)
               : status;
}
