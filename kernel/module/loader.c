/* Finding, checking and ordering modules. */
#include "module/loader.h"

#include <assert.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/crash.h"
#include "module/bridge.h"
#include "module/messages.h"
#include "module/services.h"

enum { MODULES_MAX = 256, MODULE_NAME_MAX = 48, NEEDS_MAX = 64, PATH_BYTES = 4096 };

/* One that has been found; `module` is set once its descriptor was checked. */
struct candidate {
    char name[64];
    const struct crm_module *module;
    bool is_out;   /* failed */
    bool crashes;  /* or needs one that does */
    uint8_t visit; /* ordering: 0 not yet, 1 on the way, 2 done */
};

struct loading {
    struct modules *m;
    const struct modules_options *options;
    struct candidate *items; /* MODULES_MAX */
    size_t count;
};

bool module_name_is_valid(struct str name) {
    if (name.len == 0 || name.len > MODULE_NAME_MAX || name.ptr[0] < 'a' || name.ptr[0] > 'z')
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
    }
    return true;
}

crm_status module_check(const struct crm_module *module, const char *file_name, struct err *err) {
    const char *called = file_name ? file_name : "(built in)";
    if (!module || module->magic != CRM_MAGIC)
        return err_set(err, CRM_UNSUPPORTED, &module_module_magic, called, NULL);
    char found[24], wanted[24];
    if (module->size < sizeof *module) {
        snprintf(found, sizeof found, "%u", module->size);
        snprintf(wanted, sizeof wanted, "%zu", sizeof *module);
        return err_set(err, CRM_UNSUPPORTED, &module_module_size, called, found, wanted, NULL);
    }
    if (module->abi_major != CRM_ABI_MAJOR || module->abi_minor > CRM_ABI_MINOR) {
        snprintf(found, sizeof found, "%u.%u", module->abi_major, module->abi_minor);
        snprintf(wanted, sizeof wanted, "%d.%d", CRM_ABI_MAJOR, CRM_ABI_MINOR);
        return err_set(err, CRM_UNSUPPORTED, &module_module_abi, called, found, wanted, NULL);
    }
    if (!module_name_is_valid(str_from(module->name)))
        return err_set(err, CRM_UNSUPPORTED, &module_module_incomplete, called, "a valid name",
                       NULL);
    if (file_name && strcmp(file_name, module->name) != 0)
        return err_set(err, CRM_UNSUPPORTED, &module_module_name, file_name, module->name, NULL);
    if (!module->version || !module->init)
        return err_set(err, CRM_UNSUPPORTED, &module_module_incomplete, called, "a version or init",
                       NULL);
    if (module->need_count > NEEDS_MAX || (module->need_count && !module->needs))
        return err_set(err, CRM_UNSUPPORTED, &module_module_incomplete, called, "its needs", NULL);
    for (size_t i = 0; i < module->need_count; i++)
        if (!module->needs[i].name)
            return err_set(err, CRM_UNSUPPORTED, &module_module_incomplete, called,
                           "the name of a need", NULL);
    return CRM_OK;
}

static void add_failure(struct module_failure **list, size_t *count, const char *name,
                        const struct err *err) {
    struct module_failure *grown = realloc(*list, (*count + 1) * sizeof *grown);
    if (!grown) return;
    *list = grown;
    struct module_failure *failure = &grown[(*count)++];
    snprintf(failure->name, sizeof failure->name, "%s", name);
    err_copy(&failure->err, err);
}

static void fail(struct modules *m, const char *name, const struct err *err) {
    add_failure(&m->failures, &m->failure_count, name, err);
}

static struct candidate *candidate_find(struct loading *l, const char *name) {
    for (size_t i = 0; i < l->count; i++)
        if (strcmp(l->items[i].name, name) == 0) return &l->items[i];
    return NULL;
}

static void take(struct loading *l, const char *name, const struct crm_module *module,
                 const char *file_name, struct err *err) {
    if (module_check(module, file_name, err) != CRM_OK) {
        fail(l->m, name, err);
        return;
    }
    assert(module);
    if (candidate_find(l, module->name)) {
        err_set(err, CRM_CONFLICT, &module_module_twice, module->name, NULL);
        fail(l->m, module->name, err);
        return;
    }
    if (l->count == MODULES_MAX) return;
    struct candidate *item = &l->items[l->count++];
    *item = (struct candidate){.module = module};
    snprintf(item->name, sizeof item->name, "%s", module->name);
}

static void open_shared(struct loading *l, const char *name) {
    struct err err;
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s.so", l->options->folder, name);
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char *reason = dlerror();
        err_set(&err, CRM_UNSUPPORTED, &module_module_open, name, reason ? reason : "?", NULL);
        fail(l->m, name, &err);
        return;
    }
    crm_module_get_fn get = NULL;
    void *symbol = dlsym(handle, CRM_MODULE_SYMBOL);
    _Static_assert(sizeof symbol == sizeof get, "a function pointer fits");
    memcpy(&get, &symbol, sizeof get);
    if (!get) {
        err_set(&err, CRM_UNSUPPORTED, &module_module_symbol, name, CRM_MODULE_SYMBOL, NULL);
        fail(l->m, name, &err);
        return;
    }
    take(l, name, get(), name, &err);
}

static int by_name(const void *a, const void *b) { return strcmp(a, b); }

static crm_status find_shared(struct loading *l, struct err *err) {
    DIR *folder = l->options->folder ? opendir(l->options->folder) : NULL;
    if (!folder && (!l->options->folder || errno == ENOENT)) return CRM_OK;
    if (!folder) return err_set(err, CRM_IO, &module_module_folder, l->options->folder, NULL);
    char(*names)[64] = calloc(MODULES_MAX, sizeof *names);
    size_t count = 0;
    for (struct dirent *entry; names && (entry = readdir(folder)) && count < MODULES_MAX;) {
        struct str name = str_from(entry->d_name);
        if (!str_ends_with(name, STR(".so")) || name.len > sizeof *names) continue;
        snprintf(names[count++], sizeof *names, "%.*s", (int)name.len - 3, name.ptr);
    }
    closedir(folder);
    if (!names) return err_no_memory(err);
    qsort(names, count, sizeof *names, by_name);
    for (size_t i = 0; i < count; i++)
        open_shared(l, names[i]);
    free(names);
    return CRM_OK;
}

/* ---- needs -------------------------------------------------------------------------------- */

#define MODULE_NEED_PREFIX "crm.module."

static crm_status need_version(const struct candidate *c, const struct crm_need *need,
                               uint32_t found, struct err *err) {
    char wanted[16], here[16];
    snprintf(wanted, sizeof wanted, "%u", need->version);
    snprintf(here, sizeof here, "%u", found);
    if (found == 0)
        return err_set(err, CRM_UNSUPPORTED, &module_module_need, c->name, need->name, wanted,
                       NULL);
    if (found < need->version)
        return err_set(err, CRM_UNSUPPORTED, &module_module_need_version, c->name, need->name,
                       wanted, here, NULL);
    return CRM_OK;
}

static struct candidate *module_needed(struct loading *l, const struct crm_need *need) {
    size_t prefix = sizeof MODULE_NEED_PREFIX - 1;
    return strncmp(need->name, MODULE_NEED_PREFIX, prefix) == 0
               ? candidate_find(l, need->name + prefix)
               : NULL;
}

static crm_status host_folder(struct loaded_module *loaded, const char *files, const char *name,
                              struct err *err) {
    size_t size = strlen(files ? files : ".") + strlen(name) + 2;
    loaded->folder = malloc(size);
    if (!loaded->folder) return err_no_memory(err);
    snprintf(loaded->folder, size, "%s/%s", files ? files : ".", name);
    return CRM_OK;
}

static crm_status initialise(struct loading *l, struct candidate *c, struct err *err) {
    struct modules *m = l->m;
    struct loaded_module *loaded = calloc(1, sizeof *loaded);
    struct loaded_module **grown = realloc(m->items, (m->count + 1) * sizeof *grown);
    if (grown) m->items = grown;
    if (!loaded || !grown || host_folder(loaded, l->options->files, c->name, err) != CRM_OK) {
        free(loaded);
        return err_no_memory(err);
    }
    loaded->host = (struct crm_host){.kernel = l->options->kernel,
                                     .registry = &m->registry,
                                     .module = c->module,
                                     .folder = loaded->folder,
                                     .is_registering = true};
    struct crm_error error = {{0}};
    err_clear((struct err *)&error);
    struct crash_mark mark = bridge_enter(&loaded->host, "init");
    crm_status status = c->module->init(&loaded->host, services_calls(), &loaded->state, &error);
    crash_leave(mark);
    loaded->host.is_registering = false;
    if (status == CRM_OK) {
        loaded->is_initialised = true;
        m->items[m->count++] = loaded;
        return CRM_OK;
    }
    registry_remove_owner(&m->registry, &loaded->host);
    const struct err *said = (const struct err *)&error;
    if (said->text.code)
        err_copy(err, said);
    else
        err_set(err, status, &module_module_failed, c->name, NULL);
    err_at(err, "module %s", c->name);
    free(loaded->folder);
    free(loaded);
    return status;
}

static crm_status visit(struct loading *l, struct candidate *c, struct err *err);

static crm_status meet_needs(struct loading *l, struct candidate *c, struct err *err) {
    for (size_t i = 0; i < c->module->need_count; i++) {
        const struct crm_need *need = &c->module->needs[i];
        struct candidate *other = module_needed(l, need);
        crm_status status = CRM_OK;
        if (other && other->visit == 1)
            return err_set(err, CRM_UNSUPPORTED, &module_module_cycle, c->name, other->name, NULL);
        if (other && other->visit == 0) visit(l, other, &(struct err){.status = CRM_OK});
        c->crashes = other && other->crashes;
        if (c->crashes)
            return err_set(err, CRM_UNAVAILABLE, &module_module_needs_crashed, c->name, other->name,
                           NULL);
        status = need_version(c, need,
                              other ? (other->is_out ? 0 : 1) : services_version(need->name), err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

/* A build that is newer than the crashes is tried. */
static crm_status look_at_crashes(struct loading *l, struct candidate *c, struct err *err) {
    char path[PATH_BYTES];
    struct stat file;
    int64_t since = 0;
    if (l->options->crashes.len == 0) return CRM_OK;
    snprintf(path, sizeof path, "%s/%s.so", l->options->folder ? l->options->folder : "", c->name);
    if (stat(path, &file) == 0) since = (int64_t)file.st_mtime * 1000;
    c->crashes = crash_is_repeated(l->options->crashes, c->name, since);
    const struct str args[] = {str_from(c->name), l->options->crashes};
    return c->crashes ? err_set_args(err, CRM_UNAVAILABLE, &module_module_crashed, args, 2)
                      : CRM_OK;
}

/* Depth first: what is needed is initialised before. */
static crm_status visit(struct loading *l, struct candidate *c, struct err *err) {
    c->visit = 1;
    crm_status status = look_at_crashes(l, c, err);
    if (status == CRM_OK) status = meet_needs(l, c, err);
    if (status == CRM_OK) status = initialise(l, c, err);
    c->visit = 2;
    c->is_out = status != CRM_OK;
    if (c->is_out && c->crashes)
        add_failure(&l->m->left_out, &l->m->left_out_count, c->name, err);
    else if (c->is_out)
        fail(l->m, c->name, err);
    return status;
}

crm_status modules_load(struct modules *m, const struct modules_options *options, struct err *err) {
    memset(m, 0, sizeof *m);
    registry_init(&m->registry);
    struct loading l = {.m = m, .options = options, .items = calloc(MODULES_MAX, sizeof *l.items)};
    if (!l.items) return err_no_memory(err);
    struct err one;
    for (size_t i = 0; options->statics && options->statics[i]; i++) {
        const struct crm_module *module = options->statics[i]();
        take(&l, module && module->name ? module->name : "(built in)", module, NULL, &one);
    }
    crm_status status = find_shared(&l, err);
    for (size_t i = 0; status == CRM_OK && i < l.count; i++)
        if (l.items[i].visit == 0) visit(&l, &l.items[i], &one);
    free(l.items);
    return status;
}

crm_status modules_start(struct modules *m, struct err *err) {
    for (size_t i = 0; i < m->count; i++) {
        struct loaded_module *loaded = m->items[i];
        struct crm_error error = {{0}};
        err_clear((struct err *)&error);
        struct crash_mark mark = bridge_enter(&loaded->host, "start");
        crm_status status =
            loaded->host.module->start ? loaded->host.module->start(loaded->state, &error) : CRM_OK;
        crash_leave(mark);
        if (status == CRM_OK) {
            loaded->is_started = true;
            continue;
        }
        if (((struct err *)&error)->text.code)
            err_copy(err, (const struct err *)&error);
        else
            err_set(err, status, &module_module_failed, loaded->host.module->name, NULL);
        err_at(err, "module %s", loaded->host.module->name);
        modules_stop(m);
        return status;
    }
    return CRM_OK;
}

void modules_stop(struct modules *m) {
    for (size_t i = m->count; i-- > 0;) {
        struct loaded_module *loaded = m->items[i];
        struct crash_mark mark = bridge_enter(&loaded->host, "stop");
        if (loaded->is_started && loaded->host.module->stop)
            loaded->host.module->stop(loaded->state);
        crash_leave(mark);
        loaded->is_started = false;
    }
}

void modules_fini(struct modules *m) {
    modules_stop(m);
    for (size_t i = m->count; i-- > 0;) {
        struct loaded_module *loaded = m->items[i];
        struct crash_mark mark = bridge_enter(&loaded->host, "fini");
        if (loaded->host.module->fini) loaded->host.module->fini(loaded->state);
        crash_leave(mark);
        free(loaded->folder);
        free(loaded);
    }
    free(m->items);
    free(m->failures);
    free(m->left_out);
    registry_fini(&m->registry);
    memset(m, 0, sizeof *m);
}
