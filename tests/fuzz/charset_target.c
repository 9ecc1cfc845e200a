/* Encodings: what is detected can be opened, converting whole or in pieces gives the same valid
 * UTF-8. */
#include "fuzz.h"

#include "base/unicode.h"

static bool convert(const char *name, struct str bytes, size_t piece, struct buf *out) {
    struct charset *charset;
    struct err err;
    err_clear(&err);
    HOLDS(charset_open(str_from(name), &charset, &err) == CRM_OK);
    crm_status status = CRM_OK;
    for (size_t at = 0; status == CRM_OK;) {
        size_t n = bytes.len - at < piece ? bytes.len - at : piece;
        bool last = at + n == bytes.len;
        status = charset_convert(charset, str_make(bytes.ptr + at, n), last, out, &err);
        at += n;
        if (last) break;
    }
    charset_close(charset);
    HOLDS(status == CRM_OK || status == CRM_INVALID || status == CRM_TOO_LARGE);
    return status == CRM_OK && out->status == CRM_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
    struct buf whole, parts;
    size_t bom = 0;
    if (len < 1) return 0;
    struct str text = str_make((const char *)bytes + 1, len - 1);
    const char *name = charset_detect(text, &bom);
    HOLDS(name && bom <= text.len);
    text = str_make(text.ptr + bom, text.len - bom);
    buf_init(&whole, 8u << 20);
    buf_init(&parts, 8u << 20);
    bool one = convert(name, text, text.len ? text.len : 1, &whole);
    bool other = convert(name, text, 1 + bytes[0] % 16, &parts);
    HOLDS(one == other);
    HOLDS(!one || str_eq(buf_str(&whole), buf_str(&parts)));
    buf_fini(&whole);
    buf_fini(&parts);
    return 0;
}
