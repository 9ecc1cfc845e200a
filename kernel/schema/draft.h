/* The draft: all layers merged into one list of entities with all their fields, still by names and
 * texts. Between definitions and the snapshot; the plan gives it ids and physical names.
 *
 * Lives in the arena it is made in. Private to schema/. Threads: one at a time. */
#ifndef SCHEMA_DRAFT_H
#define SCHEMA_DRAFT_H

#include "schema/definition.h"
#include "schema/registry.h"

struct draft_field {
    struct schema_field_definition def;
    bool standard;
    bool made; /* by `pipeline` */
    int32_t id;
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
    int32_t id;
    struct str table;
};

struct draft {
    struct arena *arena;
    const struct schema_definitions *definitions;
    struct draft_entity *entities;
    size_t entity_count;
};

crm_status draft_make(struct arena *a, const struct schema_definitions *d, struct draft *ret,
                      struct err *err);
struct draft_entity *draft_find(const struct draft *d, struct str name);             /* NULL */
struct draft_field *draft_field_find(const struct draft_entity *e, struct str name); /* NULL */
crm_status draft_field_add(struct draft *d, struct draft_entity *e, const struct draft_field *f,
                           struct err *err);

/* The standard fields, in front of the others; child entities get fewer. */
crm_status draft_standard_fields(struct draft *d, struct draft_entity *e, struct err *err);
/* Fields that `pipeline` brings, made where they are not declared. */
crm_status draft_pipeline_fields(struct draft *d, struct draft_entity *e, struct err *err);
/* Every reference by name holds: entities, directories, fields, with the type that is needed. */
crm_status draft_check(const struct draft *d, struct err *err);
/* Errors that name the nearest thing there is. */
crm_status draft_unknown_entity(const struct draft *d, struct str name,
                                const struct schema_origin *at, struct err *err);
crm_status draft_unknown_field(const struct draft_entity *e, struct str name,
                               const struct schema_origin *at, struct err *err);
/* "file:line" for texts of messages; arena. */
struct str draft_place(struct arena *a, const struct schema_origin *origin);

#endif
