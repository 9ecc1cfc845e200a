/* The live feed: hints that something changed, for one signed-in person's stream. No values.
 *
 * A hint {"seq":17,"entity":"visit","id":"...","version":3} goes to whoever may read the record
 * after the change; who could before it and no longer can gets the same with "gone":true. Trash and
 * purge are "gone" too. Hints of one record may be merged into the newest. Rights are those of the
 * moment of sending. What a stream missed is read from the log (Last-Event-ID = seq); when that is
 * too long ago or the client too slow, it gets a "resync" event: load again what you show.
 *
 * Text is ready server-sent events: "id: 17\nevent: change\ndata: {...}\n\n"; the `id:` line stands
 * on the last hint of a seq only. Threads: any; `wake` runs on the hub's watcher thread. */
#ifndef EVENT_LIVE_H
#define EVENT_LIVE_H

#include "event/hub.h"

struct live_subscriber;

struct live_options {
    int64_t user;
    enum access_door door;
    int64_t last_seq;    /* Last-Event-ID; -1 = from now on */
    struct str entities; /* comma-separated names, empty = all; unknown names are left out */
    size_t max_bytes;    /* of hints that wait; 0 = 64 KB */
    void (*wake)(
        void *ctx); /* there is something to take; must not block nor call back into the hub */
    void *ctx;
};

crm_status live_subscribe(struct event_hub *h, const struct live_options *options,
                          struct live_subscriber **ret, struct err *err);
/* Moves what waits to the end of `out`. *ret_ended: nothing will come any more (dropped as too
 * slow, signed out or no longer active, server stopping); close the stream after sending. */
crm_status live_take(struct live_subscriber *s, struct buf *out, bool *ret_ended, struct err *err);
/* `wake` is not running and will not run once this returns. NULL is fine. */
void live_unsubscribe(struct live_subscriber *s);

#endif
