/* The draft: all layers merged into one list of entities with all their fields, still by names and
 * texts. Between definitions and the snapshot; the plan gives it ids and physical names.
 *
 * Lives in the arena it is made in. Private to schema/. Threads: one at a time. */
#ifndef SCHEMA_DRAFT_H
#define SCHEMA_DRAFT_H

#include "schema/definition.h"
#include "schema/plan.h"
#include "schema/registry.h"

struct draft_field {
    struct schema_field_definition def;
    bool standard;
    bool made;                    /* by `pipeline` */
    int32_t id;                   /* 0 = not known to the registry yet */
    bool building;                /* written at every save, not read yet */
    int32_t replaces;             /* id of the field whose values it takes over */
    bool renamed, restored, kept; /* kept: in force, though no definition names it any more */
    const struct schema_field_definition *wanted; /* building: what it is to be in the end */
    struct str registered; /* name in the registry when it is not that of the definition */
    struct str column, link_table;
    struct draft_field *attributes; /* links: count is def.attribute_count */
};

struct draft_index {
    int32_t id;
    struct str name, signature;
    size_t fields[4]; /* positions in the entity */
    size_t field_count;
    bool unique;
    bool skips_nil;
    bool substring; /* without fields: parts of words, beside the search index */
    bool is_new;
};

struct draft_entity {
    const struct schema_entity_definition *def;
    struct draft_field *fields; /* standard ones first */
    size_t field_count, field_capacity;
    struct schema_rule_definition *rules;
    size_t rule_count, rule_capacity;
    struct draft_index *indexes;
    size_t index_count, index_capacity;
    struct draft_entity *parent;                        /* child entities */
    const struct schema_field_definition *parent_field; /* the children field in the parent */
    struct str pipeline_closed, pipeline_since, pipeline_probability;
    bool has_before, has_after, serial;
    size_t title; /* field position */
    int32_t id;   /* 0 = not known to the registry yet */
    bool renamed, restored, kept;
    struct str table;
};

struct draft {
    struct arena *arena;
    const struct schema_definitions *declared; /* each for itself, see draft_lay */
    struct schema_definitions *definitions;    /* layers laid over each other */
    struct schema_registry *registry;          /* grows; what changes in it is marked dirty */
    const struct schema_wishes *wishes;
    struct draft_entity *entities;
    size_t entity_count;
    struct schema_overlay *overlays;
    size_t overlay_count, overlay_capacity;
};

/* `ret` comes with arena, declared, registry and wishes. */
crm_status draft_make(struct draft *ret, struct err *err);
/* By name, or else by the name it was renamed from: what refers to it need not be written anew.
 * NULL when there is none. */
struct draft_entity *draft_find(const struct draft *d, struct str name);
struct draft_field *draft_field_find(const struct draft_entity *e, struct str name);
crm_status draft_field_add(struct draft *d, struct draft_entity *e, const struct draft_field *f,
                           struct err *err);

/* The standard fields, in front of the others; child entities get fewer. */
crm_status draft_standard_fields(struct draft *d, struct draft_entity *e, struct err *err);
/* Fields that `pipeline` brings, made where they are not declared. */
crm_status draft_pipeline_fields(struct draft *d, struct draft_entity *e, struct err *err);
/* in_force.c: what the registry says is in force and the definitions do not name any more is added;
 * what it knows gets its id; a field whose stored form changes stays as it is, with the new form as
 * a field of its own beside it. Entities first, then fields. */
crm_status in_force_entities(struct draft *d, struct err *err);
crm_status in_force_fields(struct draft *d, struct err *err);
/* layers.c: d->definitions from d->declared, with what later layers say of directories, pipelines,
 * views and the like laid over what earlier ones say, and noted. */
crm_status draft_lay(struct draft *io, struct err *err);
/* overlay.c: a key that a later layer changes is noted, and whether layers meet in it. The texts of
 * `o` are the arena's. *ret_stands false: what lies below is in force, by wish. */
crm_status draft_note(struct draft *d, struct schema_overlay o, bool *ret_stands, struct err *err);
/* A node as JSON; empty for what is not said, without a pointer when memory is short. */
struct str draft_node_text(struct arena *a, const struct schema_node *n);
/* overlay.c: what an `extend` says of its entity and changes in the entity's fields. */
crm_status draft_overlay(struct draft *d, struct draft_entity *e,
                         const struct schema_entity_definition *def, struct err *err);
/* Every reference by name holds: entities, directories, fields, with the type that is needed. */
crm_status draft_check(const struct draft *d, struct err *err);
/* check.c: the field that an item of the directory names; NULL: there is none, or it is one that
 * every item has. */
const struct draft_field *draft_item_field(const struct draft *d, struct str directory,
                                           struct str name);
/* duplicates.c */
crm_status draft_check_duplicates(const struct draft_entity *e, struct err *err);
/* Errors that name the nearest thing there is. */
crm_status draft_unknown_entity(const struct draft *d, struct str name,
                                const struct schema_origin *at, struct err *err);
crm_status draft_unknown_field(const struct draft_entity *e, struct str name,
                               const struct schema_origin *at, struct err *err);
/* "file:line" for texts of messages; arena. */
struct str draft_place(struct arena *a, const struct schema_origin *origin);

#endif
