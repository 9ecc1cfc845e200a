/* What the tests of guarded Lua share: a state, running a source in it, looking at the outcome. */
#ifndef TESTS_LUA_GUARDED_H
#define TESTS_LUA_GUARDED_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

#include "lua/state.h"

/* Sanitizers make allocation slow: what is to end for want of memory must not end for want of time.
 */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
enum { TEST_CPU_MS = 400 };
#else
enum { TEST_CPU_MS = 100 };
#endif
/* For what nothing but the clock can end. */
enum { KILL_CPU_MS = TEST_CPU_MS / 5 };
enum { TEST_MEMORY_BYTES = 16 << 20 };

static inline struct lua_guard *new_guard(void) {
    struct lua_guard *g = NULL;
    struct lua_guard_options options = {.memory_max_bytes = TEST_MEMORY_BYTES};
    assert_int_equal(lua_guard_new(&options, &g, NULL), CRM_OK);
    return g;
}

/* Leaves one result on the stack when it went well. */
static inline crm_status run_for(struct lua_guard *g, const char *source, int64_t cpu_ms,
                                 struct err *err) {
    struct lua_budget budget = {.cpu_ms = cpu_ms};
    crm_status status = lua_guard_load(g, str_from(source), "test.lua", err);
    return status == CRM_OK ? lua_guard_call(g, 0, 1, &budget, err) : status;
}
static inline crm_status run(struct lua_guard *g, const char *source, struct err *err) {
    return run_for(g, source, TEST_CPU_MS, err);
}

static inline void assert_true_in(struct lua_guard *g, const char *source) {
    struct err err;
    err_clear(&err);
    crm_status status = run(g, source, &err);
    if (status != CRM_OK) {
        struct buf text;
        buf_init(&text, 4096);
        err_format(&err, LANGUAGE_EN, &text);
        fail_msg("%s: %s (%s)", source, text.ptr, err.where);
    }
    lua_State *L = lua_guard_state(g);
    if (!lua_toboolean(L, -1)) fail_msg("not true: %s", source);
    lua_pop(L, 1);
    assert_int_equal(lua_gettop(L), 0);
}

static inline int guard_setup(void **state) {
    *state = new_guard();
    return 0;
}
static inline int guard_teardown(void **state) {
    lua_guard_free(*state);
    return 0;
}
#define GUARDED(test) cmocka_unit_test_setup_teardown(test, guard_setup, guard_teardown)

#endif
