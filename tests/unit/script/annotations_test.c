/* The editor annotations name every word that the loader knows, and are Lua. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <lauxlib.h>

#include "schema/read.h"
#include "script/definitions.h"
#include "script/state.h"

static struct str annotations(struct arena *a) {
    struct script_source *sources;
    size_t count;
    struct err err;
    struct str folder = STR(PERIGEE_SOURCE_DIR "/sdk/lua");
    assert_int_equal(script_sources_read(a, folder, STR("lua"), &sources, &count, &err), CRM_OK);
    struct str text = STR("");
    for (size_t i = 0; i < count; i++)
        text = arena_printf(a, "%.*s%.*s\n", STR_ARG(text), STR_ARG(sources[i].text));
    assert_true(text.len > 0);
    return text;
}

static void expect(struct str text, const char *format, const char *name) {
    char wanted[80];
    (void)snprintf(wanted, sizeof wanted, format, name);
    if (str_find(text, str_from(wanted)) == SIZE_MAX) fail_msg("no %s", wanted);
}

static int l_expect_all(lua_State *L) {
    const struct str *text = lua_touserdata(L, 1);
    lua_getglobal(L, "crm");
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        if (lua_isfunction(L, -1)) expect(*text, "function crm.%s(", lua_tostring(L, -2));
        lua_pop(L, 1);
    }
    luaL_getmetatable(L, "perigee.query");
    lua_getfield(L, -1, "__index");
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        expect(*text, "function query:%s(", lua_tostring(L, -2));
        lua_pop(L, 1);
    }
    return 0;
}

static void test_every_word_is_annotated(void **state) {
    (void)state;
    struct arena a;
    struct err err;
    struct script_state *s;
    arena_init(&a, 8 * 1024 * 1024);
    struct str text = annotations(&a);
    size_t count;
    const char *const *words = schema_read_constructors(&count);
    for (size_t i = 0; i < count; i++)
        expect(text, "function %s(", words[i]);
    static const char *const others[] = {"entity", "extend", "directory", "pipeline",  "role",
                                         "report", "metric", "dimension", "dashboard", "view",
                                         "layout", "before", "after",     "schedule",  "action",
                                         "draw",   "webhook"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        expect(text, "function %s(", others[i]);
    assert_int_equal(script_state_new(SCHEMA_LAYER_MODULE, STR("t"), 0, &s, &err), CRM_OK);
    assert_int_equal(lua_guard_protect(s->guard, l_expect_all, &text, &err), CRM_OK);
    assert_int_equal(lua_guard_load(s->guard, text, "perigee.lua", &err), CRM_OK);
    script_state_free(s);
    arena_fini(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_word_is_annotated)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
