/* Making tables and indexes from what another database said of its own; see catalog.h. The forms
 * are those of structure.c: a database that was restored looks as one that grew. */
#include "store/catalog.h"
#include "store/structure.h"

const char *catalog_kind_word(enum catalog_kind kind) {
    static const char *const words[] = {
#define CATALOG_KIND_WORD(name, word) word,
        CATALOG_KINDS(CATALOG_KIND_WORD)
#undef CATALOG_KIND_WORD
    };
    return words[kind];
}

static crm_status run(struct store_conn *c, struct sql *s, struct err *err) {
    crm_status status = sql_status(s, err);
    return status == CRM_OK ? store_exec_script(c, s->text.ptr, err) : status;
}

static void add_columns(struct sql *s, const struct catalog_table *t) {
    static const char *const sqlite[] = {
        [STORE_INT] = " INTEGER", [STORE_TEXT] = " TEXT", [STORE_BLOB] = " BLOB"};
    static const char *const postgres[] = {
        [STORE_INT] = " BIGINT", [STORE_TEXT] = " TEXT COLLATE \"C\"", [STORE_BLOB] = " BYTEA"};
    for (size_t i = 0; i < t->column_count; i++) {
        const struct catalog_column *column = &t->columns[i];
        if (i) sql_add(s, ", ");
        sql_name(s, column->name);
        sql_add(s, (s->dialect == SQL_SQLITE ? sqlite : postgres)[column->type]);
        if (column->not_null) sql_add(s, " NOT NULL");
    }
}

static bool is_integer(const struct catalog_table *t, struct str column) {
    for (size_t i = 0; i < t->column_count; i++)
        if (str_eq(t->columns[i].name, column)) return t->columns[i].type == STORE_INT;
    return false;
}

static crm_status make_search(struct store_conn *c, const struct catalog_table *t,
                              struct err *err) {
    const struct schema_entity e = {
        .table = t->name, .search = t->search, .substring_search = t->trigram};
    return t->search ? structure_search(c, &e, err) : CRM_OK;
}

crm_status catalog_make_table(struct store_conn *c, const struct catalog_table *t,
                              struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, c->driver->dialect, &c->scratch);
    sql_add(&s, "CREATE TABLE IF NOT EXISTS ");
    sql_table(&s, t->name);
    sql_add(&s, " (");
    add_columns(&s, t);
    sql_add(&s, ", PRIMARY KEY (");
    for (size_t i = 0; i < t->key_count; i++) {
        if (i) sql_add(&s, ", ");
        sql_name(&s, t->key[i]);
    }
    sql_add(&s, "))");
    bool rowid = t->key_count == 1 && is_integer(t, t->key[0]);
    if (s.dialect == SQL_SQLITE) sql_add(&s, rowid ? " STRICT" : " STRICT, WITHOUT ROWID");
    crm_status status = run(c, &s, err);
    return status == CRM_OK ? make_search(c, t, err) : status;
}

crm_status catalog_make_index(struct store_conn *c, const struct catalog_table *t,
                              const struct catalog_index *index, struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, c->driver->dialect, &c->scratch);
    bool postgres = s.dialect == SQL_POSTGRES;
    sql_add(&s,
            index->unique ? "CREATE UNIQUE INDEX IF NOT EXISTS " : "CREATE INDEX IF NOT EXISTS ");
    sql_name(&s, index->name);
    sql_add(&s, " ON ");
    sql_table(&s, t->name);
    for (size_t i = 0; i < index->column_count; i++) {
        sql_add(&s, i ? ", " : " (");
        sql_name(&s, index->columns[i]);
        if (postgres && t->kind != CATALOG_LINKS) sql_add(&s, " NULLS FIRST");
    }
    if (postgres && t->kind == CATALOG_ENTITY && !index->unique) sql_add(&s, ", \"id\"");
    sql_add(&s, ")");
    if (index->while_nil.len) {
        sql_add(&s, " WHERE ");
        sql_name(&s, index->while_nil);
        sql_add(&s, " IS NULL");
    }
    if (index->while_filled.len) {
        sql_add(&s, index->while_nil.len ? " AND " : " WHERE ");
        sql_name(&s, index->while_filled);
        sql_add(&s, " IS NOT NULL");
    }
    return run(c, &s, err);
}
