/* The short way from a row to its group: rows whose key columns hold the same raw numbers belong to
 * the same group, whatever the keys make of them (the name of a reference, the month of a date), so
 * one look-up by the raw numbers does instead of one for each key and one for the group. Private to
 * store/. Threads: one; memory is the arena's.
 *
 * Only a memory: what it does not know, or has no more room for, is found the long way. */
#ifndef STORE_FIGURE_RAW_H
#define STORE_FIGURE_RAW_H

#include "store/figure_columns.h"
#include "store/figure_groups.h"

enum { FIGURE_RAW_MAX = 1 << 16 };

struct figure_raw_entry {
    struct figure_group *group; /* NULL: an empty place */
    uint64_t nils;              /* bit i: column i is nil, and its number 0 */
    int64_t numbers[STORE_GROUP_MAX];
};

struct figure_raw {
    struct arena *arena;
    int columns[STORE_GROUP_MAX]; /* of the row, each once */
    size_t column_count;          /* 0: of no use here */
    struct figure_raw_entry *entries;
    size_t mask, count;
};

/* `keys`: the columns of the group keys, after the row's columns were chosen. */
void figure_raw_init(struct figure_raw *raw, struct arena *a, const struct figure_columns *columns,
                     const int *keys, size_t key_count);
/* NULL where it is not known. */
struct figure_group *figure_raw_find(const struct figure_raw *raw, const struct store_value *row);
/* After a find in vain. */
crm_status figure_raw_add(struct figure_raw *raw, const struct store_value *row,
                          struct figure_group *group, struct err *err);

#endif
