/* Tokens of the expression language. Private to kernel/expr.
 *
 * Lua's lexis without comments, long brackets, hexadecimal and exponents. What people bring from
 * other languages (!=, &&, =, curly quotes) is refused by name, with what to write instead.
 * Names are slices of the source; texts with escapes are made in the arena. */
#ifndef EXPR_LEX_H
#define EXPR_LEX_H

#include "expr/expr.h"

enum token_type {
    TOKEN_END,
    TOKEN_NAME,
    TOKEN_LITERAL, /* number, text, true, false, nil: `value` */
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_COMMA,
    TOKEN_POINT,
    TOKEN_NOT,
    TOKEN_AND,
    TOKEN_OR,
    TOKEN_EQ,
    TOKEN_NE,
    TOKEN_LT,
    TOKEN_LE,
    TOKEN_GT,
    TOKEN_GE,
    TOKEN_CONCAT,
    TOKEN_ADD,
    TOKEN_SUB,
    TOKEN_MUL,
    TOKEN_DIV
};

struct token {
    enum token_type type;
    uint32_t column;
    struct str text; /* as written */
    struct value value;
};

struct lexer {
    struct arena *arena;
    struct str text; /* valid UTF-8 */
    size_t at;
    uint32_t column; /* of `at`, in characters from 1 */
    struct err *err;
};

crm_status lexer_next(struct lexer *l, struct token *ret);

#endif
