/* Bytes that grow up to a maximum, for readers that know nothing of the host: append freely, look
 * at `failed` once at the end. Zero-filled but for `max` is empty; bytes_fini gives the memory
 * back. Threads: one at a time. */
#ifndef MODULES_BASE_BYTES_H
#define MODULES_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>

struct bytes {
    char *ptr; /* owned */
    size_t len, room, max;
    bool failed; /* out of memory, or past the maximum */
};

void bytes_fini(struct bytes *b);
void bytes_add(struct bytes *b, const char *ptr, size_t len);
void bytes_text(struct bytes *b, const char *terminated);
/* A cell of CSV in quotation marks. */
void bytes_csv(struct bytes *b, const char *ptr, size_t len);

#endif
