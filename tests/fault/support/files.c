/* Blobs on the disk that fails; see files.h. */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <sqlite3.h>

#include "disk.h"

enum { TRACKED_MAX = 4096, PATH_BYTES = 512 };

struct tracked {
    char path[PATH_BYTES];
    bool has_name, has_bytes; /* on the disk */
};

static struct {
    pthread_mutex_t mu; /* guards all of it */
    struct tracked items[TRACKED_MAX];
    size_t count;
    bool lies;
} files = {.mu = PTHREAD_MUTEX_INITIALIZER};

int __real_open(const char *path, int flags, ...);
int __real_mkostemp(char *path, int flags);
int __real_mkdir(const char *path, mode_t mode);
ssize_t __real_write(int fd, const void *bytes, size_t len);
int __real_fsync(int fd);
int __real_link(const char *from, const char *to);
int __wrap_open(const char *path, int flags, ...);
int __wrap_mkostemp(char *path, int flags);
int __wrap_mkdir(const char *path, mode_t mode);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);
int __wrap_fsync(int fd);
int __wrap_link(const char *from, const char *to);

static bool is_ours(const char *path) { return strstr(path, "/blobs") != NULL; }

/* The path behind a descriptor; "" when there is none. */
static void path_of(int fd, char *ret) {
    char name[64];
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(name, ret, PATH_BYTES - 1);
    ret[len > 0 ? len : 0] = '\0';
}

static struct tracked *find(const char *path, bool make) {
    for (size_t i = 0; i < files.count; i++)
        if (strcmp(files.items[i].path, path) == 0) return &files.items[i];
    if (!make) return NULL;
    if (files.count == TRACKED_MAX) abort();
    struct tracked *t = &files.items[files.count++];
    memset(t, 0, sizeof *t);
    memcpy(t->path, path, strnlen(path, PATH_BYTES - 1));
    return t;
}

/* False: the operation fails, errno says how. */
static bool may(const char *path, unsigned operation) {
    int code = is_ours(path) ? disk_step(operation) : SQLITE_OK;
    if (code == SQLITE_OK) return true;
    errno = code == SQLITE_FULL ? ENOSPC : EIO;
    return false;
}

static bool may_fd(int fd, unsigned operation) {
    char path[PATH_BYTES];
    path_of(fd, path);
    return may(path, operation);
}

static void note_new(const char *path, bool has_bytes) {
    if (!is_ours(path)) return;
    pthread_mutex_lock(&files.mu);
    find(path, true)->has_bytes = has_bytes;
    pthread_mutex_unlock(&files.mu);
}

static void note_write(int fd) {
    char path[PATH_BYTES];
    path_of(fd, path);
    if (!is_ours(path)) return;
    pthread_mutex_lock(&files.mu);
    find(path, true)->has_bytes = false;
    pthread_mutex_unlock(&files.mu);
}

/* Bytes of a file, or the names in a folder. */
static void note_sync(int fd) {
    char path[PATH_BYTES + 1];
    struct stat info;
    path_of(fd, path);
    bool is_folder = fstat(fd, &info) == 0 && S_ISDIR(info.st_mode);
    pthread_mutex_lock(&files.mu);
    size_t len = strlen(path);
    for (size_t i = 0; i < files.count && !files.lies; i++) {
        struct tracked *t = &files.items[i];
        if (!is_folder && strcmp(t->path, path) == 0) t->has_bytes = true;
        if (is_folder && strncmp(t->path, path, len) == 0 && t->path[len] == '/' &&
            !strchr(t->path + len + 1, '/'))
            t->has_name = true;
    }
    pthread_mutex_unlock(&files.mu);
}

static void note_name(const char *from, const char *to) {
    if (!is_ours(to)) return;
    pthread_mutex_lock(&files.mu);
    const struct tracked *old = find(from, false);
    bool has_bytes = old && old->has_bytes;
    struct tracked *t = find(to, true);
    t->has_bytes = has_bytes;
    t->has_name = false;
    pthread_mutex_unlock(&files.mu);
}

int __wrap_open(const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? (mode_t)va_arg(list, int) : 0;
    va_end(list);
    if (!may(path, DISK_OPEN)) return -1;
    int fd = __real_open(path, flags, mode);
    if (fd >= 0 && flags & O_CREAT) note_new(path, false);
    return fd;
}

int __wrap_mkostemp(char *path, int flags) {
    if (!may(path, DISK_OPEN)) return -1;
    int fd = __real_mkostemp(path, flags);
    if (fd >= 0) note_new(path, false);
    return fd;
}

int __wrap_mkdir(const char *path, mode_t mode) {
    if (!may(path, DISK_OPEN)) return -1;
    int code = __real_mkdir(path, mode);
    if (code == 0) note_new(path, true);
    return code;
}

ssize_t __wrap_write(int fd, const void *bytes, size_t len) {
    if (!may_fd(fd, DISK_WRITE)) return -1;
    note_write(fd);
    return __real_write(fd, bytes, len);
}

int __wrap_fsync(int fd) {
    if (!may_fd(fd, DISK_SYNC)) return -1;
    note_sync(fd);
    return 0;
}

int __wrap_link(const char *from, const char *to) {
    if (!may(to, DISK_WRITE)) return -1;
    int code = __real_link(from, to);
    if (code == 0) note_name(from, to);
    return code;
}

void files_lie(bool lies) { files.lies = lies; }

/* Whether the folder, or one above it, has no name on the disk. */
static bool is_lost(const char *path) {
    for (size_t i = 0; i < files.count; i++) {
        size_t len = strlen(files.items[i].path);
        if (!files.items[i].has_name && strncmp(files.items[i].path, path, len) == 0 &&
            (path[len] == '/' || path[len] == '\0'))
            return true;
    }
    return false;
}

void files_lose(void) {
    pthread_mutex_lock(&files.mu);
    for (size_t i = 0; i < files.count; i++) {
        struct tracked *t = &files.items[i];
        if (is_lost(t->path))
            unlink(t->path);
        else if (!t->has_bytes && truncate(t->path, 0) != 0)
            unlink(t->path);
    }
    for (size_t i = files.count; i-- > 0;)
        if (is_lost(files.items[i].path)) rmdir(files.items[i].path);
    files.count = 0;
    pthread_mutex_unlock(&files.mu);
}
