/* Time zones: ICU is asked once, when a zone is opened, for every change of its offset from 1900 to
 * 2100; after that a lookup is a binary search without locks. Before and behind those years the
 * nearest offset holds. */
#include "base/time.h"

#include <stdlib.h>
#include <unicode/ucal.h>
#include <unicode/ustring.h>

#include "base/messages.h"

enum { NAME_BYTES = 64, CHANGES_FIRST = 64, CHANGES_MAX = 4096 };
#define YEARS_FROM_MS INT64_C(-2208988800000) /* 1900-01-01 */
#define YEARS_TO_MS   INT64_C(4102444800000)  /* 2100-01-01 */

struct zone {
    size_t count, capacity;
    struct zone_change *changes; /* in order; the first is INT64_MIN */
    char name[NAME_BYTES];
};

static bool change_add(struct zone *z, int64_t from_ms, int32_t offset_ms) {
    if (z->count && z->changes[z->count - 1].offset_ms == offset_ms)
        return true; /* only a new name */
    if (z->count == z->capacity) {
        size_t capacity = z->capacity ? z->capacity * 2 : CHANGES_FIRST;
        if (capacity > CHANGES_MAX) return false;
        struct zone_change *moved = realloc(z->changes, capacity * sizeof *moved);
        if (!moved) return false;
        z->changes = moved;
        z->capacity = capacity;
    }
    z->changes[z->count++] = (struct zone_change){from_ms, offset_ms};
    return true;
}

static int32_t icu_offset(UCalendar *calendar, int64_t ms, UErrorCode *status) {
    ucal_setMillis(calendar, (UDate)ms, status);
    return ucal_get(calendar, UCAL_ZONE_OFFSET, status) +
           ucal_get(calendar, UCAL_DST_OFFSET, status);
}

static crm_status changes_load(struct zone *z, UCalendar *calendar, struct err *err) {
    UErrorCode status = U_ZERO_ERROR;
    int64_t from = INT64_MIN, at = YEARS_FROM_MS;
    while (U_SUCCESS(status)) {
        if (!change_add(z, from, icu_offset(calendar, at, &status))) return err_no_memory(err);
        UDate next = 0;
        ucal_setMillis(calendar, (UDate)at, &status);
        if (!ucal_getTimeZoneTransitionDate(calendar, UCAL_TZ_TRANSITION_NEXT, &next, &status))
            break;
        if (next >= (UDate)YEARS_TO_MS || (int64_t)next <= at) break;
        from = at = (int64_t)next;
    }
    if (U_FAILURE(status)) return err_internal(err, "zone %s: %s", z->name, u_errorName(status));
    return CRM_OK;
}

/* ICU opens GMT for a name it does not know, so the name is checked against its list first. */
static bool name_known(const UChar *name, int32_t len) {
    UChar canonical[NAME_BYTES];
    UErrorCode status = U_ZERO_ERROR;
    UBool is_system = 0;
    ucal_getCanonicalTimeZoneID(name, len, canonical, NAME_BYTES, &is_system, &status);
    return U_SUCCESS(status) && is_system;
}

crm_status zone_open(struct str iana_name, struct zone **ret, struct err *err) {
    UChar name[NAME_BYTES];
    int32_t len = 0;
    UErrorCode status = U_ZERO_ERROR;
    if (iana_name.len > 0 && iana_name.len < NAME_BYTES)
        u_strFromUTF8(name, NAME_BYTES, &len, iana_name.ptr, (int32_t)iana_name.len, &status);
    if (len == 0 || U_FAILURE(status) || !name_known(name, len))
        return err_set_args(err, CRM_INVALID, &base_zone_unknown, &iana_name, 1);
    struct zone *z = calloc(1, sizeof *z);
    if (!z) return err_no_memory(err);
    memcpy(z->name, iana_name.ptr, iana_name.len);
    UCalendar *calendar = ucal_open(name, len, "", UCAL_GREGORIAN, &status);
    crm_status result = U_FAILURE(status) ? err_internal(err, "ucal_open: %s", u_errorName(status))
                                          : changes_load(z, calendar, err);
    if (calendar) ucal_close(calendar);
    if (result != CRM_OK) {
        zone_close(z);
        return result;
    }
    *ret = z;
    return CRM_OK;
}

void zone_close(struct zone *z) {
    if (!z) return;
    free(z->changes);
    free(z);
}

struct str zone_name(const struct zone *z) {
    return str_from(z->name);
}

size_t zone_change_count(const struct zone *z) { return z->count; }
struct zone_change zone_change_at(const struct zone *z, size_t index) {
    return z->changes[index];
}

/* The change in force at a moment. */
static const struct zone_change *change_at(const struct zone *z, int64_t ms) {
    size_t low = 0, high = z->count; /* changes[low].from_ms <= ms < changes[high].from_ms */
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (z->changes[middle].from_ms <= ms) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return &z->changes[low];
}

static int64_t shift(int64_t ms, int64_t by) {
    int64_t sum;
    if (__builtin_add_overflow(ms, by, &sum)) return by < 0 ? INT64_MIN : INT64_MAX;
    return sum;
}

static int64_t floor_days(int64_t ms) { return ms / MS_PER_DAY - (ms % MS_PER_DAY < 0); }

void zone_local(const struct zone *z, int64_t ms, struct civil *ret) {
    int64_t local = shift(ms, change_at(z, ms)->offset_ms), days = floor_days(local);
    int32_t of_day = (int32_t)(local - days * MS_PER_DAY);
    date_to_civil(days, ret);
    ret->hour = of_day / 3600000;
    ret->minute = of_day / 60000 % 60;
    ret->second = of_day / 1000 % 60;
    ret->ms = of_day % 1000;
}

int64_t zone_date(const struct zone *z, int64_t ms) {
    return floor_days(shift(ms, change_at(z, ms)->offset_ms));
}

/* The moment of a local time (as if UTC). *ret_gap is the change that skipped it, NULL when the
 * time exists. An offset lies within a day of UTC, so the changes a day around it are all that
 * matter. */
static int64_t resolve(const struct zone *z, int64_t local_ms, const struct zone_change **ret_gap) {
    const struct zone_change *before = change_at(z, shift(local_ms, -MS_PER_DAY));
    const struct zone_change *after = change_at(z, shift(local_ms, MS_PER_DAY));
    *ret_gap = NULL;
    for (const struct zone_change *c = before; c <= after; c++) {
        int64_t moment = shift(local_ms, -(int64_t)c->offset_ms);
        if (change_at(z, moment) == c) return moment;
    }
    for (const struct zone_change *c = before + 1; c <= after; c++) {
        if (local_ms < shift(c->from_ms, c->offset_ms)) {
            *ret_gap = c;
            return shift(local_ms, -(int64_t)c[-1].offset_ms);
        }
    }
    return shift(local_ms, -(int64_t)after->offset_ms);
}

int64_t zone_day_start(const struct zone *z, int64_t days) {
    const struct zone_change *gap;
    int64_t local;
    if (__builtin_mul_overflow(days, MS_PER_DAY, &local)) return days < 0 ? INT64_MIN : INT64_MAX;
    int64_t moment = resolve(z, local, &gap);
    return gap ? gap->from_ms : moment;
}

int64_t zone_moment(const struct zone *z, const struct civil *local) {
    const struct zone_change *gap;
    int64_t seconds = (int64_t)local->hour * 3600 + (int64_t)local->minute * 60 + local->second;
    int64_t days = date_from_civil(local->year, local->month, local->day), of_days;
    if (__builtin_mul_overflow(days, MS_PER_DAY, &of_days)) return days < 0 ? INT64_MIN : INT64_MAX;
    return resolve(z, shift(of_days, seconds * 1000 + local->ms), &gap);
}
