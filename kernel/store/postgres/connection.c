/* The PostgreSQL driver: connecting and its checks, transactions, reconnecting.
 *
 * A connection that was lost is opened anew at the next begin or at the next read outside of a
 * transaction; inside one the answer is CRM_UNAVAILABLE and the caller rolls back. */
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/messages.h"
#include "store/postgres/functions.h"
#include "store/postgres/postgres.h"

enum { VERSION_OLDEST = 130000 };

static const char session[] = "SET search_path = perigee, pg_catalog; SET TimeZone = 'UTC'; SET "
                              "lock_timeout = 5000; SET jit = off;"
                              "SET client_min_messages = warning; SET synchronous_commit = on; SET "
                              "idle_in_transaction_session_timeout = 0; SET statement_timeout = 0";

static crm_status connection_failed(PGconn *db, struct err *err) {
    crm_status status = err_set(err, CRM_UNAVAILABLE, &store_text_unavailable, NULL);
    err_because(err, "postgres: %s", PQerrorMessage(db));
    return status;
}

static crm_status check_server(const struct postgres_conn *n, struct err *err) {
    const char *encoding = PQparameterStatus(n->db, "server_encoding");
    if (PQserverVersion(n->db) < VERSION_OLDEST)
        return err_set(err, CRM_UNSUPPORTED, &store_text_database_old,
                       PQparameterStatus(n->db, "server_version"), NULL);
    if (!encoding || strcmp(encoding, "UTF8") != 0)
        return err_set(err, CRM_UNSUPPORTED, &store_text_database_encoding,
                       encoding ? encoding : "?", NULL);
    return CRM_OK;
}

static void set_cancel(struct postgres_conn *n) {
    pthread_mutex_lock(&n->cancel_mutex);
    PQfreeCancel(n->cancel);
    n->cancel = PQgetCancel(n->db);
    pthread_mutex_unlock(&n->cancel_mutex);
}

static void ignore_notice(void *ctx, const char *message) { (void)ctx, (void)message; }

/* What a fresh connection needs, first or again. */
static crm_status set_up(struct postgres_conn *n, struct err *err) {
    struct store *s = n->conn->store;
    n->unready = true;
    postgres_statements_forget(n);
    n->queue_count = 0;
    n->applied_budget_ms = n->outer_budget_ms = 0;
    n->pending_begin = NULL;
    n->alone = n->ending = false;
    if (PQstatus(n->db) != CONNECTION_OK) return connection_failed(n->db, err);
    PQsetNoticeProcessor(n->db, ignore_notice, NULL);
    crm_status status = check_server(n, err);
    if (status != CRM_OK) return status;
    PGresult *result = PQexec(n->db, session);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) status = postgres_fail(n, result, err);
    PQclear(result);
    if (status == CRM_OK && n->conn->role == STORE_WRITER && atomic_load(&s->node))
        status = postgres_fence_enter(s, n->db, err);
    if (status == CRM_OK && n->pipeline && !PQenterPipelineMode(n->db))
        status = postgres_fail(n, NULL, err);
    if (status == CRM_OK) set_cancel(n);
    n->unready = status != CRM_OK;
    return status;
}

crm_status postgres_connect(struct postgres_conn *n, struct err *err) {
    /* Later words win: the URI over the time limit, encoding over the URI. */
    const char *words[] = {"connect_timeout", "fallback_application_name", "dbname",
                           "client_encoding", NULL};
    const char *values[] = {"10", "perigee", n->conn->store->uri, "UTF8", NULL};
    n->db = PQconnectdbParams(words, values, 1);
    if (!n->db) return err_no_memory(err);
    return set_up(n, err);
}

/* A server that went away has sent its farewell and the end: both are waiting in the socket. */
static void hear_farewell(struct postgres_conn *n) {
    struct pollfd socket = {.fd = PQsocket(n->db), .events = POLLIN};
    for (int i = 0; i < 4 && PQstatus(n->db) == CONNECTION_OK && poll(&socket, 1, 0) > 0; i++)
        PQconsumeInput(n->db);
}

crm_status postgres_revive(struct postgres_conn *n, struct err *err) {
    postgres_hear_end(n);
    if (n->queue_count == 0) hear_farewell(n);
    if (PQstatus(n->db) == CONNECTION_OK && !n->unready) return CRM_OK;
    PQreset(n->db);
    return set_up(n, err);
}

void postgres_conn_close(struct store_conn *c) {
    struct postgres_conn *n = c->native;
    if (!n) return;
    postgres_asker_free(n);
    postgres_statements_forget(n);
    PQfreeCancel(n->cancel);
    PQfinish(n->db);
    pthread_mutex_destroy(&n->cancel_mutex);
    free(n);
    c->native = NULL;
}

static crm_status conn_open(struct store_conn *c, struct err *err) {
    struct postgres_conn *n = calloc(1, sizeof *n);
    if (!n) return err_no_memory(err);
    n->conn = c;
    n->pipeline = c->role != STORE_CHECKPOINTER;
    pthread_mutex_init(&n->cancel_mutex, NULL);
    c->native = n;
    if (c->role == STORE_ASKER) c->driver = &postgres_ask_driver;
    crm_status status = postgres_connect(n, err);
    if (status == CRM_OK && c->role == STORE_ASKER) status = postgres_asker_open(n, err);
    if (status != CRM_OK) postgres_conn_close(c);
    return status;
}

static bool has_table(struct postgres_conn *n, const char *question) {
    PGresult *result = PQexec(n->db, question);
    bool yes = PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1 &&
               !PQgetisnull(result, 0, 0);
    PQclear(result);
    return yes;
}

static crm_status check_database(struct postgres_conn *n, bool create, struct err *err) {
    bool exists = has_table(n, "SELECT to_regclass('perigee.sys_meta')::text");
    const char *where = PQdb(n->db);
    if (create && exists)
        return err_set(err, CRM_CONFLICT, &store_text_database_exists, where, NULL);
    if (create) return postgres_script(n, "CREATE SCHEMA IF NOT EXISTS perigee", err);
    if (!has_table(n, "SELECT to_regnamespace('perigee')::text"))
        return err_set(err, CRM_NOT_FOUND, &store_text_database_missing, where, NULL);
    return CRM_OK;
}

static crm_status driver_open(struct store *s, bool create, struct err *err) {
    /* One statement at a time: what looks at the database comes before its tables. */
    struct store_conn c = {.store = s, .driver = s->driver, .role = STORE_CHECKPOINTER};
    crm_status status = conn_open(&c, err);
    if (status != CRM_OK) return status;
    status = check_database(postgres_conn_of(&c), create, err);
    postgres_conn_close(&c);
    return status;
}

static void driver_close(struct store *s) { (void)s; }

static void set_company(struct store_conn *c) { (void)c; }
static void set_budget(struct store_conn *c) { (void)c; }

static void cancel(struct store_conn *c) {
    struct postgres_conn *n = postgres_conn_of(c);
    char message[256];
    pthread_mutex_lock(&n->cancel_mutex);
    if (n->cancel) PQcancel(n->cancel, message, sizeof message);
    pthread_mutex_unlock(&n->cancel_mutex);
}

/* A control statement whose outcome is known on return. */
static crm_status control(struct postgres_conn *n, const char *text, struct err *err) {
    PGresult *result = NULL;
    crm_status status = postgres_send_text(n, text, &result, err);
    PQclear(result);
    return status;
}

static crm_status begin(struct store_conn *c, struct err *err) {
    struct postgres_conn *n = postgres_conn_of(c);
    crm_status status = postgres_revive(n, err);
    if (status != CRM_OK) return status;
    n->outer_budget_ms = n->applied_budget_ms;
    n->alone = false;
    if (c->role == STORE_WRITER)
        return postgres_send_text(n, "BEGIN ISOLATION LEVEL READ COMMITTED", NULL, err);
    n->pending_begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    return CRM_OK;
}

/* While nothing was asked yet: the statement that follows is taken for the only one. */
static void expect_one(struct store_conn *c) {
    struct postgres_conn *n = postgres_conn_of(c);
    n->alone = n->pending_begin != NULL;
}

/* It travels with what is still on its way: behind a failure the server skips it. COMMIT of a
 * failed transaction succeeds as ROLLBACK. */
static crm_status commit(struct store_conn *c, struct err *err) {
    struct postgres_conn *n = postgres_conn_of(c);
    PGresult *result = NULL;
    if (n->pending_begin) { /* nothing was asked */
        n->pending_begin = NULL;
        return CRM_OK;
    }
    crm_status status = postgres_send_text(n, "COMMIT", n->pipeline ? NULL : &result, err);
    if (status == CRM_OK && n->pipeline) {
        status = postgres_sync(n, &result, err);
        bool is_lost = status == CRM_UNAVAILABLE || status == CRM_IO;
        c->unsure = is_lost && !n->failed_before_last;
    }
    if (status == CRM_OK && strcmp(PQcmdStatus(result), "COMMIT") != 0)
        status = err_internal(err, "commit was %s", PQcmdStatus(result));
    PQclear(result);
    return status;
}

static void rollback(struct store_conn *c) {
    struct postgres_conn *n = postgres_conn_of(c);
    if (n->pending_begin && n->queue_count == 0) { /* nothing was asked, or all of it alone */
        n->pending_begin = NULL;
        n->applied_budget_ms = n->outer_budget_ms;
        return;
    }
    n->pending_begin = NULL;
    postgres_sync(n, NULL, NULL);
    n->applied_budget_ms = n->outer_budget_ms; /* SET is undone with the transaction */
    if (PQstatus(n->db) != CONNECTION_OK || PQtransactionStatus(n->db) == PQTRANS_IDLE) return;
    if (c->role == STORE_READER)
        postgres_send_end(n, "ROLLBACK");
    else
        control(n, "ROLLBACK", NULL);
}

static crm_status savepoint(struct store_conn *c, struct err *err) {
    return postgres_send_text(postgres_conn_of(c), "SAVEPOINT s", NULL, err);
}
static crm_status release(struct store_conn *c, struct err *err) {
    return control(postgres_conn_of(c), "RELEASE s", err);
}

static crm_status rollback_to(struct store_conn *c, struct err *err) {
    struct postgres_conn *n = postgres_conn_of(c);
    postgres_sync(n, NULL, NULL);
    n->applied_budget_ms = -1;
    crm_status status = postgres_send_text(n, "ROLLBACK TO s", NULL, err);
    return status == CRM_OK ? control(n, "RELEASE s", err) : status;
}

static crm_status checkpoint(struct store_conn *c, bool last, struct err *err) {
    (void)c, (void)last, (void)err;
    return CRM_OK;
}

static crm_status run(struct store_conn *c, const struct statement *q, int64_t *ret_affected,
                      struct err *err) {
    struct postgres_conn *n = postgres_conn_of(c);
    crm_status status = c->in_transaction ? CRM_OK : postgres_revive(n, err);
    if (status != CRM_OK || !ret_affected)
        return status == CRM_OK ? postgres_send(n, q, NULL, err) : status;
    PGresult *result = NULL;
    int64_t affected = 0;
    status = postgres_send(n, q, &result, err);
    if (status == CRM_OK && str_to_int64(str_from(PQcmdTuples(result)), &affected))
        *ret_affected = affected;
    PQclear(result);
    return status;
}

static crm_status script(struct store_conn *c, const char *text, struct err *err) {
    return postgres_script(postgres_conn_of(c), text, err);
}

const struct driver postgres_driver = {
    .engine = STORE_POSTGRES,
    .dialect = SQL_POSTGRES,
    .open = driver_open,
    .close = driver_close,
    .conn_open = conn_open,
    .conn_close = postgres_conn_close,
    .set_company = set_company,
    .set_budget = set_budget,
    .cancel = cancel,
    .begin = begin,
    .expect_one = expect_one,
    .commit = commit,
    .rollback = rollback,
    .savepoint = savepoint,
    .release = release,
    .rollback_to = rollback_to,
    .checkpoint = checkpoint,
    .run = run,
    .rows_open = postgres_rows_open,
    .rows_next = postgres_rows_next,
    .rows_close = postgres_rows_close,
    .functions = postgres_functions_sql,
    .script = script,
};
