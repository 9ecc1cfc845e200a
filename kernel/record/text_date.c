#include "record/text_parse.h"

#include "base/unicode.h"

enum { PARTS_MAX = 3, YEAR_PIVOT = 69 };

struct date_text {
    int64_t part[PARTS_MAX];
    size_t digits[PARTS_MAX];
    size_t count;
    int month_at;   /* position of a month's name, -1 */
    char separator; /* between the first two parts */
};

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool read_number(struct str *s, int64_t *ret, size_t *ret_digits) {
    size_t len = 0;
    while (len < s->len && is_digit(s->ptr[len]))
        len++;
    if (len == 0 || len > 8 || !str_to_int64(str_make(s->ptr, len), ret)) return false;
    *ret_digits = len;
    *s = str_make(s->ptr + len, s->len - len);
    return true;
}

/* Months by their first letters, folded: English and Russian (Russian in both cases of the noun).
 */
static int month_named(struct str word) {
    static const char *const names[12][2] = {{"jan", "янв"}, {"feb", "фев"}, {"mar", "мар"},
                                             {"apr", "апр"}, {"may", "мая"}, {"jun", "июн"},
                                             {"jul", "июл"}, {"aug", "авг"}, {"sep", "сен"},
                                             {"oct", "окт"}, {"nov", "ноя"}, {"dec", "дек"}};
    for (int m = 0; m < 12; m++)
        if (str_starts_with(word, str_from(names[m][0])) ||
            str_starts_with(word, str_from(names[m][1])))
            return m + 1;
    return str_starts_with(word, STR("май")) ? 5 : 0;
}

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80; }

static struct str take_word(struct str *s) {
    size_t len = 0;
    while (len < s->len && is_letter(s->ptr[len]))
        len++;
    struct str word = str_make(s->ptr, len);
    *s = str_make(s->ptr + len, s->len - len);
    return word;
}

/* Separators between parts: one of . / - or blanks and commas around names of months. */
static char take_separator(struct str *s) {
    char seen = 0;
    while (s->len && (s->ptr[0] == '.' || s->ptr[0] == '/' || s->ptr[0] == '-' ||
                      s->ptr[0] == ',' || s->ptr[0] == ' ')) {
        if (seen == 0 || seen == ' ')
            seen = s->ptr[0];
        else if (s->ptr[0] != ' ')
            return 0; /* two of them */
        *s = str_make(s->ptr + 1, s->len - 1);
    }
    return seen;
}

static bool read_parts(struct str *s, struct date_text *ret) {
    *ret = (struct date_text){.month_at = -1};
    while (ret->count < PARTS_MAX) {
        if (ret->count) {
            char separator = take_separator(s);
            if (!separator) return false;
            if (ret->count == 1)
                ret->separator = separator;
            else if (ret->month_at < 0 && separator != ret->separator)
                return false;
        }
        size_t at = ret->count;
        if (s->len && is_letter(s->ptr[0]) && ret->month_at < 0) {
            ret->part[at] = month_named(take_word(s));
            ret->month_at = (int)at;
            if (ret->part[at] == 0) return false;
        } else if (!read_number(s, &ret->part[at], &ret->digits[at])) {
            return false;
        }
        ret->count++;
        if (at == 0 && ret->digits[0] == 8) { /* 20170624 */
            int64_t n = ret->part[0];
            ret->part[0] = n / 10000;
            ret->part[1] = n / 100 % 100;
            ret->part[2] = n % 100;
            ret->digits[0] = 4;
            ret->digits[1] = ret->digits[2] = 2;
            ret->count = 3;
        }
    }
    return true;
}

static int64_t full_year(const struct date_text *d, int at) {
    if (d->digits[at] != 2) return d->part[at];
    return d->part[at] < YEAR_PIVOT ? 2000 + d->part[at] : 1900 + d->part[at];
}

static enum text_date make(const struct date_text *d, int year_at, int month_at, int day_at,
                           int64_t *ret) {
    int64_t year = full_year(d, year_at);
    bool form = (d->digits[year_at] == 4 || d->digits[year_at] == 2) && d->digits[day_at] <= 2 &&
                (month_at == d->month_at || d->digits[month_at] <= 2);
    if (!form) return TEXT_DATE_UNREAD;
    if (year < 1 || year > 9999 ||
        !date_valid((int32_t)year, (int32_t)d->part[month_at], (int32_t)d->part[day_at]))
        return TEXT_DATE_IMPOSSIBLE;
    *ret = date_from_civil((int32_t)year, (int32_t)d->part[month_at], (int32_t)d->part[day_at]);
    return TEXT_DATE_OK;
}

/* Without a stated order: points mean day first; else only what can be read in one way. */
static enum text_date guess(const struct date_text *d, int64_t *ret) {
    if (d->digits[2] != 4) return TEXT_DATE_AMBIGUOUS;
    if (d->separator == '.') return make(d, 2, 1, 0, ret);
    int64_t day_first = 0, month_first = 0;
    bool a = make(d, 2, 1, 0, &day_first) == TEXT_DATE_OK,
         b = make(d, 2, 0, 1, &month_first) == TEXT_DATE_OK;
    if (!a && !b) return TEXT_DATE_IMPOSSIBLE;
    if (a && b && day_first != month_first) return TEXT_DATE_AMBIGUOUS;
    *ret = a ? day_first : month_first;
    return TEXT_DATE_OK;
}

static enum text_date order_parts(const struct date_text *d, struct str order, int64_t *ret) {
    if (d->month_at == 1) return d->digits[0] == 4 ? make(d, 0, 1, 2, ret) : make(d, 2, 1, 0, ret);
    if (d->month_at == 0) return make(d, 2, 0, 1, ret);
    if (d->month_at == 2) return TEXT_DATE_UNREAD;
    if (d->digits[0] == 4) return make(d, 0, 1, 2, ret);
    if (str_is(order, "dmy")) return make(d, 2, 1, 0, ret);
    if (str_is(order, "mdy")) return make(d, 2, 0, 1, ret);
    if (str_is(order, "ymd")) return make(d, 0, 1, 2, ret);
    return guess(d, ret);
}

/* "T18:26", " 6:26:00 PM", "" -> ms of the day, -1 for none. False: something else stands there. */
static bool read_clock(struct str s, int64_t *ret) {
    int64_t part[3] = {0}, ms = 0;
    size_t digits = 0, count = 0;
    *ret = -1;
    if (s.len && (s.ptr[0] == 't' || s.ptr[0] == ',')) s = str_make(s.ptr + 1, s.len - 1);
    s = str_trim(s);
    if (s.len == 0 || str_is(s, "г.") || str_is(s, "г")) return true;
    for (; count < 3; count++) {
        if (count && (s.len == 0 || s.ptr[0] != ':')) break;
        if (count) s = str_make(s.ptr + 1, s.len - 1);
        if (!read_number(&s, &part[count], &digits) || digits > 2) return false;
    }
    if (count == 3 && s.len && s.ptr[0] == '.') {
        s = str_make(s.ptr + 1, s.len - 1);
        if (!read_number(&s, &ms, &digits)) return false;
        for (; digits > 3; digits--)
            ms /= 10;
        for (; digits < 3; digits++)
            ms *= 10;
    }
    s = str_trim(s);
    bool am = str_is(s, "am"), pm = str_is(s, "pm");
    if (s.len && !am && !pm) return false;
    if ((am || pm) && (part[0] < 1 || part[0] > 12)) return false;
    if (am || pm) part[0] = part[0] % 12 + (pm ? 12 : 0);
    if (count < 2 && !am && !pm) return false;
    if (part[0] > 23 || part[1] > 59 || part[2] > 59) return false;
    *ret = ((part[0] * 60 + part[1]) * 60 + part[2]) * 1000 + ms;
    return true;
}

enum text_date text_date(struct str text, struct str order, int64_t *ret_days,
                         int64_t *ret_ms_of_day) {
    struct arena scratch;
    arena_init(&scratch, 4096);
    struct str s =
        str_trim(fold_text_arena(&scratch, text.len > 100 ? str_make(text.ptr, 100) : text));
    struct date_text d;
    int64_t days = 0, clock = -1;
    enum text_date outcome = s.ptr && read_parts(&s, &d) && read_clock(s, &clock)
                                 ? order_parts(&d, order, &days)
                                 : TEXT_DATE_UNREAD;
    arena_fini(&scratch);
    if (outcome != TEXT_DATE_OK) return outcome;
    *ret_days = days;
    *ret_ms_of_day = clock;
    return outcome;
}

bool text_bool(struct str folded, bool *ret) {
    static const char *const yes[] = {"true", "yes",    "y", "1", "on", "t",
                                      "да",   "истина", "x", "✓", "+"};
    static const char *const no[] = {"false", "no", "n", "0", "off", "f", "нет", "ложь", "-"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        if (str_is(folded, yes[i])) return *ret = true, true;
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        if (str_is(folded, no[i])) return *ret = false, true;
    return false;
}

bool text_is_null_word(struct str folded) {
    static const char *const words[] = {
        "n/a", "na",         "#n/a",       "null",       "nil",       "none",
        "nan", "-",          "--",         "–",          "—",         "?",
        "н/д", "нет данных", "не указано", "не закрыта", "не закрыт", "not closed"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_is(folded, words[i])) return true;
    return false;
}
