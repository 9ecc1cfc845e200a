/* Counting failures in a table with short probes; an idle quarter of an hour halves a count. */
#include "auth/throttle.h"

#include <sodium.h>

enum { PROBES = 8, HALVE_MS = 15 * 60 * 1000, WAIT_MAX_MS = 60 * 1000, ACCOUNT_WAIT_MS = 2000 };
enum { PAIR_FREE = 5, ADDRESS_FREE = 30, ACCOUNT_FREE = 50 };

void throttle_init(struct throttle *t) {
    memset(t, 0, sizeof *t);
    pthread_mutex_init(&t->mu, NULL);
    randombytes_buf(t->key, sizeof t->key);
}

void throttle_fini(struct throttle *t) { pthread_mutex_destroy(&t->mu); }

static uint64_t key_of(const struct throttle *t, char kind, struct str a, struct str b) {
    unsigned char bytes[512];
    size_t len = 0;
    bytes[len++] = (unsigned char)kind;
    size_t take_a = a.len < 200 ? a.len : 200, take_b = b.len < 200 ? b.len : 200;
    bytes[len++] = (unsigned char)take_a;
    if (take_a) memcpy(bytes + len, a.ptr, take_a);
    len += take_a;
    if (take_b) memcpy(bytes + len, b.ptr, take_b);
    len += take_b;
    uint64_t key = 0;
    crypto_shorthash((unsigned char *)&key, bytes, len, t->key);
    return key ? key : 1;
}

/* The slot of the key, or the least recently used of its neighbourhood made free for it. */
static struct throttle_slot *slot_of(struct throttle *t, uint64_t key) {
    struct throttle_slot *oldest = NULL;
    for (size_t i = 0; i < PROBES; i++) {
        struct throttle_slot *slot = &t->slots[(key + i) % THROTTLE_SLOTS];
        if (slot->key == key) return slot;
        if (slot->key == 0) slot->last_ms = 0;
        if (!oldest || slot->last_ms < oldest->last_ms) oldest = slot;
    }
    *oldest = (struct throttle_slot){.key = key};
    return oldest;
}

static void decay(struct throttle_slot *slot, int64_t now_ms) {
    while (slot->failures > 0 && now_ms - slot->last_ms >= HALVE_MS) {
        slot->failures /= 2;
        slot->last_ms += HALVE_MS;
    }
    if (now_ms < slot->last_ms) slot->last_ms = now_ms; /* the clock went back */
}

static int64_t wait_of(const struct throttle_slot *slot, int64_t now_ms) {
    return slot->next_ms > now_ms && slot->next_ms - now_ms <= WAIT_MAX_MS ? slot->next_ms - now_ms
                                                                           : 0;
}

static void count(struct throttle_slot *slot, uint32_t without_wait, int64_t most_ms,
                  int64_t now_ms) {
    if (slot->failures < UINT32_MAX) slot->failures++;
    slot->refused = false;
    slot->last_ms = now_ms;
    if (slot->failures < without_wait) return;
    uint32_t over = slot->failures - without_wait;
    int64_t wait = over < 6 ? INT64_C(1000) << over : WAIT_MAX_MS;
    slot->next_ms = now_ms + (wait < most_ms ? wait : most_ms);
}

/* Under mu. Each slot is looked up again: the others may have taken it. */
static void count_all(struct throttle *t, struct str account, struct str address, int64_t at_ms) {
    count(slot_of(t, key_of(t, 'l', account, STR_NONE)), ACCOUNT_FREE, ACCOUNT_WAIT_MS, at_ms);
    count(slot_of(t, key_of(t, 'a', STR_NONE, address)), ADDRESS_FREE, WAIT_MAX_MS, at_ms);
    count(slot_of(t, key_of(t, 'p', account, address)), PAIR_FREE, WAIT_MAX_MS, at_ms);
}

int64_t throttle_enter(struct throttle *t, struct str account, struct str address, int64_t now_ms) {
    pthread_mutex_lock(&t->mu);
    struct throttle_slot *pair = slot_of(t, key_of(t, 'p', account, address));
    decay(pair, now_ms);
    int64_t wait = wait_of(pair, now_ms);
    bool known_good = pair->known_good;
    struct throttle_slot *from = slot_of(t, key_of(t, 'a', STR_NONE, address));
    decay(from, now_ms);
    if (wait_of(from, now_ms) > wait) wait = wait_of(from, now_ms);
    struct throttle_slot *whole = slot_of(t, key_of(t, 'l', account, STR_NONE));
    decay(whole, now_ms);
    if (!known_good && wait_of(whole, now_ms) > wait) wait = wait_of(whole, now_ms);
    if (wait == 0) count_all(t, account, address, now_ms);
    pthread_mutex_unlock(&t->mu);
    return wait;
}

void throttle_failed(struct throttle *t, struct str account, struct str address, int64_t at_ms) {
    pthread_mutex_lock(&t->mu);
    decay(slot_of(t, key_of(t, 'p', account, address)), at_ms);
    decay(slot_of(t, key_of(t, 'a', STR_NONE, address)), at_ms);
    decay(slot_of(t, key_of(t, 'l', account, STR_NONE)), at_ms);
    count_all(t, account, address, at_ms);
    pthread_mutex_unlock(&t->mu);
}

void throttle_passed(struct throttle *t, struct str account, struct str address, int64_t now_ms) {
    pthread_mutex_lock(&t->mu);
    struct throttle_slot *pair = slot_of(t, key_of(t, 'p', account, address));
    *pair = (struct throttle_slot){.key = pair->key, .last_ms = now_ms, .known_good = true};
    struct throttle_slot *from = slot_of(t, key_of(t, 'a', STR_NONE, address));
    if (from->failures > 0) from->failures--;
    from->next_ms = 0;
    struct throttle_slot *whole = slot_of(t, key_of(t, 'l', account, STR_NONE));
    if (whole->failures > 0) whole->failures--;
    pthread_mutex_unlock(&t->mu);
}

bool throttle_is_news(struct throttle *t, struct str account, struct str address, int64_t now_ms) {
    const uint64_t keys[] = {key_of(t, 'p', account, address), key_of(t, 'a', STR_NONE, address),
                             key_of(t, 'l', account, STR_NONE)};
    bool news = false;
    pthread_mutex_lock(&t->mu);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct throttle_slot *slot = slot_of(t, keys[i]);
        if (wait_of(slot, now_ms) == 0) continue;
        news = !slot->refused;
        slot->refused = true;
        break;
    }
    pthread_mutex_unlock(&t->mu);
    return news;
}
