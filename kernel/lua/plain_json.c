/* Plain values out of Lua as JSON: written straight into text; the tree is read back from it, so
 * that there is one walk and one set of rules. */
#include "lua/plain.h"

#include <math.h>
#include <stdio.h>

#include "lua/messages.h"
#include "lua/plain_walk.h"

static crm_status put(struct plain_walk *walk, int index, struct json_writer *w);

static crm_status put_array(struct plain_walk *walk, int index, size_t count,
                            struct json_writer *w) {
    crm_status status = CRM_OK;
    json_array_open(w);
    for (size_t i = 0; i < count && status == CRM_OK; i++) {
        lua_rawgeti(walk->L, index, (lua_Integer)i + 1);
        status = put(walk, lua_gettop(walk->L), w);
        lua_pop(walk->L, 1);
    }
    json_array_shut(w);
    return status;
}

static crm_status put_object(struct plain_walk *walk, int index, struct json_writer *w) {
    lua_State *L = walk->L;
    json_object_open(w);
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        struct str key;
        crm_status status = plain_text(walk, -2, &key);
        if (status == CRM_OK) {
            json_key(w, key);
            status = put(walk, lua_gettop(L), w);
        }
        if (status != CRM_OK) {
            lua_pop(L, 2);
            return status;
        }
    }
    json_object_shut(w);
    return CRM_OK;
}

static crm_status put_table(struct plain_walk *walk, int index, struct json_writer *w) {
    struct plain_shape shape = {0};
    crm_status status = plain_descend(walk);
    if (status == CRM_OK) status = plain_shape(walk, index, &shape);
    if (status != CRM_OK) return status;
    status = shape.is_array ? put_array(walk, index, shape.count, w) : put_object(walk, index, w);
    walk->depth--;
    return status;
}

/* The shortest text that reads back as the same double, marked as a float ("3.0"). */
static crm_status put_float(struct plain_walk *walk, double number, struct json_writer *w) {
    char text[40];
    if (!isfinite(number)) return plain_bad_number(walk, number);
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number) break;
    }
    size_t len = strlen(text);
    if (strcspn(text, ".e") == len) memcpy(text + len, ".0", 3);
    json_raw(w, str_from(text));
    return CRM_OK;
}

static crm_status put(struct plain_walk *walk, int index, struct json_writer *w) {
    lua_State *L = walk->L;
    struct str text;
    crm_status status = CRM_OK;
    switch (lua_type(L, index)) {
    case LUA_TNIL:
        json_nil(w);
        break;
    case LUA_TBOOLEAN:
        json_bool(w, lua_toboolean(L, index));
        break;
    case LUA_TNUMBER:
        if (!lua_isinteger(L, index)) return put_float(walk, lua_tonumber(L, index), w);
        json_int64(w, lua_tointeger(L, index));
        break;
    case LUA_TSTRING:
        status = plain_text(walk, index, &text);
        if (status == CRM_OK) json_text(w, text);
        break;
    case LUA_TTABLE:
        status = put_table(walk, index, w);
        break;
    default:
        status = plain_refuse(walk, index);
    }
    return status;
}

crm_status plain_json_write(lua_State *L, int index, const struct plain_limits *limits,
                            struct json_writer *w, struct err *err) {
    struct plain_walk walk = {
        .L = L, .limits = limits ? limits : &plain_limits_default, .err = err};
    int top = lua_gettop(L);
    crm_status status = put(&walk, lua_absindex(L, index), w);
    lua_settop(L, top);
    if (status != CRM_OK || w->out->status == CRM_OK) return status;
    if (w->out->status == CRM_NO_MEMORY) return err_no_memory(err);
    return plain_too_much(&lua_text_plain_too_long, w->out->max_bytes, err);
}

crm_status plain_json_get(lua_State *L, int index, const struct plain_limits *limits, json_t **ret,
                          struct err *err) {
    if (!limits) limits = &plain_limits_default;
    BUF_CLEANUP struct buf text;
    struct json_writer w;
    /* six times for escapes; numbers, brackets and commas take up to 32 bytes an element */
    buf_init(&text, limits->max_text_bytes * 6 + limits->max_elements * 32 + 64);
    json_writer_init(&w, &text);
    crm_status status = plain_json_write(L, index, limits, &w, err);
    if (status != CRM_OK) return status;
    struct json_limits own = {text.len, (size_t)limits->max_depth + 1, limits->max_elements + 1};
    return json_parse(buf_str(&text), &own, ret, err);
}
