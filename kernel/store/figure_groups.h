/* The groups of a figures query: a hash table from group keys to running aggregates. Keys are
 * compared as raw column values; nil equals nil. Private to store/. Threads: one; memory is the
 * arena's. */
#ifndef STORE_FIGURE_GROUPS_H
#define STORE_FIGURE_GROUPS_H

#include "store/query.h"

enum { FIGURE_GROUPS_MAX = 200000 };

struct figure_group {
    struct figure_group *next; /* in the order they appeared */
    uint64_t hash;
    struct expr_group *aggregates;
    struct store_value keys[];
};

struct figure_groups {
    struct arena *arena;
    const struct expr *const *measures;
    size_t measure_count, key_count;
    struct figure_group **table;
    size_t mask, count;
    struct figure_group *first, **last;
};

crm_status figure_groups_init(struct figure_groups *g, struct arena *a, size_t key_count,
                              const struct expr *const *measures, size_t measure_count,
                              struct err *err);
/* The group of these keys, made when it is new. */
crm_status figure_groups_get(struct figure_groups *g, const struct store_value *const *keys,
                             struct figure_group **ret, struct err *err);

#endif
