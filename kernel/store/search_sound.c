/* See search_sound.h. */
#include "store/search_sound.h"

#include "store/columns.h"
#include "store/driver.h"
#include "store/search_rebuild.h"
#include "store/search_table.h"
#include "store/search_words.h"

/* "WHERE t MATCH '"<mark>o" * OR "<mark>t" *'": the mark and a letter are one indexed prefix. */
static void add_marked(struct sql *s, const struct schema_entity *e, struct str marks) {
    sql_add(s, " WHERE ");
    sql_search_table(s, e);
    sql_add(s, " MATCH ");
    sql_param(s, store_text(marks));
}

/* Of the search rows called i. */
static void add_no_living(struct sql *s, const struct schema_entity *e) {
    sql_add(s, " WHERE NOT EXISTS (SELECT 1 FROM ");
    sql_table(s, e->table);
    sql_add(s, " r WHERE r.id = i.id AND ");
    sql_column(s, "r", schema_standard(e, SCHEMA_STD_DELETED_AT), "");
    sql_add(s, " IS NULL)");
}

static crm_status extra(struct store_conn *c, const struct schema_entity *e, struct arena *a,
                        int64_t *ret, struct err *err) {
    struct sql s SQL_CLEANUP;
    bool sqlite = c->driver->engine == STORE_SQLITE;
    struct str owner = search_mark_prefix(a, 'o'), team = search_mark_prefix(a, 't');
    sql_init(&s, c->driver->dialect, a);
    if (!owner.ptr || !team.ptr) return err_no_memory(err);
    sql_add(&s, "SELECT count(*) FROM (SELECT ");
    sql_add(&s, sqlite ? "rowid AS id FROM " : "id FROM ");
    sql_search_table(&s, e);
    if (sqlite)
        add_marked(&s, e,
                   arena_printf(a, "\"%.*s\" * OR \"%.*s\" *", STR_ARG(owner), STR_ARG(team)));
    sql_add(&s, ") i");
    add_no_living(&s, e);
    struct statement q = statement_of(&s);
    crm_status status = sql_status(&s, err);
    return status == CRM_OK ? store_exec_int(c, &q, ret, err) : status;
}

crm_status store_search_extra(struct store_conn *c, const struct schema_entity *e, int64_t *ret,
                              struct err *err) {
    struct arena *a = store_scratch_enter(c);
    crm_status status = extra(c, e, a, ret, err);
    store_scratch_leave(c);
    return status;
}

static crm_status take_out_extra(struct store_conn *c, const struct schema_entity *e,
                                 struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, SQL_POSTGRES, &c->scratch);
    sql_add(&s, "DELETE FROM ");
    sql_search_table(&s, e);
    sql_add(&s, " i");
    add_no_living(&s, e);
    return store_sql_run(c, &s, NULL, err);
}

crm_status store_search_renew(struct store_conn *c, const struct schema_entity *e,
                              struct err *err) {
    if (c->driver->engine == STORE_SQLITE) return store_search_clear(c, e, err);
    store_scratch_enter(c);
    crm_status status = take_out_extra(c, e, err);
    store_scratch_leave(c);
    return status;
}

static crm_status is_sound(struct store_conn *c, const struct schema_entity *e, const char *suffix,
                           bool *ret, struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, SQL_SQLITE, &c->scratch);
    sql_search_command(&s, e, suffix, "integrity-check");
    struct err local;
    if (!err) err = &local;
    crm_status status = store_sql_run(c, &s, NULL, err);
    *ret = status == CRM_OK;
    return status == CRM_OK || search_is_malformed(err) ? CRM_OK : status;
}

/* In a transaction of its own: one with a failed statement is over. */
static crm_status look(struct store_conn *c, const struct schema_entity *e, const char *suffix,
                       bool *ret, struct err *err) {
    crm_status status = store_begin(c, err);
    if (status != CRM_OK) return status;
    store_scratch_enter(c);
    status = is_sound(c, e, suffix, ret, err);
    store_scratch_leave(c);
    store_rollback(c);
    return status;
}

crm_status store_search_sound(struct store_conn *c, const struct schema_entity *e, bool *ret,
                              struct err *err) {
    *ret = true;
    if (c->driver->engine != STORE_SQLITE) return CRM_OK;
    crm_status status = look(c, e, "_search", ret, err);
    if (status == CRM_OK && *ret && e->substring_search) status = look(c, e, "_trigram", ret, err);
    return status;
}
