/* The box around a snapshot: its arena and its count. Private to schema/. Threads: the count any,
 * the arena only while the snapshot is made. */
#ifndef SCHEMA_SNAPSHOT_H
#define SCHEMA_SNAPSHOT_H

#include <stdatomic.h>

#include "base/arena.h"
#include "schema/schema.h"

enum { SCHEMA_SNAPSHOT_MAX_BYTES = 128 * 1024 * 1024 };

struct schema_snapshot {
    struct schema schema; /* first */
    struct arena arena;
    atomic_int references;
};

crm_status schema_snapshot_new(struct schema_snapshot **ret, struct err *err);

#endif
