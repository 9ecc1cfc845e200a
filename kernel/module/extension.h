/* Extensions: what an operator lays beside the program without compiling - plugins (plugins/NAME/
 * with its manifest) and scripts (scripts/NAME.lua), of the installation and of the data directory.
 * Of two with one name that of the data directory counts; a script that people made (made.h) stands
 * in front of both.
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
    bool is_made;       /* of people, in the database: runs in worker processes (made.h) */
    int64_t author;     /* of what people made */
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
    struct str digest; /* of the texts that lie there; empty: they could not be read */
    const struct str *need_versions; /* at least; empty: any */
    bool is_out;
    bool is_disabled;   /* out by wish: plugins/NAME.disabled in the data directory */
    bool is_held;       /* what lies there is not in force, but the version before */
    struct err *reason; /* why, with file and line where they are known */
};

/* Plugins by name, those that are needed first; then scripts by name. */
struct extensions {
    struct extension *items;
    size_t count, capacity;
};

/* A plugin looked at as if it lay elsewhere, or were switched. */
enum extension_trial_how { TRIAL_ENABLED, TRIAL_DISABLED, TRIAL_ABSENT };
struct extension_trial {
    struct str name;
    enum extension_trial_how how;
    struct str folder; /* empty: where it lies */
};

struct extension_places {
    struct str plugins, scripts;         /* folders of the installation; empty = none */
    struct str data_dir;                 /* with plugins/ and scripts/, or without */
    const struct extension_trial *trial; /* NULL: all as they lie */
};

crm_status extensions_find(struct arena *a, const struct extension_places *places,
                           struct extensions *ret, struct err *err);
/* A copy of one, with room for a reason of its own; then extensions_order. */
crm_status extensions_append(struct arena *a, struct extensions *all, const struct extension *it,
                             struct err *err);
void extensions_order(struct extensions *all);
void extension_leave_out(struct extension *x, const struct err *reason);
size_t extensions_left_out(const struct extensions *all);
const struct extension *extension_find(const struct extensions *all, struct str name,
                                       bool is_script); /* NULL */

#endif
