/* The storage interface: one SQLite file or one PostgreSQL database, the same behind this header.
 *
 * Nothing above store/ sees SQL. A struct store is the database (any thread); a struct store_conn
 * is one connection and belongs to one thread. Any database error ends the transaction (or the
 * savepoint) on both engines. Integers are int64, texts are valid UTF-8 without NUL, blobs are
 * bytes. Cursors never outlive a call: results are materialised into the caller's arena or handed
 * to a callback row by row.
 *
 * Writer connections may queue statements whose result is not asked for (ret_affected NULL) and
 * report their failure from a later call of the same savepoint: store_release and store_commit are
 * the borders where all errors are known. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "access/access.h"
#include "base/arena.h"
#include "base/err.h"

struct store;
struct store_conn;

enum store_engine { STORE_SQLITE, STORE_POSTGRES };

struct store_options {
    struct str data_dir;    /* DIR/perigee.db for SQLite; blobs in DIR/blobs for both */
    struct str uri;         /* empty = SQLite; "postgresql://..." or "host=..." = libpq */
    const char *sqlite_vfs; /* NULL = default; fault tests give a shim */
    size_t cache_bytes;     /* page cache a connection, 0 = default */
    int64_t shadow_rows;    /* store/shadow.h: from so many rows on; 0 = a million */
    bool create;            /* init: make an empty database; else it must exist */
    bool unfinished;        /* a restore: the mark of one that was not finished is no hindrance */
};

crm_status store_open(const struct store_options *options, struct store **ret, struct err *err);
void store_close(struct store *s); /* all connections must be closed */
enum store_engine store_engine_of(const struct store *s);
struct str store_data_dir(const struct store *s); /* borrowed */
/* How often threads have waited for a database server so far: what requests and batches should do
 * once, or not at all. 0 with SQLite. */
uint64_t store_waits(const struct store *s);

/* STORE_ASKER: see ask.h; PostgreSQL only. */
enum store_role { STORE_READER, STORE_WRITER, STORE_CHECKPOINTER, STORE_ASKER };
crm_status store_conn_open(struct store *s, enum store_role role, struct store_conn **ret,
                           struct err *err);
void store_conn_close(struct store_conn *c);
struct store *store_of(struct store_conn *c);
/* Company facts that SQL functions need; set on every connection when settings change. The zone is
 * borrowed until the next call. */
struct store_company {
    const struct zone *zone;
    struct currency base_currency;
    int base_digits, week_start, fiscal_month;
};
void store_conn_set_company(struct store_conn *c, const struct store_company *company);
/* Step budget of the queries that follow (SQLite VM steps / PostgreSQL statement_timeout ms);
 * exhausted = CRM_TIMEOUT. 0 = none. */
void store_conn_set_budget(struct store_conn *c, int64_t max_ms);
/* Stops the statement that runs now (CRM_CANCELLED), if any. Any thread. */
void store_conn_cancel(struct store_conn *c);

/* Readers: one snapshot of the data. Writers: the transaction; savepoints nest once. */
crm_status store_begin(struct store_conn *c, struct err *err);
/* A reader's hint right after store_begin: one statement will do. It may then be answered without a
 * transaction around it; should more follow, they see one snapshot, not older than the first's. */
void store_expect_one(struct store_conn *c);
crm_status store_commit(struct store_conn *c, struct err *err); /* durable when it returns OK */
/* After store_commit failed: it may have happened all the same. */
bool store_is_unsure(const struct store_conn *c);
void store_rollback(struct store_conn *c);
crm_status store_savepoint(struct store_conn *c, struct err *err);
crm_status store_release(struct store_conn *c, struct err *err);
void store_rollback_to(struct store_conn *c);
bool store_in_transaction(const struct store_conn *c);
enum store_role store_conn_role(const struct store_conn *c);
/* Whether anything was sent to be written since a mark, without asking the engine for a savepoint.
 * False also when the transaction has failed. */
uint64_t store_mark(const struct store_conn *c);
bool store_is_at_mark(const struct store_conn *c, uint64_t mark);

/* Pages in the write-ahead log with the last commit of this connection, a writer's; 0: none. */
size_t store_log_frames(const struct store_conn *c);
/* Moves committed pages from the write-ahead log into the file; a thread of its own calls it. */
crm_status store_checkpoint(struct store_conn *c, struct err *err);
/* The last one before the end also empties the log, unless somebody reads it: the next start has
 * nothing to recover. */
crm_status store_checkpoint_last(struct store_conn *c, struct err *err);

/* ---- rows of any table ------------------------------------------------------------------- */
enum store_type { STORE_NULL, STORE_INT, STORE_TEXT, STORE_BLOB };

struct store_value {
    enum store_type type;
    union {
        int64_t integer;
        struct str bytes;
    };
};
#define STORE_NIL ((struct store_value){.type = STORE_NULL})
static inline struct store_value store_int(int64_t n) {
    return (struct store_value){.type = STORE_INT, .integer = n};
}
static inline struct store_value store_text(struct str s) {
    return (struct store_value){.type = STORE_TEXT, .bytes = s};
}
static inline struct store_value store_blob(struct str s) {
    return (struct store_value){.type = STORE_BLOB, .bytes = s};
}

struct store_column {
    const char *name;
    enum store_type type;
    bool not_null;
};

struct store_index {
    const char *name;
    uint8_t columns[6]; /* positions */
    uint8_t column_count;
    bool unique;
    bool filled; /* over the rows with a value in its first column */
};

/* A table of the kernel's own (sys_*), as data. Primary key: the first `key_columns` columns. */
struct store_table {
    const char *name;
    const struct store_column *columns;
    uint8_t column_count;
    uint8_t key_columns;
    const struct store_index *indexes;
    uint8_t index_count;
};

enum store_compare {
    STORE_EQ,
    STORE_NE,
    STORE_LT,
    STORE_LE,
    STORE_GT,
    STORE_GE,
    STORE_IS_NULL,
    STORE_NOT_NULL
};

struct store_condition {
    uint8_t column;
    enum store_compare op;
    struct store_value value;
};

struct store_set {
    uint8_t column;
    struct store_value value;
    bool add; /* column = column + value */
};

struct store_select {
    const struct store_table *table;
    const struct store_condition *where; /* all must hold */
    size_t where_count;
    const int8_t *order; /* column + 1, negative = descending */
    size_t order_count;
    int64_t limit;   /* 0 = all */
    bool for_update; /* PostgreSQL: row locks, skip locked; SQLite: nothing to do */
};

/* values: one per column of the table, in its order. */
crm_status store_insert(struct store_conn *c, const struct store_table *t,
                        const struct store_value *values, struct err *err);
/* Several rows in one statement: values row by row. */
crm_status store_insert_rows(struct store_conn *c, const struct store_table *t,
                             const struct store_value *values, size_t rows, struct err *err);
/* As store_insert, but a row with the same key stays as it is; *ret_inserted tells. */
crm_status store_insert_new(struct store_conn *c, const struct store_table *t,
                            const struct store_value *values, bool *ret_inserted, struct err *err);
crm_status store_update(struct store_conn *c, const struct store_table *t,
                        const struct store_set *sets, size_t set_count,
                        const struct store_condition *where, size_t where_count,
                        int64_t *ret_affected, struct err *err);
crm_status store_delete(struct store_conn *c, const struct store_table *t,
                        const struct store_condition *where, size_t where_count,
                        int64_t *ret_affected, struct err *err);
/* Each row is valid during the call only; return false to stop. */
typedef bool (*store_row_fn)(void *ctx, const struct store_value *row);
crm_status store_each(struct store_conn *c, const struct store_select *select, store_row_fn fn,
                      void *ctx, struct err *err);
/* First row into the arena; *ret_row NULL when there is none. */
crm_status store_first(struct store_conn *c, const struct store_select *select, struct arena *a,
                       const struct store_value **ret_row, struct err *err);

/* Which unique index the last CRM_CONFLICT came from (physical name), or "". */
struct str store_conflict_index(const struct store_conn *c);

#endif
