/* Finding plugins and scripts on disk. See extension.h. */
#include "module/extension.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "module/loader.h"
#include "module/messages.h"
#include "script/manifest.h"

struct finding {
    struct arena *arena;
    struct extensions *all;
};

const struct extension *extension_find(const struct extensions *all, struct str name,
                                       bool is_script) {
    for (size_t i = 0; i < all->count; i++)
        if (all->items[i].is_script == is_script && str_eq(all->items[i].name, name))
            return &all->items[i];
    return NULL;
}

crm_status extensions_append(struct arena *a, struct extensions *all, const struct extension *it,
                             struct err *err) {
    if (all->count == EXTENSIONS_MAX) return err_no_memory(err);
    struct extension *items = arena_grow(a, all->items, all->count, &all->capacity, sizeof *items);
    if (!items) return err_no_memory(err);
    all->items = items;
    items[all->count] = *it;
    items[all->count].reason = ARENA_NEW(a, struct err);
    return items[all->count++].reason ? CRM_OK : err_no_memory(err);
}

void extension_leave_out(struct extension *x, const struct err *reason) {
    x->is_out = true;
    x->is_held = false;
    if (x->reason != reason) err_copy(x->reason, reason);
}

size_t extensions_left_out(const struct extensions *all) {
    size_t count = 0;
    for (size_t i = 0; i < all->count; i++)
        count += all->items[i].is_out && !all->items[i].is_disabled;
    return count;
}

/* A new item, or the one of the same name that it stands in for. */
static struct extension *add(struct finding *f, struct str name, bool is_script) {
    struct extension *x = (struct extension *)(uintptr_t)extension_find(f->all, name, is_script);
    if (!x) {
        if (f->all->count == EXTENSIONS_MAX) return NULL;
        struct extension *items =
            arena_grow(f->arena, f->all->items, f->all->count, &f->all->capacity, sizeof *items);
        if (!items) return NULL;
        f->all->items = items;
        x = &items[f->all->count++];
    }
    *x = (struct extension){.is_script = is_script, .name = name};
    x->owner = is_script ? arena_printf(f->arena, "scripts/%.*s", STR_ARG(name)) : name;
    x->shown = is_script ? arena_printf(f->arena, "scripts/%.*s.lua", STR_ARG(name))
                         : arena_printf(f->arena, "plugins/%.*s/", STR_ARG(name));
    x->reason = ARENA_NEW(f->arena, struct err);
    return x->owner.ptr && x->shown.ptr && x->reason ? x : NULL;
}

/* ---- plugins ------------------------------------------------------------------------------ */

static crm_status read_manifest(struct finding *f, struct extension *x,
                                const struct script_source *sources, size_t count,
                                struct err *err) {
    struct script_manifest manifest;
    struct str wanted = arena_printf(f->arena, "%.*smanifest.lua", STR_ARG(x->shown));
    const struct script_source *source = NULL;
    if (!wanted.ptr) return err_no_memory(err);
    for (size_t i = 0; i < count; i++)
        if (str_eq(sources[i].name, wanted)) source = &sources[i];
    if (!source) return err_set_args(err, CRM_NOT_FOUND, &module_manifest_absent, &x->shown, 1);
    crm_status status = script_manifest_read(f->arena, source, &manifest, err);
    if (status != CRM_OK) return status;
    const struct str names[] = {x->shown, manifest.name};
    if (!str_eq(manifest.name, x->name)) {
        err_set_args(err, CRM_INVALID, &module_manifest_name, names, 2);
        err_at(err, "%.*s", STR_ARG(wanted));
        return CRM_INVALID;
    }
    x->version = manifest.version;
    x->label = manifest.label;
    x->needs = manifest.needs;
    x->need_versions = manifest.need_versions;
    x->need_count = manifest.need_count;
    return CRM_OK;
}

static crm_status add_sources(struct finding *f, struct extension *x, const char *folder,
                              size_t *capacity, struct err *err) {
    struct script_source *found = NULL, *all = (struct script_source *)(uintptr_t)x->sources;
    size_t count = 0;
    struct str path = arena_printf(f->arena, "%.*s/%s", STR_ARG(x->folder), folder);
    struct str shown = arena_printf(f->arena, "%.*s%s", STR_ARG(x->shown), folder);
    if (!path.ptr || !shown.ptr) return err_no_memory(err);
    crm_status status = script_sources_read(f->arena, path, shown, &found, &count, err);
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        all = arena_grow(f->arena, all, x->source_count, capacity, sizeof *all);
        if (!all) return err_no_memory(err);
        all[x->source_count++] = found[i];
        x->sources = all;
    }
    return status;
}

static crm_status read_plugin(struct finding *f, struct extension *x, struct err *err) {
    static const char *const folders[] = {"entities", "automations", "reports", "views"};
    struct script_source *own = NULL;
    size_t count = 0, capacity = 0;
    if (!module_name_is_valid(x->name))
        return err_set_args(err, CRM_INVALID, &module_plugin_name_form, &x->name, 1);
    struct str shown = str_make(x->shown.ptr, x->shown.len - 1);
    crm_status status = script_sources_read(f->arena, x->folder, shown, &own, &count, err);
    if (status == CRM_OK) status = read_manifest(f, x, own, count, err);
    for (size_t i = 0; status == CRM_OK && i < sizeof folders / sizeof *folders; i++)
        status = add_sources(f, x, folders[i], &capacity, err);
    if (status != CRM_OK) return status;
    struct str top = script_sources_version(f->arena, own, count),
               rest = script_sources_version(f->arena, x->sources, x->source_count);
    x->digest = arena_printf(f->arena, "%.*s%.*s", STR_ARG(top), STR_ARG(rest));
    return top.ptr && rest.ptr && x->digest.ptr ? CRM_OK : err_no_memory(err);
}

static crm_status take_plugin(struct finding *f, struct str name, struct str path,
                              const char *above, struct err *err) {
    struct err why;
    struct extension *x = add(f, name, false);
    if (!x) return err_no_memory(err);
    x->folder = path;
    crm_status status = script_folder_check(x->shown, path.ptr, above, &why);
    if (status == CRM_OK) status = read_plugin(f, x, &why);
    if (status != CRM_OK) extension_leave_out(x, &why);
    return CRM_OK;
}

/* ---- scripts ------------------------------------------------------------------------------ */

static crm_status take_script(struct finding *f, const struct script_source *listed,
                              struct str folder, struct err *err) {
    struct err why;
    struct str name =
        str_make(listed->name.ptr + strlen("scripts/"), listed->name.len - strlen("scripts/.lua"));
    struct script_source *source = ARENA_NEW(f->arena, struct script_source);
    struct extension *x = add(f, name, true);
    if (!x || !source) return err_no_memory(err);
    *source = (struct script_source){.name = x->shown};
    x->folder = folder;
    x->sources = source;
    x->source_count = 1;
    if (script_source_read(f->arena, folder, source, &why) != CRM_OK) extension_leave_out(x, &why);
    x->digest = x->is_out ? STR_NONE : script_sources_version(f->arena, source, 1);
    return x->is_out || x->digest.ptr ? CRM_OK : err_no_memory(err);
}

static crm_status find_scripts(struct finding *f, struct str folder, struct err *err) {
    struct script_source *found = NULL;
    size_t count = 0;
    crm_status status = script_sources_list(f->arena, folder, STR("scripts"), &found, &count, err);
    for (size_t i = 0; status == CRM_OK && i < count; i++)
        status = take_script(f, &found[i], folder, err);
    return status;
}

/* ---- folders ------------------------------------------------------------------------------ */

static bool is_folder(const char *path) {
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

static crm_status find_plugins(struct finding *f, struct str folder, struct err *err) {
    const char *path = arena_cstr(f->arena, folder);
    DIR *dir = path ? opendir(path) : NULL;
    if (!path) return err_no_memory(err);
    if (!dir && errno == ENOENT) return CRM_OK;
    if (!dir) return err_set_args(err, CRM_IO, &module_module_folder, &folder, 1);
    crm_status status = CRM_OK;
    for (const struct dirent *entry; status == CRM_OK && (entry = readdir(dir));) {
        struct str name = arena_str(f->arena, str_from(entry->d_name));
        struct str inside = arena_printf(f->arena, "%s/%s", path, entry->d_name);
        if (!name.ptr || !inside.ptr)
            status = err_no_memory(err);
        else if (name.ptr[0] != '.' && is_folder(inside.ptr))
            status = take_plugin(f, name, inside, path, err);
    }
    closedir(dir);
    return status;
}

static int compare(const void *a, const void *b) {
    const struct extension *x = a, *y = b;
    if (x->is_script != y->is_script) return x->is_script - y->is_script;
    return str_compare(x->name, y->name);
}

static bool needs(const struct extension *x, const struct extension *other) {
    for (size_t i = 0; !other->is_script && i < x->need_count; i++)
        if (str_eq(x->needs[i], other->name)) return true;
    return false;
}

/* What is needed moves in front; needs in a circle end the passes and stay as they are. */
static void put_needs_first(struct extensions *all) {
    for (size_t pass = 0, moved = 1; moved && pass < all->count; pass++) {
        moved = 0;
        for (size_t i = 0; i < all->count; i++)
            for (size_t k = i + 1; k < all->count; k++) {
                if (!needs(&all->items[i], &all->items[k])) continue;
                struct extension first = all->items[k];
                memmove(&all->items[i + 1], &all->items[i], (k - i) * sizeof first);
                all->items[i] = first;
                moved = 1;
            }
    }
}

void extensions_order(struct extensions *all) {
    if (all->count) qsort(all->items, all->count, sizeof *all->items, compare);
    put_needs_first(all);
}

/* ---- switched off, and trials --------------------------------------------------------------- */

static void switch_off(struct extension *x) {
    struct err why;
    (void)err_set_args(&why, CRM_REFUSED, &module_plugin_disabled, &x->name, 1);
    extension_leave_out(x, &why);
    x->is_disabled = true;
}

static crm_status look_at_marks(struct finding *f, const struct extension_places *places,
                                struct err *err) {
    const struct extension_trial *t = places->trial;
    struct extension *items = f->all->items;
    for (size_t i = 0; items && i < f->all->count; i++) {
        struct extension *x = &items[i];
        if (x->is_script) continue;
        struct str mark = arena_printf(f->arena, "%.*s/plugins/%.*s.disabled",
                                       STR_ARG(places->data_dir), STR_ARG(x->name));
        if (!mark.ptr) return err_no_memory(err);
        bool is_tried = t && str_eq(t->name, x->name);
        if (is_tried ? t->how == TRIAL_DISABLED : access(mark.ptr, F_OK) == 0) switch_off(x);
    }
    return CRM_OK;
}

static crm_status put_on_trial(struct finding *f, const struct extension_trial *t,
                               struct err *err) {
    struct extension *items = f->all->items,
                     *x = (struct extension *)(uintptr_t)extension_find(f->all, t->name, false);
    if (t->how == TRIAL_ABSENT && x && items) {
        *x = items[--f->all->count];
        return CRM_OK;
    }
    if (t->how == TRIAL_ABSENT || !t->folder.len) return CRM_OK;
    struct str folder = arena_str(f->arena, t->folder);
    const char *slash = folder.ptr ? memrchr(folder.ptr, '/', folder.len) : NULL;
    const char *above =
        slash ? arena_cstr(f->arena, str_make(folder.ptr, (size_t)(slash - folder.ptr))) : ".";
    return folder.ptr && above ? take_plugin(f, t->name, folder, above, err) : err_no_memory(err);
}

crm_status extensions_find(struct arena *a, const struct extension_places *places,
                           struct extensions *ret, struct err *err) {
    struct extensions all = {.count = 0};
    struct finding f = {a, &all};
    struct str plugins = arena_printf(a, "%.*s/plugins", STR_ARG(places->data_dir));
    struct str scripts = arena_printf(a, "%.*s/scripts", STR_ARG(places->data_dir));
    if (!plugins.ptr || !scripts.ptr) return err_no_memory(err);
    crm_status status = places->plugins.len ? find_plugins(&f, places->plugins, err) : CRM_OK;
    if (status == CRM_OK && places->data_dir.len) status = find_plugins(&f, plugins, err);
    if (status == CRM_OK && places->trial) status = put_on_trial(&f, places->trial, err);
    if (status == CRM_OK && places->data_dir.len) status = look_at_marks(&f, places, err);
    if (status == CRM_OK && places->scripts.len) status = find_scripts(&f, places->scripts, err);
    if (status == CRM_OK && places->data_dir.len) status = find_scripts(&f, scripts, err);
    if (status != CRM_OK) return status;
    extensions_order(&all);
    *ret = all;
    return CRM_OK;
}
