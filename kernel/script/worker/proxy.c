/* `crm` inside a worker: each function hands its arguments to the server and returns what comes
 * back. What only reckons, or calls functions of the script, is done here. Functions l_... raise
 * and own nothing. */
#include <lauxlib.h>
#include <unistd.h>

#include "script/messages.h"
#include "script/worker/inside.h"

/* ---- asking ------------------------------------------------------------------------------------
 */

static void put_call(lua_State *L, struct script_inside *in, enum script_call_what what,
                     const char *name, int first) {
    struct err err;
    struct script_wire_out out = {
        .L = L, .buf = &in->out, .err = &err, .put_object = script_proxy_put_object};
    int count = lua_gettop(L) - first + 1;
    struct script_run *r = script_state_of(L)->run;
    l_note_place(L, r);
    buf_clear(&in->out);
    script_wire_put_byte(&in->out, SCRIPT_CALL);
    script_wire_put_byte(&in->out, (uint8_t)what);
    script_wire_put_text(&in->out, str_from(name));
    script_wire_put_text(&in->out, str_from(r->at));
    script_wire_put_u32(&in->out, (uint32_t)in->freed_count);
    for (size_t i = 0; i < in->freed_count; i++)
        script_wire_put_u32(&in->out, in->freed[i]);
    script_wire_put_u32(&in->out, (uint32_t)count);
    for (int i = 0; i < count; i++)
        l_raise_status(L, script_wire_put(&out, first + i), &err);
    if (in->out.status == CRM_OK) return;
    err_set(&err, CRM_TOO_LARGE, &say_script_wire_large, NULL);
    l_raise(L, &err);
}

/* What a function of the API raised as a text is one here, too, with its place. */
__attribute__((noreturn)) static void raise_told(lua_State *L, struct script_wire_in *wire) {
    struct err why;
    if (!script_wire_err(wire, &why)) l_script_wire_wrong(L);
    if (!str_is(str_from(why.text.code), "script_error")) l_raise(L, &why);
    luaL_where(L, 1);
    l_message_push(L, &why);
    lua_concat(L, 2);
    lua_error(L);
    __builtin_unreachable();
}

int l_proxy_ask(lua_State *L, enum script_call_what what, const char *name, int first) {
    struct script_inside *in = script_state_of(L)->inside;
    uint8_t kind, is_fine;
    uint32_t count;
    l_run(L, name);
    if (lua_gettop(L) - first >= SCRIPT_CALL_ARGS_MAX) luaL_error(L, "too many arguments");
    put_call(L, in, what, name, first);
    in->freed_count = 0;
    if (script_channel_send(&in->channel, buf_str(&in->out)) != SCRIPT_CHANNEL_OK ||
        script_channel_receive(&in->channel, &in->in) != SCRIPT_CHANNEL_OK)
        _exit(1);
    struct script_wire_in wire = {.at = in->in.ptr,
                                  .end = in->in.ptr + in->in.len,
                                  .push_object = l_proxy_push_object,
                                  .ctx = in};
    if (!script_wire_byte(&wire, &kind) || kind != SCRIPT_REPLY ||
        !script_wire_byte(&wire, &is_fine))
        _exit(1);
    l_check(L);
    if (!is_fine) raise_told(L, &wire);
    if (!script_wire_u32(&wire, &count)) l_script_wire_wrong(L);
    luaL_checkstack(L, (int)count + 8, NULL);
    for (uint32_t i = 0; i < count; i++)
        l_script_wire_push(L, &wire);
    return (int)count;
}

/* ---- functions ---------------------------------------------------------------------------------
 */

/* Those that leave the record at hand as it is. */
static bool only_reads(struct str name) {
    static const char *const names[] = {"get", "query", "today", "me", "log", "kept"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_is(name, names[i])) return true;
    return false;
}

static int l_api(lua_State *L) {
    const char *name = lua_tostring(L, lua_upvalueindex(1));
    if (!lua_toboolean(L, lua_upvalueindex(2))) script_state_of(L)->inside->epoch++;
    return l_proxy_ask(L, SCRIPT_CALL_API, name, 1);
}

/* Values become texts here: what they are made of does not cross. */
static int l_log(lua_State *L) {
    l_run(L, "log");
    for (int i = 1, count = lua_gettop(L); i <= count; i++) {
        lua_getglobal(L, "tostring");
        lua_pushvalue(L, i);
        lua_call(L, 1, 1);
        lua_replace(L, i);
    }
    return l_proxy_ask(L, SCRIPT_CALL_API, "log", 1);
}

static void ask_depth(lua_State *L, enum script_call_what what, int depth) {
    lua_pushinteger(L, depth);
    l_proxy_ask(L, what, "try", lua_gettop(L));
}

static int l_try(lua_State *L) {
    struct script_inside *in = script_state_of(L)->inside;
    l_run(L, "try");
    luaL_checktype(L, 1, LUA_TFUNCTION);
    ask_depth(L, SCRIPT_CALL_MARK, in->depth + 1);
    lua_pop(L, 1);
    int depth = ++in->depth;
    int failed = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
    in->depth = depth - 1;
    if (failed == LUA_OK) {
        lua_pushboolean(L, 1);
        lua_insert(L, 1);
        return lua_gettop(L);
    }
    l_check(L);
    in->epoch++;
    ask_depth(L, SCRIPT_CALL_BACK, depth);
    bool goes_on = lua_toboolean(L, -1);
    lua_pop(L, 2);
    if (!goes_on) lua_error(L);
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
}

/* Those that need nothing of the server. */
static bool is_local(struct str name) {
    return str_is(name, "now") || str_is(name, "refuse") || str_is(name, "t");
}

/* Every other function of the table on top becomes one that asks; tables in it, too. */
static void replace(lua_State *L, const char *prefix) {
    int table = lua_gettop(L);
    lua_pushnil(L);
    while (lua_next(L, table)) {
        size_t len;
        const char *key = lua_tolstring(L, -2, &len);
        bool here = !*prefix && is_local(str_make(key, len));
        lua_pushfstring(L, "%s%s%s", prefix, *prefix ? "." : "", key);
        lua_insert(L, -2); /* key, name, value */
        if (lua_istable(L, -1)) {
            replace(L, lua_tostring(L, -2));
        } else if (lua_iscfunction(L, -1) && !here) {
            lua_pushvalue(L, -3);
            lua_pushvalue(L, -3);
            lua_pushboolean(L, !*prefix && only_reads(str_make(key, len)));
            lua_pushcclosure(L, l_api, 2);
            lua_rawset(L, table);
        }
        lua_pop(L, 2);
    }
}

int l_proxy_open(lua_State *L) {
    static const luaL_Reg here[] = {{"log", l_log}, {"try", l_try}, {NULL, NULL}};
    struct script_state *s = script_state_of(L);
    luaL_checkstack(L, 40, NULL);
    lua_rawgeti(L, LUA_REGISTRYINDEX, s->crm_ref);
    replace(L, "");
    luaL_setfuncs(L, here, 0);
    l_proxy_objects_open(L);
    return 0;
}
