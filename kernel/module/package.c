/* Taking a package in. See package.h. */
#include "module/package.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/unicode.h"
#include "module/files.h"
#include "module/messages.h"
#include "script/manifest.h"

enum { FILE_MODE = 0600, FOLDER_MODE = 0700, MAGIC_BYTES = 4 };

static crm_status too_large(const char *limit, struct err *err) {
    return err_set(err, CRM_TOO_LARGE, &module_package_large, limit, NULL);
}

/* ---- names and files --------------------------------------------------------------------------
 */

static bool is_plain(struct str name) {
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.ptr[i] < ' ' || name.ptr[i] == '\\' || name.ptr[i] == 0x7f)
            return false;
    return name.len > 0 && name.len <= PACKAGE_NAME_BYTES && name.ptr[0] != '/' && utf8_valid(name);
}

crm_status unpacking_name(struct str name, bool *ret_passed, struct err *err) {
    struct str rest = name, piece;
    size_t depth = 0;
    *ret_passed = false;
    while (str_starts_with(rest, STR("./")))
        rest = str_make(rest.ptr + 2, rest.len - 2);
    bool ok = is_plain(name);
    for (bool more = ok && rest.len > 0; more && ok;) {
        more = str_split(&rest, '/', &piece);
        ok = piece.len > 0 && !str_is(piece, "..") && ++depth <= PACKAGE_DEPTH;
        *ret_passed |= piece.len && piece.ptr[0] == '.';
    }
    return ok ? CRM_OK : err_set_args(err, CRM_INVALID, &module_package_name, &name, 1);
}

static crm_status make_above(struct unpacking *u, struct str path, struct err *err) {
    for (size_t i = u->folder.len + 1; i < path.len; i++) {
        if (path.ptr[i] != '/') continue;
        struct str above = arena_str(u->arena, str_make(path.ptr, i));
        if (!above.ptr) return err_no_memory(err);
        if (mkdir(above.ptr, FOLDER_MODE) != 0 && errno != EEXIST) return files_failure(above, err);
    }
    return CRM_OK;
}

crm_status unpacking_begin(struct unpacking *u, struct str name, struct err *err) {
    if (++u->files > PACKAGE_FILES_MAX) return too_large("2,000 files", err);
    while (str_starts_with(name, STR("./")))
        name = str_make(name.ptr + 2, name.len - 2);
    struct str path = arena_printf(u->arena, "%.*s/%.*s", STR_ARG(u->folder), STR_ARG(name));
    if (!path.ptr) return err_no_memory(err);
    crm_status status = make_above(u, path, err);
    if (status != CRM_OK) return status;
    u->out_bytes = 0;
    u->out = open(path.ptr, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    if (u->out >= 0) return CRM_OK;
    /* Twice, below a file, or in the place of a folder. */
    bool is_taken = errno == EEXIST || errno == ENOTDIR || errno == EISDIR;
    return is_taken ? err_set_args(err, CRM_INVALID, &module_package_name, &name, 1)
                    : files_failure(path, err);
}

crm_status unpacking_count(struct unpacking *u, int64_t bytes, struct err *err) {
    if (bytes > PACKAGE_BYTES - u->bytes) return too_large("64 MB", err);
    u->bytes += bytes;
    return CRM_OK;
}

crm_status unpacking_write(struct unpacking *u, struct str bytes, struct err *err) {
    u->out_bytes += (int64_t)bytes.len;
    if (u->out_bytes > PACKAGE_FILE_BYTES) return too_large("16 MB in a file", err);
    crm_status status = unpacking_count(u, (int64_t)bytes.len, err);
    if (status != CRM_OK) return status;
    while (bytes.len) {
        ssize_t len = write(u->out, bytes.ptr, bytes.len);
        if (len < 0 && errno == EINTR) continue;
        if (len <= 0) return files_failure(u->folder, err);
        bytes = str_make(bytes.ptr + len, bytes.len - (size_t)len);
    }
    return CRM_OK;
}

crm_status unpacking_end(struct unpacking *u, struct err *err) {
    bool ok = fsync(u->out) == 0;
    crm_status status = ok ? CRM_OK : files_failure(u->folder, err);
    close(u->out);
    u->out = -1;
    return status;
}

/* ---- folders ----------------------------------------------------------------------------------
 */

static crm_status copy_file(int fd, struct str name, struct unpacking *u, struct err *err) {
    char piece[65536];
    ssize_t len = 0;
    crm_status status = unpacking_begin(u, name, err);
    while (status == CRM_OK && (len = read(fd, piece, sizeof piece)) > 0)
        status = unpacking_write(u, str_make(piece, (size_t)len), err);
    if (status == CRM_OK && len < 0) status = files_failure(name, err);
    return status == CRM_OK ? unpacking_end(u, err) : status;
}

static crm_status copy_folder(DIR *dir, struct str shown, struct unpacking *u, struct err *err);

static crm_status copy_entry(DIR *dir, const char *entry, struct str shown, struct unpacking *u,
                             struct err *err) {
    struct stat facts = {0};
    bool passed = false;
    struct str name = shown.len ? arena_printf(u->arena, "%.*s/%s", STR_ARG(shown), entry)
                                : arena_str(u->arena, str_from(entry));
    if (!name.ptr) return err_no_memory(err);
    crm_status status = unpacking_name(name, &passed, err);
    if (status != CRM_OK || passed) return status;
    int fd = openat(dirfd(dir), entry, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && errno == ELOOP)
        return err_set_args(err, CRM_INVALID, &module_package_link, &name, 1);
    if (fd < 0 || fstat(fd, &facts) != 0) status = files_failure(name, err);
    if (status == CRM_OK && S_ISDIR(facts.st_mode)) {
        DIR *inside = fdopendir(fd);
        if (!inside) status = files_failure(name, err);
        if (inside) fd = -1;
        if (status == CRM_OK) status = copy_folder(inside, name, u, err);
        if (inside) closedir(inside);
    } else if (status == CRM_OK)
        status = S_ISREG(facts.st_mode)
                     ? copy_file(fd, name, u, err)
                     : err_set_args(err, CRM_INVALID, &module_package_link, &name, 1);
    if (fd >= 0) close(fd);
    return status;
}

static crm_status copy_folder(DIR *dir, struct str shown, struct unpacking *u, struct err *err) {
    crm_status status = CRM_OK;
    for (const struct dirent *entry; status == CRM_OK && (entry = readdir(dir));)
        if (entry->d_name[0] != '.') status = copy_entry(dir, entry->d_name, shown, u, err);
    return status;
}

crm_status package_from_folder(int fd, struct unpacking *u, struct err *err) {
    int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = own >= 0 ? fdopendir(own) : NULL;
    if (!dir) {
        crm_status status = files_failure(STR("."), err);
        if (own >= 0) close(own);
        return status;
    }
    crm_status status = copy_folder(dir, STR_NONE, u, err);
    closedir(dir);
    return status;
}

static crm_status remove_inside(int above, const char *name, struct err *err) {
    int fd = openat(above, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    crm_status status = CRM_OK;
    if (!dir) {
        if (fd >= 0) close(fd);
        return unlinkat(above, name, 0) == 0 || errno == ENOENT
                   ? CRM_OK
                   : files_failure(str_from(name), err);
    }
    for (const struct dirent *entry; status == CRM_OK && (entry = readdir(dir));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = remove_inside(dirfd(dir), entry->d_name, err);
    closedir(dir);
    if (status == CRM_OK && unlinkat(above, name, AT_REMOVEDIR) != 0 && errno != ENOENT)
        status = files_failure(str_from(name), err);
    return status;
}

crm_status package_remove_folder(struct str path, struct err *err) {
    return remove_inside(AT_FDCWD, path.ptr, err);
}

/* ---- the whole --------------------------------------------------------------------------------
 */

static crm_status unpack(int fd, struct unpacking *u, struct err *err) {
    struct stat facts;
    unsigned char magic[MAGIC_BYTES] = {0};
    if (fstat(fd, &facts) != 0) return files_failure(u->folder, err);
    if (S_ISDIR(facts.st_mode)) return package_from_folder(fd, u, err);
    if (!S_ISREG(facts.st_mode) || pread(fd, magic, sizeof magic, 0) != MAGIC_BYTES)
        return err_set(err, CRM_INVALID, &module_package_kind, NULL);
    if (memcmp(magic, "PK\3\4", MAGIC_BYTES) == 0) return package_from_zip(fd, u, err);
    if (magic[0] == 0x1f && magic[1] == 0x8b) return package_from_tar(fd, u, err);
    return err_set(err, CRM_INVALID, &module_package_kind, NULL);
}

/* The folder itself, or the only one in it. */
static crm_status find_top(struct unpacking *u, struct str *ret, struct err *err) {
    struct str found = STR_NONE;
    struct str manifest = arena_printf(u->arena, "%.*s/manifest.lua", STR_ARG(u->folder));
    if (!manifest.ptr) return err_no_memory(err);
    if (access(manifest.ptr, R_OK) == 0) {
        *ret = u->folder;
        return CRM_OK;
    }
    DIR *dir = opendir(u->folder.ptr);
    if (!dir) return files_failure(u->folder, err);
    size_t count = 0;
    for (const struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_name[0] == '.') continue;
        found = arena_printf(u->arena, "%.*s/%s", STR_ARG(u->folder), entry->d_name);
        count++;
    }
    closedir(dir);
    if (count == 1 && found.ptr)
        manifest = arena_printf(u->arena, "%.*s/manifest.lua", STR_ARG(found));
    if (count != 1 || !manifest.ptr || access(manifest.ptr, R_OK) != 0)
        return err_set(err, CRM_INVALID, &module_package_manifest, NULL);
    *ret = found;
    return CRM_OK;
}

static crm_status read_manifest(struct arena *a, struct package *p, struct err *err) {
    struct script_manifest manifest;
    struct script_source source = {.name = STR("manifest.lua")};
    crm_status status = script_source_read(a, p->folder, &source, err);
    if (status == CRM_OK) status = script_manifest_read(a, &source, &manifest, err);
    if (status != CRM_OK) return status;
    p->name = manifest.name;
    p->version = manifest.version;
    return CRM_OK;
}

void package_drop(const struct package *p) {
    if (p->top.len) (void)package_remove_folder(p->top, NULL);
}

crm_status package_take(int fd, struct str data_dir, struct arena *a, struct package *ret,
                        struct err *err) {
    struct str incoming = arena_printf(a, "%.*s/incoming", STR_ARG(data_dir));
    struct str top = arena_printf(a, "%.*s/incoming/package", STR_ARG(data_dir));
    if (!incoming.ptr || !top.ptr) return err_no_memory(err);
    struct package p = {.top = top};
    struct unpacking u = {.arena = a, .folder = top, .out = -1};
    crm_status status = files_folder(incoming, err);
    if (status == CRM_OK) status = package_remove_folder(top, err); /* of one that was cut off */
    if (status == CRM_OK) status = files_folder(top, err);
    if (status == CRM_OK) status = unpack(fd, &u, err);
    if (u.out >= 0) close(u.out);
    if (status == CRM_OK) status = find_top(&u, &p.folder, err);
    if (status == CRM_OK) status = read_manifest(a, &p, err);
    if (status == CRM_OK)
        *ret = p;
    else
        package_drop(&p);
    return status;
}
