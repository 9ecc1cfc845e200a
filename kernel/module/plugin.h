/* Plugins whole: installed from a folder or an archive, switched off and on, brought up to a newer
 * version, removed with what becomes of their data.
 *
 * An order is first looked at beside what runs - manifest, what it needs, its definitions and
 * handlers, what the database would be changed by, what goes out of use, which migrations wait -
 * and that is its plan; `dry` ends there. Carried out it changes folders of the data directory and
 * loads them anew (reload.h); when the new state does not come into force, the folders are put
 * back.
 *
 * Texts live in the given arena. Threads: any that may block; one at a time (the reload lock). */
#ifndef MODULE_PLUGIN_H
#define MODULE_PLUGIN_H

#include "module/extension.h"
#include "module/reload.h"
#include "schema/plan.h"

/* X(ENUM, word) */
#define PLUGIN_ACTIONS(X)                                                                          \
    X(INSTALL, "install")                                                                          \
    X(UPGRADE, "upgrade")                                                                          \
    X(ENABLE, "enable") X(DISABLE, "disable") X(REMOVE, "remove")
enum plugin_action {
#define PLUGIN_ENUM(name, word) PLUGIN_##name,
    PLUGIN_ACTIONS(PLUGIN_ENUM)
#undef PLUGIN_ENUM
        PLUGIN_ACTION_COUNT
};
const char *plugin_action_word(enum plugin_action action);

/* Of the data of a plugin that is removed. */
enum plugin_fate { PLUGIN_KEEP, PLUGIN_DELETE };

struct plugin_order {
    enum plugin_action action;
    struct str name; /* INSTALL, UPGRADE with a source: empty, or what the manifest must say */
    int fd;          /* a folder or an archive; the caller's. -1: none */
    enum plugin_fate fate;
    bool dry;
    struct reload_options by;
};

/* What goes out of use: an entity with its records, or a field of somebody else's. */
struct plugin_loss {
    struct str name; /* "policy", "organization.insured" */
    int64_t records; /* of an entity, those in the trash too */
};

struct plugin_plan {
    enum plugin_action action;
    struct str name, from, to; /* versions; empty: none */
    struct schema_plan schema; /* steps; its end is plugin_plan_fini */
    const struct plugin_loss *losses;
    size_t loss_count;
    const struct str *migrations; /* names of files, in their order */
    size_t migration_count;
    bool is_done; /* it was carried out */
    size_t migrated;
};

/* Fails in words where the plan cannot be carried out; *ret is set in any case and ended by the
 * caller. */
crm_status kernel_plugin(struct kernel *k, const struct plugin_order *o, struct arena *a,
                         struct plugin_plan *ret, struct err *err);
void plugin_plan_fini(struct plugin_plan *p);

struct store_conn;

/* ---- plugin_state.c: what the database knows of a plugin, rows of sys_state ---- */
/* Which migrations have run, or were there when the plugin came. */
struct plugin_done {
    bool is_known; /* the plugin was here before */
    const struct str *names;
    size_t count;
};
crm_status plugin_done_read(struct kernel *k, struct str plugin, struct arena *a,
                            struct plugin_done *ret, struct err *err);
/* Inside the writer's transaction. */
crm_status plugin_done_put(struct store_conn *writer, struct str plugin, struct str name,
                           struct err *err);
crm_status plugin_done_forget(struct store_conn *writer, struct str plugin, struct err *err);

/* ---- plugin_migrate.c: migrations/NAME.lua, in the order of their names ---- */
crm_status plugin_migrations(struct str folder, struct arena *a, const struct str **ret,
                             size_t *ret_count, struct err *err);
/* Those of `names` that have not run, one changeset of the door "migration" each, or several when
 * it answers "more"; stops at the first that fails. */
crm_status plugin_migrate(struct kernel *k, struct str plugin, struct str folder,
                          const struct str *names, size_t count, struct arena *a, size_t *ret_done,
                          struct err *err);

/* ---- plugin_erase.c ---- */
/* Tables, columns and registrations of an owner that nothing in force belongs to any more. */
crm_status plugin_erase(struct kernel *k, struct str owner, struct arena *a, struct err *err);

/* ---- plugin_rest.c ---- */
struct json_writer;
struct http_server;
crm_status plugin_plan_json(struct kernel *k, const struct plugin_plan *p, enum language language,
                            struct arena *a, struct json_writer *w, struct err *err);
crm_status plugin_rest_register(struct kernel *k, struct http_server *s, struct err *err);

#endif
