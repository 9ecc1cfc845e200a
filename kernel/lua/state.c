/* Making, loading and calling guarded states. See state.h; budgets are in budget.c, the outcome of
 * a failed call in failure.c, the libraries in lib_*.c. */
#include "lua/state.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "lua/guard.h"
#include "lua/messages.h"

/* An error outside every protected call is our own mistake; Lua would abort after it anyway. */
static int on_panic(lua_State *L) {
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "no message";
    fprintf(stderr, "lua: error outside of a protected call: %s\n", text);
    abort();
}

static int l_open(lua_State *L) {
    l_failure_open(L);
    l_libraries_open(L);
    return 0;
}

static void warn_nobody(void *ud, const char *message, int to_continue) {
    (void)ud, (void)message, (void)to_continue;
}

crm_status lua_guard_new(const struct lua_guard_options *options, struct lua_guard **ret,
                         struct err *err) {
    struct lua_guard *g = calloc(1, sizeof *g);
    if (!g) return err_no_memory(err);
    g->memory_max = g->limit = options->memory_max_bytes;
    g->print = options->print;
    g->ctx = options->ctx;
    pthread_mutex_init(&g->mu, NULL);
    g->main = lua_newstate(guard_allocate, g);
    if (!g->main) {
        lua_guard_free(g);
        return err_no_memory(err);
    }
    g->current = g->main;
    *(struct lua_guard **)lua_getextraspace(g->main) = g;
    lua_atpanic(g->main, on_panic);
    lua_setwarnf(g->main, warn_nobody, NULL);
    crm_status status = lua_guard_protect(g, l_open, NULL, err);
    if (status == CRM_OK && g->used > g->memory_max) status = err_no_memory(err);
    if (status != CRM_OK) {
        lua_guard_free(g);
        return status;
    }
    *ret = g;
    return CRM_OK;
}

void lua_guard_free(struct lua_guard *g) {
    if (!g) return;
    assert(g->depth == 0);
    if (g->main) lua_close(g->main);
    guard_timer_free(g);
    pthread_mutex_destroy(&g->mu);
    free(g);
}

lua_State *lua_guard_state(struct lua_guard *g) { return g->current; }

struct lua_guard *lua_guard_of(lua_State *L) {
    return guard_of(L);
}

void *lua_guard_ctx(lua_State *L) { return guard_of(L)->ctx; }

bool lua_guard_is_killed(struct lua_guard *g) {
    if (GUARD_POLLED) guard_poll(g);
    return g->running && g->kill;
}

int64_t lua_guard_budget_ms(const struct lua_guard *g) { return g->budget_ms; }

struct lua_usage lua_guard_usage(const struct lua_guard *g) {
    return (struct lua_usage){
        .cpu_ns = g->used_ns, .memory_bytes = g->used, .memory_peak_bytes = g->peak};
}

static crm_status syntax_failure(struct lua_guard *g, lua_State *L, int lua_status,
                                 struct err *err) {
    crm_status status = guard_failure(g, L, lua_status, err);
    if (lua_status != LUA_ERRSYNTAX || status != CRM_REFUSED) return status;
    if (err) {
        struct err first;
        err_copy(&first, err);
        struct str message = str_make(first.store + first.arg_at[0], first.arg_len[0]);
        err_set_args(err, CRM_INVALID, &lua_text_script_syntax, &message, 1);
        err_at(err, "%s", first.where);
    }
    return CRM_INVALID;
}

crm_status lua_guard_load(struct lua_guard *g, struct str source, const char *chunk_name,
                          struct err *err) {
    if (source.len > LUA_SOURCE_MAX_BYTES) {
        char allowed[16];
        snprintf(allowed, sizeof allowed, "%d", (int)LUA_SOURCE_MAX_BYTES);
        return err_set(err, CRM_TOO_LARGE, &lua_text_script_too_large, allowed, NULL);
    }
    lua_State *L = g->current;
    char name[ERR_WHERE_BYTES];
    snprintf(name, sizeof name, "=%s", chunk_name); /* '=': used as it is */
    if (g->depth == 0) {
        g->kill = KILL_NONE;
        g->where[0] = '\0';
    }
    int failed = luaL_loadbufferx(L, source.ptr ? source.ptr : "", source.len, name, "t");
    return failed == LUA_OK ? CRM_OK : syntax_failure(g, L, failed, err);
}

crm_status lua_guard_call(struct lua_guard *g, int nargs, int nresults,
                          const struct lua_budget *budget, struct err *err) {
    lua_State *L = g->current;
    int function = lua_gettop(L) - nargs;
    if (!lua_checkstack(L, LUA_MINSTACK)) {
        lua_settop(L, function - 1);
        return err_no_memory(err);
    }
    bool outermost = g->depth == 0;
    if (outermost && !guard_start(g, budget)) {
        lua_settop(L, function - 1);
        return err_internal(err, "timer_create failed");
    }
    g->depth++;
    lua_pushcfunction(L, guard_message);
    lua_insert(L, function);
    int failed = lua_pcall(L, nargs, nresults, function);
    crm_status status = CRM_OK;
    if (failed == LUA_OK && g->kill) { /* the kill came with the very last instruction */
        lua_settop(L, function);
        lua_pushnil(L);
        failed = LUA_ERRRUN;
    }
    if (failed != LUA_OK) status = guard_failure(g, L, failed, err);
    lua_remove(L, function);
    g->depth--;
    if (outermost) guard_stop(g);
    return status;
}

crm_status lua_guard_protect(struct lua_guard *g, lua_CFunction fn, void *arg, struct err *err) {
    lua_State *L = g->current;
    int top = lua_gettop(L);
    lua_pushcfunction(L, fn);
    lua_pushlightuserdata(L, arg);
    int failed = lua_pcall(L, 1, 0, 0);
    if (failed == LUA_OK) return CRM_OK;
    crm_status status = guard_failure(g, L, failed, err);
    lua_settop(L, top);
    return status;
}
