/* What a question for figures says, as bytes: equal bytes are the same question, asked under the
 * same rights of the same snapshot of definitions; and whose records its answer rests on.
 *
 * Rights are in it as what decides them: the actor, the role, the teams. A moment is in it as far
 * as the question asks for one: the day of today(). Private to record/. Threads: any; what it holds
 * is in the arena. */
#ifndef RECORD_FIGURES_KEY_H
#define RECORD_FIGURES_KEY_H

#include "record/read.h"

enum { FIGURES_ENTITIES_MAX = 48, FIGURES_KEY_MAX_BYTES = 32768 };

struct figures_key {
    struct str bytes;
    /* Whose records it looks at: a change of any other leaves the answer as it is. */
    int32_t entities[FIGURES_ENTITIES_MAX];
    size_t entity_count;
};

/* False: the answer cannot be kept (now() stands in it, or it rests on too much), or memory is
 * out. */
bool figures_key_make(const struct record_view *v, const struct store_figures *f,
                      struct figures_key *ret);

#endif
