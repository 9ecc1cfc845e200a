/* See cursor.h. Layout before base64url: version, shape, a tagged value a sort term, id, check. */
#include "store/cursor.h"

#include <sodium.h>

#include "base/unicode.h"
#include "store/driver.h"
#include "store/expr_shape.h"
#include "store/messages.h"

enum { CURSOR_VERSION = 1, CHECK_BYTES = 4 };
enum { TAG_NIL = 'n', TAG_INT = 'i', TAG_TEXT = 't', TAG_BY_ID = 'r' };

/* ---- shape ------------------------------------------------------------------------------- */
uint64_t cursor_shape(const struct store_query *q, const struct store_sort *sort,
                      size_t sort_count) {
    uint64_t hash = 0;
    shape_mix_int(&hash, q->from->id);
    shape_mix_int(&hash, q->trash);
    if (q->where) shape_mix_int(&hash, (int64_t)expr_shape(q->where));
    for (size_t i = 0; i < sort_count; i++) {
        shape_mix_int(&hash, sort[i].descending * 2 + sort[i].folded);
        shape_mix_int(&hash, (int64_t)expr_shape(sort[i].key));
    }
    return hash;
}

/* ---- writing ----------------------------------------------------------------------------- */
static void add_int(struct buf *b, int64_t n) { buf_add(b, &n, sizeof n); }

static void add_value(struct buf *b, const struct store_value *v) {
    if (v->type == STORE_INT) {
        buf_add_char(b, TAG_INT);
        add_int(b, v->integer);
    } else if (v->type == STORE_NULL) {
        buf_add_char(b, TAG_NIL);
    } else {
        buf_add_char(b, TAG_TEXT);
        add_int(b, (int64_t)v->bytes.len);
        buf_add_str(b, v->bytes);
    }
}

static size_t text_bytes(const struct cursor *c) {
    size_t total = 0;
    for (size_t i = 0; i < c->count; i++)
        if (c->values[i].type == STORE_TEXT) total += c->values[i].bytes.len;
    return total;
}

struct str cursor_format(struct arena *a, const struct cursor *c) {
    struct buf b BUF_CLEANUP;
    buf_init(&b, CURSOR_TEXT_MAX);
    buf_add_char(&b, CURSOR_VERSION);
    add_int(&b, (int64_t)c->shape);
    if (text_bytes(c) > CURSOR_VALUES_MAX_BYTES)
        buf_add_char(&b, TAG_BY_ID);
    else
        for (size_t i = 0; i < c->count; i++)
            add_value(&b, &c->values[i]);
    add_int(&b, c->id);
    if (b.status != CRM_OK) return STR_NONE;
    uint64_t check = statement_hash(b.ptr, b.len);
    buf_add(&b, &check, CHECK_BYTES);
    size_t capacity = sodium_base64_encoded_len(b.len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *text = b.status == CRM_OK ? arena_alloc(a, capacity) : NULL;
    if (!text) return STR_NONE;
    sodium_bin2base64(text, capacity, (const unsigned char *)b.ptr, b.len,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return str_from(text);
}

/* ---- reading ----------------------------------------------------------------------------- */
static bool take(struct str *rest, void *ret, size_t len) {
    if (rest->len < len) return false;
    memcpy(ret, rest->ptr, len);
    *rest = str_make(rest->ptr + len, rest->len - len);
    return true;
}

static bool take_value(struct str *rest, bool is_text, struct store_value *ret) {
    char tag;
    int64_t n;
    if (!take(rest, &tag, 1)) return false;
    *ret = STORE_NIL;
    if (tag == TAG_NIL) return true;
    if (tag == TAG_INT) {
        if (is_text || !take(rest, &n, sizeof n)) return false;
        *ret = store_int(n);
        return true;
    }
    if (tag != TAG_TEXT || !is_text || !take(rest, &n, sizeof n) || n < 0 ||
        (uint64_t)n > rest->len)
        return false;
    *ret = store_text(str_make(rest->ptr, (size_t)n));
    *rest = str_make(rest->ptr + n, rest->len - (size_t)n);
    return utf8_valid(ret->bytes);
}

static bool take_all(struct str rest, const bool *texts, struct cursor *ret) {
    char version = 0;
    int64_t shape = 0;
    uint64_t check = 0;
    if (rest.len < CHECK_BYTES) return false;
    uint64_t right = statement_hash(rest.ptr, rest.len - CHECK_BYTES);
    memcpy(&check, rest.ptr + rest.len - CHECK_BYTES, CHECK_BYTES);
    if (check != (right & UINT32_MAX)) return false;
    rest.len -= CHECK_BYTES;
    if (!take(&rest, &version, 1) || version != CURSOR_VERSION) return false;
    if (!take(&rest, &shape, sizeof shape) || (uint64_t)shape != ret->shape) return false;
    ret->by_id = rest.len > 0 && ret->count > 0 && rest.ptr[0] == TAG_BY_ID;
    if (ret->by_id) rest = str_make(rest.ptr + 1, rest.len - 1);
    for (size_t i = 0; !ret->by_id && i < ret->count; i++)
        if (!take_value(&rest, texts[i], &ret->values[i])) return false;
    return take(&rest, &ret->id, sizeof ret->id) && rest.len == 0 && ret->id > 0;
}

crm_status cursor_parse(struct arena *a, struct str text, const bool *texts, struct cursor *ret,
                        struct err *err) {
    size_t len = 0;
    if (text.len > CURSOR_TEXT_MAX)
        return err_set(err, CRM_INVALID, &store_text_cursor_wrong, NULL);
    char *bytes = arena_alloc(a, text.len + 1);
    if (!bytes) return err_no_memory(err);
    bool decoded = sodium_base642bin((unsigned char *)bytes, text.len + 1, text.ptr, text.len, NULL,
                                     &len, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0;
    if (!decoded || !take_all(str_make(bytes, len), texts, ret))
        return err_set(err, CRM_INVALID, &store_text_cursor_wrong, NULL);
    return CRM_OK;
}
