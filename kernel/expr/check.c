/* Literals, paths, logic and comparisons as typed nodes. */
#include "expr/check.h"

crm_status check_node(struct checker *c, enum expr_op op, uint32_t column, struct expr **ret) {
    char room[24];
    if (++c->nodes > EXPR_MAX_NODES)
        return EXPR_FAIL(c->err, CRM_INVALID, expr_too_many, column,
                         expr_number_word(EXPR_MAX_NODES, room));
    struct expr *e = ARENA_NEW(c->arena, struct expr);
    if (!e) return err_no_memory(c->err);
    e->op = op;
    e->column = column;
    *ret = e;
    return CRM_OK;
}

crm_status check_literal(struct checker *c, struct value v, uint32_t column,
                         const struct expr **ret) {
    struct expr *e = NULL;
    crm_status status = check_node(c, EXPR_LITERAL, column, &e);
    if (status != CRM_OK) return status;
    e->type.type = v.type;
    e->never_nil = v.type != VALUE_NIL;
    e->literal = v;
    *ret = e;
    return CRM_OK;
}

static bool is_function(struct str name) {
#define CHECK_NAME(function, from, to) || str_is(name, #function)
    return false EXPR_FUNCTIONS(CHECK_NAME);
#undef CHECK_NAME
}

static crm_status unknown_field(struct checker *c, int32_t entity, const struct check_name *name,
                                bool first) {
    if (first && is_function(name->text))
        return EXPR_FAIL(c->err, CRM_INVALID, expr_function_bare, name->column, name->text);
    struct str similar =
        c->scope->suggest ? c->scope->suggest(c->scope->ctx, entity, name->text) : STR_NONE;
    if (similar.len == 0)
        return EXPR_FAIL(c->err, CRM_INVALID, expr_unknown_field, name->column, name->text);
    return EXPR_FAIL(c->err, CRM_INVALID, expr_similar_field, name->column, name->text, similar);
}

/* Whether a path may go on behind a step of this type. */
static crm_status check_step(struct checker *c, const struct expr_symbol *step,
                             const struct check_name *names) {
    if (step->many || step->type.type == VALUE_LIST)
        return EXPR_FAIL(c->err, CRM_INVALID, expr_list_fields, names[1].column, names[0].text);
    if (step->type.type != VALUE_ID)
        return EXPR_FAIL(c->err, CRM_INVALID, expr_no_fields, names[1].column, names[0].text,
                         expr_type_word(step->type.type), names[1].text);
    if (step->type.entity == 0)
        return EXPR_FAIL(c->err, CRM_INVALID, expr_any_fields, names[1].column, names[0].text);
    return CRM_OK;
}

/* Behind a reference to records of any kind stands the name of an entity. */
static bool narrow_step(struct checker *c, struct expr_symbol *step,
                        const struct check_name *name) {
    if (step->type.type != VALUE_ID || step->type.entity != 0 || !c->scope->narrow) return false;
    step->narrowed = c->scope->narrow(c->scope->ctx, name->text);
    step->type.entity = step->narrowed;
    return step->narrowed != 0;
}

crm_status check_path(struct checker *c, const struct check_name *names, size_t count,
                      const struct expr **ret) {
    struct expr *e = NULL;
    crm_status status = check_node(c, EXPR_PATH, names[0].column, &e);
    if (status != CRM_OK) return status;
    int32_t entity = c->scope->root_entity;
    size_t length = 0;
    for (size_t i = 0; i < count; i++) {
        struct expr_symbol *step = &e->path.step[length];
        if (length > 0 && narrow_step(c, step - 1, &names[i])) continue;
        if (length > 0) {
            if ((status = check_step(c, step - 1, &names[i - 1])) != CRM_OK) return status;
            entity = step[-1].type.entity;
        }
        if (!c->scope->resolve(c->scope->ctx, entity, names[i].text, step))
            return unknown_field(c, entity, &names[i], i == 0);
        length++;
    }
    if (c->mode == EXPR_MODE_MEASURE && !c->in_aggregate)
        return EXPR_FAIL(c->err, CRM_INVALID, expr_field_bare, names[0].column, names[0].text);
    e->path.length = (uint8_t)length;
    e->type = e->path.step[length - 1].type;
    *ret = e;
    return CRM_OK;
}

crm_status check_unary(struct checker *c, enum expr_op op, uint32_t column,
                       const struct expr *operand, const struct expr **ret) {
    if (op == EXPR_NEGATE)
        return check_arithmetic(c, op, column, (struct check_pair){operand, NULL}, ret);
    struct expr *e = NULL;
    crm_status status = check_node(c, EXPR_NOT, column, &e);
    if (status != CRM_OK) return status;
    e->type.type = VALUE_BOOL;
    e->never_nil = true;
    e->pair.left = operand;
    *ret = e;
    return CRM_OK;
}

/* A list counts by its truth here: lists are never results. */
static crm_status list_truth(struct checker *c, const struct expr **operand) {
    const struct expr *list = *operand;
    if (list->type.type != VALUE_LIST) return CRM_OK;
    crm_status status = check_unary(c, EXPR_NOT, list->column, list, operand);
    return status == CRM_OK ? check_unary(c, EXPR_NOT, list->column, *operand, operand) : status;
}

static crm_status check_and(struct checker *c, uint32_t column, struct check_pair pair,
                            const struct expr **ret) {
    struct expr *e = NULL;
    crm_status status = list_truth(c, &pair.right);
    if (status == CRM_OK) status = check_node(c, EXPR_AND, column, &e);
    if (status != CRM_OK) return status;
    bool booleans = pair.left->type.type == VALUE_BOOL && pair.right->type.type == VALUE_BOOL;
    e->type = pair.right->type;
    e->never_nil = booleans && pair.left->never_nil && pair.right->never_nil;
    e->pair.left = pair.left;
    e->pair.right = pair.right;
    *ret = e;
    return CRM_OK;
}

static crm_status check_or(struct checker *c, uint32_t column, struct check_pair pair,
                           const struct expr **ret) {
    struct expr *e = NULL;
    const struct expr *operands[2] = {pair.left, pair.right};
    struct check_unified unified;
    crm_status status = check_unify(c, operands, 2, &unified);
    if (status == CRM_OK) status = check_node(c, EXPR_OR, column, &e);
    if (status != CRM_OK) return status;
    e->type = unified.type;
    if (unified.mixed) e->type = (struct expr_type){.type = VALUE_BOOL};
    bool left_true = operands[0]->never_nil && operands[0]->type.type != VALUE_BOOL;
    e->never_nil = unified.mixed || left_true || operands[1]->never_nil;
    e->pair.left = operands[0];
    e->pair.right = operands[1];
    *ret = e;
    return CRM_OK;
}

static crm_status check_compare(struct checker *c, enum expr_op op, uint32_t column,
                                struct check_pair pair, const struct expr **ret) {
    struct expr *e = NULL;
    bool lists = pair.left->type.type == VALUE_LIST || pair.right->type.type == VALUE_LIST;
    bool nil = pair.left->type.type == VALUE_NIL || pair.right->type.type == VALUE_NIL;
    bool equality = op == EXPR_EQ || op == EXPR_NE;
    if (lists && !(nil && equality))
        return EXPR_FAIL(c->err, CRM_INVALID, expr_compare_list, column, expr_op_word(op));
    crm_status status = check_comparable(c, op, column, &pair);
    if (status == CRM_OK) status = check_node(c, op, column, &e);
    if (status != CRM_OK) return status;
    e->type.type = VALUE_BOOL;
    e->never_nil = true;
    e->pair.left = pair.left;
    e->pair.right = pair.right;
    *ret = e;
    return CRM_OK;
}

crm_status check_binary(struct checker *c, enum expr_op op, uint32_t column, struct check_pair pair,
                        const struct expr **ret) {
    switch (op) {
    case EXPR_AND:
        return check_and(c, column, pair, ret);
    case EXPR_OR:
        return check_or(c, column, pair, ret);
    case EXPR_EQ:
    case EXPR_NE:
    case EXPR_LT:
    case EXPR_LE:
    case EXPR_GT:
    case EXPR_GE:
        return check_compare(c, op, column, pair, ret);
    default:
        return check_arithmetic(c, op, column, pair, ret);
    }
}
