/* What an open kernel holds. Private to kernel/module. */
#ifndef MODULE_KERNEL_STATE_H
#define MODULE_KERNEL_STATE_H

#include <stdatomic.h>

#include "module/client_files.h"
#include "module/extension.h"
#include "module/kernel.h"
#include "module/loaded.h"
#include "module/nodes.h"
#include "module/people.h"
#include "module/reload.h"
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
    pthread_mutex_t loaded_mu;   /* guards the two pointers */
    struct client_files *client; /* counted; NULL unless serving */
    struct loaded *loaded;       /* counted; NULL: without definitions */
    pthread_mutex_t reload_mu;   /* extensions are loaded anew one at a time */
    struct reloader *reloader;   /* NULL unless serving */
    struct nodes *nodes;         /* NULL: not serving, or alone by nature */
    struct arena places_arena;
    struct extension_places places;
    struct living_schema schema;
    atomic_bool is_stopping;
    bool has_hub_started;
};

/* The Lua sources of a module, in the order of registration. */
crm_status kernel_sources(struct kernel *k, const struct crm_host *host, struct arena *a,
                          struct script_source **ret, size_t *ret_count, struct err *err);
/* All that there are: on disk, and scripts that people made. */
crm_status kernel_extensions_find(struct kernel *k, struct arena *a, struct extensions *ret,
                                  struct err *err);
/* kernel_plan, with the handlers of the files kept in `host`. */
crm_status kernel_plan_with(struct kernel *k, struct arena *a, struct script_host *host,
                            struct kernel_plan *ret, struct err *err);
/* The same for extensions that were found already. Of those among `former` (NULL: none) that do not
 * load or fit the version in force is taken. */
crm_status kernel_plan_again(struct kernel *k, struct arena *a, struct script_host *host,
                             const struct extensions *former, struct kernel_plan *ret,
                             struct err *err);

#endif
