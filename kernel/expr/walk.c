/* Walking, building and rewriting trees. */
#include "expr/expr.h"

/* Children by number, NULL behind the last: operands, arguments, then an aggregate's condition. */
static const struct expr *child(const struct expr *e, size_t index) {
    switch (e->op) {
    case EXPR_LITERAL:
    case EXPR_PATH:
        return NULL;
    case EXPR_CALL:
        return index < e->call.count ? e->call.args[index] : NULL;
    case EXPR_AGGREGATE:
        if (index < e->call.count) return e->call.args[index];
        return index == e->call.count ? e->call.condition : NULL;
    default:
        return index == 0 ? e->pair.left : index == 1 ? e->pair.right : NULL;
    }
}

bool expr_walk(const struct expr *e, bool (*fn)(void *ctx, const struct expr *e), void *ctx) {
    if (!fn(ctx, e)) return false;
    const struct expr *at;
    for (size_t i = 0; (at = child(e, i)) != NULL; i++)
        if (!expr_walk(at, fn, ctx)) return false;
    return true;
}

static bool is_no_path(void *ctx, const struct expr *e) {
    (void)ctx;
    return e->op != EXPR_PATH;
}

bool expr_has_path(const struct expr *e) { return !expr_walk(e, is_no_path, NULL); }

static bool is_boolean(const struct expr *e) { return e->type.type == VALUE_BOOL; }
static bool is_nil(const struct expr *e) { return e->type.type == VALUE_NIL; }

bool expr_or_is_truth(const struct expr *e) {
    const struct expr *left = e->pair.left, *right = e->pair.right;
    return is_boolean(e) &&
           !((is_boolean(left) || is_nil(left)) && (is_boolean(right) || is_nil(right)));
}

const struct expr *expr_amount_asked(const struct expr *e) {
    if (e->op != EXPR_EQ && e->op != EXPR_NE) return NULL;
    const struct expr *path = e->pair.left, *other = e->pair.right;
    if (path->op != EXPR_PATH) {
        path = e->pair.right;
        other = e->pair.left;
    }
    bool asked = path->op == EXPR_PATH && path->type.type == VALUE_MONEY &&
                 other->op == EXPR_LITERAL && is_nil(other);
    return asked ? path : NULL;
}

static struct expr *make(struct arena *a, enum expr_op op, const struct expr *left,
                         const struct expr *right) {
    struct expr *e = ARENA_NEW(a, struct expr);
    if (!e) return NULL;
    e->op = op;
    e->column = left->column;
    e->type.type = VALUE_BOOL;
    e->pair.left = left;
    e->pair.right = right;
    return e;
}

const struct expr *expr_and(struct arena *a, const struct expr *left, const struct expr *right) {
    if (!left || !right) return left ? left : right;
    struct expr *e = make(a, EXPR_AND, left, right);
    if (!e) return NULL;
    e->type = right->type;
    e->never_nil = is_boolean(left) && is_boolean(right) && left->never_nil && right->never_nil;
    return e;
}

const struct expr *expr_or(struct arena *a, const struct expr *left, const struct expr *right) {
    if (!left || !right) return left ? left : right;
    struct expr *e = make(a, EXPR_OR, left, right);
    if (!e) return NULL;
    e->never_nil =
        expr_or_is_truth(e) || right->never_nil || (left->never_nil && !is_boolean(left));
    return e;
}

const struct expr *expr_not(struct arena *a, const struct expr *e) {
    struct expr *negated = e ? make(a, EXPR_NOT, e, NULL) : NULL;
    if (negated) negated->never_nil = true;
    return negated;
}

const struct expr *expr_literal(struct arena *a, struct value v) {
    struct expr *e = ARENA_NEW(a, struct expr);
    if (!e || !value_copy(a, &v, &e->literal)) return NULL;
    e->op = EXPR_LITERAL;
    e->column = 1;
    e->type.type = v.type;
    if (v.type == VALUE_LIST && v.list.count) e->type.item = v.list.items[0].type;
    e->never_nil = v.type != VALUE_NIL;
    return e;
}

typedef const struct expr *(*rewrite_fn)(void *ctx, struct arena *a, const struct expr *e);

static bool rewrite_call(struct arena *a, struct expr *copy, rewrite_fn fn, void *ctx) {
    const struct expr **args =
        ARENA_ARRAY(a, copy->call.count ? copy->call.count : 1u, const struct expr *);
    if (!args) return false;
    for (size_t i = 0; i < copy->call.count; i++)
        if (!(args[i] = expr_rewrite(a, copy->call.args[i], fn, ctx))) return false;
    copy->call.args = args;
    if (copy->op == EXPR_AGGREGATE && copy->call.condition)
        return (copy->call.condition = expr_rewrite(a, copy->call.condition, fn, ctx)) != NULL;
    return true;
}

const struct expr *expr_rewrite(struct arena *a, const struct expr *e, rewrite_fn fn, void *ctx) {
    struct expr *copy = ARENA_NEW(a, struct expr);
    if (!copy) return NULL;
    *copy = *e;
    if (e->op == EXPR_CALL || e->op == EXPR_AGGREGATE) {
        if (!rewrite_call(a, copy, fn, ctx)) return NULL;
    } else if (e->op != EXPR_LITERAL && e->op != EXPR_PATH) {
        if (!(copy->pair.left = expr_rewrite(a, e->pair.left, fn, ctx))) return NULL;
        if (e->pair.right && !(copy->pair.right = expr_rewrite(a, e->pair.right, fn, ctx)))
            return NULL;
    }
    const struct expr *replaced = fn(ctx, a, copy);
    return replaced ? replaced : copy;
}
