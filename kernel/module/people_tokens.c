/* Routes of tokens and invitations. Everybody has tokens of their own; for others the permission
 * "users" is asked for. */
#include "auth/messages.h"
#include "auth/token.h"
#include "auth/user.h"
#include "base/time.h"
#include "module/messages.h"
#include "module/people.h"
#include "record/messages.h"

void people_put_ref(struct people *p, struct http_request *r, struct json_writer *w, int64_t user) {
    struct auth_user facts = {.id = user};
    auth_user_get(p->auth, user, http_arena(r), &facts);
    json_object_open(w);
    json_key_lit(w, "id");
    json_id(w, user);
    json_key_lit(w, "title");
    json_text(w, facts.name.len ? facts.name : facts.login);
    json_object_shut(w);
}

struct listing {
    struct people *people;
    struct http_request *request;
    struct json_writer *out;
};

static bool put_token(void *ctx, const struct token_facts *token) {
    struct listing *l = ctx;
    json_object_open(l->out);
    json_key_lit(l->out, "id");
    json_id(l->out, token->id);
    json_key_lit(l->out, "name");
    json_text(l->out, token->name);
    json_key_lit(l->out, "user");
    people_put_ref(l->people, l->request, l->out, token->user);
    json_key_lit(l->out, "created_at");
    json_time(l->out, token->created_ms);
    json_key_lit(l->out, "expires_at");
    if (token->expires_ms)
        json_time(l->out, token->expires_ms);
    else
        json_nil(l->out);
    json_object_shut(l->out);
    return true;
}

static crm_status get_tokens(struct http_request *r, void *ctx, struct err *err) {
    const struct access *access = http_access(r);
    struct str all = http_query(r, "all");
    crm_status status = http_query_only(r, err, "all", NULL);
    if (status != CRM_OK) return status;
    if (all.len && !access_permits(access, "users"))
        return err_set(err, CRM_FORBIDDEN, &module_users_permission, NULL);
    struct listing l = {.people = ctx, .request = r, .out = http_json(r)};
    json_object_open(l.out);
    json_key_lit(l.out, "records");
    json_array_open(l.out);
    status = token_each(http_reader(r), all.len ? 0 : access->actor.user, put_token, &l, err);
    json_array_shut(l.out);
    json_object_shut(l.out);
    return status;
}

static crm_status wrong(const char *key, const struct err_text *text, struct err *err) {
    err_set(err, CRM_INVALID, text, key, NULL);
    err_at_field(err, str_from(key));
    return CRM_INVALID;
}

struct token_wish {
    int64_t user, expires_ms;
    struct str name;
    bool one_time;
};

static crm_status read_wish(struct people *p, struct http_request *r, const json_t *body,
                            struct token_wish *ret, struct err *err) {
    const struct access *access = http_access(r);
    const json_t *name = json_object_get(body, "name"),
                 *expires = json_object_get(body, "expires_at"),
                 *user = json_object_get(body, "user");
    *ret = (struct token_wish){.user = access->actor.user,
                               .name = json_str(name),
                               .one_time = json_is_true(json_object_get(body, "one_time"))};
    if (name && !json_is_null(name) && !json_is_string(name))
        return wrong("name", &module_field_text, err);
    if (expires && !json_is_null(expires) && !time_parse(json_str(expires), &ret->expires_ms))
        return wrong("expires_at", &module_field_text, err);
    if (!user || json_is_null(user)) return CRM_OK;
    struct auth_user facts = {.id = 0};
    if (!id_parse(json_str(user), &ret->user)) return wrong("user", &module_field_text, err);
    if (ret->user != access->actor.user && !access_permits(access, "users"))
        return err_set(err, CRM_FORBIDDEN, &module_users_permission, NULL);
    const struct str args[] = {json_str(user)};
    if (!auth_user_get(p->auth, ret->user, http_arena(r), &facts))
        return err_set_args(err, CRM_REFUSED, &auth_user_unknown, args, 1);
    return access_covers(access, facts.role)
               ? CRM_OK
               : err_set(err, CRM_FORBIDDEN, &record_grant_beyond, NULL);
}

/* A link sets a password without asking for the present one: made for others only, so that a
 * session or token that somebody got hold of does not become the whole account. */
static crm_status check_link(struct http_request *r, const struct token_wish *wish,
                             struct err *err) {
    return wish->one_time && wish->user == http_access(r)->actor.user
               ? err_set(err, CRM_FORBIDDEN, &auth_link_own, NULL)
               : CRM_OK;
}

static void answer_token(struct http_request *r, int64_t id, struct str token) {
    struct json_writer *w = http_json(r);
    json_object_open(w);
    json_key_lit(w, "id");
    json_id(w, id);
    json_key_lit(w, "token");
    json_text(w, token);
    json_object_shut(w);
}

static void answer_link(struct http_request *r, struct str link) {
    struct str base = http_server_public_url(http_server_of(r));
    struct json_writer *w = http_json(r);
    json_object_open(w);
    json_key_lit(w, "link");
    json_text(w, arena_printf(http_arena(r), "%.*s/welcome#%.*s", STR_ARG(base), STR_ARG(link)));
    json_object_shut(w);
}

static crm_status post_token(struct http_request *r, void *ctx, struct err *err) {
    struct people *p = ctx;
    json_t *body = NULL;
    struct token_wish wish;
    struct secret secret;
    int64_t id = 0;
    crm_status status = http_body_json(r, &body, err);
    if (status == CRM_OK) status = read_wish(p, r, body, &wish, err);
    if (status == CRM_OK) status = check_link(r, &wish, err);
    if (status != CRM_OK) return status;
    status = wish.one_time
                 ? link_create(p->auth, wish.user, &secret, err)
                 : token_create(p->auth, wish.user, wish.name, wish.expires_ms, &id, &secret, err);
    if (status != CRM_OK) return status;
    http_status(r, 201);
    http_answer_header(r, "Cache-Control", STR("no-store"));
    if (wish.one_time)
        answer_link(r, str_from(secret.text));
    else
        answer_token(r, id, str_from(secret.text));
    secret_wipe(&secret);
    return CRM_OK;
}

static crm_status delete_token(struct http_request *r, void *ctx, struct err *err) {
    struct people *p = ctx;
    const struct access *access = http_access(r);
    int64_t id = 0;
    if (!http_id_param(r, "id", &id)) return err_set(err, CRM_NOT_FOUND, &auth_token_missing, NULL);
    crm_status status =
        token_delete(p->auth, access_permits(access, "users") ? 0 : access->actor.user, id, err);
    if (status == CRM_OK) http_status(r, 204);
    return status;
}

crm_status people_register_tokens(struct people *p, struct http_server *s, struct err *err) {
    const struct http_route routes[] = {
        {.method = "GET",
         .pattern = "/api/v1/tokens",
         .lane = HTTP_LANE_READER,
         .handle = get_tokens,
         .ctx = p,
         .summary = "Tokens of one's own",
         .tag = "tokens"},
        {.method = "POST",
         .pattern = "/api/v1/tokens",
         .lane = HTTP_LANE_READER,
         .body_limit = 16384,
         .handle = post_token,
         .ctx = p,
         .summary = "Make a token, or a one-time link for a user",
         .tag = "tokens",
         .body_schema = "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},"
                        "\"expires_at\":{\"type\":\"string\",\"format\":\"date-time\"},"
                        "\"user\":{\"type\":\"string\"},\"one_time\":{\"type\":\"boolean\"}}}"},
        {.method = "DELETE",
         .pattern = "/api/v1/tokens/{id}",
         .lane = HTTP_LANE_READER,
         .handle = delete_token,
         .ctx = p,
         .summary = "End a token",
         .tag = "tokens"}};
    return http_routes_add(s, STR("kernel"), routes, sizeof routes / sizeof *routes, err);
}
