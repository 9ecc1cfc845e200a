/* Plain values in and out of Lua: forms, limits, what is refused. */
#include "guarded.h"

#include "lua/plain.h"

static crm_status json_of(struct lua_guard *g, const char *source, struct buf *out,
                          struct err *err) {
    struct json_writer w;
    assert_int_equal(run(g, source, err), CRM_OK);
    buf_clear(out);
    json_writer_init(&w, out);
    crm_status status = plain_json_write(lua_guard_state(g), -1, NULL, &w, err);
    lua_pop(lua_guard_state(g), 1);
    assert_int_equal(lua_gettop(lua_guard_state(g)), 0);
    return status;
}

static void assert_json(struct lua_guard *g, const char *source, const char *wanted) {
    struct buf out;
    struct err err;
    buf_init(&out, 1 << 20);
    assert_int_equal(json_of(g, source, &out, &err), CRM_OK);
    assert_string_equal(out.ptr, wanted);
    buf_fini(&out);
}

static void assert_refused(struct lua_guard *g, const char *source, const char *code) {
    struct buf out;
    struct err err;
    buf_init(&out, 1 << 20);
    assert_int_not_equal(json_of(g, source, &out, &err), CRM_OK);
    assert_string_equal(err.text.code, code);
    buf_fini(&out);
}

static void to_json(void **state) {
    struct lua_guard *g = *state;
    assert_json(g, "return nil", "null");
    assert_json(g, "return {true, 1, 'x\"', -2.5, 3.0, 0.1}", "[true,1,\"x\\\"\",-2.5,3.0,0.1]");
    assert_json(g, "return {a = {b = {1}}}", "{\"a\":{\"b\":[1]}}");
    assert_json(g, "return {}", "{}");
    assert_json(g,
                "return setmetatable({1, 2}, {__index = function() error('metamethod ran') end, "
                "__pairs = error, __len = error})",
                "[1,2]");
    assert_json(g, "return math.mininteger", "-9223372036854775808");
}

static void refused_in_json(void **state) {
    struct lua_guard *g = *state;
    assert_refused(g, "return print", "plain_type");
    assert_refused(g, "return {coroutine.create(print)}", "plain_type");
    assert_refused(g, "return {1, nil, 3}", "plain_key");
    assert_refused(g, "return {1, a = 2}", "plain_key");
    assert_refused(g, "return {[1.5] = 1}", "plain_key");
    assert_refused(g, "return {[true] = 1}", "plain_key");
    assert_refused(g, "return 0/0", "plain_number");
    assert_refused(g, "return math.huge", "plain_number");
    assert_refused(g, "return '\\xff'", "plain_text");
    assert_refused(g, "return {['\\xff'] = 1}", "plain_text");
    assert_refused(g, "return 'a\\0b'", "plain_text");
    assert_refused(g, "local t = {} t.t = t return t", "plain_too_deep");
    assert_refused(g, "local t = {} for i = 1, 10001 do t[i] = i end return t", "plain_too_large");
    assert_refused(g, "local t = {} for i = 1, 5001 do t[i] = {i} end return t", "plain_too_large");
    assert_refused(g, "return ('x'):rep(1024 * 1024 + 1)", "plain_too_long");
    assert_refused(g, "local s = ('x'):rep(600000) return {s, s}", "plain_too_long");
}

struct pushing {
    json_t *tree;
    const struct value *value;
};

static int l_push(lua_State *L) {
    const struct pushing *p = lua_touserdata(L, 1);
    if (p->tree) {
        l_plain_push_json(L, p->tree);
    } else {
        l_plain_push(L, p->value);
    }
    lua_setglobal(L, "v");
    return 0;
}

static void json_there_and_back(void **state) {
    static const char *const texts[] = {"{\"a\":[1,2.5,\"x\",true,false],\"b\":{}}",
                                        "[]",
                                        "[[],{}]",
                                        "\"\"",
                                        "1",
                                        "[1.0]",
                                        "{\"\":\"\\u0001\"}"};
    struct lua_guard *g = *state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        JSON_CLEANUP json_t *tree = NULL;
        JSON_CLEANUP json_t *back = NULL;
        struct err err;
        assert_int_equal(json_parse(str_from(texts[i]), NULL, &tree, &err), CRM_OK);
        struct pushing pushing = {.tree = tree};
        assert_int_equal(lua_guard_protect(g, l_push, &pushing, &err), CRM_OK);
        lua_State *L = lua_guard_state(g);
        lua_getglobal(L, "v");
        assert_int_equal(plain_json_get(L, -1, NULL, &back, &err), CRM_OK);
        lua_pop(L, 1);
        assert_true(json_equal(tree, back));
    }
    JSON_CLEANUP json_t *nulls = NULL;
    assert_int_equal(json_parse(STR("{\"a\":null}"), NULL, &nulls, NULL), CRM_OK);
    struct pushing pushing = {.tree = nulls};
    assert_int_equal(lua_guard_protect(g, l_push, &pushing, NULL), CRM_OK);
    assert_true_in(g, "return v.a == nil and next(v) == nil");
}

static void assert_pushed(struct lua_guard *g, struct value value, const char *check) {
    struct pushing pushing = {.value = &value};
    assert_int_equal(lua_guard_protect(g, l_push, &pushing, NULL), CRM_OK);
    assert_true_in(g, check);
}

static void values_in(void **state) {
    struct lua_guard *g = *state;
    assert_pushed(g, VALUE_OF_NIL, "return v == nil");
    assert_pushed(g, value_bool(true), "return v == true");
    assert_pushed(g, value_int(-5), "return v == -5 and math.type(v) == 'integer'");
    assert_pushed(g, value_decimal(12500000), "return v == '12.5'");
    assert_pushed(g, value_text(STR("да")), "return v == 'да'");
    assert_pushed(g, value_text(STR_NONE), "return v == ''");
    assert_pushed(g, value_date(0), "return v == '1970-01-01'");
    assert_pushed(g, value_time(1), "return v == '1970-01-01T00:00:00.001Z'");
    assert_pushed(g, value_id(INT64_C(2233445566778899001)), "return v == '2233445566778899001'");
    assert_pushed(g, (struct value){.type = VALUE_MONEY, .integer = 105400, .currency = {"USD"}},
                  "return v.amount == '1054.00' and v.currency == 'USD'");
    struct value items[] = {value_int(1), value_text(STR("x"))};
    assert_pushed(g, (struct value){.type = VALUE_LIST, .list = {items, 2}},
                  "return #v == 2 and v[1] == 1 and v[2] == 'x'");
}

static crm_status value_of(struct lua_guard *g, const char *source, struct arena *a,
                           struct value *ret, struct err *err) {
    assert_int_equal(run(g, source, err), CRM_OK);
    crm_status status = plain_value_get(lua_guard_state(g), -1, NULL, a, ret, err);
    lua_pop(lua_guard_state(g), 1);
    assert_int_equal(lua_gettop(lua_guard_state(g)), 0);
    return status;
}

static void values_out(void **state) {
    static const struct {
        const char *source, *json;
    } cases[] = {
        {"return nil", "null"},
        {"return false", "false"},
        {"return 7", "7"},
        {"return 0.1", "\"0.1\""},
        {"return -12.25", "\"-12.25\""},
        {"return 2^40", "\"1099511627776\""},
        {"return 'да'", "\"да\""},
        {"return {}", "[]"},
        {"return {1, {'a'}, {}}", "[1,[\"a\"],[]]"},
        {"return {amount = '1054.00', currency = 'USD'}",
         "{\"amount\":\"1054.00\",\"currency\":\"USD\"}"},
        {"return {{amount = '5', currency = 'jpy'}}", "[{\"amount\":\"5\",\"currency\":\"JPY\"}]"},
    };
    struct arena a;
    arena_init(&a, 1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct value v;
        struct err err;
        struct json_writer w;
        struct buf out;
        buf_init(&out, 4096);
        assert_int_equal(value_of(*state, cases[i].source, &a, &v, &err), CRM_OK);
        json_writer_init(&w, &out);
        json_value_put(&w, &v);
        assert_string_equal(out.ptr, cases[i].json);
        buf_fini(&out);
    }
    arena_fini(&a);
}

static void values_refused(void **state) {
    static const struct {
        const char *source, *code;
    } cases[] = {
        {"return 1e-7", "plain_number"},
        {"return 1e13 + 0.5", "plain_number"},
        {"return 0/0", "plain_number"},
        {"return {a = 1}", "plain_type"},
        {"return {a = 'x', b = 'y'}", "plain_type"},
        {"return print", "plain_type"},
        {"return {amount = '1.005', currency = 'USD'}", "plain_money"},
        {"return {amount = '1', currency = 'ZZZ'}", "plain_money"},
        {"return {amount = 1, currency = 'USD'}", "plain_type"},
        {"return '\\xc3'", "plain_text"},
        {"local t = {} t[1] = t return t", "plain_too_deep"},
        {"return {1, nil, 3}", "plain_key"},
    };
    struct arena a;
    arena_init(&a, 1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct value v = value_int(77);
        struct err err;
        assert_int_not_equal(value_of(*state, cases[i].source, &a, &v, &err), CRM_OK);
        assert_string_equal(err.text.code, cases[i].code);
        assert_int_equal(v.integer, 77); /* untouched */
    }
    struct arena tiny;
    arena_init(&tiny, 16);
    struct value v;
    assert_int_equal(value_of(*state, "return 'text'", &tiny, &v, NULL), CRM_NO_MEMORY);
    arena_fini(&tiny);
    arena_fini(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        GUARDED(to_json),   GUARDED(refused_in_json), GUARDED(json_there_and_back),
        GUARDED(values_in), GUARDED(values_out),      GUARDED(values_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
