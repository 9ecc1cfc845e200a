/* See files.h. */
#include "module/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "module/messages.h"

enum { FILE_MODE = 0600, FOLDER_MODE = 0700 };

crm_status files_failure(struct str path, struct err *err) {
    char reason[128];
    const struct str args[] = {path, str_from(strerror_r(errno, reason, sizeof reason))};
    return err_set_args(err, CRM_IO, &module_path_failed, args, 2);
}

crm_status files_read(struct arena *a, struct str path, size_t max_bytes, struct str *ret,
                      struct err *err) {
    int fd = open(path.ptr, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat facts;
    if (fd < 0) return files_failure(path, err);
    BUF_CLEANUP struct buf text;
    buf_init(&text, max_bytes);
    crm_status status = fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode)
                            ? CRM_OK
                            : err_set_args(err, CRM_INVALID, &module_no_plain_file, &path, 1);
    while (status == CRM_OK) {
        char *room = buf_reserve(&text, 65536);
        ssize_t len = room ? read(fd, room, 65536) : 0;
        if (len < 0 && errno == EINTR) continue;
        if (len < 0) status = files_failure(path, err);
        if (!room) status = err_set_args(err, CRM_TOO_LARGE, &module_file_large, &path, 1);
        if (status != CRM_OK || len == 0) break;
        buf_commit(&text, (size_t)len);
    }
    close(fd);
    if (status != CRM_OK) return status;
    *ret = arena_str(a, buf_str(&text));
    return ret->ptr ? CRM_OK : err_no_memory(err);
}

static bool write_whole(int fd, struct str bytes) {
    while (bytes.len) {
        ssize_t len = write(fd, bytes.ptr, bytes.len);
        if (len < 0 && errno == EINTR) continue;
        if (len <= 0) return false;
        bytes = str_make(bytes.ptr + len, bytes.len - (size_t)len);
    }
    return true;
}

/* So that a name outlives a power cut. */
static crm_status flush_above(struct str path, struct err *err) {
    char above[4096];
    const char *slash = memrchr(path.ptr, '/', path.len);
    size_t len = slash ? (size_t)(slash - path.ptr) : 0;
    if (len == 0 || len >= sizeof above) return CRM_OK;
    memcpy(above, path.ptr, len);
    above[len] = '\0';
    int fd = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    crm_status status = ok ? CRM_OK : files_failure(str_from(above), err);
    if (fd >= 0) close(fd);
    return status;
}

crm_status files_write(struct str path, struct str bytes, struct err *err) {
    char part[4096];
    const char *slash = memrchr(path.ptr, '/', path.len);
    size_t head = slash ? (size_t)(slash - path.ptr) + 1 : 0;
    int len = snprintf(part, sizeof part, "%.*s.%s.part", (int)head, path.ptr, path.ptr + head);
    if (len < 0 || (size_t)len >= sizeof part)
        return err_set_args(err, CRM_TOO_LARGE, &module_file_large, &path, 1);
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    bool ok = fd >= 0 && write_whole(fd, bytes) && fsync(fd) == 0;
    ok = ok && rename(part, path.ptr) == 0;
    crm_status status = ok ? CRM_OK : files_failure(path, err);
    if (fd >= 0) close(fd);
    if (!ok) unlink(part);
    return ok ? flush_above(path, err) : status;
}

crm_status files_folder(struct str path, struct err *err) {
    if (mkdir(path.ptr, FOLDER_MODE) == 0) return flush_above(path, err);
    return errno == EEXIST ? CRM_OK : files_failure(path, err);
}
