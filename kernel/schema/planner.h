/* What the files of the plan share. Private to schema/. Threads: one at a time. */
#ifndef SCHEMA_PLANNER_H
#define SCHEMA_PLANNER_H

#include "schema/draft.h"
#include "schema/plan.h"

struct planner {
    struct arena *arena;
    const struct draft *draft;
    struct schema *schema; /* the snapshot, before anybody else sees it */
    struct schema_registry *registry;
    const struct schema_registry *before;
    struct schema_step *steps;
    size_t count, capacity, refused, asked, background;
};

crm_status planner_step(struct planner *p, struct schema_step step, struct err *err);
/* "organization.industry"; `field` empty: the entity. */
struct str planner_subject(struct planner *p, struct str entity, struct str field);
crm_status planner_refuse(struct planner *p, const struct schema_entity *e,
                          const struct schema_origin *origin, const struct err_text *text,
                          const struct str args[3], struct err *err);

/* plan_field.c: one field of the snapshot against the registry; what cannot be in force yet is
 * taken back in the snapshot. */
crm_status plan_field(struct planner *p, struct schema_entity *e, struct schema_field *f,
                      const struct draft_field *from, bool entity_is_new, struct err *err);
/* plan_index.c: indexes that are wanted, and those that nobody wants any more. */
crm_status plan_indexes(struct planner *p, struct schema_entity *e, const struct draft_entity *from,
                        bool entity_is_new, struct err *err);

#endif
