/* The tree as SQL: values, truth and logic.
 *
 * Three contexts: a value (booleans as 1, 0, NULL); a loose condition, where NULL is as good as
 * false, so that plain comparisons stay plain and indexes are used; an exact condition, never NULL,
 * under `not` and wherever the truth is counted. */
#include "store/expr_sql.h"

#include "store/expr_sql_emit.h"

static bool is_boolean(const struct expr *e) { return e->type.type == VALUE_BOOL; }

static bool is_known(const struct expr *e) {
    return e->type.type == VALUE_NIL || !expr_has_path(e);
}

/* Functions that are conditions in SQL. */
static bool is_predicate(const struct expr *e) {
    return e->call.code == EXPR_FN_one_of || e->call.code == EXPR_FN_contains ||
           e->call.code == EXPR_FN_starts_with;
}

static crm_status known_value(struct emit *x, const struct expr *e, struct value *ret) {
    *ret = VALUE_OF_NIL;
    return e->type.type == VALUE_NIL ? CRM_OK : expr_eval(e, &x->env, ret, x->err);
}

crm_status emit_operand(struct emit *x, const struct expr *e, struct operand *ret) {
    *ret = (struct operand){.expr = e, .type = e->type.type, .never_nil = e->never_nil};
    if (ret->type == VALUE_LIST) ret->type = e->type.item;
    if (!is_known(e)) return CRM_OK;
    ret->known = true;
    return known_value(x, e, &ret->value);
}

void emit_nil(struct emit *x, enum value_type type) {
    sql_add(x->sql, "NULL");
    if (emit_is_postgres(x) && type != VALUE_NIL)
        sql_add(x->sql, type == VALUE_TEXT ? "::text" : "::bigint");
}

void emit_known(struct emit *x, const struct value *v) {
    switch (v->type) {
    case VALUE_TEXT:
        sql_param(x->sql, store_text(v->text));
        break;
    case VALUE_MONEY:
        sql_param(x->sql, store_int(v->base));
        break;
    case VALUE_BOOL:
        sql_add(x->sql, v->boolean ? "1" : "0");
        break;
    default:
        sql_param(x->sql, store_int(v->integer));
    }
}

crm_status emit_add_operand(struct emit *x, const struct operand *o) {
    if (o->item) {
        sql_add(x->sql, o->item);
    } else if (!o->known) {
        return emit_value(x, o->expr);
    } else if (o->value.type == VALUE_NIL) {
        emit_nil(x, o->type);
    } else {
        emit_known(x, &o->value);
    }
    return CRM_OK;
}

crm_status emit_path(struct emit *x, const struct expr *e, enum expr_sql_form form) {
    size_t before = x->sql->text.len;
    crm_status status = x->context->path(x->context->ctx, x->sql, e, form, x->err);
    if (status != CRM_OK || !emit_is_postgres(x)) return status;
    struct str added = str_make(x->sql->text.ptr + before, x->sql->text.len - before);
    if (str_is(added, "NULL")) sql_add(x->sql, e->type.type == VALUE_TEXT ? "::text" : "::bigint");
    return status;
}

/* "CASE WHEN condition THEN 1 ELSE 0 END" of a condition that is written by `e` itself. */
static crm_status value_of_condition(struct emit *x, const struct expr *e) {
    sql_add(x->sql, "CASE WHEN ");
    crm_status status = emit_condition(x, e, EMIT_LOOSE);
    sql_add(x->sql, " THEN 1 ELSE 0 END");
    return status;
}

static crm_status value_of_and(struct emit *x, const struct expr *e) {
    const struct expr *left = e->pair.left, *right = e->pair.right;
    bool booleans = is_boolean(left) && is_boolean(right);
    if (booleans && left->never_nil && right->never_nil) return value_of_condition(x, e);
    sql_add(x->sql, "CASE WHEN ");
    crm_status status = emit_condition(x, left, EMIT_LOOSE);
    sql_add(x->sql, " THEN ");
    if (status == CRM_OK) status = emit_value(x, right);
    if (status == CRM_OK && booleans) {
        sql_add(x->sql, " ELSE ");
        status = emit_value(x, left);
    }
    sql_add(x->sql, " END");
    return status;
}

static crm_status value_of_or(struct emit *x, const struct expr *e) {
    const struct expr *left = e->pair.left, *right = e->pair.right;
    if (expr_or_is_truth(e)) return value_of_condition(x, e);
    if (left->type.type == VALUE_NIL) return emit_value(x, right);
    bool boolean = is_boolean(left);
    sql_add(x->sql, boolean ? "CASE WHEN " : "COALESCE(");
    crm_status status = boolean ? emit_condition(x, left, EMIT_LOOSE) : emit_value(x, left);
    sql_add(x->sql, boolean ? " THEN 1 ELSE " : ", ");
    if (status == CRM_OK) status = emit_value(x, right);
    sql_add(x->sql, boolean ? " END" : ")");
    return status;
}

static crm_status value_of(struct emit *x, const struct expr *e) {
    switch (e->op) {
    case EXPR_AND:
        return value_of_and(x, e);
    case EXPR_OR:
        return value_of_or(x, e);
    case EXPR_NOT:
    case EXPR_EQ:
    case EXPR_NE:
    case EXPR_LT:
    case EXPR_LE:
    case EXPR_GT:
    case EXPR_GE:
        return value_of_condition(x, e);
    case EXPR_NEGATE:
    case EXPR_ADD:
    case EXPR_SUB:
    case EXPR_MUL:
    case EXPR_DIV:
        return emit_arithmetic(x, e);
    case EXPR_CONVERT:
        return emit_convert(x, e);
    case EXPR_CONCAT:
        return emit_concat(x, e);
    case EXPR_CALL:
        return is_predicate(e) ? value_of_condition(x, e) : emit_call(x, e);
    case EXPR_LITERAL:
    case EXPR_PATH:
    case EXPR_AGGREGATE:
        break;
    }
    return err_internal(x->err, "column %u: expression node %d in SQL", e->column, (int)e->op);
}

static crm_status enter(struct emit *x, const struct expr *e) {
    x->depth += EMIT_DEPTH_EACH;
    if (x->depth <= EMIT_DEPTH_MAX) return CRM_OK;
    return expr_refuse_depth(e, EMIT_DEPTH_MAX / EMIT_DEPTH_EACH, x->err);
}

crm_status emit_value(struct emit *x, const struct expr *e) {
    struct operand known;
    if (is_known(e)) {
        crm_status status = emit_operand(x, e, &known);
        return status == CRM_OK ? emit_add_operand(x, &known) : status;
    }
    if (e->type.type == VALUE_LIST)
        return err_internal(x->err, "column %u: a list as an SQL value", e->column);
    if (e->op == EXPR_PATH) return emit_path(x, e, EXPR_SQL_VALUE);
    crm_status status = enter(x, e);
    if (status == CRM_OK) status = value_of(x, e);
    x->depth -= EMIT_DEPTH_EACH;
    return status;
}

/* The operands of a chain of the same operator, side by side. */
static crm_status add_chain(struct emit *x, const struct expr *e, enum expr_op op,
                            enum emit_sureness sureness) {
    if (e->op != op || is_known(e)) return emit_condition(x, e, sureness);
    crm_status status = add_chain(x, e->pair.left, op, sureness);
    sql_add(x->sql, op == EXPR_AND ? " AND " : " OR ");
    return status == CRM_OK ? add_chain(x, e->pair.right, op, sureness) : status;
}

static crm_status condition_of_chain(struct emit *x, const struct expr *e,
                                     enum emit_sureness sureness) {
    sql_add(x->sql, "(");
    crm_status status = add_chain(x, e, e->op, sureness);
    sql_add(x->sql, ")");
    return status;
}

static crm_status condition_of_not(struct emit *x, const struct expr *e) {
    sql_add(x->sql, "NOT (");
    crm_status status = emit_condition(x, e->pair.left, EMIT_EXACT);
    sql_add(x->sql, ")");
    return status;
}

static crm_status condition_of_if(struct emit *x, const struct expr *e,
                                  enum emit_sureness sureness) {
    crm_status status = CRM_OK;
    sql_add(x->sql, "(CASE");
    for (; status == CRM_OK && emit_is_if(e) && !is_known(e); e = e->call.args[2]) {
        sql_add(x->sql, " WHEN ");
        status = emit_condition(x, e->call.args[0], EMIT_LOOSE);
        sql_add(x->sql, " THEN ");
        if (status == CRM_OK) status = emit_condition(x, e->call.args[1], sureness);
    }
    sql_add(x->sql, " ELSE ");
    if (status == CRM_OK) status = emit_condition(x, e, sureness);
    sql_add(x->sql, " END)");
    return status;
}

/* The truth of a value: for booleans its being 1, for others its not being nil. */
static crm_status condition_of_value(struct emit *x, const struct expr *e,
                                     enum emit_sureness sureness) {
    if (e->type.type == VALUE_LIST)
        return x->context->many(x->context->ctx, x->sql, e, EXPR_SQL_VALUE, NULL, NULL, x->err);
    sql_add(x->sql, "(");
    crm_status status = emit_value(x, e);
    const char *sure = sureness == EMIT_EXACT ? " = 1) IS TRUE" : " = 1)";
    sql_add(x->sql, is_boolean(e) ? sure : ") IS NOT NULL");
    return status;
}

static crm_status condition_of(struct emit *x, const struct expr *e, enum emit_sureness sureness) {
    switch (e->op) {
    case EXPR_NOT:
        return condition_of_not(x, e);
    case EXPR_AND:
        return condition_of_chain(x, e, sureness);
    case EXPR_OR:
        return condition_of_chain(x, e, sureness);
    case EXPR_EQ:
    case EXPR_NE:
    case EXPR_LT:
    case EXPR_LE:
    case EXPR_GT:
    case EXPR_GE:
        return emit_comparison(x, e, sureness);
    default:
        break;
    }
    if (e->op == EXPR_CALL && e->call.code == EXPR_FN_one_of) return emit_one_of(x, e, sureness);
    if (e->op == EXPR_CALL && is_predicate(e)) return emit_finding(x, e, sureness);
    if (emit_is_if(e)) return condition_of_if(x, e, sureness);
    return condition_of_value(x, e, sureness);
}

crm_status emit_condition(struct emit *x, const struct expr *e, enum emit_sureness sureness) {
    if (is_known(e)) {
        struct value v;
        crm_status status = known_value(x, e, &v);
        sql_add(x->sql, status == CRM_OK && value_truthy(&v) ? "TRUE" : "FALSE");
        return status;
    }
    crm_status status = enter(x, e);
    if (status == CRM_OK) status = condition_of(x, e, sureness);
    x->depth -= EMIT_DEPTH_EACH;
    return status;
}

static struct emit start(struct sql *s, const struct expr_sql_context *context, struct err *err) {
    const struct store_company *company = context->company;
    return (struct emit){
        .sql = s,
        .context = context,
        .err = err,
        .env = {.arena = s->arena,
                .zone = company->zone,
                .now_ms = context->now_ms,
                .me = context->me,
                .my_team = context->my_team,
                .my_tree = context->my_tree,
                .my_tree_count = context->my_tree_count,
                .week_start = company->week_start,
                .fiscal_month = company->fiscal_month,
                .base_currency = company->base_currency,
                .base_digits = company->base_digits},
    };
}

crm_status expr_sql_add(struct sql *s, const struct expr *e, const struct expr_sql_context *context,
                        struct err *err) {
    struct emit x = start(s, context, err);
    return emit_value(&x, e);
}

crm_status expr_sql_add_condition(struct sql *s, const struct expr *e,
                                  const struct expr_sql_context *context, struct err *err) {
    struct emit x = start(s, context, err);
    return emit_condition(&x, e, EMIT_LOOSE);
}
