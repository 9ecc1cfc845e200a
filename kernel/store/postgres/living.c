/* See store/living.h. Where a node is reached it says itself every few seconds (store/note.h); of
 * one that serves nobody, a command, the server knows the address. */
#include "store/living.h"

#include <stdio.h>

#include "store/cluster.h"
#include "store/messages.h"
#include "store/postgres/postgres.h"

enum { SHOWN_BYTES = 2000, TEXT_BYTES = 1200, URI_BYTES = 4096 };

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

crm_status store_refuse_living(struct str uri, struct err *err) {
    char text[URI_BYTES];
    const char *words[] = {"connect_timeout", "fallback_application_name", "dbname", NULL};
    const char *values[] = {"10", "perigee", text, NULL};
    if (uri.len == 0 || uri.len >= sizeof text) return CRM_OK;
    memcpy(text, uri.ptr, uri.len);
    text[uri.len] = '\0';
    PGconn *db = PQconnectdbParams(words, values, 1);
    PGresult *holders = PQstatus(db) == CONNECTION_OK ? ask(db) : NULL;
    bool any = PQresultStatus(holders) == PGRES_TUPLES_OK && PQntuples(holders) > 0;
    crm_status status = any ? refuse(holders, err) : CRM_OK;
    PQclear(holders);
    PQfinish(db);
    return status;
}
