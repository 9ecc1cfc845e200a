/* Names that mean nothing are told with their lines; what Lua allows is never called wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>

#include "script/lint.h"

static const struct str globals[] = {{"print", 5}, {"crm", 3}, {"before", 6}, {"pairs", 5}},
                        members[] = {{"query", 5}, {"now", 3}, {"get", 3}},
                        entities[] = {{"contact", 7}};

struct found {
    struct buf text;
    size_t most;
};

static bool tell(void *ctx, int32_t line, struct str shown, struct str name,
                 const struct script_words *known) {
    struct found *f = ctx;
    const char *of = known->items == globals ? "" : known->items == members ? "." : "!";
    buf_printf(&f->text, "%d%s%.*s ", (int)line, of, STR_ARG(name));
    assert_true(shown.len >= name.len);
    return f->most == 0 || --f->most > 0;
}

static void expect_at_most(const char *text, size_t most, const char *wanted) {
    struct found f = {.most = most};
    struct arena a;
    struct err err;
    arena_init(&a, 1 << 20);
    buf_init(&f.text, 4096);
    const struct script_lint lint = {.text = str_from(text),
                                     .globals = {globals, 4},
                                     .members = {members, 3},
                                     .entities = {entities, 1},
                                     .tell = tell,
                                     .ctx = &f};
    assert_int_equal(script_lint_names(&lint, &a, &err), CRM_OK);
    buf_add_char(&f.text, '\0');
    assert_string_equal(f.text.ptr, wanted);
    buf_fini(&f.text);
    arena_fini(&a);
}

static void expect(const char *text, const char *wanted) { expect_at_most(text, 0, wanted); }

static void test_what_is_declared_is_known(void **state) {
    (void)state;
    expect("local a, b <const>, c = 1 print(a, b, c)", "");
    expect("local function f(x, ...) return x, ... end print(f)", "");
    expect("function g.h:i(x) return self, x end", "1g ");
    expect("for k, v in pairs({}) do print(k, v) end for i = 1, 2 do print(i) end", "");
    expect("goto done ::done:: print({ key = 1, [2] = 3 }.key)", "");
    expect("total = 1 print(total)", "");
    expect("print(later) local later", "");
}

static void test_what_nobody_knows_is_told_by_line(void **state) {
    (void)state;
    expect("print(\n  x)\n-- y\n--[[ z\n ]] w()\n", "2x 5w ");
    expect("local s = [==[ a ]] b ]==] .. 'q\\'r' .. \"t\\\"u\" print(s, v)", "1v ");
    expect("local o = {} print(o.a, o:b(), o . c, 0x1F, 1e3, a..b, 3 // 2)", "1a 1b ");
    expect_at_most("a() b() c()", 2, "1a 1b ");
}

static void test_members_of_crm_and_entities(void **state) {
    (void)state;
    expect("crm.query('contact') crm.now() crm.nwo() crm.get(\"contct\", 1)", "1.nwo 1!contct ");
    expect("local q = crm.query print(q, crm.query(name), other.nwo)", "1name 1other ");
    expect("local t = { crm = 1 } t.crm.x()", "");
}

static void test_half_of_a_text_ends(void **state) {
    (void)state;
    static const char *const halves[] = {
        "",       "local", "local x <", "for",        "function",       "function f(",
        "goto",   "::",    "crm.",      "crm.query(", "crm.query",      "[[",
        "--[==[", "\"a",   "'\\",       "local a,",   "local x <const", "crm",
        "0x",     "."};
    for (size_t i = 0; i < sizeof halves / sizeof *halves; i++)
        expect(halves[i], "");
}

static bool tell_none(void *ctx, int32_t line, struct str shown, struct str name,
                      const struct script_words *known) {
    (void)ctx, (void)line, (void)shown, (void)name, (void)known;
    return true;
}

/* A large text of one piece again and again: seconds of CPU where a word is looked at once for
 * every word before it. */
static double seconds_for(const char *piece) {
    struct arena a;
    struct err err;
    struct buf text;
    arena_init(&a, 64 << 20);
    buf_init(&text, 1 << 20);
    while (text.len < 200 * 1024)
        buf_add_cstr(&text, piece);
    const struct script_lint lint = {.text = buf_str(&text), .tell = tell_none};
    clock_t began = clock();
    assert_int_equal(script_lint_names(&lint, &a, &err), CRM_OK);
    double spent = (double)(clock() - began) / CLOCKS_PER_SEC;
    buf_fini(&text);
    arena_fini(&a);
    return spent;
}

static void test_each_word_is_looked_at_once(void **state) {
    (void)state;
    static const char *const pieces[] = {"=",          "[=",         "function(", "function a(",
                                         "function ",  "local a,",   "local<",    "for a.b:c(,",
                                         "goto a,",    "--[=",       "]=",        "function...",
                                         "local a<b>", "function a."};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
        if (seconds_for(pieces[i]) > 2) fail_msg("\"%s\" again and again", pieces[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_is_declared_is_known),
                                       cmocka_unit_test(test_what_nobody_knows_is_told_by_line),
                                       cmocka_unit_test(test_members_of_crm_and_entities),
                                       cmocka_unit_test(test_half_of_a_text_ends),
                                       cmocka_unit_test(test_each_word_is_looked_at_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
