/* Migrations of a plugin: what it does to the data of its earlier versions. See plugin.h.
 *
 * Each is one Lua text, run as the program's own user; that it has run is written in the
 * transaction of its changeset, so that after kill -9 it has either happened or not. */
#include "module/kernel_state.h"
#include "module/messages.h"
#include "module/plugin.h"
#include "script/host.h"

enum { MIGRATION_MS = 60000, MIGRATION_MEMORY = 256 * 1024 * 1024, PORTIONS_MAX = 100000 };

crm_status plugin_migrations(struct str folder, struct arena *a, const struct str **ret,
                             size_t *ret_count, struct err *err) {
    struct script_source *found = NULL;
    size_t count = 0;
    struct str inside = arena_printf(a, "%.*s/migrations", STR_ARG(folder));
    if (!inside.ptr) return err_no_memory(err);
    crm_status status = script_sources_list(a, inside, STR("m"), &found, &count, err);
    if (status != CRM_OK) return status;
    struct str *names = ARENA_ARRAY(a, count + 1, struct str);
    if (!names) return err_no_memory(err);
    for (size_t i = 0; i < count; i++)
        names[i] = str_make(found[i].name.ptr + 2, found[i].name.len - 2);
    *ret = names;
    *ret_count = count;
    return CRM_OK;
}

struct migrating {
    struct str plugin, name;
};

static crm_status note_done(void *ctx, struct str value, struct store_conn *writer,
                            struct err *err) {
    const struct migrating *m = ctx;
    if (str_is(value, "\"more\"")) return CRM_OK;
    return plugin_done_put(writer, m->plugin, m->name, err);
}

/* What the script says, as a failure of the whole. */
static crm_status failure(const struct migrating *m, const struct script_run_result *r,
                          struct err *err) {
    const struct str args[] = {m->plugin, m->name, r->message};
    crm_status status = err_set_args(err, CRM_REFUSED, &module_plugin_migration, args, 3);
    err_at(err, "%.*s", STR_ARG(r->where));
    return status;
}

static crm_status migrate_one(struct kernel *k, const struct migrating *m, struct str folder,
                              struct arena *a, struct err *err) {
    struct actor actor;
    struct script_source source = {.name = arena_printf(a, "plugins/%.*s/migrations/%.*s",
                                                        STR_ARG(m->plugin), STR_ARG(m->name))};
    struct str inside = arena_printf(a, "%.*s/migrations", STR_ARG(folder));
    if (!source.name.ptr || !inside.ptr) return err_no_memory(err);
    crm_status status = script_source_read(a, inside, &source, err);
    engine_actor_system(ACCESS_DOOR_MIGRATION, &actor);
    const struct script_run_options options = {.name = source.name,
                                               .text = source.text,
                                               .actor = &actor,
                                               .keeps_door = true,
                                               .deadline_ms = MIGRATION_MS,
                                               .memory_bytes = MIGRATION_MEMORY,
                                               .also = note_done,
                                               .also_ctx = (void *)(uintptr_t)m};
    for (size_t i = 0; status == CRM_OK && i < PORTIONS_MAX; i++) {
        struct script_run_result result = {0};
        status = script_run_text(k->scripts, &options, a, &result, err);
        if (status == CRM_OK && strcmp(result.outcome, "ok") != 0) return failure(m, &result, err);
        if (status == CRM_OK && !str_is(result.value, "\"more\"")) return CRM_OK;
    }
    return status == CRM_OK ? err_set(err, CRM_TOO_LARGE, &module_plugin_endless, NULL) : status;
}

crm_status plugin_migrate(struct kernel *k, struct str plugin, struct str folder,
                          const struct str *names, size_t count, struct arena *a, size_t *ret_done,
                          struct err *err) {
    crm_status status = CRM_OK;
    *ret_done = 0;
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        const struct migrating m = {plugin, names[i]};
        status = migrate_one(k, &m, folder, a, err);
        *ret_done += status == CRM_OK;
    }
    return status;
}
