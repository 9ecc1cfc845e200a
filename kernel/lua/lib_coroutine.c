/* Coroutines that tell the guard which of them runs, so that a kill reaches it, and that let a kill
 * through to whoever resumed them. There is no close: no script's value has __close. */
#include "lua/guard.h"

static lua_State *check_coroutine(lua_State *L) {
    lua_State *co = lua_tothread(L, 1);
    luaL_argexpected(L, co, 1, "coroutine");
    return co;
}

static const char *status_of(lua_State *L, lua_State *co) {
    if (L == co) return "running";
    switch (lua_status(co)) {
    case LUA_YIELD:
        return "suspended";
    case LUA_OK: {
        lua_Debug ar;
        if (lua_getstack(co, 0, &ar)) return "normal"; /* it has resumed another */
        return lua_gettop(co) == 0 ? "dead" : "suspended";
    }
    default:
        return "dead";
    }
}

static void switch_to(struct lua_guard *g, lua_State *co) {
    g->current = co;
    if (GUARD_POLLED) guard_watch(g, co);
    if (g->alarm) guard_arm(g, co); /* the signal may have armed the other one */
}

/* Moves `nargs` values over and resumes. Results on L; -1 with the error on top of L. */
static int resume(lua_State *L, lua_State *co, int nargs) {
    struct lua_guard *g = guard_of(L);
    if (strcmp(status_of(L, co), "suspended") != 0) {
        lua_pushfstring(L, "cannot resume %s coroutine",
                        strcmp(status_of(L, co), "dead") == 0 ? "dead" : "non-suspended");
        return -1;
    }
    if (!lua_checkstack(co, nargs)) {
        lua_pushliteral(L, "too many arguments to resume");
        return -1;
    }
    int count = 0;
    lua_xmove(L, co, nargs);
    switch_to(g, co);
    int status = lua_resume(co, L, nargs, &count);
    switch_to(g, L);
    if (status != LUA_OK && status != LUA_YIELD) {
        l_poll(L, g);
        lua_xmove(co, L, 1);
        return -1;
    }
    l_poll(L, g);
    if (!lua_checkstack(L, count + 1)) {
        lua_pop(co, count);
        lua_pushliteral(L, "too many results to resume");
        return -1;
    }
    lua_xmove(co, L, count);
    return count;
}

static int l_resume(lua_State *L) {
    lua_State *co = check_coroutine(L);
    int count = resume(L, co, lua_gettop(L) - 1);
    lua_pushboolean(L, count >= 0);
    if (count < 0) count = 1;
    lua_insert(L, -(count + 1));
    return count + 1;
}

static int l_wrapped(lua_State *L) {
    lua_State *co = lua_tothread(L, lua_upvalueindex(1));
    int count = resume(L, co, lua_gettop(L));
    if (count >= 0) return count;
    if (lua_type(L, -1) == LUA_TSTRING) { /* add where it was called, as stock does */
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

static int l_create(lua_State *L) {
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_State *co = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, co, 1);
    return 1;
}

static int l_wrap(lua_State *L) {
    l_create(L);
    lua_pushcclosure(L, l_wrapped, 1);
    return 1;
}

static int l_yield(lua_State *L) { return lua_yield(L, lua_gettop(L)); }

static int l_status(lua_State *L) {
    lua_pushstring(L, status_of(L, check_coroutine(L)));
    return 1;
}

static int l_isyieldable(lua_State *L) {
    lua_State *co = lua_isnone(L, 1) ? L : check_coroutine(L);
    lua_pushboolean(L, lua_isyieldable(co));
    return 1;
}

static int l_running(lua_State *L) {
    int is_main = lua_pushthread(L);
    lua_pushboolean(L, is_main);
    return 2;
}

void l_coroutine_open(lua_State *L) {
    static const luaL_Reg functions[] = {{"create", l_create}, {"isyieldable", l_isyieldable},
                                         {"resume", l_resume}, {"running", l_running},
                                         {"status", l_status}, {"wrap", l_wrap},
                                         {"yield", l_yield},   {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
