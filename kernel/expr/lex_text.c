/* Texts in quotes (Lua 5.4 reference manual, 3.1): \a \b \f \n \r \t \v \\ \" \' \z, \xXX, \ddd,
 * \u{XXX} and a backslash before a line break. The result must be valid UTF-8 without NUL. */
#include "expr/lex_text.h"

#include "base/unicode.h"
#include "expr/fail.h"

struct reader {
    const struct lexer *lexer;
    size_t at; /* in the source */
    char *out; /* never longer than the source */
    size_t len;
};

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static char source(const struct reader *r, size_t at) {
    return at < r->lexer->text.len ? r->lexer->text.ptr[at] : '\0';
}

static void put_character(struct reader *r, uint32_t c) {
    if (c < 0x80) {
        r->out[r->len++] = (char)c;
        return;
    }
    int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned char firsts[] = {0, 0xC0, 0xE0, 0xF0};
    r->out[r->len++] = (char)(firsts[more] | (c >> (6 * more)));
    while (more-- > 0)
        r->out[r->len++] = (char)(0x80u | ((c >> (6 * more)) & 0x3Fu));
}

/* Each of these begins behind the letter and returns false for what is no such escape. */
static bool read_hex(struct reader *r) {
    int high = hex_digit(source(r, r->at)), low = high < 0 ? -1 : hex_digit(source(r, r->at + 1));
    if (low < 0) return false;
    r->out[r->len++] = (char)(high * 16 + low);
    r->at += 2;
    return true;
}

static bool read_decimal(struct reader *r) {
    int n = 0;
    for (int i = 0; i < 3; i++) {
        char c = source(r, r->at);
        if (c < '0' || c > '9') break;
        n = n * 10 + (c - '0');
        r->at++;
    }
    if (n > 255) return false;
    r->out[r->len++] = (char)n;
    return true;
}

static bool read_unicode(struct reader *r) {
    if (source(r, r->at) != '{') return false;
    uint32_t c = 0;
    size_t at = r->at + 1, first = at;
    for (; hex_digit(source(r, at)) >= 0; at++) {
        c = c * 16 + (uint32_t)hex_digit(source(r, at));
        if (c > 0x10FFFF) return false;
    }
    if (at == first || source(r, at) != '}') return false;
    put_character(r, c);
    r->at = at + 1;
    return true;
}

static bool skip_blanks(struct reader *r) {
    char c = source(r, r->at);
    while (r->at < r->lexer->text.len && (c == ' ' || (c >= '\t' && c <= '\r')))
        c = source(r, ++r->at);
    return true;
}

static bool read_escape(struct reader *r) {
    static const char letters[] = "abfnrtv\\\"'\n", values[] = "\a\b\f\n\r\t\v\\\"'\n";
    char c = source(r, r->at);
    const char *found = c ? strchr(letters, c) : NULL;
    if (found) {
        r->out[r->len++] = values[found - letters];
        r->at++;
        return true;
    }
    if (c >= '0' && c <= '9') return read_decimal(r);
    r->at++;
    if (c == 'x') return read_hex(r);
    if (c == 'u') return read_unicode(r);
    return c == 'z' && skip_blanks(r);
}

static uint32_t column_at(const struct lexer *l, size_t at) {
    return l->column + (uint32_t)utf8_length(str_make(l->text.ptr + l->at, at - l->at));
}

static crm_status bad_escape(const struct reader *r, size_t at) {
    const struct lexer *l = r->lexer;
    size_t len = 1;
    while (at + len < l->text.len &&
           (len < 2 || ((unsigned char)l->text.ptr[at + len] & 0xC0u) == 0x80u))
        len++;
    return EXPR_FAIL(l->err, CRM_INVALID, expr_text_escape, column_at(l, at),
                     str_make(l->text.ptr + at, len));
}

/* Bytes up to the closing quote, or to the end of the source. */
static size_t text_bytes(const struct lexer *l) {
    size_t n = 1;
    while (l->at + n < l->text.len && l->text.ptr[l->at + n] != l->text.ptr[l->at])
        n += l->text.ptr[l->at + n] == '\\' ? 2 : 1;
    return n;
}

crm_status lex_text_read(const struct lexer *l, struct str *ret, size_t *ret_bytes) {
    char quote = l->text.ptr[l->at];
    struct reader r = {
        .lexer = l, .at = l->at + 1, .out = arena_alloc(l->arena, text_bytes(l) + 1)};
    if (!r.out) return err_no_memory(l->err);
    for (char c; (c = source(&r, r.at)) != quote;) {
        if (r.at == l->text.len || c == '\n' || c == '\r')
            return EXPR_FAIL(l->err, CRM_INVALID, expr_text_open, l->column, str_make(&quote, 1));
        r.at++;
        if (c != '\\') {
            r.out[r.len++] = c;
        } else if (!read_escape(&r)) {
            size_t back = r.at;
            while (l->text.ptr[back - 1] != '\\')
                back--;
            return bad_escape(&r, back - 1);
        }
    }
    if (!utf8_valid(str_make(r.out, r.len)))
        return EXPR_FAIL(l->err, CRM_INVALID, expr_text_invalid, l->column, STR("?"));
    *ret = str_make(r.out, r.len);
    *ret_bytes = r.at + 1 - l->at;
    return CRM_OK;
}
