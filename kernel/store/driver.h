/* What an engine must do, at the level of SQL text and parameters, and what the store keeps for a
 * database and a connection. Private to store/.
 *
 * A driver prepares each text once per connection (found by hash, compared in full), steps it and
 * always resets it. It maps native failures to crm_status and notes the unique index of a conflict.
 * The store_exec_* functions stand between the planner and the drivers: they know about failed
 * transactions and budgets. Threads: the connection's; struct store: any. */
#ifndef STORE_DRIVER_H
#define STORE_DRIVER_H

#include <pthread.h>
#include <stdatomic.h>

#include "store/sql.h"

struct text_cache;

struct statement {
    struct str text; /* NUL-terminated */
    uint64_t hash;
    const struct store_value *params;
    size_t param_count;
    int probe_steps; /* SQLite: after so many steps the rows end and say so; 0 = never */
};

/* An open result. `values` is the row at hand, valid until the next step. */
struct store_rows {
    struct store_conn *conn;
    struct store_value *values;
    int column_count;
    bool ran_out; /* ended by probe_steps, not by the last row */
};

struct driver {
    enum store_engine engine;
    enum sql_dialect dialect;
    /* Makes or checks the database. */
    crm_status (*open)(struct store *s, bool create, struct err *err);
    void (*close)(struct store *s);
    crm_status (*conn_open)(struct store_conn *c, struct err *err);
    void (*conn_close)(struct store_conn *c);
    void (*set_company)(struct store_conn *c);
    void (*set_budget)(struct store_conn *c);
    void (*cancel)(struct store_conn *c); /* any thread */
    crm_status (*begin)(struct store_conn *c, struct err *err);
    void (*expect_one)(struct store_conn *c); /* NULL: nothing is won by it */
    /* Sets `unsure` where a failure leaves it open. */
    crm_status (*commit)(struct store_conn *c, struct err *err);
    void (*rollback)(struct store_conn *c);
    crm_status (*savepoint)(struct store_conn *c, struct err *err);
    crm_status (*release)(struct store_conn *c, struct err *err);
    crm_status (*rollback_to)(struct store_conn *c, struct err *err);
    crm_status (*checkpoint)(struct store_conn *c, bool last, struct err *err);
    /* NULL: there is no log that somebody has to move. */
    size_t (*log_frames)(const struct store_conn *c);
    /* A statement without rows; ret_affected NULL: failures may come later. */
    crm_status (*run)(struct store_conn *c, const struct statement *q, int64_t *ret_affected,
                      struct err *err);
    /* `large`: rows are fetched in portions, so that a million of them need no memory. */
    crm_status (*rows_open)(struct store_conn *c, const struct statement *q, bool large,
                            struct store_rows **ret, struct err *err);
    crm_status (*rows_next)(struct store_rows *r, bool *ret_row, struct err *err);
    void (*rows_close)(struct store_rows *r);
    /* Appends the script that gives the database the functions of expressions; NULL: a connection
     * has them by itself. */
    crm_status (*functions)(struct buf *out, struct err *err);
    /* Gives an index, with its pages, another name and table; `text` makes such an index. Inside a
     * transaction that changes the structure otherwise, too. NULL: not with this engine. */
    crm_status (*hand_over)(struct store_conn *c, struct str index, struct str name,
                            struct str table, struct str text, struct err *err);
    /* All of it into another file, beside the writer. NULL: not with this engine. */
    crm_status (*copy)(struct store_conn *c, const char *path, struct err *err);
    /* Several statements without parameters, not cached: structure only. */
    crm_status (*script)(struct store_conn *c, const char *text, struct err *err);
    /* The same into what a table of the engine's keeps for itself; NULL: there is nothing like it.
     */
    crm_status (*script_inside)(struct store_conn *c, const char *text, struct err *err);
};

extern const struct driver sqlite_driver;
extern const struct driver postgres_driver;

struct store {
    const struct driver *driver;
    char *data_dir, *uri;
    const char *sqlite_vfs;
    size_t cache_bytes;
    int64_t shadow_rows;
    bool unfinished; /* opened by a restore */
    _Atomic int connections;
    _Atomic uint64_t waits;     /* PostgreSQL: how often a thread has waited for the server */
    _Atomic int64_t ahead_ms;   /* the database's clock less this machine's: see cluster.h */
    _Atomic size_t others;      /* nodes beside this one, as of the last look */
    _Atomic int32_t node;       /* its number and one, and the server's process that holds the */
    _Atomic int32_t node_pid;   /* lock on it; 0: not one of several. See postgres/fence.c */
    char process[24];           /* names this process among all on the database */
    _Atomic int kept;           /* snapshots that are being copied: see store_keep_begin */
    _Atomic bool broken;        /* a flush failed: nothing is written any more */
    pthread_mutex_t blob_mutex; /* a blob is put in place or collected, never both */
    bool blob_names_durable; /* the folders of blobs are named on the disk; guarded by blob_mutex */
};

enum { STORE_WRITER_CACHE_KB = 16384 };

enum { STORE_CONFLICT_BYTES = 160 };

struct store_conn {
    struct store *store;
    const struct driver *driver;
    void *native;
    enum store_role role;
    struct store_company company;
    int64_t budget_ms;
    _Atomic bool cancelled;
    bool in_transaction, in_savepoint;
    uint64_t sent;  /* statements without rows so far */
    bool unsure;    /* the outcome of the last commit is not known */
    bool failed;    /* the transaction or savepoint must be rolled back first */
    bool structure; /* DDL is allowed: migrations only */
    char conflict[STORE_CONFLICT_BYTES];
    struct text_cache *texts;
    uint8_t list_ways[256]; /* by text hash: which way answered last, see list.c */
    struct arena scratch;   /* of one call, reset at its end */
    int scratch_depth;
};

/* Hash of SQL text and of cache keys. */
uint64_t statement_hash(const void *bytes, size_t len);
struct statement statement_of(const struct sql *s);

crm_status store_exec_run(struct store_conn *c, const struct statement *q, int64_t *ret_affected,
                          struct err *err);
crm_status store_exec_open(struct store_conn *c, const struct statement *q, bool large,
                           struct store_rows **ret, struct err *err);
crm_status store_exec_next(struct store_rows *r, bool *ret_row, struct err *err);
void store_exec_close(struct store_rows *r); /* NULL accepted */
/* One integer from the first row; *ret stays when there is none. */
crm_status store_exec_int(struct store_conn *c, const struct statement *q, int64_t *ret,
                          struct err *err);
crm_status store_exec_script(struct store_conn *c, const char *text, struct err *err);
/* The same for text just built: statuses of the builder included. */
crm_status store_sql_run(struct store_conn *c, const struct sql *s, int64_t *ret_affected,
                         struct err *err);
crm_status store_sql_open(struct store_conn *c, const struct sql *s, bool large,
                          struct store_rows **ret, struct err *err);

/* First column of up to `limit` rows, in arena `a`. */
crm_status store_collect_ids(struct store_conn *c, const struct sql *s, struct arena *a,
                             size_t limit, int64_t **ret_ids, size_t *ret_count, struct err *err);

/* Memory for one call: nested calls share it, the outermost gives it back. */
struct arena *store_scratch_enter(struct store_conn *c);
void store_scratch_leave(struct store_conn *c);

static inline void store_rows_cleanup(struct store_rows **r) { store_exec_close(*r); }
#define ROWS_CLEANUP __attribute__((cleanup(store_rows_cleanup)))

#endif
