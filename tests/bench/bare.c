/* The same libraries used bare, as the measure for Perigee: libmicrohttpd driven by a libuv loop,
 * SQLite with prepared statements. No rights, rules, hooks or digests. Reads and lists are of a
 * table of its own with the columns that are asked for and no other. A create is the statements
 * that Perigee runs for one, on a copy of a database that Perigee made: the same tables, all their
 * indexes, the same columns filled, each row as the newest that Perigee wrote there but for its
 * numbers. Prepared once, values that do not change bound once.
 *
 *     bare DATABASE ROWS   serves on a free port of 127.0.0.1, prints it, ends on SIGTERM
 *     GET /hello  GET /read?id=N  GET /list  POST /create (one durable transaction each)
 *
 * Threads: one. Owns its database: a copy of Perigee's whose newest deal was made as those of the
 * bench are. */
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

enum { ANSWER_BYTES = 64 * 1024, BODY_BYTES = 4096, NAME_BYTES = 64 };

struct bare {
    uv_loop_t loop;
    uv_poll_t poll;
    uv_timer_t timer;
    uv_signal_t stop[2];
    struct MHD_Daemon *daemon;
    sqlite3 *db;
    sqlite3_stmt *read, *list;
    sqlite3_stmt *begin, *deal, *search, *move, *draw, *drawn, *change, *changeset, *commit;
    int move_record, move_changeset; /* parameters */
    sqlite3_int64 last_id;
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

static bool run_step(sqlite3_stmt *step) {
    int code = sqlite3_step(step);
    sqlite3_reset(step);
    return code == SQLITE_DONE || code == SQLITE_ROW;
}

/* The record, its search row and its stage; in the order that Perigee has. */
static bool write_record(struct bare *b, sqlite3_int64 id, sqlite3_int64 changeset) {
    sqlite3_bind_int64(b->deal, 1, id);
    sqlite3_bind_int64(b->search, 1, id);
    sqlite3_bind_int64(b->move, 1, ++b->last_id);
    sqlite3_bind_int64(b->move, b->move_record, id);
    sqlite3_bind_int64(b->move, b->move_changeset, changeset);
    return run_step(b->deal) && run_step(b->search) && run_step(b->move);
}

static bool write_log(struct bare *b, sqlite3_int64 id, sqlite3_int64 changeset) {
    if (!run_step(b->draw) || sqlite3_step(b->drawn) != SQLITE_ROW) return false;
    sqlite3_int64 seq = sqlite3_column_int64(b->drawn, 1);
    sqlite3_reset(b->drawn);
    sqlite3_bind_int64(b->change, 1, seq);
    sqlite3_bind_int64(b->change, 4, id); /* seq, position, entity, record */
    sqlite3_bind_int64(b->changeset, 1, seq);
    sqlite3_bind_int64(b->changeset, 2, changeset);
    return run_step(b->change) && run_step(b->changeset);
}

/* One transaction a request. */
static int answer_create(struct bare *b) {
    sqlite3_int64 id = ++b->last_id, changeset = ++b->last_id;
    bool ok = run_step(b->begin) && write_record(b, id, changeset) && write_log(b, id, changeset) &&
              run_step(b->commit);
    if (!ok) fprintf(stderr, "bare: create: %s\n", sqlite3_errmsg(b->db));
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
        status = answer_create(b);
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

static sqlite3_int64 number_of(struct bare *b, const char *sql) {
    sqlite3_stmt *s = prepare(b, sql);
    if (sqlite3_step(s) != SQLITE_ROW) die(sql, "no row");
    sqlite3_int64 number = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return number;
}

static void name_of(struct bare *b, const char *entity, char ret[NAME_BYTES]) {
    sqlite3_stmt *s = prepare(b, "SELECT table_name FROM sys_entity WHERE name = ?");
    sqlite3_bind_text(s, 1, entity, -1, SQLITE_STATIC);
    if (sqlite3_step(s) != SQLITE_ROW) die(entity, "no such entity: is this Perigee's database?");
    snprintf(ret, NAME_BYTES, "%s", (const char *)sqlite3_column_text(s, 0));
    sqlite3_finalize(s);
}

/* The parameter of the column whose name ends so. */
static int parameter_of(sqlite3_stmt *row, const char *suffix) {
    for (int i = 0; i < sqlite3_column_count(row); i++) {
        const char *name = sqlite3_column_name(row, i);
        size_t len = strlen(name), end = strlen(suffix);
        if (len > end && strcmp(name + len - end, suffix) == 0) return i + 1;
    }
    die(suffix, "no such column");
    return 0;
}

/* An INSERT of all columns with the values of the newest row, by `key`, bound; `ret_newest`: that
 * row, which the caller finalizes. */
static sqlite3_stmt *insert_like_newest(struct bare *b, const char *table, const char *key,
                                        sqlite3_stmt **ret_newest) {
    char sql[2048];
    snprintf(sql, sizeof sql, "SELECT * FROM %s ORDER BY %s DESC LIMIT 1", table, key);
    sqlite3_stmt *newest = prepare(b, sql);
    if (sqlite3_step(newest) != SQLITE_ROW) die(table, "no row to take as an example");
    int len = snprintf(sql, sizeof sql, "INSERT INTO %s VALUES (?", table);
    for (int i = 1; i < sqlite3_column_count(newest); i++)
        len += snprintf(sql + len, sizeof sql - (size_t)len, ", ?");
    snprintf(sql + len, sizeof sql - (size_t)len, ")");
    sqlite3_stmt *insert = prepare(b, sql);
    for (int i = 0; i < sqlite3_column_count(newest); i++)
        sqlite3_bind_value(insert, i + 1, sqlite3_column_value(newest, i)); /* a copy */
    if (ret_newest)
        *ret_newest = newest;
    else
        sqlite3_finalize(newest);
    return insert;
}

static void open_create(struct bare *b) {
    char deal[NAME_BYTES], move[NAME_BYTES], sql[256];
    sqlite3_stmt *newest;
    name_of(b, "deal", deal);
    name_of(b, "stage_change", move);
    b->deal = insert_like_newest(b, deal, "id", NULL);
    b->move = insert_like_newest(b, move, "id", &newest);
    b->move_record = parameter_of(newest, "_record");
    b->move_changeset = parameter_of(newest, "_changeset");
    sqlite3_finalize(newest);
    b->change = insert_like_newest(b, "sys_change", "seq", NULL);
    b->changeset = insert_like_newest(b, "sys_changeset", "seq", NULL);
    b->last_id = number_of(b, "SELECT max(id) FROM sys_changeset");
    snprintf(sql, sizeof sql, "SELECT max(id) FROM %s", move);
    sqlite3_int64 last_move = number_of(b, sql);
    if (last_move > b->last_id) b->last_id = last_move;
    snprintf(sql, sizeof sql,
             "INSERT INTO %s_search (rowid, words) VALUES (?, 'a deal made by the bench '"
             " || char(57344) || 'o2235588785528111104')",
             deal);
    b->search = prepare(b, sql);
    b->begin = prepare(b, "BEGIN IMMEDIATE");
    b->draw = prepare(b, "UPDATE sys_sequence SET value = value + 1 WHERE name = 'changeset'");
    b->drawn = prepare(b, "SELECT name, value FROM sys_sequence WHERE name = 'changeset' LIMIT 1");
    b->commit = prepare(b, "COMMIT");
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
    open_create(b);
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
