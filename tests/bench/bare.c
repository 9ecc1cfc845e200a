/* The same libraries used bare, as the measure for Perigee: libmicrohttpd driven by a libuv loop,
 * SQLite with prepared statements. No rights, rules, hooks or digests; a create writes the rows
 * that Perigee writes for one: the record, its stage, its search row, and two rows of log with a
 * number.
 *
 *     bare DATABASE ROWS   serves on a free port of 127.0.0.1, prints it, ends on SIGTERM
 *     GET /hello  GET /read?id=N  GET /list  POST /create (one durable transaction each)
 *
 * Threads: one. Owns its database, whose tables are made when they are missing. */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <microhttpd.h>
#include <sqlite3.h>
#include <uv.h>

enum { ANSWER_BYTES = 64 * 1024, BODY_BYTES = 4096, CREATE_STEPS = 8 };

struct bare {
    uv_loop_t loop;
    uv_poll_t poll;
    uv_timer_t timer;
    uv_signal_t stop[2];
    struct MHD_Daemon *daemon;
    sqlite3 *db;
    sqlite3_stmt *read, *list, *create[CREATE_STEPS];
    char answer[ANSWER_BYTES];
    size_t len;
};

struct request {
    char body[BODY_BYTES];
    size_t len;
};

static void die(const char *what, const char *why) {
    fprintf(stderr, "bare: %s: %s\n", what, why);
    exit(1);
}

static void add(struct bare *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct bare *b, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int len = vsnprintf(b->answer + b->len, sizeof b->answer - b->len, format, args);
    va_end(args);
    if (len > 0 && b->len + (size_t)len < sizeof b->answer) b->len += (size_t)len;
}

static void add_row(struct bare *b, sqlite3_stmt *row) {
    add(b,
        "{\"id\":\"%lld\",\"version\":%lld,\"name\":\"%s\",\"amount\":{\"amount\":\"%lld.00\","
        "\"currency\":\"USD\"},\"organization\":\"%lld\",\"stage\":\"%lld\",\"closed_on\":%lld}",
        (long long)sqlite3_column_int64(row, 0), (long long)sqlite3_column_int64(row, 1),
        (const char *)sqlite3_column_text(row, 2), (long long)sqlite3_column_int64(row, 3) / 100,
        (long long)sqlite3_column_int64(row, 4), (long long)sqlite3_column_int64(row, 5),
        (long long)sqlite3_column_int64(row, 6));
}

static int answer_read(struct bare *b, struct MHD_Connection *c) {
    const char *id = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "id");
    sqlite3_bind_int64(b->read, 1, id ? strtoll(id, NULL, 10) : 0);
    int status = sqlite3_step(b->read) == SQLITE_ROW ? 200 : 404;
    if (status == 200) add_row(b, b->read);
    sqlite3_reset(b->read);
    return status;
}

static int answer_list(struct bare *b) {
    add(b, "{\"records\":[");
    for (int n = 0; sqlite3_step(b->list) == SQLITE_ROW; n++) {
        if (n) add(b, ",");
        add_row(b, b->list);
    }
    add(b, "]}");
    sqlite3_reset(b->list);
    return 200;
}

/* One transaction a request; what has a first parameter takes the body, a second one the id. */
static int answer_create(struct bare *b, const struct request *r) {
    bool ok = true;
    sqlite3_int64 id = 0;
    for (int i = 0; i < CREATE_STEPS; i++) {
        sqlite3_stmt *step = b->create[i];
        int parameters = sqlite3_bind_parameter_count(step);
        if (parameters > 0) sqlite3_bind_text(step, 1, r->body, (int)r->len, SQLITE_STATIC);
        if (parameters > 1) sqlite3_bind_int64(step, 2, id);
        int code = sqlite3_step(step);
        ok = ok && (code == SQLITE_DONE || code == SQLITE_ROW);
        sqlite3_reset(step);
        if (i == 1) id = sqlite3_last_insert_rowid(b->db);
    }
    add(b, "{\"id\":\"%lld\"}", (long long)id);
    return ok ? 201 : 500;
}

static enum MHD_Result handle(void *ctx, struct MHD_Connection *c, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_len, void **state) {
    struct bare *b = ctx;
    struct request *r = *state;
    (void)version;
    if (!r) {
        *state = r = calloc(1, sizeof *r);
        return r ? MHD_YES : MHD_NO;
    }
    if (*upload_len) {
        size_t room = sizeof r->body - r->len, take = *upload_len < room ? *upload_len : room;
        memcpy(r->body + r->len, upload, take);
        r->len += take;
        *upload_len = 0;
        return MHD_YES;
    }
    int status = 200;
    b->len = 0;
    if (strcmp(url, "/read") == 0)
        status = answer_read(b, c);
    else if (strcmp(url, "/list") == 0)
        status = answer_list(b);
    else if (strcmp(method, "POST") == 0)
        status = answer_create(b, r);
    else
        add(b, "{\"status\":\"ok\"}");
    struct MHD_Response *response =
        MHD_create_response_from_buffer(b->len, b->answer, MHD_RESPMEM_MUST_COPY);
    MHD_add_response_header(response, "Content-Type", "application/json");
    enum MHD_Result queued = MHD_queue_response(c, (unsigned)status, response);
    MHD_destroy_response(response);
    return queued;
}

static void completed(void *ctx, struct MHD_Connection *c, void **state,
                      enum MHD_RequestTerminationCode code) {
    (void)ctx, (void)c, (void)code;
    free(*state);
    *state = NULL;
}

static void on_timer(uv_timer_t *timer);
static void drive(struct bare *b) {
    MHD_UNSIGNED_LONG_LONG ms = 1000;
    MHD_run(b->daemon);
    if (MHD_get_timeout(b->daemon, &ms) != MHD_YES) ms = 1000;
    uv_timer_start(&b->timer, on_timer, ms, 0);
}
static void on_timer(uv_timer_t *timer) { drive(timer->data); }
static void on_poll(uv_poll_t *poll, int status, int events) {
    (void)status, (void)events;
    drive(poll->data);
}
static void on_stop(uv_signal_t *s, int number) {
    (void)number;
    uv_stop(s->loop);
}

static void run_sql(struct bare *b, const char *sql) {
    if (sqlite3_exec(b->db, sql, NULL, NULL, NULL) != SQLITE_OK) die(sql, sqlite3_errmsg(b->db));
}

static sqlite3_stmt *prepare(struct bare *b, const char *sql) {
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v3(b->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) !=
        SQLITE_OK)
        die(sql, sqlite3_errmsg(b->db));
    return statement;
}

static void open_database(struct bare *b, const char *path, long rows) {
    if (sqlite3_open(path, &b->db) != SQLITE_OK) die(path, sqlite3_errmsg(b->db));
    run_sql(b, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536");
    run_sql(b, "CREATE TABLE IF NOT EXISTS deal (id INTEGER PRIMARY KEY, version INTEGER NOT NULL, "
               "name TEXT NOT NULL, amount INTEGER, organization INTEGER,"
               " stage INTEGER, closed_on INTEGER, owner INTEGER, deleted_at INTEGER) STRICT");
    run_sql(b, "CREATE INDEX IF NOT EXISTS deal_stage ON deal (stage, amount, id); CREATE INDEX IF "
               "NOT EXISTS deal_organization ON deal (organization, id);"
               " CREATE INDEX IF NOT EXISTS deal_owner ON deal (owner, id)");
    run_sql(b, "CREATE TABLE IF NOT EXISTS stage_change (id INTEGER PRIMARY KEY, deal INTEGER, "
               "stage_from INTEGER, stage_to INTEGER, at INTEGER, actor INTEGER) STRICT;"
               " CREATE INDEX IF NOT EXISTS stage_change_deal ON stage_change (deal, id);"
               " CREATE VIRTUAL TABLE IF NOT EXISTS deal_search USING fts5(words, content='', "
               "tokenize='unicode61', prefix='2 3', detail=none);"
               " CREATE TABLE IF NOT EXISTS changeset (seq INTEGER PRIMARY KEY, id INTEGER, at "
               "INTEGER, actor INTEGER, door INTEGER, changes INTEGER, digest BLOB) STRICT;"
               " CREATE TABLE IF NOT EXISTS change (seq INTEGER, position INTEGER, entity INTEGER, "
               "record INTEGER, op INTEGER, version INTEGER, salt BLOB, digest BLOB, PRIMARY KEY "
               "(seq, position)) STRICT, WITHOUT ROWID;"
               " CREATE INDEX IF NOT EXISTS change_record ON change (entity, record, seq);"
               " CREATE TABLE IF NOT EXISTS sequence (name TEXT PRIMARY KEY, value INTEGER) "
               "STRICT, WITHOUT ROWID; INSERT OR IGNORE INTO sequence VALUES ('changeset', 0)");
    char fill[512];
    snprintf(fill, sizeof fill,
             "WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < "
             "%ld) INSERT INTO deal"
             " SELECT value, 1, 'Deal number ' || value, value * 7919 %% 100000 * 100, value %% "
             "9973, value %% 6, 17000 + value %% 900, value %% 35, NULL"
             " FROM n WHERE NOT EXISTS (SELECT 1 FROM deal)",
             rows);
    run_sql(b, fill);
    b->read = prepare(b, "SELECT id, version, name, amount, organization, stage, closed_on FROM "
                         "deal WHERE id = ? AND deleted_at IS NULL");
    b->list =
        prepare(b, "SELECT id, version, name, amount, organization, stage, closed_on FROM deal "
                   "WHERE stage = 3 AND deleted_at IS NULL ORDER BY amount DESC, id DESC LIMIT 50");
    static const char *const create[CREATE_STEPS] = {
        "BEGIN IMMEDIATE",
        "INSERT INTO deal (version, name, amount, organization, stage, closed_on, owner) VALUES "
        "(1, ?, 100000, 17, 3, 17500, 5)",
        "INSERT INTO stage_change (deal, stage_from, stage_to, at, actor) VALUES (?2, NULL, 3, "
        "1780000000000, 5)",
        "INSERT INTO deal_search (rowid, words) VALUES (?2, substr(?1, 1, 100))",
        "UPDATE sequence SET value = value + 1 WHERE name = 'changeset'",
        "INSERT INTO changeset (seq, id, at, actor, door, changes, digest) SELECT value, value, "
        "1780000000000, 5, 1, 1, zeroblob(32) FROM sequence WHERE name = 'changeset'",
        "INSERT INTO change SELECT value, 0, 7, ?2, 1, 1, zeroblob(16), zeroblob(32) FROM sequence "
        "WHERE name = 'changeset'",
        "COMMIT",
    };
    for (int i = 0; i < CREATE_STEPS; i++)
        b->create[i] = prepare(b, create[i]);
}

int main(int argc, char **argv) {
    static struct bare b;
    if (argc < 3) die("usage", "bare DATABASE ROWS");
    open_database(&b, argv[1], strtol(argv[2], NULL, 10));
    signal(SIGPIPE, SIG_IGN);
    struct sockaddr_in loopback = {.sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    b.daemon =
        MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, handle, &b, MHD_OPTION_NOTIFY_COMPLETED,
                         completed, NULL, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&loopback,
                         MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)16384, MHD_OPTION_END);
    if (!b.daemon) die("listen", strerror(errno));
    const union MHD_DaemonInfo *port = MHD_get_daemon_info(b.daemon, MHD_DAEMON_INFO_BIND_PORT);
    const union MHD_DaemonInfo *epoll = MHD_get_daemon_info(b.daemon, MHD_DAEMON_INFO_EPOLL_FD);
    uv_loop_init(&b.loop);
    uv_poll_init(&b.loop, &b.poll, epoll->epoll_fd);
    uv_timer_init(&b.loop, &b.timer);
    b.poll.data = b.timer.data = &b;
    uv_poll_start(&b.poll, UV_READABLE, on_poll);
    for (int i = 0; i < 2; i++) {
        uv_signal_init(&b.loop, &b.stop[i]);
        uv_signal_start(&b.stop[i], on_stop, i ? SIGINT : SIGTERM);
    }
    printf("http://127.0.0.1:%d\n", (int)port->port);
    fflush(stdout);
    uv_run(&b.loop, UV_RUN_DEFAULT);
    MHD_stop_daemon(b.daemon);
    return 0;
}
