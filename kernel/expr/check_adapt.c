/* Bringing operands to one type: literal texts become dates, times and ids; integers decimals;
 * dates moments; literal numbers money. */
#include "expr/check.h"

#include "base/id.h"
#include "base/number.h"
#include "base/time.h"

bool check_is_number(enum value_type type) { return type == VALUE_INT || type == VALUE_DECIMAL; }

static bool is_numeric(enum value_type type) {
    return check_is_number(type) || type == VALUE_MONEY;
}
static bool is_temporal(enum value_type type) { return type == VALUE_DATE || type == VALUE_TIME; }
static bool is_text_literal(const struct expr *e) {
    return e->op == EXPR_LITERAL && e->type.type == VALUE_TEXT;
}

static enum value_type item_type(const struct expr *e) {
    return e->type.type == VALUE_LIST ? e->type.item : e->type.type;
}

crm_status check_adapt_text(struct checker *c, enum value_type wanted,
                            const struct expr **operand) {
    const struct expr *e = *operand;
    if (!is_text_literal(e) || !(is_temporal(wanted) || wanted == VALUE_ID)) return CRM_OK;
    struct str text = e->literal.text;
    int64_t n;
    if (wanted == VALUE_ID) {
        if (id_parse(text, &n)) return check_literal(c, value_id(n), e->column, operand);
        return EXPR_FAIL(c->err, CRM_INVALID, expr_id_literal, e->column,
                         text.ptr ? text : STR(""));
    }
    if (date_parse(text, &n)) return check_literal(c, value_date(n), e->column, operand);
    if (time_parse(text, &n)) return check_literal(c, value_time(n), e->column, operand);
    return EXPR_FAIL(c->err, CRM_INVALID, expr_date_literal, e->column, text.ptr ? text : STR(""));
}

crm_status check_convert(struct checker *c, enum value_type to, const struct expr **operand) {
    const struct expr *e = *operand;
    if (e->type.type == to || e->type.type == VALUE_NIL) return CRM_OK;
    int64_t micro;
    if (e->op == EXPR_LITERAL && e->type.type == VALUE_INT && to == VALUE_DECIMAL &&
        decimal_from_int(e->literal.integer, &micro))
        return check_literal(c, value_decimal(micro), e->column, operand);
    struct expr *converted = NULL;
    crm_status status = check_node(c, EXPR_CONVERT, e->column, &converted);
    if (status != CRM_OK) return status;
    converted->type.type = to;
    converted->never_nil = e->never_nil;
    converted->pair.left = e;
    *operand = converted;
    return CRM_OK;
}

static const char *period_name(const struct expr *e) {
    if (e->op != EXPR_CALL || e->call.code < EXPR_FN_day || e->call.code > EXPR_FN_year)
        return NULL;
    return expr_function_name((enum expr_function)e->call.code);
}

static bool is_comparison(const struct expr *e) { return e->op >= EXPR_EQ && e->op <= EXPR_GE; }

static crm_status refuse_compare(struct checker *c, uint32_t column,
                                 const struct check_pair *pair) {
    enum value_type left = item_type(pair->left), right = item_type(pair->right);
    const char *period = period_name(pair->left);
    if (!period) period = period_name(pair->right);
    if (period && (check_is_number(left) || check_is_number(right)))
        return EXPR_FAIL(c->err, CRM_INVALID, expr_compare_period, column, str_from(period));
    if (is_comparison(pair->left) && right != VALUE_BOOL)
        return EXPR_FAIL(c->err, CRM_INVALID, expr_compare_chain, column, STR_NONE);
    if ((left == VALUE_ID && right == VALUE_INT) || (left == VALUE_INT && right == VALUE_ID))
        return EXPR_FAIL(c->err, CRM_INVALID, expr_compare_id, column, STR_NONE);
    return EXPR_FAIL(c->err, CRM_INVALID, expr_compare_types, column, expr_type_word(left),
                     expr_type_word(right));
}

crm_status check_comparable(struct checker *c, enum expr_op op, uint32_t column,
                            struct check_pair *pair) {
    crm_status status = check_adapt_text(c, item_type(pair->right), &pair->left);
    if (status == CRM_OK) status = check_adapt_text(c, item_type(pair->left), &pair->right);
    if (status != CRM_OK) return status;
    enum value_type left = item_type(pair->left), right = item_type(pair->right);
    if (is_temporal(left) && is_temporal(right) && left != right) {
        status = check_convert(c, VALUE_TIME, &pair->left);
        return status == CRM_OK ? check_convert(c, VALUE_TIME, &pair->right) : status;
    }
    if (left != VALUE_NIL && right != VALUE_NIL && left != right &&
        !(is_numeric(left) && is_numeric(right)))
        return refuse_compare(c, column, pair);
    enum value_type known = left == VALUE_NIL ? right : left;
    if (op != EXPR_EQ && op != EXPR_NE && (known == VALUE_BOOL || known == VALUE_ID))
        return EXPR_FAIL(c->err, CRM_INVALID, expr_order_type, column, expr_type_word(known),
                         expr_op_word(op));
    int32_t one = pair->left->type.entity, other = pair->right->type.entity;
    if (left == VALUE_ID && right == VALUE_ID && one && other && one != other)
        return EXPR_FAIL(c->err, CRM_INVALID, expr_compare_entities, column, STR_NONE);
    return CRM_OK;
}

/* The one type of `a` and an operand, or false. */
static bool join_types(struct expr_type *type, const struct expr *e) {
    enum value_type a = type->type, b = e->type.type;
    if (b == VALUE_NIL) return true;
    if (a == VALUE_NIL) {
        *type = e->type;
        return b != VALUE_LIST;
    }
    if (a == b) {
        if (a == VALUE_ID && type->entity != e->type.entity) {
            if (type->entity && e->type.entity) return false;
            if (!type->entity) type->entity = e->type.entity;
        }
        return a != VALUE_LIST;
    }
    if (check_is_number(a) && check_is_number(b))
        type->type = VALUE_DECIMAL;
    else if (is_temporal(a) && is_temporal(b))
        type->type = VALUE_TIME;
    else if (is_numeric(a) && is_numeric(b))
        type->type = VALUE_MONEY;
    else
        return false;
    return true;
}

static bool join_all(const struct expr *const *operands, size_t count, bool literal_texts,
                     struct check_unified *u) {
    for (size_t i = 0; i < count; i++) {
        if (!literal_texts && is_text_literal(operands[i])) continue;
        enum value_type before = u->type.type;
        if (join_types(&u->type, operands[i])) continue;
        u->mixed = true;
        u->one = before;
        u->other = operands[i]->type.type;
        return false;
    }
    return true;
}

/* Only literal numbers stand for money. */
static bool numbers_are_literal(const struct expr *const *operands, size_t count,
                                struct check_unified *u) {
    for (size_t i = 0; i < count; i++) {
        if (!check_is_number(operands[i]->type.type) || operands[i]->op == EXPR_LITERAL) continue;
        u->mixed = true;
        u->one = VALUE_MONEY;
        u->other = operands[i]->type.type;
        return false;
    }
    return true;
}

crm_status check_unify(struct checker *c, const struct expr **operands, size_t count,
                       struct check_unified *ret) {
    *ret = (struct check_unified){.mixed = false};
    if (!join_all(operands, count, false, ret)) return CRM_OK;
    enum value_type wanted = ret->type.type;
    if (is_temporal(wanted) || wanted == VALUE_ID) {
        for (size_t i = 0; i < count; i++) {
            crm_status status = check_adapt_text(c, wanted, &operands[i]);
            if (status != CRM_OK) return status;
        }
    }
    if (!join_all(operands, count, true, ret)) return CRM_OK;
    if (ret->type.type == VALUE_MONEY && !numbers_are_literal(operands, count, ret)) return CRM_OK;
    for (size_t i = 0; i < count; i++) {
        crm_status status = check_convert(c, ret->type.type, &operands[i]);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}
