#include "record/json_in.h"

#include <math.h>

#include "base/number.h"
#include "record/messages.h"

enum { SHOWN_BYTES = 60 };

/* What was given, cut, for a message. */
static struct str shown(struct json_in *in, const json_t *json) {
    struct str s = STR("");
    if (json_is_string(json)) {
        s = json_str(json);
    } else {
        char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
        if (text) s = arena_str(in->view->arena, str_from(text));
        free(text);
    }
    if (s.len <= SHOWN_BYTES) return s;
    size_t cut = SHOWN_BYTES;
    while (cut > 0 && ((unsigned char)s.ptr[cut] & 0xC0) == 0x80)
        cut--;
    return str_make(s.ptr, cut);
}

static crm_status refuse(struct json_in *in, const json_t *json, const struct err_text *text,
                         struct err *err) {
    const struct str args[] = {shown(in, json)};
    return err_set_args(err, CRM_REFUSED, text, args, 1);
}

static crm_status keep_text(struct json_in *in, struct str text, struct value *ret,
                            struct err *err) {
    struct str copy = arena_str(in->changeset->arena, text);
    if (!copy.ptr) return err_no_memory(err);
    *ret = value_text(copy);
    return CRM_OK;
}

static crm_status integer(struct json_in *in, const json_t *json, struct value *ret,
                          struct err *err) {
    int64_t n = 0;
    double real = json_real_value(json);
    if (json_is_integer(json)) {
        n = json_integer_value(json);
    } else if (json_is_real(json) && floor(real) == real && fabs(real) < 9e15) {
        n = (int64_t)real;
    } else if (!json_is_string(json) || !str_to_int64(str_trim(json_str(json)), &n)) {
        return refuse(in, json, &record_number_form, err);
    }
    *ret = value_int(n);
    return CRM_OK;
}

/* The shortest decimal text of a JSON number. A double holds 15 digits for sure. */
static bool number_text(const json_t *json, char room[40]) {
    if (json_is_integer(json)) {
        (void)snprintf(room, 40, "%lld", (long long)json_integer_value(json));
        return true;
    }
    if (!json_is_real(json) || fabs(json_real_value(json)) >= 1e15) return false;
    (void)snprintf(room, 40, "%.15g", json_real_value(json));
    if (strchr(room, 'e')) (void)snprintf(room, 40, "%.6f", json_real_value(json));
    return true;
}

static crm_status decimal(struct json_in *in, const json_t *json, struct value *ret,
                          struct err *err) {
    char room[40];
    int64_t micro = 0;
    struct str text = json_is_string(json)      ? str_trim(json_str(json))
                      : number_text(json, room) ? str_from(room)
                                                : STR_NONE;
    if (!decimal_parse(text, &micro)) return refuse(in, json, &record_decimal_form, err);
    *ret = value_decimal(micro);
    return CRM_OK;
}

static crm_status money_currency(struct json_in *in, const json_t *json, struct currency *ret,
                                 struct err *err) {
    *ret = in->view->company->store.base_currency;
    if (!json || json_is_null(json)) return CRM_OK;
    struct currency c;
    if (!json_is_string(json) || !currency_parse(json_str(json), &c) || currency_digits(c) < 0)
        return refuse(in, json, &record_currency_unknown, err);
    *ret = c;
    return CRM_OK;
}

static crm_status money(struct json_in *in, const json_t *json, struct value *ret,
                        struct err *err) {
    const json_t *amount = json, *code = NULL;
    if (json_is_object(json)) {
        const char *key;
        json_t *unused;
        amount = json_object_get(json, "amount");
        code = json_object_get(json, "currency");
        json_object_foreach((json_t *)(uintptr_t)json, key,
                            unused) if (strcmp(key, "amount") != 0 &&
                                        strcmp(key, "currency") !=
                                            0) return err_set(err, CRM_REFUSED, &record_money_form,
                                                              NULL);
        if (!amount) return err_set(err, CRM_REFUSED, &record_money_form, NULL);
        if (json_is_null(amount)) return *ret = VALUE_OF_NIL, CRM_OK;
    }
    struct currency currency;
    crm_status status = money_currency(in, code, &currency, err);
    if (status != CRM_OK) return status;
    char room[40];
    struct str text = json_is_string(amount)      ? str_trim(json_str(amount))
                      : number_text(amount, room) ? str_from(room)
                                                  : STR_NONE;
    int64_t minor = 0, micro = 0;
    if (!money_parse(text, currency_digits(currency), &minor)) {
        const struct str args[] = {shown(in, amount), str_from(currency.code)};
        bool places = decimal_parse(text, &micro);
        return err_set_args(err, CRM_REFUSED, places ? &record_money_places : &record_money_form,
                            args, places ? 2 : 0);
    }
    *ret = (struct value){.type = VALUE_MONEY, .currency = currency, .integer = minor};
    return CRM_OK;
}

static crm_status moment(struct json_in *in, bool date, const json_t *json, struct value *ret,
                         struct err *err) {
    int64_t n = 0;
    bool read = json_is_string(json) &&
                (date ? date_parse(json_str(json), &n) : time_parse(json_str(json), &n));
    if (!read) return refuse(in, json, date ? &record_date_form : &record_time_form, err);
    *ret = date ? value_date(n) : value_time(n);
    return CRM_OK;
}

static crm_status payload(struct json_in *in, const json_t *json, struct value *ret,
                          struct err *err) {
    char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    if (!text) return err_no_memory(err);
    crm_status status = keep_text(in, str_from(text), ret, err);
    free(text);
    return status;
}

crm_status json_in_value(struct json_in *in, const struct schema_field *f, const json_t *json,
                         struct value *ret, struct err *err) {
    if (json_is_null(json)) {
        *ret = VALUE_OF_NIL;
        return CRM_OK;
    }
    switch (f->type) {
    case SCHEMA_FIELD_TEXT:
    case SCHEMA_FIELD_LONG_TEXT:
    case SCHEMA_FIELD_CHOICE:
    case SCHEMA_FIELD_SERIES:
        if (!json_is_string(json)) return err_set(err, CRM_REFUSED, &record_text_expected, NULL);
        return keep_text(in, json_str(json), ret, err);
    case SCHEMA_FIELD_INTEGER:
        return integer(in, json, ret, err);
    case SCHEMA_FIELD_DECIMAL:
        return decimal(in, json, ret, err);
    case SCHEMA_FIELD_MONEY:
        return money(in, json, ret, err);
    case SCHEMA_FIELD_BOOLEAN:
        if (!json_is_boolean(json)) return refuse(in, json, &record_boolean_form, err);
        *ret = value_bool(json_is_true(json));
        return CRM_OK;
    case SCHEMA_FIELD_DATE:
        return moment(in, true, json, ret, err);
    case SCHEMA_FIELD_TIME:
        return moment(in, false, json, ret, err);
    case SCHEMA_FIELD_JSON:
        return payload(in, json, ret, err);
    case SCHEMA_FIELD_REF:
    case SCHEMA_FIELD_FILE:
        return json_in_reference(in, schema_entity_by_id(in->view->access->schema, f->ref_entity),
                                 json, ret, err);
    case SCHEMA_FIELD_REF_ANY:
        return json_in_reference(in, NULL, json, ret, err);
    default:
        return err_set(err, CRM_REFUSED, &record_field_read_only, NULL);
    }
}
