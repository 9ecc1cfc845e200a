/* one_of as SQL: known members become one IN list, others are compared one by one, and lists of the
 * record, on either side, become EXISTS. */
#include "store/expr_sql_emit.h"

struct membership {
    struct emit *emit;
    const struct expr *call; /* one_of */
    const struct expr *many; /* the member that `asked` is looked up in, NULL = in all members */
    struct operand asked;
    enum emit_sureness sureness;
};

static crm_status any_member(struct membership *m);

/* The item of the many-valued first argument against all members. */
static crm_status asked_item(void *ctx, struct sql *s, const char *item_column, struct err *err) {
    struct membership *m = ctx;
    (void)s, (void)err;
    m->asked.item = item_column;
    return any_member(m);
}

/* The item of a many-valued member against what is asked. */
static crm_status member_item(void *ctx, struct sql *s, const char *item_column, struct err *err) {
    struct membership *m = ctx;
    (void)s, (void)err;
    struct operand item = {.item = item_column, .type = m->many->type.item, .never_nil = true};
    return emit_compare(m->emit, EXPR_EQ, &item, &m->asked, EMIT_LOOSE);
}

static crm_status in_many(struct membership *m, const struct expr *many) {
    const struct expr_sql_context *context = m->emit->context;
    struct membership inner = *m;
    inner.many = many;
    return context->many(context->ctx, m->emit->sql, many, EXPR_SQL_VALUE, member_item, &inner,
                         m->emit->err);
}

static bool known_equal(const struct emit *x, const struct value *a, const struct value *b) {
    if (a->type == VALUE_NIL || b->type == VALUE_NIL) return a->type == b->type;
    if (emit_is_numeric(a->type)) return emit_millionths(x, a) == emit_millionths(x, b);
    if (a->type == VALUE_TEXT) return str_eq(a->text, b->text);
    return a->type == VALUE_BOOL ? a->boolean == b->boolean : a->integer == b->integer;
}

static crm_status in_member(struct membership *m, const struct operand *member) {
    if (m->asked.known && member->known)
        return emit_constant(m->emit, known_equal(m->emit, &m->asked.value, &member->value));
    return emit_compare(m->emit, EXPR_EQ, &m->asked, member, m->sureness);
}

static crm_status in_known_list(struct membership *m, const struct value *list) {
    struct emit *x = m->emit;
    if (list->type != VALUE_LIST || (m->asked.known && m->asked.value.type == VALUE_NIL))
        return emit_constant(x, false);
    sql_add(x->sql, "(");
    crm_status status = emit_add_operand(x, &m->asked);
    sql_add(x->sql, " IN (");
    for (size_t i = 0; i < list->list.count; i++) {
        if (i > 0) sql_add(x->sql, ", ");
        emit_known(x, &list->list.items[i]);
    }
    sql_add(x->sql, "))");
    if (!m->asked.never_nil) emit_sure(x, m->sureness);
    return status;
}

/* Known members of the asked type and scale become one IN list. */
static bool joins_list(const struct emit *x, const struct membership *m,
                       const struct operand *member) {
    if (!member->known || m->asked.known || member->value.type == VALUE_NIL ||
        member->value.type == VALUE_LIST)
        return false;
    if (m->asked.expr && m->asked.expr->op == EXPR_CONVERT) return false;
    return emit_scale(x, m->asked.type) == emit_scale(x, member->value.type);
}

static crm_status add_list(struct membership *m, size_t *ret_count) {
    struct emit *x = m->emit;
    struct operand member;
    size_t count = 0;
    for (size_t i = 1; i < m->call->call.count; i++) {
        crm_status status = emit_operand(x, m->call->call.args[i], &member);
        if (status != CRM_OK) return status;
        if (!joins_list(x, m, &member)) continue;
        if (count == 0) {
            sql_add(x->sql, "(");
            if ((status = emit_add_operand(x, &m->asked)) != CRM_OK) return status;
            sql_add(x->sql, " IN (");
        } else {
            sql_add(x->sql, ", ");
        }
        emit_known(x, &member.value);
        count++;
    }
    if (count > 0) {
        sql_add(x->sql, "))");
        if (!m->asked.never_nil) emit_sure(x, m->sureness);
    }
    *ret_count = count;
    return CRM_OK;
}

static crm_status any_member(struct membership *m) {
    struct emit *x = m->emit;
    struct operand member;
    size_t written = 0;
    sql_add(x->sql, "(");
    crm_status status = add_list(m, &written);
    for (size_t i = 1; status == CRM_OK && i < m->call->call.count; i++) {
        const struct expr *e = m->call->call.args[i];
        if ((status = emit_operand(x, e, &member)) != CRM_OK) break;
        if (joins_list(x, m, &member)) continue;
        if (written++ > 0) sql_add(x->sql, " OR ");
        if (e->type.type != VALUE_LIST)
            status = in_member(m, &member);
        else
            status = member.known ? in_known_list(m, &member.value) : in_many(m, e);
    }
    if (written == 0) sql_add(x->sql, "FALSE");
    sql_add(x->sql, ")");
    return status;
}

/* A known list asked against members of the record: each item in turn. */
static crm_status any_known(struct membership *m, const struct value *list) {
    struct emit *x = m->emit;
    sql_add(x->sql, "(FALSE");
    crm_status status = CRM_OK;
    for (size_t i = 0; list->type == VALUE_LIST && status == CRM_OK && i < list->list.count; i++) {
        sql_add(x->sql, " OR ");
        m->asked.value = list->list.items[i];
        status = any_member(m);
    }
    sql_add(x->sql, ")");
    return status;
}

crm_status emit_one_of(struct emit *x, const struct expr *e, enum emit_sureness sureness) {
    const struct expr *asked = e->call.args[0];
    struct membership m = {.emit = x, .call = e, .sureness = sureness};
    crm_status status = emit_operand(x, asked, &m.asked);
    if (status != CRM_OK) return status;
    if (asked->type.type != VALUE_LIST) return any_member(&m);
    if (m.asked.known) {
        struct value list = m.asked.value;
        return any_known(&m, &list);
    }
    m.asked.expr = NULL;
    m.asked.never_nil = true;
    return x->context->many(x->context->ctx, x->sql, asked, EXPR_SQL_VALUE, asked_item, &m, x->err);
}
