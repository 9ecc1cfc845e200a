/* Lua patterns (manual, 6.4.1) matched under guard: every step looks for a kill, so that a pattern
 * that backtracks for ever ends with its script's budget. Results equal stock Lua's. Inside of
 * kernel/lua only. */
#ifndef LUA_PATTERN_H
#define LUA_PATTERN_H

#include "lua/guard.h"

enum { PATTERN_CAPTURES_MAX = 32, CAPTURE_OPEN = -1, CAPTURE_PLACE = -2 };

struct matcher {
    lua_State *L;
    struct lua_guard *guard;
    const char *subject, *subject_end;
    const char *pattern_end;
    int depth; /* calls of match that may still nest */
    int count; /* captures, open ones too */
    struct {
        const char *start;
        ptrdiff_t len; /* or CAPTURE_OPEN, CAPTURE_PLACE */
    } captures[PATTERN_CAPTURES_MAX];
};

/* The end of the match of `pattern` at `at`, NULL when there is none. */
const char *l_match(struct matcher *m, const char *at, const char *pattern);
void matcher_init(struct matcher *m, lua_State *L, struct str subject, struct str pattern);
/* Ready for another attempt. */
void matcher_reset(struct matcher *m);
/* Pushes capture `index` (from 0); with no captures at all, the whole match [at, end). */
void l_capture_push(struct matcher *m, int index, const char *at, const char *end);
/* Pushes all captures, or the whole match where there are none (unless at is NULL); their number.
 */
int l_captures_push(struct matcher *m, const char *at, const char *end);

#endif
