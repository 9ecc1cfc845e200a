/* Rows of sys_token: programs' tokens and one-time links. */
#include "auth/token.h"

#include <stdio.h>

#include "auth/messages.h"
#include "auth/session.h"
#include "base/time.h"
#include "base/unicode.h"
#include "store/sys_tables.h"

static struct store_value digest_value(const struct digest *d) {
    return store_blob(str_make((const char *)d->bytes, sizeof d->bytes));
}

struct new_token {
    struct digest digest;
    int64_t id, user, now_ms, expires_ms;
    struct str name;
    bool one_time;
};

static crm_status insert(void *ctx, struct store_conn *writer, struct err *err) {
    const struct new_token *t = ctx;
    const struct store_value row[SYS_TOKEN_COUNT] = {
        [SYS_TOKEN_HASH] = digest_value(&t->digest),
        [SYS_TOKEN_ID] = store_int(t->id),
        [SYS_TOKEN_USER] = store_int(t->user),
        [SYS_TOKEN_NAME] = t->name.len ? store_text(t->name) : STORE_NIL,
        [SYS_TOKEN_SCOPES] = STORE_NIL,
        [SYS_TOKEN_CREATED_AT] = store_int(t->now_ms),
        [SYS_TOKEN_EXPIRES_AT] = t->expires_ms ? store_int(t->expires_ms) : STORE_NIL,
        [SYS_TOKEN_ONE_TIME] = store_int(t->one_time)};
    return store_insert(writer, sys_table(SYS_TABLE_TOKEN), row, err);
}

static crm_status create(struct auth *a, enum secret_kind kind, struct new_token *t,
                         struct secret *ret, struct err *err) {
    struct secret secret;
    if (t->user == ACTOR_SYSTEM) return err_set(err, CRM_REFUSED, &auth_system_user, NULL);
    secret_make(kind, &secret);
    secret_digest(kind, str_from(secret.text), &t->digest);
    t->id = id_next(engine_ids(a->engine));
    t->now_ms = clock_now_ms();
    crm_status status = engine_write(a->engine, insert, t, err);
    if (status == CRM_OK) *ret = secret;
    secret_wipe(&secret);
    return status;
}

crm_status token_create(struct auth *a, int64_t user, struct str name, int64_t expires_ms,
                        int64_t *ret_id, struct secret *ret, struct err *err) {
    char limit[16];
    snprintf(limit, sizeof limit, "%d", TOKEN_NAME_MAX);
    if (utf8_length(name) > TOKEN_NAME_MAX)
        return err_set(err, CRM_REFUSED, &auth_token_name_long, limit, NULL);
    struct new_token t = {.user = user, .name = name, .expires_ms = expires_ms};
    crm_status status = create(a, SECRET_TOKEN, &t, ret, err);
    if (status == CRM_OK && ret_id) *ret_id = t.id;
    return status;
}

crm_status link_create(struct auth *a, int64_t user, struct secret *ret, struct err *err) {
    struct new_token t = {
        .user = user, .expires_ms = clock_now_ms() + LINK_LIFE_MS, .one_time = true};
    return create(a, SECRET_LINK, &t, ret, err);
}

struct row_reading {
    int64_t user, expires_ms;
    bool found, one_time;
};

static bool read_token(void *ctx, const struct store_value *row) {
    struct row_reading *r = ctx;
    r->found = true;
    r->user = row[SYS_TOKEN_USER].integer;
    r->expires_ms =
        row[SYS_TOKEN_EXPIRES_AT].type == STORE_INT ? row[SYS_TOKEN_EXPIRES_AT].integer : 0;
    r->one_time = row[SYS_TOKEN_ONE_TIME].integer != 0;
    return false;
}

static crm_status read_by_digest(struct store_conn *reader, const struct digest *digest,
                                 struct row_reading *ret, struct err *err) {
    const struct store_condition where = {SYS_TOKEN_HASH, STORE_EQ, digest_value(digest)};
    const struct store_select select = {
        .table = sys_table(SYS_TABLE_TOKEN), .where = &where, .where_count = 1, .limit = 1};
    *ret = (struct row_reading){.found = false};
    return store_each(reader, &select, read_token, ret, err);
}

crm_status token_find(struct auth *a, struct store_conn *reader, struct str text, int64_t now_ms,
                      struct cache_entry *ret, struct err *err) {
    struct cache_entry entry = {.user = 0};
    if (!secret_digest(SECRET_TOKEN, text, &entry.digest))
        return err_set(err, CRM_UNAUTHENTICATED, &auth_token_invalid, NULL);
    uint64_t epoch = cache_epoch(&a->cache);
    if (!cache_find(&a->cache, &entry.digest, now_ms, &entry)) {
        struct row_reading row;
        crm_status status = read_by_digest(reader, &entry.digest, &row, err);
        if (status != CRM_OK) return status;
        if (!row.found || row.one_time)
            return err_set(err, CRM_UNAUTHENTICATED, &auth_token_invalid, NULL);
        entry.user = row.user;
        entry.expires_ms = row.expires_ms;
        entry.read_ms = now_ms;
        cache_put(&a->cache, &entry, epoch);
    }
    if (entry.is_session || (entry.expires_ms != 0 && entry.expires_ms <= now_ms))
        return err_set(err, CRM_UNAUTHENTICATED, &auth_token_invalid, NULL);
    *ret = entry;
    return CRM_OK;
}

crm_status link_find(struct auth *a, struct store_conn *reader, struct str text, int64_t now_ms,
                     int64_t *ret_user, struct err *err) {
    (void)a;
    struct digest digest;
    struct row_reading row = {.found = false};
    if (secret_digest(SECRET_LINK, text, &digest)) {
        crm_status status = read_by_digest(reader, &digest, &row, err);
        if (status != CRM_OK) return status;
    }
    if (!row.found || !row.one_time || row.expires_ms <= now_ms)
        return err_set(err, CRM_NOT_FOUND, &auth_link_invalid, NULL);
    *ret_user = row.user;
    return CRM_OK;
}

crm_status link_use(struct store_conn *writer, struct str text, struct err *err) {
    struct digest digest;
    int64_t affected = 0;
    if (secret_digest(SECRET_LINK, text, &digest)) {
        const struct store_condition where[] = {{SYS_TOKEN_HASH, STORE_EQ, digest_value(&digest)},
                                                {SYS_TOKEN_ONE_TIME, STORE_EQ, store_int(1)}};
        crm_status status =
            store_delete(writer, sys_table(SYS_TABLE_TOKEN), where, 2, &affected, err);
        if (status != CRM_OK) return status;
    }
    return affected == 1 ? CRM_OK : err_set(err, CRM_NOT_FOUND, &auth_link_invalid, NULL);
}

crm_status link_end_all(struct store_conn *writer, int64_t user, struct err *err) {
    const struct store_condition where[] = {{SYS_TOKEN_USER, STORE_EQ, store_int(user)},
                                            {SYS_TOKEN_ONE_TIME, STORE_EQ, store_int(1)}};
    return store_delete(writer, sys_table(SYS_TABLE_TOKEN), where, 2, NULL, err);
}

struct each {
    token_fn fn;
    void *ctx;
};

static bool each_row(void *ctx, const struct store_value *row) {
    const struct each *each = ctx;
    const struct token_facts facts = {
        .id = row[SYS_TOKEN_ID].integer,
        .user = row[SYS_TOKEN_USER].integer,
        .name = row[SYS_TOKEN_NAME].type == STORE_TEXT ? row[SYS_TOKEN_NAME].bytes : STR_NONE,
        .created_ms = row[SYS_TOKEN_CREATED_AT].integer,
        .expires_ms =
            row[SYS_TOKEN_EXPIRES_AT].type == STORE_INT ? row[SYS_TOKEN_EXPIRES_AT].integer : 0};
    return each->fn(each->ctx, &facts);
}

crm_status token_each(struct store_conn *reader, int64_t user, token_fn fn, void *ctx,
                      struct err *err) {
    const struct store_condition where[] = {{SYS_TOKEN_ONE_TIME, STORE_EQ, store_int(0)},
                                            {SYS_TOKEN_USER, STORE_EQ, store_int(user)}};
    const int8_t order[] = {-(SYS_TOKEN_ID + 1)};
    const struct store_select select = {.table = sys_table(SYS_TABLE_TOKEN),
                                        .where = where,
                                        .where_count = user ? 2 : 1,
                                        .order = order,
                                        .order_count = 1,
                                        .limit = 10000};
    struct each each = {fn, ctx};
    return store_each(reader, &select, each_row, &each, err);
}

struct removal {
    int64_t user, id, affected;
    struct digest digest;
};

static bool keep_digest(void *ctx, const struct store_value *row) {
    struct removal *removal = ctx;
    if (row[SYS_TOKEN_HASH].bytes.len == sizeof removal->digest.bytes)
        memcpy(removal->digest.bytes, row[SYS_TOKEN_HASH].bytes.ptr, sizeof removal->digest.bytes);
    return false;
}

static crm_status remove_row(void *ctx, struct store_conn *writer, struct err *err) {
    struct removal *removal = ctx;
    const struct store_condition where[] = {{SYS_TOKEN_ID, STORE_EQ, store_int(removal->id)},
                                            {SYS_TOKEN_ONE_TIME, STORE_EQ, store_int(0)},
                                            {SYS_TOKEN_USER, STORE_EQ, store_int(removal->user)}};
    size_t count = removal->user ? 3 : 2;
    const struct store_select select = {
        .table = sys_table(SYS_TABLE_TOKEN), .where = where, .where_count = count, .limit = 1};
    crm_status status = store_each(writer, &select, keep_digest, removal, err);
    if (status != CRM_OK) return status;
    return store_delete(writer, sys_table(SYS_TABLE_TOKEN), where, count, &removal->affected, err);
}

crm_status token_delete(struct auth *a, int64_t user, int64_t id, struct err *err) {
    struct removal removal = {.user = user, .id = id};
    crm_status status =
        engine_write_news(a->engine, STORE_NEWS_SESSIONS, remove_row, &removal, err);
    if (status != CRM_OK) return status;
    cache_forget(&a->cache, &removal.digest);
    return removal.affected ? CRM_OK : err_set(err, CRM_NOT_FOUND, &auth_token_missing, NULL);
}

static crm_status end_keys(void *ctx, struct store_conn *writer, struct err *err) {
    const int64_t *user = ctx;
    const struct store_condition where = {SYS_TOKEN_USER, STORE_EQ, store_int(*user)};
    crm_status status = session_end_others(writer, *user, STR_NONE, err);
    return status == CRM_OK ? store_delete(writer, sys_table(SYS_TABLE_TOKEN), &where, 1, NULL, err)
                            : status;
}

crm_status auth_keys_end(struct auth *a, int64_t user, struct err *err) {
    crm_status status = engine_write_news(a->engine, STORE_NEWS_SESSIONS, end_keys, &user, err);
    if (status == CRM_OK) cache_forget_user(&a->cache, user);
    return status;
}
