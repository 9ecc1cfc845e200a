/* Lua values as definition nodes, and the constructors of fields: `ref "user" { required = true }`
 * is a value that remembers its word, its line and when it was made, because Lua's tables forget
 * the order in which they were written. Functions l_... raise and own nothing. */
#include <math.h>
#include <stdio.h>

#include <lauxlib.h>

#include "base/unicode.h"
#include "schema/read.h"
#include "script/messages.h"
#include "script/state.h"

static const char field_type[] = "perigee.field";

struct script_field {
    const char *word; /* constant */
    int32_t line;
    int64_t order;
};
enum { OPTIONS = 1, POSITIONAL = 2 }; /* user values */

struct walk {
    struct arena *arena;
    size_t values;
};

static void get(lua_State *L, struct walk *w, int index, int depth, struct schema_node *ret);

static int l_no_memory(lua_State *L) {
    struct err err;
    err_no_memory(&err);
    l_raise(L, &err);
}

static void get_number(lua_State *L, int index, struct schema_node *ret) {
    if (lua_isinteger(L, index)) {
        ret->kind = SCHEMA_NODE_INTEGER;
        ret->integer = lua_tointeger(L, index);
        return;
    }
    double n = lua_tonumber(L, index), micro = n * 1e6;
    if (!(fabs(micro) < 9e15) || (double)llround(micro) / 1e6 != n) {
        char text[40];
        (void)snprintf(text, sizeof text, "%.17g", n);
        const struct str args[] = {str_from(text)};
        l_fail(L, &say_script_number, args, 1);
    }
    ret->kind = SCHEMA_NODE_DECIMAL;
    ret->integer = llround(micro);
}

static struct str get_text(lua_State *L, struct arena *a, int index) {
    size_t len;
    const char *text = lua_tolstring(L, index, &len);
    if (!utf8_valid(str_make(text, len))) l_fail(L, &say_script_text, NULL, 0);
    struct str copy = arena_str(a, str_make(text, len));
    if (!copy.ptr) l_no_memory(L);
    return copy;
}

/* Entries with a text as key; integers from 1 on are a list. */
static void count_entries(lua_State *L, int index, size_t *ret_names, size_t *ret_items) {
    *ret_names = *ret_items = 0;
    lua_pushnil(L);
    while (lua_next(L, index)) {
        if (lua_isinteger(L, -2))
            ++*ret_items;
        else if (lua_type(L, -2) == LUA_TSTRING)
            ++*ret_names;
        else
            l_fail(L, &say_script_key, NULL, 0);
        lua_pop(L, 1);
    }
    if ((*ret_names && *ret_items) || *ret_items != lua_rawlen(L, index))
        l_fail(L, &say_script_mixed, NULL, 0);
}

static void get_list(lua_State *L, struct walk *w, int index, size_t count, int depth,
                     struct schema_node *ret) {
    struct schema_node *items = ARENA_ARRAY(w->arena, count + 1, struct schema_node);
    if (!items) l_no_memory(L);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, index, (lua_Integer)i + 1);
        get(L, w, lua_gettop(L), depth + 1, &items[i]);
        lua_pop(L, 1);
    }
    ret->kind = SCHEMA_NODE_LIST;
    ret->list.items = items;
    ret->list.count = count;
}

/* With room for one entry more, which constructors use. */
static void get_map(lua_State *L, struct walk *w, int index, size_t count, int depth,
                    struct schema_node *ret) {
    struct schema_node_entry *entries = ARENA_ARRAY(w->arena, count + 1, struct schema_node_entry);
    if (!entries) l_no_memory(L);
    size_t at = 0;
    lua_pushnil(L);
    while (lua_next(L, index)) {
        entries[at].key = get_text(L, w->arena, -2);
        get(L, w, lua_gettop(L), depth + 1, &entries[at].value);
        at++;
        lua_pop(L, 1);
    }
    ret->kind = SCHEMA_NODE_MAP;
    ret->map.entries = entries;
    ret->map.count = count;
    schema_node_sort(ret);
}

static void get_table(lua_State *L, struct walk *w, int index, int depth, struct schema_node *ret) {
    size_t names, items;
    count_entries(L, index, &names, &items);
    if (names)
        get_map(L, w, index, names, depth, ret);
    else
        get_list(L, w, index, items, depth, ret);
}

static void get_field(lua_State *L, struct walk *w, const struct script_field *f, int index,
                      int depth, struct schema_node *ret) {
    size_t names = 0, items = 0;
    lua_getiuservalue(L, index, OPTIONS);
    int options = lua_gettop(L);
    if (lua_istable(L, options)) count_entries(L, options, &names, &items);
    if (items)
        get_list(L, w, options, items, depth, ret);
    else if (names)
        get_map(L, w, options, names, depth, ret);
    else
        *ret = (struct schema_node){.kind = SCHEMA_NODE_MAP,
                                    .map = {ARENA_NEW(w->arena, struct schema_node_entry), 0}};
    if (!items && !ret->map.entries) l_no_memory(L);
    lua_getiuservalue(L, index, POSITIONAL);
    if (!items && !lua_isnil(L, -1)) {
        struct schema_node_entry *entry = &ret->map.entries[ret->map.count++];
        entry->key = STR("");
        get(L, w, lua_gettop(L), depth + 1, &entry->value);
    }
    lua_pop(L, 2);
    ret->tag = str_from(f->word);
    ret->line = f->line;
    ret->order = f->order;
}

static void check_size(lua_State *L, struct walk *w, int depth) {
    bool deep = depth > SCHEMA_NODE_DEPTH;
    if (!deep && ++w->values <= SCHEMA_NODE_ITEMS_MAX) return;
    char limit[16];
    (void)snprintf(limit, sizeof limit, "%d", deep ? SCHEMA_NODE_DEPTH : SCHEMA_NODE_ITEMS_MAX);
    const struct str args[] = {str_from(limit)};
    l_fail(L, deep ? &say_script_deep : &say_script_large, args, 1);
}

static void get(lua_State *L, struct walk *w, int index, int depth, struct schema_node *ret) {
    check_size(L, w, depth);
    luaL_checkstack(L, 8, NULL);
    *ret = (struct schema_node){0};
    const struct script_field *f;
    switch (lua_type(L, index)) {
    case LUA_TNIL:
        return;
    case LUA_TBOOLEAN:
        ret->kind = SCHEMA_NODE_BOOLEAN;
        ret->boolean = lua_toboolean(L, index);
        return;
    case LUA_TNUMBER:
        get_number(L, index, ret);
        return;
    case LUA_TSTRING:
        ret->kind = SCHEMA_NODE_TEXT;
        ret->text = get_text(L, w->arena, index);
        return;
    case LUA_TTABLE:
        get_table(L, w, index, depth, ret);
        return;
    case LUA_TUSERDATA:
        f = luaL_testudata(L, index, field_type);
        if (f) {
            get_field(L, w, f, index, depth, ret);
            return;
        }
        break;
    default:
        break;
    }
    l_fail(L, &say_script_value, (const struct str[]){str_from(luaL_typename(L, index))}, 1);
}

void l_node_get(lua_State *L, struct arena *a, int index, struct schema_node *ret) {
    struct walk w = {.arena = a};
    get(L, &w, lua_absindex(L, index), 0, ret);
}

/* ---- constructors -----------------------------------------------------------------------------
 */

/* Puts an argument of a constructor where it belongs: a table is the options, anything else the
 * positional value. */
static void take(lua_State *L, int field, int index, const char *word) {
    int place = lua_istable(L, index) ? OPTIONS : POSITIONAL;
    bool free_place = lua_getiuservalue(L, field, place) == LUA_TNIL;
    lua_pop(L, 1);
    if (!free_place) l_fail(L, &say_script_options_twice, (const struct str[]){str_from(word)}, 1);
    lua_pushvalue(L, index);
    lua_setiuservalue(L, field, place);
}

static int l_field_call(lua_State *L) {
    const struct script_field *f = luaL_checkudata(L, 1, field_type);
    for (int i = 2; i <= lua_gettop(L); i++)
        take(L, 1, i, f->word);
    lua_settop(L, 1);
    return 1;
}

static int l_construct(lua_State *L) {
    struct script_state *s = script_state_of(L);
    int count = lua_gettop(L);
    struct script_field *f = lua_newuserdatauv(L, sizeof *f, 2);
    *f = (struct script_field){
        .word = lua_touserdata(L, lua_upvalueindex(1)), .line = l_line(L), .order = ++s->order};
    luaL_setmetatable(L, field_type);
    int field = lua_gettop(L);
    for (int i = 1; i <= count; i++)
        if (!lua_isnil(L, i)) take(L, field, i, f->word);
    return 1;
}

void l_constructors_open(lua_State *L) {
    luaL_newmetatable(L, field_type);
    lua_pushcfunction(L, l_field_call);
    lua_setfield(L, -2, "__call");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
    size_t count;
    const char *const *words = schema_read_constructors(&count);
    for (size_t i = 0; i < count; i++) {
        lua_pushlightuserdata(L, (void *)(uintptr_t)words[i]);
        lua_pushcclosure(L, l_construct, 1);
        lua_setfield(L, -2, words[i]);
    }
}
