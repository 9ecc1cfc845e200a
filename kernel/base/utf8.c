/* UTF-8 validity and length (RFC 3629, table 3-7 of the Unicode standard). Eight ASCII bytes are
 * looked at in one step, because most bytes of most texts are. */
#include "base/unicode.h"

#define ONES  UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

static uint64_t load8(const char *at) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* Neither a high bit nor a zero byte. */
static bool ascii8(uint64_t word) { return (((word - ONES) | word) & HIGHS) == 0; }

static bool follows(unsigned char c) { return (c & 0xC0u) == 0x80u; }

size_t utf8_sequence(const char *ptr, size_t left) {
    const unsigned char *at = (const unsigned char *)ptr;
    if (left == 0 || at[0] == 0) return 0;
    if (at[0] < 0x80) return 1;
    if (at[0] < 0xC2 || at[0] > 0xF4) return 0;
    if (left < 2 || !follows(at[1])) return 0;
    if (at[0] < 0xE0) return 2;
    if (left < 3 || !follows(at[2])) return 0;
    if (at[0] < 0xF0) {
        if (at[0] == 0xE0 && at[1] < 0xA0) return 0; /* overlong */
        if (at[0] == 0xED && at[1] > 0x9F) return 0; /* surrogate */
        return 3;
    }
    if (left < 4 || !follows(at[3])) return 0;
    if (at[0] == 0xF0 && at[1] < 0x90) return 0; /* overlong */
    if (at[0] == 0xF4 && at[1] > 0x8F) return 0; /* past U+10FFFF */
    return 4;
}

size_t utf8_decode(const char *ptr, size_t left, uint32_t *ret) {
    static const unsigned char lead_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    size_t len = utf8_sequence(ptr, left);
    if (len == 0) return 0;
    uint32_t code = (unsigned char)ptr[0] & lead_bits[len];
    for (size_t i = 1; i < len; i++)
        code = (code << 6) | ((unsigned char)ptr[i] & 0x3Fu);
    *ret = code;
    return len;
}

bool utf8_valid(struct str s) {
    const char *at = s.ptr;
    size_t left = s.len;
    while (left > 0) {
        if (left >= 8 && ascii8(load8(at))) {
            at += 8;
            left -= 8;
            continue;
        }
        size_t len = utf8_sequence(at, left);
        if (len == 0) return false;
        at += len;
        left -= len;
    }
    return true;
}

size_t utf8_length(struct str s) {
    size_t count = 0;
    for (size_t i = 0; i < s.len; i++)
        count += !follows((unsigned char)s.ptr[i]);
    return count;
}
