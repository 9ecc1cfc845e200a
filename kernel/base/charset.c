/* Reading bytes of other encodings: a streaming converter over ICU. Ill-formed bytes become U+FFFD.
 * Guessing which encoding it is: charset_detect.c. */
#include <stdlib.h>

#include "base/unicode.h"

#include <unicode/ucnv.h>

#include "base/messages.h"

enum { PIVOT_UNITS = 2048, OUT_BYTES = 8192, NAME_BYTES = 64 };

struct charset {
    UConverter *from, *to; /* owned */
    UChar pivot[PIVOT_UNITS];
    UChar *pivot_from, *pivot_to; /* what is converted from but not yet to */
    bool started;
    char name[NAME_BYTES];
};

crm_status charset_open(struct str name, struct charset **ret, struct err *err) {
    if (name.len == 0 || name.len >= NAME_BYTES || memchr(name.ptr, '\0', name.len))
        return err_set_args(err, CRM_INVALID, &base_charset_unknown, &name, 1);
    struct charset *c = calloc(1, sizeof *c);
    if (!c) return err_no_memory(err);
    memcpy(c->name, name.ptr, name.len);
    UErrorCode status = U_ZERO_ERROR;
    c->from = ucnv_open(c->name, &status);
    c->to = ucnv_open("UTF-8", &status);
    if (U_FAILURE(status)) {
        charset_close(c);
        if (status == U_MEMORY_ALLOCATION_ERROR) return err_no_memory(err);
        return err_set_args(err, CRM_INVALID, &base_charset_unknown, &name, 1);
    }
    c->pivot_from = c->pivot_to = c->pivot;
    *ret = c;
    return CRM_OK;
}

void charset_close(struct charset *c) {
    if (!c) return;
    if (c->from) ucnv_close(c->from);
    if (c->to) ucnv_close(c->to);
    free(c);
}

crm_status charset_convert(struct charset *c, struct str bytes, bool last, struct buf *out,
                           struct err *err) {
    const char *from = bytes.ptr ? bytes.ptr : "", *from_end = from + bytes.len;
    UErrorCode status = U_ZERO_ERROR;
    do {
        char *to = buf_reserve(out, OUT_BYTES), *to_start = to;
        if (!to) break;
        status = U_ZERO_ERROR;
        ucnv_convertEx(c->to, c->from, &to, to + OUT_BYTES, &from, from_end, c->pivot,
                       &c->pivot_from, &c->pivot_to, c->pivot + PIVOT_UNITS, !c->started, last,
                       &status);
        c->started = true;
        buf_commit(out, (size_t)(to - to_start));
    } while (status == U_BUFFER_OVERFLOW_ERROR);
    if (out->status == CRM_NO_MEMORY) return err_no_memory(err);
    if (out->status != CRM_OK) return err_set(err, out->status, &base_text_too_large, NULL);
    if (U_FAILURE(status)) {
        err_set(err, CRM_INVALID, &base_charset_failed, c->name, NULL);
        err_because(err, "ucnv_convertEx: %s", u_errorName(status));
        return CRM_INVALID;
    }
    return CRM_OK;
}
