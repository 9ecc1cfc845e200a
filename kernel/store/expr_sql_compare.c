/* Equality and order as SQL; membership: expr_sql_member.c.
 *
 * Against a known value: plain comparison, numbers of different scales brought to the column's own
 * scale here (an integer column against 10.5 becomes > 10), dates against moments to dates. Between
 * two columns: IS / IS NOT DISTINCT FROM, scales compared in 128 bits. */
#include "base/number.h"
#include "store/expr_sql_emit.h"

bool emit_is_numeric(enum value_type type) {
    return type == VALUE_INT || type == VALUE_DECIMAL || type == VALUE_MONEY;
}

/* Digits after the point of what a column of this type counts. */
int emit_scale(const struct emit *x, enum value_type type) {
    if (type == VALUE_DECIMAL) return DECIMAL_PLACES;
    return type == VALUE_MONEY ? x->env.base_digits : 0;
}

static enum expr_op mirrored(enum expr_op op) {
    switch (op) {
    case EXPR_LT:
        return EXPR_GT;
    case EXPR_LE:
        return EXPR_GE;
    case EXPR_GT:
        return EXPR_LT;
    case EXPR_GE:
        return EXPR_LE;
    default:
        return op;
    }
}

static const char *sign_of(enum expr_op op) {
    switch (op) {
    case EXPR_EQ:
        return " = ";
    case EXPR_NE:
        return " <> ";
    case EXPR_LT:
        return " < ";
    case EXPR_LE:
        return " <= ";
    case EXPR_GT:
        return " > ";
    default:
        return " >= ";
    }
}

void emit_sure(struct emit *x, enum emit_sureness sureness) {
    if (sureness == EMIT_EXACT) sql_add(x->sql, " IS TRUE");
}

/* (o op n) with `n` in the column's own units; `<>` is total. */
static crm_status against_int(struct emit *x, enum expr_op op, const struct operand *o, int64_t n,
                              enum emit_sureness sureness) {
    sql_add(x->sql, "(");
    crm_status status = emit_add_operand(x, o);
    if (op == EXPR_NE && !o->never_nil)
        emit_either(x, " IS NOT ", " IS DISTINCT FROM ");
    else
        sql_add(x->sql, sign_of(op));
    if (o->type == VALUE_BOOL)
        sql_add(x->sql, n ? "1" : "0");
    else
        sql_param(x->sql, store_int(n));
    sql_add(x->sql, ")");
    if (op != EXPR_NE && !o->never_nil) emit_sure(x, sureness);
    return status;
}

static crm_status nil_test(struct emit *x, const struct operand *o, bool wanted_nil) {
    sql_add(x->sql, "(");
    crm_status status = emit_add_operand(x, o);
    sql_add(x->sql, wanted_nil ? " IS NULL)" : " IS NOT NULL)");
    return status;
}

crm_status emit_constant(struct emit *x, bool truth) {
    sql_add(x->sql, truth ? "TRUE" : "FALSE");
    return CRM_OK;
}

/* A number in millionths against a column that counts units of 10^-scale. */
static crm_status against_number(struct emit *x, enum expr_op op, const struct operand *o,
                                 __int128 millionths, enum emit_sureness sureness) {
    __int128 unit = emit_power_of_ten(DECIMAL_PLACES - emit_scale(x, o->type));
    __int128 whole = millionths / unit, rest = millionths % unit;
    if (rest < 0) {
        whole--; /* rounded down */
        rest += unit;
    }
    bool fits = whole >= INT64_MIN && whole <= INT64_MAX;
    if (op == EXPR_EQ || op == EXPR_NE) {
        if (rest != 0 || !fits) return emit_constant(x, op == EXPR_NE);
    } else if (!fits) {
        bool below = (whole > 0) == (op == EXPR_LT || op == EXPR_LE);
        return below ? nil_test(x, o, false) : emit_constant(x, false);
    } else if (rest != 0) {
        op = op == EXPR_LT || op == EXPR_LE ? EXPR_LE : EXPR_GT;
    }
    return against_int(x, op, o, (int64_t)whole, sureness);
}

__int128 emit_millionths(const struct emit *x, const struct value *v) {
    int64_t n = v->type == VALUE_MONEY ? v->base : v->integer;
    return (__int128)n * emit_power_of_ten(DECIMAL_PLACES - emit_scale(x, v->type));
}

static crm_status against_text(struct emit *x, enum expr_op op, const struct operand *o,
                               struct str text, enum emit_sureness sureness) {
    bool equality = op == EXPR_EQ || op == EXPR_NE;
    sql_add(x->sql, "(");
    crm_status status = emit_add_operand(x, o);
    if (!equality) emit_either(x, "", " COLLATE \"C\"");
    if (op == EXPR_NE && !o->never_nil)
        emit_either(x, " IS NOT ", " IS DISTINCT FROM ");
    else
        sql_add(x->sql, sign_of(op));
    sql_param(x->sql, store_text(text));
    sql_add(x->sql, ")");
    if (op != EXPR_NE && !o->never_nil) emit_sure(x, sureness);
    return status;
}

/* The first date whose first moment is at or after (`past`: after) `ms`. */
static int64_t first_date(const struct emit *x, int64_t ms, bool past) {
    const struct zone *zone = x->env.zone;
    int64_t date = (zone ? zone_date(zone, ms) : ms / MS_PER_DAY) - 2;
    for (;; date++) {
        int64_t start = zone ? zone_day_start(zone, date) : date * MS_PER_DAY;
        if (past ? start > ms : start >= ms) return date;
    }
}

/* Whether a date is one of from .. past - 1. */
static crm_status within(struct emit *x, const struct operand *date, int64_t from, int64_t past) {
    sql_add(x->sql, "(");
    crm_status status = against_int(x, EXPR_GE, date, from, EMIT_LOOSE);
    sql_add(x->sql, " AND ");
    if (status == CRM_OK) status = against_int(x, EXPR_LT, date, past, EMIT_LOOSE);
    sql_add(x->sql, ")");
    return status;
}

/* A date's first moment against a moment, asked of the date itself. Several dates begin at one
 * moment where a zone has skipped a day. */
static crm_status date_against_moment(struct emit *x, enum expr_op op, const struct operand *o,
                                      int64_t ms, enum emit_sureness sureness) {
    struct operand date = {
        .expr = o->expr->pair.left, .type = VALUE_DATE, .never_nil = o->never_nil};
    int64_t from = first_date(x, ms, false), past = first_date(x, ms, true);
    switch (op) {
    case EXPR_LT:
        return against_int(x, EXPR_LT, &date, from, sureness);
    case EXPR_LE:
        return against_int(x, EXPR_LT, &date, past, sureness);
    case EXPR_GT:
        return against_int(x, EXPR_GE, &date, past, sureness);
    case EXPR_GE:
        return against_int(x, EXPR_GE, &date, from, sureness);
    default:
        break;
    }
    if (from == past) return emit_constant(x, op == EXPR_NE);
    if (past == from + 1) return against_int(x, op, &date, from, sureness);
    sql_add(x->sql, "(");
    crm_status status = within(x, &date, from, past);
    sql_add(x->sql, op == EXPR_NE ? " IS NOT TRUE)" : " IS TRUE)");
    return status;
}

static crm_status against_known(struct emit *x, enum expr_op op, const struct operand *o,
                                const struct value *v, enum emit_sureness sureness) {
    if (v->type == VALUE_NIL)
        return op == EXPR_EQ || op == EXPR_NE ? nil_test(x, o, op == EXPR_EQ)
                                              : emit_constant(x, false);
    if (emit_is_numeric(v->type)) return against_number(x, op, o, emit_millionths(x, v), sureness);
    if (v->type == VALUE_TEXT) return against_text(x, op, o, v->text, sureness);
    bool date = v->type == VALUE_TIME && o->expr && o->expr->op == EXPR_CONVERT;
    if (date) return date_against_moment(x, op, o, v->integer, sureness);
    return against_int(x, op, o, v->type == VALUE_BOOL ? v->boolean : v->integer, sureness);
}

/* Numbers of different scales, both from the record. */
static crm_status compare_scales(struct emit *x, enum expr_op op, const struct operand *a,
                                 const struct operand *b) {
    int left = emit_scale(x, a->type), right = emit_scale(x, b->type);
    bool equality = op == EXPR_EQ || op == EXPR_NE;
    if (!emit_is_postgres(x)) {
        sql_add(x->sql, equality ? "(crm_equal(" : "(crm_compare(");
        crm_status status = emit_add_operand(x, a);
        sql_printf(x->sql, ", %d, ", left);
        if (status == CRM_OK) status = emit_add_operand(x, b);
        sql_printf(x->sql, ", %d)%s%d)", right, sign_of(op), op == EXPR_EQ || op == EXPR_NE);
        return status;
    }
    sql_add(x->sql, "((");
    crm_status status = emit_add_operand(x, a);
    sql_printf(x->sql, ")::numeric * %lld", (long long)emit_power_of_ten(DECIMAL_PLACES - left));
    sql_add(x->sql, op == EXPR_EQ   ? " IS NOT DISTINCT FROM ("
                    : op == EXPR_NE ? " IS DISTINCT FROM ("
                                    : sign_of(op));
    if (!equality) sql_add(x->sql, "(");
    if (status == CRM_OK) status = emit_add_operand(x, b);
    sql_printf(x->sql, ")::numeric * %lld)", (long long)emit_power_of_ten(DECIMAL_PLACES - right));
    return status;
}

static crm_status compare_columns(struct emit *x, enum expr_op op, const struct operand *a,
                                  const struct operand *b, enum emit_sureness sureness) {
    bool equality = op == EXPR_EQ || op == EXPR_NE, plain = a->never_nil || b->never_nil;
    crm_status status;
    if (a->type != b->type && emit_scale(x, a->type) != emit_scale(x, b->type)) {
        status = compare_scales(x, op, a, b);
        if (!equality) emit_sure(x, sureness);
        return status;
    }
    if (op == EXPR_NE) plain = a->never_nil && b->never_nil;
    sql_add(x->sql, "(");
    status = emit_add_operand(x, a);
    if (!equality && a->type == VALUE_TEXT) emit_either(x, "", " COLLATE \"C\"");
    if (!equality || plain)
        sql_add(x->sql, sign_of(op));
    else if (op == EXPR_EQ)
        emit_either(x, " IS ", " IS NOT DISTINCT FROM ");
    else
        emit_either(x, " IS NOT ", " IS DISTINCT FROM ");
    if (status == CRM_OK) status = emit_add_operand(x, b);
    sql_add(x->sql, ")");
    if (!equality || (plain && op == EXPR_EQ)) emit_sure(x, sureness);
    return status;
}

crm_status emit_compare(struct emit *x, enum expr_op op, const struct operand *a,
                        const struct operand *b, enum emit_sureness sureness) {
    if (b->known) return against_known(x, op, a, &b->value, sureness);
    if (a->known) return against_known(x, mirrored(op), b, &a->value, sureness);
    return compare_columns(x, op, a, b, sureness);
}

/* `list == nil`: lists are compared with nil only. */
static crm_status list_is_empty(struct emit *x, const struct expr *list, bool wanted_empty) {
    if (wanted_empty) sql_add(x->sql, "NOT ");
    return x->context->many(x->context->ctx, x->sql, list, EXPR_SQL_VALUE, NULL, NULL, x->err);
}

crm_status emit_comparison(struct emit *x, const struct expr *e, enum emit_sureness sureness) {
    const struct expr *amount = expr_amount_asked(e), *left = e->pair.left, *right = e->pair.right;
    if (amount) {
        sql_add(x->sql, "(");
        crm_status status = emit_path(x, amount, EXPR_SQL_AMOUNT);
        sql_add(x->sql, e->op == EXPR_EQ ? " IS NULL)" : " IS NOT NULL)");
        return status;
    }
    if (left->type.type == VALUE_LIST && left->op == EXPR_PATH)
        return list_is_empty(x, left, e->op == EXPR_EQ);
    if (right->type.type == VALUE_LIST && right->op == EXPR_PATH)
        return list_is_empty(x, right, e->op == EXPR_EQ);
    struct operand a, b;
    crm_status status = emit_operand(x, left, &a);
    if (status == CRM_OK) status = emit_operand(x, right, &b);
    return status == CRM_OK ? emit_compare(x, e->op, &a, &b, sureness) : status;
}
