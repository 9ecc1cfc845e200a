/* Rows of the kernel's own tables: texts are built once per shape (which columns, which
 * comparisons) and found again by key; see store.h "rows of any table". */
#include "store/driver.h"
#include "store/texts.h"

enum { TABLE_PARAMS_MAX = 64 };

enum table_verb { TABLE_INSERT, TABLE_INSERT_NEW, TABLE_UPDATE, TABLE_DELETE, TABLE_SELECT };

/* One statement of any verb; what a verb does not use stays empty. */
struct table_statement {
    enum table_verb verb;
    const struct store_table *table;
    const struct store_value *values;
    size_t more_rows; /* of values, behind the first */
    const struct store_set *sets;
    size_t set_count;
    const struct store_condition *where;
    size_t where_count;
    const struct store_select *select;
};

static enum store_compare comparison(const struct store_condition *condition) {
    if (condition->value.type != STORE_NULL) return condition->op;
    return condition->op == STORE_EQ   ? STORE_IS_NULL
           : condition->op == STORE_NE ? STORE_NOT_NULL
                                       : condition->op;
}

static bool has_param(enum store_compare op) { return op != STORE_IS_NULL && op != STORE_NOT_NULL; }

static void key_of(const struct table_statement *t, struct text_key *key) {
    key->len = 0;
    key->overflow = false;
    text_key_int(key, t->verb);
    text_key_int(key, (int64_t)(intptr_t)t->table);
    if (t->more_rows) text_key_int(key, (int64_t)t->more_rows);
    for (size_t i = 0; i < t->set_count; i++)
        text_key_add(key, (uint8_t[]){'s', t->sets[i].column, t->sets[i].add}, 3);
    for (size_t i = 0; i < t->where_count; i++)
        text_key_add(key, (uint8_t[]){'w', t->where[i].column, (uint8_t)comparison(&t->where[i])},
                     3);
    if (!t->select) return;
    text_key_add(key, t->select->order, t->select->order_count);
    text_key_add(key, (uint8_t[]){'l', t->select->limit > 0, t->select->for_update}, 3);
}

static size_t collect_params(const struct table_statement *t, struct store_value *params) {
    size_t count = 0;
    if (t->values)
        for (size_t i = 0; i < t->table->column_count; i++)
            params[count++] = t->values[i];
    for (size_t i = 0; i < t->set_count; i++)
        params[count++] = t->sets[i].value;
    for (size_t i = 0; i < t->where_count; i++)
        if (has_param(comparison(&t->where[i]))) params[count++] = t->where[i].value;
    if (t->select && t->select->limit > 0) params[count++] = store_int(t->select->limit);
    return count;
}

static void add_column(struct sql *s, const struct table_statement *t, size_t column) {
    sql_name(s, str_from(t->table->columns[column].name));
}

static void add_where(struct sql *s, const struct table_statement *t) {
    static const char *const operators[] = {[STORE_EQ] = " = ",
                                            [STORE_LT] = " < ",
                                            [STORE_LE] = " <= ",
                                            [STORE_GT] = " > ",
                                            [STORE_GE] = " >= ",
                                            [STORE_IS_NULL] = " IS NULL",
                                            [STORE_NOT_NULL] = " IS NOT NULL"};
    for (size_t i = 0; i < t->where_count; i++) {
        enum store_compare op = comparison(&t->where[i]);
        sql_add(s, i ? " AND " : " WHERE ");
        add_column(s, t, t->where[i].column);
        if (op == STORE_NE)
            sql_add(s, s->dialect == SQL_SQLITE ? " IS NOT " : " IS DISTINCT FROM ");
        else
            sql_add(s, operators[op]);
        if (has_param(op)) sql_param_bare(s, t->where[i].value);
    }
}

static void build_insert(struct sql *s, const struct table_statement *t) {
    sql_add(s, "INSERT INTO ");
    sql_table(s, str_from(t->table->name));
    sql_add(s, " VALUES ");
    for (size_t i = 0; i < t->table->column_count * (t->more_rows + 1); i++) {
        sql_add(s, i % t->table->column_count ? ", " : i ? "), (" : "(");
        sql_param_bare(s, t->values[i]);
    }
    sql_add(s, ")");
    if (t->verb != TABLE_INSERT_NEW) return;
    sql_add(s, " ON CONFLICT (");
    for (size_t i = 0; i < t->table->key_columns; i++) {
        if (i) sql_add(s, ", ");
        add_column(s, t, i);
    }
    sql_add(s, ") DO NOTHING");
}

static void build_update(struct sql *s, const struct table_statement *t) {
    sql_add(s, "UPDATE ");
    sql_table(s, str_from(t->table->name));
    for (size_t i = 0; i < t->set_count; i++) {
        sql_add(s, i ? ", " : " SET ");
        add_column(s, t, t->sets[i].column);
        sql_add(s, " = ");
        if (t->sets[i].add) {
            add_column(s, t, t->sets[i].column);
            sql_add(s, " + ");
        }
        sql_param_bare(s, t->sets[i].value);
    }
    add_where(s, t);
}

static void build_select(struct sql *s, const struct table_statement *t) {
    sql_add(s, "SELECT ");
    for (size_t i = 0; i < t->table->column_count; i++) {
        if (i) sql_add(s, ", ");
        add_column(s, t, i);
    }
    sql_add(s, " FROM ");
    sql_table(s, str_from(t->table->name));
    add_where(s, t);
    for (size_t i = 0; i < t->select->order_count; i++) {
        int column = t->select->order[i];
        sql_add(s, i ? ", " : " ORDER BY ");
        add_column(s, t, (size_t)(column < 0 ? -column : column) - 1);
        if (s->dialect == SQL_POSTGRES)
            sql_add(s, column < 0 ? " DESC NULLS LAST" : " NULLS FIRST");
        else if (column < 0)
            sql_add(s, " DESC");
    }
    if (t->select->limit > 0) {
        sql_add(s, " LIMIT ");
        sql_param_bare(s, store_int(t->select->limit));
    }
    if (t->select->for_update && s->dialect == SQL_POSTGRES) sql_add(s, " FOR UPDATE SKIP LOCKED");
}

static void build(struct sql *s, const struct table_statement *t) {
    switch (t->verb) {
    case TABLE_INSERT:
    case TABLE_INSERT_NEW:
        build_insert(s, t);
        break;
    case TABLE_UPDATE:
        build_update(s, t);
        break;
    case TABLE_DELETE:
        sql_add(s, "DELETE FROM ");
        sql_table(s, str_from(t->table->name));
        add_where(s, t);
        break;
    case TABLE_SELECT:
        build_select(s, t);
        break;
    }
}

/* The text from the cache, or built now and kept there. */
static crm_status find_text(struct store_conn *c, const struct table_statement *t,
                            struct statement *q, struct err *err) {
    struct text_key key;
    key_of(t, &key);
    const struct text_entry *entry = text_cache_find(c->texts, &key);
    if (!entry) {
        struct sql s SQL_CLEANUP;
        sql_init(&s, c->driver->dialect, store_scratch_enter(c));
        build(&s, t);
        crm_status status = sql_status(&s, err);
        if (status == CRM_OK) entry = text_cache_put(c->texts, &key, buf_str(&s.text));
        store_scratch_leave(c);
        if (status != CRM_OK) return status;
        if (!entry) return err_no_memory(err);
    }
    q->text = entry->text;
    q->hash = entry->hash;
    return CRM_OK;
}

static crm_status run(struct store_conn *c, const struct table_statement *t, int64_t *ret_affected,
                      struct err *err) {
    struct store_value params[TABLE_PARAMS_MAX];
    struct statement q = {.params = params};
    if (t->set_count + t->where_count + t->table->column_count > TABLE_PARAMS_MAX)
        return err_internal(err, "too many columns");
    crm_status status = find_text(c, t, &q, err);
    if (status != CRM_OK) return status;
    q.param_count = collect_params(t, params);
    return store_exec_run(c, &q, ret_affected, err);
}

crm_status store_insert(struct store_conn *c, const struct store_table *t,
                        const struct store_value *values, struct err *err) {
    struct table_statement statement = {.verb = TABLE_INSERT, .table = t, .values = values};
    return run(c, &statement, NULL, err);
}

crm_status store_insert_rows(struct store_conn *c, const struct store_table *t,
                             const struct store_value *values, size_t rows, struct err *err) {
    struct table_statement statement = {
        .verb = TABLE_INSERT, .table = t, .values = values, .more_rows = rows - 1};
    struct statement q = {.params = values, .param_count = rows * t->column_count};
    crm_status status = find_text(c, &statement, &q, err);
    return status == CRM_OK ? store_exec_run(c, &q, NULL, err) : status;
}

crm_status store_insert_new(struct store_conn *c, const struct store_table *t,
                            const struct store_value *values, bool *ret_inserted, struct err *err) {
    struct table_statement statement = {.verb = TABLE_INSERT_NEW, .table = t, .values = values};
    int64_t affected = 0;
    crm_status status = run(c, &statement, &affected, err);
    if (status == CRM_OK) *ret_inserted = affected != 0;
    return status;
}

crm_status store_update(struct store_conn *c, const struct store_table *t,
                        const struct store_set *sets, size_t set_count,
                        const struct store_condition *where, size_t where_count,
                        int64_t *ret_affected, struct err *err) {
    struct table_statement statement = {.verb = TABLE_UPDATE,
                                        .table = t,
                                        .sets = sets,
                                        .set_count = set_count,
                                        .where = where,
                                        .where_count = where_count};
    return run(c, &statement, ret_affected, err);
}

crm_status store_delete(struct store_conn *c, const struct store_table *t,
                        const struct store_condition *where, size_t where_count,
                        int64_t *ret_affected, struct err *err) {
    struct table_statement statement = {
        .verb = TABLE_DELETE, .table = t, .where = where, .where_count = where_count};
    return run(c, &statement, ret_affected, err);
}

crm_status store_each(struct store_conn *c, const struct store_select *select, store_row_fn fn,
                      void *ctx, struct err *err) {
    struct table_statement t = {.verb = TABLE_SELECT,
                                .table = select->table,
                                .where = select->where,
                                .where_count = select->where_count,
                                .select = select};
    struct store_value params[TABLE_PARAMS_MAX];
    struct statement q = {.params = params};
    if (t.where_count >= TABLE_PARAMS_MAX) return err_internal(err, "too many conditions");
    crm_status status = find_text(c, &t, &q, err);
    if (status != CRM_OK) return status;
    q.param_count = collect_params(&t, params);
    struct store_rows *rows ROWS_CLEANUP = NULL;
    status = store_exec_open(c, &q, select->limit == 0, &rows, err);
    while (status == CRM_OK) {
        bool found;
        status = store_exec_next(rows, &found, err);
        if (status != CRM_OK || !found || !fn(ctx, rows->values)) break;
    }
    return status;
}

struct first_row {
    struct arena *arena;
    size_t column_count;
    struct store_value *row;
    bool no_memory;
};

static bool keep_first(void *ctx, const struct store_value *row) {
    struct first_row *first = ctx;
    first->row = ARENA_ARRAY(first->arena, first->column_count, struct store_value);
    first->no_memory = !first->row;
    for (size_t i = 0; first->row && i < first->column_count; i++) {
        first->row[i] = row[i];
        if (row[i].type != STORE_TEXT && row[i].type != STORE_BLOB) continue;
        first->row[i].bytes = arena_str(first->arena, row[i].bytes);
        if (!first->row[i].bytes.ptr) first->no_memory = true;
    }
    return false;
}

crm_status store_first(struct store_conn *c, const struct store_select *select, struct arena *a,
                       const struct store_value **ret_row, struct err *err) {
    struct store_select one = *select;
    struct first_row first = {.arena = a, .column_count = select->table->column_count};
    one.limit = 1;
    crm_status status = store_each(c, &one, keep_first, &first, err);
    if (status != CRM_OK) return status;
    if (first.no_memory) return err_no_memory(err);
    *ret_row = first.row;
    return CRM_OK;
}
