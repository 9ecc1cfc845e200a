/* Mappings that were confirmed: what a finished import was told about its columns is offered to the
 * next one into the same entity from a table with the same headers - to the same person first, else
 * to anybody.
 *
 * Kept facts: "mapping/<user>/<entity>/<digest of the headers>", user 0 for the last of anybody,
 * and "import/<id>/map": what import <id> began with, so that it goes on with the same columns
 * after a kill whatever was confirmed since. Threads: the import's. */
#ifndef MODULES_BASE_IMPORT_MEMORY_H
#define MODULES_BASE_IMPORT_MEMORY_H

#include "import_plan.h"

/* *ret_map in `a`, empty when nothing is remembered. It may name columns or fields that this person
 * does not have. */
crm_status import_memory_recall(const struct import_run *run, struct crm_arena *a,
                                const struct import_plan *plan, struct crm_str *ret_map,
                                struct crm_error *err);
/* Keeps the map that the run was given, if any of its rows was taken. Durable on return. */
crm_status import_memory_keep(const struct import_run *run, struct crm_arena *a,
                              const struct import_plan *plan, const struct import_result *result,
                              struct crm_error *err);

#endif
