/* The lexer: words, numbers and punctuation. Texts in quotes: lex_text.c. */
#include "expr/lex.h"

#include "base/number.h"
#include "expr/fail.h"
#include "expr/lex_text.h"

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static char peek(const struct lexer *l, size_t ahead) {
    return l->at + ahead < l->text.len ? l->text.ptr[l->at + ahead] : '\0';
}

/* Bytes of the character at `at`. */
static size_t character_bytes(const struct lexer *l) {
    size_t n = 1;
    while (l->at + n < l->text.len && ((unsigned char)l->text.ptr[l->at + n] & 0xC0u) == 0x80u)
        n++;
    return n;
}

static void advance(struct lexer *l, size_t bytes) {
    for (size_t i = 0; i < bytes; i++)
        if (((unsigned char)l->text.ptr[l->at + i] & 0xC0u) != 0x80u) l->column++;
    l->at += bytes;
}

static crm_status take(struct lexer *l, enum token_type type, size_t bytes, struct token *ret) {
    *ret = (struct token){
        .type = type, .column = l->column, .text = str_make(l->text.ptr + l->at, bytes)};
    advance(l, bytes);
    return CRM_OK;
}

static crm_status take_literal(struct lexer *l, struct value value, size_t bytes,
                               struct token *ret) {
    take(l, TOKEN_LITERAL, bytes, ret);
    ret->value = value;
    return CRM_OK;
}

static bool is_statement_word(struct str word) {
    static const char *const words[] = {"break",    "do",   "else",  "elseif", "end",   "for",
                                        "function", "goto", "if",    "in",     "local", "repeat",
                                        "return",   "then", "until", "while"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (str_is(word, words[i])) return true;
    return false;
}

static crm_status lex_word(struct lexer *l, struct token *ret) {
    size_t n = 1;
    while (is_name_start(peek(l, n)) || is_digit(peek(l, n)))
        n++;
    struct str word = str_make(l->text.ptr + l->at, n);
    if (str_is(word, "and")) return take(l, TOKEN_AND, n, ret);
    if (str_is(word, "or")) return take(l, TOKEN_OR, n, ret);
    if (str_is(word, "not")) return take(l, TOKEN_NOT, n, ret);
    if (str_is(word, "nil")) return take_literal(l, VALUE_OF_NIL, n, ret);
    if (str_is(word, "true")) return take_literal(l, value_bool(true), n, ret);
    if (str_is(word, "false")) return take_literal(l, value_bool(false), n, ret);
    if (is_statement_word(word))
        return EXPR_FAIL(l->err, CRM_INVALID, expr_lua_word, l->column, word);
    return take(l, TOKEN_NAME, n, ret);
}

static crm_status lex_number(struct lexer *l, struct token *ret) {
    size_t n = 0, places = 0;
    while (is_digit(peek(l, n)))
        n++;
    bool decimal = peek(l, n) == '.' && peek(l, n + 1) != '.';
    if (decimal) {
        size_t point = n++;
        while (is_digit(peek(l, n)))
            n++;
        places = n - point - 1;
    }
    size_t end = n;
    while (is_name_start(peek(l, end)) || is_digit(peek(l, end)))
        end++;
    struct str text = str_make(l->text.ptr + l->at, n), whole = str_make(text.ptr, end);
    if (end != n || (decimal && places == 0) || peek(l, 0) == '.')
        return EXPR_FAIL(l->err, CRM_INVALID, expr_number_form, l->column, whole);
    if (places > DECIMAL_PLACES)
        return EXPR_FAIL(l->err, CRM_INVALID, expr_number_places, l->column, text);
    int64_t number;
    bool fits = decimal ? decimal_parse(text, &number) : str_to_int64(text, &number);
    if (!fits) return EXPR_FAIL(l->err, CRM_INVALID, expr_number_range, l->column, text);
    return take_literal(l, decimal ? value_decimal(number) : value_int(number), n, ret);
}

static crm_status lex_text(struct lexer *l, struct token *ret) {
    struct str text;
    size_t bytes = 0;
    crm_status status = lex_text_read(l, &text, &bytes);
    return status == CRM_OK ? take_literal(l, value_text(text), bytes, ret) : status;
}

/* Operators of other languages, longest first, and what they are here. */
static const char *const foreign[][2] = {
    {"!=", "~="}, {"<>", "~="}, {"===", "=="}, {"&&", "and"}, {"&", "and"},
    {"||", "or"}, {"|", "or"},  {"!", "not"},  {"=>", ">="},  {"=<", "<="},
    {"≥", ">="},  {"≤", "<="},  {"≠", "~="},
};
static const char *const missing[] = {"//", "%", "^", "#", "**", "++", "<<", ">>"};
static const char *const quotes[] = {"“", "”", "«", "»", "„", "‘", "’", "`"};

static bool at_word(const struct lexer *l, const char *word, struct str *ret) {
    *ret = str_from(word);
    return str_starts_with(str_make(l->text.ptr + l->at, l->text.len - l->at), *ret);
}

static crm_status refuse_foreign(struct lexer *l, bool *ret_refused) {
    struct str word;
    *ret_refused = true;
    for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++)
        if (at_word(l, missing[i], &word))
            return EXPR_FAIL(l->err, CRM_INVALID, expr_no_operator, l->column, word);
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
        if (at_word(l, foreign[i][0], &word))
            return EXPR_FAIL(l->err, CRM_INVALID, expr_bad_operator, l->column, word,
                             str_from(foreign[i][1]));
    for (size_t i = 0; i < sizeof quotes / sizeof quotes[0]; i++)
        if (at_word(l, quotes[i], &word))
            return EXPR_FAIL(l->err, CRM_INVALID, expr_quotes, l->column, word);
    *ret_refused = false;
    return CRM_OK;
}

static crm_status lex_sign(struct lexer *l, struct token *ret) {
    char c = peek(l, 0), next = peek(l, 1);
    if (c == '-' && next == '-')
        return EXPR_FAIL(l->err, CRM_INVALID, expr_comment, l->column, STR("--"));
    if (c == '[' && (next == '[' || next == '='))
        return EXPR_FAIL(l->err, CRM_INVALID, expr_long_text, l->column, STR("["));
    bool refused;
    crm_status status = refuse_foreign(l, &refused);
    if (refused) return status;
    switch (c) {
    case '(':
        return take(l, TOKEN_OPEN, 1, ret);
    case ')':
        return take(l, TOKEN_CLOSE, 1, ret);
    case ',':
        return take(l, TOKEN_COMMA, 1, ret);
    case '+':
        return take(l, TOKEN_ADD, 1, ret);
    case '-':
        return take(l, TOKEN_SUB, 1, ret);
    case '*':
        return take(l, TOKEN_MUL, 1, ret);
    case '/':
        return take(l, TOKEN_DIV, 1, ret);
    case '.':
        return next == '.' ? take(l, TOKEN_CONCAT, 2, ret) : take(l, TOKEN_POINT, 1, ret);
    case '<':
        return next == '=' ? take(l, TOKEN_LE, 2, ret) : take(l, TOKEN_LT, 1, ret);
    case '>':
        return next == '=' ? take(l, TOKEN_GE, 2, ret) : take(l, TOKEN_GT, 1, ret);
    case '=':
        if (next == '=') return take(l, TOKEN_EQ, 2, ret);
        return EXPR_FAIL(l->err, CRM_INVALID, expr_bad_operator, l->column, STR("="), STR("=="));
    case '~':
        if (next == '=') return take(l, TOKEN_NE, 2, ret);
        break;
    default:
        break;
    }
    struct str character = str_make(l->text.ptr + l->at, character_bytes(l));
    return EXPR_FAIL(l->err, CRM_INVALID, expr_bad_character, l->column, character);
}

crm_status lexer_next(struct lexer *l, struct token *ret) {
    while (l->at < l->text.len && is_blank(l->text.ptr[l->at]))
        advance(l, 1);
    if (l->at == l->text.len) return take(l, TOKEN_END, 0, ret);
    char c = peek(l, 0);
    if (is_name_start(c)) return lex_word(l, ret);
    if (is_digit(c) || (c == '.' && is_digit(peek(l, 1)))) return lex_number(l, ret);
    if (c == '"' || c == '\'') return lex_text(l, ret);
    return lex_sign(l, ret);
}
