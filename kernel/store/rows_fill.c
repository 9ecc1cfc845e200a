/* One field of many records at once, for background steps: as many rows a statement as pay where a
 * statement costs more than a row (PostgreSQL). See rows.h. */
#include "store/columns.h"
#include "store/driver.h"

struct filling {
    const struct schema_entity *entity;
    const struct schema_field *field;
    struct column columns[COLUMNS_PER_FIELD_MAX];
    int column_count;
};

static void add_row(struct sql *s, const struct filling *x, int64_t id,
                    const struct store_value *values) {
    sql_add(s, "(");
    sql_param(s, store_int(id));
    for (int k = 0; k < x->column_count; k++) {
        sql_add(s, ", ");
        sql_param_bare(s, values[k]);
        sql_add(s, x->columns[k].type == STORE_INT ? "::bigint" : "::text");
    }
    sql_add(s, ")");
}

/* "UPDATE t SET c = v.c1, ... FROM (VALUES (...), ...) v (id, c1, ...) WHERE t.id = v.id" */
static crm_status fill_rows(struct store_conn *c, const struct filling *x,
                            const struct value *const *rows, size_t count, struct arena *a,
                            struct err *err) {
    struct sql s SQL_CLEANUP;
    struct store_value values[COLUMNS_PER_FIELD_MAX];
    crm_status status = CRM_OK;
    int32_t id_slot = schema_standard(x->entity, SCHEMA_STD_ID)->slot;
    sql_init(&s, c->driver->dialect, a);
    sql_add(&s, "UPDATE ");
    sql_table(&s, x->entity->table);
    for (int k = 0; k < x->column_count; k++) {
        sql_add(&s, k ? ", " : " t SET ");
        sql_column(&s, NULL, x->field, x->columns[k].suffix);
        sql_printf(&s, " = v.c%d", k);
    }
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        sql_add(&s, i ? ", " : " FROM (VALUES ");
        status = columns_from_value(x->field, &rows[i][x->field->slot], a, values, err);
        if (status == CRM_OK) add_row(&s, x, rows[i][id_slot].integer, values);
    }
    sql_add(&s, ") v (id");
    for (int k = 0; k < x->column_count; k++)
        sql_printf(&s, ", c%d", k);
    sql_add(&s, ") WHERE t.\"id\" = v.id");
    return status == CRM_OK ? store_sql_run(c, &s, NULL, err) : status;
}

static crm_status fill(struct store_conn *c, const struct filling *x,
                       const struct value *const *rows, size_t count, struct err *err) {
    static const size_t groups[] = {50, 10, 1};
    crm_status status = CRM_OK;
    size_t done = 0;
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        for (; status == CRM_OK && count - done >= groups[i]; done += groups[i]) {
            struct arena *a = store_scratch_enter(c);
            status = fill_rows(c, x, rows + done, groups[i], a, err);
            store_scratch_leave(c);
        }
    }
    return status;
}

crm_status store_record_fill(struct store_conn *c, const struct schema_entity *e, int32_t slot,
                             const struct value *const *rows, size_t count, struct err *err) {
    struct filling x = {.entity = e, .field = &e->fields[slot]};
    struct slot_set changed = {0};
    crm_status status = CRM_OK;
    x.column_count = columns_of(x.field, x.columns);
    slot_add(&changed, slot);
    if (c->driver->engine != STORE_SQLITE && x.column_count > 0)
        return fill(c, &x, rows, count, err);
    int32_t id_slot = schema_standard(e, SCHEMA_STD_ID)->slot;
    for (size_t i = 0; status == CRM_OK && i < count; i++)
        status =
            store_record_update(c, e, rows[i][id_slot].integer, 0, &changed, rows[i], NULL, err);
    return status;
}
