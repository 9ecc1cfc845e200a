/* The evaluator: the tree, paths and logic. Nothing here allocates. */
#include "expr/eval.h"

bool value_truthy(const struct value *v) {
    return v->type != VALUE_NIL && !(v->type == VALUE_BOOL && !v->boolean);
}

static struct str name_of(const struct expr *e) {
    if (e->op == EXPR_CALL) return str_from(expr_function_name((enum expr_function)e->call.code));
    if (e->op == EXPR_AGGREGATE)
        return str_from(expr_aggregate_name((enum expr_aggregate)e->call.code));
    return expr_op_word(e->op);
}

crm_status eval_overflow(const struct evaluation *x, const struct expr *e) {
    return EXPR_FAIL(x->err, CRM_RANGE, expr_overflow, e->column, name_of(e));
}

crm_status eval_date(const struct evaluation *x, const struct expr *e, int64_t days,
                     struct value *ret) {
    if (days < EXPR_DATE_MIN || days > EXPR_DATE_MAX)
        return EXPR_FAIL(x->err, CRM_RANGE, expr_date_range, e->column, name_of(e));
    *ret = value_date(days);
    return CRM_OK;
}

struct value eval_base_money(const struct evaluation *x, int64_t base) {
    return (struct value){.type = VALUE_MONEY,
                          .has_base = true,
                          .currency = x->env->base_currency,
                          .integer = base,
                          .base = base};
}

static crm_status get_path(const struct evaluation *x, const struct expr *e, struct value *ret) {
    *ret = VALUE_OF_NIL;
    if (!x->env->get) return err_internal(x->err, "column %u: a path without a record", e->column);
    crm_status status = x->env->get(x->env->ctx, e, ret, x->err);
    if (status == CRM_OK && ret->type != e->type.type && ret->type != VALUE_NIL)
        return err_internal(x->err, "column %u: a path of type %s yielded %s", e->column,
                            value_type_name(e->type.type), value_type_name(ret->type));
    return status;
}

static crm_status eval_path(const struct evaluation *x, const struct expr *e, struct value *ret) {
    crm_status status = get_path(x, e, ret);
    if (status != CRM_OK) return status;
    bool unknown = ret->type == VALUE_MONEY && !ret->has_base;
    bool empty = ret->type == VALUE_LIST && ret->list.count == 0;
    if (unknown || empty) *ret = VALUE_OF_NIL;
    return CRM_OK;
}

static crm_status eval_and(const struct evaluation *x, const struct expr *e, struct value *ret) {
    crm_status status = eval_tree(x, e->pair.left, ret);
    if (status != CRM_OK) return status;
    if (value_truthy(ret)) return eval_tree(x, e->pair.right, ret);
    if (e->type.type != VALUE_BOOL) *ret = VALUE_OF_NIL;
    return CRM_OK;
}

static crm_status eval_or(const struct evaluation *x, const struct expr *e, struct value *ret) {
    crm_status status = eval_tree(x, e->pair.left, ret);
    if (status == CRM_OK && !value_truthy(ret)) status = eval_tree(x, e->pair.right, ret);
    if (status == CRM_OK && expr_or_is_truth(e)) *ret = value_bool(value_truthy(ret));
    return status;
}

static crm_status eval_not(const struct evaluation *x, const struct expr *e, struct value *ret) {
    crm_status status = eval_tree(x, e->pair.left, ret);
    if (status == CRM_OK) *ret = value_bool(!value_truthy(ret));
    return status;
}

static crm_status eval_compare(const struct evaluation *x, const struct expr *e,
                               struct value *ret) {
    struct value left, right;
    const struct expr *asked = expr_amount_asked(e);
    crm_status status;
    if (asked) {
        right = VALUE_OF_NIL;
        status = get_path(x, asked, &left);
    } else {
        status = eval_tree(x, e->pair.left, &left);
        if (status == CRM_OK) status = eval_tree(x, e->pair.right, &right);
    }
    if (status == CRM_OK) *ret = value_bool(eval_comparison(x, e->op, &left, &right));
    return status;
}

static crm_status eval_unary(const struct evaluation *x, const struct expr *e, struct value *ret) {
    struct value operand;
    crm_status status = eval_tree(x, e->pair.left, &operand);
    if (status != CRM_OK) return status;
    *ret = VALUE_OF_NIL;
    if (operand.type == VALUE_NIL) return CRM_OK;
    return e->op == EXPR_NEGATE ? eval_negate(x, e, &operand, ret)
                                : eval_convert(x, e, &operand, ret);
}

static crm_status eval_pair(const struct evaluation *x, const struct expr *e, struct value *ret) {
    struct value left, right;
    crm_status status = eval_tree(x, e->pair.left, &left);
    if (status == CRM_OK) status = eval_tree(x, e->pair.right, &right);
    if (status != CRM_OK) return status;
    *ret = VALUE_OF_NIL;
    if (left.type == VALUE_NIL || right.type == VALUE_NIL) return CRM_OK;
    return e->op == EXPR_CONCAT ? eval_concat(x, e, &left, &right, ret)
                                : eval_binary(x, e, &left, &right, ret);
}

crm_status eval_tree(const struct evaluation *x, const struct expr *e, struct value *ret) {
    switch (e->op) {
    case EXPR_LITERAL:
        *ret = e->literal;
        return CRM_OK;
    case EXPR_PATH:
        return eval_path(x, e, ret);
    case EXPR_NOT:
        return eval_not(x, e, ret);
    case EXPR_AND:
        return eval_and(x, e, ret);
    case EXPR_OR:
        return eval_or(x, e, ret);
    case EXPR_EQ:
    case EXPR_NE:
    case EXPR_LT:
    case EXPR_LE:
    case EXPR_GT:
    case EXPR_GE:
        return eval_compare(x, e, ret);
    case EXPR_NEGATE:
    case EXPR_CONVERT:
        return eval_unary(x, e, ret);
    case EXPR_ADD:
    case EXPR_SUB:
    case EXPR_MUL:
    case EXPR_DIV:
    case EXPR_CONCAT:
        return eval_pair(x, e, ret);
    case EXPR_CALL:
        return eval_call(x, e, ret);
    case EXPR_AGGREGATE:
        return eval_aggregate(x, e, ret);
    }
    return err_internal(x->err, "expression node %d", (int)e->op);
}

crm_status expr_eval(const struct expr *e, const struct expr_env *env, struct value *ret,
                     struct err *err) {
    struct evaluation x = {.env = env, .err = err};
    struct value result;
    crm_status status = eval_tree(&x, e, &result);
    if (status == CRM_OK) *ret = result;
    return status;
}
