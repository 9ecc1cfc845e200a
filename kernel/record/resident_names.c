/* Finding resident records by the text of a field: a sorted list of folded texts for each field
 * that is ever asked for, made at the first question and kept with the set. Threads: any; making is
 * under the set's lock. */
#include <stdlib.h>

#include "base/unicode.h"
#include "record/resident_set.h"

struct name {
    struct str folded;
    int64_t id;
};

struct resident_names {
    int32_t entity, field; /* ids */
    struct arena arena;
    struct name *items; /* by text, then by id */
    size_t count;
    struct resident_names *next;
};

void resident_names_free(struct resident_names *n) {
    for (struct resident_names *next; n; n = next) {
        next = n->next;
        arena_fini(&n->arena);
        free(n);
    }
}

static int name_compare(const void *left, const void *right) {
    const struct name *a = left, *b = right;
    int by_text = str_compare(a->folded, b->folded);
    if (by_text != 0) return by_text;
    return a->id < b->id ? -1 : a->id > b->id;
}

static bool names_fill(struct resident_names *n, const struct resident_table *t, int32_t slot) {
    n->items = ARENA_ARRAY(&n->arena, t->count + 1, struct name);
    if (!n->items) return false;
    for (size_t i = 0; i < t->count; i++) {
        struct str text = value_str(t->rows[i][slot]);
        if (text.len == 0) continue;
        struct str folded = fold_key_arena(&n->arena, text);
        if (!folded.ptr) return false;
        n->items[n->count++] = (struct name){folded, t->ids[i]};
    }
    if (n->count > 1) qsort(n->items, n->count, sizeof *n->items, name_compare);
    return true;
}

static struct resident_names *names_make(const struct resident_table *t, int32_t entity,
                                         int32_t field, int32_t slot) {
    struct resident_names *n = calloc(1, sizeof *n);
    if (!n) return NULL;
    n->entity = entity;
    n->field = field;
    arena_init(&n->arena, RESIDENT_TABLE_MAX_BYTES);
    if (names_fill(n, t, slot)) return n;
    resident_names_free(n);
    return NULL;
}

static const struct resident_names *names_of(const struct resident *r,
                                             const struct resident_table *t,
                                             const struct schema_entity *e, int32_t slot) {
    struct resident *shared =
        (struct resident *)r; /* the list is guarded, the rest stays constant */
    int32_t field = e->fields[slot].id;
    pthread_mutex_lock(&shared->mu);
    struct resident_names *n = shared->names;
    while (n && (n->entity != e->id || n->field != field))
        n = n->next;
    if (!n && (n = names_make(t, e->id, field, slot)) != NULL) {
        n->next = shared->names;
        shared->names = n;
    }
    pthread_mutex_unlock(&shared->mu);
    return n;
}

/* Position of the first item that is not before `wanted`. */
static size_t first_at(const struct resident_names *n, struct str wanted) {
    size_t low = 0, high = n->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (str_compare(n->items[middle].folded, wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t resident_find(const struct resident *r, const struct schema_entity *e, int32_t slot,
                     struct str key, int64_t *ret_id) {
    const struct resident_table *t = resident_table_for(r, e);
    if (!t || slot < 0 || (size_t)slot >= e->field_count || key.len == 0) return 0;
    const struct resident_names *n = names_of(r, t, e, slot);
    struct arena scratch;
    size_t found = 0;
    arena_init(&scratch, 1 << 20);
    struct str wanted = fold_key_arena(&scratch, key);
    for (size_t i = n && wanted.ptr ? first_at(n, wanted) : SIZE_MAX;
         n && i < n->count && str_eq(n->items[i].folded, wanted); i++)
        if (found++ == 0) *ret_id = n->items[i].id;
    arena_fini(&scratch);
    return found;
}
