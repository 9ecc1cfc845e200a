/* The finished snapshot: counting references and finding things in it. Making one is build.c.
 * Threads: any. A snapshot owns its arena and goes with its last reference. */
#include "schema/schema.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "schema/lookup.h"
#include "schema/snapshot.h"

crm_status schema_snapshot_new(struct schema_snapshot **ret, struct err *err) {
    struct schema_snapshot *s = calloc(1, sizeof *s);
    if (!s) return err_no_memory(err);
    atomic_init(&s->references, 1);
    arena_init(&s->arena, SCHEMA_SNAPSHOT_MAX_BYTES);
    *ret = s;
    return CRM_OK;
}

struct schema *schema_ref(struct schema *s) {
    if (s)
        atomic_fetch_add_explicit(&((struct schema_snapshot *)s)->references, 1,
                                  memory_order_relaxed);
    return s;
}

struct schema *schema_unref(struct schema *s) {
    struct schema_snapshot *box = (struct schema_snapshot *)s;
    if (!box || atomic_fetch_sub_explicit(&box->references, 1, memory_order_acq_rel) != 1)
        return NULL;
    arena_fini(&box->arena);
    free(box);
    return NULL;
}

struct schema_lookup *schema_lookup_new(struct arena *a, size_t count, int32_t first_id,
                                        int32_t last_id) {
    struct schema_lookup *l = ARENA_NEW(a, struct schema_lookup);
    if (!l || count >= SCHEMA_LOOKUP_NONE || last_id - first_id >= SCHEMA_LOOKUP_NONE) return NULL;
    uint32_t size = 8;
    while (size < count * 2)
        size *= 2;
    l->mask = size - 1;
    l->first_id = first_id;
    l->id_count = last_id < first_id ? 0 : last_id - first_id + 1;
    l->by_name = ARENA_ARRAY(a, size, uint16_t);
    l->by_id = ARENA_ARRAY(a, (size_t)l->id_count + 1, uint16_t);
    if (!l->by_name || !l->by_id) return NULL;
    for (uint32_t i = 0; i < size; i++)
        l->by_name[i] = SCHEMA_LOOKUP_NONE;
    for (int32_t i = 0; i < l->id_count; i++)
        l->by_id[i] = SCHEMA_LOOKUP_NONE;
    return l;
}

void schema_lookup_add(struct schema_lookup *l, struct str name, int32_t id, uint16_t position) {
    uint32_t at = (uint32_t)str_hash(name) & l->mask;
    while (l->by_name[at] != SCHEMA_LOOKUP_NONE)
        at = (at + 1) & l->mask;
    l->by_name[at] = position;
    if (id >= l->first_id && id - l->first_id < l->id_count) l->by_id[id - l->first_id] = position;
}

const struct schema_entity *schema_find(const struct schema *s, struct str name) {
    const struct schema_lookup *l = s->lookup;
    if (l) {
        for (uint32_t at = (uint32_t)str_hash(name) & l->mask; l->by_name[at] != SCHEMA_LOOKUP_NONE;
             at = (at + 1) & l->mask)
            if (str_eq(s->entities[l->by_name[at]].name, name)) return &s->entities[l->by_name[at]];
        return NULL;
    }
    for (size_t i = 0; i < s->entity_count; i++)
        if (str_eq(s->entities[i].name, name)) return &s->entities[i];
    return NULL;
}

const struct schema_view *schema_view_find(const struct schema *s, struct str name) {
    for (size_t i = 0; i < s->view_count; i++)
        if (str_eq(s->views[i].name, name)) return &s->views[i];
    return NULL;
}

static bool by_id(const struct schema_lookup *l, int32_t id, size_t *ret) {
    if (id < l->first_id || id - l->first_id >= l->id_count) return false;
    *ret = l->by_id[id - l->first_id];
    return *ret != SCHEMA_LOOKUP_NONE;
}

const struct schema_entity *schema_entity_by_id(const struct schema *s, int32_t id) {
    size_t at = 0;
    if (s->lookup) return by_id(s->lookup, id, &at) ? &s->entities[at] : NULL;
    for (; at < s->entity_count; at++)
        if (s->entities[at].id == id) return &s->entities[at];
    return NULL;
}

size_t schema_entity_position(const struct schema *s, const struct schema_entity *e) {
    return (size_t)(e - s->entities);
}

const struct schema_field *schema_field_find(const struct schema_entity *e, struct str name) {
    const struct schema_lookup *l = e->lookup;
    if (l) {
        for (uint32_t at = (uint32_t)str_hash(name) & l->mask; l->by_name[at] != SCHEMA_LOOKUP_NONE;
             at = (at + 1) & l->mask)
            if (str_eq(e->fields[l->by_name[at]].name, name)) return &e->fields[l->by_name[at]];
        return NULL;
    }
    for (size_t i = 0; i < e->field_count; i++)
        if (str_eq(e->fields[i].name, name)) return &e->fields[i];
    return NULL;
}

const struct schema_field *schema_field_by_id(const struct schema_entity *e, int32_t id) {
    size_t at = 0;
    if (e->lookup) return by_id(e->lookup, id, &at) ? &e->fields[at] : NULL;
    for (; at < e->field_count; at++)
        if (e->fields[at].id == id) return &e->fields[at];
    return NULL;
}

const struct schema_field *schema_field_at(const struct schema_entity *e, int32_t slot) {
    return slot >= 0 && (size_t)slot < e->field_count ? &e->fields[slot] : NULL;
}

const struct schema_field *schema_standard(const struct schema_entity *e,
                                           enum schema_standard_field id) {
    return schema_field_by_id(e, (int32_t)id);
}

const struct schema_role *schema_role_find(const struct schema *s, struct str name) {
    for (size_t i = 0; i < s->role_count; i++)
        if (str_eq(s->roles[i].name, name)) return &s->roles[i];
    return NULL;
}

const struct schema_directory *schema_directory_find(const struct schema *s, struct str name) {
    for (size_t i = 0; i < s->directory_count; i++)
        if (str_eq(s->directories[i].name, name)) return &s->directories[i];
    return NULL;
}
