/* Adding to a stored number in place: how roll-ups are kept without reading them first. See rows.h.
 */
#include "store/columns.h"
#include "store/driver.h"

static void add_delta(struct sql *s, const struct schema_field *f, const char *suffix,
                      int64_t delta) {
    sql_column(s, NULL, f, suffix);
    sql_add(s, " = COALESCE(");
    sql_column(s, NULL, f, suffix);
    sql_add(s, ", 0) + ");
    sql_param(s, store_int(delta));
}

static crm_status add(struct store_conn *c, const struct schema_entity *e,
                      const struct schema_field *f, int64_t id, int64_t delta, struct currency base,
                      struct arena *a, struct err *err) {
    struct sql s;
    sql_init(&s, c->driver->dialect, a);
    sql_add(&s, "UPDATE ");
    sql_table(&s, e->table);
    sql_add(&s, " SET ");
    add_delta(&s, f, "", delta);
    if (schema_storage_of(f) == SCHEMA_STORAGE_MONEY) {
        sql_add(&s, ", ");
        add_delta(&s, f, "_b", delta);
        sql_add(&s, ", ");
        sql_column(&s, NULL, f, "_c");
        sql_add(&s, " = ");
        sql_param(&s, store_text(str_from(base.code)));
    }
    sql_add(&s, " WHERE \"id\" = ");
    sql_param(&s, store_int(id));
    crm_status status = store_sql_run(c, &s, NULL, err);
    sql_fini(&s);
    return status;
}

crm_status store_record_add(struct store_conn *c, const struct schema_entity *e, int64_t id,
                            int32_t slot, int64_t delta, struct currency base, struct err *err) {
    struct arena *a = store_scratch_enter(c);
    crm_status status = add(c, e, &e->fields[slot], id, delta, base, a, err);
    store_scratch_leave(c);
    return status;
}
