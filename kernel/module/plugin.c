/* Orders about plugins: looked at, then carried out. See plugin.h. */
#include "module/plugin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "module/extension_load.h"
#include "module/files.h"
#include "module/kernel_state.h"
#include "module/messages.h"
#include "module/package.h"
#include "module/plugin_look.h"

const char *plugin_action_word(enum plugin_action action) {
    static const char *const words[] = {
#define PLUGIN_WORD(name, word) word,
        PLUGIN_ACTIONS(PLUGIN_WORD)
#undef PLUGIN_WORD
    };
    return words[action];
}

void plugin_plan_fini(struct plugin_plan *p) {
    if (p->schema.schema) schema_plan_fini(&p->schema);
    p->schema = (struct schema_plan){0};
}

/* ---- what it is about -------------------------------------------------------------------------
 */

static bool lies_in(struct str folder, struct str data_dir) {
    return folder.len > data_dir.len && str_starts_with(folder, data_dir) &&
           folder.ptr[data_dir.len] == '/';
}

static crm_status name_it(struct plugin_work *w, struct err *err) {
    const struct plugin_order *o = w->order;
    struct plugin_plan *p = w->plan;
    if (o->fd >= 0) {
        crm_status status =
            package_take(o->fd, w->kernel->places.data_dir, w->arena, &w->package, err);
        if (status != CRM_OK) return status;
        w->has_package = true;
        p->to = w->package.version;
    }
    p->name = w->has_package ? w->package.name : arena_str(w->arena, o->name);
    const struct str names[] = {o->name, p->name};
    if (o->name.len && !str_eq(o->name, p->name))
        return err_set_args(err, CRM_INVALID, &module_plugin_other, names, 2);
    if (!module_name_is_valid(p->name))
        return err_set_args(err, CRM_INVALID, &module_plugin_name_form, &p->name, 1);
    w->place = arena_printf(w->arena, "%.*s/plugins/%.*s", STR_ARG(w->kernel->places.data_dir),
                            STR_ARG(p->name));
    w->mark = arena_printf(w->arena, "%.*s.disabled", STR_ARG(w->place));
    w->now = extension_find(&w->former->extensions, p->name, false);
    w->is_ours = w->now && lies_in(w->now->folder, w->kernel->places.data_dir);
    p->from = arena_str(w->arena, w->now ? w->now->version : STR_NONE); /* `former` is let go */
    return w->place.ptr && w->mark.ptr && p->from.ptr ? CRM_OK : err_no_memory(err);
}

/* One that went with its data kept, or whose removal was cut off: the data goes now. */
static crm_status check_rest(struct plugin_work *w, struct err *err) {
    struct plugin_done done = {0};
    crm_status status = plugin_done_read(w->kernel, w->plan->name, w->arena, &done, err);
    w->is_rest = done.is_known;
    return status == CRM_OK && !done.is_known
               ? err_set_args(err, CRM_NOT_FOUND, &module_no_extension, &w->plan->name, 1)
               : status;
}

/* Is the order of a kind that fits what is there? */
static crm_status check(struct plugin_work *w, struct err *err) {
    const struct plugin_plan *p = w->plan;
    const struct str versions[] = {p->name, p->from, p->to};
    switch (p->action) {
    case PLUGIN_INSTALL:
        if (!w->has_package) return err_set(err, CRM_INVALID, &module_package_kind, NULL);
        return w->is_ours ? err_set_args(err, CRM_CONFLICT, &module_plugin_is_there, versions, 2)
                          : CRM_OK;
    case PLUGIN_UPGRADE:
        if (w->now && w->has_package && version_compare(p->to, p->from) < 0)
            return err_set_args(err, CRM_CONFLICT, &module_plugin_older, versions, 3);
        break;
    case PLUGIN_REMOVE:
        if (w->now && !w->is_ours)
            return err_set_args(err, CRM_REFUSED, &module_plugin_not_ours, &p->name, 1);
        if (!w->now && w->order->fate == PLUGIN_DELETE) return check_rest(w, err);
        break;
    default:
        break;
    }
    return w->now ? CRM_OK : err_set_args(err, CRM_NOT_FOUND, &module_no_extension, &p->name, 1);
}

/* ---- folders ----------------------------------------------------------------------------------
 */

static crm_status move(struct str from, struct str to, struct err *err) {
    return rename(from.ptr, to.ptr) == 0 ? CRM_OK : files_failure(to, err);
}

static crm_status exchange(struct str one, struct str other, struct err *err) {
    return renameat2(AT_FDCWD, one.ptr, AT_FDCWD, other.ptr, RENAME_EXCHANGE) == 0
               ? CRM_OK
               : files_failure(other, err);
}

static crm_status set_mark(const struct plugin_work *w, bool is_set, struct err *err) {
    if (is_set) return files_write(w->mark, STR("off\n"), err);
    return unlink(w->mark.ptr) == 0 || errno == ENOENT ? CRM_OK : files_failure(w->mark, err);
}

static crm_status make_plugins_folder(const struct plugin_work *w, struct err *err) {
    struct str above = arena_printf(w->arena, "%.*s/plugins", STR_ARG(w->kernel->places.data_dir));
    return above.ptr ? files_folder(above, err) : err_no_memory(err);
}

/* Forth, and back when it does not come into force: the same but for an own place. */
static crm_status change_folders(struct plugin_work *w, bool back, struct err *err) {
    crm_status status = make_plugins_folder(w, err);
    if (status != CRM_OK) return status;
    switch (w->plan->action) {
    case PLUGIN_INSTALL:
    case PLUGIN_UPGRADE:
        if (!w->has_package) return CRM_OK;
        if (w->is_ours) return exchange(w->package.folder, w->place, err);
        return back ? move(w->place, w->package.folder, err)
                    : move(w->package.folder, w->place, err);
    case PLUGIN_ENABLE:
        return set_mark(w, back, err);
    case PLUGIN_DISABLE:
        return set_mark(w, !back, err);
    default:
        return back ? move(w->removed, w->place, err) : move(w->place, w->removed, err);
    }
}

static crm_status prepare_removal(struct plugin_work *w, struct err *err) {
    struct str above = arena_printf(w->arena, "%.*s/incoming", STR_ARG(w->kernel->places.data_dir));
    w->removed = arena_printf(w->arena, "%.*s/removed", STR_ARG(above));
    if (!above.ptr || !w->removed.ptr) return err_no_memory(err);
    crm_status status = files_folder(above, err);
    return status == CRM_OK ? package_remove_folder(w->removed, err) : status;
}

/* ---- into force -------------------------------------------------------------------------------
 */

static crm_status load(struct plugin_work *w, struct err *err) {
    struct reload_options options = w->order->by;
    struct reload_report report;
    enum plugin_action action = w->plan->action;
    bool goes = action == PLUGIN_DISABLE || action == PLUGIN_REMOVE;
    if (goes) options.lets_go = w->plan->name;
    crm_status status = kernel_reload_in_turn(w->kernel, &options, w->arena, &report, err);
    return status == CRM_OK && !goes ? kernel_reload_problem(w->kernel, w->plan->name, err)
                                     : status;
}

static crm_status into_force(struct plugin_work *w, struct err *err) {
    struct err another;
    struct reload_report report;
    crm_status status = w->plan->action == PLUGIN_REMOVE ? prepare_removal(w, err) : CRM_OK;
    if (status == CRM_OK) status = change_folders(w, false, err);
    if (status != CRM_OK) return status;
    status = load(w, err);
    if (status == CRM_OK) return CRM_OK;
    if (change_folders(w, true, &another) != CRM_OK ||
        kernel_reload_in_turn(w->kernel, &w->order->by, w->arena, &report, &another) != CRM_OK)
        log_err(LOG_ERROR, "plugin_not_put_back", &another);
    return status;
}

static crm_status note(void *ctx, struct store_conn *writer, struct err *err) {
    const struct plugin_work *w = ctx;
    crm_status status = plugin_done_put(writer, w->plan->name, STR_NONE, err);
    for (size_t i = 0; status == CRM_OK && i < w->baseline_count; i++)
        status = plugin_done_put(writer, w->plan->name, w->baseline[i], err);
    return status;
}

static crm_status forget(void *ctx, struct store_conn *writer, struct err *err) {
    return plugin_done_forget(writer, ((const struct plugin_work *)ctx)->plan->name, err);
}

static crm_status remove_rest(struct plugin_work *w, struct err *err) {
    crm_status status = package_remove_folder(w->removed, err);
    if (status == CRM_OK) status = set_mark(w, false, err);
    if (status != CRM_OK || w->order->fate == PLUGIN_KEEP) return status;
    struct str history = arena_printf(w->arena, "%.*s/history/%.*s",
                                      STR_ARG(w->kernel->places.data_dir), STR_ARG(w->plan->name));
    if (!history.ptr) return err_no_memory(err);
    status = plugin_erase(w->kernel, w->plan->name, w->arena, err);
    if (status == CRM_OK) status = engine_write(w->kernel->engine, forget, w, err);
    return status == CRM_OK ? package_remove_folder(history, err) : status;
}

/* What is known of migrations is written first: a stop in between leaves them to be run. */
static crm_status carry_out(struct plugin_work *w, struct err *err) {
    struct plugin_plan *p = w->plan;
    bool comes = p->action == PLUGIN_INSTALL || p->action == PLUGIN_UPGRADE;
    crm_status status = comes ? engine_write(w->kernel->engine, note, w, err) : CRM_OK;
    if (status == CRM_OK) status = w->is_rest ? prepare_removal(w, err) : into_force(w, err);
    p->is_done = status == CRM_OK;
    if (status == CRM_OK && p->action == PLUGIN_REMOVE) return remove_rest(w, err);
    struct str folder = w->has_package ? w->place : w->now ? w->now->folder : w->place;
    if (status == CRM_OK && p->migration_count)
        status = plugin_migrate(w->kernel, p->name, folder, p->migrations, p->migration_count,
                                w->arena, &p->migrated, err);
    return status;
}

static crm_status in_turn(struct plugin_work *w, struct err *err) {
    crm_status status = name_it(w, err);
    if (status == CRM_OK) status = check(w, err);
    if (status == CRM_OK) status = plugin_look(w, err);
    return status == CRM_OK && !w->order->dry ? carry_out(w, err) : status;
}

crm_status kernel_plugin(struct kernel *k, const struct plugin_order *o, struct arena *a,
                         struct plugin_plan *ret, struct err *err) {
    *ret = (struct plugin_plan){.action = o->action};
    struct plugin_work w = {.kernel = k, .order = o, .arena = a, .plan = ret};
    kernel_reload_lock(k);
    w.former = kernel_loaded(k);
    crm_status status =
        w.former ? in_turn(&w, err) : err_set(err, CRM_UNAVAILABLE, &module_not_open, NULL);
    if (w.has_package) package_drop(&w.package);
    loaded_unref(w.former);
    kernel_reload_unlock(k);
    return status;
}
