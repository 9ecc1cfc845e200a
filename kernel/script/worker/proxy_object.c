/* Records, queries and changes inside a worker: a record answers from the row that came with it,
 * and asks the server for what is not in it. Functions l_... raise and own nothing. */
#include <lauxlib.h>
#include <stdio.h>

#include "script/messages.h"
#include "script/query.h"
#include "script/worker/inside.h"

struct proxy {
    struct script_record it; /* first: what tests for records finds it */
    uint32_t entity, handle;
}; /* user value: the row as bytes, or nil */
struct numbered {
    uint32_t handle;
}; /* a change has a user value: what it was asked for already */

static const char change_type[] = "perigee.change", query_type[] = "perigee.query";

static struct proxy *check_proxy(lua_State *L) {
    struct proxy *p = (struct proxy *)script_record_test(L, 1);
    if (!p) luaL_error(L, "record expected, got %s", luaL_typename(L, 1));
    return p;
}

/* ---- records -----------------------------------------------------------------------------------
 */

/* Pushes the row, after fetching it where it is wanted; nil: there is none. */
static bool push_row(lua_State *L, struct proxy *p) {
    const struct script_inside *in = script_state_of(L)->inside;
    bool stale = p->it.kind == SCRIPT_RECORD_CHANGE && p->it.serial != in->epoch;
    if (!stale && lua_getiuservalue(L, 1, 1) == LUA_TSTRING) return true;
    if (p->it.missing || p->it.kind == SCRIPT_RECORD_IMAGE) return false;
    lua_pushvalue(L, 1);
    if (l_proxy_ask(L, SCRIPT_CALL_LOAD, "load", lua_gettop(L)) != 1) l_script_wire_wrong(L);
    const struct proxy *loaded = (struct proxy *)script_record_test(L, -1);
    if (!loaded) l_script_wire_wrong(L);
    p->it.missing = loaded->it.missing;
    p->it.serial = in->epoch;
    bool has = lua_getiuservalue(L, -1, 1) == LUA_TSTRING;
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, 1, 1);
    return has;
}

/* The value of the field at 2 in the row on top; false: it is not among those that were sent. */
static bool push_field(lua_State *L, const struct script_inside *in, uint32_t entity) {
    size_t len;
    const char *bytes = lua_tolstring(L, -1, &len);
    struct script_wire_in wire = {
        .at = bytes, .end = bytes + len, .push_object = l_proxy_push_object};
    lua_rawgeti(L, LUA_REGISTRYINDEX, in->rows);
    if (lua_rawgeti(L, -1, entity) != LUA_TTABLE) return false;
    lua_pushvalue(L, 2);
    if (lua_rawget(L, -2) != LUA_TNUMBER) return false;
    for (lua_Integer at = lua_tointeger(L, -1); at > 0; at--)
        if (!script_wire_skip(&wire, 0)) l_script_wire_wrong(L);
    if (wire.at == wire.end || script_wire_is_absent(&wire)) return false;
    l_script_wire_push(L, &wire);
    return true;
}

static int l_index(lua_State *L) {
    struct proxy *p = check_proxy(L);
    struct str name = l_check_str(L, 2, "a record", "the name of a field");
    lua_settop(L, 2);
    if (str_is(name, "id")) {
        char text[24];
        int len = snprintf(text, sizeof text, "%lld", (long long)p->it.id);
        lua_pushlstring(L, text, (size_t)len);
        return 1;
    }
    if (push_row(L, p) && push_field(L, script_state_of(L)->inside, p->entity)) return 1;
    lua_settop(L, 2);
    return l_proxy_ask(L, SCRIPT_CALL_INDEX, "index", 1);
}

static int l_newindex(lua_State *L) {
    check_proxy(L);
    lua_settop(L, 3);
    l_proxy_ask(L, SCRIPT_CALL_SET, "set", 1);
    script_state_of(L)->inside->epoch++;
    return 0;
}

static int l_eq(lua_State *L) {
    const struct proxy *a = (struct proxy *)script_record_test(L, 1),
                       *b = (struct proxy *)script_record_test(L, 2);
    lua_pushboolean(L, a && b && a->it.id == b->it.id && a->entity == b->entity);
    return 1;
}

/* ---- changes -----------------------------------------------------------------------------------
 */

static int l_changed(lua_State *L) {
    luaL_checkudata(L, 1, change_type);
    return l_proxy_ask(L, SCRIPT_CALL_CHANGED, "changed", 1);
}

static int l_change_index(lua_State *L) {
    luaL_checkudata(L, 1, change_type);
    struct str name = l_check_str(L, 2, "a change", "a name");
    lua_settop(L, 2);
    if (str_is(name, "changed")) {
        lua_pushcfunction(L, l_changed);
        return 1;
    }
    lua_getiuservalue(L, 1, 1);
    lua_pushvalue(L, 2);
    if (lua_rawget(L, 3) != LUA_TNIL) return 1;
    lua_pushvalue(L, 1);
    lua_pushvalue(L, 2);
    if (l_proxy_ask(L, SCRIPT_CALL_INDEX, "index", 5) != 1) l_script_wire_wrong(L);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, -2);
    lua_rawset(L, 3);
    return 1;
}

/* ---- queries -----------------------------------------------------------------------------------
 */

static int l_method(lua_State *L) {
    luaL_checkudata(L, 1, query_type);
    return l_proxy_ask(L, SCRIPT_CALL_METHOD, lua_tostring(L, lua_upvalueindex(1)), 1);
}

/* Calls the function at 2 with each of the list at `list`; false: it has had enough. */
static bool hand_out(lua_State *L, int list, lua_Integer *count) {
    size_t len = lua_rawlen(L, list);
    for (size_t i = 1; i <= len; i++) {
        lua_pushvalue(L, 2);
        lua_rawgeti(L, list, (lua_Integer)i);
        lua_call(L, 1, 1);
        ++*count;
        bool more = lua_isnil(L, -1) || lua_toboolean(L, -1);
        lua_pop(L, 1);
        if (!more) return false;
    }
    return true;
}

static int l_each(lua_State *L) {
    lua_Integer count = 0;
    luaL_checkudata(L, 1, query_type);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    lua_pushnil(L); /* 3: where to go on */
    for (bool more = true; more;) {
        lua_settop(L, 3);
        lua_pushvalue(L, 1);
        lua_pushvalue(L, 3);
        lua_pushinteger(L, count);
        l_proxy_ask(L, SCRIPT_CALL_PAGE, "each", 4);
        lua_settop(L, 8); /* list and cursor at 7 and 8 */
        luaL_checktype(L, 7, LUA_TTABLE);
        more = hand_out(L, 7, &count);
        if (lua_isboolean(L, 8)) count = (lua_Integer)lua_rawlen(L, 7);
        more = more && lua_type(L, 8) == LUA_TSTRING;
        lua_pushvalue(L, 8);
        lua_replace(L, 3);
    }
    lua_pushinteger(L, count);
    return 1;
}

static int l_query_gc(lua_State *L) {
    struct script_inside *in = script_state_of(L)->inside;
    const struct numbered *q = lua_touserdata(L, 1);
    if (q && in->freed_count < SCRIPT_HANDLES_MAX) in->freed[in->freed_count++] = q->handle;
    return 0;
}

/* ---- across ------------------------------------------------------------------------------------
 */

crm_status script_proxy_put_object(struct script_wire_out *out, int index, bool *ret_known) {
    const struct proxy *p = (struct proxy *)script_record_test(out->L, index);
    *ret_known = true;
    if (!lua_checkstack(out->L, 4)) return err_no_memory(out->err);
    if (p) {
        script_wire_put_byte(out->buf, SCRIPT_OBJECT_RECORD);
        script_wire_put_i64(out->buf, p->it.id);
        script_wire_put_u32(out->buf, p->entity);
        script_wire_put_u32(out->buf, p->handle);
        return CRM_OK;
    }
    bool is_query = script_query_test(out->L, index), is_change = script_change_test(out->L, index);
    *ret_known = is_query || is_change;
    if (!*ret_known) return CRM_OK;
    const struct numbered *it = lua_touserdata(out->L, index);
    script_wire_put_byte(out->buf, is_query ? SCRIPT_OBJECT_QUERY : SCRIPT_OBJECT_CHANGE);
    script_wire_put_u32(out->buf, it->handle);
    return CRM_OK;
}

/* Learns where in a row of the entity each field is. */
static void take_names(lua_State *L, struct script_wire_in *wire, uint32_t entity) {
    const struct script_inside *in = script_state_of(L)->inside;
    uint32_t count;
    struct str name;
    if (!script_wire_u32(wire, &count)) l_script_wire_wrong(L);
    if (count == 0) return;
    lua_rawgeti(L, LUA_REGISTRYINDEX, in->rows);
    lua_newtable(L);
    for (uint32_t i = 0; i < count; i++) {
        if (!script_wire_text(wire, &name)) l_script_wire_wrong(L);
        lua_pushlstring(L, name.ptr, name.len);
        lua_pushinteger(L, i);
        lua_rawset(L, -3);
    }
    lua_rawseti(L, -2, entity);
    lua_pop(L, 1);
}

static void push_record(lua_State *L, struct script_wire_in *wire) {
    struct script_state *s = script_state_of(L);
    uint8_t kind, row;
    int64_t id;
    uint32_t entity, handle;
    struct str bytes;
    if (!script_wire_byte(wire, &kind) || !script_wire_i64(wire, &id) ||
        !script_wire_u32(wire, &entity) || !script_wire_u32(wire, &handle) ||
        !script_wire_byte(wire, &row))
        l_script_wire_wrong(L);
    struct proxy *p = lua_newuserdatauv(L, sizeof *p, 1);
    *p = (struct proxy){.it = {.run = s->run ? s->run->id : 0,
                               .kind = (enum script_record_kind)kind,
                               .id = id,
                               .missing = row == SCRIPT_ROW_MISSING,
                               .serial = s->inside->epoch},
                        .entity = entity,
                        .handle = handle};
    lua_rawgeti(L, LUA_REGISTRYINDEX, s->record_ref);
    lua_setmetatable(L, -2);
    if (row != SCRIPT_ROW_FOLLOWS) return;
    take_names(L, wire, entity);
    if (!script_wire_text(wire, &bytes)) l_script_wire_wrong(L);
    lua_pushlstring(L, bytes.ptr, bytes.len);
    lua_setiuservalue(L, -2, 1);
}

static void push_query(lua_State *L, uint32_t handle) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, script_state_of(L)->inside->queries);
    if (lua_rawgeti(L, -1, handle) == LUA_TUSERDATA) {
        lua_remove(L, -2);
        return;
    }
    lua_pop(L, 1);
    struct numbered *q = lua_newuserdatauv(L, sizeof *q, 0);
    q->handle = handle;
    luaL_setmetatable(L, query_type);
    lua_pushvalue(L, -1);
    lua_rawseti(L, -3, handle);
    lua_remove(L, -2);
}

void l_proxy_push_object(lua_State *L, struct script_wire_in *wire) {
    uint8_t kind;
    uint32_t handle;
    luaL_checkstack(L, 12, "value nested too deep");
    if (!script_wire_byte(wire, &kind)) l_script_wire_wrong(L);
    if (kind == SCRIPT_OBJECT_RECORD) {
        push_record(L, wire);
        return;
    }
    if (!script_wire_u32(wire, &handle)) l_script_wire_wrong(L);
    if (kind == SCRIPT_OBJECT_QUERY) {
        push_query(L, handle);
        return;
    }
    struct numbered *c = lua_newuserdatauv(L, sizeof *c, 1);
    c->handle = handle;
    luaL_setmetatable(L, change_type);
    lua_newtable(L);
    lua_setiuservalue(L, -2, 1);
}

/* ---- opening -----------------------------------------------------------------------------------
 */

/* The methods that the server's queries have; `each` calls a function of the script. */
static void replace_methods(lua_State *L) {
    luaL_getmetatable(L, query_type);
    lua_getfield(L, -1, "__index");
    int methods = lua_gettop(L);
    lua_pushnil(L);
    while (lua_next(L, methods)) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_pushvalue(L, -1);
        lua_pushcclosure(L, l_method, 1);
        lua_rawset(L, methods);
    }
    lua_pushcfunction(L, l_each);
    lua_setfield(L, methods, "each");
    lua_pop(L, 1);
    lua_pushcfunction(L, l_query_gc);
    lua_setfield(L, -2, "__gc");
    lua_pop(L, 1);
}

void l_proxy_objects_open(lua_State *L) {
    static const luaL_Reg record[] = {
        {"__index", l_index}, {"__newindex", l_newindex}, {"__eq", l_eq}, {NULL, NULL}};
    struct script_state *s = script_state_of(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, s->record_ref);
    luaL_setfuncs(L, record, 0);
    lua_pop(L, 1);
    luaL_getmetatable(L, change_type);
    lua_pushcfunction(L, l_change_index);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
    replace_methods(L);
    lua_newtable(L);
    s->inside->rows = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_newtable(L);
    lua_newtable(L);
    lua_pushliteral(L, "v");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    s->inside->queries = luaL_ref(L, LUA_REGISTRYINDEX);
}
