/* A server over a small made-up company, on either engine: the records tests' world behind the HTTP
 * door. Bearer tokens are logins; the cookie `session` is a login too, with the CSRF token "csrf".
 *
 * Header of static functions, like the world it stands on: each test program has its own. */
#ifndef TEST_HTTP_DATA_H
#define TEST_HTTP_DATA_H

#include "record/world.h"

#include "event/hub.h"
#include "http/server.h"
#include "support/client.h"

struct data {
    struct world w;
    struct event_hub *hub;
    struct http_server *server;
    int port;
    int64_t admin, seller, reader;
    char token[128]; /* header lines of whoever asks by default */
};

static crm_status data_user(struct data *d, struct http_request *r, struct str login,
                            struct arena *a, struct actor *ret, struct err *err) {
    (void)r;
    int64_t user = str_is(login, "admin")    ? d->admin
                   : str_is(login, "seller") ? d->seller
                   : str_is(login, "reader") ? d->reader
                                             : 0;
    if (user) return engine_actor(d->w.engine, user, ACCESS_DOOR_REST, a, ret, err);
    return err_set_dynamic(err, CRM_UNAUTHENTICATED, STR("token"),
                           (struct str[]){STR("No such token."), STR("Нет такого ключа.")});
}

static crm_status data_authenticate(void *ctx, struct http_request *r, struct arena *a,
                                    struct actor *ret, struct err *err) {
    struct data *d = ctx;
    struct str bearer = http_header(r, "Authorization"), cookie = http_cookie(r, "session");
    if (str_starts_with(bearer, STR("Bearer ")))
        return data_user(d, r, str_make(bearer.ptr + 7, bearer.len - 7), a, ret, err);
    if (cookie.len == 0) return CRM_OK;
    http_by_cookie(r, STR("csrf"));
    return data_user(d, r, cookie, a, ret, err);
}

static void data_open(struct data *d, enum store_engine kind) {
    memset(d, 0, sizeof *d);
    world_open(&d->w, kind);
    must(&d->w,
         event_hub_new(d->w.engine, &(struct event_options){.poll_ms = 100}, &d->hub, &d->w.err));
    d->admin = make_user(&d->w, "admin", "admin", 0);
    d->seller = make_user(&d->w, "seller", "seller", 0);
    d->reader = make_user(&d->w, "reader", "reader", 0);
    struct http_options options = {
        .address = STR("127.0.0.1:0"), .loops = 2, .readers = 2, .events = d->hub};
    struct http_authenticator auth = {data_authenticate, d};
    must(&d->w, http_server_new(&options, d->w.engine, &auth, &d->server, &d->w.err));
    must(&d->w, http_rest_register(d->server, &d->w.err));
    must(&d->w, event_hub_start(d->hub, &d->w.err));
    must(&d->w, http_server_start(d->server, &d->w.err));
    d->port = http_server_port(d->server);
    snprintf(d->token, sizeof d->token, "Authorization: Bearer admin\r\n");
}

/* Over PostgreSQL loops read by themselves once their connections are open. Answers whether a good
 * number of reads then costs fewer waits for the server than there are reads: others may wait
 * meanwhile. */
static UNUSED_OK bool data_reads_on_loops(struct data *d) {
    enum { TRIES = 200, READS = 30 };
    struct store *store = engine_store(d->w.engine);
    struct reply r;
    for (int i = 0; i < TRIES; i++) {
        uint64_t waits = store_waits(store);
        for (int k = 0; k < READS; k++) {
            http_call(d->port, &r, "GET", "/api/v1/records/customer/1?fields=name", d->token, NULL);
            reply_free(&r);
        }
        if (store_waits(store) - waits < READS) return true;
    }
    return false;
}

static void data_close(struct data *d) {
    http_server_stop(d->server);
    event_hub_stop(d->hub, 1000);
    event_hub_free(d->hub);
    world_close(&d->w);
    http_server_free(d->server);
}

static UNUSED_OK void as(struct data *d, const char *login) {
    snprintf(d->token, sizeof d->token, login ? "Authorization: Bearer %s\r\n" : "", login);
}

/* Asks and returns the JSON of the answer (owned; NULL when it has none); fails the test on another
 * status. */
static UNUSED_OK json_t *ask_with(struct data *d, const char *method, const char *target,
                                  const char *headers, const char *body, int status) {
    struct reply r;
    char all[1024];
    snprintf(all, sizeof all, "%s%s%s", d->token, headers,
             body ? "Content-Type: application/json\r\n" : "");
    http_call(d->port, &r, method, target, all, body);
    if (r.status != status)
        fail_msg("%s %s: %d instead of %d: %.500s", method, target, r.status, status, r.body);
    json_t *json = r.body_len ? json_loadb(r.body, r.body_len, JSON_DECODE_ANY, NULL) : NULL;
    if (r.body_len && !json) fail_msg("%s %s: no JSON: %.500s", method, target, r.body);
    reply_free(&r);
    return json;
}

static UNUSED_OK json_t *ask(struct data *d, const char *method, const char *target,
                             const char *body, int status) {
    return ask_with(d, method, target, "", body, status);
}

/* The same when only status and code matter. */
static UNUSED_OK void refused(struct data *d, const char *method, const char *target,
                              const char *body, int status, const char *code) {
    json_t *json = ask(d, method, target, body, status);
    if (code && strcmp(json_string_value(json_object_get(json, "code")) ?: "-", code) != 0) {
        char *shown = json_dumps(json, 0);
        fail_msg("%s %s: %s", method, target, shown);
    }
    json_decref(json);
}

static UNUSED_OK const char *text_at(const json_t *json, const char *key) {
    const char *found = json_string_value(json_object_get(json, key));
    return found ? found : "(none)";
}

/* Creates a record from JSON and writes its id. */
static UNUSED_OK void post(struct data *d, const char *entity_name, const char *body,
                           char ret_id[24]) {
    char target[128];
    snprintf(target, sizeof target, "/api/v1/records/%s", entity_name);
    json_t *json = ask(d, "POST", target, body, 201);
    snprintf(ret_id, 24, "%s", text_at(json, "id"));
    json_decref(json);
}

static UNUSED_OK const char *path(const char *format, ...) __attribute__((format(printf, 1, 2)));
static UNUSED_OK const char *path(const char *format, ...) {
    static char room[4][2048];
    static int at;
    va_list args;
    char *to = room[at = (at + 1) % 4];
    va_start(args, format);
    vsnprintf(to, sizeof room[0], format, args);
    va_end(args);
    return to;
}

#define ON_BOTH_SERVERS(test)                                                                      \
    static void test##_sqlite(void **state) {                                                      \
        (void)state;                                                                               \
        struct data d;                                                                             \
        data_open(&d, STORE_SQLITE);                                                               \
        test(&d);                                                                                  \
        data_close(&d);                                                                            \
    }                                                                                              \
    static void test##_postgres(void **state) {                                                    \
        (void)state;                                                                               \
        struct data d;                                                                             \
        data_open(&d, STORE_POSTGRES);                                                             \
        assert_true(data_reads_on_loops(&d));                                                      \
        test(&d);                                                                                  \
        data_close(&d);                                                                            \
    }

#endif
