/* Reports that people made, kept as records of `report`: the same definition as a ready one has,
 * read under the viewer's rights and run by the same mechanism.
 *
 * What a report points to lives in the view's arena and the catalog. Threads: the view's. */
#ifndef MODULES_REPORTS_SAVED_H
#define MODULES_REPORTS_SAVED_H

#include "visible.h"

/* What the request itself defines; the right to author is asked for. */
crm_status saved_draft(const struct crm *crm, struct crm_view *view, struct catalog *catalog,
                       const struct crm_json_value *definition, struct report *ret,
                       struct crm_error *err);
/* CRM_NOT_FOUND: missing or unseen. */
crm_status saved_find(const struct crm *crm, struct crm_view *view, struct catalog *catalog,
                      struct crm_str name, struct report *ret, struct crm_error *err);
/* Every one that the viewer may see, by name; `broken`: why it does not hold, else NULL. */
typedef crm_status (*saved_fn)(void *ctx, const struct report *report,
                               const struct crm_error *broken);
crm_status saved_each(const struct crm *crm, struct crm_view *view, struct catalog *catalog,
                      saved_fn fn, void *ctx, struct crm_error *err);

#endif
