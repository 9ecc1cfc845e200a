/* How many records a query finds, and whether it finds one. See query.h. */
#include "store/paths.h"

enum { COUNT_CAP = 10000 };

static crm_status run_int(struct store_conn *c, const struct sql *s, int64_t *ret,
                          struct err *err) {
    crm_status status = sql_status(s, err);
    struct statement q = statement_of(s);
    return status == CRM_OK ? store_exec_int(c, &q, ret, err) : status;
}

/* SELECT ... FROM ... WHERE with the query's rights; `id` 0 = all. */
static crm_status build(struct store_conn *c, struct sql *s, const struct store_query *q,
                        const char *what, int64_t id, struct err *err) {
    struct query_paths p;
    size_t mark;
    query_paths_init(&p, c, q);
    sql_add(s, "SELECT ");
    sql_add(s, what);
    query_add_from(&p, s, &mark);
    crm_status status = query_add_where(&p, s, q, false, err);
    if (id) {
        sql_add(s, " AND r.\"id\" = ");
        sql_param(s, store_int(id));
    }
    return status == CRM_OK ? query_paths_join(&p, s, mark, err) : status;
}

static crm_status count(struct store_conn *c, const struct store_query *q, bool capped,
                        struct arena *scratch, int64_t *ret, struct err *err) {
    struct sql s SQL_CLEANUP;
    sql_init(&s, c->driver->dialect, scratch);
    crm_status status = build(c, &s, q, capped ? "1" : "count(*)", 0, err);
    if (status != CRM_OK) return status;
    if (capped) {
        /* The subselect stands around what was built. */
        struct sql around SQL_CLEANUP;
        sql_init(&around, s.dialect, scratch);
        sql_add(&around, "SELECT count(*) FROM (");
        buf_add_str(&around.text, buf_str(&s.text));
        around.params = s.params;
        around.param_count = s.param_count;
        around.param_capacity = s.param_capacity;
        sql_add(&around, " LIMIT ");
        sql_param(&around, store_int(COUNT_CAP + 1));
        sql_add(&around, ") c");
        return run_int(c, &around, ret, err);
    }
    return run_int(c, &s, ret, err);
}

crm_status store_count_run(struct store_conn *c, const struct store_query *q,
                           enum store_count_mode mode, int64_t *ret, bool *ret_exact,
                           struct err *err) {
    int64_t found = 0;
    crm_status status = CRM_OK;
    if (mode != STORE_COUNT_NONE) {
        struct arena *scratch = store_scratch_enter(c);
        status = count(c, q, mode == STORE_COUNT_CAPPED, scratch, &found, err);
        store_scratch_leave(c);
    }
    if (status != CRM_OK) return status;
    bool capped = mode == STORE_COUNT_CAPPED && found > COUNT_CAP;
    *ret = capped ? COUNT_CAP : found;
    *ret_exact = mode != STORE_COUNT_NONE && !capped;
    return CRM_OK;
}

static crm_status matches(struct store_conn *c, const struct store_query *q, int64_t id,
                          struct arena *scratch, bool *ret, struct err *err) {
    struct sql s SQL_CLEANUP;
    int64_t found = 0;
    sql_init(&s, c->driver->dialect, scratch);
    crm_status status = build(c, &s, q, "1", id, err);
    if (status == CRM_OK) status = run_int(c, &s, &found, err);
    if (status == CRM_OK) *ret = found != 0;
    return status;
}

crm_status store_matches(struct store_conn *c, const struct store_query *q, int64_t id, bool *ret,
                         struct err *err) {
    if (id <= 0) {
        *ret = false;
        return CRM_OK;
    }
    struct arena *scratch = store_scratch_enter(c);
    crm_status status = matches(c, q, id, scratch, ret, err);
    store_scratch_leave(c);
    return status;
}
