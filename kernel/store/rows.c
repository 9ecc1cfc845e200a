/* Writing records: one row in, changed, out. See rows.h. */
#include "store/rows.h"

#include "store/shape.h"

/* ---- texts ------------------------------------------------------------------------------- */
static void build_insert(struct sql *s, const struct shape *shape) {
    const struct schema_entity *e = shape->entity;
    struct column columns[COLUMNS_PER_FIELD_MAX];
    size_t total = 0;
    sql_add(s, "INSERT INTO ");
    sql_table(s, e->table);
    for (size_t i = 0; i < e->field_count; i++) {
        int count = columns_of(&e->fields[i], columns);
        for (int k = 0; k < count; k++) {
            sql_add(s, total++ ? ", " : " (");
            sql_column(s, NULL, &e->fields[i], columns[k].suffix);
        }
    }
    for (size_t i = 0; i < total; i++) {
        sql_add(s, i ? ", " : ") VALUES (");
        sql_param_bare(s, STORE_NIL);
    }
    sql_add(s, ")");
}

static void build_update(struct sql *s, const struct shape *shape) {
    const struct schema_entity *e = shape->entity;
    struct column columns[COLUMNS_PER_FIELD_MAX];
    size_t total = 0;
    sql_add(s, "UPDATE ");
    sql_table(s, e->table);
    for (size_t i = 0; i < e->field_count; i++) {
        const struct schema_field *f = &e->fields[i];
        int count = shape_has(shape, f) ? columns_of(f, columns) : 0;
        for (int k = 0; k < count; k++) {
            sql_add(s, total++ ? ", " : " SET ");
            sql_column(s, NULL, f, columns[k].suffix);
            sql_add(s, " = ");
            sql_param_bare(s, STORE_NIL);
        }
    }
    if (total == 0) sql_add(s, " SET \"id\" = \"id\"");
    sql_add(s, " WHERE \"id\" = ");
    sql_param_bare(s, STORE_NIL);
    if (!shape->variant) return;
    sql_add(s, " AND ");
    sql_column(s, NULL, schema_standard(e, SCHEMA_STD_VERSION), "");
    sql_add(s, " = ");
    sql_param_bare(s, STORE_NIL);
}

static void build_delete(struct sql *s, const struct shape *shape) {
    sql_add(s, "DELETE FROM ");
    sql_table(s, shape->entity->table);
    sql_add(s, " WHERE \"id\" = ");
    sql_param_bare(s, STORE_NIL);
}

/* ---- parameters -------------------------------------------------------------------------- */
/* Values of the shape's slots, in the order of build_insert and build_update. */
static crm_status collect(const struct shape *shape, const struct value *row, struct arena *a,
                          size_t spare, struct store_value **ret_params, size_t *ret_count,
                          struct err *err) {
    const struct schema_entity *e = shape->entity;
    struct store_value *params =
        ARENA_ARRAY(a, e->field_count * COLUMNS_PER_FIELD_MAX + spare, struct store_value);
    size_t count = 0;
    if (!params) return err_no_memory(err);
    for (size_t i = 0; i < e->field_count; i++) {
        const struct schema_field *f = &e->fields[i];
        struct column columns[COLUMNS_PER_FIELD_MAX];
        if (!shape_has(shape, f)) continue;
        crm_status status = columns_from_value(f, &row[i], a, params + count, err);
        if (status != CRM_OK) {
            err_at_entity(err, e->name);
            return status;
        }
        count += (size_t)columns_of(f, columns);
    }
    *ret_params = params;
    *ret_count = count;
    return CRM_OK;
}

static crm_status insert(struct store_conn *c, const struct schema_entity *e,
                         const struct value *row, struct arena *a, struct err *err) {
    struct shape shape = {.kind = SHAPE_INSERT, .entity = e};
    struct statement q = {0};
    struct store_value *params;
    crm_status status = collect(&shape, row, a, 0, &params, &q.param_count, err);
    if (status == CRM_OK) status = shape_text(c, &shape, build_insert, a, &q, err);
    if (status != CRM_OK) return status;
    q.params = params;
    return store_exec_run(c, &q, NULL, err);
}

crm_status store_record_insert(struct store_conn *c, const struct schema_entity *e,
                               const struct value *row, struct err *err) {
    struct arena *a = store_scratch_enter(c);
    crm_status status = insert(c, e, row, a, err);
    store_scratch_leave(c);
    return status;
}

static crm_status update(struct store_conn *c, const struct shape *shape, int64_t id,
                         int64_t expect_version, const struct value *row, struct arena *a,
                         bool *ret_found, struct err *err) {
    struct statement q = {0};
    struct store_value *params;
    int64_t affected = 0;
    crm_status status = collect(shape, row, a, 2, &params, &q.param_count, err);
    if (status == CRM_OK) status = shape_text(c, shape, build_update, a, &q, err);
    if (status != CRM_OK) return status;
    params[q.param_count++] = store_int(id);
    if (expect_version) params[q.param_count++] = store_int(expect_version);
    q.params = params;
    status = store_exec_run(c, &q, ret_found ? &affected : NULL, err);
    if (status == CRM_OK && ret_found) *ret_found = affected != 0;
    return status;
}

crm_status store_record_update(struct store_conn *c, const struct schema_entity *e, int64_t id,
                               int64_t expect_version, const struct slot_set *changed,
                               const struct value *row, bool *ret_found, struct err *err) {
    struct shape shape = {
        .kind = SHAPE_UPDATE, .entity = e, .slots = changed, .variant = expect_version != 0};
    struct arena *a = store_scratch_enter(c);
    crm_status status = update(c, &shape, id, expect_version, row, a, ret_found, err);
    store_scratch_leave(c);
    return status;
}

crm_status store_record_delete(struct store_conn *c, const struct schema_entity *e, int64_t id,
                               struct err *err) {
    struct shape shape = {.kind = SHAPE_DELETE, .entity = e};
    struct store_value param = store_int(id);
    struct statement q = {.params = &param, .param_count = 1};
    struct arena *a = store_scratch_enter(c);
    crm_status status = shape_text(c, &shape, build_delete, a, &q, err);
    if (status == CRM_OK) status = store_exec_run(c, &q, NULL, err);
    store_scratch_leave(c);
    return status;
}
