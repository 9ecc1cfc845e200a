/* Looking at runs, and letting old ones go. See runs.h. */
#include "script/runs.h"

#include "event/job.h"
#include "event/schedule.h"
#include "script/keep.h"
#include "script/messages.h"
#include "script/unit.h"
#include "store/sys_tables.h"

static void put_text(struct json_writer *w, const char *key, const struct store_value *v) {
    json_key_lit(w, key);
    json_text_or_nil(w, v->type == STORE_TEXT ? v->bytes : STR_NONE);
}

static void put_id(struct json_writer *w, const char *key, const struct store_value *v) {
    json_key_lit(w, key);
    if (v->type == STORE_INT && v->integer) {
        json_id(w, v->integer);
    } else {
        json_nil(w);
    }
}

static void put_number(struct json_writer *w, const char *key, const struct store_value *v) {
    json_key_lit(w, key);
    json_int64(w, v->type == STORE_INT ? v->integer : 0);
}

/* Without the braces. */
static void put_run(struct json_writer *w, const struct store_value *row) {
    put_id(w, "id", &row[SYS_RUN_ID]);
    put_text(w, "script", &row[SYS_RUN_SCRIPT]);
    put_text(w, "version", &row[SYS_RUN_VERSION]);
    put_text(w, "cause", &row[SYS_RUN_CAUSE]);
    json_key_lit(w, "started_at");
    json_time(w, row[SYS_RUN_STARTED_AT].integer);
    put_id(w, "actor", &row[SYS_RUN_ACTOR]);
    put_text(w, "outcome", &row[SYS_RUN_OUTCOME]);
    put_text(w, "message", &row[SYS_RUN_ERROR]);
    put_number(w, "cpu_us", &row[SYS_RUN_CPU_US]);
    put_number(w, "wall_us", &row[SYS_RUN_WALL_US]);
    put_number(w, "memory_bytes", &row[SYS_RUN_MEMORY]);
    put_number(w, "rows", &row[SYS_RUN_ROWS]);
    put_number(w, "calls", &row[SYS_RUN_CALLS]);
    put_id(w, "changeset", &row[SYS_RUN_CHANGESET]);
    put_id(w, "job", &row[SYS_RUN_JOB]);
}

/* ---- the list -----------------------------------------------------------------------------------
 */

struct listing {
    struct json_writer *out;
    int64_t count, limit, last;
};

static bool list_one(void *ctx, const struct store_value *row) {
    struct listing *l = ctx;
    if (l->count++ == l->limit) return false;
    json_object_open(l->out);
    put_run(l->out, row);
    json_object_shut(l->out);
    l->last = row[SYS_RUN_ID].integer;
    return true;
}

struct conditions {
    struct store_condition list[8];
    size_t count;
};

static void add(struct conditions *c, uint8_t column, enum store_compare op, struct store_value v) {
    c->list[c->count++] = (struct store_condition){column, op, v};
}

/* "scripts/renewals" is every handler from "script scripts/renewals/" on, to the next character. */
static bool add_script(struct conditions *c, struct arena *a, struct str script) {
    if (script.len == 0) return true;
    if (str_starts_with(script, STR("script "))) {
        add(c, SYS_RUN_SCRIPT, STORE_EQ, store_text(script));
        return true;
    }
    struct str from = arena_printf(a, "script %.*s/", STR_ARG(script)),
               to = arena_printf(a, "script %.*s0", STR_ARG(script));
    add(c, SYS_RUN_SCRIPT, STORE_GE, store_text(from));
    add(c, SYS_RUN_SCRIPT, STORE_LT, store_text(to));
    return from.ptr && to.ptr;
}

crm_status script_runs_json(struct store_conn *c, const struct script_runs_wanted *wanted,
                            struct json_writer *out, struct err *err) {
    struct conditions where = {.count = 0};
    struct listing l = {.out = out, .limit = wanted->limit};
    struct arena a;
    arena_init(&a, 64 * 1024);
    add(&where, SYS_RUN_ID, STORE_LT, store_int(wanted->before ? wanted->before : INT64_MAX));
    bool made = add_script(&where, &a, wanted->script);
    if (wanted->outcome.len) add(&where, SYS_RUN_OUTCOME, STORE_EQ, store_text(wanted->outcome));
    if (wanted->changeset) add(&where, SYS_RUN_CHANGESET, STORE_EQ, store_int(wanted->changeset));
    if (wanted->since_ms) add(&where, SYS_RUN_STARTED_AT, STORE_GE, store_int(wanted->since_ms));
    if (wanted->until_ms) add(&where, SYS_RUN_STARTED_AT, STORE_LT, store_int(wanted->until_ms));
    const int8_t order[] = {-(SYS_RUN_ID + 1)};
    const struct store_select select = {.table = sys_table(SYS_TABLE_RUN),
                                        .where = where.list,
                                        .where_count = where.count,
                                        .order = order,
                                        .order_count = 1,
                                        .limit = wanted->limit + 1};
    json_object_open(out);
    json_key_lit(out, "records");
    json_array_open(out);
    crm_status status = made ? store_each(c, &select, list_one, &l, err) : err_no_memory(err);
    json_array_shut(out);
    json_key_lit(out, "next");
    if (l.count > l.limit) {
        json_id(out, l.last);
    } else {
        json_nil(out);
    }
    json_object_shut(out);
    arena_fini(&a);
    return status;
}

/* ---- one ----------------------------------------------------------------------------------------
 */

static crm_status find(struct store_conn *c, int64_t id, struct arena *a,
                       const struct store_value **ret, struct err *err) {
    const struct store_condition where = {SYS_RUN_ID, STORE_EQ, store_int(id)};
    const struct store_select select = {
        .table = sys_table(SYS_TABLE_RUN), .where = &where, .where_count = 1, .limit = 1};
    *ret = NULL;
    crm_status status = store_first(c, &select, a, ret, err);
    if (status != CRM_OK) return status;
    return *ret ? CRM_OK : err_set(err, CRM_NOT_FOUND, &say_script_no_run, NULL);
}

crm_status script_run_json(struct store_conn *c, int64_t id, struct arena *a,
                           struct json_writer *out, struct err *err) {
    const struct store_value *row;
    struct event_job job = {.id = 0};
    struct err gone;
    crm_status status = find(c, id, a, &row, err);
    if (status != CRM_OK) return status;
    bool has_job = row[SYS_RUN_JOB].type == STORE_INT &&
                   event_job_get(c, row[SYS_RUN_JOB].integer, a, &job, &gone) == CRM_OK;
    json_object_open(out);
    put_run(out, row);
    json_key_lit(out, "job_state"); /* done jobs go after a week, before their runs */
    json_text_or_nil(out, has_job ? str_from(event_job_state_word(job.state)) : STR_NONE);
    json_key_lit(out, "effects");
    json_raw(out, row[SYS_RUN_EFFECTS].type == STORE_TEXT ? row[SYS_RUN_EFFECTS].bytes : STR("[]"));
    json_object_shut(out);
    return CRM_OK;
}

crm_status script_run_job(struct store_conn *c, int64_t id, struct arena *a, int64_t *ret_job,
                          struct err *err) {
    const struct store_value *row;
    crm_status status = find(c, id, a, &row, err);
    if (status != CRM_OK) return status;
    if (row[SYS_RUN_JOB].type != STORE_INT)
        return err_set(err, CRM_CONFLICT, &say_script_run_jobless, NULL);
    if (str_is(row[SYS_RUN_OUTCOME].bytes, "ok"))
        return err_set(err, CRM_CONFLICT, &say_script_run_ended, NULL);
    *ret_job = row[SYS_RUN_JOB].integer;
    return CRM_OK;
}

/* ---- retention ----------------------------------------------------------------------------------
 */

struct sweep {
    int64_t keep, older_ms, seen, edge;
};

static bool find_edge(void *ctx, const struct store_value *row) {
    struct sweep *s = ctx;
    s->edge = row[SYS_RUN_ID].integer;
    return ++s->seen <= s->keep;
}

/* The newest one that goes by number; a portion before that and before the day. */
static crm_status sweep_write(void *ctx, struct store_conn *writer, struct err *err) {
    struct sweep *s = ctx;
    const int8_t order[] = {-(SYS_RUN_ID + 1)};
    const struct store_select select = {
        .table = sys_table(SYS_TABLE_RUN), .order = order, .order_count = 1, .limit = s->keep + 1};
    s->seen = 0;
    crm_status status = store_each(writer, &select, find_edge, s, err);
    const struct store_condition beyond = {SYS_RUN_ID, STORE_LE, store_int(s->edge)},
                                 old = {SYS_RUN_STARTED_AT, STORE_LT,
                                        store_int(clock_now_ms() - s->older_ms)};
    if (status == CRM_OK && s->seen > s->keep)
        status = store_delete(writer, sys_table(SYS_TABLE_RUN), &beyond, 1, NULL, err);
    if (status == CRM_OK)
        status = store_delete(writer, sys_table(SYS_TABLE_RUN), &old, 1, NULL, err);
    if (status == CRM_OK) status = script_keep_sweep(writer, err);
    return status;
}

crm_status script_runs_sweep(struct engine *e, int64_t keep, int64_t older_ms, struct err *err) {
    struct sweep s = {.keep = keep, .older_ms = older_ms};
    return engine_write(e, sweep_write, &s, err);
}

static crm_status sweep_run(void *ctx, struct event_job_run *run, struct err *err) {
    (void)run;
    struct script_host *h = ctx;
    return script_runs_sweep(h->options.engine, SCRIPT_RUNS_KEPT,
                             (int64_t)SCRIPT_RUNS_DAYS * 24 * 3600 * 1000, err);
}

crm_status script_runs_keep(struct script_host *h, struct err *err) {
    const struct event_job_kind kind = {
        .name = STR("script.sweep_runs"), .owner = STR("script"), .run = sweep_run, .ctx = h};
    const struct event_schedule schedule = {.name = STR("script/sweep_runs"),
                                            .owner = STR("script"),
                                            .cron = STR("23 * * * *"),
                                            .utc = true,
                                            .job_kind = STR("script.sweep_runs")};
    crm_status status = event_job_kind_add(h->options.hub, &kind, err);
    return status == CRM_OK ? event_schedule_add(h->options.hub, &schedule, err) : status;
}
