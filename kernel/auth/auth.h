/* Who somebody is: users' passwords, sessions, tokens and one-time links.
 *
 * Users are records; this folder keeps what must not be one (credentials, sessions, tokens, the log
 * of sign-ins). It knows nothing of HTTP: the kernel struct connects the two. Rights are not here
 * either, they are in access/. One struct auth an engine; threads: any. Functions that take a
 * store_conn read with it (a transaction may be open); those that write wait for the writer's
 * commit. */
#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H

#include "auth/actors.h"
#include "auth/attempts.h"
#include "auth/cache.h"
#include "auth/password.h"
#include "auth/throttle.h"

struct auth {
    struct engine *engine;
    struct cache cache;
    struct actors actors;
    struct throttle throttle;
    struct attempts attempts;
    struct password_gate gate;
};

crm_status auth_new(struct engine *e, struct auth **ret, struct err *err);
void auth_free(struct auth *a);

/* The user with this login (folded), active or not; 0 = none. */
int64_t auth_user_find(struct auth *a, struct str login);
/* Login and name of a user into the arena; false when missing. */
struct auth_user {
    int64_t id;
    struct str login, name, role; /* role: its name, empty = none */
    bool active;
};
bool auth_user_get(struct auth *a, int64_t user, struct arena *arena, struct auth_user *ret);

#endif
