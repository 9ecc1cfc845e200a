/* See integrity.h. */
#include "store/integrity.h"

#include "store/driver.h"
#include "store/search_table.h"
#include "store/search_words.h"

static crm_status sqlite_integrity(struct store_conn *c,
                                   void (*on_problem)(void *ctx, struct str text), void *ctx,
                                   struct err *err) {
    struct sql s SQL_CLEANUP;
    struct store_rows *rows ROWS_CLEANUP = NULL;
    bool more = false;
    sql_init(&s, SQL_SQLITE, &c->scratch);
    sql_add(&s, "PRAGMA integrity_check(100)");
    c->structure = true; /* the guard lets pragmas through */
    crm_status status = store_sql_open(c, &s, false, &rows, err);
    if (status == CRM_OK) status = store_exec_next(rows, &more, err);
    while (status == CRM_OK && more) {
        if (rows->values[0].type == STORE_TEXT && !str_is(rows->values[0].bytes, "ok"))
            on_problem(ctx, rows->values[0].bytes);
        status = store_exec_next(rows, &more, err);
    }
    c->structure = false;
    return status;
}

crm_status store_integrity(struct store *s, void (*on_problem)(void *ctx, struct str text),
                           void *ctx, struct err *err) {
    struct store_conn *c = NULL;
    if (store_engine_of(s) != STORE_SQLITE) return CRM_OK;
    crm_status status = store_conn_open(s, STORE_WRITER, &c, err);
    if (status != CRM_OK) return status;
    (void)store_scratch_enter(c);
    status = sqlite_integrity(c, on_problem, ctx, err);
    store_scratch_leave(c);
    store_conn_close(c);
    return status;
}

/* The row of one record, found by a word where the engine needs one. */
static void build_has(struct sql *s, const struct schema_entity *e, int64_t id, struct str quoted,
                      struct str word) {
    bool sqlite = s->dialect == SQL_SQLITE;
    sql_add(s, "SELECT 1 FROM ");
    sql_search_table(s, e);
    sql_add(s, sqlite ? " WHERE rowid = " : " WHERE id = ");
    sql_param(s, store_int(id));
    sql_add(s, " AND ");
    if (sqlite) sql_search_table(s, e);
    sql_add(s, sqlite ? " MATCH " : " words @@ ('''' || ");
    sql_param(s, store_text(sqlite ? quoted : word));
    if (!sqlite) sql_add(s, " || '''')::tsquery");
}

static crm_status has(struct store_conn *c, const struct schema_entity *e,
                      const struct store_search_row *row, struct arena *a, bool *ret,
                      struct err *err) {
    struct sql s SQL_CLEANUP;
    struct str body, word;
    int64_t found = 0;
    sql_init(&s, c->driver->dialect, a);
    crm_status status = search_body(a, row, &body, err);
    if (status != CRM_OK) return status;
    (void)str_split(&body, ' ', &word);
    *ret = true;
    if (word.len == 0 || str_find(word, STR("'")) != SIZE_MAX ||
        str_find(word, STR("\"")) != SIZE_MAX)
        return CRM_OK;
    build_has(&s, e, row->id, arena_printf(a, "\"%.*s\"", STR_ARG(word)), word);
    struct statement q = statement_of(&s);
    status = sql_status(&s, err);
    if (status == CRM_OK) status = store_exec_int(c, &q, &found, err);
    *ret = found == 1;
    return status;
}

crm_status store_search_has(struct store_conn *c, const struct schema_entity *e,
                            const struct store_search_row *row, bool *ret, struct err *err) {
    struct arena *a = store_scratch_enter(c);
    crm_status status = has(c, e, row, a, ret, err);
    store_scratch_leave(c);
    return status;
}
