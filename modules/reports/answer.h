/* Reports as JSON: the list of them, the semantic layer behind them, and a run one.
 *
 * Threads: the view's. */
#ifndef MODULES_REPORTS_ANSWER_H
#define MODULES_REPORTS_ANSWER_H

#include "subtotals.h"

void answer_key(const struct crm *crm, struct crm_json *out, const char *name, struct crm_str text);
/* A figure of the metric in its REST form. */
void answer_value(const struct crm *crm, struct crm_json *out, const struct metric *m,
                  const struct crm_value *v);
/* {"name","label","note","owner","unit","definition":{...}} */
void answer_metric(const struct crm *crm, struct crm_json *out, const struct metric *m,
                   int32_t language);
/* {"name","label","help","group","owner","measures","rows","columns","filters","period","compare",
 * "chart"} */
void answer_report(const struct crm *crm, struct crm_json *out, const struct report *r,
                   int32_t language);
/* Who a report that people made is of: {"name","label","help","saved":{...}} of an open object. */
void answer_saved(const struct crm *crm, struct crm_json *out, const struct report *r,
                  int32_t language);
void answer_dimension(const struct crm *crm, struct crm_json *out, const struct dimension *d,
                      int32_t language);
/* {"report","period","previous","dimensions","metrics","rows","others","total","left_out", ...};
 * `subtotals` NULL: none. */
void answer_table(const struct plan *p, const struct table *t, const struct subtotals *subtotals,
                  struct crm_json *out);
/* {"from","until"} with both days in it, or null. */
void answer_period(const struct crm *crm, struct crm_json *out, const struct period *period);

/* ---- labels.c -----------------------------------------------------------------------------------
 */
/* What people read in place of the codes of a dimension: labels of its own or of the directory that
 * its path ends in. */
struct code_labels {
    const struct crm_str *codes, *labels;
    size_t count;
};
crm_status code_labels_of(const struct plan *p, const struct dimension *d, int32_t language,
                          struct code_labels *ret, struct crm_error *err);
struct crm_str code_label(const struct code_labels *l, struct crm_str code); /* or the code */

#endif
