/* Extensions: what an operator lays beside the program without compiling - plugins (plugins/NAME/
 * with its manifest) and scripts (scripts/NAME.lua), of the installation and of the data directory.
 * Of two with one name that of the data directory counts.
 *
 * Each is an owner of its own and is taken whole or left out whole, with the reason kept: a bad one
 * never stops the others. Finding reads files and runs manifests; loading (extension_load.h) tries
 * the definitions and handlers. Everything lives in the arena that was given. Threads: one at a
 * time while made, any afterwards. */
#ifndef MODULE_EXTENSION_H
#define MODULE_EXTENSION_H

#include "schema/schema.h"
#include "script/definitions.h"

enum { EXTENSIONS_MAX = 400 };

struct extension {
    bool is_script;
    struct str name;    /* of the plugin's folder or the script's file, without .lua */
    struct str owner;   /* of what it defines: "insurance", "scripts/renewals" */
    struct str shown;   /* how its files' names begin in messages: "plugins/insurance/" */
    struct str folder;  /* on disk, of the plugin; where the script lies */
    struct str version; /* of the manifest; scripts have none */
    struct schema_label label;
    const struct str *needs; /* modules and plugins */
    size_t need_count;
    const struct script_source *sources;
    size_t source_count;
    bool is_out;
    struct err *reason; /* why, with file and line where they are known */
};

/* Plugins by name, those that are needed first; then scripts by name. */
struct extensions {
    struct extension *items;
    size_t count, capacity;
};

struct extension_places {
    struct str plugins, scripts; /* folders of the installation; empty = none */
    struct str data_dir;         /* with plugins/ and scripts/, or without */
};

crm_status extensions_find(struct arena *a, const struct extension_places *places,
                           struct extensions *ret, struct err *err);
void extension_leave_out(struct extension *x, const struct err *reason);
size_t extensions_left_out(const struct extensions *all);
const struct extension *extension_find(const struct extensions *all, struct str name,
                                       bool is_script); /* NULL */

#endif
