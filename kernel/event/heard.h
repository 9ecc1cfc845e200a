/* What listeners would have heard of a stretch of the log, had they been subscribed: for dry runs
 * and replays. Nothing is enqueued. Threads: the connection's. */
#ifndef EVENT_HEARD_H
#define EVENT_HEARD_H

#include "event/subscribe.h"
#include "record/read.h"

struct event_listener {
    struct str event, when; /* as event_subscriber */
};
struct event_heard_wanted {
    const struct event_listener *listeners;
    size_t listener_count;
    int64_t from_seq, to_seq;           /* both included */
    int64_t position;                   /* of from_seq only; -1 = all */
    const struct schema_entity *entity; /* NULL = all */
    int64_t record;                     /* 0 = all */
    size_t limit;
};
struct event_heard {
    size_t listener;
    struct str event; /* as the listener is told */
    struct str cause; /* of the changeset */
    int64_t seq, position;
};
/* In order of the log. `v` is the system's, its connection in a transaction; texts in its arena.
 * *ret_next: the number to go on from, 0 at the end. CRM_INVALID for a listener that does not fit
 * the schema. Names that code emits are heard of nowhere: the log does not hold them. */
crm_status event_heard_list(struct record_view *v, const struct event_heard_wanted *wanted,
                            struct event_heard **ret, size_t *ret_count, int64_t *ret_next,
                            struct err *err);

#endif
