/* People at the door: who a request comes from, signing in and out, tokens. The HTTP side of auth/.
 *
 *   GET    /api/v1/session          {"user":{"id","login","name"},"role","language","csrf"}
 *   POST   /api/v1/session          {"login","password"} -> the same, with the cookie
 *   DELETE /api/v1/session          204
 *   POST   /api/v1/session/password {"password","new_password"}: 204, other sessions end
 *   POST   /api/v1/session/link     {"token"} -> {"login","first"}: whose link it is
 *                                   {"token","password","login"?} -> signed in
 *   GET    /api/v1/tokens           {"records":[{"id","name","user","created_at","expires_at"}]}
 *   POST   /api/v1/tokens           {"name"?,"expires_at"?,"user"?,"one_time"?} -> {"id","token"}
 * or {"link"} DELETE /api/v1/tokens/{id}      204
 *
 *   POST   /api/v1/session/view     {"as"}: 204; X-View-As then reads with other eyes
 *   POST   /api/v1/users/{id}/hand-over  http/hand_over.h
 *   GET    /api/v1/sign-ins         {"records":[{"id","at","login","user","whom",
 *                                   "address","outcome"}],"next"}; ?after=ID
 *
 * Passwords are hashed on threads of their own, so that sign-ins never keep readers from working.
 * Threads: new and free main; the rest the server's. */
#ifndef MODULE_PEOPLE_H
#define MODULE_PEOPLE_H

#include "auth/auth.h"
#include "http/server.h"
#include "loop/loop.h"

enum { PEOPLE_HASHERS = 2, PEOPLE_QUEUE = 64 };

struct people {
    struct auth *auth;
    struct engine *engine;
    struct work_queue queue;
    struct worker_pool *hashers;
};

crm_status people_new(struct auth *auth, struct engine *e, struct people **ret, struct err *err);
void people_free(struct people *p); /* the server has stopped; NULL is fine */
struct http_authenticator people_authenticator(struct people *p);
crm_status people_register(struct people *p, struct http_server *s, struct err *err);
crm_status people_register_tokens(struct people *p, struct http_server *s,
                                  struct err *err); /* called by the former */
crm_status people_register_views(struct people *p, struct http_server *s,
                                 struct err *err); /* likewise */
crm_status people_register_leave(struct people *p, struct http_server *s,
                                 struct err *err); /* likewise */
/* {"id","title"} of a user */
void people_put_ref(struct people *p, struct http_request *r, struct json_writer *w, int64_t user);

#define PEOPLE_COOKIE "perigee_session"

#endif
