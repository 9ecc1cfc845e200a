/* The byte form of images. Integers are LEB128, signed ones zigzag; nothing depends on names, slots
 * or columns, so renames and new fields never touch history.
 *
 *     image  := { field-id kind content }        kind 0: value before, value after
 *     value  := type payload                      kind 1: items before, items after
 *     items  := count { value label key primary attribute-count { value } } */
#include "record/image.h"

#include "record/engine_state.h"

enum image_kind { IMAGE_VALUE, IMAGE_ITEMS };

static void put_uint(struct buf *out, uint64_t n) {
    char bytes[10];
    size_t len = 0;
    do {
        bytes[len] = (char)(n & 0x7f);
        n >>= 7;
        if (n) bytes[len] = (char)(bytes[len] | 0x80);
        len++;
    } while (n);
    buf_add(out, bytes, len);
}

static void put_int(struct buf *out, int64_t n) {
    put_uint(out, ((uint64_t)n << 1) ^ (n < 0 ? UINT64_MAX : 0));
}

static void put_text(struct buf *out, struct str s) {
    put_uint(out, s.len);
    buf_add_str(out, s);
}

static void put_value(struct buf *out, const struct value *v) {
    buf_add_char(out, (char)v->type);
    switch (v->type) {
    case VALUE_BOOL:
        buf_add_char(out, v->boolean ? 1 : 0);
        break;
    case VALUE_TEXT:
        put_text(out, v->text);
        break;
    case VALUE_MONEY:
        put_int(out, v->integer);
        buf_add(out, v->currency.code, 3);
        buf_add_char(out, v->has_base ? 1 : 0);
        if (v->has_base) put_int(out, v->base);
        break;
    case VALUE_ID:
        put_int(out, v->entity);
        put_int(out, v->integer);
        break;
    case VALUE_INT:
    case VALUE_DECIMAL:
    case VALUE_DATE:
    case VALUE_TIME:
        put_int(out, v->integer);
        break;
    case VALUE_NIL:
    case VALUE_LIST:
    case VALUE_TYPE_COUNT:
        break;
    }
}

static void put_items(struct buf *out, const struct schema_field *f, const struct store_item *items,
                      size_t count) {
    put_uint(out, count);
    for (size_t i = 0; i < count; i++) {
        put_value(out, &items[i].value);
        put_text(out, items[i].label);
        put_text(out, items[i].key);
        buf_add_char(out, items[i].primary ? 1 : 0);
        size_t attributes = items[i].attributes ? f->attribute_count : 0;
        put_uint(out, attributes);
        for (size_t n = 0; n < attributes; n++)
            put_value(out, &items[i].attributes[n]);
    }
}

bool image_holds(const struct schema_field *f) {
    if (f->standard) return f->id == SCHEMA_STD_DELETED_AT || f->id >= SCHEMA_STD_OWNER;
    if (f->building || f->type == SCHEMA_FIELD_ROLLUP) return false;
    return schema_storage_of(f) != SCHEMA_STORAGE_NONE;
}

static void put_field(struct buf *out, const struct schema_field *f, const struct value *before,
                      const struct value *after) {
    struct value nil = VALUE_OF_NIL;
    put_uint(out, (uint64_t)f->id);
    buf_add_char(out, IMAGE_VALUE);
    put_value(out, before ? &before[f->slot] : &nil);
    put_value(out, after ? &after[f->slot] : &nil);
}

void image_encode(const struct record_change *c, struct buf *out) {
    if (c->verb == RECORD_CREATE) return;
    bool whole = c->verb == RECORD_PURGE;
    for (size_t i = 0; i < c->entity->field_count; i++) {
        const struct schema_field *f = &c->entity->fields[i];
        if (schema_storage_of(f) == SCHEMA_STORAGE_LINKS) continue;
        bool wanted = whole ? image_holds(f) || (f->standard && f->id != SCHEMA_STD_ID)
                            : image_holds(f) && slot_has(&c->changed, f->slot);
        if (wanted && !(whole && value_is_nil(c->before[f->slot])))
            put_field(out, f, c->before, whole ? NULL : c->after);
    }
    for (size_t i = 0; i < c->item_change_count; i++) {
        const struct record_items_change *it = &c->items[i];
        put_uint(out, (uint64_t)it->field->id);
        buf_add_char(out, IMAGE_ITEMS);
        put_items(out, it->field, it->before, it->before_count);
        put_items(out, it->field, it->after, it->after_count);
    }
}

/* ---- reading back ---------------------------------------------------------------------------- */
struct reader {
    const uint8_t *at, *end;
    struct arena *arena;
    bool bad;
};

static uint8_t get_byte(struct reader *r) {
    if (r->at == r->end) {
        r->bad = true;
        return 0;
    }
    return *r->at++;
}

static uint64_t get_uint(struct reader *r) {
    uint64_t n = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = get_byte(r);
        n |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) return n;
    }
    r->bad = true;
    return 0;
}

static int64_t get_int(struct reader *r) {
    uint64_t n = get_uint(r);
    return (int64_t)(n >> 1) ^ -(int64_t)(n & 1);
}

static struct str get_text(struct reader *r) {
    uint64_t len = get_uint(r);
    if (len > (uint64_t)(r->end - r->at)) {
        r->bad = true;
        return STR_NONE;
    }
    struct str s = str_make((const char *)r->at, (size_t)len);
    r->at += len;
    return s;
}

static struct value get_money(struct reader *r) {
    struct value v = {.type = VALUE_MONEY, .integer = get_int(r)};
    for (int i = 0; i < 3; i++)
        v.currency.code[i] = (char)get_byte(r);
    v.has_base = get_byte(r) != 0;
    if (v.has_base) v.base = get_int(r);
    return v;
}

static struct value get_value(struct reader *r) {
    struct value v = {.type = (enum value_type)get_byte(r)};
    switch (v.type) {
    case VALUE_NIL:
        break;
    case VALUE_BOOL:
        v.boolean = get_byte(r) != 0;
        break;
    case VALUE_TEXT:
        v.text = get_text(r);
        break;
    case VALUE_MONEY:
        v = get_money(r);
        break;
    case VALUE_ID:
        v.entity = (int32_t)get_int(r);
        v.integer = get_int(r);
        break;
    case VALUE_INT:
    case VALUE_DECIMAL:
    case VALUE_DATE:
    case VALUE_TIME:
        v.integer = get_int(r);
        break;
    case VALUE_LIST:
    case VALUE_TYPE_COUNT:
    default:
        r->bad = true;
        v = VALUE_OF_NIL;
        break;
    }
    return v;
}

static void get_attributes(struct reader *r, const struct schema_field *f,
                           struct store_item *item) {
    uint64_t count = get_uint(r);
    if (r->bad || count > (uint64_t)(r->end - r->at)) {
        r->bad = true;
        return;
    }
    size_t room = (size_t)count;
    if (f && f->attribute_count > room)
        room = f->attribute_count; /* attributes added since are nil */
    struct value *values = room ? ARENA_ARRAY(r->arena, room, struct value) : NULL;
    if (room && !values) r->bad = true;
    for (uint64_t i = 0; i < count && !r->bad; i++)
        values[i] = get_value(r);
    item->attributes = values;
}

/* Of items: what is empty is not there. */
static struct str get_text_or_none(struct reader *r) {
    struct str s = get_text(r);
    return s.len ? s : STR_NONE;
}

static const struct store_item *get_items(struct reader *r, const struct schema_field *f,
                                          size_t *ret_count) {
    uint64_t count = get_uint(r);
    if (r->bad || count > IMAGE_ITEMS_MAX || count > (uint64_t)(r->end - r->at)) {
        r->bad = true;
        return NULL;
    }
    struct store_item *items =
        count ? ARENA_ARRAY(r->arena, (size_t)count, struct store_item) : NULL;
    if (count && !items) r->bad = true;
    for (uint64_t i = 0; i < count && !r->bad; i++) {
        items[i].value = get_value(r);
        items[i].label = get_text_or_none(r);
        items[i].key = get_text_or_none(r);
        items[i].primary = get_byte(r) != 0;
        get_attributes(r, f, &items[i]);
    }
    *ret_count = (size_t)count;
    return items;
}

static void get_field(struct reader *r, const struct schema_entity *e, struct image_field *ret) {
    ret->field = (int32_t)get_uint(r);
    const struct schema_field *f = e ? schema_field_by_id(e, ret->field) : NULL;
    uint8_t kind = get_byte(r);
    if (kind == IMAGE_VALUE) {
        ret->before = get_value(r);
        ret->after = get_value(r);
    } else if (kind == IMAGE_ITEMS) {
        ret->is_items = true;
        ret->items_before = get_items(r, f, &ret->items_before_count);
        ret->items_after = get_items(r, f, &ret->items_after_count);
    } else {
        r->bad = true;
    }
}

crm_status image_decode(struct arena *a, struct str images, const struct schema_entity *e,
                        struct image_field **ret, size_t *ret_count, struct err *err) {
    struct str kept = arena_str(a, images);
    if (!kept.ptr) return err_no_memory(err);
    struct reader r = {
        .at = (const uint8_t *)kept.ptr, .end = (const uint8_t *)kept.ptr + kept.len, .arena = a};
    struct image_field *fields = NULL;
    size_t count = 0, capacity = 0;
    while (r.at < r.end) {
        fields = arena_grow(a, fields, count, &capacity, sizeof *fields);
        if (!fields) return err_no_memory(err);
        fields[count] = (struct image_field){0};
        get_field(&r, e, &fields[count]);
        if (r.bad)
            return err_internal(err, "an image of %zu bytes is damaged at %zu", kept.len,
                                (size_t)((const char *)r.at - kept.ptr));
        count++;
    }
    *ret = fields;
    *ret_count = count;
    return CRM_OK;
}
