/* Definition files: Lua texts read into a collection of definitions, in guarded states.
 *
 * The files of one owner are loaded one after the other, in one state that is gone afterwards;
 * handlers in them are only noted (schema_hook_definition). An error names file and line, also when
 * it is found later by schema_plan_make. Threads: one at a time. */
#ifndef SCRIPT_DEFINITIONS_H
#define SCRIPT_DEFINITIONS_H

#include "schema/definition.h"
#include "schema/node.h"

enum { SCRIPT_VERSION_BYTES = 12 };

struct script_source {
    struct str name; /* as messages show it: "base/entities/project.lua" */
    struct str text;
};

/* Everything or nothing: on failure what the owner had added is removed. */
crm_status script_definitions_load(struct schema_definitions *d, enum schema_layer layer,
                                   struct str owner, const struct script_source *sources,
                                   size_t count, struct err *err);
/* The kernel's own entities (kernel/script/kernel.lua, part of the program). */
crm_status script_definitions_load_kernel(struct schema_definitions *d, struct err *err);

/* The definitions of one file as they are written; none is read any further. A file with handlers
 * is refused: those have no place but a file. `n` lives in the arena. */
typedef crm_status script_definition_fn(void *ctx, const char *word, struct str name,
                                        const struct schema_node *n, struct err *err);
crm_status script_definitions_each(struct arena *a, const struct script_source *source,
                                   script_definition_fn *fn, void *ctx, struct err *err);

/* All *.lua files of a folder, by name, as sources in the arena; names begin with `shown`. A folder
 * that is not there has none. Listed: without their texts. */
crm_status script_sources_list(struct arena *a, struct str folder, struct str shown,
                               struct script_source **ret, size_t *ret_count, struct err *err);
/* Refused: what is no plain file, what everybody may write, and what belongs neither to the
 * server's user nor to root nor to the owner of the folder that it stands in. */
crm_status script_source_read(struct arena *a, struct str folder, struct script_source *source,
                              struct err *err);
/* The same of a folder with sources, against the one above it. */
crm_status script_folder_check(struct str shown, const char *path, const char *above,
                               struct err *err);
crm_status script_sources_read(struct arena *a, struct str folder, struct str shown,
                               struct script_source **ret, size_t *ret_count, struct err *err);
/* The first digits of the digest over names and texts; ptr NULL without memory. */
struct str script_sources_version(struct arena *a, const struct script_source *sources,
                                  size_t count);

#endif
