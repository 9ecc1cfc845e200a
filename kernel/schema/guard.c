/* Row rules never grant by absence: where a rule holds because two things equal each other, both
 * must be there. `team == my_team()` for somebody without a team would else open every record
 * without one. Only comparisons that can make the rule true are guarded; under `not` they can only
 * make it false. Threads: any; new nodes in the given arena. */
#include "schema/guard.h"

static struct expr *node(struct arena *a, enum expr_op op, const struct expr *left,
                         const struct expr *right) {
    struct expr *e = ARENA_NEW(a, struct expr);
    if (!e) return NULL;
    e->op = op;
    e->type.type = VALUE_BOOL;
    e->never_nil = true;
    e->column = left->column;
    e->pair.left = left;
    e->pair.right = right;
    return e;
}

static const struct expr *present(struct arena *a, const struct expr *subject,
                                  const struct expr *rule) {
    const struct expr *nil = expr_literal(a, VALUE_OF_NIL);
    const struct expr *there = nil ? node(a, EXPR_NE, subject, nil) : NULL;
    return there ? node(a, EXPR_AND, there, rule) : NULL;
}

static bool can_be_nil(const struct expr *e) { return e->op != EXPR_LITERAL && !e->never_nil; }

static const struct expr *guard(struct arena *a, const struct expr *e, bool positive) {
    switch (e->op) {
    case EXPR_AND:
    case EXPR_OR: {
        const struct expr *left = guard(a, e->pair.left, positive),
                          *right = guard(a, e->pair.right, positive);
        struct expr *copy = left && right ? ARENA_NEW(a, struct expr) : NULL;
        if (!copy) return NULL;
        *copy = *e;
        copy->pair.left = left;
        copy->pair.right = right;
        return copy;
    }
    case EXPR_NOT: {
        const struct expr *inner = guard(a, e->pair.left, !positive);
        return inner ? expr_not(a, inner) : NULL;
    }
    case EXPR_EQ:
        if (positive && can_be_nil(e->pair.left) && can_be_nil(e->pair.right))
            return present(a, e->pair.left, e);
        return e;
    case EXPR_CALL:
        if (positive && e->call.code == EXPR_FN_one_of && can_be_nil(e->call.args[0]))
            return present(a, e->call.args[0], e);
        return e;
    default:
        return e;
    }
}

const struct expr *schema_guard_rows(struct arena *a, const struct expr *rule) {
    return guard(a, rule, true);
}
