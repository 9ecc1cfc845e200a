/* Borrowed text: comparison, search, trimming, splitting. No allocation, no locale.
 * Not for case or accents of people's text: see unicode.h. Threads: any. */
#include "base/str.h"

int str_compare(struct str a, struct str b) {
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter ? memcmp(a.ptr, b.ptr, shorter) : 0;
    if (order != 0) return order;
    return (a.len > b.len) - (a.len < b.len);
}

bool str_starts_with(struct str s, struct str prefix) {
    return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

bool str_ends_with(struct str s, struct str suffix) {
    if (s.len < suffix.len) return false;
    return suffix.len == 0 || memcmp(s.ptr + (s.len - suffix.len), suffix.ptr, suffix.len) == 0;
}

size_t str_find(struct str s, struct str needle) {
    if (needle.len == 0) return 0;
    if (s.len < needle.len) return SIZE_MAX;
    const char *hit = memmem(s.ptr, s.len, needle.ptr, needle.len);
    return hit ? (size_t)(hit - s.ptr) : SIZE_MAX;
}

static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

struct str str_trim(struct str s) {
    for (;;) {
        if (s.len >= 1 && is_blank(s.ptr[0])) {
            s = str_make(s.ptr + 1, s.len - 1);
        } else if (s.len >= 2 && memcmp(s.ptr, "\xC2\xA0", 2) == 0) {
            s = str_make(s.ptr + 2, s.len - 2);
        } else {
            break;
        }
    }
    for (;;) {
        if (s.len >= 1 && is_blank(s.ptr[s.len - 1])) {
            s.len -= 1;
        } else if (s.len >= 2 && memcmp(s.ptr + s.len - 2, "\xC2\xA0", 2) == 0) {
            s.len -= 2;
        } else {
            return s;
        }
    }
}

static unsigned char ascii_lower(char c) {
    unsigned char byte = (unsigned char)c;
    return byte >= 'A' && byte <= 'Z' ? (unsigned char)(byte | 0x20u) : byte;
}

bool str_eq_nocase(struct str a, struct str b) {
    if (a.len != b.len) return false;
    for (size_t i = 0; i < a.len; i++)
        if (ascii_lower(a.ptr[i]) != ascii_lower(b.ptr[i])) return false;
    return true;
}

bool str_split(struct str *rest, char sep, struct str *ret_head) {
    const char *hit = rest->len ? memchr(rest->ptr, sep, rest->len) : NULL;
    if (!hit) {
        *ret_head = *rest;
        *rest = STR_NONE;
        return false;
    }
    struct str head = str_make(rest->ptr, (size_t)(hit - rest->ptr));
    *rest = str_make(hit + 1, rest->len - head.len - 1);
    *ret_head = head;
    return true;
}

bool str_to_int64(struct str s, int64_t *ret) {
    bool negative = s.len > 0 && s.ptr[0] == '-';
    size_t at = negative ? 1 : 0;
    if (at == s.len) return false;
    int64_t n = 0; /* counted downwards, because INT64_MIN has no positive twin */
    for (; at < s.len; at++) {
        unsigned digit = (unsigned)(unsigned char)s.ptr[at] - '0';
        if (digit > 9) return false;
        if (__builtin_mul_overflow(n, 10, &n)) return false;
        if (__builtin_sub_overflow(n, (int64_t)digit, &n)) return false;
    }
    if (!negative && __builtin_sub_overflow((int64_t)0, n, &n)) return false;
    *ret = n;
    return true;
}

uint64_t str_hash(struct str s) {
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < s.len; i++)
        hash = (hash ^ (unsigned char)s.ptr[i]) * UINT64_C(1099511628211);
    return hash;
}
