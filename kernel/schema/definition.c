/* The collection of definitions: lists in one arena. Not the merging, which is draft.c, and not the
 * reading of Lua tables, which is read.c. Threads: one at a time. Owns the arena. */
#include "schema/definition.h"

#include <stdio.h>
#include <stdlib.h>

#include "schema/messages.h"

enum { DEFINITIONS_MAX_BYTES = 64 * 1024 * 1024, DEFINITIONS_MAX = 20000 };

crm_status schema_definitions_new(struct schema_definitions **ret, struct err *err) {
    struct schema_definitions *d = calloc(1, sizeof *d);
    if (!d) return err_no_memory(err);
    arena_init(&d->arena, DEFINITIONS_MAX_BYTES);
    *ret = d;
    return CRM_OK;
}

void schema_definitions_free(struct schema_definitions *d) {
    if (!d) return;
    arena_fini(&d->arena);
    free(d);
}

struct arena *schema_definitions_arena(struct schema_definitions *d) {
    return &d->arena;
}

static crm_status too_many(const char *kind, struct err *err) {
    char limit[16];
    (void)snprintf(limit, sizeof limit, "%d", DEFINITIONS_MAX);
    return err_set(err, CRM_TOO_LARGE, &schema_too_many, limit, kind, NULL);
}

#define DEFINE_LIST(one, many)                                                                     \
    crm_status schema_definitions_add_##one(struct schema_definitions *d,                          \
                                            const struct schema_##one##_definition *it,            \
                                            struct err *err) {                                     \
        if (d->one##_count >= DEFINITIONS_MAX) return too_many(#one, err);                         \
        struct schema_##one##_definition *items =                                                  \
            arena_grow(&d->arena, d->many, d->one##_count, &d->one##_capacity, sizeof *items);     \
        if (!items) return err_no_memory(err);                                                     \
        items[d->one##_count++] = *it;                                                             \
        d->many = items;                                                                           \
        return CRM_OK;                                                                             \
    }                                                                                              \
    static void remove_##one(struct schema_definitions *d, struct str owner) {                     \
        size_t kept = 0;                                                                           \
        for (size_t i = 0; i < d->one##_count; i++)                                                \
            if (!str_eq(d->many[i].origin.owner, owner)) d->many[kept++] = d->many[i];             \
        d->one##_count = kept;                                                                     \
    }
SCHEMA_DEFINITION_LISTS(DEFINE_LIST)
#undef DEFINE_LIST

void schema_definitions_remove(struct schema_definitions *d, struct str owner) {
#define REMOVE_LIST(one, many) remove_##one(d, owner);
    SCHEMA_DEFINITION_LISTS(REMOVE_LIST)
#undef REMOVE_LIST
}

void schema_err_at(struct err *err, const struct schema_origin *origin) {
    if (origin->line > 0)
        err_at(err, "%.*s:%d", STR_ARG(origin->file), (int)origin->line);
    else if (origin->file.len > 0)
        err_at(err, "%.*s", STR_ARG(origin->file));
}
