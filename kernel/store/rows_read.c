/* Reading records: by id, by value, all of them. See rows.h. */
#include "store/rows.h"

#include "base/unicode.h"
#include "store/id_map.h"
#include "store/shape.h"

enum { EACH_BATCH = 256, EACH_MAX_BYTES = 256 << 20 };

/* ---- one and many by id ------------------------------------------------------------------ */
static void add_columns(struct sql *s, const struct shape *shape) {
    const struct schema_entity *e = shape->entity;
    struct column columns[COLUMNS_PER_FIELD_MAX];
    sql_add(s, "SELECT \"id\"");
    for (size_t i = 0; i < e->field_count; i++) {
        const struct schema_field *f = &e->fields[i];
        int count = shape_has(shape, f) && f->id != SCHEMA_STD_ID ? columns_read(f, columns) : 0;
        for (int k = 0; k < count; k++) {
            sql_add(s, ", ");
            sql_column(s, NULL, f, columns[k].suffix);
        }
    }
    sql_add(s, " FROM ");
    sql_table(s, e->table);
}

static void build_get(struct sql *s, const struct shape *shape) {
    add_columns(s, shape);
    sql_add(s, " WHERE \"id\" = ");
    sql_param_bare(s, STORE_NIL);
    if (shape->variant && s->dialect == SQL_POSTGRES) sql_add(s, " FOR SHARE");
}

/* The row at hand as values by slot; what was not asked for is nil. */
static struct value *row_to_values(const struct shape *shape, const struct store_value *columns,
                                   struct arena *a) {
    const struct schema_entity *e = shape->entity;
    struct value *row = ARENA_ARRAY(a, e->field_count, struct value);
    struct column names[COLUMNS_PER_FIELD_MAX];
    const struct store_value *at = columns + 1;
    if (!row) return NULL;
    for (size_t i = 0; i < e->field_count; i++) {
        const struct schema_field *f = &e->fields[i];
        if (f->id == SCHEMA_STD_ID) row[i] = value_id(columns[0].integer);
        if (f->id == SCHEMA_STD_ID || !shape_has(shape, f)) continue;
        row[i] = columns_to_value(f, at);
        at += columns_read(f, names);
        if (!columns_keep(a, &row[i])) return NULL;
    }
    return row;
}

static crm_status get(struct store_conn *c, const struct shape *shape, int64_t id,
                      struct arena *scratch, struct arena *a, struct value **ret_row,
                      struct err *err) {
    struct store_value param = store_int(id);
    struct statement q = {.params = &param, .param_count = 1};
    struct store_rows *rows ROWS_CLEANUP = NULL;
    struct value *row = NULL;
    bool found = false;
    crm_status status = shape_text(c, shape, build_get, scratch, &q, err);
    if (status == CRM_OK) status = store_exec_open(c, &q, false, &rows, err);
    if (status == CRM_OK) status = store_exec_next(rows, &found, err);
    if (status == CRM_OK && found && !(row = row_to_values(shape, rows->values, a)))
        status = err_no_memory(err);
    if (status == CRM_OK) *ret_row = row;
    return status;
}

static crm_status get_one(struct store_conn *c, const struct shape *shape, int64_t id,
                          struct arena *a, struct value **ret_row, struct err *err) {
    struct arena *scratch = store_scratch_enter(c);
    crm_status status = get(c, shape, id, scratch, a, ret_row, err);
    store_scratch_leave(c);
    return status;
}

crm_status store_record_get(struct store_conn *c, const struct schema_entity *e, int64_t id,
                            const struct slot_set *slots, struct arena *a, struct value **ret_row,
                            struct err *err) {
    const struct shape shape = {.kind = SHAPE_GET, .entity = e, .slots = slots};
    return get_one(c, &shape, id, a, ret_row, err);
}

crm_status store_record_hold(struct store_conn *c, const struct schema_entity *e, int64_t id,
                             const struct slot_set *slots, struct arena *a, struct value **ret_row,
                             struct err *err) {
    const struct shape shape = {.kind = SHAPE_GET, .entity = e, .slots = slots, .variant = 1};
    return get_one(c, &shape, id, a, ret_row, err);
}

static crm_status get_batch(struct store_conn *c, const struct shape *shape, const int64_t *ids,
                            size_t count, struct arena *scratch, struct arena *a,
                            struct value **rows, struct err *err) {
    struct sql s SQL_CLEANUP;
    struct id_map map;
    struct store_rows *open ROWS_CLEANUP = NULL;
    struct value *found_rows[SQL_IDS_MAX];
    uint32_t found_count = 0;
    bool is_new, found = true;
    sql_init(&s, c->driver->dialect, scratch);
    add_columns(&s, shape);
    sql_add(&s, " WHERE \"id\"");
    sql_ids(&s, ids, count);
    if (!id_map_init(&map, scratch, count)) return err_no_memory(err);
    crm_status status = store_sql_open(c, &s, false, &open, err);
    while (status == CRM_OK && (status = store_exec_next(open, &found, err)) == CRM_OK && found) {
        if (!(found_rows[found_count] = row_to_values(shape, open->values, a)))
            return err_no_memory(err);
        *id_map_put(&map, open->values[0].integer, &is_new) = found_count++;
    }
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        const uint32_t *position = id_map_find(&map, ids[i]);
        rows[i] = position ? found_rows[*position] : NULL;
    }
    return status;
}

crm_status store_record_get_many(struct store_conn *c, const struct schema_entity *e,
                                 const int64_t *ids, size_t count, const struct slot_set *slots,
                                 struct arena *a, struct value **rows, struct err *err) {
    struct shape shape = {.kind = SHAPE_GET, .entity = e, .slots = slots};
    crm_status status = CRM_OK;
    for (size_t from = 0; status == CRM_OK && from < count; from += SQL_IDS_MAX) {
        size_t portion = count - from < SQL_IDS_MAX ? count - from : SQL_IDS_MAX;
        struct arena *scratch = store_scratch_enter(c);
        status = get_batch(c, &shape, ids + from, portion, scratch, a, rows + from, err);
        store_scratch_leave(c);
    }
    return status;
}

/* ---- ids by value ------------------------------------------------------------------------ */
static void add_folded(struct sql *s, const struct schema_field *f) {
    if (f->fold) {
        sql_column(s, NULL, f, "_k");
        return;
    }
    sql_add(s, s->dialect == SQL_POSTGRES ? "perigee.crm_fold(" : "crm_fold(");
    sql_column(s, NULL, f, "");
    sql_add(s, ")");
}

static crm_status find(struct store_conn *c, const struct schema_entity *e,
                       const struct schema_field *f, struct store_value value, bool folded,
                       struct arena *scratch, struct arena *a, size_t limit, int64_t **ret_ids,
                       size_t *ret_count, struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, c->driver->dialect, scratch);
    sql_add(&s, "SELECT \"id\" FROM ");
    sql_table(&s, e->table);
    sql_add(&s, " WHERE ");
    if (folded)
        add_folded(&s, f);
    else
        sql_column(&s, NULL, f, "");
    sql_add(&s, " = ");
    sql_param(&s, value);
    sql_add(&s, " AND ");
    sql_column(&s, NULL, schema_standard(e, SCHEMA_STD_DELETED_AT), "");
    sql_add(&s, " IS NULL ORDER BY \"id\" LIMIT ");
    sql_param(&s, store_int((int64_t)limit));
    return store_collect_ids(c, &s, a, limit, ret_ids, ret_count, err);
}

crm_status store_record_find(struct store_conn *c, const struct schema_entity *e, int32_t slot,
                             const struct value *value, bool folded, struct arena *a, size_t limit,
                             int64_t **ret_ids, size_t *ret_count, struct err *err) {
    const struct schema_field *f = schema_field_at(e, slot);
    if (!f || !columns_stored(f)) return err_internal(err, "slot %d has no column", slot);
    bool folds = folded && value->type == VALUE_TEXT;
    struct arena *scratch = store_scratch_enter(c);
    struct store_value param = column_from_value(value);
    crm_status status = CRM_OK;
    if (folds && !(param.bytes = fold_text_arena(scratch, value->text)).ptr)
        status = err_no_memory(err);
    if (status == CRM_OK)
        status = find(c, e, f, param, folds, scratch, a, limit, ret_ids, ret_count, err);
    store_scratch_leave(c);
    return status;
}

crm_status store_record_referrers(struct store_conn *c, const struct schema_entity *e,
                                  const struct schema_field *f, int64_t id, struct arena *a,
                                  size_t limit, int64_t **ret_ids, size_t *ret_count,
                                  struct err *err) {
    struct sql s SQL_CLEANUP;
    struct arena *scratch = store_scratch_enter(c);
    bool is_link = schema_storage_of(f) == SCHEMA_STORAGE_LINKS;
    sql_init(&s, c->driver->dialect, scratch);
    sql_add(&s, is_link ? "SELECT DISTINCT \"record\" FROM " : "SELECT \"id\" FROM ");
    sql_table(&s, is_link ? f->link_table : e->table);
    sql_add(&s, " WHERE ");
    if (is_link)
        sql_add(&s, "\"target\"");
    else
        sql_column(&s, NULL, f, "");
    sql_add(&s, " = ");
    sql_param(&s, store_int(id));
    sql_add(&s, is_link ? " ORDER BY \"record\" LIMIT " : " ORDER BY \"id\" LIMIT ");
    sql_param(&s, store_int((int64_t)limit));
    crm_status status = store_collect_ids(c, &s, a, limit, ret_ids, ret_count, err);
    store_scratch_leave(c);
    return status;
}

/* ---- all --------------------------------------------------------------------------------- */
/* Variant: 1 = trashed ones too. */
static void build_each(struct sql *s, const struct shape *shape) {
    add_columns(s, shape);
    sql_add(s, " WHERE \"id\" > ");
    sql_param_bare(s, STORE_NIL);
    if (!shape->variant) {
        sql_add(s, " AND ");
        sql_column(s, NULL, schema_standard(shape->entity, SCHEMA_STD_DELETED_AT), "");
        sql_add(s, " IS NULL");
    }
    sql_add(s, " ORDER BY \"id\" LIMIT ");
    sql_param_bare(s, STORE_NIL);
}

static crm_status read_batch(struct store_conn *c, const struct shape *shape, int64_t after_id,
                             int64_t limit, struct arena *batch, struct value **rows,
                             size_t *ret_count, struct err *err) {
    struct store_value params[2] = {store_int(after_id), store_int(limit)};
    struct statement q = {.params = params, .param_count = 2};
    struct store_rows *open ROWS_CLEANUP = NULL;
    bool found = true;
    size_t count = 0;
    crm_status status = shape_text(c, shape, build_each, batch, &q, err);
    if (status == CRM_OK) status = store_exec_open(c, &q, false, &open, err);
    while (status == CRM_OK && (status = store_exec_next(open, &found, err)) == CRM_OK && found)
        if (!(rows[count++] = row_to_values(shape, open->values, batch))) return err_no_memory(err);
    *ret_count = count;
    return status;
}

/* Rows are read in batches before the callback sees them, so that it may write to the same table.
 */
crm_status store_record_each(struct store_conn *c, const struct schema_entity *e,
                             const struct slot_set *slots, int64_t after_id, int64_t limit,
                             bool with_trash, struct arena *a, store_record_fn fn, void *ctx,
                             struct err *err) {
    struct shape shape = {.kind = SHAPE_EACH, .entity = e, .slots = slots, .variant = with_trash};
    struct value **rows = ARENA_ARRAY(a, EACH_BATCH, struct value *);
    struct arena batch;
    size_t count = EACH_BATCH;
    bool goes_on = true;
    crm_status status = CRM_OK;
    int64_t left = limit > 0 ? limit : INT64_MAX;
    if (!rows) return err_no_memory(err);
    arena_init(&batch, EACH_MAX_BYTES);
    while (goes_on && count == EACH_BATCH && left > 0) {
        arena_reset(&batch);
        status = read_batch(c, &shape, after_id, left < EACH_BATCH ? left : EACH_BATCH, &batch,
                            rows, &count, err);
        if (status != CRM_OK) break;
        for (size_t i = 0; goes_on && i < count; i++) {
            after_id = rows[i][0].integer;
            goes_on = fn(ctx, rows[i]);
        }
        left -= (int64_t)count;
    }
    arena_fini(&batch);
    return status;
}
