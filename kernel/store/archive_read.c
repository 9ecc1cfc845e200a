/* Reading the file of a backup; see archive.h. */
#include "store/archive.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "store/messages.h"

enum { IN_BYTES = 256 * 1024, GZIP_WINDOW = 15 + 16 };

struct archive_reader {
    int fd;
    z_stream z;
    crypto_hash_sha256_state hash; /* over the first member */
    bool has_ended;                /* zlib saw its end */
    int64_t left, padding;
    unsigned char in[IN_BYTES];
};

crm_status archive_reader_new(int fd, struct archive_reader **ret, struct err *err) {
    struct archive_reader *r = calloc(1, sizeof *r);
    if (!r) return err_no_memory(err);
    r->fd = fd;
    crypto_hash_sha256_init(&r->hash);
    if (inflateInit2(&r->z, GZIP_WINDOW) != Z_OK) {
        free(r);
        return err_no_memory(err);
    }
    crm_status status = CRM_OK;
    if (lseek(fd, 0, SEEK_SET) != 0)
        status = err_set(err, CRM_IO, &store_text_backup_read, strerror(errno), NULL);
    if (status != CRM_OK) {
        archive_reader_free(r);
        return status;
    }
    *ret = r;
    return CRM_OK;
}

void archive_reader_free(struct archive_reader *r) {
    if (!r) return;
    inflateEnd(&r->z);
    free(r);
}

/* ---- bytes in ---------------------------------------------------------------------------- */
static crm_status read_some(struct archive_reader *r, void *to, size_t capacity, size_t *ret_len,
                            struct err *err) {
    ssize_t len;
    do
        len = read(r->fd, to, capacity);
    while (len < 0 && errno == EINTR);
    if (len < 0) return err_set(err, CRM_IO, &store_text_backup_read, strerror(errno), NULL);
    *ret_len = (size_t)len;
    return CRM_OK;
}

static crm_status fill(struct archive_reader *r, struct err *err) {
    size_t len = 0;
    if (r->z.avail_in > 0) return CRM_OK;
    crm_status status = read_some(r, r->in, IN_BYTES, &len, err);
    if (status != CRM_OK) return status;
    if (len == 0) return archive_damaged("it is cut off", err);
    r->z.next_in = r->in;
    r->z.avail_in = (uInt)len;
    return CRM_OK;
}

/* Exactly `len` bytes of the tar, or an error. */
static crm_status inflate_bytes(struct archive_reader *r, void *to, size_t len, struct err *err) {
    r->z.next_out = to;
    r->z.avail_out = (uInt)len;
    while (r->z.avail_out > 0) {
        if (r->has_ended) return archive_damaged("the tar is cut off", err);
        crm_status status = fill(r, err);
        if (status != CRM_OK) return status;
        const unsigned char *from = r->z.next_in;
        int code = inflate(&r->z, Z_NO_FLUSH);
        crypto_hash_sha256_update(&r->hash, from, (size_t)(r->z.next_in - from));
        if (code == Z_MEM_ERROR) return err_no_memory(err);
        if (code != Z_OK && code != Z_STREAM_END)
            return r->z.total_out == 0 && r->z.total_in < 64
                       ? err_set(err, CRM_INVALID, &store_text_backup_foreign, NULL)
                       : archive_damaged(r->z.msg ? r->z.msg : "inflate", err);
        r->has_ended = code == Z_STREAM_END;
    }
    return CRM_OK;
}

/* ---- the end ----------------------------------------------------------------------------- */
/* Behind the tar: the end of the first member, the second as it must be, nothing more. */
static crm_status read_trailer(struct archive_reader *r, struct err *err) {
    char beyond, found[ARCHIVE_TRAILER_BYTES + 1], wanted[ARCHIVE_TRAILER_BYTES];
    struct digest digest;
    while (!r->has_ended) { /* zlib has still to see the checksum */
        crm_status status = fill(r, err);
        if (status != CRM_OK) return status;
        const unsigned char *from = r->z.next_in;
        r->z.next_out = (Bytef *)&beyond;
        r->z.avail_out = 1;
        int code = inflate(&r->z, Z_NO_FLUSH);
        crypto_hash_sha256_update(&r->hash, from, (size_t)(r->z.next_in - from));
        if ((code != Z_OK && code != Z_STREAM_END) || r->z.avail_out == 0)
            return archive_damaged("the end of the tar", err);
        r->has_ended = code == Z_STREAM_END;
    }
    size_t len = r->z.avail_in < sizeof found ? r->z.avail_in : sizeof found;
    memcpy(found, r->z.next_in, len);
    for (size_t more = 1; len < sizeof found && more > 0; len += more) {
        crm_status status = read_some(r, found + len, sizeof found - len, &more, err);
        if (status != CRM_OK) return status;
    }
    crypto_hash_sha256_final(&r->hash, digest.bytes);
    archive_trailer(&digest, wanted);
    if (len != sizeof wanted || memcmp(found, wanted, sizeof wanted) != 0)
        return archive_damaged("the digest over the file", err);
    return CRM_OK;
}

/* ---- entries ----------------------------------------------------------------------------- */
static bool is_zero(const char *block) {
    for (int i = 0; i < ARCHIVE_BLOCK; i++)
        if (block[i]) return false;
    return true;
}

static bool parse_size(const char *from, int64_t *ret) {
    uint64_t n = 0;
    bool binary = (unsigned char)from[0] == 0x80;
    for (int i = binary ? 1 : 0; i < (binary ? 12 : 11); i++) {
        if (n >> 55) return false;
        if (!binary && (from[i] < '0' || from[i] > '7')) return false;
        n = binary ? n << 8 | (uint8_t)from[i] : n << 3 | (uint64_t)(from[i] - '0');
    }
    *ret = (int64_t)n;
    return true;
}

static crm_status skip(struct archive_reader *r, struct err *err) {
    char bytes[4096];
    size_t len = 1;
    crm_status status = CRM_OK;
    while (status == CRM_OK && len > 0)
        status = archive_read(r, bytes, sizeof bytes, &len, err);
    return status;
}

crm_status archive_next(struct archive_reader *r, char ret_name[ARCHIVE_NAME_BYTES],
                        int64_t *ret_bytes, bool *ret_found, struct err *err) {
    char block[ARCHIVE_BLOCK], wanted[ARCHIVE_BLOCK];
    crm_status status = skip(r, err);
    if (status == CRM_OK) status = inflate_bytes(r, block, sizeof block, err);
    if (status != CRM_OK) return status;
    if (is_zero(block)) {
        status = inflate_bytes(r, block, sizeof block, err);
        if (status == CRM_OK && !is_zero(block)) status = archive_damaged("the end", err);
        *ret_found = false;
        return status == CRM_OK ? read_trailer(r, err) : status;
    }
    int64_t bytes = 0;
    block[ARCHIVE_NAME_BYTES - 1] = '\0';
    /* The only header there can be for this name and size. */
    if (!parse_size(block + 124, &bytes) || !archive_header(block, bytes, wanted) ||
        memcmp(block, wanted, sizeof block) != 0)
        return archive_damaged("the header of an entry", err);
    memcpy(ret_name, block, ARCHIVE_NAME_BYTES);
    r->left = bytes;
    r->padding = (ARCHIVE_BLOCK - bytes % ARCHIVE_BLOCK) % ARCHIVE_BLOCK;
    *ret_bytes = bytes;
    *ret_found = true;
    return CRM_OK;
}

crm_status archive_read(struct archive_reader *r, void *to, size_t capacity, size_t *ret_len,
                        struct err *err) {
    char padding[ARCHIVE_BLOCK];
    size_t len = (int64_t)capacity < r->left ? capacity : (size_t)r->left;
    crm_status status = len ? inflate_bytes(r, to, len, err) : CRM_OK;
    if (status != CRM_OK) return status;
    r->left -= (int64_t)len;
    if (r->left == 0 && r->padding > 0) {
        size_t rest = (size_t)r->padding;
        r->padding = 0;
        status = inflate_bytes(r, padding, rest, err);
        for (size_t i = 0; i < rest && status == CRM_OK; i++)
            if (padding[i]) status = archive_damaged("the padding of an entry", err);
    }
    if (status == CRM_OK) *ret_len = len;
    return status;
}
