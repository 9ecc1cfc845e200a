/* What is due by a field, as a question to the database. See due.h. */
#include "script/due.h"

#include <stdio.h>

#include "event/subscribe.h"
#include "script/due_find.h"
#include "script/messages.h"

enum { YEARS_BACK = 150, CONDITION_BYTES = 16 * 1024, ARGUMENTS = 60 };

/* ---- the declaration --------------------------------------------------------------------------
 */

bool script_due_subject(struct str subject, struct str *ret_entity, struct str *ret_field) {
    struct str rest = subject, entity;
    for (size_t i = 0; i < subject.len; i++)
        if (subject.ptr[i] == ' ' || subject.ptr[i] == '@' || subject.ptr[i] == '*') return false;
    if (!str_split(&rest, '.', &entity)) return false;
    *ret_entity = entity;
    *ret_field = rest;
    return true;
}

bool script_due_shift(struct str text, struct script_due *ret) {
    static const char *const units[] = {"minute", "hour", "day", "week", "month"};
    struct str rest = str_trim(text), number;
    int64_t count = 0;
    if (!str_split(&rest, ' ', &number) || !str_to_int64(number, &count) || count < 0 ||
        count > 100000)
        return false;
    rest = str_trim(rest);
    if (rest.len > 1 && rest.ptr[rest.len - 1] == 's') rest.len--;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (!str_is(rest, units[i])) continue;
        ret->unit = (enum script_due_unit)i;
        ret->shift = (int32_t)count;
        return true;
    }
    return false;
}

static crm_status wrong(const struct script_handler *h, const char *wanted, struct err *err) {
    const struct str args[] = {h->subject, str_from(wanted)};
    return err_set_args(err, CRM_INVALID, &say_script_argument, args, 2);
}

static crm_status parse_when(const struct schema *schema, const struct schema_entity *e,
                             struct str when, struct arena *a, const struct expr **ret,
                             struct err *err) {
    struct schema_scope scope = {.schema = schema, .entity = e};
    struct expr_scope names = schema_expr_scope(&scope);
    return expr_parse(a, when, &names, EXPR_MODE_ROW, ret, err);
}

crm_status script_due_check(const struct schema *schema, const struct script_handler *h,
                            struct err *err) {
    struct str entity = STR_NONE, field = STR_NONE;
    (void)script_due_subject(h->subject, &entity, &field);
    const struct schema_entity *e = schema_find(schema, entity);
    const struct schema_field *f = e ? schema_field_find(e, field) : NULL;
    if (!e) return err_set_args(err, CRM_INVALID, &say_script_no_entity, &entity, 1);
    const struct str args[] = {field, entity};
    if (!f) return err_set_args(err, CRM_INVALID, &say_script_no_field, args, 2);
    if (f->type != SCHEMA_FIELD_DATE && f->type != SCHEMA_FIELD_TIME)
        return wrong(h, "a field that is a date or a time", err);
    if (f->type == SCHEMA_FIELD_DATE && !script_due_is_daily(&h->due))
        return wrong(h, "days, weeks or months, because it is a date", err);
    if (!h->when.len) return CRM_OK;
    struct arena a;
    const struct expr *tree;
    arena_init(&a, 1 << 20);
    crm_status status = parse_when(schema, e, h->when, &a, &tree, err);
    arena_fini(&a);
    return status;
}

struct str script_due_cron(struct arena *a, const struct script_handler *h) {
    if (!script_due_is_daily(&h->due)) return STR("* * * * *");
    return arena_printf(a, "%d %d * * *", (int)h->due.at_minutes % 60, (int)h->due.at_minutes / 60);
}

/* A time counts by its day where days count. */
struct str script_due_field(struct arena *a, const struct schema_entity *e, struct str field,
                            const struct script_due *d) {
    const struct schema_field *f = schema_field_find(e, field);
    bool by_day = f && f->type == SCHEMA_FIELD_TIME && script_due_is_daily(d);
    return by_day ? arena_printf(a, "day(%.*s)", STR_ARG(field)) : arena_str(a, field);
}

/* ---- the condition ----------------------------------------------------------------------------
 */

static const int64_t unit_ms[] = {60000, 3600000, MS_PER_DAY, 7 * MS_PER_DAY, 0};

static int64_t signed_shift(const struct script_due *d) {
    return d->is_after ? d->shift : -(int64_t)d->shift;
}

/* The day that the field has when `day` is the one that is due, but for ends of months. */
static int64_t field_day(const struct script_due *d, int64_t day) {
    int64_t count = signed_shift(d);
    if (d->unit == SCRIPT_DUE_MONTH) return date_add(day, PERIOD_MONTH, -count);
    return day - count * (d->unit == SCRIPT_DUE_WEEK ? 7 : 1);
}

static void put_day(struct buf *out, int64_t day) {
    buf_add_char(out, '"');
    date_format(day, out);
    buf_add_char(out, '"');
}

/* The same day of all years; 29 February is kept on the 28th where there is no other. */
static void put_years(struct buf *out, struct str field, int64_t day) {
    struct civil at;
    size_t count = 0;
    date_to_civil(day, &at);
    bool leaps = at.month == 2 && at.day == 28 && !date_valid(at.year, 2, 29);
    for (int32_t year = at.year; year >= at.year - YEARS_BACK && year > 0; year--)
        for (int32_t d = at.day; d <= at.day + leaps; d++) {
            if (!date_valid(year, at.month, d)) continue;
            if (count % ARGUMENTS == 0)
                buf_printf(out, "%s one_of(%.*s", count ? ") or" : "", STR_ARG(field));
            count++;
            buf_add_cstr(out, ", ");
            put_day(out, date_from_civil(year, at.month, d));
        }
    buf_add_char(out, ')');
}

static void put_moment(struct buf *out, int64_t ms) {
    buf_add_char(out, '"');
    time_format(ms, out);
    buf_add_char(out, '"');
}

static void put_condition(const struct script_due *d, struct str field, struct str when,
                          const struct script_due_step *step, struct buf *out) {
    buf_add_char(out, '(');
    if (!script_due_is_daily(d)) {
        int64_t shift = signed_shift(d) * unit_ms[d->unit];
        buf_printf(out, "%.*s > ", STR_ARG(field));
        put_moment(out, step->from - shift);
        buf_printf(out, " and %.*s <= ", STR_ARG(field));
        put_moment(out, step->to - shift);
    } else if (d->yearly) {
        put_years(out, field, field_day(d, step->to));
    } else if (d->unit == SCRIPT_DUE_MONTH) {
        buf_printf(out, "date_add(%.*s, %lld, \"month\") == ", STR_ARG(field),
                   (long long)signed_shift(d));
        put_day(out, step->to);
    } else {
        buf_printf(out, "%.*s == ", STR_ARG(field));
        put_day(out, field_day(d, step->to));
    }
    buf_add_char(out, ')');
    if (when.len) buf_printf(out, " and (%.*s)", STR_ARG(when));
}

crm_status script_due_page(struct store_conn *c, const struct script_due_query *q,
                           const struct script_due_step *step, struct arena *a,
                           struct store_page *ret, struct err *err) {
    BUF_CLEANUP struct buf text;
    buf_init(&text, CONDITION_BYTES);
    put_condition(&q->due, q->field, q->when, step, &text);
    if (text.status != CRM_OK) return err_no_memory(err);
    struct store_list list = {.query = {.access = q->access,
                                        .from = q->entity,
                                        .action = SCHEMA_ACTION_READ,
                                        .now_ms = q->now_ms},
                              .limit = q->limit,
                              .after = step->after,
                              .no_titles = true};
    crm_status status =
        parse_when(q->access->schema, q->entity, buf_str(&text), a, &list.query.where, err);
    return status == CRM_OK ? store_list_run(c, &list, a, ret, err) : status;
}

/* A day counts from its `at` on. */
int64_t script_due_now(const struct script_due *d, const struct zone *zone, int64_t now_ms) {
    struct civil at;
    if (!script_due_is_daily(d)) return now_ms;
    zone_local(zone, now_ms, &at);
    return zone_date(zone, now_ms) - (at.hour * 60 + at.minute < d->at_minutes);
}

crm_status script_due_today(struct record_view *v, const struct script_handler *h, size_t limit,
                            int64_t **ret_ids, size_t *ret_count, struct err *err) {
    struct str entity = STR_NONE, field = STR_NONE;
    struct store_page page = {0};
    (void)script_due_subject(h->subject, &entity, &field);
    const struct schema_entity *e = schema_find(v->access->schema, entity);
    const struct script_due_query q = {.due = h->due,
                                       .field = script_due_field(v->arena, e, field, &h->due),
                                       .when = h->when,
                                       .entity = e,
                                       .access = v->access,
                                       .now_ms = v->now_ms,
                                       .limit = (int64_t)limit};
    if (!q.field.ptr) return err_no_memory(err);
    int64_t now =
        script_due_is_daily(&h->due) ? zone_date(v->company->store.zone, v->now_ms) : v->now_ms;
    const struct script_due_step step = {
        .from = now - (script_due_is_daily(&h->due) ? 1 : MS_PER_DAY), .to = now};
    crm_status status = script_due_page(v->conn, &q, &step, v->arena, &page, err);
    if (status != CRM_OK) return status;
    *ret_ids = page.ids;
    *ret_count = page.count;
    return CRM_OK;
}

int l_push_due(lua_State *L, struct script_run *r, void *ctx) {
    const struct script_due_call *it = ctx;
    const struct value due = it->is_date ? value_date(it->due) : value_time(it->due);
    l_record_push(L, r, SCRIPT_RECORD_SEEN, it->entity, it->record, NULL);
    l_value_push(L, r, NULL, &due);
    return 2;
}
