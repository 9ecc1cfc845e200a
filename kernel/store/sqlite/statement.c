/* Prepared statements: each text once per connection, found by hash, the longest unused one given
 * up when there are too many. A statement is reset when its rows are closed, whatever happened. */
#include <assert.h>
#include <stdlib.h>

#include "base/time.h"
#include "store/sqlite/sqlite.h"

static void unlink_used(struct sqlite_conn *n, struct sqlite_statement *s) {
    *(s->newer ? &s->newer->older : &n->newest) = s->older;
    *(s->older ? &s->older->newer : &n->oldest) = s->newer;
    s->newer = s->older = NULL;
}

static void link_newest(struct sqlite_conn *n, struct sqlite_statement *s) {
    s->older = n->newest;
    *(n->newest ? &n->newest->newer : &n->oldest) = s;
    n->newest = s;
}

static void statement_free(struct sqlite_statement *s) {
    sqlite3_finalize(s->handle);
    free(s->rows.values);
    free(s);
}

static void forget(struct sqlite_conn *n, struct sqlite_statement *s) {
    struct sqlite_statement **at = &n->buckets[s->hash % SQLITE_BUCKETS];
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    unlink_used(n, s);
    n->statement_count--;
    statement_free(s);
}

void sqlite_statements_free(struct sqlite_conn *n) {
    while (n->oldest)
        forget(n, n->oldest);
}

static void make_room(struct sqlite_conn *n) {
    struct sqlite_statement *s = n->oldest;
    while (s && n->statement_count >= SQLITE_STATEMENTS_MAX) {
        struct sqlite_statement *newer = s->newer;
        if (!s->busy) forget(n, s);
        s = newer;
    }
}

static crm_status prepare(struct sqlite_conn *n, const struct statement *q, bool loose,
                          struct sqlite_statement **ret, struct err *err) {
    struct sqlite_statement *s = calloc(1, sizeof *s);
    if (!s) return err_no_memory(err);
    int code = sqlite3_prepare_v3(n->db, q->text.ptr, (int)q->text.len + 1,
                                  SQLITE_PREPARE_PERSISTENT, &s->handle, NULL);
    if (code != SQLITE_OK) {
        crm_status status = sqlite_fail(n, code, err);
        free(s);
        return status;
    }
    s->rows.conn = n->conn;
    s->rows.column_count = sqlite3_column_count(s->handle);
    s->rows.values = calloc((size_t)s->rows.column_count + 1, sizeof *s->rows.values);
    s->hash = q->hash;
    s->loose = loose;
    if (!s->rows.values) {
        statement_free(s);
        return err_no_memory(err);
    }
    *ret = s;
    return CRM_OK;
}

static struct sqlite_statement *find(struct sqlite_conn *n, const struct statement *q) {
    for (struct sqlite_statement *s = n->buckets[q->hash % SQLITE_BUCKETS]; s; s = s->next) {
        if (s->hash != q->hash) continue;
        const char *text = sqlite3_sql(s->handle);
        if (strlen(text) == q->text.len && memcmp(text, q->text.ptr, q->text.len) == 0) return s;
    }
    return NULL;
}

static crm_status acquire(struct sqlite_conn *n, const struct statement *q,
                          struct sqlite_statement **ret, struct err *err) {
    struct sqlite_statement *s = find(n, q);
    if (s && !s->busy) {
        if (n->newest != s) {
            unlink_used(n, s);
            link_newest(n, s);
        }
        s->busy = true;
        *ret = s;
        return CRM_OK;
    }
    bool loose = s != NULL;
    crm_status status = prepare(n, q, loose, &s, err);
    if (status != CRM_OK) return status;
    assert(s);
    s->busy = true;
    if (!loose) {
        make_room(n);
        s->next = n->buckets[q->hash % SQLITE_BUCKETS];
        n->buckets[q->hash % SQLITE_BUCKETS] = s;
        link_newest(n, s);
        n->statement_count++;
    }
    *ret = s;
    return CRM_OK;
}

static void release(struct sqlite_statement *s) {
    sqlite3_reset(s->handle);
    s->busy = false;
    if (s->loose) statement_free(s);
}

static int bind_one(sqlite3_stmt *handle, int position, const struct store_value *v) {
    switch (v->type) {
    case STORE_INT:
        return sqlite3_bind_int64(handle, position, v->integer);
    case STORE_TEXT:
        return sqlite3_bind_text64(handle, position, v->bytes.ptr ? v->bytes.ptr : "", v->bytes.len,
                                   SQLITE_STATIC, SQLITE_UTF8);
    case STORE_BLOB:
        if (v->bytes.len == 0) return sqlite3_bind_zeroblob(handle, position, 0);
        return sqlite3_bind_blob64(handle, position, v->bytes.ptr, v->bytes.len, SQLITE_STATIC);
    case STORE_NULL:
        break;
    }
    return sqlite3_bind_null(handle, position);
}

static crm_status start(struct sqlite_conn *n, const struct statement *q,
                        struct sqlite_statement **ret, struct err *err) {
    struct sqlite_statement *s;
    crm_status status = acquire(n, q, &s, err);
    if (status != CRM_OK) return status;
    for (size_t i = 0; i < q->param_count; i++) {
        int code = bind_one(s->handle, (int)i + 1, &q->params[i]);
        if (code == SQLITE_OK) continue;
        status = sqlite_fail(n, code, err);
        assert(status != CRM_OK);
        release(s);
        return status;
    }
    atomic_store_explicit(&n->conn->cancelled, false, memory_order_relaxed);
    if (n->conn->budget_ms > 0)
        n->deadline_ns = clock_monotonic_ns() + n->conn->budget_ms * 1000000;
    *ret = s;
    return CRM_OK;
}

crm_status sqlite_run(struct store_conn *c, const struct statement *q, int64_t *ret_affected,
                      struct err *err) {
    struct sqlite_conn *n = sqlite_conn_of(c);
    struct sqlite_statement *s;
    crm_status status = start(n, q, &s, err);
    if (status != CRM_OK) return status;
    int code;
    do
        code = sqlite3_step(s->handle);
    while (code == SQLITE_ROW);
    if (code != SQLITE_DONE)
        status = sqlite_fail(n, code, err);
    else if (ret_affected)
        *ret_affected = sqlite3_changes64(n->db);
    release(s);
    return status;
}

crm_status sqlite_run_text(struct store_conn *c, const char *text, struct err *err) {
    struct statement q = {.text = str_from(text), .hash = statement_hash(text, strlen(text))};
    return sqlite_run(c, &q, NULL, err);
}

crm_status sqlite_rows_open(struct store_conn *c, const struct statement *q, bool large,
                            struct store_rows **ret, struct err *err) {
    (void)large;
    struct sqlite_conn *n = sqlite_conn_of(c);
    struct sqlite_statement *s;
    crm_status status = start(n, q, &s, err);
    if (status != CRM_OK) return status;
    s->probe = q->probe_steps > 0;
    s->rows.ran_out = false;
    if (s->probe) {
        sqlite3_stmt_status(s->handle, SQLITE_STMTSTATUS_VM_STEP,
                            1); /* the handler counts on from there */
        sqlite_guard_probe(n, q->probe_steps);
    }
    *ret = &s->rows;
    return CRM_OK;
}

/* By sqlite3_column_value, which looks the column up once for type and value. */
static inline void read_value(sqlite3_stmt *handle, int i, struct store_value *v) {
    sqlite3_value *value = sqlite3_column_value(handle, i);
    switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
    case SQLITE_FLOAT:
        *v = store_int(sqlite3_value_int64(value));
        return;
    case SQLITE_TEXT:
        v->type = STORE_TEXT;
        v->bytes.ptr = (const char *)sqlite3_value_text(value);
        v->bytes.len = (size_t)sqlite3_value_bytes(value);
        return;
    case SQLITE_BLOB:
        v->type = STORE_BLOB;
        v->bytes.ptr = sqlite3_value_blob(value);
        v->bytes.len = (size_t)sqlite3_value_bytes(value);
        return;
    default:
        v->type = STORE_NULL;
    }
}

crm_status sqlite_rows_next(struct store_rows *r, bool *ret_row, struct err *err) {
    struct sqlite_statement *s = (struct sqlite_statement *)r;
    int code = sqlite3_step(s->handle);
    if (code == SQLITE_ROW) {
        for (int i = 0; i < r->column_count; i++)
            read_value(s->handle, i, &r->values[i]);
        *ret_row = true;
        return CRM_OK;
    }
    *ret_row = false;
    r->ran_out = s->probe && code == SQLITE_INTERRUPT && !atomic_load(&r->conn->cancelled);
    return code == SQLITE_DONE || r->ran_out ? CRM_OK
                                             : sqlite_fail(sqlite_conn_of(r->conn), code, err);
}

void sqlite_rows_close(struct store_rows *r) {
    struct sqlite_statement *s = (struct sqlite_statement *)r;
    if (s->probe) sqlite_guard_probe(sqlite_conn_of(r->conn), 0);
    s->probe = false;
    release(s);
}
