/* The stream into an empty database; see dump.h. */
#include <stdlib.h>

#include "base/time.h"
#include "store/dump.h"
#include "store/messages.h"
#include "store/migrate.h"
#include "store/structure.h"
#include "store/sys_tables.h"

enum { BATCH_ROWS = 5000, BATCH_BYTES = 16 << 20, KEPT_ARENA_BYTES = 256 << 20 };
/* PostgreSQL: so many rows a statement, and bytes that may wait for one. */
enum { GROUP_ROWS = 64, GROUP_VALUES = 4096, GROUP_BYTES = 4 << 20, GROUP_ARENA_BYTES = 256 << 20 };

struct kept_table {
    struct kept_table *next;
    struct catalog_table table; /* in load.arena, for its indexes */
};

struct store_load {
    struct store_conn *conn;
    struct stream_reader *reader;
    struct arena arena;
    struct kept_table *tables, **tail;
    struct sql insert, insert_group; /* of the table at hand */
    struct statement one, group;
    bool has_insert;
    size_t columns;
    struct arena group_arena; /* rows that wait for their statement */
    struct store_value values[GROUP_VALUES];
    size_t group_rows, waiting, waiting_bytes;
    int64_t batch_rows, batch_bytes, seq;
};

/* ---- marks ------------------------------------------------------------------------------- */
static crm_status put_meta(struct store_conn *c, const char *key, const char *value,
                           struct err *err) {
    struct store_value row[SYS_META_COUNT] = {
        [SYS_META_KEY] = store_text(str_from(key)), [SYS_META_VALUE] = store_text(str_from(value))};
    bool inserted;
    return store_insert_new(c, sys_table(SYS_TABLE_META), row, &inserted, err);
}

static crm_status remove_meta(struct store_conn *c, const char *key, struct err *err) {
    struct store_condition where = {SYS_META_KEY, STORE_EQ, store_text(str_from(key))};
    return store_delete(c, sys_table(SYS_TABLE_META), &where, 1, NULL, err);
}

typedef crm_status (*load_fn)(struct store_load *l, const void *what, struct err *err);

/* Statements of structure in a transaction of their own. */
static crm_status in_transaction(struct store_load *l, load_fn fn, const void *what,
                                 struct err *err) {
    crm_status status = store_begin(l->conn, err);
    if (status != CRM_OK) return status;
    store_scratch_enter(l->conn);
    l->conn->structure = true;
    status = fn(l, what, err);
    l->conn->structure = false;
    store_scratch_leave(l->conn);
    if (status == CRM_OK) return store_commit(l->conn, err);
    store_rollback(l->conn);
    return status;
}

static crm_status mark(struct store_load *l, const void *what, struct err *err) {
    (void)what;
    crm_status status = structure_sys_table(l->conn, sys_table(SYS_TABLE_META), err);
    return status == CRM_OK ? put_meta(l->conn, STORE_META_UNFINISHED, "yes", err) : status;
}

crm_status store_load_done(struct store_conn *c, bool hold, struct err *err) {
    crm_status status = store_begin(c, err);
    if (status != CRM_OK) return status;
    status = remove_meta(c, STORE_META_UNFINISHED, err);
    if (status == CRM_OK && hold) status = put_meta(c, STORE_META_OUTBOUND, "held", err);
    if (status == CRM_OK) return store_commit(c, err);
    store_rollback(c);
    return status;
}

/* ---- tables ------------------------------------------------------------------------------ */
static crm_status on_header(void *ctx, const struct stream_header *h, struct err *err) {
    (void)err;
    ((struct store_load *)ctx)->seq = h->seq;
    return CRM_OK;
}

static crm_status make_table(struct store_load *l, const void *what, struct err *err) {
    return catalog_make_table(l->conn, what, err);
}

/* The indexes are made at the end: names and columns are kept until then. */
static bool keep_text(struct store_load *l, struct str *text) {
    if (text->len == 0) return true;
    *text = arena_str(&l->arena, *text);
    return text->ptr != NULL;
}

static bool keep(struct store_load *l, const struct catalog_table *t) {
    struct kept_table *kept = ARENA_NEW(&l->arena, struct kept_table);
    struct catalog_index *indexes =
        ARENA_ARRAY(&l->arena, t->index_count + 1, struct catalog_index);
    if (!kept || !indexes) return false;
    kept->table = (struct catalog_table){
        .kind = t->kind, .name = t->name, .indexes = indexes, .index_count = t->index_count};
    bool ok = keep_text(l, &kept->table.name);
    for (size_t i = 0; i < t->index_count && ok; i++) {
        struct catalog_index *index = &indexes[i];
        *index = t->indexes[i];
        ok = keep_text(l, &index->name) && keep_text(l, &index->while_nil) &&
             keep_text(l, &index->while_filled);
        for (size_t k = 0; k < index->column_count && ok; k++)
            ok = keep_text(l, &index->columns[k]);
    }
    *l->tail = kept;
    l->tail = &kept->next;
    return ok;
}

static crm_status build_insert(struct sql *s, const struct catalog_table *t, size_t rows,
                               struct statement *ret, struct err *err) {
    sql_add(s, "INSERT INTO ");
    sql_table(s, t->name);
    for (size_t i = 0; i < t->column_count; i++) {
        sql_add(s, i ? ", " : " (");
        sql_name(s, t->columns[i].name);
    }
    sql_add(s, ") VALUES ");
    for (size_t row = 0; row < rows; row++) {
        for (size_t i = 0; i < t->column_count; i++) {
            sql_add(s, i ? ", " : row ? ", (" : "(");
            sql_param_bare(s, STORE_NIL);
        }
        sql_add(s, ")");
    }
    crm_status status = sql_status(s, err);
    if (status == CRM_OK) *ret = statement_of(s);
    return status;
}

static void forget_insert(struct store_load *l) {
    if (l->has_insert) {
        sql_fini(&l->insert);
        sql_fini(&l->insert_group);
    }
    l->has_insert = false;
}

static crm_status prepare_insert(struct store_load *l, const struct catalog_table *t,
                                 struct err *err) {
    forget_insert(l);
    sql_init(&l->insert, l->conn->driver->dialect, &l->arena);
    sql_init(&l->insert_group, l->conn->driver->dialect, &l->arena);
    l->has_insert = true;
    l->columns = t->column_count;
    l->group_rows = GROUP_VALUES / t->column_count;
    if (l->group_rows > GROUP_ROWS) l->group_rows = GROUP_ROWS;
    if (l->conn->driver->engine == STORE_SQLITE) l->group_rows = 0;
    crm_status status = build_insert(&l->insert, t, 1, &l->one, err);
    if (status == CRM_OK && l->group_rows > 1)
        status = build_insert(&l->insert_group, t, l->group_rows, &l->group, err);
    return status;
}

/* ---- rows -------------------------------------------------------------------------------- */
/* What waits, as one statement when it is a whole group, else row by row. */
static crm_status send_waiting(struct store_load *l, struct err *err) {
    crm_status status = CRM_OK;
    bool whole = l->waiting > 1 && l->waiting == l->group_rows;
    struct statement q = whole ? l->group : l->one;
    for (size_t row = 0; row < l->waiting && status == CRM_OK; row += whole ? l->waiting : 1) {
        q.params = l->values + row * l->columns;
        status = store_exec_run(l->conn, &q, NULL, err);
    }
    l->waiting = l->waiting_bytes = 0;
    arena_reset(&l->group_arena);
    return status;
}

static crm_status keep_waiting(struct store_load *l, const struct store_value *row,
                               struct err *err) {
    struct store_value *to = l->values + l->waiting * l->columns;
    for (size_t i = 0; i < l->columns; i++) {
        to[i] = row[i];
        if (row[i].type != STORE_TEXT && row[i].type != STORE_BLOB) continue;
        to[i].bytes = arena_str(&l->group_arena, row[i].bytes);
        if (!to[i].bytes.ptr) return err_no_memory(err);
        l->waiting_bytes += row[i].bytes.len;
    }
    l->waiting++;
    return l->waiting == l->group_rows || l->waiting_bytes >= GROUP_BYTES ? send_waiting(l, err)
                                                                          : CRM_OK;
}

static crm_status on_table(void *ctx, const struct catalog_table *t, struct err *err) {
    struct store_load *l = ctx;
    if (!keep(l, t)) return err_no_memory(err);
    crm_status status = in_transaction(l, make_table, t, err);
    if (status == CRM_OK) status = prepare_insert(l, t, err);
    if (status == CRM_OK) status = store_begin(l->conn, err);
    l->batch_rows = l->batch_bytes = 0;
    return status;
}

/* Between transactions SQLite's log is moved into the file, or it would grow to the size of all. */
static crm_status end_batch(struct store_load *l, struct err *err) {
    crm_status status = send_waiting(l, err);
    if (status == CRM_OK) status = store_commit(l->conn, err);
    return status == CRM_OK ? store_checkpoint(l->conn, err) : status;
}

static crm_status on_row(void *ctx, const struct store_value *row, struct err *err) {
    struct store_load *l = ctx;
    if (l->batch_rows >= BATCH_ROWS || l->batch_bytes >= BATCH_BYTES) {
        crm_status status = end_batch(l, err);
        if (status == CRM_OK) status = store_begin(l->conn, err);
        if (status != CRM_OK) return status;
        l->batch_rows = l->batch_bytes = 0;
    }
    l->batch_rows++;
    for (size_t i = 0; i < l->columns; i++)
        if (row[i].type == STORE_TEXT || row[i].type == STORE_BLOB)
            l->batch_bytes += (int64_t)row[i].bytes.len;
    if (l->group_rows > 1) return keep_waiting(l, row, err);
    struct statement q = l->one;
    q.params = row;
    return store_exec_run(l->conn, &q, NULL, err);
}

static crm_status on_table_end(void *ctx, int64_t rows, const struct digest *sha256,
                               struct err *err) {
    (void)rows, (void)sha256;
    return end_batch(ctx, err);
}

/* ---- from begin to end ------------------------------------------------------------------- */
crm_status store_load_begin(struct store_conn *c, struct store_load **ret, struct err *err) {
    struct store_load *l = calloc(1, sizeof *l);
    if (!l) return err_no_memory(err);
    const struct stream_handler handler = {
        .header = on_header, .table = on_table, .row = on_row, .table_end = on_table_end, .ctx = l};
    l->conn = c;
    l->tail = &l->tables;
    arena_init(&l->arena, KEPT_ARENA_BYTES);
    arena_init(&l->group_arena, GROUP_ARENA_BYTES);
    crm_status status = stream_reader_new(&handler, &l->reader, err);
    if (status == CRM_OK) status = in_transaction(l, mark, NULL, err);
    if (status != CRM_OK) {
        store_load_free(l);
        return status;
    }
    *ret = l;
    return CRM_OK;
}

crm_status store_load_feed(struct store_load *l, struct str bytes, struct err *err) {
    return stream_feed(l->reader, bytes, err);
}

static crm_status make_indexes(struct store_load *l, const void *what, struct err *err) {
    const struct catalog_table *t = what;
    crm_status status = CRM_OK;
    for (size_t i = 0; i < t->index_count && status == CRM_OK; i++)
        status = catalog_make_index(l->conn, t, &t->indexes[i], err);
    return status;
}

crm_status store_load_end(struct store_load *l, struct dump_facts *ret, struct err *err) {
    crm_status status = stream_end(l->reader, err);
    for (struct kept_table *t = l->tables; t && status == CRM_OK; t = t->next) {
        if (t->table.index_count == 0) continue;
        status = in_transaction(l, make_indexes, &t->table, err);
        if (status == CRM_OK) status = store_checkpoint(l->conn, err);
    }
    if (status == CRM_OK && ret)
        *ret = (struct dump_facts){.rows = stream_rows(l->reader), .seq = l->seq};
    return status;
}

void store_load_free(struct store_load *l) {
    if (!l) return;
    if (store_in_transaction(l->conn)) store_rollback(l->conn);
    forget_insert(l);
    stream_reader_free(l->reader);
    arena_fini(&l->group_arena);
    arena_fini(&l->arena);
    free(l);
}
