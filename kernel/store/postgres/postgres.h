/* The PostgreSQL driver's own parts: connection, prepared statements, pipeline, rows, failures.
 * Private to store/postgres. Threads: the connection's.
 *
 * Writers' and readers' connections are in libpq's pipeline mode: statements are queued, a
 * synchronisation point brings their results in order. A reader's BEGIN travels with its first
 * statement, which is also when the server takes the snapshot; without one it is never sent. Its
 * end is sent at once and heard with the next answers. A statement that is expected to be the only
 * one goes without either: it is its own snapshot.
 * Parameters and results are binary. */
#ifndef STORE_POSTGRES_POSTGRES_H
#define STORE_POSTGRES_POSTGRES_H

#include <libpq-fe.h>
#include <pthread.h>

#include "store/driver.h"

enum {
    POSTGRES_STATEMENTS_MAX = 256,
    POSTGRES_BUCKETS = 256,
    POSTGRES_QUEUE_MAX = 2048,
    POSTGRES_FETCH_ROWS = 2000
};

enum postgres_prepared { POSTGRES_UNPREPARED, POSTGRES_SENT, POSTGRES_READY };

struct postgres_statement {
    struct postgres_statement *next; /* in the bucket */
    struct postgres_statement *newer, *older;
    uint64_t hash;
    uint64_t number; /* its name on the server: "p<number>" */
    enum postgres_prepared state;
    size_t len;
    char text[];
};

struct postgres_asker;

struct postgres_conn {
    PGconn *db;
    struct postgres_asker *asker; /* of the role STORE_ASKER; owned */
    PGcancel *cancel;             /* guarded by cancel_mutex: other threads use it */
    pthread_mutex_t cancel_mutex;
    struct store_conn *conn;
    struct postgres_statement *buckets[POSTGRES_BUCKETS];
    struct postgres_statement *newest, *oldest;
    size_t statement_count;
    uint64_t next_number, next_cursor;
    bool pipeline;
    /* Queued and not yet answered; NULL = not the preparation of a statement. */
    struct postgres_statement *queue[POSTGRES_QUEUE_MAX];
    size_t queue_count;
    size_t unflushed;          /* of the queue; the server works while more is queued */
    bool failed_before_last;   /* the last synchronisation: the server refused what came before */
    int64_t applied_budget_ms; /* -1 = unknown */
    int64_t outer_budget_ms; /* the same when the transaction began, which is what its end leaves */
    const char *pending_begin; /* not sent yet; NULL = none */
    bool alone;                /* the next statement does without it */
    bool ending;               /* a reader's end was sent, its answer not yet taken */
    bool unready;              /* connected, but not set up */
};

static inline struct postgres_conn *postgres_conn_of(const struct store_conn *c) {
    return c->native;
}

/* connection.c: opens it anew when it was lost; forgets what the old one had prepared. */
crm_status postgres_connect(struct postgres_conn *n, struct err *err);
crm_status postgres_revive(struct postgres_conn *n, struct err *err);
void postgres_conn_close(struct store_conn *c);

/* fence.c: two processes never write under one number of a node, whatever connections are lost. */
enum {
    POSTGRES_LOCK_CLASS = 1346720327, /* "PERG": the first half of the keys of our advisory locks */
    POSTGRES_LOCK_SCHEMA = 4096,      /* second halves: below STORE_NODES_MAX numbers of nodes */
    POSTGRES_LOCK_PLACE = 4097,       /* who fills the database by a restore or copy */
    POSTGRES_LOCK_FENCE = 8192,       /* and from here their writers' */
    POSTGRES_LOCK_GENERATION = 16384  /* shared: what structure version a process knows */
};
/* Before a connection is one of a node's. Outside of the pipeline. */
crm_status postgres_fence_tell(PGconn *db, struct err *err);
/* A writer's connection takes its share of the fence; CRM_UNAVAILABLE while this process does not
 * hold the number. Outside of the pipeline. */
crm_status postgres_fence_enter(struct store *s, PGconn *db, struct err *err);
/* Does another process write under the number? */
crm_status postgres_fence_is_foreign(struct store *s, PGconn *db, int32_t node, bool *ret,
                                     struct err *err);

/* statement.c */
crm_status postgres_statement_get(struct postgres_conn *n, const struct statement *q,
                                  struct postgres_statement **ret, struct err *err);
void postgres_statements_forget(struct postgres_conn *n);

/* exchange.c: sends one statement and, when `ret_result` is asked for, everything before it has
 * been answered too (*ret_result owned). */
crm_status postgres_send(struct postgres_conn *n, const struct statement *q, PGresult **ret_result,
                         struct err *err);
/* The same for a constant text without parameters, not prepared. */
crm_status postgres_send_text(struct postgres_conn *n, const char *text, PGresult **ret_result,
                              struct err *err);
/* The end of a reader's transaction, whose answer nobody waits for: taken by postgres_hear_end,
 * which every synchronisation point begins with. */
void postgres_send_end(struct postgres_conn *n, const char *text);
void postgres_hear_end(struct postgres_conn *n);
/* DECLARE of a cursor: `text` with the parameters of `q`. */
crm_status postgres_declare(struct postgres_conn *n, const char *text, const struct statement *q,
                            struct err *err);
/* Only what goes to libpq: a preparation (its name is drawn) and an execution. */
bool postgres_put_prepare(struct postgres_conn *n, struct postgres_statement *s);
bool postgres_put_execute(struct postgres_conn *n, const struct postgres_statement *s,
                          const struct statement *q);
/* All answers of the queue; the first failure. */
crm_status postgres_sync(struct postgres_conn *n, PGresult **ret_last, struct err *err);
/* Several statements at once, outside of the pipeline. */
crm_status postgres_script(struct postgres_conn *n, const char *text, struct err *err);

/* rows.c */
crm_status postgres_rows_open(struct store_conn *c, const struct statement *q, bool large,
                              struct store_rows **ret, struct err *err);
crm_status postgres_rows_next(struct store_rows *r, bool *ret_row, struct err *err);
void postgres_rows_close(struct store_rows *r);
/* The rows of a result that stays the caller's and outlives them. */
crm_status postgres_rows_of(struct store_conn *c, PGresult *borrowed, struct store_rows **ret,
                            struct err *err);

/* ask.c: the part of a connection that asks without waiting; see store/ask.h */
extern const struct driver postgres_ask_driver;
crm_status postgres_asker_open(struct postgres_conn *n, struct err *err);
void postgres_asker_free(struct postgres_conn *n);

/* error.c: `result` NULL = the connection's own state. */
crm_status postgres_fail(struct postgres_conn *n, const PGresult *result, struct err *err);
/* The failure is one that the server reported, not one of the way there. */
bool postgres_has_code(const PGresult *result);

#endif
