/* Budgets: what kills, what survives a kill, nesting, cancelling, moving between threads. */
#include "guarded.h"

#include <pthread.h>
#include <stdatomic.h>

static void assert_killed(struct lua_guard *g, const char *source, crm_status wanted) {
    struct err err;
    int64_t cpu_ms = wanted == CRM_NO_MEMORY ? 20000 : KILL_CPU_MS;
    assert_int_equal(run_for(g, source, cpu_ms, &err), wanted);
    assert_int_equal(lua_gettop(lua_guard_state(g)), 0);
    assert_true_in(g, "return 1 + 1 == 2"); /* the state goes on */
}

static void time_is_up(void **state) {
    struct lua_guard *g = *state;
    struct err err;
    assert_int_equal(run(g, "local x = 0\nwhile true do\n x = x + 1 end", &err), CRM_TIMEOUT);
    assert_string_equal(err.text.code, "script_out_of_time");
    assert_memory_equal(err.where, "test.lua:", 9);
    int64_t ms = lua_guard_usage(g).cpu_ns / 1000000;
    assert_in_range(ms, TEST_CPU_MS, 2 * TEST_CPU_MS);
    assert_true_in(g, "return 1 + 1 == 2");
}

static void a_kill_cannot_be_caught(void **state) {
    static const char *const sources[] = {
        "while true do pcall(function() while true do end end) end",
        "while true do xpcall(function() while true do end end, function() while true do end end) "
        "end",
        "local f = coroutine.wrap(function() while true do end end) while true do pcall(f) end",
        "while true do local co = coroutine.create(function() while true do end end) "
        "coroutine.resume(co) end",
        "local co = coroutine.wrap(function() pcall(function() while true do coroutine.yield() end "
        "end) end) "
        "while true do co() end",
        "table.sort({1,2,3}, function() while true do end end)",
        "('x'):gsub('x', function() while true do end end)",
        "return tostring(setmetatable({}, {__tostring = function() while true do end end}))",
    };
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
        assert_killed(*state, sources[i], CRM_TIMEOUT);
}

static void memory_is_used_up(void **state) {
    struct lua_guard *g = *state;
    assert_killed(g, "local s = 'x' while true do s = s .. s end", CRM_NO_MEMORY);
    assert_killed(
        g,
        "local t = {} while true do pcall(function() for i = 1, 1e9 do t[#t + 1] = {} end end) end",
        CRM_NO_MEMORY);
    assert_killed(g, "local t = {} while true do t[#t + 1] = coroutine.create(print) end",
                  CRM_NO_MEMORY);
}

static void garbage_is_not_use(void **state) {
    struct lua_guard *g = *state;
    struct lua_budget budget = {.cpu_ms = 5000};
    const char *source = "local s for i = 1, 100 do s = ('x'):rep(1000000) .. i end return s";
    assert_int_equal(lua_guard_load(g, str_from(source), "t", NULL), CRM_OK);
    assert_int_equal(lua_guard_call(g, 0, 0, &budget, NULL), CRM_OK);
    assert_true(lua_guard_usage(g).memory_peak_bytes < 2 * (size_t)TEST_MEMORY_BYTES);
}

static void budget_of_one_call(void **state) {
    struct lua_guard *g = *state;
    struct lua_budget small = {.cpu_ms = 20000, .memory_bytes = 1 << 20};
    const char *source = "local t = {} for i = 1, 30000 do t[i] = {i} end return #t == 30000";
    assert_int_equal(lua_guard_load(g, str_from(source), "test.lua", NULL), CRM_OK);
    assert_int_equal(lua_guard_call(g, 0, 1, &small, NULL), CRM_NO_MEMORY);
    assert_true_in(g, source);
}

static void a_size_too_large_is_an_error_to_catch(void **state) {
    assert_true_in(*state, "local ok, e = pcall(string.rep, 'x', 1e9) return not ok and "
                           "e:find('not enough memory') ~= nil");
    assert_true_in(*state, "return not pcall(string.rep, 'x', math.maxinteger)");
    assert_true_in(*state, "return not pcall(string.rep, 'x', math.maxinteger, 'yy')");
    assert_true_in(
        *state,
        "local s = ('x'):rep(1e6) return not pcall(string.format, ('%s'):rep(30), s, s, s, s, s, "
        "s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s)");
}

/* inner(): calls its argument as a host function would, and says how that went. */
static int l_inner(lua_State *L) {
    struct err err;
    struct lua_budget budget = {.cpu_ms = 100000};
    lua_settop(L, 1);
    crm_status status = lua_guard_call(lua_guard_of(L), 0, 0, &budget, &err);
    lua_pushinteger(L, status);
    return 1;
}

static void nested_calls_share_the_outer_budget(void **state) {
    struct lua_guard *g = *state;
    lua_register(lua_guard_state(g), "inner", l_inner);
    assert_true_in(g, "return inner(function() end) == 0");
    assert_true_in(g, "return inner(function() error('no') end) == 9"); /* CRM_REFUSED */
    assert_true_in(g, "return coroutine.wrap(function() return inner(function() end) == 0 end)()");
    assert_killed(g, "inner(function() while true do end end) while true do end", CRM_TIMEOUT);
    assert_killed(g, "pcall(inner, function() while true do end end) return true", CRM_TIMEOUT);
}

static void a_yield_does_not_lose_the_kill(void **state) {
    struct lua_guard *g = *state;
    assert_true_in(g, "co = coroutine.wrap(function() while true do coroutine.yield(1) end end) "
                      "return co() == 1");
    assert_killed(g, "while true do co() end", CRM_TIMEOUT);
    assert_true_in(g, "return type(co) == 'function'");
}

/* A host function that works in C until it is told to stop. */
static int l_busy(lua_State *L) {
    struct lua_guard *g = lua_guard_of(L);
    int64_t rounds = 0;
    while (!lua_guard_is_killed(g)) {
        rounds++;
        if (lua_toboolean(L, 1)) l_check(L);
    }
    lua_pushinteger(L, rounds);
    return 1;
}

static void host_functions_see_the_kill(void **state) {
    struct lua_guard *g = *state;
    lua_register(lua_guard_state(g), "busy", l_busy);
    assert_false(lua_guard_is_killed(g));
    assert_killed(g, "pcall(busy) return 1", CRM_TIMEOUT);
    assert_killed(g, "pcall(busy, true) return 1", CRM_TIMEOUT);
    assert_false(lua_guard_is_killed(g));
}

struct runner {
    struct lua_guard *guard;
    crm_status status;
    atomic_bool inside;
};

static int l_inside(lua_State *L) {
    struct runner *r = lua_touserdata(L, lua_upvalueindex(1));
    atomic_store(&r->inside, true);
    return 0;
}

static void *run_for_ever(void *arg) {
    struct runner *r = arg;
    struct err err;
    struct lua_budget budget = {.cpu_ms = 60000};
    r->status = lua_guard_load(
        r->guard, STR("inside() while true do pcall(function() while true do end end) end"), "t",
        &err);
    if (r->status == CRM_OK) r->status = lua_guard_call(r->guard, 0, 0, &budget, &err);
    return NULL;
}

static void cancelled_from_another_thread(void **state) {
    struct lua_guard *g = *state;
    struct runner r = {.guard = g};
    pthread_t thread;
    lua_guard_cancel(g); /* idle: nothing happens */
    lua_pushlightuserdata(lua_guard_state(g), &r);
    lua_pushcclosure(lua_guard_state(g), l_inside, 1);
    lua_setglobal(lua_guard_state(g), "inside");
    assert_int_equal(pthread_create(&thread, NULL, run_for_ever, &r), 0);
    while (!atomic_load(&r.inside))
        sched_yield();
    lua_guard_cancel(g);
    pthread_join(thread, NULL);
    assert_int_equal(r.status, CRM_CANCELLED);
    assert_killed(g, "while true do end",
                  CRM_TIMEOUT); /* back on this thread, with its own clock */
}

static void *run_short_calls(void *arg) {
    struct runner *r = arg;
    struct err err;
    for (int i = 0; i < 200 && r->status == CRM_OK; i++) {
        r->status = run_for(r->guard, "local n = 0 for i = 1, 20000 do n = n + i end", 50, &err);
        lua_settop(lua_guard_state(r->guard), 0);
    }
    return NULL;
}

/* The timer is left set between calls; what it rings for must not end a later call too early, in
 * this thread or in another. */
static void many_short_calls(void **state) {
    struct runner r = {.guard = *state};
    for (int round = 0; round < 3; round++) {
        run_short_calls(&r);
        assert_int_equal(r.status, CRM_OK);
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, run_short_calls, &r), 0);
        pthread_join(thread, NULL);
        assert_int_equal(r.status, CRM_OK);
    }
    assert_killed(*state, "while true do end", CRM_TIMEOUT);
}

static void no_limit_of_time(void **state) {
    struct lua_guard *g = *state;
    struct err err;
    struct lua_budget none = {.cpu_ms = 0};
    assert_int_equal(
        lua_guard_load(g, STR("local n = 0 for i = 1, 3e6 do n = n + i end return n"), "t", &err),
        CRM_OK);
    assert_int_equal(lua_guard_call(g, 0, 1, &none, &err), CRM_OK);
    lua_pop(lua_guard_state(g), 1);
}

static void too_small_a_memory_is_an_error(void **state) {
    (void)state;
    struct lua_guard *g = NULL;
    struct err err;
    struct lua_guard_options tiny = {.memory_max_bytes = 1024};
    assert_int_equal(lua_guard_new(&tiny, &g, &err), CRM_NO_MEMORY);
    assert_null(g);
    lua_guard_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        GUARDED(time_is_up),
        GUARDED(a_kill_cannot_be_caught),
        GUARDED(memory_is_used_up),
        GUARDED(garbage_is_not_use),
        GUARDED(budget_of_one_call),
        GUARDED(a_size_too_large_is_an_error_to_catch),
        GUARDED(nested_calls_share_the_outer_budget),
        GUARDED(a_yield_does_not_lose_the_kill),
        GUARDED(host_functions_see_the_kill),
        GUARDED(cancelled_from_another_thread),
        GUARDED(many_short_calls),
        GUARDED(no_limit_of_time),
        cmocka_unit_test(too_small_a_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
