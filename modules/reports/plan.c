/* Parameters, bundles and the texts of expressions. */
#include "plan.h"

#include <stdarg.h>
#include <stdio.h>

#include "texts.h"

struct crm_str plan_text(const struct plan *p, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    char *text = len < 0 ? NULL : p->crm->base->arena_alloc(p->arena, (size_t)len + 1);
    if (text) (void)vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    va_end(args);
    return text ? crm_str_make(text, (size_t)len) : (struct crm_str){0};
}

#define TEXT(s) (int)(s).len, (s).ptr ? (s).ptr : ""

struct crm_str plan_and(const struct plan *p, struct crm_str a, struct crm_str b) {
    if (!a.len) return b;
    return b.len ? plan_text(p, "(%.*s) and (%.*s)", TEXT(a), TEXT(b)) : a;
}

/* ---- parameters ---------------------------------------------------------------------------------
 */

struct filter_reading {
    struct plan *plan;
    bool is_page; /* what does not fit is passed over */
    struct crm_error *err;
    crm_status status;
};

bool plan_may_filter(const struct report *r, const struct dimension *d) {
    for (size_t i = 0; i < r->filter_count; i++)
        if (r->filters[i] == d) return true;
    for (size_t i = 0; i < r->dimension_count; i++)
        if (r->dimensions[i] == d) return true;
    return false;
}

static bool read_filter(void *ctx, struct crm_str key, const struct crm_json_value *v) {
    struct filter_reading *f = ctx;
    struct plan *p = f->plan;
    const struct dimension *d = catalog_dimension(p->catalog, key);
    if (f->is_page && d && !plan_may_filter(p->report, d)) return true;
    if (!d || !plan_may_filter(p->report, d)) {
        f->status = SAY(p->crm, f->err, CRM_INVALID, no_dimension, key);
    } else if (p->crm->base->json_type(v) != CRM_JSON_ARRAY ||
               p->crm->base->json_count(v) > PLAN_FILTER_VALUES_MAX ||
               p->filter_count == REPORT_FILTERS_MAX) {
        f->status = SAY(p->crm, f->err, CRM_INVALID, body_wrong, key, CRM_STR("[...]"));
    } else if (p->crm->base->json_count(v) > 0) {
        p->filters[p->filter_count++] = (struct filter){d, v};
    }
    return f->status == CRM_OK;
}

static crm_status read_filters(struct plan *p, const struct crm_json_value *body, bool is_page,
                               struct crm_error *err) {
    const struct crm_json_value *filters = p->crm->base->json_get(body, "filters");
    struct filter_reading reading = {.plan = p, .is_page = is_page, .err = err};
    int32_t type = p->crm->base->json_type(filters);
    if (type == CRM_JSON_NULL) return CRM_OK;
    if (type != CRM_JSON_OBJECT)
        return SAY(p->crm, err, CRM_INVALID, body_wrong, CRM_STR("filters"), CRM_STR("{...}"));
    p->crm->base->json_each(filters, read_filter, &reading);
    return reading.status;
}

int64_t plan_now_ms(const struct plan *p) {
    return p->as_of_ms ? p->as_of_ms : p->crm->record->view_now_ms(p->view);
}

static crm_status read_moment(struct plan *p, const struct crm_json_value *body,
                              struct crm_error *err) {
    const struct crm_json_value *as_of = p->crm->base->json_get(body, "as_of");
    struct crm_str text = p->crm->base->json_text_of(as_of);
    if (p->crm->base->json_type(as_of) == CRM_JSON_NULL) return CRM_OK;
    if (!p->crm->base->time_parse(text, &p->as_of_ms) || p->as_of_ms <= 0 ||
        p->as_of_ms > p->crm->record->view_now_ms(p->view))
        return SAY(p->crm, err, CRM_INVALID, moment_wrong, text);
    return CRM_OK;
}

static const struct crm_json_value *either(const struct plan *p, const struct crm_json_value *own,
                                           const struct crm_json_value *page, const char *key) {
    const struct crm_json_value *said = p->crm->base->json_get(own, key);
    return said ? said : p->crm->base->json_get(page, key);
}

static crm_status read_periods(struct plan *p, const struct crm_json_value *own,
                               const struct crm_json_value *page, struct crm_error *err) {
    const struct crm_base *base = p->crm->base;
    const struct crm_json_value *compare = either(p, own, page, "compare");
    crm_status status = period_from_json(p->crm, &p->calendar, either(p, own, page, "period"),
                                         p->report->period, &p->period, err);
    bool is_own = compare != NULL; /* null asks for none */
    p->compare = is_own ? base->json_text_of(compare) : p->report->compare;
    if (status != CRM_OK || !p->compare.len) return status;
    if ((!is_own || p->is_on_page) && p->period.all) {
        p->compare = CRM_STR("");
        return CRM_OK;
    }
    p->has_previous = true;
    return period_compare(p->crm, &p->period, p->compare, &p->previous, err);
}

static crm_status make(const struct crm *crm, struct crm_view *view, const struct catalog *catalog,
                       const struct report *report, const struct crm_json_value *own,
                       const struct crm_json_value *page, bool is_on_page, struct plan *ret,
                       struct crm_error *err) {
    *ret = (struct plan){.crm = crm,
                         .view = view,
                         .arena = crm->record->view_arena(view),
                         .catalog = catalog,
                         .report = report,
                         .is_on_page = is_on_page};
    crm_status status = read_moment(ret, is_on_page ? page : own, err);
    if (status == CRM_OK)
        status = calendar_at(crm, ret->arena, plan_now_ms(ret), &ret->calendar, err);
    if (status == CRM_OK) status = read_periods(ret, own, page, err);
    if (status == CRM_OK) status = read_filters(ret, own, false, err);
    if (status == CRM_OK) status = read_filters(ret, page, true, err);
    for (size_t i = 0; status == CRM_OK && i < report->metric_count; i++)
        status = formula_bases(crm, catalog, report->metrics[i], ret->bases, PLAN_BASES_MAX,
                               &ret->base_count, err);
    ret->inputs.count = 0;
    if (status == CRM_OK) inputs_take(ret->bases, &ret->base_count, &ret->inputs);
    return status == CRM_OK
               ? inputs_read(crm, crm->base->json_get(own, "inputs"), &ret->inputs, err)
               : status;
}

crm_status plan_make(const struct crm *crm, struct crm_view *view, const struct catalog *catalog,
                     const struct report *report, const struct crm_json_value *body,
                     struct plan *ret, struct crm_error *err) {
    return make(crm, view, catalog, report, body, NULL, false, ret, err);
}

crm_status plan_make_on_page(const struct crm *crm, struct crm_view *view,
                             const struct catalog *catalog, const struct report *report,
                             const struct crm_json_value *own, const struct crm_json_value *page,
                             struct plan *ret, struct crm_error *err) {
    return make(crm, view, catalog, report, own, page, true, ret, err);
}

static bool is_of_bundle(const struct plan *p, const struct bundle *b, const struct metric *m) {
    return crm_str_eq(b->entity_name, m->entity) && crm_str_eq(b->on, m->on) &&
           metric_by_same(p->bases[b->bases[0]], m);
}

crm_status plan_bundles(const struct plan *p, struct bundle *ret, size_t *ret_count,
                        struct crm_error *err) {
    *ret_count = 0;
    for (size_t i = 0; i < p->base_count; i++) {
        const struct metric *m = p->bases[i];
        size_t at = 0;
        while (at < *ret_count && !is_of_bundle(p, &ret[at], m))
            at++;
        if (at == PLAN_BUNDLES_MAX)
            return SAY(p->crm, err, CRM_INVALID, too_many_queries, p->report->origin.name,
                       CRM_STR("16"));
        if (at == *ret_count) {
            ret[at] = (struct bundle){.entity = p->crm->schema->entity(p->view, m->entity),
                                      .entity_name = m->entity,
                                      .on = m->on};
            if (!ret[at].entity)
                return SAY(p->crm, err, CRM_NOT_FOUND, no_report, p->report->origin.name);
            ++*ret_count;
        }
        ret[at].bases[ret[at].base_count++] = i;
    }
    return CRM_OK;
}

/* ---- expressions --------------------------------------------------------------------------------
 */

static struct crm_str day_text(const struct plan *p, int64_t day) {
    struct crm_civil c;
    p->crm->base->date_to_civil(day, &c);
    return plan_text(p, "'%04d-%02d-%02d'", (int)c.year, (int)c.month, (int)c.day);
}

struct crm_str plan_period_where(const struct plan *p, struct crm_str on, const struct period *in) {
    if (in->all || !on.len) return CRM_STR("");
    struct crm_str from = day_text(p, in->from), until = day_text(p, in->until);
    if (!from.ptr || !until.ptr) return (struct crm_str){0};
    if (in->until > period_last_day(p->crm))
        return plan_text(p, "%.*s >= %.*s", TEXT(on), TEXT(from));
    return plan_text(p, "%.*s >= %.*s and %.*s < %.*s", TEXT(on), TEXT(from), TEXT(on),
                     TEXT(until));
}

crm_status plan_group(const struct plan *p, const struct bundle *b, const struct dimension *d,
                      struct crm_str *ret, struct crm_error *err) {
    static const char *const periods[] = {"day", "week", "month", "quarter", "year"};
    struct crm_str none = p->bases[b->bases[0]]->origin.name;
    *ret = metric_path(p->bases[b->bases[0]], d);
    if (d->period != NO_PERIOD && b->on.len) {
        *ret = plan_text(p, "%s(%.*s)", periods[d->period], TEXT(b->on));
        if (!ret->ptr) return p->crm->base->error_no_memory(err);
    }
    if (ret->len) return CRM_OK;
    return SAY(p->crm, err, CRM_INVALID, no_path, d->origin.name, b->entity_name, none);
}

static struct crm_str quoted(const struct plan *p, struct crm_str text) {
    char *copy = p->crm->base->arena_alloc(p->arena, 2 * text.len + 3);
    size_t len = 0;
    if (!copy) return (struct crm_str){0};
    copy[len++] = '\'';
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '\'' || c == '\\') copy[len++] = '\\';
        if (c == '\n' || c == '\r' || c == '\t') {
            copy[len++] = '\\';
            c = c == '\n' ? 'n' : c == '\r' ? 'r' : 't';
        }
        copy[len++] = c;
    }
    copy[len++] = '\'';
    return crm_str_make(copy, len);
}

/* A key as the answer gave it: a text (ids, codes, dates, exact numbers), number, truth or null;
 * or the whole key, {"value", ...}. */
crm_status plan_key_where(const struct plan *p, struct crm_str group, const struct dimension *d,
                          const struct crm_json_value *value, struct crm_str *ret,
                          struct crm_error *err) {
    const struct crm_base *base = p->crm->base;
    int64_t number, until;
    if (base->json_type(value) == CRM_JSON_OBJECT) value = base->json_get(value, "value");
    struct crm_str text = base->json_text_of(value);
    switch (base->json_type(value)) {
    case CRM_JSON_NULL:
        *ret = plan_text(p, "(%.*s) == nil", TEXT(group));
        break;
    case CRM_JSON_BOOL:
        *ret = plan_text(p, "(%.*s) == %s", TEXT(group),
                         base->json_bool_of(value, false) ? "true" : "false");
        break;
    case CRM_JSON_INT:
        (void)base->json_int64_of(value, &number);
        *ret = plan_text(p, "(%.*s) == %lld", TEXT(group), (long long)number);
        break;
    case CRM_JSON_TEXT:
        text = quoted(p, text);
        *ret = text.ptr ? plan_text(p, "(%.*s) == %.*s", TEXT(group), TEXT(text)) : text;
        if (d->period == NO_PERIOD) break;
        /* A period is opened by its days, which an index finds. */
        if (!base->date_parse(base->json_text_of(value), &number))
            return SAY(p->crm, err, CRM_INVALID, value_wrong, base->json_text_of(value),
                       d->origin.name);
        until = base->date_add(number, d->period, 1);
        const char *open = memchr(group.ptr, '(', group.len);
        struct crm_str on =
            crm_str_make(open + 1, (size_t)(group.ptr + group.len - 1 - (open + 1)));
        *ret = plan_period_where(p, on, &(struct period){.from = number, .until = until});
        break;
    default:
        return SAY(p->crm, err, CRM_INVALID, value_wrong, CRM_STR("[...]"), d->origin.name);
    }
    return ret->ptr ? CRM_OK : base->error_no_memory(err);
}

static crm_status filter_where(const struct plan *p, const struct bundle *b, const struct filter *f,
                               struct crm_str *ret, struct crm_error *err) {
    struct crm_str group = {0}, any = CRM_STR(""), one = {0};
    crm_status status = plan_group(p, b, f->dimension, &group, err);
    for (size_t i = 0; status == CRM_OK && i < p->crm->base->json_count(f->values); i++) {
        status =
            plan_key_where(p, group, f->dimension, p->crm->base->json_at(f->values, i), &one, err);
        if (status != CRM_OK) break;
        any = any.len ? plan_text(p, "%.*s or (%.*s)", TEXT(any), TEXT(one))
                      : plan_text(p, "(%.*s)", TEXT(one));
        if (!any.ptr) status = p->crm->base->error_no_memory(err);
    }
    *ret = any;
    return status;
}

crm_status plan_base_where(const struct plan *p, const struct bundle *b, struct crm_str *ret,
                           struct crm_error *err) {
    crm_status status = CRM_OK;
    *ret = text_for(p->report->where, p->report->where_count, b->entity_name);
    for (size_t i = 0; status == CRM_OK && i < p->filter_count; i++) {
        struct crm_str one = {0};
        status = filter_where(p, b, &p->filters[i], &one, err);
        if (status == CRM_OK) *ret = plan_and(p, *ret, one);
        if (status == CRM_OK && !ret->ptr) status = p->crm->base->error_no_memory(err);
    }
    return status;
}
