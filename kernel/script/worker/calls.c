/* What a worker asks for, done here by the functions that scripts in the server call. See border.h
 * and protocol.h. Functions l_... raise and own nothing. */
#include <lauxlib.h>
#include <stdio.h>

#include "script/messages.h"
#include "script/query.h"
#include "script/worker/border.h"
#include "script/worker/protocol.h"

/* ---- what stands in front of the arguments -----------------------------------------------------
 */

/* Queries that the script has let go of. */
static void forget_handles(lua_State *L, struct script_run *r, struct script_wire_in *in) {
    uint32_t count, handle;
    if (!script_wire_u32(in, &count)) l_script_wire_wrong(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, r->border->handles);
    for (uint32_t i = 0; i < count; i++) {
        if (!script_wire_u32(in, &handle)) l_script_wire_wrong(L);
        if (lua_rawgeti(L, -1, handle) != LUA_TUSERDATA) l_script_wire_wrong(L);
        lua_pushnil(L);
        lua_rawset(L, -3);
        lua_pushnil(L);
        lua_rawseti(L, -2, handle);
        r->border->handle_count--;
    }
    lua_pop(L, 1);
}

static int push_arguments(lua_State *L, struct script_wire_in *in) {
    uint32_t count;
    if (!script_wire_u32(in, &count) || count > SCRIPT_CALL_ARGS_MAX) l_script_wire_wrong(L);
    luaL_checkstack(L, (int)count + 20, NULL);
    for (uint32_t i = 0; i < count; i++)
        l_script_wire_push(L, in);
    return (int)count;
}

/* ---- the calls: arguments from 2 on, results on top; see protocol.h ----------------------------
 */

/* `crm.a.b` by "a.b". */
static int call_api(lua_State *L, struct script_run *r, struct str name, int count) {
    struct str rest = name, part;
    lua_rawgeti(L, LUA_REGISTRYINDEX, r->state->crm_ref);
    for (bool more = true; more;) {
        more = str_split(&rest, '.', &part);
        if (!lua_istable(L, -1)) l_script_wire_wrong(L);
        lua_pushlstring(L, part.ptr, part.len);
        lua_rawget(L, -2);
        lua_remove(L, -2);
    }
    if (!lua_iscfunction(L, -1)) l_script_wire_wrong(L);
    lua_insert(L, 2);
    lua_call(L, count, LUA_MULTRET);
    return lua_gettop(L) - 1;
}

static int call_method(lua_State *L, struct str name, int count) {
    if (count < 1 || !script_query_test(L, 2)) l_script_wire_wrong(L);
    luaL_getmetafield(L, 2, "__index");
    lua_pushlstring(L, name.ptr, name.len);
    lua_rawget(L, -2);
    lua_remove(L, -2);
    if (!lua_iscfunction(L, -1)) l_script_wire_wrong(L);
    lua_insert(L, 2);
    lua_call(L, count, LUA_MULTRET);
    return lua_gettop(L) - 1;
}

static struct script_record *check_record(lua_State *L, int count) {
    struct script_record *it = count >= 1 ? script_record_test(L, 2) : NULL;
    if (!it) l_script_wire_wrong(L);
    return it;
}

static int call_load(lua_State *L, struct script_run *r, int count) {
    struct script_record *it = check_record(L, count);
    struct err err;
    bool seen = false;
    if (it->kind == SCRIPT_RECORD_SEEN)
        l_raise_status(L, script_record_load(r, it, &seen, &err), &err);
    lua_settop(L, 2);
    return 1;
}

static int call_index(lua_State *L, int count) {
    if (count != 2 || lua_type(L, 2) != LUA_TUSERDATA) l_script_wire_wrong(L);
    lua_gettable(L, 2);
    return 1;
}

static int call_set(lua_State *L, int count) {
    if (count != 3) l_script_wire_wrong(L);
    check_record(L, count);
    lua_settable(L, 2);
    return 0;
}

static int call_changed(lua_State *L, int count) {
    if (count < 1 || !script_change_test(L, 2)) l_script_wire_wrong(L);
    lua_getfield(L, 2, "changed");
    lua_insert(L, 2);
    lua_call(L, count, 1);
    return 1;
}

/* (depth): the marks of calls of crm.try inside of each other are kept here. */
static size_t check_depth(lua_State *L, int count, size_t most) {
    lua_Integer depth = count == 1 ? lua_tointeger(L, 2) : 0;
    if (depth < 1 || (size_t)depth > most) l_script_wire_wrong(L);
    return (size_t)depth;
}

static int call_mark(lua_State *L, struct script_run *r, int count) {
    struct script_border *b = r->border;
    size_t depth = check_depth(L, count, b->mark_count + 1);
    struct script_mark *marks =
        depth > SCRIPT_MARKS_MAX
            ? NULL
            : arena_grow(r->arena, b->marks, depth - 1, &b->mark_capacity, sizeof *marks);
    if (!marks) l_script_wire_wrong(L);
    b->marks = marks;
    b->marks[depth - 1] = script_mark_make(r);
    b->mark_count = depth;
    return 0;
}

static int call_back(lua_State *L, struct script_run *r, int count) {
    struct script_border *b = r->border;
    size_t depth = check_depth(L, count, b->mark_count);
    b->mark_count = depth - 1;
    lua_pushboolean(L, script_mark_back(r, &b->marks[depth - 1]));
    return 1;
}

static int call_print(lua_State *L, struct script_run *r, int count) {
    size_t len;
    if (count != 1 || lua_type(L, 2) != LUA_TSTRING) l_script_wire_wrong(L);
    const char *text = lua_tolstring(L, 2, &len);
    if (r->print) r->print(r->print_ctx, str_make(text, len));
    return 0;
}

int l_script_border_call(lua_State *L) {
    struct script_border_call *c = lua_touserdata(L, 1);
    struct script_run *r = c->run;
    struct str name, place;
    uint8_t what;
    if (!script_wire_byte(&c->in, &what) || !script_wire_text(&c->in, &name) ||
        !script_wire_text(&c->in, &place))
        l_script_wire_wrong(L);
    (void)snprintf(r->at, sizeof r->at, "%.*s", STR_ARG(place));
    forget_handles(L, r, &c->in);
    int count = push_arguments(L, &c->in);
    switch (what) {
    case SCRIPT_CALL_API:
        return call_api(L, r, name, count);
    case SCRIPT_CALL_METHOD:
        return call_method(L, name, count);
    case SCRIPT_CALL_PAGE:
        return l_query_page(L, 2);
    case SCRIPT_CALL_LOAD:
        return call_load(L, r, count);
    case SCRIPT_CALL_INDEX:
        return call_index(L, count);
    case SCRIPT_CALL_SET:
        return call_set(L, count);
    case SCRIPT_CALL_CHANGED:
        return call_changed(L, count);
    case SCRIPT_CALL_MARK:
        return call_mark(L, r, count);
    case SCRIPT_CALL_BACK:
        return call_back(L, r, count);
    case SCRIPT_CALL_PRINT:
        return call_print(L, r, count);
    default:
        l_script_wire_wrong(L);
    }
}
