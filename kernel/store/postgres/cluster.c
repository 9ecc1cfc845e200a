/* Nodes of one PostgreSQL database: a connection that holds the node's number as an advisory lock,
 * listens, and reads the news. See store/cluster.h.
 *
 * The connection is libpq's plain one: a question now and then, answered before the next. Owned by
 * the struct; `woken` and the descriptor for waking are for any thread. */
#include "store/cluster.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/time.h"
#include "store/messages.h"
#include "store/migrate.h"
#include "store/postgres/postgres.h"

enum {
    CLOCK_TRIP_MAX_MS = 100, /* an answer that took longer says little about the clock */
    CLOCK_STEP_MS = 5,       /* smaller differences are noise */
    LOCK_LOOK_MS = 20,
    OTHERS_MS = 100, /* between two looks at who else is there */
    TEXT_BYTES = 1024
};

/* Who is gone with its machine is noticed after some 20 seconds, and its number is free. */
static const char session[] =
    "SET search_path = perigee, pg_catalog; SET client_min_messages = error;"
    "SET synchronous_commit = off; SET statement_timeout = 10000; SET tcp_keepalives_idle = 5;"
    "SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3";

struct store_cluster {
    struct store *store;
    PGconn *db;
    int32_t node;
    int wake_fd;
    uint8_t living[STORE_NODES_MAX / 8]; /* bits by number, as of `others_ns`; of who looks */
    int64_t others_ns;
    atomic_bool woken;
};

static PGconn *open_connection(const struct store *s) {
    const char *words[] = {"connect_timeout",     "fallback_application_name",
                           "keepalives_idle",     "keepalives_count",
                           "keepalives_interval", "dbname",
                           "client_encoding",     NULL};
    const char *values[] = {"10", "perigee", "5", "3", "5", s->uri, "UTF8", NULL};
    return PQconnectdbParams(words, values, 1);
}

static crm_status lost(PGconn *db, struct err *err) {
    crm_status status = err_set(err, CRM_UNAVAILABLE, &store_text_unavailable, NULL);
    err_because(err, "postgres: %s", PQerrorMessage(db));
    return status;
}

/* Statements without rows, all of them. */
static crm_status run(PGconn *db, const char *text, struct err *err) {
    PGresult *result = PQexec(db, text);
    bool ok =
        PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK;
    PQclear(result);
    return ok ? CRM_OK : lost(db, err);
}

/* One row of numbers: the first `count` columns. */
static crm_status ask(PGconn *db, const char *text, int64_t *ret, int count, struct err *err) {
    PGresult *result = PQexec(db, text);
    bool ok = PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1 &&
              PQnfields(result) == count;
    for (int i = 0; ok && i < count; i++)
        ok = str_to_int64(str_from(PQgetvalue(result, 0, i)), &ret[i]);
    PQclear(result);
    return ok ? CRM_OK : lost(db, err);
}

static crm_status try_lock(PGconn *db, int32_t key, bool *ret, struct err *err) {
    char text[TEXT_BYTES];
    int64_t taken = 0;
    snprintf(text, sizeof text, "SELECT pg_try_advisory_lock(%d, %d)::int", POSTGRES_LOCK_CLASS,
             key);
    crm_status status = ask(db, text, &taken, 1, err);
    *ret = taken == 1;
    return status;
}

/* Also not while its last holder's writers live on: they would make the same ids. */
static crm_status try_number(struct store_cluster *c, int32_t node, bool *ret, struct err *err) {
    char text[TEXT_BYTES];
    bool foreign = false;
    int64_t was_held = 0;
    crm_status status = try_lock(c->db, node, ret, err);
    if (status == CRM_OK && *ret)
        status = postgres_fence_is_foreign(c->store, c->db, node, &foreign, err);
    if (status != CRM_OK || !foreign) return status;
    *ret = false;
    snprintf(text, sizeof text, "SELECT pg_advisory_unlock(%d, %d)::int", POSTGRES_LOCK_CLASS,
             node);
    return ask(c->db, text, &was_held, 1, err);
}

static crm_status is_taken(int32_t node, struct err *err) {
    char number[16];
    snprintf(number, sizeof number, "%d", node);
    return err_set(err, CRM_CONFLICT, &store_text_node_taken, number, NULL);
}

static crm_status take_number(struct store_cluster *c, int32_t wanted, struct err *err) {
    int32_t last = wanted == STORE_NODE_ANY ? STORE_NODES_MAX - 1 : wanted;
    crm_status status = CRM_OK;
    bool taken = false;
    for (int32_t n = wanted == STORE_NODE_ANY ? 0 : wanted; n <= last && status == CRM_OK; n++) {
        status = try_number(c, n, &taken, err);
        if (status == CRM_OK && taken) {
            c->node = n;
            atomic_store(&c->store->node_pid, PQbackendPID(c->db));
            atomic_store(&c->store->node, n + 1);
            return CRM_OK;
        }
    }
    return status == CRM_OK ? is_taken(last, err) : status;
}

static crm_status set_up(struct store_cluster *c, int32_t wanted, struct err *err) {
    if (PQstatus(c->db) != CONNECTION_OK) return lost(c->db, err);
    crm_status status = run(c->db, session, err);
    struct store *s = c->store;
    if (!s->process[0]) {
        uint64_t name;
        random_bytes(&name, sizeof name);
        snprintf(s->process, sizeof s->process, "%016llx", (unsigned long long)name);
    }
    if (status == CRM_OK) status = postgres_fence_tell(c->db, err);
    if (status == CRM_OK) status = take_number(c, wanted, err);
    return status == CRM_OK ? run(c->db, "LISTEN perigee", err) : status;
}

/* While nobody could see what this program knows, a newer one may have ended its like. */
static crm_status still_serves(PGconn *db, struct err *err) {
    static const char text[] =
        "SELECT coalesce(max(value::bigint) FILTER (WHERE key = 'sys_version'), 0), "
        "coalesce(max(value::bigint) FILTER (WHERE key = 'sys_serves'), 0) FROM sys_meta WHERE key "
        "IN ('sys_version', 'sys_serves')";
    int64_t facts[2]; /* what the database is, the oldest that may work with it */
    char found[24], known[24];
    crm_status status = ask(db, text, facts, 2, err);
    if (status != CRM_OK || facts[1] <= store_sys_known()) return status;
    snprintf(found, sizeof found, "%lld", (long long)facts[0]);
    snprintf(known, sizeof known, "%lld", (long long)store_sys_known());
    return err_set(err, CRM_CONFLICT, &store_text_database_newer, found, known, NULL);
}

static crm_status revive(struct store_cluster *c, struct err *err) {
    if (PQstatus(c->db) == CONNECTION_OK) return CRM_OK;
    atomic_store(&c->store->node_pid, 0);
    PQreset(c->db);
    crm_status status = set_up(c, c->node, err);
    return status == CRM_OK ? still_serves(c->db, err) : status;
}

/* Who holds a number now. *ret_gone: somebody did who does not any more. */
static crm_status look_others(struct store_cluster *c, bool *ret_gone, struct err *err) {
    char text[TEXT_BYTES];
    uint8_t living[STORE_NODES_MAX / 8] = {0};
    size_t others = 0;
    snprintf(text, sizeof text,
             "SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND classid = %d AND "
             "objid < %d AND objsubid = 2 AND granted AND database = (SELECT oid FROM pg_database "
             "WHERE datname = current_database())",
             POSTGRES_LOCK_CLASS, STORE_NODES_MAX);
    PGresult *result = PQexec(c->db, text);
    crm_status status = PQresultStatus(result) == PGRES_TUPLES_OK ? CRM_OK : lost(c->db, err);
    for (int i = 0; status == CRM_OK && i < PQntuples(result); i++) {
        int64_t node = 0;
        if (!str_to_int64(str_from(PQgetvalue(result, i, 0)), &node)) continue;
        living[node / 8] |= (uint8_t)(1U << (node % 8));
        others += node != c->node;
    }
    PQclear(result);
    if (status != CRM_OK) return status;
    for (size_t i = 0; i < sizeof living; i++)
        *ret_gone |= (c->living[i] & ~living[i]) != 0;
    memcpy(c->living, living, sizeof living);
    atomic_store(&c->store->others, others);
    c->others_ns = clock_monotonic_ns();
    return CRM_OK;
}

crm_status store_cluster_join(struct store *s, int32_t wanted, struct store_cluster **ret,
                              struct err *err) {
    *ret = NULL;
    if (s->driver->engine != STORE_POSTGRES) return CRM_OK;
    struct store_cluster *c = calloc(1, sizeof *c);
    if (!c) return err_no_memory(err);
    bool gone = false;
    c->store = s;
    c->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    c->db = c->wake_fd >= 0 ? open_connection(s) : NULL;
    crm_status status = c->db ? set_up(c, wanted, err) : err_no_memory(err);
    if (status == CRM_OK) status = look_others(c, &gone, err);
    if (status == CRM_OK) status = run(c->db, "NOTIFY perigee", err);
    if (status != CRM_OK) {
        store_cluster_leave(c);
        return status;
    }
    *ret = c;
    return CRM_OK;
}

void store_cluster_leave(struct store_cluster *c) {
    if (!c) return;
    PQfinish(c->db);
    if (c->wake_fd >= 0) close(c->wake_fd);
    free(c);
}

int32_t store_cluster_node(const struct store_cluster *c) { return c ? c->node : 0; }

size_t store_cluster_others(const struct store_cluster *c) {
    return c ? atomic_load(&c->store->others) : 0;
}

size_t store_cluster_living(const struct store_cluster *c, int32_t *ret, size_t most) {
    size_t count = 0;
    for (int32_t n = 0; n < STORE_NODES_MAX && count < most; n++)
        if (c->living[n / 8] & (1U << (n % 8))) ret[count++] = n;
    return count;
}

/* ---- news -------------------------------------------------------------------------------- */
static void set_clock(struct store *s, int64_t before_ms, int64_t after_ms, int64_t database_ms) {
    int64_t trip = after_ms - before_ms;
    if (trip < 0 || trip > CLOCK_TRIP_MAX_MS) return;
    int64_t ahead = database_ms - before_ms - trip / 2, now = atomic_load(&s->ahead_ms);
    if (ahead - now > trip + CLOCK_STEP_MS || now - ahead > trip + CLOCK_STEP_MS)
        atomic_store(&s->ahead_ms, ahead);
}

#define NEWS_COLUMN(name, key) ", coalesce(max(value) FILTER (WHERE name = '" key "'), 0)"

crm_status store_cluster_look(struct store_cluster *c, struct store_board *ret, struct err *err) {
    static const char text[] =
        "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint" STORE_NEWS(
            NEWS_COLUMN) " FROM sys_sequence WHERE name = 'changeset' OR name LIKE 'node.%'";
    int64_t values[STORE_NEWS_COUNT + 1], before = clock_now_ms();
    crm_status status = revive(c, err);
    if (status == CRM_OK) before = clock_now_ms();
    if (status == CRM_OK) status = ask(c->db, text, values, STORE_NEWS_COUNT + 1, err);
    if (status == CRM_OK) set_clock(c->store, before, clock_now_ms(), values[0]);
    ret->gone = false;
    bool looks = clock_monotonic_ns() - c->others_ns > OTHERS_MS * INT64_C(1000000);
    if (status == CRM_OK && looks) status = look_others(c, &ret->gone, err);
    if (status == CRM_OK) memcpy(ret->news, values + 1, sizeof ret->news);
    return status;
}

static bool hear(struct store_cluster *c) {
    bool heard = false;
    PQconsumeInput(c->db);
    for (PGnotify *n; (n = PQnotifies(c->db)); PQfreemem(n))
        heard |= n->be_pid != PQbackendPID(c->db);
    return heard;
}

/* A connection that was lost is no descriptor to wait for: only the time and this process. */
void store_cluster_wait(struct store_cluster *c, int64_t ms, bool *ret_woken) {
    int64_t until = clock_monotonic_ns() + ms * 1000000, left = ms;
    bool heard = hear(c);
    while (!heard && !atomic_load(&c->woken) && left > 0) {
        bool here = PQstatus(c->db) == CONNECTION_OK;
        struct pollfd waits[] = {{.fd = c->wake_fd, .events = POLLIN},
                                 {.fd = here ? PQsocket(c->db) : -1, .events = POLLIN}};
        if (poll(waits, 2, (int)left) < 0 && errno != EINTR) break;
        heard = here && hear(c);
        left = (until - clock_monotonic_ns()) / 1000000;
        if (!heard && PQstatus(c->db) != CONNECTION_OK && here) break;
    }
    uint64_t count;
    *ret_woken = atomic_exchange(&c->woken, false);
    if (*ret_woken && read(c->wake_fd, &count, sizeof count) < 0) return;
}

void store_cluster_wake(struct store_cluster *c) {
    const uint64_t one = 1;
    if (!c || atomic_load(&c->store->others) == 0 || atomic_exchange(&c->woken, true)) return;
    if (write(c->wake_fd, &one, sizeof one) < 0) return; /* it is looked at after a time anyway */
}

crm_status store_cluster_tell(struct store_cluster *c, struct err *err) {
    return run(c->db, "NOTIFY perigee", err);
}

/* ---- the lock of the schema --------------------------------------------------------------- */
struct store_schema_lock {
    PGconn *db;
};

crm_status store_schema_lock_take(struct store *s, int64_t wait_ms, struct store_schema_lock **ret,
                                  struct err *err) {
    *ret = NULL;
    if (s->driver->engine != STORE_POSTGRES) return CRM_OK;
    struct store_schema_lock *l = calloc(1, sizeof *l);
    if (!l) return err_no_memory(err);
    l->db = open_connection(s);
    int64_t until = clock_monotonic_ns() + wait_ms * 1000000;
    bool taken = false;
    crm_status status = !l->db                             ? err_no_memory(err)
                        : PQstatus(l->db) != CONNECTION_OK ? lost(l->db, err)
                                                           : run(l->db, session, err);
    while (status == CRM_OK && !taken) {
        status = try_lock(l->db, POSTGRES_LOCK_SCHEMA, &taken, err);
        if (status == CRM_OK && !taken && clock_monotonic_ns() > until)
            status = err_set(err, CRM_UNAVAILABLE, &store_text_schema_locked, NULL);
        if (status == CRM_OK && !taken) poll(NULL, 0, LOCK_LOOK_MS);
    }
    if (status != CRM_OK) {
        store_schema_lock_release(l);
        return status;
    }
    *ret = l;
    return CRM_OK;
}

void store_schema_lock_release(struct store_schema_lock *l) {
    if (!l) return;
    PQfinish(l->db);
    free(l);
}
