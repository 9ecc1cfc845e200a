/* Equality and order. Numbers and money meet on 128-bit millionths, so that no comparison can
 * overflow: an integer counts a million of them, money of two digits ten thousand a minor unit. */
#include "expr/eval.h"

static __int128 millionths(const struct evaluation *x, const struct value *v) {
    if (v->type == VALUE_INT) return (__int128)v->integer * DECIMAL_ONE;
    if (v->type == VALUE_DECIMAL) return v->integer;
    __int128 n = v->base;
    for (int digits = x->env->base_digits; digits < DECIMAL_PLACES; digits++)
        n *= 10;
    return n;
}

static int order(int64_t a, int64_t b) { return (a > b) - (a < b); }

int eval_order(const struct evaluation *x, const struct value *a, const struct value *b) {
    if (a->type != b->type) {
        __int128 left = millionths(x, a), right = millionths(x, b);
        return (left > right) - (left < right);
    }
    switch (a->type) {
    case VALUE_TEXT:
        return str_compare(a->text, b->text);
    case VALUE_MONEY:
        return order(a->base, b->base);
    case VALUE_BOOL:
        return order(a->boolean, b->boolean);
    default:
        return order(a->integer, b->integer);
    }
}

bool eval_equal(const struct evaluation *x, const struct value *a, const struct value *b) {
    if (a->type == VALUE_NIL || b->type == VALUE_NIL) return a->type == b->type;
    if (a->type == VALUE_TEXT) return str_eq(a->text, b->text);
    return eval_order(x, a, b) == 0;
}

bool eval_comparison(const struct evaluation *x, enum expr_op op, const struct value *a,
                     const struct value *b) {
    if (op == EXPR_EQ) return eval_equal(x, a, b);
    if (op == EXPR_NE) return !eval_equal(x, a, b);
    if (a->type == VALUE_NIL || b->type == VALUE_NIL) return false;
    int found = eval_order(x, a, b);
    switch (op) {
    case EXPR_LT:
        return found < 0;
    case EXPR_LE:
        return found <= 0;
    case EXPR_GT:
        return found > 0;
    default:
        return found >= 0;
    }
}
