/* Folding: how text compares when people compare it. NFKD, full case folding, accents off, NFC.
 *
 * Taken off are the marks that Unicode calls inherited (accents of Latin, Greek and Cyrillic,
 * Arabic vowel signs) but the breve of й and the voicing marks of kana, which make other letters;
 * marks that belong to one script (vowels of Indic scripts and Thai) are letters and stay.
 *
 * ASCII and Russian take a path without ICU that gives the very same bytes. */
#include "base/unicode.h"

#include <stdlib.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/ustring.h>

enum { STACK_UNITS = 512, BREVE = 0x0306, I_CYRILLIC = 0x0438 };

static bool is_ascii(struct str s) {
    uint64_t all = 0, word;
    size_t i = 0;
    for (; i + 8 <= s.len; i += 8) {
        memcpy(&word, s.ptr + i, 8);
        all |= word;
    }
    for (; i < s.len; i++)
        all |= (unsigned char)s.ptr[i];
    return (all & UINT64_C(0x8080808080808080)) == 0;
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c; }

static void fold_ascii(struct str s, struct buf *out) {
    char *to = s.len ? buf_reserve(out, s.len) : NULL;
    if (!to) return;
    for (size_t i = 0; i < s.len; i++)
        to[i] = lower(s.ptr[i]);
    buf_commit(out, s.len);
}

/* Russian letters in two bytes: D0 81 (Ё), D0 90..BF, D1 80..8F, D1 91 (ё). Writes the folded two
 * bytes; false for anything else. Й and й hold their own code points, hence no marks. */
static bool fold_russian(const unsigned char *at, char *to) {
    unsigned head = at[0], tail = at[1];
    unsigned code;
    if (head == 0xD0 && tail >= 0x90 && tail <= 0xBF) {
        code = 0x0400 + (tail & 0x3Fu);
        if (code <= 0x042F) code += 0x20;
    } else if (head == 0xD1 && tail >= 0x80 && tail <= 0x8F) {
        code = 0x0440 + (tail & 0x3Fu);
    } else if ((head == 0xD0 && tail == 0x81) || (head == 0xD1 && tail == 0x91)) {
        code = 0x0435;
    } else {
        return false;
    }
    to[0] = (char)(0xC0u | (code >> 6));
    to[1] = (char)(0x80u | (code & 0x3Fu));
    return true;
}

/* « » (C2 AB, C2 BB) and – — (E2 80 93, 94) fold to themselves. */
static size_t plain_mark(const unsigned char *at, size_t left) {
    if (left >= 2 && at[0] == 0xC2 && (at[1] == 0xAB || at[1] == 0xBB)) return 2;
    if (left >= 3 && at[0] == 0xE2 && at[1] == 0x80 && (at[2] == 0x93 || at[2] == 0x94)) return 3;
    return 0;
}

/* False at the first character that needs ICU; nothing is kept then. */
static bool fold_fast(struct str s, struct buf *out) {
    char *to = buf_reserve(out, s.len);
    if (!to) return true; /* the buffer carries the failure */
    const unsigned char *from = (const unsigned char *)s.ptr;
    for (size_t i = 0; i < s.len;) {
        size_t same = 0;
        if (from[i] < 0x80) {
            to[i] = lower((char)from[i]);
            i++;
        } else if (s.len - i >= 2 && fold_russian(from + i, to + i)) {
            i += 2;
        } else if ((same = plain_mark(from + i, s.len - i)) != 0) {
            memcpy(to + i, from + i, same);
            i += same;
        } else {
            *to = '\0';
            return false;
        }
    }
    buf_commit(out, s.len);
    return true;
}

/* UTF-16 text that starts on the stack and moves to the heap when it must. */
struct units {
    UChar *ptr;
    int32_t len, capacity;
    UChar stack[STACK_UNITS];
};

static void units_init(struct units *u) {
    u->ptr = u->stack;
    u->len = 0;
    u->capacity = STACK_UNITS;
}

static void units_fini(struct units *u) {
    if (u->ptr != u->stack) free(u->ptr);
}

/* After an ICU call that reported `needed`: true when it is to be called again. */
static bool units_retry(struct units *u, int32_t needed, UErrorCode *status) {
    if (*status != U_BUFFER_OVERFLOW_ERROR) {
        u->len = U_SUCCESS(*status) ? needed : 0;
        return false;
    }
    UChar *larger = malloc(((size_t)needed + 1) * sizeof *larger);
    if (!larger) {
        *status = U_MEMORY_ALLOCATION_ERROR;
        return false;
    }
    units_fini(u);
    u->ptr = larger;
    u->capacity = needed + 1;
    *status = U_ZERO_ERROR;
    return true;
}

static void from_utf8(struct str s, struct units *to, UErrorCode *status) {
    int32_t needed = 0;
    if (U_FAILURE(*status)) return;
    do {
        u_strFromUTF8WithSub(to->ptr, to->capacity, &needed, s.ptr, (int32_t)s.len, 0xFFFD, NULL,
                             status);
    } while (units_retry(to, needed, status));
}

static void normalize(const UNormalizer2 *form, const struct units *from, struct units *to,
                      UErrorCode *status) {
    int32_t needed;
    if (U_FAILURE(*status)) return;
    do {
        needed = unorm2_normalize(form, from->ptr, from->len, to->ptr, to->capacity, status);
    } while (units_retry(to, needed, status));
}

static void fold_case(const struct units *from, struct units *to, UErrorCode *status) {
    int32_t needed;
    if (U_FAILURE(*status)) return;
    do {
        needed =
            u_strFoldCase(to->ptr, to->capacity, from->ptr, from->len, U_FOLD_CASE_DEFAULT, status);
    } while (units_retry(to, needed, status));
}

static bool is_dropped(UChar32 c, UChar32 base) {
    if (c < 0x0300 || u_charType(c) != U_NON_SPACING_MARK) return false;
    if (c == BREVE && base == I_CYRILLIC) return false;
    if (c == 0x3099 || c == 0x309A) return false;
    UErrorCode status = U_ZERO_ERROR;
    return uscript_getScript(c, &status) == USCRIPT_INHERITED;
}

static void drop_marks(struct units *u) {
    int32_t kept = 0;
    UChar32 base = 0;
    for (int32_t at = 0; at < u->len;) {
        int32_t from = at;
        UChar unit = u->ptr[at++];
        UChar32 c = unit;
        if (U16_IS_LEAD(unit) && at < u->len && U16_IS_TRAIL(u->ptr[at]))
            c = U16_GET_SUPPLEMENTARY(unit, u->ptr[at++]);
        if (is_dropped(c, base)) continue;
        base = c;
        while (from < at)
            u->ptr[kept++] = u->ptr[from++];
    }
    u->len = kept;
}

static void add_utf8(const struct units *u, struct buf *out, UErrorCode *status) {
    if (U_FAILURE(*status) || u->len == 0) return;
    char *to = buf_reserve(out, (size_t)u->len * 3);
    if (!to) return;
    int32_t len = 0;
    u_strToUTF8WithSub(to, u->len * 3, &len, u->ptr, u->len, 0xFFFD, NULL, status);
    if (*status == U_STRING_NOT_TERMINATED_WARNING) *status = U_ZERO_ERROR;
    if (U_SUCCESS(*status)) buf_commit(out, (size_t)len);
}

static void fold_icu(struct str s, struct buf *out) {
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *nfkd = unorm2_getNFKDInstance(&status);
    const UNormalizer2 *nfc = unorm2_getNFCInstance(&status);
    struct units a, b;
    units_init(&a);
    units_init(&b);
    from_utf8(s, &a, &status);
    normalize(nfkd, &a, &b, &status);
    fold_case(&b, &a, &status);
    normalize(nfkd, &a, &b, &status);
    if (U_SUCCESS(status)) drop_marks(&b);
    normalize(nfc, &b, &a, &status);
    add_utf8(&a, out, &status);
    units_fini(&a);
    units_fini(&b);
    if (U_FAILURE(status) && out->status == CRM_OK)
        out->status = status == U_MEMORY_ALLOCATION_ERROR ? CRM_NO_MEMORY : CRM_INTERNAL;
}

void fold_text(struct str s, struct buf *out) {
    if (s.len == 0 || out->status != CRM_OK) return;
    if (s.len > INT32_MAX / 32) { /* ICU counts in int32, and one character may become 18 */
        out->status = CRM_TOO_LARGE;
        return;
    }
    if (is_ascii(s)) {
        fold_ascii(s, out);
    } else if (!fold_fast(s, out)) {
        fold_icu(s, out);
    }
}

static size_t arena_room(const struct arena *a) {
    return a->max_bytes > a->used_bytes ? a->max_bytes - a->used_bytes : 0;
}

struct str fold_text_arena(struct arena *a, struct str s) {
    if (is_ascii(s)) {
        char *to = arena_cstr(a, s);
        for (size_t i = 0; to && i < s.len; i++)
            to[i] = lower(to[i]);
        return str_make(to, to ? s.len : 0);
    }
    BUF_CLEANUP struct buf folded;
    buf_init(&folded, arena_room(a) + s.len * 4);
    fold_text(s, &folded);
    return folded.status == CRM_OK ? arena_str(a, buf_str(&folded)) : STR_NONE;
}

/* Length of white space at `at`, 0 for other characters. Folding has turned the blanks of Unicode
 * into U+0020 but for these. */
static size_t blank(const char *at, size_t left) {
    if (at[0] == ' ' || (at[0] >= '\t' && at[0] <= '\r')) return 1;
    if (left >= 2 && memcmp(at, "\xC2\x85", 2) == 0) return 2; /* next line */
    if (left < 3) return 0;
    if (memcmp(at, "\xE1\x9A\x80", 3) == 0) return 3; /* Ogham space */
    return memcmp(at, "\xE2\x80\xA8", 3) == 0 || memcmp(at, "\xE2\x80\xA9", 3) == 0 ? 3 : 0;
}

struct str fold_key_arena(struct arena *a, struct str s) {
    struct str folded = fold_text_arena(a, s);
    if (!folded.ptr) return folded;
    char *text = (char *)(uintptr_t)folded.ptr; /* ours: the arena has just lent it */
    size_t kept = 0;
    bool gap = false;
    for (size_t at = 0; at < folded.len;) {
        size_t skip = blank(text + at, folded.len - at);
        if (skip) {
            gap = kept > 0;
            at += skip;
            continue;
        }
        if (gap) text[kept++] = ' ';
        gap = false;
        text[kept++] = text[at++];
    }
    text[kept] = '\0';
    return str_make(text, kept);
}

enum { WORD_MAX_BYTES = 64 };

/* Letters and digits of any script; `inside` a word, marks too (vowels of Indic scripts). */
static bool in_word(UChar32 c, bool inside) {
    if (c < 0x80) return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (u_isalnum(c)) return true;
    return inside && (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0;
}

void fold_words(struct str folded, word_fn fn, void *ctx) {
    size_t start = 0, end = 0, at = 0; /* end: of the part within WORD_MAX_BYTES */
    bool inside = false;
    while (at < folded.len) {
        size_t from = at;
        uint32_t c = ' ';
        size_t len = utf8_decode(folded.ptr + at, folded.len - at, &c);
        at += len ? len : 1;
        if (in_word((UChar32)c, inside)) {
            if (!inside) start = end = from;
            inside = true;
            if (end == from && at - start <= WORD_MAX_BYTES) end = at;
        } else if (inside) {
            inside = false;
            if (!fn(ctx, str_make(folded.ptr + start, end - start))) return;
        }
    }
    if (inside) fn(ctx, str_make(folded.ptr + start, end - start));
}
