/* The result of a script as JSON, read raw: no metamethod runs, no Lua memory is asked for, so
 * nothing here can raise or be led astray by the script. */
#include <math.h>
#include <stdio.h>

#include "script/call.h"

enum { RESULT_DEPTH = 32 };

struct result {
    lua_State *L;
    struct json_writer out;
    const void *path[RESULT_DEPTH]; /* tables on the way here: a cycle is one of them */
    int depth;
};

static void put(struct result *r);

static bool is_list(lua_State *L, size_t count) {
    if (count == 0) return false;
    size_t seen = 0;
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        lua_pop(L, 1);
        bool index = lua_isinteger(L, -1) && lua_tointeger(L, -1) >= 1 &&
                     (size_t)lua_tointeger(L, -1) <= count;
        if (!index || ++seen > count) {
            lua_pop(L, 1);
            return false;
        }
    }
    return seen == count;
}

static void put_number(struct result *r) {
    char text[40];
    if (lua_isinteger(r->L, -1)) {
        json_int64(&r->out, lua_tointeger(r->L, -1));
        return;
    }
    double n = lua_tonumber(r->L, -1);
    if (!isfinite(n)) {
        json_nil(&r->out);
        return;
    }
    json_raw(&r->out, str_make(text, (size_t)snprintf(text, sizeof text, "%.17g", n)));
}

static void put_key(struct result *r) { /* the key stands below the value */
    char text[40];
    size_t len;
    lua_State *L = r->L;
    if (lua_type(L, -2) == LUA_TSTRING) {
        const char *key = lua_tolstring(L, -2, &len);
        json_key(&r->out, str_make(key, len));
    } else if (lua_isinteger(L, -2)) {
        json_key(&r->out, str_make(text, (size_t)snprintf(text, sizeof text, "%lld",
                                                          (long long)lua_tointeger(L, -2))));
    } else if (lua_type(L, -2) == LUA_TNUMBER) {
        json_key(&r->out,
                 str_make(text, (size_t)snprintf(text, sizeof text, "%.14g", lua_tonumber(L, -2))));
    } else {
        json_key(&r->out, str_from(lua_typename(L, lua_type(L, -2))));
    }
}

static void put_list(struct result *r, size_t count) {
    json_array_open(&r->out);
    for (size_t i = 1; i <= count && r->out.out->status == CRM_OK; i++) {
        lua_rawgeti(r->L, -1, (lua_Integer)i);
        put(r);
        lua_pop(r->L, 1);
    }
    json_array_shut(&r->out);
}

static void put_table(struct result *r) {
    const void *self = lua_topointer(r->L, -1);
    for (int i = 0; i < r->depth; i++) {
        if (r->path[i] != self) continue;
        json_cstr(&r->out, "table");
        return;
    }
    if (r->depth == RESULT_DEPTH || !lua_checkstack(r->L, 6)) {
        json_cstr(&r->out, "table");
        return;
    }
    r->path[r->depth++] = self;
    size_t count = lua_rawlen(r->L, -1);
    if (is_list(r->L, count)) {
        put_list(r, count);
    } else {
        json_object_open(&r->out);
        lua_pushnil(r->L);
        while (lua_next(r->L, -2)) {
            put_key(r);
            put(r);
            lua_pop(r->L, 1);
            if (r->out.out->status == CRM_OK) continue;
            lua_pop(r->L, 1);
            break;
        }
        json_object_shut(&r->out);
    }
    r->depth--;
}

static void put(struct result *r) {
    lua_State *L = r->L;
    size_t len;
    switch (lua_type(L, -1)) {
    case LUA_TNIL:
        json_nil(&r->out);
        break;
    case LUA_TBOOLEAN:
        json_bool(&r->out, lua_toboolean(L, -1));
        break;
    case LUA_TNUMBER:
        put_number(r);
        break;
    case LUA_TSTRING: {
        const char *text = lua_tolstring(L, -1, &len);
        json_text(&r->out, str_make(text, len));
        break;
    }
    case LUA_TTABLE:
        put_table(r);
        break;
    default:
        json_cstr(&r->out, lua_typename(L, lua_type(L, -1)));
    }
}

void script_result_json(lua_State *L, struct buf *out) {
    struct result r = {.L = L};
    json_writer_init(&r.out, out);
    put(&r);
}
