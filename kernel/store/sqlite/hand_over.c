/* An index that goes from one table to another with its pages: what SQLite knows of it is one row
 * of sqlite_schema, and an entry of an index holds the same bytes whichever table it stands for, as
 * long as both have the same values under the same rowids.
 *
 * Writing that row is what SQLite's own manual does where ALTER TABLE cannot (lang_altertable,
 * "other kinds of table schema changes"); DEFENSIVE forbids it at any other time. The caller
 * changes the structure otherwise in the same transaction, which is what other connections notice.
 */
#include <sqlite3.h>

#include "store/sqlite/sqlite.h"

static int write_entry(sqlite3 *db, struct str index, struct str name, struct str table,
                       struct str text) {
    static const char update[] =
        "UPDATE sqlite_schema SET name = ?1, tbl_name = ?2, sql = ?3 WHERE type = 'index' AND name "
        "= ?4";
    const struct str values[] = {name, table, text, index};
    sqlite3_stmt *s = NULL;
    int code = sqlite3_prepare_v2(db, update, -1, &s, NULL);
    for (int i = 0; code == SQLITE_OK && i < 4; i++)
        code = sqlite3_bind_text(s, i + 1, values[i].ptr, (int)values[i].len, SQLITE_STATIC);
    if (code == SQLITE_OK) code = sqlite3_step(s);
    sqlite3_finalize(s);
    if (code != SQLITE_DONE) return code;
    return sqlite3_changes(db) == 1 ? SQLITE_OK : SQLITE_NOTFOUND;
}

crm_status sqlite_hand_over(struct store_conn *c, struct str index, struct str name,
                            struct str table, struct str text, struct err *err) {
    struct sqlite_conn *n = sqlite_conn_of(c);
    int code = sqlite3_db_config(n->db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(n->db, "PRAGMA writable_schema = ON", NULL, NULL, NULL);
    if (code == SQLITE_OK) code = write_entry(n->db, index, name, table, text);
    crm_status status = code == SQLITE_OK ? CRM_OK
                        : code == SQLITE_NOTFOUND
                            ? err_internal(err, "no index %.*s to hand over", STR_ARG(index))
                            : sqlite_fail(n, code, err);
    /* The connection forgets the schema it knows and reads it anew. */
    (void)sqlite3_exec(n->db, "PRAGMA writable_schema = RESET", NULL, NULL, NULL);
    (void)sqlite3_db_config(n->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return status;
}
