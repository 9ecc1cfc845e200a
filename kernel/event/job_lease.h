/* Leases as rows: claiming, keeping, giving back, ending. Private to event/. All run in the
 * writer's transaction at hand. */
#ifndef EVENT_JOB_LEASE_H
#define EVENT_JOB_LEASE_H

#include "event/hub_state.h"

enum {
    JOB_ATTEMPTS = 5,
    JOB_LEASE_MS = 30000,
    JOB_PAUSE_MS = 1000,
    JOB_PAUSE_MAX_MS = 3600000,
    JOB_ERROR_BYTES = 2000
};

static inline int32_t kind_attempts(const struct kind *k) {
    return k->it.max_attempts > 0 ? k->it.max_attempts : JOB_ATTEMPTS;
}
static inline int64_t kind_lease_ms(const struct kind *k) {
    return k->it.lease_ms > 0 ? k->it.lease_ms : JOB_LEASE_MS;
}

/* Takes the lease of a waiting job: attempts and epoch rise. *ret false: somebody was faster. */
crm_status lease_take(struct store_conn *writer, const struct event_job *job, int64_t lease_ms,
                      int32_t node, bool *ret, struct err *err);
/* The next three: CRM_CANCELLED when the epoch is not the job's any more. */
crm_status lease_check(struct store_conn *writer, const struct event_job *job, struct err *err);
crm_status lease_done(struct store_conn *writer, const struct event_job *job, struct err *err);
crm_status lease_fail(struct store_conn *writer, const struct event_job *job, const struct kind *k,
                      bool give_up, struct str error, struct err *err);
crm_status lease_note(struct store_conn *writer, const struct event_job *job, struct str progress,
                      struct err *err);
/* Back into the queue as if never taken. */
crm_status lease_return(struct store_conn *writer, const struct event_job *job, struct err *err);
/* The same, due at a later moment. */
crm_status lease_postpone(struct store_conn *writer, const struct event_job *job, int64_t at_ms,
                          struct err *err);
crm_status lease_renew(struct store_conn *writer, const struct event_job *job, int64_t lease_ms,
                       bool *ret_held, struct err *err);
/* Running jobs of nodes that are none of these wait again. */
crm_status lease_orphans(struct store_conn *writer, const int32_t *living, size_t count,
                         int64_t *ret_affected, struct err *err);
/* Running jobs of this node's earlier life (`own`) or whose lease has run out wait again. */
crm_status lease_reclaim(struct store_conn *writer, int32_t node, bool own, struct err *err);
/* A waiting job that was begun too often: failed. */
crm_status lease_bury(struct store_conn *writer, const struct event_job *job, struct err *err);

#endif
