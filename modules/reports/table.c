/* Bundles into one table. */
#include "table.h"

#include "texts.h"

enum { SLOTS_PER_ROW = 2 };

struct crm_str table_measure(const struct plan *p, const struct metric *m) {
    if (!m->where.len) return m->measure;
    struct crm_str open = crm_str_make(m->measure.ptr, m->measure.len - 1);
    bool has_argument = open.len && open.ptr[open.len - 1] != '(';
    return plan_text(p, "%.*s%s%.*s)", (int)open.len, open.ptr, has_argument ? ", " : "",
                     (int)m->where.len, m->where.ptr);
}

/* ---- rows by key --------------------------------------------------------------------------------
 */

static uint64_t hash_bytes(uint64_t hash, const void *from, size_t len) {
    const unsigned char *bytes = from;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(1099511628211);
    return hash;
}

static uint64_t hash_value(uint64_t hash, const struct crm_value *v) {
    hash = hash_bytes(hash, &v->type, sizeof v->type);
    if (v->type == CRM_VALUE_TEXT) return hash_bytes(hash, v->text.ptr, v->text.len);
    if (v->type == CRM_VALUE_BOOL) return hash_bytes(hash, &v->boolean, sizeof v->boolean);
    return v->type == CRM_VALUE_NIL ? hash : hash_bytes(hash, &v->integer, sizeof v->integer);
}

static bool equal(const struct crm_value *a, const struct crm_value *b) {
    if (a->type != b->type) return false;
    if (a->type == CRM_VALUE_TEXT) return crm_str_eq(a->text, b->text);
    if (a->type == CRM_VALUE_BOOL) return a->boolean == b->boolean;
    return a->type == CRM_VALUE_NIL || a->integer == b->integer;
}

bool table_row_init(const struct plan *p, struct table_row *row) {
    const struct crm_base *base = p->crm->base;
    size_t metrics = p->report->metric_count;
    struct crm_value *all =
        base->arena_array(p->arena, 2 * (p->base_count + metrics) + 1, sizeof *all);
    if (!all) return false;
    row->bases = all;
    row->previous_bases = all + p->base_count;
    row->values = all + 2 * p->base_count;
    row->previous = row->values + metrics;
    return true;
}

static bool make_slots(const struct plan *p, struct table *t) {
    if (t->slots) return true;
    t->row_capacity = TABLE_ROWS_MAX;
    t->slot_count = TABLE_ROWS_MAX * SLOTS_PER_ROW;
    t->rows = p->crm->base->arena_array(p->arena, t->row_capacity, sizeof(struct table_row *));
    t->slots = p->crm->base->arena_array(p->arena, t->slot_count, sizeof *t->slots);
    return t->rows && t->slots;
}

struct table_row *table_row_find(const struct plan *p, struct table *t,
                                 const struct crm_value *keys) {
    size_t count = p->report->dimension_count;
    uint64_t hash = UINT64_C(14695981039346656037);
    if (!make_slots(p, t)) return NULL;
    for (size_t i = 0; i < count; i++)
        hash = hash_value(hash, &keys[i]);
    for (size_t slot = hash % t->slot_count;; slot = (slot + 1) % t->slot_count) {
        struct table_row *row = t->slots[slot] ? t->rows[t->slots[slot] - 1] : NULL;
        bool same = row != NULL;
        for (size_t i = 0; same && i < count; i++)
            same = equal(&row->keys[i], &keys[i]);
        if (same) return row;
        if (row) continue;
        if (t->row_count == t->row_capacity) {
            t->truncated = true;
            return NULL;
        }
        row = p->crm->base->arena_alloc(p->arena, sizeof *row);
        if (!row || !table_row_init(p, row)) return NULL;
        if (count) memcpy(row->keys, keys, count * sizeof *keys);
        t->rows[t->row_count++] = row;
        t->slots[slot] = t->row_count;
        return row;
    }
}

/* ---- asking -------------------------------------------------------------------------------------
 */

/* One query of a bundle: its groups, their order, its measures. */
struct asking {
    const struct plan *plan;
    const struct bundle *bundle;
    const struct period *period;
    bool is_previous;
    struct crm_str groups[2 * REPORT_DIMENSIONS_MAX]; /* keys, then what orders them */
    int order_at[REPORT_DIMENSIONS_MAX];              /* position in groups; -1: none */
    size_t key_count, group_count;
    struct crm_str measures[PLAN_BASES_MAX];
    size_t asked[PLAN_BASES_MAX]; /* positions in plan.bases */
    size_t measure_count;
    const struct crm_figures_row *rows;
    size_t row_count;
};

static crm_status set_groups(struct asking *q, struct crm_error *err) {
    const struct plan *p = q->plan;
    q->key_count = q->group_count = p->report->dimension_count;
    for (size_t i = 0; i < q->key_count; i++) {
        crm_status status = plan_group(p, q->bundle, p->report->dimensions[i], &q->groups[i], err);
        if (status != CRM_OK) return status;
        q->order_at[i] = -1;
    }
    for (size_t i = 0; i < q->key_count; i++) {
        struct crm_str order = p->report->dimensions[i]->order;
        if (!order.len) continue;
        q->order_at[i] = (int)q->group_count;
        q->groups[q->group_count] = plan_text(p, "%.*s.%.*s", (int)q->groups[i].len,
                                              q->groups[i].ptr, (int)order.len, order.ptr);
        if (!q->groups[q->group_count++].ptr) return p->crm->base->error_no_memory(err);
    }
    return CRM_OK;
}

struct crm_str table_any_where(const struct plan *p, const size_t *bases, size_t count) {
    struct crm_str any = CRM_STR("");
    for (size_t i = 0; i < count; i++) {
        struct crm_str where = p->bases[bases[i]]->where;
        if (!where.len) return CRM_STR("");
        any = any.len
                  ? plan_text(p, "%.*s or (%.*s)", (int)any.len, any.ptr, (int)where.len, where.ptr)
                  : plan_text(p, "(%.*s)", (int)where.len, where.ptr);
    }
    return any;
}

static crm_status ask(struct asking *q, struct crm_error *err) {
    const struct plan *p = q->plan;
    struct crm_str where;
    crm_status status = plan_base_where(p, q->bundle, &where, err);
    if (status != CRM_OK) return status;
    where = plan_and(p, where, plan_period_where(p, q->bundle->on, q->period));
    where = plan_and(p, where, table_any_where(p, q->asked, q->measure_count));
    for (size_t i = 0; i < q->measure_count; i++) {
        q->measures[i] = table_measure(p, p->bases[q->asked[i]]);
        if (!q->measures[i].ptr) return p->crm->base->error_no_memory(err);
    }
    if (!where.ptr) return p->crm->base->error_no_memory(err);
    const struct crm_figures figures = {.size = sizeof figures,
                                        .action = p->action,
                                        .limit = TABLE_ROWS_MAX,
                                        .as_of_ms = p->as_of_ms,
                                        .entity = q->bundle->entity,
                                        .where = where,
                                        .group = q->groups,
                                        .group_count = q->group_count,
                                        .measures = q->measures,
                                        .measure_count = q->measure_count};
    return p->crm->query->figures(p->view, &figures, &q->rows, &q->row_count, err);
}

/* A key of the period before, as the one of this period that it stands beside. */
static void move_key(const struct asking *q, size_t i, struct crm_value *key) {
    const struct plan *p = q->plan;
    int32_t unit = p->report->dimensions[i]->period;
    if (!q->is_previous || unit == NO_PERIOD || key->type != CRM_VALUE_DATE) return;
    bool is_year = crm_str_is(p->compare, "year_before");
    key->integer = p->crm->base->date_add(key->integer, is_year ? CRM_PERIOD_YEAR : p->period.unit,
                                          is_year ? 1 : p->period.count);
    key->integer = period_start(p->crm, &p->calendar, unit, key->integer);
}

static crm_status take_rows(struct asking *q, struct table *t, struct crm_error *err) {
    const struct plan *p = q->plan;
    for (size_t i = 0; i < q->row_count; i++) {
        const struct crm_figures_row *from = &q->rows[i];
        struct crm_value keys[REPORT_DIMENSIONS_MAX];
        for (size_t k = 0; k < q->key_count; k++) {
            keys[k] = from->cells[k];
            move_key(q, k, &keys[k]);
        }
        struct table_row *row = table_row_find(p, t, keys);
        if (!row) return t->truncated ? CRM_OK : p->crm->base->error_no_memory(err);
        for (size_t k = 0; k < q->key_count; k++) {
            row->titles[k] = from->titles[k];
            if (q->order_at[k] >= 0) row->order[k] = from->cells[q->order_at[k]];
        }
        struct crm_value *into = q->is_previous ? row->previous_bases : row->bases;
        for (size_t m = 0; m < q->measure_count; m++)
            into[q->asked[m]] = from->cells[q->group_count + m];
    }
    t->truncated |= q->row_count == TABLE_ROWS_MAX;
    return CRM_OK;
}

crm_status table_add(const struct plan *p, const struct metric *m, struct crm_value *to,
                     const struct crm_value *v, struct crm_error *err) {
    if (v->type == CRM_VALUE_NIL) return CRM_OK;
    if (to->type == CRM_VALUE_NIL)
        *to = *v;
    else if (__builtin_add_overflow(to->integer, v->integer, &to->integer))
        return SAY(p->crm, err, CRM_RANGE, too_large, m->origin.name);
    return CRM_OK;
}

/* Sums and counts are added up from the rows, which is the same; the rest is asked for, and what
 * there is where there are no rows. */
static crm_status take_total(struct asking *q, struct table *t, struct crm_error *err) {
    const struct plan *p = q->plan;
    struct crm_value *into = q->is_previous ? t->total.previous_bases : t->total.bases;
    struct asking total = *q;
    crm_status status = CRM_OK;
    total.key_count = total.group_count = total.measure_count = 0;
    for (size_t m = 0; status == CRM_OK && m < q->measure_count; m++) {
        size_t base = q->asked[m];
        bool adds_up = q->row_count > 0 && q->row_count < TABLE_ROWS_MAX;
        if (!p->bases[base]->additive || !adds_up) {
            total.asked[total.measure_count++] = base;
            continue;
        }
        for (size_t i = 0; status == CRM_OK && i < q->row_count; i++)
            status = table_add(p, p->bases[base], &into[base],
                               &q->rows[i].cells[q->group_count + m], err);
    }
    if (status == CRM_OK && total.measure_count) status = ask(&total, err);
    for (size_t m = 0; status == CRM_OK && m < total.measure_count; m++)
        if (total.row_count) into[total.asked[m]] = total.rows[0].cells[m];
    return status;
}

static crm_status run_bundle(const struct plan *p, const struct bundle *b, bool is_previous,
                             struct table *t, struct crm_error *err) {
    struct asking q = {.plan = p,
                       .bundle = b,
                       .is_previous = is_previous,
                       .period = is_previous ? &p->previous : &p->period,
                       .measure_count = b->base_count};
    memcpy(q.asked, b->bases, b->base_count * sizeof *b->bases);
    crm_status status = set_groups(&q, err);
    if (status == CRM_OK) status = ask(&q, err);
    if (status == CRM_OK && q.key_count) status = take_rows(&q, t, err);
    return status == CRM_OK ? take_total(&q, t, err) : status;
}

/* ---- periods without a row ----------------------------------------------------------------------
 */

/* Counts and sums of nothing are 0, of the kind that they are in the whole. */
static void fill_sums(const struct plan *p, const struct table *t, struct table_row *row) {
    for (size_t i = 0; i < p->base_count; i++) {
        struct crm_str measure = p->bases[i]->measure;
        bool counts = measure.len > 5 && memcmp(measure.ptr, "count", 5) == 0;
        if (!counts && !p->bases[i]->additive) continue;
        for (int pass = 0; pass < (p->has_previous ? 2 : 1); pass++) {
            struct crm_value *into = pass ? &row->previous_bases[i] : &row->bases[i];
            if (into->type != CRM_VALUE_NIL) continue;
            *into = pass ? t->total.previous_bases[i] : t->total.bases[i];
            into->integer = 0;
        }
    }
}

/* A month without a deal is a row as well: a line between its neighbours would be a lie. */
static crm_status fill_gaps(const struct plan *p, struct table *t, struct crm_error *err) {
    enum { GAPS_MAX = 400 };
    const struct report *r = p->report;
    int32_t unit = r->dimension_count == 1 ? r->dimensions[0]->period : NO_PERIOD;
    if (unit == NO_PERIOD || p->period.all) return CRM_OK;
    int64_t day = period_start(p->crm, &p->calendar, unit, p->period.from);
    /* What is still to come is no gap. */
    for (int i = 0; i < GAPS_MAX && day < p->period.until && day <= p->calendar.today; i++) {
        struct crm_value key = crm_date(day);
        if (!table_row_find(p, t, &key)) return p->crm->base->error_no_memory(err);
        day = p->crm->base->date_add(day, unit, 1);
    }
    return CRM_OK;
}

/* ---- formulas -----------------------------------------------------------------------------------
 */

struct base_values {
    const struct plan *plan;
    const struct period *period;
    const struct crm_value *values;
};

static struct crm_value base_value(void *ctx, const struct metric *m) {
    const struct base_values *v = ctx;
    if (m->input.len) return inputs_value(&v->plan->inputs, m, v->period, v->plan->calendar.today);
    for (size_t i = 0; i < v->plan->base_count; i++)
        if (v->plan->bases[i] == m) return v->values[i];
    return crm_nil();
}

static crm_status compute(const struct plan *p, struct crm_currency currency, struct table_row *row,
                          struct crm_error *err) {
    crm_status status = CRM_OK;
    for (int pass = 0; pass < (p->has_previous ? 2 : 1); pass++) {
        struct base_values values = {p, pass ? &p->previous : &p->period,
                                     pass ? row->previous_bases : row->bases};
        const struct formula_env env = {p->crm, p->catalog, currency, base_value, &values};
        for (size_t i = 0; status == CRM_OK && i < p->report->metric_count; i++)
            status = formula_value(&env, p->report->metrics[i],
                                   pass ? &row->previous[i] : &row->values[i], err);
    }
    return status;
}

static crm_status compute_all(const struct plan *p, struct table *t, struct crm_error *err) {
    struct crm_company company = {.size = sizeof company};
    crm_status status = p->crm->base->company(p->crm->host, p->arena, &company, err);
    for (size_t i = 0; status == CRM_OK && i < t->row_count; i++) {
        fill_sums(p, t, t->rows[i]);
        status = compute(p, company.base_currency, t->rows[i], err);
    }
    if (status == CRM_OK) status = compute(p, company.base_currency, &t->total, err);
    if (status != CRM_OK) return status;
    status = table_sort(p, t, err);
    return status == CRM_OK && t->has_others ? compute(p, company.base_currency, &t->others, err)
                                             : status;
}

crm_status table_make(const struct plan *p, struct table *ret, struct crm_error *err) {
    struct bundle bundles[PLAN_BUNDLES_MAX];
    size_t count;
    *ret = (struct table){0};
    if (!table_row_init(p, &ret->total) || !table_row_init(p, &ret->others) || !make_slots(p, ret))
        return p->crm->base->error_no_memory(err);
    crm_status status = plan_bundles(p, bundles, &count, err);
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        status = run_bundle(p, &bundles[i], false, ret, err);
        if (status == CRM_OK && p->has_previous)
            status = run_bundle(p, &bundles[i], true, ret, err);
        if (status == CRM_OK) status = table_left_out(p, &bundles[i], ret, err);
    }
    if (status == CRM_OK) status = fill_gaps(p, ret, err);
    return status == CRM_OK ? compute_all(p, ret, err) : status;
}
