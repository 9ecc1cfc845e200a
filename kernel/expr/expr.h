/* The expression language: parsed and checked once into an immutable typed tree, then evaluated on
 * a record (expr_eval) or compiled to SQL (store/expr_sql.h).
 *
 * Total: no loops, no floats, no I/O; evaluation ends in time linear in the tree, and its only
 * errors are CRM_RANGE (arithmetic left 64 bits, a date left the years 1..9999, a text grew too
 * long) and CRM_NO_MEMORY. `and`, `or`, if_else and coalesce evaluate only what they need; SQL
 * engines may compute more, so an overflow in a branch not taken may or may not be raised there.
 *
 * nil: `==` and `~=` are total; ordering with nil is false; arithmetic and `..` with nil give nil;
 * division by zero gives nil; contains, starts_with and one_of are never nil. `a and b` has the
 * type of b: b where a is true, else false (both booleans and a is false) or nil. `a or b` is an
 * operand where the types agree, else their truth as a boolean. An empty list is nil.
 *
 * Money counts as its amount in the base currency, and is nil where that is not known; only
 * `path == nil` and `path ~= nil` ask about the amount itself. Compared with a number, money counts
 * in whole units of the base currency, exactly. A number literal beside money in coalesce, if_else,
 * min_of, max_of and `or` is that many units of the base currency.
 *
 * The tree knows nothing of schemas: names are resolved at check time by a scope, and a path keeps
 * the scope's own numbers. Trees live in the arena they were parsed into and may be shared between
 * threads. */
#ifndef EXPR_EXPR_H
#define EXPR_EXPR_H

#include "base/arena.h"
#include "base/err.h"
#include "base/time.h"
#include "base/value.h"

enum {
    EXPR_MAX_BYTES = 16384,
    EXPR_MAX_NODES = 2000,
    EXPR_MAX_DEPTH = 64, /* of parentheses, calls and prefix operators in each other */
    EXPR_MAX_KEPT = 64,  /* kept conditions, those in each other included */
    EXPR_PATH_MAX = 6,
    EXPR_TEXT_MAX_BYTES = 1000000 /* of a text made by `..` */
};

/* 0001-01-01 and 9999-12-31: dates that expressions can make. */
#define EXPR_DATE_MIN INT64_C(-719162)
#define EXPR_DATE_MAX INT64_C(2932896)

/* A value type with, for ids, the entity referred to (0: any entity) and for lists the item type.
 */
struct expr_type {
    enum value_type type;
    enum value_type item; /* lists */
    int32_t entity;       /* ids, and lists of ids */
};

/* One step of a path: a field of an entity, as the scope numbers it. */
struct expr_symbol {
    int32_t field;
    struct expr_type type;
    bool many; /* a list of values (type LIST), usable in contains, starts_with, one_of, len, == nil
                */
    int32_t narrowed; /* of a reference to records of any entity: the only one that counts here, nil
                         for others; 0: every one */
};

/* A reference to a record of another entity than the one that the step is narrowed to. */
static inline bool expr_step_misses(const struct expr_symbol *step, const struct value *v) {
    return step->narrowed && v->type == VALUE_ID && v->entity != step->narrowed;
}

/* Where names come from. `entity` 0 is the root entity of the scope. */
struct expr_scope {
    int32_t root_entity;
    /* Finds `name` in `entity`; false when there is none (or the caller may not know of it). */
    bool (*resolve)(void *ctx, int32_t entity, struct str name, struct expr_symbol *ret);
    /* The entity of this name, for paths through references to records of any kind
     * (`about.person.name`); 0 where there is none or the caller may not know of it. NULL: none. */
    int32_t (*narrow)(void *ctx, struct str name);
    /* Suggests a similar name for the message; may be NULL. */
    struct str (*suggest)(void *ctx, int32_t entity, struct str name);
    void *ctx;
    /* The condition on the root entity that is kept under `name`: in_segment("name") stands for it
     * and is checked in this same scope. Err untouched: CRM_NOT_FOUND where the caller knows of
     * none, CRM_CONFLICT where of several. NULL: none may stand here. */
    crm_status (*kept)(void *ctx, struct arena *a, struct str name, struct str *ret,
                       struct err *err);
    void *kept_ctx;
};

enum expr_op {
    EXPR_LITERAL,
    EXPR_PATH,
    EXPR_NOT,
    EXPR_NEGATE,
    EXPR_AND,
    EXPR_OR,
    EXPR_EQ,
    EXPR_NE,
    EXPR_LT,
    EXPR_LE,
    EXPR_GT,
    EXPR_GE,
    EXPR_ADD,
    EXPR_SUB,
    EXPR_MUL,
    EXPR_DIV,
    EXPR_CONCAT, /* .. */
    EXPR_CALL,
    EXPR_AGGREGATE,
    EXPR_CONVERT /* unary, made by the check: integer to decimal, date to its first moment, number
                  * literal to money in the base currency; `type` says to what */
};

/* name, number of arguments from..to (to 255 = any). Types are checked in check_call.c.
 *
 *   today() date   now() time   me() my_team() ref or nil   my_tree() list of refs
 *   one_of(x, a, ...) is x equal to one of them? x and the others may be lists: any item counts
 *   contains(text, part) starts_with(text, part) compare folded; of a list: any item
 *   lower(text) the folded text: lower case, no accents, ё as е   len(text) characters, len(list)
 * items abs(x) round(x) round(x, places 0..6) half away from zero   floor(x): of integer, decimal,
 * money; round(x) and floor(x) of a decimal are integers, of money whole units min_of max_of leave
 * nil out (numbers, money, text, date, time)   coalesce the first that is not nil
 *   if_else(condition, a, b)
 *   day week month quarter year(date or time) first day of the period, as a date
 *   date_add(date, integer, "day" | "week" | "month" | "quarter" | "year")
 *   days(number of days) whole days, rounded down: days(done_at - created_at) */
#define EXPR_FUNCTIONS(X)                                                                          \
    X(today, 0, 0)                                                                                 \
    X(now, 0, 0)                                                                                   \
    X(me, 0, 0)                                                                                    \
    X(my_team, 0, 0)                                                                               \
    X(my_tree, 0, 0)                                                                               \
    X(one_of, 2, 255)                                                                              \
    X(contains, 2, 2)                                                                              \
    X(starts_with, 2, 2)                                                                           \
    X(lower, 1, 1)                                                                                 \
    X(len, 1, 1)                                                                                   \
    X(abs, 1, 1)                                                                                   \
    X(round, 1, 2)                                                                                 \
    X(floor, 1, 1)                                                                                 \
    X(min_of, 2, 255)                                                                              \
    X(max_of, 2, 255)                                                                              \
    X(coalesce, 2, 255)                                                                            \
    X(if_else, 3, 3)                                                                               \
    X(day, 1, 1)                                                                                   \
    X(week, 1, 1)                                                                                  \
    X(month, 1, 1)                                                                                 \
    X(quarter, 1, 1)                                                                               \
    X(year, 1, 1)                                                                                  \
    X(date_add, 3, 3)                                                                              \
    X(days, 1, 1)

enum expr_function {
#define EXPR_FUNCTION_ENUM(name, from, to) EXPR_FN_##name,
    EXPR_FUNCTIONS(EXPR_FUNCTION_ENUM)
#undef EXPR_FUNCTION_ENUM
        EXPR_FUNCTION_COUNT
};

#define EXPR_AGGREGATES(X)                                                                         \
    X(count)                                                                                       \
    X(count_distinct)                                                                              \
    X(sum)                                                                                         \
    X(avg)                                                                                         \
    X(min)                                                                                         \
    X(max)                                                                                         \
    X(median)                                                                                      \
    X(percentile)

enum expr_aggregate {
#define EXPR_AGGREGATE_ENUM(name) EXPR_AGG_##name,
    EXPR_AGGREGATES(EXPR_AGGREGATE_ENUM)
#undef EXPR_AGGREGATE_ENUM
        EXPR_AGGREGATE_COUNT
};

/* A node; read-only for compilers and evaluators. */
struct expr {
    enum expr_op op;
    struct expr_type type;
    bool never_nil;  /* known at check time */
    uint32_t column; /* 1-based place in the text */
    union {
        struct value literal;
        struct {
            uint8_t length;
            struct expr_symbol step[EXPR_PATH_MAX];
        } path;
        struct {
            uint8_t code; /* enum expr_function or enum expr_aggregate */
            uint16_t count;
            const struct expr *const
                *args; /* aggregate: the value if it has one; percentile: and p */
            const struct expr *condition; /* aggregate's condition or NULL */
        } call;
        struct {
            const struct expr *left, *right; /* unary: left only */
        } pair;
    };
};

enum expr_mode {
    EXPR_MODE_ROW,    /* no aggregates */
    EXPR_MODE_MEASURE /* aggregates and anything computed from them; bare fields refused */
};

/* Parses and checks. Errors: CRM_INVALID with the column and the text around it, what was found and
 * what would be right. `text` is copied into the arena. */
crm_status expr_parse(struct arena *a, struct str text, const struct expr_scope *scope,
                      enum expr_mode mode, const struct expr **ret, struct err *err);
/* Whether the value depends on the record: a path stands somewhere in it. */
bool expr_has_path(const struct expr *e);
/* `or` between different types: the truth as a boolean instead of an operand. */
bool expr_or_is_truth(const struct expr *e);
/* `path == nil` and `path ~= nil` on money ask about the amount as typed: that path, else NULL. */
const struct expr *expr_amount_asked(const struct expr *e);
/* The word that the language uses for the function, the aggregate. */
const char *expr_function_name(enum expr_function function);
const char *expr_aggregate_name(enum expr_aggregate aggregate);
/* CRM_INVALID for a tree that nests deeper at `e` than an engine takes. */
crm_status expr_refuse_depth(const struct expr *e, int limit, struct err *err);
/* Visits every node, parents first, an aggregate's condition last; return false to stop. */
bool expr_walk(const struct expr *e, bool (*fn)(void *ctx, const struct expr *e), void *ctx);
/* Builders, for rules made by code: all in arena `a`, NULL on exhaustion; a NULL operand of
 * expr_and yields the other one. */
const struct expr *expr_and(struct arena *a, const struct expr *left, const struct expr *right);
const struct expr *expr_or(struct arena *a, const struct expr *left, const struct expr *right);
const struct expr *expr_not(struct arena *a, const struct expr *e);
const struct expr *expr_literal(struct arena *a, struct value v);
/* Copy of a tree, children first, with every node mapped: fn sees the copy and returns a
 * replacement of the same type, or NULL to keep it. NULL on exhaustion. */
const struct expr *
expr_rewrite(struct arena *a, const struct expr *e,
             const struct expr *(*fn)(void *ctx, struct arena *a, const struct expr *e), void *ctx);

/* What evaluation may ask of its surroundings. Fixed for one request: now() is one moment. */
struct expr_env {
    /* The value of a path on the record at hand, under the viewer's rights (nil where unseen). */
    crm_status (*get)(void *ctx, const struct expr *path, struct value *ret, struct err *err);
    void *ctx;
    struct arena *arena;     /* for texts and lists that evaluation makes */
    const struct zone *zone; /* the company's */
    int64_t now_ms;
    int64_t me;                  /* user id, 0 = nobody: me() is nil */
    int64_t my_team;             /* 0 = nil */
    const struct value *my_tree; /* team ids, VALUE_ID */
    size_t my_tree_count;
    int week_start, fiscal_month;
    struct currency base_currency; /* the company's */
    int base_digits;               /* its digits after the point */
};

/* Texts in *ret are borrowed from the tree, the record or env->arena. */
crm_status expr_eval(const struct expr *e, const struct expr_env *env, struct value *ret,
                     struct err *err);
/* Truth as in Lua: everything but nil and false. */
bool value_truthy(const struct value *v);

/* Running state of the aggregates of one measure expression over one group. */
struct expr_group;
/* `measures` are trees of EXPR_MODE_MEASURE. */
size_t expr_group_bytes(const struct expr *const *measures, size_t count);
struct expr_group *expr_group_new(struct arena *a, const struct expr *const *measures,
                                  size_t count);
/* One row: for aggregate number i (in walk order over all measures) `value` is what that row yields
 * for its argument (NULL for count) and `condition` the truth of its condition (true without one).
 */
crm_status expr_group_add(struct expr_group *g, struct arena *a, size_t aggregate,
                          const struct value *value, bool condition, struct err *err);
/* Many rows at once, where an engine has summed them up: how many count (sum and avg: how many
 * values), their sum, and for min and max the least or greatest (nil = none). Not for
 * count_distinct, median and percentile. */
struct expr_partial {
    int64_t count;
    __int128 total;
    struct value extreme;
};
crm_status expr_group_merge(struct expr_group *g, struct arena *a, size_t aggregate,
                            const struct expr_partial *partial, struct err *err);
/* The aggregates of all measures in walk order; returns their number, stores up to `max`. */
size_t expr_group_aggregates(const struct expr *const *measures, size_t count,
                             const struct expr **ret_aggregates, size_t max);
/* The measure's final value, arithmetic between aggregates included. */
crm_status expr_group_get(struct expr_group *g, size_t measure, const struct expr_env *env,
                          struct value *ret, struct err *err);

#endif
