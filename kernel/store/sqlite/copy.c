/* A copy of the database into another file by SQLite's backup API: pages of one snapshot, read
 * beside the writer. */
#include <unistd.h>

#include "store/messages.h"
#include "store/sqlite/sqlite.h"

enum { COPY_PAGES = 4096 };

static int copy_pages(sqlite3 *from, sqlite3 *to, const struct store_conn *c) {
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    int code = backup ? SQLITE_OK : sqlite3_errcode(to);
    /* Within the reader's transaction the source does not change between portions. */
    while (code == SQLITE_OK) {
        if (atomic_load(&c->cancelled)) break;
        code = sqlite3_backup_step(backup, COPY_PAGES);
    }
    int finished = backup ? sqlite3_backup_finish(backup) : code;
    if (code == SQLITE_OK) return SQLITE_INTERRUPT;
    return code == SQLITE_DONE ? finished : code;
}

crm_status sqlite_copy(struct store_conn *c, const char *path, struct err *err) {
    struct sqlite_conn *n = sqlite_conn_of(c);
    sqlite3 *to = NULL;
    bool own = !store_in_transaction(c);
    crm_status status = own ? store_begin(c, err) : CRM_OK;
    if (status != CRM_OK) return status;
    int code = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    /* It is thrown away: nobody waits for the disk. */
    if (code == SQLITE_OK) code = sqlite3_exec(to, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
    if (code == SQLITE_OK) code = copy_pages(n->db, to, c);
    sqlite3_close(to);
    if (own) store_rollback(c);
    if (code == SQLITE_INTERRUPT) return err_set(err, CRM_CANCELLED, &store_text_cancelled, NULL);
    return code == SQLITE_OK ? CRM_OK : err_internal(err, "copy: sqlite %d", code);
}
