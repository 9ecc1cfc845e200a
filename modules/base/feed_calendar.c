/* See feed_calendar.h. Moments are in UTC, which needs no tables of zones; days are the person's.
 */
#include "feed_calendar.h"

#include <stdio.h>

#include "content_line.h"

enum { LINE_BYTES_MAX = 4 * 1024 * 1024, REMINDERS_MAX = 8, MINUTES_MAX = 40320 };

/* The fields of an activity and of a contact that an event is made of. */
#define FEED_FIELDS(X)                                                                             \
    X(SUBJECT, "subject")                                                                          \
    X(BODY, "body")                                                                                \
    X(KIND, "kind")                                                                                \
    X(DUE, "due_at")                                                                               \
    X(STARTS, "starts_at")                                                                         \
    X(ENDS, "ends_at")                                                                             \
    X(ALL_DAY, "all_day")                                                                          \
    X(STATUS, "status")                                                                            \
    X(LOCATION, "location")                                                                        \
    X(RECURRENCE, "recurrence")                                                                    \
    X(REMINDERS, "reminders")                                                                      \
    X(NAME, "name")                                                                                \
    X(BIRTHDAY, "birthday")                                                                        \
    X(UPDATED, "updated_at")
enum feed_field {
#define FEED_ENUM(word, name) FEED_##word,
    FEED_FIELDS(FEED_ENUM)
#undef FEED_ENUM
        FEED_FIELD_COUNT
};
static const char *const names[] = {
#define FEED_NAME(word, name) [FEED_##word] = name,
    FEED_FIELDS(FEED_NAME)
#undef FEED_NAME
};

struct feed {
    const struct crm *crm;
    struct crm_view *view;
    struct crm_actor_facts actor;
    struct crm_company company;
    struct content_line line;
    enum feed_field order[FEED_FIELD_COUNT]; /* of the cells of a row */
    size_t count;
    const struct crm_cell *cells[FEED_FIELD_COUNT]; /* NULL: not to be seen */
    const char *entity;
};

static const struct crm_value *value(const struct feed *f, enum feed_field field, int32_t type) {
    const struct crm_cell *cell = f->cells[field];
    return cell && cell->value.type == type ? &cell->value : NULL;
}

static void put_text(struct feed *f, const char *name, enum feed_field field) {
    const struct crm_value *v = value(f, field, CRM_VALUE_TEXT);
    if (v && v->text.len) content_line_put(&f->line, name, v->text);
}

static void put_moment(struct feed *f, const char *name, int64_t ms) {
    struct crm_civil t;
    struct crm_error ignored;
    char text[64];
    if (f->crm->base->time_local(f->crm->host, CRM_STR("UTC"), ms, &t, &ignored) != CRM_OK) return;
    int len = snprintf(text, sizeof text, "%04d%02d%02dT%02d%02d%02dZ", t.year, t.month, t.day,
                       t.hour, t.minute, t.second);
    content_line_put(&f->line, name, crm_str_make(text, (size_t)len));
}

static void put_day(struct feed *f, const char *name, int64_t days) {
    struct crm_civil t;
    char text[64];
    f->crm->base->date_to_civil(days, &t);
    int len = snprintf(text, sizeof text, "%04d%02d%02d", t.year, t.month, t.day);
    content_line_put(&f->line, name, crm_str_make(text, (size_t)len));
}

/* The day of a moment where the person is. */
static int64_t day_of(struct feed *f, int64_t ms) {
    struct crm_civil t;
    struct crm_error ignored;
    struct crm_str zone = f->actor.zone.len ? f->actor.zone : f->company.zone;
    if (f->crm->base->time_local(f->crm->host, zone, ms, &t, &ignored) != CRM_OK)
        return ms / 86400000;
    return f->crm->base->date_from_civil(t.year, t.month, t.day);
}

static void begin_event(struct feed *f, const struct crm_row *row, const char *what) {
    char uid[96];
    const struct crm_value *updated = value(f, FEED_UPDATED, CRM_VALUE_TIME);
    int len = snprintf(uid, sizeof uid, "%s-%lld@perigee", what, (long long)row->id);
    content_line_put(&f->line, "BEGIN", CRM_STR("VEVENT"));
    content_line_put(&f->line, "UID", crm_str_make(uid, (size_t)len));
    put_moment(f, "DTSTAMP", updated ? updated->integer : 0);
    len = snprintf(uid, sizeof uid, "%lld", (long long)row->version);
    content_line_put(&f->line, "SEQUENCE", crm_str_make(uid, (size_t)len));
}

static void put_url(struct feed *f, int64_t id) {
    char path[96];
    if (f->company.public_url.len == 0) return;
    int len = snprintf(path, sizeof path, "/%s/%lld", f->entity, (long long)id);
    content_line_begin(&f->line, "URL");
    content_line_raw(&f->line, f->company.public_url);
    content_line_raw(&f->line, crm_str_make(path, (size_t)len));
    content_line_end(&f->line);
}

/* ---- reminders --------------------------------------------------------------------------------
 */

static void put_alarm(struct feed *f, int64_t minutes) {
    char trigger[32];
    const struct crm_value *subject = value(f, FEED_SUBJECT, CRM_VALUE_TEXT);
    if (minutes < 0 || minutes > MINUTES_MAX) return;
    int len = snprintf(trigger, sizeof trigger, "-PT%lldM", (long long)minutes);
    content_line_put(&f->line, "BEGIN", CRM_STR("VALARM"));
    content_line_put(&f->line, "ACTION", CRM_STR("DISPLAY"));
    content_line_put(&f->line, "DESCRIPTION", subject ? subject->text : CRM_STR("Perigee"));
    content_line_put(&f->line, "TRIGGER", crm_str_make(trigger, (size_t)len));
    content_line_put(&f->line, "END", CRM_STR("VALARM"));
}

/* [15, 60] or [{"minutes": 15}]: so long before it begins. */
static void put_alarms(struct feed *f) {
    const struct crm_base *base = f->crm->base;
    const struct crm_value *v = value(f, FEED_REMINDERS, CRM_VALUE_TEXT);
    struct crm_json_value *root = NULL;
    struct crm_error ignored;
    if (!v || v->text.len == 0 || base->json_parse(v->text, &root, &ignored) != CRM_OK) return;
    for (size_t i = 0; i < base->json_count(root) && i < REMINDERS_MAX; i++) {
        const struct crm_json_value *item =
            base->json_type(root) == CRM_JSON_ARRAY ? base->json_at(root, i) : NULL;
        int64_t minutes = -1;
        if (base->json_type(item) == CRM_JSON_OBJECT) item = base->json_get(item, "minutes");
        if (item && base->json_int64_of(item, &minutes)) put_alarm(f, minutes);
    }
    base->json_free(root);
}

/* ---- events -----------------------------------------------------------------------------------
 */

static void put_times(struct feed *f, int64_t starts, bool all_day) {
    const struct crm_value *ends = value(f, FEED_ENDS, CRM_VALUE_TIME);
    if (all_day) {
        int64_t first = day_of(f, starts), last = ends ? day_of(f, ends->integer) : first;
        put_day(f, "DTSTART;VALUE=DATE", first);
        put_day(f, "DTEND;VALUE=DATE", (last > first ? last : first) + 1);
        return;
    }
    put_moment(f, "DTSTART", starts);
    if (ends && ends->integer > starts) put_moment(f, "DTEND", ends->integer);
}

/* A rule as RFC 5545 writes it; what is none is left out. */
static void put_recurrence(struct feed *f) {
    const struct crm_value *v = value(f, FEED_RECURRENCE, CRM_VALUE_TEXT);
    if (!v) return;
    struct crm_str rule = f->crm->base->trim(v->text);
    if (rule.len > 6 && memcmp(rule.ptr, "RRULE:", 6) == 0)
        rule = crm_str_make(rule.ptr + 6, rule.len - 6);
    bool good = rule.len > 5 && memcmp(rule.ptr, "FREQ=", 5) == 0;
    for (size_t i = 0; good && i < rule.len; i++) {
        char c = rule.ptr[i];
        good = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("=;,+-", c));
    }
    if (!good) return;
    content_line_begin(&f->line, "RRULE");
    content_line_raw(&f->line, rule);
    content_line_end(&f->line);
}

static void put_activity(struct feed *f, const struct crm_row *row) {
    const struct crm_value *starts = value(f, FEED_STARTS, CRM_VALUE_TIME);
    const struct crm_value *due = value(f, FEED_DUE, CRM_VALUE_TIME);
    const struct crm_value *all_day = value(f, FEED_ALL_DAY, CRM_VALUE_BOOL);
    const struct crm_value *state = value(f, FEED_STATUS, CRM_VALUE_TEXT);
    if (!starts && !due) return;
    bool is_cancelled = state && crm_str_is(state->text, "cancelled");
    bool is_done = state && crm_str_is(state->text, "done");
    begin_event(f, row, "activity");
    put_times(f, starts ? starts->integer : due->integer, all_day && all_day->boolean);
    content_line_begin(&f->line, "SUMMARY");
    if (is_done) content_line_raw(&f->line, CRM_STR("✓ "));
    const struct crm_value *subject = value(f, FEED_SUBJECT, CRM_VALUE_TEXT);
    if (subject) content_line_text(&f->line, subject->text);
    content_line_end(&f->line);
    put_text(f, "DESCRIPTION", FEED_BODY);
    put_text(f, "LOCATION", FEED_LOCATION);
    put_text(f, "CATEGORIES", FEED_KIND);
    content_line_put(&f->line, "STATUS",
                     is_cancelled ? CRM_STR("CANCELLED") : CRM_STR("CONFIRMED"));
    if (!starts) content_line_put(&f->line, "TRANSP", CRM_STR("TRANSPARENT"));
    put_recurrence(f);
    put_url(f, row->id);
    if (!is_done && !is_cancelled) put_alarms(f);
    content_line_put(&f->line, "END", CRM_STR("VEVENT"));
}

/* On a 29th of February: the last day of that month. */
static void put_birthday(struct feed *f, const struct crm_row *row) {
    const struct crm_value *day = value(f, FEED_BIRTHDAY, CRM_VALUE_DATE);
    const struct crm_value *name = value(f, FEED_NAME, CRM_VALUE_TEXT);
    struct crm_civil civil;
    if (!day) return;
    f->crm->base->date_to_civil(day->integer, &civil);
    begin_event(f, row, "birthday");
    put_day(f, "DTSTART;VALUE=DATE", day->integer);
    put_day(f, "DTEND;VALUE=DATE", day->integer + 1);
    content_line_begin(&f->line, "SUMMARY");
    content_line_raw(&f->line, f->actor.language == CRM_LANGUAGE_RU ? CRM_STR("День рождения: ")
                                                                    : CRM_STR("Birthday: "));
    if (name) content_line_text(&f->line, name->text);
    content_line_end(&f->line);
    content_line_begin(&f->line, "RRULE");
    content_line_raw(&f->line, civil.month == 2 && civil.day == 29
                                   ? CRM_STR("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1")
                                   : CRM_STR("FREQ=YEARLY"));
    content_line_end(&f->line);
    content_line_put(&f->line, "TRANSP", CRM_STR("TRANSPARENT"));
    put_url(f, row->id);
    content_line_put(&f->line, "END", CRM_STR("VEVENT"));
}

static crm_status put_row(void *ctx, const struct crm_row *row, struct crm_error *err) {
    struct feed *f = ctx;
    (void)err;
    for (size_t i = 0; i < f->count; i++)
        f->cells[f->order[i]] = &row->cells[i];
    if (strcmp(f->entity, "activity") == 0)
        put_activity(f, row);
    else
        put_birthday(f, row);
    return f->crm->base->buf_status(f->line.out);
}

/* Rows of the entity that may be seen, with the fields that may be seen. `needs` has to be one of
 * them. */
static crm_status put_all(struct feed *f, const char *entity, const char *needs,
                          struct crm_str where, struct crm_error *err) {
    const struct crm_base *base = f->crm->base;
    struct crm_list list = {.size = sizeof list, .where = where, .limit = FEED_EVENTS_MAX};
    list.entity = f->crm->schema->entity(f->view, crm_str_from(entity));
    if (!list.entity || !f->crm->schema->entity_can(f->view, list.entity, CRM_ACTION_READ) ||
        !f->crm->schema->field(f->view, list.entity, crm_str_from(needs)))
        return CRM_OK;
    struct crm_buf *fields = base->buf_new(1024);
    if (!fields) return base->error_no_memory(err);
    f->entity = entity;
    f->count = 0;
    memset(f->cells, 0, sizeof f->cells);
    for (size_t i = 0; i < FEED_FIELD_COUNT; i++) {
        if (!f->crm->schema->field(f->view, list.entity, crm_str_from(names[i]))) continue;
        if (f->count) base->buf_add(fields, ",", 1);
        base->buf_add(fields, names[i], strlen(names[i]));
        f->order[f->count++] = (enum feed_field)i;
    }
    list.fields = base->buf_str(fields);
    crm_status status = f->crm->query->list_each(f->view, &list, put_row, f, err);
    base->buf_free(fields);
    return status;
}

static crm_status write_all(struct feed *f, struct crm_error *err) {
    bool has_starts = f->crm->schema->field(
        f->view, f->crm->schema->entity(f->view, CRM_STR("activity")), CRM_STR("starts_at"));
    content_line_put(&f->line, "BEGIN", CRM_STR("VCALENDAR"));
    content_line_put(&f->line, "VERSION", CRM_STR("2.0"));
    content_line_put(&f->line, "PRODID", CRM_STR("-//Perigee//EN"));
    content_line_put(&f->line, "X-WR-CALNAME",
                     f->company.name.len ? f->company.name : CRM_STR("Perigee"));
    content_line_put(&f->line, "REFRESH-INTERVAL;VALUE=DURATION", CRM_STR("PT15M"));
    crm_status status =
        put_all(f, "activity", "due_at",
                has_starts ? CRM_STR("owner == me() and (starts_at ~= nil or due_at ~= nil)")
                           : CRM_STR("owner == me() and due_at ~= nil"),
                err);
    if (status == CRM_OK)
        status = put_all(f, "contact", "birthday", CRM_STR("birthday ~= nil"), err);
    content_line_put(&f->line, "END", CRM_STR("VCALENDAR"));
    return status == CRM_OK ? f->crm->base->buf_status(f->line.out) : status;
}

crm_status feed_calendar_write(const struct crm *crm, struct crm_view *view, struct crm_buf *out,
                               struct crm_error *err) {
    struct feed f = {.crm = crm, .view = view, .line = {.base = crm->base, .out = out}};
    f.actor.size = sizeof f.actor;
    f.company.size = sizeof f.company;
    crm->record->actor(view, &f.actor);
    crm_status status =
        crm->base->company(crm->host, crm->record->view_arena(view), &f.company, err);
    if (status != CRM_OK) return status;
    f.line.line = crm->base->buf_new(LINE_BYTES_MAX);
    if (!f.line.line) return crm->base->error_no_memory(err);
    status = write_all(&f, err);
    crm->base->buf_free(f.line.line);
    return status;
}
