#include "record/read_expr.h"

const struct expr *read_path(struct arena *a, const struct schema_field *f) {
    struct expr *e = ARENA_NEW(a, struct expr);
    if (!e) return NULL;
    e->op = EXPR_PATH;
    e->type = f->value_type;
    e->path.length = 1;
    e->path.step[0] = (struct expr_symbol){
        .field = f->id, .type = f->value_type, .many = f->value_type.type == VALUE_LIST};
    return e;
}

const struct expr *read_compare(struct arena *a, enum expr_op op, const struct expr *left,
                                const struct expr *right) {
    if (!left || !right) return NULL;
    struct expr *e = ARENA_NEW(a, struct expr);
    if (!e) return NULL;
    e->op = op;
    e->type.type = VALUE_BOOL;
    e->never_nil = true;
    e->pair.left = left;
    e->pair.right = right;
    return e;
}

static const struct expr *call(struct arena *a, enum expr_function code, const struct expr **args,
                               size_t count) {
    struct expr *e = ARENA_NEW(a, struct expr);
    if (!e) return NULL;
    e->op = EXPR_CALL;
    e->type.type = VALUE_BOOL;
    e->never_nil = true;
    e->call.code = (uint8_t)code;
    e->call.count = (uint16_t)count;
    e->call.args = args;
    return e;
}

const struct expr *read_equals(struct arena *a, const struct schema_field *f, struct value value) {
    const struct expr *path = read_path(a, f), *literal = expr_literal(a, value);
    if (f->value_type.type != VALUE_LIST) return read_compare(a, EXPR_EQ, path, literal);
    const struct expr **args = ARENA_ARRAY(a, 2, const struct expr *);
    if (!args || !path || !literal) return NULL;
    args[0] = path;
    args[1] = literal;
    return call(a, EXPR_FN_one_of, args, 2);
}

const struct expr *read_one_of(struct arena *a, const struct schema_field *f, const int64_t *ids,
                               size_t count) {
    const struct expr **args = ARENA_ARRAY(a, count + 1, const struct expr *);
    if (!args || count >= UINT16_MAX) return NULL;
    args[0] = read_path(a, f);
    if (!args[0]) return NULL;
    for (size_t i = 0; i < count; i++)
        if (!(args[i + 1] = expr_literal(a, value_id(ids[i])))) return NULL;
    return call(a, EXPR_FN_one_of, args, count + 1);
}
