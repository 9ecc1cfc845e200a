/* Writing the stream; see stream.h. Rows gather in a frame until it is worth handing on. */
#include <sodium.h>
#include <stdlib.h>

#include "base/json.h"
#include "store/stream.h"

enum { ROWS_FRAME_BYTES = 256 * 1024, DESCRIPTION_MAX_BYTES = 16 << 20, FRAME_HEAD = 5 };

struct stream_writer {
    struct stream_sink sink;
    struct buf rows, text;
    crypto_hash_sha256_state hash;
    size_t column_count;
    int64_t table_rows, all_rows, tables;
};

crm_status stream_writer_new(struct stream_sink sink, struct stream_writer **ret, struct err *err) {
    struct stream_writer *w = calloc(1, sizeof *w);
    if (!w) return err_no_memory(err);
    w->sink = sink;
    buf_init(&w->rows, STREAM_FRAME_MAX_BYTES);
    buf_init(&w->text, DESCRIPTION_MAX_BYTES);
    *ret = w;
    return CRM_OK;
}

void stream_writer_free(struct stream_writer *w) {
    if (!w) return;
    buf_fini(&w->rows);
    buf_fini(&w->text);
    free(w);
}

static crm_status frame(struct stream_writer *w, char tag, struct str payload, struct err *err) {
    char head[FRAME_HEAD] = {tag};
    for (int i = 0; i < 4; i++)
        head[1 + i] = (char)(payload.len >> (8 * i) & 0xff);
    crm_status status = w->sink.write(w->sink.ctx, str_make(head, sizeof head), err);
    return status == CRM_OK && payload.len ? w->sink.write(w->sink.ctx, payload, err) : status;
}

static crm_status text_frame(struct stream_writer *w, char tag, struct err *err) {
    return w->text.status == CRM_OK ? frame(w, tag, buf_str(&w->text), err) : err_no_memory(err);
}

static struct json_writer begin_text(struct stream_writer *w) {
    struct json_writer json;
    buf_clear(&w->text);
    json_writer_init(&json, &w->text);
    json_object_open(&json);
    return json;
}

static void put_number(struct json_writer *json, const char *key, int64_t n) {
    json_key_lit(json, key);
    json_int64(json, n);
}
static void put_word(struct json_writer *json, const char *key, struct str s) {
    json_key_lit(json, key);
    json_text(json, s);
}
static void put_flag(struct json_writer *json, const char *key, bool b) {
    json_key_lit(json, key);
    json_bool(json, b);
}

crm_status stream_write_header(struct stream_writer *w, const struct stream_header *h,
                               struct err *err) {
    static const char magic[] = "perigee stream 1\n";
    struct json_writer json = begin_text(w);
    put_number(&json, "format", STREAM_FORMAT);
    put_word(&json, "program", h->program);
    put_number(&json, "sys_version", h->sys_version);
    put_number(&json, "fold_version", h->fold_version);
    put_word(&json, "engine", h->engine);
    put_number(&json, "seq", h->seq);
    put_word(&json, "head", h->head);
    put_number(&json, "at", h->at_ms);
    json_object_shut(&json);
    crm_status status = w->sink.write(w->sink.ctx, str_make(magic, sizeof magic - 1), err);
    return status == CRM_OK ? text_frame(w, 'H', err) : status;
}

/* ---- tables ------------------------------------------------------------------------------ */
static void put_names(struct json_writer *json, const char *key, const struct str *names,
                      size_t count) {
    json_key_lit(json, key);
    json_array_open(json);
    for (size_t i = 0; i < count; i++)
        json_text(json, names[i]);
    json_array_shut(json);
}

static void put_columns(struct json_writer *json, const struct catalog_table *t) {
    static const char *const types[] = {
        [STORE_INT] = "int", [STORE_TEXT] = "text", [STORE_BLOB] = "bytes"};
    json_key_lit(json, "columns");
    json_array_open(json);
    for (size_t i = 0; i < t->column_count; i++) {
        json_array_open(json);
        json_text(json, t->columns[i].name);
        json_cstr(json, types[t->columns[i].type]);
        json_bool(json, t->columns[i].not_null);
        json_array_shut(json);
    }
    json_array_shut(json);
}

static void put_indexes(struct json_writer *json, const struct catalog_table *t) {
    json_key_lit(json, "indexes");
    json_array_open(json);
    for (size_t i = 0; i < t->index_count; i++) {
        const struct catalog_index *index = &t->indexes[i];
        json_object_open(json);
        put_word(json, "name", index->name);
        put_names(json, "columns", index->columns, index->column_count);
        put_flag(json, "unique", index->unique);
        if (index->while_nil.len) put_word(json, "while_nil", index->while_nil);
        if (index->while_filled.len) put_word(json, "while_filled", index->while_filled);
        json_object_shut(json);
    }
    json_array_shut(json);
}

crm_status stream_write_table(struct stream_writer *w, const struct catalog_table *t,
                              struct err *err) {
    struct json_writer json = begin_text(w);
    put_word(&json, "kind", str_from(catalog_kind_word(t->kind)));
    put_word(&json, "name", t->name);
    put_columns(&json, t);
    put_names(&json, "key", t->key, t->key_count);
    put_indexes(&json, t);
    put_flag(&json, "search", t->search);
    put_flag(&json, "trigram", t->trigram);
    json_object_shut(&json);
    w->column_count = t->column_count;
    w->table_rows = 0;
    w->tables++;
    crypto_hash_sha256_init(&w->hash);
    crypto_hash_sha256_update(&w->hash, (const unsigned char *)w->text.ptr, w->text.len);
    return text_frame(w, 'T', err);
}

static crm_status hand_on_rows(struct stream_writer *w, struct err *err) {
    if (w->rows.status != CRM_OK) return err_no_memory(err);
    if (w->rows.len == 0) return CRM_OK;
    crypto_hash_sha256_update(&w->hash, (const unsigned char *)w->rows.ptr, w->rows.len);
    crm_status status = frame(w, 'R', buf_str(&w->rows), err);
    buf_clear(&w->rows);
    return status;
}

static void put_varint(struct buf *out, uint64_t n) {
    char bytes[10];
    size_t len = 0;
    for (; n >= 0x80; n >>= 7)
        bytes[len++] = (char)(n | 0x80);
    bytes[len++] = (char)n;
    buf_add(out, bytes, len);
}

crm_status stream_write_row(struct stream_writer *w, const struct store_value *row,
                            struct err *err) {
    for (size_t i = 0; i < w->column_count; i++) {
        buf_add_char(&w->rows, (char)row[i].type);
        if (row[i].type == STORE_INT) {
            uint64_t n = (uint64_t)row[i].integer;
            put_varint(&w->rows, n << 1 ^ (row[i].integer < 0 ? UINT64_MAX : 0));
        } else if (row[i].type != STORE_NULL) {
            put_varint(&w->rows, row[i].bytes.len);
            buf_add_str(&w->rows, row[i].bytes);
        }
    }
    w->table_rows++;
    w->all_rows++;
    return w->rows.len >= ROWS_FRAME_BYTES ? hand_on_rows(w, err) : CRM_OK;
}

crm_status stream_write_table_end(struct stream_writer *w, struct err *err) {
    crm_status status = hand_on_rows(w, err);
    if (status != CRM_OK) return status;
    struct digest digest;
    struct buf hex BUF_CLEANUP;
    buf_init(&hex, 2 * DIGEST_BYTES + 1);
    crypto_hash_sha256_final(&w->hash, digest.bytes);
    hex_format(digest.bytes, DIGEST_BYTES, &hex);
    struct json_writer json = begin_text(w);
    put_number(&json, "rows", w->table_rows);
    put_word(&json, "sha256", buf_str(&hex));
    json_object_shut(&json);
    return text_frame(w, 'E', err);
}

crm_status stream_write_end(struct stream_writer *w, struct err *err) {
    struct json_writer json = begin_text(w);
    put_number(&json, "tables", w->tables);
    put_number(&json, "rows", w->all_rows);
    json_object_shut(&json);
    return text_frame(w, 'Z', err);
}
