/* See figure_groups.h. */
#include "store/figure_groups.h"

#include <stdio.h>

#include "store/driver.h"
#include "store/messages.h"

enum { TABLE_FIRST = 256 };

crm_status figure_groups_init(struct figure_groups *g, struct arena *a, size_t key_count,
                              const struct expr *const *measures, size_t measure_count,
                              struct err *err) {
    *g = (struct figure_groups){.arena = a,
                                .measures = measures,
                                .measure_count = measure_count,
                                .key_count = key_count,
                                .mask = TABLE_FIRST - 1};
    g->last = &g->first;
    g->table = ARENA_ARRAY(a, TABLE_FIRST, struct figure_group *);
    return g->table ? CRM_OK : err_no_memory(err);
}

static uint64_t hash_keys(const struct figure_groups *g, const struct store_value *const *keys) {
    uint64_t hash = 0x9E3779B97F4A7C15u;
    for (size_t i = 0; i < g->key_count; i++) {
        const struct store_value *v = keys[i];
        uint64_t word = v->type == STORE_INT    ? (uint64_t)v->integer
                        : v->type == STORE_NULL ? 0x5bd1e995
                                                : statement_hash(v->bytes.ptr, v->bytes.len);
        hash = (hash ^ word) * 0xD6E8FEB86659FD93u;
        hash ^= hash >> 32;
    }
    return hash;
}

static bool same_value(const struct store_value *a, const struct store_value *b) {
    if (a->type != b->type) return false;
    if (a->type == STORE_INT) return a->integer == b->integer;
    return a->type == STORE_NULL || str_eq(a->bytes, b->bytes);
}

static bool same_keys(const struct figure_groups *g, const struct figure_group *group,
                      const struct store_value *const *keys) {
    for (size_t i = 0; i < g->key_count; i++)
        if (!same_value(&group->keys[i], keys[i])) return false;
    return true;
}

static bool grow(struct figure_groups *g) {
    size_t size = 2 * (g->mask + 1);
    struct figure_group **table = ARENA_ARRAY(g->arena, size, struct figure_group *);
    if (!table) return false;
    for (struct figure_group *group = g->first; group; group = group->next) {
        size_t at = group->hash & (size - 1);
        while (table[at])
            at = (at + 1) & (size - 1);
        table[at] = group;
    }
    g->table = table;
    g->mask = size - 1;
    return true;
}

static struct figure_group *group_new(struct figure_groups *g, uint64_t hash,
                                      const struct store_value *const *keys) {
    struct figure_group *group =
        arena_alloc(g->arena, sizeof *group + g->key_count * sizeof group->keys[0]);
    if (!group) return NULL;
    group->hash = hash;
    group->aggregates = expr_group_new(g->arena, g->measures, g->measure_count);
    for (size_t i = 0; i < g->key_count; i++) {
        group->keys[i] = *keys[i];
        if (keys[i]->type != STORE_TEXT) continue;
        group->keys[i].bytes = arena_str(g->arena, keys[i]->bytes);
        if (!group->keys[i].bytes.ptr) return NULL;
    }
    return group->aggregates ? group : NULL;
}

static crm_status too_many(struct err *err) {
    char limit[16];
    snprintf(limit, sizeof limit, "%d", FIGURE_GROUPS_MAX);
    return err_set(err, CRM_TOO_LARGE, &store_text_groups_too_many, limit, NULL);
}

crm_status figure_groups_get(struct figure_groups *g, const struct store_value *const *keys,
                             struct figure_group **ret, struct err *err) {
    uint64_t hash = hash_keys(g, keys);
    size_t at = hash & g->mask;
    for (; g->table[at]; at = (at + 1) & g->mask) {
        struct figure_group *group = g->table[at];
        if (group->hash != hash || !same_keys(g, group, keys)) continue;
        *ret = group;
        return CRM_OK;
    }
    if (g->count == FIGURE_GROUPS_MAX) return too_many(err);
    struct figure_group *group = group_new(g, hash, keys);
    if (!group) return err_no_memory(err);
    g->table[at] = group;
    *g->last = group;
    g->last = &group->next;
    if (2 * ++g->count > g->mask && !grow(g)) return err_no_memory(err);
    *ret = group;
    return CRM_OK;
}
