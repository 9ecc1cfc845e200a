/* Cursors: any text is refused or becomes a place that is written as a text which reads as the same
 * place. The first byte says which of the values are texts, the second how many there are; with its
 * high bit the rest is a text, else what a cursor of the right list holds, with the check that
 * belongs to it. */
#include "fuzz.h"

#include <sodium.h>

#include "store/cursor.h"
#include "store/driver.h"

enum { SHAPE = 0x1234, RAW = 128, CHECK_BYTES = 4 };

static struct str as_text(struct arena *a, struct str inside) {
    struct buf b;
    int64_t shape = SHAPE;
    buf_init(&b, 1 << 20);
    buf_add_char(&b, 1);
    buf_add(&b, &shape, sizeof shape);
    buf_add_str(&b, inside);
    uint64_t check = statement_hash(b.ptr, b.len);
    buf_add(&b, &check, CHECK_BYTES);
    size_t capacity = sodium_base64_encoded_len(b.len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *text = arena_alloc(a, capacity);
    HOLDS(text);
    sodium_bin2base64(text, capacity, (const unsigned char *)b.ptr, b.len,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    buf_fini(&b);
    return str_from(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
    struct arena a;
    struct err err;
    bool texts[STORE_SORT_MAX];
    if (len < 2) return 0;
    for (size_t i = 0; i < STORE_SORT_MAX; i++)
        texts[i] = (bytes[0] >> i & 1) != 0;
    arena_init(&a, 4u << 20);
    struct cursor cursor = {.shape = SHAPE, .count = bytes[1] % RAW % (STORE_SORT_MAX + 1)},
                  again = cursor;
    struct str given = str_make((const char *)bytes + 2, len - 2);
    if (!(bytes[1] & RAW)) given = as_text(&a, given);
    err_clear(&err);
    crm_status status = cursor_parse(&a, given, texts, &cursor, &err);
    HOLDS(status == CRM_OK || status == CRM_INVALID || status == CRM_NO_MEMORY);
    if (status == CRM_OK && !cursor.by_id) {
        struct str text = cursor_format(&a, &cursor);
        HOLDS(text.ptr && cursor_parse(&a, text, texts, &again, &err) == CRM_OK);
        HOLDS(again.id == cursor.id && again.by_id == cursor.by_id);
        for (size_t i = 0; i < cursor.count; i++) {
            HOLDS(again.values[i].type == cursor.values[i].type);
            if (cursor.values[i].type == STORE_INT)
                HOLDS(again.values[i].integer == cursor.values[i].integer);
            if (cursor.values[i].type == STORE_TEXT)
                HOLDS(str_eq(again.values[i].bytes, cursor.values[i].bytes));
        }
    }
    arena_fini(&a);
    return 0;
}
