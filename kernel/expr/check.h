/* Typed nodes: every node is checked while it is made, so a tree that exists is right. Private to
 * kernel/expr.
 *
 * check.c: literals, paths, operators; check_adapt.c: bringing operands to one type;
 * check_call.c: functions and aggregates. All fail with CRM_INVALID and the column. */
#ifndef EXPR_CHECK_H
#define EXPR_CHECK_H

#include "expr/fail.h"

struct checker {
    struct arena *arena;
    const struct expr_scope *scope;
    enum expr_mode mode;
    bool in_aggregate;
    size_t nodes;
    size_t kept; /* conditions that stood behind a name so far */
    struct err *err;
};

/* A name with its place. */
struct check_name {
    struct str text;
    uint32_t column;
};

/* What a call's name means. */
struct check_callee {
    struct check_name name;
    bool aggregate;
    uint8_t code;
};

/* ---- check.c ------------------------------------------------------------------------------ */
crm_status check_node(struct checker *c, enum expr_op op, uint32_t column, struct expr **ret);
crm_status check_literal(struct checker *c, struct value v, uint32_t column,
                         const struct expr **ret);
crm_status check_path(struct checker *c, const struct check_name *names, size_t count,
                      const struct expr **ret);
crm_status check_unary(struct checker *c, enum expr_op op, uint32_t column,
                       const struct expr *operand, const struct expr **ret);
struct check_pair {
    const struct expr *left, *right;
};
crm_status check_binary(struct checker *c, enum expr_op op, uint32_t column, struct check_pair pair,
                        const struct expr **ret);

/* ---- check_arithmetic.c ------------------------------------------------------------------- */
crm_status check_arithmetic(struct checker *c, enum expr_op op, uint32_t column,
                            struct check_pair pair, const struct expr **ret);

/* ---- check_adapt.c ------------------------------------------------------------------------ */
bool check_is_number(enum value_type type); /* integer or decimal */
/* A literal text becomes a date, a time or an id where `wanted` is one; others stay. */
crm_status check_adapt_text(struct checker *c, enum value_type wanted, const struct expr **operand);
/* Wraps in EXPR_CONVERT (literal integers become literal decimals). */
crm_status check_convert(struct checker *c, enum value_type to, const struct expr **operand);
/* Makes two operands comparable with `op` (lists: by their items), or says why they are not. */
crm_status check_comparable(struct checker *c, enum expr_op op, uint32_t column,
                            struct check_pair *pair);
/* Brings all to one type. *ret_mixed: they have none (then nothing is said, err untouched);
 * ret_mixed[0..1] are two of the types. */
struct check_unified {
    struct expr_type type;
    bool mixed;
    enum value_type one, other;
};
crm_status check_unify(struct checker *c, const struct expr **operands, size_t count,
                       struct check_unified *ret);

/* ---- check_call.c, check_aggregate.c ------------------------------------------------------ */
/* Finds the function; refuses aggregates where they cannot stand. */
crm_status check_callee_find(struct checker *c, struct check_name name, struct check_callee *ret);
crm_status check_call(struct checker *c, const struct check_callee *callee,
                      const struct expr **args, size_t count, const struct expr **ret);
crm_status check_aggregate(struct checker *c, const struct check_callee *callee,
                           const struct expr **args, size_t count, const struct expr **ret);
crm_status check_argument_count(struct checker *c, const struct check_callee *callee, size_t count,
                                size_t from, size_t to);

#endif
