/* The authenticator, and the session's routes. */
#include "module/people.h"

#include <stdlib.h>

#include "auth/messages.h"
#include "auth/sign_in.h"
#include "auth/token.h"
#include "auth/viewing.h"
#include "base/time.h"
#include "base/unicode.h"
#include "module/messages.h"

/* Whom the request wants to look as. */
static crm_status take_view(struct people *p, struct http_request *r, struct arena *a,
                            struct actor *actor, struct err *err) {
    const struct viewing v = {.schema = http_schema(r), .target = http_header(r, "X-View-As")};
    if (v.target.len == 0) return CRM_OK;
    return viewing_take(p->auth, http_reader(r), &v, a, actor, err);
}

static crm_status authenticate(void *ctx, struct http_request *r, struct arena *a,
                               struct actor *ret, struct err *err) {
    struct people *p = ctx;
    struct cache_entry entry;
    struct str header = http_header(r, "Authorization"), scheme;
    bool by_token = header.len > 0;
    struct str secret = http_cookie(r, PEOPLE_COOKIE);
    *ret = (struct actor){.user = 0, .door = ACCESS_DOOR_REST};
    if (by_token) {
        secret = header;
        str_split(&secret, ' ', &scheme);
        if (!str_eq_nocase(scheme, STR("bearer")))
            return err_set(err, CRM_UNAUTHENTICATED, &auth_token_invalid, NULL);
    } else if (secret.len == 0) {
        return CRM_OK;
    }
    struct store_conn *reader = http_reader(r);
    if (!reader) return err_set(err, CRM_UNAVAILABLE, &module_not_open, NULL);
    int64_t now_ms = clock_now_ms();
    crm_status status = by_token
                            ? token_find(p->auth, reader, str_trim(secret), now_ms, &entry, err)
                            : session_find(p->auth, reader, secret, now_ms, &entry, err);
    if (status == CRM_OK)
        status = actors_get(&p->auth->actors, entry.user,
                            by_token ? ACCESS_DOOR_REST : ACCESS_DOOR_WEB, a, ret, err);
    if (status == CRM_OK) status = take_view(p, r, a, ret, err);
    if (status != CRM_OK || by_token) return status;
    struct secret *csrf = ARENA_NEW(a, struct secret);
    if (!csrf) return err_no_memory(err);
    secret_csrf_text(entry.csrf, csrf);
    http_by_cookie(r, str_from(csrf->text));
    return CRM_OK;
}

struct http_authenticator people_authenticator(struct people *p) {
    return (struct http_authenticator){.authenticate = authenticate, .ctx = p};
}

/* ---- answers ------------------------------------------------------------------------------ */

static void put_session(struct http_request *r, const struct auth_user *user,
                        const struct actor *actor, struct str csrf) {
    struct json_writer *w = http_json(r);
    json_object_open(w);
    json_key_lit(w, "user");
    json_object_open(w);
    json_key_lit(w, "id");
    json_id(w, user->id);
    json_key_lit(w, "login");
    json_text(w, user->login);
    json_key_lit(w, "name");
    json_text(w, user->name);
    json_object_shut(w);
    json_key_lit(w, "role");
    json_text_or_nil(w, actor->role);
    json_key_lit(w, "language");
    json_cstr(w, language_tag(actor->language));
    if (csrf.len) {
        json_key_lit(w, "csrf");
        json_text(w, csrf);
    }
    json_object_shut(w);
}

static void set_cookie(struct http_request *r, struct str value, int64_t max_age_s) {
    struct str cookie = arena_printf(
        http_arena(r), PEOPLE_COOKIE "=%.*s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%lld%s",
        STR_ARG(value), (long long)max_age_s, http_is_https(r) ? "; Secure" : "");
    if (cookie.ptr) http_answer_header(r, "Set-Cookie", cookie);
}

static crm_status answer_signed_in(struct people *p, struct http_request *r,
                                   const struct signed_in *in, struct err *err) {
    struct auth_user user = {.id = in->user};
    struct actor actor;
    crm_status status =
        actors_get(&p->auth->actors, in->user, ACCESS_DOOR_WEB, http_arena(r), &actor, err);
    if (status != CRM_OK) return status;
    auth_user_get(p->auth, in->user, http_arena(r), &user);
    set_cookie(r, str_from(in->session.cookie.text), SESSION_LIFE_MS / 1000);
    struct str csrf = arena_str(http_arena(r), str_from(in->session.csrf.text));
    http_answer_header(r, "Cache-Control", STR("no-store"));
    put_session(r, &user, &actor, csrf);
    return CRM_OK;
}

/* ---- hashing, away from the lanes --------------------------------------------------------- */

struct hashing {
    struct work work; /* first */
    struct people *people;
    struct http_request *request;
    crm_status (*hash)(struct hashing *h, struct store_conn *reader, struct err *err);
    int64_t user; /* who changes their password */
    struct str login, password, new_password, link, old_cookie;
    struct session_origin origin;
};

static crm_status hash_sign_in(struct hashing *h, struct store_conn *reader, struct err *err) {
    struct signed_in in;
    int64_t wait_s = 0;
    const struct sign_in attempt = {
        .login = h->login, .password = h->password, .origin = h->origin};
    crm_status status = sign_in(h->people->auth, reader, &attempt, &in, &wait_s, err);
    if (wait_s) http_retry_after(h->request, (int)wait_s);
    if (status != CRM_OK) return status;
    if (h->old_cookie.len)
        session_end(h->people->auth, h->old_cookie, NULL); /* nothing of before is worth keeping */
    return answer_signed_in(h->people, h->request, &in, err);
}

static crm_status hash_link(struct hashing *h, struct store_conn *reader, struct err *err) {
    struct signed_in in;
    const struct link_use use = {
        .link = h->link, .login = h->login, .password = h->password, .origin = h->origin};
    crm_status status = sign_in_by_link(h->people->auth, reader, &use, &in, err);
    return status == CRM_OK ? answer_signed_in(h->people, h->request, &in, err) : status;
}

/* The session at hand goes on. */
static crm_status hash_change(struct hashing *h, struct store_conn *reader, struct err *err) {
    int64_t wait_s = 0;
    const struct password_change change = {.user = h->user,
                                           .present = h->password,
                                           .wanted = h->new_password,
                                           .session = h->old_cookie,
                                           .origin = h->origin};
    crm_status status = password_change(h->people->auth, reader, &change, &wait_s, err);
    if (wait_s) http_retry_after(h->request, (int)wait_s);
    if (status == CRM_OK) http_status(h->request, 204);
    return status;
}

static void hash_run(struct work *w, void *worker) {
    struct hashing *h = (struct hashing *)w;
    struct err err;
    err_clear(&err);
    crm_status status = h->hash(h, worker, &err);
    http_request_finish(h->request, status, status == CRM_OK ? NULL : &err);
}

static crm_status hash_post(struct people *p, struct http_request *r, const struct hashing *wanted,
                            struct err *err) {
    struct hashing *h = ARENA_NEW(http_arena(r), struct hashing);
    if (!h) return err_no_memory(err);
    *h = *wanted;
    h->work.run = hash_run;
    h->people = p;
    h->request = r;
    h->old_cookie = http_cookie(r, PEOPLE_COOKIE);
    h->origin = (struct session_origin){.address = http_remote_address(r),
                                        .agent = http_header(r, "User-Agent")};
    http_request_detach(r);
    if (work_queue_push(&p->queue, &h->work)) return CRM_OK;
    err_set(err, CRM_UNAVAILABLE, &auth_password_busy, NULL);
    http_retry_after(r, 1);
    http_request_finish(r, CRM_UNAVAILABLE, err);
    return CRM_OK;
}

/* ---- routes ------------------------------------------------------------------------------- */

static crm_status body_text(const json_t *body, const char *key, bool needed, struct str *ret,
                            struct err *err) {
    const json_t *value = json_object_get(body, key);
    *ret = STR_NONE;
    if (!value || json_is_null(value)) {
        if (!needed) return CRM_OK;
        err_set(err, CRM_INVALID, &module_field_needed, key, NULL);
    } else if (json_is_string(value)) {
        *ret = json_str(value);
        return CRM_OK;
    } else {
        err_set(err, CRM_INVALID, &module_field_text, key, NULL);
    }
    err_at_field(err, str_from(key));
    return CRM_INVALID;
}

static crm_status same_origin(struct http_request *r, struct err *err) {
    return http_same_origin(r) ? CRM_OK : err_set(err, CRM_FORBIDDEN, &module_other_origin, NULL);
}

static crm_status post_session(struct http_request *r, void *ctx, struct err *err) {
    json_t *body = NULL;
    struct hashing h = {.hash = hash_sign_in};
    crm_status status = same_origin(r, err);
    if (status == CRM_OK) status = http_body_json(r, &body, err);
    if (status == CRM_OK) status = body_text(body, "login", true, &h.login, err);
    if (status == CRM_OK) status = body_text(body, "password", true, &h.password, err);
    return status == CRM_OK ? hash_post(ctx, r, &h, err) : status;
}

/* Whose link it is, before the password is chosen. */
static crm_status show_link(struct people *p, struct http_request *r, struct str link,
                            struct err *err) {
    int64_t user = 0;
    struct auth_user facts = {.id = 0};
    struct store_conn *reader = http_reader(r);
    if (!reader) return err_set(err, CRM_UNAVAILABLE, &module_not_open, NULL);
    crm_status status = link_find(p->auth, reader, link, clock_now_ms(), &user, err);
    if (status != CRM_OK) return status;
    if (user) auth_user_get(p->auth, user, http_arena(r), &facts);
    struct json_writer *w = http_json(r);
    json_object_open(w);
    json_key_lit(w, "login");
    if (user)
        json_text(w, facts.login);
    else
        json_nil(w);
    json_key_lit(w, "first");
    json_bool(w, user == 0);
    json_object_shut(w);
    return CRM_OK;
}

static crm_status post_link(struct http_request *r, void *ctx, struct err *err) {
    json_t *body = NULL;
    struct hashing h = {.hash = hash_link};
    crm_status status = same_origin(r, err);
    if (status == CRM_OK) status = http_body_json(r, &body, err);
    if (status == CRM_OK) status = body_text(body, "token", true, &h.link, err);
    if (status == CRM_OK) status = body_text(body, "password", false, &h.password, err);
    if (status == CRM_OK) status = body_text(body, "login", false, &h.login, err);
    if (status != CRM_OK) return status;
    if (!json_object_get(body, "password")) return show_link(ctx, r, h.link, err);
    if (h.link.len == 0) return err_set(err, CRM_NOT_FOUND, &auth_link_invalid, NULL);
    return hash_post(ctx, r, &h, err);
}

static crm_status post_password(struct http_request *r, void *ctx, struct err *err) {
    json_t *body = NULL;
    struct hashing h = {.hash = hash_change, .user = http_access(r)->actor.user};
    crm_status status = http_body_json(r, &body, err);
    if (status == CRM_OK) status = body_text(body, "password", true, &h.password, err);
    if (status == CRM_OK) status = body_text(body, "new_password", true, &h.new_password, err);
    return status == CRM_OK ? hash_post(ctx, r, &h, err) : status;
}

static crm_status get_session(struct http_request *r, void *ctx, struct err *err) {
    struct people *p = ctx;
    const struct actor *actor = &http_access(r)->actor;
    struct auth_user user = {.id = actor->user};
    struct cache_entry entry;
    struct secret csrf = {.text = ""};
    struct str cookie = http_cookie(r, PEOPLE_COOKIE);
    auth_user_get(p->auth, actor->user, http_arena(r), &user);
    bool by_cookie = actor->door == ACCESS_DOOR_WEB && cookie.len;
    if (by_cookie &&
        session_find(p->auth, http_reader(r), cookie, clock_now_ms(), &entry, err) == CRM_OK)
        secret_csrf_text(entry.csrf, &csrf);
    http_answer_header(r, "Cache-Control", STR("no-store"));
    put_session(r, &user, actor, str_from(csrf.text));
    return CRM_OK;
}

static crm_status delete_session(struct http_request *r, void *ctx, struct err *err) {
    struct people *p = ctx;
    crm_status status = session_end(p->auth, http_cookie(r, PEOPLE_COOKIE), err);
    if (status != CRM_OK) return status;
    set_cookie(r, STR(""), 0);
    http_status(r, 204);
    return CRM_OK;
}

#define SESSION_SCHEMA                                                                             \
    "{\"type\":\"object\",\"properties\":{\"user\":{\"type\":\"object\",\"properties\":{\"id\":{"  \
    "\"type\":\"string\"},"                                                                        \
    "\"login\":{\"type\":\"string\"},\"name\":{\"type\":\"string\"}}},\"role\":{\"type\":["        \
    "\"string\",\"null\"]},"                                                                       \
    "\"language\":{\"type\":\"string\"},\"csrf\":{\"type\":\"string\"}}}"

crm_status people_register(struct people *p, struct http_server *s, struct err *err) {
    const struct http_route routes[] = {
        {.method = "GET",
         .pattern = "/api/v1/session",
         .lane = HTTP_LANE_INLINE,
         .handle = get_session,
         .ctx = p,
         .summary = "Who is signed in",
         .tag = "session",
         .answer_schema = SESSION_SCHEMA},
        {.method = "POST",
         .pattern = "/api/v1/session",
         .lane = HTTP_LANE_INLINE,
         .flags = HTTP_ROUTE_PUBLIC | HTTP_ROUTE_NO_CSRF,
         .body_limit = 16384,
         .handle = post_session,
         .ctx = p,
         .summary = "Sign in",
         .tag = "session",
         .body_schema = "{\"type\":\"object\",\"required\":[\"login\",\"password\"],\"properties\":"
                        "{\"login\":{\"type\":\"string\"},"
                        "\"password\":{\"type\":\"string\"}}}",
         .answer_schema = SESSION_SCHEMA},
        {.method = "DELETE",
         .pattern = "/api/v1/session",
         .lane = HTTP_LANE_READER,
         .handle = delete_session,
         .ctx = p,
         .summary = "Sign out",
         .tag = "session"},
        {.method = "POST",
         .pattern = "/api/v1/session/password",
         .lane = HTTP_LANE_INLINE,
         .body_limit = 16384,
         .handle = post_password,
         .ctx = p,
         .summary = "Change one's own password; other sessions end",
         .tag = "session",
         .body_schema = "{\"type\":\"object\",\"required\":[\"password\",\"new_password\"],"
                        "\"properties\":{\"password\":{\"type\":\"string\"},"
                        "\"new_password\":{\"type\":\"string\"}}}"},
        {.method = "POST",
         .pattern = "/api/v1/session/link",
         .lane = HTTP_LANE_INLINE,
         .flags = HTTP_ROUTE_PUBLIC | HTTP_ROUTE_NO_CSRF,
         .body_limit = 16384,
         .handle = post_link,
         .ctx = p,
         .summary = "Set a password by a one-time link and sign in",
         .tag = "session",
         .body_schema = "{\"type\":\"object\",\"required\":[\"token\"],\"properties\":{\"token\":{"
                        "\"type\":\"string\"},"
                        "\"password\":{\"type\":\"string\"},\"login\":{\"type\":\"string\"}}}",
         .answer_schema = SESSION_SCHEMA}};
    crm_status status =
        http_routes_add(s, STR("kernel"), routes, sizeof routes / sizeof *routes, err);
    if (status == CRM_OK) status = people_register_views(p, s, err);
    if (status == CRM_OK) status = people_register_leave(p, s, err);
    return status == CRM_OK ? people_register_tokens(p, s, err) : status;
}

/* ---- life --------------------------------------------------------------------------------- */

static crm_status hasher_open(void *ctx, size_t index, void **ret_worker, struct err *err) {
    (void)index;
    struct people *p = ctx;
    return engine_reader_open(p->engine, (struct store_conn **)ret_worker, err);
}

static void hasher_close(void *ctx, void *worker) {
    (void)ctx;
    store_conn_close(worker);
}

crm_status people_new(struct auth *auth, struct engine *e, struct people **ret, struct err *err) {
    struct people *p = calloc(1, sizeof *p);
    if (!p) return err_no_memory(err);
    p->auth = auth;
    p->engine = e;
    work_queue_init(&p->queue, PEOPLE_QUEUE);
    const struct worker_pool_options options = {.name = "passwords",
                                                .threads = PEOPLE_HASHERS,
                                                .queue = &p->queue,
                                                .open = hasher_open,
                                                .close = hasher_close,
                                                .ctx = p};
    crm_status status = worker_pool_start(&options, &p->hashers, err);
    if (status != CRM_OK) {
        work_queue_fini(&p->queue);
        free(p);
        return status;
    }
    *ret = p;
    return CRM_OK;
}

void people_free(struct people *p) {
    if (!p) return;
    worker_pool_stop(p->hashers);
    work_queue_fini(&p->queue);
    free(p);
}
