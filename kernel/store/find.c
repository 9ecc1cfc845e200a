/* See find.h. */
#include "store/find.h"

#include <stdlib.h>

#include "store/columns.h"
#include "store/driver.h"

enum { MATCHES_MAX = 8 * STORE_FIND_MAX, ARRAY_BYTES_MAX = 1 << 20 };

/* A key and where it stood. */
struct find_key {
    struct store_value value;
    size_t position;
};

struct find_run {
    struct store_conn *conn;
    struct arena *scratch, *arena;
    struct find_key *keys; /* sorted */
    size_t count;
    struct store_match *matches;
    size_t match_count, match_capacity;
    size_t rows;
};

static int compare_values(const struct store_value *a, const struct store_value *b) {
    if (a->type != STORE_TEXT || b->type != STORE_TEXT)
        return (a->integer > b->integer) - (a->integer < b->integer);
    return str_compare(a->bytes, b->bytes);
}

static int by_value(const void *left, const void *right) {
    return compare_values(&((const struct find_key *)left)->value,
                          &((const struct find_key *)right)->value);
}

static int by_key_and_id(const void *left, const void *right) {
    const struct store_match *a = left, *b = right;
    if (a->key != b->key) return a->key < b->key ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

/* ---- the question ------------------------------------------------------------------------ */
static void add_quoted(struct buf *out, struct str text) {
    buf_add_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"' || text.ptr[i] == '\\') buf_add_char(out, '\\');
        buf_add_char(out, text.ptr[i]);
    }
    buf_add_char(out, '"');
}

/* One parameter: an array, so that there is one text for any number of keys. Rows that a function
 * makes, because an array that is cast would be read anew for every row of a table without an
 * index. */
static void postgres_keys(struct find_run *r, struct sql *s) {
    struct buf text BUF_CLEANUP;
    bool is_text = r->keys[0].value.type == STORE_TEXT;
    buf_init(&text, ARRAY_BYTES_MAX);
    buf_add_char(&text, '{');
    for (size_t i = 0; i < r->count; i++) {
        if (i) buf_add_char(&text, ',');
        if (is_text)
            add_quoted(&text, r->keys[i].value.bytes);
        else
            buf_add_int64(&text, r->keys[i].value.integer);
    }
    buf_add_char(&text, '}');
    struct str copy = text.status == CRM_OK ? arena_str(r->scratch, buf_str(&text)) : STR_NONE;
    if (!copy.ptr) {
        s->status = text.status == CRM_TOO_LARGE ? CRM_TOO_LARGE : CRM_NO_MEMORY;
        return;
    }
    sql_add(s, " IN (SELECT unnest(");
    sql_param(s, store_text(copy));
    sql_add(s, is_text ? "::text[]))" : "::bigint[]))");
}

/* Numbers of parameters are rounded up, so that few texts arise. */
static void sqlite_keys(struct find_run *r, struct sql *s) {
    size_t rounded = 1;
    while (rounded < r->count)
        rounded *= 4;
    sql_add(s, " IN (");
    for (size_t i = 0; i < rounded; i++) {
        if (i) sql_add(s, ",");
        sql_param_bare(s, r->keys[i < r->count ? i : r->count - 1].value);
    }
    sql_add(s, ")");
}

static void add_keys(struct find_run *r, struct sql *s) {
    if (s->dialect == SQL_POSTGRES)
        postgres_keys(r, s);
    else
        sqlite_keys(r, s);
}

static void add_limit(struct sql *s) {
    sql_add(s, " LIMIT ");
    sql_param(s, store_int(MATCHES_MAX + 1));
}

static void by_column(struct find_run *r, struct sql *s, const struct schema_entity *e,
                      const struct schema_field *f) {
    const char *suffix = f->fold && r->keys[0].value.type == STORE_TEXT ? "_k" : "";
    sql_add(s, "SELECT ");
    sql_column(s, NULL, f, suffix);
    sql_add(s, ", \"id\" FROM ");
    sql_table(s, e->table);
    sql_add(s, " WHERE ");
    sql_column(s, NULL, f, suffix);
    add_keys(r, s);
    sql_add(s, " AND ");
    sql_column(s, NULL, schema_standard(e, SCHEMA_STD_DELETED_AT), "");
    sql_add(s, " IS NULL");
    add_limit(s);
}

static void by_items(struct find_run *r, struct sql *s, const struct schema_field *f,
                     const char *column) {
    sql_printf(s, "SELECT \"%s\", \"record\" FROM ", column);
    sql_table(s, f->link_table);
    sql_printf(s, " WHERE \"%s\"", column);
    add_keys(r, s);
    add_limit(s);
}

/* ---- the answer -------------------------------------------------------------------------- */
/* Several positions may have asked for the same value. */
static crm_status take_match(struct find_run *r, const struct store_value *row, struct err *err) {
    size_t low = 0, high = r->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (compare_values(&r->keys[middle].value, &row[0]) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < r->count && compare_values(&r->keys[low].value, &row[0]) == 0; low++) {
        struct store_match *grown =
            arena_grow(r->arena, r->matches, r->match_count, &r->match_capacity, sizeof *grown);
        if (!grown) return err_no_memory(err);
        r->matches = grown;
        grown[r->match_count++] = (struct store_match){r->keys[low].position, row[1].integer};
    }
    return CRM_OK;
}

static crm_status run(struct find_run *r, const struct sql *s, struct err *err) {
    struct store_rows *rows ROWS_CLEANUP = NULL;
    bool found = true;
    crm_status status = store_sql_open(r->conn, s, false, &rows, err);
    while (status == CRM_OK && (status = store_exec_next(rows, &found, err)) == CRM_OK && found) {
        r->rows++;
        status = take_match(r, rows->values, err);
    }
    return status;
}

static void sort_matches(struct find_run *r) {
    size_t kept = 0;
    if (r->match_count == 0) return;
    qsort(r->matches, r->match_count, sizeof *r->matches, by_key_and_id);
    for (size_t i = 0; i < r->match_count; i++)
        if (i == 0 || by_key_and_id(&r->matches[kept - 1], &r->matches[i]) != 0)
            r->matches[kept++] = r->matches[i];
    r->match_count = kept;
}

static crm_status find(struct find_run *r, const struct schema_entity *e,
                       const struct schema_field *f, bool *ret_whole, struct err *err) {
    static const char *const columns[] = {"value", "key"};
    bool labelled = f->type == SCHEMA_FIELD_LABELLED;
    crm_status status = CRM_OK;
    *ret_whole = true;
    for (size_t i = 0; status == CRM_OK && i < (labelled ? 2 : 1); i++) {
        struct sql s SQL_CLEANUP;
        sql_init(&s, r->conn->driver->dialect, r->scratch);
        r->rows = 0;
        if (labelled)
            by_items(r, &s, f, columns[i]);
        else
            by_column(r, &s, e, f);
        status = run(r, &s, err);
        if (r->rows > MATCHES_MAX) *ret_whole = false;
    }
    return status;
}

crm_status store_find_many(struct store_conn *c, const struct schema_entity *e,
                           const struct schema_field *f, const struct store_value *keys,
                           size_t count, struct arena *a, struct store_match **ret,
                           size_t *ret_count, bool *ret_whole, struct err *err) {
    if (count == 0 || count > STORE_FIND_MAX) return err_internal(err, "%zu keys", count);
    if (f->type != SCHEMA_FIELD_LABELLED && !columns_stored(f))
        return err_internal(err, "a field without a column");
    struct find_run r = {.conn = c, .scratch = store_scratch_enter(c), .arena = a, .count = count};
    r.keys = ARENA_ARRAY(r.scratch, count, struct find_key);
    crm_status status = r.keys ? CRM_OK : err_no_memory(err);
    for (size_t i = 0; status == CRM_OK && i < count; i++)
        r.keys[i] = (struct find_key){keys[i], i};
    if (status == CRM_OK) {
        qsort(r.keys, count, sizeof *r.keys, by_value);
        status = find(&r, e, f, ret_whole, err);
    }
    store_scratch_leave(c);
    if (status != CRM_OK) return status;
    sort_matches(&r);
    *ret = r.matches;
    *ret_count = r.match_count;
    return CRM_OK;
}
