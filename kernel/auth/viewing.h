/* Looking with the eyes of another: an administrator reads as a role or a person would, and can
 * write nothing meanwhile (struct actor, `watcher`).
 *
 * A target is "role:NAME" or "user:ID". Each beginning stands in the log of sign-ins, and that row
 * is what allows it: without one of the last VIEWING_LIFE_MS by the same administrator nobody looks
 * as anybody. Threads: any; viewing_begin waits for the writer. */
#ifndef AUTH_VIEWING_H
#define AUTH_VIEWING_H

#include "auth/auth.h"

#define VIEWING_LIFE_MS (INT64_C(8) * 3600 * 1000)

struct viewing {
    struct schema *schema; /* borrowed: the request's snapshot */
    struct str target;
    struct str address; /* for the log */
};

/* CRM_FORBIDDEN unless `admin` has the role of administrators; CRM_REFUSED for no such target. */
crm_status viewing_begin(struct auth *a, const struct actor *admin, const struct viewing *v,
                         struct arena *arena, struct err *err);
/* Makes of the administrator in *actor whom they look as. As a role they stay themselves, with its
 * rights; as a person they are that person. CRM_FORBIDDEN where it was not begun, or is over. */
crm_status viewing_take(struct auth *a, struct store_conn *reader, const struct viewing *v,
                        struct arena *arena, struct actor *actor, struct err *err);

/* The log of sign-ins, newest first; of a look the login is the target. */
struct sign_in_facts {
    int64_t id, at_ms, user; /* user 0: nobody's login */
    struct str login, address;
    const char *outcome;
};
/* Whether it was a look as a person; *ret: as whom. */
bool viewing_person(const struct sign_in_facts *facts, int64_t *ret);
/* Older than `before` (0: the newest). Ends early when `each` answers false. */
crm_status sign_ins_each(struct store_conn *reader, int64_t before, int64_t limit,
                         bool (*each)(void *ctx, const struct sign_in_facts *facts), void *ctx,
                         struct err *err);

#endif
