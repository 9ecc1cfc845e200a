/* Keeping the search tables: one row a record. FTS5 without content takes a row away only by the
 * very words that went in, which the caller gives back. See query.h and search_table.h. */
#include "store/driver.h"
#include "store/search_table.h"
#include "store/search_words.h"

static crm_status run(struct store_conn *c, struct sql *s, struct err *err) {
    return store_sql_run(c, s, NULL, err);
}

static bool has_parts(const struct schema_entity *e, const struct store_search_row *row) {
    return (e->substring_search || e->substring_filling) && !row->words_only;
}

/* "INSERT INTO t(t, rowid, words) VALUES ('delete', ?, ?)" or a plain insert. */
static crm_status sqlite_row(struct store_conn *c, const struct schema_entity *e,
                             const char *suffix, int64_t id, struct str words, bool removal,
                             struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, SQL_SQLITE, &c->scratch);
    sql_add(&s, "INSERT INTO ");
    sql_name2(&s, e->table, suffix);
    sql_add(&s, " (");
    if (removal) {
        sql_name2(&s, e->table, suffix);
        sql_add(&s, ", ");
    }
    sql_add(&s, removal ? "rowid, words) VALUES ('delete', " : "rowid, words) VALUES (");
    sql_param(&s, store_int(id));
    sql_add(&s, ", ");
    sql_param(&s, store_text(words));
    sql_add(&s, ")");
    return run(c, &s, err);
}

static crm_status sqlite_put(struct store_conn *c, const struct schema_entity *e,
                             const struct store_search_row *row, bool removal, struct err *err) {
    struct str body;
    crm_status status = search_body(&c->scratch, row, &body, err);
    if (status == CRM_OK) status = sqlite_row(c, e, "_search", row->id, body, removal, err);
    if (status != CRM_OK || !has_parts(e, row)) return status;
    return sqlite_row(c, e, "_trigram", row->id, row->folded, removal, err);
}

static crm_status postgres_delete(struct store_conn *c, const struct schema_entity *e, int64_t id,
                                  struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, SQL_POSTGRES, &c->scratch);
    sql_add(&s, "DELETE FROM ");
    sql_search_table(&s, e);
    sql_add(&s, " WHERE id = ");
    sql_param(&s, store_int(id));
    return run(c, &s, err);
}

static crm_status postgres_put(struct store_conn *c, const struct schema_entity *e,
                               const struct store_search_row *row, struct err *err) {
    struct sql s SQL_CLEANUP;
    struct str body;
    bool parts = has_parts(e, row);
    sql_init(&s, SQL_POSTGRES, &c->scratch);
    crm_status status = search_body(&c->scratch, row, &body, err);
    if (status != CRM_OK) return status;
    sql_add(&s, "INSERT INTO ");
    sql_search_table(&s, e);
    sql_add(&s, parts ? " AS t (id, words, body) VALUES (" : " AS t (id, words) VALUES (");
    sql_param(&s, store_int(row->id));
    sql_add(&s, ", array_to_tsvector(string_to_array(");
    sql_param(&s, store_text(body));
    sql_add(&s, ", ' '))");
    if (parts) {
        sql_add(&s, ", ");
        sql_param(&s, store_text(row->folded));
    }
    sql_add(&s, ") ON CONFLICT (id) DO UPDATE SET words = excluded.words");
    if (parts) sql_add(&s, ", body = excluded.body");
    return run(c, &s, err);
}

static crm_status put(struct store_conn *c, const struct schema_entity *e,
                      const struct store_search_row *old_row,
                      const struct store_search_row *new_row, struct err *err) {
    if (c->driver->dialect == SQL_POSTGRES) {
        if (new_row) return postgres_put(c, e, new_row, err);
        return old_row ? postgres_delete(c, e, old_row->id, err) : CRM_OK;
    }
    crm_status status = old_row ? sqlite_put(c, e, old_row, true, err) : CRM_OK;
    return status == CRM_OK && new_row ? sqlite_put(c, e, new_row, false, err) : status;
}

static bool same_row(const struct store_search_row *a, const struct store_search_row *b) {
    return a && b && a->id == b->id && a->owner == b->owner && a->team == b->team &&
           a->words_only == b->words_only && str_eq(a->folded, b->folded);
}

crm_status store_search_put(struct store_conn *c, const struct schema_entity *e,
                            const struct store_search_row *old_row,
                            const struct store_search_row *new_row, struct err *err) {
    if (!e->search || same_row(old_row, new_row)) return CRM_OK;
    store_scratch_enter(c);
    crm_status status = put(c, e, old_row, new_row, err);
    store_scratch_leave(c);
    return status;
}
