/* The disk that fails; see disk.h. */
#include "disk.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "files.h"

enum { SECTOR = 512, FILES_MAX = 64, PATH_BYTES = 512 };

struct sector {
    bool is_poisoned; /* a sync that failed took it for written */
    unsigned char before[SECTOR];
};

/* One path, for all connections. */
struct disk_state {
    char path[PATH_BYTES];
    struct sector **sectors; /* by number; NULL = as on the disk */
    size_t capacity, dirty;
    sqlite3_int64 durable_size; /* valid while dirty or resized */
    bool is_touched;            /* written or resized since the last good sync */
    bool is_new;                /* never synced: its name is not on the disk */
};

struct disk_file {
    sqlite3_file base; /* first */
    struct disk_state *state;
    sqlite3_file *real;
};

static struct {
    pthread_mutex_t mu; /* guards all of it */
    sqlite3_vfs vfs, *real;
    sqlite3_io_methods methods;
    struct disk_state files[FILES_MAX];
    size_t file_count;
    bool lies, torn, has_sync_failed, stays;
    long cut_left, fail_at, count, failures;
    unsigned operations;
    int code;
    uint64_t random;
} disk = {.mu = PTHREAD_MUTEX_INITIALIZER};

static uint64_t next_random(void) {
    disk.random ^= disk.random << 13;
    disk.random ^= disk.random >> 7;
    disk.random ^= disk.random << 17;
    return disk.random;
}

static sqlite3_file *real_of(sqlite3_file *f) { return ((struct disk_file *)f)->real; }

static struct disk_state *state_find(const char *path) {
    for (size_t i = 0; i < disk.file_count; i++)
        if (strcmp(disk.files[i].path, path) == 0) return &disk.files[i];
    if (disk.file_count == FILES_MAX) abort();
    struct disk_state *s = &disk.files[disk.file_count++];
    memset(s, 0, sizeof *s);
    memcpy(s->path, path, strnlen(path, PATH_BYTES - 1));
    return s;
}

/* ---- the cut ------------------------------------------------------------------------------------
 */

static void state_lose(struct disk_state *s) {
    struct stat info;
    if (s->is_new) unlink(s->path);
    int fd = s->is_touched && !s->is_new ? open(s->path, O_RDWR | O_CLOEXEC) : -1;
    if (fd >= 0 && fstat(fd, &info) == 0) {
        sqlite3_int64 size = disk.torn && next_random() % 2 ? info.st_size : s->durable_size;
        for (size_t i = 0; i < s->capacity; i++)
            if (s->sectors[i] && (!disk.torn || next_random() % 2) &&
                pwrite(fd, s->sectors[i]->before, SECTOR, (off_t)(i * SECTOR)) != SECTOR)
                abort();
        if (ftruncate(fd, size) != 0) abort();
    }
    if (fd >= 0) close(fd);
}

static void state_clear(struct disk_state *s) {
    for (size_t i = 0; i < s->capacity; i++)
        free(s->sectors[i]);
    free(s->sectors);
    memset(s, 0, sizeof *s);
}

static void lose_all(void) {
    for (size_t i = 0; i < disk.file_count; i++) {
        state_lose(&disk.files[i]);
        state_clear(&disk.files[i]);
    }
    disk.file_count = 0;
    files_lose();
}

void disk_lose(void) {
    pthread_mutex_lock(&disk.mu);
    lose_all();
    pthread_mutex_unlock(&disk.mu);
}

/* The lock is never given back: no other thread gets to the disk any more. */
static void cut_locked(void) {
    lose_all();
    _exit(DISK_CUT_EXIT);
}

void disk_cut(void) {
    pthread_mutex_lock(&disk.mu);
    cut_locked();
    abort();
}

/* ---- operations ---------------------------------------------------------------------------------
 */

/* Under the lock: the power, then the fault; 0 or what the operation has to answer. */
static int before(unsigned operation, int natural) {
    if (operation & (DISK_WRITE | DISK_SYNC | DISK_TRUNCATE) && disk.cut_left > 0 &&
        --disk.cut_left == 0)
        cut_locked();
    if (!(operation & disk.operations)) return SQLITE_OK;
    disk.count++;
    if (disk.fail_at == 0 || disk.count < disk.fail_at ||
        (disk.count > disk.fail_at && !disk.stays))
        return SQLITE_OK;
    disk.failures++;
    if (operation == DISK_SYNC) disk.has_sync_failed = true;
    return disk.code ? disk.code : natural;
}

int disk_step(unsigned operation) {
    pthread_mutex_lock(&disk.mu);
    int code = before(operation, SQLITE_IOERR);
    pthread_mutex_unlock(&disk.mu);
    return code;
}

static sqlite3_int64 real_size(struct disk_file *f) {
    sqlite3_int64 size = 0;
    return f->real->pMethods->xFileSize(f->real, &size) == SQLITE_OK ? size : 0;
}

static void touch(struct disk_file *f) {
    if (f->state->is_touched) return;
    f->state->is_touched = true;
    f->state->durable_size = real_size(f);
}

static void keep_sector(struct disk_file *f, size_t at) {
    struct disk_state *s = f->state;
    if (at >= s->capacity) {
        size_t wanted = at + 1024;
        struct sector **grown = realloc(s->sectors, wanted * sizeof *grown);
        if (!grown) abort();
        memset(grown + s->capacity, 0, (wanted - s->capacity) * sizeof *grown);
        s->sectors = grown;
        s->capacity = wanted;
    }
    if (s->sectors[at]) {
        s->sectors[at]->is_poisoned = false;
        return;
    }
    s->sectors[at] = calloc(1, sizeof *s->sectors[at]);
    if (!s->sectors[at]) abort();
    s->dirty++;
    f->real->pMethods->xRead(f->real, s->sectors[at]->before, SECTOR,
                             (sqlite3_int64)(at * SECTOR)); /* a short read fills with zeros */
}

static int file_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 at) {
    struct disk_file *f = (struct disk_file *)file;
    pthread_mutex_lock(&disk.mu);
    int code = before(DISK_WRITE, SQLITE_IOERR_WRITE);
    if (code == SQLITE_OK && f->state) {
        touch(f);
        for (size_t i = (size_t)at / SECTOR; i <= (size_t)(at + len - 1) / SECTOR; i++)
            keep_sector(f, i);
    }
    if (code == SQLITE_OK) code = f->real->pMethods->xWrite(f->real, bytes, len, at);
    pthread_mutex_unlock(&disk.mu);
    return code;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size) {
    struct disk_file *f = (struct disk_file *)file;
    pthread_mutex_lock(&disk.mu);
    int code = before(DISK_TRUNCATE, SQLITE_IOERR_TRUNCATE);
    if (code == SQLITE_OK && f->state) {
        touch(f);
        for (sqlite3_int64 at = size / SECTOR, end = real_size(f); at * SECTOR < end; at++)
            keep_sector(f, (size_t)at);
    }
    if (code == SQLITE_OK) code = f->real->pMethods->xTruncate(f->real, size);
    pthread_mutex_unlock(&disk.mu);
    return code;
}

/* A good sync makes all durable but what a failed one lost. */
static void sync_done(struct disk_state *s, sqlite3_int64 size, bool failed) {
    s->is_touched = s->is_touched && failed;
    for (size_t i = 0; i < s->capacity && s->dirty > 0; i++) {
        struct sector *sector = s->sectors[i];
        if (!sector) continue;
        if (failed || sector->is_poisoned) {
            sector->is_poisoned = true;
            s->is_touched = true;
            continue;
        }
        free(sector);
        s->sectors[i] = NULL;
        s->dirty--;
    }
    if (failed) return;
    s->durable_size = size;
    s->is_new = false;
}

static int file_sync(sqlite3_file *file, int flags) {
    struct disk_file *f = (struct disk_file *)file;
    (void)flags;
    pthread_mutex_lock(&disk.mu);
    int code = before(DISK_SYNC, SQLITE_IOERR_FSYNC);
    if (f->state && !disk.lies) sync_done(f->state, real_size(f), code != SQLITE_OK);
    pthread_mutex_unlock(&disk.mu);
    return code;
}

static int file_read(sqlite3_file *file, void *ret, int len, sqlite3_int64 at) {
    pthread_mutex_lock(&disk.mu);
    int code = before(DISK_READ, SQLITE_IOERR_READ);
    pthread_mutex_unlock(&disk.mu);
    return code == SQLITE_OK ? real_of(file)->pMethods->xRead(real_of(file), ret, len, at) : code;
}

static int file_close(sqlite3_file *file) { return real_of(file)->pMethods->xClose(real_of(file)); }
static int file_size(sqlite3_file *file, sqlite3_int64 *ret) {
    return real_of(file)->pMethods->xFileSize(real_of(file), ret);
}
static int file_lock(sqlite3_file *file, int level) {
    return real_of(file)->pMethods->xLock(real_of(file), level);
}
static int file_unlock(sqlite3_file *file, int level) {
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}
static int file_is_reserved(sqlite3_file *file, int *ret) {
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), ret);
}
static int file_sector_size(sqlite3_file *file) {
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}
static int file_facts(sqlite3_file *file) {
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}
static int shm_map(sqlite3_file *file, int region, int bytes, int extend, void volatile **ret) {
    return real_of(file)->pMethods->xShmMap(real_of(file), region, bytes, extend, ret);
}
static int shm_lock(sqlite3_file *file, int offset, int n, int flags) {
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, n, flags);
}
static void shm_barrier(sqlite3_file *file) { real_of(file)->pMethods->xShmBarrier(real_of(file)); }
static int shm_unmap(sqlite3_file *file, int remove) {
    return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
}

/* A size hint grows the file behind our back: not taken. */
static int file_control(sqlite3_file *file, int op, void *arg) {
    if (op == SQLITE_FCNTL_SIZE_HINT || op == SQLITE_FCNTL_CHUNK_SIZE) return SQLITE_OK;
    return real_of(file)->pMethods->xFileControl(real_of(file), op, arg);
}

/* ---- the VFS ------------------------------------------------------------------------------------
 */

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                    int *ret_flags) {
    struct disk_file *f = (struct disk_file *)file;
    struct stat info;
    (void)vfs;
    memset(f, 0, sizeof *f);
    f->real = (sqlite3_file *)(f + 1);
    pthread_mutex_lock(&disk.mu);
    int code = before(DISK_OPEN, SQLITE_CANTOPEN);
    bool is_new = name && stat(name, &info) != 0;
    if (code == SQLITE_OK) code = disk.real->xOpen(disk.real, name, f->real, flags, ret_flags);
    if (code == SQLITE_OK) {
        f->base.pMethods = &disk.methods;
        if (name && flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL))
            f->state = state_find(name);
        if (f->state && is_new) f->state->is_new = f->state->is_touched = true;
    }
    pthread_mutex_unlock(&disk.mu);
    return code;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_folder) {
    (void)vfs;
    pthread_mutex_lock(&disk.mu);
    int code = disk.real->xDelete(disk.real, name, sync_folder);
    for (size_t i = 0; code == SQLITE_OK && i < disk.file_count; i++)
        if (strcmp(disk.files[i].path, name) == 0) {
            struct disk_state *s = &disk.files[i];
            for (size_t at = 0; at < s->capacity; at++)
                free(s->sectors[at]);
            free(s->sectors);
            s->sectors = NULL;
            s->capacity = s->dirty = 0;
            s->is_new = s->is_touched = false;
        }
    pthread_mutex_unlock(&disk.mu);
    return code;
}

void disk_register(void) {
    if (disk.real) return;
    sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    sqlite3_initialize();
    disk.real = sqlite3_vfs_find(NULL);
    disk.vfs = *disk.real;
    disk.vfs.pNext = NULL;
    disk.vfs.zName = DISK_VFS;
    disk.vfs.szOsFile = (int)sizeof(struct disk_file) + disk.real->szOsFile;
    disk.vfs.xOpen = vfs_open;
    disk.vfs.xDelete = vfs_delete;
    disk.methods = (sqlite3_io_methods){.iVersion = 2,
                                        .xClose = file_close,
                                        .xRead = file_read,
                                        .xWrite = file_write,
                                        .xTruncate = file_truncate,
                                        .xSync = file_sync,
                                        .xFileSize = file_size,
                                        .xLock = file_lock,
                                        .xUnlock = file_unlock,
                                        .xCheckReservedLock = file_is_reserved,
                                        .xFileControl = file_control,
                                        .xSectorSize = file_sector_size,
                                        .xDeviceCharacteristics = file_facts,
                                        .xShmMap = shm_map,
                                        .xShmLock = shm_lock,
                                        .xShmBarrier = shm_barrier,
                                        .xShmUnmap = shm_unmap};
    sqlite3_vfs_register(&disk.vfs, 0);
}

void disk_lie(bool lies) {
    disk.lies = lies;
    files_lie(lies);
}

void disk_cut_at(long n, uint64_t seed, bool torn) {
    disk.cut_left = n;
    disk.torn = torn;
    disk.random = seed * 2654435761u + 88172645463325252u;
}

void disk_fail_at(unsigned operations, long n, int code, bool stays) {
    pthread_mutex_lock(&disk.mu);
    disk.operations = operations;
    disk.fail_at = n;
    disk.code = code;
    disk.stays = stays;
    disk.count = disk.failures = 0;
    disk.has_sync_failed = false;
    pthread_mutex_unlock(&disk.mu);
}

long disk_count(void) { return disk.count; }
long disk_failures(void) { return disk.failures; }
bool disk_has_sync_failed(void) { return disk.has_sync_failed; }
