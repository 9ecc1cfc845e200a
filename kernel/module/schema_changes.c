/* Plans as JSON, and the routes of changes that wait for approval. See schema_rest.h. */
#include "base/time.h"
#include "http/request.h"
#include "module/kernel_state.h"
#include "module/schema_rest.h"
#include "module/schema_waiting.h"

enum { PAGE = 50, PAGE_MAX = 100 };

/* ---- a plan as JSON ------------------------------------------------------------------------ */
crm_status schema_put_plan(struct http_request *r, const struct schema_plan *plan, int64_t waiting,
                           struct err *err) {
    struct json_writer *w = http_json(r);
    struct rebuild_estimate *estimates = NULL;
    crm_status status = rebuild_estimate(http_engine(r), http_arena(r), plan, &estimates, err);
    if (status != CRM_OK) return status;
    json_object_open(w);
    json_key_lit(w, "digest");
    json_text(w, kernel_schema_digest(plan, http_arena(r)));
    json_key_lit(w, "steps");
    json_array_open(w);
    for (size_t i = 0; i < plan->step_count; i++)
        schema_step_json(w, &plan->steps[i], &estimates[i], http_language(r));
    json_array_shut(w);
    json_key_lit(w, "refused");
    json_int64(w, (int64_t)plan->refused_count);
    json_key_lit(w, "asked");
    json_int64(w, (int64_t)plan->asked_count);
    json_key_lit(w, "background");
    json_int64(w, (int64_t)plan->background_count);
    if (waiting) {
        json_key_lit(w, "waiting");
        json_id(w, waiting);
    }
    json_object_shut(w);
    return CRM_OK;
}

/* ---- waiting --------------------------------------------------------------------------------- */
/* What it would do now; one that cannot be planned any more says why. */
static crm_status put_future(struct http_request *r, struct kernel *k,
                             const struct waiting_change *it, struct err *err) {
    struct schema_plan plan = {0};
    struct err refusal;
    err_clear(&refusal);
    crm_status status = kernel_schema_look(k, &it->change, http_arena(r), &plan, &refusal);
    if (status == CRM_OK) {
        json_key_lit(http_json(r), "plan");
        status = schema_put_plan(r, &plan, 0, err);
        schema_plan_fini(&plan);
        return status;
    }
    BUF_CLEANUP struct buf text;
    buf_init(&text, 4096);
    err_format(&refusal, http_language(r), &text);
    json_key_lit(http_json(r), "message");
    json_text(http_json(r), buf_str(&text));
    return CRM_OK;
}

static crm_status read_page(struct http_request *r, struct waiting_list *ret, struct err *err) {
    struct waiting_page wanted = {0};
    crm_status status = http_query_only(r, err, "limit", "after", NULL);
    if (status == CRM_OK)
        status = http_query_int(r, "limit", PAGE, 1, PAGE_MAX, &wanted.limit, err);
    if (status == CRM_OK)
        status = http_query_int(r, "after", 0, -INT64_MAX, INT64_MAX, &wanted.after, err);
    return status == CRM_OK ? waiting_list(http_reader(r), &wanted, http_arena(r), ret, err)
                            : status;
}

crm_status schema_get_changes(struct http_request *r, void *ctx, struct err *err) {
    struct waiting_list page = {0};
    struct json_writer *w = http_json(r);
    crm_status status = schema_rest_permitted(r, err);
    if (status == CRM_OK) status = read_page(r, &page, err);
    if (status != CRM_OK) return status;
    json_object_open(w);
    json_key_lit(w, "changes");
    json_array_open(w);
    for (size_t i = 0; status == CRM_OK && i < page.count; i++) {
        waiting_json(w, &page.items[i]);
        if (page.items[i].state == WAITING_OPEN) status = put_future(r, ctx, &page.items[i], err);
        json_object_shut(w);
    }
    json_array_shut(w);
    json_key_lit(w, "next");
    if (page.next)
        json_id(w, page.next);
    else
        json_nil(w);
    json_object_shut(w);
    return status;
}

/* The id of the path and the only key of the body, which is an object or nothing. */
static crm_status decision(struct http_request *r, const char *key, int64_t *ret_id,
                           struct str *ret, struct err *err) {
    json_t *body = NULL;
    crm_status status = schema_rest_permitted(r, err);
    if (status == CRM_OK && !http_id_param(r, "id", ret_id)) *ret_id = -1; /* names nothing */
    if (status == CRM_OK && http_body(r).len) status = http_body_json(r, &body, err);
    return status == CRM_OK ? schema_rest_text(body, key, ret, err) : status;
}

crm_status schema_approve_change(struct http_request *r, void *ctx, struct err *err) {
    struct schema_plan plan = {0};
    struct str digest = STR_NONE;
    int64_t id = 0;
    crm_status status = decision(r, "digest", &id, &digest, err);
    if (status == CRM_OK)
        status = waiting_approve(ctx, http_access(r), http_reader(r), id, digest, http_arena(r),
                                 &plan, err);
    if (status != CRM_OK) return status;
    status = schema_put_plan(r, &plan, 0, err);
    schema_plan_fini(&plan);
    return status;
}

crm_status schema_refuse_change(struct http_request *r, void *ctx, struct err *err) {
    struct str reason = STR_NONE;
    int64_t id = 0;
    crm_status status = decision(r, "reason", &id, &reason, err);
    if (status == CRM_OK)
        status =
            waiting_refuse(ctx, http_access(r), http_reader(r), id, reason, http_arena(r), err);
    if (status == CRM_OK) http_status(r, 204);
    return status;
}
