/* Calendar, text forms, periods and zones with their gaps and overlaps. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <unicode/ucal.h>
#include <unicode/ustring.h>

#include "base/time.h"

static int64_t day(const char *text) {
    int64_t days = INT64_MIN;
    assert_true(date_parse(str_from(text), &days));
    return days;
}

static int64_t moment(const char *text) {
    int64_t ms = INT64_MIN;
    if (!time_parse(str_from(text), &ms)) fail_msg("not a moment: %s", text);
    return ms;
}

static void assert_date(int64_t days, const char *wanted) {
    struct buf out;
    buf_init(&out, 64);
    date_format(days, &out);
    assert_string_equal(out.ptr, wanted);
    buf_fini(&out);
}

static void assert_time(int64_t ms, const char *wanted) {
    struct buf out;
    buf_init(&out, 64);
    time_format(ms, &out);
    assert_string_equal(out.ptr, wanted);
    buf_fini(&out);
}

/* Every day of four hundred years and some more: each is the day after the one before. */
static void calendar_runs_through(void **state) {
    (void)state;
    struct civil before;
    int64_t first = date_from_civil(1599, 12, 31), last = date_from_civil(2101, 1, 1);
    date_to_civil(first, &before);
    int weekday = date_weekday(first);
    for (int64_t days = first + 1; days <= last; days++) {
        struct civil now;
        date_to_civil(days, &now);
        assert_int_equal(date_from_civil(now.year, now.month, now.day), days);
        assert_true(date_valid(now.year, now.month, now.day));
        bool next_day =
            now.year == before.year && now.month == before.month && now.day == before.day + 1;
        bool next_month = now.year == before.year && now.month == before.month + 1 && now.day == 1;
        bool next_year =
            now.year == before.year + 1 && now.month == 1 && now.day == 1 && before.month == 12;
        assert_true(next_day || ((next_month || next_year) &&
                                 !date_valid(before.year, before.month, before.day + 1)));
        weekday = weekday % 7 + 1;
        assert_int_equal(date_weekday(days), weekday);
        before = now;
    }
    assert_int_equal(date_from_civil(1970, 1, 1), 0);
    assert_int_equal(date_weekday(0), 4);
    assert_int_equal(date_weekday(-4), 7);
}

static void dates_as_text(void **state) {
    (void)state;
    assert_int_equal(day("1970-01-01"), 0);
    assert_int_equal(day("2026-11-21"), 20778);
    assert_date(20778, "2026-11-21");
    assert_date(day("0001-01-01"), "0001-01-01");
    assert_date(day("9999-12-31"), "9999-12-31");
    assert_date(day("9999-12-31") + 1, "+10000-01-01");
    assert_date(day("0001-01-01") - 366, "0000-01-01");
    assert_date(day("0001-01-01") - 367, "-0001-12-31");
    const char *bad[] = {"",           "2026-11-2",  "2026-11-211", "2026/11/21", "2026-02-29",
                         "2026-04-31", "2026-13-01", "2026-00-10",  "2026-01-00", "0000-01-01",
                         "1900-02-29", "2o26-01-01", "+026-01-01",  " 026-01-01"};
    int64_t days = 77;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(date_parse(str_from(bad[i]), &days));
    assert_int_equal(days, 77);
    assert_true(date_valid(2000, 2, 29));
    assert_false(date_valid(10000, 1, 1));
    int64_t extremes[] = {INT64_MIN, INT64_MAX};
    for (size_t i = 0; i < 2; i++) { /* no overflow, whatever comes */
        struct buf out;
        buf_init(&out, 64);
        date_format(extremes[i], &out);
        time_format(extremes[i], &out);
        date_add(extremes[i], PERIOD_YEAR, extremes[i]);
        date_add(extremes[i], PERIOD_WEEK, extremes[1 - i]);
        date_period_start(extremes[i], PERIOD_WEEK, 7, 4);
        buf_fini(&out);
    }
}

static void moments_as_text(void **state) {
    (void)state;
    assert_int_equal(moment("1970-01-01T00:00:00Z"), 0);
    assert_int_equal(moment("2026-11-21T18:26:00+03:00"), moment("2026-11-21T15:26:00Z"));
    assert_int_equal(moment("2026-11-21t18:26:00-00:30"), moment("2026-11-21T18:56:00z"));
    assert_int_equal(moment("1970-01-01T00:00:00.5Z"), 500);
    assert_int_equal(moment("1970-01-01T00:00:00.05Z"), 50);
    assert_time(moment("1969-12-31T23:59:59.999Z"), "1969-12-31T23:59:59.999Z");
    assert_time(moment("2026-11-21T18:26:09.070+00:00"), "2026-11-21T18:26:09.070Z");
    assert_time(moment("2026-11-21T18:26:09.000Z"), "2026-11-21T18:26:09Z");
    assert_time(-1, "1969-12-31T23:59:59.999Z");
    const char *bad[] = {"2026-11-21",
                         "2026-11-21T18:26Z",
                         "2026-11-21T18:26:00",
                         "2026-11-21 18:26:00Z",
                         "2026-11-21T24:00:00Z",
                         "2026-11-21T18:60:00Z",
                         "2026-11-21T18:26:60Z",
                         "2026-02-30T00:00:00Z",
                         "2026-11-21T18:26:00.Z",
                         "2026-11-21T18:26:00.1234Z",
                         "2026-11-21T18:26:00+24:00",
                         "2026-11-21T18:26:00+03",
                         "2026-11-21T18:26:00+0300",
                         "2026-11-21T18:26:00+03:60",
                         "2026-11-21T18:26:00ZZ",
                         "0001-01-01T00:00:00+01:00",
                         "9999-12-31T23:59:59-01:00"};
    int64_t ms = 77;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (time_parse(str_from(bad[i]), &ms)) fail_msg("taken: %s", bad[i]);
    assert_int_equal(ms, 77);
}

static void periods(void **state) {
    (void)state;
    int64_t d = day("2026-11-21"); /* a Saturday */
    assert_int_equal(date_period_start(d, PERIOD_DAY, 1, 1), d);
    assert_int_equal(date_period_start(d, PERIOD_WEEK, 1, 1), day("2026-11-16"));
    assert_int_equal(date_period_start(d, PERIOD_WEEK, 7, 1), day("2026-11-15"));
    assert_int_equal(date_period_start(d, PERIOD_WEEK, 6, 1), d);
    assert_int_equal(date_period_start(d, PERIOD_MONTH, 1, 4), day("2026-11-01"));
    assert_int_equal(date_period_start(d, PERIOD_QUARTER, 1, 1), day("2026-10-01"));
    assert_int_equal(date_period_start(d, PERIOD_QUARTER, 1, 12), day("2026-09-01"));
    assert_int_equal(date_period_start(d, PERIOD_QUARTER, 1, 3), day("2026-09-01"));
    assert_int_equal(date_period_start(day("2026-01-31"), PERIOD_QUARTER, 1, 3), day("2025-12-01"));
    assert_int_equal(date_period_start(d, PERIOD_YEAR, 1, 1), day("2026-01-01"));
    assert_int_equal(date_period_start(day("2026-03-31"), PERIOD_YEAR, 1, 4), day("2025-04-01"));
    assert_int_equal(date_period_start(day("2026-04-01"), PERIOD_YEAR, 1, 4), day("2026-04-01"));
}

static void adding(void **state) {
    (void)state;
    assert_int_equal(date_add(day("2026-01-31"), PERIOD_MONTH, 1), day("2026-02-28"));
    assert_int_equal(date_add(day("2024-01-31"), PERIOD_MONTH, 1), day("2024-02-29"));
    assert_int_equal(date_add(day("2024-02-29"), PERIOD_YEAR, 1), day("2025-02-28"));
    assert_int_equal(date_add(day("2026-03-31"), PERIOD_MONTH, -1), day("2026-02-28"));
    assert_int_equal(date_add(day("2026-01-15"), PERIOD_MONTH, -13), day("2024-12-15"));
    assert_int_equal(date_add(day("2026-11-30"), PERIOD_QUARTER, 1), day("2027-02-28"));
    assert_int_equal(date_add(day("2026-11-30"), PERIOD_WEEK, -2), day("2026-11-16"));
    assert_int_equal(date_add(day("2026-12-31"), PERIOD_DAY, 1), day("2027-01-01"));
}

static struct zone *open_zone(const char *name) {
    struct zone *z = NULL;
    struct err err;
    assert_int_equal(zone_open(str_from(name), &z, &err), CRM_OK);
    assert_true(str_is(zone_name(z), name));
    return z;
}

static struct civil civil(int year, int month, int day_of, int hour, int minute) {
    return (struct civil){
        .year = year, .month = month, .day = day_of, .hour = hour, .minute = minute};
}

static void gaps_and_overlaps(void **state) {
    (void)state;
    struct zone *berlin = open_zone("Europe/Berlin");
    struct civil plain = civil(2026, 7, 1, 12, 0), gap = civil(2026, 3, 29, 2, 30),
                 overlap = civil(2026, 10, 25, 2, 30);
    assert_int_equal(zone_moment(berlin, &plain), moment("2026-07-01T10:00:00Z"));
    assert_int_equal(zone_moment(berlin, &gap),
                     moment("2026-03-29T01:30:00Z")); /* 03:30, the later */
    assert_int_equal(zone_moment(berlin, &overlap),
                     moment("2026-10-25T00:30:00Z")); /* summer, the earlier */
    struct civil local;
    zone_local(berlin, moment("2026-10-25T01:30:00.250Z"), &local);
    assert_int_equal(local.hour, 2);
    assert_int_equal(local.minute, 30);
    assert_int_equal(local.ms, 250);
    assert_int_equal(zone_date(berlin, moment("2026-06-30T22:00:00Z")), day("2026-07-01"));
    assert_int_equal(zone_date(berlin, moment("2026-06-30T21:59:59Z")), day("2026-06-30"));
    assert_int_equal(zone_day_start(berlin, day("2026-03-29")), moment("2026-03-28T23:00:00Z"));
    assert_int_equal(zone_day_start(berlin, day("2026-03-30")), moment("2026-03-29T22:00:00Z"));
    zone_close(berlin);
    zone_close(NULL);
}

static void days_without_midnight(void **state) {
    (void)state;
    struct zone *brazil = open_zone("America/Sao_Paulo"); /* 2018-11-04 began at 01:00 */
    assert_int_equal(zone_day_start(brazil, day("2018-11-04")), moment("2018-11-04T03:00:00Z"));
    assert_int_equal(zone_date(brazil, moment("2018-11-04T03:00:00Z")), day("2018-11-04"));
    assert_int_equal(zone_date(brazil, moment("2018-11-04T02:59:59Z")), day("2018-11-03"));
    zone_close(brazil);
    struct zone *samoa = open_zone("Pacific/Apia"); /* had no 2011-12-30 at all */
    assert_int_equal(zone_day_start(samoa, day("2011-12-30")),
                     zone_day_start(samoa, day("2011-12-31")));
    assert_int_equal(zone_day_start(samoa, day("2011-12-31")), moment("2011-12-30T10:00:00Z"));
    zone_close(samoa);
    struct zone *utc = open_zone("Etc/UTC");
    assert_int_equal(zone_day_start(utc, 5), 5 * MS_PER_DAY);
    zone_close(utc);
}

/* Our table against ICU itself, and wall time back to its moment, through the years. */
static void same_as_icu(void **state) {
    (void)state;
    static const char *const names[] = {"Europe/Moscow",       "America/New_York",  "Asia/Kolkata",
                                        "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Tehran",
                                        "America/St_Johns"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct zone *z = open_zone(names[i]);
        UChar wide[64];
        UErrorCode status = U_ZERO_ERROR;
        u_strFromUTF8(wide, 64, NULL, names[i], -1, &status);
        UCalendar *calendar = ucal_open(wide, -1, "", UCAL_GREGORIAN, &status);
        for (int64_t ms = moment("1901-01-01T00:00:00Z"); ms < moment("2099-01-01T00:00:00Z");
             ms += INT64_C(86400000) * 37 + 3600123) {
            struct civil local;
            zone_local(z, ms, &local);
            ucal_setMillis(calendar, (UDate)ms, &status);
            assert_int_equal(local.hour, ucal_get(calendar, UCAL_HOUR_OF_DAY, &status));
            assert_int_equal(local.minute, ucal_get(calendar, UCAL_MINUTE, &status));
            assert_int_equal(local.second, ucal_get(calendar, UCAL_SECOND, &status));
            assert_int_equal(local.day, ucal_get(calendar, UCAL_DATE, &status));
            assert_int_equal(local.year, ucal_get(calendar, UCAL_YEAR, &status));
            struct civil again;
            zone_local(z, zone_moment(z, &local), &again);
            assert_memory_equal(&again, &local, sizeof local);
            int64_t start = zone_day_start(z, zone_date(z, ms));
            assert_int_equal(zone_date(z, start), zone_date(z, ms));
            assert_int_equal(zone_date(z, start - 1), zone_date(z, ms) - 1);
        }
        ucal_close(calendar);
        zone_close(z);
    }
}

static void unknown_zones(void **state) {
    (void)state;
    const char *bad[] = {"",
                         "Nowhere/Land",
                         "Etc/Unknown",
                         "GMT+25:00",
                         "Europe/Berlin/x",
                         "a-name-that-is-much-longer-than-any-zone-has-ever-been-or-will-ever-be"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct zone *z = NULL;
        struct err err;
        if (zone_open(str_from(bad[i]), &z, &err) != CRM_INVALID) fail_msg("taken: %s", bad[i]);
        assert_null(z);
        assert_string_equal(err.text.code, "zone_unknown");
    }
}

static void clocks(void **state) {
    (void)state;
    int64_t before = clock_monotonic_ns();
    assert_true(clock_now_ms() > moment("2024-01-01T00:00:00Z"));
    assert_true(clock_monotonic_ns() >= before);
    assert_true(clock_thread_cpu_ns() > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calendar_runs_through),
        cmocka_unit_test(dates_as_text),
        cmocka_unit_test(moments_as_text),
        cmocka_unit_test(periods),
        cmocka_unit_test(adding),
        cmocka_unit_test(gaps_and_overlaps),
        cmocka_unit_test(days_without_midnight),
        cmocka_unit_test(same_as_icu),
        cmocka_unit_test(unknown_zones),
        cmocka_unit_test(clocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
