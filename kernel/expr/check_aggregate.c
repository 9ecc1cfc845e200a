/* Aggregates: what each may summarise, and the type of its result. */
#include "expr/check.h"

#include "base/number.h"

static bool summable(enum value_type type) { return check_is_number(type) || type == VALUE_MONEY; }
static bool ordered(enum value_type type) {
    return summable(type) || type == VALUE_TEXT || type == VALUE_DATE || type == VALUE_TIME;
}

/* Value arguments in front of the condition. */
static size_t value_count(enum expr_aggregate code) {
    return code == EXPR_AGG_count ? 0 : code == EXPR_AGG_percentile ? 2 : 1;
}

static crm_status check_value(struct checker *c, const struct check_callee *callee,
                              const struct expr *value) {
    enum value_type type = value->type.type;
    const char *wanted = NULL;
    switch ((enum expr_aggregate)callee->code) {
    case EXPR_AGG_count_distinct:
        if (type == VALUE_LIST || type == VALUE_NIL)
            wanted = "integer, decimal, money, text, date, time, boolean, ref";
        break;
    case EXPR_AGG_min:
    case EXPR_AGG_max:
        if (!ordered(type)) wanted = "integer, decimal, money, text, date, time";
        break;
    default:
        if (!summable(type)) wanted = "integer, decimal, money";
    }
    if (!wanted) return CRM_OK;
    if (type == VALUE_BOOL)
        return EXPR_FAIL(c->err, CRM_INVALID, expr_aggregate_bool, value->column, callee->name.text,
                         STR("..."));
    return EXPR_FAIL(c->err, CRM_INVALID, expr_argument_type, value->column, callee->name.text,
                     str_from(wanted), expr_type_word(type));
}

static crm_status check_share(struct checker *c, const struct expr **share) {
    const struct expr *e = *share;
    crm_status status = CRM_OK;
    if (e->op == EXPR_LITERAL && e->type.type == VALUE_INT)
        status = check_convert(c, VALUE_DECIMAL, share);
    if (status != CRM_OK) return status;
    e = *share;
    if (e->op == EXPR_LITERAL && e->type.type == VALUE_DECIMAL && e->literal.integer >= 0 &&
        e->literal.integer <= DECIMAL_ONE)
        return CRM_OK;
    return EXPR_FAIL(c->err, CRM_INVALID, expr_argument_share, e->column, STR_NONE);
}

static void set_type(struct expr *node, enum expr_aggregate code, enum value_type of) {
    switch (code) {
    case EXPR_AGG_count:
    case EXPR_AGG_count_distinct:
        node->type.type = VALUE_INT;
        break;
    case EXPR_AGG_sum:
    case EXPR_AGG_min:
    case EXPR_AGG_max:
        node->type.type = of;
        break;
    default:
        node->type.type = of == VALUE_MONEY ? VALUE_MONEY : VALUE_DECIMAL;
    }
    node->never_nil =
        code == EXPR_AGG_count || code == EXPR_AGG_count_distinct || code == EXPR_AGG_sum;
}

crm_status check_aggregate(struct checker *c, const struct check_callee *callee,
                           const struct expr **args, size_t count, const struct expr **ret) {
    enum expr_aggregate code = (enum expr_aggregate)callee->code;
    size_t values = value_count(code);
    struct expr *node = NULL;
    crm_status status = check_argument_count(c, callee, count, values, values + 1);
    if (status == CRM_OK && values > 0) status = check_value(c, callee, args[0]);
    if (status == CRM_OK && code == EXPR_AGG_percentile) status = check_share(c, &args[1]);
    if (status == CRM_OK) status = check_node(c, EXPR_AGGREGATE, callee->name.column, &node);
    if (status != CRM_OK) return status;
    set_type(node, code, values > 0 ? args[0]->type.type : VALUE_INT);
    node->call.code = callee->code;
    node->call.count = (uint16_t)values;
    node->call.args = args;
    node->call.condition = count > values ? args[values] : NULL;
    *ret = node;
    return CRM_OK;
}
