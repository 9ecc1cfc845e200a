/* See shadow.h. */
#include "store/shadow.h"

#include "store/columns.h"
#include "store/reshape.h"
#include "store/structure.h"

enum { SHADOWS_MAX = 1000, ROWS_DEFAULT = 1000000 };

#define RENEWED "\"renewed\""

static const char *const triggers[] = {"_added", "_changed", "_gone"};
enum { TRIGGER_COUNT = sizeof triggers / sizeof *triggers };

int64_t store_shadow_rows(const struct store *s) {
    if (s->driver->dialect != SQL_SQLITE) return INT64_MAX;
    return s->shadow_rows > 0 ? s->shadow_rows : ROWS_DEFAULT;
}

struct str store_shadow_name(struct arena *a, struct str index) {
    return arena_printf(a, STORE_SHADOW_PREFIX "%.*s", STR_ARG(index));
}

/* What stands in a statement about a shadow. */
struct shadow {
    struct store_conn *conn;
    const struct schema_entity *entity;
    const struct schema_index *index;
    struct str name, index_name;
};

static crm_status shadow_of(struct store_conn *c, const struct schema_entity *e,
                            const struct schema_index *index, struct shadow *ret, struct err *err) {
    struct shadow s = {.conn = c, .entity = e, .index = index};
    s.name = store_shadow_name(&c->scratch, index->name);
    s.index_name = arena_printf(&c->scratch, "%.*s_keys", STR_ARG(s.name));
    if (!s.name.ptr || !s.index_name.ptr) return err_no_memory(err);
    *ret = s;
    return CRM_OK;
}

static crm_status run(struct store_conn *c, struct sql *s, struct err *err) {
    crm_status status = sql_status(s, err);
    return status == CRM_OK ? store_exec_script(c, s->text.ptr, err) : status;
}

/* ---- what there is ----------------------------------------------------------------------- */
static crm_status count_of(struct store_conn *c, const char *type, struct str name, int64_t *ret,
                           struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, SQL_SQLITE, &c->scratch);
    sql_printf(&s, "SELECT count(*) FROM sqlite_schema WHERE type = '%s' AND name = ", type);
    sql_param(&s, store_text(name));
    crm_status status = sql_status(&s, err);
    struct statement q = statement_of(&s);
    return status == CRM_OK ? store_exec_int(c, &q, ret, err) : status;
}

crm_status store_shadow_look(struct store_conn *c, const struct schema_index *index,
                             bool *ret_is_made, bool *ret_has_shadow, struct err *err) {
    int64_t indexes = 0, tables = 0;
    *ret_is_made = *ret_has_shadow = false;
    if (c->driver->dialect != SQL_SQLITE) return CRM_OK;
    struct str name = store_shadow_name(store_scratch_enter(c), index->name);
    crm_status status =
        name.ptr ? count_of(c, "index", index->name, &indexes, err) : err_no_memory(err);
    if (status == CRM_OK) status = count_of(c, "table", name, &tables, err);
    store_scratch_leave(c);
    if (status != CRM_OK) return status;
    *ret_is_made = indexes > 0;
    *ret_has_shadow = tables > 0;
    return CRM_OK;
}

static crm_status list(struct store_conn *c, struct arena *a, struct str **ret, size_t *ret_count,
                       struct err *err) {
    struct store_rows *rows ROWS_CLEANUP = NULL;
    struct sql s SQL_CLEANUP;
    struct str *names = ARENA_ARRAY(a, SHADOWS_MAX, struct str);
    size_t count = 0;
    bool found = true;
    sql_init(&s, SQL_SQLITE, &c->scratch);
    if (!names) return err_no_memory(err);
    sql_add(&s, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB "
                "'" STORE_SHADOW_PREFIX "*'");
    crm_status status = store_sql_open(c, &s, false, &rows, err);
    while (status == CRM_OK && count < SHADOWS_MAX) {
        status = store_exec_next(rows, &found, err);
        if (status != CRM_OK || !found) break;
        names[count] = arena_str(a, rows->values[0].bytes);
        if (!names[count++].ptr) return err_no_memory(err);
    }
    if (status != CRM_OK) return status;
    *ret = names;
    *ret_count = count;
    return CRM_OK;
}

crm_status store_shadow_list(struct store_conn *c, struct arena *a, struct str **ret,
                             size_t *ret_count, struct err *err) {
    *ret_count = 0;
    if (c->driver->dialect != SQL_SQLITE) return CRM_OK;
    store_scratch_enter(c);
    crm_status status = list(c, a, ret, ret_count, err);
    store_scratch_leave(c);
    return status;
}

/* ---- making it --------------------------------------------------------------------------- */
/* ", alias.column" for what the index covers. */
static void add_keys(struct sql *s, const struct shadow *x, const char *alias, bool with_type) {
    for (size_t i = 0; i < x->index->slot_count; i++) {
        const struct schema_field *f = schema_field_at(x->entity, x->index->slots[i]);
        const char *suffix = structure_key_suffix(f);
        struct column columns[COLUMNS_PER_FIELD_MAX];
        int count = columns_of(f, columns);
        sql_add(s, ", ");
        sql_column(s, alias, f, suffix);
        for (int k = 0; with_type && k < count; k++)
            if (strcmp(columns[k].suffix, suffix) == 0)
                sql_add(s, columns[k].type == STORE_INT ? " INTEGER" : " TEXT");
    }
}

/* "INSERT INTO shadow (...) SELECT ..." of a row or rows called `alias`. */
static void add_insert(struct sql *s, const struct shadow *x, const char *alias, bool renewed) {
    sql_add(s, renewed ? "INSERT INTO " : "INSERT OR IGNORE INTO ");
    sql_name(s, x->name);
    sql_add(s, " (\"id\", \"deleted_at\"");
    add_keys(s, x, NULL, false);
    sql_printf(s, ", " RENEWED ") SELECT %s.\"id\", %s.\"deleted_at\"", alias, alias);
    add_keys(s, x, alias, false);
    sql_add(s, renewed ? ", 1" : ", NULL");
}

static crm_status make_table(const struct shadow *x, struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, SQL_SQLITE, &x->conn->scratch);
    sql_add(&s, "CREATE TABLE IF NOT EXISTS ");
    sql_name(&s, x->name);
    sql_add(&s, " (\"id\" INTEGER NOT NULL PRIMARY KEY, \"deleted_at\" INTEGER");
    add_keys(&s, x, NULL, true);
    sql_add(&s, ", " RENEWED " INTEGER) STRICT; CREATE INDEX IF NOT EXISTS ");
    structure_index_body(&s, x->entity, x->index, x->index_name, x->name);
    if (x->index->unique) {
        sql_add(&s, "; CREATE INDEX IF NOT EXISTS ");
        sql_name2(&s, x->name, "_renewed");
        sql_add(&s, " ON ");
        sql_name(&s, x->name);
        sql_add(&s, " (\"id\") WHERE " RENEWED " IS NOT NULL");
    }
    return run(x->conn, &s, err);
}

static void open_trigger(struct sql *s, const struct shadow *x, int which, const char *when) {
    sql_add(s, "CREATE TRIGGER IF NOT EXISTS ");
    sql_name2(s, x->name, triggers[which]);
    sql_printf(s, " AFTER %s", when);
}

static void add_trigger_body(struct sql *s, const struct shadow *x, const char *old, bool inserts) {
    sql_add(s, " ON ");
    sql_table(s, x->entity->table);
    sql_add(s, " BEGIN DELETE FROM ");
    sql_name(s, x->name);
    sql_printf(s, " WHERE \"id\" = %s.\"id\"; ", old);
    if (inserts) {
        add_insert(s, x, "new", true);
        structure_index_where(s, x->entity, x->index, "new");
        sql_add(s, "; ");
    }
    sql_add(s, "END");
}

static crm_status make_triggers(const struct shadow *x, struct err *err) {
    struct sql added SQL_CLEANUP, changed SQL_CLEANUP, gone SQL_CLEANUP;
    sql_init(&added, SQL_SQLITE, &x->conn->scratch);
    sql_init(&changed, SQL_SQLITE, &x->conn->scratch);
    sql_init(&gone, SQL_SQLITE, &x->conn->scratch);
    open_trigger(&added, x, 0, "INSERT");
    add_trigger_body(&added, x, "new", true);
    open_trigger(&changed, x, 1, "UPDATE OF \"deleted_at\"");
    add_keys(&changed, x, NULL, false);
    add_trigger_body(&changed, x, "old", true);
    open_trigger(&gone, x, 2, "DELETE");
    add_trigger_body(&gone, x, "old", false);
    crm_status status = run(x->conn, &added, err);
    if (status == CRM_OK) status = run(x->conn, &changed, err);
    return status == CRM_OK ? run(x->conn, &gone, err) : status;
}

crm_status store_shadow_begin(struct store_conn *c, const struct schema_entity *e,
                              const struct schema_index *index, struct err *err) {
    struct shadow x;
    store_scratch_enter(c);
    c->structure = true;
    crm_status status = shadow_of(c, e, index, &x, err);
    if (status == CRM_OK) status = make_table(&x, err);
    if (status == CRM_OK) status = make_triggers(&x, err);
    c->structure = false;
    store_scratch_leave(c);
    return status;
}

/* ---- filling it -------------------------------------------------------------------------- */
static crm_status copy(const struct shadow *x, int64_t after_id, int64_t last, struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, SQL_SQLITE, &x->conn->scratch);
    add_insert(&s, x, "t", false);
    sql_add(&s, " FROM ");
    sql_table(&s, x->entity->table);
    sql_add(&s, " t");
    structure_index_where(&s, x->entity, x->index, "t");
    sql_add(&s, x->index->unique || x->index->skips_nil ? " AND " : " WHERE ");
    sql_add(&s, "t.\"id\" > ");
    sql_param(&s, store_int(after_id));
    sql_add(&s, " AND t.\"id\" <= ");
    sql_param(&s, store_int(last));
    return store_sql_run(x->conn, &s, NULL, err);
}

crm_status store_shadow_copy(struct store_conn *c, const struct schema_entity *e,
                             const struct schema_index *index, int64_t after_id, int64_t limit,
                             int64_t *ret_last, int64_t *ret_rows, struct err *err) {
    struct shadow x;
    int64_t last = after_id, rows = 0;
    store_scratch_enter(c);
    crm_status status = shadow_of(c, e, index, &x, err);
    if (status == CRM_OK)
        status = store_reshape_boundary(c, e->table, after_id, limit, &last, &rows, err);
    if (status == CRM_OK && rows > 0) status = copy(&x, after_id, last, err);
    store_scratch_leave(c);
    if (status != CRM_OK) return status;
    *ret_last = last;
    *ret_rows = rows;
    return CRM_OK;
}

/* ---- handing over ------------------------------------------------------------------------ */
static crm_status drop_triggers(struct store_conn *c, struct str shadow, struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, SQL_SQLITE, &c->scratch);
    for (int i = 0; i < TRIGGER_COUNT; i++) {
        sql_add(&s, "DROP TRIGGER IF EXISTS ");
        sql_name2(&s, shadow, triggers[i]);
        sql_add(&s, ";");
    }
    return run(c, &s, err);
}

static crm_status take(const struct shadow *x, struct err *err) {
    struct sql text SQL_CLEANUP;
    sql_init(&text, SQL_SQLITE, &x->conn->scratch);
    sql_add(&text, x->index->unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ");
    structure_index_body(&text, x->entity, x->index, x->index->name, x->entity->table);
    crm_status status = sql_status(&text, err);
    if (status == CRM_OK) status = drop_triggers(x->conn, x->name, err);
    if (status != CRM_OK) return status;
    return x->conn->driver->hand_over(x->conn, x->index_name, x->index->name, x->entity->table,
                                      buf_str(&text.text), err);
}

crm_status store_shadow_take(struct store_conn *c, const struct schema_entity *e,
                             const struct schema_index *index, struct err *err) {
    struct shadow x;
    crm_status status = store_begin(c, err);
    if (status != CRM_OK) return status;
    store_scratch_enter(c);
    c->structure = true;
    status = shadow_of(c, e, index, &x, err);
    if (status == CRM_OK) status = take(&x, err);
    c->structure = false;
    store_scratch_leave(c);
    if (status == CRM_OK) return store_commit(c, err);
    store_rollback(c);
    return status;
}

/* ---- clearing it ------------------------------------------------------------------------- */
static crm_status clear(struct store_conn *c, struct str shadow, int64_t limit, bool *ret_gone,
                        struct err *err) {
    struct sql s SQL_CLEANUP;
    int64_t taken = 0;
    sql_init(&s, SQL_SQLITE, &c->scratch);
    crm_status status = drop_triggers(c, shadow, err);
    sql_add(&s, "DELETE FROM ");
    sql_name(&s, shadow);
    sql_add(&s, " WHERE \"id\" IN (SELECT \"id\" FROM ");
    sql_name(&s, shadow);
    sql_add(&s, " ORDER BY \"id\" LIMIT ");
    sql_param(&s, store_int(limit));
    sql_add(&s, ")");
    if (status == CRM_OK) status = store_sql_run(c, &s, &taken, err);
    if (status != CRM_OK || taken == limit) return status;
    *ret_gone = true;
    return structure_drop_table(c, shadow, err);
}

crm_status store_shadow_clear(struct store_conn *c, struct str shadow, int64_t limit,
                              bool *ret_gone, struct err *err) {
    *ret_gone = false;
    store_scratch_enter(c);
    c->structure = true;
    crm_status status = clear(c, shadow, limit, ret_gone, err);
    c->structure = false;
    store_scratch_leave(c);
    return status;
}
