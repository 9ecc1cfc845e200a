/* Taking extensions into a collection of definitions, and the plan that follows.
 *
 * All of them are tried together; when that fails, one after the other on top of those that fit, so
 * that the one at fault is known and left out. A change that the database cannot make (a type that
 * differs from the stored one) is a fault as well. Private to kernel/module. Threads: one at a
 * time.
 */
#ifndef MODULE_EXTENSION_LOAD_H
#define MODULE_EXTENSION_LOAD_H

#include "module/extension.h"
#include "module/loader.h"
#include "schema/plan.h"
#include "script/host.h"

struct extension_load {
    struct arena *arena; /* of the plan */
    struct extensions *extensions;
    const struct modules *modules;
    struct schema_definitions *definitions; /* those of the kernel and of modules are there */
    struct script_host *host;               /* likewise their files */
    const struct schema_registry *registry;
    int64_t generation;
    /* Where others are in force already: their versions stay where those that lie there do not load
     * or fit. NULL: none are. */
    struct script_host *in_force;
    const struct extensions *former;
};

/* Errors are those of the kernel and of modules, or want of memory. */
crm_status extensions_plan(const struct extension_load *l, struct schema_plan *ret,
                           struct err *err);

#endif
