/* A backup: one file with a snapshot of the database, its blobs and a manifest. See archive.h for
 * the file, stream.h for what is in it.
 *
 *   data/000001 ...   the stream, in pieces of BACKUP_PIECE_BYTES
 *   blobs/<sha256>    contents of files; there may be more of them than the snapshot names, never
 *                     fewer: they are immutable, and none is collected meanwhile
 *   manifest.json     what wrote it and when, the position of the log, each table with its rows and
 *                     digest, each blob with its size
 *
 * Descriptors are borrowed. Threads: the connection's. */
#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H

#include "store/dump.h"

enum { BACKUP_PIECE_BYTES = 4 << 20 };

struct backup_facts {
    int64_t rows, seq;
    int64_t at_ms;        /* when it was taken; 0 where it is not asked for */
    int64_t blobs, bytes; /* of the file */
    struct digest sha256; /* of the file, but for its last 58 bytes, which hold it */
};

/* `snapshot`: a reader in a transaction (store_dump_open). Nothing is flushed to the disk. */
crm_status backup_write(struct store_conn *snapshot, int fd, const struct store_progress *progress,
                        struct backup_facts *ret, struct err *err);
/* Reads all of it; whatever is not as it was written is CRM_INVALID in words. */
crm_status backup_verify(int fd, const struct store_progress *progress, struct backup_facts *ret,
                         struct err *err);
/* Into the empty database of `writer` (store_load_begin) and the blobs of its data directory; what
 * remains to be done is told by store_load_end. */
crm_status backup_load(int fd, struct store_conn *writer, const struct store_progress *progress,
                       struct backup_facts *ret, struct err *err);
/* The same without a file, from one database to another. */
crm_status backup_copy(struct store_conn *snapshot, struct store_conn *writer,
                       const struct store_progress *progress, struct backup_facts *ret,
                       struct err *err);

#endif
