/* Plain values into Lua. Everything here may raise, so what must own memory does it in small
 * helpers that have let go of it before Lua is called. */
#include "lua/plain.h"

#include <lauxlib.h>

#include "base/number.h"
#include "base/time.h"
#include "lua/plain_walk.h"

enum { FORM_BYTES = 48 };

const char plain_array_key;

void l_plain_array_new(lua_State *L) {
    lua_newtable(L);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &plain_array_key) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &plain_array_key);
    }
    lua_setmetatable(L, -2);
}

/* The text form of what is not a number or a text in Lua. */
static size_t form_of(const struct value *v, char to[FORM_BYTES]) {
    BUF_CLEANUP struct buf out;
    buf_init(&out, FORM_BYTES);
    switch (v->type) {
    case VALUE_DECIMAL:
        decimal_format(v->integer, -1, &out);
        break;
    case VALUE_MONEY:
        money_format(v->integer, currency_digits(v->currency), &out);
        break;
    case VALUE_DATE:
        date_format(v->integer, &out);
        break;
    case VALUE_TIME:
        time_format(v->integer, &out);
        break;
    default:
        buf_add_int64(&out, v->integer);
        break;
    }
    if (out.status != CRM_OK) return 0;
    memcpy(to, out.ptr, out.len);
    return out.len;
}

static void push_form(lua_State *L, const struct value *v) {
    char text[FORM_BYTES];
    size_t len = form_of(v, text);
    lua_pushlstring(L, text, len);
}

void l_plain_push(lua_State *L, const struct value *v) {
    luaL_checkstack(L, 4, "value nested too deep");
    switch (v->type) {
    case VALUE_NIL:
    case VALUE_TYPE_COUNT:
        lua_pushnil(L);
        return;
    case VALUE_BOOL:
        lua_pushboolean(L, v->boolean);
        return;
    case VALUE_INT:
        lua_pushinteger(L, v->integer);
        return;
    case VALUE_TEXT:
        lua_pushlstring(L, v->text.ptr ? v->text.ptr : "", v->text.len);
        return;
    case VALUE_DECIMAL:
    case VALUE_DATE:
    case VALUE_TIME:
    case VALUE_ID:
        push_form(L, v);
        return;
    case VALUE_MONEY:
        lua_createtable(L, 0, 2);
        push_form(L, v);
        lua_setfield(L, -2, "amount");
        lua_pushlstring(L, v->currency.code, strnlen(v->currency.code, sizeof v->currency.code));
        lua_setfield(L, -2, "currency");
        return;
    case VALUE_LIST:
        l_plain_array_new(L);
        for (size_t i = 0; i < v->list.count; i++) {
            l_plain_push(L, &v->list.items[i]);
            lua_rawseti(L, -2, (lua_Integer)i + 1);
        }
        return;
    }
}

static void push_object(lua_State *L, const json_t *tree) {
    lua_createtable(L, 0, (int)json_object_size(tree));
    json_t *object =
        (json_t *)(uintptr_t)tree; /* jansson's iterators are not const; nothing is changed */
    for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
        lua_pushlstring(L, json_object_iter_key(at), json_object_iter_key_len(at));
        l_plain_push_json(L, json_object_iter_value(at));
        lua_rawset(L, -3);
    }
}

void l_plain_push_json(lua_State *L, const json_t *tree) {
    luaL_checkstack(L, 4, "value nested too deep");
    switch (json_typeof(tree)) {
    case JSON_OBJECT:
        push_object(L, tree);
        return;
    case JSON_ARRAY:
        l_plain_array_new(L);
        for (size_t i = 0; i < json_array_size(tree); i++) {
            l_plain_push_json(L, json_array_get(tree, i));
            lua_rawseti(L, -2, (lua_Integer)i + 1);
        }
        return;
    case JSON_STRING:
        lua_pushlstring(L, json_string_value(tree), json_string_length(tree));
        return;
    case JSON_INTEGER:
        lua_pushinteger(L, json_integer_value(tree));
        return;
    case JSON_REAL:
        lua_pushnumber(L, json_real_value(tree));
        return;
    case JSON_TRUE:
    case JSON_FALSE:
        lua_pushboolean(L, json_is_true(tree));
        return;
    case JSON_NULL:
        lua_pushnil(L);
        return;
    }
}
