/* Basic functions that stock Lua cannot lend: pcall and xpcall that let a kill through, tostring
 * without addresses, print that goes to the host. */
#include "lua/guard.h"

const char *l_tolstring(lua_State *L, int index, size_t *ret_len) {
    index = lua_absindex(L, index);
    if (luaL_callmeta(L, index, "__tostring")) {
        if (!lua_isstring(L, -1)) luaL_error(L, "'__tostring' must return a string");
    } else {
        switch (lua_type(L, index)) {
        case LUA_TNUMBER:
        case LUA_TSTRING:
            lua_pushvalue(L, index);
            break;
        case LUA_TBOOLEAN:
            lua_pushstring(L, lua_toboolean(L, index) ? "true" : "false");
            break;
        case LUA_TNIL:
            lua_pushliteral(L, "nil");
            break;
        default: {
            int type = luaL_getmetafield(L, index, "__name"); /* pushes nothing for nil */
            if (type == LUA_TSTRING) break;
            if (type != LUA_TNIL) lua_pop(L, 1);
            lua_pushstring(L, luaL_typename(L, index));
        }
        }
    }
    return lua_tolstring(L, -1, ret_len); /* turns a number into its text */
}

static int l_tostring(lua_State *L) {
    luaL_checkany(L, 1);
    l_tolstring(L, 1, NULL);
    return 1;
}

static int l_print(lua_State *L) {
    struct lua_guard *g = guard_of(L);
    int count = lua_gettop(L);
    luaL_Buffer line;
    luaL_buffinit(L, &line);
    for (int i = 1; i <= count; i++) {
        if (i > 1) luaL_addchar(&line, '\t');
        size_t len = 0;
        l_tolstring(L, i, &len);
        l_charge(L, len);
        luaL_addvalue(&line);
    }
    luaL_pushresult(&line);
    size_t len = 0;
    const char *text = lua_tolstring(L, -1, &len);
    if (g->print) g->print(g->ctx, str_make(text, len));
    return 0;
}

/* Behind the protected call: results on the stack above `extra` slots, or the error on top. */
static int finish(lua_State *L, int status, lua_KContext extra) {
    if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(L) - (int)extra;
    l_poll(L, guard_of(L));
    lua_pushboolean(L, 0);
    lua_pushvalue(L, -2);
    return 2;
}

static int l_pcall(lua_State *L) {
    luaL_checkany(L, 1);
    lua_pushboolean(L, 1); /* first result if no error */
    lua_insert(L, 1);
    int status = lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, finish);
    return finish(L, status, 0);
}

/* A kill is raised from inside the hook, where hooks are off: a script's handler would run for ever
 * there, so it is not asked. */
static int l_handler(lua_State *L) {
    if (guard_of(L)->kill) return 1;
    lua_settop(L, 1);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, 1, 1);
    return 1;
}

static int l_xpcall(lua_State *L) {
    int nargs = lua_gettop(L) - 2;
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushvalue(L, 2);
    lua_pushcclosure(L, l_handler, 1);
    lua_replace(L, 2);
    lua_pushboolean(L, 1);
    lua_pushvalue(L, 1);
    lua_rotate(L, 3, 2); /* f, handler, true, f, arguments */
    int status = lua_pcallk(L, nargs, LUA_MULTRET, 2, 2, finish);
    return finish(L, status, 2);
}

void l_base_open(lua_State *L) {
    static const luaL_Reg functions[] = {{"pcall", l_pcall},
                                         {"print", l_print},
                                         {"tostring", l_tostring},
                                         {"xpcall", l_xpcall},
                                         {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
