/* JSON out and in: commas, escapes, forms of values; limits, places of errors. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/json.h"

static void structure(void **state) {
    (void)state;
    struct buf out;
    struct json_writer w;
    buf_init(&out, 4096);
    json_writer_init(&w, &out);
    json_object_open(&w);
    json_key_lit(&w, "a");
    json_array_open(&w);
    json_int64(&w, 1);
    json_object_open(&w);
    json_object_shut(&w);
    json_array_open(&w);
    json_array_shut(&w);
    json_bool(&w, true);
    json_bool(&w, false);
    json_nil(&w);
    json_array_shut(&w);
    json_key(&w, STR("b\""));
    json_cstr(&w, "x");
    json_key_lit(&w, "c");
    json_raw(&w, STR("{\"k\":1}"));
    json_key_lit(&w, "d");
    json_id(&w, INT64_C(9007199254740993));
    json_object_shut(&w);
    assert_int_equal(out.status, CRM_OK);
    assert_string_equal(out.ptr, "{\"a\":[1,{},[],true,false,null],\"b\\\"\":\"x\",\"c\":{\"k\":1},"
                                 "\"d\":\"9007199254740993\"}");
    buf_fini(&out);
}

static void depth(void **state) {
    (void)state;
    struct buf out;
    struct json_writer w;
    buf_init(&out, 4096);
    json_writer_init(&w, &out);
    for (int i = 0; i < JSON_DEPTH; i++)
        json_array_open(&w);
    assert_int_equal(out.status, CRM_OK);
    json_array_open(&w);
    assert_int_equal(out.status, CRM_TOO_LARGE);
    for (int i = 0; i < JSON_DEPTH + 3; i++)
        json_array_shut(&w); /* more than were open: no harm */
    buf_fini(&out);
}

static void assert_text(const char *bytes, size_t len, const char *wanted) {
    struct buf out;
    struct json_writer w;
    buf_init(&out, 4096);
    json_writer_init(&w, &out);
    json_text(&w, str_make(bytes, len));
    assert_string_equal(out.ptr, wanted);
    buf_fini(&out);
}

static void texts(void **state) {
    (void)state;
    assert_text(NULL, 0, "\"\"");
    assert_text("a\"b\\c/d", 7, "\"a\\\"b\\\\c/d\"");
    assert_text("\b\f\n\r\t\x01\x1f\x7f", 8, "\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
    assert_text("a\0b", 3, "\"a\\u0000b\"");
    assert_text("Привет €😀", strlen("Привет €😀"), "\"Привет €😀\"");
    assert_text("a\xFFz\xED\xA0\x80", 6, "\"a\xEF\xBF\xBDz\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
    assert_text("12345678\xD0", 9, "\"12345678\xEF\xBF\xBD\"");
    char bytes[24];
    for (size_t special = 0; special < 20; special++) { /* wherever it stands in a run of eight */
        memset(bytes, 'x', 20);
        bytes[special] = '\n';
        char wanted[32] = "\"";
        memset(wanted + 1, 'x', 21);
        memcpy(wanted + 1 + special, "\\n", 2);
        wanted[22] = '"';
        wanted[23] = '\0';
        assert_text(bytes, 20, wanted);
    }
}

/* What is written, jansson reads back as it was, for every character. */
static void every_character(void **state) {
    (void)state;
    struct buf out;
    buf_init(&out, 256);
    for (unsigned c = 1; c < 0x80; c++) {
        struct json_writer w;
        char text[] = {'a', (char)c, 'b'};
        buf_clear(&out);
        json_writer_init(&w, &out);
        json_text(&w, str_make(text, 3));
        JSON_CLEANUP json_t *tree = NULL;
        assert_int_equal(json_parse(buf_str(&out), NULL, &tree, NULL), CRM_OK);
        assert_true(str_eq(json_str(tree), str_make(text, 3)));
    }
    buf_fini(&out);
}

static void values(void **state) {
    (void)state;
    struct value inner[] = {value_int(1), VALUE_OF_NIL};
    struct value money = {.type = VALUE_MONEY, .integer = -105400, .currency = {"USD"}};
    struct value all[] = {VALUE_OF_NIL,  value_bool(true),
                          value_int(-3), value_decimal(1500000),
                          money,         value_text(STR("t")),
                          value_date(0), value_time(0),
                          value_id(7),   {.type = VALUE_LIST, .list = {inner, 2}}};
    struct value list = {.type = VALUE_LIST, .list = {all, sizeof all / sizeof all[0]}};
    struct buf out;
    struct json_writer w;
    buf_init(&out, 4096);
    json_writer_init(&w, &out);
    json_value_put(&w, &list);
    assert_string_equal(
        out.ptr,
        "[null,true,-3,\"1.5\",{\"amount\":\"-1054.00\",\"currency\":\"USD\"},\"t\",\"1970-01-01\","
        "\"1970-01-01T00:00:00Z\",\"7\",[1,null]]");
    buf_clear(&out);
    json_writer_init(&w, &out);
    json_decimal(&w, 1500000, 6);
    assert_string_equal(out.ptr, "\"1.500000\"");
    buf_fini(&out);
}

static void fractions(void **state) {
    (void)state;
    static const struct {
        int64_t micro;
        const char *text;
    } cases[] = {{0, "0"},
                 {2500000, "2.5"},
                 {-1, "-0.000001"},
                 {INT64_C(3000000), "3"},
                 {INT64_C(999999999999999), "999999999.999999"},
                 {INT64_C(1000000000000001), "\"1000000000.000001\""},
                 {-INT64_C(1000000000000001), "\"-1000000000.000001\""},
                 {INT64_C(9000000000000000000), "9000000000000"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf out;
        struct json_writer w;
        buf_init(&out, 4096);
        json_writer_init(&w, &out);
        json_fraction(&w, cases[i].micro);
        assert_string_equal(out.ptr, cases[i].text);
        buf_fini(&out);
    }
}

static void assert_refused(const char *text, crm_status status, const char *code,
                           const char *message) {
    json_t *tree = NULL;
    struct err err;
    struct buf out;
    buf_init(&out, 1024);
    assert_int_equal(json_parse(str_from(text), NULL, &tree, &err), status);
    assert_null(tree);
    assert_string_equal(err.text.code, code);
    err_format(&err, LANGUAGE_EN, &out);
    if (message) assert_string_equal(out.ptr, message);
    buf_fini(&out);
}

static void refused(void **state) {
    (void)state;
    assert_refused("", CRM_INVALID, "json_malformed", NULL);
    assert_refused("{\"a\":1,\n \"b\" 2}", CRM_INVALID, "json_malformed",
                   "The JSON is malformed at line 2, column 6.");
    assert_refused("[1] x", CRM_INVALID, "json_malformed", NULL);
    assert_refused("{\"a\":1,\"a\":2}", CRM_INVALID, "json_duplicate", NULL);
    assert_refused("\"a\xFF\"", CRM_INVALID, "json_utf8", NULL);
    assert_refused("\"a\\u0000\"", CRM_INVALID, "json_nul", NULL);
    assert_refused("{\"a\\u0000\":1}", CRM_INVALID, "json_nul", NULL);
    assert_refused("[01]", CRM_INVALID, "json_malformed", NULL);
    assert_refused("[NaN]", CRM_INVALID, "json_malformed", NULL);
    assert_refused("[1e999]", CRM_INVALID, "json_malformed", NULL);
    assert_refused("[9223372036854775808]", CRM_INVALID, "json_malformed", NULL);
    assert_refused("\"\\ud800\"", CRM_INVALID, "json_malformed", NULL);
}

static void limits(void **state) {
    (void)state;
    const struct json_limits small = {.max_bytes = 40, .max_depth = 3, .max_elements = 5};
    static const struct {
        const char *text;
        crm_status status;
        const char *code;
    } cases[] = {
        {"[[[]]]", CRM_OK, NULL},
        {"[[[[]]]]", CRM_TOO_LARGE, "json_too_deep"},
        {"[1,2,3,4,5]", CRM_OK, NULL},
        {"[1,2,3,4,5,6]", CRM_TOO_LARGE, "json_too_many"},
        {"[{},{},{},[],[]]", CRM_OK, NULL},
        {"[[1],[1],[1]]", CRM_TOO_LARGE, "json_too_many"}, /* three and one in each */
        {"{\"a\":{\"b\":1,\"c\":2}}", CRM_OK, NULL},
        {"[\"[[[[,,,,,,,,\\\"[[[\"]", CRM_OK, NULL}, /* inside of a text nothing counts */
        {"                                        1", CRM_TOO_LARGE, "json_too_large"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        JSON_CLEANUP json_t *tree = NULL;
        struct err err;
        err_clear(&err);
        crm_status status = json_parse(str_from(cases[i].text), &small, &tree, &err);
        if (status != cases[i].status) fail_msg("%s: %d", cases[i].text, (int)status);
        if (cases[i].code) assert_string_equal(err.text.code, cases[i].code);
    }
}

static void texts_of_trees(void **state) {
    (void)state;
    JSON_CLEANUP json_t *tree = NULL;
    assert_int_equal(json_parse(STR("[\"x\",1]"), NULL, &tree, NULL), CRM_OK);
    assert_true(str_is(json_str(json_array_get(tree, 0)), "x"));
    assert_int_equal(json_str(json_array_get(tree, 1)).len, 0);
    assert_int_equal(json_str(NULL).len, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(structure),      cmocka_unit_test(depth),
        cmocka_unit_test(texts),          cmocka_unit_test(every_character),
        cmocka_unit_test(values),         cmocka_unit_test(fractions),
        cmocka_unit_test(refused),        cmocka_unit_test(limits),
        cmocka_unit_test(texts_of_trees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
