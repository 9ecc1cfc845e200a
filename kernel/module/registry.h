/* What modules have registered, by owner: routes, files, commands, job kinds, schedules,
 * subscribers, definitions. Plain lists, filled while modules are initialised and read when the
 * parts of the kernel that they belong to are started.
 *
 * Everything is copied into the registry's arena; an owner's items are removed in bulk (their
 * memory goes with the registry). Threads: main, while loading; read-only afterwards. */
#ifndef MODULE_REGISTRY_H
#define MODULE_REGISTRY_H

#include <crm/services.h>

#include "base/arena.h"
#include "base/err.h"

struct kernel;
struct registry;

/* A module as its services see it. */
struct crm_host {
    struct kernel *kernel; /* NULL in tests of loading */
    struct registry *registry;
    const struct crm_module *module;
    const char *folder;  /* of its files */
    bool is_registering; /* inside init */
};

enum definition_source { DEFINITION_FILE, DEFINITION_FOLDER, DEFINITION_TEXT };
struct registered_definition {
    struct crm_host *host;
    enum definition_source source;
    const char *name; /* path in the module's folder, or the name of the text */
    struct str text;
};
struct registered_route {
    struct crm_host *host;
    struct crm_route route;
};
struct registered_assets {
    struct crm_host *host;
    struct crm_assets assets;
};
struct registered_command {
    struct crm_host *host;
    struct crm_command_definition definition; /* texts are the module's constants */
};
struct registered_kind {
    struct crm_host *host;
    struct crm_job_kind kind;
};
struct registered_schedule {
    struct crm_host *host;
    const char *name, *spec, *kind;
};
struct registered_subscription {
    struct crm_host *host;
    struct crm_subscription subscription;
};

/* clang-format off */
#define REGISTRY_LISTS(X)                                                                          \
    X(definition, definitions) X(route, routes) X(assets, assets) X(command, commands)             \
    X(kind, kinds) X(schedule, schedules) X(subscription, subscriptions)
/* clang-format on */

struct registry {
    struct arena arena;
#define REGISTRY_LIST(one, many)                                                                   \
    struct registered_##one *many;                                                                 \
    size_t one##_count, one##_capacity;
    REGISTRY_LISTS(REGISTRY_LIST)
#undef REGISTRY_LIST
};

void registry_init(struct registry *r);
void registry_fini(struct registry *r);
void registry_remove_owner(struct registry *r, const struct crm_host *host);

/* Each checks that registering is allowed now and that the item is complete and nobody's already.
 */
crm_status registry_add_definition(struct crm_host *host, enum definition_source source,
                                   const char *name, struct str text, struct err *err);
crm_status registry_add_route(struct crm_host *host, const struct crm_route *route,
                              struct err *err);
crm_status registry_add_assets(struct crm_host *host, const struct crm_assets *assets,
                               struct err *err);
crm_status registry_add_command(struct crm_host *host,
                                const struct crm_command_definition *definition, struct err *err);
crm_status registry_add_kind(struct crm_host *host, const struct crm_job_kind *kind,
                             struct err *err);
crm_status registry_add_schedule(struct crm_host *host, const char *name, const char *spec,
                                 const char *kind, struct err *err);
crm_status registry_add_subscription(struct crm_host *host,
                                     const struct crm_subscription *subscription, struct err *err);

#endif
