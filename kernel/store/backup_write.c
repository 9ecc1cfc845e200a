/* Writing a backup; see backup.h. */
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/archive.h"
#include "store/backup.h"
#include "store/backup_manifest.h"
#include "store/blob.h"
#include "store/messages.h"

enum { BLOB_PIECE_BYTES = 64 * 1024 };

struct backup_writing {
    struct store *store;
    struct archive_writer *archive;
    struct manifest manifest;
    struct buf piece; /* of the stream, max BACKUP_PIECE_BYTES */
    int pieces;
    const struct store_progress *progress;
};

/* ---- the stream -------------------------------------------------------------------------- */
static crm_status hand_on_piece(struct backup_writing *w, struct err *err) {
    char name[ARCHIVE_NAME_BYTES];
    if (w->piece.len == 0) return CRM_OK;
    snprintf(name, sizeof name, "data/%06d", ++w->pieces);
    crm_status status = archive_begin(w->archive, name, (int64_t)w->piece.len, err);
    if (status == CRM_OK) status = archive_write(w->archive, buf_str(&w->piece), err);
    buf_clear(&w->piece);
    return status;
}

static crm_status on_bytes(void *ctx, struct str bytes, struct err *err) {
    struct backup_writing *w = ctx;
    crm_status status = manifest_feed(&w->manifest, bytes, err);
    while (status == CRM_OK && bytes.len > 0) {
        size_t room = BACKUP_PIECE_BYTES - w->piece.len;
        size_t len = bytes.len < room ? bytes.len : room;
        buf_add(&w->piece, bytes.ptr, len);
        if (w->piece.status != CRM_OK) return err_no_memory(err);
        bytes = str_make(bytes.ptr + len, bytes.len - len);
        if (w->piece.len == BACKUP_PIECE_BYTES) status = hand_on_piece(w, err);
    }
    return status;
}

/* ---- blobs ------------------------------------------------------------------------------- */
static crm_status copy_content(struct backup_writing *w, const char *hex, int fd, int64_t bytes,
                               struct err *err) {
    char piece[BLOB_PIECE_BYTES];
    struct digest said, found;
    crypto_hash_sha256_state hash;
    crm_status status = CRM_OK;
    crypto_hash_sha256_init(&hash);
    while (bytes > 0 && status == CRM_OK) {
        ssize_t len = read(fd, piece, sizeof piece);
        if (len <= 0) return blob_damaged(w->store, hex, err);
        crypto_hash_sha256_update(&hash, (const unsigned char *)piece, (size_t)len);
        status = archive_write(w->archive, str_make(piece, (size_t)len), err);
        bytes -= len;
    }
    crypto_hash_sha256_final(&hash, found.bytes);
    bool same = hex_parse(str_from(hex), said.bytes, DIGEST_BYTES) &&
                memcmp(said.bytes, found.bytes, DIGEST_BYTES) == 0;
    return status == CRM_OK && !same ? blob_damaged(w->store, hex, err) : status;
}

static crm_status add_blob(void *ctx, const char *hex, int fd, int64_t bytes, struct err *err) {
    struct backup_writing *w = ctx;
    char name[ARCHIVE_NAME_BYTES];
    snprintf(name, sizeof name, "blobs/%s", hex);
    manifest_blob(&w->manifest, hex, bytes);
    crm_status status = archive_begin(w->archive, name, bytes, err);
    if (status == CRM_OK) status = copy_content(w, hex, fd, bytes, err);
    const struct store_progress *p = w->progress;
    if (status == CRM_OK && p && !p->step(p->ctx, w->manifest.rows + w->manifest.blobs, 0))
        status = err_set(err, CRM_CANCELLED, &store_text_cancelled, NULL);
    return status;
}

/* ---- the whole --------------------------------------------------------------------------- */
static crm_status add_manifest(struct backup_writing *w, struct err *err) {
    struct str text;
    crm_status status = manifest_finish(&w->manifest, &text, err);
    if (status == CRM_OK)
        status = archive_begin(w->archive, "manifest.json", (int64_t)text.len, err);
    return status == CRM_OK ? archive_write(w->archive, text, err) : status;
}

static crm_status write_all(struct backup_writing *w, struct store_conn *snapshot,
                            struct backup_facts *facts, struct err *err) {
    const struct stream_sink sink = {on_bytes, w};
    crm_status status = store_dump(snapshot, &sink, w->progress, NULL, err);
    if (status == CRM_OK) status = hand_on_piece(w, err);
    if (status == CRM_OK) status = manifest_stream_end(&w->manifest, err);
    if (status == CRM_OK) status = blob_each(store_of(snapshot), add_blob, w, err);
    if (status == CRM_OK) status = add_manifest(w, err);
    if (status == CRM_OK) status = archive_finish(w->archive, &facts->sha256, &facts->bytes, err);
    facts->rows = w->manifest.rows;
    facts->seq = w->manifest.seq;
    facts->blobs = w->manifest.blobs;
    return status;
}

crm_status backup_write(struct store_conn *snapshot, int fd, const struct store_progress *progress,
                        struct backup_facts *ret, struct err *err) {
    struct backup_writing w = {.store = store_of(snapshot), .progress = progress};
    struct backup_facts facts = {0};
    buf_init(&w.piece, BACKUP_PIECE_BYTES + 1);
    crm_status status = manifest_init(&w.manifest, err);
    if (status == CRM_OK) status = archive_writer_new(fd, &w.archive, err);
    store_keep_begin(store_of(snapshot));
    if (status == CRM_OK) status = write_all(&w, snapshot, &facts, err);
    store_keep_end(store_of(snapshot));
    archive_writer_free(w.archive);
    manifest_fini(&w.manifest);
    buf_fini(&w.piece);
    if (status == CRM_OK) *ret = facts;
    return status;
}
