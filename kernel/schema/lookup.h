/* Finding by name and by id in constant time: open addressing over positions of an array that the
 * owner keeps. Private to schema/. Threads: any once made. Lives in the snapshot's arena. */
#ifndef SCHEMA_LOOKUP_H
#define SCHEMA_LOOKUP_H

#include "base/arena.h"

enum { SCHEMA_LOOKUP_NONE = 0xffff };

struct schema_lookup {
    uint32_t mask;
    uint16_t *by_name; /* position or SCHEMA_LOOKUP_NONE */
    uint16_t *by_id;   /* by id - first_id */
    int32_t first_id, id_count;
};

struct schema_lookup *schema_lookup_new(struct arena *a, size_t count, int32_t first_id,
                                        int32_t last_id);
void schema_lookup_add(struct schema_lookup *l, struct str name, int32_t id, uint16_t position);

#endif
