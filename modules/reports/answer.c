/* Writing answers. */
#include "answer.h"

#include "texts.h"
#include "visible.h"

void answer_key(const struct crm *crm, struct crm_json *out, const char *name,
                struct crm_str text) {
    if (!text.len) return;
    crm->base->json_key(out, crm_str_from(name));
    crm->base->json_text(out, text);
}

static void open_key(const struct crm *crm, struct crm_json *out, const char *name) {
    crm->base->json_key(out, crm_str_from(name));
}

static void put_origin(const struct crm *crm, struct crm_json *out, const struct origin *o,
                       const struct label *label, int32_t language) {
    answer_key(crm, out, "name", o->name);
    answer_key(crm, out, "label", label_in(label, language));
    answer_key(crm, out, "from", o->owner);
}

static void put_by(const struct crm *crm, struct crm_json *out, const struct metric *m) {
    if (!m->by_count) return;
    open_key(crm, out, "by");
    crm->base->json_object_open(out);
    for (size_t i = 0; i < m->by_count; i++) {
        crm->base->json_key(out, m->by[i].entity);
        crm->base->json_text(out, m->by[i].text);
    }
    crm->base->json_object_shut(out);
}

void answer_metric(const struct crm *crm, struct crm_json *out, const struct metric *m,
                   int32_t language) {
    const struct crm_base *base = crm->base;
    base->json_object_open(out);
    put_origin(crm, out, &m->origin, &m->label, language);
    answer_key(crm, out, "note", label_in(&m->note, language));
    answer_key(crm, out, "owner", m->keeper);
    answer_key(crm, out, "unit", m->unit);
    answer_key(crm, out, "flag_above", m->flag_above);
    open_key(crm, out, "additive");
    base->json_bool(out, m->additive);
    open_key(crm, out, "definition");
    base->json_object_open(out);
    answer_key(crm, out, "of", m->entity);
    answer_key(crm, out, "measure", m->measure);
    answer_key(crm, out, "where", m->where);
    answer_key(crm, out, "on", m->on);
    answer_key(crm, out, "formula", m->formula);
    answer_key(crm, out, "input", m->input);
    put_by(crm, out, m);
    base->json_object_shut(out);
    base->json_object_shut(out);
}

void answer_dimension(const struct crm *crm, struct crm_json *out, const struct dimension *d,
                      int32_t language) {
    static const struct crm_str periods[] = {
        {"day", 3}, {"week", 4}, {"month", 5}, {"quarter", 7}, {"year", 4}};
    crm->base->json_object_open(out);
    put_origin(crm, out, &d->origin, &d->label, language);
    if (d->period != NO_PERIOD) answer_key(crm, out, "period", periods[d->period]);
    open_key(crm, out, "by");
    crm->base->json_object_open(out);
    for (size_t i = 0; i < d->path_count; i++) {
        crm->base->json_key(out, d->paths[i].entity.len ? d->paths[i].entity : CRM_STR("*"));
        crm->base->json_text(out, d->paths[i].text);
    }
    crm->base->json_object_shut(out);
    crm->base->json_object_shut(out);
}

static void put_dimension_names(const struct crm *crm, struct crm_json *out, const char *key,
                                const struct dimension *const *all, size_t count) {
    open_key(crm, out, key);
    crm->base->json_array_open(out);
    for (size_t i = 0; i < count; i++)
        crm->base->json_text(out, all[i]->origin.name);
    crm->base->json_array_shut(out);
}

static void put_map(const struct crm *crm, struct crm_json *out, const char *key,
                    const struct by_entity *all, size_t count) {
    if (!count) return;
    open_key(crm, out, key);
    if (!all[0].entity.len) {
        crm->base->json_text(out, all[0].text);
        return;
    }
    crm->base->json_object_open(out);
    for (size_t i = 0; i < count; i++) {
        crm->base->json_key(out, all[i].entity);
        crm->base->json_text(out, all[i].text);
    }
    crm->base->json_object_shut(out);
}

void answer_saved(const struct crm *crm, struct crm_json *out, const struct report *r,
                  int32_t language) {
    const struct crm_base *base = crm->base;
    put_origin(crm, out, &r->origin, &r->label, language);
    answer_key(crm, out, "help", label_in(&r->help, language));
    if (!r->saved.id) return;
    open_key(crm, out, "saved");
    base->json_object_open(out);
    open_key(crm, out, "author");
    base->json_object_open(out);
    open_key(crm, out, "id");
    base->json_id(out, r->saved.author);
    answer_key(crm, out, "title", r->saved.author_name);
    base->json_object_shut(out);
    open_key(crm, out, "certified");
    base->json_bool(out, r->saved.certified);
    base->json_object_shut(out);
}

static void put_look(const struct crm *crm, struct crm_json *out, const struct report *r) {
    answer_key(crm, out, "chart", r->chart);
    answer_key(crm, out, "form", r->form);
    answer_key(crm, out, "sort", r->sort);
    put_map(crm, out, "where", r->where, r->where_count);
    put_map(crm, out, "colors", r->colors, r->color_count);
    if (r->limit) {
        open_key(crm, out, "limit");
        crm->base->json_int64(out, r->limit);
    }
    if (!r->numbers) return;
    open_key(crm, out, "numbers");
    crm->base->json_bool(out, true);
}

void answer_report(const struct crm *crm, struct crm_json *out, const struct report *r,
                   int32_t language) {
    crm->base->json_object_open(out);
    answer_saved(crm, out, r, language);
    answer_key(crm, out, "group", r->group);
    answer_key(crm, out, "period", r->period);
    answer_key(crm, out, "compare", r->compare);
    put_look(crm, out, r);
    open_key(crm, out, "measures");
    crm->base->json_array_open(out);
    for (size_t i = 0; i < r->metric_count; i++)
        crm->base->json_text(out, r->metrics[i]->origin.name);
    crm->base->json_array_shut(out);
    put_dimension_names(crm, out, "rows", r->dimensions, r->row_count);
    put_dimension_names(crm, out, "columns", r->dimensions + r->row_count,
                        r->dimension_count - r->row_count);
    put_dimension_names(crm, out, "filters", r->filters, r->filter_count);
    crm->base->json_object_shut(out);
}

static void put_day(const struct crm *crm, struct crm_json *out, const char *key, int64_t day) {
    const struct crm_value v = crm_date(day);
    open_key(crm, out, key);
    crm->base->json_value(out, &v);
}

void answer_period(const struct crm *crm, struct crm_json *out, const struct period *period) {
    if (period->all) {
        crm->base->json_null(out);
        return;
    }
    crm->base->json_object_open(out);
    put_day(crm, out, "from", period->from);
    put_day(crm, out, "until", period->until - 1);
    crm->base->json_object_shut(out);
}

/* ---- the table ----------------------------------------------------------------------------------
 */

struct answering {
    const struct plan *plan;
    const struct table *table;
    struct crm_json *out;
    struct code_labels labels[REPORT_DIMENSIONS_MAX];
};

static void put_key(const struct answering *w, const struct table_row *row, size_t i) {
    const struct crm_base *base = w->plan->crm->base;
    const struct crm_value *v = &row->keys[i];
    struct crm_str title = v->type == CRM_VALUE_ID     ? row->titles[i]
                           : v->type == CRM_VALUE_TEXT ? code_label(&w->labels[i], v->text)
                                                       : CRM_STR("");
    base->json_object_open(w->out);
    base->json_key(w->out, CRM_STR("value"));
    if (v->type == CRM_VALUE_ID)
        base->json_id(w->out, v->integer);
    else
        base->json_value(w->out, v);
    answer_key(w->plan->crm, w->out, "title", title);
    base->json_object_shut(w->out);
}

/* Averages, shares and the like have six places always. */
void answer_value(const struct crm *crm, struct crm_json *out, const struct metric *m,
                  const struct crm_value *v) {
    struct crm_buf *text = NULL;
    bool plain = m->additive || v->type != CRM_VALUE_DECIMAL;
    if (!plain) text = crm->base->buf_new(64);
    if (!text) {
        crm->base->json_value(out, v);
        return;
    }
    crm->base->decimal_format(v->integer, 6, text);
    crm->base->json_text(out, crm->base->buf_str(text));
    crm->base->buf_free(text);
}

static void put_values(const struct answering *w, const char *key, const struct crm_value *values) {
    const struct crm_base *base = w->plan->crm->base;
    const struct report *r = w->plan->report;
    base->json_key(w->out, crm_str_from(key));
    base->json_array_open(w->out);
    for (size_t i = 0; i < r->metric_count; i++)
        answer_value(w->plan->crm, w->out, r->metrics[i], &values[i]);
    base->json_array_shut(w->out);
}

static void put_row(const struct answering *w, const struct table_row *row, size_t keys) {
    const struct crm_base *base = w->plan->crm->base;
    base->json_object_open(w->out);
    if (keys) {
        base->json_key(w->out, CRM_STR("keys"));
        base->json_array_open(w->out);
        for (size_t i = 0; i < keys; i++)
            put_key(w, row, i);
        base->json_array_shut(w->out);
    }
    put_values(w, "values", row->values);
    if (w->plan->has_previous) put_values(w, "previous", row->previous);
    base->json_object_shut(w->out);
}

static void put_left_out(const struct answering *w, int32_t language) {
    const struct crm *crm = w->plan->crm;
    open_key(crm, w->out, "left_out");
    crm->base->json_array_open(w->out);
    for (size_t i = 0; i < w->table->left_out_count; i++) {
        const struct left_out *it = &w->table->left_out[i];
        crm->base->json_object_open(w->out);
        answer_key(crm, w->out, "reason", crm_str_from(it->reason));
        answer_key(crm, w->out, "metric", it->metric->origin.name);
        answer_key(crm, w->out, "label", label_in(&it->metric->label, language));
        open_key(crm, w->out, "count");
        crm->base->json_int64(w->out, it->count);
        answer_key(crm, w->out, "entity", it->entity);
        answer_key(crm, w->out, "where", it->where);
        crm->base->json_object_shut(w->out);
    }
    crm->base->json_array_shut(w->out);
}

static void put_inputs(const struct answering *w, int32_t language) {
    const struct crm *crm = w->plan->crm;
    open_key(crm, w->out, "inputs");
    crm->base->json_array_open(w->out);
    for (size_t i = 0; i < w->plan->inputs.count; i++) {
        const struct input *it = &w->plan->inputs.items[i];
        const struct crm_value value = crm_decimal(it->micro);
        if (!it->is_open) continue;
        crm->base->json_object_open(w->out);
        put_origin(crm, w->out, &it->metric->origin, &it->metric->label, language);
        answer_key(crm, w->out, "note", label_in(&it->metric->note, language));
        answer_key(crm, w->out, "unit", it->metric->unit);
        answer_key(crm, w->out, "default", it->metric->input);
        open_key(crm, w->out, "value");
        crm->base->json_value(w->out, &value);
        crm->base->json_object_shut(w->out);
    }
    crm->base->json_array_shut(w->out);
}

static void put_head(const struct answering *w, int32_t language) {
    const struct plan *p = w->plan;
    const struct crm *crm = p->crm;
    const struct crm_value now = crm_time(plan_now_ms(p));
    open_key(crm, w->out, "report");
    answer_report(crm, w->out, p->report, language);
    open_key(crm, w->out, "at");
    crm->base->json_value(w->out, &now);
    open_key(crm, w->out, "period");
    answer_period(crm, w->out, &p->period);
    open_key(crm, w->out, "previous");
    answer_period(crm, w->out, p->has_previous ? &p->previous : &(struct period){.all = true});
    put_inputs(w, language);
    open_key(crm, w->out, "dimensions");
    crm->base->json_array_open(w->out);
    const struct viewer viewer = {crm, p->view, p->catalog};
    struct dimension seen;
    for (size_t i = 0; i < p->report->dimension_count; i++) {
        (void)visible_dimension(&viewer, p->report->dimensions[i], &seen);
        answer_dimension(crm, w->out, &seen, language);
    }
    crm->base->json_array_shut(w->out);
    open_key(crm, w->out, "metrics");
    crm->base->json_array_open(w->out);
    for (size_t i = 0; i < p->report->metric_count; i++)
        answer_metric(crm, w->out, p->report->metrics[i], language);
    crm->base->json_array_shut(w->out);
}

static void put_rows(const struct answering *w, const char *key, const struct table *t,
                     size_t keys) {
    open_key(w->plan->crm, w->out, key);
    w->plan->crm->base->json_array_open(w->out);
    for (size_t i = 0; i < t->row_count; i++)
        put_row(w, t->rows[i], keys);
    w->plan->crm->base->json_array_shut(w->out);
}

static void put_subtotals(const struct answering *w, const struct subtotals *s) {
    const struct crm_base *base = w->plan->crm->base;
    size_t rows = s->by_rows.dimension_count, columns = s->by_columns.dimension_count;
    struct answering by_columns = *w;
    memmove(by_columns.labels, by_columns.labels + rows, columns * sizeof *by_columns.labels);
    open_key(w->plan->crm, w->out, "subtotals");
    base->json_object_open(w->out);
    put_rows(w, "rows", &s->rows, rows);
    put_rows(&by_columns, "columns", &s->columns, columns);
    base->json_object_shut(w->out);
}

void answer_table(const struct plan *p, const struct table *t, const struct subtotals *subtotals,
                  struct crm_json *out) {
    struct answering w = {.plan = p, .table = t, .out = out};
    struct crm_actor_facts actor = {.size = sizeof actor};
    const struct crm_base *base = p->crm->base;
    struct crm_error ignored;
    p->crm->record->actor(p->view, &actor);
    /* Without labels the codes stand for themselves. */
    for (size_t i = 0; i < p->report->dimension_count; i++)
        (void)code_labels_of(p, p->report->dimensions[i], actor.language, &w.labels[i], &ignored);
    base->json_object_open(out);
    put_head(&w, actor.language);
    put_rows(&w, "rows", t, p->report->dimension_count);
    open_key(p->crm, out, "others");
    if (t->has_others)
        put_row(&w, &t->others, 0);
    else
        base->json_null(out);
    open_key(p->crm, out, "total");
    put_row(&w, &t->total, 0);
    if (subtotals) put_subtotals(&w, subtotals);
    put_left_out(&w, actor.language);
    open_key(p->crm, out, "truncated");
    base->json_bool(out, t->truncated);
    base->json_object_shut(out);
}
