/* Secrets that people and programs carry: session cookies, tokens, one-time links. 256 random bits
 * as text; only their digest is ever stored.
 *
 * The prefix tells the kinds apart and lets scanners of source code find a leaked one. Threads:
 * any. */
#ifndef AUTH_SECRET_H
#define AUTH_SECRET_H

#include "base/digest.h"

enum secret_kind { SECRET_SESSION, SECRET_TOKEN, SECRET_LINK, SECRET_KIND_COUNT };

enum { SECRET_TEXT_BYTES = 64 };
struct secret {
    char text[SECRET_TEXT_BYTES]; /* NUL-terminated; wipe with secret_wipe */
};

void secret_make(enum secret_kind kind, struct secret *ret);
void secret_wipe(struct secret *s);
/* False for anything that does not have the form of this kind; then nothing needs looking up. */
bool secret_digest(enum secret_kind kind, struct str text, struct digest *ret);
/* 32 random bytes as text, and back. */
enum { SECRET_CSRF_BYTES = 32 };
void secret_csrf_text(const uint8_t csrf[SECRET_CSRF_BYTES], struct secret *ret);

#endif
