/* Text as people mean it: validity, folding for search, sorting and keys (ICU).
 *
 * Fold: NFKD, case folding, accents removed except on й (й stays й, ё becomes е), composed again
 * (fold.c says which marks are accents); blanks are collapsed by fold_key only. FOLD_VERSION is
 * stored with the data; a change means a rebuild. ASCII input takes a fast path without ICU.
 * Threads: any. */
#ifndef BASE_UNICODE_H
#define BASE_UNICODE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

enum { FOLD_VERSION = 1 };

bool utf8_valid(
    struct str s); /* RFC 3629: no surrogates, no overlong, up to U+10FFFF; NUL is invalid */
/* Bytes of the well-formed character at `ptr`, 0 for NUL and anything ill-formed. */
size_t utf8_sequence(const char *ptr, size_t left);
/* The same with the code point; *ret untouched for 0. */
size_t utf8_decode(const char *ptr, size_t left, uint32_t *ret);
size_t utf8_length(struct str s); /* code points */
/* Folded text for shadow columns, contains, starts_with, search. Blanks and punctuation kept. */
void fold_text(struct str s, struct buf *out);
struct str fold_text_arena(struct arena *a, struct str s); /* ptr NULL on exhaustion */
/* fold_text, trimmed, inner white space collapsed to one blank: how names and keys compare. */
struct str fold_key_arena(struct arena *a, struct str s);
/* Calls back with each word of folded text (letters and digits in any script, digits of phones
 * joined is the caller's business). Words longer than 64 bytes are cut. Return false to stop. */
typedef bool (*word_fn)(void *ctx, struct str word);
void fold_words(struct str folded, word_fn fn, void *ctx);
/* Converts bytes in an ICU charset ("windows-1251", "UTF-16LE") to UTF-8; streaming. */
struct charset;
crm_status charset_open(struct str name, struct charset **ret, struct err *err);
void charset_close(struct charset *c);
crm_status charset_convert(struct charset *c, struct str bytes, bool last, struct buf *out,
                           struct err *err);
/* Guesses from a sample: BOM, then valid UTF-8, then UTF-16 pattern, then ICU's detector restricted
 * to what spreadsheets write (windows-1251/1252, KOI8-R, IBM866, MacCyrillic). Static text;
 * *ret_bom_bytes to skip. */
const char *charset_detect(struct str sample, size_t *ret_bom_bytes);

#endif
