/* Values as people and spreadsheets write them, into exact ones. Nothing is guessed that could be
 * another number or day; what is impossible is refused, never shifted.
 *
 * Private to record/. Pure functions; threads: any. */
#ifndef RECORD_TEXT_PARSE_H
#define RECORD_TEXT_PARSE_H

#include "base/err.h"
#include "base/number.h"
#include "base/time.h"

enum { TEXT_NUMBER_BYTES = 64 };

/* "1 234,50" "1,234.5" "(12)" "−7" "1'000" "12 %" "1.5E+03" -> plain "-1234.50" in `room`, exact.
 * Thousands need groups of three. One comma before exactly three digits ("1,234") is thousands, any
 * other single one a decimal comma; a single point is a decimal point. False: not a number. */
bool text_number(struct str text, char room[TEXT_NUMBER_BYTES]);
/* A number with a sign, code or word of a currency before or behind it; *ret_currency "" when there
 * is none. The number goes to `room`. */
bool text_money(struct str text, char room[TEXT_NUMBER_BYTES], struct currency *ret_currency);

enum text_date { TEXT_DATE_OK, TEXT_DATE_UNREAD, TEXT_DATE_IMPOSSIBLE, TEXT_DATE_AMBIGUOUS };
/* `order`: dmy, mdy, ymd or empty. Year first and ISO forms are always read; names of months too
 * ("24 Jun 2017", "June 24, 2017", "24 июня 2017 г."). Without an order, D.M.Y with points is day
 * first, and with slashes only what can be read in one way. A time of day may follow: it is in
 * *ret_ms_of_day, -1 when there is none. */
enum text_date text_date(struct str text, struct str order, int64_t *ret_days,
                         int64_t *ret_ms_of_day);
bool text_bool(struct str folded, bool *ret);
bool text_is_null_word(struct str folded);

#endif
