/* See reshape.h. */
#include "store/reshape.h"

#include "store/columns.h"
#include "store/structure.h"

enum { SAMPLE_ROWS = 1000 };

/* ---- looking through --------------------------------------------------------------------- */
static crm_status run_int(struct store_conn *c, const struct sql *s, int64_t *ret,
                          struct err *err) {
    crm_status status = sql_status(s, err);
    struct statement q = statement_of(s);
    return status == CRM_OK ? store_exec_int(c, &q, ret, err) : status;
}

static crm_status count_rows(struct store_conn *c, struct str table, int64_t limit, int64_t *ret,
                             struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, c->driver->dialect, &c->scratch);
    sql_add(&s, limit ? "SELECT count(*) FROM (SELECT 1 FROM " : "SELECT count(*) FROM ");
    sql_table(&s, table);
    if (limit) {
        sql_add(&s, " LIMIT ");
        sql_param(&s, store_int(limit));
        sql_add(&s, ") t");
    }
    return run_int(c, &s, ret, err);
}

crm_status store_reshape_rows(struct store_conn *c, struct str table, int64_t limit, int64_t *ret,
                              struct err *err) {
    store_scratch_enter(c);
    crm_status status = count_rows(c, table, limit, ret, err);
    store_scratch_leave(c);
    return status;
}

/* A folded column is as wide as what it folds, and may be about to be filled. */
static void add_width(struct sql *s, const struct schema_field *f) {
    struct column columns[COLUMNS_PER_FIELD_MAX];
    bool sqlite = s->dialect == SQL_SQLITE;
    int count = columns_of(f, columns);
    sql_add(s, "0");
    for (int i = 0; i < count; i++) {
        if (columns[i].type == STORE_INT) {
            sql_add(s, " + 8");
            continue;
        }
        sql_add(s, sqlite ? " + coalesce(length(CAST(" : " + coalesce(octet_length(");
        sql_column(s, "t", f, columns[i].part == COLUMN_FOLDED ? "" : columns[i].suffix);
        sql_add(s, sqlite ? " AS BLOB)), 0)" : "), 0)");
    }
}

crm_status store_reshape_width(struct store_conn *c, const struct schema_entity *e,
                               const struct schema_field *f, int64_t *ret, struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, c->driver->dialect, store_scratch_enter(c));
    sql_add(&s, "SELECT coalesce(sum(w) / nullif(count(w), 0), 0) FROM (SELECT ");
    add_width(&s, f);
    sql_add(&s, " AS w FROM ");
    sql_table(&s, e->table);
    sql_printf(&s, " t LIMIT %d) s", SAMPLE_ROWS);
    crm_status status = run_int(c, &s, ret, err);
    store_scratch_leave(c);
    return status;
}

static void add_key(struct sql *s, const char *alias, const struct schema_field *f) {
    sql_column(s, alias, f, structure_key_suffix(f));
}

/* Rows of a unique shadow live and have a key. To say so once more would make SQLite walk all keys
 * instead of the few rows that were written. */
static void add_renewed(struct sql *s, const struct store_reshape_question *q, struct str table) {
    sql_add(s, "t.\"renewed\" IS NOT NULL AND EXISTS (SELECT 1 FROM ");
    sql_table(s, table);
    sql_add(s, " u WHERE u.\"deleted_at\" IS NULL AND u.\"id\" <> t.\"id\" AND ");
    add_key(s, "u", q->field);
    sql_add(s, " = ");
    add_key(s, "t", q->field);
    sql_add(s, ")");
}

static void add_duplicates(struct sql *s, const struct store_reshape_question *q,
                           struct str table) {
    add_key(s, "t", q->field);
    sql_add(s, " IS NOT NULL AND t.\"deleted_at\" IS NULL AND ");
    add_key(s, "t", q->field);
    sql_add(s, " IN (SELECT ");
    add_key(s, "u", q->field);
    sql_add(s, " FROM ");
    sql_table(s, table);
    sql_add(s, " u WHERE u.\"deleted_at\" IS NULL AND ");
    add_key(s, "u", q->field);
    sql_add(s, " IS NOT NULL GROUP BY ");
    add_key(s, "u", q->field);
    sql_add(s, " HAVING count(*) > 1)");
}

/* " FROM t WHERE ..." */
static void add_finding(struct sql *s, const struct store_reshape_question *q) {
    struct str table = q->shadow.len ? q->shadow : q->entity->table;
    sql_add(s, " FROM ");
    sql_table(s, table);
    sql_add(s, " t WHERE ");
    if (q->what == STORE_RESHAPE_DUPLICATE)
        return q->renewed ? add_renewed(s, q, table) : add_duplicates(s, q, table);
    sql_column(s, "t", q->field, "");
    sql_add(s, " IS NULL AND ");
    if (q->what == STORE_RESHAPE_EMPTY) {
        sql_add(s, "t.\"deleted_at\" IS NULL");
        return;
    }
    sql_column(s, "t", q->from, "");
    sql_add(s, " IS NOT NULL");
}

static crm_status find_ids(struct store_conn *c, struct sql *s, size_t limit, struct arena *a,
                           int64_t **ret, size_t *ret_count, struct err *err) {
    struct store_rows *rows ROWS_CLEANUP = NULL;
    crm_status status = sql_status(s, err);
    struct statement q = statement_of(s);
    int64_t *ids = ARENA_ARRAY(a, limit + 1, int64_t);
    if (!ids) return err_no_memory(err);
    if (status == CRM_OK) status = store_exec_open(c, &q, false, &rows, err);
    size_t count = 0;
    for (bool found = true; status == CRM_OK && found && count < limit;) {
        status = store_exec_next(rows, &found, err);
        if (status == CRM_OK && found) ids[count++] = rows->values[0].integer;
    }
    *ret = ids;
    *ret_count = count;
    return status;
}

crm_status store_reshape_find(struct store_conn *c, const struct store_reshape_question *q,
                              struct arena *a, struct store_reshape_answer *ret, struct err *err) {
    struct sql count SQL_CLEANUP, ids SQL_CLEANUP;
    struct store_reshape_answer answer = {0};
    struct arena *scratch = store_scratch_enter(c);
    sql_init(&count, c->driver->dialect, scratch);
    sql_init(&ids, c->driver->dialect, scratch);
    sql_add(&count, "SELECT count(*)");
    add_finding(&count, q);
    crm_status status = run_int(c, &count, &answer.count, err);
    if (status == CRM_OK && answer.count > 0) {
        sql_add(&ids, "SELECT t.\"id\"");
        add_finding(&ids, q);
        sql_add(&ids, " ORDER BY t.\"id\" LIMIT ");
        sql_param(&ids, store_int((int64_t)q->limit));
        status = find_ids(c, &ids, q->limit, a, &answer.ids, &answer.id_count, err);
    }
    store_scratch_leave(c);
    if (status == CRM_OK) *ret = answer;
    return status;
}

static crm_status ask_anything(struct store_conn *c, struct err *err) {
    struct sql s SQL_CLEANUP;
    int64_t one = 0;
    sql_init(&s, c->driver->dialect, &c->scratch);
    sql_add(&s, "SELECT 1");
    return run_int(c, &s, &one, err);
}

crm_status store_reshape_reach(struct store_conn *c, struct err *err) {
    if (c->driver->engine == STORE_SQLITE) return CRM_OK;
    store_scratch_enter(c);
    crm_status status = ask_anything(c, err);
    store_scratch_leave(c);
    return status;
}

/* ---- clearing ---------------------------------------------------------------------------- */
crm_status store_reshape_boundary(struct store_conn *c, struct str table, int64_t after,
                                  int64_t limit, int64_t *ret_last, int64_t *ret_rows,
                                  struct err *err) {
    struct sql s SQL_CLEANUP;
    struct store_rows *rows ROWS_CLEANUP = NULL;
    bool found = false;
    sql_init(&s, c->driver->dialect, &c->scratch);
    sql_add(&s, "SELECT max(\"id\"), count(*) FROM (SELECT \"id\" FROM ");
    sql_table(&s, table);
    sql_add(&s, " WHERE \"id\" > ");
    sql_param(&s, store_int(after));
    sql_add(&s, " ORDER BY \"id\" LIMIT ");
    sql_param(&s, store_int(limit));
    sql_add(&s, ") t");
    crm_status status = sql_status(&s, err);
    struct statement q = statement_of(&s);
    if (status == CRM_OK) status = store_exec_open(c, &q, false, &rows, err);
    if (status == CRM_OK) status = store_exec_next(rows, &found, err);
    if (status != CRM_OK || !found) return status;
    *ret_rows = rows->values[1].integer;
    *ret_last = rows->values[0].type == STORE_INT ? rows->values[0].integer : after;
    return CRM_OK;
}

static const char *const suffixes[] = {"", "_c", "_b", "_e", "_k"};
enum { SUFFIX_COUNT = sizeof suffixes / sizeof suffixes[0] };

static crm_status clear(struct store_conn *c, struct str table, struct str column, int64_t after,
                        int64_t last, struct err *err) {
    struct sql s SQL_CLEANUP;
    bool any = false;
    sql_init(&s, c->driver->dialect, &c->scratch);
    sql_add(&s, "UPDATE ");
    sql_table(&s, table);
    for (int i = 0; i < SUFFIX_COUNT; i++) {
        bool exists = false;
        struct str name = arena_printf(&c->scratch, "%.*s%s", STR_ARG(column), suffixes[i]);
        if (!name.ptr) return err_no_memory(err);
        crm_status status = structure_has_column(c, table, name, &exists, err);
        if (status != CRM_OK) return status;
        if (!exists) continue;
        sql_add(&s, any ? ", " : " SET ");
        sql_name(&s, name);
        sql_add(&s, " = NULL");
        any = true;
    }
    if (!any) return CRM_OK;
    sql_add(&s, " WHERE \"id\" > ");
    sql_param(&s, store_int(after));
    sql_add(&s, " AND \"id\" <= ");
    sql_param(&s, store_int(last));
    sql_add(&s, " AND ");
    sql_name(&s, column);
    sql_add(&s, " IS NOT NULL");
    return store_sql_run(c, &s, NULL, err);
}

crm_status store_reshape_clear(struct store_conn *c, struct str table,
                               const struct schema_registry_field *f, int64_t after_id,
                               int64_t limit, int64_t *ret_last, int64_t *ret_rows,
                               struct err *err) {
    store_scratch_enter(c);
    crm_status status = store_reshape_boundary(c, table, after_id, limit, ret_last, ret_rows, err);
    c->structure = true; /* to ask which columns there are */
    if (status == CRM_OK && *ret_rows > 0)
        status = clear(c, table, f->column, after_id, *ret_last, err);
    c->structure = false;
    store_scratch_leave(c);
    return status;
}

crm_status store_reshape_drop_links(struct store_conn *c, struct str table, struct err *err) {
    store_scratch_enter(c);
    c->structure = true;
    crm_status status = structure_try_lock(c, true, err);
    if (status == CRM_OK) status = structure_drop_table(c, table, err);
    if (status == CRM_OK) status = structure_try_lock(c, false, err);
    c->structure = false;
    store_scratch_leave(c);
    return status;
}

/* ---- indexes ----------------------------------------------------------------------------- */
static crm_status make_index(struct store_conn *c, const struct schema_entity *e,
                             const struct schema_index *index, struct err *err) {
    crm_status status = store_begin(c, err);
    if (status != CRM_OK) return status;
    c->structure = true;
    status = structure_index(c, e, index, err);
    c->structure = false;
    if (status == CRM_OK) return store_commit(c, err);
    store_rollback(c);
    return status;
}

static crm_status drop_concurrently(struct store_conn *c, struct str name, struct err *err) {
    struct sql drop SQL_CLEANUP;
    sql_init(&drop, SQL_POSTGRES, &c->scratch);
    sql_add(&drop, "DROP INDEX CONCURRENTLY IF EXISTS ");
    sql_table(&drop, name);
    crm_status status = sql_status(&drop, err);
    return status == CRM_OK ? store_exec_script(c, drop.text.ptr, err) : status;
}

/* What an interrupted or failed build leaves is an index that nobody uses. */
static crm_status drop_invalid(struct store_conn *c, struct str name, struct err *err) {
    struct sql s SQL_CLEANUP;
    int64_t invalid = 0;
    sql_init(&s, SQL_POSTGRES, &c->scratch);
    sql_add(&s, "SELECT count(*) FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class k ON k.oid = "
                "i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = k.relnamespace WHERE "
                "n.nspname = 'perigee' AND NOT i.indisvalid AND k.relname = ");
    sql_param(&s, store_text(name));
    crm_status status = run_int(c, &s, &invalid, err);
    return status == CRM_OK && invalid ? drop_concurrently(c, name, err) : status;
}

static crm_status make_concurrently(struct store_conn *c, const struct schema_entity *e,
                                    const struct schema_index *index, struct err *err) {
    crm_status status = drop_invalid(c, index->name, err);
    if (status == CRM_OK) status = structure_index_concurrently(c, e, index, err);
    if (status != CRM_OK) (void)drop_invalid(c, index->name, NULL);
    return status;
}

crm_status store_reshape_index(struct store_conn *c, const struct schema_entity *e,
                               const struct schema_index *index, struct err *err) {
    store_scratch_enter(c);
    crm_status status = c->driver->dialect == SQL_SQLITE ? make_index(c, e, index, err)
                                                         : make_concurrently(c, e, index, err);
    store_scratch_leave(c);
    return status;
}

crm_status store_reshape_unindex(struct store_conn *c, const struct schema_index *index,
                                 struct err *err) {
    store_scratch_enter(c);
    crm_status status = drop_concurrently(c, index->name, err);
    store_scratch_leave(c);
    return status;
}
