/* crm.event: hearing of every committed change, in commit order, from a durable place in the log.
 *
 * A subscriber is called after the commit, outside any transaction, at least once for each change; its
 * place is kept under its name and survives restarts and kill -9. Changes of a changeset with
 * NO_AFTER are passed over. Threads: `deliver` runs on a job thread, one change at a time per
 * subscriber. */
#ifndef CRM_EVENT_H
#define CRM_EVENT_H

#include <crm/record.h>

#define CRM_EVENT_SERVICE "crm.event"
#define CRM_EVENT_VERSION 1

struct crm_event;

enum crm_verb { CRM_VERB_CREATE = 0, CRM_VERB_UPDATE = 1, CRM_VERB_DELETE = 2, CRM_VERB_RESTORE = 3, CRM_VERB_PURGE = 4 };
#define CRM_VERB_BIT(verb) (UINT32_C(1) << (verb))

struct crm_subscription {
    uint32_t size;
    uint32_t verbs;     /* CRM_VERB_BIT(...) | ...; 0 = all */
    const char *name;   /* unique within the module, stable for ever: the place in the log hangs on it */
    const char *entity; /* name, or NULL = all */
    /* CRM_OK moves on; CRM_UNAVAILABLE and CRM_TIMEOUT try again later; any other status is logged and
     * moves on. */
    crm_status (*deliver)(void *ctx, struct crm_event *event, struct crm_error *err);
    void *ctx;
};

struct crm_event_facts {
    uint32_t size;
    int32_t verb; /* enum crm_verb */
    int32_t door; /* enum crm_door */
    const struct crm_entity *entity;
    int64_t record, version;
    int64_t seq, position; /* place in the log */
    int64_t changeset, part_of, reverts;
    int64_t actor, at_ms;
    struct crm_str cause;
};

#define CRM_EVENT_TABLE(X)                                                                                             \
    X(crm_status, subscribe, (struct crm_host * host, const struct crm_subscription *subscription,                     \
                              struct crm_error *err)) /* in init only */                                               \
    X(void, facts, (struct crm_event * event, struct crm_event_facts *ret))                                            \
    /* The value on either side of the change; NULL where the change did not touch the field (of a create: read the    \
     * record). Borrowed until deliver returns. */                                                                     \
    X(const struct crm_value *, before, (struct crm_event * event, const struct crm_field *f))                         \
    X(const struct crm_value *, after, (struct crm_event * event, const struct crm_field *f))                          \
    X(const struct crm_item *, items_before, (struct crm_event * event, const struct crm_field *f, size_t *ret_count)) \
    X(const struct crm_item *, items_after, (struct crm_event * event, const struct crm_field *f, size_t *ret_count))  \
    X(struct crm_view *, view, (struct crm_event * event)) /* the data now, as the system */

CRM_TABLE(crm_event_service, CRM_EVENT_TABLE)

#endif
