/* From a draft with ids to the snapshot. Private to schema/.
 *
 * The builder lives on the stack of schema_plan_make; everything it makes is in the snapshot's
 * arena, nothing of the draft is kept. Threads: one at a time. */
#ifndef SCHEMA_BUILD_H
#define SCHEMA_BUILD_H

#include "schema/draft.h"
#include "schema/snapshot.h"

enum { BUILD_FORMULA_DEPTH = 24 };

struct builder {
    const struct draft *draft;
    struct schema_snapshot *snapshot;
    struct schema *schema;
    struct schema_entity *entities; /* the snapshot's, while they may change; order of the draft */
    struct schema_field **fields;   /* per entity */
    uint8_t **compiled;             /* per entity and slot: enum build_state of formulas */
    int depth;                      /* formulas being compiled */
    bool exhausted;                 /* an allocation failed */
    crm_status nested;              /* failure inside a name lookup, with its error */
    struct err nested_err;
};

enum build_state { BUILD_WAITING, BUILD_RUNNING, BUILD_DONE };

crm_status schema_build(const struct draft *draft, int64_t generation, struct schema **ret,
                        struct err *err);

/* Text copied into the snapshot; failure is remembered in `exhausted`. */
struct str build_keep(struct builder *b, struct str s);
struct schema_label build_keep_label(struct builder *b, const struct schema_label *l);

/* A field of an entity by its name, or by the one it was renamed from; NULL. */
const struct schema_field *build_field_find(const struct builder *b, size_t entity,
                                            struct str name);

/* compile.c: every expression of fields and rules; sets the value types of formulas. */
crm_status build_expressions(struct builder *b, struct err *err);
/* One row expression of an entity, for roles. */
crm_status build_expression(struct builder *b, size_t entity, struct str text, enum expr_mode mode,
                            const struct expr **ret, struct err *err);
/* roles.c: grants of every role on every entity. */
crm_status build_roles(struct builder *b, struct err *err);
/* duplicates.c */
crm_status build_duplicates(struct builder *b, size_t position, struct err *err);
/* views.c: what pages draw. */
crm_status build_views(struct builder *b, struct err *err);
/* digest.c: hex digest over everything the draft says. */
crm_status build_digest(struct builder *b, struct err *err);

#endif
