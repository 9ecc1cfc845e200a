/* See search_bulk.h; commands of FTS5: its manual, section 6. */
#include "store/search_bulk.h"

#include "store/search_table.h"

enum {
    AUTOMERGE_DEFAULT = 4,
    CRISIS_DEFAULT = 16,
    CRISIS_BULK = 1000, /* a search opens every segment; FTS5 holds 2000 at most */
    MERGE_PAGES = 1000  /* of 4 KiB a step */
};

/* "INSERT INTO t (t, rank) VALUES ('automerge', 4)". */
static crm_status command(struct store_conn *c, const struct schema_entity *e, const char *suffix,
                          const char *word, int64_t number, struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, SQL_SQLITE, &c->scratch);
    sql_add(&s, "INSERT INTO ");
    sql_name2(&s, e->table, suffix);
    sql_add(&s, " (");
    sql_name2(&s, e->table, suffix);
    sql_add(&s, ", rank) VALUES (");
    sql_param(&s, store_text(str_from(word)));
    sql_add(&s, ", ");
    sql_param(&s, store_int(number));
    sql_add(&s, ")");
    return store_sql_run(c, &s, NULL, err);
}

/* The same for both tables of the entity. */
static crm_status command_all(struct store_conn *c, const struct schema_entity *e, const char *word,
                              int64_t number, struct err *err) {
    crm_status status = command(c, e, "_search", word, number, err);
    return status == CRM_OK && e->substring_search ? command(c, e, "_trigram", word, number, err)
                                                   : status;
}

static crm_status set_merging(struct store_conn *c, const struct schema_entity *e, int automerge,
                              int crisis, struct err *err) {
    if (!e->search || c->driver->engine != STORE_SQLITE) return CRM_OK;
    crm_status status = store_begin(c, err);
    if (status != CRM_OK) return status;
    store_scratch_enter(c);
    status = command_all(c, e, "automerge", automerge, err);
    if (status == CRM_OK) status = command_all(c, e, "crisismerge", crisis, err);
    store_scratch_leave(c);
    if (status == CRM_OK) return store_commit(c, err);
    store_rollback(c);
    return status;
}

crm_status search_bulk_begin(struct store_conn *c, const struct schema_entity *e, struct err *err) {
    return set_merging(c, e, 0, CRISIS_BULK, err);
}

crm_status search_bulk_end(struct store_conn *c, const struct schema_entity *e, struct err *err) {
    return set_merging(c, e, AUTOMERGE_DEFAULT, CRISIS_DEFAULT, err);
}

static crm_status total_changes(struct store_conn *c, int64_t *ret, struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, SQL_SQLITE, &c->scratch);
    sql_add(&s, "SELECT total_changes()");
    struct statement q = statement_of(&s);
    return store_exec_int(c, &q, ret, err);
}

/* Level by level, as single writes do: other rows come between the steps, and asking for all
 * segments at once (a number below zero) then began the merge anew over its own half-made result,
 * until the index was found malformed. Nothing left to do shows in the count of changed rows, which
 * the command itself raises by one for each table. */
static crm_status merge(struct store_conn *c, const struct schema_entity *e, bool *ret_done,
                        struct err *err) {
    int64_t before = 0, after = 0;
    crm_status status = total_changes(c, &before, err);
    if (status == CRM_OK) status = command_all(c, e, "merge", MERGE_PAGES, err);
    if (status == CRM_OK) status = total_changes(c, &after, err);
    if (status == CRM_OK) *ret_done = after - before < (e->substring_search ? 3 : 2);
    return status;
}

crm_status search_bulk_merge(struct store_conn *c, const struct schema_entity *e, bool *ret_done,
                             struct err *err) {
    *ret_done = true;
    if (!e->search || c->driver->engine != STORE_SQLITE) return CRM_OK;
    crm_status status = store_begin(c, err);
    if (status != CRM_OK) return status;
    store_scratch_enter(c);
    status = merge(c, e, ret_done, err);
    store_scratch_leave(c);
    if (status == CRM_OK) return store_commit(c, err);
    store_rollback(c);
    return status;
}
