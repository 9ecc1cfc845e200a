/* Every allocation of a guarded state's life fails in turn, once or for good: the outcome is an
 * error, never a crash, a leak or a state that cannot be used. */
#include "guarded.h"

#include "lua/plain.h"
#include "support/fault.h"

static const char session[] =
    "local C = {} C.__index = C\n"
    "local function make(i) return setmetatable({i = i, name = 'item ' .. i}, C) end\n"
    "local t = {}\n"
    "for i = 1, 50 do t[i] = make(i) end\n"
    "table.sort(t, function(a, b) return a.i > b.i end)\n"
    "local co = coroutine.wrap(function() for i = 1, 5 do coroutine.yield(t[i].name) end return "
    "'end' end)\n"
    "local out = {}\n"
    "for i = 1, 6 do out[i] = co() end\n"
    "local text = table.concat(out, ',')\n"
    "text = text:gsub('item (%d+)', function(n) return ('%s-%05d'):format('x', n) end)\n"
    "pcall(error, {code = 1})\n"
    "return {text = text, list = {1, 2.5, 'x'}}\n";

static crm_status live(struct err *err) {
    struct lua_guard *g = NULL;
    struct lua_guard_options options = {.memory_max_bytes = TEST_MEMORY_BYTES};
    crm_status status = lua_guard_new(&options, &g, err);
    if (status == CRM_OK) status = run_for(g, session, 20000, err);
    if (status == CRM_OK) {
        JSON_CLEANUP json_t *tree = NULL;
        status = plain_json_get(lua_guard_state(g), -1, NULL, &tree, err);
        lua_pop(lua_guard_state(g), 1);
    }
    fault_end(); /* memory is there again: the state must work */
    if (g) assert_true_in(g, "return ('a'):upper() == 'A' and #table.pack(1, 2) == 2");
    lua_guard_free(g);
    return status;
}

static void fail_each(bool stays) {
    long failures = 0;
    for (long n = 0;; n++) {
        struct err err;
        err_clear(&err);
        fault_begin(n, stays);
        crm_status status = live(&err);
        if (fault.hits == 0) {
            assert_int_equal(status, CRM_OK);
            break;
        }
        failures++;
        if (stays && status != CRM_OK) assert_int_equal(status, CRM_NO_MEMORY);
        if (status != CRM_OK) assert_non_null(err.text.code);
    }
    assert_true(failures > 300);
}

static void each_once(void **state) {
    (void)state;
    fail_each(false); /* Lua may collect and go on */
}

static void each_for_good(void **state) {
    (void)state;
    fail_each(true);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_once),
                                       cmocka_unit_test(each_for_good)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
