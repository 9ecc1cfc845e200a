/* A report with its parameters as queries: which metrics share one, and the exact expression behind
 * every figure.
 *
 * Metrics of one entity, one date and the same words on dimensions make a bundle, asked in one
 * query; what they differ in is the condition of each aggregate. The expression of a cell - base,
 * metric, period, keys - is the same text that the query was made of, so what a drill opens is what
 * was counted. Everything lives in the view's arena. Threads: the view's. */
#ifndef MODULES_REPORTS_PLAN_H
#define MODULES_REPORTS_PLAN_H

#include "formula.h"
#include "inputs.h"
#include "period.h"

enum { PLAN_BASES_MAX = 32, PLAN_BUNDLES_MAX = 16, PLAN_FILTER_VALUES_MAX = 200 };

/* A dimension narrowed to some of its values: (path == a or path == b ...). */
struct filter {
    const struct dimension *dimension;
    const struct crm_json_value *values; /* an array */
};

struct plan {
    const struct crm *crm;
    struct crm_view *view;
    struct crm_arena *arena;
    const struct catalog *catalog;
    const struct report *report;
    struct calendar calendar;
    struct period period, previous;
    bool has_previous;
    bool is_on_page;        /* all time has nothing beside it, and that is no mistake */
    struct crm_str compare; /* "", "previous", "year_before" */
    int64_t as_of_ms;       /* 0: now */
    int32_t action;         /* enum crm_action: the right that is counted under */
    struct filter filters[REPORT_FILTERS_MAX];
    size_t filter_count;
    const struct metric *bases[PLAN_BASES_MAX]; /* base metrics, each once */
    size_t base_count;
    struct inputs inputs;
};

struct bundle {
    const struct crm_entity *entity;
    struct crm_str entity_name, on;
    size_t bases[PLAN_BASES_MAX]; /* positions in plan.bases */
    size_t base_count;
};

/* `body`: {"period","compare","filters","as_of","inputs"}; NULL or empty: as the report says.
 * `report`: as the viewer may see it. */
crm_status plan_make(const struct crm *crm, struct crm_view *view, const struct catalog *catalog,
                     const struct report *report, const struct crm_json_value *body,
                     struct plan *ret, struct crm_error *err);
/* The same of one among several on a page: what `page` says besides ({"period","compare","filters",
 * "as_of"}) holds where the report's own body says nothing, its filters beside the report's own;
 * those that the report cannot be narrowed by are passed over. */
crm_status plan_make_on_page(const struct crm *crm, struct crm_view *view,
                             const struct catalog *catalog, const struct report *report,
                             const struct crm_json_value *own, const struct crm_json_value *page,
                             struct plan *ret, struct crm_error *err);
/* Whether the report says by itself that readers may narrow it by this. */
bool plan_may_filter(const struct report *r, const struct dimension *d);
/* What the report calls now. */
int64_t plan_now_ms(const struct plan *p);
crm_status plan_bundles(const struct plan *p, struct bundle *ret, size_t *ret_count,
                        struct crm_error *err);

/* ---- expressions, as texts in the arena; ptr NULL on exhaustion ---------------------------------
 */

/* What the report and its filters say of the entity; empty: everything. */
crm_status plan_base_where(const struct plan *p, const struct bundle *b, struct crm_str *ret,
                           struct crm_error *err);
/* `on` within the period; empty for all time and for metrics without a date. */
struct crm_str plan_period_where(const struct plan *p, struct crm_str on, const struct period *in);
/* The group expression of a dimension for a bundle: its path, or month(on). */
crm_status plan_group(const struct plan *p, const struct bundle *b, const struct dimension *d,
                      struct crm_str *ret, struct crm_error *err);
/* `group` equals the value as the answer gave it (null: has none). */
crm_status plan_key_where(const struct plan *p, struct crm_str group, const struct dimension *d,
                          const struct crm_json_value *value, struct crm_str *ret,
                          struct crm_error *err);
/* "(a) and (b)"; an empty one leaves the other as it is. */
struct crm_str plan_and(const struct plan *p, struct crm_str a, struct crm_str b);
struct crm_str plan_text(const struct plan *p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
