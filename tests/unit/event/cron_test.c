/* Cron expressions: what fits, the next moment, and the days when clocks change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "event/schedule.h"

static struct zone *berlin, *utc;

static int64_t ms(const char *text) {
    int64_t at = 0;
    assert_true(time_parse(str_from(text), &at));
    return at;
}

static void expect(const char *cron, const struct zone *z, const char *after, const char *wanted) {
    struct cron c;
    struct buf room;
    assert_int_equal(cron_parse(str_from(cron), &c, NULL), CRM_OK);
    int64_t at = cron_next(&c, z, ms(after));
    buf_init(&room, 64);
    time_format(at, &room);
    if (strcmp(room.ptr, wanted) != 0) print_error("\"%s\" after %s\n", cron, after);
    assert_string_equal(room.ptr, wanted);
    buf_fini(&room);
}

static void plain(void **state) {
    (void)state;
    expect("0 9 * * 1-5", utc, "2026-11-20T08:59:59Z", "2026-11-20T09:00:00Z");
    expect("0 9 * * 1-5", utc, "2026-11-20T09:00:00Z",
           "2026-11-23T09:00:00Z"); /* Friday to Monday */
    expect("*/15 * * * *", utc, "2026-11-20T09:00:01Z", "2026-11-20T09:15:00Z");
    expect("5,35 8-10 * * *", utc, "2026-11-20T10:35:00Z", "2026-11-21T08:05:00Z");
    expect("0 0 29 2 *", utc, "2026-11-20T00:00:00Z", "2028-02-29T00:00:00Z");
    expect("0 0 13 * fri", utc, "2026-11-20T00:00:00Z",
           "2026-11-27T00:00:00Z"); /* either day matches */
    expect("0 0 * dec mon-wed", utc, "2026-11-20T00:00:00Z", "2026-12-01T00:00:00Z");
    expect("0 0 * * 7", utc, "2026-11-20T00:00:00Z", "2026-11-22T00:00:00Z");
    expect("0 0 * * 0", utc, "2026-11-20T00:00:00Z", "2026-11-22T00:00:00Z");
    expect("@daily", utc, "2026-12-31T12:00:00Z", "2027-01-01T00:00:00Z");
    expect("@hourly", utc, "2026-12-31T23:00:00Z", "2027-01-01T00:00:00Z");
    expect("10/20 * * * *", utc, "2026-12-31T22:31:00Z", "2026-12-31T22:50:00Z");
    expect("0 9 * * *", berlin, "2026-07-01T00:00:00Z", "2026-07-01T07:00:00Z");
    expect("0 9 * * *", berlin, "2026-01-01T00:00:00Z", "2026-01-01T08:00:00Z");
}

static void never(void **state) {
    struct cron c;
    (void)state;
    assert_int_equal(cron_parse(STR("0 0 30 2 *"), &c, NULL), CRM_OK);
    assert_true(cron_next(&c, utc, ms("2026-01-01T00:00:00Z")) == INT64_MAX);
}

/* In Berlin on 29 March 2026 02:00 becomes 03:00, on 25 October 03:00 becomes 02:00. */
static void clock_changes(void **state) {
    (void)state;
    expect("30 2 * * *", berlin, "2026-03-28T12:00:00Z",
           "2026-03-29T01:30:00Z"); /* 02:30 is not: at 03:30 */
    expect("30 2 * * *", berlin, "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z");
    expect("30 2 * * *", berlin, "2026-10-24T12:00:00Z",
           "2026-10-25T00:30:00Z"); /* the first 02:30 */
    expect("30 2 * * *", berlin, "2026-10-25T00:30:00Z",
           "2026-10-26T01:30:00Z"); /* not the second */
    expect("*/30 * * * *", berlin, "2026-10-25T00:30:00Z",
           "2026-10-25T01:00:00Z"); /* real minutes go on */
    expect("*/30 * * * *", berlin, "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z");
    expect("*/30 * * * *", berlin, "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z");
    expect("0 0 * * *", berlin, "2026-03-28T23:30:00Z", "2026-03-29T22:00:00Z");
}

/* Every minute of a year of fires: each strictly later, each fitting. */
static void rises(void **state) {
    static const char *const crons[] = {"*/7 */5 * * *", "0 3 * * 1", "15 14 1 * *", "0 22 * * 1-5",
                                        "23 0-20/2 * * *"};
    (void)state;
    for (size_t i = 0; i < sizeof crons / sizeof *crons; i++) {
        struct cron c;
        assert_int_equal(cron_parse(str_from(crons[i]), &c, NULL), CRM_OK);
        int64_t at = ms("2026-01-01T00:00:00Z"), end = ms("2027-01-01T00:00:00Z");
        while (at < end) {
            int64_t next = cron_next(&c, berlin, at);
            assert_true(next > at && next % 60000 == 0);
            at = next;
        }
    }
}

static void refused(void **state) {
    static const char *const texts[] = {"",
                                        "* * * *",
                                        "* * * * * *",
                                        "60 * * * *",
                                        "* 24 * * *",
                                        "* * 0 * *",
                                        "* * 32 * *",
                                        "* * * 13 *",
                                        "* * * * 8",
                                        "5-1 * * * *",
                                        "*/0 * * * *",
                                        "a * * * *",
                                        "1,,2 * * * *",
                                        "1- * * * *",
                                        "@never",
                                        "* * * foo *",
                                        "-1 * * * *"};
    struct cron c;
    struct err err;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (cron_parse(str_from(texts[i]), &c, &err) != CRM_INVALID)
            fail_msg("\"%s\" was read", texts[i]);
        assert_string_equal(err.text.code, "cron_form");
    }
}

static int open_zones(void **state) {
    (void)state;
    return zone_open(STR("Europe/Berlin"), &berlin, NULL) != CRM_OK ||
           zone_open(STR("UTC"), &utc, NULL) != CRM_OK;
}

static int close_zones(void **state) {
    (void)state;
    zone_close(berlin);
    zone_close(utc);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(plain), cmocka_unit_test(never),
                                       cmocka_unit_test(clock_changes), cmocka_unit_test(rises),
                                       cmocka_unit_test(refused)};
    return cmocka_run_group_tests(tests, open_zones, close_zones);
}
