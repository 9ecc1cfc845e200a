/* Writing the file of a backup; see archive.h. */
#include "store/archive.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "store/messages.h"

enum { OUT_BYTES = 256 * 1024, GZIP_WINDOW = 15 + 16, LEVEL = 1, MEMORY_LEVEL = 8 };

struct archive_writer {
    int fd;
    z_stream z;
    crypto_hash_sha256_state hash;
    int64_t left, padding; /* of the entry at hand */
    int64_t bytes;         /* of the file so far */
    unsigned char out[OUT_BYTES];
};

/* ---- blocks of tar ----------------------------------------------------------------------- */
static void put_size(char *to, int64_t bytes) {
    if (bytes < (INT64_C(1) << 33)) {
        snprintf(to, 12, "%011llo", (unsigned long long)bytes);
        return;
    }
    to[0] = (char)0x80;
    for (int i = 11; i > 0; i--, bytes >>= 8)
        to[i] = (char)(bytes & 0xff);
}

bool archive_header(const char *name, int64_t bytes, char ret[ARCHIVE_BLOCK]) {
    size_t len = strlen(name);
    if (len == 0 || len >= ARCHIVE_NAME_BYTES || bytes < 0) return false;
    memset(ret, 0, ARCHIVE_BLOCK);
    memcpy(ret, name, len);
    memcpy(ret + 100, "0000600", 8);
    memcpy(ret + 108, "0000000", 8);
    memcpy(ret + 116, "0000000", 8);
    put_size(ret + 124, bytes);
    memcpy(ret + 136, "00000000000", 12);
    memset(ret + 148, ' ', 8);
    ret[156] = '0';
    memcpy(ret + 257, "ustar", 6);
    memcpy(ret + 263, "00", 2);
    unsigned sum = 0;
    for (int i = 0; i < ARCHIVE_BLOCK; i++)
        sum += (unsigned char)ret[i];
    snprintf(ret + 148, 8, "%06o", sum & 0777777);
    return true;
}

/* RFC 1952: a member of its own with an extra field and nothing in it. */
void archive_trailer(const struct digest *sha256, char ret[ARCHIVE_TRAILER_BYTES]) {
    static const char head[16] = {0x1f, (char)0x8b, 8, 4, 0, 0, 0, 0, 0, 3, 36, 0, 'P', 'G', 32, 0};
    memset(ret, 0, ARCHIVE_TRAILER_BYTES);
    memcpy(ret, head, sizeof head);
    memcpy(ret + sizeof head, sha256->bytes, DIGEST_BYTES);
    ret[sizeof head + DIGEST_BYTES] = 3; /* an empty block; its CRC and length are 0 */
}

/* ---- bytes out --------------------------------------------------------------------------- */
static crm_status write_all(struct archive_writer *w, const void *bytes, size_t len,
                            struct err *err) {
    const char *at = bytes;
    w->bytes += (int64_t)len;
    while (len > 0) {
        ssize_t written = write(w->fd, at, len);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0)
            return err_set(err, CRM_IO, &store_text_backup_write, strerror(errno), NULL);
        at += written;
        len -= (size_t)written;
    }
    return CRM_OK;
}

static crm_status deflate_bytes(struct archive_writer *w, struct str bytes, int flush,
                                struct err *err) {
    w->z.next_in = (Bytef *)(uintptr_t)bytes.ptr;
    w->z.avail_in = (uInt)bytes.len;
    int code;
    do {
        w->z.next_out = w->out;
        w->z.avail_out = OUT_BYTES;
        code = deflate(&w->z, flush);
        size_t made = OUT_BYTES - w->z.avail_out;
        if (code == Z_STREAM_ERROR) return err_internal(err, "deflate");
        crypto_hash_sha256_update(&w->hash, w->out, made);
        crm_status status = write_all(w, w->out, made, err);
        if (status != CRM_OK) return status;
    } while (w->z.avail_out == 0 || (flush == Z_FINISH && code != Z_STREAM_END));
    return CRM_OK;
}

/* zlib counts in 32 bits. */
static crm_status add(struct archive_writer *w, struct str bytes, struct err *err) {
    enum { PIECE = 1 << 24 };
    crm_status status = CRM_OK;
    while (bytes.len > 0 && status == CRM_OK) {
        size_t len = bytes.len < PIECE ? bytes.len : PIECE;
        status = deflate_bytes(w, str_make(bytes.ptr, len), Z_NO_FLUSH, err);
        bytes = str_make(bytes.ptr + len, bytes.len - len);
    }
    return status;
}

/* ---- entries ----------------------------------------------------------------------------- */
crm_status archive_writer_new(int fd, struct archive_writer **ret, struct err *err) {
    struct archive_writer *w = calloc(1, sizeof *w);
    if (!w) return err_no_memory(err);
    w->fd = fd;
    crypto_hash_sha256_init(&w->hash);
    if (deflateInit2(&w->z, LEVEL, Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
        free(w);
        return err_no_memory(err);
    }
    *ret = w;
    return CRM_OK;
}

void archive_writer_free(struct archive_writer *w) {
    if (!w) return;
    deflateEnd(&w->z);
    free(w);
}

crm_status archive_begin(struct archive_writer *w, const char *name, int64_t bytes,
                         struct err *err) {
    char header[ARCHIVE_BLOCK];
    if (w->left != 0 || !archive_header(name, bytes, header))
        return err_internal(err, "entry %s out of place", name);
    w->left = bytes;
    w->padding = (ARCHIVE_BLOCK - bytes % ARCHIVE_BLOCK) % ARCHIVE_BLOCK;
    return add(w, str_make(header, sizeof header), err);
}

crm_status archive_write(struct archive_writer *w, struct str bytes, struct err *err) {
    static const char zeros[ARCHIVE_BLOCK];
    if ((int64_t)bytes.len > w->left) return err_internal(err, "an entry is longer than was said");
    w->left -= (int64_t)bytes.len;
    crm_status status = add(w, bytes, err);
    if (status != CRM_OK || w->left != 0) return status;
    size_t padding = (size_t)w->padding;
    w->padding = 0;
    return add(w, str_make(zeros, padding), err);
}

crm_status archive_finish(struct archive_writer *w, struct digest *ret_sha256, int64_t *ret_bytes,
                          struct err *err) {
    static const char zeros[2 * ARCHIVE_BLOCK];
    char trailer[ARCHIVE_TRAILER_BYTES];
    struct digest digest;
    if (w->left != 0) return err_internal(err, "an entry is shorter than was said");
    crm_status status = add(w, str_make(zeros, sizeof zeros), err);
    if (status == CRM_OK) status = deflate_bytes(w, STR_NONE, Z_FINISH, err);
    if (status != CRM_OK) return status;
    crypto_hash_sha256_final(&w->hash, digest.bytes);
    archive_trailer(&digest, trailer);
    status = write_all(w, trailer, sizeof trailer, err);
    if (status != CRM_OK) return status;
    *ret_sha256 = digest;
    *ret_bytes = w->bytes;
    return CRM_OK;
}
