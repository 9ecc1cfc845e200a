/* The matcher: backtracking over the pattern's text. Single characters and quantifiers loop; only
 * what must be able to fail and come back recurses, at most DEPTH_MAX deep. */
#include "lua/pattern.h"

#include <ctype.h>

enum { DEPTH_MAX = 200 };

void matcher_init(struct matcher *m, lua_State *L, struct str subject, struct str pattern) {
    *m = (struct matcher){
        .L = L,
        .guard = guard_of(L),
        .subject = subject.ptr,
        .subject_end = subject.ptr + subject.len,
        .pattern_end = pattern.ptr + pattern.len,
        .depth = DEPTH_MAX,
    };
}

void matcher_reset(struct matcher *m) {
    m->count = 0;
    m->depth = DEPTH_MAX;
}

static void step(const struct matcher *m) { l_poll(m->L, m->guard); }

static bool in_class(unsigned char c, unsigned char class) {
    bool in;
    switch (tolower(class)) {
    case 'a':
        in = isalpha(c) != 0;
        break;
    case 'c':
        in = iscntrl(c) != 0;
        break;
    case 'd':
        in = isdigit(c) != 0;
        break;
    case 'g':
        in = isgraph(c) != 0;
        break;
    case 'l':
        in = islower(c) != 0;
        break;
    case 'p':
        in = ispunct(c) != 0;
        break;
    case 's':
        in = isspace(c) != 0;
        break;
    case 'u':
        in = isupper(c) != 0;
        break;
    case 'w':
        in = isalnum(c) != 0;
        break;
    case 'x':
        in = isxdigit(c) != 0;
        break;
    case 'z':
        in = c == 0;
        break; /* of older versions, still honoured by stock */
    default:
        return class == c; /* an escaped character stands for itself */
    }
    return isupper(class) ? !in : in;
}

/* Behind the ']' of the set that begins at `at` ('['). A ']' that comes first is a member. */
static const char *set_end(const struct matcher *m, const char *at) {
    at++;
    if (at < m->pattern_end && *at == '^') at++;
    bool first = true;
    for (;; first = false) {
        step(m);
        if (at == m->pattern_end) luaL_error(m->L, "malformed pattern (missing ']')");
        char c = *at++;
        if (c == ']' && !first) return at;
        if (c == '%') {
            if (at == m->pattern_end) luaL_error(m->L, "malformed pattern (missing ']')");
            at++;
        }
    }
}

/* Behind the single-character item at `at`, without its quantifier. */
static const char *item_end(const struct matcher *m, const char *at) {
    if (*at == '[') return set_end(m, at);
    if (*at != '%') return at + 1;
    if (at + 1 == m->pattern_end) luaL_error(m->L, "malformed pattern (ends with '%%')");
    return at + 2;
}

/* Whether `c` belongs to the set [at, end), brackets included. */
static bool in_set(const struct matcher *m, unsigned char c, const char *at, const char *end) {
    const char *last = end - 1; /* the ']' */
    bool member = true;
    at++;
    if (*at == '^') {
        member = false;
        at++;
    }
    while (at < last) {
        step(m);
        if (*at == '%') {
            if (in_class(c, (unsigned char)at[1])) return member;
            at += 2;
        } else if (at[1] == '-' && at + 2 < last) {
            if ((unsigned char)at[0] <= c && c <= (unsigned char)at[2]) return member;
            at += 3;
        } else {
            if ((unsigned char)*at == c) return member;
            at++;
        }
    }
    return !member;
}

static bool item_matches(const struct matcher *m, const char *at, const char *item,
                         const char *end) {
    step(m);
    if (at >= m->subject_end) return false;
    unsigned char c = (unsigned char)*at;
    switch (*item) {
    case '.':
        return true;
    case '%':
        return in_class(c, (unsigned char)item[1]);
    case '[':
        return in_set(m, c, item, end);
    default:
        return (unsigned char)*item == c;
    }
}

static const char *match_balance(const struct matcher *m, const char *at, const char *pair) {
    if (pair + 1 >= m->pattern_end)
        luaL_error(m->L, "malformed pattern (missing arguments to '%%b')");
    if (at >= m->subject_end || *at != pair[0]) return NULL;
    size_t open = 1;
    for (at++; at < m->subject_end; at++) {
        step(m);
        if (*at == pair[1]) { /* looked at first: the two may be the same */
            if (--open == 0) return at + 1;
        } else if (*at == pair[0]) {
            open++;
        }
    }
    return NULL;
}

static const char *match_most(struct matcher *m, const char *at, const char *item,
                              const char *end) {
    ptrdiff_t count = 0;
    while (item_matches(m, at + count, item, end))
        count++;
    for (; count >= 0; count--) {
        const char *rest = l_match(m, at + count, end + 1);
        if (rest) return rest;
    }
    return NULL;
}

static const char *match_least(struct matcher *m, const char *at, const char *item,
                               const char *end) {
    for (;; at++) {
        const char *rest = l_match(m, at, end + 1);
        if (rest) return rest;
        if (!item_matches(m, at, item, end)) return NULL;
    }
}

static const char *capture_open(struct matcher *m, const char *at, const char *pattern,
                                ptrdiff_t kind) {
    if (m->count >= PATTERN_CAPTURES_MAX) luaL_error(m->L, "too many captures");
    m->captures[m->count].start = at;
    m->captures[m->count].len = kind;
    m->count++;
    const char *end = l_match(m, at, pattern);
    if (!end) m->count--;
    return end;
}

static const char *capture_shut(struct matcher *m, const char *at, const char *pattern) {
    int index = m->count - 1;
    while (index >= 0 && m->captures[index].len != CAPTURE_OPEN)
        index--;
    if (index < 0) luaL_error(m->L, "invalid pattern capture");
    m->captures[index].len = at - m->captures[index].start;
    const char *end = l_match(m, at, pattern);
    if (!end) m->captures[index].len = CAPTURE_OPEN;
    return end;
}

/* %1 to %9: the same text again. */
static const char *match_again(const struct matcher *m, const char *at, char digit) {
    int index = digit - '1';
    if (index < 0 || index >= m->count || m->captures[index].len == CAPTURE_OPEN)
        luaL_error(m->L, "invalid capture index %%%d", index + 1);
    ptrdiff_t len = m->captures[index].len;
    if (len < 0 || len > m->subject_end - at) return NULL;
    return memcmp(m->captures[index].start, at, (size_t)len) == 0 ? at + len : NULL;
}

/* %f: between a character outside of the set and one inside; both ends of the subject count as NUL.
 */
static bool at_frontier(const struct matcher *m, const char *at, const char *set, const char *end) {
    unsigned char before = at == m->subject ? 0 : (unsigned char)at[-1];
    unsigned char here = at < m->subject_end ? (unsigned char)*at : 0;
    return !in_set(m, before, set, end) && in_set(m, here, set, end);
}

/* The items that begin with '%' and stand for more than one character. True when it was one: then
 * *at is behind the match or NULL, and *pattern behind the item. */
static bool match_escape(struct matcher *m, const char **at, const char **pattern) {
    if (*pattern + 1 == m->pattern_end) return false;
    const char *item = *pattern + 2;
    char kind = item[-1];
    if (kind == 'b') {
        *at = match_balance(m, *at, item);
        *pattern = item + 2;
    } else if (kind == 'f') {
        if (item == m->pattern_end || *item != '[')
            luaL_error(m->L, "missing '[' after '%%f' in pattern");
        const char *end = set_end(m, item);
        if (!at_frontier(m, *at, item, end)) *at = NULL;
        *pattern = end;
    } else if (kind >= '0' && kind <= '9') {
        *at = match_again(m, *at, kind);
        *pattern = item;
    } else {
        return false;
    }
    return true;
}

/* One item with its quantifier. True when the walk goes on at *at and *pattern; otherwise the
 * answer is *at. */
static bool match_item(struct matcher *m, const char **at, const char **pattern) {
    const char *item = *pattern, *end = item_end(m, item);
    char quantifier = '\0';
    if (end < m->pattern_end) quantifier = *end;
    switch (quantifier) {
    case '*':
        *at = match_most(m, *at, item, end);
        return false;
    case '+':
        *at = item_matches(m, *at, item, end) ? match_most(m, *at + 1, item, end) : NULL;
        return false;
    case '-':
        *at = match_least(m, *at, item, end);
        return false;
    case '?':
        if (item_matches(m, *at, item, end)) {
            const char *rest = l_match(m, *at + 1, end + 1);
            if (rest) {
                *at = rest;
                return false;
            }
        }
        *pattern = end + 1;
        return true;
    default:
        if (!item_matches(m, *at, item, end)) {
            *at = NULL;
            return false;
        }
        ++*at;
        *pattern = end;
        return true;
    }
}

const char *l_match(struct matcher *m, const char *at, const char *pattern) {
    if (m->depth-- == 0) luaL_error(m->L, "pattern too complex");
    bool goes_on = true;
    while (goes_on && at && pattern < m->pattern_end) {
        step(m);
        goes_on = false;
        if (*pattern == '(') {
            bool place = pattern + 1 < m->pattern_end && pattern[1] == ')';
            at = capture_open(m, at, pattern + (place ? 2 : 1),
                              place ? CAPTURE_PLACE : CAPTURE_OPEN);
        } else if (*pattern == ')') {
            at = capture_shut(m, at, pattern + 1);
        } else if (*pattern == '$' && pattern + 1 == m->pattern_end) {
            if (at != m->subject_end) at = NULL;
        } else if (*pattern == '%' && match_escape(m, &at, &pattern)) {
            goes_on = true;
        } else {
            goes_on = match_item(m, &at, &pattern);
        }
    }
    m->depth++;
    return at;
}

void l_capture_push(struct matcher *m, int index, const char *at, const char *end) {
    if (index >= m->count) {
        if (index != 0) luaL_error(m->L, "invalid capture index %%%d", index + 1);
        lua_pushlstring(m->L, at, (size_t)(end - at));
        return;
    }
    ptrdiff_t len = m->captures[index].len;
    if (len == CAPTURE_OPEN) luaL_error(m->L, "unfinished capture");
    if (len == CAPTURE_PLACE) {
        lua_pushinteger(m->L, m->captures[index].start - m->subject + 1);
    } else {
        lua_pushlstring(m->L, m->captures[index].start, (size_t)len);
    }
}

int l_captures_push(struct matcher *m, const char *at, const char *end) {
    int count = m->count == 0 && at ? 1 : m->count;
    luaL_checkstack(m->L, count, "too many captures");
    for (int i = 0; i < count; i++)
        l_capture_push(m, i, at, end);
    return count;
}
