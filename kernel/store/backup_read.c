/* Verifying a backup, loading it, and copying without a file; see backup.h. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/archive.h"
#include "store/backup.h"
#include "store/backup_manifest.h"
#include "store/blob.h"
#include "store/messages.h"

enum { PIECE_BYTES = 256 * 1024 };

/* One pass over the file: into the manifest (verifying) or into a database. */
struct backup_reading {
    int fd;
    int64_t size; /* of the file */
    struct archive_reader *archive;
    struct manifest manifest; /* verifying */
    struct store_load *load;  /* NULL: verifying */
    struct store *store;      /* of the load */
    const struct store_progress *progress;
    int pieces;
    bool is_stream_over, has_manifest;
    int64_t blobs;
    struct buf found; /* the manifest in the file */
    char bytes[PIECE_BYTES];
};

static crm_status step(struct backup_reading *r, struct err *err) {
    const struct store_progress *p = r->progress;
    if (!p || p->step(p->ctx, (int64_t)lseek(r->fd, 0, SEEK_CUR), r->size)) return CRM_OK;
    return err_set(err, CRM_CANCELLED, &store_text_cancelled, NULL);
}

typedef crm_status (*bytes_fn)(struct backup_reading *r, void *ctx, struct str bytes,
                               struct err *err);

/* The entry at hand, piece by piece. */
static crm_status each_piece(struct backup_reading *r, bytes_fn fn, void *ctx, struct err *err) {
    for (size_t len = 1; len > 0;) {
        crm_status status = archive_read(r->archive, r->bytes, sizeof r->bytes, &len, err);
        if (status == CRM_OK && len > 0) status = fn(r, ctx, str_make(r->bytes, len), err);
        if (status == CRM_OK) status = step(r, err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

/* ---- entries ----------------------------------------------------------------------------- */
static crm_status feed(struct backup_reading *r, void *ctx, struct str bytes, struct err *err) {
    (void)ctx;
    return r->load ? store_load_feed(r->load, bytes, err) : manifest_feed(&r->manifest, bytes, err);
}

static crm_status read_piece(struct backup_reading *r, const char *name, struct err *err) {
    char wanted[ARCHIVE_NAME_BYTES];
    snprintf(wanted, sizeof wanted, "data/%06d", ++r->pieces);
    if (r->is_stream_over || strcmp(name, wanted) != 0)
        return archive_damaged("a piece out of place", err);
    return each_piece(r, feed, NULL, err);
}

static crm_status end_stream(struct backup_reading *r, struct err *err) {
    if (r->is_stream_over) return CRM_OK;
    r->is_stream_over = true;
    return r->load ? CRM_OK : manifest_stream_end(&r->manifest, err);
}

static crm_status take_blob(struct backup_reading *r, void *ctx, struct str bytes,
                            struct err *err) {
    (void)r;
    return blob_write(ctx, bytes, err);
}

static crm_status check_blob(struct backup_reading *r, void *ctx, struct str bytes,
                             struct err *err) {
    (void)r, (void)err;
    crypto_hash_sha256_update(ctx, (const unsigned char *)bytes.ptr, bytes.len);
    return CRM_OK;
}

static crm_status load_blob(struct backup_reading *r, struct digest *ret, struct err *err) {
    struct blob_writer *w = NULL;
    int64_t bytes;
    crm_status status = blob_create(r->store, &w, err);
    if (status != CRM_OK) return status;
    status = each_piece(r, take_blob, w, err);
    if (status == CRM_OK) return blob_finish(w, ret, &bytes, err);
    blob_abandon(w);
    return status;
}

static crm_status read_blob(struct backup_reading *r, const char *hex, int64_t bytes,
                            struct err *err) {
    struct digest said, found;
    crypto_hash_sha256_state hash;
    crm_status status = end_stream(r, err);
    if (status != CRM_OK) return status;
    if (r->has_manifest || !hex_parse(str_from(hex), said.bytes, DIGEST_BYTES))
        return archive_damaged("a blob out of place", err);
    if (r->load) {
        status = load_blob(r, &found, err);
    } else {
        crypto_hash_sha256_init(&hash);
        status = each_piece(r, check_blob, &hash, err);
        crypto_hash_sha256_final(&hash, found.bytes);
        manifest_blob(&r->manifest, hex, bytes);
    }
    r->blobs++;
    if (status == CRM_OK && memcmp(said.bytes, found.bytes, DIGEST_BYTES) != 0)
        status = archive_damaged("a blob is not what its digest says", err);
    return status;
}

static crm_status keep_manifest(struct backup_reading *r, void *ctx, struct str bytes,
                                struct err *err) {
    (void)ctx;
    if (!r->load) buf_add_str(&r->found, bytes);
    return r->found.status == CRM_OK ? CRM_OK : err_no_memory(err);
}

static crm_status read_manifest(struct backup_reading *r, struct err *err) {
    struct str wanted;
    crm_status status = end_stream(r, err);
    if (status == CRM_OK && r->has_manifest) status = archive_damaged("two manifests", err);
    if (status == CRM_OK) status = each_piece(r, keep_manifest, NULL, err);
    r->has_manifest = true;
    if (status != CRM_OK || r->load) return status;
    status = manifest_finish(&r->manifest, &wanted, err);
    if (status == CRM_OK && !str_eq(wanted, buf_str(&r->found)))
        status = archive_damaged("the manifest says something else", err);
    return status;
}

static crm_status read_entries(struct backup_reading *r, struct err *err) {
    char name[ARCHIVE_NAME_BYTES];
    int64_t bytes = 0;
    bool found = true;
    crm_status status = CRM_OK;
    while (status == CRM_OK) {
        status = archive_next(r->archive, name, &bytes, &found, err);
        if (status != CRM_OK || !found) break;
        if (strncmp(name, "data/", 5) == 0)
            status = read_piece(r, name, err);
        else if (strncmp(name, "blobs/", 6) == 0)
            status = read_blob(r, name + 6, bytes, err);
        else if (strcmp(name, "manifest.json") == 0)
            status = read_manifest(r, err);
        else
            status = archive_damaged("an entry that is not known", err);
    }
    if (status == CRM_OK && !r->has_manifest) status = archive_damaged("no manifest", err);
    return status;
}

static crm_status read_file(struct backup_reading *r, struct err *err) {
    struct stat info;
    if (fstat(r->fd, &info) == 0) r->size = (int64_t)info.st_size;
    crm_status status = archive_reader_new(r->fd, &r->archive, err);
    if (status == CRM_OK) status = read_entries(r, err);
    archive_reader_free(r->archive);
    return status;
}

/* ---- the three ways ---------------------------------------------------------------------- */
crm_status backup_verify(int fd, const struct store_progress *progress, struct backup_facts *ret,
                         struct err *err) {
    struct backup_reading *r = calloc(1, sizeof *r);
    if (!r) return err_no_memory(err);
    r->fd = fd;
    r->progress = progress;
    buf_init(&r->found, MANIFEST_MAX_BYTES);
    crm_status status = manifest_init(&r->manifest, err);
    if (status == CRM_OK) status = read_file(r, err);
    if (status == CRM_OK)
        *ret = (struct backup_facts){.rows = r->manifest.rows,
                                     .seq = r->manifest.seq,
                                     .at_ms = r->manifest.at_ms,
                                     .blobs = r->blobs,
                                     .bytes = r->size};
    manifest_fini(&r->manifest);
    buf_fini(&r->found);
    free(r);
    return status;
}

crm_status backup_load(int fd, struct store_conn *writer, const struct store_progress *progress,
                       struct backup_facts *ret, struct err *err) {
    struct backup_reading *r = calloc(1, sizeof *r);
    struct dump_facts facts = {0};
    if (!r) return err_no_memory(err);
    r->fd = fd;
    r->progress = progress;
    r->store = store_of(writer);
    buf_init(&r->found, 1);
    crm_status status = store_load_begin(writer, &r->load, err);
    if (status == CRM_OK) status = read_file(r, err);
    if (status == CRM_OK) status = store_load_end(r->load, &facts, err);
    if (status == CRM_OK)
        *ret = (struct backup_facts){
            .rows = facts.rows, .seq = facts.seq, .blobs = r->blobs, .bytes = r->size};
    store_load_free(r->load);
    buf_fini(&r->found);
    free(r);
    return status;
}

/* ---- copying ----------------------------------------------------------------------------- */
static crm_status pass_on(void *ctx, struct str bytes, struct err *err) {
    return store_load_feed(ctx, bytes, err);
}

struct blob_copying {
    struct store *from, *to;
    int64_t count;
};

static crm_status copy_blob(void *ctx, const char *hex, int fd, int64_t bytes, struct err *err) {
    struct blob_copying *c = ctx;
    struct blob_writer *w = NULL;
    struct digest said, digest;
    char piece[64 * 1024];
    if (!hex_parse(str_from(hex), said.bytes, DIGEST_BYTES)) return blob_damaged(c->from, hex, err);
    c->count++;
    crm_status status = blob_create(c->to, &w, err);
    while (status == CRM_OK && bytes > 0) {
        ssize_t len = read(fd, piece, sizeof piece);
        if (len <= 0)
            status = blob_damaged(c->from, hex, err);
        else
            status = blob_write(w, str_make(piece, (size_t)len), err);
        bytes -= len;
    }
    if (status != CRM_OK) {
        blob_abandon(w);
        return status;
    }
    status = blob_finish(w, &digest, &bytes, err);
    bool same = memcmp(said.bytes, digest.bytes, DIGEST_BYTES) == 0;
    return status == CRM_OK && !same ? blob_damaged(c->from, hex, err) : status;
}

static crm_status copy_blobs(struct store *from, struct blob_copying *c, struct err *err) {
    if (str_eq(store_data_dir(from), store_data_dir(c->to))) return CRM_OK;
    return blob_each(from, copy_blob, c, err);
}

crm_status backup_copy(struct store_conn *snapshot, struct store_conn *writer,
                       const struct store_progress *progress, struct backup_facts *ret,
                       struct err *err) {
    struct store_load *load = NULL;
    struct dump_facts facts = {0};
    struct blob_copying blobs = {.from = store_of(snapshot), .to = store_of(writer)};
    crm_status status = store_load_begin(writer, &load, err);
    const struct stream_sink sink = {pass_on, load};
    store_keep_begin(store_of(snapshot));
    if (status == CRM_OK) status = store_dump(snapshot, &sink, progress, NULL, err);
    if (status == CRM_OK) status = store_load_end(load, &facts, err);
    if (status == CRM_OK) status = copy_blobs(store_of(snapshot), &blobs, err);
    store_keep_end(store_of(snapshot));
    store_load_free(load);
    if (status == CRM_OK)
        *ret = (struct backup_facts){.rows = facts.rows, .seq = facts.seq, .blobs = blobs.count};
    return status;
}
