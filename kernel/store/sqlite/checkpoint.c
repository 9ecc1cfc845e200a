/* Moving the write-ahead log into the file, by the checkpointer's connection, so that commits next
 * to it are held up as little as can be.
 *
 * The pages that one run moves are flushed in portions: a commit's own flush then waits for a
 * portion at most, not for all of them. SQLite begins the log anew only when all of it is in the
 * file and nobody reads from it, which under load happens by itself never; so from WAL_SOFT_FRAMES
 * on commits are stopped for the last few pages, and the log stays so short that it is written over
 * in place: a file that grows costs each flush the file system's journal, too. */
#include <time.h>

#include "store/sqlite/sqlite.h"

enum {
    FLUSH_BYTES = 1024 * 1024,
    /* Frames of 4 KiB: from the first on commits wait for readers to leave the log, at most
     * RESTART_WAIT_MS; from the second on pages are moved as fast as they can be; from the third on
     * commits wait for HARD_WAIT_MS. Both are short, and after a vain wait the log grows by
     * RETRY_FRAMES before the next: a reader that stays may itself wait for a commit. */
    WAL_SOFT_FRAMES = 12288,
    WAL_LONG_FRAMES = 32768,
    WAL_HARD_FRAMES = 131072,
    RETRY_FRAMES = 2048,
    RESTART_WAIT_MS = 4,
    HARD_WAIT_MS = 20,
    BUSY_NAP_US = 100
};

/* ---- portions ---------------------------------------------------------------------------- */
/* Stands in for a file's methods: the file stays the one that SQLite opened. */
struct paced_methods {
    sqlite3_io_methods methods; /* first */
    const sqlite3_io_methods *own;
    sqlite3_int64 unflushed_bytes;
};

static int paced_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 at) {
    struct paced_methods *p = (struct paced_methods *)(uintptr_t)file->pMethods;
    int code = p->own->xWrite(file, bytes, len, at);
    p->unflushed_bytes += len;
    if (code != SQLITE_OK || p->unflushed_bytes < FLUSH_BYTES) return code;
    p->unflushed_bytes = 0;
    return p->own->xSync(file, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
}

static int move_paced(sqlite3 *db, int *ret_frames) {
    sqlite3_file *file = NULL;
    int code = sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (code != SQLITE_OK || !file->pMethods) return code;
    struct paced_methods paced = {.methods = *file->pMethods, .own = file->pMethods};
    paced.methods.xWrite = paced_write;
    file->pMethods = &paced.methods;
    code = sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, ret_frames, NULL);
    file->pMethods = paced.own;
    return code;
}

/* ---- waiting ----------------------------------------------------------------------------- */
/* SQLite's own naps grow to many milliseconds, in which the lock is free and nobody takes it. */
static int nap(void *ctx, int count) {
    const struct sqlite_conn *n = ctx;
    if ((int64_t)count * BUSY_NAP_US >= (int64_t)n->busy_ms * 1000) return 0;
    nanosleep(&(struct timespec){.tv_nsec = BUSY_NAP_US * 1000L}, NULL);
    return 1;
}

void sqlite_busy_wait(struct sqlite_conn *n, int ms) {
    n->busy_ms = ms;
    sqlite3_busy_handler(n->db, nap, n);
}

/* ---- the log's length -------------------------------------------------------------------- */
static int note_frames(void *ctx, sqlite3 *db, const char *name, int frames) {
    struct sqlite_conn *n = ctx;
    (void)db, (void)name;
    n->log_frames = frames;
    return SQLITE_OK;
}

void sqlite_count_frames(struct sqlite_conn *n) { sqlite3_wal_hook(n->db, note_frames, n); }

size_t sqlite_log_frames(const struct store_conn *c) {
    return (size_t)sqlite_conn_of(c)->log_frames;
}

/* ---- the whole --------------------------------------------------------------------------- */
/* What came while the bulk was moved goes too, so that little is left for the moment in which
 * commits stand still. */
static int move_pages(struct sqlite_conn *n) {
    bool hurry = n->log_frames > WAL_LONG_FRAMES;
    int code = hurry ? sqlite3_wal_checkpoint_v2(n->db, NULL, SQLITE_CHECKPOINT_PASSIVE,
                                                 &n->log_frames, NULL)
                     : move_paced(n->db, &n->log_frames);
    if (code != SQLITE_OK || n->log_frames <= WAL_SOFT_FRAMES) return code;
    return move_paced(n->db, &n->log_frames);
}

static int begin_anew(struct sqlite_conn *n, bool last) {
    bool hard = n->log_frames > WAL_HARD_FRAMES;
    int mode = last || hard ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_RESTART;
    sqlite_busy_wait(n, hard && !last ? HARD_WAIT_MS : RESTART_WAIT_MS);
    int code = sqlite3_wal_checkpoint_v2(n->db, NULL, mode, NULL, NULL);
    sqlite_busy_wait(n, SQLITE_BUSY_MS);
    n->retry_frames = code == SQLITE_OK ? 0 : n->log_frames + RETRY_FRAMES;
    return code;
}

crm_status sqlite_checkpoint(struct store_conn *c, bool last, struct err *err) {
    struct sqlite_conn *n = sqlite_conn_of(c);
    int code = move_pages(n);
    bool kept = atomic_load(&c->store->kept) > 0; /* its reader stays in the log for long */
    bool is_long = n->log_frames > WAL_SOFT_FRAMES && n->log_frames > n->retry_frames;
    if (code == SQLITE_OK && (last || is_long) && !kept) code = begin_anew(n, last);
    if (code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY) return CRM_OK;
    return sqlite_fail(n, code, err);
}
