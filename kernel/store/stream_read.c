/* Reading the stream: frames put together from bytes cut anywhere; see stream.h and stream_text.c.
 * Nothing that comes in is believed: order, lengths, types and digests are checked. */
#include <sodium.h>
#include <stdlib.h>

#include "store/messages.h"
#include "store/stream_text.h"

enum { FRAME_HEAD = 5, TEXT_ARENA_BYTES = 64 << 20 };

static const char magic[] = "perigee stream 1\n";
enum { MAGIC_BYTES = sizeof magic - 1 };

struct stream_reader {
    struct stream_handler handler;
    struct buf pending;      /* what is not a whole frame yet */
    bool has_begun;          /* behind the magic */
    char expected;           /* tag after which the stream is: 0, H, T, E, Z */
    struct arena head_arena; /* of the header */
    struct arena arena;      /* of the table at hand */
    struct catalog_table table;
    struct store_value *values;
    crypto_hash_sha256_state hash;
    int64_t table_rows, all_rows, tables;
};

crm_status stream_reader_new(const struct stream_handler *handler, struct stream_reader **ret,
                             struct err *err) {
    struct stream_reader *r = calloc(1, sizeof *r);
    if (!r) return err_no_memory(err);
    r->handler = *handler;
    buf_init(&r->pending, STREAM_FRAME_MAX_BYTES + FRAME_HEAD);
    arena_init(&r->head_arena, 1 << 20);
    arena_init(&r->arena, TEXT_ARENA_BYTES);
    *ret = r;
    return CRM_OK;
}

void stream_reader_free(struct stream_reader *r) {
    if (!r) return;
    buf_fini(&r->pending);
    arena_fini(&r->head_arena);
    arena_fini(&r->arena);
    free(r);
}

int64_t stream_rows(const struct stream_reader *r) { return r->all_rows; }

crm_status stream_damaged(const char *what, struct err *err) {
    crm_status status = err_set(err, CRM_INVALID, &store_text_backup_damaged, NULL);
    err_because(err, "%s", what);
    return status;
}

/* ---- rows -------------------------------------------------------------------------------- */
static bool take_varint(struct str *from, uint64_t *ret) {
    uint64_t n = 0;
    for (unsigned shift = 0; shift < 64 && from->len > 0; shift += 7) {
        uint8_t byte = (uint8_t)*from->ptr++;
        from->len--;
        if (shift == 63 && byte > 1) return false;
        n |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *ret = n;
            return true;
        }
    }
    return false;
}

static bool take_value(struct str *from, const struct catalog_column *column,
                       struct store_value *ret) {
    uint64_t n;
    if (from->len == 0) return false;
    enum store_type type = (enum store_type) * from->ptr++;
    from->len--;
    *ret = STORE_NIL;
    if (type == STORE_NULL) return !column->not_null;
    if (type != column->type || !take_varint(from, &n)) return false;
    if (type == STORE_INT) {
        *ret = store_int((int64_t)(n >> 1 ^ (n & 1 ? UINT64_MAX : 0)));
        return true;
    }
    if (n > from->len) return false;
    *ret = (struct store_value){.type = type, .bytes = str_make(from->ptr, (size_t)n)};
    from->ptr += n;
    from->len -= (size_t)n;
    return true;
}

static crm_status take_rows(struct stream_reader *r, struct str payload, struct err *err) {
    const struct catalog_table *t = &r->table;
    crypto_hash_sha256_update(&r->hash, (const unsigned char *)payload.ptr, payload.len);
    while (payload.len > 0) {
        for (size_t i = 0; i < t->column_count; i++)
            if (!take_value(&payload, &t->columns[i], &r->values[i]))
                return stream_damaged("a row is malformed", err);
        r->table_rows++;
        r->all_rows++;
        crm_status status =
            r->handler.row ? r->handler.row(r->handler.ctx, r->values, err) : CRM_OK;
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

/* ---- the other frames -------------------------------------------------------------------- */
static crm_status take_header(struct stream_reader *r, struct str payload, struct err *err) {
    struct stream_header header;
    crm_status status = stream_text_header(payload, &r->head_arena, &header, err);
    if (status == CRM_OK && r->handler.header)
        status = r->handler.header(r->handler.ctx, &header, err);
    return status;
}

static crm_status take_table(struct stream_reader *r, struct str payload, struct err *err) {
    arena_reset(&r->arena);
    crm_status status = stream_text_table(payload, &r->arena, &r->table, err);
    if (status != CRM_OK) return status;
    r->values = ARENA_ARRAY(&r->arena, r->table.column_count, struct store_value);
    if (!r->values) return err_no_memory(err);
    crypto_hash_sha256_init(&r->hash);
    crypto_hash_sha256_update(&r->hash, (const unsigned char *)payload.ptr, payload.len);
    r->table_rows = 0;
    r->tables++;
    return r->handler.table ? r->handler.table(r->handler.ctx, &r->table, err) : CRM_OK;
}

static crm_status take_table_end(struct stream_reader *r, struct str payload, struct err *err) {
    struct digest found, said;
    int64_t rows = 0;
    crypto_hash_sha256_final(&r->hash, found.bytes);
    crm_status status = stream_text_end(payload, &rows, &said, err);
    if (status != CRM_OK) return status;
    if (rows != r->table_rows || memcmp(found.bytes, said.bytes, DIGEST_BYTES) != 0)
        return stream_damaged("a table is not what its digest says", err);
    return r->handler.table_end ? r->handler.table_end(r->handler.ctx, rows, &found, err) : CRM_OK;
}

static crm_status take_end(struct stream_reader *r, struct str payload, struct err *err) {
    int64_t tables = 0, rows = 0;
    crm_status status = stream_text_total(payload, &tables, &rows, err);
    if (status == CRM_OK && (tables != r->tables || rows != r->all_rows))
        status = stream_damaged("rows are missing", err);
    return status;
}

/* Which tag may follow which. */
static bool may_follow(char last, char tag) {
    switch (tag) {
    case 'H':
        return last == 0;
    case 'T':
    case 'Z':
        return last == 'H' || last == 'E';
    case 'R':
    case 'E':
        return last == 'T';
    default:
        return false;
    }
}

static crm_status take_frame(struct stream_reader *r, char tag, struct str payload,
                             struct err *err) {
    if (!may_follow(r->expected, tag)) return stream_damaged("a frame out of place", err);
    if (tag != 'R') r->expected = tag;
    switch (tag) {
    case 'H':
        return take_header(r, payload, err);
    case 'T':
        return take_table(r, payload, err);
    case 'R':
        return take_rows(r, payload, err);
    case 'E':
        return take_table_end(r, payload, err);
    default:
        return take_end(r, payload, err);
    }
}

/* ---- bytes ------------------------------------------------------------------------------- */
static size_t length_at(const char *head) {
    size_t len = 0;
    for (int i = 0; i < 4; i++)
        len |= (size_t)(uint8_t)head[1 + i] << (8 * i);
    return len;
}

/* As many frames as are whole; *ret_used bytes of them. */
static crm_status take_frames(struct stream_reader *r, struct str bytes, size_t *ret_used,
                              struct err *err) {
    size_t used = 0;
    crm_status status = CRM_OK;
    if (!r->has_begun && bytes.len >= MAGIC_BYTES) {
        if (memcmp(bytes.ptr, magic, MAGIC_BYTES) != 0)
            return stream_damaged("this is no stream", err);
        r->has_begun = true;
        used = MAGIC_BYTES;
    }
    while (status == CRM_OK && r->has_begun && bytes.len - used >= FRAME_HEAD) {
        size_t len = length_at(bytes.ptr + used);
        if (len > STREAM_FRAME_MAX_BYTES) return stream_damaged("a frame is too long", err);
        if (bytes.len - used - FRAME_HEAD < len) break;
        status = take_frame(r, bytes.ptr[used], str_make(bytes.ptr + used + FRAME_HEAD, len), err);
        used += FRAME_HEAD + len;
    }
    *ret_used = used;
    return status;
}

crm_status stream_feed(struct stream_reader *r, struct str bytes, struct err *err) {
    size_t used = 0;
    bool direct = r->pending.len == 0;
    if (!direct) {
        buf_add_str(&r->pending, bytes);
        if (r->pending.status != CRM_OK) return err_no_memory(err);
        bytes = buf_str(&r->pending);
    }
    crm_status status = take_frames(r, bytes, &used, err);
    if (status != CRM_OK) return status;
    if (direct) {
        buf_add(&r->pending, bytes.ptr + used, bytes.len - used);
        return r->pending.status == CRM_OK ? CRM_OK : err_no_memory(err);
    }
    memmove(r->pending.ptr, r->pending.ptr + used, r->pending.len - used);
    r->pending.len -= used;
    r->pending.ptr[r->pending.len] = '\0';
    return CRM_OK;
}

crm_status stream_end(struct stream_reader *r, struct err *err) {
    if (r->expected == 'Z' && r->pending.len == 0) return CRM_OK;
    return stream_damaged("the stream is cut off", err);
}
