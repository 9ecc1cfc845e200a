/* Slowing down who guesses passwords, without locking anybody out.
 *
 * Failures are counted for the address, for the account, and for both together. The pair and the
 * address wait longer and longer (to a minute); the account as a whole waits two seconds at most,
 * and not at all for an address that has signed in to it before, so that a stranger's guessing
 * never keeps its owner away. Kept in memory only, in a table of fixed size: the least recently
 * used go first; what other nodes count comes by attempts.h. Threads: any (one lock). */
#ifndef AUTH_THROTTLE_H
#define AUTH_THROTTLE_H

#include <pthread.h>

#include "base/str.h"

enum { THROTTLE_SLOTS = 8192 };

struct throttle_slot {
    uint64_t key;    /* 0 = free */
    int64_t last_ms; /* of the last failure or success */
    int64_t next_ms; /* no attempt before */
    uint32_t failures;
    bool known_good; /* pair: has signed in */
    bool refused;    /* since the last attempt that went on */
};

struct throttle {
    pthread_mutex_t mu;
    struct throttle_slot slots[THROTTLE_SLOTS]; /* guarded by mu */
    uint8_t key[16];                            /* keeps strangers from choosing collisions */
};

void throttle_init(struct throttle *t);
void throttle_fini(struct throttle *t);
/* How long this attempt has to wait in ms; 0 = go on. An attempt that goes on counts as failed
 * until throttle_passed says otherwise, so that many at once do not slip through. `account` is
 * folded. */
int64_t throttle_enter(struct throttle *t, struct str account, struct str address, int64_t now_ms);
/* Of an attempt that has to wait: is it the first since one went on? Those behind it are not worth
 * a row each: whoever is slowed down does not fill the disk. */
bool throttle_is_news(struct throttle *t, struct str account, struct str address, int64_t now_ms);
void throttle_passed(struct throttle *t, struct str account, struct str address, int64_t now_ms);
/* An attempt that failed elsewhere, at `at_ms`: see attempts.h. */
void throttle_failed(struct throttle *t, struct str account, struct str address, int64_t at_ms);

#endif
