/* See distribution.h. */
#include "distribution.h"

#include "texts.h"

static const struct crm_text say_no_entity = {"unknown_entity",
                                              "There is no entity “{0}” that you may see.",
                                              "Нет сущности «{0}», которую вы можете видеть."};

struct making {
    const struct crm *crm;
    struct crm_view *view;
    struct crm_arena *arena;
    const struct crm_json_value *body;
    const struct crm_entity *entity;
    struct metric *metric;
    struct report *report;
    struct crm_error *err;
};

static struct crm_str text_in(const struct making *m, const char *key) {
    return m->crm->base->json_text_of(m->crm->base->json_get(m->body, key));
}

static crm_status wrong(const struct making *m, const char *key, const char *wanted) {
    return SAY(m->crm, m->err, CRM_INVALID, body_wrong, crm_str_from(key), crm_str_from(wanted));
}

static crm_status read_figure(struct making *m) {
    struct metric *it = m->metric;
    *it = (struct metric){.origin = {.name = CRM_STR("figure"), .owner = CRM_STR("reports")},
                          .entity = text_in(m, "of"),
                          .measure = text_in(m, "measure"),
                          .where = text_in(m, "where"),
                          .on = text_in(m, "on")};
    m->entity = m->crm->schema->entity(m->view, it->entity);
    if (!m->entity || !m->crm->schema->entity_can(m->view, m->entity, CRM_ACTION_READ))
        return m->crm->base->error_set(m->err, CRM_NOT_FOUND, &say_no_entity, &it->entity, 1);
    if (!it->measure.len) it->measure = CRM_STR("count()");
    if (!measure_is_aggregate(it->measure)) return wrong(m, "measure", "sum(amount)");
    it->additive = measure_is_additive(it->measure);
    it->label = (struct label){.en = CRM_STR("Records"), .ru = CRM_STR("Записей")};
    if (!crm_str_is(it->measure, "count()")) it->label = (struct label){.en = it->measure};
    return CRM_OK;
}

/* A field goes by its own label, what is computed by its text. */
static struct label label_of(const struct making *m, struct crm_str path) {
    const struct crm_schema *schema = m->crm->schema;
    const struct crm_field *f = schema->field(m->view, m->entity, path);
    if (!f) return (struct label){.en = path};
    return (struct label){.en = schema->field_label(m->view, f, CRM_LANGUAGE_EN),
                          .ru = schema->field_label(m->view, f, CRM_LANGUAGE_RU)};
}

static crm_status add_dimension(struct making *m, const struct crm_json_value *v) {
    static const struct crm_str names[REPORT_ROWS_MAX] = {
        {"by_1", 4}, {"by_2", 4}, {"by_3", 4}, {"by_4", 4}};
    struct crm_str path = m->crm->base->json_text_of(v);
    struct dimension *d = m->crm->base->arena_array(m->arena, 1, sizeof *d);
    struct by_entity *by = m->crm->base->arena_array(m->arena, 1, sizeof *by);
    if (!path.len) return wrong(m, "by", "\"stage\", [\"stage\", \"owner\"]");
    if (!d || !by) return m->crm->base->error_no_memory(m->err);
    *by = (struct by_entity){.entity = m->metric->entity, .text = path};
    *d = (struct dimension){
        .origin = {.name = names[m->report->dimension_count], .owner = CRM_STR("reports")},
        .label = label_of(m, path),
        .paths = by,
        .path_count = 1,
        .period = NO_PERIOD};
    m->report->dimensions[m->report->dimension_count++] = d;
    return CRM_OK;
}

static crm_status read_dimensions(struct making *m) {
    const struct crm_base *base = m->crm->base;
    const struct crm_json_value *by = base->json_get(m->body, "by");
    bool is_one = base->json_type(by) == CRM_JSON_TEXT;
    size_t count = is_one ? 1 : base->json_type(by) == CRM_JSON_ARRAY ? base->json_count(by) : 0;
    if (count == 0 || count > REPORT_ROWS_MAX)
        return wrong(m, "by", "\"stage\", [\"stage\", \"owner\"]");
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < count; i++)
        status = add_dimension(m, is_one ? by : base->json_at(by, i));
    m->report->row_count = m->report->dimension_count;
    return status;
}

/* In words: who asks wrote the expressions. */
static crm_status check(const struct making *m) {
    struct crm_str groups[REPORT_ROWS_MAX + 1];
    size_t count = m->report->dimension_count;
    for (size_t i = 0; i < count; i++)
        groups[i] = m->report->dimensions[i]->paths->text;
    if (m->metric->on.len) groups[count++] = m->metric->on;
    const struct crm_figures figures = {.size = sizeof figures,
                                        .action = CRM_ACTION_READ,
                                        .limit = 1,
                                        .entity = m->entity,
                                        .where = m->metric->where,
                                        .group = groups,
                                        .group_count = count,
                                        .measures = &m->metric->measure,
                                        .measure_count = 1};
    return m->crm->query->figures_check(m->view, &figures, m->err);
}

crm_status distribution_report(const struct crm *crm, struct crm_view *view,
                               const struct crm_json_value *body, struct report *ret,
                               struct crm_error *err) {
    struct crm_arena *arena = crm->record->view_arena(view);
    struct making m = {
        .crm = crm, .view = view, .arena = arena, .body = body, .report = ret, .err = err};
    m.metric = crm->base->arena_array(arena, 1, sizeof *m.metric);
    if (!m.metric) return crm->base->error_no_memory(err);
    *ret = (struct report){
        .origin = {.name = CRM_STR("distribution"), .owner = CRM_STR("reports")},
        .label = {.en = CRM_STR("Distribution"), .ru = CRM_STR("Распределение")},
        .help = {.en = CRM_STR("How are records spread over the values of a field?"),
                 .ru = CRM_STR("Как записи распределены по значениям поля?")},
        .group = CRM_STR("all"),
        .metrics = {m.metric},
        .metric_count = 1,
        .chart = CRM_STR("bars")};
    crm_status status = read_figure(&m);
    if (status == CRM_OK) status = read_dimensions(&m);
    return status == CRM_OK ? check(&m) : status;
}
