/* Number series: the next number, drawn in apply under the lock of its row and given back with the
 * transaction, so that numbers have no gaps. With `gaps` nothing differs but the promise.
 *
 * The record in number_series says how a number looks: `format` with {number}, {year} and {month},
 * `digits` at least, `yearly` counts anew each year. Without a record it is the number alone. */
#include "record/apply.h"
#include "record/messages.h"
#include "store/sys_tables.h"

enum { SERIES_NAME_BYTES = 160, SERIES_TEXT_BYTES = 400, SERIES_DIGITS_MAX = 18 };

static crm_status counter_next(struct apply *a, struct str name, int64_t *ret, struct err *err) {
    const struct store_table *t = sys_table(SYS_TABLE_SEQUENCE);
    struct store_set set = {SYS_SEQUENCE_VALUE, store_int(1), true};
    struct store_condition where = {SYS_SEQUENCE_NAME, STORE_EQ, store_text(name)};
    int64_t affected = 0;
    crm_status status = store_update(a->conn, t, &set, 1, &where, 1, &affected, err);
    if (status == CRM_OK && affected == 0) {
        struct store_value row[SYS_SEQUENCE_COUNT] = {store_text(name), store_int(0)};
        bool inserted = false;
        status = store_insert_new(a->conn, t, row, &inserted, err);
        if (status == CRM_OK) status = store_update(a->conn, t, &set, 1, &where, 1, &affected, err);
    }
    struct store_select select = {.table = t, .where = &where, .where_count = 1, .limit = 1};
    const struct store_value *row = NULL;
    if (status == CRM_OK) status = store_first(a->conn, &select, a->changeset->arena, &row, err);
    if (status == CRM_OK && !row)
        return err_internal(err, "the counter %.*s is missing", STR_ARG(name));
    if (status == CRM_OK) *ret = row[SYS_SEQUENCE_VALUE].integer;
    return status;
}

struct series {
    struct str name, format;
    int digits;
    bool yearly;
};

static struct series series_find(const struct apply *a, struct str name) {
    const struct schema_entity *e = schema_find(a->changeset->schema, STR("number_series"));
    for (size_t i = 0; e && i < resident_count(a->eval.resident, e); i++) {
        const struct value *row = resident_at(a->eval.resident, e, i);
        if (!str_eq(value_str(row_named(e, row, "name")), name)) continue;
        struct value digits = row_named(e, row, "digits"), yearly = row_named(e, row, "yearly");
        bool usable =
            digits.type == VALUE_INT && digits.integer > 0 && digits.integer <= SERIES_DIGITS_MAX;
        return (struct series){name, value_str(row_named(e, row, "format")),
                               usable ? (int)digits.integer : 0, value_truthy(&yearly)};
    }
    return (struct series){.name = name};
}

/* Writes one {token}; false: it is none of ours and stays as it is. */
static bool token_add(struct buf *out, struct str token, int64_t number, int digits,
                      const struct civil *day) {
    if (str_is(token, "year"))
        buf_printf(out, "%04d", day->year);
    else if (str_is(token, "month"))
        buf_printf(out, "%02d", day->month);
    else if (str_is(token, "number"))
        buf_printf(out, "%0*lld", digits ? digits : 1, (long long)number);
    else
        return false;
    return true;
}

static void number_format(struct buf *out, const struct series *s, int64_t number,
                          const struct civil *day) {
    struct str rest = s->format.len ? s->format : STR("{number}");
    while (rest.len > 0) {
        struct str head;
        bool open = str_split(&rest, '{', &head);
        buf_add_str(out, head);
        if (!open) return;
        size_t end = str_find(rest, STR("}"));
        struct str token = str_make(rest.ptr, end == SIZE_MAX ? 0 : end);
        if (end == SIZE_MAX || !token_add(out, token, number, s->digits, day))
            buf_add_char(out, '{');
        else
            rest = str_make(rest.ptr + end + 1, rest.len - end - 1);
    }
}

static crm_status draw(struct apply *a, struct record_change *c, const struct schema_field *f,
                       struct err *err) {
    const struct series s = series_find(a, f->series);
    struct civil day;
    struct buf name, text;
    int64_t number = 0;
    zone_local(a->company->store.zone, a->plan->now_ms, &day);
    buf_init(&name, SERIES_NAME_BYTES);
    buf_init(&text, SERIES_TEXT_BYTES);
    buf_printf(&name, "series:%.*s", STR_ARG(s.name));
    if (s.yearly) buf_printf(&name, ":%04d", day.year);
    crm_status status = name.status != CRM_OK
                            ? err_internal(err, "the name of a series is too long")
                            : counter_next(a, buf_str(&name), &number, err);
    if (status == CRM_OK) {
        number_format(&text, &s, number, &day);
        struct str kept = arena_str(a->changeset->arena, buf_str(&text));
        if (text.status != CRM_OK || !kept.ptr)
            status = err_no_memory(err);
        else
            c->after[f->slot] = value_text(kept);
    }
    buf_fini(&text);
    buf_fini(&name);
    return status;
}

crm_status series_draw(struct apply *a, struct record_change *c, struct err *err) {
    const struct schema_entity *e = c->entity;
    crm_status status = CRM_OK;
    bool again =
        c->series_drawn; /* a given number stays; one drawn by an earlier run is drawn anew */
    for (size_t i = 0; i < e->field_count && status == CRM_OK; i++) {
        const struct schema_field *f = &e->fields[i];
        if (f->type != SCHEMA_FIELD_SERIES || (!value_is_nil(c->after[i]) && !again)) continue;
        status = draw(a, c, f, err);
        c->series_drawn = true;
    }
    return status;
}
