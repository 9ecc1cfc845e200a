/* crm_fold as SQL, equal to fold_text of base/unicode.h: NFKC by the server, then translate() over
 * pairs that the kernel's own folding yields for every character, then the few that become several.
 *
 * translate() looks a character up by walking its list, so texts of Latin and Cyrillic letters take
 * a short list of their own. Texts with a shadow column never come here. */
#include "store/postgres/fold.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include "base/unicode.h"

enum { COMMON_END = 0x0530, ALL_END = 0x1F000, LIST_MAX_BYTES = 1 << 18, CHARACTER_BYTES = 8 };

struct lists {
    struct buf from, to; /* one for one */
    struct buf dropped;
    struct buf before, after; /* "replace(replace(" ... ", 'ß', 'ss')" */
};

static void lists_init(struct lists *l) {
    buf_init(&l->from, LIST_MAX_BYTES);
    buf_init(&l->to, LIST_MAX_BYTES);
    buf_init(&l->dropped, LIST_MAX_BYTES);
    buf_init(&l->before, LIST_MAX_BYTES);
    buf_init(&l->after, LIST_MAX_BYTES);
}

static void lists_fini(struct lists *l) {
    buf_fini(&l->from);
    buf_fini(&l->to);
    buf_fini(&l->dropped);
    buf_fini(&l->before);
    buf_fini(&l->after);
}

/* The character in UTF-8, if NFKC leaves it as it is; empty otherwise. */
static struct str settled(const UNormalizer2 *nfkc, UChar32 c, char bytes[CHARACTER_BYTES]) {
    UChar units[2];
    int32_t count = 0, len = 0;
    UErrorCode status = U_ZERO_ERROR;
    if (U_IS_SURROGATE((uint32_t)c) || !u_isdefined(c)) return STR_NONE;
    U16_APPEND_UNSAFE(units, count, c);
    if (!unorm2_isNormalized(nfkc, units, count, &status)) return STR_NONE;
    u_strToUTF8(bytes, CHARACTER_BYTES, &len, units, count, &status);
    return U_SUCCESS(status) ? str_make(bytes, (size_t)len) : STR_NONE;
}

static void add_character(struct lists *l, struct str c, struct str folded) {
    if (str_eq(c, folded)) return;
    if (folded.len == 0) {
        buf_add_str(&l->dropped, c);
    } else if (utf8_length(folded) == 1) {
        buf_add_str(&l->from, c);
        buf_add_str(&l->to, folded);
    } else {
        buf_add_cstr(&l->before, "replace(");
        buf_printf(&l->after, ", '%.*s', '%.*s')", STR_ARG(c), STR_ARG(folded));
    }
}

static crm_status lists_fill(struct lists *l, UChar32 end, struct err *err) {
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *nfkc = unorm2_getNFKCInstance(&status);
    if (U_FAILURE(status)) return err_internal(err, "NFKC: %s", u_errorName(status));
    BUF_CLEANUP struct buf folded;
    buf_init(&folded, 256);
    for (UChar32 c = 0x80; c < end; c++) {
        char bytes[CHARACTER_BYTES];
        struct str text = settled(nfkc, c, bytes);
        if (text.len == 0) continue;
        buf_clear(&folded);
        fold_text(text, &folded);
        if (folded.status != CRM_OK) return err_no_memory(err);
        add_character(l, text, buf_str(&folded));
    }
    bool failed = l->from.status != CRM_OK || l->to.status != CRM_OK ||
                  l->dropped.status != CRM_OK || l->before.status != CRM_OK ||
                  l->after.status != CRM_OK;
    return failed ? err_no_memory(err) : CRM_OK;
}

/* The folding of `t` for characters below `end`. */
static crm_status add_folding(struct buf *out, UChar32 end, struct err *err) {
    __attribute__((cleanup(lists_fini))) struct lists l;
    lists_init(&l);
    crm_status status = lists_fill(&l, end, err);
    if (status != CRM_OK) return status;
    buf_add_str(out, buf_str(&l.before));
    buf_add_cstr(out, "translate(lower(normalize(t, NFKC) COLLATE \"C\"), '");
    buf_add_str(out, buf_str(&l.from));
    buf_add_str(out, buf_str(&l.dropped));
    buf_add_cstr(out, "', '");
    buf_add_str(out, buf_str(&l.to));
    buf_add_cstr(out, "')");
    buf_add_str(out, buf_str(&l.after));
    return CRM_OK;
}

crm_status postgres_fold_sql(struct buf *out, struct err *err) {
    buf_add_cstr(
        out, "CREATE OR REPLACE FUNCTION perigee.crm_fold(t text) RETURNS text"
             " LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $fold$\nBEGIN\n"
             "  IF octet_length(t) = char_length(t) THEN RETURN lower(t COLLATE \"C\"); END IF;\n"
             "  IF t COLLATE \"C\" ~ '^[\\x01-\\u052F]*$' THEN\n    RETURN ");
    crm_status status = add_folding(out, COMMON_END, err);
    buf_add_cstr(out, ";\n  END IF;\n  RETURN normalize(");
    if (status == CRM_OK) status = add_folding(out, ALL_END, err);
    buf_add_cstr(out, ", NFC);\nEND\n$fold$;\n");
    if (status != CRM_OK) return status;
    return out->status == CRM_OK ? CRM_OK : err_no_memory(err);
}
