/* Signing in and setting passwords: the whole way from what a person typed to a session.
 *
 * These calls hash passwords (a tenth of a second) and wait for the writer: never on a loop. */
#ifndef AUTH_SIGN_IN_H
#define AUTH_SIGN_IN_H

#include "auth/session.h"

#define SIGN_IN_OUTCOMES(X)                                                                        \
    X(OK, 0, "ok")                                                                                 \
    X(WRONG, 1, "wrong")                                                                           \
    X(THROTTLED, 2, "throttled") X(LINK, 3, "link") X(CHANGED, 4, "changed") X(VIEW, 5, "view")
enum sign_in_outcome {
#define SIGN_IN_OUTCOME_ENUM(name, number, word) SIGN_IN_##name = number,
    SIGN_IN_OUTCOMES(SIGN_IN_OUTCOME_ENUM)
#undef SIGN_IN_OUTCOME_ENUM
};

struct sign_in {
    struct str login, password;
    struct session_origin origin;
};

struct signed_in {
    int64_t user;
    struct session_made session;
};

/* CRM_UNAUTHENTICATED: wrong, unknown or not active, all alike in words and time. CRM_TOO_MANY with
 * *ret_wait_s: throttled. */
crm_status sign_in(struct auth *a, struct store_conn *reader, const struct sign_in *attempt,
                   struct signed_in *ret, int64_t *ret_wait_s, struct err *err);
/* By a one-time link: sets the password and signs in; other sessions of the user end. The first
 * administrator's link belongs to nobody yet: then `login` says who is made, with the role admin.
 */
struct link_use {
    struct str link, login, password;
    struct session_origin origin;
};
crm_status sign_in_by_link(struct auth *a, struct store_conn *reader, const struct link_use *use,
                           struct signed_in *ret, struct err *err);
/* A person's own change: the present password is asked for (CRM_REFUSED when it is not right, under
 * the same throttle as signing in), the new one checked for strength; every session but `session`
 * (a cookie, may be empty) ends. Logged like a sign-in. */
struct password_change {
    int64_t user;
    struct str present, wanted, session;
    struct session_origin origin;
};
crm_status password_change(struct auth *a, struct store_conn *reader,
                           const struct password_change *change, int64_t *ret_wait_s,
                           struct err *err);
/* Checks strength, stores, ends every session of the user. */
crm_status password_set(struct auth *a, int64_t user, struct str password, struct err *err);
/* Does the user have a password already? */
crm_status password_exists(struct store_conn *reader, int64_t user, bool *ret, struct err *err);

#endif
