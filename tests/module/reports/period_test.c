/* Names of periods to days: fiscal years, weeks, leap days, the ends of the calendar. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "module/services.h"
#include "period.h"

static const struct crm crm = {.base = &services_base};

static int64_t day(int32_t year, int32_t month, int32_t d) {
    return services_base.date_from_civil(year, month, d);
}

static struct calendar at(int32_t year, int32_t month, int32_t d, int32_t fiscal_month) {
    return (struct calendar){
        .today = day(year, month, d), .week_start = 1, .fiscal_month = fiscal_month};
}

static void lasts(const struct calendar *now, const char *name, int64_t from, int64_t last) {
    struct period p;
    struct crm_error err;
    assert_int_equal(period_parse(&crm, now, crm_str_from(name), &p, &err), CRM_OK);
    assert_false(p.all);
    assert_int_equal(p.from, from);
    assert_int_equal(p.until, last + 1);
}

static void refused(const struct calendar *now, const char *name) {
    struct period p;
    struct crm_error err;
    assert_int_equal(period_parse(&crm, now, crm_str_from(name), &p, &err), CRM_INVALID);
    assert_string_equal(services_base.error_code(&err).ptr, "period_wrong");
}

static void compares(const struct calendar *now, const char *name, const char *how, int64_t from,
                     int64_t last) {
    struct period p, before;
    struct crm_error err;
    assert_int_equal(period_parse(&crm, now, crm_str_from(name), &p, &err), CRM_OK);
    assert_int_equal(period_compare(&crm, &p, crm_str_from(how), &before, &err), CRM_OK);
    assert_int_equal(before.from, from);
    assert_int_equal(before.until, last + 1);
}

static void fiscal_years_begin_where_the_company_says(void **state) {
    struct calendar april = at(2026, 2, 10, 4), january = at(2026, 2, 10, 1),
                    december = at(2026, 11, 30, 12);
    (void)state;
    lasts(&january, "this_year", day(2026, 1, 1), day(2026, 12, 31));
    lasts(&april, "this_year", day(2025, 4, 1), day(2026, 3, 31));
    lasts(&april, "last_year", day(2024, 4, 1), day(2025, 3, 31));
    lasts(&april, "next_year", day(2026, 4, 1), day(2027, 3, 31));
    lasts(&april, "this_quarter", day(2026, 1, 1), day(2026, 3, 31));
    lasts(&april, "2026", day(2026, 4, 1), day(2027, 3, 31));
    lasts(&april, "2026-Q1", day(2026, 4, 1), day(2026, 6, 30));
    lasts(&april, "2026-Q4", day(2027, 1, 1), day(2027, 3, 31));
    lasts(&april, "2026-02", day(2026, 2, 1), day(2026, 2, 28));
    lasts(&december, "this_year", day(2025, 12, 1), day(2026, 11, 30));
    lasts(&december, "this_quarter", day(2026, 9, 1), day(2026, 11, 30));
    lasts(&december, "next_quarter", day(2026, 12, 1), day(2027, 2, 28));
}

static void weeks_begin_where_the_company_says(void **state) {
    struct calendar monday = at(2027, 1, 1, 1), sunday = monday; /* a Friday in week 53 of 2026 */
    (void)state;
    sunday.week_start = 7;
    lasts(&monday, "this_week", day(2026, 12, 28), day(2027, 1, 3));
    lasts(&sunday, "this_week", day(2026, 12, 27), day(2027, 1, 2));
    lasts(&monday, "next_week", day(2027, 1, 4), day(2027, 1, 10));
    lasts(&monday, "last_2_weeks", day(2026, 12, 14), day(2026, 12, 27));
    monday.today = day(2027, 1, 3);
    sunday.today = day(2027, 1, 3);
    lasts(&monday, "this_week", day(2026, 12, 28), day(2027, 1, 3));
    lasts(&sunday, "this_week", day(2027, 1, 3), day(2027, 1, 9));
}

static void leap_days_are_days(void **state) {
    struct calendar leap = at(2024, 2, 29, 1), after = at(2024, 3, 31, 1);
    (void)state;
    lasts(&leap, "today", day(2024, 2, 29), day(2024, 2, 29));
    lasts(&leap, "yesterday", day(2024, 2, 28), day(2024, 2, 28));
    lasts(&leap, "this_month", day(2024, 2, 1), day(2024, 2, 29));
    lasts(&leap, "last_30_days", day(2024, 1, 31), day(2024, 2, 29));
    lasts(&leap, "last_12_months", day(2023, 2, 1), day(2024, 1, 31));
    lasts(&leap, "2024-02-29", day(2024, 2, 29), day(2024, 2, 29));
    lasts(&after, "last_month", day(2024, 2, 1), day(2024, 2, 29));
    refused(&leap, "2023-02-29");
}

/* The years between, of 28 and of 29 days. */
static void a_year_before_has_the_same_days(void **state) {
    struct calendar now = at(2026, 7, 14, 1);
    (void)state;
    compares(&now, "2024-02-28", "year_before", day(2023, 2, 28), day(2023, 2, 28));
    compares(&now, "2024-02-29", "year_before", day(2023, 2, 28), day(2023, 2, 28));
    compares(&now, "2024-02", "year_before", day(2023, 2, 1), day(2023, 2, 28));
    compares(&now, "2025-02", "year_before", day(2024, 2, 1), day(2024, 2, 29));
    compares(&now, "2025", "year_before", day(2024, 1, 1), day(2024, 12, 31));
    now.today = day(2024, 2, 28);
    compares(&now, "last_7_days", "year_before", day(2023, 2, 22), day(2023, 2, 28));
    compares(&now, "this_week", "year_before", day(2023, 2, 26), day(2023, 3, 3));
    now.today = day(2024, 2, 21);
    compares(&now, "this_week", "year_before", day(2023, 2, 19), day(2023, 2, 25));
}

static void the_one_before_ends_where_this_begins(void **state) {
    struct calendar now = at(2026, 3, 31, 4);
    (void)state;
    compares(&now, "this_month", "previous", day(2026, 2, 1), day(2026, 2, 28));
    compares(&now, "2026-Q1", "previous", day(2026, 1, 1), day(2026, 3, 31));
    compares(&now, "this_year", "previous", day(2024, 4, 1), day(2025, 3, 31));
    compares(&now, "last_30_days", "previous", day(2026, 1, 31), day(2026, 3, 1));
    compares(&now, "last_3_months", "previous", day(2025, 9, 1), day(2025, 11, 30));
}

static void all_time_compares_with_nothing(void **state) {
    struct period all = {.all = true}, first, ret;
    struct calendar now = at(2026, 7, 14, 1);
    struct crm_error err;
    (void)state;
    assert_int_equal(period_compare(&crm, &all, CRM_STR("previous"), &ret, &err), CRM_INVALID);
    assert_string_equal(services_base.error_code(&err).ptr, "compare_all");
    assert_int_equal(period_parse(&crm, &now, CRM_STR("0001"), &first, &err), CRM_OK);
    assert_int_equal(period_compare(&crm, &first, CRM_STR("previous"), &ret, &err), CRM_INVALID);
    assert_int_equal(period_compare(&crm, &first, CRM_STR("year_before"), &ret, &err), CRM_INVALID);
    assert_int_equal(period_compare(&crm, &first, CRM_STR("other"), &ret, &err), CRM_INVALID);
    assert_string_equal(services_base.error_code(&err).ptr, "compare_wrong");
}

static void what_is_no_period(void **state) {
    static const char *const names[] = {
        "this",         "this_",          "this_decade",
        "last_0_days",  "last_-1_days",   "last_1_day",
        "last__days",   "last_3661_days", "last_99999999999999999999_days",
        "last_3_daysx", "2026-Q0",        "2026-Q5",
        "2026-Q",       "2026-13",        "2026-00",
        "2026-7",       "2026-+7",        "+202",
        "-202",         "0000",           "026",
        "20260",        "2026-07-32",     "2026-07-14x",
        "TODAY",        "last_3000_years"};
    struct calendar now = at(2026, 7, 14, 1);
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        refused(&now, names[i]);
}

static void the_calendar_has_ends(void **state) {
    struct calendar january = at(2026, 7, 14, 1), april = at(2026, 7, 14, 4);
    (void)state;
    lasts(&january, "9999", day(9999, 1, 1), day(9999, 12, 31));
    lasts(&january, "9999-12-31", day(9999, 12, 31), day(9999, 12, 31));
    lasts(&january, "0001-01-01", day(1, 1, 1), day(1, 1, 1));
    refused(&april, "9999"); /* would end in the year 10000 */
    lasts(&january, "last_2000_years", day(26, 1, 1), day(2025, 12, 31));
}

static crm_status from_json(const char *text, struct period *ret, struct crm_error *err) {
    struct calendar now = at(2026, 7, 14, 1);
    struct crm_json_value *json;
    assert_int_equal(services_base.json_parse(crm_str_from(text), &json, err), CRM_OK);
    crm_status status = period_from_json(&crm, &now, services_base.json_get(json, "p"),
                                         CRM_STR("this_month"), ret, err);
    services_base.json_free(json);
    return status;
}

static void bodies_say_both_days(void **state) {
    struct period p;
    struct crm_error err;
    (void)state;
    assert_int_equal(from_json("{}", &p, &err), CRM_OK);
    assert_int_equal(p.from, day(2026, 7, 1));
    assert_int_equal(from_json("{\"p\":null}", &p, &err), CRM_OK);
    assert_int_equal(p.from, day(2026, 7, 1));
    assert_int_equal(from_json("{\"p\":\"all\"}", &p, &err), CRM_OK);
    assert_true(p.all);
    assert_int_equal(
        from_json("{\"p\":{\"from\":\"2024-02-29\",\"until\":\"2024-02-29\"}}", &p, &err), CRM_OK);
    assert_int_equal(p.until - p.from, 1);
    assert_int_equal(
        from_json("{\"p\":{\"from\":\"2026-01-01\",\"until\":\"9999-12-31\"}}", &p, &err), CRM_OK);
    assert_int_equal(
        from_json("{\"p\":{\"from\":\"2026-01-02\",\"until\":\"2026-01-01\"}}", &p, &err),
        CRM_INVALID);
    assert_string_equal(services_base.error_code(&err).ptr, "period_order");
    assert_int_equal(from_json("{\"p\":{\"from\":\"2026-01-02\"}}", &p, &err), CRM_INVALID);
    assert_int_equal(from_json("{\"p\":7}", &p, &err), CRM_INVALID);
    assert_int_equal(from_json("{\"p\":[]}", &p, &err), CRM_INVALID);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fiscal_years_begin_where_the_company_says),
        cmocka_unit_test(weeks_begin_where_the_company_says),
        cmocka_unit_test(leap_days_are_days),
        cmocka_unit_test(a_year_before_has_the_same_days),
        cmocka_unit_test(the_one_before_ends_where_this_begins),
        cmocka_unit_test(all_time_compares_with_nothing),
        cmocka_unit_test(what_is_no_period),
        cmocka_unit_test(the_calendar_has_ends),
        cmocka_unit_test(bodies_say_both_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
