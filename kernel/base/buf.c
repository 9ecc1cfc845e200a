/* Growable byte buffer: the slow half (growth, failure, numbers, printf). The appends that every
 * writer repeats are inline in buf.h. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { CAPACITY_FIRST = 256 };

void buf_init(struct buf *b, size_t max_bytes) { *b = (struct buf){.max_bytes = max_bytes}; }

void buf_fini(struct buf *b) {
    free(b->ptr);
    *b = (struct buf){.max_bytes = b->max_bytes};
}

void buf_clear(struct buf *b) {
    b->len = 0;
    b->status = CRM_OK;
    if (b->ptr) b->ptr[0] = '\0';
}

static bool grow(struct buf *b, size_t more) {
    if (b->status != CRM_OK) return false;
    if (more > b->max_bytes || b->len > b->max_bytes - more || b->max_bytes == SIZE_MAX) {
        b->status = CRM_TOO_LARGE;
        return false;
    }
    size_t wanted = b->len + more;
    size_t capacity = b->capacity ? b->capacity : CAPACITY_FIRST;
    while (capacity < wanted)
        capacity = capacity > b->max_bytes / 2 ? b->max_bytes : capacity * 2;
    if (capacity > b->max_bytes) capacity = b->max_bytes;
    char *ptr = realloc(b->ptr, capacity + 1);
    if (!ptr) {
        b->status = CRM_NO_MEMORY;
        return false;
    }
    b->ptr = ptr;
    b->capacity = capacity;
    ptr[b->len] = '\0';
    return true;
}

char *buf_reserve_slow_(struct buf *b, size_t more) {
    return grow(b, more) ? b->ptr + b->len : NULL;
}

void buf_add_slow_(struct buf *b, const void *bytes, size_t len) {
    if (len == 0 || !grow(b, len)) return;
    memcpy(b->ptr + b->len, bytes, len);
    buf_commit(b, len);
}

static const char two_digits[] = "0001020304050607080910111213141516171819"
                                 "2021222324252627282930313233343536373839"
                                 "4041424344454647484950515253545556575859"
                                 "6061626364656667686970717273747576777879"
                                 "8081828384858687888990919293949596979899";

void buf_add_uint64(struct buf *b, uint64_t n) {
    char digits[20];
    size_t at = sizeof digits;
    while (n >= 100) {
        at -= 2;
        memcpy(digits + at, two_digits + (n % 100) * 2, 2);
        n /= 100;
    }
    if (n >= 10) {
        at -= 2;
        memcpy(digits + at, two_digits + n * 2, 2);
    } else {
        digits[--at] = (char)('0' + n);
    }
    buf_add(b, digits + at, sizeof digits - at);
}

void buf_add_int64(struct buf *b, int64_t n) {
    if (n < 0) buf_add_char(b, '-');
    buf_add_uint64(b, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
}

void buf_add_digits(struct buf *b, uint64_t n, size_t width) {
    char digits[20];
    if (width > sizeof digits) width = sizeof digits;
    for (size_t at = width; at > 0; n /= 10)
        digits[--at] = (char)('0' + n % 10);
    buf_add(b, digits, width);
}

void buf_printf(struct buf *b, const char *format, ...) {
    if (b->status != CRM_OK) return;
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    size_t room = b->ptr ? b->capacity - b->len + 1 : 0;
    char *to = b->ptr ? b->ptr + b->len : NULL;
    int len = vsnprintf(to, room, format, args);
    va_end(args);
    if (len < 0) {
        b->status = CRM_INTERNAL;
        if (to) *to = '\0';
    } else if ((size_t)len < room) {
        b->len += (size_t)len;
    } else {
        if (to) *to = '\0'; /* nothing is added when it does not fit */
        if (grow(b, (size_t)len)) {
            vsnprintf(b->ptr + b->len, (size_t)len + 1, format, again);
            b->len += (size_t)len;
        }
    }
    va_end(again);
}

crm_status buf_take(struct buf *b, char **ret, size_t *ret_len) {
    if (b->status != CRM_OK) return b->status;
    if (!b->ptr && !grow(b, 0)) return b->status;
    *ret = b->ptr;
    *ret_len = b->len;
    *b = (struct buf){.max_bytes = b->max_bytes};
    return CRM_OK;
}
