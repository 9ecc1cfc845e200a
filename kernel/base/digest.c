/* Digests, hex and random bytes over libsodium, which is initialised once on first use. */
#include "base/digest.h"

#include <pthread.h>
#include <sodium.h>

static pthread_once_t sodium_once = PTHREAD_ONCE_INIT;

/* sodium_init fails only where the system has no source of randomness: nothing safe can follow. */
static void sodium_start(void) {
    if (sodium_init() < 0) abort();
}

static void sodium_ready(void) { pthread_once(&sodium_once, sodium_start); }

void digest_parts(const struct digest_part *parts, size_t count, struct digest *ret) {
    sodium_ready();
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, DIGEST_BYTES);
    for (size_t i = 0; i < count; i++) {
        unsigned char length[8]; /* little-endian, so that digests travel between machines */
        for (size_t at = 0; at < sizeof length; at++)
            length[at] = (unsigned char)((uint64_t)parts[i].len >> (8 * at));
        crypto_generichash_update(&state, length, sizeof length);
        if (parts[i].len) crypto_generichash_update(&state, parts[i].ptr, parts[i].len);
    }
    crypto_generichash_final(&state, ret->bytes, DIGEST_BYTES);
}

void sha256_of(struct str bytes, struct digest *ret) {
    sodium_ready();
    crypto_hash_sha256(ret->bytes, (const unsigned char *)(bytes.ptr ? bytes.ptr : ""), bytes.len);
}

void hex_format(const void *bytes, size_t len, struct buf *out) {
    static const char digits[] = "0123456789abcdef";
    const unsigned char *from = bytes;
    if (len > SIZE_MAX / 2) len = SIZE_MAX / 2; /* refused by the buffer's maximum */
    char *to = len ? buf_reserve(out, len * 2) : NULL;
    if (!to) return;
    for (size_t i = 0; i < len; i++) {
        to[2 * i] = digits[from[i] >> 4];
        to[2 * i + 1] = digits[from[i] & 15];
    }
    buf_commit(out, len * 2);
}

static int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool hex_parse(struct str hex, void *ret_bytes, size_t len) {
    if (len > SIZE_MAX / 2 || hex.len != len * 2) return false;
    for (size_t i = 0; i < hex.len; i++)
        if (hex_value(hex.ptr[i]) < 0) return false;
    unsigned char *to = ret_bytes;
    for (size_t i = 0; i < len; i++)
        to[i] = (unsigned char)(hex_value(hex.ptr[2 * i]) * 16 + hex_value(hex.ptr[2 * i + 1]));
    return true;
}

void random_bytes(void *ret, size_t len) {
    sodium_ready();
    randombytes_buf(ret, len);
}
