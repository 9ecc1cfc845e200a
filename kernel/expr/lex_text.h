/* Texts in quotes with Lua's escapes. Private to kernel/expr. */
#ifndef EXPR_LEX_TEXT_H
#define EXPR_LEX_TEXT_H

#include "expr/lex.h"

/* Reads the text whose opening quote stands at l->at, without moving. *ret_bytes: with both quotes.
 */
crm_status lex_text_read(const struct lexer *l, struct str *ret, size_t *ret_bytes);

#endif
