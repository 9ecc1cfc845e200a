/* What a table leaves out, counted: records without the date that puts them into a period, amounts
 * in a currency without a rate. */
#include "table.h"

#include "texts.h"

/* sum(amount) -> amount, where that is a money field. */
static struct crm_str money_argument(const struct plan *p, const struct bundle *b,
                                     const struct metric *m) {
    struct crm_field_facts facts = {.size = sizeof facts};
    const char *open = memchr(m->measure.ptr, '(', m->measure.len);
    struct crm_str inner =
        crm_str_make(open + 1, (size_t)(m->measure.ptr + m->measure.len - 1 - (open + 1)));
    const struct crm_field *f = p->crm->schema->field(p->view, b->entity, inner);
    if (!f) return CRM_STR("");
    p->crm->schema->field_facts(p->view, b->entity, f, &facts);
    return facts.type == CRM_FIELD_MONEY ? inner : CRM_STR("");
}

/* What keeps metrics of one bundle from counting a record, asked for in one query of all of them:
 * the condition, and for each how many there are. */
struct hole {
    const char *reason;
    struct crm_str where;
    size_t bases[PLAN_BASES_MAX]; /* positions in plan.bases */
    int64_t counts[PLAN_BASES_MAX];
    size_t count;
};

static crm_status hole_count(const struct plan *p, const struct bundle *b, struct hole *h,
                             struct crm_error *err) {
    struct crm_str measures[PLAN_BASES_MAX], where;
    crm_status status = plan_base_where(p, b, &where, err);
    if (status != CRM_OK) return status;
    where = plan_and(p, plan_and(p, where, h->where), table_any_where(p, h->bases, h->count));
    for (size_t i = 0; i < h->count; i++) {
        const struct metric counted = {.measure = CRM_STR("count()"),
                                       .where = p->bases[h->bases[i]]->where};
        measures[i] = table_measure(p, &counted);
        if (!measures[i].ptr) return p->crm->base->error_no_memory(err);
    }
    if (!where.ptr) return p->crm->base->error_no_memory(err);
    const struct crm_figures figures = {.size = sizeof figures,
                                        .action = p->action,
                                        .limit = 1,
                                        .as_of_ms = p->as_of_ms,
                                        .entity = b->entity,
                                        .where = where,
                                        .measures = measures,
                                        .measure_count = h->count};
    const struct crm_figures_row *rows;
    size_t count;
    status = p->crm->query->figures(p->view, &figures, &rows, &count, err);
    for (size_t i = 0; status == CRM_OK && count && i < h->count; i++)
        h->counts[i] = rows[0].cells[i].integer;
    return status;
}

/* The words that open the records of one count. */
static crm_status hole_tell(const struct plan *p, const struct bundle *b, const struct hole *h,
                            size_t i, struct table *t, struct crm_error *err) {
    const struct metric *m = p->bases[h->bases[i]];
    struct crm_str base;
    if (h->counts[i] <= 0) return CRM_OK;
    crm_status status = plan_base_where(p, b, &base, err);
    if (status != CRM_OK) return status;
    struct crm_str where = plan_and(p, plan_and(p, base, m->where), h->where);
    if (!where.ptr) return p->crm->base->error_no_memory(err);
    t->left_out[t->left_out_count++] =
        (struct left_out){h->reason, m, h->counts[i], b->entity_name, where};
    return CRM_OK;
}

/* The hole with this condition, which the metric is counted in as well. */
static void hole_add(struct hole *holes, size_t *count, const char *reason, struct crm_str where,
                     size_t base) {
    size_t at = 0;
    while (at < *count && !crm_str_eq(holes[at].where, where))
        at++;
    if (at == *count) holes[(*count)++] = (struct hole){.reason = reason, .where = where};
    holes[at].bases[holes[at].count++] = base;
}

static crm_status find_holes(const struct plan *p, const struct bundle *b, struct hole *holes,
                             size_t *count, struct crm_error *err) {
    for (size_t i = 0; i < b->base_count; i++) {
        struct crm_str money = money_argument(p, b, p->bases[b->bases[i]]), where;
        if (b->on.len && !p->period.all) {
            where = plan_text(p, "%.*s == nil", (int)b->on.len, b->on.ptr);
            if (!where.ptr) return p->crm->base->error_no_memory(err);
            hole_add(holes, count, "no_date", where, b->bases[i]);
        }
        if (!money.len) continue;
        where = plan_text(p, "%.*s ~= nil and (%.*s * 1) == nil", (int)money.len, money.ptr,
                          (int)money.len, money.ptr);
        where = plan_and(p, plan_period_where(p, b->on, &p->period), where);
        if (!where.ptr) return p->crm->base->error_no_memory(err);
        hole_add(holes, count, "no_rate", where, b->bases[i]);
    }
    return CRM_OK;
}

crm_status table_left_out(const struct plan *p, const struct bundle *b, struct table *t,
                          struct crm_error *err) {
    size_t count = 0;
    if (!t->left_out)
        t->left_out = p->crm->base->arena_array(p->arena, 2 * PLAN_BASES_MAX, sizeof *t->left_out);
    struct hole *holes = p->crm->base->arena_array(p->arena, b->base_count + 1, sizeof *holes);
    if (!t->left_out || !holes) return p->crm->base->error_no_memory(err);
    crm_status status = find_holes(p, b, holes, &count, err);
    for (size_t i = 0; status == CRM_OK && i < count; i++)
        status = hole_count(p, b, &holes[i], err);
    /* Metric by metric, whatever they were asked with. */
    for (size_t m = 0; status == CRM_OK && m < b->base_count; m++)
        for (size_t i = 0; status == CRM_OK && i < count; i++)
            for (size_t k = 0; status == CRM_OK && k < holes[i].count; k++)
                if (holes[i].bases[k] == b->bases[m])
                    status = hole_tell(p, b, &holes[i], k, t, err);
    return status;
}
