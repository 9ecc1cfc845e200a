/* Making users with what belongs to them - role, team, manager - in one changeset.
 *
 * The rest of their life is that of any record. Blocks: waits for the writer's commit. */
#ifndef AUTH_USER_H
#define AUTH_USER_H

#include "auth/auth.h"
#include "record/changeset.h"

struct user_new {
    const struct actor *actor;     /* who makes them */
    struct str login, name, email; /* name and e-mail may be empty */
    struct str role;               /* name; empty = none */
    struct str team;               /* name; one that is not there is made */
    struct str manager;            /* login */
    engine_write_fn also;          /* in the same transaction; may be NULL */
    void *also_ctx;
    int64_t *also_user; /* gets the id before `also` runs; may be NULL */
};
/* CRM_CONFLICT: the login is taken. CRM_NOT_FOUND: no such role or manager. */
crm_status user_create(struct auth *a, const struct user_new *spec, struct arena *arena,
                       int64_t *ret_id, struct err *err);

#endif
