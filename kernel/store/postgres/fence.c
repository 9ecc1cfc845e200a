/* The fence around the number of a node. The number is held by the lock of the cluster's
 * connection; but that connection may be lost while the process writes on, and another process take
 * the number. So each connection that writes shares a second lock for as long as it lives, under
 * the name of its process: who takes a number makes sure afterwards that no other process shares
 * it, and who begins to share makes sure afterwards that the number is its own. See
 * store/cluster.h.
 *
 * Threads: the connection's. */
#include <stdio.h>
#include <stdlib.h>

#include "store/cluster.h"
#include "store/messages.h"
#include "store/migrate.h"
#include "store/postgres/postgres.h"

enum { TEXT_BYTES = 1024 };

static const char here[] =
    "l.locktype = 'advisory' AND l.objsubid = 2 AND l.granted AND l.database "
    "= (SELECT oid FROM pg_database WHERE datname = current_database())";

/* The number in the only row and column. */
static crm_status ask(PGconn *db, const char *text, int64_t *ret, struct err *err) {
    PGresult *result = PQexec(db, text);
    bool ok = PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1 &&
              str_to_int64(str_from(PQgetvalue(result, 0, 0)), ret);
    PQclear(result);
    if (ok) return CRM_OK;
    crm_status status = err_set(err, CRM_UNAVAILABLE, &store_text_unavailable, NULL);
    err_because(err, "postgres: %s", PQerrorMessage(db));
    return status;
}

crm_status postgres_fence_tell(PGconn *db, struct err *err) {
    char text[TEXT_BYTES];
    int64_t shared = 0;
    snprintf(text, sizeof text, "SELECT pg_try_advisory_lock_shared(%d, %lld)::int",
             POSTGRES_LOCK_CLASS, POSTGRES_LOCK_GENERATION + (long long)store_sys_known());
    return ask(db, text, &shared, err);
}

/* A process that says nothing knows less than any that does. */
crm_status store_others_older(struct store_conn *c, int64_t version, bool *ret, struct err *err) {
    char text[TEXT_BYTES];
    int64_t count = 0;
    *ret = false;
    if (c->driver->engine != STORE_POSTGRES) return CRM_OK;
    snprintf(text, sizeof text,
             "SELECT count(*) FROM pg_locks l WHERE l.classid = %d AND (l.objid < %d OR l.objid "
             "BETWEEN %d AND %d) AND %s AND NOT EXISTS (SELECT 1 FROM pg_locks g WHERE g.pid = "
             "l.pid AND g.locktype = 'advisory' AND g.classid = l.classid AND g.objsubid = 2 AND "
             "g.database = l.database AND g.objid >= %lld)",
             POSTGRES_LOCK_CLASS, STORE_NODES_MAX, POSTGRES_LOCK_FENCE,
             POSTGRES_LOCK_FENCE + STORE_NODES_MAX - 1, here,
             POSTGRES_LOCK_GENERATION + (long long)version);
    const struct statement q = {.text = str_from(text), .hash = statement_hash(text, strlen(text))};
    crm_status status = store_exec_int(c, &q, &count, err);
    *ret = count > 0;
    return status;
}

crm_status postgres_fence_is_foreign(struct store *s, PGconn *db, int32_t node, bool *ret,
                                     struct err *err) {
    char text[TEXT_BYTES];
    int64_t count = 0;
    snprintf(text, sizeof text,
             "SELECT count(*) FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid WHERE "
             "l.classid = %d AND l.objid = %d AND a.application_name IS DISTINCT FROM 'perigee %s' "
             "AND %s",
             POSTGRES_LOCK_CLASS, POSTGRES_LOCK_FENCE + node, s->process, here);
    crm_status status = ask(db, text, &count, err);
    *ret = count > 0;
    return status;
}

/* What a node that stands still, or is cut off, holds in an open transaction all others wait for:
 * the server ends it. */
static crm_status bound(PGconn *db, struct err *err) {
    PGresult *result = PQexec(db, "SET idle_in_transaction_session_timeout = 20000; "
                                  "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 5; "
                                  "SET tcp_keepalives_count = 3; SET tcp_user_timeout = 20000");
    bool ok = PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    if (ok) return CRM_OK;
    crm_status status = err_set(err, CRM_UNAVAILABLE, &store_text_unavailable, NULL);
    err_because(err, "postgres: %s", PQerrorMessage(db));
    return status;
}

/* The name is set by a statement of its own: who sees the lock must see whose it is. */
crm_status postgres_fence_enter(struct store *s, PGconn *db, struct err *err) {
    char text[TEXT_BYTES];
    int64_t named = 0, shared = 0, own = 0;
    const int32_t node = atomic_load(&s->node) - 1;
    snprintf(text, sizeof text,
             "SELECT (set_config('application_name', 'perigee %s', false) <> '')::int", s->process);
    crm_status status = bound(db, err);
    if (status == CRM_OK) status = ask(db, text, &named, err);
    if (status == CRM_OK) status = postgres_fence_tell(db, err);
    snprintf(text, sizeof text, "SELECT pg_try_advisory_lock_shared(%d, %d)::int",
             POSTGRES_LOCK_CLASS, POSTGRES_LOCK_FENCE + node);
    if (status == CRM_OK) status = ask(db, text, &shared, err);
    snprintf(text, sizeof text,
             "SELECT count(*) FROM pg_locks l WHERE l.classid = %d AND l.objid = %d AND l.pid = %d "
             "AND %s",
             POSTGRES_LOCK_CLASS, node, atomic_load(&s->node_pid), here);
    if (status == CRM_OK) status = ask(db, text, &own, err);
    if (status != CRM_OK || own) return status;
    snprintf(text, sizeof text, "SELECT pg_advisory_unlock_shared(%d, %d)::int",
             POSTGRES_LOCK_CLASS, POSTGRES_LOCK_FENCE + node);
    status = ask(db, text, &shared, err);
    if (status != CRM_OK) return status;
    status = err_set(err, CRM_UNAVAILABLE, &store_text_unavailable, NULL);
    err_because(err, "postgres: the number %d of this node is not held by this process", node);
    return status;
}
