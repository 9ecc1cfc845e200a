/* Sign-in by password and by link. Every attempt is logged in sys_sign_in, failed ones under the
 * login as typed (cut), for whoever looks after the accounts. */
#include "auth/sign_in.h"

#include <stdio.h>

#include "auth/messages.h"
#include "auth/token.h"
#include "auth/user.h"
#include "base/time.h"
#include "base/unicode.h"
#include "store/sys_tables.h"

enum { LOGIN_BYTES = 200, SCRATCH_BYTES = 64 * 1024 };

struct attempt_row {
    struct auth *auth;
    struct str login, address;
    int64_t user, now_ms;
    enum sign_in_outcome outcome;
    /* What else happens in the same transaction: */
    struct str link;      /* used up */
    const char *password; /* new hash */
    bool ends_sessions, makes_session;
    struct str kept; /* cookie of the session that does not end */
    struct session_origin origin;
    struct session_made session;
};

static struct store_value cut_text(struct str s) {
    size_t len = s.len < LOGIN_BYTES ? s.len : LOGIN_BYTES;
    while (len > 0 && !utf8_valid(str_make(s.ptr, len)) && s.len - len < 4)
        len--;
    return store_text(utf8_valid(str_make(s.ptr, len)) ? str_make(s.ptr, len) : STR("?"));
}

static crm_status write_password(struct store_conn *writer, int64_t user, const char *hash,
                                 int64_t now_ms, struct err *err) {
    const struct store_condition where = {SYS_CREDENTIAL_USER, STORE_EQ, store_int(user)};
    crm_status status = store_delete(writer, sys_table(SYS_TABLE_CREDENTIAL), &where, 1, NULL, err);
    if (status != CRM_OK) return status;
    const struct store_value row[SYS_CREDENTIAL_COUNT] = {
        [SYS_CREDENTIAL_USER] = store_int(user),
        [SYS_CREDENTIAL_PASSWORD] = store_text(str_from(hash)),
        [SYS_CREDENTIAL_CHANGED_AT] = store_int(now_ms)};
    return store_insert(writer, sys_table(SYS_TABLE_CREDENTIAL), row, err);
}

/* With a new password ends what was opened, or could be, without it. */
static crm_status end_others(struct store_conn *writer, int64_t user, struct str kept,
                             struct err *err) {
    crm_status status = session_end_others(writer, user, kept, err);
    return status == CRM_OK ? link_end_all(writer, user, err) : status;
}

static crm_status write_attempt(void *ctx, struct store_conn *writer, struct err *err) {
    struct attempt_row *t = ctx;
    const struct store_value row[SYS_SIGN_IN_COUNT] = {
        [SYS_SIGN_IN_ID] = store_int(id_next(engine_ids(t->auth->engine))),
        [SYS_SIGN_IN_AT] = store_int(t->now_ms),
        [SYS_SIGN_IN_LOGIN] = cut_text(t->login),
        [SYS_SIGN_IN_USER] = t->user ? store_int(t->user) : STORE_NIL,
        [SYS_SIGN_IN_ADDRESS] = cut_text(t->address),
        [SYS_SIGN_IN_OUTCOME] = store_int(t->outcome)};
    crm_status status = store_insert(writer, sys_table(SYS_TABLE_SIGN_IN), row, err);
    if (status == CRM_OK && t->link.len) status = link_use(writer, t->link, err);
    if (status == CRM_OK && t->password)
        status = write_password(writer, t->user, t->password, t->now_ms, err);
    if (status == CRM_OK && t->ends_sessions) status = end_others(writer, t->user, t->kept, err);
    if (status == CRM_OK && t->makes_session)
        status = session_insert(writer, t->user, &t->origin, t->now_ms, &t->session, err);
    return status;
}

struct credential {
    char hash[PASSWORD_HASH_BYTES];
    bool found;
};

static bool read_credential(void *ctx, const struct store_value *row) {
    struct credential *c = ctx;
    struct str hash = row[SYS_CREDENTIAL_PASSWORD].type == STORE_TEXT
                          ? row[SYS_CREDENTIAL_PASSWORD].bytes
                          : STR_NONE;
    c->found = hash.len > 0 && hash.len < sizeof c->hash;
    if (c->found) {
        memcpy(c->hash, hash.ptr, hash.len);
        c->hash[hash.len] = '\0';
    }
    return false;
}

static crm_status credential_get(struct store_conn *reader, int64_t user, struct credential *ret,
                                 struct err *err) {
    const struct store_condition where = {SYS_CREDENTIAL_USER, STORE_EQ, store_int(user)};
    const struct store_select select = {
        .table = sys_table(SYS_TABLE_CREDENTIAL), .where = &where, .where_count = 1, .limit = 1};
    ret->found = false;
    ret->hash[0] = '\0';
    return store_each(reader, &select, read_credential, ret, err);
}

crm_status password_exists(struct store_conn *reader, int64_t user, bool *ret, struct err *err) {
    struct credential credential;
    crm_status status = credential_get(reader, user, &credential, err);
    if (status == CRM_OK) *ret = credential.found;
    return status;
}

/* The attempt against the stored password. *ret_matches false for whoever may not come in. */
static crm_status verify(struct auth *a, struct store_conn *reader, const struct sign_in *attempt,
                         struct arena *arena, int64_t *ret_user, bool *ret_matches, bool *ret_old,
                         struct err *err) {
    struct credential credential;
    struct auth_user user = {.active = false};
    int64_t id = auth_user_find(a, attempt->login);
    if (id) auth_user_get(a, id, arena, &user);
    crm_status status = credential_get(reader, id, &credential, err);
    if (status != CRM_OK) return status;
    struct str hash = id && user.active && credential.found ? str_from(credential.hash) : STR_NONE;
    *ret_user = id;
    return password_verify(&a->gate, attempt->password, hash, ret_matches, ret_old, err);
}

static crm_status throttled(struct attempt_row *row, struct str account, int64_t wait_ms,
                            int64_t *ret_wait_s, struct err *err) {
    char seconds[24];
    *ret_wait_s = (wait_ms + 999) / 1000;
    snprintf(seconds, sizeof seconds, "%lld", (long long)*ret_wait_s);
    row->outcome = SIGN_IN_THROTTLED;
    if (throttle_is_news(&row->auth->throttle, account, row->address, row->now_ms))
        engine_write(row->auth->engine, write_attempt, row, NULL);
    return err_set(err, CRM_TOO_MANY, &auth_sign_in_later, seconds, NULL);
}

static crm_status sign_in_with(struct auth *a, struct store_conn *reader,
                               const struct sign_in *attempt, struct arena *arena,
                               struct signed_in *ret, int64_t *ret_wait_s, struct err *err) {
    struct str account = fold_key_arena(arena, attempt->login);
    if (!account.ptr) return err_no_memory(err);
    struct attempt_row row = {.auth = a,
                              .login = attempt->login,
                              .address = attempt->origin.address,
                              .now_ms = store_now_ms(engine_store(a->engine)),
                              .origin = attempt->origin};
    crm_status status = attempts_hear(a, reader, row.now_ms, err);
    if (status != CRM_OK) return status;
    int64_t wait_ms = throttle_enter(&a->throttle, account, attempt->origin.address, row.now_ms);
    if (wait_ms) return throttled(&row, account, wait_ms, ret_wait_s, err);
    bool matches = false, old = false;
    status = verify(a, reader, attempt, arena, &row.user, &matches, &old, err);
    if (status != CRM_OK) return status;
    row.outcome = matches ? SIGN_IN_OK : SIGN_IN_WRONG;
    row.makes_session = matches;
    char hash[PASSWORD_HASH_BYTES];
    if (old && password_hash(&a->gate, attempt->password, hash, NULL) == CRM_OK)
        row.password = hash;
    status = engine_write(a->engine, write_attempt, &row, err);
    if (status != CRM_OK) return status;
    if (!matches) return err_set(err, CRM_UNAUTHENTICATED, &auth_sign_in_failed, NULL);
    throttle_passed(&a->throttle, account, attempt->origin.address, row.now_ms);
    *ret = (struct signed_in){row.user, row.session};
    return CRM_OK;
}

crm_status sign_in(struct auth *a, struct store_conn *reader, const struct sign_in *attempt,
                   struct signed_in *ret, int64_t *ret_wait_s, struct err *err) {
    struct arena arena;
    arena_init(&arena, SCRATCH_BYTES);
    *ret_wait_s = 0;
    struct sign_in cut = *attempt;
    if (cut.login.len > LOGIN_BYTES) cut.login = STR_NONE;
    crm_status status = sign_in_with(a, reader, &cut, &arena, ret, ret_wait_s, err);
    arena_fini(&arena);
    return status;
}

/* Checks the strength against what the user is known by, and hashes. */
static crm_status new_hash(struct auth *a, const struct auth_user *user, struct str password,
                           char ret[PASSWORD_HASH_BYTES], struct err *err) {
    const struct str known[] = {user->login, user->name, STR("perigee")};
    crm_status status = password_check(password, known, 3, err);
    return status == CRM_OK ? password_hash(&a->gate, password, ret, err) : status;
}

/* The link of nobody yet: user, password and session in one transaction. */
static crm_status first_admin(struct auth *a, const struct link_use *use, struct attempt_row *row,
                              struct arena *arena, struct err *err) {
    char hash[PASSWORD_HASH_BYTES];
    struct str login = str_trim(use->login);
    if (login.len == 0) return err_set(err, CRM_REFUSED, &auth_login_needed, NULL);
    const struct auth_user facts = {.login = login};
    crm_status status = new_hash(a, &facts, use->password, hash, err);
    if (status != CRM_OK) return status;
    struct actor system;
    engine_actor_system(ACCESS_DOOR_WEB, &system);
    row->password = hash;
    row->login = login;
    const struct user_new spec = {.actor = &system,
                                  .login = login,
                                  .name = login,
                                  .role = STR("admin"),
                                  .also = write_attempt,
                                  .also_ctx = row,
                                  .also_user = &row->user};
    return user_create(a, &spec, arena, &row->user, err);
}

static crm_status by_link(struct auth *a, const struct link_use *use, struct attempt_row *row,
                          struct arena *arena, struct err *err) {
    char hash[PASSWORD_HASH_BYTES];
    struct auth_user facts = {.active = false};
    if (row->user == 0) return first_admin(a, use, row, arena, err);
    if (!auth_user_get(a, row->user, arena, &facts) || !facts.active)
        return err_set(err, CRM_NOT_FOUND, &auth_link_invalid, NULL);
    crm_status status = new_hash(a, &facts, use->password, hash, err);
    if (status != CRM_OK) return status;
    row->password = hash;
    row->login = facts.login;
    return engine_write_news(a->engine, STORE_NEWS_SESSIONS, write_attempt, row, err);
}

crm_status sign_in_by_link(struct auth *a, struct store_conn *reader, const struct link_use *use,
                           struct signed_in *ret, struct err *err) {
    struct attempt_row row = {.auth = a,
                              .address = use->origin.address,
                              .origin = use->origin,
                              .link = use->link,
                              .now_ms = clock_now_ms(),
                              .outcome = SIGN_IN_LINK,
                              .ends_sessions = true,
                              .makes_session = true};
    struct arena arena;
    crm_status status = link_find(a, reader, use->link, row.now_ms, &row.user, err);
    if (status != CRM_OK) return status;
    arena_init(&arena, SCRATCH_BYTES * 16);
    status = by_link(a, use, &row, &arena, err);
    arena_fini(&arena);
    if (status != CRM_OK) return status;
    cache_forget_user(&a->cache, row.user);
    *ret = (struct signed_in){row.user, row.session};
    return CRM_OK;
}

static crm_status change_with(struct auth *a, struct store_conn *reader,
                              const struct password_change *change, struct attempt_row *row,
                              struct arena *arena, int64_t *ret_wait_s, struct err *err) {
    char hash[PASSWORD_HASH_BYTES];
    struct auth_user facts = {.active = false};
    bool matches = false, old = false;
    auth_user_get(a, change->user, arena, &facts);
    row->login = facts.login;
    struct str account = fold_key_arena(arena, facts.login);
    if (!account.ptr) return err_no_memory(err);
    crm_status status = attempts_hear(a, reader, row->now_ms, err);
    if (status != CRM_OK) return status;
    int64_t wait_ms = throttle_enter(&a->throttle, account, row->address, row->now_ms);
    if (wait_ms) return throttled(row, account, wait_ms, ret_wait_s, err);
    const struct sign_in attempt = {facts.login, change->present, change->origin};
    status = verify(a, reader, &attempt, arena, &row->user, &matches, &old, err);
    if (status != CRM_OK) return status;
    if (!matches || row->user != change->user) {
        status = engine_write(a->engine, write_attempt, row, err);
        if (status == CRM_OK) status = err_set(err, CRM_REFUSED, &auth_password_wrong, NULL);
        err_at_field(err, STR("password"));
        return status;
    }
    throttle_passed(&a->throttle, account, row->address, row->now_ms);
    status = new_hash(a, &facts, change->wanted, hash, err);
    if (status != CRM_OK) {
        err_at_field(err, STR("new_password"));
        return status;
    }
    row->password = hash;
    row->outcome = SIGN_IN_CHANGED;
    row->ends_sessions = true;
    return engine_write_news(a->engine, STORE_NEWS_SESSIONS, write_attempt, row, err);
}

crm_status password_change(struct auth *a, struct store_conn *reader,
                           const struct password_change *change, int64_t *ret_wait_s,
                           struct err *err) {
    struct arena arena;
    struct attempt_row row = {.auth = a,
                              .user = change->user,
                              .address = change->origin.address,
                              .now_ms = store_now_ms(engine_store(a->engine)),
                              .outcome = SIGN_IN_WRONG,
                              .kept = change->session};
    *ret_wait_s = 0;
    arena_init(&arena, SCRATCH_BYTES);
    crm_status status = change_with(a, reader, change, &row, &arena, ret_wait_s, err);
    arena_fini(&arena);
    if (status == CRM_OK) cache_forget_user(&a->cache, change->user);
    return status;
}

struct password_row {
    int64_t user;
    const char *hash;
};

static crm_status write_new_password(void *ctx, struct store_conn *writer, struct err *err) {
    const struct password_row *row = ctx;
    crm_status status = write_password(writer, row->user, row->hash, clock_now_ms(), err);
    return status == CRM_OK ? end_others(writer, row->user, STR_NONE, err) : status;
}

crm_status password_set(struct auth *a, int64_t user, struct str password, struct err *err) {
    char hash[PASSWORD_HASH_BYTES], id[24];
    struct arena arena;
    struct auth_user facts = {.active = false};
    snprintf(id, sizeof id, "%lld", (long long)user);
    arena_init(&arena, SCRATCH_BYTES);
    bool found = auth_user_get(a, user, &arena, &facts);
    crm_status status = found ? new_hash(a, &facts, password, hash, err)
                              : err_set(err, CRM_NOT_FOUND, &auth_user_unknown, id, NULL);
    arena_fini(&arena);
    if (status != CRM_OK) return status;
    struct password_row row = {user, hash};
    status = engine_write_news(a->engine, STORE_NEWS_SESSIONS, write_new_password, &row, err);
    cache_forget_user(&a->cache, user);
    return status;
}
