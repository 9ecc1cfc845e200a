/* Which jobs are due, and taking them. Private to event/. */
#ifndef EVENT_JOB_CLAIM_H
#define EVENT_JOB_CLAIM_H

#include "event/job_lease.h"

/* Kinds that may run now; under h->mu. */
size_t kinds_now(struct event_hub *h, struct kind **ret /* [HUB_KINDS_MAX] */);
/* Is a job of these kinds due? */
crm_status jobs_due(struct store_conn *reader, struct kind *const *kinds, size_t count, bool *ret,
                    struct err *err);
/* Up to `wanted` leases, oldest first; the list is the caller's. */
crm_status jobs_claim(struct event_hub *h, struct store_conn *reader, struct kind *const *kinds,
                      size_t kind_count, size_t wanted, struct ready_job **ret, size_t *ret_count,
                      struct err *err);
void ready_free(struct ready_job *list);

#endif
