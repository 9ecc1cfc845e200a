/* What an open kernel holds. Private to kernel/module. */
#ifndef MODULE_KERNEL_STATE_H
#define MODULE_KERNEL_STATE_H

#include <stdatomic.h>

#include "module/client_files.h"
#include "module/extension.h"
#include "module/kernel.h"
#include "module/nodes.h"
#include "module/people.h"
#include "module/living_schema.h"
#include "script/host.h"

struct kernel {
    struct modules modules;
    struct engine *engine;
    struct event_hub *events;
    struct script_host *scripts;
    struct auth *auth;
    struct people *people;
    struct http_server *http;
    struct client_files *client;   /* NULL unless serving */
    struct nodes *nodes;           /* NULL: not serving, or alone by nature */
    struct arena extensions_arena; /* places and extensions */
    struct extension_places places;
    struct extensions extensions; /* as they were taken at start */
    struct living_schema schema;
    atomic_bool is_stopping;
    bool has_hub_started;
};

/* The Lua sources of a module, in the order of registration. */
crm_status kernel_sources(struct kernel *k, const struct crm_host *host, struct arena *a,
                          struct script_source **ret, size_t *ret_count, struct err *err);
/* kernel_plan, with the handlers of the files kept in `host`. */
crm_status kernel_plan_with(struct kernel *k, struct arena *a, struct script_host *host,
                            struct kernel_plan *ret, struct err *err);

#endif
