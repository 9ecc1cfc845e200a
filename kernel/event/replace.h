/* What owners have registered - subscribers, schedules, declared events - replaced as one step.
 *
 * A durable name that stays keeps its cursor or its next time, so that nothing is lost or heard
 * twice; a new one starts with what is committed from here on, or where it was left when it had
 * been there before. What has gone hears nothing any more: its cursor stays, its queued jobs run
 * with the kind that they are of. Threads: any that may block and holds no lock of the hub. */
#ifndef EVENT_REPLACE_H
#define EVENT_REPLACE_H

#include "event/schedule.h"
#include "event/subscribe.h"

struct event_owner_set {
    struct str owner;
    const struct event_subscriber *subscribers; /* of this owner */
    size_t subscriber_count;
    const struct event_schedule *schedules;
    size_t schedule_count;
    const struct str *declared; /* names that code emits */
    size_t declared_count;
};

/* Everything or nothing. `swap` is called once nothing can fail any more, before the first job of
 * what is new and while the log is not looked at; it must not block. NULL: nothing to be done. */
crm_status event_replace(struct event_hub *h, const struct event_owner_set *sets, size_t count,
                         void (*swap)(void *ctx), void *ctx, struct err *err);

#endif
