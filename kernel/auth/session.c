/* Rows of sys_session, and their way through the cache. */
#include "auth/session.h"

#include <stdlib.h>

#include "auth/messages.h"
#include "base/time.h"
#include "base/unicode.h"
#include "store/sys_tables.h"

enum { ORIGIN_BYTES = 200 };

static struct store_value cut_text(struct str s) {
    size_t len = s.len < ORIGIN_BYTES ? s.len : ORIGIN_BYTES;
    while (len > 0 && !utf8_valid(str_make(s.ptr, len)) && s.len - len < 4)
        len--;
    return len > 0 && utf8_valid(str_make(s.ptr, len)) ? store_text(str_make(s.ptr, len))
                                                       : STORE_NIL;
}

static struct str digest_bytes(const struct digest *d) {
    return str_make((const char *)d->bytes, sizeof d->bytes);
}

crm_status session_insert(struct store_conn *writer, int64_t user,
                          const struct session_origin *origin, int64_t now_ms,
                          struct session_made *ret, struct err *err) {
    struct session_made made;
    struct digest digest;
    uint8_t csrf[SECRET_CSRF_BYTES];
    secret_make(SECRET_SESSION, &made.cookie);
    random_bytes(csrf, sizeof csrf);
    secret_csrf_text(csrf, &made.csrf);
    secret_digest(SECRET_SESSION, str_from(made.cookie.text), &digest);
    const struct store_value row[SYS_SESSION_COUNT] = {
        [SYS_SESSION_HASH] = store_blob(digest_bytes(&digest)),
        [SYS_SESSION_USER] = store_int(user),
        [SYS_SESSION_CSRF] = store_blob(str_make((const char *)csrf, sizeof csrf)),
        [SYS_SESSION_CREATED_AT] = store_int(now_ms),
        [SYS_SESSION_SEEN_AT] = store_int(now_ms),
        [SYS_SESSION_EXPIRES_AT] = store_int(now_ms + SESSION_IDLE_MS),
        [SYS_SESSION_ADDRESS] = cut_text(origin->address),
        [SYS_SESSION_AGENT] = cut_text(origin->agent)};
    crm_status status = store_insert(writer, sys_table(SYS_TABLE_SESSION), row, err);
    if (status == CRM_OK) *ret = made;
    secret_wipe(&made.cookie);
    return status;
}

struct row_reading {
    struct cache_entry *entry;
    bool found;
};

static bool read_session(void *ctx, const struct store_value *row) {
    struct row_reading *reading = ctx;
    reading->found = row[SYS_SESSION_CSRF].bytes.len == SECRET_CSRF_BYTES;
    if (!reading->found) return false;
    reading->entry->user = row[SYS_SESSION_USER].integer;
    reading->entry->is_session = true;
    reading->entry->created_ms = row[SYS_SESSION_CREATED_AT].integer;
    reading->entry->seen_ms = row[SYS_SESSION_SEEN_AT].integer;
    reading->entry->expires_ms = row[SYS_SESSION_EXPIRES_AT].integer;
    memcpy(reading->entry->csrf, row[SYS_SESSION_CSRF].bytes.ptr, SECRET_CSRF_BYTES);
    return false;
}

/* One "seen" on its way to the writer; frees itself. */
struct touch {
    struct engine_task task; /* first */
    struct digest digest;
    int64_t seen_ms, expires_ms;
};

static crm_status touch_write(void *ctx, struct store_conn *writer, struct err *err) {
    const struct touch *t = ctx;
    const struct store_set sets[] = {
        {.column = SYS_SESSION_SEEN_AT, .value = store_int(t->seen_ms)},
        {.column = SYS_SESSION_EXPIRES_AT, .value = store_int(t->expires_ms)}};
    const struct store_condition where = {SYS_SESSION_HASH, STORE_EQ,
                                          store_blob(digest_bytes(&t->digest))};
    return store_update(writer, sys_table(SYS_TABLE_SESSION), sets, 2, &where, 1, NULL, err);
}

static void touch_done(void *ctx, crm_status status, const struct err *err) {
    (void)status; /* not seen: seen at the next request */
    (void)err;
    free(ctx);
}

static void touch(struct auth *a, struct cache_entry *entry, int64_t now_ms, uint64_t epoch) {
    struct touch *t = calloc(1, sizeof *t);
    if (!t) return;
    int64_t end = entry->created_ms + SESSION_LIFE_MS;
    t->digest = entry->digest;
    t->seen_ms = entry->seen_ms = now_ms;
    t->expires_ms = entry->expires_ms =
        now_ms + SESSION_IDLE_MS < end ? now_ms + SESSION_IDLE_MS : end;
    t->task = (struct engine_task){.fn = touch_write, .done = touch_done, .ctx = t};
    cache_put(&a->cache, entry, epoch);
    if (!engine_post(a->engine, &t->task)) free(t);
}

crm_status session_find(struct auth *a, struct store_conn *reader, struct str cookie,
                        int64_t now_ms, struct cache_entry *ret, struct err *err) {
    struct cache_entry entry = {.user = 0};
    if (!secret_digest(SECRET_SESSION, cookie, &entry.digest))
        return err_set(err, CRM_UNAUTHENTICATED, &auth_token_invalid, NULL);
    uint64_t epoch = cache_epoch(&a->cache);
    if (!cache_find(&a->cache, &entry.digest, now_ms, &entry)) {
        struct row_reading reading = {.entry = &entry};
        const struct store_condition where = {SYS_SESSION_HASH, STORE_EQ,
                                              store_blob(digest_bytes(&entry.digest))};
        const struct store_select select = {
            .table = sys_table(SYS_TABLE_SESSION), .where = &where, .where_count = 1, .limit = 1};
        crm_status status = store_each(reader, &select, read_session, &reading, err);
        if (status != CRM_OK) return status;
        if (!reading.found) return err_set(err, CRM_UNAUTHENTICATED, &auth_token_invalid, NULL);
        entry.read_ms = now_ms;
        cache_put(&a->cache, &entry, epoch);
    }
    if (!entry.is_session || entry.expires_ms <= now_ms)
        return err_set(err, CRM_UNAUTHENTICATED, &auth_token_invalid, NULL);
    if (now_ms - entry.seen_ms >= SESSION_TOUCH_MS) touch(a, &entry, now_ms, epoch);
    *ret = entry;
    return CRM_OK;
}

static crm_status end_one(void *ctx, struct store_conn *writer, struct err *err) {
    const struct store_condition where = {SYS_SESSION_HASH, STORE_EQ,
                                          store_blob(digest_bytes(ctx))};
    return store_delete(writer, sys_table(SYS_TABLE_SESSION), &where, 1, NULL, err);
}

crm_status session_end(struct auth *a, struct str cookie, struct err *err) {
    struct digest digest;
    if (!secret_digest(SECRET_SESSION, cookie, &digest)) return CRM_OK;
    crm_status status = engine_write_news(a->engine, STORE_NEWS_SESSIONS, end_one, &digest, err);
    cache_forget(&a->cache, &digest);
    return status;
}

crm_status session_end_others(struct store_conn *writer, int64_t user, struct str keep,
                              struct err *err) {
    struct digest kept;
    bool keeps = secret_digest(SECRET_SESSION, keep, &kept);
    const struct store_condition where[] = {
        {SYS_SESSION_USER, STORE_EQ, store_int(user)},
        {SYS_SESSION_HASH, STORE_NE, store_blob(keeps ? digest_bytes(&kept) : STR_NONE)}};
    return store_delete(writer, sys_table(SYS_TABLE_SESSION), where, keeps ? 2 : 1, NULL, err);
}

struct end_all {
    int64_t user;
    struct str keep;
};

static crm_status end_others(void *ctx, struct store_conn *writer, struct err *err) {
    const struct end_all *all = ctx;
    return session_end_others(writer, all->user, all->keep, err);
}

crm_status session_end_all(struct auth *a, int64_t user, struct str keep, struct err *err) {
    struct end_all all = {user, keep};
    crm_status status = engine_write_news(a->engine, STORE_NEWS_SESSIONS, end_others, &all, err);
    cache_forget_user(&a->cache, user);
    return status;
}

static crm_status sweep(void *ctx, struct store_conn *writer, struct err *err) {
    int64_t now_ms = *(int64_t *)ctx;
    const struct store_condition session = {SYS_SESSION_EXPIRES_AT, STORE_LE, store_int(now_ms)};
    const struct store_condition token[] = {{SYS_TOKEN_EXPIRES_AT, STORE_LE, store_int(now_ms)}};
    const struct store_condition sign_in = {SYS_SIGN_IN_AT, STORE_LE,
                                            store_int(now_ms - 180 * MS_PER_DAY)};
    crm_status status = store_delete(writer, sys_table(SYS_TABLE_SESSION), &session, 1, NULL, err);
    if (status == CRM_OK)
        status = store_delete(writer, sys_table(SYS_TABLE_TOKEN), token, 1, NULL, err);
    if (status == CRM_OK)
        status = store_delete(writer, sys_table(SYS_TABLE_SIGN_IN), &sign_in, 1, NULL, err);
    return status;
}

crm_status session_sweep(struct auth *a, int64_t now_ms, struct err *err) {
    return engine_write(a->engine, sweep, &now_ms, err);
}
