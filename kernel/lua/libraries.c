/* What a script finds: the globals and libraries by allow-list. Whatever is not named here does not
 * exist for scripts: load, dofile, loadfile, require, collectgarbage, warn, debug, io, package,
 * string.dump, string.pack and coroutine.close among it. */
#include "lua/guard.h"

#include <lualib.h>

/* Copies the named fields of the table at `from` into the one on top. */
static void copy_fields(lua_State *L, int from, const char *const *names) {
    from = lua_absindex(L, from);
    for (; *names; names++) {
        lua_getfield(L, from, *names);
        lua_setfield(L, -2, *names);
    }
}

/* Opens a stock library and pushes a table with the named fields of it. */
static void open_part(lua_State *L, lua_CFunction open, const char *const *names) {
    lua_pushcfunction(L, open);
    lua_call(L, 0, 1);
    lua_newtable(L);
    copy_fields(L, -2, names);
    lua_remove(L, -2);
}

static void globals_open(lua_State *L) {
    static const char *const names[] = {"assert",   "error",  "ipairs",   "next",   "pairs",
                                        "rawequal", "rawget", "rawlen",   "rawset", "select",
                                        "tonumber", "type",   "_VERSION", NULL};
    open_part(L, luaopen_base, names); /* it fills the globals that are replaced here */
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "_G");
    l_base_open(L);
    l_metatable_open(L);
    lua_pushvalue(L, -1);
    lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}

/* Methods of strings look into a table of their own, so that a script that changes `string` changes
 * nobody's ("x"):upper(). Stock's metatable is kept for its arithmetic. */
static void strings_open(lua_State *L) {
    static const char *const names[] = {"byte",    "char", "len",   "lower",
                                        "reverse", "sub",  "upper", NULL};
    lua_pushcfunction(L, luaopen_string);
    lua_call(L, 0, 1);
    for (int copy = 0; copy < 2; copy++) {
        lua_newtable(L);
        copy_fields(L, -2 - copy, names);
        lua_pushvalue(L, -2 - copy); /* stock's own, whose format is used behind ours */
        lua_insert(L, -2);
        l_string_open(L);
        lua_remove(L, -2);
        l_pattern_open(L);
    }
    lua_pushliteral(L, "");
    lua_getmetatable(L, -1);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 3); /* metatable, "", the methods' table */
    lua_remove(L, -2);
}

void l_libraries_open(lua_State *L) {
    static const char *const math[] = {
        "abs", "acos",       "asin", "atan",      "ceil", "cos",    "deg",
        "exp", "floor",      "fmod", "huge",      "log",  "max",    "maxinteger",
        "min", "mininteger", "modf", "pi",        "rad",  "random", "randomseed",
        "sin", "sqrt",       "tan",  "tointeger", "type", "ult",    NULL};
    static const char *const utf8[] = {"char", "charpattern", "codepoint", "codes",
                                       "len",  "offset",      NULL};
    static const char *const os[] = {"clock", "date", "time", NULL};
    globals_open(L);
    strings_open(L);
    lua_setfield(L, -2, "string");
    open_part(L, luaopen_math, math);
    lua_setfield(L, -2, "math");
    open_part(L, luaopen_utf8, utf8);
    lua_setfield(L, -2, "utf8");
    open_part(L, luaopen_os, os);
    lua_setfield(L, -2, "os");
    lua_newtable(L);
    l_table_open(L);
    lua_setfield(L, -2, "table");
    lua_newtable(L);
    l_coroutine_open(L);
    lua_setfield(L, -2, "coroutine");
    lua_pop(L, 1);
}
