/* setmetatable and getmetatable. A table that a script offers never becomes a metatable itself: a
 * hidden one gets the allowed fields of it, so that __gc, __close and __mode cannot be slipped in
 * later by an assignment nobody sees. Offering one of these three is an error.
 *
 * There is one hidden table for each offered one, refreshed whenever it is offered again. __index
 * is looked up late where it was absent, because "setmetatable(o, C) C.__index = C" is how many
 * write their classes. */
#include "lua/guard.h"

static const char original_key, fields_key; /* their addresses are the keys */

static const char *const allowed[] = {
    "__index", "__newindex", "__call", "__tostring", "__name",   "__metatable", "__pairs",
    "__eq",    "__lt",       "__le",   "__len",      "__concat", "__unm",       "__add",
    "__sub",   "__mul",      "__div",  "__mod",      "__pow",    "__idiv",      "__band",
    "__bor",   "__bxor",     "__shl",  "__shr",      "__bnot"};
static const char *const refused[] = {"__gc", "__close", "__mode"};

/* Upvalues of setmetatable: the hidden tables by their originals, then all the names, so that none
 * has to be looked up by its text. */
enum { ALLOWED = sizeof allowed / sizeof allowed[0], REFUSED = sizeof refused / sizeof refused[0] };
enum { UP_HIDDEN = 1, UP_ALLOWED = 2, UP_REFUSED = UP_ALLOWED + ALLOWED };

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

static void push_late_index(lua_State *L, int original) {
    lua_pushvalue(L, original);
    lua_pushcclosure(L, l_late_index, 1);
}

/* Pushes the hidden table of the one at `original`. */
static void push_hidden(lua_State *L, int original) {
    lua_pushvalue(L, original);
    if (lua_rawget(L, lua_upvalueindex(UP_HIDDEN)) != LUA_TNIL) return;
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, original);
    lua_rawsetp(L, -2, &original_key);
    lua_pushvalue(L, lua_upvalueindex(UP_ALLOWED)); /* __index */
    push_late_index(L, original);
    lua_rawset(L, -3);
    lua_pushvalue(L, original);
    lua_pushvalue(L, -2);
    lua_rawset(L, lua_upvalueindex(UP_HIDDEN));
}

/* Brings field `at` of the list up to date; whether it is there. */
static bool refresh_field(lua_State *L, int hidden, int original, int at, bool was_there) {
    int name = lua_upvalueindex(UP_ALLOWED + at);
    lua_pushvalue(L, name);
    bool is_there = lua_rawget(L, original) != LUA_TNIL;
    if (is_there || was_there) {
        if (!is_there && at == 0) {
            lua_pop(L, 1);
            push_late_index(L, original);
        }
        lua_pushvalue(L, name);
        lua_insert(L, -2);
        lua_rawset(L, hidden);
    } else {
        lua_pop(L, 1);
    }
    return is_there;
}

static void refresh(lua_State *L, int hidden, int original) {
    lua_rawgetp(L, hidden, &fields_key);
    lua_Integer before = lua_tointeger(L, -1), now = 0;
    lua_pop(L, 1);
    for (int at = 0; at < ALLOWED; at++) {
        bool is_there = refresh_field(L, hidden, original, at, (before >> at) & 1);
        now |= (lua_Integer)is_there << at;
    }
    if (now == before) return;
    lua_pushinteger(L, now);
    lua_rawsetp(L, hidden, &fields_key);
}

static int l_setmetatable(lua_State *L) {
    int type = lua_type(L, 2);
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_argexpected(L, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
    lua_settop(L, 2);
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL)
        return luaL_error(L, "cannot change a protected metatable");
    for (int at = 0; type == LUA_TTABLE && at < REFUSED; at++) {
        lua_pushvalue(L, lua_upvalueindex(UP_REFUSED + at));
        if (lua_rawget(L, 2) != LUA_TNIL)
            return luaL_error(L, "a metatable must not have '%s'", refused[at]);
        lua_pop(L, 1);
    }
    if (type == LUA_TTABLE) {
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
    lua_pushcfunction(L, l_getmetatable);
    lua_setfield(L, -2, "getmetatable");
    lua_newtable(L);
    lua_newtable(L);
    lua_pushliteral(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    luaL_checkstack(L, ALLOWED + REFUSED, "too many metafields");
    for (int at = 0; at < ALLOWED; at++)
        lua_pushstring(L, allowed[at]);
    for (int at = 0; at < REFUSED; at++)
        lua_pushstring(L, refused[at]);
    lua_pushcclosure(L, l_setmetatable, 1 + ALLOWED + REFUSED);
    lua_setfield(L, -2, "setmetatable");
}
