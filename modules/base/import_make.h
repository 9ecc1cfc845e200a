/* Making the records that an import's texts name but that are not there: directory values, tags,
 * teams, people, pipelines and their stages, and others where --unknown create asks for it.
 * Threads: the import's. */
#ifndef MODULES_BASE_IMPORT_MAKE_H
#define MODULES_BASE_IMPORT_MAKE_H

#include "import_reference.h"

/* One changeset under the parent for all columns whose unknown texts are to be made; the view is
 * refreshed behind it. Entries become FOUND. In a dry run they do so with id 0. */
crm_status import_make(const struct import_run *run, struct crm_arena *a, struct import_plan *plan,
                       const struct import_piece *piece, int64_t parent, struct crm_error *err);
/* The stage that `text` names in a pipeline (0: any pipeline of the entity, the first that has it).
 * LOOKUP_NONE when there is none. */
enum lookup_state import_stage_find(const struct import_run *run, const struct import_plan *plan,
                                    int64_t pipeline, struct crm_str text, int64_t *ret_id);
/* The pipeline that a row names, or the entity's first one. 0: none. */
int64_t import_row_pipeline(const struct import_run *run, struct crm_arena *a,
                            const struct import_plan *plan, const struct import_row *row);
/* A login made of a name: "Anna Kern" -> "anna.kern", Russian letters as in passports; in the
 * arena. */
struct crm_str import_login(const struct crm_base *base, struct crm_arena *a, struct crm_str name);

#endif
