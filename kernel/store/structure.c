/* Tables and their columns; see structure.h.
 *
 * PostgreSQL: BIGINT, TEXT COLLATE "C", BYTEA. SQLite: STRICT tables; a single integer key is the
 * rowid, any other key makes a table WITHOUT ROWID. */
#include "store/structure.h"

#include "store/columns.h"
#include "store/link_table.h"
#include "store/search_table.h"

static void add_type(struct sql *s, enum store_type type) {
    static const char *const sqlite[] = {
        [STORE_INT] = " INTEGER", [STORE_TEXT] = " TEXT", [STORE_BLOB] = " BLOB"};
    static const char *const postgres[] = {
        [STORE_INT] = " BIGINT", [STORE_TEXT] = " TEXT COLLATE \"C\"", [STORE_BLOB] = " BYTEA"};
    sql_add(s, s->dialect == SQL_SQLITE ? sqlite[type] : postgres[type]);
}

static crm_status run(struct store_conn *c, struct sql *s, struct err *err) {
    crm_status status = sql_status(s, err);
    return status == CRM_OK ? store_exec_script(c, s->text.ptr, err) : status;
}

static void create_table(struct sql *s, struct str name) {
    sql_add(s, "CREATE TABLE IF NOT EXISTS ");
    sql_table(s, name);
    sql_add(s, " (");
}

static void end_table(struct sql *s, bool rowid) {
    sql_add(s, ")");
    if (s->dialect == SQL_SQLITE) sql_add(s, rowid ? " STRICT" : " STRICT, WITHOUT ROWID");
}

/* ---- the kernel's own tables --------------------------------------------------------------- */
static bool has_rowid(const struct store_table *t) {
    return t->key_columns == 1 && t->columns[0].type == STORE_INT;
}

static void add_sys_columns(struct sql *s, const struct store_table *t) {
    for (size_t i = 0; i < t->column_count; i++) {
        if (i) sql_add(s, ", ");
        sql_name(s, str_from(t->columns[i].name));
        add_type(s, t->columns[i].type);
        if (t->columns[i].not_null) sql_add(s, " NOT NULL");
    }
    sql_add(s, ", PRIMARY KEY (");
    for (size_t i = 0; i < t->key_columns; i++) {
        if (i) sql_add(s, ", ");
        sql_name(s, str_from(t->columns[i].name));
    }
    sql_add(s, ")");
}

static crm_status sys_index(struct store_conn *c, const struct store_table *t,
                            const struct store_index *index, struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, c->driver->dialect, &c->scratch);
    sql_add(&s,
            index->unique ? "CREATE UNIQUE INDEX IF NOT EXISTS " : "CREATE INDEX IF NOT EXISTS ");
    sql_name(&s, str_from(index->name));
    sql_add(&s, " ON ");
    sql_table(&s, str_from(t->name));
    for (size_t i = 0; i < index->column_count; i++) {
        sql_add(&s, i ? ", " : " (");
        sql_name(&s, str_from(t->columns[index->columns[i]].name));
        if (s.dialect == SQL_POSTGRES) sql_add(&s, " NULLS FIRST");
    }
    sql_add(&s, ")");
    if (index->filled) {
        sql_add(&s, " WHERE ");
        sql_name(&s, str_from(t->columns[index->columns[0]].name));
        sql_add(&s, " IS NOT NULL");
    }
    return run(c, &s, err);
}

crm_status structure_sys_table(struct store_conn *c, const struct store_table *t, struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, c->driver->dialect, &c->scratch);
    create_table(&s, str_from(t->name));
    add_sys_columns(&s, t);
    end_table(&s, has_rowid(t));
    crm_status status = run(c, &s, err);
    for (size_t i = 0; status == CRM_OK && i < t->index_count; i++)
        status = sys_index(c, t, &t->indexes[i], err);
    return status;
}

/* ---- entities -------------------------------------------------------------------------------- */
crm_status structure_entity(struct store_conn *c, const struct schema_entity *e, struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, c->driver->dialect, &c->scratch);
    create_table(&s, e->table);
    bool first = true;
    for (size_t i = 0; i < e->field_count; i++) {
        const struct schema_field *f = &e->fields[i];
        struct column columns[COLUMNS_PER_FIELD_MAX];
        int count = columns_of(f, columns);
        for (int k = 0; k < count; k++) {
            if (!first) sql_add(&s, ", ");
            first = false;
            sql_column(&s, NULL, f, columns[k].suffix);
            add_type(&s, columns[k].type);
            if (f->id == SCHEMA_STD_ID) sql_add(&s, " NOT NULL PRIMARY KEY");
        }
    }
    end_table(&s, true);
    return run(c, &s, err);
}

crm_status structure_has_column(struct store_conn *c, struct str table, struct str column,
                                bool *ret, struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, c->driver->dialect, &c->scratch);
    if (s.dialect == SQL_SQLITE)
        sql_add(&s, "SELECT count(*) FROM pragma_table_info(");
    else
        sql_add(&s, "SELECT count(*) FROM information_schema.columns WHERE table_schema = "
                    "'perigee' AND table_name = ");
    sql_param(&s, store_text(table));
    sql_add(&s, s.dialect == SQL_SQLITE ? ") WHERE name = " : " AND column_name = ");
    sql_param(&s, store_text(column));
    crm_status status = sql_status(&s, err);
    int64_t count = 0;
    struct statement q = statement_of(&s);
    if (status == CRM_OK) status = store_exec_int(c, &q, &count, err);
    if (status == CRM_OK) *ret = count > 0;
    return status;
}

static crm_status has_column(struct store_conn *c, struct str table, const struct schema_field *f,
                             const char *suffix, bool *ret, struct err *err) {
    struct str column = arena_printf(&c->scratch, "%.*s%s", STR_ARG(f->column), suffix);
    return column.ptr ? structure_has_column(c, table, column, ret, err) : err_no_memory(err);
}

crm_status structure_sys_column(struct store_conn *c, const char *table, const char *column,
                                enum store_type type, struct err *err) {
    bool exists = false;
    crm_status status = structure_has_column(c, str_from(table), str_from(column), &exists, err);
    if (status != CRM_OK || exists) return status;
    struct sql s SQL_CLEANUP;
    sql_init(&s, c->driver->dialect, &c->scratch);
    sql_add(&s, "ALTER TABLE ");
    sql_table(&s, str_from(table));
    sql_add(&s, " ADD COLUMN ");
    sql_name(&s, str_from(column));
    add_type(&s, type);
    return run(c, &s, err);
}

static crm_status add_columns(struct store_conn *c, struct str table, const struct schema_field *f,
                              struct err *err) {
    struct column columns[COLUMNS_PER_FIELD_MAX];
    int count = columns_of(f, columns);
    for (int i = 0; i < count; i++) {
        bool exists = false;
        crm_status status = has_column(c, table, f, columns[i].suffix, &exists, err);
        if (status != CRM_OK) return status;
        if (exists) continue;
        struct sql s SQL_CLEANUP;
        sql_init(&s, c->driver->dialect, &c->scratch);
        sql_add(&s, "ALTER TABLE ");
        sql_table(&s, table);
        sql_add(&s, " ADD COLUMN ");
        sql_column(&s, NULL, f, columns[i].suffix);
        add_type(&s, columns[i].type);
        status = run(c, &s, err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

crm_status structure_add_field(struct store_conn *c, const struct schema_entity *e,
                               const struct schema_field *f, struct err *err) {
    return add_columns(c, e->table, f, err);
}

/* ---- link tables ----------------------------------------------------------------------------- */
crm_status structure_add_attribute(struct store_conn *c, const struct schema_field *f,
                                   const struct schema_field *attribute, struct err *err) {
    return add_columns(c, f->link_table, attribute, err);
}

static crm_status link_index(struct store_conn *c, const struct schema_field *f,
                             const struct link_column *column, struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, c->driver->dialect, &c->scratch);
    sql_add(&s, "CREATE INDEX IF NOT EXISTS ");
    sql_printf(&s, "\"%.*s_%s\"", STR_ARG(f->link_table), column->name);
    sql_add(&s, " ON ");
    sql_table(&s, f->link_table);
    sql_printf(&s, " (\"%s\", \"record\")", column->name);
    return run(c, &s, err);
}

crm_status structure_links(struct store_conn *c, const struct schema_field *f, struct err *err) {
    struct link_column columns[LINK_COLUMNS_MAX];
    int count = link_columns(f, columns);
    struct sql s SQL_CLEANUP;
    sql_init(&s, c->driver->dialect, &c->scratch);
    create_table(&s, f->link_table);
    sql_add(&s, "\"record\"");
    add_type(&s, STORE_INT);
    sql_add(&s, " NOT NULL, \"position\"");
    add_type(&s, STORE_INT);
    sql_add(&s, " NOT NULL");
    for (int i = 0; i < count; i++) {
        sql_printf(&s, ", \"%s\"", columns[i].name);
        add_type(&s, columns[i].type);
    }
    sql_add(&s, ", PRIMARY KEY (\"record\", \"position\")");
    end_table(&s, false);
    crm_status status = run(c, &s, err);
    for (int i = 0; status == CRM_OK && i < count; i++)
        if (columns[i].indexed) status = link_index(c, f, &columns[i], err);
    for (size_t i = 0; status == CRM_OK && i < f->attribute_count; i++)
        status = add_columns(c, f->link_table, &f->attributes[i], err);
    return status;
}

/* ---- indexes --------------------------------------------------------------------------------- */
const char *structure_key_suffix(const struct schema_field *f) {
    if (schema_storage_of(f) == SCHEMA_STORAGE_MONEY) return "_b";
    return f->fold ? "_k" : "";
}

static void add_filled(struct sql *s, const struct schema_entity *e,
                       const struct schema_index *index, const char *alias) {
    const struct schema_field *f = schema_field_at(e, index->slots[0]);
    sql_column(s, alias, f, structure_key_suffix(f));
    sql_add(s, " IS NOT NULL");
}

void structure_index_where(struct sql *s, const struct schema_entity *e,
                           const struct schema_index *index, const char *alias) {
    if (!index->unique && !index->skips_nil) return;
    sql_add(s, " WHERE ");
    if (index->unique) {
        sql_column(s, alias, schema_standard(e, SCHEMA_STD_DELETED_AT), "");
        sql_add(s, " IS NULL AND ");
    }
    add_filled(s, e, index, alias);
}

/* Unique: over living rows with a value only, so that those without cost nothing. Others: the
 * columns, then deleted_at and id, so that lists of living rows in the order of the columns, and
 * counts by them, need nothing but the index; those that skip nil hold the rows with a value.
 * SQLite appends the id (its rowid) by itself. */
void structure_index_body(struct sql *s, const struct schema_entity *e,
                          const struct schema_index *index, struct str name, struct str table) {
    const char *order = s->dialect == SQL_POSTGRES ? " NULLS FIRST" : "";
    sql_name(s, name);
    sql_add(s, " ON ");
    sql_table(s, table);
    for (size_t i = 0; i < index->slot_count; i++) {
        const struct schema_field *f = schema_field_at(e, index->slots[i]);
        sql_add(s, i ? ", " : " (");
        sql_column(s, NULL, f, structure_key_suffix(f));
        sql_add(s, order);
    }
    if (!index->unique) {
        sql_add(s, ", ");
        sql_column(s, NULL, schema_standard(e, SCHEMA_STD_DELETED_AT), "");
        sql_add(s, order);
        if (s->dialect == SQL_POSTGRES) sql_add(s, ", \"id\"");
    }
    sql_add(s, ")");
    structure_index_where(s, e, index, NULL);
}

static crm_status make_index(struct store_conn *c, const struct schema_entity *e,
                             const struct schema_index *index, bool concurrently, struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, c->driver->dialect, &c->scratch);
    sql_add(&s, index->unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ");
    if (concurrently) sql_add(&s, "CONCURRENTLY ");
    sql_add(&s, "IF NOT EXISTS ");
    structure_index_body(&s, e, index, index->name, e->table);
    return run(c, &s, err);
}

crm_status structure_index(struct store_conn *c, const struct schema_entity *e,
                           const struct schema_index *index, struct err *err) {
    return make_index(c, e, index, false, err);
}

crm_status structure_index_concurrently(struct store_conn *c, const struct schema_entity *e,
                                        const struct schema_index *index, struct err *err) {
    return make_index(c, e, index, true, err);
}

crm_status structure_drop_index(struct store_conn *c, struct str name, struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, c->driver->dialect, &c->scratch);
    sql_add(&s, "DROP INDEX IF EXISTS ");
    sql_table(&s, name);
    return run(c, &s, err);
}

crm_status structure_try_lock(struct store_conn *c, bool hardly, struct err *err) {
    if (c->driver->engine != STORE_POSTGRES) return CRM_OK;
    return store_exec_script(
        c, hardly ? "SET LOCAL lock_timeout = 50" : "SET LOCAL lock_timeout = 5000", err);
}

crm_status structure_drop_table(struct store_conn *c, struct str name, struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, c->driver->dialect, &c->scratch);
    sql_add(&s, "DROP TABLE IF EXISTS ");
    sql_table(&s, name);
    return run(c, &s, err);
}

crm_status structure_has_table(struct store_conn *c, struct str table, bool *ret, struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, c->driver->dialect, &c->scratch);
    if (s.dialect == SQL_SQLITE)
        sql_add(&s, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ");
    else
        sql_add(&s, "SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = 'perigee' AND "
                    "tablename = ");
    sql_param(&s, store_text(table));
    crm_status status = sql_status(&s, err);
    int64_t count = 0;
    struct statement q = statement_of(&s);
    if (status == CRM_OK) status = store_exec_int(c, &q, &count, err);
    if (status == CRM_OK) *ret = count > 0;
    return status;
}
