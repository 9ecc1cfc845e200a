/* Definitions into metrics, dimensions and reports, key by key. */
#include "catalog.h"
#include "inputs.h"
#include "texts.h"

crm_status definition_wrong_kind(struct reading *r, const char *key, const char *wanted) {
    return SAY(r->crm, r->err, CRM_INVALID, key_kind, r->facts->name, crm_str_from(key),
               crm_str_from(wanted));
}

struct known_keys {
    const char *const *keys;
    size_t count;
    struct crm_str unknown;
};

static bool is_known(void *ctx, struct crm_str key, const struct crm_json_value *v) {
    struct known_keys *known = ctx;
    (void)v;
    for (size_t i = 0; i < known->count; i++)
        if (crm_str_is(key, known->keys[i])) return true;
    known->unknown = key;
    return false;
}

crm_status definition_only(struct reading *r, const char *const *keys, size_t count) {
    struct known_keys known = {.keys = keys, .count = count};
    if (r->crm->base->json_type(r->json) != CRM_JSON_OBJECT)
        return SAY(r->crm, r->err, CRM_INVALID, body_wrong, r->facts->name, CRM_STR("{...}"));
    r->crm->base->json_each(r->json, is_known, &known);
    if (!known.unknown.ptr) return CRM_OK;
    return SAY(r->crm, r->err, CRM_INVALID, key_unknown, r->facts->name, known.unknown);
}

static crm_status keep(struct reading *r, struct crm_str text, struct crm_str *ret) {
    *ret = r->crm->base->arena_str(r->arena, text);
    return ret->ptr ? CRM_OK : r->crm->base->error_no_memory(r->err);
}

static crm_status text_of(struct reading *r, const char *key, const struct crm_json_value *v,
                          struct crm_str *ret) {
    if (r->crm->base->json_type(v) != CRM_JSON_TEXT)
        return definition_wrong_kind(r, key, "\"...\"");
    return keep(r, r->crm->base->json_text_of(v), ret);
}

crm_status definition_str(struct reading *r, const char *key, struct crm_str *ret) {
    const struct crm_json_value *v = r->crm->base->json_get(r->json, key);
    return v ? text_of(r, key, v, ret) : CRM_OK;
}

static crm_status label_of(struct reading *r, const char *key, const struct crm_json_value *v,
                           struct label *ret) {
    const struct crm_base *base = r->crm->base;
    if (base->json_type(v) == CRM_JSON_TEXT) return text_of(r, key, v, &ret->en);
    if (base->json_type(v) != CRM_JSON_OBJECT)
        return definition_wrong_kind(r, key, "{ en = \"...\", ru = \"...\" }");
    crm_status status = text_of(r, key, base->json_get(v, "en"), &ret->en);
    const struct crm_json_value *ru = base->json_get(v, "ru");
    return status == CRM_OK && ru ? text_of(r, key, ru, &ret->ru) : status;
}

crm_status definition_label(struct reading *r, const char *key, struct label *ret) {
    const struct crm_json_value *v = r->crm->base->json_get(r->json, key);
    return v ? label_of(r, key, v, ret) : CRM_OK;
}

crm_status definition_list(struct reading *r, const char *key, size_t max, struct crm_str *ret,
                           size_t *ret_count) {
    const struct crm_base *base = r->crm->base;
    const struct crm_json_value *v = base->json_get(r->json, key);
    if (!v) return CRM_OK;
    bool is_one = base->json_type(v) == CRM_JSON_TEXT;
    if (!is_one && base->json_type(v) != CRM_JSON_ARRAY)
        return definition_wrong_kind(r, key, "\"...\" or { \"...\", \"...\" }");
    size_t count = is_one ? 1 : base->json_count(v);
    if (count > max) {
        struct crm_str most = max == REPORT_ROWS_MAX      ? CRM_STR("4")
                              : max == REPORT_COLUMNS_MAX ? CRM_STR("3")
                              : max == REPORT_FILTERS_MAX ? CRM_STR("12")
                                                          : CRM_STR("16");
        return SAY(r->crm, r->err, CRM_INVALID, too_many, r->facts->name, most, crm_str_from(key));
    }
    for (size_t i = 0; i < count; i++) {
        crm_status status = text_of(r, key, is_one ? v : base->json_at(v, i), &ret[i]);
        if (status != CRM_OK) return status;
    }
    *ret_count = count;
    return CRM_OK;
}

struct gathering {
    struct reading *reading;
    const char *key;
    struct by_entity *items;
    struct label *labels; /* instead of texts */
    size_t count;
    crm_status status;
};

static bool gather(void *ctx, struct crm_str key, const struct crm_json_value *v) {
    struct gathering *g = ctx;
    g->status = keep(g->reading, key, &g->items[g->count].entity);
    if (g->status == CRM_OK)
        g->status = g->labels ? label_of(g->reading, g->key, v, &g->labels[g->count])
                              : text_of(g->reading, g->key, v, &g->items[g->count].text);
    g->count++;
    return g->status == CRM_OK;
}

static crm_status gather_map(struct reading *r, const char *key, struct gathering *g) {
    const struct crm_base *base = r->crm->base;
    const struct crm_json_value *v = base->json_get(r->json, key);
    if (base->json_type(v) != CRM_JSON_OBJECT)
        return definition_wrong_kind(r, key, "{ name = \"...\" }");
    g->items = base->arena_array(r->arena, base->json_count(v) + 1, sizeof *g->items);
    if (!g->items) return base->error_no_memory(r->err);
    base->json_each(v, gather, g);
    return g->status;
}

crm_status definition_by_entity(struct reading *r, const char *key, const struct by_entity **ret,
                                size_t *ret_count) {
    const struct crm_base *base = r->crm->base;
    const struct crm_json_value *v = base->json_get(r->json, key);
    struct gathering g = {.reading = r, .key = key};
    crm_status status = CRM_OK;
    if (!v) return CRM_OK;
    if (base->json_type(v) == CRM_JSON_TEXT) {
        g.items = base->arena_alloc(r->arena, sizeof *g.items);
        g.count = 1;
        status = g.items ? text_of(r, key, v, &g.items->text) : base->error_no_memory(r->err);
    } else {
        status = gather_map(r, key, &g);
    }
    *ret = g.items;
    *ret_count = g.count;
    return status;
}

/* `name(...)`: one aggregate and nothing around it. */
bool measure_is_aggregate(struct crm_str measure) {
    size_t i = 0;
    int depth = 0;
    while (i < measure.len &&
           ((measure.ptr[i] >= 'a' && measure.ptr[i] <= 'z') || measure.ptr[i] == '_'))
        i++;
    if (i == 0 || i == measure.len || measure.ptr[i] != '(') return false;
    for (; i < measure.len; i++) {
        depth += (measure.ptr[i] == '(') - (measure.ptr[i] == ')');
        if (depth == 0) return i + 1 == measure.len;
    }
    return false;
}

static bool begins(struct crm_str s, const char *with) {
    size_t len = strlen(with);
    return s.len >= len && memcmp(s.ptr, with, len) == 0;
}

bool measure_is_additive(struct crm_str measure) {
    return begins(measure, "sum(") || begins(measure, "count(");
}

/* `by`: a map from dimensions to paths. */
static crm_status read_own_paths(struct reading *r, struct metric *ret) {
    if (r->crm->base->json_type(r->crm->base->json_get(r->json, "by")) == CRM_JSON_TEXT)
        return definition_wrong_kind(r, "by", "{ stage = \"...\" }");
    return definition_by_entity(r, "by", &ret->by, &ret->by_count);
}

/* A metric that is no figure of records: a number that the reader may set, or one of the period. */
static crm_status read_input(struct reading *r, struct metric *ret) {
    if (ret->entity.len || ret->measure.len || ret->formula.len || ret->where.len || ret->on.len)
        return SAY(r->crm, r->err, CRM_INVALID, metric_parts, ret->origin.name);
    if (!inputs_default_holds(r->crm, ret->input))
        return definition_wrong_kind(r, "input", "\"0\", days, days_gone, days_left");
    if (!ret->keeper.len) ret->keeper = ret->origin.owner;
    return CRM_OK;
}

crm_status metric_read(struct reading *r, struct metric *ret) {
    static const char *const keys[] = {"label", "note", "owner",   "of",   "where", "measure",
                                       "on",    "by",   "formula", "unit", "input", "flag_above"};
    const struct {
        const char *key;
        struct crm_str *into;
    } texts[] = {
        {"owner", &ret->keeper},    {"of", &ret->entity},   {"where", &ret->where},
        {"measure", &ret->measure}, {"on", &ret->on},       {"formula", &ret->formula},
        {"unit", &ret->unit},       {"input", &ret->input}, {"flag_above", &ret->flag_above}};
    crm_status status = definition_only(r, keys, sizeof keys / sizeof *keys);
    ret->label.en = ret->origin.name;
    if (status == CRM_OK) status = definition_label(r, "label", &ret->label);
    if (status == CRM_OK) status = definition_label(r, "note", &ret->note);
    for (size_t i = 0; status == CRM_OK && i < sizeof texts / sizeof *texts; i++)
        status = definition_str(r, texts[i].key, texts[i].into);
    if (status == CRM_OK) status = read_own_paths(r, ret);
    if (status != CRM_OK) return status;
    if (!inputs_flag_holds(r->crm, ret->flag_above))
        return definition_wrong_kind(r, "flag_above", "\"0.2\"");
    if (ret->input.len) return read_input(r, ret);
    bool is_base = ret->entity.len && ret->measure.len;
    bool is_both = ret->formula.len && (ret->entity.len || ret->measure.len);
    if (is_both || is_base == (ret->formula.len > 0))
        return SAY(r->crm, r->err, CRM_INVALID, metric_parts, ret->origin.name);
    if (is_base && !measure_is_aggregate(ret->measure))
        return SAY(r->crm, r->err, CRM_INVALID, metric_measure, ret->origin.name);
    if (crm_str_is(ret->unit, "percent") && begins(ret->measure, "sum("))
        return SAY(r->crm, r->err, CRM_INVALID, share_sum, ret->origin.name);
    if (!ret->keeper.len) ret->keeper = ret->origin.owner;
    ret->additive = measure_is_additive(ret->measure);
    return CRM_OK;
}

static const char *const period_names[] = {"day", "week", "month", "quarter", "year"};

static crm_status read_period(struct reading *r, int32_t *ret) {
    struct crm_str name = CRM_STR("");
    crm_status status = definition_str(r, "period", &name);
    *ret = NO_PERIOD;
    for (size_t i = 0; i < sizeof period_names / sizeof *period_names; i++)
        if (crm_str_is(name, period_names[i])) *ret = (int32_t)i;
    return status == CRM_OK && name.len && *ret == NO_PERIOD
               ? definition_wrong_kind(r, "period", "day, week, month, quarter, year")
               : status;
}

crm_status dimension_read(struct reading *r, struct dimension *ret) {
    static const char *const keys[] = {"label", "of", "by", "period", "order", "labels"};
    struct crm_str of = CRM_STR("");
    crm_status status = definition_only(r, keys, sizeof keys / sizeof *keys);
    ret->label.en = ret->origin.name;
    if (status == CRM_OK) status = definition_label(r, "label", &ret->label);
    if (status == CRM_OK) status = definition_str(r, "of", &of);
    if (status == CRM_OK) status = definition_str(r, "order", &ret->order);
    if (status == CRM_OK) status = read_period(r, &ret->period);
    if (status == CRM_OK) status = definition_by_entity(r, "by", &ret->paths, &ret->path_count);
    if (status == CRM_OK && r->crm->base->json_get(r->json, "labels")) {
        size_t room = r->crm->base->json_count(r->crm->base->json_get(r->json, "labels")) + 1;
        struct gathering g = {.reading = r, .key = "labels"};
        g.labels = r->crm->base->arena_array(r->arena, room, sizeof *g.labels);
        status = g.labels ? gather_map(r, "labels", &g) : r->crm->base->error_no_memory(r->err);
        ret->labels = g.labels;
        ret->label_codes = g.items;
        ret->label_count = g.count;
    }
    if (status != CRM_OK) return status;
    if ((ret->path_count > 0) == (ret->period != NO_PERIOD))
        return SAY(r->crm, r->err, CRM_INVALID, dimension_parts, ret->origin.name);
    if (of.len && ret->path_count == 1) ((struct by_entity *)(uintptr_t)ret->paths)[0].entity = of;
    return CRM_OK;
}

static crm_status find_dimensions(struct reading *r, const char *key, size_t max,
                                  const struct dimension **ret, size_t *ret_count) {
    struct crm_str names[REPORT_FILTERS_MAX] = {{0}};
    size_t count = 0;
    crm_status status = definition_list(r, key, max, names, &count);
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        ret[*ret_count] = catalog_dimension(r->catalog, names[i]);
        if (!ret[*ret_count]) return SAY(r->crm, r->err, CRM_INVALID, no_dimension, names[i]);
        ++*ret_count;
    }
    return status;
}

static crm_status find_metrics(struct reading *r, struct report *ret) {
    struct crm_str names[REPORT_METRICS_MAX] = {{0}};
    size_t count = 0;
    crm_status status = definition_list(r, "measures", REPORT_METRICS_MAX, names, &count);
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        ret->metrics[i] = catalog_metric(r->catalog, names[i]);
        if (!ret->metrics[i]) return SAY(r->crm, r->err, CRM_INVALID, no_metric, names[i]);
    }
    ret->metric_count = count;
    return status == CRM_OK && count == 0
               ? SAY(r->crm, r->err, CRM_INVALID, report_measures, ret->origin.name)
               : status;
}

crm_status report_read(struct reading *r, struct report *ret) {
    static const char *const keys[] = {"label", "help",   "group",   "measures", "rows", "columns",
                                       "where", "period", "compare", "filters",  "sort", "limit",
                                       "chart", "form",   "numbers", "colors"};
    const struct {
        const char *key;
        struct crm_str *into;
    } texts[] = {{"group", &ret->group},
                 {"period", &ret->period},
                 {"compare", &ret->compare},
                 {"sort", &ret->sort},
                 {"chart", &ret->chart}};
    const struct crm_json_value *limit = r->crm->base->json_get(r->json, "limit");
    crm_status status = definition_only(r, keys, sizeof keys / sizeof *keys);
    ret->label.en = ret->origin.name;
    if (status == CRM_OK) status = definition_label(r, "label", &ret->label);
    if (status == CRM_OK) status = definition_label(r, "help", &ret->help);
    for (size_t i = 0; status == CRM_OK && i < sizeof texts / sizeof *texts; i++)
        status = definition_str(r, texts[i].key, texts[i].into);
    if (status == CRM_OK) status = find_metrics(r, ret);
    if (status == CRM_OK)
        status =
            find_dimensions(r, "rows", REPORT_ROWS_MAX, ret->dimensions, &ret->dimension_count);
    ret->row_count = ret->dimension_count;
    if (status == CRM_OK)
        status = find_dimensions(r, "columns", REPORT_COLUMNS_MAX, ret->dimensions,
                                 &ret->dimension_count);
    if (status == CRM_OK)
        status =
            find_dimensions(r, "filters", REPORT_FILTERS_MAX, ret->filters, &ret->filter_count);
    if (status == CRM_OK) status = definition_by_entity(r, "where", &ret->where, &ret->where_count);
    if (status == CRM_OK && limit &&
        (!r->crm->base->json_int64_of(limit, &ret->limit) || ret->limit < 1 ||
         ret->limit > REPORT_LIMIT_MAX))
        status = definition_wrong_kind(r, "limit", "1 ... 10000");
    return status == CRM_OK ? report_look(r, ret) : status;
}
