/* The SQLite driver: opening the file, connections and their settings, transactions, checkpoints.
 *
 * Write-ahead log with synchronous=FULL: a commit is on disk when it returns. No connection
 * checkpoints on its own; the checkpointer does, so that commits stay short. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "store/messages.h"
#include "store/sqlite/functions.h"
#include "store/sqlite/sqlite.h"

enum {
    PATH_BYTES = 4096,
    APPLICATION_ID = 0x50524745, /* "PRGE" */
    NO_ANSWER = -1,              /* of a pragma */
    READER_CACHE_KB = 4096,
    REWRITE_BYTES = 65536 /* SQLite takes less than 128 KiB at once */
};

static void path_of(const struct store *s, char *ret, size_t capacity) {
    snprintf(ret, capacity, "%s/perigee.db", s->data_dir);
}

static void configure_once(void) {
    sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* its mutex is shared by all threads */
    sqlite3_initialize();
}

static crm_status open_handle(struct store *s, int flags, sqlite3 **ret, struct err *err) {
    char path[PATH_BYTES];
    path_of(s, path, sizeof path);
    sqlite3 *db = NULL;
    int code = sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                               s->sqlite_vfs);
    if (code == SQLITE_OK) {
        *ret = db;
        return CRM_OK;
    }
    crm_status status = err_set(err, CRM_IO, &store_text_database_unreadable, s->data_dir, NULL);
    err_because(err, "sqlite %d: %s", code, db ? sqlite3_errmsg(db) : sqlite3_errstr(code));
    sqlite3_close(db);
    return status;
}

static int execute(sqlite3 *db, const char *text) {
    return sqlite3_exec(db, text, NULL, NULL, NULL);
}

static int pragma_int(sqlite3 *db, const char *text) {
    sqlite3_stmt *s = NULL;
    int value = NO_ANSWER;
    if (sqlite3_prepare_v2(db, text, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
        value = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    return value;
}

/* Gives an empty file its settings. The mark comes last: without it `create` may try again. */
static crm_status make_file(struct store *s, sqlite3 *db, struct err *err) {
    char text[64];
    snprintf(text, sizeof text, "PRAGMA application_id = %d", APPLICATION_ID);
    int code = execute(
        db, "PRAGMA page_size = 4096; PRAGMA encoding = 'UTF-8'; PRAGMA journal_mode = WAL");
    if (code == SQLITE_OK) code = execute(db, text);
    if (code == SQLITE_OK) return CRM_OK;
    crm_status status = err_set(err, CRM_IO, &store_text_database_unreadable, s->data_dir, NULL);
    err_because(err, "sqlite %d: %s", code, sqlite3_errmsg(db));
    return status;
}

/* The mark stands in the first page; counting tables makes SQLite parse the whole schema, which
 * only a new database is worth. */
static crm_status check_file(struct store *s, sqlite3 *db, bool create, struct err *err) {
    int id = pragma_int(db, "PRAGMA application_id");
    int tables = create ? pragma_int(db, "SELECT count(*) FROM sqlite_schema") : 0;
    if (id == NO_ANSWER || tables == NO_ANSWER)
        return err_set(err, CRM_IO, &store_text_database_unreadable, s->data_dir, NULL);
    if (create && tables > 0)
        return err_set(err, CRM_CONFLICT, &store_text_database_exists, s->data_dir, NULL);
    if (create) return id == APPLICATION_ID ? CRM_OK : make_file(s, db, err);
    if (id != APPLICATION_ID)
        return err_set(err, CRM_UNSUPPORTED, &store_text_database_foreign, s->data_dir, NULL);
    return CRM_OK;
}

static int rewrite(sqlite3_file *file, char *memory) {
    sqlite3_int64 size = 0;
    int code = file->pMethods->xFileSize(file, &size);
    for (sqlite3_int64 at = 0; code == SQLITE_OK && at < size; at += REWRITE_BYTES) {
        int len = size - at < REWRITE_BYTES ? (int)(size - at) : REWRITE_BYTES;
        code = file->pMethods->xRead(file, memory, len, at);
        if (code == SQLITE_OK) code = file->pMethods->xWrite(file, memory, len, at);
    }
    return code == SQLITE_OK && size > 0 ? file->pMethods->xSync(file, SQLITE_SYNC_FULL) : code;
}

/* A log that was left behind counts as committed from here on, also its end, whose flush may have
 * failed: the system reports that once and takes the pages for written ever after (fsync(2)). So
 * they are written anew and flushed before anything builds on them. Nobody else may change the log
 * meanwhile. */
static crm_status secure_log(struct store *s, sqlite3 *db, struct err *err) {
    sqlite3_file *log = NULL;
    char *memory = malloc(REWRITE_BYTES);
    if (!memory) return err_no_memory(err);
    sqlite3_busy_timeout(db, SQLITE_BUSY_MS);
    int code = execute(db, "BEGIN IMMEDIATE");
    if (code == SQLITE_OK)
        code = sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    if (code == SQLITE_OK && log && log->pMethods) code = rewrite(log, memory);
    if (!sqlite3_get_autocommit(db)) execute(db, "ROLLBACK");
    free(memory);
    if (code == SQLITE_OK) return CRM_OK;
    crm_status status = err_set(err, CRM_IO, &store_text_database_unreadable, s->data_dir, NULL);
    err_because(err, "sqlite %d: the log cannot be written anew", code);
    return status;
}

static crm_status driver_open(struct store *s, bool create, struct err *err) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, configure_once);
    char path[PATH_BYTES];
    struct stat info;
    path_of(s, path, sizeof path);
    if (create)
        mkdir(s->data_dir, 0700);
    else if (stat(path, &info) != 0)
        return err_set(err, CRM_NOT_FOUND, &store_text_database_missing, s->data_dir, NULL);
    sqlite3 *db;
    crm_status status =
        open_handle(s, SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0), &db, err);
    if (status != CRM_OK) return status;
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    status = check_file(s, db, create, err);
    if (status == CRM_OK && !create) status = secure_log(s, db, err);
    sqlite3_close(db);
    return status;
}

static void driver_close(struct store *s) { (void)s; }

static crm_status apply_settings(struct sqlite_conn *n, struct err *err) {
    const struct store_conn *c = n->conn;
    int cache_kb = c->store->cache_bytes     ? (int)(c->store->cache_bytes / 1024)
                   : c->role == STORE_WRITER ? STORE_WRITER_CACHE_KB
                                             : READER_CACHE_KB;
    char text[512];
    snprintf(
        text, sizeof text,
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;"
        "PRAGMA mmap_size = 0; PRAGMA secure_delete = FAST;"
        "PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -%d; PRAGMA query_only = %d",
        cache_kb, c->role == STORE_READER);
    sqlite_busy_wait(n, SQLITE_BUSY_MS);
    int code = execute(n->db, text);
    if (c->role == STORE_WRITER)
        sqlite_count_frames(n); /* wal_autocheckpoint takes the hook away */
    return code == SQLITE_OK ? CRM_OK : sqlite_fail(n, code, err);
}

static void conn_close(struct store_conn *c) {
    struct sqlite_conn *n = c->native;
    if (!n) return;
    sqlite_statements_free(n);
    sqlite3_close(n->db);
    free(n);
    c->native = NULL;
}

static crm_status conn_open(struct store_conn *c, struct err *err) {
    struct sqlite_conn *n = calloc(1, sizeof *n);
    if (!n) return err_no_memory(err);
    n->conn = c;
    c->native = n;
    crm_status status = open_handle(c->store, SQLITE_OPEN_READWRITE, &n->db, err);
    if (status == CRM_OK) status = apply_settings(n, err);
    if (status == CRM_OK) status = sqlite_functions_register(n->db, &c->company, err);
    if (status == CRM_OK) status = sqlite_guard(n, err);
    if (status != CRM_OK) conn_close(c);
    return status;
}

static void set_company(struct store_conn *c) { (void)c; }

static void set_budget(struct store_conn *c) { sqlite_guard_budget(sqlite_conn_of(c)); }

static void cancel(struct store_conn *c) { sqlite3_interrupt(sqlite_conn_of(c)->db); }

/* A transaction that could not be ended for want of memory is ended before the next one begins. */
static void end_stray(struct sqlite_conn *n) {
    if (!sqlite3_get_autocommit(n->db)) execute(n->db, "ROLLBACK");
}
static crm_status begin(struct store_conn *c, struct err *err) {
    end_stray(sqlite_conn_of(c));
    return sqlite_run_text(c, c->role == STORE_WRITER ? "BEGIN IMMEDIATE" : "BEGIN", err);
}
static crm_status commit(struct store_conn *c, struct err *err) {
    crm_status status = sqlite_run_text(c, "COMMIT", err);
    c->unsure = status == CRM_UNAVAILABLE || status == CRM_IO;
    return status;
}
static void rollback(struct store_conn *c) {
    struct sqlite_conn *n = sqlite_conn_of(c);
    if (!sqlite3_get_autocommit(n->db)) sqlite_run_text(c, "ROLLBACK", NULL);
    end_stray(n);
}
static crm_status savepoint(struct store_conn *c, struct err *err) {
    return sqlite_run_text(c, "SAVEPOINT s", err);
}
static crm_status release(struct store_conn *c, struct err *err) {
    return sqlite_run_text(c, "RELEASE s", err);
}
static crm_status rollback_to(struct store_conn *c, struct err *err) {
    crm_status status = sqlite_run_text(c, "ROLLBACK TO s", err);
    return status == CRM_OK ? sqlite_run_text(c, "RELEASE s", err) : status;
}

static crm_status script(struct store_conn *c, const char *text, struct err *err) {
    struct sqlite_conn *n = sqlite_conn_of(c);
    int code = execute(n->db, text);
    return code == SQLITE_OK ? CRM_OK : sqlite_fail(n, code, err);
}

/* Shadow tables of FTS5 are read-only under DEFENSIVE. */
static crm_status script_inside(struct store_conn *c, const char *text, struct err *err) {
    struct sqlite_conn *n = sqlite_conn_of(c);
    (void)sqlite3_db_config(n->db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
    crm_status status = script(c, text, err);
    (void)sqlite3_db_config(n->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return status;
}

const struct driver sqlite_driver = {
    .engine = STORE_SQLITE,
    .dialect = SQL_SQLITE,
    .open = driver_open,
    .close = driver_close,
    .conn_open = conn_open,
    .conn_close = conn_close,
    .set_company = set_company,
    .set_budget = set_budget,
    .cancel = cancel,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .savepoint = savepoint,
    .release = release,
    .rollback_to = rollback_to,
    .checkpoint = sqlite_checkpoint,
    .log_frames = sqlite_log_frames,
    .run = sqlite_run,
    .rows_open = sqlite_rows_open,
    .rows_next = sqlite_rows_next,
    .rows_close = sqlite_rows_close,
    .hand_over = sqlite_hand_over,
    .copy = sqlite_copy,
    .script = script,
    .script_inside = script_inside,
};
