/* Row expressions to SQL, equal in result to expr_eval on both engines. Private to store/.
 *
 * Booleans come out as 0 / 1 (never NULL where the language says total), dates and times as BIGINT,
 * decimals as micro units, money as base minor units. What does not depend on the record is
 * computed by expr_eval and becomes a parameter; CRM_RANGE from there is the caller's to report.
 * Functions that the text calls: sqlite/functions.h, postgres/functions.h. Threads: one request. */
#ifndef STORE_EXPR_SQL_H
#define STORE_EXPR_SQL_H

#include "expr/expr.h"
#include "store/sql.h"

enum expr_sql_form {
    EXPR_SQL_VALUE,  /* the column itself; money: base amount */
    EXPR_SQL_FOLDED, /* text: its folded shadow, or crm_fold(column) where there is none */
    EXPR_SQL_AMOUNT  /* money: the amount as typed, for comparison with nil */
};

struct expr_sql_context {
    /* Emits a path's column, or the bare word NULL for what is hidden. Many-valued paths never come
     * here. */
    crm_status (*path)(void *ctx, struct sql *s, const struct expr *path, enum expr_sql_form form,
                       struct err *err);
    /* Emits "EXISTS (SELECT 1 FROM link table v WHERE v.record = ... AND <body>)" for a many-valued
     * path: the planner writes the frame, calls `body` to write the condition on the item column it
     * names (folded or not). `body` NULL: just existence. Frames nest (a list in a list), so each
     * needs an alias of its own. Items are never NULL. */
    crm_status (*many)(void *ctx, struct sql *s, const struct expr *path, enum expr_sql_form form,
                       crm_status (*body)(void *body_ctx, struct sql *s, const char *item_column,
                                          struct err *err),
                       void *body_ctx, struct err *err);
    /* Emits the number of items of a many-valued path. */
    crm_status (*many_count)(void *ctx, struct sql *s, const struct expr *path, struct err *err);
    void *ctx;
    int64_t now_ms;
    int64_t me, my_team;
    const struct value *my_tree;
    size_t my_tree_count;
    const struct store_company *company;
};

/* The value; lists have none (CRM_INTERNAL). */
crm_status expr_sql_add(struct sql *s, const struct expr *e, const struct expr_sql_context *context,
                        struct err *err);
/* As a WHERE condition: truth of the expression, where NULL may stand for false; simple comparisons
 * stay simple, so that indexes can be used. */
crm_status expr_sql_add_condition(struct sql *s, const struct expr *e,
                                  const struct expr_sql_context *context, struct err *err);

#endif
