/* Reading the ui/ folders. See client_files.h. */
#include "module/client_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "module/kernel_state.h"
#include "module/messages.h"

enum { FILES_BYTES = 256 * 1024 * 1024, DIGEST_SHOWN = 16, OWNERS_MAX = 500 };

struct reading_folder {
    struct arena *arena;
    struct client_owner *owner;
    struct str folder;
    size_t bytes, capacity;
};

static crm_status too_large(struct str what, int limit, struct err *err) {
    char text[32];
    (void)snprintf(text, sizeof text, "%d MB", limit / CLIENT_FILE_MAX);
    const struct str args[] = {what, str_from(text)};
    return err_set_args(err, CRM_TOO_LARGE, &module_client_large, args, 2);
}

static crm_status read_bytes(struct reading_folder *f, int fd, struct str name, struct str *ret,
                             struct err *err) {
    struct stat facts;
    if (fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode))
        return err_set_args(err, CRM_INVALID, &module_client_unreadable, &name, 1);
    if (facts.st_size > CLIENT_FILE_MAX) return too_large(name, CLIENT_FILE_MAX, err);
    f->bytes += (size_t)facts.st_size;
    if (f->bytes > CLIENT_FOLDER_MAX) return too_large(STR("ui/"), CLIENT_FOLDER_MAX, err);
    char *bytes = ARENA_ARRAY(f->arena, (size_t)facts.st_size + 1, char);
    if (!bytes) return err_no_memory(err);
    size_t len = 0;
    for (ssize_t got; len < (size_t)facts.st_size; len += (size_t)got) {
        got = read(fd, bytes + len, (size_t)facts.st_size - len);
        if (got < 0 && errno == EINTR) got = 0;
        if (got < 0) return err_set_args(err, CRM_IO, &module_client_unreadable, &name, 1);
        if (got == 0) break;
    }
    *ret = str_make(bytes, len);
    return CRM_OK;
}

static crm_status take_file(struct reading_folder *f, struct str name, struct err *err) {
    struct client_owner *o = f->owner;
    struct str path = arena_printf(f->arena, "%.*s/%.*s", STR_ARG(f->folder), STR_ARG(name));
    if (!path.ptr) return err_no_memory(err);
    if (o->file_count == CLIENT_FILES_MAX)
        return err_set_args(err, CRM_TOO_LARGE, &module_client_many, &name, 1);
    struct client_file *files =
        arena_grow(f->arena, o->files, o->file_count, &f->capacity, sizeof *files);
    if (!files) return err_no_memory(err);
    o->files = files;
    int fd = open(path.ptr, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    if (fd < 0) return err_set_args(err, CRM_IO, &module_client_unreadable, &name, 1);
    files[o->file_count] = (struct client_file){.name = name};
    crm_status status = read_bytes(f, fd, name, &files[o->file_count].bytes, err);
    close(fd);
    if (status == CRM_OK) o->file_count++;
    return status;
}

static int by_name(const void *a, const void *b) {
    return str_compare(((const struct client_file *)a)->name,
                       ((const struct client_file *)b)->name);
}

/* The same files give the same address on every node. */
static crm_status make_base(struct arena *a, struct client_owner *o, struct err *err) {
    struct digest_part *parts = ARENA_ARRAY(a, 2 * o->file_count + 1, struct digest_part);
    if (!parts) return err_no_memory(err);
    if (o->file_count) qsort(o->files, o->file_count, sizeof *o->files, by_name);
    for (size_t i = 0; i < o->file_count; i++) {
        parts[2 * i] = (struct digest_part){o->files[i].name.ptr, o->files[i].name.len};
        parts[2 * i + 1] = (struct digest_part){o->files[i].bytes.ptr, o->files[i].bytes.len};
    }
    struct digest digest;
    BUF_CLEANUP struct buf hex;
    buf_init(&hex, 2 * DIGEST_BYTES + 1);
    digest_parts(parts, 2 * o->file_count, &digest);
    hex_format(digest.bytes, sizeof digest.bytes, &hex);
    if (hex.status != CRM_OK) return err_no_memory(err);
    o->digest = arena_str(a, str_make(hex.ptr, DIGEST_SHOWN));
    o->base = arena_printf(a, "/ui/%.*s/%.*s/", STR_ARG(o->owner), STR_ARG(o->digest));
    return o->digest.ptr && o->base.ptr ? CRM_OK : err_no_memory(err);
}

static crm_status read_folder(struct reading_folder *f, struct err *err) {
    DIR *dir = opendir(f->folder.ptr);
    if (!dir) return err_set_args(err, CRM_IO, &module_client_unreadable, &f->folder, 1);
    crm_status status = CRM_OK;
    for (const struct dirent *entry; status == CRM_OK && (entry = readdir(dir));) {
        struct str name = arena_str(f->arena, str_from(entry->d_name));
        if (!name.ptr)
            status = err_no_memory(err);
        else if (name.ptr[0] != '.' && (entry->d_type == DT_REG || entry->d_type == DT_UNKNOWN))
            status = take_file(f, name, err);
    }
    closedir(dir);
    return status;
}

/* Files that views name and that are not there are told of as well. */
static crm_status check_views(const struct schema *s, const struct client_owner *o,
                              struct err *err) {
    for (size_t i = 0; i < s->view_count; i++) {
        const struct schema_view *view = &s->views[i];
        if (view->file.len == 0 || !str_eq(view->owner, o->owner)) continue;
        if (!client_file_find(o, view->file))
            return err_set_args(err, CRM_NOT_FOUND, &module_client_unreadable, &view->file, 1);
    }
    return CRM_OK;
}

/* Where an owner's files lie; empty for one that has no folder. */
static struct str folder_of(struct kernel *k, struct arena *a, struct client_owner *o) {
    for (size_t i = 0; i < k->modules.count; i++) {
        const struct crm_host *host = &k->modules.items[i]->host;
        if (str_is(o->owner, host->module->name))
            return host->folder ? arena_printf(a, "%s/ui", host->folder) : STR_NONE;
    }
    struct loaded *loaded = kernel_loaded(k);
    const struct extension *plugin = extension_find(&loaded->extensions, o->owner, false);
    struct str folder = STR_NONE;
    for (int i = 0; plugin && i < LANGUAGE_COUNT; i++)
        o->label.text[i] = arena_str(a, plugin->label.text[i]);
    if (plugin) folder = arena_printf(a, "%.*s/ui", STR_ARG(plugin->folder));
    loaded_unref(loaded);
    return folder;
}

static crm_status load_owner(struct kernel *k, const struct schema *s, struct client_files *f,
                             struct str owner, struct err *err) {
    struct client_owner *o = &f->owners[f->count++];
    struct err why;
    *o = (struct client_owner){.owner = arena_str(&f->arena, owner)};
    if (!o->owner.ptr) return err_no_memory(err);
    struct reading_folder r = {
        .arena = &f->arena, .owner = o, .folder = folder_of(k, &f->arena, o)};
    crm_status status =
        r.folder.len ? read_folder(&r, &why)
                     : err_set_args(&why, CRM_NOT_FOUND, &module_client_unreadable, &owner, 1);
    if (status == CRM_OK) status = make_base(&f->arena, o, &why);
    if (status == CRM_OK) status = check_views(s, o, &why);
    if (status == CRM_OK) return CRM_OK;
    o->problem = ARENA_NEW(&f->arena, struct err);
    if (!o->problem) return err_no_memory(err);
    err_copy(o->problem, &why);
    return CRM_OK;
}

crm_status client_files_load(struct kernel *k, struct err *err) {
    struct client_files *f = calloc(1, sizeof *f);
    if (!f) return err_no_memory(err);
    atomic_init(&f->refs, 1);
    arena_init(&f->arena, FILES_BYTES);
    f->owners = ARENA_ARRAY(&f->arena, OWNERS_MAX, struct client_owner);
    struct schema *s = engine_schema(k->engine);
    crm_status status = f->owners ? CRM_OK : err_no_memory(err);
    for (size_t i = 0; status == CRM_OK && i < s->view_count && f->count < OWNERS_MAX; i++)
        if (s->views[i].file.len && !client_owner_find(f, s->views[i].owner))
            status = load_owner(k, s, f, s->views[i].owner, err);
    schema_unref(s);
    if (status == CRM_OK) {
        pthread_mutex_lock(&k->loaded_mu);
        struct client_files *former = k->client;
        k->client = f;
        pthread_mutex_unlock(&k->loaded_mu);
        f = former;
    }
    client_files_unref(f);
    return status;
}

struct client_files *client_files_ref(struct kernel *k) {
    pthread_mutex_lock(&k->loaded_mu);
    struct client_files *f = k->client;
    atomic_fetch_add(&f->refs, 1);
    pthread_mutex_unlock(&k->loaded_mu);
    return f;
}

struct client_files *client_files_unref(struct client_files *f) {
    if (!f || atomic_fetch_sub(&f->refs, 1) != 1) return NULL;
    arena_fini(&f->arena);
    free(f);
    return NULL;
}

const struct client_owner *client_owner_find(const struct client_files *f, struct str owner) {
    for (size_t i = 0; i < f->count; i++)
        if (str_eq(f->owners[i].owner, owner)) return &f->owners[i];
    return NULL;
}

const struct client_file *client_file_find(const struct client_owner *o, struct str name) {
    for (size_t i = 0; i < o->file_count; i++)
        if (str_eq(o->files[i].name, name)) return &o->files[i];
    return NULL;
}
