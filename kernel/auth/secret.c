/* Making secrets and taking their digests (libsodium). */
#include "auth/secret.h"

#include <sodium.h>

enum { SECRET_BITS_BYTES = 32, SECRET_BASE64_LENGTH = 43 };

static const char *const prefixes[SECRET_KIND_COUNT] = {
    [SECRET_SESSION] = "pgs_", [SECRET_TOKEN] = "pgt_", [SECRET_LINK] = "pgl_"};
enum { PREFIX_LENGTH = 4 };

void secret_make(enum secret_kind kind, struct secret *ret) {
    uint8_t bits[SECRET_BITS_BYTES];
    random_bytes(bits, sizeof bits);
    memcpy(ret->text, prefixes[kind], PREFIX_LENGTH);
    sodium_bin2base64(ret->text + PREFIX_LENGTH, sizeof ret->text - PREFIX_LENGTH, bits,
                      sizeof bits, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(bits, sizeof bits);
}

void secret_wipe(struct secret *s) { sodium_memzero(s, sizeof *s); }

bool secret_digest(enum secret_kind kind, struct str text, struct digest *ret) {
    if (text.len != PREFIX_LENGTH + SECRET_BASE64_LENGTH ||
        !str_starts_with(text, str_from(prefixes[kind])))
        return false;
    const struct digest_part part = {text.ptr, text.len};
    digest_parts(&part, 1, ret);
    return true;
}

void secret_csrf_text(const uint8_t csrf[SECRET_CSRF_BYTES], struct secret *ret) {
    sodium_bin2base64(ret->text, sizeof ret->text, csrf, SECRET_CSRF_BYTES,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}
