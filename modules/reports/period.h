/* Periods of reports: whole days by the company's zone, week and fiscal year.
 *
 * `until` is the first day behind the period, so that one that ends and one that begins never meet
 * in a moment, and no clock change can lose or double an hour. Threads: any. */
#ifndef MODULES_REPORTS_PERIOD_H
#define MODULES_REPORTS_PERIOD_H

#include <crm/services.h>

struct period {
    bool all;            /* no bounds */
    int64_t from, until; /* days */
    int32_t unit;        /* enum crm_period it is made of */
    int64_t count;       /* how many of them: what "the one before" goes back by */
};

/* `now_ms`: the moment whose day is today. */
struct calendar {
    int64_t today;
    int32_t week_start, fiscal_month;
};
crm_status calendar_at(const struct crm *crm, struct crm_arena *a, int64_t now_ms,
                       struct calendar *ret, struct crm_error *err);
/* "this_month", "last_quarter", "last_30_days", "2026", "2026-Q3", "2026-07", "2026-07-14", "all".
 * Years and quarters are fiscal ones; a fiscal year goes by the year in which it begins. */
crm_status period_parse(const struct crm *crm, const struct calendar *now, struct crm_str name,
                        struct period *ret, struct crm_error *err);
/* A text as above, or {"from","until"} with both days in it. NULL and null: `otherwise`. */
crm_status period_from_json(const struct crm *crm, const struct calendar *now,
                            const struct crm_json_value *v, struct crm_str otherwise,
                            struct period *ret, struct crm_error *err);
/* "previous": the same length right before; "year_before": the same days a year earlier, the last
 * one of a month for the 29th of February. */
crm_status period_compare(const struct crm *crm, const struct period *p, struct crm_str how,
                          struct period *ret, struct crm_error *err);
/* The last day that has a name: nothing stands behind it. */
int64_t period_last_day(const struct crm *crm);
/* First day of the unit that holds the day. */
int64_t period_start(const struct crm *crm, const struct calendar *now, int32_t unit, int64_t day);

#endif
