/* Exact arithmetic and the text forms of decimals and money. All of it is integer work: a decimal
 * is an int64 of millionths, money an int64 of minor units. Currencies' digits: currency.c. */
#include "base/number.h"

bool int64_add(int64_t a, int64_t b, int64_t *ret) {
    int64_t n;
    if (__builtin_add_overflow(a, b, &n)) return false;
    *ret = n;
    return true;
}

bool int64_sub(int64_t a, int64_t b, int64_t *ret) {
    int64_t n;
    if (__builtin_sub_overflow(a, b, &n)) return false;
    *ret = n;
    return true;
}

bool int64_mul(int64_t a, int64_t b, int64_t *ret) {
    int64_t n;
    if (__builtin_mul_overflow(a, b, &n)) return false;
    *ret = n;
    return true;
}

/* numerator / divisor, rounded; false for a zero divisor or a result outside int64. */
static bool divide(__int128 numerator, __int128 divisor, enum rounding rounding, int64_t *ret) {
    if (divisor == 0) return false;
    __int128 quotient = numerator / divisor, rest = numerator % divisor;
    if (rest != 0) {
        bool negative = (rest < 0) != (divisor < 0);
        __int128 size = rest < 0 ? -rest : rest, against = divisor < 0 ? -divisor : divisor;
        int half = (size > against - size) - (size < against - size); /* -1 below, 0 at, 1 above */
        bool away = half > 0 || (half == 0 && (rounding == ROUND_HALF_AWAY || quotient % 2 != 0));
        if (rounding == ROUND_FLOOR) away = negative;
        if (away) quotient += negative ? -1 : 1;
    }
    if (quotient > INT64_MAX || quotient < INT64_MIN) return false;
    *ret = (int64_t)quotient;
    return true;
}

bool int64_mul_div(int64_t a, int64_t b, int64_t c, enum rounding rounding, int64_t *ret) {
    return divide((__int128)a * b, c, rounding, ret);
}

static const int64_t powers[] = {1,      10,      100,      1000,      10000,
                                 100000, 1000000, 10000000, 100000000, 1000000000};
enum { PLACES_MAX = (int)(sizeof powers / sizeof powers[0]) - 1 };

/* [-]digits[.digits] with at most `places` after the point, as an integer of the smallest unit. */
static bool fixed_parse(struct str text, int places, int64_t *ret) {
    bool negative = text.len > 0 && text.ptr[0] == '-';
    size_t at = negative ? 1 : 0, digits = 0;
    int after = -1;
    int64_t n = 0;
    for (; at < text.len; at++) {
        if (text.ptr[at] == '.' && after < 0 && digits > 0) {
            after = 0;
            continue;
        }
        unsigned digit = (unsigned)(unsigned char)text.ptr[at] - '0';
        if (digit > 9) return false;
        if (after >= 0 && ++after > places) return false;
        digits++;
        if (__builtin_mul_overflow(n, 10, &n)) return false;
        if (__builtin_sub_overflow(n, (int64_t)digit, &n)) return false;
    }
    if (digits == 0 || after == 0) return false;
    int missing = places - (after < 0 ? 0 : after);
    if (__builtin_mul_overflow(n, powers[missing], &n)) return false;
    if (!negative && __builtin_sub_overflow((int64_t)0, n, &n)) return false;
    *ret = n;
    return true;
}

/* `least` places at least, trailing zeros behind them dropped. */
static void fixed_format(int64_t n, int places, int least, struct buf *out) {
    uint64_t size = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    uint64_t unit = (uint64_t)powers[places], whole = size / unit, part = size % unit;
    if (n < 0) buf_add_char(out, '-');
    buf_add_uint64(out, whole);
    while (places > least && part % 10 == 0) {
        part /= 10;
        places--;
    }
    if (places > 0) {
        buf_add_char(out, '.');
        buf_add_digits(out, part, (size_t)places);
    }
    if (least > places) {
        if (places == 0) buf_add_char(out, '.');
        for (; places < least; places++)
            buf_add_char(out, '0');
    }
}

bool decimal_parse(struct str text, int64_t *ret_micro) {
    return fixed_parse(text, DECIMAL_PLACES, ret_micro);
}

void decimal_format(int64_t micro, int places, struct buf *out) {
    if (places > 2 * DECIMAL_PLACES) places = 2 * DECIMAL_PLACES;
    fixed_format(micro, DECIMAL_PLACES, places < 0 ? 0 : places, out);
}

bool decimal_from_int(int64_t n, int64_t *ret_micro) {
    return int64_mul(n, DECIMAL_ONE, ret_micro);
}

bool money_parse(struct str text, int digits, int64_t *ret_minor) {
    return digits >= 0 && digits <= PLACES_MAX && fixed_parse(text, digits, ret_minor);
}

void money_format(int64_t minor, int digits, struct buf *out) {
    if (digits < 0) digits = 0;
    if (digits > PLACES_MAX) digits = PLACES_MAX;
    fixed_format(minor, digits, digits, out);
}

bool money_convert(int64_t minor, int from_digits, int64_t rate_micro, int to_digits,
                   int64_t *ret_minor) {
    if (from_digits < 0 || to_digits < 0 || from_digits > PLACES_MAX || to_digits > PLACES_MAX)
        return false;
    __int128 numerator = (__int128)minor * rate_micro, divisor = DECIMAL_ONE;
    if (to_digits > from_digits) {
        if (__builtin_mul_overflow(numerator, (__int128)powers[to_digits - from_digits],
                                   &numerator))
            return false;
    } else {
        divisor *= powers[from_digits - to_digits];
    }
    return divide(numerator, divisor, ROUND_HALF_AWAY, ret_minor);
}

void wide_sum_add(struct wide_sum *s, int64_t n) {
    s->total += n;
    s->count++;
}

bool wide_sum_get(const struct wide_sum *s, int64_t *ret) {
    return divide(s->total, 1, ROUND_FLOOR, ret);
}

bool wide_sum_average(const struct wide_sum *s, int64_t scale, int64_t *ret_micro) {
    __int128 numerator;
    if (__builtin_mul_overflow(s->total, (__int128)scale, &numerator)) return false;
    return divide(numerator, s->count, ROUND_HALF_EVEN, ret_micro);
}
