/* Names to days: see period.h. */
#include "period.h"

#include "texts.h"

enum { DAYS_MOST = 3660 };

crm_status calendar_at(const struct crm *crm, struct crm_arena *a, int64_t now_ms,
                       struct calendar *ret, struct crm_error *err) {
    struct crm_company company = {.size = sizeof company};
    struct crm_civil local;
    crm_status status = crm->base->company(crm->host, a, &company, err);
    if (status == CRM_OK)
        status = crm->base->time_local(crm->host, CRM_STR(""), now_ms, &local, err);
    if (status != CRM_OK) return status;
    *ret =
        (struct calendar){.today = crm->base->date_from_civil(local.year, local.month, local.day),
                          .week_start = company.week_start,
                          .fiscal_month = company.fiscal_month};
    return CRM_OK;
}

int64_t period_start(const struct crm *crm, const struct calendar *now, int32_t unit, int64_t day) {
    struct crm_civil c;
    crm->base->date_to_civil(day, &c);
    int32_t into = (c.month - now->fiscal_month + 12) % 12; /* months into the fiscal year */
    int64_t month = crm->base->date_from_civil(c.year, c.month, 1);
    switch (unit) {
    case CRM_PERIOD_WEEK:
        return day - (crm->base->date_weekday(day) - now->week_start + 7) % 7;
    case CRM_PERIOD_MONTH:
        return month;
    case CRM_PERIOD_QUARTER:
        return crm->base->date_add(month, CRM_PERIOD_MONTH, -(into % 3));
    case CRM_PERIOD_YEAR:
        return crm->base->date_add(month, CRM_PERIOD_MONTH, -into);
    default:
        return day;
    }
}

int64_t period_last_day(const struct crm *crm) { return crm->base->date_from_civil(9999, 12, 31); }

/* Days are named by years of four digits. */
static bool has_names(const struct crm *crm, const struct period *p) {
    return p->from >= crm->base->date_from_civil(1, 1, 1) && p->until <= period_last_day(crm) + 1;
}

static struct period whole(const struct crm *crm, int32_t unit, int64_t from, int64_t count) {
    return (struct period){.from = from,
                           .until = crm->base->date_add(from, unit, count),
                           .unit = unit,
                           .count = count};
}

static bool take(struct crm_str *s, const char *word) {
    size_t len = strlen(word);
    if (s->len < len || memcmp(s->ptr, word, len) != 0) return false;
    *s = crm_str_make(s->ptr + len, s->len - len);
    return true;
}

static bool unit_named(struct crm_str name, int32_t *ret) {
    static const char *const units[] = {"day", "week", "month", "quarter", "year"};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        *ret = (int32_t)i;
        if (crm_str_is(name, units[i])) return true;
    }
    return false;
}

/* "this_month", "last_month", "next_month", "today", "yesterday". */
static bool relative(const struct crm *crm, const struct calendar *now, struct crm_str s,
                     struct period *ret) {
    int32_t unit = CRM_PERIOD_DAY;
    int64_t back = 0;
    if (crm_str_is(s, "yesterday")) {
        back = -1;
    } else if (!crm_str_is(s, "today")) {
        back = take(&s, "this_") ? 0 : take(&s, "last_") ? -1 : take(&s, "next_") ? 1 : 2;
        if (back == 2 || !unit_named(s, &unit)) return false;
    }
    int64_t start = period_start(crm, now, unit, now->today);
    *ret = whole(crm, unit, crm->base->date_add(start, unit, back), 1);
    return true;
}

/* "last_30_days", "last_12_months": days up to today; months, quarters and years that have ended.
 */
static bool rolling(const struct crm *crm, const struct calendar *now, struct crm_str s,
                    struct period *ret) {
    size_t digits = 0;
    int64_t count;
    int32_t unit;
    if (!take(&s, "last_")) return false;
    while (digits < s.len && s.ptr[digits] >= '0' && s.ptr[digits] <= '9')
        digits++;
    if (!crm->base->int64_parse(crm_str_make(s.ptr, digits), &count) || count < 1 ||
        count > DAYS_MOST)
        return false;
    s = crm_str_make(s.ptr + digits, s.len - digits);
    if (!take(&s, "_") || s.len < 2 || s.ptr[s.len - 1] != 's') return false;
    if (!unit_named(crm_str_make(s.ptr, s.len - 1), &unit)) return false;
    int64_t end =
        unit == CRM_PERIOD_DAY ? now->today + 1 : period_start(crm, now, unit, now->today);
    *ret = whole(crm, unit, crm->base->date_add(end, unit, -count), count);
    return true;
}

/* "2026", "2026-Q3", "2026-07", "2026-07-14". */
static bool dated(const struct crm *crm, const struct calendar *now, struct crm_str s,
                  struct period *ret) {
    int64_t year, part = 1, day;
    if (crm->base->date_parse(s, &day)) {
        *ret = whole(crm, CRM_PERIOD_DAY, day, 1);
        return true;
    }
    if (s.len < 4 || !crm->base->int64_parse(crm_str_make(s.ptr, 4), &year) || year < 1)
        return false;
    struct crm_str rest = crm_str_make(s.ptr + 4, s.len - 4);
    int64_t start = crm->base->date_from_civil((int32_t)year, now->fiscal_month, 1);
    if (rest.len == 0) {
        *ret = whole(crm, CRM_PERIOD_YEAR, start, 1);
        return true;
    }
    bool is_quarter = take(&rest, "-Q");
    if (!is_quarter && !take(&rest, "-")) return false;
    if (rest.len != (is_quarter ? 1 : 2) || !crm->base->int64_parse(rest, &part) || part < 1 ||
        part > (is_quarter ? 4 : 12))
        return false;
    *ret = is_quarter ? whole(crm, CRM_PERIOD_QUARTER,
                              crm->base->date_add(start, CRM_PERIOD_QUARTER, part - 1), 1)
                      : whole(crm, CRM_PERIOD_MONTH,
                              crm->base->date_from_civil((int32_t)year, (int32_t)part, 1), 1);
    return true;
}

crm_status period_parse(const struct crm *crm, const struct calendar *now, struct crm_str name,
                        struct period *ret, struct crm_error *err) {
    if (name.len == 0 || crm_str_is(name, "all")) {
        *ret = (struct period){.all = true};
        return CRM_OK;
    }
    if ((relative(crm, now, name, ret) || rolling(crm, now, name, ret) ||
         dated(crm, now, name, ret)) &&
        has_names(crm, ret))
        return CRM_OK;
    return SAY(crm, err, CRM_INVALID, period_wrong, name);
}

crm_status period_from_json(const struct crm *crm, const struct calendar *now,
                            const struct crm_json_value *v, struct crm_str otherwise,
                            struct period *ret, struct crm_error *err) {
    const struct crm_base *base = crm->base;
    int64_t from, until;
    if (base->json_type(v) == CRM_JSON_NULL) return period_parse(crm, now, otherwise, ret, err);
    if (base->json_type(v) == CRM_JSON_TEXT)
        return period_parse(crm, now, base->json_text_of(v), ret, err);
    if (base->json_type(v) != CRM_JSON_OBJECT || base->json_count(v) != 2 ||
        !base->date_parse(base->json_text_of(base->json_get(v, "from")), &from) ||
        !base->date_parse(base->json_text_of(base->json_get(v, "until")), &until))
        return SAY(crm, err, CRM_INVALID, period_wrong, CRM_STR("{...}"));
    if (until < from) return SAY(crm, err, CRM_INVALID, period_order, CRM_STR(""));
    *ret = whole(crm, CRM_PERIOD_DAY, from, until - from + 1);
    return has_names(crm, ret) ? CRM_OK
                               : SAY(crm, err, CRM_INVALID, period_wrong, CRM_STR("{...}"));
}

crm_status period_compare(const struct crm *crm, const struct period *p, struct crm_str how,
                          struct period *ret, struct crm_error *err) {
    bool is_year = crm_str_is(how, "year_before");
    if (!is_year && !crm_str_is(how, "previous"))
        return SAY(crm, err, CRM_INVALID, compare_wrong, how);
    if (p->all) return SAY(crm, err, CRM_INVALID, compare_all, CRM_STR(""));
    *ret = *p;
    if (is_year) {
        /* Days and weeks go by their last one: the day behind it may be a 29th of February. */
        int64_t behind = p->unit == CRM_PERIOD_DAY || p->unit == CRM_PERIOD_WEEK ? 1 : 0;
        ret->from = crm->base->date_add(p->from, CRM_PERIOD_YEAR, -1);
        ret->until = crm->base->date_add(p->until - behind, CRM_PERIOD_YEAR, -1) + behind;
    } else {
        ret->until = p->from;
        ret->from = crm->base->date_add(p->from, p->unit, -p->count);
    }
    if (!has_names(crm, ret)) return SAY(crm, err, CRM_INVALID, compare_all, CRM_STR(""));
    return CRM_OK;
}
