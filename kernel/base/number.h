/* Exact arithmetic: int64 integers, decimals with six places, money in minor units. Never floats.
 *
 * Every operation is checked; leaving 64 bits is CRM_RANGE. Both engines and the evaluator give the
 * same results because they use these very functions (SQLite) or their SQL twins (PostgreSQL).
 * Threads: any. */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <crm/status.h>

#include "base/buf.h"
#include "base/value.h"

enum { DECIMAL_PLACES = 6 };
#define DECIMAL_ONE INT64_C(1000000)

enum rounding { ROUND_HALF_EVEN, ROUND_HALF_AWAY, ROUND_FLOOR };

bool int64_add(int64_t a, int64_t b, int64_t *ret);
bool int64_sub(int64_t a, int64_t b, int64_t *ret);
bool int64_mul(int64_t a, int64_t b, int64_t *ret);
/* a * b / c through 128 bits; false for c == 0 or a result outside int64. */
bool int64_mul_div(int64_t a, int64_t b, int64_t c, enum rounding rounding, int64_t *ret);

/* "-12.5", "1,5" is not accepted here (import normalises first). More than six places: refused. */
bool decimal_parse(struct str text, int64_t *ret_micro);
/* Shortest form ("12.5", "3"); `places` >= 0 pads to that many. */
void decimal_format(int64_t micro, int places, struct buf *out);
bool decimal_from_int(int64_t n, int64_t *ret_micro);

/* ISO 4217 digits after the point (ICU): USD 2, JPY 0, KWD 3; -1 for a code that is not known. */
int currency_digits(struct currency currency);
bool currency_parse(struct str code, struct currency *ret);
/* "1054" or "1054.00" -> 105400 for two digits. More places than the currency has: false. */
bool money_parse(struct str text, int digits, int64_t *ret_minor);
void money_format(int64_t minor, int digits, struct buf *out);
/* Amount in another currency: minor units, rate with six places (units of `to` per unit of `from`),
 * half away from zero. */
bool money_convert(int64_t minor, int from_digits, int64_t rate_micro, int to_digits,
                   int64_t *ret_minor);

/* 128-bit running sums for aggregates: overflow is found at the end, not on the way. */
struct wide_sum {
    __int128 total;
    int64_t count;
};
void wide_sum_add(struct wide_sum *s, int64_t n);
bool wide_sum_get(const struct wide_sum *s, int64_t *ret);
/* total * scale / count, half even: the average with six places of integers (scale 1,000,000) or
 * decimals (scale 1). */
bool wide_sum_average(const struct wide_sum *s, int64_t scale, int64_t *ret_micro);

#endif
