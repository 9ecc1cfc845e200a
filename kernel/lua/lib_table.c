/* Table functions that work on the table itself (no metamethods decide how long they run), look for
 * a kill in every loop, and sort in n log n whatever the comparison says. */
#include "lua/guard.h"

enum { UNPACK_MAX = 10000 };

static lua_Integer check_table(lua_State *L, int index) {
    luaL_checktype(L, index, LUA_TTABLE);
    return (lua_Integer)lua_rawlen(L, index);
}

static int l_insert(lua_State *L) {
    struct lua_guard *g = guard_of(L);
    lua_Integer size = check_table(L, 1);
    lua_Integer place = size + 1;
    switch (lua_gettop(L)) {
    case 2:
        break;
    case 3:
        place = luaL_checkinteger(L, 2);
        luaL_argcheck(L, place >= 1 && place <= size + 1, 2, "position out of bounds");
        for (lua_Integer i = size + 1; i > place; i--) {
            l_poll(L, g);
            lua_rawgeti(L, 1, i - 1);
            lua_rawseti(L, 1, i);
        }
        break;
    default:
        return luaL_error(L, "wrong number of arguments to 'insert'");
    }
    lua_rawseti(L, 1, place);
    return 0;
}

static int l_remove(lua_State *L) {
    struct lua_guard *g = guard_of(L);
    lua_Integer size = check_table(L, 1);
    lua_Integer place = luaL_optinteger(L, 2, size);
    if (!lua_isnoneornil(L, 2) || place != size)
        luaL_argcheck(L, (place >= 1 && place <= size + 1) || (size == 0 && place == 0), 2,
                      "position out of bounds");
    lua_rawgeti(L, 1, place);
    for (; place < size; place++) {
        l_poll(L, g);
        lua_rawgeti(L, 1, place + 1);
        lua_rawseti(L, 1, place);
    }
    lua_pushnil(L);
    lua_rawseti(L, 1, place);
    return 1;
}

static int l_concat(lua_State *L) {
    struct lua_guard *g = guard_of(L);
    lua_Integer size = check_table(L, 1);
    size_t separator_len;
    const char *separator = luaL_optlstring(L, 2, "", &separator_len);
    lua_Integer from = luaL_optinteger(L, 3, 1), to = luaL_optinteger(L, 4, size);
    luaL_Buffer out;
    luaL_buffinit(L, &out);
    for (lua_Integer i = from; i <= to; i++) {
        l_poll(L, g);
        int type = lua_rawgeti(L, 1, i);
        if (type != LUA_TSTRING && type != LUA_TNUMBER)
            return luaL_error(L, "invalid value (at index %I) in table for 'concat'",
                              (LUAI_UACINT)i);
        luaL_addvalue(&out);
        if (i == to) break; /* also the end of the integers */
        luaL_addlstring(&out, separator, separator_len);
    }
    luaL_pushresult(&out);
    return 1;
}

static void move_down(lua_State *L, lua_Integer from, lua_Integer to, lua_Integer count,
                      int target) {
    for (lua_Integer i = 0; i < count; i++) {
        l_poll(L, guard_of(L));
        lua_rawgeti(L, 1, from + i);
        lua_rawseti(L, target, to + i);
    }
}

static void move_up(lua_State *L, lua_Integer from, lua_Integer to, lua_Integer count, int target) {
    for (lua_Integer i = count - 1; i >= 0; i--) {
        l_poll(L, guard_of(L));
        lua_rawgeti(L, 1, from + i);
        lua_rawseti(L, target, to + i);
    }
}

static int l_move(lua_State *L) {
    lua_Integer from = luaL_checkinteger(L, 2), end = luaL_checkinteger(L, 3),
                to = luaL_checkinteger(L, 4);
    int target = lua_isnoneornil(L, 5) ? 1 : 5;
    check_table(L, 1);
    check_table(L, target);
    if (end >= from) {
        lua_Integer count, last;
        if (__builtin_sub_overflow(end, from, &count) ||
            __builtin_add_overflow(count, (lua_Integer)1, &count))
            return luaL_argerror(L, 3, "too many elements to move");
        if (__builtin_add_overflow(to, count - 1, &last))
            return luaL_argerror(L, 4, "destination wrap around");
        bool overlaps = to > from && to <= end && (target == 1 || lua_rawequal(L, 1, target));
        (overlaps ? move_up : move_down)(L, from, to, count, target);
    }
    lua_pushvalue(L, target);
    return 1;
}

static int l_pack(lua_State *L) {
    int count = lua_gettop(L);
    lua_createtable(L, count, 1);
    lua_insert(L, 1);
    for (int i = count; i >= 1; i--)
        lua_rawseti(L, 1, i);
    lua_pushinteger(L, count);
    lua_setfield(L, 1, "n");
    return 1;
}

static int l_unpack(lua_State *L) {
    lua_Integer size = check_table(L, 1);
    lua_Integer from = luaL_optinteger(L, 2, 1), to = luaL_optinteger(L, 3, size), count;
    if (from > to) return 0;
    if (__builtin_sub_overflow(to, from, &count) || count >= UNPACK_MAX ||
        !lua_checkstack(L, (int)count + 1))
        return luaL_error(L, "too many results to unpack");
    for (lua_Integer i = 0; i <= count; i++)
        lua_rawgeti(L, 1, from + i);
    return (int)count + 1;
}

/* Whether the value at stack place `a` sorts before the one at `b`. */
static bool sorts_before(lua_State *L, int a, int b) {
    if (lua_isnil(L, 2)) return lua_compare(L, a, b, LUA_OPLT);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, a);
    lua_pushvalue(L, b);
    lua_call(L, 2, 1);
    bool before = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return before;
}

/* Heap sort, Floyd's variant: the hole sinks to a leaf along the larger children, then the value
 * (at stack place 3) climbs from there; it saves nearly half of the comparisons. */
static void sink(lua_State *L, lua_Integer root, lua_Integer size) {
    lua_Integer hole = root, child;
    while ((child = 2 * hole) <= size) {
        l_poll(L, guard_of(L));
        lua_rawgeti(L, 1, child);
        if (child < size) {
            lua_rawgeti(L, 1, child + 1);
            bool right = sorts_before(L, lua_gettop(L) - 1, lua_gettop(L));
            if (right) child++;
            lua_remove(L, right ? -2 : -1);
        }
        lua_rawseti(L, 1, hole);
        hole = child;
    }
    while (hole > root) {
        lua_Integer parent = hole / 2;
        l_poll(L, guard_of(L));
        lua_rawgeti(L, 1, parent);
        bool rises = sorts_before(L, lua_gettop(L), 3);
        if (!rises) {
            lua_pop(L, 1);
            break;
        }
        lua_rawseti(L, 1, hole);
        hole = parent;
    }
    lua_pushvalue(L, 3);
    lua_rawseti(L, 1, hole);
}

static int l_sort(lua_State *L) {
    lua_Integer size = check_table(L, 1);
    if (!lua_isnoneornil(L, 2)) luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    for (lua_Integer root = size / 2; root >= 1; root--) {
        lua_rawgeti(L, 1, root);
        sink(L, root, size);
        lua_settop(L, 2);
    }
    for (lua_Integer last = size; last > 1; last--) {
        lua_rawgeti(L, 1, last); /* to be placed again; the largest goes behind the heap */
        lua_rawgeti(L, 1, 1);
        lua_rawseti(L, 1, last);
        sink(L, 1, last - 1);
        lua_settop(L, 2);
    }
    return 0;
}

void l_table_open(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"concat", l_concat}, {"insert", l_insert}, {"move", l_move},     {"pack", l_pack},
        {"remove", l_remove}, {"sort", l_sort},     {"unpack", l_unpack}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
