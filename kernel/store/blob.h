/* Blobs: immutable files named by SHA-256 under DIR/blobs/ab/cdef..., written and fsynced before
 * the row that names them, collected when unreferenced for 24 hours. Threads: any. */
#ifndef STORE_BLOB_H
#define STORE_BLOB_H

#include "base/digest.h"
#include "base/err.h"

struct store;
struct blob_writer;

crm_status blob_create(struct store *s, struct blob_writer **ret, struct err *err);
crm_status blob_write(struct blob_writer *w, struct str bytes, struct err *err);
/* Durable on return; w is gone either way. */
crm_status blob_finish(struct blob_writer *w, struct digest *ret_sha256, int64_t *ret_bytes,
                       struct err *err);
void blob_abandon(struct blob_writer *w);
/* Read-only descriptor, owned by the caller; CRM_NOT_FOUND when missing. */
crm_status blob_open(struct store *s, const struct digest *sha256, int *ret_fd, int64_t *ret_bytes,
                     struct err *err);
/* Every blob there is, one after the other; the descriptor is open during the call. */
/* "not what was stored", with the place. */
crm_status blob_damaged(const struct store *s, const char *hex, struct err *err);

typedef crm_status (*blob_fn)(void *ctx, const char *hex, int fd, int64_t bytes, struct err *err);
crm_status blob_each(struct store *s, blob_fn fn, void *ctx, struct err *err);
/* Deletes blobs older than `older_ms` that `is_used` denies. */
crm_status blob_collect(struct store *s, int64_t older_ms,
                        bool (*is_used)(void *ctx, const struct digest *d), void *ctx,
                        struct err *err);

#endif
