/* A page of widgets from one snapshot: each is planned, asked and written one after the other in
 * the view's one transaction; what is wrong with one is said in its place. See dashboard.h. */
#include "dashboard.h"

#include "answer.h"
#include "texts.h"

enum { LIST_BYTES_MAX = 1024 * 1024 };

/* ---- planning -----------------------------------------------------------------------------------
 */

/* Whether every figure under the report is parted by the dimension. */
static bool fits(const struct asked *q, const struct report *r, const struct dimension *d) {
    const struct metric *bases[REPORT_METRICS_MAX * FORMULA_PARTS_MAX];
    size_t count = 0, parted = 0;
    struct crm_error ignored;
    for (size_t i = 0; i < r->metric_count; i++)
        if (formula_bases(q->crm, q->catalog, r->metrics[i], bases, sizeof bases / sizeof *bases,
                          &count, &ignored) != CRM_OK)
            return false;
    for (size_t i = 0; i < count; i++) {
        if (bases[i]->input.len) continue;
        if (!metric_path(bases[i], d).len) return false;
        parted++;
    }
    return parted > 0;
}

struct narrowing {
    const struct asked *asked;
    struct report *report;
    const struct dimension **left;
    size_t left_count;
    crm_status status;
    struct crm_error *err;
};

/* A dimension that the page is narrowed by becomes one that the report may be narrowed by. */
static bool narrow(void *ctx, struct crm_str key, const struct crm_json_value *v) {
    struct narrowing *n = ctx;
    const struct asked *q = n->asked;
    const struct dimension *d = catalog_dimension(q->catalog, key);
    if (!d) {
        n->status = SAY(q->crm, n->err, CRM_INVALID, no_dimension, key);
        return false;
    }
    if (q->crm->base->json_count(v) == 0 || plan_may_filter(n->report, d)) return true;
    if (n->report->filter_count < REPORT_FILTERS_MAX && fits(q, n->report, d))
        n->report->filters[n->report->filter_count++] = d;
    return true;
}

/* After the viewer's rights have been asked. */
static bool note_left(void *ctx, struct crm_str key, const struct crm_json_value *v) {
    struct narrowing *n = ctx;
    const struct dimension *d = catalog_dimension(n->asked->catalog, key);
    if (d && n->asked->crm->base->json_count(v) && !plan_may_filter(n->report, d) &&
        n->left_count < REPORT_FILTERS_MAX)
        n->left[n->left_count++] = d;
    return true;
}

static crm_status metric_of(const struct asked *q, const struct report *r, struct crm_str name,
                            struct crm_error *err) {
    for (size_t i = 0; i < r->metric_count; i++)
        if (!name.len || crm_str_eq(r->metrics[i]->origin.name, name)) return CRM_OK;
    return SAY(q->crm, err, CRM_INVALID, no_metric, name);
}

/* One figure needs no rows: it is the total of all. What parted them may still narrow it. */
static void only_total(struct report *r) {
    for (size_t i = 0; i < r->dimension_count && r->filter_count < REPORT_FILTERS_MAX; i++)
        r->filters[r->filter_count++] = r->dimensions[i];
    r->dimension_count = r->row_count = 0;
    r->sort = CRM_STR("");
}

crm_status dashboard_plan(const struct asked *q, const struct dashboard *d, const struct widget *w,
                          const struct crm_json_value *page, struct plan *ret,
                          const struct dimension **ret_left, size_t *ret_left_count,
                          struct crm_error *err) {
    const struct crm_json_value *filters = q->crm->base->json_get(page, "filters");
    const struct viewer viewer = asked_viewer(q);
    struct report *reports =
        q->crm->base->arena_array(q->crm->record->view_arena(q->view), 2, sizeof *reports);
    if (!reports) return q->crm->base->error_no_memory(err);
    struct narrowing n = {.asked = q, .report = &reports[0], .left = ret_left, .err = err};
    *ret_left_count = 0;
    crm_status status = asked_find(q, w->report, n.report, err);
    if (status == CRM_OK) status = metric_of(q, n.report, w->metric, err);
    if (status == CRM_OK) status = metric_of(q, n.report, w->goal, err);
    if (status != CRM_OK) return status;
    if (crm_str_is(w->shown, "figure") || crm_str_is(w->shown, "goal")) only_total(n.report);
    if (d->period.len) n.report->period = d->period;
    if (w->limit && n.report->dimension_count == n.report->row_count) n.report->limit = w->limit;
    if (q->crm->base->json_type(filters) == CRM_JSON_OBJECT)
        q->crm->base->json_each(filters, narrow, &n);
    if (n.status != CRM_OK) return n.status;
    if (!visible_report(&viewer, n.report, &reports[1]))
        return SAY(q->crm, err, CRM_NOT_FOUND, no_report, w->report);
    n.report = &reports[1];
    if (q->crm->base->json_type(filters) == CRM_JSON_OBJECT)
        q->crm->base->json_each(filters, note_left, &n);
    *ret_left_count = n.left_count;
    return plan_make_on_page(q->crm, q->view, q->catalog, n.report, w->json, page, ret, err);
}

/* ---- writing ------------------------------------------------------------------------------------
 */

struct page {
    const struct asked *asked;
    const struct dashboard *dashboard;
    const struct crm_json_value *parameters;
    struct crm_json *out;
    int32_t language;
};

static crm_status put_report(const struct page *g, const struct widget *w, struct crm_error *err) {
    const struct dimension *left[REPORT_FILTERS_MAX];
    size_t left_count = 0;
    struct plan plan;
    struct table table;
    struct subtotals *subtotals = NULL;
    const struct crm *crm = g->asked->crm;
    crm_status status =
        dashboard_plan(g->asked, g->dashboard, w, g->parameters, &plan, left, &left_count, err);
    if (status == CRM_OK) status = table_make(&plan, &table, err);
    if (status == CRM_OK && crm_str_is(w->shown, "pivot"))
        status = subtotals_make(&plan, &subtotals, err);
    if (status != CRM_OK) return status;
    crm->base->json_object_open(g->out);
    crm->base->json_key(g->out, CRM_STR("answer"));
    answer_table(&plan, &table, subtotals, g->out);
    crm->base->json_key(g->out, CRM_STR("not_narrowed"));
    crm->base->json_array_open(g->out);
    for (size_t i = 0; i < left_count; i++)
        crm->base->json_text(g->out, label_in(&left[i]->label, g->language));
    crm->base->json_array_shut(g->out);
    crm->base->json_object_shut(g->out);
    return CRM_OK;
}

static crm_status read_list(const struct page *g, const struct widget *w, struct crm_buf *into,
                            struct crm_error *err) {
    const struct crm *crm = g->asked->crm;
    const struct crm_json_value *as_of = crm->base->json_get(g->parameters, "as_of");
    struct crm_list list = {.size = sizeof list,
                            .action = CRM_ACTION_READ,
                            .limit = w->limit,
                            .entity = crm->schema->entity(g->asked->view, w->entity),
                            .fields = w->fields,
                            .where = w->where,
                            .sort = w->sort};
    (void)crm->base->time_parse(crm->base->json_text_of(as_of), &list.as_of_ms);
    struct crm_json *out = crm->base->json_new(crm->record->view_arena(g->asked->view), into);
    if (!list.entity || !crm->schema->entity_can(g->asked->view, list.entity, CRM_ACTION_READ))
        return SAY(crm, err, CRM_NOT_FOUND, no_records, w->entity);
    return out ? crm->query->page_json(g->asked->view, &list, out, err)
               : crm->base->error_no_memory(err);
}

/* Aside first: what fails on the way leaves nothing half-written. */
static crm_status put_list(const struct page *g, const struct widget *w, struct crm_error *err) {
    const struct crm_base *base = g->asked->crm->base;
    struct crm_buf *text = base->buf_new(LIST_BYTES_MAX);
    if (!text) return base->error_no_memory(err);
    crm_status status = read_list(g, w, text, err);
    if (status == CRM_OK && base->buf_status(text) != CRM_OK) status = base->error_no_memory(err);
    if (status == CRM_OK) {
        base->json_object_open(g->out);
        base->json_key(g->out, CRM_STR("list"));
        base->json_raw(g->out, base->buf_str(text));
        base->json_object_shut(g->out);
    }
    base->buf_free(text);
    return status;
}

static void put_problem(const struct page *g, const struct crm_error *err) {
    const struct crm_base *base = g->asked->crm->base;
    struct crm_buf *detail = base->buf_new(4096);
    if (detail) base->error_format(err, g->language, detail);
    base->json_object_open(g->out);
    base->json_key(g->out, CRM_STR("problem"));
    base->json_object_open(g->out);
    answer_key(g->asked->crm, g->out, "code", base->error_code(err));
    if (detail) answer_key(g->asked->crm, g->out, "detail", base->buf_str(detail));
    base->json_object_shut(g->out);
    base->json_object_shut(g->out);
    if (detail) base->buf_free(detail);
}

static crm_status put_widget(const struct page *g, const struct widget *w, struct crm_error *err) {
    const struct crm_base *base = g->asked->crm->base;
    struct crm_error wrong;
    crm_status status = CRM_OK;
    if (w->kind == WIDGET_REPORT) status = put_report(g, w, &wrong);
    if (w->kind == WIDGET_LIST) status = put_list(g, w, &wrong);
    if (w->kind == WIDGET_TEXT) {
        base->json_object_open(g->out);
        base->json_object_shut(g->out);
    }
    if (status == CRM_NO_MEMORY || status == CRM_CANCELLED) {
        base->error_copy(err, &wrong);
        return status;
    }
    if (status != CRM_OK) put_problem(g, &wrong);
    return CRM_OK;
}

void dashboard_put(const struct asked *q, const struct dashboard *d, struct crm_json *out) {
    const struct crm_base *base = q->crm->base;
    const struct report named = {
        .origin = d->origin, .label = d->label, .help = d->help, .saved = d->saved};
    answer_saved(q->crm, out, &named, q->crm->http->language(q->request));
    answer_key(q->crm, out, "period", d->period);
    base->json_key(out, CRM_STR("roles"));
    base->json_array_open(out);
    for (size_t i = 0; i < d->role_count; i++)
        base->json_text(out, d->roles[i]);
    base->json_array_shut(out);
    base->json_key(out, CRM_STR("widgets"));
    base->json_int64(out, (int64_t)d->widget_count);
}

/* ---- the page -----------------------------------------------------------------------------------
 */

static bool known(void *ctx, struct crm_str key, const struct crm_json_value *v) {
    struct narrowing *n = ctx;
    const struct crm *crm = n->asked->crm;
    if (!catalog_dimension(n->asked->catalog, key))
        n->status = SAY(crm, n->err, CRM_INVALID, no_dimension, key);
    else if (crm->base->json_type(v) != CRM_JSON_ARRAY)
        n->status = SAY(crm, n->err, CRM_INVALID, body_wrong, key, CRM_STR("[...]"));
    return n->status == CRM_OK;
}

static crm_status check_filters(const struct page *g, struct crm_error *err) {
    const struct crm *crm = g->asked->crm;
    const struct crm_json_value *filters = crm->base->json_get(g->parameters, "filters");
    struct narrowing n = {.asked = g->asked, .err = err};
    if (crm->base->json_type(filters) == CRM_JSON_NULL) return CRM_OK;
    if (crm->base->json_type(filters) != CRM_JSON_OBJECT)
        return SAY(crm, err, CRM_INVALID, body_wrong, CRM_STR("filters"), CRM_STR("{...}"));
    crm->base->json_each(filters, known, &n);
    return n.status;
}

/* What is wrong with the page's own parameters is wrong with all of it. */
static crm_status check_page(const struct page *g, const struct dashboard *d, struct plan *ret,
                             struct crm_error *err) {
    static const struct report nothing = {.origin = {.name = {"dashboard", 9}}};
    const struct asked *q = g->asked;
    struct report *report =
        q->crm->base->arena_alloc(q->crm->record->view_arena(q->view), sizeof *report);
    if (!report) return q->crm->base->error_no_memory(err);
    *report = nothing;
    report->period = d->period;
    crm_status status = check_filters(g, err);
    return status == CRM_OK ? plan_make_on_page(q->crm, q->view, q->catalog, report, NULL,
                                                g->parameters, ret, err)
                            : status;
}

crm_status dashboard_run(const struct asked *q, const struct dashboard *d,
                         const struct crm_json_value *page, struct crm_json *out,
                         struct crm_error *err) {
    const struct crm_base *base = q->crm->base;
    const struct page g = {q, d, page, out, q->crm->http->language(q->request)};
    struct plan plan;
    crm_status status = check_page(&g, d, &plan, err);
    if (status != CRM_OK) return status;
    const struct crm_value now = crm_time(plan_now_ms(&plan));
    base->json_object_open(out);
    base->json_key(out, CRM_STR("dashboard"));
    base->json_object_open(out);
    dashboard_put(q, d, out);
    if (d->text.len) {
        base->json_key(out, CRM_STR("definition"));
        base->json_raw(out, d->text);
    }
    base->json_object_shut(out);
    base->json_key(out, CRM_STR("at"));
    base->json_value(out, &now);
    base->json_key(out, CRM_STR("period"));
    answer_period(q->crm, out, &plan.period);
    base->json_key(out, CRM_STR("widgets"));
    base->json_array_open(out);
    for (size_t i = 0; status == CRM_OK && i < d->widget_count; i++)
        status = put_widget(&g, &d->widgets[i], err);
    base->json_array_shut(out);
    base->json_object_shut(out);
    return status;
}
