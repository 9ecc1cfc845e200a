/* Actors of users, computed once per state of the resident data (users, teams, roles): any
 * committed change there makes the next request compute anew. Threads: any. */
#ifndef AUTH_ACTORS_H
#define AUTH_ACTORS_H

#include <pthread.h>

#include "record/engine.h"
#include "record/resident.h"

enum { ACTORS_SLOTS = 1024 };

struct actors {
    pthread_mutex_t mu;
    struct engine *engine;
    const struct resident
        *resident;      /* guarded by mu; what `slots` was computed from, one reference */
    struct arena arena; /* guarded by mu; of the slots */
    struct actor slots[ACTORS_SLOTS]; /* guarded by mu; user 0 = free */
};

void actors_init(struct actors *a, struct engine *e);
void actors_fini(struct actors *a);
/* Copied into `arena`. CRM_UNAUTHENTICATED when the user is missing or not active. */
crm_status actors_get(struct actors *a, int64_t user, enum access_door door, struct arena *arena,
                      struct actor *ret, struct err *err);

#endif
