/* Secrets of others that this program has to show again - the password of a mail server, the key of
 * a web hook: sealed by a key that lies in a file of the data directory, so that the database, its
 * backups and its log never hold them in the open (libsodium's secretbox).
 *
 * Whoever has the database without the file has nothing; a restored database without it asks for
 * the secrets anew. Threads: any. */
#ifndef BASE_SEAL_H
#define BASE_SEAL_H

#include "base/buf.h"
#include "base/err.h"

enum { SEAL_KEY_BYTES = 32, SEAL_TEXT_MAX = 4096 };

struct seal_key {
    uint8_t bytes[SEAL_KEY_BYTES];
};
/* DIR/secret.key, mode 0600; made when it is not there. */
crm_status seal_key_load(struct str folder, struct seal_key *ret, struct err *err);
void seal_key_wipe(struct seal_key *key);
/* Text without blanks; appended. Each time another one for the same secret. */
crm_status seal_text(const struct seal_key *key, struct str secret, struct buf *out,
                     struct err *err);
/* False: not sealed by this key, or changed since. The caller wipes what it got. */
bool seal_open(const struct seal_key *key, struct str sealed, struct buf *out);

/* HMAC-SHA256 of the parts one behind the other, and comparing in a time that does not depend on
 * what differs. */
void hmac_sha256(struct str key, const struct str *parts, size_t count,
                 uint8_t ret[SEAL_KEY_BYTES]);
bool bytes_same(const void *a, const void *b, size_t len);

#endif
