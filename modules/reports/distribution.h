/* The report `distribution`: records of any entity parted by any of its fields, or by what is
 * computed of them. It stands in no definition: one figure and up to four dimensions are made of
 * the request, and from there on it is a report like all others. Threads: the view's. */
#ifndef MODULES_REPORTS_DISTRIBUTION_H
#define MODULES_REPORTS_DISTRIBUTION_H

#include "catalog.h"

/* `body`: {"of":"deal","by":"stage" or ["stage","month(created_at)"],"measure":"sum(amount)",
 * "where":"...","on":"closed_on"}, all but `of` and `by` optional: records are counted, and all
 * time is meant unless `on` says by what they fall into a period. Of the view's arena. */
crm_status distribution_report(const struct crm *crm, struct crm_view *view,
                               const struct crm_json_value *body, struct report *ret,
                               struct crm_error *err);

#endif
