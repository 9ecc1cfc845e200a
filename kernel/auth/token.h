/* Tokens: what programs carry, and the one-time links by which a person sets the first password.
 *
 * A token has its owner's full rights and never ends unless told; a link ends after LINK_LIFE_MS or
 * with its use. Only digests are stored: the text is seen once, when made. Threads: any. */
#ifndef AUTH_TOKEN_H
#define AUTH_TOKEN_H

#include "auth/auth.h"

#define LINK_LIFE_MS (INT64_C(7) * INT64_C(86400000))
enum { TOKEN_NAME_MAX = 200 };

struct token_facts {
    int64_t id, user;
    struct str name;
    int64_t created_ms, expires_ms; /* expires 0 = never */
    bool one_time;
};

crm_status token_create(struct auth *a, int64_t user, struct str name, int64_t expires_ms,
                        int64_t *ret_id, struct secret *ret, struct err *err);
crm_status link_create(struct auth *a, int64_t user, struct secret *ret, struct err *err);
/* CRM_UNAUTHENTICATED when it is none, or is over. */
crm_status token_find(struct auth *a, struct store_conn *reader, struct str text, int64_t now_ms,
                      struct cache_entry *ret, struct err *err);
/* Whose link it is; CRM_NOT_FOUND when it is none, or is over. */
crm_status link_find(struct auth *a, struct store_conn *reader, struct str text, int64_t now_ms,
                     int64_t *ret_user, struct err *err);
/* In the writer's transaction: ends the link; CRM_NOT_FOUND when it has been used meanwhile. */
/* Links that were not used yet. */
crm_status link_end_all(struct store_conn *writer, int64_t user, struct err *err);
crm_status link_use(struct store_conn *writer, struct str text, struct err *err);
/* Everything a person or their programs come in by: sessions, tokens, links. */
crm_status auth_keys_end(struct auth *a, int64_t user, struct err *err);
/* Tokens of a user (0 = of all), newest first; links are not listed. */
typedef bool (*token_fn)(void *ctx, const struct token_facts *token);
crm_status token_each(struct store_conn *reader, int64_t user, token_fn fn, void *ctx,
                      struct err *err);
/* user 0 = whoever's. CRM_NOT_FOUND when there is none. */
crm_status token_delete(struct auth *a, int64_t user, int64_t id, struct err *err);

#endif
