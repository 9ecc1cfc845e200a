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

static crm_status count_where(const struct plan *p, const struct bundle *b, struct crm_str where,
                              int64_t *ret, struct crm_error *err) {
    const struct crm_str measure = CRM_STR("count()");
    const struct crm_figures figures = {.size = sizeof figures,
                                        .action = p->action,
                                        .limit = 1,
                                        .as_of_ms = p->as_of_ms,
                                        .entity = b->entity,
                                        .where = where,
                                        .measures = &measure,
                                        .measure_count = 1};
    const struct crm_figures_row *rows;
    size_t count;
    crm_status status = p->crm->query->figures(p->view, &figures, &rows, &count, err);
    if (status == CRM_OK) *ret = count ? rows[0].cells[0].integer : 0;
    return status;
}

static crm_status leave_out(const struct plan *p, const struct bundle *b, const struct metric *m,
                            const char *reason, struct crm_str where, struct table *t,
                            struct crm_error *err) {
    int64_t count;
    struct crm_str base;
    crm_status status = plan_base_where(p, b, &base, err);
    if (status != CRM_OK) return status;
    where = plan_and(p, plan_and(p, base, m->where), where);
    if (!where.ptr) return p->crm->base->error_no_memory(err);
    status = count_where(p, b, where, &count, err);
    if (status == CRM_OK && count > 0)
        t->left_out[t->left_out_count++] =
            (struct left_out){reason, m, count, b->entity_name, where};
    return status;
}

crm_status table_left_out(const struct plan *p, const struct bundle *b, struct table *t,
                          struct crm_error *err) {
    crm_status status = CRM_OK;
    if (!t->left_out) {
        t->left_out = p->crm->base->arena_array(p->arena, 2 * PLAN_BASES_MAX, sizeof *t->left_out);
        if (!t->left_out) return p->crm->base->error_no_memory(err);
    }
    for (size_t i = 0; status == CRM_OK && i < b->base_count; i++) {
        const struct metric *m = p->bases[b->bases[i]];
        struct crm_str money = money_argument(p, b, m);
        if (b->on.len && !p->period.all)
            status = leave_out(p, b, m, "no_date",
                               plan_text(p, "%.*s == nil", (int)b->on.len, b->on.ptr), t, err);
        if (status != CRM_OK || !money.len) continue;
        struct crm_str no_rate = plan_text(p, "%.*s ~= nil and (%.*s * 1) == nil", (int)money.len,
                                           money.ptr, (int)money.len, money.ptr);
        no_rate = plan_and(p, plan_period_where(p, b->on, &p->period), no_rate);
        if (!no_rate.ptr) return p->crm->base->error_no_memory(err);
        status = leave_out(p, b, m, "no_rate", no_rate, t, err);
    }
    return status;
}
