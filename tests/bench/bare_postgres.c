/* libpq used bare, as the measure for creates on PostgreSQL: libmicrohttpd driven by a libuv loop,
 * N connections, each request one transaction of prepared statements on a connection of its own.
 *
 *     bare_postgres URI CONNECTIONS   serves POST / on a free port of 127.0.0.1, prints it, ends on
 *                                     SIGTERM; makes its tables in the schema `bare`
 *
 * Threads: one. A request waits suspended in a queue until a connection is free. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>
#include <microhttpd.h>
#include <uv.h>

enum { LINKS_MAX = 64, BODY_BYTES = 4096 };

struct request {
    char body[BODY_BYTES + 1];
    size_t len;
    int status; /* 0 until it is answered */
    bool is_asked;
    struct MHD_Connection *connection;
    struct request *next;
};

struct server;
struct link {
    uv_poll_t poll;
    struct server *server;
    PGconn *pg;
    struct request *request; /* being served; NULL = free */
    size_t step;
    bool failed;
};

struct server {
    uv_loop_t loop;
    uv_poll_t poll;
    uv_timer_t timer;
    uv_signal_t stop[2];
    struct MHD_Daemon *daemon;
    struct link links[LINKS_MAX];
    int link_count;
    struct request *first, **last; /* waiting */
    bool wants_run;
};

/* What one request does; the body goes in as the name where a statement has a parameter. */
static const struct {
    const char *text;
    int parameters;
} steps[] = {
    {"BEGIN", 0},
    {"INSERT INTO bare.deal (version, name, amount, organization, stage, closed_on, owner)"
     " VALUES (1, $1, 100000, 17, 3, 17500, 5)",
     1},
    {"INSERT INTO bare.stage_change (deal, stage_from, stage_to, at, actor) VALUES (1, NULL, 3, "
     "1780000000000, 5)",
     0},
    {"INSERT INTO bare.deal_search (id, words) VALUES (nextval('bare.search_id'), "
     "array_to_tsvector(string_to_array(left($1, 200), ' ')))",
     1},
    {"INSERT INTO bare.changeset (at, actor, door, changes, digest) VALUES (1780000000000, 5, 1, 1,"
     " '\\x00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff')",
     0},
    {"INSERT INTO bare.change (entity, record, op, version, salt, digest) VALUES (7, 1, 1, 1, "
     "'\\x00112233445566778899aabbccddeeff',"
     " '\\x00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff')",
     0},
    {"COMMIT", 0},
};
enum { STEPS = sizeof steps / sizeof steps[0] };

static void die(const char *what, const char *why) {
    fprintf(stderr, "bare_postgres: %s: %s\n", what, why);
    exit(1);
}

static void run_sql(PGconn *pg, const char *sql) {
    PGresult *result = PQexec(pg, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) die(sql, PQerrorMessage(pg));
    PQclear(result);
}

static void tables_make(PGconn *pg) {
    run_sql(pg, "SET client_min_messages = warning");
    run_sql(pg, "DROP SCHEMA IF EXISTS bare CASCADE");
    run_sql(pg, "CREATE SCHEMA bare");
    run_sql(pg, "CREATE SEQUENCE bare.search_id");
    run_sql(pg, "CREATE TABLE bare.deal (id bigserial PRIMARY KEY, version bigint NOT NULL, name "
                "text NOT NULL, amount bigint, organization bigint,"
                " stage bigint, closed_on bigint, owner bigint, deleted_at bigint)");
    run_sql(pg, "CREATE INDEX ON bare.deal (stage, amount, id)");
    run_sql(pg, "CREATE INDEX ON bare.deal (organization, id)");
    run_sql(pg, "CREATE INDEX ON bare.deal (owner, id)");
    run_sql(pg, "CREATE TABLE bare.stage_change (id bigserial PRIMARY KEY, deal bigint, stage_from "
                "bigint, stage_to bigint, at bigint, actor bigint)");
    run_sql(pg, "CREATE TABLE bare.deal_search (id bigint PRIMARY KEY, words tsvector NOT NULL)");
    run_sql(pg, "CREATE INDEX ON bare.deal_search USING gin (words)");
    run_sql(pg, "CREATE TABLE bare.changeset (seq bigserial PRIMARY KEY, at bigint, actor bigint, "
                "door bigint, changes bigint, digest bytea)");
    run_sql(pg, "CREATE TABLE bare.change (seq bigserial PRIMARY KEY, entity bigint, record "
                "bigint, op bigint, version bigint, salt bytea, digest bytea)");
}

static void next_take(struct server *s, struct link *l);

static void step_send(struct link *l) {
    char name[8];
    const char *values[] = {l->request->body};
    snprintf(name, sizeof name, "s%zu", l->step);
    if (PQsendQueryPrepared(l->pg, name, steps[l->step].parameters, values, NULL, NULL, 0) != 1)
        die(steps[l->step].text, PQerrorMessage(l->pg));
}

static void request_answer(struct server *s, struct link *l) {
    l->request->status = l->failed ? 500 : 201;
    MHD_resume_connection(l->request->connection);
    l->request = NULL;
    s->wants_run = true;
    next_take(s, l);
}

static void next_take(struct server *s, struct link *l) {
    if (l->request || !s->first) return;
    l->request = s->first;
    s->first = l->request->next;
    if (!s->first) s->last = &s->first;
    l->step = 0;
    l->failed = false;
    step_send(l);
}

static void on_timer(uv_timer_t *timer);
static void drive(struct server *s) {
    MHD_UNSIGNED_LONG_LONG ms = 1000;
    do {
        s->wants_run = false;
        MHD_run(s->daemon);
    } while (s->wants_run);
    if (MHD_get_timeout(s->daemon, &ms) != MHD_YES) ms = 1000;
    uv_timer_start(&s->timer, on_timer, ms, 0);
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

static void on_link(uv_poll_t *poll, int status, int events) {
    struct link *l = poll->data;
    (void)status, (void)events;
    if (PQconsumeInput(l->pg) != 1) die("input", PQerrorMessage(l->pg));
    while (l->request && !PQisBusy(l->pg)) {
        PGresult *result = PQgetResult(l->pg);
        if (result) {
            l->failed |= PQresultStatus(result) != PGRES_COMMAND_OK;
            PQclear(result);
        } else if (++l->step < STEPS) {
            step_send(l);
        } else {
            request_answer(l->server, l);
        }
    }
    if (l->server->wants_run) drive(l->server);
}

static void link_open(struct server *s, struct link *l, const char *uri, bool first) {
    char name[8];
    l->server = s;
    l->pg = PQconnectdb(uri);
    if (PQstatus(l->pg) != CONNECTION_OK) die(uri, PQerrorMessage(l->pg));
    if (first) tables_make(l->pg);
    for (size_t i = 0; i < STEPS; i++) {
        snprintf(name, sizeof name, "s%zu", i);
        PGresult *result = PQprepare(l->pg, name, steps[i].text, 0, NULL);
        if (PQresultStatus(result) != PGRES_COMMAND_OK) die(steps[i].text, PQerrorMessage(l->pg));
        PQclear(result);
    }
    uv_poll_init(&s->loop, &l->poll, PQsocket(l->pg));
    l->poll.data = l;
    uv_poll_start(&l->poll, UV_READABLE, on_link);
}

static enum MHD_Result answer(struct MHD_Connection *c, unsigned status) {
    static char body[] = "{\"id\":\"1\"}";
    struct MHD_Response *response =
        MHD_create_response_from_buffer(sizeof body - 1, body, MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(response, "Content-Type", "application/json");
    enum MHD_Result queued = MHD_queue_response(c, status, response);
    MHD_destroy_response(response);
    return queued;
}

static void ask(struct server *s, struct request *r) {
    MHD_suspend_connection(r->connection);
    r->is_asked = true;
    *s->last = r;
    s->last = &r->next;
    for (int i = 0; i < s->link_count && s->first; i++)
        next_take(s, &s->links[i]);
}

static enum MHD_Result handle(void *ctx, struct MHD_Connection *c, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_len, void **state) {
    struct server *s = ctx;
    struct request *r = *state;
    (void)url, (void)method, (void)version;
    if (!r) {
        *state = r = calloc(1, sizeof *r);
        if (r) r->connection = c;
        return r ? MHD_YES : MHD_NO;
    }
    if (*upload_len) {
        size_t room = BODY_BYTES - r->len, take = *upload_len < room ? *upload_len : room;
        memcpy(r->body + r->len, upload, take);
        r->len += take;
        *upload_len = 0;
        return MHD_YES;
    }
    if (r->status) return answer(c, (unsigned)r->status);
    if (!r->is_asked) ask(s, r);
    return MHD_YES;
}

static void completed(void *ctx, struct MHD_Connection *c, void **state,
                      enum MHD_RequestTerminationCode code) {
    (void)ctx, (void)c, (void)code;
    free(*state);
    *state = NULL;
}

static void serve(struct server *s) {
    struct sockaddr_in loopback = {.sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    s->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle, s,
                                 MHD_OPTION_NOTIFY_COMPLETED, completed, NULL, MHD_OPTION_SOCK_ADDR,
                                 (struct sockaddr *)&loopback, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                                 (size_t)16384, MHD_OPTION_END);
    if (!s->daemon) die("listen", "no free port");
    uv_poll_init(&s->loop, &s->poll,
                 MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd);
    uv_timer_init(&s->loop, &s->timer);
    s->poll.data = s->timer.data = s;
    uv_poll_start(&s->poll, UV_READABLE, on_poll);
    for (int i = 0; i < 2; i++) {
        uv_signal_init(&s->loop, &s->stop[i]);
        uv_signal_start(&s->stop[i], on_stop, i ? SIGINT : SIGTERM);
    }
    printf("http://127.0.0.1:%d\n",
           (int)MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    fflush(stdout);
    uv_run(&s->loop, UV_RUN_DEFAULT);
}

int main(int argc, char **argv) {
    static struct server s;
    int wanted = argc == 3 ? (int)strtol(argv[2], NULL, 10) : 0;
    if (wanted < 1 || wanted > LINKS_MAX) die("usage", "bare_postgres URI CONNECTIONS");
    signal(SIGPIPE, SIG_IGN);
    s.last = &s.first;
    uv_loop_init(&s.loop);
    for (; s.link_count < wanted; s.link_count++)
        link_open(&s, &s.links[s.link_count], argv[1], s.link_count == 0);
    serve(&s);
    return 0; /* with requests under way the daemon must not be stopped; the system takes all back
               */
}
