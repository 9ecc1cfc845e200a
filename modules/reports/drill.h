/* A cell opened: the expression that selects its records, and the list of them. Threads: the
 * view's. */
#ifndef MODULES_REPORTS_DRILL_H
#define MODULES_REPORTS_DRILL_H

#include "plan.h"

/* `body` beside the report's parameters: {"metric", "keys", "previous", "fields", "sort", "limit",
 * "after"}. `keys` are those of the row, as values or as the answer gave them, {"any":true}
 * whatever it is; none: the total.
 * Writes {"entity","where","metric","count","value","records","next"}. */
crm_status drill(const struct plan *p, const struct crm_json_value *body, struct crm_json *out,
                 struct crm_error *err);

#endif
