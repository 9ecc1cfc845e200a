/* Making a state and loading files into it. See state.h. */
#include "script/state.h"

#include <stdio.h>
#include <stdlib.h>

#include <lauxlib.h>

#include "script/messages.h"
#include "script/run.h"

struct script_state *script_state_of(lua_State *L) {
    return lua_guard_ctx(L);
}

int32_t l_line(lua_State *L) {
    lua_Debug ar;
    for (int level = 1; lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "l", &ar);
        if (ar.currentline > 0) return ar.currentline;
    }
    return script_state_of(L)->declared_line;
}

int l_fail(lua_State *L, const struct err_text *text, const struct str *args, size_t count) {
    struct err err;
    const struct script_state *s = script_state_of(L);
    err_set_args(&err, CRM_INVALID, text, args, count);
    int32_t line = l_line(L);
    if (line > 0 && s->loading) err_at(&err, "%.*s:%d", STR_ARG(s->file), (int)line);
    l_raise(L, &err);
}

struct str l_check_str(lua_State *L, int index, const char *what, const char *wanted) {
    if (lua_type(L, index) != LUA_TSTRING) {
        const struct str args[] = {str_from(what), str_from(wanted)};
        l_fail(L, &say_script_argument, args, 2);
    }
    size_t len;
    const char *text = lua_tolstring(L, index, &len);
    return str_make(text, len);
}

static int l_open(lua_State *L) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    l_constructors_open(L);
    l_language_open(L);
    lua_newtable(L);
    l_api_open(L);
    lua_setfield(L, -2, "crm");
    lua_pop(L, 1);
    return 0;
}

static void hear_print(void *ctx, struct str line) {
    const struct script_state *s = ctx;
    if (s->run && s->run->print) s->run->print(s->run->print_ctx, line);
}

crm_status script_state_new(enum schema_layer layer, struct str owner, size_t memory_bytes,
                            struct script_state **ret, struct err *err) {
    struct script_state *s = calloc(1, sizeof *s);
    if (!s) return err_no_memory(err);
    arena_init(&s->arena, SCRIPT_STATE_MEMORY);
    s->layer = layer;
    s->owner = arena_str(&s->arena, owner);
    const struct lua_guard_options options = {.memory_max_bytes =
                                                  memory_bytes ? memory_bytes : SCRIPT_STATE_MEMORY,
                                              .print = hear_print,
                                              .ctx = s};
    crm_status status = s->owner.ptr ? lua_guard_new(&options, &s->guard, err) : err_no_memory(err);
    if (status == CRM_OK) status = lua_guard_protect(s->guard, l_open, NULL, err);
    if (status != CRM_OK) {
        script_state_free(s);
        return status;
    }
    *ret = s;
    return CRM_OK;
}

void script_state_free(struct script_state *s) {
    if (!s) return;
    lua_guard_free(s->guard);
    arena_fini(&s->arena);
    free(s);
}

static crm_status unfinished(const struct script_state *s, struct err *err) {
    if (!s->unfinished_word) return CRM_OK;
    const struct str args[] = {str_from(s->unfinished_word), s->unfinished};
    err_set_args(err, CRM_INVALID, &say_script_unfinished, args, 2);
    err_at(err, "%.*s:%d", STR_ARG(s->file), (int)s->unfinished_line);
    return CRM_INVALID;
}

crm_status script_state_load(struct script_state *s, struct str name, struct str text,
                             struct err *err) {
    const char *chunk = arena_cstr(&s->arena, name);
    if (!chunk) return err_no_memory(err);
    s->file = str_make(chunk, name.len);
    s->unfinished_word = NULL;
    crm_status status = lua_guard_load(s->guard, text, chunk, err);
    if (status != CRM_OK) return status;
    s->loading = true;
    const struct lua_budget budget = {.cpu_ms =
                                          s->layer < SCHEMA_LAYER_PLUGIN ? 0 : SCRIPT_LOAD_MS};
    status = lua_guard_call(s->guard, 0, 0, &budget, err);
    if (status != CRM_OK) err_at(err, "%.*s", STR_ARG(s->file));
    s->loading = false;
    return status == CRM_OK ? unfinished(s, err) : status;
}
