/* Errors of the expression language: every message begins with the column. */
#define EXPR_FAIL_SOURCE 1
#include "expr/fail.h"

#include <stdio.h>

struct str expr_number_word(uint64_t n, char room[24]) {
    int len = snprintf(room, 24, "%llu", (unsigned long long)n);
    return str_make(room, len > 0 ? (size_t)len : 0);
}

crm_status expr_fail(struct err *err, crm_status status, const struct err_text *text,
                     uint32_t column, const struct str args[EXPR_FAIL_ARGS]) {
    char room[24];
    struct str all[EXPR_FAIL_ARGS + 1] = {expr_number_word(column, room)};
    size_t count = 1;
    while (count <= EXPR_FAIL_ARGS && args[count - 1].ptr) {
        all[count] = args[count - 1];
        count++;
    }
    err_set_args(err, status, text, all, count);
    if (err) err->column = column;
    return status;
}

struct str expr_type_word(enum value_type type) {
    static const char *const words[VALUE_TYPE_COUNT] = {
        [VALUE_NIL] = "nil",         [VALUE_BOOL] = "boolean", [VALUE_INT] = "integer",
        [VALUE_DECIMAL] = "decimal", [VALUE_MONEY] = "money",  [VALUE_TEXT] = "text",
        [VALUE_DATE] = "date",       [VALUE_TIME] = "time",    [VALUE_ID] = "ref",
        [VALUE_LIST] = "list",
    };
    return str_from(words[type]);
}

struct str expr_op_word(enum expr_op op) {
    static const char *const words[] = {
        [EXPR_LITERAL] = "literal",
        [EXPR_PATH] = "field",
        [EXPR_NOT] = "not",
        [EXPR_NEGATE] = "-",
        [EXPR_AND] = "and",
        [EXPR_OR] = "or",
        [EXPR_EQ] = "==",
        [EXPR_NE] = "~=",
        [EXPR_LT] = "<",
        [EXPR_LE] = "<=",
        [EXPR_GT] = ">",
        [EXPR_GE] = ">=",
        [EXPR_ADD] = "+",
        [EXPR_SUB] = "-",
        [EXPR_MUL] = "*",
        [EXPR_DIV] = "/",
        [EXPR_CONCAT] = "..",
        [EXPR_CALL] = "call",
        [EXPR_AGGREGATE] = "aggregate",
        [EXPR_CONVERT] = "number",
    };
    return str_from(words[op]);
}

crm_status expr_refuse_depth(const struct expr *e, int limit, struct err *err) {
    char room[24];
    return EXPR_FAIL(err, CRM_INVALID, expr_too_deep, e->column,
                     expr_number_word((uint64_t)limit, room));
}
