/* Passwords: argon2id with at most two hashes at a time, so that sign-ins never take the machine's
 * memory; strength by zxcvbn, 3 or more.
 *
 * The gate is shared by all threads; waiting at it is bounded. Passwords are bytes as typed. */
#ifndef AUTH_PASSWORD_H
#define AUTH_PASSWORD_H

#include <semaphore.h>

#include "base/err.h"

enum {
    PASSWORD_MIN_CHARACTERS = 8,
    PASSWORD_MAX_BYTES = 512,
    PASSWORD_HASH_BYTES = 128,
    PASSWORD_WAIT_MS = 5000
};

struct password_gate {
    sem_t free;
};
void password_gate_init(struct password_gate *g);
void password_gate_fini(struct password_gate *g);

/* `known`: words that the person is known by (login, name), which count as guessed. */
crm_status password_check(struct str password, const struct str *known, size_t known_count,
                          struct err *err);
/* CRM_UNAVAILABLE when the gate stays busy. `ret` is NUL-terminated. */
crm_status password_hash(struct password_gate *g, struct str password,
                         char ret[PASSWORD_HASH_BYTES], struct err *err);
/* `hash` empty: takes as long as with one, and does not match. *ret_old: to be hashed anew. */
crm_status password_verify(struct password_gate *g, struct str password, struct str hash,
                           bool *ret_matches, bool *ret_old, struct err *err);

#endif
