/* Cron expressions: five fields into bits, and the next moment that fits.
 *
 * With a fixed hour the calendar is walked in local time, so that "30 2 * * *" happens once on
 * every day, also on those when clocks change; with any hour real minutes are walked, so that
 * "every five minutes" stays so through the hour that comes twice. */
#include "event/schedule.h"

#include "event/messages.h"

enum { MINUTE_MS = 60000, DAYS_AHEAD_MAX = 366 * 9 };

struct cron_field {
    int low, high;
    const char *const *names; /* from `low` on, three letters, or NULL */
};

static const char *const month_names[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul",
                                          "aug", "sep", "oct", "nov", "dec", NULL};
static const char *const weekday_names[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL};
static const struct cron_field fields[5] = {
    {0, 59, NULL}, {0, 23, NULL}, {1, 31, NULL}, {1, 12, month_names}, {0, 7, weekday_names}};

static bool read_value(const struct cron_field *f, struct str text, int *ret) {
    for (int i = 0; f->names && f->names[i]; i++)
        if (str_eq_nocase(text, str_from(f->names[i]))) return *ret = f->low + i, true;
    int64_t n = 0;
    if (text.len == 0 || text.len > 2 || !str_to_int64(text, &n) || n < f->low || n > f->high)
        return false;
    *ret = (int)n;
    return true;
}

/* One part between commas: star, a, a-b, each with an optional step. */
static bool read_part(const struct cron_field *f, struct str part, uint64_t *bits, bool *ret_any) {
    struct str range, step_text = part, from_text, to_text;
    int from = f->low, to = f->high;
    int64_t step = 1;
    bool stepped = str_split(&step_text, '/', &range);
    if (stepped && (!str_to_int64(step_text, &step) || step < 1 || step > f->high)) return false;
    if (str_is(range, "*")) {
        *ret_any = step == 1;
    } else {
        to_text = range;
        bool ranged = str_split(&to_text, '-', &from_text);
        if (!read_value(f, from_text, &from)) return false;
        if (ranged && !read_value(f, to_text, &to)) return false;
        if (!ranged && !stepped) to = from;
        if (from > to) return false;
    }
    for (int i = from; i <= to; i += (int)step)
        *bits |= UINT64_C(1) << i;
    return true;
}

static bool read_field(const struct cron_field *f, struct str text, uint64_t *ret_bits,
                       bool *ret_any) {
    struct str rest = text, part;
    uint64_t bits = 0;
    bool any = false;
    for (bool more = true; more;) {
        more = str_split(&rest, ',', &part);
        bool star = false;
        if (!read_part(f, part, &bits, &star)) return false;
        any |= star;
    }
    *ret_bits = bits;
    *ret_any = any;
    return true;
}

static struct str long_form(struct str text) {
    static const struct {
        const char *word, *form;
    } words[] = {{"@hourly", "0 * * * *"},  {"@daily", "0 0 * * *"},   {"@midnight", "0 0 * * *"},
                 {"@weekly", "0 0 * * 0"},  {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"},
                 {"@annually", "0 0 1 1 *"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_eq_nocase(text, str_from(words[i].word))) return str_from(words[i].form);
    return text;
}

static struct str next_word(struct str *rest) {
    *rest = str_trim(*rest);
    size_t len = 0;
    while (len < rest->len && rest->ptr[len] != ' ' && rest->ptr[len] != '\t')
        len++;
    struct str word = str_make(rest->ptr, len);
    *rest = str_make(rest->ptr + len, rest->len - len);
    return word;
}

crm_status cron_parse(struct str text, struct cron *ret, struct err *err) {
    struct str rest = long_form(str_trim(text));
    uint64_t bits[5] = {0};
    bool any[5] = {false};
    for (int i = 0; i < 6; i++) {
        struct str word = next_word(&rest);
        bool good = i == 5 ? word.len == 0 : read_field(&fields[i], word, &bits[i], &any[i]);
        if (good) continue;
        char number[8];
        (void)snprintf(number, sizeof number, "%d", i + 1);
        const struct str args[] = {text, str_from(number)};
        return err_set_args(err, CRM_INVALID, &event_cron_form, args, 2);
    }
    if (bits[4] & (UINT64_C(1) << 7)) bits[4] |= 1; /* 7 is Sunday too */
    *ret = (struct cron){.minutes = bits[0],
                         .hours = (uint32_t)bits[1],
                         .days = (uint32_t)bits[2],
                         .months = (uint32_t)bits[3],
                         .weekdays = (uint32_t)bits[4] & 0x7f,
                         .any_hour = any[1],
                         .any_day = any[2],
                         .any_weekday = any[4]};
    return CRM_OK;
}

static bool day_fits(const struct cron *c, int64_t days) {
    struct civil civil;
    date_to_civil(days, &civil);
    if (!(c->months >> civil.month & 1)) return false;
    bool day = c->days >> civil.day & 1, weekday = c->weekdays >> (date_weekday(days) % 7) & 1;
    if (c->any_day && c->any_weekday) return true;
    if (c->any_day) return weekday;
    return c->any_weekday ? day : day || weekday;
}

static bool minute_fits(const struct cron *c, int minute_of_day) {
    return (c->hours >> (minute_of_day / 60) & 1) && (c->minutes >> (minute_of_day % 60) & 1);
}

/* Real minutes of the local day `days`, from `from_ms` on. */
static int64_t next_real(const struct cron *c, const struct zone *z, int64_t days,
                         int64_t from_ms) {
    int64_t end = zone_day_start(z, days + 1);
    for (int64_t at = from_ms; at < end; at += MINUTE_MS) {
        struct civil local;
        zone_local(z, at, &local);
        if (minute_fits(c, local.hour * 60 + local.minute)) return at;
    }
    return INT64_MAX;
}

/* Minutes of the calendar of the local day `days` that come after `after_ms`. */
static int64_t next_local(const struct cron *c, const struct zone *z, int64_t days,
                          int64_t after_ms) {
    struct civil local;
    date_to_civil(days, &local);
    local.second = local.ms = 0;
    for (int minute = 0; minute < 24 * 60; minute++) {
        if (!minute_fits(c, minute)) continue;
        local.hour = minute / 60;
        local.minute = minute % 60;
        int64_t at = zone_moment(z, &local);
        if (at > after_ms) return at;
    }
    return INT64_MAX;
}

int64_t cron_next(const struct cron *c, const struct zone *z, int64_t after_ms) {
    int64_t first = after_ms - ((after_ms % MINUTE_MS) + MINUTE_MS) % MINUTE_MS + MINUTE_MS;
    int64_t today = zone_date(z, after_ms);
    for (int64_t days = today; days < today + DAYS_AHEAD_MAX; days++) {
        if (!day_fits(c, days)) continue;
        int64_t start = zone_day_start(z, days), at;
        if (c->any_hour)
            at = next_real(c, z, days, start > first ? start : first);
        else
            at = next_local(c, z, days, after_ms);
        if (at != INT64_MAX) return at;
    }
    return INT64_MAX;
}
