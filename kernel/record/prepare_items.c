/* Multi-valued fields: replacing, adding and removing items; their normalised keys and attributes.
 *
 * A labelled list keeps exactly one primary item; sets (choices, links) hold a value once. */
#include "base/unicode.h"
#include "record/messages.h"
#include "record/prepare.h"

crm_status prepare_items_current(struct prepare *p, struct prepared *c,
                                 const struct schema_field *f, struct prepared_items **ret,
                                 struct err *err) {
    for (struct prepared_items *it = c->items; it; it = it->next)
        if (it->field == f) {
            *ret = it;
            return CRM_OK;
        }
    struct prepared_items *it = ARENA_NEW(p->arena, struct prepared_items);
    if (!it) return err_no_memory(err);
    it->field = f;
    if (c->change.before) {
        struct store_item *items = NULL;
        crm_status status =
            store_links_get(p->conn, f, &c->change.id, 1, p->arena, &items, &it->before_count, err);
        if (status != CRM_OK) return status;
        for (size_t i = 0; i < it->before_count; i++)
            if (f->ref_entity)
                items[i].value.entity = 0; /* the field says it, as in what is written */
        it->before = items;
    }
    it->after = it->before;
    it->after_count = it->before_count;
    it->next = c->items;
    c->items = it;
    *ret = it;
    return CRM_OK;
}

/* Digits, with the leading + when there is one: how phones compare. */
static struct str phone_key(struct arena *a, struct str text) {
    char *key = arena_array(a, text.len + 1, 1);
    size_t len = 0;
    if (!key) return STR_NONE;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if ((c >= '0' && c <= '9') || (c == '+' && len == 0)) key[len++] = c;
    }
    return str_make(key, len);
}

static bool item_key(struct prepare *p, const struct schema_field *f, struct store_item *item) {
    if (f->type != SCHEMA_FIELD_LABELLED) return true;
    item->key = f->labelled == SCHEMA_LABELLED_PHONE ? phone_key(p->arena, item->value.text)
                                                     : fold_key_arena(p->arena, item->value.text);
    return item->key.ptr != NULL;
}

static crm_status item_attributes(struct prepare *p, struct prepared *c,
                                  const struct schema_field *f, struct store_item *item,
                                  bool *ret_ok, struct err *err) {
    if (!item->attributes || f->attribute_count == 0) return CRM_OK;
    struct value *values = ARENA_ARRAY(p->arena, f->attribute_count, struct value);
    if (!values) return err_no_memory(err);
    for (size_t i = 0; i < f->attribute_count; i++) {
        bool ok = true;
        values[i] = item->attributes[i];
        crm_status status = prepare_value(p, c, &f->attributes[i], &values[i], &ok, err);
        if (status != CRM_OK) return status;
        *ret_ok = *ret_ok && ok;
    }
    item->attributes = values;
    return CRM_OK;
}

enum { ITEM_TEXT_MAX = 1000, ITEM_LABEL_MAX = 100 };

static bool too_long(const struct store_item *item) {
    return utf8_length(item->value.text) > ITEM_TEXT_MAX ||
           utf8_length(item->label) > ITEM_LABEL_MAX;
}

/* A checked copy of one given item; *ret_ok false: refused (noted) or empty. */
static crm_status item_take(struct prepare *p, struct prepared *c, const struct schema_field *f,
                            const struct store_item *from, struct store_item *ret, bool *ret_ok,
                            struct err *err) {
    *ret = *from;
    crm_status status = prepare_value(p, c, f, &ret->value, ret_ok, err);
    if (status != CRM_OK || !*ret_ok) return status;
    if (value_is_nil(ret->value) || (ret->value.type == VALUE_TEXT && ret->value.text.len == 0)) {
        *ret_ok = false;
        return CRM_OK;
    }
    if (ret->value.type == VALUE_TEXT &&
        (!utf8_valid(ret->value.text) || !utf8_valid(ret->label))) {
        *ret_ok = false;
        return prepare_field_error(p, c, f, CRM_REFUSED, &record_text_invalid, err);
    }
    if (f->type == SCHEMA_FIELD_LABELLED && too_long(ret)) {
        struct err error;
        *ret_ok = false;
        err_set(&error, CRM_REFUSED, &record_item_too_long, NULL);
        return prepare_error(p, c, f, &error, err);
    }
    if (!item_key(p, f, ret)) return err_no_memory(err);
    return item_attributes(p, c, f, ret, ret_ok, err);
}

static size_t item_position(const struct schema_field *f, const struct store_item *items,
                            size_t count, const struct store_item *wanted) {
    for (size_t i = 0; i < count; i++) {
        if (!value_equal(&items[i].value, &wanted->value)) continue;
        if (f->type != SCHEMA_FIELD_LABELLED || str_eq(items[i].label, wanted->label)) return i;
    }
    return SIZE_MAX;
}

/* Labelled lists: the first item that says so is the primary one, else the first. */
static void settle_primary(const struct schema_field *f, struct store_item *items, size_t count) {
    size_t primary = SIZE_MAX;
    if (f->type != SCHEMA_FIELD_LABELLED || count == 0) return;
    for (size_t i = 0; i < count; i++) {
        if (items[i].primary && primary == SIZE_MAX) primary = i;
        items[i].primary = false;
    }
    items[primary == SIZE_MAX ? 0 : primary].primary = true;
}

/* The list after: `list` holds `count` items and has room for those of the write. */
static crm_status items_merge(struct prepare *p, struct prepared *c, const struct record_write *w,
                              struct store_item *list, size_t *count, const struct schema_field *f,
                              struct err *err) {
    for (size_t i = 0; i < w->item_count; i++) {
        struct store_item item = w->items[i];
        bool ok = true, goes = w->kind == RECORD_ITEMS_REMOVE;
        size_t at = goes ? item_position(f, list, *count, &item) : SIZE_MAX;
        crm_status status = CRM_OK;
        if (at == SIZE_MAX) { /* what is there may go, though it could not come any more */
            status = item_take(p, c, f, &w->items[i], &item, &ok, err);
            if (status != CRM_OK) return status;
            if (!ok) continue;
            at = item_position(f, list, *count, &item);
        }
        if (goes) {
            if (at == SIZE_MAX) continue;
            memmove(&list[at], &list[at + 1], (*count - at - 1) * sizeof *list);
            (*count)--;
        } else if (at != SIZE_MAX) {
            list[at] = item;
        } else {
            list[(*count)++] = item;
        }
        if (item.primary && w->kind == RECORD_ITEMS_ADD)
            for (size_t n = 0; n < *count; n++)
                list[n].primary = n == item_position(f, list, *count, &item);
    }
    return CRM_OK;
}

crm_status prepare_items(struct prepare *p, struct prepared *c, const struct schema_field *f,
                         const struct record_write *w, struct err *err) {
    if (schema_storage_of(f) != SCHEMA_STORAGE_LINKS)
        return prepare_field_error(p, c, f, CRM_REFUSED, &record_items_not_many, err);
    struct prepared_items *it = NULL;
    crm_status status = prepare_items_current(p, c, f, &it, err);
    if (status != CRM_OK) return status;
    size_t keep = w->kind == RECORD_ITEMS_REPLACE ? 0 : it->after_count, count = keep;
    if (keep + w->item_count > PREPARE_ITEMS_MAX) {
        struct err error;
        err_set(&error, CRM_REFUSED, &record_too_many_items, "10000", NULL);
        return prepare_error(p, c, f, &error, err);
    }
    struct store_item *list = ARENA_ARRAY(p->arena, keep + w->item_count + 1, struct store_item);
    if (!list) return err_no_memory(err);
    if (keep) memcpy(list, it->after, keep * sizeof *list);
    status = items_merge(p, c, w, list, &count, f, err);
    if (status != CRM_OK) return status;
    settle_primary(f, list, count);
    it->after = list;
    it->after_count = count;
    slot_add(&c->written, f->slot);
    return CRM_OK;
}
