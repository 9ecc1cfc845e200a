/* Modules on their way in: found, checked, ordered by their needs, initialised; and out again.
 *
 * Sources are the *.so of one folder and descriptors that are part of the program; no difference
 * afterwards. Nothing of a module runs before its magic, size, ABI, name and every need were
 * checked (but what the dynamic linker runs). Shared objects stay mapped until the process ends.
 * Threads: main. */
#ifndef MODULE_LOADER_H
#define MODULE_LOADER_H

#include "module/registry.h"

struct loaded_module {
    struct crm_host host;
    void *state;
    bool is_initialised, is_started;
    char *folder; /* owned */
};

/* Why a module is not there; others go on. */
struct module_failure {
    char name[64];
    struct err err;
};

struct modules {
    struct loaded_module **items; /* initialised, in the order of initialisation; owned */
    size_t count;
    struct module_failure *failures;
    size_t failure_count;
    struct module_failure *left_out; /* they crash, or need one that does: the others go on */
    size_t left_out_count;
    struct registry registry;
};

struct modules_options {
    struct kernel *kernel;
    const char *folder;               /* with NAME.so; NULL or missing = none */
    const char *files;                /* with NAME/ for each module's own files */
    const crm_module_get_fn *statics; /* closed by NULL; NULL = none */
    struct str crashes;               /* see crash_report; empty = nobody is left out */
};

/* Fails only without memory or when the folder cannot be read; what is wrong with single modules is
 * in `failures`. */
crm_status modules_load(struct modules *m, const struct modules_options *options, struct err *err);
/* In order; the first failure stops those that were started and is returned. */
crm_status modules_start(struct modules *m, struct err *err);
void modules_stop(struct modules *m); /* those that were started, in reverse */
void modules_fini(struct modules *m); /* fini of all, in reverse; frees */

/* [a-z][a-z0-9_]*, short enough: of modules and of plugins. */
bool module_name_is_valid(struct str name);
/* The check of a descriptor by itself; `file_name` NULL for one of the program's own. */
crm_status module_check(const struct crm_module *module, const char *file_name, struct err *err);

#endif
