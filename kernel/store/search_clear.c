/* See search_rebuild.h. */
#include "store/driver.h"
#include "store/search_rebuild.h"
#include "store/search_table.h"

static void empty_fts(struct sql *s, const struct schema_entity *e, const char *suffix) {
    sql_add(s, "INSERT INTO ");
    sql_name2(s, e->table, suffix);
    sql_add(s, " (");
    sql_name2(s, e->table, suffix);
    sql_add(s, ") VALUES ('delete-all')");
}

static crm_status clear(struct store_conn *c, const struct schema_entity *e, bool trigram,
                        struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, c->driver->dialect, &c->scratch);
    if (s.dialect == SQL_SQLITE) {
        empty_fts(&s, e, trigram ? "_trigram" : "_search");
    } else {
        sql_add(&s, "DELETE FROM ");
        sql_search_table(&s, e);
    }
    return store_sql_run(c, &s, NULL, err);
}

crm_status store_search_clear(struct store_conn *c, const struct schema_entity *e,
                              struct err *err) {
    if (!e->search) return CRM_OK;
    store_scratch_enter(c);
    crm_status status = clear(c, e, false, err);
    if (status == CRM_OK && e->substring_search && c->driver->dialect == SQL_SQLITE)
        status = clear(c, e, true, err);
    store_scratch_leave(c);
    return status;
}
