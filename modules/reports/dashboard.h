/* Dashboards: several reports, lists and texts on one page, answered from one snapshot.
 *
 * Ready ones are definitions of the kind `dashboard`, those that people made records of the entity;
 * both say the same under `widgets`. They are read for each request: what they name may be gone, or
 * not the viewer's, which is told for that widget and takes nothing else away.
 *
 * Threads: registration on the main thread, the rest the view's. */
#ifndef MODULES_REPORTS_DASHBOARD_H
#define MODULES_REPORTS_DASHBOARD_H

#include "asked.h"
#include "table.h"

enum {
    DASHBOARD_WIDGETS_MAX = 24,
    DASHBOARD_ROLES_MAX = 16,
    DASHBOARD_COLUMNS = 12,
    DASHBOARD_HEIGHT_MAX = 12,
    DASHBOARD_ROWS_MAX = 100
};

enum widget_kind { WIDGET_REPORT, WIDGET_LIST, WIDGET_TEXT };

struct widget {
    enum widget_kind kind;
    int64_t width, height; /* columns of the page's twelve, and lines */
    int64_t limit;         /* rows shown; 0: as the report says, of a list 10 */
    struct label title, text;
    struct crm_str report, shown;               /* WIDGET_REPORT; `shown` as the client draws it */
    struct crm_str metric, goal;                /* of the report; empty: its first, none */
    struct crm_str entity, where, sort, fields; /* WIDGET_LIST */
    const struct crm_json_value *json; /* with the report's own period, comparison and filters */
};

struct dashboard {
    struct origin origin;
    struct label label, help;
    struct saved_facts saved;
    struct crm_str roles[DASHBOARD_ROLES_MAX]; /* offered to */
    size_t role_count;
    struct crm_str period; /* taken when none is asked for; empty: each report's own */
    struct widget widgets[DASHBOARD_WIDGETS_MAX];
    size_t widget_count;
    struct crm_str text;         /* the definition as it was written */
    struct crm_json_value *json; /* owned: dashboard_fini */
};

/* Of the reading's arena; what is wrong is said with the place: "widgets[2]". */
crm_status dashboard_read(struct reading *r, struct dashboard *ret);
void dashboard_fini(const struct crm *crm, struct dashboard *d); /* NULL accepted */

/* By name a definition, by id a record, "new" the body's own `definition`. */
crm_status dashboard_find(const struct asked *q, struct crm_str name,
                          const struct crm_json_value *body, struct dashboard *ret,
                          struct crm_error *err);
/* Every one that the viewer may see: ready ones, then saved ones by name. `broken`: why it does not
 * hold, else NULL. `d` lives until fn returns. */
typedef crm_status (*dashboard_fn)(void *ctx, const struct dashboard *d,
                                   const struct crm_error *broken);
crm_status dashboard_each(const struct asked *q, dashboard_fn fn, void *ctx, struct crm_error *err);

/* What stands on the page: {"dashboard","at","period","widgets":[...]}, each widget {"answer",
 * "not_narrowed"}, {"list"}, {} or {"problem"}. `page`: {"period","compare","filters","as_of"}. */
crm_status dashboard_run(const struct asked *q, const struct dashboard *d,
                         const struct crm_json_value *page, struct crm_json *out,
                         struct crm_error *err);
/* The plan of one widget: what its figures were counted by. *ret_left: the page's dimensions that
 * it cannot be narrowed by, at most REPORT_FILTERS_MAX. */
crm_status dashboard_plan(const struct asked *q, const struct dashboard *d, const struct widget *w,
                          const struct crm_json_value *page, struct plan *ret,
                          const struct dimension **ret_left, size_t *ret_left_count,
                          struct crm_error *err);
/* {"name","label","help","saved","roles","widgets": how many}. */
void dashboard_put(const struct asked *q, const struct dashboard *d, struct crm_json *out);

/* GET dashboards, POST dashboards/{name}, POST dashboards/{name}/drill. */
crm_status dashboard_register(struct catalogs *all, struct crm_error *err);

#endif
