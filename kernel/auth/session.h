/* Sessions: what the cookie of a signed-in person stands for.
 *
 * A session ends when its person signs out, changes the password, is not seen for SESSION_IDLE_MS
 * or after SESSION_LIFE_MS. Only the digest of the cookie is stored. Threads: any. */
#ifndef AUTH_SESSION_H
#define AUTH_SESSION_H

#include "auth/auth.h"

#define SESSION_IDLE_MS  (INT64_C(14) * MS_PER_DAY)
#define SESSION_LIFE_MS  (INT64_C(90) * MS_PER_DAY)
#define SESSION_TOUCH_MS (INT64_C(3600) * 1000) /* how exactly "seen" is kept */

struct session_origin {
    struct str address, agent; /* for the person's own list of sessions; cut to 200 bytes */
};

struct session_made {
    struct secret cookie, csrf;
};

/* In the writer's transaction; part of a sign-in. */
crm_status session_insert(struct store_conn *writer, int64_t user,
                          const struct session_origin *origin, int64_t now_ms,
                          struct session_made *ret, struct err *err);
/* CRM_UNAUTHENTICATED when it is none, or is over. */
crm_status session_find(struct auth *a, struct store_conn *reader, struct str cookie,
                        int64_t now_ms, struct cache_entry *ret, struct err *err);
crm_status session_end(struct auth *a, struct str cookie,
                       struct err *err); /* a missing one is fine */
/* All of a user's but `keep` (a cookie, may be empty). The former in the writer's transaction, the
 * cache is the caller's then. */
crm_status session_end_others(struct store_conn *writer, int64_t user, struct str keep,
                              struct err *err);
crm_status session_end_all(struct auth *a, int64_t user, struct str keep, struct err *err);
/* Removes what is over: sessions, tokens, and sign-ins older than 180 days. */
crm_status session_sweep(struct auth *a, int64_t now_ms, struct err *err);

#endif
