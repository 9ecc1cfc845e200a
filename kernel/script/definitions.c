/* Reading definition files. The words they use are language.c. Threads: one at a time. */
#include "script/definitions.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "script/messages.h"
#include "script/state.h"

enum { SOURCES_MAX = 2000, SOURCE_MAX_BYTES = 4 * 1024 * 1024 };

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

crm_status script_definitions_each(struct arena *a, const struct script_source *source,
                                   script_definition_fn *fn, void *ctx, struct err *err) {
    struct script_state *s;
    crm_status status = script_state_new(SCHEMA_LAYER_ADMIN, STR("admin"), 0, &s, err);
    if (status != CRM_OK) return status;
    s->take = fn;
    s->take_ctx = ctx;
    s->take_arena = a;
    status = script_state_load(s, source->name, source->text, err);
    if (status == CRM_OK && s->handler_count) {
        const struct str word = str_from(script_handler_word(s->handlers[0].kind));
        status = err_set_args(err, CRM_INVALID, &say_script_only_definitions, &word, 1);
        err_at(err, "%.*s:%d", STR_ARG(source->name), (int)s->handlers[0].line);
    }
    script_state_free(s);
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

/* What runs inside the server is changed only by its own user, root, or who owns the folder. */
static bool is_safe(const struct stat *facts, uid_t owner) {
    bool is_theirs = facts->st_uid != 0 && facts->st_uid != geteuid() && facts->st_uid != owner;
    return !is_theirs && !(facts->st_mode & S_IWOTH);
}

crm_status script_folder_check(struct str shown, const char *path, const char *above,
                               struct err *err) {
    struct stat facts, parent;
    if (stat(path, &facts) != 0 || stat(above, &parent) != 0) return file_failure(shown, err);
    return is_safe(&facts, parent.st_uid)
               ? CRM_OK
               : err_set_args(err, CRM_FORBIDDEN, &say_script_unsafe, &shown, 1);
}

/* Never waits for what is no plain file. */
static crm_status open_file(const char *path, uid_t owner, FILE **ret, struct err *err) {
    struct stat facts;
    struct str shown = str_from(path);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (!file || fstat(fd, &facts) != 0) {
        crm_status status = file_failure(shown, err);
        if (file)
            fclose(file);
        else if (fd >= 0)
            close(fd);
        return status;
    }
    crm_status status = CRM_OK;
    if (!S_ISREG(facts.st_mode))
        status = err_set_args(err, CRM_INVALID, &say_script_no_file, &shown, 1);
    else if (!is_safe(&facts, owner))
        status = err_set_args(err, CRM_FORBIDDEN, &say_script_unsafe, &shown, 1);
    if (status == CRM_OK)
        *ret = file;
    else
        fclose(file);
    return status;
}

static crm_status read_file(struct arena *a, const char *path, uid_t owner, struct str *ret,
                            struct err *err) {
    FILE *file = NULL;
    crm_status status = open_file(path, owner, &file, err);
    if (status != CRM_OK) return status;
    BUF_CLEANUP struct buf text;
    buf_init(&text, SOURCE_MAX_BYTES);
    char *room;
    size_t got = 0;
    while ((room = buf_reserve(&text, 65536)) && (got = fread(room, 1, 65536, file)) > 0)
        buf_commit(&text, got);
    const struct str large[] = {str_from(path), STR("4 MB")};
    status = ferror(file)            ? file_failure(str_from(path), err)
             : text.status == CRM_OK ? CRM_OK
             : text.len > SOURCE_MAX_BYTES - 65536
                 ? err_set_args(err, CRM_TOO_LARGE, &say_script_file_large, large, 2)
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
        if (*count == SOURCES_MAX)
            return err_set_args(err, CRM_TOO_LARGE, &say_script_files, &shown, 1);
        struct str path = arena_printf(a, "%.*s/%.*s", STR_ARG(shown), STR_ARG(name));
        if (!path.ptr) return err_no_memory(err);
        sources[(*count)++].name = path;
    }
    return CRM_OK;
}

crm_status script_sources_list(struct arena *a, struct str folder, struct str shown,
                               struct script_source **ret, size_t *ret_count, struct err *err) {
    const char *path = arena_cstr(a, folder);
    struct script_source *sources = ARENA_ARRAY(a, SOURCES_MAX, struct script_source);
    if (!path || !sources) return err_no_memory(err);
    DIR *dir = opendir(path);
    size_t count = 0;
    if (!dir && errno != ENOENT) return file_failure(folder, err);
    crm_status status = dir ? list_folder(a, dir, shown, sources, &count, err) : CRM_OK;
    if (dir) closedir(dir);
    if (status != CRM_OK) return status;
    qsort(sources, count, sizeof *sources, compare_names);
    *ret = sources;
    *ret_count = count;
    return CRM_OK;
}

crm_status script_source_read(struct arena *a, struct str folder, struct script_source *source,
                              struct err *err) {
    struct stat facts;
    const char *slash = memrchr(source->name.ptr, '/', source->name.len);
    size_t head = slash ? (size_t)(slash - source->name.ptr) + 1 : 0;
    struct str name = str_make(source->name.ptr + head, source->name.len - head);
    struct str path = arena_printf(a, "%.*s/%.*s", STR_ARG(folder), STR_ARG(name));
    const char *above = arena_cstr(a, folder);
    if (!path.ptr || !above) return err_no_memory(err);
    if (stat(above, &facts) != 0) return file_failure(folder, err);
    return read_file(a, path.ptr, facts.st_uid, &source->text, err);
}

crm_status script_sources_read(struct arena *a, struct str folder, struct str shown,
                               struct script_source **ret, size_t *ret_count, struct err *err) {
    crm_status status = script_sources_list(a, folder, shown, ret, ret_count, err);
    for (size_t i = 0; status == CRM_OK && i < *ret_count; i++)
        status = script_source_read(a, folder, &(*ret)[i], err);
    return status;
}

struct str script_sources_version(struct arena *a, const struct script_source *sources,
                                  size_t count) {
    struct digest_part *parts = ARENA_ARRAY(a, 2 * count + 1, struct digest_part);
    struct digest digest;
    if (!parts) return STR_NONE;
    for (size_t i = 0; i < count; i++) {
        parts[2 * i] = (struct digest_part){sources[i].name.ptr, sources[i].name.len};
        parts[2 * i + 1] = (struct digest_part){sources[i].text.ptr, sources[i].text.len};
    }
    digest_parts(parts, 2 * count, &digest);
    BUF_CLEANUP struct buf hex;
    buf_init(&hex, 2 * DIGEST_BYTES + 1);
    hex_format(digest.bytes, sizeof digest.bytes, &hex);
    return hex.status == CRM_OK ? arena_str(a, str_make(hex.ptr, SCRIPT_VERSION_BYTES)) : STR_NONE;
}
