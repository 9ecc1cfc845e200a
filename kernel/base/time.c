/* Calendar arithmetic over days since 1970-01-01 (days_from_civil and its inverse after Howard
 * Hinnant, "chrono-Compatible Low-Level Date Algorithms") and the clocks. Text forms: time_text.c;
 * zones: zone.c. */
#include "base/time.h"

#include <time.h>

/* Keeps every year within int32 whatever is asked; real dates are far inside. */
#define DAYS_LIMIT INT64_C(700000000000)

static int64_t clock_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int64_t clock_now_ms(void) { return clock_ns(CLOCK_REALTIME) / 1000000; }
int64_t clock_monotonic_ns(void) { return clock_ns(CLOCK_MONOTONIC); }
int64_t clock_thread_cpu_ns(void) { return clock_ns(CLOCK_THREAD_CPUTIME_ID); }

static int64_t clamp(int64_t days) {
    if (days > DAYS_LIMIT) return DAYS_LIMIT;
    return days < -DAYS_LIMIT ? -DAYS_LIMIT : days;
}

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

static bool is_leap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

static int32_t month_days(int64_t year, int32_t month) {
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

bool date_valid(int32_t year, int32_t month, int32_t day) {
    return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
           day <= month_days(year, month);
}

int64_t date_from_civil(int32_t year, int32_t month, int32_t day) {
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = floor_div(y, 400), year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

void date_to_civil(int64_t days, struct civil *ret) {
    int64_t z = clamp(days) + 719468;
    int64_t era = floor_div(z, 146097), day_of_era = z - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153; /* March is 0 */
    int32_t month = (int32_t)(shifted < 10 ? shifted + 3 : shifted - 9);
    *ret = (struct civil){
        .year = (int32_t)(year_of_era + era * 400 + (month <= 2)),
        .month = month,
        .day = (int32_t)(day_of_year - (153 * shifted + 2) / 5 + 1),
    };
}

int date_weekday(int64_t days) {
    int64_t from_thursday = days % 7; /* 1970-01-01 was one */
    return (int)((from_thursday + 7 + 3) % 7) + 1;
}

int64_t date_period_start(int64_t days, enum period period, int week_start, int fiscal_month) {
    days = clamp(days);
    if (period == PERIOD_DAY) return days;
    if (period == PERIOD_WEEK) return days - (date_weekday(days) - week_start + 7) % 7;
    struct civil date;
    date_to_civil(days, &date);
    int32_t months = period == PERIOD_MONTH ? 1 : period == PERIOD_QUARTER ? 3 : 12;
    int32_t anchor = period == PERIOD_MONTH ? 1 : fiscal_month;
    int32_t back = (date.month - anchor + 12) % months;
    int32_t month = date.month - back;
    return month < 1 ? date_from_civil(date.year - 1, month + 12, 1)
                     : date_from_civil(date.year, month, 1);
}

static int64_t add_months(int64_t days, int64_t count) {
    struct civil date;
    date_to_civil(days, &date);
    int64_t months;
    if (__builtin_add_overflow((int64_t)date.year * 12 + date.month - 1, count, &months))
        return count < 0 ? -DAYS_LIMIT : DAYS_LIMIT;
    int64_t year = floor_div(months, 12);
    if (year > 1900000000 || year < -1900000000) return count < 0 ? -DAYS_LIMIT : DAYS_LIMIT;
    int32_t month = (int32_t)(months - year * 12) + 1;
    int32_t last = month_days(year, month);
    return date_from_civil((int32_t)year, month, date.day < last ? date.day : last);
}

int64_t date_add(int64_t days, enum period unit, int64_t count) {
    static const int8_t sizes[] = {[PERIOD_DAY] = 1,
                                   [PERIOD_WEEK] = 7,
                                   [PERIOD_MONTH] = 1,
                                   [PERIOD_QUARTER] = 3,
                                   [PERIOD_YEAR] = 12};
    int64_t steps, sum;
    days = clamp(days);
    if (__builtin_mul_overflow(count, (int64_t)sizes[unit], &steps))
        return count < 0 ? -DAYS_LIMIT : DAYS_LIMIT;
    if (unit == PERIOD_MONTH || unit == PERIOD_QUARTER || unit == PERIOD_YEAR)
        return add_months(days, steps);
    if (__builtin_add_overflow(days, steps, &sum)) return count < 0 ? -DAYS_LIMIT : DAYS_LIMIT;
    return clamp(sum);
}
