/* + - * / and rounding on exact numbers. Money works on its base amount and carries amount and
 * currency along as long as both sides agree on the currency; else it goes on in the base currency.
 *
 * Rounding: products of money half away from zero, everything else half even; round() half away. */
#include "expr/eval.h"

static crm_status number(const struct evaluation *x, const struct expr *e, bool fits, int64_t n,
                         struct value *ret) {
    if (!fits) return eval_overflow(x, e);
    *ret = (struct value){.type = e->type.type, .integer = n};
    return CRM_OK;
}

static bool sum(enum expr_op op, int64_t a, int64_t b, int64_t *ret) {
    return op == EXPR_ADD ? int64_add(a, b, ret) : int64_sub(a, b, ret);
}

static crm_status money_sum(const struct evaluation *x, const struct expr *e, const struct value *a,
                            const struct value *b, struct value *ret) {
    int64_t base, amount;
    if (!sum(e->op, a->base, b->base, &base)) return eval_overflow(x, e);
    struct value v = eval_base_money(x, base);
    if (memcmp(a->currency.code, b->currency.code, sizeof a->currency.code) == 0) {
        if (!sum(e->op, a->integer, b->integer, &amount)) return eval_overflow(x, e);
        v.currency = a->currency;
        v.integer = amount;
    }
    *ret = v;
    return CRM_OK;
}

static crm_status eval_sum(const struct evaluation *x, const struct expr *e, const struct value *a,
                           const struct value *b, struct value *ret) {
    int64_t n = 0;
    if (e->type.type == VALUE_MONEY) return money_sum(x, e, a, b, ret);
    bool fits = sum(e->op, a->integer, b->integer, &n);
    if (!fits) return eval_overflow(x, e);
    if (e->type.type == VALUE_DATE) return eval_date(x, e, n, ret);
    if (a->type == VALUE_TIME)
        fits = int64_mul_div(n, DECIMAL_ONE, MS_PER_DAY, ROUND_HALF_EVEN, &n);
    return number(x, e, fits, n, ret);
}

/* Minor units times or through a number. */
static bool scale(enum expr_op op, int64_t minor, const struct value *by, int64_t *ret) {
    if (op == EXPR_MUL)
        return by->type == VALUE_INT
                   ? int64_mul(minor, by->integer, ret)
                   : int64_mul_div(minor, by->integer, DECIMAL_ONE, ROUND_HALF_AWAY, ret);
    int64_t unit = by->type == VALUE_INT ? 1 : DECIMAL_ONE;
    return int64_mul_div(minor, unit, by->integer, ROUND_HALF_EVEN, ret);
}

static crm_status money_scale(const struct evaluation *x, const struct expr *e,
                              const struct value *money, const struct value *by,
                              struct value *ret) {
    struct value v = *money;
    if (!scale(e->op, money->base, by, &v.base) || !scale(e->op, money->integer, by, &v.integer))
        return eval_overflow(x, e);
    *ret = v;
    return CRM_OK;
}

static crm_status eval_product(const struct evaluation *x, const struct expr *e,
                               const struct value *a, const struct value *b, struct value *ret) {
    int64_t n = 0;
    if (a->type == VALUE_MONEY) return money_scale(x, e, a, b, ret);
    if (b->type == VALUE_MONEY) return money_scale(x, e, b, a, ret);
    bool fits = a->type == VALUE_DECIMAL && b->type == VALUE_DECIMAL
                    ? int64_mul_div(a->integer, b->integer, DECIMAL_ONE, ROUND_HALF_EVEN, &n)
                    : int64_mul(a->integer, b->integer, &n);
    return number(x, e, fits, n, ret);
}

static crm_status eval_quotient(const struct evaluation *x, const struct expr *e,
                                const struct value *a, const struct value *b, struct value *ret) {
    int64_t n = 0, left = a->type == VALUE_MONEY ? a->base : a->integer;
    int64_t right = b->type == VALUE_MONEY ? b->base : b->integer;
    if (right == 0) return CRM_OK; /* nil */
    if (e->type.type == VALUE_MONEY) return money_scale(x, e, a, b, ret);
    int64_t unit = DECIMAL_ONE;
    if (a->type == VALUE_DECIMAL && b->type == VALUE_INT) unit = 1;
    if (a->type == VALUE_INT && b->type == VALUE_DECIMAL) unit = DECIMAL_ONE * DECIMAL_ONE;
    bool fits = int64_mul_div(left, unit, right, ROUND_HALF_EVEN, &n);
    return number(x, e, fits, n, ret);
}

crm_status eval_binary(const struct evaluation *x, const struct expr *e, const struct value *a,
                       const struct value *b, struct value *ret) {
    if (e->op == EXPR_MUL) return eval_product(x, e, a, b, ret);
    if (e->op == EXPR_DIV) return eval_quotient(x, e, a, b, ret);
    return eval_sum(x, e, a, b, ret);
}

crm_status eval_negate(const struct evaluation *x, const struct expr *e, const struct value *a,
                       struct value *ret) {
    struct value v = *a;
    if (!int64_sub(0, a->integer, &v.integer)) return eval_overflow(x, e);
    if (a->type == VALUE_MONEY && !int64_sub(0, a->base, &v.base)) return eval_overflow(x, e);
    *ret = v;
    return CRM_OK;
}

static int64_t power_of_ten(int exponent) {
    int64_t n = 1;
    while (exponent-- > 0)
        n *= 10;
    return n;
}

static crm_status convert_money(const struct evaluation *x, const struct expr *e,
                                const struct value *a, struct value *ret) {
    int64_t unit = a->type == VALUE_INT ? 1 : DECIMAL_ONE, base;
    if (!int64_mul_div(a->integer, power_of_ten(x->env->base_digits), unit, ROUND_HALF_AWAY, &base))
        return eval_overflow(x, e);
    *ret = eval_base_money(x, base);
    return CRM_OK;
}

crm_status eval_convert(const struct evaluation *x, const struct expr *e, const struct value *a,
                        struct value *ret) {
    int64_t n = 0;
    if (e->type.type == VALUE_MONEY) return convert_money(x, e, a, ret);
    bool fits;
    if (e->type.type == VALUE_DECIMAL) {
        fits = decimal_from_int(a->integer, &n);
        return number(x, e, fits, n, ret);
    }
    fits = a->integer >= EXPR_DATE_MIN && a->integer <= EXPR_DATE_MAX;
    if (fits) n = x->env->zone ? zone_day_start(x->env->zone, a->integer) : a->integer * MS_PER_DAY;
    return number(x, e, fits, n, ret);
}

/* n in units of 10^-digits, rounded to `places`, still in those units. */
static bool round_to(enum rounding rounding, int64_t n, int digits, int64_t places, int64_t *ret) {
    if (places >= digits) {
        *ret = n;
        return true;
    }
    int64_t unit = power_of_ten(digits - (int)places);
    return int64_mul_div(n, 1, unit, rounding, ret) && int64_mul(*ret, unit, ret);
}

static crm_status round_money(const struct evaluation *x, const struct expr *e,
                              enum rounding rounding, const struct value *a, struct value *ret) {
    int64_t places = e->call.count == 2 ? e->call.args[1]->literal.integer : 0;
    struct value v = *a;
    if (!round_to(rounding, a->base, x->env->base_digits, places, &v.base) ||
        !round_to(rounding, a->integer, currency_digits(a->currency), places, &v.integer))
        return eval_overflow(x, e);
    *ret = v;
    return CRM_OK;
}

crm_status eval_rounding(const struct evaluation *x, const struct expr *e, const struct value *a,
                         struct value *ret) {
    if (e->call.code == EXPR_FN_abs) {
        if (a->type == VALUE_MONEY ? a->base < 0 : a->integer < 0) return eval_negate(x, e, a, ret);
        *ret = *a;
        return CRM_OK;
    }
    enum rounding rounding = e->call.code == EXPR_FN_floor ? ROUND_FLOOR : ROUND_HALF_AWAY;
    if (a->type == VALUE_MONEY) return round_money(x, e, rounding, a, ret);
    int64_t n = a->integer;
    if (a->type == VALUE_INT) return number(x, e, true, n, ret);
    bool fits = e->call.count == 2
                    ? round_to(rounding, n, DECIMAL_PLACES, e->call.args[1]->literal.integer, &n)
                    : int64_mul_div(n, 1, DECIMAL_ONE, rounding, &n);
    return number(x, e, fits, n, ret);
}
