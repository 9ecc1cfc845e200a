/* Hashing behind the gate. A user without a password is verified against a hash that nothing
 * matches, so that the answer takes the same time. */
#include "auth/password.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <time.h>
#include <zxcvbn.h>

#include "auth/messages.h"
#include "base/unicode.h"

_Static_assert(PASSWORD_HASH_BYTES >= crypto_pwhash_STRBYTES, "room for a hash");

enum { HASHES_AT_A_TIME = 2, STRENGTH_NEEDED = 3, KNOWN_MAX = 8, ESTIMATED_BYTES = 100 };

void password_gate_init(struct password_gate *g) { sem_init(&g->free, 0, HASHES_AT_A_TIME); }
void password_gate_fini(struct password_gate *g) { sem_destroy(&g->free); }

static crm_status gate_enter(struct password_gate *g, struct err *err) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PASSWORD_WAIT_MS / 1000;
    while (sem_timedwait(&g->free, &until) != 0)
        if (errno != EINTR) return err_set(err, CRM_UNAVAILABLE, &auth_password_busy, NULL);
    return CRM_OK;
}

/* The score that zxcvbn derives from its entropy: guesses of 10^3, 10^6, 10^8, 10^10 in bits. */
static int strength(const char *password, const char **known) {
    static const double borders[] = {9.97, 19.93, 26.58, 33.22};
    double bits = ZxcvbnMatch(password, known, NULL);
    int score = 0;
    while (score < 4 && bits >= borders[score])
        score++;
    return score;
}

crm_status password_check(struct str password, const struct str *known, size_t known_count,
                          struct err *err) {
    char number[24], limit[24];
    if (password.len > PASSWORD_MAX_BYTES) {
        snprintf(limit, sizeof limit, "%d", PASSWORD_MAX_BYTES);
        return err_set(err, CRM_REFUSED, &auth_password_long, limit, NULL);
    }
    size_t characters = utf8_length(password);
    if (characters < PASSWORD_MIN_CHARACTERS) {
        snprintf(number, sizeof number, "%zu", characters);
        snprintf(limit, sizeof limit, "%d", PASSWORD_MIN_CHARACTERS);
        return err_set(err, CRM_REFUSED, &auth_password_short, number, limit, NULL);
    }
    /* Its time grows with the square of the length: the first bytes are enough to call it strong.
     */
    char text[ESTIMATED_BYTES + 1];
    size_t len = password.len < ESTIMATED_BYTES ? password.len : ESTIMATED_BYTES;
    memcpy(text, password.ptr, len);
    text[len] = '\0';
    char words[KNOWN_MAX][64];
    const char *list[KNOWN_MAX + 1] = {NULL};
    for (size_t i = 0; i < known_count && i < KNOWN_MAX; i++) {
        snprintf(words[i], sizeof words[i], "%.*s", STR_ARG(known[i]));
        list[i] = words[i];
    }
    int score = strength(text, list);
    sodium_memzero(text, sizeof text);
    return score >= STRENGTH_NEEDED ? CRM_OK : err_set(err, CRM_REFUSED, &auth_password_weak, NULL);
}

crm_status password_hash(struct password_gate *g, struct str password,
                         char ret[PASSWORD_HASH_BYTES], struct err *err) {
    char hash[PASSWORD_HASH_BYTES] = {0};
    crm_status status = gate_enter(g, err);
    if (status != CRM_OK) return status;
    int failed =
        crypto_pwhash_str(hash, password.ptr ? password.ptr : "", password.len,
                          crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE);
    sem_post(&g->free);
    if (failed) return err_no_memory(err);
    memcpy(ret, hash, sizeof hash);
    return CRM_OK;
}

/* A salt and a hash of zeros, with the parameters of today. */
static const char nobody[] = "$argon2id$v=19$m=65536,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
                             "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

crm_status password_verify(struct password_gate *g, struct str password, struct str hash,
                           bool *ret_matches, bool *ret_old, struct err *err) {
    char text[PASSWORD_HASH_BYTES] = {0};
    bool exists = hash.len > 0 && hash.len < sizeof text;
    struct str used = exists ? hash : str_from(nobody);
    memcpy(text, used.ptr, used.len);
    if (password.len > PASSWORD_MAX_BYTES) password.len = 0;
    crm_status status = gate_enter(g, err);
    if (status != CRM_OK) return status;
    int differs = crypto_pwhash_str_verify(text, password.ptr ? password.ptr : "", password.len);
    sem_post(&g->free);
    *ret_matches = exists && differs == 0;
    *ret_old =
        *ret_matches && crypto_pwhash_str_needs_rehash(text, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                                       crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0;
    return CRM_OK;
}
