/* Gathering rows; see inserts.h. The texts of a few sizes do for any number of rows. */
#include "store/inserts.h"

#include "store/driver.h"

/* Beyond this a row waits for nobody: memory is bounded by it and by the number of rows. */
enum { LARGE_BYTES = 16 << 10, ARENA_BYTES = STORE_INSERTS_ROWS * (LARGE_BYTES + 4096) };

void store_inserts_init(struct store_inserts *in, struct store_conn *c,
                        const struct store_table *t) {
    in->conn = c;
    in->table = t;
    in->count = 0;
    in->limit = STORE_INSERTS_VALUES / t->column_count;
    if (in->limit > STORE_INSERTS_ROWS) in->limit = STORE_INSERTS_ROWS;
    if (c->driver->engine == STORE_SQLITE) in->limit = 1;
    arena_init(&in->arena, ARENA_BYTES);
}

void store_inserts_fini(struct store_inserts *in) { arena_fini(&in->arena); }

crm_status store_inserts_flush(struct store_inserts *in, struct err *err) {
    static const size_t groups[] = {32, 8, 2, 1};
    size_t columns = in->table->column_count, done = 0;
    crm_status status = CRM_OK;
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        for (; status == CRM_OK && in->count - done >= groups[i]; done += groups[i])
            status =
                store_insert_rows(in->conn, in->table, in->values + done * columns, groups[i], err);
    in->count = 0;
    arena_reset(&in->arena);
    return status;
}

static bool has_bytes(const struct store_value *v) {
    return v->type == STORE_TEXT || v->type == STORE_BLOB;
}

static bool is_large(const struct store_inserts *in, const struct store_value *values) {
    size_t bytes = 0;
    for (size_t i = 0; i < in->table->column_count; i++)
        if (has_bytes(&values[i])) bytes += values[i].bytes.len;
    return bytes > LARGE_BYTES;
}

crm_status store_inserts_add(struct store_inserts *in, const struct store_value *values,
                             struct err *err) {
    if (in->limit <= 1) return store_insert(in->conn, in->table, values, err);
    if (is_large(in, values)) {
        crm_status status = store_inserts_flush(in, err);
        return status == CRM_OK ? store_insert(in->conn, in->table, values, err) : status;
    }
    struct store_value *to = in->values + in->count * in->table->column_count;
    for (size_t i = 0; i < in->table->column_count; i++) {
        to[i] = values[i];
        if (has_bytes(&values[i]) && !(to[i].bytes = arena_str(&in->arena, values[i].bytes)).ptr)
            return err_no_memory(err);
    }
    return ++in->count == in->limit ? store_inserts_flush(in, err) : CRM_OK;
}
