/* The SQLite driver's own parts: connection, statement cache, guards, failures. Private to
 * store/sqlite. Threads: the connection's. */
#ifndef STORE_SQLITE_SQLITE_H
#define STORE_SQLITE_SQLITE_H

#include <sqlite3.h>

#include "store/driver.h"

enum { SQLITE_STATEMENTS_MAX = 160, SQLITE_BUCKETS = 256, SQLITE_BUSY_MS = 10000 };

/* A prepared statement; the cache owns it unless `loose`. */
struct sqlite_statement {
    struct store_rows rows; /* first */
    sqlite3_stmt *handle;
    uint64_t hash;
    struct sqlite_statement *next; /* in the bucket */
    struct sqlite_statement *newer, *older;
    bool busy, loose, probe;
};

struct sqlite_conn {
    sqlite3 *db;
    struct store_conn *conn;
    struct sqlite_statement *buckets[SQLITE_BUCKETS];
    struct sqlite_statement *newest, *oldest;
    size_t statement_count;
    int64_t deadline_ns; /* 0 = none; of the statement that runs */
    int busy_ms;         /* how long a lock is waited for */
    int log_frames; /* of the write-ahead log, when this connection last committed or moved them */
    int retry_frames; /* how long the log is to be before it is begun anew, after a vain try */
    bool probing;     /* the progress handler ends the statement at its first call */
};

static inline struct sqlite_conn *sqlite_conn_of(const struct store_conn *c) { return c->native; }

/* statement.c */
crm_status sqlite_run(struct store_conn *c, const struct statement *q, int64_t *ret_affected,
                      struct err *err);
crm_status sqlite_run_text(struct store_conn *c, const char *text, struct err *err);
crm_status sqlite_rows_open(struct store_conn *c, const struct statement *q, bool large,
                            struct store_rows **ret, struct err *err);
crm_status sqlite_rows_next(struct store_rows *r, bool *ret_row, struct err *err);
void sqlite_rows_close(struct store_rows *r);
void sqlite_statements_free(struct sqlite_conn *n);

/* checkpoint.c */
crm_status sqlite_checkpoint(struct store_conn *c, bool last, struct err *err);
void sqlite_busy_wait(struct sqlite_conn *n, int ms);
void sqlite_count_frames(struct sqlite_conn *n);
size_t sqlite_log_frames(const struct store_conn *c);

/* error.c: the failure of the last call on `n->db`; `code` is its extended result code. Also notes
 * whether the engine gave the whole transaction up. */
crm_status sqlite_fail(struct sqlite_conn *n, int code, struct err *err);

/* hand_over.c: see struct driver. */
crm_status sqlite_hand_over(struct store_conn *c, struct str index, struct str name,
                            struct str table, struct str text, struct err *err);

/* copy.c: see struct driver. */
crm_status sqlite_copy(struct store_conn *c, const char *path, struct err *err);

/* guard.c: limits, authorizer and progress handler of a fresh connection. */
crm_status sqlite_guard(struct sqlite_conn *n, struct err *err);
void sqlite_guard_budget(struct sqlite_conn *n);
/* From now on a statement ends after so many steps; 0 = back to the budget. */
void sqlite_guard_probe(struct sqlite_conn *n, int steps);

#endif
