/* See expr_shape.h. */
#include "store/expr_shape.h"

#include "store/driver.h"

void shape_mix(uint64_t *hash, const void *bytes, size_t len) {
    uint64_t pair[2] = {*hash, statement_hash(bytes, len)};
    *hash = statement_hash(pair, sizeof pair);
}

void shape_mix_int(uint64_t *hash, int64_t n) { shape_mix(hash, &n, sizeof n); }

static void mix_literal(uint64_t *hash, const struct value *v) {
    shape_mix_int(hash, v->type);
    if (v->type == VALUE_TEXT)
        shape_mix(hash, v->text.ptr, v->text.len);
    else if (v->type == VALUE_BOOL)
        shape_mix_int(hash, v->boolean);
    else if (v->type != VALUE_NIL && v->type != VALUE_LIST)
        shape_mix_int(hash, v->integer);
}

static bool mix_node(void *ctx, const struct expr *e) {
    uint64_t *hash = ctx;
    shape_mix_int(hash, e->op);
    if (e->op == EXPR_LITERAL) mix_literal(hash, &e->literal);
    if (e->op == EXPR_CALL || e->op == EXPR_AGGREGATE)
        shape_mix_int(hash, e->call.code * 256 + e->call.count);
    for (uint8_t i = 0; e->op == EXPR_PATH && i < e->path.length; i++) {
        shape_mix_int(hash, e->path.step[i].field);
        if (e->path.step[i].narrowed) shape_mix_int(hash, e->path.step[i].narrowed);
    }
    return true;
}

uint64_t expr_shape(const struct expr *e) {
    uint64_t hash = 0;
    expr_walk(e, mix_node, &hash);
    return hash;
}
