/* See search_rebuild.h. */
#include "store/driver.h"
#include "store/search_rebuild.h"
#include "store/search_table.h"
#include "store/structure.h"

static void drop_index(struct sql *s, const struct schema_entity *e, const char *suffix) {
    sql_add(s, "; DROP INDEX IF EXISTS perigee.");
    sql_name2(s, e->table, suffix);
}

static crm_status postgres_clear(struct store_conn *c, const struct schema_entity *e,
                                 struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, SQL_POSTGRES, &c->scratch);
    sql_add(&s, "TRUNCATE ");
    sql_search_table(&s, e);
    drop_index(&s, e, "_search_words");
    drop_index(&s, e, "_search_body");
    crm_status status = sql_status(&s, err);
    return status == CRM_OK ? store_exec_script(c, s.text.ptr, err) : status;
}

static crm_status sqlite_clear(struct store_conn *c, const struct schema_entity *e,
                               const char *suffix, struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, SQL_SQLITE, &c->scratch);
    sql_search_command(&s, e, suffix, "delete-all");
    return store_sql_run(c, &s, NULL, err);
}

crm_status store_search_clear(struct store_conn *c, const struct schema_entity *e,
                              struct err *err) {
    if (!e->search) return CRM_OK;
    store_scratch_enter(c);
    bool sqlite = c->driver->dialect == SQL_SQLITE;
    crm_status status = sqlite ? sqlite_clear(c, e, "_search", err) : postgres_clear(c, e, err);
    if (status == CRM_OK && e->substring_search && sqlite)
        status = sqlite_clear(c, e, "_trigram", err);
    store_scratch_leave(c);
    return status == CRM_OK && e->substring_filling ? store_search_add_parts(c, e, err) : status;
}

static crm_status add_parts(struct store_conn *c, const struct schema_entity *e, struct err *err) {
    bool sqlite = c->driver->dialect == SQL_SQLITE;
    crm_status status = sqlite ? CRM_OK : structure_try_lock(c, true, err);
    if (status == CRM_OK) status = structure_search(c, e, err);
    if (status == CRM_OK && sqlite) return sqlite_clear(c, e, "_trigram", err);
    return status == CRM_OK ? structure_try_lock(c, false, err) : status;
}

crm_status store_search_add_parts(struct store_conn *c, const struct schema_entity *e,
                                  struct err *err) {
    store_scratch_enter(c);
    c->structure = true;
    crm_status status = add_parts(c, e, err);
    c->structure = false;
    store_scratch_leave(c);
    return status;
}

crm_status store_search_filled(struct store_conn *c, const struct schema_entity *e,
                               struct err *err) {
    if (!e->search || c->driver->dialect == SQL_SQLITE) return CRM_OK;
    store_scratch_enter(c);
    crm_status status = structure_search(c, e, err);
    store_scratch_leave(c);
    return status;
}

/* As sqlite3Fts5IndexReinit does: no averages, a list of segments without levels. */
static crm_status reset(struct store_conn *c, const struct schema_entity *e, const char *suffix,
                        struct err *err) {
    char data[32], index[32];
    struct sql s SQL_CLEANUP;
    snprintf(data, sizeof data, "%s_data", suffix);
    snprintf(index, sizeof index, "%s_idx", suffix);
    sql_init(&s, SQL_SQLITE, &c->scratch);
    sql_add(&s, "DELETE FROM ");
    sql_name2(&s, e->table, index);
    sql_add(&s, "; DELETE FROM ");
    sql_name2(&s, e->table, data);
    sql_add(&s, "; INSERT INTO ");
    sql_name2(&s, e->table, data);
    sql_add(&s, " (id, block) VALUES (1, x''), (10, zeroblob(7))");
    crm_status status = sql_status(&s, err);
    return status == CRM_OK ? c->driver->script_inside(c, s.text.ptr, err) : status;
}

crm_status store_search_reset(struct store_conn *c, const struct schema_entity *e,
                              struct err *err) {
    if (c->driver->engine != STORE_SQLITE) return CRM_OK;
    crm_status status = store_begin(c, err);
    if (status != CRM_OK) return status;
    store_scratch_enter(c);
    status = reset(c, e, "_search", err);
    if (status == CRM_OK && e->substring_search) status = reset(c, e, "_trigram", err);
    store_scratch_leave(c);
    if (status == CRM_OK) return store_commit(c, err);
    store_rollback(c);
    return status;
}
