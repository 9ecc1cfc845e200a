/* Blobs as files; see blob.h. A blob is written under a temporary name, flushed, then linked to its
 * final name, and the directory flushed: whoever finds the name finds the whole content. */
#include "store/blob.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/time.h"
#include "store/driver.h"
#include "store/messages.h"

enum { PATH_BYTES = 4352, HEX_BYTES = 2 * DIGEST_BYTES + 1, SHARD_LETTERS = 2 };

struct blob_writer {
    struct store *store;
    int fd;
    int64_t bytes;
    bool failed;
    crypto_hash_sha256_state hash;
    char path[PATH_BYTES];
};

static crm_status failed(struct err *err, const char *what) {
    int reason = errno;
    bool full = reason == ENOSPC || reason == EDQUOT;
    crm_status status = err_set(err, full ? CRM_UNAVAILABLE : CRM_IO,
                                full ? &store_text_disk_full : &store_text_io, NULL);
    if (err) err_because(err, "%s: errno %d", what, reason);
    return status;
}

static void hex_of(const struct digest *d, char ret[HEX_BYTES]) {
    sodium_bin2hex(ret, HEX_BYTES, d->bytes, DIGEST_BYTES);
}

static bool make_dir(const char *path) { return mkdir(path, 0700) == 0 || errno == EEXIST; }

static bool flush_dir(const char *path) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) close(fd);
    return ok;
}

/* ---- writing ----------------------------------------------------------------------------- */
static bool open_temporary(struct store *s, struct blob_writer *w) {
    char directory[PATH_BYTES];
    snprintf(directory, sizeof directory, "%s/blobs", s->data_dir);
    if (!make_dir(s->data_dir) || !make_dir(directory)) return false;
    if ((size_t)snprintf(w->path, sizeof w->path, "%s/blobs/new", s->data_dir) >=
        sizeof w->path - 16) {
        errno = ENAMETOOLONG;
        return false;
    }
    if (!make_dir(w->path)) return false;
    memcpy(w->path + strlen(w->path), "/XXXXXX", 8);
    w->fd = mkostemp(w->path, O_CLOEXEC);
    return w->fd >= 0;
}

crm_status blob_create(struct store *s, struct blob_writer **ret, struct err *err) {
    struct blob_writer *w = calloc(1, sizeof *w);
    if (!w) return err_no_memory(err);
    w->store = s;
    if (!open_temporary(s, w)) {
        free(w);
        return failed(err, "blob");
    }
    crypto_hash_sha256_init(&w->hash);
    *ret = w;
    return CRM_OK;
}

crm_status blob_write(struct blob_writer *w, struct str bytes, struct err *err) {
    const char *at = bytes.ptr;
    size_t left = bytes.len;
    while (left > 0) {
        ssize_t written = write(w->fd, at, left);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) {
            w->failed = true;
            return failed(err, "blob write");
        }
        at += written;
        left -= (size_t)written;
    }
    if (bytes.len) crypto_hash_sha256_update(&w->hash, (const unsigned char *)bytes.ptr, bytes.len);
    w->bytes += (int64_t)bytes.len;
    return CRM_OK;
}

static void writer_free(struct blob_writer *w) {
    if (w->fd >= 0) close(w->fd);
    unlink(w->path);
    free(w);
}

void blob_abandon(struct blob_writer *w) {
    if (w) writer_free(w);
}

static void path_of(const struct store *s, const char *hex, char ret[PATH_BYTES]) {
    snprintf(ret, PATH_BYTES, "%s/blobs/%.*s/%s", s->data_dir, SHARD_LETTERS, hex,
             hex + SHARD_LETTERS);
}

/* The names of `directory` and of the folders above it. One that is there already may have been
 * made by a process that was killed before it flushed: so once a process, and after each failure.
 * Under the mutex. */
static bool flush_above(struct store *s, const char *directory) {
    char parent[PATH_BYTES];
    snprintf(parent, sizeof parent, "%s/blobs", s->data_dir);
    bool is_new = mkdir(directory, 0700) == 0;
    if (!is_new && errno != EEXIST) return false;
    if (!is_new && s->blob_names_durable) return true;
    s->blob_names_durable = false;
    s->blob_names_durable = flush_dir(s->data_dir) && flush_dir(parent);
    return s->blob_names_durable;
}

/* The same content may be there already; then its age starts anew, so that it is not collected
 * before the row that names it is written. Its name may not be on the disk yet either. */
static bool put_in_place(struct blob_writer *w, const char *hex) {
    char directory[PATH_BYTES], path[PATH_BYTES];
    snprintf(directory, sizeof directory, "%s/blobs/%.*s", w->store->data_dir, SHARD_LETTERS, hex);
    path_of(w->store, hex, path);
    if (!flush_above(w->store, directory)) return false;
    if (link(w->path, path) != 0 && (errno != EEXIST || utimensat(AT_FDCWD, path, NULL, 0) != 0))
        return false;
    return flush_dir(directory);
}

crm_status blob_finish(struct blob_writer *w, struct digest *ret_sha256, int64_t *ret_bytes,
                       struct err *err) {
    struct digest digest;
    char hex[HEX_BYTES];
    crypto_hash_sha256_final(&w->hash, digest.bytes);
    hex_of(&digest, hex);
    crm_status status = CRM_OK;
    if (w->failed)
        status = err_internal(err, "blob finished after a failure");
    else if (fchmod(w->fd, 0400) != 0 || fsync(w->fd) != 0)
        status = failed(err, "blob flush");
    if (status == CRM_OK) {
        pthread_mutex_lock(&w->store->blob_mutex);
        if (!put_in_place(w, hex)) status = failed(err, "blob link");
        pthread_mutex_unlock(&w->store->blob_mutex);
    }
    if (status == CRM_OK) {
        *ret_sha256 = digest;
        *ret_bytes = w->bytes;
    }
    writer_free(w);
    return status;
}

/* ---- reading ----------------------------------------------------------------------------- */
crm_status blob_open(struct store *s, const struct digest *sha256, int *ret_fd, int64_t *ret_bytes,
                     struct err *err) {
    char hex[HEX_BYTES], path[PATH_BYTES];
    struct stat info;
    hex_of(sha256, hex);
    path_of(s, hex, path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return err_set(err, CRM_NOT_FOUND, &store_text_blob_missing, NULL);
    if (fd < 0) return failed(err, "blob open");
    if (fstat(fd, &info) != 0) {
        crm_status status = failed(err, "blob stat");
        close(fd);
        return status;
    }
    *ret_fd = fd;
    *ret_bytes = info.st_size;
    return CRM_OK;
}

crm_status blob_damaged(const struct store *s, const char *hex, struct err *err) {
    char path[PATH_BYTES];
    path_of(s, hex, path);
    return err_set(err, CRM_INVALID, &store_text_blob_damaged, path, NULL);
}

/* ---- all of them ------------------------------------------------------------------------- */
static crm_status each_in(struct store *s, const char *shard, blob_fn fn, void *ctx,
                          struct err *err) {
    char directory[PATH_BYTES], hex[HEX_BYTES + SHARD_LETTERS + 256];
    struct digest digest;
    crm_status status = CRM_OK;
    snprintf(directory, sizeof directory, "%s/blobs/%s", s->data_dir, shard);
    DIR *entries = opendir(directory);
    if (!entries) return errno == ENOENT ? CRM_OK : failed(err, "blobs");
    for (struct dirent *entry; status == CRM_OK && (entry = readdir(entries));) {
        int fd = -1;
        int64_t bytes = 0;
        snprintf(hex, sizeof hex, "%s%s", shard, entry->d_name);
        if (!hex_parse(str_from(hex), digest.bytes, DIGEST_BYTES)) continue;
        status = blob_open(s, &digest, &fd, &bytes, err);
        if (status == CRM_OK) status = fn(ctx, hex, fd, bytes, err);
        if (fd >= 0) close(fd);
    }
    closedir(entries);
    return status;
}

crm_status blob_each(struct store *s, blob_fn fn, void *ctx, struct err *err) {
    crm_status status = CRM_OK;
    char shard[SHARD_LETTERS + 1];
    for (unsigned i = 0; i < 256 && status == CRM_OK; i++) {
        snprintf(shard, sizeof shard, "%02x", i);
        status = each_in(s, shard, fn, ctx, err);
    }
    return status;
}

/* ---- collecting -------------------------------------------------------------------------- */
struct collection {
    struct store *store;
    int64_t before_ms;
    bool (*is_used)(void *ctx, const struct digest *d);
    void *ctx;
};

static bool is_old(const struct collection *c, const char *path) {
    struct stat info;
    if (stat(path, &info) != 0) return false;
    return (int64_t)info.st_mtim.tv_sec * 1000 + info.st_mtim.tv_nsec / 1000000 < c->before_ms;
}

/* Looks at the age again under the lock: the blob may just have been stored once more. */
static void collect_one(const struct collection *c, const char *path, const char *hex) {
    struct digest digest;
    if (hex && !hex_parse(str_from(hex), digest.bytes, DIGEST_BYTES)) return;
    if (!is_old(c, path) || (hex && c->is_used(c->ctx, &digest))) return;
    pthread_mutex_lock(&c->store->blob_mutex);
    if (is_old(c, path)) unlink(path);
    pthread_mutex_unlock(&c->store->blob_mutex);
}

static void collect_dir(const struct collection *c, const char *shard) {
    char directory[PATH_BYTES], path[PATH_BYTES + 256], hex[HEX_BYTES + SHARD_LETTERS + 256];
    snprintf(directory, sizeof directory, "%s/blobs/%s", c->store->data_dir, shard);
    DIR *entries = opendir(directory);
    bool is_new = strcmp(shard, "new") == 0;
    if (!entries) return;
    for (struct dirent *entry; (entry = readdir(entries));) {
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        snprintf(hex, sizeof hex, "%s%s", shard, entry->d_name);
        collect_one(c, path, is_new ? NULL : hex);
    }
    closedir(entries);
}

crm_status blob_collect(struct store *s, int64_t older_ms,
                        bool (*is_used)(void *ctx, const struct digest *d), void *ctx,
                        struct err *err) {
    struct collection c = {s, clock_now_ms() - older_ms, is_used, ctx};
    char shard[SHARD_LETTERS + 1], root[PATH_BYTES];
    snprintf(root, sizeof root, "%s/blobs", s->data_dir);
    if (atomic_load(&s->kept) > 0) return CRM_OK; /* a backup may need what no row names any more */
    if (access(root, F_OK) != 0) return errno == ENOENT ? CRM_OK : failed(err, "blobs");
    for (unsigned i = 0; i < 256; i++) {
        snprintf(shard, sizeof shard, "%02x", i);
        collect_dir(&c, shard);
    }
    collect_dir(&c, "new");
    return CRM_OK;
}
