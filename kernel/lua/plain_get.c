/* Plain values out of Lua: raw walks that never raise and never run a metamethod. A cycle is a
 * value nested too deep. Text by way of JSON: plain_json.c. */
#include "lua/plain.h"

#include <math.h>
#include <stdio.h>

#include "base/number.h"
#include "base/unicode.h"
#include "lua/messages.h"
#include "lua/plain_walk.h"

const struct plain_limits plain_limits_default = {
    .max_depth = 16, .max_elements = 10000, .max_text_bytes = 1024 * 1024};

crm_status plain_too_much(const struct err_text *text, size_t allowed, struct err *err) {
    char number[24];
    snprintf(number, sizeof number, "%zu", allowed);
    return err_set(err, CRM_TOO_LARGE, text, number, NULL);
}

crm_status plain_text(struct plain_walk *walk, int index, struct str *ret) {
    size_t len = 0;
    const char *ptr =
        lua_tolstring(walk->L, index, &len); /* a text already: nothing is converted */
    if (len > walk->limits->max_text_bytes - walk->text_bytes)
        return plain_too_much(&lua_text_plain_too_long, walk->limits->max_text_bytes, walk->err);
    if (!utf8_valid(str_make(ptr, len)))
        return err_set(walk->err, CRM_INVALID, &lua_text_plain_text, NULL);
    walk->text_bytes += len;
    *ret = str_make(ptr, len);
    return CRM_OK;
}

crm_status plain_descend(struct plain_walk *walk) {
    if (walk->depth >= walk->limits->max_depth)
        return plain_too_much(&lua_text_plain_too_deep, (size_t)walk->limits->max_depth, walk->err);
    if (!lua_checkstack(walk->L, 8)) return err_no_memory(walk->err);
    walk->depth++;
    return CRM_OK;
}

/* Whether a key stands in 1..count. */
static bool is_place(lua_State *L, int index, size_t count) {
    if (!lua_isinteger(L, index)) return false;
    lua_Integer place = lua_tointeger(L, index);
    return place >= 1 && (size_t)place <= count;
}

/* Whether every key stands in 1..count, count being how many there are. */
static bool has_places(lua_State *L, int table, size_t count) {
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
        if (is_place(L, -2, count)) continue;
        lua_pop(L, 2);
        return false;
    }
    return true;
}

static bool is_marked(lua_State *L, int index) {
    if (!lua_getmetatable(L, index)) return false;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &plain_array_key);
    bool marked = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return marked;
}

bool plain_is_empty_array(lua_State *L, int index) {
    index = lua_absindex(L, index);
    lua_pushnil(L);
    if (!lua_next(L, index)) return is_marked(L, index);
    lua_pop(L, 2);
    return false;
}

crm_status plain_shape(struct plain_walk *walk, int index, struct plain_shape *ret) {
    lua_State *L = walk->L;
    size_t count = 0, texts = 0;
    index = lua_absindex(L, index);
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        texts += lua_type(L, -2) == LUA_TSTRING;
        if (++count > walk->limits->max_elements - walk->elements) {
            lua_pop(L, 2);
            return plain_too_much(&lua_text_plain_too_large, walk->limits->max_elements, walk->err);
        }
    }
    walk->elements += count;
    bool sequence = texts == 0 && count > 0 && has_places(L, index, count);
    if (!sequence && texts != count)
        return err_set(walk->err, CRM_INVALID, &lua_text_plain_key, NULL);
    bool marked = count == 0 && is_marked(L, index);
    *ret = (struct plain_shape){.count = count, .is_array = sequence || marked};
    return CRM_OK;
}

crm_status plain_refuse(struct plain_walk *walk, int index) {
    return err_set(walk->err, CRM_INVALID, &lua_text_plain_type,
                   lua_typename(walk->L, lua_type(walk->L, index)), NULL);
}

crm_status plain_bad_number(struct plain_walk *walk, double number) {
    char text[40];
    snprintf(text, sizeof text, "%.17g", number);
    return err_set(walk->err, CRM_RANGE, &lua_text_plain_number, text, NULL);
}

/* A float that six places hold: what "%.6f" prints is the same number again. */
static crm_status decimal_get(struct plain_walk *walk, double number, struct value *ret) {
    char text[40];
    int64_t micro;
    if (!isfinite(number) || fabs(number) >= 9.2e12) return plain_bad_number(walk, number);
    int len = snprintf(text, sizeof text, "%.6f", number);
    if (strtod(text, NULL) != number || !decimal_parse(str_make(text, (size_t)len), &micro))
        return plain_bad_number(walk, number);
    *ret = value_decimal(micro);
    return CRM_OK;
}

struct value_walk {
    struct plain_walk walk;
    struct arena *arena;
};

static crm_status value_get(struct value_walk *w, int index, struct value *ret);

static crm_status list_get(struct value_walk *w, int index, size_t count, struct value *ret) {
    struct value *items = ARENA_ARRAY(w->arena, count, struct value);
    if (!items) return err_no_memory(w->walk.err);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(w->walk.L, index, (lua_Integer)i + 1);
        crm_status status = value_get(w, lua_gettop(w->walk.L), &items[i]);
        lua_pop(w->walk.L, 1);
        if (status != CRM_OK) return status;
    }
    *ret = (struct value){.type = VALUE_LIST, .list = {items, count}};
    return CRM_OK;
}

/* {amount, currency}. Looked through instead of looked up: pushing a key could raise. */
static crm_status money_get(struct plain_walk *walk, int index, struct value *ret) {
    lua_State *L = walk->L;
    struct str amount = STR_NONE, code = STR_NONE;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        struct str key = STR_NONE, text = STR_NONE;
        crm_status status = plain_text(walk, -2, &key);
        if (status == CRM_OK && lua_type(L, -1) == LUA_TSTRING)
            status = plain_text(walk, -1, &text);
        if (status != CRM_OK) return status;
        if (str_is(key, "amount")) amount = text; /* the table goes on holding it */
        if (str_is(key, "currency")) code = text;
    }
    if (!amount.ptr || !code.ptr) return plain_refuse(walk, index);
    struct value money = {.type = VALUE_MONEY};
    if (!currency_parse(code, &money.currency) ||
        !money_parse(amount, currency_digits(money.currency), &money.integer))
        return err_set_args(walk->err, CRM_INVALID, &lua_text_plain_money,
                            (struct str[]){amount, code}, 2);
    *ret = money;
    return CRM_OK;
}

static crm_status table_get(struct value_walk *w, int index, struct value *ret) {
    struct plain_shape shape = {0};
    crm_status status = plain_descend(&w->walk);
    if (status == CRM_OK) status = plain_shape(&w->walk, index, &shape);
    if (status != CRM_OK) return status;
    if (shape.is_array || shape.count == 0) {
        status = list_get(w, index, shape.count, ret);
    } else if (shape.count == 2) {
        status = money_get(&w->walk, index, ret);
    } else {
        status = plain_refuse(&w->walk, index);
    }
    w->walk.depth--;
    return status;
}

static crm_status value_get(struct value_walk *w, int index, struct value *ret) {
    lua_State *L = w->walk.L;
    switch (lua_type(L, index)) {
    case LUA_TNIL:
        *ret = VALUE_OF_NIL;
        return CRM_OK;
    case LUA_TBOOLEAN:
        *ret = value_bool(lua_toboolean(L, index));
        return CRM_OK;
    case LUA_TNUMBER:
        if (!lua_isinteger(L, index)) return decimal_get(&w->walk, lua_tonumber(L, index), ret);
        *ret = value_int(lua_tointeger(L, index));
        return CRM_OK;
    case LUA_TSTRING: {
        struct str text = STR_NONE;
        crm_status status = plain_text(&w->walk, index, &text);
        if (status != CRM_OK) return status;
        struct str copy = arena_str(w->arena, text);
        if (!copy.ptr) return err_no_memory(w->walk.err);
        *ret = value_text(copy);
        return CRM_OK;
    }
    case LUA_TTABLE:
        return table_get(w, index, ret);
    default:
        return plain_refuse(&w->walk, index);
    }
}

crm_status plain_value_get(lua_State *L, int index, const struct plain_limits *limits,
                           struct arena *a, struct value *ret, struct err *err) {
    struct value_walk w = {{.L = L, .limits = limits ? limits : &plain_limits_default, .err = err},
                           a};
    struct value found;
    int top = lua_gettop(L);
    crm_status status = value_get(&w, lua_absindex(L, index), &found);
    lua_settop(L, top);
    if (status == CRM_OK) *ret = found;
    return status;
}
