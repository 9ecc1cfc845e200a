/* setmetatable and getmetatable. A table that a script offers never becomes a metatable itself: a
 * hidden one gets the allowed fields of it, so that __gc, __close and __mode cannot be slipped in
 * later by an assignment nobody sees. Offering one of these three is an error.
 *
 * There is one hidden table for each offered one, refreshed whenever it is offered again. __index
 * is looked up late where it was absent, because "setmetatable(o, C) C.__index = C" is how many
 * write their classes. */
#include "lua/guard.h"

static const char hidden_key, original_key; /* their addresses are the keys */

static const char *const allowed[] = {
    "__index", "__newindex", "__call", "__tostring", "__name",   "__metatable", "__pairs",
    "__eq",    "__lt",       "__le",   "__len",      "__concat", "__unm",       "__add",
    "__sub",   "__mul",      "__div",  "__mod",      "__pow",    "__idiv",      "__band",
    "__bor",   "__bxor",     "__shl",  "__shr",      "__bnot",   NULL};

static void raw_field(lua_State *L, int index, const char *name) {
    index = lua_absindex(L, index);
    lua_pushstring(L, name);
    lua_rawget(L, index);
}

/* __index of a hidden table whose original had none when it was offered. */
static int l_late_index(lua_State *L) {
    raw_field(L, lua_upvalueindex(1), "__index");
    if (lua_isnil(L, -1)) return 1;
    if (lua_isfunction(L, -1)) {
        lua_insert(L, 1);
        lua_call(L, 2, 1);
        return 1;
    }
    lua_insert(L, 1); /* index, table, key */
    lua_remove(L, 2);
    lua_gettable(L, 1);
    return 1;
}

/* Pushes the hidden table of the one at `original`. */
static void push_hidden(lua_State *L, int original) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &hidden_key);
    lua_pushvalue(L, original);
    lua_rawget(L, -2);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, original);
        lua_rawsetp(L, -2, &original_key);
        lua_pushvalue(L, original);
        lua_pushvalue(L, -2);
        lua_rawset(L, -4);
    }
    lua_remove(L, -2);
}

static void refresh(lua_State *L, int hidden, int original) {
    for (const char *const *name = allowed; *name; name++) {
        lua_pushstring(L, *name);
        raw_field(L, original, *name);
        lua_rawset(L, hidden);
    }
    raw_field(L, hidden, "__index");
    if (lua_isnil(L, -1)) {
        lua_pushliteral(L, "__index");
        lua_pushvalue(L, original);
        lua_pushcclosure(L, l_late_index, 1);
        lua_rawset(L, hidden);
    }
    lua_pop(L, 1);
}

static void refuse(lua_State *L, int original, const char *name) {
    raw_field(L, original, name);
    if (!lua_isnil(L, -1)) luaL_error(L, "a metatable must not have '%s'", name);
    lua_pop(L, 1);
}

static int l_setmetatable(lua_State *L) {
    int type = lua_type(L, 2);
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_argexpected(L, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
    lua_settop(L, 2);
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL)
        return luaL_error(L, "cannot change a protected metatable");
    if (type == LUA_TTABLE) {
        refuse(L, 2, "__gc");
        refuse(L, 2, "__close");
        refuse(L, 2, "__mode");
        push_hidden(L, 2);
        refresh(L, 3, 2);
    }
    lua_setmetatable(L, 1); /* hidden, or the nil at 2 */
    lua_settop(L, 1);
    return 1;
}

static int l_getmetatable(lua_State *L) {
    luaL_checkany(L, 1);
    if (lua_type(L, 1) == LUA_TSTRING || !lua_getmetatable(L, 1)) {
        lua_pushnil(L);
        return 1;
    }
    raw_field(L, -1, "__metatable");
    if (!lua_isnil(L, -1)) return 1;
    lua_pop(L, 1);
    lua_rawgetp(L, -1, &original_key); /* nil for the host's own metatables */
    return 1;
}

void l_metatable_open(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"getmetatable", l_getmetatable}, {"setmetatable", l_setmetatable}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
    lua_newtable(L);
    lua_newtable(L);
    lua_pushliteral(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &hidden_key);
}
