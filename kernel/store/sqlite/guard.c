/* What a connection may not do: limits against hostile statements, an authorizer against anything
 * but the statements of the store, and a deadline for each statement.
 *
 * Not a substitute for building SQL from looked-up names only; the second lock on the same door. */
#include "base/time.h"
#include "store/messages.h"
#include "store/shadow.h"
#include "store/sqlite/sqlite.h"

enum { OPCODES_BETWEEN_LOOKS = 2000 };

static bool is_change(int action) { return action == SQLITE_INSERT || action == SQLITE_DELETE; }

static bool is_pragma_function(const char *name) {
    return name && (strcmp(name, "index_list") == 0 || strcmp(name, "index_info") == 0);
}

/* What catalog_read asks of a reader, too. */
static bool is_description(const char *name) {
    return is_pragma_function(name) || (name && strcmp(name, "table_info") == 0);
}

/* The only triggers are those that keep a shadow (store/shadow.h); what another one would do is
 * refused, and with it the statement that set it off. */
static bool is_foreign(const char *trigger) {
    return trigger && strncmp(trigger, STORE_SHADOW_PREFIX, sizeof STORE_SHADOW_PREFIX - 1) != 0;
}

/* FTS5 looks at data_version through a pragma of its own, and declares its columns when a
 * connection first meets the table, for which SQLite asks whether sqlite_master may be updated.
 * Nobody can do that: the schema is not writable under DEFENSIVE, and a reader is query_only. */
static int authorize(void *ctx, int action, const char *first, const char *second,
                     const char *database, const char *inner) {
    const struct store_conn *c = ctx;
    (void)second, (void)database;
    if ((is_change(action) || action == SQLITE_UPDATE) && is_foreign(inner)) return SQLITE_DENY;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_FUNCTION:
    case SQLITE_RECURSIVE:
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
        return SQLITE_OK;
    case SQLITE_UPDATE:
        return c->role == STORE_WRITER || (first && strcmp(first, "sqlite_master") == 0)
                   ? SQLITE_OK
                   : SQLITE_DENY;
    case SQLITE_PRAGMA:
        if (first && strcmp(first, "data_version") == 0) return SQLITE_OK;
        if (c->structure && is_description(first)) return SQLITE_OK;
        return c->role == STORE_WRITER && (c->structure || is_pragma_function(first)) ? SQLITE_OK
                                                                                      : SQLITE_DENY;
    case SQLITE_ATTACH:
    case SQLITE_DETACH:
        return SQLITE_DENY;
    default:
        if (c->role != STORE_WRITER) return SQLITE_DENY;
        return is_change(action) || c->structure ? SQLITE_OK : SQLITE_DENY;
    }
}

static int look_at_clock(void *ctx) {
    const struct sqlite_conn *n = ctx;
    if (n->probing) return 1;
    return n->deadline_ns != 0 && clock_monotonic_ns() > n->deadline_ns;
}

void sqlite_guard_probe(struct sqlite_conn *n, int steps) {
    n->probing = steps > 0;
    if (n->probing)
        sqlite3_progress_handler(n->db, steps, look_at_clock, n);
    else
        sqlite_guard_budget(n);
}

void sqlite_guard_budget(struct sqlite_conn *n) {
    bool limited = n->conn->budget_ms > 0;
    n->deadline_ns = 0;
    sqlite3_progress_handler(n->db, limited ? OPCODES_BETWEEN_LOOKS : 0,
                             limited ? look_at_clock : NULL, n);
}

crm_status sqlite_guard(struct sqlite_conn *n, struct err *err) {
    const int writes = n->conn->role == STORE_WRITER;
    static const struct {
        int limit, value;
    } limits[] = {
        {SQLITE_LIMIT_LENGTH, 64 << 20},
        {SQLITE_LIMIT_SQL_LENGTH, SQL_TEXT_MAX_BYTES},
        {SQLITE_LIMIT_EXPR_DEPTH, 1000},
        {SQLITE_LIMIT_COMPOUND_SELECT, 16},
        {SQLITE_LIMIT_ATTACHED, 0},
        {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000},
        {SQLITE_LIMIT_VARIABLE_NUMBER, SQL_PARAMS_MAX},
        {SQLITE_LIMIT_TRIGGER_DEPTH, 10},
        {SQLITE_LIMIT_WORKER_THREADS, 1},
    };
    const struct {
        int option, value;
    } options[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_FKEY, 0},      {SQLITE_DBCONFIG_ENABLE_TRIGGER, writes},
        {SQLITE_DBCONFIG_ENABLE_VIEW, 0},      {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
        {SQLITE_DBCONFIG_DQS_DDL, 0},          {SQLITE_DBCONFIG_DQS_DML, 0},
        {SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1},
    };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        sqlite3_limit(n->db, limits[i].limit, limits[i].value);
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        int code = sqlite3_db_config(n->db, options[i].option, options[i].value, NULL);
        if (code != SQLITE_OK) return sqlite_fail(n, code, err);
    }
    int code = sqlite3_set_authorizer(n->db, authorize, n->conn);
    return code == SQLITE_OK ? CRM_OK : sqlite_fail(n, code, err);
}
