/* Arena: memory that is freed all at once. What lives for one request, job, event or snapshot comes
 * from its arena and is never freed singly.
 *
 * Invariants: at most `max_bytes` are ever held; every pointer is 16-byte aligned; allocation
 * returns NULL when the limit or memory is exhausted (callers answer CRM_NO_MEMORY).
 * arena_reset keeps the first block for reuse. Threads: one at a time. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/str.h"

struct arena_block;
struct arena {
    struct arena_block *head;
    size_t used_bytes;
    size_t max_bytes;
};

void arena_init(struct arena *a, size_t max_bytes);
void arena_fini(struct arena *a);
void arena_reset(struct arena *a);
/* Zero-filled. NULL on exhaustion. */
void *arena_alloc(struct arena *a, size_t bytes);
/* Zero-filled array; the product is checked. */
void *arena_array(struct arena *a, size_t count, size_t bytes_each);
/* Copies with a NUL behind; {NULL, SIZE_MAX} never occurs: on exhaustion ptr is NULL. */
struct str arena_str(struct arena *a, struct str s);
char *arena_cstr(struct arena *a, struct str s);
struct str arena_printf(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* For an array that grows by doubling inside the arena: returns a block holding `count` + 1 items
 * at least (moved and copied when *capacity is used up), NULL on exhaustion. */
void *arena_grow(struct arena *a, void *items, size_t count, size_t *capacity, size_t bytes_each);

#define ARENA_NEW(a, type)          ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, count, type) ((type *)arena_array((a), (count), sizeof(type)))

#endif
