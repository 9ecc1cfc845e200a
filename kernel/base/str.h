/* Borrowed text: pointer and length, UTF-8 unless said otherwise, never assumed to end in NUL.
 *
 * A str owns nothing; its bytes live as long as whatever lent them. {NULL, 0} is the empty text.
 * Threads: any. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *ptr;
    size_t len;
};

#define STR(literal) ((struct str){"" literal, sizeof(literal) - 1})
#define STR_NONE     ((struct str){NULL, 0})
/* printf argument pair for "%.*s". */
#define STR_ARG(s) ((int)(s).len), ((s).ptr ? (s).ptr : "")

static inline struct str str_from(const char *terminated) {
    return (struct str){terminated, terminated ? strlen(terminated) : 0};
}
static inline struct str str_make(const char *ptr, size_t len) { return (struct str){ptr, len}; }
static inline bool str_eq(struct str a, struct str b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}
static inline bool str_is(struct str a, const char *terminated) {
    return str_eq(a, str_from(terminated));
}
/* Byte order, shorter first on a tie: the order both engines use. <0, 0, >0. */
int str_compare(struct str a, struct str b);
bool str_starts_with(struct str s, struct str prefix);
bool str_ends_with(struct str s, struct str suffix);
/* Position of the first `needle`, or SIZE_MAX. */
size_t str_find(struct str s, struct str needle);
/* Without ASCII blanks and U+00A0 at both ends. Borrowed from `s`. */
struct str str_trim(struct str s);
/* ASCII case-insensitive; for protocol words only, never for people's text (see unicode.h). */
bool str_eq_nocase(struct str a, struct str b);
/* Splits at the first `sep`: the part before goes to *ret_head, the rest stays in *rest. False
 * when `sep` does not occur (head = all, rest = empty). */
bool str_split(struct str *rest, char sep, struct str *ret_head);
/* Whole text must be a base-10 int64, optional '-'. */
bool str_to_int64(struct str s, int64_t *ret);
/* FNV-1a, for hash tables only. */
uint64_t str_hash(struct str s);

#endif
