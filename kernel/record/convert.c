/* See convert.h. Whatever has no way of its own goes by its text. */
#include "record/convert.h"

#include "base/number.h"
#include "base/unicode.h"
#include "record/prepare.h"
#include "record/text_parse.h"

enum { CONVERTED_MAX_BYTES = 1 << 18 };

struct conversion {
    const struct row_eval *x;
    const struct company *company;
    const struct schema_field *to;
    struct value from;
    struct value *ret;
};

static int64_t unit_of(int digits) {
    int64_t unit = DECIMAL_ONE;
    for (int i = 0; i < digits; i++)
        unit /= 10;
    return unit;
}

/* Numbers of every kind in millionths. */
static bool micro_of(const struct conversion *c, int64_t *ret) {
    char plain[TEXT_NUMBER_BYTES];
    switch (c->from.type) {
    case VALUE_INT:
        return decimal_from_int(c->from.integer, ret);
    case VALUE_DECIMAL:
        *ret = c->from.integer;
        return true;
    case VALUE_MONEY:
        return int64_mul(c->from.integer, unit_of(currency_digits(c->from.currency)), ret);
    case VALUE_TEXT:
        return text_number(c->from.text, plain) && decimal_parse(str_from(plain), ret);
    case VALUE_BOOL:
        return decimal_from_int(c->from.boolean, ret);
    default:
        return false;
    }
}

static bool to_number(const struct conversion *c, bool whole) {
    int64_t micro = 0;
    if (whole && c->from.type == VALUE_INT) return *c->ret = c->from, true;
    if (!micro_of(c, &micro) || (whole && micro % DECIMAL_ONE != 0)) return false;
    *c->ret = whole ? value_int(micro / DECIMAL_ONE) : value_decimal(micro);
    return true;
}

static bool to_money(const struct conversion *c) {
    char plain[TEXT_NUMBER_BYTES];
    struct currency currency = {""};
    int64_t micro = 0;
    if (!c->company) return false;
    if (c->from.type == VALUE_TEXT) {
        if (!text_money(c->from.text, plain, &currency) || !decimal_parse(str_from(plain), &micro))
            return false;
    } else if (!micro_of(c, &micro)) {
        return false;
    }
    bool is_base = !currency.code[0] ||
                   str_eq(str_from(currency.code), str_from(c->company->store.base_currency.code));
    if (is_base) currency = c->company->store.base_currency;
    int digits = currency_digits(currency);
    if (digits < 0 || micro % unit_of(digits) != 0) return false;
    *c->ret = (struct value){
        .type = VALUE_MONEY, .currency = currency, .integer = micro / unit_of(digits)};
    c->ret->has_base = is_base;
    if (is_base) c->ret->base = c->ret->integer;
    return true;
}

static bool to_bool(const struct conversion *c) {
    bool truth = false;
    if (c->from.type == VALUE_INT && (c->from.integer == 0 || c->from.integer == 1))
        truth = c->from.integer == 1;
    else if (c->from.type != VALUE_TEXT ||
             !text_bool(fold_text_arena(c->x->arena, c->from.text), &truth))
        return false;
    *c->ret = value_bool(truth);
    return true;
}

static bool to_day(const struct conversion *c, bool moment) {
    const struct zone *zone = c->company ? c->company->store.zone : NULL;
    int64_t days = 0, clock = -1, ms = 0;
    if (!zone) return false;
    if (c->from.type == VALUE_DATE) {
        *c->ret = value_time(zone_day_start(zone, c->from.integer));
    } else if (c->from.type == VALUE_TIME) {
        *c->ret = value_date(zone_date(zone, c->from.integer));
    } else if (c->from.type != VALUE_TEXT) {
        return false;
    } else if (time_parse(c->from.text, &ms)) {
        *c->ret = moment ? value_time(ms) : value_date(zone_date(zone, ms));
    } else {
        if (text_date(c->from.text, STR_NONE, &days, &clock) != TEXT_DATE_OK) return false;
        if (clock < 0) clock = 0;
        *c->ret = moment ? value_time(zone_day_start(zone, days) + clock) : value_date(days);
    }
    return true;
}

static bool write_text(const struct value *v, struct buf *out) {
    switch (v->type) {
    case VALUE_TEXT:
        buf_add_str(out, v->text);
        return true;
    case VALUE_INT:
        buf_add_int64(out, v->integer);
        return true;
    case VALUE_DECIMAL:
        decimal_format(v->integer, -1, out);
        return true;
    case VALUE_MONEY:
        money_format(v->integer, currency_digits(v->currency), out);
        buf_add_char(out, ' ');
        buf_add_cstr(out, v->currency.code);
        return true;
    case VALUE_BOOL:
        buf_add_cstr(out, v->boolean ? "true" : "false");
        return true;
    case VALUE_DATE:
        date_format(v->integer, out);
        return true;
    case VALUE_TIME:
        time_format(v->integer, out);
        return true;
    default:
        return false;
    }
}

static bool to_text(const struct conversion *c) {
    BUF_CLEANUP struct buf out;
    buf_init(&out, CONVERTED_MAX_BYTES);
    if (!write_text(&c->from, &out) || out.status != CRM_OK) return false;
    struct str text = arena_str(c->x->arena, buf_str(&out)), code;
    if (!text.ptr && out.len) return false;
    if (c->to->type == SCHEMA_FIELD_CHOICE) {
        if (!c->x->resident) return false;
        if (!resident_choice(c->x->resident, c->to->directory, text, &code)) return false;
        text = arena_str(c->x->arena, code);
    } else if (c->to->max_length && utf8_length(text) > (size_t)c->to->max_length) {
        return false;
    }
    *c->ret = value_text(text);
    return true;
}

bool convert_value(const struct row_eval *x, const struct company *company,
                   const struct schema_field *from, const struct schema_field *to,
                   const struct value *v, struct value *ret) {
    const struct conversion c = {x, company, to, *v, ret};
    *ret = VALUE_OF_NIL;
    if (value_is_nil(*v)) return true;
    switch (to->type) {
    case SCHEMA_FIELD_INTEGER:
        return to_number(&c, true);
    case SCHEMA_FIELD_DECIMAL:
        return to_number(&c, false);
    case SCHEMA_FIELD_MONEY:
        return v->type == VALUE_MONEY ? (*ret = *v, true) : to_money(&c);
    case SCHEMA_FIELD_BOOLEAN:
        return to_bool(&c);
    case SCHEMA_FIELD_DATE:
        return to_day(&c, false);
    case SCHEMA_FIELD_TIME:
        return to_day(&c, true);
    case SCHEMA_FIELD_TEXT:
    case SCHEMA_FIELD_LONG_TEXT:
    case SCHEMA_FIELD_CHOICE:
        return to_text(&c);
    case SCHEMA_FIELD_REF_ANY:
        *ret = *v;
        if (!ret->entity) ret->entity = from->ref_entity;
        return v->type == VALUE_ID;
    default:
        return false;
    }
}
