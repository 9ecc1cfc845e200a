/* See upgrade.h. */
#include "store/upgrade.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/backup.h"
#include "store/messages.h"

enum { PATH_ARENA_BYTES = 64 * 1024 };

struct str store_copy_path(struct str data_dir, int64_t version, struct arena *a) {
    return arena_printf(a, "%.*s/copies/version-%lld.backup", STR_ARG(data_dir),
                        (long long)version);
}

int64_t store_copy_below(struct str data_dir, int64_t version) {
    struct arena a;
    int64_t found = 0;
    arena_init(&a, PATH_ARENA_BYTES);
    for (int64_t n = version - 1; n > 0 && !found; n--) {
        struct str path = store_copy_path(data_dir, n, &a);
        if (path.ptr && access(path.ptr, R_OK) == 0) found = n;
        arena_reset(&a);
    }
    arena_fini(&a);
    return found;
}

static crm_status failed(struct err *err) {
    return err_set(err, CRM_IO, &store_text_backup_write, strerror(errno), NULL);
}

/* *ret_is_it false: another process has brought it up since the version was looked at. */
static crm_status write_copy(struct store *s, int64_t version, int fd, bool *ret_is_it,
                             struct err *err) {
    struct store_conn *reader = NULL;
    struct backup_facts wrote, found;
    int64_t there = 0;
    crm_status status = store_conn_open(s, STORE_READER, &reader, err);
    if (status != CRM_OK) return status;
    status = store_begin(reader, err);
    if (status == CRM_OK) status = store_sys_version(reader, &there, err);
    *ret_is_it = status == CRM_OK && there == version;
    if (*ret_is_it) status = backup_write(reader, fd, NULL, &wrote, err);
    store_conn_close(reader);
    if (status != CRM_OK || !*ret_is_it) return status;
    if (fsync(fd) != 0) return failed(err);
    return backup_verify(fd, NULL, &found, err);
}

static bool put_in_place(const char *part, const char *path, const char *folder) {
    int fd = rename(part, path) == 0 ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) close(fd);
    return ok;
}

crm_status store_copy_keep(struct store *s, int64_t version, struct arena *a, struct err *err) {
    struct str path = store_copy_path(store_data_dir(s), version, a);
    struct str part = arena_printf(a, "%.*s.part", STR_ARG(path));
    struct str folder = arena_printf(a, "%s/copies", s->data_dir);
    if (!path.ptr || !part.ptr || !folder.ptr) return err_no_memory(err);
    if (mkdir(folder.ptr, 0700) != 0 && errno != EEXIST) return failed(err);
    int fd = open(part.ptr, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return failed(err);
    bool is_it = false;
    crm_status status = write_copy(s, version, fd, &is_it, err);
    close(fd);
    if (status == CRM_OK && is_it && !put_in_place(part.ptr, path.ptr, folder.ptr))
        status = failed(err);
    if (status != CRM_OK || !is_it) unlink(part.ptr);
    return status;
}

crm_status store_bring_up(struct store *s, struct store_conn *writer,
                          const struct store_versions *versions, struct err *err) {
    int64_t version = 0;
    struct arena a;
    crm_status status = store_sys_version(writer, &version, err);
    bool upgrades = version >= 1 && version < versions->known;
    if (status == CRM_OK && upgrades) status = store_upgrade_may(writer, versions, version, err);
    if (status == CRM_OK && upgrades && !s->unfinished) {
        arena_init(&a, PATH_ARENA_BYTES);
        status = store_copy_keep(s, version, &a, err);
        arena_fini(&a);
    }
    return status == CRM_OK ? store_sys_migrate_to(writer, versions, err) : status;
}
