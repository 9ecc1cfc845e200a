/* The distinct set: linear probing, at most three quarters full. */
#include "expr/aggregate_set.h"

#include "base/value.h"

enum { FIRST_CAPACITY = 16 };

static bool grow(struct aggregate_set *s, struct arena *a) {
    if (s->count * 4 < s->capacity * 3) return true;
    size_t capacity = s->capacity ? s->capacity * 2 : FIRST_CAPACITY;
    struct aggregate_item *items = ARENA_ARRAY(a, capacity, struct aggregate_item);
    if (!items) return false;
    for (size_t i = 0; i < s->capacity; i++) {
        if (!s->items[i].hash) continue;
        size_t at = (size_t)s->items[i].hash & (capacity - 1);
        while (items[at].hash)
            at = (at + 1) & (capacity - 1);
        items[at] = s->items[i];
    }
    s->items = items;
    s->capacity = capacity;
    return true;
}

static uint64_t hash_of(const struct value *v) {
    uint64_t hash = value_hash(v);
    return hash ? hash : 1;
}

bool aggregate_set_add(struct aggregate_set *s, struct arena *a, int64_t number) {
    if (!grow(s, a)) return false;
    struct value v = value_int(number);
    uint64_t hash = hash_of(&v);
    size_t at = (size_t)hash & (s->capacity - 1);
    for (; s->items[at].hash; at = (at + 1) & (s->capacity - 1))
        if (s->items[at].number == number) return true;
    s->items[at] = (struct aggregate_item){.hash = hash, .number = number};
    s->count++;
    return true;
}

bool aggregate_set_add_text(struct aggregate_set *s, struct arena *a, struct str text) {
    if (!grow(s, a)) return false;
    struct value v = value_text(text);
    uint64_t hash = hash_of(&v);
    size_t at = (size_t)hash & (s->capacity - 1);
    for (; s->items[at].hash; at = (at + 1) & (s->capacity - 1))
        if (s->items[at].hash == hash && str_eq(s->items[at].text, text)) return true;
    struct str copy = arena_str(a, text);
    if (!copy.ptr) return false;
    s->items[at] = (struct aggregate_item){.hash = hash, .text = copy};
    s->count++;
    return true;
}
