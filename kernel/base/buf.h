/* Growable byte buffer with a declared maximum and a sticky failure, so that a writer appends
 * freely and looks once at the end.
 *
 * Invariants: len <= capacity <= max_bytes; ptr[len] is NUL whenever ptr is not NULL; after the
 * first failed append `status` is CRM_TOO_LARGE or CRM_NO_MEMORY and further appends do nothing.
 * Owns ptr. Threads: one at a time. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <crm/status.h>

#include "base/str.h"

struct buf {
    char *ptr;
    size_t len;
    size_t capacity;
    size_t max_bytes;
    crm_status status;
};

void buf_init(struct buf *b, size_t max_bytes);
void buf_fini(struct buf *b);
/* Forgets content and failure, keeps the memory. */
void buf_clear(struct buf *b);
/* Makes room for `more` bytes and returns where they go, or NULL; the caller then says how many it
 * wrote with buf_commit. */
char *buf_reserve_slow_(struct buf *b, size_t more);
static inline char *buf_reserve(struct buf *b, size_t more) {
    if (b->status == CRM_OK && b->ptr && more <= b->capacity - b->len) return b->ptr + b->len;
    return buf_reserve_slow_(b, more);
}
static inline void buf_commit(struct buf *b, size_t written) {
    b->len += written;
    b->ptr[b->len] = '\0';
}
void buf_add_slow_(struct buf *b, const void *bytes, size_t len);
static inline void buf_add(struct buf *b, const void *bytes, size_t len) {
    if (len != 0 && b->status == CRM_OK && len <= b->capacity - b->len) {
        memcpy(b->ptr + b->len, bytes, len);
        buf_commit(b, len);
    } else {
        buf_add_slow_(b, bytes, len);
    }
}
static inline void buf_add_str(struct buf *b, struct str s) { buf_add(b, s.ptr, s.len); }
static inline void buf_add_cstr(struct buf *b, const char *terminated) {
    buf_add(b, terminated, terminated ? strlen(terminated) : 0);
}
static inline void buf_add_char(struct buf *b, char c) { buf_add(b, &c, 1); }
void buf_add_int64(struct buf *b, int64_t n);
void buf_add_uint64(struct buf *b, uint64_t n);
/* Exactly `width` digits (up to 20), zeros in front, the lowest ones of `n`. */
void buf_add_digits(struct buf *b, uint64_t n, size_t width);
/* All or nothing: a text that does not fit leaves the content as it was. */
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
static inline struct str buf_str(const struct buf *b) { return (struct str){b->ptr, b->len}; }
/* Gives the memory away: *ret is owned by the caller (free), the buffer is empty again. */
crm_status buf_take(struct buf *b, char **ret, size_t *ret_len);

#define BUF_CLEANUP __attribute__((cleanup(buf_fini)))

#endif
