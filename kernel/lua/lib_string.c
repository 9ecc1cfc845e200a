/* string.rep and string.format with the memory they will take charged before it is taken. Patterns:
 * lib_pattern.c. */
#include "lua/guard.h"

enum { SPEC_COST_BYTES = 512, SPEC_MAX_BYTES = 32 }; /* of "%99.99f"; of a conversion's own text */

static size_t check_length(lua_State *L, size_t each, size_t separator, lua_Integer count) {
    size_t total, gaps;
    if (__builtin_mul_overflow(each, (size_t)count, &total) ||
        __builtin_mul_overflow(separator, (size_t)count - 1, &gaps) ||
        __builtin_add_overflow(total, gaps, &total) || total > SIZE_MAX / 4)
        luaL_error(L, "resulting string too large");
    l_charge(L, total);
    return total;
}

static int l_rep(lua_State *L) {
    size_t len, separator_len;
    const char *text = luaL_checklstring(L, 1, &len);
    lua_Integer count = luaL_checkinteger(L, 2);
    const char *separator = luaL_optlstring(L, 3, "", &separator_len);
    if (count <= 0 || len + separator_len == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    size_t total = check_length(L, len, separator_len, count), unit = len + separator_len;
    luaL_Buffer out;
    char *to = luaL_buffinitsize(L, &out, total);
    size_t done = len < total ? unit : len;
    memcpy(to, text, len);
    if (done > len) memcpy(to + len, separator, separator_len);
    while (done < total) { /* doubles what is there, which is whole units */
        size_t more = done < total - done ? done : total - done;
        memcpy(to + done, to, more);
        done += more;
    }
    luaL_pushresultsize(&out, total);
    return 1;
}

/* The text of the next conversion behind '%': its end, or an error. */
static const char *spec_end(lua_State *L, const char *at, const char *end) {
    const char *from = at;
    while (at < end && strchr("-+ #0123456789.", *at) && *at != '\0')
        at++;
    if (at == end || at - from >= SPEC_MAX_BYTES) luaL_error(L, "invalid conversion to 'format'");
    if (!strchr("diuoxXcaAeEfFgGqs", *at) || *at == '\0')
        luaL_error(L, "invalid conversion '%%%c' to 'format'", *at);
    return at + 1;
}

/* Reads the format once: replaces what %s prints by its text and adds up what the result may take.
 */
static size_t prepare(lua_State *L, const char *at, const char *end) {
    size_t total = (size_t)(end - at);
    int arg = 1;
    while (at < end) {
        if (*at++ != '%') continue;
        if (at < end && *at == '%') {
            at++;
            continue;
        }
        at = spec_end(L, at, end);
        luaL_checkany(L, ++arg);
        size_t len = 0;
        if (at[-1] == 's') {
            l_tolstring(L, arg, &len);
            lua_replace(L, arg);
        } else if (at[-1] == 'q' && lua_type(L, arg) == LUA_TSTRING) {
            lua_tolstring(L, arg, &len);
            if (len > SIZE_MAX / 8) len = SIZE_MAX / 8;
            len *= 4;
        }
        if (__builtin_add_overflow(total, len + SPEC_COST_BYTES, &total)) total = SIZE_MAX / 4;
        if (total > SIZE_MAX / 4) luaL_error(L, "resulting string too large");
        l_poll(L, guard_of(L));
    }
    return total;
}

static int l_format(lua_State *L) {
    size_t len = 0;
    const char *format = luaL_checklstring(L, 1, &len);
    l_charge(L, prepare(L, format, format + len));
    lua_pushvalue(L, lua_upvalueindex(1)); /* stock's */
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, 1);
    return 1;
}

/* Expects stock's string table below the one to fill. */
void l_string_open(lua_State *L) {
    lua_pushcfunction(L, l_rep);
    lua_setfield(L, -2, "rep");
    lua_getfield(L, -2, "format");
    lua_pushcclosure(L, l_format, 1);
    lua_setfield(L, -2, "format");
}
