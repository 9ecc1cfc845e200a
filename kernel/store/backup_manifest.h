/* The manifest of a backup, made while the stream passes by. Writing and verifying make it the same
 * way, so that the one in the file is compared as bytes. Private to store/. Threads: one. */
#ifndef STORE_BACKUP_MANIFEST_H
#define STORE_BACKUP_MANIFEST_H

#include "base/json.h"
#include "store/stream.h"

enum { MANIFEST_MAX_BYTES = 256 << 20 };

struct manifest {
    struct buf text;
    struct json_writer json;
    struct stream_reader *reader;
    struct buf table; /* name of the one at hand */
    int64_t rows, seq, at_ms, tables, blobs;
};

crm_status manifest_init(struct manifest *m, struct err *err);
void manifest_fini(struct manifest *m);
/* Bytes of the stream, and its end. */
crm_status manifest_feed(struct manifest *m, struct str bytes, struct err *err);
crm_status manifest_stream_end(struct manifest *m, struct err *err);
void manifest_blob(struct manifest *m, const char *hex, int64_t bytes);
/* The whole text; borrowed. */
crm_status manifest_finish(struct manifest *m, struct str *ret, struct err *err);

#endif
