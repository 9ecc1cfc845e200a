/* See figure_raw.h. */
#include "store/figure_raw.h"

enum { ENTRIES_FIRST = 1024 };

void figure_raw_init(struct figure_raw *raw, struct arena *a, const struct figure_columns *columns,
                     const int *keys, size_t key_count) {
    bool is_shorter = false;
    *raw = (struct figure_raw){.arena = a};
    for (size_t i = 0; i < key_count; i++) {
        const struct figure_column *c = &columns->columns[keys[i]];
        size_t k = 0;
        while (k < raw->column_count && raw->columns[k] != c->column)
            k++;
        raw->columns[k] = c->column;
        if (k == raw->column_count) raw->column_count++;
        is_shorter |= c->narrow != NULL;
    }
    if (!is_shorter) raw->column_count = 0;
}

static inline uint64_t hash_of(const struct figure_raw *raw, const struct figure_raw_entry *e) {
    uint64_t hash = 0x9E3779B97F4A7C15u;
    for (size_t i = 0; i < raw->column_count; i++) {
        hash = (hash ^ (uint64_t)e->numbers[i]) * 0xD6E8FEB86659FD93u;
        hash ^= hash >> 32;
    }
    return hash ^ e->nils;
}

/* False where a key column is a text. */
static inline bool numbers_of(const struct figure_raw *raw, const struct store_value *row,
                              struct figure_raw_entry *ret) {
    ret->nils = 0;
    for (size_t i = 0; i < raw->column_count; i++) {
        const struct store_value *v = &row[raw->columns[i]];
        if (v->type != STORE_INT && v->type != STORE_NULL) return false;
        bool is_nil = v->type == STORE_NULL;
        ret->nils |= (uint64_t)is_nil << i;
        ret->numbers[i] = is_nil ? 0 : v->integer;
    }
    return raw->column_count > 0;
}

static inline bool same_numbers(const struct figure_raw *raw, const struct figure_raw_entry *a,
                                const struct figure_raw_entry *b) {
    for (size_t i = 0; i < raw->column_count; i++)
        if (a->numbers[i] != b->numbers[i]) return false;
    return a->nils == b->nils;
}

/* The place of the numbers: theirs, or the empty one where they belong. */
static inline struct figure_raw_entry *place_of(const struct figure_raw *raw,
                                                const struct figure_raw_entry *wanted) {
    size_t at = hash_of(raw, wanted) & raw->mask;
    while (raw->entries[at].group && !same_numbers(raw, &raw->entries[at], wanted))
        at = (at + 1) & raw->mask;
    return &raw->entries[at];
}

struct figure_group *figure_raw_find(const struct figure_raw *raw, const struct store_value *row) {
    struct figure_raw_entry wanted;
    if (!raw->entries || !numbers_of(raw, row, &wanted)) return NULL;
    return place_of(raw, &wanted)->group;
}

static bool make_room(struct figure_raw *raw) {
    if (raw->entries && 2 * raw->count <= raw->mask) return true;
    struct figure_raw grown = *raw;
    size_t size = raw->entries ? 2 * (raw->mask + 1) : ENTRIES_FIRST;
    grown.entries = ARENA_ARRAY(raw->arena, size, struct figure_raw_entry);
    grown.mask = size - 1;
    if (!grown.entries) return false;
    for (size_t i = 0; raw->entries && i <= raw->mask; i++) {
        const struct figure_raw_entry *e = &raw->entries[i];
        if (e->group) *place_of(&grown, e) = *e;
    }
    *raw = grown;
    return true;
}

crm_status figure_raw_add(struct figure_raw *raw, const struct store_value *row,
                          struct figure_group *group, struct err *err) {
    struct figure_raw_entry wanted = {.group = group};
    if (raw->count == FIGURE_RAW_MAX || !numbers_of(raw, row, &wanted)) return CRM_OK;
    if (!make_room(raw)) return err_no_memory(err);
    *place_of(raw, &wanted) = wanted;
    raw->count++;
    return CRM_OK;
}
