/* One write of an op: may the field be written, is the value one of its type. Lists are in
 * prepare_items.c, references and unique keys are looked up in the second phase. */
#include "base/number.h"
#include "base/unicode.h"
#include "record/messages.h"
#include "record/prepare.h"

enum { TEXT_MAX_DEFAULT = 1000, LONG_TEXT_MAX_DEFAULT = 100000, JSON_MAX_BYTES = 1000000 };

static crm_status wrong(struct prepare *p, const struct prepared *c, const struct schema_field *f,
                        bool *ret_ok, const struct err *error, struct err *err) {
    *ret_ok = false;
    return prepare_error(p, c, f, error, err);
}

static crm_status check_text(struct prepare *p, struct prepared *c, const struct schema_field *f,
                             const struct value *v, bool *ret_ok, struct err *err) {
    struct err error;
    if (!utf8_valid(v->text)) {
        err_set(&error, CRM_REFUSED, &record_text_invalid, NULL);
        return wrong(p, c, f, ret_ok, &error, err);
    }
    size_t max = f->max_length > 0                   ? (size_t)f->max_length
                 : f->type == SCHEMA_FIELD_LONG_TEXT ? LONG_TEXT_MAX_DEFAULT
                                                     : TEXT_MAX_DEFAULT;
    if (f->type == SCHEMA_FIELD_JSON) max = JSON_MAX_BYTES;
    size_t length = v->text.len <= max ? 0 : utf8_length(v->text);
    if (length <= max) return CRM_OK;
    char allowed[24], given[24];
    snprintf(allowed, sizeof allowed, "%zu", max);
    snprintf(given, sizeof given, "%zu", length);
    err_set(&error, CRM_REFUSED, &record_text_too_long, allowed, given, NULL);
    return wrong(p, c, f, ret_ok, &error, err);
}

/* The item of the directory that comes closest, for the message. */
static struct str choice_similar(const struct prepare *p, struct str directory, struct str text) {
    struct str head = str_make(text.ptr, text.len < 3 ? text.len : 3), found = STR_NONE;
    struct arena scratch;
    arena_init(&scratch, 1 << 16);
    struct str wanted = fold_key_arena(&scratch, head);
    const struct schema_directory *d = schema_directory_find(p->schema, directory);
    for (size_t i = 0; d && wanted.len > 0 && i < d->item_count && !found.ptr; i++)
        if (str_starts_with(fold_key_arena(&scratch, d->items[i].code), wanted))
            found = d->items[i].code;
    arena_fini(&scratch);
    return found;
}

/* Closed directories know their values; open ones take a new one as it is, see directory.c. */
static crm_status check_choice(struct prepare *p, struct prepared *c, const struct schema_field *f,
                               struct value *v, bool *ret_ok, struct err *err) {
    struct str code;
    if (resident_choice(p->resident, f->directory, v->text, &code)) {
        v->text = arena_str(p->arena, code); /* the stored spelling */
        return v->text.ptr ? CRM_OK : err_no_memory(err);
    }
    if (f->open) return directory_extend(p, f->directory, v, ret_ok, err);
    struct err error;
    struct str args[] = {v->text, f->directory, choice_similar(p, f->directory, v->text)};
    const struct err_text *text = args[2].ptr ? &record_choice_similar : &record_choice_unknown;
    err_set_args(&error, CRM_REFUSED, text, args, args[2].ptr ? 3 : 2);
    return wrong(p, c, f, ret_ok, &error, err);
}

static crm_status check_date(struct prepare *p, struct prepared *c, const struct schema_field *f,
                             const struct value *v, bool *ret_ok, struct err *err) {
    int64_t day = v->type == VALUE_DATE ? v->integer : v->integer / MS_PER_DAY;
    if (day >= EXPR_DATE_MIN && day <= EXPR_DATE_MAX) return CRM_OK;
    *ret_ok = false;
    return prepare_field_error(p, c, f, CRM_REFUSED, &record_date_out_of_range, err);
}

/* The amount counts in the digits of its currency; the base amount is fixed when the row is saved.
 */
static crm_status check_money(struct prepare *p, struct prepared *c, const struct schema_field *f,
                              struct value *v, bool *ret_ok, struct err *err) {
    if (v->currency.code[0] == '\0') v->currency = p->company->store.base_currency;
    if (!(p->changeset->flags & CHANGESET_UNDO)) {
        v->has_base = false;
        v->base = 0;
    }
    if (currency_digits(v->currency) >= 0) return CRM_OK;
    struct err error;
    err_set(&error, CRM_REFUSED, &record_currency_unknown, v->currency.code, NULL);
    return wrong(p, c, f, ret_ok, &error, err);
}

static crm_status check_reference(struct prepare *p, struct prepared *c,
                                  const struct schema_field *f, struct value *v, bool *ret_ok,
                                  struct err *err) {
    if (f->type == SCHEMA_FIELD_REF_ANY || f->ref_entity == 0) {
        if (schema_entity_by_id(p->schema, v->entity)) return CRM_OK;
    } else if (v->entity == 0 || v->entity == f->ref_entity) {
        v->entity = 0; /* the field says it */
        return CRM_OK;
    }
    *ret_ok = false;
    return prepare_field_error(p, c, f, CRM_REFUSED, &record_reference_entity, err);
}

crm_status prepare_value(struct prepare *p, struct prepared *c, const struct schema_field *f,
                         struct value *v, bool *ret_ok, struct err *err) {
    *ret_ok = true;
    if (value_is_nil(*v)) return CRM_OK;
    if (!value_coerce(f, p->company, v)) {
        struct err error;
        err_set(&error, CRM_REFUSED, &record_wrong_type, schema_field_type_word(f->type),
                value_type_name(v->type), NULL);
        return wrong(p, c, f, ret_ok, &error, err);
    }
    switch (f->type) {
    case SCHEMA_FIELD_TEXT:
    case SCHEMA_FIELD_LONG_TEXT:
    case SCHEMA_FIELD_JSON:
    case SCHEMA_FIELD_SERIES:
        if (v->text.len == 0 && f->unique) *v = VALUE_OF_NIL; /* empty is no key */
        return value_is_nil(*v) ? CRM_OK : check_text(p, c, f, v, ret_ok, err);
    case SCHEMA_FIELD_CHOICE:
    case SCHEMA_FIELD_CHOICES:
        if (v->text.len == 0) *v = VALUE_OF_NIL;
        return value_is_nil(*v) ? CRM_OK : check_choice(p, c, f, v, ret_ok, err);
    case SCHEMA_FIELD_MONEY:
        return check_money(p, c, f, v, ret_ok, err);
    case SCHEMA_FIELD_DATE:
    case SCHEMA_FIELD_TIME:
        return check_date(p, c, f, v, ret_ok, err);
    case SCHEMA_FIELD_REF:
    case SCHEMA_FIELD_REF_ANY:
    case SCHEMA_FIELD_FILE:
    case SCHEMA_FIELD_LINKS:
        return check_reference(p, c, f, v, ret_ok, err);
    default:
        return CRM_OK;
    }
}

/* What the program keeps by itself. Numbers of a series come along with imports only. */
static bool is_ours(const struct prepare *p, const struct schema_field *f) {
    if (p->changeset->flags & CHANGESET_UNDO)
        return f->standard && f->id < SCHEMA_STD_DELETED_AT && f->id != SCHEMA_STD_CREATED_AT &&
               f->id != SCHEMA_STD_CREATED_BY;
    if (f->standard && f->id <= SCHEMA_STD_DELETED_AT) return true;
    if (f->type == SCHEMA_FIELD_FORMULA || f->type == SCHEMA_FIELD_ROLLUP) return true;
    if (f->type == SCHEMA_FIELD_SERIES)
        return !(p->changeset->flags & (CHANGESET_IMPORT | CHANGESET_SEED | CHANGESET_TRUSTED));
    return f->read_only && !p->access.actor.system &&
           !(p->changeset->flags & (CHANGESET_IMPORT | CHANGESET_TRUSTED));
}

static crm_status may_write(struct prepare *p, const struct prepared *c,
                            const struct schema_field *f, bool *ret, struct err *err) {
    const struct schema_entity *e = c->change.entity;
    *ret = c->by_system;
    if (c->by_system) return CRM_OK;
    if (!p->access.actor.system && !access_field_visible(&p->access, e, f)) {
        struct err error;
        err_set_args(&error, CRM_INVALID, &record_field_unknown, &f->name, 1);
        return prepare_error(p, c, f, &error, err);
    }
    if (is_ours(p, f))
        return prepare_field_error(p, c, f, CRM_REFUSED, &record_field_read_only, err);
    bool by_code =
        f->read_only &&
        p->changeset->flags & (CHANGESET_IMPORT | CHANGESET_TRUSTED); /* no person's right */
    if (!p->access.actor.system && !by_code && !access_field_writable(&p->access, e, f))
        return prepare_field_error(p, c, f, CRM_FORBIDDEN, &record_field_forbidden, err);
    *ret = true;
    return CRM_OK;
}

/* By its key a stock role is known to the definitions; rules about its name rest on that. */
static bool is_key_of_stock_role(const struct prepare *p, const struct prepared *c,
                                 const struct schema_field *f, const struct value *v) {
    const struct value *before = c->change.before ? &c->change.before[f->slot] : NULL;
    return before && f->id == SCHEMA_STD_EXTERNAL_ID && str_is(c->change.entity->name, "role") &&
           str_starts_with(value_str(*before), STR("seed:")) && !value_equal(v, before) &&
           !(p->changeset->flags & (CHANGESET_SEED | CHANGESET_UNDO));
}

static crm_status write_value(struct prepare *p, struct prepared *c, const struct schema_field *f,
                              const struct record_write *w, struct err *err) {
    struct value v = w->value;
    bool ok = false;
    if (schema_storage_of(f) == SCHEMA_STORAGE_LINKS || f->type == SCHEMA_FIELD_CHILDREN) {
        if (!value_is_nil(v))
            return prepare_field_error(p, c, f, CRM_REFUSED, &record_items_expected, err);
        struct record_write empty = {.slot = w->slot, .kind = RECORD_ITEMS_REPLACE};
        return f->type == SCHEMA_FIELD_CHILDREN ? prepare_children(p, c, f, &empty, err)
                                                : prepare_items(p, c, f, &empty, err);
    }
    crm_status status = prepare_value(p, c, f, &v, &ok, err);
    if (status != CRM_OK || !ok) return status;
    if (is_key_of_stock_role(p, c, f, &v))
        return prepare_field_error(p, c, f, CRM_REFUSED, &record_field_read_only, err);
    /* Money that is only typed again keeps its base amount. */
    if (v.type == VALUE_MONEY && c->change.before && value_equal(&v, &c->change.before[f->slot]))
        v = c->change.before[f->slot];
    prepare_put(c, f, v);
    slot_add(&c->written, f->slot);
    return CRM_OK;
}

crm_status prepare_write_checked(struct prepare *p, struct prepared *c,
                                 const struct schema_field *f, const struct record_write *w,
                                 struct err *err) {
    switch (w->kind) {
    case RECORD_SET:
        return write_value(p, c, f, w, err);
    case RECORD_CHILDREN:
        return prepare_children(p, c, f, w, err);
    case RECORD_ITEMS_REPLACE:
    case RECORD_ITEMS_ADD:
    case RECORD_ITEMS_REMOVE:
        break;
    }
    return prepare_items(p, c, f, w, err);
}

crm_status prepare_write(struct prepare *p, struct prepared *c, const struct record_write *w,
                         struct err *err) {
    const struct schema_field *f = schema_field_at(c->change.entity, w->slot);
    bool may = false;
    if (!f) return err_internal(err, "a write to the slot %d that is not there", w->slot);
    crm_status status = may_write(p, c, f, &may, err);
    if (status != CRM_OK || !may) return status;
    return prepare_write_checked(p, c, f, w, err);
}

crm_status prepare_is_empty(struct prepare *p, const struct prepared *c,
                            const struct schema_field *f, bool *ret, struct err *err) {
    if (schema_storage_of(f) == SCHEMA_STORAGE_LINKS) {
        const struct store_item *items = NULL;
        size_t count = 0;
        crm_status status =
            row_eval_items(&p->eval, c->change.entity, c->change.id, f, &items, &count, err);
        *ret = count == 0;
        return status;
    }
    const struct value *v = &c->change.after[f->slot];
    *ret = value_is_nil(*v) || (v->type == VALUE_TEXT && v->text.len == 0);
    return CRM_OK;
}
