/* Evaluation, in parts. Private to kernel/expr.
 *
 * eval.c: the tree, paths, logic; eval_compare.c: equality and order; eval_arithmetic.c: + - * /;
 * eval_call.c: functions; eval_text.c: texts; aggregate.c: aggregates. */
#ifndef EXPR_EVAL_H
#define EXPR_EVAL_H

#include "base/number.h"
#include "expr/fail.h"

struct evaluation {
    const struct expr_env *env;
    struct err *err;
    struct expr_group *group; /* where aggregates get their values, NULL in row expressions */
};

/* ---- eval.c ------------------------------------------------------------------------------- */
crm_status eval_tree(const struct evaluation *x, const struct expr *e, struct value *ret);
/* CRM_RANGE naming what overflowed. */
crm_status eval_overflow(const struct evaluation *x, const struct expr *e);
/* `days` as a date, or CRM_RANGE. */
crm_status eval_date(const struct evaluation *x, const struct expr *e, int64_t days,
                     struct value *ret);
struct value eval_base_money(const struct evaluation *x, int64_t base);

/* ---- eval_compare.c ----------------------------------------------------------------------- */
/* <0, 0, >0; neither is nil; same type or numbers and money. */
int eval_order(const struct evaluation *x, const struct value *a, const struct value *b);
/* nil equals nil. */
bool eval_equal(const struct evaluation *x, const struct value *a, const struct value *b);
bool eval_comparison(const struct evaluation *x, enum expr_op op, const struct value *a,
                     const struct value *b);

/* ---- eval_arithmetic.c -------------------------------------------------------------------- */
/* Operands are not nil. */
crm_status eval_binary(const struct evaluation *x, const struct expr *e, const struct value *a,
                       const struct value *b, struct value *ret);
crm_status eval_negate(const struct evaluation *x, const struct expr *e, const struct value *a,
                       struct value *ret);
crm_status eval_convert(const struct evaluation *x, const struct expr *e, const struct value *a,
                        struct value *ret);
/* abs, round, floor. */
crm_status eval_rounding(const struct evaluation *x, const struct expr *e, const struct value *a,
                         struct value *ret);

/* ---- eval_text.c -------------------------------------------------------------------------- */
crm_status eval_concat(const struct evaluation *x, const struct expr *e, const struct value *a,
                       const struct value *b, struct value *ret);
crm_status eval_lower(const struct evaluation *x, const struct value *a, struct value *ret);
/* contains and starts_with of a text or a list of texts. */
crm_status eval_contains(const struct evaluation *x, const struct expr *e, const struct value *in,
                         const struct value *part, struct value *ret);

/* ---- eval_call.c, aggregate.c ------------------------------------------------------------- */
crm_status eval_call(const struct evaluation *x, const struct expr *e, struct value *ret);
crm_status eval_aggregate(const struct evaluation *x, const struct expr *e, struct value *ret);

#endif
