/* Which operands + - * / .. and the prefix - take, and what comes of them:
 *
 *   integer, decimal   + - *: integer of integers, else decimal; / decimal
 *   money              money + - money; money * number, number * money, money / number: money;
 *                      money / money: decimal
 *   date, time         date + - integer, integer + date: date; date - date: integer (days);
 *                      time - time, and date and time mixed: decimal days */
#include "expr/check.h"

static bool is_nil(const struct expr *e) { return e->type.type == VALUE_NIL; }
static bool is_temporal(const struct expr *e) {
    return e->type.type == VALUE_DATE || e->type.type == VALUE_TIME;
}

static crm_status make(struct checker *c, enum expr_op op, uint32_t column, struct check_pair pair,
                       struct expr **ret) {
    struct expr *e = NULL;
    crm_status status = check_node(c, op, column, &e);
    if (status != CRM_OK) return status;
    e->pair.left = pair.left;
    e->pair.right = pair.right;
    e->never_nil = pair.left->never_nil && (!pair.right || pair.right->never_nil);
    *ret = e;
    return CRM_OK;
}

static crm_status refuse(struct checker *c, enum expr_op op, uint32_t column,
                         struct check_pair pair) {
    struct str word = expr_op_word(op);
    enum value_type left = pair.left->type.type, right = pair.right->type.type;
    bool sum = op == EXPR_ADD || op == EXPR_SUB;
    if (sum && ((left == VALUE_MONEY && check_is_number(right)) ||
                (check_is_number(left) && right == VALUE_MONEY)))
        return EXPR_FAIL(c->err, CRM_INVALID, expr_money_number, column, word);
    if (sum && ((left == VALUE_TIME && check_is_number(right)) ||
                (check_is_number(left) && right == VALUE_TIME)))
        return EXPR_FAIL(c->err, CRM_INVALID, expr_time_number, column, STR_NONE);
    if (sum && ((left == VALUE_DATE && right == VALUE_DECIMAL) ||
                (left == VALUE_DECIMAL && right == VALUE_DATE)))
        return EXPR_FAIL(c->err, CRM_INVALID, expr_date_days, column,
                         expr_type_word(VALUE_DECIMAL));
    return EXPR_FAIL(c->err, CRM_INVALID, expr_arithmetic_types, column, word, expr_type_word(left),
                     expr_type_word(right));
}

static bool is_plain(enum value_type type) { return check_is_number(type) || type == VALUE_NIL; }

/* Type of left op right, VALUE_TYPE_COUNT when there is none. A nil operand makes nil of any type.
 */
static enum value_type result_type(enum expr_op op, enum value_type left, enum value_type right) {
    bool sum = op == EXPR_ADD || op == EXPR_SUB;
    if (left == VALUE_NIL && right == VALUE_NIL) return VALUE_NIL;
    if (is_plain(left) && is_plain(right))
        return op != EXPR_DIV && left != VALUE_DECIMAL && right != VALUE_DECIMAL ? VALUE_INT
                                                                                 : VALUE_DECIMAL;
    if (left == VALUE_MONEY) {
        if (sum) return right == VALUE_MONEY || right == VALUE_NIL ? VALUE_MONEY : VALUE_TYPE_COUNT;
        if (right == VALUE_MONEY) return op == EXPR_DIV ? VALUE_DECIMAL : VALUE_TYPE_COUNT;
        return is_plain(right) ? VALUE_MONEY : VALUE_TYPE_COUNT;
    }
    if (right == VALUE_MONEY) {
        if (left == VALUE_NIL) return op == EXPR_DIV ? VALUE_DECIMAL : VALUE_MONEY;
        return op == EXPR_MUL && check_is_number(left) ? VALUE_MONEY : VALUE_TYPE_COUNT;
    }
    bool left_whole = left == VALUE_INT || left == VALUE_NIL,
         right_whole = right == VALUE_INT || right == VALUE_NIL;
    if (op == EXPR_ADD)
        return (left == VALUE_DATE && right_whole) || (left_whole && right == VALUE_DATE)
                   ? VALUE_DATE
                   : VALUE_TYPE_COUNT;
    if (op != EXPR_SUB) return VALUE_TYPE_COUNT;
    if (left == VALUE_DATE && right_whole) return VALUE_DATE;
    if ((left == VALUE_DATE || left == VALUE_NIL) && right == VALUE_DATE) return VALUE_INT;
    bool left_moment = left == VALUE_TIME || left == VALUE_DATE || left == VALUE_NIL;
    bool right_moment = right == VALUE_TIME || right == VALUE_DATE || right == VALUE_NIL;
    return left_moment && right_moment ? VALUE_DECIMAL : VALUE_TYPE_COUNT;
}

/* Sums of mixed numbers work on decimals, differences of a date and a time on moments; products and
 * quotients take integers as they are. */
static crm_status convert_operands(struct checker *c, enum expr_op op, struct check_pair *pair) {
    enum value_type left = pair->left->type.type, right = pair->right->type.type, to;
    if (op != EXPR_ADD && op != EXPR_SUB) return CRM_OK;
    if (check_is_number(left) && check_is_number(right) && left != right)
        to = VALUE_DECIMAL;
    else if (is_temporal(pair->left) && is_temporal(pair->right) && left != right)
        to = VALUE_TIME;
    else
        return CRM_OK;
    crm_status status = check_convert(c, to, &pair->left);
    return status == CRM_OK ? check_convert(c, to, &pair->right) : status;
}

static bool joins(const struct expr *e) {
    enum value_type type = e->type.type;
    return type == VALUE_TEXT || check_is_number(type) || type == VALUE_DATE || type == VALUE_NIL;
}

static crm_status check_concat(struct checker *c, uint32_t column, struct check_pair pair,
                               const struct expr **ret) {
    const struct expr *wrong = !joins(pair.left)    ? pair.left
                               : !joins(pair.right) ? pair.right
                                                    : NULL;
    if (wrong)
        return EXPR_FAIL(c->err, CRM_INVALID, expr_concat_type, column,
                         expr_type_word(wrong->type.type));
    struct expr *e = NULL;
    crm_status status = make(c, EXPR_CONCAT, column, pair, &e);
    if (status != CRM_OK) return status;
    e->type.type = VALUE_TEXT;
    *ret = e;
    return CRM_OK;
}

static crm_status check_negate(struct checker *c, uint32_t column, const struct expr *operand,
                               const struct expr **ret) {
    enum value_type type = operand->type.type;
    if (!check_is_number(type) && type != VALUE_MONEY && !is_nil(operand))
        return EXPR_FAIL(c->err, CRM_INVALID, expr_negate_type, column, expr_type_word(type));
    if (operand->op == EXPR_LITERAL && check_is_number(type)) {
        struct value v = operand->literal;
        v.integer = -v.integer; /* a literal is never INT64_MIN */
        return check_literal(c, v, column, ret);
    }
    struct expr *e = NULL;
    crm_status status = make(c, EXPR_NEGATE, column, (struct check_pair){operand, NULL}, &e);
    if (status != CRM_OK) return status;
    e->type.type = type;
    *ret = e;
    return CRM_OK;
}

crm_status check_arithmetic(struct checker *c, enum expr_op op, uint32_t column,
                            struct check_pair pair, const struct expr **ret) {
    if (op == EXPR_NEGATE) return check_negate(c, column, pair.left, ret);
    if (op == EXPR_CONCAT) return check_concat(c, column, pair, ret);
    crm_status status = CRM_OK;
    if (op == EXPR_SUB && is_temporal(pair.left))
        status = check_adapt_text(c, pair.left->type.type, &pair.right);
    if (op == EXPR_SUB && is_temporal(pair.right))
        status = check_adapt_text(c, pair.right->type.type, &pair.left);
    if (status == CRM_OK) status = convert_operands(c, op, &pair);
    if (status != CRM_OK) return status;
    enum value_type type = result_type(op, pair.left->type.type, pair.right->type.type);
    if (type == VALUE_TYPE_COUNT) return refuse(c, op, column, pair);
    struct expr *e = NULL;
    if ((status = make(c, op, column, pair, &e)) != CRM_OK) return status;
    e->type.type = type;
    if (op == EXPR_DIV) {
        const struct expr *by = pair.right;
        e->never_nil = e->never_nil && by->op == EXPR_LITERAL && by->literal.integer != 0;
    }
    *ret = e;
    return CRM_OK;
}
