/* The file of a backup: a tar in gzip, that `tar` and `gunzip` read, with a digest over every byte.
 *
 *   file    = gzip member with the tar; gzip member that is empty and has in its extra field "PG"
 *             the SHA-256 of all bytes before it
 *   entries = ustar headers, plain files, mode 0600, time 0; sizes of 8 GiB and more in base 256
 *
 * zlib checks the tar's CRC, the digest everything else: what was changed, cut off or added is
 * found. One pass in either direction; memory does not grow with the file. The descriptor is
 * borrowed. Threads: one. */
#ifndef STORE_ARCHIVE_H
#define STORE_ARCHIVE_H

#include "base/digest.h"
#include "base/err.h"
#include "store/messages.h"

enum { ARCHIVE_NAME_BYTES = 100 };

struct archive_writer;
crm_status archive_writer_new(int fd, struct archive_writer **ret, struct err *err);
void archive_writer_free(struct archive_writer *w);
/* An entry of exactly so many bytes follows. */
crm_status archive_begin(struct archive_writer *w, const char *name, int64_t bytes,
                         struct err *err);
crm_status archive_write(struct archive_writer *w, struct str bytes, struct err *err);
/* The end; nothing is flushed to the disk. The digest is that of the first member. */
crm_status archive_finish(struct archive_writer *w, struct digest *ret_sha256, int64_t *ret_bytes,
                          struct err *err);

struct archive_reader;
/* Reads from the descriptor's beginning. */
crm_status archive_reader_new(int fd, struct archive_reader **ret, struct err *err);
void archive_reader_free(struct archive_reader *r);
/* The next entry; what is left of the last one is passed over. *ret_found false: the end, and all
 * bytes of the file were as they were written. */
crm_status archive_next(struct archive_reader *r, char ret_name[ARCHIVE_NAME_BYTES],
                        int64_t *ret_bytes, bool *ret_found, struct err *err);
/* Up to `capacity` bytes of the entry; 0 at its end. */
crm_status archive_read(struct archive_reader *r, void *to, size_t capacity, size_t *ret_len,
                        struct err *err);

/* ---- shared by both directions ----------------------------------------------------------- */
enum { ARCHIVE_BLOCK = 512, ARCHIVE_TRAILER_BYTES = 58 };
/* False: the name is too long. */
bool archive_header(const char *name, int64_t bytes, char ret[ARCHIVE_BLOCK]);
void archive_trailer(const struct digest *sha256, char ret[ARCHIVE_TRAILER_BYTES]);
static inline crm_status archive_damaged(const char *what, struct err *err) {
    crm_status status = err_set(err, CRM_INVALID, &store_text_backup_damaged, NULL);
    err_because(err, "%s", what);
    return status;
}

#endif
