/* News as rows of sys_sequence, and the clock that nodes share. See cluster.h. */
#include "store/cluster.h"

#include "base/time.h"
#include "store/driver.h"
#include "store/sys_tables.h"

static const char *const names[STORE_NEWS_COUNT] = {
#define STORE_NEWS_NAME(name, key) [STORE_NEWS_##name] = key,
    STORE_NEWS(STORE_NEWS_NAME)
#undef STORE_NEWS_NAME
};

crm_status store_news_add(struct store_conn *c, enum store_news what, struct err *err) {
    const struct store_table *t = sys_table(SYS_TABLE_SEQUENCE);
    const struct store_set set = {SYS_SEQUENCE_VALUE, store_int(1), true};
    const struct store_condition where = {SYS_SEQUENCE_NAME, STORE_EQ,
                                          store_text(str_from(names[what]))};
    int64_t affected = 0;
    bool inserted = true;
    if (c->driver->engine == STORE_SQLITE) return CRM_OK; /* nobody else is there to read it */
    crm_status status = store_update(c, t, &set, 1, &where, 1, &affected, err);
    if (status != CRM_OK || affected == 1) return status;
    const struct store_value row[SYS_SEQUENCE_COUNT] = {where.value, store_int(1)};
    status = store_insert_new(c, t, row, &inserted, err);
    if (status != CRM_OK || inserted) return status;
    return store_update(c, t, &set, 1, &where, 1, NULL, err);
}

static bool take_value(void *ctx, const struct store_value *row) {
    *(int64_t *)ctx = row[SYS_SEQUENCE_VALUE].integer;
    return false;
}

crm_status store_news_get(struct store_conn *c, enum store_news what, int64_t *ret,
                          struct err *err) {
    const struct store_condition where = {SYS_SEQUENCE_NAME, STORE_EQ,
                                          store_text(str_from(names[what]))};
    const struct store_select select = {
        .table = sys_table(SYS_TABLE_SEQUENCE), .where = &where, .where_count = 1, .limit = 1};
    *ret = 0;
    return store_each(c, &select, take_value, ret, err);
}

crm_status store_key_lock(struct store_conn *writer, struct str key, struct err *err) {
    const struct store_value hash = store_int((int64_t)statement_hash(key.ptr, key.len));
    struct statement q = {
        .text = STR("SELECT pg_advisory_xact_lock($1)"), .params = &hash, .param_count = 1};
    if (writer->driver->engine == STORE_SQLITE) return CRM_OK;
    q.hash = statement_hash(q.text.ptr, q.text.len);
    return store_exec_run(writer, &q, NULL, err);
}

int64_t store_now_ms(const struct store *s) {
    return clock_now_ms() + atomic_load_explicit(&s->ahead_ms, memory_order_relaxed);
}
