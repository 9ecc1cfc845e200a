/* A world of records for targets that need a schema and an engine: made at the first input, thrown
 * away at the end. Threads: one. */
#ifndef TESTS_FUZZ_WORLD_ONCE_H
#define TESTS_FUZZ_WORLD_ONCE_H

#include "unit/record/read_world.h"

#include "fuzz.h"

static struct world world_of_target;

static void world_at_end(void) { world_close(&world_of_target); }

static struct world *world_once(void) {
    if (!world_of_target.engine) {
        world_open(&world_of_target, STORE_SQLITE);
        atexit(world_at_end);
    }
    return &world_of_target;
}

#endif
