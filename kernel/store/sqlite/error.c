/* From SQLite's result codes to statuses, and from its message about a broken unique key to the
 * name of the index. */
#include <stdio.h>

#include "store/messages.h"
#include "store/sqlite/sqlite.h"

/* "UNIQUE constraint failed: t.a, t.b" -> the index of t with just these columns. SQLite does not
 * say the name, so it is looked up; primary keys are named as PostgreSQL does. */
static void note_conflict(struct sqlite_conn *n, const char *message) {
    static const char prefix[] = "UNIQUE constraint failed: ";
    static const char by_columns[] =
        "SELECT CASE WHEN l.origin = 'c' THEN l.name ELSE ?1 || '_pkey' END FROM "
        "pragma_index_list(?1) l"
        " WHERE l.\"unique\" AND (SELECT group_concat(?1 || '.' || i.name, ', ') FROM"
        " (SELECT name FROM pragma_index_info(l.name) ORDER BY seqno) i) = ?2";
    struct store_conn *c = n->conn;
    c->conflict[0] = '\0';
    if (strncmp(message, prefix, sizeof prefix - 1) != 0) return;
    const char *columns = message + sizeof prefix - 1;
    const char *point = strchr(columns, '.');
    if (!point) return;
    int table_len = (int)(point - columns);
    snprintf(c->conflict, sizeof c->conflict, "%.*s_pkey", table_len, columns);
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(n->db, by_columns, -1, &s, NULL) != SQLITE_OK) return;
    sqlite3_bind_text(s, 1, columns, table_len, SQLITE_STATIC);
    sqlite3_bind_text(s, 2, columns, -1, SQLITE_STATIC);
    if (sqlite3_step(s) == SQLITE_ROW && sqlite3_column_text(s, 0))
        snprintf(c->conflict, sizeof c->conflict, "%s", (const char *)sqlite3_column_text(s, 0));
    sqlite3_finalize(s);
}

static crm_status constraint(struct sqlite_conn *n, int code, struct err *err) {
    char message[ERR_WHERE_BYTES];
    snprintf(message, sizeof message, "%s", sqlite3_errmsg(n->db));
    crm_status status;
    if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ||
        code == SQLITE_CONSTRAINT_ROWID) {
        note_conflict(n, message);
        status = err_set(err, CRM_CONFLICT, &store_text_unique, NULL);
    } else {
        status = err_internal(err, "%s", message);
    }
    if (err) err_because(err, "%s", message);
    return status;
}

/* Functions of ours and of SQLite report an overflow in words; an index that a list asks for may
 * have gone with a newer schema; anything else is our mistake. */
static crm_status plain_error(struct sqlite_conn *n, struct err *err) {
    const char *message = sqlite3_errmsg(n->db);
    if (strncmp(message, "no such index", 13) == 0)
        return err_set(err, CRM_STALE, &store_text_unavailable, NULL);
    if (strstr(message, "overflow") || strstr(message, "out of range"))
        return err_set(err, CRM_RANGE, &store_text_range, NULL);
    return err_internal(err, "%s", message);
}

static crm_status map(struct sqlite_conn *n, int code, struct err *err) {
    if (code == SQLITE_CORRUPT_VTAB) /* of FTS5: the records are whole, and so is the file */
        return err_set(err, CRM_UNAVAILABLE, &store_text_search_malformed, NULL);
    switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
        return constraint(n, code, err);
    case SQLITE_NOMEM:
        return err_no_memory(err);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return err_set(err, CRM_UNAVAILABLE, &store_text_unavailable, NULL);
    case SQLITE_FULL:
        return err_set(err, CRM_UNAVAILABLE, &store_text_disk_full, NULL);
    case SQLITE_TOOBIG:
        return err_set(err, CRM_TOO_LARGE, &store_text_query_too_large, NULL);
    case SQLITE_INTERRUPT:
        if (atomic_exchange(&n->conn->cancelled, false))
            return err_set(err, CRM_CANCELLED, &store_text_cancelled, NULL);
        return err_set(err, CRM_TIMEOUT, &store_text_timeout, NULL);
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
        return err_set(err, CRM_IO, &store_text_io, NULL);
    default:
        return plain_error(n, err);
    }
}

crm_status sqlite_fail(struct sqlite_conn *n, int code, struct err *err) {
    struct err local;
    if (!err) err = &local;
    char message[ERR_WHERE_BYTES];
    snprintf(message, sizeof message, "%s", sqlite3_errmsg(n->db));
    crm_status status = map(n, code, err);
    err_because(err, "sqlite %d: %s", code, message);
    if (n->conn->in_transaction && sqlite3_get_autocommit(n->db)) n->conn->in_transaction = false;
    return status;
}
