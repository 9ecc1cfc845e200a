/* Dates, moments and zones. A date is days since 1970-01-01, a moment is ms since 1970-01-01 UTC;
 * calendar: proleptic Gregorian. Zones are IANA names through ICU, cached per struct zone.
 *
 * Threads: functions any; a struct zone is immutable after zone_open and may be shared. */
#ifndef BASE_TIME_H
#define BASE_TIME_H

#include <crm/status.h>

#include "base/buf.h"
#include "base/err.h"

#define MS_PER_DAY INT64_C(86400000)

struct civil {
    int32_t year, month, day; /* month and day from 1 */
    int32_t hour, minute, second, ms;
};

enum period { PERIOD_DAY, PERIOD_WEEK, PERIOD_MONTH, PERIOD_QUARTER, PERIOD_YEAR };

struct zone;

int64_t clock_now_ms(void); /* wall clock */
int64_t clock_monotonic_ns(void);
int64_t clock_thread_cpu_ns(void);

bool date_valid(int32_t year, int32_t month, int32_t day);
int64_t date_from_civil(int32_t year, int32_t month, int32_t day);
void date_to_civil(int64_t days, struct civil *ret);
/* 1 = Monday ... 7 = Sunday. */
int date_weekday(int64_t days);
/* First day of the period that holds `days`. week_start 1..7; fiscal_month 1..12 shifts quarters
 * and years. */
int64_t date_period_start(int64_t days, enum period period, int week_start, int fiscal_month);
/* Adds; months and more clip to the last day of the month (31 Jan + 1 month = 28/29 Feb). */
int64_t date_add(int64_t days, enum period unit, int64_t count);

/* "2026-11-21" exactly. False for impossible dates; nothing is ever shifted. Years 0001..9999. */
bool date_parse(struct str text, int64_t *ret_days);
void date_format(int64_t days, struct buf *out);
/* RFC 3339 with zone ("2026-11-21T18:26:00Z", "+03:00", up to ms). */
bool time_parse(struct str text, int64_t *ret_ms);
/* Always UTC: "2026-11-21T18:26:00Z", with ".123" only when ms are not 0. */
void time_format(int64_t ms, struct buf *out);

crm_status zone_open(struct str iana_name, struct zone **ret, struct err *err);
void zone_close(struct zone *z);
struct str zone_name(const struct zone *z);
void zone_local(const struct zone *z, int64_t ms, struct civil *ret);
int64_t zone_date(const struct zone *z, int64_t ms); /* the local day of a moment */
/* The first moment of a local day (DST gaps: the first that exists). */
int64_t zone_day_start(const struct zone *z, int64_t days);
/* From `from_ms` on the offset holds, up to the next change; the first is from INT64_MIN. For
 * engines that must know what this zone knows. */
struct zone_change {
    int64_t from_ms;
    int32_t offset_ms;
};
size_t zone_change_count(const struct zone *z);
struct zone_change zone_change_at(const struct zone *z, size_t index);
/* Local wall time to a moment; in a gap the later, in an overlap the earlier one. */
int64_t zone_moment(const struct zone *z, const struct civil *local);

#endif
