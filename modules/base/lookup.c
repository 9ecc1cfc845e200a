/* The look-up table of lookup.h: FNV-1a, linear probing, at most two thirds full. */
#include "lookup.h"

#include <stdlib.h>

enum { LOOKUP_START = 256 };

static uint64_t hash(struct crm_str s) {
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < s.len; i++)
        h = (h ^ (uint8_t)s.ptr[i]) * UINT64_C(1099511628211);
    return h;
}

static void entry_fini(struct lookup_entry *e) {
    free((void *)(uintptr_t)e->key.ptr);
    free((void *)(uintptr_t)e->text.ptr);
}

void lookup_fini(struct lookup *l) {
    for (size_t i = 0; i < l->capacity; i++)
        entry_fini(&l->entries[i]);
    free(l->entries);
    memset(l, 0, sizeof *l);
}

static struct lookup_entry *place(struct lookup_entry *entries, size_t capacity,
                                  struct crm_str key) {
    for (size_t at = (size_t)hash(key) & (capacity - 1);; at = (at + 1) & (capacity - 1))
        if (!entries[at].key.ptr || crm_str_eq(entries[at].key, key)) return &entries[at];
}

static bool grow(struct lookup *l) {
    size_t capacity = l->capacity ? l->capacity * 2 : LOOKUP_START;
    struct lookup_entry *entries = calloc(capacity, sizeof *entries);
    if (!entries) return false;
    for (size_t i = 0; i < l->capacity; i++)
        if (l->entries[i].key.ptr) *place(entries, capacity, l->entries[i].key) = l->entries[i];
    free(l->entries);
    l->entries = entries;
    l->capacity = capacity;
    return true;
}

static bool copy(struct crm_str from, struct crm_str *ret) {
    char *memory = malloc(from.len + 1);
    if (!memory) return false;
    if (from.len) memcpy(memory, from.ptr, from.len);
    memory[from.len] = '\0';
    *ret = crm_str_make(memory, from.len);
    return true;
}

struct lookup_entry *lookup_find(const struct lookup *l, struct crm_str key) {
    if (l->capacity == 0) return NULL;
    struct lookup_entry *e = place(l->entries, l->capacity, key);
    return e->key.ptr ? e : NULL;
}

struct lookup_entry *lookup_enter(struct lookup *l, struct crm_str key, struct crm_str text) {
    struct lookup_entry *found = lookup_find(l, key);
    if (found) return found;
    if ((l->count + 1) * 3 > l->capacity * 2 && !grow(l)) return NULL;
    struct lookup_entry made = {.state = LOOKUP_NEW};
    if (!copy(key, &made.key)) return NULL;
    if (!copy(text, &made.text)) {
        entry_fini(&made);
        return NULL;
    }
    found = place(l->entries, l->capacity, key);
    *found = made;
    l->count++;
    return found;
}

void lookup_each(struct lookup *l, enum lookup_state state,
                 void (*fn)(void *ctx, struct lookup_entry *e), void *ctx) {
    for (size_t i = 0; i < l->capacity; i++)
        if (l->entries[i].key.ptr && l->entries[i].state == state) fn(ctx, &l->entries[i]);
}
