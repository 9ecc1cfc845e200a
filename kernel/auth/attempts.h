/* Attempts to sign in at the other nodes of the database, for the throttle of this one.
 *
 * Each node counts in its own memory (throttle.h) and logs what it let through; what the others
 * logged since is counted here before the next attempt is judged, as if it had been made here. So
 * whoever changes nodes waits all the same; only what is under way at that very moment is not
 * known. Nothing with SQLite. Threads: any. */
#ifndef AUTH_ATTEMPTS_H
#define AUTH_ATTEMPTS_H

#include <pthread.h>

#include "store/cluster.h"

struct auth;

struct attempts {
    pthread_mutex_t mu;
    int64_t heard[STORE_NODES_MAX]; /* by node: the last one counted; guarded by mu */
    int64_t asked_ms;               /* when all there were had been counted; guarded by mu */
};

void attempts_init(struct attempts *t);
void attempts_fini(struct attempts *t);
crm_status attempts_hear(struct auth *a, struct store_conn *reader, int64_t now_ms,
                         struct err *err);

#endif
