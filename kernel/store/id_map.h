/* A hash table from ids to positions, in an arena: which row of a page an id belongs to. Ids that
 * are added twice keep the first position. Private to store/. Threads: one. */
#ifndef STORE_ID_MAP_H
#define STORE_ID_MAP_H

#include "base/arena.h"

struct id_map {
    int64_t *ids; /* 0 = empty place: no record has the id 0 */
    uint32_t *positions;
    size_t mask;
};

/* Room for `count` ids. False without memory. */
bool id_map_init(struct id_map *m, struct arena *a, size_t count);
/* The place of the id; *ret_new tells whether it was not there. Never call with more ids than
 * announced. */
uint32_t *id_map_put(struct id_map *m, int64_t id, bool *ret_new);
/* NULL when missing. */
const uint32_t *id_map_find(const struct id_map *m, int64_t id);

#endif
