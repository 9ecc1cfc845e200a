/* What sessions and tokens stand for, in memory: digest -> user, so that an authenticated request
 * costs a look-up and not a query.
 *
 * The database is the truth. Whoever removes a row calls cache_forget_* after the commit; an entry
 * read before that and put in after it is refused by the epoch. Entries older than `stale_ms` are
 * read again (other nodes, should no news come from them; 0 = never). Threads: any (one lock, held
 * for a look-up). */
#ifndef AUTH_CACHE_H
#define AUTH_CACHE_H

#include <pthread.h>
#include <stdatomic.h>

#include "auth/secret.h"
#include "base/err.h"

enum { CACHE_SLOTS = 16384 }; /* a power of two */

struct cache_entry {
    struct digest digest;
    int64_t user; /* 0 = free */
    bool is_session;
    uint8_t csrf[SECRET_CSRF_BYTES];
    int64_t created_ms, seen_ms, expires_ms; /* expires 0 = never */
    int64_t read_ms;                         /* when it was read from the database */
};

struct cache {
    pthread_rwlock_t lock;
    struct cache_entry *slots; /* guarded by lock */
    _Atomic uint64_t epoch;    /* rises with every forgetting */
    int64_t stale_ms;
};

crm_status cache_init(struct cache *c, int64_t stale_ms, struct err *err);
void cache_fini(struct cache *c);
uint64_t cache_epoch(struct cache *c);
bool cache_find(struct cache *c, const struct digest *digest, int64_t now_ms,
                struct cache_entry *ret);
/* `epoch` as it was before the row was read. */
void cache_put(struct cache *c, const struct cache_entry *entry, uint64_t epoch);
void cache_forget(struct cache *c, const struct digest *digest);
void cache_forget_user(struct cache *c, int64_t user);
void cache_forget_all(struct cache *c); /* another node has ended some */

#endif
