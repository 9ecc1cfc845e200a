/* What of the semantic layer a viewer may know of. A report that rests on a field which is hidden
 * from the viewer - by a metric, its condition or date, a dimension, the report's own condition -
 * is one that does not exist; nor are such metrics, dimensions and filters told of. Threads: the
 * view's. */
#ifndef MODULES_REPORTS_VISIBLE_H
#define MODULES_REPORTS_VISIBLE_H

#include "formula.h"

struct viewer {
    const struct crm *crm;
    struct crm_view *view;
    const struct catalog *catalog;
};

bool visible_metric(const struct viewer *v, const struct metric *m);
/* *ret: the report without the filters that are not the viewer's. */
bool visible_report(const struct viewer *v, const struct report *r, struct report *ret);
/* *ret: the dimension with the paths that are the viewer's, of the view's arena. */
bool visible_dimension(const struct viewer *v, const struct dimension *d, struct dimension *ret);

#endif
