/* What scripts find and what they do not; that what is there behaves as the manual says. */
#include "guarded.h"

static struct buf printed;

static void print_to(void *ctx, struct str line) {
    buf_add_str(ctx, line);
    buf_add_char(ctx, '\n');
}

static void nothing_dangerous_is_there(void **state) {
    static const char *const names[] = {
        "load",
        "dofile",
        "loadfile",
        "loadstring",
        "require",
        "module",
        "collectgarbage",
        "warn",
        "debug",
        "io",
        "package",
        "string.dump",
        "string.pack",
        "string.unpack",
        "string.packsize",
        "coroutine.close",
        "os.execute",
        "os.exit",
        "os.getenv",
        "os.remove",
        "os.rename",
        "os.setlocale",
        "os.tmpname",
        "os.difftime",
    };
    char source[128];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(source, sizeof source, "return %s == nil", names[i]);
        assert_true_in(*state, source);
    }
    assert_true_in(*state, "return _G._G == _G and _ENV == _G and _VERSION == 'Lua 5.4'");
    assert_true_in(
        *state,
        "for k, v in pairs(_G) do if type(v) == 'userdata' then return false end end return true");
}

static void binary_chunks_are_refused(void **state) {
    struct err err;
    assert_int_equal(lua_guard_load(*state, STR("\x1bLua"), "t", &err), CRM_INVALID);
}

static void metatables(void **state) {
    struct lua_guard *g = *state;
    assert_true_in(g,
                   "local C = {} C.__index = C function C:f() return self.x end "
                   "local o = setmetatable({x = 5}, C) return o:f() == 5 and getmetatable(o) == C");
    /* the class that gets its __index after its first object */
    assert_true_in(g,
                   "local C = {} function C.new(o) setmetatable(o, C) C.__index = C return o end "
                   "function C:f() return self.x end return C.new({x = 7}):f() == 7 and C.new({x = "
                   "8}):f() == 8");
    assert_true_in(g, "local C = {} local o = setmetatable({}, C) C.__index = function(t, k) "
                      "return k .. '!' end return o.a == 'a!'");
    assert_true_in(g, "local C = {} local o = setmetatable({}, C) return o.missing == nil");
    assert_true_in(g, "local m = {__add = function(a, b) return a.v + b.v end, __eq = function() "
                      "return true end, "
                      "__lt = function() return true end, __call = function(_, x) return x end, "
                      "__len = function() return 3 end, "
                      "__concat = function() return 'c' end, __unm = function() return 'u' end} "
                      "local a, b = setmetatable({v = 1}, m), setmetatable({v = 2}, m) "
                      "return a + b == 3 and a == b and a < b and a(9) == 9 and #a == 3 and a .. b "
                      "== 'c' and -a == 'u'");
    /* fields that come and go between two uses of the same metatable */
    assert_true_in(
        g, "local C = {__index = {a = 1}, __add = function() return 1 end} local o = "
           "setmetatable({}, C) "
           "C.__add = nil C.__index = nil C.__sub = function() return 2 end setmetatable({}, C) "
           "return o.a == nil and not pcall(function() return o + o end) and o - o == 2");
    assert_true_in(
        g, "local C = {} local o = setmetatable({}, C) C.__index = {a = 1} setmetatable({}, C) "
           "C.__index = nil setmetatable({}, C) local before = o.a C.__index = {a = 3} return "
           "before == nil and o.a == 3");
    assert_true_in(g, "return not pcall(setmetatable, {}, {__gc = print})");
    assert_true_in(g, "return not pcall(setmetatable, {}, {__close = print})");
    assert_true_in(g, "return not pcall(setmetatable, {}, {__mode = 'k'})");
    assert_true_in(
        g, "local m = {} local o = setmetatable({}, m) m.__close = error "
           "return not pcall(function() local x <close> = o end)"); /* not closable, later or not */
    assert_true_in(g, "local o = setmetatable({}, {__metatable = 'mine'}) "
                      "return getmetatable(o) == 'mine' and not pcall(setmetatable, o, {})");
    assert_true_in(g, "local o = setmetatable({}, {__index = {a = 1}}) setmetatable(o, nil) return "
                      "o.a == nil and getmetatable(o) == nil");
    assert_true_in(g, "return getmetatable('') == nil and getmetatable(print) == nil and not "
                      "pcall(setmetatable, '', {})");
    assert_true_in(g, "string.upper = function() return 'owned' end return ('a'):upper() == 'A'");
    assert_true_in(g, "return '10' + 1 == 11");
}

static void no_addresses(void **state) {
    assert_true_in(
        *state, "return tostring({}) == 'table' and tostring(print) == 'function' and "
                "tostring(coroutine.create(print)) == 'thread' and ('%s'):format({}) == 'table'");
    assert_true_in(*state, "return tostring(setmetatable({}, {__name = 'Order'})) == 'Order'");
    assert_true_in(
        *state,
        "return tostring(setmetatable({}, {__tostring = function() return 'x' end})) == 'x'");
    assert_true_in(*state, "return not pcall(tostring, setmetatable({}, {__tostring = function() "
                           "return 1 == 1 end}))");
    assert_true_in(*state, "return not pcall(string.format, '%p', {})");
    assert_true_in(*state, "return tostring(1) == '1' and tostring(1.0) == '1.0' and tostring(nil) "
                           "== 'nil' and tostring(false) == 'false'");
    assert_true_in(*state, "return not pcall(tostring)");
}

static void protected_calls(void **state) {
    struct lua_guard *g = *state;
    assert_true_in(g, "local ok, e = pcall(error, {code = 7}) return not ok and e.code == 7");
    assert_true_in(g, "local ok, a, b = pcall(function(...) return ... end, 1, 2) return ok and a "
                      "== 1 and b == 2");
    assert_true_in(g, "local ok, m = xpcall(function() error('boom', 0) end, function(e) return "
                      "'H:' .. e end) return not ok and m == 'H:boom'");
    assert_true_in(g, "return xpcall(function(...) return select('#', ...) == 2 end, print, 1, 2)");
    assert_true_in(g, "return select('#', pcall(error)) == 2");
    assert_true_in(g, "local co = coroutine.wrap(function() local ok, v = pcall(function() return "
                      "coroutine.yield(1) + 1 end) "
                      "return ok and v end) return co() == 1 and co(41) == 42");
    assert_true_in(g, "local co = coroutine.wrap(function() return xpcall(function() "
                      "coroutine.yield(1) error('x', 0) end, "
                      "function(e) return e .. '!' end) end) co() local ok, e = co() return not ok "
                      "and e == 'x!'");
    assert_true_in(g, "return not pcall(pcall) and not pcall(xpcall, print)");
}

static void coroutines(void **state) {
    struct lua_guard *g = *state;
    assert_true_in(g,
                   "local co = coroutine.create(function(a, b) local c = coroutine.yield(a + b) "
                   "return c * 2 end) "
                   "local _, x = coroutine.resume(co, 1, 2) local _, y = coroutine.resume(co, 10) "
                   "return x == 3 and y == 20 and coroutine.status(co) == 'dead'");
    assert_true_in(g, "local co = coroutine.create(print) return coroutine.status(co) == "
                      "'suspended' and not coroutine.isyieldable()");
    assert_true_in(g, "local co = coroutine.create(function() end) coroutine.resume(co) local ok, "
                      "e = coroutine.resume(co) "
                      "return not ok and e == 'cannot resume dead coroutine'");
    assert_true_in(g, "local co co = coroutine.wrap(function() co() end) local ok, e = pcall(co) "
                      "return not ok and e:find('non%-suspended') ~= nil");
    assert_true_in(g, "local co, is_main = coroutine.running() return is_main");
    assert_true_in(g, "local outer outer = coroutine.create(function() local s "
                      "coroutine.wrap(function() s = coroutine.status(outer) end)() "
                      "return s end) local _, s = coroutine.resume(outer) return s == 'normal'");
    assert_true_in(g, "local co = coroutine.wrap(function() error({code = 1}) end) local ok, e = "
                      "pcall(co) return not ok and e.code == 1");
    assert_true_in(g, "return not pcall(coroutine.resume, 1) and not pcall(coroutine.create, 1)");
}

static void tables(void **state) {
    struct lua_guard *g = *state;
    assert_true_in(g, "local t = {1, 2, 4} table.insert(t, 3, 3) table.insert(t, 5) return "
                      "table.concat(t, ',') == '1,2,3,4,5'");
    assert_true_in(g, "return not pcall(table.insert, {1}, 5, 1) and not pcall(table.insert, {1}, "
                      "0, 1) and not pcall(table.insert, {}, 1, 2, 3)");
    assert_true_in(
        g, "local t = {1, 2, 3} return table.remove(t, 1) == 1 and #t == 2 and t[1] == 2 and "
           "table.remove(t) == 3 and "
           "table.remove(t) == 2 and table.remove(t) == nil and table.remove({}, 0) == nil");
    assert_true_in(g, "return not pcall(table.remove, {1, 2}, 7)");
    assert_true_in(g, "local t = {1, 2, 3} return table.remove(t, 4) == nil and #t == 3");
    assert_true_in(g, "return table.concat({1, 2, 3}) == '123' and table.concat({}, ',') == '' and "
                      "table.concat({1, 2, 3}, ';', 2, 3) == '2;3' "
                      "and not pcall(table.concat, {{}}) and table.concat({}, 'x', 1, 0) == ''");
    assert_true_in(g, "local t = table.move({1, 2, 3}, 1, 3, 2) return t[1] == 1 and t[2] == 1 and "
                      "t[3] == 2 and t[4] == 3");
    assert_true_in(
        g, "local t = table.move({1, 2, 3}, 2, 3, 1) return t[1] == 2 and t[2] == 3 and t[3] == 3");
    assert_true_in(
        g,
        "local t = table.move({1, 2}, 1, 2, 3, {9}) return t[1] == 9 and t[3] == 1 and t[4] == 2");
    assert_true_in(g, "return not pcall(table.move, {}, 1, math.maxinteger, 2) and not "
                      "pcall(table.move, {}, math.mininteger, 0, 1)");
    assert_true_in(g,
                   "local p = table.pack(1, nil, 3) return p.n == 3 and p[1] == 1 and p[3] == 3");
    assert_true_in(g, "return select('#', table.unpack({1, 2, nil, 4}, 1, 4)) == 4 and "
                      "(table.unpack({}, 1, 0)) == nil "
                      "and not pcall(table.unpack, {}, 1, 1e6) and not pcall(table.unpack, {}, "
                      "math.mininteger, math.maxinteger)");
}

static void sorting(void **state) {
    struct lua_guard *g = *state;
    assert_true_in(
        g, "for n = 0, 40 do local t = {} for i = 1, n do t[i] = (i * 7919) % 41 end table.sort(t) "
           "for i = 2, n do if t[i] < t[i - 1] then return false end end if #t ~= n then return "
           "false end end return true");
    assert_true_in(g,
                   "local t, s = {}, 0 for i = 1, 1000 do t[i] = math.random(100) s = s + t[i] end "
                   "table.sort(t, function(a, b) return a > b end) for i = 2, 1000 do if t[i] > "
                   "t[i - 1] then return false end end "
                   "for i = 1, 1000 do s = s - t[i] end return s == 0");
    assert_true_in(g, "local t = {'b', 'a', 'c'} table.sort(t) return table.concat(t) == 'abc'");
    assert_true_in(
        g, "return not pcall(table.sort, {1, 'x', 2}) and not pcall(table.sort, {1, 2}, 5)");
    assert_true_in(
        g, "local t = {3, 1, 2} pcall(table.sort, t, function() error('x') end) return #t == 3");
    assert_true_in(g,
                   "local t = {5, 3, 1} table.sort(t, function() return true end) return #t == 3");
}

static void strings(void **state) {
    struct lua_guard *g = *state;
    assert_true_in(g, "return ('ab'):rep(3) == 'ababab' and ('ab'):rep(3, '-') == 'ab-ab-ab' and "
                      "('x'):rep(1) == 'x' and "
                      "('x'):rep(0) == '' and ('x'):rep(-1) == '' and (''):rep(3, ',') == ',,' and "
                      "(''):rep(1e15) == ''");
    assert_true_in(g, "for n = 1, 70 do if #(('abc'):rep(n, ', ')) ~= 5 * n - 2 then return false "
                      "end end return true");
    assert_true_in(g, "return ('%5.2f|%-4s|%d|%x|%q|%%|%c'):format(3.14159, 'ab', 7, 255, 'a\\n', "
                      "65) == ' 3.14|ab  |7|ff|\"a\\\\\\n\"|%|A'");
    assert_true_in(
        g, "return ('%s %s'):format(nil, true) == 'nil true' and ('%.2s'):format('abc') == 'ab'");
    assert_true_in(g, "return not pcall(string.format, '%d', 'x') and not pcall(string.format, "
                      "'%s') and not pcall(string.format, '%') "
                      "and not pcall(string.format, '%' .. ('0'):rep(50) .. 'd', 1) and not "
                      "pcall(string.format, '%y', 1)");
    assert_true_in(g, "return ('x'):byte() == 120 and string.char(72, 105) == 'Hi' and "
                      "('abc'):sub(-2) == 'bc' and ('abc'):reverse() == 'cba'");
    assert_true_in(
        g,
        "return utf8.len('привет') == 6 and utf8.char(1087) == 'п' and math.type(3) == 'integer'");
    assert_true_in(g, "return type(os.time()) == 'number' and type(os.clock()) == 'number' and "
                      "#os.date('!%Y', 0) == 4");
}

static void printing(void **state) {
    (void)state;
    struct lua_guard *g = NULL;
    buf_init(&printed, 1024);
    struct lua_guard_options options = {
        .memory_max_bytes = TEST_MEMORY_BYTES, .print = print_to, .ctx = &printed};
    assert_int_equal(lua_guard_new(&options, &g, NULL), CRM_OK);
    assert_true_in(g, "print() print(1, 'два', nil, {}) return true");
    assert_string_equal(printed.ptr, "\n1\tдва\tnil\ttable\n");
    lua_guard_free(g);
    buf_fini(&printed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        GUARDED(nothing_dangerous_is_there),
        GUARDED(binary_chunks_are_refused),
        GUARDED(metatables),
        GUARDED(no_addresses),
        GUARDED(protected_calls),
        GUARDED(coroutines),
        GUARDED(tables),
        GUARDED(sorting),
        GUARDED(strings),
        cmocka_unit_test(printing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
