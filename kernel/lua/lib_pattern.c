/* string.find, match, gmatch and gsub over the guarded matcher. */
#include "lua/pattern.h"

static struct str check_text(lua_State *L, int index) {
    size_t len = 0;
    const char *text = luaL_checklstring(L, index, &len);
    return str_make(text, len);
}

/* Where to begin, from 0: negative counts from the end. SIZE_MAX: behind the end. */
static size_t check_start(lua_State *L, int index, size_t len) {
    lua_Integer place = luaL_optinteger(L, index, 1);
    if (place > 0) return (size_t)place - 1 > len ? SIZE_MAX : (size_t)place - 1;
    if (place == 0 || place < -(lua_Integer)len) return 0;
    return (size_t)((lua_Integer)len + place);
}

static bool is_plain(struct str pattern) {
    for (size_t i = 0; i < pattern.len; i++)
        if (pattern.ptr[i] != '\0' && strchr("^$*+?.([%-", pattern.ptr[i])) return false;
    return true;
}

static int find_plain(lua_State *L, struct str subject, struct str needle, size_t start) {
    size_t at = str_find(str_make(subject.ptr + start, subject.len - start), needle);
    if (at == SIZE_MAX) {
        lua_pushnil(L);
        return 1;
    }
    lua_Integer before = (lua_Integer)start + (lua_Integer)at;
    lua_pushinteger(L, before + 1);
    lua_pushinteger(L, before + (lua_Integer)needle.len);
    return 2;
}

static int find_or_match(lua_State *L, bool find) {
    struct str subject = check_text(L, 1), pattern = check_text(L, 2);
    size_t start = check_start(L, 3, subject.len);
    if (start == SIZE_MAX) {
        lua_pushnil(L);
        return 1;
    }
    if (find && (lua_toboolean(L, 4) || is_plain(pattern)))
        return find_plain(L, subject, pattern, start);
    struct matcher m;
    bool anchored = pattern.len > 0 && pattern.ptr[0] == '^';
    matcher_init(&m, L, subject, pattern);
    const char *from = pattern.ptr + (anchored ? 1 : 0);
    for (const char *at = subject.ptr + start; at <= m.subject_end; at++) {
        matcher_reset(&m);
        const char *end = l_match(&m, at, from);
        if (end) {
            if (!find) return l_captures_push(&m, at, end);
            lua_pushinteger(L, at - subject.ptr + 1);
            lua_pushinteger(L, end - subject.ptr);
            return 2 + l_captures_push(&m, NULL, NULL);
        }
        if (anchored) break;
    }
    lua_pushnil(L);
    return 1;
}

static int l_find(lua_State *L) { return find_or_match(L, true); }
static int l_match_(lua_State *L) { return find_or_match(L, false); }

/* Upvalues: subject, pattern, where to go on (from 0), end of the last match (from 0, -1 = none).
 */
static int l_gmatch_next(lua_State *L) {
    struct str subject = check_text(L, lua_upvalueindex(1)),
               pattern = check_text(L, lua_upvalueindex(2));
    lua_Integer start = lua_tointeger(L, lua_upvalueindex(3)),
                last = lua_tointeger(L, lua_upvalueindex(4));
    struct matcher m;
    matcher_init(&m, L, subject, pattern);
    for (const char *at = subject.ptr + start; at <= m.subject_end; at++) {
        matcher_reset(&m);
        const char *end = l_match(&m, at, pattern.ptr);
        if (!end || end - subject.ptr == last) continue; /* no empty match right behind a match */
        lua_pushinteger(L, end - subject.ptr);
        lua_copy(L, -1, lua_upvalueindex(3));
        lua_replace(L, lua_upvalueindex(4));
        return l_captures_push(&m, at, end);
    }
    lua_pushinteger(L, (lua_Integer)subject.len + 1);
    lua_replace(L, lua_upvalueindex(3));
    return 0;
}

static int l_gmatch(lua_State *L) {
    struct str subject = check_text(L, 1);
    check_text(L, 2);
    size_t start = check_start(L, 3, subject.len);
    lua_settop(L, 2);
    lua_pushinteger(L, start == SIZE_MAX ? (lua_Integer)subject.len + 1 : (lua_Integer)start);
    lua_pushinteger(L, -1);
    lua_pushcclosure(L, l_gmatch_next, 4);
    return 1;
}

/* A replacement text: %0 to %9 are captures, %% is a percent sign. */
static void add_text(struct matcher *m, luaL_Buffer *out, struct str text, const char *at,
                     const char *end) {
    for (size_t i = 0; i < text.len; i++) {
        const char *percent = memchr(text.ptr + i, '%', text.len - i);
        size_t plain = percent ? (size_t)(percent - text.ptr) - i : text.len - i;
        luaL_addlstring(out, text.ptr + i, plain);
        i += plain;
        if (!percent) return;
        i++;
        char c = i < text.len ? text.ptr[i] : '\0';
        if (c == '%') {
            luaL_addchar(out, '%');
        } else if (c == '0') {
            luaL_addlstring(out, at, (size_t)(end - at));
        } else if (c >= '1' && c <= '9') {
            l_capture_push(m, c - '1', at, end);
            luaL_tolstring(m->L, -1, NULL); /* a place is a number */
            lua_remove(m->L, -2);
            luaL_addvalue(out);
        } else {
            luaL_error(m->L, "invalid use of '%%' in replacement string");
        }
    }
}

/* Adds what stands for the match [at, end); the replacement is at stack place 3. */
static void add_replacement(struct matcher *m, luaL_Buffer *out, const char *at, const char *end) {
    lua_State *L = m->L;
    switch (lua_type(L, 3)) {
    case LUA_TFUNCTION: {
        lua_pushvalue(L, 3);
        int count = l_captures_push(m, at, end);
        lua_call(L, count, 1);
        break;
    }
    case LUA_TTABLE:
        l_capture_push(m, 0, at, end);
        lua_gettable(L, 3);
        break;
    default:
        add_text(m, out, check_text(L, 3), at, end);
        return;
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        luaL_addlstring(out, at, (size_t)(end - at));
    } else if (lua_isstring(L, -1)) {
        luaL_addvalue(out);
    } else {
        luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    }
}

static int l_gsub(lua_State *L) {
    struct str subject = check_text(L, 1), pattern = check_text(L, 2);
    int type = lua_type(L, 3);
    luaL_argexpected(L,
                     type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION ||
                         type == LUA_TTABLE,
                     3, "string/function/table");
    lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)subject.len + 1), done = 0;
    bool anchored = pattern.len > 0 && pattern.ptr[0] == '^';
    const char *from = pattern.ptr + (anchored ? 1 : 0), *at = subject.ptr, *last = NULL;
    struct matcher m;
    luaL_Buffer out;
    matcher_init(&m, L, subject, pattern);
    luaL_buffinit(L, &out);
    while (done < most) {
        matcher_reset(&m);
        const char *end = l_match(&m, at, from);
        if (end && end != last) { /* no empty match right behind a match */
            done++;
            add_replacement(&m, &out, at, end);
            at = last = end;
        } else if (at < m.subject_end) {
            luaL_addchar(&out, *at);
            at++;
        } else {
            break;
        }
        if (anchored) break;
    }
    luaL_addlstring(&out, at, (size_t)(m.subject_end - at));
    luaL_pushresult(&out);
    lua_pushinteger(L, done);
    return 2;
}

void l_pattern_open(lua_State *L) {
    static const luaL_Reg functions[] = {{"find", l_find},
                                         {"gmatch", l_gmatch},
                                         {"gsub", l_gsub},
                                         {"match", l_match_},
                                         {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
