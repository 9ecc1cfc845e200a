/* A set of numbers or of texts, for count_distinct: open addressing in an arena. Private to
 * kernel/expr. One set holds one kind only. */
#ifndef EXPR_AGGREGATE_SET_H
#define EXPR_AGGREGATE_SET_H

#include "base/arena.h"

struct aggregate_item {
    uint64_t hash; /* 0 = free */
    union {
        int64_t number;
        struct str text; /* arena */
    };
};

struct aggregate_set {
    struct aggregate_item *items; /* arena; capacity is a power of two or 0 */
    size_t count, capacity;
};

/* False when the arena is exhausted. */
bool aggregate_set_add(struct aggregate_set *s, struct arena *a, int64_t number);
bool aggregate_set_add_text(struct aggregate_set *s, struct arena *a, struct str text);

#endif
