/* The plan: from what the database has (registry) to what the definitions say, as ordered steps
 * that store/migrate.h carries out. Also assigns the immutable ids and physical names to what is
 * new.
 *
 * Only additions become steps. What is in the registry and not in the definitions stays there as it
 * is: hidden, and listed as kept. A change of what is stored already (type, target of a reference,
 * `unique`, `search`, the text of a stored formula) and a rename are steps of the kind REFUSED, in
 * words; a plan with any of those must not be applied: its snapshot describes columns that the
 * database has not. Threads: any. */
#ifndef SCHEMA_PLAN_H
#define SCHEMA_PLAN_H

#include "schema/registry.h"
#include "schema/schema.h"

enum schema_step_kind {
    SCHEMA_STEP_CREATE_ENTITY, /* table with every field; link tables and indexes are steps of their
                                  own */
    SCHEMA_STEP_ADD_FIELD,     /* its columns */
    SCHEMA_STEP_ADD_ATTRIBUTE, /* a column of the link table of `field`; `index` is the attribute's
                                  id */
    SCHEMA_STEP_CREATE_LINKS,  /* a link table with its attributes */
    SCHEMA_STEP_CREATE_INDEX,
    SCHEMA_STEP_CREATE_SEARCH, /* the entity's search index; `index` is its id in the registry */
    SCHEMA_STEP_REFUSED        /* with `refusal` */
};

struct schema_step {
    enum schema_step_kind kind;
    int32_t entity, field, index; /* ids in the snapshot */
    const struct err *refusal; /* REFUSED: what is wrong and where; err_format tells it to people */
    struct str subject;        /* "organization.industry" */
};

struct schema_plan {
    struct schema *schema; /* the snapshot after the plan, one reference owned by the plan */
    struct schema_registry *registry; /* extended */
    const struct schema_step *steps;
    size_t step_count;
    size_t refused_count;
    const struct str *kept; /* "policy", "organization.risk": in the database, defined no more */
    size_t kept_count;
};

struct schema_definitions;                                /* schema/definition.h */
const char *schema_step_word(enum schema_step_kind kind); /* "create_entity" ... */
/* Checks every definition (errors by file and line), merges layers, resolves names, compiles
 * expressions, compares with `registry` and yields the plan, in arena `a` (the snapshot has its
 * own). */
crm_status schema_plan_make(struct arena *a, const struct schema_definitions *definitions,
                            const struct schema_registry *registry, int64_t generation,
                            struct schema_plan *ret, struct err *err);
void schema_plan_fini(struct schema_plan *plan);

#endif
