/* A table with short probes; a full neighbourhood loses the entry that was read longest ago. */
#include "auth/cache.h"

#include <stdlib.h>

enum { PROBES = 8 };

crm_status cache_init(struct cache *c, int64_t stale_ms, struct err *err) {
    struct cache_entry *slots = calloc(CACHE_SLOTS, sizeof *slots);
    if (!slots) return err_no_memory(err);
    pthread_rwlock_init(&c->lock, NULL);
    c->slots = slots;
    atomic_init(&c->epoch, 1);
    c->stale_ms = stale_ms;
    return CRM_OK;
}

void cache_fini(struct cache *c) {
    if (!c->slots) return;
    free(c->slots);
    c->slots = NULL;
    pthread_rwlock_destroy(&c->lock);
}

uint64_t cache_epoch(struct cache *c) { return atomic_load(&c->epoch); }

/* The digest is uniform already. */
static size_t home_of(const struct digest *digest) {
    uint64_t head;
    memcpy(&head, digest->bytes, sizeof head);
    return (size_t)(head & (CACHE_SLOTS - 1));
}

static struct cache_entry *slot_find(struct cache *c, const struct digest *digest) {
    for (size_t i = 0; i < PROBES; i++) {
        struct cache_entry *slot = &c->slots[(home_of(digest) + i) & (CACHE_SLOTS - 1)];
        if (slot->user != 0 && memcmp(&slot->digest, digest, sizeof *digest) == 0) return slot;
    }
    return NULL;
}

bool cache_find(struct cache *c, const struct digest *digest, int64_t now_ms,
                struct cache_entry *ret) {
    pthread_rwlock_rdlock(&c->lock);
    const struct cache_entry *slot = slot_find(c, digest);
    bool found = slot && (c->stale_ms == 0 || now_ms - slot->read_ms < c->stale_ms);
    if (found) *ret = *slot;
    pthread_rwlock_unlock(&c->lock);
    return found;
}

void cache_put(struct cache *c, const struct cache_entry *entry, uint64_t epoch) {
    pthread_rwlock_wrlock(&c->lock);
    if (atomic_load(&c->epoch) == epoch) {
        struct cache_entry *slot = slot_find(c, &entry->digest);
        for (size_t i = 0; !slot && i < PROBES; i++) {
            struct cache_entry *other =
                &c->slots[(home_of(&entry->digest) + i) & (CACHE_SLOTS - 1)];
            if (other->user == 0) slot = other;
        }
        if (!slot) {
            slot = &c->slots[home_of(&entry->digest)];
            for (size_t i = 1; i < PROBES; i++) {
                struct cache_entry *other =
                    &c->slots[(home_of(&entry->digest) + i) & (CACHE_SLOTS - 1)];
                if (other->read_ms < slot->read_ms) slot = other;
            }
        }
        *slot = *entry;
    }
    pthread_rwlock_unlock(&c->lock);
}

void cache_forget(struct cache *c, const struct digest *digest) {
    pthread_rwlock_wrlock(&c->lock);
    atomic_fetch_add(&c->epoch, 1);
    struct cache_entry *slot = slot_find(c, digest);
    if (slot) *slot = (struct cache_entry){.user = 0};
    pthread_rwlock_unlock(&c->lock);
}

void cache_forget_user(struct cache *c, int64_t user) {
    pthread_rwlock_wrlock(&c->lock);
    atomic_fetch_add(&c->epoch, 1);
    for (size_t i = 0; i < CACHE_SLOTS; i++)
        if (c->slots[i].user == user) c->slots[i] = (struct cache_entry){.user = 0};
    pthread_rwlock_unlock(&c->lock);
}

void cache_forget_all(struct cache *c) {
    pthread_rwlock_wrlock(&c->lock);
    atomic_fetch_add(&c->epoch, 1);
    memset(c->slots, 0, CACHE_SLOTS * sizeof *c->slots);
    pthread_rwlock_unlock(&c->lock);
}
