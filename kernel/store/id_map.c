/* Open addressing, at most half full; see id_map.h. */
#include "store/id_map.h"

bool id_map_init(struct id_map *m, struct arena *a, size_t count) {
    size_t size = 8;
    while (size < 2 * count)
        size *= 2;
    m->ids = ARENA_ARRAY(a, size, int64_t);
    m->positions = ARENA_ARRAY(a, size, uint32_t);
    m->mask = size - 1;
    return m->ids && m->positions;
}

static size_t place_of(const struct id_map *m, int64_t id) {
    size_t at = (size_t)(((uint64_t)id * 0x9E3779B97F4A7C15u) >> 20) & m->mask;
    while (m->ids[at] != 0 && m->ids[at] != id)
        at = (at + 1) & m->mask;
    return at;
}

uint32_t *id_map_put(struct id_map *m, int64_t id, bool *ret_new) {
    size_t at = place_of(m, id);
    *ret_new = m->ids[at] == 0;
    m->ids[at] = id;
    return &m->positions[at];
}

const uint32_t *id_map_find(const struct id_map *m, int64_t id) {
    size_t at = place_of(m, id);
    return id != 0 && m->ids[at] == id ? &m->positions[at] : NULL;
}
