/* SQL texts that were built before, by a short binary key (kind of statement, entity, generation,
 * columns), so that hot paths do not build them again. Private to store/.
 *
 * A cache holds TEXT_CACHE_MAX texts and is emptied as a whole when full, never while a caller
 * holds an entry: an entry is borrowed until the next text_cache_put. Threads: the connection's. */
#ifndef STORE_TEXTS_H
#define STORE_TEXTS_H

#include "store/driver.h"

enum { TEXT_CACHE_MAX = 1024, TEXT_KEY_MAX = 512 };

struct text_key {
    uint8_t bytes[TEXT_KEY_MAX];
    size_t len;
    bool overflow; /* too long: not cached */
};

static inline void text_key_add(struct text_key *k, const void *bytes, size_t len) {
    if (len == 0) return;
    if (len > TEXT_KEY_MAX - k->len) {
        k->overflow = true;
        return;
    }
    memcpy(k->bytes + k->len, bytes, len);
    k->len += len;
}
static inline void text_key_int(struct text_key *k, int64_t n) { text_key_add(k, &n, sizeof n); }

struct text_entry {
    struct str text;
    uint64_t hash;
};

struct text_cache *text_cache_new(void); /* NULL without memory */
void text_cache_free(struct text_cache *cache);
const struct text_entry *text_cache_find(struct text_cache *cache, const struct text_key *key);
/* Keeps a copy of the text. NULL when it could not be kept (memory, overflow). */
const struct text_entry *text_cache_put(struct text_cache *cache, const struct text_key *key,
                                        struct str text);

#endif
