/* The doors: see route.h. */
#include "route.h"

#include "answer.h"
#include "asked.h"
#include "dashboard.h"
#include "distribution.h"
#include "drill.h"
#include "saved.h"
#include "sheet.h"

/* ---- lists --------------------------------------------------------------------------------------
 */

static void put_problems(const struct asked *q, struct crm_json *out) {
    const struct crm_base *base = q->crm->base;
    base->json_key(out, CRM_STR("problems"));
    base->json_array_open(out);
    for (size_t i = 0; i < q->catalog->problem_count; i++) {
        const struct problem *it = &q->catalog->problems[i];
        struct crm_buf *detail = base->buf_new(4096);
        if (!detail) break;
        base->error_format(it->reason, q->crm->http->language(q->request), detail);
        base->json_object_open(out);
        answer_key(q->crm, out, "kind", it->kind);
        answer_key(q->crm, out, "name", it->name);
        answer_key(q->crm, out, "from", it->owner);
        answer_key(q->crm, out, "place", it->place);
        answer_key(q->crm, out, "detail", base->buf_str(detail));
        base->json_object_shut(out);
        base->buf_free(detail);
    }
    base->json_array_shut(out);
}

/* One that does not hold is told with its reason; one that rests on what is hidden does not exist.
 */
static crm_status put_saved(void *ctx, const struct report *report,
                            const struct crm_error *broken) {
    const struct asked *q = ctx;
    const struct crm_base *base = q->crm->base;
    struct crm_json *out = q->crm->http->json(q->request);
    const struct viewer viewer = asked_viewer(q);
    int32_t language = q->crm->http->language(q->request);
    struct report seen = *report;
    struct crm_buf *detail;
    if (!broken) {
        if (visible_report(&viewer, report, &seen)) answer_report(q->crm, out, &seen, language);
        return CRM_OK;
    }
    detail = base->buf_new(4096);
    if (!detail) return CRM_NO_MEMORY;
    base->error_format(broken, language, detail);
    base->json_object_open(out);
    answer_saved(q->crm, out, report, language);
    answer_key(q->crm, out, "problem", base->buf_str(detail));
    base->json_object_shut(out);
    base->buf_free(detail);
    return CRM_OK;
}

static crm_status get_reports(void *ctx, struct crm_request *r, struct crm_error *err) {
    struct asked q;
    crm_status status = asked_open(ctx, r, &q, err);
    if (status != CRM_OK || !q.catalog) return status;
    struct crm_json *out = q.crm->http->json(r);
    q.crm->base->json_object_open(out);
    q.crm->base->json_key(out, CRM_STR("reports"));
    q.crm->base->json_array_open(out);
    const struct viewer viewer = asked_viewer(&q);
    struct report seen;
    for (size_t i = 0; i < q.catalog->report_count; i++)
        if (visible_report(&viewer, &q.catalog->reports[i], &seen))
            answer_report(q.crm, out, &seen, q.crm->http->language(r));
    status = saved_each(q.crm, q.view, q.catalog, put_saved, &q, err);
    q.crm->base->json_array_shut(out);
    if (q.crm->schema->permits(q.view, "schema")) put_problems(&q, out);
    q.crm->base->json_object_shut(out);
    asked_close(&q);
    return status;
}

static crm_status get_catalog(void *ctx, struct crm_request *r, struct crm_error *err) {
    struct asked q;
    crm_status status = asked_open(ctx, r, &q, err);
    if (status != CRM_OK || !q.catalog) return status;
    struct crm_json *out = q.crm->http->json(r);
    int32_t language = q.crm->http->language(r);
    const struct viewer viewer = asked_viewer(&q);
    struct dimension seen;
    q.crm->base->json_object_open(out);
    q.crm->base->json_key(out, CRM_STR("metrics"));
    q.crm->base->json_array_open(out);
    for (size_t i = 0; i < q.catalog->metric_count; i++)
        if (visible_metric(&viewer, &q.catalog->metrics[i]))
            answer_metric(q.crm, out, &q.catalog->metrics[i], language);
    q.crm->base->json_array_shut(out);
    q.crm->base->json_key(out, CRM_STR("dimensions"));
    q.crm->base->json_array_open(out);
    for (size_t i = 0; i < q.catalog->dimension_count; i++)
        if (visible_dimension(&viewer, &q.catalog->dimensions[i], &seen))
            answer_dimension(q.crm, out, &seen, language);
    q.crm->base->json_array_shut(out);
    q.crm->base->json_object_shut(out);
    asked_close(&q);
    return CRM_OK;
}

/* ---- running ------------------------------------------------------------------------------------
 */

static crm_status make_plan(const struct asked *q, const struct crm_json_value **ret_body,
                            struct plan *ret, struct crm_error *err) {
    struct crm_str name = q->crm->http->param(q->request, "name");
    struct report *report =
        q->crm->base->arena_alloc(q->crm->http->arena(q->request), sizeof *report);
    if (!report) {
        (void)q->crm->base->error_no_memory(err);
        return CRM_NO_MEMORY;
    }
    crm_status status = asked_body(q, ret_body, err);
    if (status == CRM_OK && crm_str_is(name, "distribution"))
        status = distribution_report(q->crm, q->view, *ret_body, report, err);
    else if (status == CRM_OK)
        status = asked_report(q, name, *ret_body, report, err);
    return status == CRM_OK ? plan_make(q->crm, q->view, q->catalog, report, *ret_body, ret, err)
                            : status;
}

static crm_status post_report(void *ctx, struct crm_request *r, struct crm_error *err) {
    struct asked q;
    struct plan plan;
    struct table table;
    struct subtotals *subtotals = NULL;
    const struct crm_json_value *body;
    crm_status status = asked_open(ctx, r, &q, err);
    if (status == CRM_OK) status = make_plan(&q, &body, &plan, err);
    if (status == CRM_OK) status = table_make(&plan, &table, err);
    if (status == CRM_OK &&
        q.crm->base->json_bool_of(q.crm->base->json_get(body, "subtotals"), false))
        status = subtotals_make(&plan, &subtotals, err);
    if (status == CRM_OK) answer_table(&plan, &table, subtotals, q.crm->http->json(r));
    asked_close(&q);
    return status;
}

static crm_status post_drill(void *ctx, struct crm_request *r, struct crm_error *err) {
    struct asked q;
    struct plan plan;
    const struct crm_json_value *body;
    crm_status status = asked_open(ctx, r, &q, err);
    if (status == CRM_OK) status = make_plan(&q, &body, &plan, err);
    if (status == CRM_OK) status = drill(&plan, body, q.crm->http->json(r), err);
    asked_close(&q);
    return status;
}

static crm_status post_export(void *ctx, struct crm_request *r, struct crm_error *err) {
    struct asked q;
    struct plan plan;
    const struct crm_json_value *body;
    crm_status status = asked_open(ctx, r, &q, err);
    if (status == CRM_OK) status = make_plan(&q, &body, &plan, err);
    if (status == CRM_OK) status = sheet_answer(&plan, body, r, err);
    asked_close(&q);
    return status;
}

#define PARAMETERS                                                                                 \
    "\"period\":{\"description\":\"this_month, last_quarter, last_30_days, 2026, 2026-Q3, "        \
    "2026-07, all, or {from, until}\",\"anyOf\":[{\"type\":\"string\"},{\"type\":\"object\"},"     \
    "{\"type\":\"null\"}]},\"compare\":{\"type\":[\"string\",\"null\"],\"enum\":[\"previous\","    \
    "\"year_before\",null]},\"as_of\":{\"description\":\"as things were at that "                  \
    "moment\",\"type\":[\"string\",\"null\"]},"                                                    \
    "\"of\":{\"type\":\"string\",\"description\":\"distribution: the entity\"},"                   \
    "\"by\":{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"array\",\"items\":{\"type\":\"string\"}" \
    "}],"                                                                                          \
    "\"description\":\"distribution: one to four expressions\"},"                                  \
    "\"measure\":{\"type\":\"string\"},\"where\":{\"type\":\"string\"},\"on\":{\"type\":"          \
    "\"string\"},"                                                                                 \
    "\"inputs\":{\"type\":\"object\",\"description\":\"input: number\"},"                          \
    "\"filters\":{\"type\":\"object\",\"description\":\"dimension: "                               \
    "[values]\"},\"definition\":{\"type\":\"object\",\"description\":\"what reports/new "          \
    "runs\"}"

static const char run_schema[] =
    "{\"type\":\"object\",\"properties\":{" PARAMETERS ",\"subtotals\":{\"type\":\"boolean\"}}}";
static const char export_schema[] =
    "{\"type\":\"object\",\"properties\":{" PARAMETERS
    ",\"format\":{\"type\":\"string\",\"enum\":[\"csv\",\"xlsx\",\"pdf\"]}}}";
static const char drill_schema[] =
    "{\"type\":\"object\",\"properties\":{" PARAMETERS
    ",\"metric\":{\"type\":\"string\"},\"keys\":{\"type\":\"array\",\"items\":{}},"
    "\"previous\":{\"type\":\"boolean\"},\"fields\":{\"type\":\"string\"},"
    "\"sort\":{\"type\":\"string\"},\"limit\":{\"type\":\"integer\"},"
    "\"after\":{\"type\":\"string\"}}}";

crm_status route_register(struct catalogs *all, struct crm_error *err) {
    const struct crm_route routes[] = {{.method = "GET",
                                        .pattern = "/api/v1/reports",
                                        .handle = get_reports,
                                        .summary = "Reports that the caller may run"},
                                       {.method = "GET",
                                        .pattern = "/api/v1/reports/catalog",
                                        .handle = get_catalog,
                                        .summary = "Metrics and dimensions, with what they mean"},
                                       {.method = "POST",
                                        .pattern = "/api/v1/reports/{name}",
                                        .handle = post_report,
                                        .summary = "Run a report",
                                        .body_schema = run_schema},
                                       {.method = "POST",
                                        .pattern = "/api/v1/reports/{name}/drill",
                                        .handle = post_drill,
                                        .summary = "The records behind a figure",
                                        .body_schema = drill_schema},
                                       {.method = "POST",
                                        .pattern = "/api/v1/reports/{name}/export",
                                        .handle = post_export,
                                        .flags = CRM_ROUTE_STREAM_OUT,
                                        .summary = "A report as a CSV, XLSX or PDF file",
                                        .body_schema = export_schema}};
    const struct crm_route common = {
        .lane = CRM_LANE_READER, .flags = CRM_ROUTE_READS, .tag = "reports", .ctx = all};
    crm_status status =
        crm_routes_add(all->crm, &common, routes, sizeof routes / sizeof *routes, err);
    return status == CRM_OK ? dashboard_register(all, err) : status;
}
