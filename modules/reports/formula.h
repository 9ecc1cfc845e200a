/* Formulas over metrics: "deals_won / deals_closed", "(revenue - spend) / spend".
 *
 * Computed in exact fractions and rounded once, half to even: to six places, money to the digits of
 * its currency. Where a part has no value, and where something is divided by zero, the result has
 * none. A formula with those that it names takes a bounded number of steps, so that no definition
 * can hold the server up. Threads: any. */
#ifndef MODULES_REPORTS_FORMULA_H
#define MODULES_REPORTS_FORMULA_H

#include "catalog.h"

enum { FORMULA_PARTS_MAX = 16 };

/* Every name is a metric's, and none comes back to this one. */
crm_status formula_check(const struct crm *crm, const struct catalog *c, const struct metric *m,
                         struct crm_error *err);
/* The base metrics under a metric, each once, in the order of the text; itself if it is one. */
crm_status formula_bases(const struct crm *crm, const struct catalog *c, const struct metric *m,
                         const struct metric **ret, size_t max, size_t *ret_count,
                         struct crm_error *err);
/* `get` gives the value of a base metric: integer, decimal, money or nil. */
struct formula_env {
    const struct crm *crm;
    const struct catalog *catalog;
    struct crm_currency currency; /* of money that formulas yield */
    struct crm_value (*get)(void *ctx, const struct metric *base);
    void *ctx;
};
crm_status formula_value(const struct formula_env *env, const struct metric *m,
                         struct crm_value *ret, struct crm_error *err);

#endif
