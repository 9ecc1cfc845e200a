/* The record of runs: rows of sys_run as people and programs see them, why a field is what it is,
 * and how long rows are kept.
 *
 * Rows name records that the reader of a run may not see, so runs are for administrators (the
 * caller's business); why a field changed shows no more than its history. Threads: any. */
#ifndef SCRIPT_RUNS_H
#define SCRIPT_RUNS_H

#include "record/read.h"
#include "script/host.h"

enum { SCRIPT_RUNS_KEPT = 100000, SCRIPT_RUNS_DAYS = 30 };

struct script_runs_wanted {
    struct str script;  /* an owner, or the durable name of a handler; empty = all */
    struct str outcome; /* empty = all */
    int64_t changeset;  /* that it wrote; 0 = any */
    int64_t since_ms, until_ms;
    int64_t before; /* runs older than this one; 0 = from the newest */
    int64_t limit;
};
/* {"records":[...],"next":...}, newest first, without their effects. */
crm_status script_runs_json(struct store_conn *c, const struct script_runs_wanted *wanted,
                            struct json_writer *out, struct err *err);
/* One with its effects and the state of its job. */
crm_status script_run_json(struct store_conn *c, int64_t id, struct arena *a,
                           struct json_writer *out, struct err *err);
/* The job of a run that failed, or CRM_NOT_FOUND, CRM_CONFLICT. */
crm_status script_run_job(struct store_conn *c, int64_t id, struct arena *a, int64_t *ret_job,
                          struct err *err);
/* {"field","changes":[{... as in history, "script":{"name","version","file","line","run"} or
 * null}]}, newest first. CRM_NOT_FOUND for a record or field that the viewer may not see. */
crm_status script_why_json(struct record_view *v, const struct schema_entity *e, int64_t id,
                           struct str field, int64_t limit, struct json_writer *out,
                           struct err *err);
/* Rows beyond SCRIPT_RUNS_DAYS and beyond the newest `keep` are removed. */
crm_status script_runs_sweep(struct engine *e, int64_t keep, int64_t older_ms, struct err *err);
/* The hub sweeps hourly. */
crm_status script_runs_keep(struct script_host *h, struct err *err);

#endif
