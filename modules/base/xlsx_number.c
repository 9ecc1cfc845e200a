/* See xlsx_number.h. */
#include "xlsx_number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_MS = 86400000, EPOCH_DAYS = 25569, DAYS_1904 = 1462, LAST_DAY = 2958465 };

void xlsx_style_builtin(int n, struct xlsx_style *ret) {
    *ret = (struct xlsx_style){XLSX_PLAIN, ""};
    if ((n >= 14 && n <= 22) || (n >= 27 && n <= 36) || n == 45 || n == 47 || (n >= 50 && n <= 58))
        ret->look = XLSX_DATE;
    else if (n == 9 || n == 10)
        ret->look = XLSX_SHARE;
}

/* [$EUR], [$EUR-407], [$€-2]: what stands between. */
static void read_currency(const char *ptr, size_t len, struct xlsx_style *ret) {
    static const struct {
        const char *sign, *code;
    } signs[] = {{"€", "EUR"}, {"£", "GBP"}, {"₽", "RUB"},
                 {"₴", "UAH"}, {"₸", "KZT"}, {"₹", "INR"}};
    const char *dash = memchr(ptr, '-', len);
    if (dash) len = (size_t)(dash - ptr);
    bool is_code = len == 3;
    for (size_t i = 0; is_code && i < 3; i++)
        is_code = ptr[i] >= 'A' && ptr[i] <= 'Z';
    if (is_code) snprintf(ret->currency, sizeof ret->currency, "%.3s", ptr);
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (strlen(signs[i].sign) == len && memcmp(signs[i].sign, ptr, len) == 0)
            snprintf(ret->currency, sizeof ret->currency, "%s", signs[i].code);
}

/* The first section only: others are for negative numbers and texts. */
void xlsx_style_code(const char *code, struct xlsx_style *ret) {
    bool dates = false, share = false, elapsed = false, digits = false;
    *ret = (struct xlsx_style){XLSX_PLAIN, ""};
    for (const char *at = code; *at && *at != ';'; at++) {
        if (*at == '"') {
            at = strchr(at + 1, '"');
            if (!at) break;
        } else if (*at == '[') {
            const char *shut = strchr(at, ']');
            if (!shut) break;
            if (at[1] == '$') read_currency(at + 2, (size_t)(shut - at) - 2, ret);
            elapsed = elapsed || (strchr("hHmMsS", at[1]) && (at[2] == ']' || at[2] == at[1]));
            at = shut;
        } else if (*at == '\\' || *at == '_' || *at == '*') {
            if (at[1]) at++;
        } else if (strchr("dDmMyYhHsS", *at)) {
            dates = true;
        } else if (*at == '%') {
            share = true;
        } else if (*at == '#' || *at == '?') {
            digits = true;
        } else if (strncmp(at, "General", 7) == 0) {
            break;
        }
    }
    if (dates && !elapsed && !digits)
        ret->look = XLSX_DATE;
    else if (share)
        ret->look = XLSX_SHARE;
    if (ret->look != XLSX_PLAIN) ret->currency[0] = 0;
}

/* Fifteen digits, as a spreadsheet shows them, without an exponent where that is possible. */
static void add_number(double n, struct bytes *out) {
    char text[64];
    snprintf(text, sizeof text, "%.15g", n);
    char *exponent = strchr(text, 'e');
    if (exponent && fabs(n) < 1e21) {
        int places = fabs(n) >= 1 ? 0 : 14 - (int)floor(log10(fabs(n)));
        snprintf(text, sizeof text, "%.*f", places > 40 ? 40 : places, n);
        size_t len = strlen(text);
        while (strchr(text, '.') && len > 1 && (text[len - 1] == '0' || text[len - 1] == '.')) {
            bool was_point = text[len - 1] == '.';
            text[--len] = 0;
            if (was_point) break;
        }
    }
    bytes_text(out, text);
}

static void civil(int64_t days, int *year, int *month, int *day) {
    int64_t z = days + 719468, era = z / 146097, doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    *day = (int)(doy - (153 * mp + 2) / 5 + 1);
    *month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *year = (int)(yoe + era * 400 + (*month <= 2));
}

/* Day 60 is a 29th of February 1900 that never was: earlier days are one off. */
static void add_date(double n, bool since_1904, struct bytes *out) {
    char text[64];
    int64_t day = (int64_t)floor(n);
    int64_t ms = (int64_t)llround((n - floor(n)) * DAY_MS);
    if (ms == DAY_MS) {
        ms = 0;
        day++;
    }
    if (since_1904) day += DAYS_1904;
    int second = (int)(ms / 1000), rest = (int)(ms % 1000);
    char clock[32] = "";
    if (ms != 0 || day == 0)
        snprintf(clock, sizeof clock, "%02d:%02d:%02d", second / 3600, second / 60 % 60,
                 second % 60);
    if (rest) snprintf(clock + strlen(clock), sizeof clock - strlen(clock), ".%03d", rest);
    if (day == 0) {
        bytes_text(out, clock);
        return;
    }
    int year, month, date;
    civil(day - EPOCH_DAYS + (day < 60 && !since_1904), &year, &month, &date);
    snprintf(text, sizeof text, "%04d-%02d-%02d%s%s", year, month, date, *clock ? " " : "", clock);
    bytes_text(out, text);
}

void xlsx_number_text(const char *number, const struct xlsx_style *style, bool since_1904,
                      struct bytes *out) {
    char *end = NULL;
    double n = strtod(number, &end);
    bool is_number = end != number && *end == 0 && isfinite(n) &&
                     strspn(number, "0123456789+-.eE") == strlen(number);
    if (!is_number) {
        bytes_text(out, number);
    } else if (style->look == XLSX_DATE && n >= 0 && n <= LAST_DAY) {
        add_date(n, since_1904, out);
    } else if (style->look == XLSX_SHARE) {
        add_number(n * 100, out);
        bytes_text(out, "%");
    } else {
        add_number(n, out);
        if (style->currency[0]) {
            bytes_text(out, " ");
            bytes_text(out, style->currency);
        }
    }
}
