/* See idempotency.h. */
#include "record/idempotency.h"

#include "record/messages.h"
#include "store/sys_tables.h"

static crm_status numbers_read(const struct changeset *cs, const struct store_value *row,
                               struct changeset_kept *ret, struct err *err) {
    struct str blob = row[SYS_IDEMPOTENCY_ANSWER].bytes;
    if (blob.len % sizeof(int64_t) != 0 || blob.len == 0)
        return err_internal(err, "a kept answer of %zu bytes", blob.len);
    int64_t *numbers = ARENA_ARRAY(cs->arena, blob.len / sizeof(int64_t), int64_t);
    if (!numbers) return err_no_memory(err);
    memcpy(numbers, blob.ptr, blob.len);
    *ret = (struct changeset_kept){(int32_t)row[SYS_IDEMPOTENCY_STATUS].integer, numbers,
                                   blob.len / sizeof(int64_t)};
    return CRM_OK;
}

static crm_status answer_take(const struct changeset *cs, const struct changeset_kept *kept,
                              struct changeset_result *ret, struct err *err) {
    ret->id = kept->numbers[0];
    ret->count = kept->kind == 0 ? (kept->count - 1) / 3 : 0;
    ret->outcomes = ARENA_ARRAY(cs->arena, ret->count + 1, struct record_outcome);
    if (!ret->outcomes) return err_no_memory(err);
    for (size_t i = 0; i < ret->count; i++) {
        const int64_t *n = &kept->numbers[1 + i * 3];
        ret->outcomes[i] =
            (struct record_outcome){.id = n[0], .version = n[1], .changed = n[2] != 0};
    }
    ret->replayed = true;
    return CRM_OK;
}

static bool same_request(const struct changeset *cs, const struct store_value *row) {
    struct str body = row[SYS_IDEMPOTENCY_BODY].bytes;
    return str_eq(row[SYS_IDEMPOTENCY_ROUTE].bytes, cs->idempotency_route) &&
           body.len == DIGEST_BYTES &&
           memcmp(body.ptr, cs->idempotency_body->bytes, DIGEST_BYTES) == 0;
}

enum { KEY_COLUMNS = 2 };

static void key_conditions(const struct changeset *cs, struct store_condition ret[KEY_COLUMNS]) {
    ret[0] = (struct store_condition){SYS_IDEMPOTENCY_ACTOR, STORE_EQ, store_int(cs->actor.user)};
    ret[1] =
        (struct store_condition){SYS_IDEMPOTENCY_KEY, STORE_EQ, store_text(cs->idempotency_key)};
}

/* *ret_row: NULL when the key was not kept. */
static crm_status find_row(struct store_conn *c, const struct changeset *cs,
                           const struct store_condition where[KEY_COLUMNS],
                           const struct store_value **ret_row, struct err *err) {
    struct store_select select = {.table = sys_table(SYS_TABLE_IDEMPOTENCY),
                                  .where = where,
                                  .where_count = KEY_COLUMNS,
                                  .limit = 1};
    return store_first(c, &select, cs->arena, ret_row, err);
}

static bool is_old(const struct store_value *row) {
    return row[SYS_IDEMPOTENCY_AT].integer < clock_now_ms() - MS_PER_DAY;
}

static bool has_key(const struct changeset *cs) {
    return cs->idempotency_key.len > 0 && cs->idempotency_body;
}

crm_status changeset_key_find(struct store_conn *c, const struct changeset *cs,
                              struct changeset_kept *ret, struct err *err) {
    struct store_condition where[KEY_COLUMNS];
    const struct store_value *row = NULL;
    *ret = (struct changeset_kept){.count = 0};
    if (!has_key(cs)) return CRM_OK;
    key_conditions(cs, where);
    crm_status status = find_row(c, cs, where, &row, err);
    if (status != CRM_OK || !row || is_old(row)) return status;
    if (!same_request(cs, row))
        return err_set(err, CRM_CONFLICT, &record_idempotency_key_reused, NULL);
    return numbers_read(cs, row, ret, err);
}

crm_status idempotency_find(struct store_conn *c, const struct changeset *cs,
                            struct changeset_result *ret, struct err *err) {
    struct changeset_kept kept;
    crm_status status = changeset_key_find(c, cs, &kept, err);
    return status == CRM_OK && kept.count ? answer_take(cs, &kept, ret, err) : status;
}

crm_status idempotency_is_known(struct store_conn *c, const struct changeset *cs, bool *ret,
                                struct err *err) {
    *ret = false;
    if (!has_key(cs)) return CRM_OK;
    struct store_condition where[KEY_COLUMNS];
    key_conditions(cs, where);
    const struct store_value *row = NULL;
    crm_status status = find_row(c, cs, where, &row, err);
    *ret = status == CRM_OK && row && !is_old(row);
    return status;
}

crm_status changeset_key_keep(struct store_conn *writer, const struct changeset *cs,
                              const struct changeset_kept *kept, struct err *err) {
    int64_t now_ms = clock_now_ms();
    struct store_condition old[KEY_COLUMNS + 1];
    if (!has_key(cs)) return CRM_OK;
    key_conditions(cs, old);
    old[KEY_COLUMNS] =
        (struct store_condition){SYS_IDEMPOTENCY_AT, STORE_LT, store_int(now_ms - MS_PER_DAY)};
    crm_status status =
        store_delete(writer, sys_table(SYS_TABLE_IDEMPOTENCY), old, KEY_COLUMNS + 1, NULL, err);
    if (status != CRM_OK) return status;
    struct store_value row[SYS_IDEMPOTENCY_COUNT] = {
        [SYS_IDEMPOTENCY_ACTOR] = store_int(cs->actor.user),
        [SYS_IDEMPOTENCY_KEY] = store_text(cs->idempotency_key),
        [SYS_IDEMPOTENCY_ROUTE] = store_text(cs->idempotency_route),
        [SYS_IDEMPOTENCY_BODY] =
            store_blob(str_make((const char *)cs->idempotency_body->bytes, DIGEST_BYTES)),
        [SYS_IDEMPOTENCY_AT] = store_int(now_ms),
        [SYS_IDEMPOTENCY_STATUS] = store_int(kept->kind),
        [SYS_IDEMPOTENCY_ANSWER] =
            store_blob(str_make((const char *)kept->numbers, kept->count * sizeof *kept->numbers)),
    };
    return store_insert(writer, sys_table(SYS_TABLE_IDEMPOTENCY), row, err);
}

crm_status idempotency_keep(struct store_conn *c, const struct changeset *cs,
                            const struct changeset_result *result, struct err *err) {
    if (!has_key(cs)) return CRM_OK;
    int64_t *n = ARENA_ARRAY(cs->arena, 1 + result->count * 3, int64_t);
    if (!n) return err_no_memory(err);
    n[0] = result->id;
    for (size_t i = 0; i < result->count; i++) {
        n[1 + i * 3] = result->outcomes[i].id;
        n[2 + i * 3] = result->outcomes[i].version;
        n[3 + i * 3] = result->outcomes[i].changed;
    }
    const struct changeset_kept kept = {0, n, 1 + result->count * 3};
    return changeset_key_keep(c, cs, &kept, err);
}

crm_status idempotency_expire(struct store_conn *c, int64_t now_ms, struct err *err) {
    struct store_condition where = {SYS_IDEMPOTENCY_AT, STORE_LT, store_int(now_ms - MS_PER_DAY)};
    return store_delete(c, sys_table(SYS_TABLE_IDEMPOTENCY), &where, 1, NULL, err);
}
