/* Numbers that readers set, the days of a period, and definitions of them that do not hold. */
#include "catalog_made.h"
#include "inputs.h"

static int64_t day(int32_t year, int32_t month, int32_t d) {
    return services_base.date_from_civil(year, month, d);
}

static void days_of_a_period(void **state) {
    static const struct metric days = {.input = CRM_STR("days")},
                               gone = {.input = CRM_STR("days_gone")},
                               left = {.input = CRM_STR("days_left")};
    const struct period february = {.from = day(2024, 2, 1), .until = day(2024, 3, 1)},
                        all = {.all = true};
    const struct inputs none = {.count = 0};
    const struct {
        int64_t today, gone;
    } cases[] = {{day(2024, 1, 31), 0},
                 {day(2024, 2, 1), 1},
                 {day(2024, 2, 29), 29},
                 {day(2024, 3, 1), 29},
                 {day(2025, 3, 1), 29}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t today = cases[i].today;
        assert_int_equal(inputs_value(&none, &days, &february, today).integer, 29);
        assert_int_equal(inputs_value(&none, &gone, &february, today).integer, cases[i].gone);
        assert_int_equal(inputs_value(&none, &left, &february, today).integer, 29 - cases[i].gone);
    }
    assert_int_equal(inputs_value(&none, &days, &all, 0).type, CRM_VALUE_NIL);
}

static void bodies_are_read(void **state) {
    static const struct metric rebate = {.origin = {.name = CRM_STR("rebate")},
                                         .input = CRM_STR("2.5")},
                               days = {.origin = {.name = CRM_STR("days")},
                                       .input = CRM_STR("days")},
                               base = {.origin = {.name = CRM_STR("base")}};
    static const struct {
        const char *body;
        int64_t micro; /* -1: refused */
    } cases[] = {{"null", 2500000},
                 {"{}", 2500000},
                 {"{\"rebate\":0}", 0},
                 {"{\"rebate\":-7}", -7000000},
                 {"{\"rebate\":\"0.000001\"}", 1},
                 {"{\"rebate\":\"\"}", -1},
                 {"{\"rebate\":null}", -1},
                 {"{\"rebate\":9223372036854775807}", -1},
                 {"{\"rebate\":1000000001}", -1},
                 {"{\"days\":1}", -1},
                 {"{\"base\":1}", -1},
                 {"[]", -1},
                 {"\"x\"", -1}};
    const struct crm crm = {.base = &services_base};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct metric *metrics[] = {&base, &rebate, &days};
        struct inputs all = {.count = 0};
        struct crm_json_value *body;
        struct crm_error err;
        size_t count = 3;
        inputs_take(metrics, &count, &all);
        assert_int_equal(count, 1);
        assert_ptr_equal(metrics[0], &base);
        char text[100];
        (void)snprintf(text, sizeof text, "{\"k\":%s}", cases[i].body);
        assert_int_equal(services_base.json_parse(crm_str_from(text), &body, &err), CRM_OK);
        crm_status status = inputs_read(&crm, services_base.json_get(body, "k"), &all, &err);
        assert_int_equal(status == CRM_OK, cases[i].micro != -1);
        if (status == CRM_OK)
            assert_int_equal(inputs_value(&all, &rebate, &(struct period){.all = true}, 0).integer,
                             cases[i].micro);
        services_base.json_free(body);
    }
}

static void definitions_that_do_not_hold(void **state) {
    static const struct made_definition definitions[] = {
        {"metric", "good", "{\"input\":\"-1.5\",\"flag_above\":\"0.2\"}"},
        {"metric", "left", "{\"label\":\"Left\",\"input\":\"days_left\"}"},
        {"metric", "word", "{\"label\":\"W\",\"input\":\"weeks\"}"},
        {"metric", "both",
         "{\"label\":\"B\",\"input\":\"1\",\"of\":\"deal\",\"measure\":\"count()\"}"},
        {"metric", "counts", "{\"label\":\"C\",\"of\":\"deal\",\"measure\":\"count()\"}"},
        {"metric", "mark", "{\"label\":\"M\",\"formula\":\"good\",\"flag_above\":\"much\"}"},
        {"metric", "uses", "{\"label\":\"U\",\"formula\":\"counts * good / left\"}"},
        {"report", "table", "{\"measures\":[\"uses\"]}"}};
    struct made_catalog m;
    (void)state;
    made_open(&m, definitions, sizeof definitions / sizeof *definitions);
    assert_int_equal(m.catalog->problem_count, 3);
    assert_string_equal(made_problem(&m, "word"), "key_kind");
    assert_string_equal(made_problem(&m, "both"), "metric_parts");
    assert_string_equal(made_problem(&m, "mark"), "key_kind");
    assert_non_null(catalog_report(m.catalog, CRM_STR("table")));
    made_close(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_of_a_period),
        cmocka_unit_test(bodies_are_read),
        cmocka_unit_test(definitions_that_do_not_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
