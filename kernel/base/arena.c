/* Arena blocks: a chain, newest room first. A request too large for the usual block gets one of its
 * own behind the head, so that the head's free room is not lost. See arena.h. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { ALIGNMENT = 16, BLOCK_FIRST_BYTES = 4096, BLOCK_LARGEST_BYTES = 256 * 1024, GROW_FIRST = 8 };

struct arena_block {
    struct arena_block *next;
    size_t size; /* bytes behind the header */
    size_t used;
    _Alignas(ALIGNMENT) char bytes[];
};

void arena_init(struct arena *a, size_t max_bytes) { *a = (struct arena){.max_bytes = max_bytes}; }

void arena_fini(struct arena *a) {
    struct arena_block *block = a->head;
    while (block) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
    a->head = NULL;
    a->used_bytes = 0;
}

void arena_reset(struct arena *a) {
    struct arena_block *block = a->head;
    if (!block) return;
    while (block->next) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
    block->used = 0;
    a->head = block;
    a->used_bytes = sizeof *block + block->size;
}

static size_t round_up(size_t bytes) { return (bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1); }

/* Usual size for the next block: doubles with what is held already. */
static size_t block_size(const struct arena *a) {
    size_t size = BLOCK_FIRST_BYTES - sizeof(struct arena_block);
    while (size < a->used_bytes && size < BLOCK_LARGEST_BYTES)
        size *= 2;
    return round_up(size);
}

static struct arena_block *block_add(struct arena *a, size_t bytes) {
    size_t room = a->max_bytes > a->used_bytes ? a->max_bytes - a->used_bytes : 0;
    if (room < sizeof(struct arena_block) || bytes > room - sizeof(struct arena_block)) return NULL;
    room -= sizeof(struct arena_block);
    size_t usual = block_size(a);
    bool own = bytes > usual / 2;
    size_t size = own ? bytes : usual;
    if (size > room) size = room & ~(size_t)(ALIGNMENT - 1);
    if (size < bytes) return NULL;
    struct arena_block *block = malloc(sizeof *block + size);
    if (!block) return NULL;
    block->size = size;
    block->used = 0;
    a->used_bytes += sizeof *block + size;
    if (own && a->head) {
        block->next = a->head->next;
        a->head->next = block;
    } else {
        block->next = a->head;
        a->head = block;
    }
    return block;
}

/* Uninitialised room of a rounded size. */
static void *take(struct arena *a, size_t bytes) {
    if (bytes > SIZE_MAX / 2) return NULL;
    size_t rounded = bytes ? round_up(bytes) : ALIGNMENT;
    struct arena_block *block = a->head;
    if (!block || block->size - block->used < rounded) {
        block = block_add(a, rounded);
        if (!block) return NULL;
    }
    void *room = block->bytes + block->used;
    block->used += rounded;
    return room;
}

void *arena_alloc(struct arena *a, size_t bytes) {
    void *room = take(a, bytes);
    return room ? memset(room, 0, bytes) : NULL;
}

void *arena_array(struct arena *a, size_t count, size_t bytes_each) {
    size_t bytes;
    if (__builtin_mul_overflow(count, bytes_each, &bytes)) return NULL;
    return arena_alloc(a, bytes);
}

char *arena_cstr(struct arena *a, struct str s) {
    if (s.len > SIZE_MAX / 2) return NULL;
    char *copy = take(a, s.len + 1);
    if (!copy) return NULL;
    if (s.len) memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    return copy;
}

struct str arena_str(struct arena *a, struct str s) {
    char *copy = arena_cstr(a, s);
    return copy ? str_make(copy, s.len) : STR_NONE;
}

struct str arena_printf(struct arena *a, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = len < 0 ? NULL : take(a, (size_t)len + 1);
    if (text) vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    return text ? str_make(text, (size_t)len) : STR_NONE;
}

/* The array was the last thing taken from its block: it can grow where it stands. */
static bool extend(struct arena *a, const void *items, size_t old_bytes, size_t new_bytes) {
    struct arena_block *block = a->head;
    if (!block || !items) return false;
    size_t old_rounded = round_up(old_bytes), new_rounded = round_up(new_bytes);
    if (block->used < old_rounded || block->bytes + block->used - old_rounded != items)
        return false;
    if (block->size - block->used < new_rounded - old_rounded) return false;
    memset(block->bytes + block->used, 0, new_rounded - old_rounded);
    block->used += new_rounded - old_rounded;
    return true;
}

void *arena_grow(struct arena *a, void *items, size_t count, size_t *capacity, size_t bytes_each) {
    if (items && count < *capacity) return items;
    size_t wanted = *capacity ? *capacity : GROW_FIRST / 2;
    size_t old_bytes, new_bytes;
    if (__builtin_mul_overflow(wanted, (size_t)2, &wanted)) return NULL;
    if (wanted <= count) wanted = count + 1;
    if (__builtin_mul_overflow(*capacity, bytes_each, &old_bytes)) return NULL;
    if (__builtin_mul_overflow(wanted, bytes_each, &new_bytes)) return NULL;
    if (items && old_bytes && extend(a, items, old_bytes, new_bytes)) {
        *capacity = wanted;
        return items;
    }
    void *moved = arena_alloc(a, new_bytes);
    if (!moved) return NULL;
    if (count && items) memcpy(moved, items, count * bytes_each);
    *capacity = wanted;
    return moved;
}
