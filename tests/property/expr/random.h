/* Seeded pseudo-random numbers (splitmix64): the same seed, the same test, on every machine. */
#ifndef PROPERTY_EXPR_RANDOM_H
#define PROPERTY_EXPR_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random {
    uint64_t state;
};

static inline uint64_t random_next(struct random *r) {
    uint64_t x = r->state += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

/* 0 .. below - 1 */
static inline size_t random_below(struct random *r, size_t below) {
    return (size_t)(random_next(r) % below);
}
static inline int random_percent(struct random *r, size_t percent) {
    return random_below(r, 100) < percent;
}

#endif
