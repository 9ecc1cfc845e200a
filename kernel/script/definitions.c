/* Reading definition files. The words they use are language.c. Threads: one at a time. */
#include "script/definitions.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "script/messages.h"
#include "script/state.h"

enum { SOURCES_MAX = 2000 };

extern const unsigned char script_kernel_lua[];
extern const size_t script_kernel_lua_bytes;

crm_status script_definitions_load(struct schema_definitions *d, enum schema_layer layer,
                                   struct str owner, const struct script_source *sources,
                                   size_t count, struct err *err) {
    struct script_state *s;
    crm_status status = script_state_new(layer, owner, 0, &s, err);
    if (status != CRM_OK) return status;
    s->definitions = d;
    for (size_t i = 0; status == CRM_OK && i < count; i++)
        status = script_state_load(s, sources[i].name, sources[i].text, err);
    script_state_free(s);
    if (status != CRM_OK) schema_definitions_remove(d, owner);
    return status;
}

crm_status script_definitions_load_kernel(struct schema_definitions *d, struct err *err) {
    const struct script_source source = {
        STR("kernel.lua"), str_make((const char *)script_kernel_lua, script_kernel_lua_bytes)};
    return script_definitions_load(d, SCHEMA_LAYER_KERNEL, STR("kernel"), &source, 1, err);
}

static crm_status file_failure(struct str path, struct err *err) {
    char reason[128];
    const struct str args[] = {path, str_from(strerror_r(errno, reason, sizeof reason))};
    return err_set_args(err, CRM_IO, &say_script_file, args, 2);
}

static crm_status read_file(struct arena *a, const char *path, struct str *ret, struct err *err) {
    FILE *file = fopen(path, "re");
    if (!file) return file_failure(str_from(path), err);
    BUF_CLEANUP struct buf text;
    buf_init(&text, 4 * 1024 * 1024);
    char *room;
    size_t got = 0;
    while ((room = buf_reserve(&text, 65536)) && (got = fread(room, 1, 65536, file)) > 0)
        buf_commit(&text, got);
    crm_status status = ferror(file)            ? file_failure(str_from(path), err)
                        : text.status == CRM_OK ? CRM_OK
                                                : err_no_memory(err);
    fclose(file);
    if (status != CRM_OK) return status;
    *ret = arena_str(a, buf_str(&text));
    return ret->ptr ? CRM_OK : err_no_memory(err);
}

static int compare_names(const void *a, const void *b) {
    return str_compare(((const struct script_source *)a)->name,
                       ((const struct script_source *)b)->name);
}

static crm_status list_folder(struct arena *a, DIR *dir, struct str shown,
                              struct script_source *sources, size_t *count, struct err *err) {
    for (const struct dirent *entry; (entry = readdir(dir));) {
        struct str name = str_from(entry->d_name);
        if (!str_ends_with(name, STR(".lua")) || name.ptr[0] == '.') continue;
        if (*count == SOURCES_MAX) return err_no_memory(err);
        struct str path = arena_printf(a, "%.*s/%.*s", STR_ARG(shown), STR_ARG(name));
        if (!path.ptr) return err_no_memory(err);
        sources[(*count)++].name = path;
    }
    return CRM_OK;
}

crm_status script_sources_read(struct arena *a, struct str folder, struct str shown,
                               struct script_source **ret, size_t *ret_count, struct err *err) {
    const char *path = arena_cstr(a, folder);
    struct script_source *sources = ARENA_ARRAY(a, SOURCES_MAX, struct script_source);
    if (!path || !sources) return err_no_memory(err);
    DIR *dir = opendir(path);
    size_t count = 0;
    if (!dir && errno != ENOENT) return file_failure(folder, err);
    crm_status status = dir ? list_folder(a, dir, shown, sources, &count, err) : CRM_OK;
    if (dir) closedir(dir);
    qsort(sources, count, sizeof *sources, compare_names);
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        struct str name =
            str_make(sources[i].name.ptr + shown.len + 1, sources[i].name.len - shown.len - 1);
        struct str full = arena_printf(a, "%s/%.*s", path, STR_ARG(name));
        status = full.ptr ? read_file(a, full.ptr, &sources[i].text, err) : err_no_memory(err);
    }
    if (status != CRM_OK) return status;
    *ret = sources;
    *ret_count = count;
    return CRM_OK;
}
