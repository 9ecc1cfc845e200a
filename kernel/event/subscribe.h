/* Subscribers: which events of the log become which jobs. The machinery under `after` handlers.
 *
 * Events are names over the log: "<entity>.created", ".updated", ".deleted", ".restored",
 * ".purged",
 * ".stage.changed" (also with ".updated"), "<entity>.<field>.changed", "<entity>.*"; and names that
 * code emits ("papers.asked"). Each subscriber has a durable cursor; cursor and jobs move in one
 * transaction, so a matching event becomes exactly one job, across kill -9 too. A new subscriber
 * starts with what is committed after it registered for the first time.
 *
 * Changesets flagged CHANGESET_NO_AFTER are passed over. Threads: as hub.h. */
#ifndef EVENT_SUBSCRIBE_H
#define EVENT_SUBSCRIBE_H

#include "event/job.h"
#include "record/log.h"

struct event_subscriber {
    struct str name; /* durable and unique: "script renewals/after visit.created/1" */
    struct str owner;
    struct str event; /* as above */
    struct str when;  /* condition, empty = always; on the record after the change (deleted, purged:
                         before it) */
    struct str job_kind;
    struct str queue; /* as event_job_new */
    int64_t actor;    /* 0 = ACTOR_SYSTEM */
};
/* Names that code emits are declared first; they are gone with their owner. */
crm_status event_declare(struct event_hub *h, struct str owner, struct str name, struct err *err);
/* Whether an event and its condition fit a schema, before anything is subscribed. `declared`: code
 * emits events of this name. */
crm_status event_subscription_check(const struct schema *s, struct str event, struct str when,
                                    bool declared, struct err *err);
/* Checked against the present schema: CRM_INVALID for an unknown entity, field or a malformed
 * `when`; checked again with each new snapshot (then a subscriber that no longer fits sleeps, its
 * cursor stays). All texts are copied. */
crm_status event_subscribe(struct event_hub *h, const struct event_subscriber *s, struct err *err);

/* The payload of the jobs:
 * {"event":"visit.stage.changed","subscriber":"...","entity":"visit","id":"...",
 * "version":3,"seq":17,"position":0,"changeset":"...","actor":"...","at":1763749560000}.
 * For emitted events {"event","subscriber","data"}. This reads it back together with the images:
 * both are arrays by slot, NULL when the record was not there before (created) or is not after
 * (purged). The rest of a row than what changed is as it is now, or as it last was, patched by
 * later images. */
struct event_change {
    struct str event, subscriber;
    const struct schema_entity *entity; /* NULL: emitted, or gone from the schema */
    int64_t record, version, seq, position, changeset, actor, at_ms;
    enum record_verb verb;
    const struct value *before, *after;
    const struct image_field *fields; /* what changed, multi-valued fields too */
    size_t field_count;
    struct str data; /* emitted: JSON */
};
crm_status event_change_load(struct event_job_run *run, const struct schema *schema,
                             struct event_change *ret, struct err *err);

/* The same for a change of the log, without name and subscriber. `c` is in a transaction. */
crm_status event_change_get(struct store_conn *c, const struct schema *schema, int64_t seq,
                            int64_t position, struct arena *a, struct event_change *ret,
                            struct err *err);

/* Emits an event of code's own: one job for each subscriber of the name, in the transaction at
 * hand. */
crm_status event_emit(struct event_hub *h, struct store_conn *writer, struct str name,
                      struct str data_json, struct str cause, int32_t depth, struct err *err);

#endif
