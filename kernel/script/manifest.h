/* The manifest of a plugin: manifest.lua, a text that returns one table of plain values.
 *
 *   return { name = "insurance", version = "1.2.0",
 *            label = { en = "Insurance", ru = "Страхование" }, needs = { "sales >= 0.1" } }
 *
 * It runs in a guarded state of its own and declares nothing. Threads: one at a time. */
#ifndef SCRIPT_MANIFEST_H
#define SCRIPT_MANIFEST_H

#include "schema/schema.h"
#include "script/definitions.h"

enum { MANIFEST_NEEDS_MAX = 64 };

struct script_manifest {
    struct str name, version;
    struct schema_label label, description; /* label empty: the name says it */
    const struct str *needs;                /* modules and plugins; "perigee": the program */
    const struct str *need_versions;        /* at least; empty: any */
    size_t need_count;
};

/* Texts in the arena; errors by file and, where Lua knows it, line. */
crm_status script_manifest_read(struct arena *a, const struct script_source *source,
                                struct script_manifest *ret, struct err *err);

#endif
