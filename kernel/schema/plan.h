/* The plan: from what the database has (registry) to what the definitions say, as ordered steps that
 * store/migrate.h carries out. Also assigns the immutable ids and physical names to what is new.
 *
 * Steps that are not only additions (rename without `was`, drop, change of type) are listed as
 * refused, in words; they come with the living schema. Threads: any. */
#ifndef SCHEMA_PLAN_H
#define SCHEMA_PLAN_H

#include "schema/registry.h"
#include "schema/schema.h"

enum schema_step_kind {
    SCHEMA_STEP_CREATE_ENTITY, /* table with every field; link tables and indexes are steps of their own */
    SCHEMA_STEP_ADD_FIELD,     /* its columns */
    SCHEMA_STEP_CREATE_LINKS,  /* a link table */
    SCHEMA_STEP_CREATE_INDEX,
    SCHEMA_STEP_CREATE_SEARCH, /* the entity's search index */
    SCHEMA_STEP_REFUSED        /* with `message` */
};

struct schema_step {
    enum schema_step_kind kind;
    int32_t entity, field, index; /* ids in the snapshot */
    struct err_text const *message;
    struct str subject; /* "organization.industry" */
};

struct schema_plan {
    struct schema *schema; /* the snapshot after the plan, one reference owned by the plan */
    struct schema_registry *registry; /* extended */
    const struct schema_step *steps;
    size_t step_count;
    size_t refused_count;
};

struct schema_definitions; /* schema/definition.h */
/* Checks every definition (errors by file and line), merges layers, resolves names, compiles
 * expressions, compares with `registry` and yields the plan, in arena `a` (the snapshot has its own). */
crm_status schema_plan_make(struct arena *a, const struct schema_definitions *definitions,
                            const struct schema_registry *registry, int64_t generation,
                            struct schema_plan *ret, struct err *err);
void schema_plan_fini(struct schema_plan *plan);

#endif
