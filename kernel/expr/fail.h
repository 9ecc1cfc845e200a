/* Errors of the expression language, with their column. Private to kernel/expr. */
#ifndef EXPR_FAIL_H
#define EXPR_FAIL_H

#include "expr/expr.h"
#include "expr/messages.h"

enum { EXPR_FAIL_ARGS = 4 };

/* {0} of the text is the column, {1}.. are `args` up to the first with a NULL pointer. */
crm_status expr_fail(struct err *err, crm_status status, const struct err_text *text,
                     uint32_t column, const struct str args[EXPR_FAIL_ARGS]);
#define EXPR_FAIL(err, status, text, column, ...)                                                  \
    expr_fail((err), (status), &(text), (column), (const struct str[EXPR_FAIL_ARGS]){__VA_ARGS__})
#if defined(__clang_analyzer__) && !defined(EXPR_FAIL_SOURCE) /* as in base/err.h */
#define expr_fail(err, status, ...) (expr_fail(err, status, __VA_ARGS__), err_failed_(status))
#endif

/* The word that definitions use for a type: "integer", "ref". */
struct str expr_type_word(enum value_type type);
/* A number for a message, written into `room`. */
struct str expr_number_word(uint64_t n, char room[24]);
/* The operator as written: "and", "<=". */
struct str expr_op_word(enum expr_op op);

#endif
