/* See drill.h. */
#include "drill.h"

#include "answer.h"
#include "texts.h"

enum { DRILL_LIMIT = 50, DRILL_LIMIT_MAX = 1000 };

struct opening {
    const struct plan *plan;
    const struct crm_json_value *body;
    struct bundle bundle; /* of this metric alone */
    const struct metric *metric;
    struct crm_str where;
    bool is_previous;
};

static struct crm_str text(const struct opening *o, const char *key) {
    return o->plan->crm->base->json_text_of(o->plan->crm->base->json_get(o->body, key));
}

static crm_status find_metric(struct opening *o, struct crm_error *err) {
    const struct plan *p = o->plan;
    struct crm_str name = text(o, "metric");
    const struct metric *m = !name.len && p->report->metric_count
                                 ? p->report->metrics[0]
                                 : catalog_metric(p->catalog, name);
    for (size_t i = 0; !m && i < p->base_count; i++)
        if (crm_str_eq(p->bases[i]->origin.name, name)) m = p->bases[i];
    for (size_t i = 0; m && m->formula.len && i < p->report->metric_count; i++)
        if (p->report->metrics[i] == m)
            return SAY(p->crm, err, CRM_INVALID, drill_formula, m->origin.name, m->formula);
    for (size_t i = 0; m && i < p->base_count; i++) {
        if (p->bases[i] != m) continue;
        o->metric = m;
        o->bundle = (struct bundle){.entity = p->crm->schema->entity(p->view, m->entity),
                                    .entity_name = m->entity,
                                    .on = m->on,
                                    .bases = {i},
                                    .base_count = 1};
        if (o->bundle.entity) return CRM_OK;
    }
    return SAY(p->crm, err, CRM_INVALID, no_metric, name);
}

static crm_status add(struct opening *o, struct crm_str more, struct crm_error *err) {
    if (more.ptr) o->where = plan_and(o->plan, o->where, more);
    return more.ptr && o->where.ptr ? CRM_OK : o->plan->crm->base->error_no_memory(err);
}

static crm_status add_keys(struct opening *o, struct crm_error *err) {
    const struct plan *p = o->plan;
    const struct crm_json_value *keys = p->crm->base->json_get(o->body, "keys");
    size_t count = p->crm->base->json_count(keys);
    if (p->crm->base->json_type(keys) == CRM_JSON_NULL) return CRM_OK;
    if (p->crm->base->json_type(keys) != CRM_JSON_ARRAY ||
        (count != 0 && count != p->report->dimension_count))
        return SAY(p->crm, err, CRM_INVALID, keys_wrong, CRM_STR(""));
    for (size_t i = 0; i < count; i++) {
        const struct dimension *d = p->report->dimensions[i];
        const struct crm_json_value *key = p->crm->base->json_at(keys, i);
        struct crm_str group, where;
        if (p->crm->base->json_bool_of(p->crm->base->json_get(key, "any"), false)) continue;
        crm_status status = plan_group(p, &o->bundle, d, &group, err);
        if (status == CRM_OK) status = plan_key_where(p, group, d, key, &where, err);
        if (status == CRM_OK) status = add(o, where, err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

static crm_status make_where(struct opening *o, struct crm_error *err) {
    const struct plan *p = o->plan;
    const struct crm_json_value *previous = p->crm->base->json_get(o->body, "previous");
    o->is_previous = p->has_previous && p->crm->base->json_bool_of(previous, false);
    crm_status status = plan_base_where(p, &o->bundle, &o->where, err);
    if (status == CRM_OK)
        status = add(o, o->metric->where.len ? o->metric->where : CRM_STR(""), err);
    if (status == CRM_OK)
        status =
            add(o, plan_period_where(p, o->metric->on, o->is_previous ? &p->previous : &p->period),
                err);
    return status == CRM_OK ? add_keys(o, err) : status;
}

static crm_status put_value(const struct opening *o, struct crm_json *out, struct crm_error *err) {
    const struct plan *p = o->plan;
    const struct crm_str measures[] = {CRM_STR("count()"), o->metric->measure};
    const struct crm_figures figures = {.size = sizeof figures,
                                        .action = CRM_ACTION_READ,
                                        .limit = 1,
                                        .as_of_ms = p->as_of_ms,
                                        .entity = o->bundle.entity,
                                        .where = o->where,
                                        .measures = measures,
                                        .measure_count = 2};
    const struct crm_figures_row *rows;
    size_t count;
    crm_status status = p->crm->query->figures(p->view, &figures, &rows, &count, err);
    if (status != CRM_OK || count == 0) return status;
    p->crm->base->json_key(out, CRM_STR("count"));
    p->crm->base->json_value(out, &rows[0].cells[0]);
    p->crm->base->json_key(out, CRM_STR("value"));
    answer_value(p->crm, out, o->metric, &rows[0].cells[1]);
    return CRM_OK;
}

static crm_status put_list(const struct opening *o, struct crm_json *out, struct crm_error *err) {
    const struct crm *crm = o->plan->crm;
    const struct crm_json_value *limit = crm->base->json_get(o->body, "limit");
    struct crm_list list = {.size = sizeof list,
                            .action = CRM_ACTION_READ,
                            .limit = DRILL_LIMIT,
                            .as_of_ms = o->plan->as_of_ms,
                            .entity = o->bundle.entity,
                            .fields = text(o, "fields"),
                            .where = o->where,
                            .sort = text(o, "sort"),
                            .after = text(o, "after")};
    if (limit && (!crm->base->json_int64_of(limit, &list.limit) || list.limit < 1 ||
                  list.limit > DRILL_LIMIT_MAX))
        return SAY(crm, err, CRM_INVALID, body_wrong, CRM_STR("limit"), CRM_STR("1 ... 1000"));
    crm->base->json_key(out, CRM_STR("list"));
    return crm->query->page_json(o->plan->view, &list, out, err);
}

crm_status drill(const struct plan *p, const struct crm_json_value *body, struct crm_json *out,
                 struct crm_error *err) {
    struct opening o = {.plan = p, .body = body, .where = CRM_STR("")};
    crm_status status = find_metric(&o, err);
    if (status == CRM_OK) status = make_where(&o, err);
    if (status != CRM_OK) return status;
    p->crm->base->json_object_open(out);
    answer_key(p->crm, out, "entity", o.bundle.entity_name);
    p->crm->base->json_key(out, CRM_STR("where"));
    p->crm->base->json_text(out, o.where);
    answer_key(p->crm, out, "metric", o.metric->origin.name);
    status = put_value(&o, out, err);
    if (status == CRM_OK) status = put_list(&o, out, err);
    p->crm->base->json_object_shut(out);
    return status;
}
