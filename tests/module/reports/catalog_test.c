/* What definitions make of a catalog: what is left out of it and why, and how catalogs are shared.
 */
#include "catalog_made.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void nothing_declared_is_an_empty_catalog(void **state) {
    struct made_catalog m;
    (void)state;
    made_open(&m, NULL, 0);
    assert_int_equal(m.catalog->metric_count + m.catalog->dimension_count +
                         m.catalog->report_count + m.catalog->problem_count,
                     0);
    assert_null(catalog_report(m.catalog, CRM_STR("any")));
    made_close(&m);
}

/* One broken definition takes only itself and what rests on it. */
static void what_does_not_hold_is_left_out(void **state) {
    static const struct made_definition all[] = {
        {"metric", "good", "{\"of\":\"thing\",\"measure\":\"count()\",\"label\":\"Good\"}"},
        {"metric", "twin", "{\"of\":\"thing\",\"measure\":\"count()\",\"label\":\"Twin\"}"},
        {"metric", "homonym", "{\"of\":\"thing\",\"measure\":\"sum(x)\",\"label\":\"Good\"}"},
        {"metric", "neither", "{}"},
        {"metric", "both", "{\"of\":\"thing\",\"measure\":\"sum(x)\",\"formula\":\"good\"}"},
        {"metric", "half", "{\"of\":\"thing\"}"},
        {"metric", "two_sums", "{\"of\":\"thing\",\"measure\":\"sum(x) + sum(y)\"}"},
        {"metric", "bare", "{\"of\":\"thing\",\"measure\":\"x\"}"},
        {"metric", "keys", "{\"of\":\"thing\",\"measure\":\"sum(x)\",\"colour\":\"red\"}"},
        {"metric", "kinds", "{\"of\":7,\"measure\":\"sum(x)\"}"},
        {"metric", "list", "[]"},
        {"dimension", "place", "{\"by\":\"city\"}"},
        {"dimension", "month", "{\"period\":\"month\"}"},
        {"dimension", "no_way", "{}"},
        {"dimension", "both_ways", "{\"by\":\"city\",\"period\":\"month\"}"},
        {"dimension", "decade", "{\"period\":\"decade\"}"},
        {"report", "fine", "{\"measures\":\"good\",\"rows\":[\"place\",\"month\"]}"},
        {"report", "empty", "{\"rows\":\"place\"}"},
        {"report", "no_measures", "{\"measures\":[]}"},
        {"report", "unheard", "{\"measures\":\"twin\"}"},
        {"report", "astray", "{\"measures\":\"good\",\"rows\":\"no_way\"}"},
        {"report", "wide",
         "{\"measures\":\"good\",\"rows\":[\"place\",\"place\",\"place\",\"place\",\"place\"]}"},
        {"report", "none_shown", "{\"measures\":\"good\",\"limit\":0}"},
        {"report", "all_shown", "{\"measures\":\"good\",\"limit\":10001}"},
        {"metric", "mean", "{\"of\":\"thing\",\"measure\":\"avg(x)\",\"label\":\"Mean\"}"},
        {"report", "whole", "{\"measures\":[\"good\",\"mean\"],\"chart\":\"pie\"}"},
        {"report", "no_whole", "{\"measures\":[\"mean\",\"good\"],\"chart\":\"pie\"}"},
        {"report", "no_stack", "{\"measures\":\"mean\",\"chart\":\"stacked\"}"},
        {"report", "cake", "{\"measures\":\"good\",\"chart\":\"cake\"}"},
        {"report", "heap", "{\"measures\":\"good\",\"form\":\"heap\"}"},
        {"report", "counted", "{\"measures\":\"good\",\"numbers\":\"yes\"}"},
        {"report", "bright", "{\"measures\":\"mean\",\"colors\":{\"mean\":\"-0.5..0.25\"}}"},
        {"report", "blind", "{\"measures\":\"mean\",\"colors\":{\"good\":\"1..2\"}}"},
        {"report", "dull", "{\"measures\":\"mean\",\"colors\":{\"mean\":\"1..\"}}"},
        {"report", "grey", "{\"measures\":\"mean\",\"colors\":\"1..2\"}"},
        {"report", "new", "{\"measures\":\"good\"}"},
    };
    static const char *const reasons[][2] = {
        {"good", ""},
        {"twin", "metric_same"},
        {"homonym", "metric_word"},
        {"neither", "metric_parts"},
        {"both", "metric_parts"},
        {"half", "metric_parts"},
        {"two_sums", "metric_measure"},
        {"bare", "metric_measure"},
        {"keys", "unknown_key"},
        {"kinds", "key_kind"},
        {"list", "body_wrong"},
        {"place", ""},
        {"month", ""},
        {"no_way", "dimension_parts"},
        {"both_ways", "dimension_parts"},
        {"decade", "key_kind"},
        {"fine", ""},
        {"empty", "report_measures"},
        {"no_measures", "report_measures"},
        {"unheard", "unknown_metric"},
        {"astray", "unknown_dimension"},
        {"wide", "too_many"},
        {"none_shown", "key_kind"},
        {"all_shown", "key_kind"},
        {"whole", ""},
        {"no_whole", "parts_wrong"},
        {"no_stack", "parts_wrong"},
        {"cake", "key_kind"},
        {"heap", "key_kind"},
        {"counted", "key_kind"},
        {"bright", ""},
        {"blind", "colors_wrong"},
        {"dull", "colors_wrong"},
        {"grey", "colors_wrong"},
        {"new", "name_taken"},
    };
    struct made_catalog m;
    (void)state;
    made_open(&m, all, COUNT(all));
    for (size_t i = 0; i < COUNT(reasons); i++)
        assert_string_equal(made_problem(&m, reasons[i][0]), reasons[i][1]);
    assert_int_equal(m.catalog->metric_count, 2);
    assert_int_equal(m.catalog->dimension_count, 2);
    assert_int_equal(m.catalog->report_count, 3);
    const struct report *fine = catalog_report(m.catalog, CRM_STR("fine"));
    assert_int_equal(fine->row_count, 2);
    assert_ptr_equal(fine->metrics[0], catalog_metric(m.catalog, CRM_STR("good")));
    made_close(&m);
}

/* The reason is readable in both languages and names what it is about. */
static void reasons_say_which(void **state) {
    static const struct made_definition all[] = {
        {"metric", "base", "{\"of\":\"thing\",\"measure\":\"count()\"}"},
        {"report", "wide", "{\"measures\":\"base\",\"columns\":[\"a\",\"b\",\"c\",\"d\"]}"}};
    struct made_catalog m;
    (void)state;
    made_open(&m, all, COUNT(all));
    assert_int_equal(m.catalog->problem_count, 1);
    for (int32_t language = CRM_LANGUAGE_EN; language <= CRM_LANGUAGE_RU; language++) {
        struct crm_buf *text = m.base.buf_new(1000);
        assert_non_null(text);
        m.base.error_format(m.catalog->problems[0].reason, language, text);
        char *copy = strndup(m.base.buf_str(text).ptr, m.base.buf_str(text).len);
        assert_non_null(strstr(copy, "wide"));
        assert_non_null(strstr(copy, "columns"));
        assert_non_null(strstr(copy, "3"));
        free(copy);
        m.base.buf_free(text);
    }
    made_close(&m);
}

static void texts_go_by_entity(void **state) {
    static const struct made_definition all[] = {
        {"dimension", "every", "{\"by\":\"city\"}"},
        {"dimension", "one", "{\"of\":\"thing\",\"by\":\"city\"}"},
        {"dimension", "some", "{\"by\":{\"thing\":\"city\",\"person\":\"home.city\"}}"}};
    struct made_catalog m;
    (void)state;
    made_open(&m, all, COUNT(all));
    const struct dimension *every = catalog_dimension(m.catalog, CRM_STR("every")),
                           *one = catalog_dimension(m.catalog, CRM_STR("one")),
                           *some = catalog_dimension(m.catalog, CRM_STR("some"));
    assert_true(crm_str_is(dimension_path(every, CRM_STR("person")), "city"));
    assert_true(crm_str_is(dimension_path(one, CRM_STR("thing")), "city"));
    assert_int_equal(dimension_path(one, CRM_STR("person")).len, 0);
    assert_true(crm_str_is(dimension_path(some, CRM_STR("person")), "home.city"));
    assert_int_equal(dimension_path(some, CRM_STR("other")).len, 0);
    made_close(&m);
}

/* Whoever holds the old one keeps it; the next generation is read anew. */
static void a_generation_is_read_once(void **state) {
    static const struct made_definition one[] = {
        {"metric", "base", "{\"of\":\"thing\",\"measure\":\"count()\"}"}};
    struct made_catalog m;
    struct catalog *again, *newer;
    struct crm_error err;
    (void)state;
    made_open(&m, one, 1);
    assert_int_equal(catalog_take(&m.all, NULL, &again, &err), CRM_OK);
    assert_ptr_equal(again, m.catalog);
    catalog_give(&m.all, again);
    made_generation++;
    made_count = 0;
    assert_int_equal(catalog_take(&m.all, NULL, &newer, &err), CRM_OK);
    assert_ptr_not_equal(newer, m.catalog);
    assert_int_equal(newer->metric_count, 0);
    assert_non_null(catalog_metric(m.catalog, CRM_STR("base")));
    catalog_give(&m.all, newer);
    made_close(&m);
}

/* A definition that is no JSON at all is our own mistake, and no catalog is kept of it. */
static void a_failed_reading_keeps_nothing(void **state) {
    static const struct made_definition broken[] = {{"metric", "base", "{"}};
    struct made_catalog m;
    struct catalog *c = NULL;
    struct crm_error err;
    (void)state;
    made_open(&m, NULL, 0);
    made = broken;
    made_count = 1;
    made_generation++;
    assert_int_not_equal(catalog_take(&m.all, NULL, &c, &err), CRM_OK);
    assert_null(c);
    made_count = 0;
    assert_int_equal(catalog_take(&m.all, NULL, &c, &err), CRM_OK);
    catalog_give(&m.all, c);
    made_close(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_declared_is_an_empty_catalog),
        cmocka_unit_test(what_does_not_hold_is_left_out),
        cmocka_unit_test(reasons_say_which),
        cmocka_unit_test(texts_go_by_entity),
        cmocka_unit_test(a_generation_is_read_once),
        cmocka_unit_test(a_failed_reading_keeps_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
