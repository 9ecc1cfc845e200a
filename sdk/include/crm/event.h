/* crm.event: hearing of every committed change, in commit order, from a durable place in the log.
 *
 * Events are names over the log: "<entity>.created", ".updated", ".deleted", ".restored",
 * ".purged",
 * ".stage.changed" (beside ".updated"), "<entity>.<field>.changed" and "<entity>.*" for all of
 * them. Every matching change becomes one job of the subscriber, once, also across kill -9; a job
 * may be started twice (crm_changeset_options.once_key, or crm.job's `commit`). Changes of a
 * changeset with NO_AFTER are passed over. Threads: `deliver` runs on a job thread. */
#ifndef CRM_EVENT_H
#define CRM_EVENT_H

#include <crm/job.h>

#define CRM_EVENT_SERVICE "crm.event"
#define CRM_EVENT_VERSION 1

struct crm_event;

enum crm_verb {
    CRM_VERB_CREATE = 0,
    CRM_VERB_UPDATE = 1,
    CRM_VERB_DELETE = 2,
    CRM_VERB_RESTORE = 3,
    CRM_VERB_PURGE = 4
};

struct crm_subscription {
    uint32_t size;
    bool in_order; /* one at a time, in commit order; else several may run at once */
    const char
        *name; /* unique within the module, stable for ever: the place in the log hangs on it */
    const char *event; /* "order.created" */
    const char *when;  /* condition on the record after the change; NULL = always */
    /* CRM_OK: done. An error is tried again with growing pauses, five times in all. */
    crm_status (*deliver)(void *ctx, struct crm_event *event, struct crm_error *err);
    void *ctx;
};

struct crm_event_facts {
    uint32_t size;
    int32_t verb;                    /* enum crm_verb */
    const struct crm_entity *entity; /* NULL: gone from the definitions */
    int64_t record, version;
    int64_t seq, position; /* place in the log */
    int64_t changeset, actor, at_ms;
    struct crm_str event; /* its name */
};

#define CRM_EVENT_TABLE(X)                                                                         \
    X(crm_status, subscribe,                                                                       \
      (struct crm_host * host, const struct crm_subscription *subscription,                        \
       struct crm_error *err)) /* in init only */                                                  \
    X(void, facts, (struct crm_event * event, struct crm_event_facts * ret))                       \
    /* The record on either side of the change; NULL where there was or is none. Borrowed until    \
     * deliver returns. */                                                                         \
    X(const struct crm_value *, before, (struct crm_event * event, const struct crm_field *f))     \
    X(const struct crm_value *, after, (struct crm_event * event, const struct crm_field *f))      \
    X(bool, changed, (struct crm_event * event, const struct crm_field *f))                        \
    /* Multi-valued fields: both sides of a change of the list; count 0 where it did not change.   \
     */                                                                                            \
    X(const struct crm_item *, items_before,                                                       \
      (struct crm_event * event, const struct crm_field *f, size_t *ret_count))                    \
    X(const struct crm_item *, items_after,                                                        \
      (struct crm_event * event, const struct crm_field *f, size_t *ret_count))                    \
    X(struct crm_view *, view, (struct crm_event * event)) /* the data now, as the system */       \
    X(struct crm_job *, job, (struct crm_event * event))   /* that delivers it; see crm.job */

CRM_TABLE(crm_event_service, CRM_EVENT_TABLE)

#endif
