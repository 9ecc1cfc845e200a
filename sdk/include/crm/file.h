/* crm.file: bytes kept under their SHA-256 (immutable, durable when `finish` returns; collected a
 * day later unless a `file` record or a kept state names them), and small facts kept under a key.
 *
 * Threads: a writer or reader belongs to one thread; the rest any. */
#ifndef CRM_FILE_H
#define CRM_FILE_H

#include <crm/base.h>

#define CRM_FILE_SERVICE "crm.file"
#define CRM_FILE_VERSION 1

struct crm_file_writer;
struct crm_file_reader;

#define CRM_FILE_TABLE(X)                                                                          \
    X(crm_status, create,                                                                          \
      (struct crm_host * host, struct crm_file_writer * *ret, struct crm_error * err))             \
    X(crm_status, write,                                                                           \
      (struct crm_file_writer * w, struct crm_str bytes, struct crm_error * err))                  \
    /* The writer is gone either way. */                                                           \
    X(crm_status, finish,                                                                          \
      (struct crm_file_writer * w, uint8_t ret_sha256[32], int64_t * ret_bytes,                    \
       struct crm_error * err))                                                                    \
    X(void, abandon, (struct crm_file_writer * w))                                                 \
    X(crm_status, open,                                                                            \
      (struct crm_host * host, const uint8_t sha256[32], struct crm_file_reader **ret,             \
       int64_t *ret_bytes, struct crm_error *err))                                                 \
    X(crm_status, read,                                                                            \
      (struct crm_file_reader * r, int64_t offset, void *ret, size_t max, size_t *ret_len,         \
       struct crm_error *err)) /* 0 bytes = the end */                                             \
    X(void, close, (struct crm_file_reader * r))                                                   \
    /* ---- facts by key, the module's own; values up to 1 MB ---- */                              \
    /* *ret empty when there is none. */                                                           \
    X(crm_status, state_get,                                                                       \
      (struct crm_host * host, struct crm_str key, struct crm_arena * a, struct crm_str * ret,     \
       struct crm_error * err))                                                                    \
    /* Durable on return; expires_at_ms 0 = never. */                                              \
    X(crm_status, state_put,                                                                       \
      (struct crm_host * host, struct crm_str key, struct crm_str value, int64_t expires_at_ms,    \
       struct crm_error * err))                                                                    \
    X(crm_status, state_delete,                                                                    \
      (struct crm_host * host, struct crm_str key, struct crm_error * err))

CRM_TABLE(crm_file, CRM_FILE_TABLE)

#endif
