/* What stands behind the table of a file: its period and narrowing, who looked when, what each
 * figure counts, what was left out. */
#include "sheet.h"

struct telling {
    const struct sheet *sheet;
    sheet_line_fn fn;
    void *ctx;
    bool good;
};

#define TEXT(s) (int)(s).len, (s).ptr ? (s).ptr : ""

static void tell(struct telling *t, struct crm_str what, struct crm_str text, struct crm_str more) {
    if (t->good) t->good = t->fn(t->ctx, what, text, more);
}
static void tell_word(struct telling *t, enum sheet_word word, struct crm_str text) {
    if (text.len) tell(t, sheet_word(t->sheet, word), text, CRM_STR(""));
}

static struct crm_str period_text(const struct sheet *s, const struct period *period) {
    const struct crm_base *base = s->plan->crm->base;
    struct crm_civil from, until;
    if (period->all) return sheet_word(s, SHEET_ALL_TIME);
    base->date_to_civil(period->from, &from);
    base->date_to_civil(period->until - 1, &until);
    return plan_text(s->plan, "%04d-%02d-%02d … %04d-%02d-%02d", (int)from.year, (int)from.month,
                     (int)from.day, (int)until.year, (int)until.month, (int)until.day);
}

static struct crm_str moment_text(const struct plan *p) {
    struct crm_buf *text = p->crm->base->buf_new(64);
    if (!text) return (struct crm_str){0};
    p->crm->base->time_format(plan_now_ms(p), text);
    struct crm_str kept = p->crm->base->arena_str(p->arena, p->crm->base->buf_str(text));
    p->crm->base->buf_free(text);
    return kept;
}

/* A value that narrows, as people read it: its label, or the whole key's own title. */
static struct crm_str value_text(const struct sheet *s, const struct dimension *d,
                                 const struct crm_json_value *v) {
    const struct crm_base *base = s->plan->crm->base;
    struct code_labels labels = {0};
    struct crm_error ignored;
    struct crm_str title = base->json_text_of(base->json_get(v, "title"));
    if (base->json_type(v) == CRM_JSON_OBJECT) v = base->json_get(v, "value");
    if (title.len) return title;
    if (base->json_type(v) == CRM_JSON_NULL) return sheet_word(s, SHEET_NOT_SET);
    if (base->json_type(v) == CRM_JSON_BOOL)
        return sheet_word(s, base->json_bool_of(v, false) ? SHEET_YES : SHEET_NO);
    (void)code_labels_of(s->plan, d, s->actor.language, &labels, &ignored);
    return code_label(&labels, base->json_text_of(v));
}

static void tell_filters(struct telling *t) {
    const struct sheet *s = t->sheet;
    const struct plan *p = s->plan;
    for (size_t i = 0; i < p->filter_count; i++) {
        const struct filter *f = &p->filters[i];
        struct crm_str only = sheet_word(s, SHEET_ONLY),
                       label = label_in(&f->dimension->label, s->actor.language);
        struct crm_str all = CRM_STR("");
        for (size_t k = 0; k < p->crm->base->json_count(f->values); k++) {
            struct crm_str one = value_text(s, f->dimension, p->crm->base->json_at(f->values, k));
            all = all.len ? plan_text(p, "%.*s; %.*s", TEXT(all), TEXT(one)) : one;
        }
        tell(t, plan_text(p, "%.*s: %.*s", TEXT(only), TEXT(label)), all, CRM_STR(""));
    }
    for (size_t i = 0; i < p->report->where_count; i++)
        tell(t, sheet_word(s, SHEET_CONDITION), p->report->where[i].text,
             p->report->where[i].entity);
}

static void tell_metrics(struct telling *t) {
    const struct sheet *s = t->sheet;
    tell(t, CRM_STR(""), CRM_STR(""), CRM_STR(""));
    tell(t, sheet_word(s, SHEET_COUNTED), CRM_STR(""), CRM_STR(""));
    for (size_t i = 0; i < s->plan->report->metric_count; i++) {
        const struct metric *m = s->plan->report->metrics[i];
        struct crm_str formula = m->formula;
        if (!formula.len) {
            bool on = m->on.len > 0, where = m->where.len > 0;
            formula =
                plan_text(s->plan, "%.*s: %.*s%s%.*s%s%.*s", TEXT(m->entity), TEXT(m->measure),
                          where ? "; where " : "", TEXT(m->where), on ? "; on " : "", TEXT(m->on));
        }
        tell(t, label_in(&m->label, s->actor.language), label_in(&m->note, s->actor.language),
             formula);
    }
}

static void tell_left_out(struct telling *t) {
    const struct sheet *s = t->sheet;
    if (!s->table->left_out_count && !s->table->truncated) return;
    tell(t, CRM_STR(""), CRM_STR(""), CRM_STR(""));
    tell(t, sheet_word(s, SHEET_LEFT_OUT), CRM_STR(""), CRM_STR(""));
    for (size_t i = 0; i < s->table->left_out_count; i++) {
        const struct left_out *it = &s->table->left_out[i];
        bool no_date = strcmp(it->reason, "no_date") == 0;
        struct crm_str reason = sheet_word(s, no_date ? SHEET_NO_DATE : SHEET_NO_RATE);
        tell(t, label_in(&it->metric->label, s->actor.language),
             plan_text(s->plan, "%lld %.*s", (long long)it->count, TEXT(reason)), it->where);
    }
    if (s->table->truncated) tell(t, sheet_word(s, SHEET_TRUNCATED), CRM_STR(""), CRM_STR(""));
}

bool sheet_about(const struct sheet *s, sheet_line_fn fn, void *ctx) {
    struct telling t = {s, fn, ctx, true};
    const struct plan *p = s->plan;
    const struct report *r = p->report;
    tell_word(&t, SHEET_REPORT, label_in(&r->label, s->actor.language));
    tell_word(&t, SHEET_QUESTION, label_in(&r->help, s->actor.language));
    if (r->saved.id)
        tell(&t, sheet_word(s, SHEET_AUTHOR), r->saved.author_name,
             sheet_word(s, r->saved.certified ? SHEET_CERTIFIED : SHEET_DRAFT));
    tell_word(&t, SHEET_PERIOD, period_text(s, &p->period));
    if (p->has_previous) tell_word(&t, SHEET_COMPARED, period_text(s, &p->previous));
    tell_word(&t, SHEET_AS_OF, moment_text(p));
    tell_word(&t, SHEET_SEEN_BY, s->actor.login);
    tell_filters(&t);
    tell_metrics(&t);
    tell_left_out(&t);
    return t.good;
}
