/* A live subscriber. Private to event/; everything in it is guarded by hub->live_mu. */
#ifndef EVENT_LIVE_STATE_H
#define EVENT_LIVE_STATE_H

#include "event/hub_state.h"

struct live_subscriber {
    struct live_subscriber *next;
    struct event_hub *hub;
    int64_t user;
    enum access_door door;
    bool some_entities; /* only these */
    int32_t *entities;
    size_t entity_count;
    int64_t from_seq; /* has everything up to here */
    struct buf waiting;
    bool ended;
    void (*wake)(void *ctx);
    void *ctx;
};

void live_tell(struct live_subscriber *s);
void live_resync(struct live_subscriber *s, int64_t seq);
void live_drop(struct live_subscriber *s);

#endif
