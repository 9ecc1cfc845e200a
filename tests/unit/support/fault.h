/* Allocations that fail on purpose. A test whose file is named ..._fault_test.c or fault_test.c is
 * linked with malloc, calloc and realloc wrapped; our own code's calls then pass here, libraries'
 * do not. Include this in that one file. Threads: one at a time. */
#ifndef TESTS_SUPPORT_FAULT_H
#define TESTS_SUPPORT_FAULT_H

#include <stdbool.h>
#include <stddef.h>

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *ptr, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *ptr, size_t bytes);

static struct {
    long left;  /* allocations that still succeed; negative: all do */
    bool stays; /* once it has failed, all fail */
    long hits;  /* how many have failed */
} fault = {.left = -1};

static bool fault_now(void) {
    if (fault.left < 0) return false;
    if (fault.left > 0) {
        fault.left--;
        return false;
    }
    if (!fault.stays) fault.left = -1;
    fault.hits++;
    return true;
}

void *__wrap_malloc(size_t bytes) { return fault_now() ? NULL : __real_malloc(bytes); }
void *__wrap_calloc(size_t count, size_t bytes) {
    return fault_now() ? NULL : __real_calloc(count, bytes);
}
void *__wrap_realloc(void *ptr, size_t bytes) {
    return fault_now() ? NULL : __real_realloc(ptr, bytes);
}

static inline void fault_begin(long successes, bool stays) {
    fault.left = successes;
    fault.stays = stays;
    fault.hits = 0;
}
/* Whether anything failed since fault_begin. */
static inline bool fault_end(void) {
    fault.left = -1;
    return fault.hits > 0;
}

#endif
