/* Numbers, money and dates as people and spreadsheets write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "record/text_parse.h"

static void expect_number(const char *text, const char *wanted) {
    char room[TEXT_NUMBER_BYTES] = "?";
    bool read = text_number(str_from(text), room);
    if (!wanted) {
        if (read) fail_msg("\"%s\" was read as %s", text, room);
        return;
    }
    if (!read) fail_msg("\"%s\" was not read", text);
    assert_string_equal(room, wanted);
}

static void numbers(void **state) {
    (void)state;
    expect_number("12", "12");
    expect_number(" -12.50 ", "-12.50");
    expect_number("1 234 567,89", "1234567.89");
    expect_number("1\xC2\xA0"
                  "234,5",
                  "1234.5");
    expect_number("1\xE2\x80\xAF"
                  "234",
                  "1234");
    expect_number("1,234.56", "1234.56");
    expect_number("1.234,56", "1234.56");
    expect_number("1,234,567", "1234567");
    expect_number("1.234.567", "1234567");
    expect_number("1,234", "1234");
    expect_number("0,234", "0.234");
    expect_number("12,5", "12.5");
    expect_number("12,50", "12.50");
    expect_number("1.234", "1.234");
    expect_number("1'000.5", "1000.5");
    expect_number("(45.10)", "-45.10");
    expect_number("\xE2\x88\x92"
                  "7",
                  "-7");
    expect_number("45-", "-45");
    expect_number("12 %", "12");
    expect_number("1.5E+03", "1500");
    expect_number("25e-1", "2.5");
    expect_number("5E-3", "0.005");
    expect_number(".5", "0.5");
    expect_number("5.", "5");
}

static void not_numbers(void **state) {
    (void)state;
    static const char *const texts[] = {
        "",   " ",  "-",  ".",    "abc",  "1a",        "1 23", "12,34,5", "1,23.4", "1.2.3", "--5",
        "(5", "5)", "1e", "1e99", "0x10", "1,234.5,6", "1..2", "% 5",     "NaN",    "5-6"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        expect_number(texts[i], NULL);
}

static void expect_money(const char *text, const char *number, const char *code) {
    char room[TEXT_NUMBER_BYTES] = "?";
    struct currency c = {"?"};
    if (!text_money(str_from(text), room, &c)) fail_msg("\"%s\" was not read", text);
    assert_string_equal(room, number);
    assert_string_equal(c.code, code);
}

static void money(void **state) {
    (void)state;
    expect_money("$1,054.00", "1054.00", "USD");
    expect_money("-$5", "-5", "USD");
    expect_money("US$ 5", "5", "USD");
    expect_money("1 234,50 \xE2\x82\xBD", "1234.50", "RUB");
    expect_money("1 234,50 руб.", "1234.50", "RUB");
    expect_money("EUR 12", "12", "EUR");
    expect_money("12 KWD", "12", "KWD");
    expect_money("99.5", "99.5", "");
    char room[TEXT_NUMBER_BYTES];
    struct currency c;
    assert_false(text_money(STR("$"), room, &c));
    assert_false(text_money(STR("12 XX1"), room, &c));
}

static void expect_date(const char *text, const char *order, enum text_date outcome,
                        const char *wanted, int64_t ms) {
    int64_t days = 0, clock = -2;
    enum text_date got = text_date(str_from(text), str_from(order), &days, &clock);
    if (got != outcome)
        fail_msg("\"%s\" (%s): outcome %d, not %d", text, order, (int)got, (int)outcome);
    if (outcome != TEXT_DATE_OK) return;
    struct buf room;
    buf_init(&room, 64);
    date_format(days, &room);
    assert_string_equal(room.ptr, wanted);
    assert_int_equal(clock, ms);
    buf_fini(&room);
}

static void dates(void **state) {
    (void)state;
    expect_date("2017-03-01", "", TEXT_DATE_OK, "2017-03-01", -1);
    expect_date("2017-03-01", "dmy", TEXT_DATE_OK, "2017-03-01", -1);
    expect_date("2017/3/1", "", TEXT_DATE_OK, "2017-03-01", -1);
    expect_date("20170301", "", TEXT_DATE_OK, "2017-03-01", -1);
    expect_date("01.03.2017", "", TEXT_DATE_OK, "2017-03-01", -1);
    expect_date("01/03/2017", "dmy", TEXT_DATE_OK, "2017-03-01", -1);
    expect_date("01/03/2017", "mdy", TEXT_DATE_OK, "2017-01-03", -1);
    expect_date("1-3-17", "dmy", TEXT_DATE_OK, "2017-03-01", -1);
    expect_date("17-3-1", "ymd", TEXT_DATE_OK, "2017-03-01", -1);
    expect_date("3/24/99", "mdy", TEXT_DATE_OK, "1999-03-24", -1);
    expect_date("24/03/2017", "", TEXT_DATE_OK, "2017-03-24", -1);
    expect_date("03/03/2017", "", TEXT_DATE_OK, "2017-03-03", -1);
    expect_date("24 Jun 2017", "", TEXT_DATE_OK, "2017-06-24", -1);
    expect_date("June 24, 2017", "dmy", TEXT_DATE_OK, "2017-06-24", -1);
    expect_date("24 июня 2017 г.", "", TEXT_DATE_OK, "2017-06-24", -1);
    expect_date("9 мая 2017", "", TEXT_DATE_OK, "2017-05-09", -1);
    expect_date("24-Jun-17", "", TEXT_DATE_OK, "2017-06-24", -1);
    expect_date("2017-03-01 18:26:05", "", TEXT_DATE_OK, "2017-03-01", 66365000);
    expect_date("3/24/2017 12:05 AM", "mdy", TEXT_DATE_OK, "2017-03-24", 300000);
    expect_date("3/24/2017 1 pm", "mdy", TEXT_DATE_OK, "2017-03-24", 46800000);
    expect_date("2017-03-01T18:26:05.5", "", TEXT_DATE_OK, "2017-03-01", 66365500);
}

static void not_dates(void **state) {
    (void)state;
    expect_date("31.02.2017", "", TEXT_DATE_IMPOSSIBLE, NULL, 0);
    expect_date("2017-02-29", "", TEXT_DATE_IMPOSSIBLE, NULL, 0);
    expect_date("24/03/2017", "mdy", TEXT_DATE_IMPOSSIBLE, NULL, 0);
    expect_date("00.00.0000", "dmy", TEXT_DATE_IMPOSSIBLE, NULL, 0);
    expect_date("01/03/2017", "", TEXT_DATE_AMBIGUOUS, NULL, 0);
    expect_date("01/03/17", "", TEXT_DATE_AMBIGUOUS, NULL, 0);
    expect_date("tomorrow", "", TEXT_DATE_UNREAD, NULL, 0);
    expect_date("", "", TEXT_DATE_UNREAD, NULL, 0);
    expect_date("42910", "", TEXT_DATE_UNREAD, NULL, 0);
    expect_date("1.2", "dmy", TEXT_DATE_UNREAD, NULL, 0);
    expect_date("01.03/2017", "dmy", TEXT_DATE_UNREAD, NULL, 0);
    expect_date("01.03.2017 25:00", "dmy", TEXT_DATE_UNREAD, NULL, 0);
    expect_date("01.03.2017 x", "dmy", TEXT_DATE_UNREAD, NULL, 0);
    expect_date("01.03.201", "dmy", TEXT_DATE_UNREAD, NULL, 0);
    expect_date("24 Foo 2017", "", TEXT_DATE_UNREAD, NULL, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(numbers), cmocka_unit_test(not_numbers),
                                       cmocka_unit_test(money), cmocka_unit_test(dates),
                                       cmocka_unit_test(not_dates)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
