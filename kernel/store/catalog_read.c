/* Reading what a table is made of; see catalog.h. SQLite: its pragmas as tables; PostgreSQL:
 * pg_catalog. */
#include "store/catalog.h"

struct reading {
    struct store_conn *conn;
    struct arena *arena;
    struct catalog_table *table;
    struct catalog_column *columns;
    size_t column_capacity;
    struct catalog_index *indexes;
    size_t index_capacity;
    bool no_memory, malformed;
};

typedef bool (*row_fn)(struct reading *r, const struct store_value *row);

static crm_status each(struct reading *r, struct sql *s, row_fn fn, struct err *err) {
    struct store_rows *rows ROWS_CLEANUP = NULL;
    bool found = true;
    crm_status status = store_sql_open(r->conn, s, false, &rows, err);
    while (status == CRM_OK && (status = store_exec_next(rows, &found, err)) == CRM_OK && found)
        if (!fn(r, rows->values)) break;
    if (status == CRM_OK && r->no_memory) status = err_no_memory(err);
    if (status == CRM_OK && r->malformed)
        status =
            err_internal(err, "table %.*s has a form that is not known", STR_ARG(r->table->name));
    return status;
}

static struct str keep(struct reading *r, const struct store_value *v) {
    struct str copy = v->type == STORE_TEXT ? arena_str(r->arena, v->bytes) : STR_NONE;
    if (v->type == STORE_TEXT && !copy.ptr) r->no_memory = true;
    return copy;
}

/* ---- columns ----------------------------------------------------------------------------- */
static bool type_of(struct str word, enum store_type *ret) {
    static const struct {
        const char *word;
        enum store_type type;
    } types[] = {{"INTEGER", STORE_INT}, {"TEXT", STORE_TEXT}, {"BLOB", STORE_BLOB},
                 {"bigint", STORE_INT},  {"text", STORE_TEXT}, {"bytea", STORE_BLOB}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (str_is(word, types[i].word)) {
            *ret = types[i].type;
            return true;
        }
    return false;
}

/* name, type, not null, place in the key (0 = none) */
static bool add_column(struct reading *r, const struct store_value *row) {
    struct catalog_table *t = r->table;
    r->columns =
        arena_grow(r->arena, r->columns, t->column_count, &r->column_capacity, sizeof *r->columns);
    if (!r->columns || t->column_count == CATALOG_COLUMNS_MAX) return !(r->no_memory = true);
    struct catalog_column *column = &r->columns[t->column_count++];
    *column = (struct catalog_column){.name = keep(r, &row[0]), .not_null = row[2].integer != 0};
    t->columns = r->columns;
    int64_t place = row[3].type == STORE_INT ? row[3].integer : 0;
    r->malformed =
        !type_of(row[1].bytes, &column->type) || place < 0 || place > CATALOG_INDEX_COLUMNS_MAX;
    if (r->malformed) return false;
    if (place > 0) {
        t->key[place - 1] = column->name;
        if (t->key_count < (size_t)place) t->key_count = (size_t)place;
        column->not_null = true; /* an integer key of SQLite does not say so */
    }
    return !r->no_memory;
}

static crm_status read_columns(struct reading *r, struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, r->conn->driver->dialect, r->arena);
    if (s.dialect == SQL_SQLITE) {
        sql_add(&s, "SELECT name, type, \"notnull\", pk FROM pragma_table_info(");
        sql_param(&s, store_text(r->table->name));
        sql_add(&s, ") ORDER BY cid");
    } else {
        sql_add(&s, "SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), "
                    "a.attnotnull::int::bigint, coalesce(array_position(i.indkey::smallint[], "
                    "a.attnum), -1)::bigint + 1 FROM pg_class c JOIN pg_namespace n ON n.oid = "
                    "c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_index i "
                    "ON i.indrelid = c.oid AND i.indisprimary WHERE n.nspname = 'perigee' AND "
                    "c.relkind = 'r' AND c.relname = ");
        sql_param(&s, store_text(r->table->name));
        sql_add(&s, " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum");
    }
    return each(r, &s, add_column, err);
}

/* ---- indexes ----------------------------------------------------------------------------- */
static struct str without_parentheses(struct str text) {
    text = str_trim(text);
    while (text.len > 1 && text.ptr[0] == '(' && text.ptr[text.len - 1] == ')')
        text = str_trim(str_make(text.ptr + 1, text.len - 2));
    return text;
}

/* `"deleted_at" IS NULL` or `"team" IS NOT NULL` as either engine writes it; false: another
 * condition. */
static bool take_test(struct reading *r, struct str text, struct catalog_index *index) {
    struct str name = without_parentheses(text), *ret = NULL;
    if (str_ends_with(name, STR(" IS NULL"))) {
        ret = &index->while_nil;
        name.len -= sizeof " IS NULL" - 1;
    } else if (str_ends_with(name, STR(" IS NOT NULL"))) {
        ret = &index->while_filled;
        name.len -= sizeof " IS NOT NULL" - 1;
    }
    if (name.len > 2 && name.ptr[0] == '"' && name.ptr[name.len - 1] == '"')
        name = str_make(name.ptr + 1, name.len - 2);
    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] == '"' || name.ptr[i] == ' ' || name.ptr[i] == '(') return false;
    if (!ret || name.len == 0) return false;
    *ret = arena_str(r->arena, name);
    if (!ret->ptr) r->no_memory = true;
    return true;
}

/* One test, or one AND another: PostgreSQL writes `((a IS NULL) AND (b IS NOT NULL))`. */
static bool take_condition(struct reading *r, struct str text, struct catalog_index *index) {
    const struct str and = STR(" AND ");
    size_t at = str_find(text, and);
    if (at == SIZE_MAX) return take_test(r, text, index);
    struct str whole = str_trim(text);
    bool wrapped = whole.len > 3 && whole.ptr[0] == '(' && whole.ptr[1] == '(';
    if (wrapped) whole = str_make(whole.ptr + 1, whole.len - 2);
    at = str_find(whole, and);
    return take_test(r, str_make(whole.ptr, at), index) &&
           take_test(r, str_make(whole.ptr + at + and.len, whole.len - at - and.len), index);
}

/* index, unique, condition or statement, column; by index and place */
static bool add_index_column(struct reading *r, const struct store_value *row) {
    struct catalog_table *t = r->table;
    struct catalog_index *index = t->index_count ? &r->indexes[t->index_count - 1] : NULL;
    if (!index || !str_eq(index->name, row[0].bytes)) {
        r->indexes =
            arena_grow(r->arena, r->indexes, t->index_count, &r->index_capacity, sizeof *index);
        if (!r->indexes || t->index_count == CATALOG_INDEXES_MAX) return !(r->no_memory = true);
        index = &r->indexes[t->index_count++];
        *index = (struct catalog_index){.name = keep(r, &row[0]), .unique = row[1].integer != 0};
        t->indexes = r->indexes;
        struct str condition = row[2].type == STORE_TEXT ? row[2].bytes : STR_NONE;
        size_t where = str_find(condition, STR(" WHERE "));
        if (r->conn->driver->dialect == SQL_SQLITE)
            condition = where == SIZE_MAX
                            ? STR_NONE
                            : str_make(condition.ptr + where + 7, condition.len - where - 7);
        if (condition.len) r->malformed = !take_condition(r, condition, index);
    }
    if (row[3].type != STORE_TEXT || index->column_count == CATALOG_INDEX_COLUMNS_MAX)
        r->malformed = true;
    else
        index->columns[index->column_count++] = keep(r, &row[3]);
    return !r->malformed && !r->no_memory;
}

/* On PostgreSQL an index of an entity that is not unique ends with the id, which SQLite appends by
 * itself: left out here, put back when it is made. */
static void drop_trailing_id(struct reading *r) {
    if (r->conn->driver->dialect != SQL_POSTGRES || r->table->kind != CATALOG_ENTITY) return;
    for (size_t i = 0; i < r->table->index_count; i++) {
        struct catalog_index *index = &r->indexes[i];
        if (!index->unique && index->column_count > 1 &&
            str_is(index->columns[index->column_count - 1], "id"))
            index->column_count--;
    }
}

static crm_status read_indexes(struct reading *r, struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, r->conn->driver->dialect, r->arena);
    if (s.dialect == SQL_SQLITE) {
        sql_add(&s, "SELECT l.name, l.\"unique\", m.sql, x.name FROM pragma_index_list(");
        sql_param(&s, store_text(r->table->name));
        sql_add(&s, ") l JOIN sqlite_schema m ON m.type = 'index' AND m.name = l.name JOIN "
                    "pragma_index_info(l.name) x WHERE l.origin = 'c' ORDER BY l.name, x.seqno");
    } else {
        sql_add(&s, "SELECT ic.relname::text, i.indisunique::int::bigint, pg_get_expr(i.indpred, "
                    "i.indrelid), a.attname::text FROM pg_class c JOIN pg_namespace n ON n.oid = "
                    "c.relnamespace JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class ic ON "
                    "ic.oid = i.indexrelid CROSS JOIN LATERAL unnest(i.indkey::smallint[]) WITH "
                    "ORDINALITY k(attnum, place) LEFT JOIN pg_attribute a ON a.attrelid = c.oid "
                    "AND a.attnum = k.attnum WHERE n.nspname = 'perigee' AND NOT i.indisprimary "
                    "AND i.indisvalid AND c.relname = ");
        sql_param(&s, store_text(r->table->name));
        sql_add(&s, " ORDER BY ic.relname, k.place");
    }
    crm_status status = each(r, &s, add_index_column, err);
    if (status == CRM_OK) drop_trailing_id(r);
    return status;
}

/* ---- search tables ----------------------------------------------------------------------- */
static bool note_search(struct reading *r, const struct store_value *row) {
    r->table->search |= row[0].integer == 1;
    r->table->trigram |= row[0].integer == 2;
    return true;
}

static crm_status read_search(struct reading *r, struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, r->conn->driver->dialect, r->arena);
    struct str search = arena_printf(r->arena, "%.*s_search", STR_ARG(r->table->name));
    struct str trigram = arena_printf(r->arena, "%.*s_trigram", STR_ARG(r->table->name));
    if (!search.ptr || !trigram.ptr) return err_no_memory(err);
    bool sqlite = s.dialect == SQL_SQLITE;
    sql_add(&s, sqlite ? "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = "
                       : "SELECT 1::bigint FROM pg_catalog.pg_tables WHERE schemaname = 'perigee' "
                         "AND tablename = ");
    sql_param(&s, store_text(search));
    sql_add(&s, sqlite ? " UNION ALL SELECT 2 FROM sqlite_schema WHERE type = 'table' AND name = "
                       : " UNION ALL SELECT 2::bigint FROM information_schema.columns WHERE "
                         "table_schema = 'perigee' AND column_name = 'body' AND table_name = ");
    sql_param(&s, store_text(sqlite ? trigram : search));
    return each(r, &s, note_search, err);
}

static crm_status read_all(struct reading *r, struct err *err) {
    crm_status status = read_columns(r, err);
    if (status != CRM_OK || r->table->column_count == 0) return status;
    status = read_indexes(r, err);
    return status == CRM_OK && r->table->kind == CATALOG_ENTITY ? read_search(r, err) : status;
}

crm_status catalog_read(struct store_conn *c, enum catalog_kind kind, struct str name,
                        struct arena *a, struct catalog_table *ret, bool *ret_found,
                        struct err *err) {
    struct catalog_table table = {.kind = kind, .name = arena_str(a, name)};
    struct reading r = {.conn = c, .arena = a, .table = &table};
    if (!table.name.ptr) return err_no_memory(err);
    bool structure = c->structure;
    c->structure = true; /* the guard lets a reader see what tables are made of */
    crm_status status = read_all(&r, err);
    c->structure = structure;
    if (status != CRM_OK) return status;
    *ret_found = table.column_count > 0;
    *ret = table;
    return CRM_OK;
}
