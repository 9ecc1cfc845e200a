/* Back to a version that was in force before: its texts are written where the present ones lie, in
 * the data directory, and loaded as any other change of files is. See reload.h. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "module/files.h"
#include "module/kernel_state.h"
#include "module/made.h"
#include "module/messages.h"
#include "module/reload.h"

struct history kernel_history(const struct kernel *k, struct str owner) {
    return (struct history){k->places.data_dir, owner};
}

static bool is_among(const struct script_source *sources, size_t count, struct str name) {
    for (size_t i = 0; i < count; i++)
        if (str_eq(sources[i].name, name)) return true;
    return false;
}

/* Names begin with "scripts/" or "plugins/", as they lie in the data directory. */
static crm_status write_all(const struct history *h, const struct history_entry *e, struct arena *a,
                            struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < e->source_count; i++) {
        struct str path =
            arena_printf(a, "%.*s/%.*s", STR_ARG(h->data_dir), STR_ARG(e->sources[i].name));
        const char *slash = path.ptr ? memrchr(path.ptr, '/', path.len) : NULL;
        struct str above =
            slash ? arena_str(a, str_make(path.ptr, (size_t)(slash - path.ptr))) : STR_NONE;
        if (!path.ptr || !above.ptr) return err_no_memory(err);
        status = files_folder(above, err);
        if (status == CRM_OK) status = files_write(path, e->sources[i].text, err);
    }
    return status;
}

static crm_status remove_others(const struct history *h, const struct history_entry *e,
                                const struct script_source *now, size_t count, struct arena *a,
                                struct err *err) {
    for (size_t i = 0; i < count; i++) {
        if (is_among(e->sources, e->source_count, now[i].name)) continue;
        struct str path = arena_printf(a, "%.*s/%.*s", STR_ARG(h->data_dir), STR_ARG(now[i].name));
        if (!path.ptr) return err_no_memory(err);
        if (unlink(path.ptr) != 0 && errno != ENOENT) return files_failure(path, err);
    }
    return CRM_OK;
}

/* The newest that is another than the one in force. */
static crm_status before_it(const struct history *h, struct str now, struct arena *a,
                            struct str *ret, struct err *err) {
    struct history_entry *entries = NULL;
    size_t count = 0;
    crm_status status = history_list(h, a, &entries, &count, err);
    if (status != CRM_OK) return status;
    for (size_t i = 0; i < count; i++) {
        if (str_eq(entries[i].version, now)) continue;
        *ret = entries[i].version;
        return CRM_OK;
    }
    return err_set_args(err, CRM_NOT_FOUND, &module_no_version_before, &h->owner, 1);
}

/* A plugin of the installation has its folder there: only the data directory is written to. */
static crm_status check_place(struct kernel *k, struct str owner, struct err *err) {
    struct loaded *loaded = kernel_loaded(k);
    crm_status status = CRM_OK;
    for (size_t i = 0; i < loaded->extensions.count; i++) {
        const struct extension *x = &loaded->extensions.items[i];
        bool is_elsewhere = !x->is_script && !str_starts_with(x->folder, k->places.data_dir);
        if (str_eq(x->owner, owner) && is_elsewhere)
            status = err_set_args(err, CRM_REFUSED, &module_of_installation, &owner, 1);
    }
    loaded_unref(loaded);
    return status;
}

/* The texts in the place of those that are in force. */
static crm_status put_back(struct kernel *k, struct str owner, struct str version, struct arena *a,
                           struct err *err) {
    const struct history h = kernel_history(k, owner);
    struct history_entry entry = {0};
    struct script_source *now = NULL;
    size_t count = 0;
    crm_status status = check_place(k, owner, err);
    if (status == CRM_OK) status = script_host_sources(k->scripts, owner, a, &now, &count, err);
    if (status == CRM_OK && !version.len)
        status = before_it(&h, script_host_version(k->scripts, owner, a), a, &version, err);
    if (status == CRM_OK) status = history_read(&h, version, a, &entry, err);
    if (status == CRM_OK) status = write_all(&h, &entry, a, err);
    return status == CRM_OK ? remove_others(&h, &entry, now, count, a, err) : status;
}

crm_status kernel_reload_back(struct kernel *k, struct str owner, struct str version,
                              const struct reload_options *o, struct arena *a,
                              struct reload_report *ret, struct err *err) {
    bool is_made = false;
    kernel_reload_lock(k);
    *ret = (struct reload_report){0};
    crm_status status = made_back(k, owner, version, o, a, &is_made, ret, err);
    if (status == CRM_OK && !is_made) status = put_back(k, owner, version, a, err);
    if (status == CRM_OK && !is_made) status = kernel_reload_in_turn(k, o, a, ret, err);
    kernel_reload_unlock(k);
    return status == CRM_OK && k->http ? kernel_reload_problem(k, owner, err) : status;
}
