/* See store/living.h. Where a node is reached it says itself every few seconds (store/note.h); of
 * one that serves nobody, a command, the server knows the address. */
#include "store/living.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "store/cluster.h"
#include "store/messages.h"
#include "store/postgres/postgres.h"

enum { SHOWN_BYTES = 2000, TEXT_BYTES = 1200, URI_BYTES = 4096 };
enum { PLACE_WAIT_MS = 5000, PLACE_LOOK_MS = 20 };

/* Number and address; the second half only where the tables are there. */
#define HOLDERS                                                                                    \
    "SELECT l.objid, coalesce(%s, host(a.client_addr), 'local') FROM pg_locks l LEFT JOIN "        \
    "pg_stat_activity a ON a.pid = l.pid%s WHERE l.locktype = 'advisory' AND l.classid = %d AND "  \
    "l.objid < %d AND l.objsubid = 2 AND l.granted AND l.database = (SELECT oid FROM pg_database " \
    "WHERE datname = current_database()) ORDER BY 1"
/* Other notes are no JSON: only what stands under a number is read. */
#define SIGNS                                                                                      \
    " LEFT JOIN perigee.sys_state s ON s.owner = 'node' AND s.key = l.objid::text AND CASE WHEN "  \
    "s.key ~ '^[0-9]+$' THEN (s.value::jsonb->>'seen_at')::bigint > extract(epoch FROM "           \
    "clock_timestamp()) * 1000 - 15000 END"

static PGresult *ask(PGconn *db) {
    char text[TEXT_BYTES];
    PGresult *there = PQexec(db, "SELECT to_regclass('perigee.sys_state') IS NOT NULL");
    bool signs = PQntuples(there) == 1 && PQgetvalue(there, 0, 0)[0] == 't';
    PQclear(there);
    (void)snprintf(text, sizeof text, HOLDERS, signs ? "s.value::jsonb->>'address'" : "NULL",
                   signs ? SIGNS : "", POSTGRES_LOCK_CLASS, STORE_NODES_MAX);
    return PQexec(db, text);
}

static crm_status refuse(const PGresult *holders, struct err *err) {
    struct buf shown BUF_CLEANUP;
    buf_init(&shown, SHOWN_BYTES);
    for (int i = 0; i < PQntuples(holders); i++)
        buf_printf(&shown, "%s%s (%s)", i ? ", " : "", PQgetvalue(holders, i, 0),
                   PQgetvalue(holders, i, 1));
    const struct str nodes = buf_str(&shown);
    return err_set_args(err, CRM_CONFLICT, &store_text_nodes_living, &nodes, 1);
}

/* NULL: the address is longer than any is, or memory is short. */
static PGconn *reach(struct str uri) {
    char text[URI_BYTES];
    const char *words[] = {"connect_timeout",
                           "fallback_application_name",
                           "keepalives_idle",
                           "keepalives_interval",
                           "keepalives_count",
                           "dbname",
                           NULL};
    const char *values[] = {"10", "perigee", "5", "5", "3", text, NULL};
    if (uri.len >= sizeof text) return NULL;
    memcpy(text, uri.ptr, uri.len);
    text[uri.len] = '\0';
    return PQconnectdbParams(words, values, 1);
}

static crm_status refuse_living(PGconn *db, struct err *err) {
    PGresult *holders = ask(db);
    bool told = PQresultStatus(holders) == PGRES_TUPLES_OK;
    crm_status status = told && PQntuples(holders) > 0 ? refuse(holders, err) : CRM_OK;
    if (!told) {
        status = err_set(err, CRM_UNAVAILABLE, &store_text_unavailable, NULL);
        err_because(err, "postgres: %s", PQresultErrorMessage(holders));
    }
    PQclear(holders);
    return status;
}

crm_status store_refuse_living(struct str uri, struct err *err) {
    PGconn *db = uri.len ? reach(uri) : NULL;
    crm_status status = PQstatus(db) == CONNECTION_OK ? refuse_living(db, err) : CRM_OK;
    PQfinish(db);
    return status;
}

/* ---- a place to fill ------------------------------------------------------------------------- */
struct store_place {
    PGconn *db;
};

static bool try_place(PGconn *db) {
    char text[TEXT_BYTES];
    (void)snprintf(text, sizeof text, "SELECT pg_try_advisory_lock(%d, %d)", POSTGRES_LOCK_CLASS,
                   POSTGRES_LOCK_PLACE);
    PGresult *taken = PQexec(db, text);
    bool is_taken = PQntuples(taken) == 1 && PQgetvalue(taken, 0, 0)[0] == 't';
    PQclear(taken);
    return is_taken;
}

crm_status store_place_take(struct str uri, struct store_place **ret, struct err *err) {
    struct store_place *p = NULL;
    *ret = NULL;
    PGconn *db = uri.len ? reach(uri) : NULL;
    if (PQstatus(db) != CONNECTION_OK) {
        PQfinish(db);
        return CRM_OK;
    }
    int64_t until = clock_monotonic_ns() + PLACE_WAIT_MS * INT64_C(1000000);
    bool taken = try_place(db);
    for (; !taken && clock_monotonic_ns() < until; taken = try_place(db))
        (void)poll(NULL, 0, PLACE_LOOK_MS);
    bool lost = PQstatus(db) != CONNECTION_OK;
    crm_status status = taken  ? refuse_living(db, err)
                        : lost ? err_set(err, CRM_UNAVAILABLE, &store_text_unavailable, NULL)
                               : err_set(err, CRM_CONFLICT, &store_text_place_filled, NULL);
    if (status == CRM_OK && !(p = calloc(1, sizeof *p))) status = err_no_memory(err);
    if (status != CRM_OK) {
        PQfinish(db);
        return status;
    }
    *p = (struct store_place){db};
    *ret = p;
    return CRM_OK;
}

void store_place_release(struct store_place *p) {
    if (!p) return;
    PQfinish(p->db);
    free(p);
}
