/* Request targets: strict percent-decoding, segments that may not climb, query parameters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/target.h"

static struct arena arena;

static int setup(void **state) {
    (void)state;
    arena_init(&arena, 1 << 20);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    arena_fini(&arena);
    return 0;
}

static crm_status parse(const char *raw, struct http_target *t) {
    struct err err;
    return http_target_parse(str_from(raw), &arena, t, &err);
}

static void segments(void **state) {
    (void)state;
    struct http_target t;
    assert_int_equal(parse("/", &t), CRM_OK);
    assert_int_equal(t.segment_count, 0);
    assert_int_equal(parse("/a/b%2Fc/", &t), CRM_OK);
    assert_int_equal(t.segment_count, 3);
    assert_true(str_is(t.segments[1], "b/c"));
    assert_true(str_is(t.segments[2], ""));
    assert_int_equal(parse("*", &t), CRM_OK);
    assert_true(t.asterisk);
}

static void absolute_form(void **state) {
    (void)state;
    struct http_target t;
    assert_int_equal(parse("http://host:80/a?b=1", &t), CRM_OK);
    assert_true(str_is(t.path, "/a"));
    assert_true(str_is(t.pairs[0].name, "b"));
    assert_int_equal(parse("http://host?b", &t), CRM_OK);
    assert_true(str_is(t.path, "/"));
    assert_int_equal(t.pair_count, 1);
    assert_int_equal(parse("host:80", &t), CRM_INVALID);
}

static void malformed_is_refused(void **state) {
    (void)state;
    static const char *const bad[] = {"/%",      "/%4",        "/%zz",     "/a%00b",   "/%ff",
                                      "/%c3%28", "/%ed%a0%80", "/..",      "/a/../b",  "/%2e%2e/b",
                                      "/.",      "/a?x=%",     "/a?%00=1", "/a?x=%80", "/a?x=%g0"};
    struct http_target t;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(parse(bad[i], &t), CRM_INVALID);
}

static void query(void **state) {
    (void)state;
    struct http_target t;
    assert_int_equal(parse("/a?where=amount+%3E+1000&sort=-x,y&&flag&empty=&eq=a=b", &t), CRM_OK);
    assert_int_equal(t.pair_count, 5);
    assert_true(str_is(t.pairs[0].value, "amount > 1000"));
    assert_true(str_is(t.pairs[1].value, "-x,y"));
    assert_true(str_is(t.pairs[2].name, "flag"));
    assert_int_equal(t.pairs[2].value.len, 0);
    assert_true(str_is(t.pairs[4].value, "a=b"));
    assert_int_equal(parse("/a?", &t), CRM_OK);
    assert_int_equal(t.pair_count, 0);
    assert_int_equal(parse("/a?q=%D0%AF", &t), CRM_OK);
    assert_true(str_is(t.pairs[0].value, "Я"));
}

static void bounded(void **state) {
    (void)state;
    struct http_target t;
    char text[512] = "/a?";
    for (int i = 0; i < 64; i++)
        strncat(text, "a&", sizeof text - strlen(text) - 1);
    assert_int_equal(parse(text, &t), CRM_INVALID); /* 65 pieces */
    text[strlen(text) - 1] = '\0';
    assert_int_equal(parse(text, &t), CRM_OK);
    text[0] = '\0';
    for (int i = 0; i < 33; i++)
        strncat(text, "/a", sizeof text - strlen(text) - 1);
    assert_int_equal(parse(text, &t), CRM_INVALID);
    text[64] = '\0';
    assert_int_equal(parse(text, &t), CRM_OK);
}

static void encoding_round_trip(void **state) {
    (void)state;
    struct buf out;
    struct err err;
    struct str back;
    buf_init(&out, 1000);
    http_percent_encode(STR("a b/ü?~"), &out);
    assert_string_equal(out.ptr, "a%20b%2F%C3%BC%3F~");
    assert_int_equal(http_percent_decode(buf_str(&out), false, &arena, &back, &err), CRM_OK);
    assert_true(str_is(back, "a b/ü?~"));
    buf_fini(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments),
        cmocka_unit_test(absolute_form),
        cmocka_unit_test(malformed_is_refused),
        cmocka_unit_test(query),
        cmocka_unit_test(bounded),
        cmocka_unit_test(encoding_round_trip),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
