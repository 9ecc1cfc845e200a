/* The doors of dashboards: see dashboard.h. */
#include "answer.h"
#include "dashboard.h"
#include "drill.h"
#include "texts.h"

struct listing {
    const struct asked *asked;
    struct crm_json *out;
    struct crm_str role;
    struct crm_str saved_first, ready_first, any_first; /* which one is shown unasked */
    int32_t language;
};

static bool is_offered(const struct listing *l, const struct dashboard *d) {
    for (size_t i = 0; i < d->role_count; i++)
        if (crm_str_eq(d->roles[i], l->role)) return true;
    return false;
}

static void note_first(struct listing *l, const struct dashboard *d) {
    struct crm_str *of_role = d->saved.id ? &l->saved_first : &l->ready_first;
    if (is_offered(l, d) && !of_role->len) *of_role = d->origin.name;
    if (!d->saved.id && !l->any_first.len) l->any_first = d->origin.name;
}

static crm_status put_one(void *ctx, const struct dashboard *d, const struct crm_error *broken) {
    struct listing *l = ctx;
    const struct crm_base *base = l->asked->crm->base;
    struct crm_buf *detail = broken ? base->buf_new(4096) : NULL;
    base->json_object_open(l->out);
    dashboard_put(l->asked, d, l->out);
    if (detail) {
        base->error_format(broken, l->language, detail);
        answer_key(l->asked->crm, l->out, "problem", base->buf_str(detail));
        base->buf_free(detail);
    } else {
        note_first(l, d);
    }
    base->json_object_shut(l->out);
    return CRM_OK;
}

/* What somebody made for the role comes before what is ready for it. */
static void put_first(const struct listing *l) {
    const struct crm_base *base = l->asked->crm->base;
    struct crm_str first = l->saved_first.len   ? l->saved_first
                           : l->ready_first.len ? l->ready_first
                                                : l->any_first;
    base->json_key(l->out, CRM_STR("first"));
    if (first.len)
        base->json_text(l->out, first);
    else
        base->json_null(l->out);
}

static crm_status get_dashboards(void *ctx, struct crm_request *r, struct crm_error *err) {
    struct asked q;
    struct crm_actor_facts actor = {.size = sizeof actor};
    crm_status status = asked_open(ctx, r, &q, err);
    if (status != CRM_OK) return status;
    q.crm->record->actor(q.view, &actor);
    struct listing l = {.asked = &q,
                        .out = q.crm->http->json(r),
                        .role = actor.role,
                        .language = q.crm->http->language(r)};
    q.crm->base->json_object_open(l.out);
    q.crm->base->json_key(l.out, CRM_STR("dashboards"));
    q.crm->base->json_array_open(l.out);
    status = dashboard_each(&q, put_one, &l, err);
    q.crm->base->json_array_shut(l.out);
    put_first(&l);
    q.crm->base->json_object_shut(l.out);
    asked_close(&q);
    return status;
}

static crm_status find(const struct asked *q, const struct crm_json_value **ret_body,
                       struct dashboard **ret, struct crm_error *err) {
    struct dashboard *d = q->crm->base->arena_alloc(q->crm->http->arena(q->request), sizeof *d);
    if (!d) {
        (void)q->crm->base->error_no_memory(err);
        return CRM_NO_MEMORY;
    }
    *d = (struct dashboard){.json = NULL};
    *ret = d;
    crm_status status = asked_body(q, ret_body, err);
    return status == CRM_OK
               ? dashboard_find(q, q->crm->http->param(q->request, "name"), *ret_body, d, err)
               : status;
}

static crm_status post_dashboard(void *ctx, struct crm_request *r, struct crm_error *err) {
    struct asked q;
    struct dashboard *d = NULL;
    const struct crm_json_value *body = NULL;
    crm_status status = asked_open(ctx, r, &q, err);
    if (status != CRM_OK) return status;
    status = find(&q, &body, &d, err);
    if (status == CRM_OK) status = dashboard_run(&q, d, body, q.crm->http->json(r), err);
    dashboard_fini(q.crm, d);
    asked_close(&q);
    return status;
}

static crm_status open_cell(const struct asked *q, const struct dashboard *d,
                            const struct crm_json_value *body, struct crm_error *err) {
    const struct dimension *left[REPORT_FILTERS_MAX];
    size_t left_count = 0;
    struct plan plan;
    int64_t at = -1;
    bool is_report = q->crm->base->json_int64_of(q->crm->base->json_get(body, "widget"), &at) &&
                     at >= 0 && (size_t)at < d->widget_count &&
                     d->widgets[at].kind == WIDGET_REPORT;
    if (!is_report) return SAY(q->crm, err, CRM_INVALID, no_widget, CRM_STR("`widget`"));
    crm_status status = dashboard_plan(q, d, &d->widgets[at], body, &plan, left, &left_count, err);
    return status == CRM_OK ? drill(&plan, body, q->crm->http->json(q->request), err) : status;
}

static crm_status post_cell(void *ctx, struct crm_request *r, struct crm_error *err) {
    struct asked q;
    struct dashboard *d = NULL;
    const struct crm_json_value *body = NULL;
    crm_status status = asked_open(ctx, r, &q, err);
    if (status != CRM_OK) return status;
    status = find(&q, &body, &d, err);
    if (status == CRM_OK) status = open_cell(&q, d, body, err);
    dashboard_fini(q.crm, d);
    asked_close(&q);
    return status;
}

#define PAGE                                                                                       \
    "\"period\":{\"description\":\"of every widget that has none of its own\",\"anyOf\":[{"        \
    "\"type\":\"string\"},{\"type\":\"object\"},{\"type\":\"null\"}]},\"compare\":{\"type\":["     \
    "\"string\",\"null\"],\"enum\":[\"previous\",\"year_before\",null]},\"filters\":{\"type\":"    \
    "\"object\",\"description\":\"dimension: [values]\"},\"as_of\":{\"type\":[\"string\","         \
    "\"null\"]},\"definition\":{\"type\":\"object\",\"description\":\"what dashboards/new runs\"}"

static const char run_schema[] = "{\"type\":\"object\",\"properties\":{" PAGE "}}";
static const char drill_schema[] =
    "{\"type\":\"object\",\"required\":[\"widget\"],\"properties\":{" PAGE
    ",\"widget\":{\"type\":\"integer\",\"description\":\"its place, from 0\"},"
    "\"metric\":{\"type\":\"string\"},\"keys\":{\"type\":\"array\",\"items\":{}},"
    "\"previous\":{\"type\":\"boolean\"},\"fields\":{\"type\":\"string\"},"
    "\"sort\":{\"type\":\"string\"},\"limit\":{\"type\":\"integer\"},"
    "\"after\":{\"type\":\"string\"}}}";

crm_status dashboard_register(struct catalogs *all, struct crm_error *err) {
    const struct crm_route routes[] = {
        {.method = "GET",
         .pattern = "/api/v1/dashboards",
         .handle = get_dashboards,
         .summary = "Dashboards that the caller may see, and which one is shown unasked"},
        {.method = "POST",
         .pattern = "/api/v1/dashboards/{name}",
         .handle = post_dashboard,
         .summary = "All widgets of a dashboard, from one snapshot",
         .body_schema = run_schema},
        {.method = "POST",
         .pattern = "/api/v1/dashboards/{name}/drill",
         .handle = post_cell,
         .summary = "The records behind a figure of a widget",
         .body_schema = drill_schema}};
    const struct crm_route common = {
        .lane = CRM_LANE_READER, .flags = CRM_ROUTE_READS, .tag = "reports", .ctx = all};
    return crm_routes_add(all->crm, &common, routes, sizeof routes / sizeof *routes, err);
}
