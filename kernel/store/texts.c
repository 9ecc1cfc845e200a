/* The cache of SQL texts; see texts.h. */
#include "store/texts.h"

#include <stdlib.h>

enum { BUCKETS = 512 };

struct text_node {
    struct text_node *next;
    uint64_t key_hash;
    size_t key_len;
    struct text_entry entry;
    char bytes[]; /* key, then text with NUL */
};

struct text_cache {
    struct text_node *buckets[BUCKETS];
    size_t count;
};

struct text_cache *text_cache_new(void) {
    return calloc(1, sizeof(struct text_cache));
}

static void empty(struct text_cache *cache) {
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct text_node *node = cache->buckets[i], *next; node; node = next) {
            next = node->next;
            free(node);
        }
        cache->buckets[i] = NULL;
    }
    cache->count = 0;
}

void text_cache_free(struct text_cache *cache) {
    if (!cache) return;
    empty(cache);
    free(cache);
}

const struct text_entry *text_cache_find(struct text_cache *cache, const struct text_key *key) {
    if (key->overflow) return NULL;
    uint64_t hash = statement_hash(key->bytes, key->len);
    for (struct text_node *node = cache->buckets[hash % BUCKETS]; node; node = node->next)
        if (node->key_hash == hash && node->key_len == key->len &&
            memcmp(node->bytes, key->bytes, key->len) == 0)
            return &node->entry;
    return NULL;
}

const struct text_entry *text_cache_put(struct text_cache *cache, const struct text_key *key,
                                        struct str text) {
    if (key->overflow) return NULL;
    if (cache->count >= TEXT_CACHE_MAX) empty(cache);
    struct text_node *node = malloc(sizeof *node + key->len + text.len + 1);
    if (!node) return NULL;
    node->key_hash = statement_hash(key->bytes, key->len);
    node->key_len = key->len;
    memcpy(node->bytes, key->bytes, key->len);
    char *copy = node->bytes + key->len;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    node->entry = (struct text_entry){{copy, text.len}, statement_hash(text.ptr, text.len)};
    node->next = cache->buckets[node->key_hash % BUCKETS];
    cache->buckets[node->key_hash % BUCKETS] = node;
    cache->count++;
    return &node->entry;
}
