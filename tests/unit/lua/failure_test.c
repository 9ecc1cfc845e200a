/* What comes out of a failed call: the sentence, the place, the status, the host's own errors. */
#include "guarded.h"

static const struct err_text own = {"not_allowed", {"You may not {0}.", "Нельзя: {0}."}};

static void assert_failure(struct lua_guard *g, const char *source, const char *message,
                           const char *where) {
    struct err err;
    struct buf text;
    buf_init(&text, 4096);
    assert_int_equal(run(g, source, &err), CRM_REFUSED);
    err_format(&err, LANGUAGE_RU, &text);
    assert_string_equal(text.ptr, message);
    assert_string_equal(err.where, where);
    assert_string_equal(err.text.code, "script_error");
    buf_fini(&text);
    assert_int_equal(lua_gettop(lua_guard_state(g)), 0);
}

static void sentence_and_place(void **state) {
    struct lua_guard *g = *state;
    assert_failure(g, "\n\nerror('no discount today')", "no discount today", "test.lua:3");
    assert_failure(g, "error('bare', 0)", "bare", "test.lua:1");
    assert_failure(g, "local t\nreturn t.x", "attempt to index a nil value (local 't')",
                   "test.lua:2");
    assert_failure(g, "error({})", "(error object is a table value)", "test.lua:1");
    assert_failure(g, "error()", "(error object is a nil value)", "test.lua:1");
    assert_failure(g, "error(setmetatable({}, {__tostring = function() while true do end end}))",
                   "(error object is a table value)", "test.lua:1");
    assert_failure(g, "coroutine.wrap(function()\nerror('in there') end)()", "test.lua:2: in there",
                   "test.lua:1");
    assert_failure(g, "pcall(error, 'caught')\nerror('second', 0)", "second", "test.lua:2");
}

static void syntax(void **state) {
    struct lua_guard *g = *state;
    struct err err;
    assert_int_equal(lua_guard_load(g, STR("local x = = 1"), "order.lua", &err), CRM_INVALID);
    assert_string_equal(err.text.code, "script_syntax");
    assert_string_equal(err.where, "order.lua:1");
    assert_int_equal(lua_gettop(lua_guard_state(g)), 0);
    assert_int_equal(lua_guard_load(g, STR("("), "order.lua", NULL), CRM_INVALID);
    static char large[LUA_SOURCE_MAX_BYTES + 1];
    memset(large, ' ', sizeof large);
    assert_int_equal(lua_guard_load(g, str_make(large, sizeof large), "large", &err),
                     CRM_TOO_LARGE);
    assert_int_equal(lua_guard_load(g, STR_NONE, "empty", &err), CRM_OK);
    lua_pop(lua_guard_state(g), 1);
}

static int l_refuse(lua_State *L) {
    struct err err;
    err_set(&err, CRM_FORBIDDEN, &own, "sell air", NULL);
    err_at_field(&err, STR("amount"));
    return l_raise(L, &err);
}

static void errors_of_the_host(void **state) {
    struct lua_guard *g = *state;
    struct err err;
    lua_register(lua_guard_state(g), "refuse", l_refuse);
    assert_int_equal(run(g, "\nrefuse()", &err), CRM_FORBIDDEN);
    assert_string_equal(err.text.code, "not_allowed");
    assert_string_equal(err.field, "amount");
    assert_string_equal(err.where, "test.lua:2");
    struct buf text;
    buf_init(&text, 256);
    err_format(&err, LANGUAGE_RU, &text);
    assert_string_equal(text.ptr, "Нельзя: sell air.");
    buf_fini(&text);
    assert_int_equal(
        run(g, "local co = coroutine.wrap(refuse) local ok, e = pcall(co) error(e)", &err),
        CRM_FORBIDDEN);
    assert_true_in(g, "local ok, e = pcall(refuse) return not ok and e.code == 'not_allowed' and "
                      "e.field == 'amount' and "
                      "e.message == 'You may not sell air.' and tostring(e) == e.message and "
                      "e.entity == nil and e.other == nil");
    assert_true_in(g, "local ok, e = pcall(refuse) return getmetatable(e) == false and not "
                      "pcall(function() e.code = 'x' end)");
}

static int l_fails(lua_State *L) {
    assert_ptr_equal(lua_touserdata(L, 1), &own);
    lua_pushnil(L);
    return lua_error(L);
}

static int l_builds(lua_State *L) {
    lua_newtable(L);
    lua_setglobal(L, "built");
    return 0;
}

static void protected_host_code(void **state) {
    struct lua_guard *g = *state;
    struct err err;
    assert_int_equal(lua_guard_protect(g, l_fails, (void *)(uintptr_t)&own, &err), CRM_REFUSED);
    assert_int_equal(lua_guard_protect(g, l_builds, NULL, &err), CRM_OK);
    assert_int_equal(lua_gettop(lua_guard_state(g)), 0);
    assert_true_in(g, "return type(built) == 'table'");
}

static void arguments_and_results(void **state) {
    struct lua_guard *g = *state;
    struct lua_budget budget = {.cpu_ms = TEST_CPU_MS};
    lua_State *L = lua_guard_state(g);
    lua_pushliteral(L, "below");
    assert_int_equal(lua_guard_load(g, STR("local a, b = ... return b, a, 3"), "t", NULL), CRM_OK);
    lua_pushinteger(L, 1);
    lua_pushinteger(L, 2);
    assert_int_equal(lua_guard_call(g, 2, LUA_MULTRET, &budget, NULL), CRM_OK);
    assert_int_equal(lua_gettop(L), 4);
    assert_int_equal(lua_tointeger(L, 2), 2);
    assert_int_equal(lua_tointeger(L, 4), 3);
    assert_string_equal(lua_tostring(L, 1), "below");
    lua_settop(L, 1);
    assert_int_equal(lua_guard_load(g, STR("error('x')"), "t", NULL), CRM_OK);
    lua_pushinteger(L, 1);
    assert_int_equal(lua_guard_call(g, 1, 5, &budget, NULL), CRM_REFUSED);
    assert_int_equal(lua_gettop(L), 1);
    assert_ptr_equal(lua_guard_of(L), g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        GUARDED(sentence_and_place),    GUARDED(syntax),
        GUARDED(errors_of_the_host),    GUARDED(protected_host_code),
        GUARDED(arguments_and_results),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
