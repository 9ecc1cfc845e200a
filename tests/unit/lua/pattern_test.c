/* Patterns: the same answers as stock Lua on chosen and on random patterns, errors included. */
#include "guarded.h"

#include <lauxlib.h>
#include <lualib.h>

enum { RANDOM_PATTERNS = 10000 };

/* What find, match, gsub and gmatch give, as one text; errors by their message. */
static const char probe[] =
    "local s, p = ...\n"
    "local out = {}\n"
    "local function show(...)\n"
    "  local t = table.pack(...)\n"
    "  for i = 1, t.n do t[i] = tostring(t[i]) end\n"
    "  out[#out + 1] = table.concat(t, ',')\n"
    "end\n"
    "show(pcall(string.find, s, p))\n"
    "show(pcall(string.find, s, p, 3))\n"
    "show(pcall(string.find, s, p, -2))\n"
    "show(pcall(string.match, s, p))\n"
    "show(pcall(string.gsub, s, p, '<%0>'))\n"
    "show(pcall(string.gsub, s, p, '%1', 2))\n"
    "show(pcall(string.gsub, s, p, {a = 'A', b = false}))\n"
    "show(pcall(string.gsub, s, p, function(...) return select('#', ...) end))\n"
    "show(pcall(function() for a, b in string.gmatch(s, p) do out[#out + 1] = tostring(a) .. ':' "
    ".. tostring(b) end end))\n"
    "return table.concat(out, '|')\n";

static lua_State *stock_new(void) {
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    return L;
}

/* Takes the text off the stack. NULs are made visible. */
static void text_take(lua_State *L, char *to, size_t size) {
    size_t len = 0;
    const char *text = lua_tolstring(L, -1, &len);
    if (len > size - 1) len = size - 1;
    for (size_t i = 0; i < len; i++)
        to[i] = text[i] ? text[i] : '@';
    to[len] = '\0';
    lua_pop(L, 1);
}

static void answer_stock(lua_State *L, struct str subject, struct str pattern, char *to,
                         size_t size) {
    assert_int_equal(luaL_loadbufferx(L, probe, sizeof probe - 1, "=probe", "t"), LUA_OK);
    lua_pushlstring(L, subject.ptr, subject.len);
    lua_pushlstring(L, pattern.ptr, pattern.len);
    assert_int_equal(lua_pcall(L, 2, 1, 0), LUA_OK);
    text_take(L, to, size);
}

static void answer_guarded(struct lua_guard *g, struct str subject, struct str pattern, char *to,
                           size_t size) {
    struct err err;
    struct lua_budget budget = {.cpu_ms = 5000};
    lua_State *L = lua_guard_state(g);
    assert_int_equal(lua_guard_load(g, str_make(probe, sizeof probe - 1), "probe", &err), CRM_OK);
    lua_pushlstring(L, subject.ptr, subject.len);
    lua_pushlstring(L, pattern.ptr, pattern.len);
    assert_int_equal(lua_guard_call(g, 2, 1, &budget, &err), CRM_OK);
    text_take(L, to, size);
}

static void assert_same(struct lua_guard *g, lua_State *stock, struct str subject,
                        struct str pattern) {
    static char wanted[16384], got[16384];
    answer_stock(stock, subject, pattern, wanted, sizeof wanted);
    answer_guarded(g, subject, pattern, got, sizeof got);
    if (strcmp(wanted, got) != 0)
        fail_msg("pattern '%.*s' on '%.*s':\nstock   %s\nguarded %s", STR_ARG(pattern),
                 STR_ARG(subject), wanted, got);
}

static void chosen(void **state) {
    static const char *const cases[][2] = {
        {"hello world", "o"},
        {"hello world", "(o)(.)"},
        {"k=v, a=b", "(%w+)=(%w+)"},
        {"THE (quick) fox", "%((%a+)%)"},
        {"f(a(b)c)d", "%b()"},
        {"THE (quick) fox", "%f[%a]%a+"},
        {"  trim  ", "^%s*(.-)%s*$"},
        {"aXb", "%u"},
        {"abcabc", "(abc)%1"},
        {"a.b-c", "[%.%-]"},
        {"]x", "[]]"},
        {"x]y", "[^]]+"},
        {"a-z", "[a%-z]+"},
        {"abc", "()b()"},
        {"", ""},
        {"abc", ""},
        {"abc", "$"},
        {"abc", "^"},
        {"a$b", "a$b"},
        {"aaa", "a-"},
        {"aaa", "a-$"},
        {"aab", "a*b"},
        {"abc", "b?c"},
        {"2024-01-02", "(%d+)-(%d+)-(%d+)"},
        {"x", "%"},
        {"x", "[x"},
        {"x", "(x"},
        {"x", "x)"},
        {"x", "%1"},
        {"x", "%b"},
        {"x", "%f"},
        {"x", "%fx"},
        {"x", "(()"},
        {"aa", "(a)%2"},
        {"[x]", "[%[x%]]+"},
        {"a\nb", "a.b"},
        {"\xFF\x01", "%c"},
        {"abc", "[a-]+"},
        {"a-b", "[a-]+"},
        {"^x", "[%^x]+"},
        {"^x", "^^x"},
        {"aaaa", "(a*(.)a)%2"},
        {"x", "[%"},
        {"x", "[%a"},
        {"x", "[^"},
        {"x", "[]"},
        {"x", "%b("},
    };
    lua_State *stock = stock_new();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_same(*state, stock, str_from(cases[i][0]), str_from(cases[i][1]));
    assert_same(*state, stock, STR("a\0b\0"), STR("%z"));
    assert_same(*state, stock, STR("a\0b\0c"), STR("[\0b]+"));
    assert_same(*state, stock, STR("a\0b"), STR("a\0"));
    lua_close(stock);
}

/* xorshift: the same patterns in every run. */
static uint32_t next_random(uint32_t *seed) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    return *seed ^= *seed << 5;
}

static void random_patterns(void **state) {
    static const char *const atoms[] = {
        "a",     "b", "c", ".",  "%a",  "%d", "%w", "%s",   "%A",    "[ab]", "[^a]", "[a-c]",
        "[%d_]", "(", ")", "()", "(a)", "%1", "%2", "%bab", "%f[b]", "$",    "^",    "[",
        "]",     "%", "-", "*",  "+",   "?",  "x",  "(.)",  "(.-)",  "%b()"};
    uint32_t seed = 20261121;
    lua_State *stock = stock_new();
    for (int i = 0; i < RANDOM_PATTERNS; i++) {
        char pattern[128] = "", subject[16];
        size_t parts = 1 + next_random(&seed) % 6, len = 0, subject_len = next_random(&seed) % 12;
        for (size_t k = 0; k < parts; k++) {
            const char *atom = atoms[next_random(&seed) % (sizeof atoms / sizeof atoms[0])];
            memcpy(pattern + len, atom, strlen(atom));
            len += strlen(atom);
            if (next_random(&seed) % 4 == 0) pattern[len++] = "*+-?"[next_random(&seed) % 4];
        }
        for (size_t k = 0; k < subject_len; k++)
            subject[k] = "aabbc1 _()x"[next_random(&seed) % 11];
        assert_same(*state, stock, str_make(subject, subject_len), str_make(pattern, len));
    }
    lua_close(stock);
}

static void deep_and_long(void **state) {
    assert_true_in(*state, "return not pcall(string.find, 'x', ('('):rep(40))");
    assert_true_in(*state, "return not pcall(string.match, ('a'):rep(300), ('a?'):rep(300))");
    assert_true_in(*state, "return #(('x'):rep(100000):match('.*')) == 100000");
    assert_true_in(*state, "return select(2, ('a b c'):gsub('%w', '%0%0')) == 3");
    assert_true_in(*state, "return not pcall(string.gsub, 'x', 'x', '%9') and not "
                           "pcall(string.gsub, 'x', 'x', '%') and "
                           "not pcall(string.gsub, 'x', 'x', true) and not pcall(string.gsub, 'x', "
                           "'x', function() return {} end)");
    assert_true_in(*state, "return ('x y'):find('y', 1, true) == 3 and ('a.b'):find('.', 1, true) "
                           "== 2 and ('a'):find('b', 5, true) == nil");
    assert_true_in(
        *state, "return ('abc'):gsub('%w', '%%') == '%%%' and ('abc'):gsub('', '-') == '-a-b-c-'");
    assert_true_in(
        *state, "return (('abc'):gsub('b', 5)) == 'a5c' and (('x1'):gsub('()', '%1')) == '1x213'");
}

int main(void) {
    const struct CMUnitTest tests[] = {GUARDED(chosen), GUARDED(random_patterns),
                                       GUARDED(deep_and_long)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
