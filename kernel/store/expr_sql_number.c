/* Arithmetic as SQL: the registered functions of sqlite/functions.c, or bigint and numeric with the
 * functions of postgres/functions.c. Roundings as in expr/eval_arithmetic.c. */
#include "base/number.h"
#include "store/expr_sql_emit.h"

int64_t emit_power_of_ten(int exponent) {
    int64_t n = 1;
    while (exponent-- > 0)
        n *= 10;
    return n;
}

/* before left between right after */
static crm_status around(struct emit *x, const char *before, const struct expr *left,
                         const char *between, const struct expr *right) {
    sql_add(x->sql, before);
    crm_status status = emit_value(x, left);
    sql_add(x->sql, between);
    return status == CRM_OK && right ? emit_value(x, right) : status;
}

enum { SUM_MAX = 90 }; /* operands of one call; SQLite takes 127 */

static bool is_sum(const struct expr *e) { return e->op == EXPR_ADD || e->op == EXPR_SUB; }

/* a + b - c of one type is one sum; what is left of it after SUM_MAX operands is its first operand.
 * Dates are sums of their own, because each is held to the calendar. */
static size_t collect(const struct expr *e, const struct expr *nodes[SUM_MAX]) {
    size_t count = 0;
    enum value_type type = e->type.type;
    while (count < SUM_MAX - 1) {
        nodes[count++] = e;
        const struct expr *left = e->pair.left;
        bool more = type != VALUE_DATE && is_sum(left) && left->type.type == type &&
                    left->pair.left->type.type == type && left->pair.right->type.type == type &&
                    expr_has_path(left);
        if (!more) break;
        e = left;
    }
    return count;
}

/* Writes the operands of a sum, innermost first. */
static crm_status add_operands(struct emit *x, const struct expr *const *nodes, size_t count) {
    bool postgres = emit_is_postgres(x);
    crm_status status = emit_value(x, nodes[count - 1]->pair.left);
    for (size_t i = count; status == CRM_OK && i > 0; i--) {
        sql_add(x->sql, !postgres ? ", " : nodes[i - 1]->op == EXPR_SUB ? " - " : " + ");
        status = emit_value(x, nodes[i - 1]->pair.right);
    }
    return status;
}

static crm_status add_difference(struct emit *x, const struct expr *e) {
    const struct expr *nodes[SUM_MAX];
    size_t count = collect(e, nodes);
    if (emit_is_postgres(x)) {
        sql_add(x->sql, "(");
    } else {
        sql_add(x->sql, "crm_sum('");
        for (size_t i = count; i > 0; i--)
            sql_add(x->sql, nodes[i - 1]->op == EXPR_SUB ? "-" : "+");
        sql_add(x->sql, "', ");
    }
    crm_status status = add_operands(x, nodes, count);
    sql_add(x->sql, ")");
    return status;
}

static crm_status add_sum(struct emit *x, const struct expr *e) {
    bool date = e->type.type == VALUE_DATE, span = e->pair.left->type.type == VALUE_TIME;
    if (date) emit_either(x, "crm_date(", "perigee.crm_date(");
    if (span) emit_either(x, "crm_mul_div(", "perigee.crm_div(");
    crm_status status = add_difference(x, e);
    if (span) emit_either(x, ", 1000000, 86400000, 0)", "::numeric * 1000000, 86400000)");
    if (date) sql_add(x->sql, ")");
    return status;
}

static crm_status add_product(struct emit *x, const struct expr *e) {
    bool left = e->pair.left->type.type == VALUE_DECIMAL,
         right = e->pair.right->type.type == VALUE_DECIMAL;
    bool money = e->type.type == VALUE_MONEY, postgres = emit_is_postgres(x);
    if (money ? !left && !right : !left || !right) {
        crm_status status = around(x, postgres ? "(" : "crm_mul(", e->pair.left,
                                   postgres ? " * " : ", ", e->pair.right);
        sql_add(x->sql, ")");
        return status;
    }
    if (!postgres) {
        crm_status status = around(x, "crm_mul_div(", e->pair.left, ", ", e->pair.right);
        sql_add(x->sql, money ? ", 1000000, 1)" : ", 1000000, 0)");
        return status;
    }
    crm_status status = around(x, money ? "round((" : "perigee.crm_div((", e->pair.left,
                               ")::numeric * (", e->pair.right);
    sql_add(x->sql, money ? ") * 0.000001)::bigint" : "), 1000000)");
    return status;
}

static crm_status add_quotient(struct emit *x, const struct expr *e) {
    enum value_type left = e->pair.left->type.type, right = e->pair.right->type.type;
    const char *unit = "1000000";
    if ((left == VALUE_DECIMAL || left == VALUE_MONEY) && right == VALUE_INT) unit = "1";
    if (left == VALUE_INT && right == VALUE_DECIMAL) unit = "1000000000000";
    bool postgres = emit_is_postgres(x);
    crm_status status =
        around(x, postgres ? "perigee.crm_div((" : "crm_mul_div(", e->pair.left, "", NULL);
    sql_printf(x->sql, postgres ? ")::numeric * %s, " : ", %s, ", unit);
    if (status == CRM_OK) status = emit_value(x, e->pair.right);
    sql_add(x->sql, postgres ? ")" : ", 0)");
    return status;
}

crm_status emit_arithmetic(struct emit *x, const struct expr *e) {
    if (e->op == EXPR_MUL) return add_product(x, e);
    if (e->op == EXPR_DIV) return add_quotient(x, e);
    if (e->op != EXPR_NEGATE) return add_sum(x, e);
    crm_status status =
        around(x, emit_is_postgres(x) ? "(- " : "crm_sum('-', 0, ", e->pair.left, ")", NULL);
    return status;
}

crm_status emit_convert(struct emit *x, const struct expr *e) {
    if (e->type.type == VALUE_TIME) return emit_zone_call(x, "crm_day_start", e->pair.left);
    crm_status status = around(x, emit_is_postgres(x) ? "(" : "crm_mul(", e->pair.left,
                               emit_is_postgres(x) ? " * 1000000)" : ", 1000000)", NULL);
    return status;
}

/* round or floor of a column in units of 10^-digits to `places`; `whole`: the result counts units
 * of 10^-places instead. */
struct rounded {
    int digits, places;
    bool down, whole;
};

static crm_status add_rounded(struct emit *x, const struct expr *value, struct rounded r) {
    if (r.places >= r.digits) return emit_value(x, value);
    long long unit = (long long)emit_power_of_ten(r.digits - r.places);
    if (!emit_is_postgres(x)) {
        crm_status status = around(x, "crm_round(", value, "", NULL);
        sql_printf(x->sql, ", %lld, %d, %d)", unit,
                   r.down ? (int)ROUND_FLOOR : (int)ROUND_HALF_AWAY, !r.whole);
        return status;
    }
    crm_status status = around(x, r.down ? "(floor((" : "(round((", value, "", NULL);
    static const char *const shares[] = {"1",      "0.1",     "0.01",    "0.001",
                                         "0.0001", "0.00001", "0.000001"};
    sql_printf(x->sql, ")::numeric * %s)::bigint", shares[r.digits - r.places]);
    if (!r.whole) sql_printf(x->sql, " * %lld", unit);
    sql_add(x->sql, ")");
    return status;
}

crm_status emit_rounding(struct emit *x, const struct expr *e) {
    const struct expr *value = e->call.args[0];
    enum value_type type = value->type.type;
    if (e->call.code == EXPR_FN_abs) {
        crm_status status = around(x, emit_is_postgres(x) ? "abs(" : "crm_abs(", value, ")", NULL);
        return status;
    }
    if (type == VALUE_INT) return emit_value(x, value);
    struct rounded r = {.digits = type == VALUE_MONEY ? x->env.base_digits : DECIMAL_PLACES,
                        .places = e->call.count == 2 ? (int)e->call.args[1]->literal.integer : 0,
                        .down = e->call.code == EXPR_FN_floor,
                        .whole = e->type.type == VALUE_INT};
    return add_rounded(x, value, r);
}

crm_status emit_days(struct emit *x, const struct expr *e) {
    const struct expr *value = e->call.args[0];
    if (value->type.type == VALUE_INT) return emit_value(x, value);
    return add_rounded(x, value,
                       (struct rounded){.digits = DECIMAL_PLACES, .down = true, .whole = true});
}
