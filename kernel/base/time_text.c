/* Dates and moments as text: ISO 8601 dates and RFC 3339 moments, read exactly and written by table
 * instead of printf, because every record in every answer has some. */
#include "base/time.h"

#define MOMENT_FIRST_MS (INT64_C(-719162) * MS_PER_DAY) /* 0001-01-01T00:00:00Z */
#define MOMENT_LAST_MS                                                                             \
    (INT64_C(2932896) * MS_PER_DAY + MS_PER_DAY - 1) /* 9999-12-31T23:59:59.999Z */

/* `count` digits at `at`; -1 when there are others. */
static int32_t digits(const char *at, size_t count) {
    int32_t n = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned digit = (unsigned)(unsigned char)at[i] - '0';
        if (digit > 9) return -1;
        n = n * 10 + (int32_t)digit;
    }
    return n;
}

bool date_parse(struct str text, int64_t *ret_days) {
    if (text.len != 10 || text.ptr[4] != '-' || text.ptr[7] != '-') return false;
    int32_t year = digits(text.ptr, 4), month = digits(text.ptr + 5, 2),
            day = digits(text.ptr + 8, 2);
    if (!date_valid(year, month, day)) return false;
    *ret_days = date_from_civil(year, month, day);
    return true;
}

static void put_two(char *to, int32_t n) {
    to[0] = (char)('0' + n / 10);
    to[1] = (char)('0' + n % 10);
}

static void put_date(char *to, const struct civil *date) {
    put_two(to, date->year / 100);
    put_two(to + 2, date->year % 100);
    to[4] = '-';
    put_two(to + 5, date->month);
    to[7] = '-';
    put_two(to + 8, date->day);
}

/* Years that need no sign take ten characters; the rest is ISO 8601's expanded form. */
static void add_date(const struct civil *date, struct buf *out) {
    if (date->year >= 0 && date->year <= 9999) {
        char text[10];
        put_date(text, date);
        buf_add(out, text, sizeof text);
        return;
    }
    int64_t year = date->year;
    buf_add_char(out, year < 0 ? '-' : '+');
    uint64_t size = (uint64_t)(year < 0 ? -year : year);
    if (size < 1000) buf_add_digits(out, 0, size < 10 ? 3 : size < 100 ? 2 : 1);
    buf_add_uint64(out, size);
    buf_add_char(out, '-');
    buf_add_digits(out, (uint64_t)date->month, 2);
    buf_add_char(out, '-');
    buf_add_digits(out, (uint64_t)date->day, 2);
}

void date_format(int64_t days, struct buf *out) {
    struct civil date;
    date_to_civil(days, &date);
    add_date(&date, out);
}

/* "Z" or "+hh:mm"; minutes east. */
static bool offset_parse(struct str text, int32_t *ret_minutes) {
    if (text.len == 1 && (text.ptr[0] == 'Z' || text.ptr[0] == 'z')) {
        *ret_minutes = 0;
        return true;
    }
    if (text.len != 6 || (text.ptr[0] != '+' && text.ptr[0] != '-') || text.ptr[3] != ':')
        return false;
    int32_t hour = digits(text.ptr + 1, 2), minute = digits(text.ptr + 4, 2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return false;
    *ret_minutes = (text.ptr[0] == '-' ? -1 : 1) * (hour * 60 + minute);
    return true;
}

/* Takes ".d", ".dd" or ".ddd" off the front. */
static bool fraction_take(struct str *rest, int32_t *ret_ms) {
    *ret_ms = 0;
    if (rest->len == 0 || rest->ptr[0] != '.') return true;
    static const int32_t weight[] = {0, 100, 10, 1};
    size_t count = 0;
    while (count + 1 < rest->len && digits(rest->ptr + 1 + count, 1) >= 0)
        count++;
    if (count < 1 || count > 3) return false;
    *ret_ms = digits(rest->ptr + 1, count) * weight[count];
    *rest = str_make(rest->ptr + 1 + count, rest->len - 1 - count);
    return true;
}

bool time_parse(struct str text, int64_t *ret_ms) {
    int64_t days;
    if (text.len < 20 || (text.ptr[10] != 'T' && text.ptr[10] != 't')) return false;
    if (text.ptr[13] != ':' || text.ptr[16] != ':') return false;
    if (!date_parse(str_make(text.ptr, 10), &days)) return false;
    int32_t hour = digits(text.ptr + 11, 2), minute = digits(text.ptr + 14, 2);
    int32_t second = digits(text.ptr + 17, 2), ms, east;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return false;
    struct str rest = str_make(text.ptr + 19, text.len - 19);
    if (!fraction_take(&rest, &ms) || !offset_parse(rest, &east)) return false;
    int64_t moment = days * MS_PER_DAY +
                     ((int64_t)hour * 3600 + minute * 60 + second - (int64_t)east * 60) * 1000 + ms;
    if (moment < MOMENT_FIRST_MS || moment > MOMENT_LAST_MS) return false;
    *ret_ms = moment;
    return true;
}

void time_format(int64_t ms, struct buf *out) {
    int64_t days = ms / MS_PER_DAY - (ms % MS_PER_DAY < 0);
    int32_t of_day = (int32_t)(ms - days * MS_PER_DAY), seconds = of_day / 1000;
    struct civil date;
    date_to_civil(days, &date);
    add_date(&date, out);
    char text[14] = "T00:00:00";
    size_t len = 9;
    put_two(text + 1, seconds / 3600);
    put_two(text + 4, seconds / 60 % 60);
    put_two(text + 7, seconds % 60);
    if (of_day % 1000 != 0) {
        text[len] = '.';
        text[len + 1] = (char)('0' + of_day / 100 % 10);
        put_two(text + len + 2, of_day % 100);
        len += 4;
    }
    text[len++] = 'Z';
    buf_add(out, text, len);
}
