/* How a demonstration deal came to its stage, and the numbers everything is drawn from. Threads:
 * any. */
#ifndef MODULES_SALES_DEMO_MOVES_H
#define MODULES_SALES_DEMO_MOVES_H

#include <stddef.h>

#include <crm/record.h>

enum { DEMO_MOVES_MAX = 16 };

struct demo_way {
    const int64_t *stages; /* of the pipeline, in order */
    size_t before;         /* through so many of them, from the first one */
    int64_t stage;         /* then into the one where it is */
    int64_t first_day, last_day, actor;
    uint64_t random;
};

/* One move a stage, at times spread over the days; returns how many. */
size_t demo_moves_make(const struct demo_way *way, struct crm_stage_move ret[DEMO_MOVES_MAX]);

/* xorshift64* (Vigna 2016): small, even, the same everywhere. */
static inline uint64_t demo_next(uint64_t *random) {
    *random ^= *random >> 12;
    *random ^= *random << 25;
    *random ^= *random >> 27;
    return *random * UINT64_C(2685821657736338717);
}
static inline size_t demo_below(uint64_t *random, size_t n) {
    return n ? (size_t)((demo_next(random) >> 33) % n) : 0;
}

#endif
