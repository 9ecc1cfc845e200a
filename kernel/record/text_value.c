/* One value from text, as files and the command line give it. */
#include "record/text_value.h"

#include "base/unicode.h"
#include "record/messages.h"
#include "record/text_parse.h"

struct reading {
    struct record_view *view;
    const struct schema_field *field;
    const struct record_text_options *options;
    struct str text;   /* trimmed */
    struct str folded; /* and collapsed */
};

static crm_status refuse(const struct reading *r, const struct err_text *text, struct err *err) {
    const struct str args[] = {r->text};
    return err_set_args(err, CRM_REFUSED, text, args, 1);
}

static int64_t scale_of(const struct reading *r) {
    return r->options && r->options->scale_micro ? r->options->scale_micro : DECIMAL_ONE;
}

/* Micro units times the scale, exact; false when places are lost or 64 bits left. */
static bool scaled(const struct reading *r, const char *plain, int64_t *ret_micro) {
    int64_t micro = 0;
    if (!decimal_parse(str_from(plain), &micro)) return false;
    int64_t scale = scale_of(r);
    if (scale == DECIMAL_ONE) return *ret_micro = micro, true;
    __int128 product = (__int128)micro * scale;
    if (product % DECIMAL_ONE != 0) return false;
    product /= DECIMAL_ONE;
    if (product > INT64_MAX || product < INT64_MIN) return false;
    *ret_micro = (int64_t)product;
    return true;
}

static crm_status number(const struct reading *r, bool whole, struct value *ret, struct err *err) {
    char plain[TEXT_NUMBER_BYTES];
    int64_t micro = 0;
    const struct err_text *problem = whole ? &record_number_form : &record_decimal_form;
    if (!text_number(r->text, plain)) return refuse(r, problem, err);
    if (whole && scale_of(r) == DECIMAL_ONE && str_to_int64(str_from(plain), &micro))
        return *ret = value_int(micro), CRM_OK;
    if (!scaled(r, plain, &micro) || (whole && micro % DECIMAL_ONE != 0))
        return refuse(r, problem, err);
    *ret = whole ? value_int(micro / DECIMAL_ONE) : value_decimal(micro);
    return CRM_OK;
}

static crm_status money(const struct reading *r, struct value *ret, struct err *err) {
    char plain[TEXT_NUMBER_BYTES];
    struct currency c = {""};
    int64_t micro = 0, minor = 0;
    if (!text_money(r->text, plain, &c)) return refuse(r, &record_decimal_form, err);
    if (!c.code[0] && r->options) c = r->options->currency;
    if (!c.code[0]) c = r->view->company->store.base_currency;
    int digits = currency_digits(c);
    const struct str args[] = {r->text, str_from(c.code)};
    if (digits < 0) return err_set_args(err, CRM_REFUSED, &record_currency_unknown, args + 1, 1);
    if (scale_of(r) != DECIMAL_ONE) {
        if (!scaled(r, plain, &micro)) return refuse(r, &record_decimal_form, err);
        BUF_CLEANUP struct buf text;
        buf_init(&text, TEXT_NUMBER_BYTES);
        decimal_format(micro, -1, &text);
        if (!money_parse(buf_str(&text), digits, &minor))
            return err_set_args(err, CRM_REFUSED, &record_money_places, args, 2);
    } else if (!money_parse(str_from(plain), digits, &minor)) {
        return err_set_args(err, CRM_REFUSED, &record_money_places, args, 2);
    }
    *ret = (struct value){.type = VALUE_MONEY, .currency = c, .integer = minor};
    return CRM_OK;
}

static crm_status date_problem(const struct reading *r, enum text_date outcome, struct err *err) {
    switch (outcome) {
    case TEXT_DATE_IMPOSSIBLE:
        return refuse(r, &record_date_impossible, err);
    case TEXT_DATE_AMBIGUOUS:
        return refuse(r, &record_date_ambiguous, err);
    default:
        return refuse(r, &record_date_unread, err);
    }
}

static crm_status date(const struct reading *r, bool moment, struct value *ret, struct err *err) {
    int64_t days = 0, clock = -1, ms = 0;
    if (time_parse(r->text, &ms)) { /* a moment with its zone */
        *ret = moment ? value_time(ms) : value_date(zone_date(r->view->company->store.zone, ms));
        return CRM_OK;
    }
    enum text_date outcome =
        text_date(r->text, r->options ? r->options->date_order : STR_NONE, &days, &clock);
    if (outcome != TEXT_DATE_OK) return date_problem(r, outcome, err);
    if (!moment) return *ret = value_date(days), CRM_OK;
    const struct zone *zone = r->view->company->store.zone;
    if (clock < 0) return *ret = value_time(zone_day_start(zone, days)), CRM_OK;
    struct civil local;
    date_to_civil(days, &local);
    local.hour = (int32_t)(clock / 3600000);
    local.minute = (int32_t)(clock / 60000 % 60);
    local.second = (int32_t)(clock / 1000 % 60);
    local.ms = (int32_t)(clock % 1000);
    *ret = value_time(zone_moment(zone, &local));
    return CRM_OK;
}

static crm_status choice(const struct reading *r, struct value *ret, struct err *err) {
    struct str code;
    if (resident_choice(r->view->resident, r->field->directory, r->text, &code))
        return *ret = value_text(code), CRM_OK;
    const struct str args[] = {r->text, r->field->directory};
    return err_set_args(err, CRM_REFUSED, &record_choice_unknown, args, 2);
}

static crm_status reference(const struct reading *r, struct value *ret, struct err *err) {
    const struct schema_entity *e =
        schema_entity_by_id(r->view->access->schema, r->field->ref_entity);
    int64_t id = 0;
    if (!e)
        return err_set(err, CRM_REFUSED, &record_text_no_list,
                       schema_field_type_word(r->field->type), NULL);
    crm_status status = text_reference(r->view, e, r->text, r->options, &id, err);
    if (status != CRM_OK) return status;
    *ret = value_id(id);
    ret->entity = e->id;
    return CRM_OK;
}

static crm_status convert(const struct reading *r, struct value *ret, struct err *err) {
    bool truth = false;
    switch (r->field->type) {
    case SCHEMA_FIELD_INTEGER:
        return number(r, true, ret, err);
    case SCHEMA_FIELD_DECIMAL:
        return number(r, false, ret, err);
    case SCHEMA_FIELD_MONEY:
        return money(r, ret, err);
    case SCHEMA_FIELD_BOOLEAN:
        if (!text_bool(r->folded, &truth)) return refuse(r, &record_boolean_form, err);
        *ret = value_bool(truth);
        return CRM_OK;
    case SCHEMA_FIELD_DATE:
        return date(r, false, ret, err);
    case SCHEMA_FIELD_TIME:
        return date(r, true, ret, err);
    case SCHEMA_FIELD_CHOICE:
        return choice(r, ret, err);
    case SCHEMA_FIELD_REF:
    case SCHEMA_FIELD_FILE:
        return reference(r, ret, err);
    default:
        return err_set(err, CRM_REFUSED, &record_text_no_list,
                       schema_field_type_word(r->field->type), NULL);
    }
}

static bool is_text(const struct schema_field *f) {
    return f->type == SCHEMA_FIELD_TEXT || f->type == SCHEMA_FIELD_LONG_TEXT ||
           f->type == SCHEMA_FIELD_SERIES || f->type == SCHEMA_FIELD_JSON;
}

crm_status record_value_from_text(struct record_view *v, const struct schema_field *f,
                                  struct str text, const struct record_text_options *o,
                                  struct value *ret, struct err *err) {
    struct reading r = {.view = v, .field = f, .options = o, .text = str_trim(text)};
    if (is_text(f)) {
        *ret = text.len ? value_text(text) : VALUE_OF_NIL;
        return CRM_OK;
    }
    if (r.text.len == 0) {
        *ret = VALUE_OF_NIL;
        return CRM_OK;
    }
    r.folded = fold_key_arena(v->arena, r.text);
    if (!r.folded.ptr) return err_no_memory(err);
    struct value value;
    struct err problem;
    err_clear(&problem);
    crm_status status = convert(&r, &value, &problem);
    if (status == CRM_REFUSED && o && o->null_words && text_is_null_word(r.folded)) {
        value =
            VALUE_OF_NIL; /* only where it is not a value: a list may well have an item "none" */
        status = CRM_OK;
    }
    if (status == CRM_OK) {
        *ret = value;
        return CRM_OK;
    }
    err_at_field(&problem, f->name);
    if (err) err_copy(err, &problem);
    return status;
}

/* ---- lists ----------------------------------------------------------------------------------- */

static bool splits(const struct schema_field *f, char c) {
    if (c == ';' || c == '\n' || c == '\r') return true;
    if (c != ',') return false;
    return f->type == SCHEMA_FIELD_CHOICES ||
           (f->type == SCHEMA_FIELD_LABELLED && f->labelled == SCHEMA_LABELLED_EMAIL) ||
           (f->standard && f->id == SCHEMA_STD_TAGS);
}

static crm_status one_item(struct record_view *v, const struct schema_field *f, struct str text,
                           const struct record_text_options *o, struct store_item *ret,
                           struct err *err) {
    struct reading r = {.view = v, .field = f, .options = o, .text = text};
    *ret = (struct store_item){0};
    if (f->type == SCHEMA_FIELD_CHOICES) return choice(&r, &ret->value, err);
    if (f->type == SCHEMA_FIELD_LINKS) {
        struct value *attributes = ARENA_ARRAY(v->arena, f->attribute_count + 1, struct value);
        if (!attributes) return err_no_memory(err);
        ret->attributes = attributes;
        return reference(&r, &ret->value, err);
    }
    ret->value = value_text(text);
    return CRM_OK;
}

crm_status record_items_from_text(struct record_view *v, const struct schema_field *f,
                                  struct str text, const struct record_text_options *o,
                                  struct store_item **ret, size_t *ret_count, struct err *err) {
    struct store_item *items = NULL;
    size_t count = 0, room = 0;
    if (schema_field_storage(f->type) != SCHEMA_STORAGE_LINKS)
        return err_set(err, CRM_REFUSED, &record_text_no_list, schema_field_type_word(f->type),
                       NULL);
    for (size_t from = 0, at = 0; at <= text.len; at++) {
        if (at < text.len && !splits(f, text.ptr[at])) continue;
        struct str part = str_trim(str_make(text.ptr + from, at - from));
        from = at + 1;
        if (part.len == 0) continue;
        items = arena_grow(v->arena, items, count, &room, sizeof *items);
        if (!items) return err_no_memory(err);
        crm_status status = one_item(v, f, part, o, &items[count], err);
        if (status != CRM_OK) {
            err_at_field(err, f->name);
            return status;
        }
        items[count].primary = f->type == SCHEMA_FIELD_LABELLED && count == 0;
        count++;
    }
    *ret = items;
    *ret_count = count;
    return CRM_OK;
}
