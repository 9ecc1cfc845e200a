/* Row expressions to SQL, in parts. Private to expr_sql*.c.
 *
 * expr_sql.c: values and conditions of the tree; expr_sql_compare.c: equality and order;
 * expr_sql_member.c: one_of;
 * expr_sql_number.c: arithmetic and rounding; expr_sql_call.c: functions of texts and dates.
 *
 * A subtree without a path is computed here once, by the evaluator, and becomes a parameter; what
 * it yields is thus known while the SQL is written (nil above all). */
#ifndef STORE_EXPR_SQL_EMIT_H
#define STORE_EXPR_SQL_EMIT_H

#include "store/expr_sql.h"

struct emit {
    struct sql *sql;
    const struct expr_sql_context *context;
    struct expr_env env; /* for what does not depend on the record */
    struct err *err;
    int depth; /* of what is written around the node at hand, see EMIT_DEPTH_MAX */
};

/* SQLite's parser keeps at most 100 symbols open, a call or CASE up to five of them, and the query
 * around needs some. Chains (and, or, +, -, .., else if) are written flat and do not nest. The
 * limit holds on both engines, so that an expression works on both or on neither. */
enum { EMIT_DEPTH_MAX = 75, EMIT_DEPTH_EACH = 5 };

/* One side of a comparison: a known value, an item of a many-valued path, or an expression. */
struct operand {
    const struct expr *expr; /* NULL for an item */
    const char *item;
    enum value_type type; /* of the items for lists */
    bool known, never_nil;
    struct value value; /* when known */
};

/* How sure a condition must be: `LOOSE` may be NULL for false, `EXACT` is never NULL. */
enum emit_sureness { EMIT_LOOSE, EMIT_EXACT };

static inline bool emit_is_postgres(const struct emit *x) {
    return x->sql->dialect == SQL_POSTGRES;
}
/* One of two texts by dialect. */
static inline void emit_either(const struct emit *x, const char *sqlite, const char *postgres) {
    sql_add(x->sql, emit_is_postgres(x) ? postgres : sqlite);
}

static inline bool emit_is_if(const struct expr *e) {
    return e->op == EXPR_CALL && e->call.code == EXPR_FN_if_else;
}

/* ---- expr_sql.c --------------------------------------------------------------------------- */
crm_status emit_operand(struct emit *x, const struct expr *e, struct operand *ret);
crm_status emit_add_operand(struct emit *x, const struct operand *o);
crm_status emit_value(struct emit *x, const struct expr *e);
crm_status emit_condition(struct emit *x, const struct expr *e, enum emit_sureness sureness);
crm_status emit_path(struct emit *x, const struct expr *e, enum expr_sql_form form);
void emit_known(struct emit *x, const struct value *v);
void emit_nil(struct emit *x, enum value_type type);

/* ---- expr_sql_compare.c ------------------------------------------------------------------- */
crm_status emit_comparison(struct emit *x, const struct expr *e, enum emit_sureness sureness);
crm_status emit_compare(struct emit *x, enum expr_op op, const struct operand *a,
                        const struct operand *b, enum emit_sureness sureness);
bool emit_is_numeric(enum value_type type);
/* Digits after the point of what a column of this type counts. */
int emit_scale(const struct emit *x, enum value_type type);
__int128 emit_millionths(const struct emit *x, const struct value *v);
/* " IS TRUE" where the condition must not be NULL. */
void emit_sure(struct emit *x, enum emit_sureness sureness);
crm_status emit_constant(struct emit *x, bool truth);

/* ---- expr_sql_member.c -------------------------------------------------------------------- */
crm_status emit_one_of(struct emit *x, const struct expr *e, enum emit_sureness sureness);

/* ---- expr_sql_number.c -------------------------------------------------------------------- */
crm_status emit_arithmetic(struct emit *x, const struct expr *e);
crm_status emit_convert(struct emit *x, const struct expr *e);
crm_status emit_rounding(struct emit *x, const struct expr *e);
crm_status emit_days(struct emit *x, const struct expr *e);
int64_t emit_power_of_ten(int exponent);

/* ---- expr_sql_call.c ---------------------------------------------------------------------- */
crm_status emit_call(struct emit *x, const struct expr *e);
crm_status emit_concat(struct emit *x, const struct expr *e);
/* contains, starts_with */
crm_status emit_finding(struct emit *x, const struct expr *e, enum emit_sureness sureness);
/* A moment's local date; `zone` parameters on PostgreSQL. */
crm_status emit_zone_call(struct emit *x, const char *function, const struct expr *argument);

#endif
