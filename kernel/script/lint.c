/* See lint.h. */
#include "script/lint.h"

#include <string.h>

/* ---- words (Lua 5.4 manual, 3.1) --------------------------------------------------------------
 */

enum kind { END, NAME, TEXT, NUMBER, MARK };
struct token {
    enum kind kind;
    struct str text; /* of a string without its quotes */
    int32_t line;
};
struct reader {
    const char *at, *end;
    int32_t line;
};

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool next_is(const struct reader *r, size_t ahead, char c) {
    return (size_t)(r->end - r->at) > ahead && r->at[ahead] == c;
}

static void step(struct reader *r) {
    r->line += *r->at == '\n';
    r->at++;
}

/* Behind "[[" or "[==[", up to its end; false: none begins here. */
static bool read_long(struct reader *r, struct str *ret) {
    size_t level = 0;
    if (!next_is(r, 0, '[')) return false;
    while (next_is(r, level + 1, '='))
        level++;
    if (!next_is(r, level + 1, '[')) return false;
    for (size_t i = 0; i < level + 2; i++)
        step(r);
    const char *from = r->at;
    for (; r->at < r->end; step(r)) {
        size_t n = 0;
        if (*r->at != ']') continue;
        while (n < level && next_is(r, n + 1, '='))
            n++;
        if (n != level || !next_is(r, level + 1, ']')) continue;
        *ret = str_make(from, (size_t)(r->at - from));
        for (size_t i = 0; i < level + 2; i++)
            step(r);
        return true;
    }
    *ret = str_make(from, (size_t)(r->at - from));
    return true;
}

static void skip_space(struct reader *r) {
    struct str ignored;
    while (r->at < r->end) {
        if (next_is(r, 0, '-') && next_is(r, 1, '-')) {
            r->at += 2;
            if (read_long(r, &ignored)) continue;
            while (r->at < r->end && *r->at != '\n')
                r->at++;
        } else if ((unsigned char)*r->at <= ' ') {
            step(r);
        } else {
            return;
        }
    }
}

static struct str read_quoted(struct reader *r) {
    char quote = *r->at++;
    const char *from = r->at;
    while (r->at < r->end && *r->at != quote && *r->at != '\n') {
        if (*r->at == '\\' && r->at + 1 < r->end) step(r);
        step(r);
    }
    struct str text = str_make(from, (size_t)(r->at - from));
    if (r->at < r->end && *r->at == quote) r->at++;
    return text;
}

static struct str read_mark(struct reader *r) {
    static const char *const marks[] = {"...", "..", "::", "==", "~=", "<=", ">=", "//"};
    const char *from = r->at;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        size_t len = strlen(marks[i]);
        if ((size_t)(r->end - r->at) < len || memcmp(r->at, marks[i], len) != 0) continue;
        r->at += len;
        return str_make(from, len);
    }
    r->at++;
    return str_make(from, 1);
}

static struct token read_token(struct reader *r) {
    skip_space(r);
    struct token t = {.kind = END, .text = STR(""), .line = r->line};
    const char *from = r->at;
    if (r->at == r->end) return t;
    if (is_letter(*r->at)) {
        while (r->at < r->end && (is_letter(*r->at) || is_digit(*r->at)))
            r->at++;
        t.kind = NAME;
    } else if (is_digit(*r->at) || (*r->at == '.' && r->at + 1 < r->end && is_digit(r->at[1]))) {
        while (r->at < r->end && (is_letter(*r->at) || is_digit(*r->at) || *r->at == '.'))
            r->at++;
        t.kind = NUMBER;
    } else if (*r->at == '"' || *r->at == '\'') {
        return (struct token){TEXT, read_quoted(r), t.line};
    } else if (read_long(r, &t.text)) {
        t.kind = TEXT;
        return t;
    } else {
        return (struct token){MARK, read_mark(r), t.line};
    }
    t.text = str_make(from, (size_t)(r->at - from));
    return t;
}

static bool is_keyword(struct str name) {
    static const char *const words[] = {"and",   "break", "do",       "else", "elseif", "end",
                                        "false", "for",   "function", "goto", "if",     "in",
                                        "local", "nil",   "not",      "or",   "repeat", "return",
                                        "then",  "true",  "until",    "while"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_is(name, words[i])) return true;
    return false;
}

static bool is_mark(const struct token *t, const char *mark) {
    return t->kind == MARK && str_is(t->text, mark);
}
static bool is_word(const struct token *t, const char *word) {
    return t->kind == NAME && str_is(t->text, word);
}

/* ---- what is declared -------------------------------------------------------------------------
 */

struct tokens {
    struct token *items;
    size_t count, capacity;
};

static crm_status read_all(struct str text, struct arena *a, struct tokens *ret, struct err *err) {
    struct reader r = {text.ptr, text.ptr + text.len, 1};
    for (;;) {
        ret->items = arena_grow(a, ret->items, ret->count, &ret->capacity, sizeof *ret->items);
        if (!ret->items) return err_no_memory(err);
        ret->items[ret->count] = read_token(&r);
        if (ret->items[ret->count++].kind == END) return CRM_OK;
    }
}

enum { SLOTS = 4 * SCRIPT_LINT_NAMES_MAX };

struct declared {
    struct str *slots; /* open addressing, an empty text = free */
    size_t count;
};

static struct str *slot_of(const struct declared *d, struct str name) {
    size_t at = str_hash(name) % SLOTS;
    while (d->slots[at].len && !str_eq(d->slots[at], name))
        at = (at + 1) % SLOTS;
    return &d->slots[at];
}

static bool has(const struct script_words *words, struct str name) {
    for (size_t i = 0; i < words->count; i++)
        if (str_eq(words->items[i], name)) return true;
    return false;
}

static bool is_name(const struct token *t) { return t->kind == NAME && !is_keyword(t->text); }

static void declare(struct declared *d, const struct token *t) {
    if (!is_name(t) || d->count == SCRIPT_LINT_NAMES_MAX) return;
    struct str *slot = slot_of(d, t->text);
    d->count += slot->len == 0;
    *slot = t->text;
}

/* "a, b <const>, c" behind local and for. A keyword ends what is declared, here and below: no token
 * is looked at for more than one that declares. */
static void declare_list(struct declared *d, const struct token *t) {
    for (; is_name(t); t++) {
        declare(d, t++);
        if (is_mark(t, "<")) { /* its attribute */
            declare(d, ++t);
            while (is_name(t) || is_mark(t, ">"))
                t++;
        }
        if (!is_mark(t, ",")) return;
    }
}

/* Behind the word function: a name of its own, then what it takes. */
static void declare_function(struct declared *d, const struct token *t) {
    if (is_name(t) && !is_mark(t + 1, ".") && !is_mark(t + 1, ":")) declare(d, t);
    while (is_name(t) || is_mark(t, ".") || is_mark(t, ":"))
        t++;
    for (; is_name(t) || is_mark(t, "(") || is_mark(t, ",") || is_mark(t, "..."); t++)
        declare(d, t);
}

static void declare_all(struct declared *d, const struct tokens *all) {
    for (size_t i = 0; i + 1 < all->count; i++) {
        const struct token *t = &all->items[i];
        bool is_member = i > 0 && (is_mark(t - 1, ".") || is_mark(t - 1, ":"));
        if (is_member) continue;
        if (is_word(t, "local") || is_word(t, "for") || is_word(t, "goto")) declare_list(d, t + 1);
        if (is_word(t, "function")) declare_function(d, t + 1);
        if (is_mark(t, "::")) declare(d, t + 1);
        if (t->kind == NAME && is_mark(t + 1, "=")) declare(d, t);
    }
}

/* ---- what is used -----------------------------------------------------------------------------
 */

/* crm.query("organisation") at the name of the function */
static bool names_entity(const struct token *t) {
    static const char *const functions[] = {"get", "query", "create", "update", "delete"};
    bool is_one = false;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        is_one |= str_is(t->text, functions[i]);
    return is_one && is_mark(t + 1, "(") && t[2].kind == TEXT;
}

static bool check_member(const struct script_lint *l, const struct token *t, struct arena *a) {
    if (!has(&l->members, t->text))
        return l->tell(l->ctx, t->line, arena_printf(a, "crm.%.*s", STR_ARG(t->text)), t->text,
                       &l->members);
    if (names_entity(t) && !has(&l->entities, t[2].text))
        return l->tell(l->ctx, t[2].line, arena_printf(a, "\"%.*s\"", STR_ARG(t[2].text)),
                       t[2].text, &l->entities);
    return true;
}

static void check_all(const struct script_lint *l, const struct declared *d,
                      const struct tokens *all, struct arena *a) {
    bool goes_on = true;
    for (size_t i = 0; goes_on && i + 1 < all->count; i++) {
        const struct token *t = &all->items[i];
        bool is_member = i > 0 && (is_mark(t - 1, ".") || is_mark(t - 1, ":"));
        if (!is_name(t)) continue;
        bool of_crm = is_member && i > 1 && is_word(t - 2, "crm") && is_mark(t - 1, ".") &&
                      (i == 2 || (!is_mark(t - 3, ".") && !is_mark(t - 3, ":")));
        if (of_crm) goes_on = check_member(l, t, a);
        if (is_member || slot_of(d, t->text)->len || has(&l->globals, t->text)) continue;
        goes_on = l->tell(l->ctx, t->line, t->text, t->text, &l->globals);
    }
}

crm_status script_lint_names(const struct script_lint *l, struct arena *a, struct err *err) {
    struct tokens all = {0};
    struct declared d = {.slots = ARENA_ARRAY(a, SLOTS, struct str)};
    crm_status status = d.slots ? read_all(l->text, a, &all, err) : err_no_memory(err);
    if (status != CRM_OK) return status;
    declare(&d, &(struct token){NAME, STR("self"), 0}); /* of function a:b() */
    declare_all(&d, &all);
    check_all(l, &d, &all, a);
    return CRM_OK;
}
