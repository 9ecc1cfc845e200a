/* See figure_columns.h. */
#include "store/figure_columns.h"

#include "store/columns.h"
#include "store/expr_shape.h"
#include "store/messages.h"

enum { MEMORY_FIRST = 64, MEMORY_MAX = 1 << 20 };

/* ---- which column an expression hangs on ------------------------------------------------- */
struct narrowing {
    const struct schema_entity *root;
    const struct schema *schema;
    const struct schema_field *field;
    bool possible, through; /* through: every path goes on behind the field */
};

static bool is_small(const struct narrowing *n, const struct schema_field *f) {
    const struct schema_entity *target =
        f->ref_entity ? schema_entity_by_id(n->schema, f->ref_entity) : NULL;
    return target && target->resident;
}

static bool look_at_path(void *ctx, const struct expr *e) {
    struct narrowing *n = ctx;
    if (e->op != EXPR_PATH) return true;
    const struct schema_field *f = schema_field_by_id(n->root, e->path.step[0].field);
    bool first = n->field == NULL;
    if (!f || !columns_stored(f) || (!first && n->field != f)) return n->possible = false;
    bool through = e->path.length > 1;
    if (!first && through != n->through) return n->possible = false;
    n->field = f;
    n->through = through;
    n->possible = through ? f->value_type.type == VALUE_ID &&
                                schema_storage_of(f) == SCHEMA_STORAGE_COLUMN && is_small(n, f)
                          : f->value_type.type == VALUE_DATE;
    return n->possible;
}

static const struct schema_field *narrow_field(const struct figure_columns *f,
                                               const struct expr *e) {
    struct narrowing n = {
        .root = f->query->from, .schema = f->query->access->schema, .possible = true};
    if (e->op == EXPR_PATH && e->path.length == 1) return NULL;
    expr_walk(e, look_at_path, &n);
    return n.possible ? n.field : NULL;
}

crm_status figure_columns_add(struct figure_columns *f, const struct expr *e, int *ret,
                              struct err *err) {
    uint64_t shape = expr_shape(e);
    for (int i = 0; i < f->count; i++) {
        if (f->columns[i].shape != shape) continue;
        *ret = i;
        return CRM_OK;
    }
    if (f->count == FIGURE_COLUMNS_MAX)
        return err_set(err, CRM_TOO_LARGE, &store_text_query_too_large, NULL);
    struct figure_column *c = &f->columns[f->count];
    *c = (struct figure_column){.expr = e, .shape = shape, .narrow = narrow_field(f, e)};
    *ret = f->count++;
    return CRM_OK;
}

/* A list has no value, only the truth of having items. */
static crm_status add_expression(struct query_paths *p, struct sql *s, const struct expr *e,
                                 struct err *err) {
    if (e->type.type != VALUE_LIST) return query_add_value(p, s, e, err);
    sql_add(s, "CASE WHEN ");
    crm_status status = query_add_condition(p, s, e, err);
    sql_add(s, " THEN 1 ELSE 0 END");
    return status;
}

crm_status figure_columns_select(struct figure_columns *f, struct query_paths *p, struct sql *s,
                                 struct err *err) {
    crm_status status = CRM_OK;
    for (int i = 0; status == CRM_OK && i < f->count; i++) {
        struct figure_column *c = &f->columns[i];
        c->column = -1;
        for (int k = 0; c->narrow && k < i; k++)
            if (f->columns[k].narrow == c->narrow) c->column = f->columns[k].column;
        if (c->column >= 0) continue;
        c->column = f->row_columns++;
        if (c->column) sql_add(s, ", ");
        if (c->narrow)
            sql_column(s, "r", c->narrow, "");
        else
            status = add_expression(p, s, c->expr, err);
    }
    return status;
}

/* ---- remembering ------------------------------------------------------------------------- */
static bool keep(struct arena *a, const struct store_value *v, struct store_value *ret) {
    *ret = *v;
    if (v->type == STORE_TEXT) ret->bytes = arena_str(a, v->bytes);
    return v->type != STORE_TEXT || ret->bytes.ptr;
}

/* The expression over a record of which only the narrow column is known. */
static crm_status ask(struct figure_columns *f, const struct figure_column *c,
                      const struct store_value *key, struct store_value *ret, struct err *err) {
    struct query_paths p;
    struct sql s SQL_CLEANUP;
    struct store_rows *rows ROWS_CLEANUP = NULL;
    bool found = false;
    sql_init(&s, f->conn->driver->dialect, f->arena);
    query_paths_init(&p, f->conn, f->query);
    sql_add(&s, "SELECT ");
    crm_status status = add_expression(&p, &s, c->expr, err);
    sql_add(&s, " FROM (SELECT ");
    if (key->type == STORE_NULL)
        sql_add(&s, s.dialect == SQL_POSTGRES ? "NULL::bigint" : "NULL");
    else
        sql_param(&s, *key);
    sql_add(&s, " AS ");
    sql_column(&s, NULL, c->narrow, "");
    sql_add(&s, ") r");
    if (status == CRM_OK) status = query_paths_join(&p, &s, s.text.len, err);
    if (status == CRM_OK) status = store_sql_open(f->conn, &s, false, &rows, err);
    if (status == CRM_OK) status = store_exec_next(rows, &found, err);
    if (status != CRM_OK) return status;
    if (!found) return err_internal(err, "no row of one value");
    return keep(f->arena, &rows->values[0], ret) ? CRM_OK : err_no_memory(err);
}

static struct memory_entry *entry_of(struct memory_entry *memory, size_t mask, int64_t key) {
    size_t at = (size_t)(((uint64_t)key * 0x9E3779B97F4A7C15u) >> 24) & mask;
    while (memory[at].used && memory[at].key != key)
        at = (at + 1) & mask;
    return &memory[at];
}

static crm_status make_room(struct figure_columns *f, struct figure_column *c, struct err *err) {
    if (c->memory && 2 * c->memory_count <= c->memory_mask) return CRM_OK;
    size_t size = c->memory ? 2 * (c->memory_mask + 1) : MEMORY_FIRST;
    struct memory_entry *memory =
        size <= MEMORY_MAX ? ARENA_ARRAY(f->arena, size, struct memory_entry) : NULL;
    if (!memory) return err_no_memory(err);
    for (size_t i = 0; c->memory && i <= c->memory_mask; i++)
        if (c->memory[i].used) *entry_of(memory, size - 1, c->memory[i].key) = c->memory[i];
    c->memory = memory;
    c->memory_mask = size - 1;
    return CRM_OK;
}

crm_status figure_column_recall(struct figure_columns *f, struct figure_column *c,
                                const struct store_value *key, const struct store_value **ret,
                                struct err *err) {
    crm_status status = CRM_OK;
    if (key->type != STORE_INT) {
        if (!c->knows_nil) status = ask(f, c, key, &c->of_nil, err);
        c->knows_nil = status == CRM_OK;
        *ret = &c->of_nil;
        return status;
    }
    struct memory_entry *entry =
        c->memory ? entry_of(c->memory, c->memory_mask, key->integer) : NULL;
    if (!entry || !entry->used) {
        status = make_room(f, c, err);
        if (status != CRM_OK) return status;
        entry = entry_of(c->memory, c->memory_mask, key->integer);
        status = ask(f, c, key, &entry->value, err);
        if (status != CRM_OK) return status;
        entry->key = key->integer;
        entry->used = true;
        c->memory_count++;
    }
    c->last_key = key->integer;
    c->last = &entry->value;
    *ret = &entry->value;
    return CRM_OK;
}

struct value figure_value(const struct store_conn *c, enum value_type type,
                          const struct store_value *v) {
    struct value value = column_to_value(type, v);
    if (value.type != VALUE_MONEY) return value;
    value.currency = c->company.base_currency;
    value.base = value.integer;
    value.has_base = true;
    return value;
}
