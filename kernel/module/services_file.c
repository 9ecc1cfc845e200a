/* crm.file: blobs of the store, and sys_state rows under the module's name. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "module/bridge.h"
#include "module/kernel.h"
#include "module/messages.h"
#include "module/services.h"
#include "store/blob.h"
#include "store/sys_tables.h"

enum { STATE_MAX_BYTES = 1024 * 1024, READ_AT_ONCE = 1 << 30 };

struct crm_file_reader {
    int fd;
};

static crm_status store_at(struct crm_host *host, struct store **ret, struct err *err) {
    struct engine *engine = kernel_engine(host->kernel);
    if (!engine) return err_set(err, CRM_UNAVAILABLE, &module_not_open, NULL);
    *ret = engine_store(engine);
    return CRM_OK;
}

static crm_status file_svc_create(struct crm_host *host, struct crm_file_writer **ret,
                                  struct crm_error *err) {
    struct store *store = NULL;
    crm_status status = store_at(host, &store, err_in(err));
    return status == CRM_OK ? blob_create(store, (struct blob_writer **)ret, err_in(err)) : status;
}

static crm_status file_svc_write(struct crm_file_writer *w, struct crm_str bytes,
                                 struct crm_error *err) {
    return blob_write((struct blob_writer *)w, str_in(bytes), err_in(err));
}

static crm_status file_svc_finish(struct crm_file_writer *w, uint8_t ret_sha256[32],
                                  int64_t *ret_bytes, struct crm_error *err) {
    struct digest digest;
    int64_t bytes = 0;
    crm_status status = blob_finish((struct blob_writer *)w, &digest, &bytes, err_in(err));
    if (status != CRM_OK) return status;
    memcpy(ret_sha256, digest.bytes, sizeof digest.bytes);
    if (ret_bytes) *ret_bytes = bytes;
    return CRM_OK;
}

static void file_svc_abandon(struct crm_file_writer *w) { blob_abandon((struct blob_writer *)w); }

static crm_status file_svc_open(struct crm_host *host, const uint8_t sha256[32],
                                struct crm_file_reader **ret, int64_t *ret_bytes,
                                struct crm_error *error) {
    struct err *err = err_in(error);
    struct store *store = NULL;
    struct digest digest;
    int64_t bytes = 0;
    memcpy(digest.bytes, sha256, sizeof digest.bytes);
    crm_status status = store_at(host, &store, err);
    struct crm_file_reader *reader = status == CRM_OK ? malloc(sizeof *reader) : NULL;
    if (status == CRM_OK && !reader) status = err_no_memory(err);
    if (status == CRM_OK) status = blob_open(store, &digest, &reader->fd, &bytes, err);
    if (status != CRM_OK) {
        free(reader);
        return status;
    }
    if (ret_bytes) *ret_bytes = bytes;
    *ret = reader;
    return CRM_OK;
}

static crm_status file_svc_read(struct crm_file_reader *r, int64_t offset, void *ret, size_t max,
                                size_t *ret_len, struct crm_error *err) {
    ssize_t len;
    do {
        len = pread(r->fd, ret, max < READ_AT_ONCE ? max : READ_AT_ONCE, offset);
    } while (len < 0 && errno == EINTR);
    if (len < 0) {
        err_set(err_in(err), CRM_IO, &module_file_missing, NULL);
        err_because(err_in(err), "pread: %s", strerror(errno));
        return CRM_IO;
    }
    *ret_len = (size_t)len;
    return CRM_OK;
}

static void file_svc_close(struct crm_file_reader *r) {
    if (!r) return;
    close(r->fd);
    free(r);
}

/* ---- facts by key ------------------------------------------------------------------------- */

struct state_row {
    struct str owner, key, value;
    int64_t expires_ms;
    struct arena *arena; /* reading */
    bool failed;
};

static bool read_state(void *ctx, const struct store_value *row) {
    struct state_row *s = ctx;
    bool over = row[SYS_STATE_EXPIRES_AT].type == STORE_INT &&
                row[SYS_STATE_EXPIRES_AT].integer <= clock_now_ms();
    if (over || row[SYS_STATE_VALUE].type != STORE_TEXT) return false;
    s->value = arena_str(s->arena, row[SYS_STATE_VALUE].bytes);
    s->failed = !s->value.ptr;
    return false;
}

static crm_status read_in(struct store_conn *reader, struct state_row *s, struct err *err) {
    const struct store_condition where[] = {{SYS_STATE_OWNER, STORE_EQ, store_text(s->owner)},
                                            {SYS_STATE_KEY, STORE_EQ, store_text(s->key)}};
    const struct store_select select = {
        .table = sys_table(SYS_TABLE_STATE), .where = where, .where_count = 2, .limit = 1};
    crm_status status = store_begin(reader, err);
    if (status != CRM_OK) return status;
    status = store_each(reader, &select, read_state, s, err);
    store_rollback(reader);
    return s->failed ? err_no_memory(err) : status;
}

static crm_status file_svc_state_get(struct crm_host *host, struct crm_str key, struct crm_arena *a,
                                     struct crm_str *ret, struct crm_error *error) {
    struct err *err = err_in(error);
    struct store *store = NULL;
    struct store_conn *reader = NULL;
    struct state_row s = {
        .owner = str_from(host->module->name), .key = str_in(key), .arena = arena_in(a)};
    crm_status status = store_at(host, &store, err);
    if (status == CRM_OK) status = engine_reader_open(kernel_engine(host->kernel), &reader, err);
    if (status != CRM_OK) return status;
    status = read_in(reader, &s, err);
    store_conn_close(reader);
    if (status == CRM_OK) *ret = str_out(s.value);
    return status;
}

static crm_status delete_row(void *ctx, struct store_conn *writer, struct err *err) {
    const struct state_row *s = ctx;
    const struct store_condition where[] = {{SYS_STATE_OWNER, STORE_EQ, store_text(s->owner)},
                                            {SYS_STATE_KEY, STORE_EQ, store_text(s->key)}};
    return store_delete(writer, sys_table(SYS_TABLE_STATE), where, 2, NULL, err);
}

static crm_status put_row(void *ctx, struct store_conn *writer, struct err *err) {
    const struct state_row *s = ctx;
    crm_status status = delete_row(ctx, writer, err);
    if (status != CRM_OK) return status;
    const struct store_value row[SYS_STATE_COUNT] = {
        [SYS_STATE_OWNER] = store_text(s->owner),
        [SYS_STATE_KEY] = store_text(s->key),
        [SYS_STATE_VALUE] = store_text(s->value),
        [SYS_STATE_EXPIRES_AT] = s->expires_ms ? store_int(s->expires_ms) : STORE_NIL};
    return store_insert(writer, sys_table(SYS_TABLE_STATE), row, err);
}

static crm_status file_svc_state_put(struct crm_host *host, struct crm_str key,
                                     struct crm_str value, int64_t expires_at_ms,
                                     struct crm_error *error) {
    struct err *err = err_in(error);
    struct store *store = NULL;
    char found[24], limit[24];
    snprintf(found, sizeof found, "%zu", value.len);
    snprintf(limit, sizeof limit, "%d", STATE_MAX_BYTES);
    if (value.len > STATE_MAX_BYTES)
        return err_set(err, CRM_TOO_LARGE, &module_state_large, found, limit, NULL);
    struct state_row s = {.owner = str_from(host->module->name),
                          .key = str_in(key),
                          .value = str_in(value),
                          .expires_ms = expires_at_ms};
    crm_status status = store_at(host, &store, err);
    return status == CRM_OK ? engine_write(kernel_engine(host->kernel), put_row, &s, err) : status;
}

static crm_status file_svc_state_delete(struct crm_host *host, struct crm_str key,
                                        struct crm_error *err) {
    struct store *store = NULL;
    struct state_row s = {.owner = str_from(host->module->name), .key = str_in(key)};
    crm_status status = store_at(host, &store, err_in(err));
    return status == CRM_OK ? engine_write(kernel_engine(host->kernel), delete_row, &s, err_in(err))
                            : status;
}

#define FILE_MEMBER(result, name, parameters) .name = file_svc_##name,
const struct crm_file services_file = {
    .size = sizeof services_file, .version = CRM_FILE_VERSION, CRM_FILE_TABLE(FILE_MEMBER)};
