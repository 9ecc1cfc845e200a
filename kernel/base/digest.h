/* BLAKE2b-256 and SHA-256 (libsodium), for the log's chain and for blobs. Threads: any. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include "base/buf.h"

enum { DIGEST_BYTES = 32 };

struct digest {
    uint8_t bytes[DIGEST_BYTES];
};
struct digest_part {
    const void *ptr;
    size_t len;
};
/* BLAKE2b over the parts, each preceded by its length (so that borders count). */
void digest_parts(const struct digest_part *parts, size_t count, struct digest *ret);
void sha256_of(struct str bytes, struct digest *ret);
void hex_format(const void *bytes, size_t len, struct buf *out);
bool hex_parse(struct str hex, void *ret_bytes, size_t len);
void random_bytes(void *ret, size_t len);

#endif
