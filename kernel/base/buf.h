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
/* Makes room for `more` bytes and returns where they go (the caller then adds to len), or NULL. */
char *buf_reserve(struct buf *b, size_t more);
void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_add_str(struct buf *b, struct str s);
void buf_add_cstr(struct buf *b, const char *terminated);
void buf_add_char(struct buf *b, char c);
void buf_add_int64(struct buf *b, int64_t n);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
static inline struct str buf_str(const struct buf *b) { return (struct str){b->ptr, b->len}; }
/* Gives the memory away: *ret is owned by the caller (free), the buffer is empty again. */
crm_status buf_take(struct buf *b, char **ret, size_t *ret_len);

#define BUF_CLEANUP __attribute__((cleanup(buf_fini)))

#endif
