/* Errors on their way out of Lua: the object that carries a struct err through a script, the place
 * of an error, and what becomes of it at the border. */
#include "lua/guard.h"

#include <stdio.h>

#include "lua/messages.h"

static const char failure_type[] = "perigee.error";
static const char kill_mark; /* its address is what a kill raises */

void l_raise_kill(lua_State *L) {
    lua_pushlightuserdata(L, (void *)(uintptr_t)&kill_mark);
    lua_error(L);
    __builtin_unreachable();
}

int l_raise(lua_State *L, const struct err *err) {
    struct err *copy = lua_newuserdatauv(L, sizeof *copy, 0);
    err_copy(copy, err);
    luaL_setmetatable(L, failure_type);
    lua_error(L);
    __builtin_unreachable();
}

/* Owns a buffer while nothing can raise: the text is copied out before Lua sees it. */
static size_t message_of(const struct err *e, char *to, size_t size) {
    BUF_CLEANUP struct buf out;
    buf_init(&out, 16 * 1024);
    err_format(e, LANGUAGE_EN, &out);
    size_t len = out.status == CRM_OK ? out.len : 0;
    if (len > size) len = size;
    if (len) memcpy(to, out.ptr, len);
    return len;
}

void l_message_push(lua_State *L, const struct err *e) {
    char text[2048];
    size_t len = message_of(e, text, sizeof text);
    lua_pushlstring(L, text, len);
}

static int l_failure_index(lua_State *L) {
    const struct err *e = luaL_checkudata(L, 1, failure_type);
    const char *key = luaL_checkstring(L, 2);
    if (strcmp(key, "message") == 0) {
        l_message_push(L, e);
    } else if (strcmp(key, "code") == 0) {
        lua_pushstring(L, e->text.code);
    } else if (strcmp(key, "field") == 0 && e->field[0]) {
        lua_pushstring(L, e->field);
    } else if (strcmp(key, "entity") == 0 && e->entity[0]) {
        lua_pushstring(L, e->entity);
    } else if (strcmp(key, "where") == 0 && e->where[0]) {
        lua_pushstring(L, e->where);
    } else {
        lua_pushnil(L);
    }
    return 1;
}

static int l_failure_tostring(lua_State *L) {
    l_message_push(L, luaL_checkudata(L, 1, failure_type));
    return 1;
}

int l_failure_open(lua_State *L) {
    static const luaL_Reg fields[] = {
        {"__index", l_failure_index}, {"__tostring", l_failure_tostring}, {NULL, NULL}};
    luaL_newmetatable(L, failure_type);
    luaL_setfuncs(L, fields, 0);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
    return 0;
}

/* Notes where the error was raised: the innermost function that is Lua's. */
int guard_message(lua_State *L) {
    struct lua_guard *g = guard_of(L);
    lua_Debug ar;
    for (int level = 0; g->where[0] == '\0' && lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "Sl", &ar);
        if (ar.currentline > 0)
            snprintf(g->where, sizeof g->where, "%s:%d", ar.short_src, ar.currentline);
    }
    return 1;
}

/* Takes "chunk:12: " off a message; *ret_where is "chunk:12". */
static struct str place_take(struct str message, struct str *ret_where) {
    *ret_where = STR_NONE;
    for (size_t at = 1; at + 2 < message.len; at++) {
        if (message.ptr[at] != ':') continue;
        size_t end = at + 1;
        while (end < message.len && message.ptr[end] >= '0' && message.ptr[end] <= '9')
            end++;
        if (end == at + 1 || end + 1 >= message.len || message.ptr[end] != ':' ||
            message.ptr[end + 1] != ' ')
            continue;
        *ret_where = str_make(message.ptr, end);
        return str_make(message.ptr + end + 2, message.len - end - 2);
    }
    return message;
}

static crm_status text_failure(struct lua_guard *g, struct str message, struct err *err) {
    struct str where;
    message = place_take(message, &where);
    err_set_args(err, CRM_REFUSED, &lua_text_script_error, &message, 1);
    if (where.len) {
        err_at(err, "%.*s", STR_ARG(where));
    } else if (g->where[0]) {
        err_at(err, "%s", g->where);
    }
    return CRM_REFUSED;
}

static crm_status kill_failure(struct lua_guard *g, struct err *err) {
    char size[32];
    crm_status status = CRM_CANCELLED;
    if (g->kill == KILL_TIME) {
        status = CRM_TIMEOUT;
        snprintf(size, sizeof size, "%lld", (long long)g->budget_ms);
        err_set(err, status, &lua_text_script_out_of_time, size, NULL);
    } else if (g->kill == KILL_MEMORY) {
        status = CRM_NO_MEMORY;
        snprintf(size, sizeof size, "%zu", g->limit / 1024);
        err_set(err, status, &lua_text_script_out_of_memory, size, NULL);
    } else {
        err_set(err, status, &lua_text_script_cancelled, NULL);
    }
    if (g->where[0]) err_at(err, "%s", g->where);
    return status;
}

static crm_status object_failure(struct lua_guard *g, lua_State *L, struct err *err) {
    const struct err *carried = luaL_testudata(L, -1, failure_type);
    if (carried) {
        if (err) err_copy(err, carried);
        if (g->where[0]) err_at(err, "%s", g->where);
        return carried->status;
    }
    char text[64];
    snprintf(text, sizeof text, "(error object is a %s value)", luaL_typename(L, -1));
    return text_failure(g, str_from(text), err);
}

crm_status guard_failure(struct lua_guard *g, lua_State *L, int lua_status, struct err *err) {
    crm_status status;
    if (lua_status == LUA_ERRMEM && !g->kill) g->kill = KILL_MEMORY;
    if (g->kill) {
        status = kill_failure(g, err);
    } else if (lua_type(L, -1) == LUA_TSTRING) {
        size_t len = 0;
        const char *message = lua_tolstring(L, -1, &len);
        status = text_failure(g, str_make(message, len), err);
    } else {
        status = object_failure(g, L, err);
    }
    lua_pop(L, 1);
    return status;
}
