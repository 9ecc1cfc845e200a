/* See backup_manifest.h. */
#include "store/backup_manifest.h"

#include "base/time.h"

static void put_number(struct json_writer *json, const char *key, int64_t n) {
    json_key_lit(json, key);
    json_int64(json, n);
}
static void put_word(struct json_writer *json, const char *key, struct str s) {
    json_key_lit(json, key);
    json_text(json, s);
}

static crm_status on_header(void *ctx, const struct stream_header *h, struct err *err) {
    struct manifest *m = ctx;
    (void)err;
    m->seq = h->seq;
    json_object_open(&m->json);
    put_number(&m->json, "format", STREAM_FORMAT);
    put_word(&m->json, "program", h->program);
    put_word(&m->json, "engine", h->engine);
    put_number(&m->json, "sys_version", h->sys_version);
    json_key_lit(&m->json, "at");
    json_time(&m->json, h->at_ms);
    m->at_ms = h->at_ms;
    put_number(&m->json, "seq", h->seq);
    put_word(&m->json, "head", h->head);
    json_key_lit(&m->json, "tables");
    json_array_open(&m->json);
    return CRM_OK;
}

static crm_status on_table(void *ctx, const struct catalog_table *t, struct err *err) {
    struct manifest *m = ctx;
    buf_clear(&m->table);
    buf_add_str(&m->table, t->name);
    return m->table.status == CRM_OK ? CRM_OK : err_no_memory(err);
}

static crm_status on_table_end(void *ctx, int64_t rows, const struct digest *sha256,
                               struct err *err) {
    struct manifest *m = ctx;
    struct buf hex BUF_CLEANUP;
    buf_init(&hex, 2 * DIGEST_BYTES + 1);
    hex_format(sha256->bytes, DIGEST_BYTES, &hex);
    json_object_open(&m->json);
    put_word(&m->json, "name", buf_str(&m->table));
    put_number(&m->json, "rows", rows);
    put_word(&m->json, "sha256", buf_str(&hex));
    json_object_shut(&m->json);
    m->tables++;
    return m->text.status == CRM_OK ? CRM_OK : err_no_memory(err);
}

crm_status manifest_init(struct manifest *m, struct err *err) {
    const struct stream_handler handler = {
        .header = on_header, .table = on_table, .table_end = on_table_end, .ctx = m};
    *m = (struct manifest){0};
    buf_init(&m->text, MANIFEST_MAX_BYTES);
    buf_init(&m->table, 1024);
    json_writer_init(&m->json, &m->text);
    return stream_reader_new(&handler, &m->reader, err);
}

void manifest_fini(struct manifest *m) {
    stream_reader_free(m->reader);
    buf_fini(&m->text);
    buf_fini(&m->table);
}

crm_status manifest_feed(struct manifest *m, struct str bytes, struct err *err) {
    return stream_feed(m->reader, bytes, err);
}

crm_status manifest_stream_end(struct manifest *m, struct err *err) {
    crm_status status = stream_end(m->reader, err);
    if (status != CRM_OK) return status;
    m->rows = stream_rows(m->reader);
    json_array_shut(&m->json);
    put_number(&m->json, "rows", m->rows);
    json_key_lit(&m->json, "blobs");
    json_array_open(&m->json);
    return CRM_OK;
}

void manifest_blob(struct manifest *m, const char *hex, int64_t bytes) {
    json_object_open(&m->json);
    put_word(&m->json, "sha256", str_from(hex));
    put_number(&m->json, "bytes", bytes);
    json_object_shut(&m->json);
    m->blobs++;
}

crm_status manifest_finish(struct manifest *m, struct str *ret, struct err *err) {
    json_array_shut(&m->json);
    json_object_shut(&m->json);
    buf_add_char(&m->text, '\n');
    if (m->text.status != CRM_OK) return err_no_memory(err);
    *ret = buf_str(&m->text);
    return CRM_OK;
}
