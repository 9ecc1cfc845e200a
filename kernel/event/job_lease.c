#include "event/job_lease.h"

#include "event/messages.h"
#include "store/cluster.h"
#include "store/sys_tables.h"

static crm_status update_held(struct store_conn *writer, const struct event_job *job,
                              const struct store_set *sets, size_t count, int64_t *ret_affected,
                              struct err *err) {
    struct store_condition where[] = {{SYS_JOB_ID, STORE_EQ, store_int(job->id)},
                                      {SYS_JOB_STATE, STORE_EQ, store_int(EVENT_JOB_RUNNING)},
                                      {SYS_JOB_LEASE_EPOCH, STORE_EQ, store_int(job->lease_epoch)}};
    return store_update(writer, sys_table(SYS_TABLE_JOB), sets, count, where, 3, ret_affected, err);
}

static crm_status must_hold(crm_status status, int64_t affected, struct err *err) {
    return status == CRM_OK && affected != 1 ? err_set(err, CRM_CANCELLED, &event_job_lost, NULL)
                                             : status;
}

crm_status lease_take(struct store_conn *writer, const struct event_job *job, int64_t lease_ms,
                      int32_t node, bool *ret, struct err *err) {
    struct store_set sets[] = {
        {SYS_JOB_STATE, store_int(EVENT_JOB_RUNNING), false},
        {SYS_JOB_ATTEMPTS, store_int(job->attempts + 1), false},
        {SYS_JOB_LEASE_UNTIL, store_int(store_now_ms(store_of(writer)) + lease_ms), false},
        {SYS_JOB_LEASE_EPOCH, store_int(job->lease_epoch + 1), false},
        {SYS_JOB_NODE, store_int(node), false}};
    struct store_condition where[] = {{SYS_JOB_ID, STORE_EQ, store_int(job->id)},
                                      {SYS_JOB_STATE, STORE_EQ, store_int(EVENT_JOB_QUEUED)},
                                      {SYS_JOB_LEASE_EPOCH, STORE_EQ, store_int(job->lease_epoch)}};
    int64_t affected = 0;
    crm_status status =
        store_update(writer, sys_table(SYS_TABLE_JOB), sets, 5, where, 3, &affected, err);
    if (status == CRM_OK) *ret = affected == 1;
    return status;
}

/* Written as it is: what is only looked at another node may take before this transaction ends. */
crm_status lease_check(struct store_conn *writer, const struct event_job *job, struct err *err) {
    const struct store_set set = {SYS_JOB_LEASE_EPOCH, store_int(job->lease_epoch), false};
    int64_t affected = 0;
    crm_status status = update_held(writer, job, &set, 1, &affected, err);
    return must_hold(status, affected, err);
}

crm_status lease_done(struct store_conn *writer, const struct event_job *job, struct err *err) {
    struct store_set sets[] = {
        {SYS_JOB_STATE, store_int(EVENT_JOB_DONE), false},
        {SYS_JOB_ERROR, STORE_NIL, false},
        {SYS_JOB_FINISHED_AT, store_int(store_now_ms(store_of(writer))), false}};
    int64_t affected = 0;
    crm_status status = update_held(writer, job, sets, 3, &affected, err);
    return must_hold(status, affected, err);
}

crm_status lease_note(struct store_conn *writer, const struct event_job *job, struct str progress,
                      struct err *err) {
    struct store_set set = {SYS_JOB_PROGRESS, store_text(progress), false};
    int64_t affected = 0;
    return update_held(writer, job, &set, 1, &affected, err);
}

static int64_t pause_ms(const struct kind *k, int32_t attempts) {
    int64_t pause = k->it.first_pause_ms > 0 ? k->it.first_pause_ms : JOB_PAUSE_MS;
    for (int32_t i = 1; i < attempts && pause < JOB_PAUSE_MAX_MS; i++)
        pause *= 2;
    return pause < JOB_PAUSE_MAX_MS ? pause : JOB_PAUSE_MAX_MS;
}

crm_status lease_fail(struct store_conn *writer, const struct event_job *job, const struct kind *k,
                      bool give_up, struct str error, struct err *err) {
    bool last = give_up || job->attempts >= kind_attempts(k);
    int64_t now = store_now_ms(store_of(writer)), affected = 0;
    struct store_set sets[] = {
        {SYS_JOB_STATE, store_int(last ? EVENT_JOB_FAILED : EVENT_JOB_QUEUED), false},
        {SYS_JOB_RUN_AT, store_int(last ? job->run_at_ms : now + pause_ms(k, job->attempts)),
         false},
        {SYS_JOB_ERROR, store_text(error), false},
        {SYS_JOB_FINISHED_AT, last ? store_int(now) : STORE_NIL, false}};
    crm_status status = update_held(writer, job, sets, 4, &affected, err);
    return must_hold(status, affected, err);
}

crm_status lease_return(struct store_conn *writer, const struct event_job *job, struct err *err) {
    struct store_set sets[] = {{SYS_JOB_STATE, store_int(EVENT_JOB_QUEUED), false},
                               {SYS_JOB_ATTEMPTS, store_int(job->attempts - 1), false}};
    int64_t affected = 0; /* lost to another one: fine too */
    return update_held(writer, job, sets, 2, &affected, err);
}

crm_status lease_postpone(struct store_conn *writer, const struct event_job *job, int64_t at_ms,
                          struct err *err) {
    struct store_set sets[] = {{SYS_JOB_STATE, store_int(EVENT_JOB_QUEUED), false},
                               {SYS_JOB_RUN_AT, store_int(at_ms), false},
                               {SYS_JOB_ATTEMPTS, store_int(job->attempts - 1), false}};
    int64_t affected = 0;
    return update_held(writer, job, sets, 3, &affected, err);
}

crm_status lease_renew(struct store_conn *writer, const struct event_job *job, int64_t lease_ms,
                       bool *ret_held, struct err *err) {
    struct store_set set = {SYS_JOB_LEASE_UNTIL,
                            store_int(store_now_ms(store_of(writer)) + lease_ms), false};
    int64_t affected = 0;
    crm_status status = update_held(writer, job, &set, 1, &affected, err);
    if (status == CRM_OK) *ret_held = affected == 1;
    return status;
}

crm_status lease_reclaim(struct store_conn *writer, int32_t node, bool own, struct err *err) {
    struct store_set set = {SYS_JOB_STATE, store_int(EVENT_JOB_QUEUED), false};
    struct store_condition where[] = {
        {SYS_JOB_STATE, STORE_EQ, store_int(EVENT_JOB_RUNNING)},
        {SYS_JOB_LEASE_UNTIL, STORE_LT, store_int(store_now_ms(store_of(writer)))}};
    if (own) where[1] = (struct store_condition){SYS_JOB_NODE, STORE_EQ, store_int(node)};
    int64_t affected = 0;
    return store_update(writer, sys_table(SYS_TABLE_JOB), &set, 1, where, 2, &affected, err);
}

enum { LIVING_MAX = 64 };

crm_status lease_orphans(struct store_conn *writer, const int32_t *living, size_t count,
                         int64_t *ret_affected, struct err *err) {
    const struct store_set set = {SYS_JOB_STATE, store_int(EVENT_JOB_QUEUED), false};
    struct store_condition where[LIVING_MAX + 1] = {
        {SYS_JOB_STATE, STORE_EQ, store_int(EVENT_JOB_RUNNING)}};
    *ret_affected = 0;
    if (count > LIVING_MAX) return CRM_OK; /* their leases run out */
    for (size_t i = 0; i < count; i++)
        where[i + 1] = (struct store_condition){SYS_JOB_NODE, STORE_NE, store_int(living[i])};
    return store_update(writer, sys_table(SYS_TABLE_JOB), &set, 1, where, count + 1, ret_affected,
                        err);
}

crm_status lease_bury(struct store_conn *writer, const struct event_job *job, struct err *err) {
    char times[16];
    (void)snprintf(times, sizeof times, "%d", (int)job->attempts);
    struct err said;
    (void)err_set(&said, CRM_INTERNAL, &event_job_interrupted, times, NULL);
    BUF_CLEANUP struct buf text;
    buf_init(&text, JOB_ERROR_BYTES);
    err_format(&said, LANGUAGE_EN, &text);
    struct store_set sets[] = {
        {SYS_JOB_STATE, store_int(EVENT_JOB_FAILED), false},
        {SYS_JOB_ERROR, store_text(buf_str(&text)), false},
        {SYS_JOB_FINISHED_AT, store_int(store_now_ms(store_of(writer))), false}};
    struct store_condition where[] = {{SYS_JOB_ID, STORE_EQ, store_int(job->id)},
                                      {SYS_JOB_STATE, STORE_EQ, store_int(EVENT_JOB_QUEUED)}};
    int64_t affected = 0;
    return store_update(writer, sys_table(SYS_TABLE_JOB), sets, 3, where, 2, &affected, err);
}
