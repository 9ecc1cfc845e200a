/* Live subscribers: their buffers of ready text, and who is told. What goes in is live_feed.c. */
#include "event/live_state.h"

#include <stdlib.h>

#include "base/log.h"
#include "event/messages.h"
#include "record/log.h"

enum { LIVE_BYTES = 64 * 1024, TEXT_ROOM = 256, ENTITIES_MAX = 256 };

static const char resync_text[] = "event: resync\ndata: {}\n\n";

static crm_status read_entities(struct event_hub *h, struct live_subscriber *s, struct str names,
                                struct err *err) {
    struct str rest = names, name;
    if (str_trim(names).len == 0) return CRM_OK;
    struct schema *schema = engine_schema(h->engine);
    s->entities = calloc(ENTITIES_MAX, sizeof *s->entities);
    for (bool more = true; more && s->entities && schema && s->entity_count < ENTITIES_MAX;) {
        more = str_split(&rest, ',', &name);
        const struct schema_entity *e = schema_find(schema, str_trim(name));
        if (e) s->entities[s->entity_count++] = e->id;
    }
    s->some_entities = true;
    if (schema) schema_unref(schema);
    return s->entities ? CRM_OK : err_no_memory(err);
}

static void subscriber_free(struct live_subscriber *s) {
    buf_fini(&s->waiting);
    free(s->entities);
    free(s);
}

crm_status live_subscribe(struct event_hub *h, const struct live_options *o,
                          struct live_subscriber **ret, struct err *err) {
    struct live_subscriber *s = calloc(1, sizeof *s);
    if (!s) return err_no_memory(err);
    s->hub = h;
    s->user = o->user;
    s->door = o->door;
    s->wake = o->wake;
    s->ctx = o->ctx;
    buf_init(&s->waiting, (o->max_bytes ? o->max_bytes : LIVE_BYTES) + TEXT_ROOM);
    crm_status status = read_entities(h, s, o->entities, err);
    if (status != CRM_OK) {
        subscriber_free(s);
        return status;
    }
    /* From here on nothing is missed: what lies between is read before the next hint goes out. */
    s->from_seq = o->last_seq >= 0 ? o->last_seq : log_last_seq(h->engine);
    pthread_mutex_lock(&h->live_mu);
    s->next = h->live;
    h->live = s;
    h->live_count++;
    pthread_mutex_unlock(&h->live_mu);
    hub_ask_watch(h);
    *ret = s;
    return CRM_OK;
}

void live_unsubscribe(struct live_subscriber *s) {
    if (!s) return;
    struct event_hub *h = s->hub;
    pthread_mutex_lock(&h->live_mu);
    struct live_subscriber **at = &h->live;
    while (*at && *at != s)
        at = &(*at)->next;
    if (*at) {
        *at = s->next;
        h->live_count--;
    }
    pthread_mutex_unlock(&h->live_mu);
    subscriber_free(s);
}

crm_status live_take(struct live_subscriber *s, struct buf *out, bool *ret_ended, struct err *err) {
    struct event_hub *h = s->hub;
    pthread_mutex_lock(&h->live_mu);
    buf_add_str(out, buf_str(&s->waiting));
    crm_status status = out->status;
    if (status == CRM_OK) buf_clear(&s->waiting);
    *ret_ended = s->ended;
    pthread_mutex_unlock(&h->live_mu);
    return status == CRM_OK ? CRM_OK : err_no_memory(err);
}

/* ---- under live_mu ---- */

void live_tell(struct live_subscriber *s) {
    if (s->wake && (s->waiting.len || s->ended)) s->wake(s->ctx);
}

void live_resync(struct live_subscriber *s, int64_t seq) {
    buf_clear(&s->waiting);
    if (seq > 0) buf_printf(&s->waiting, "id: %lld\n", (long long)seq);
    buf_add_cstr(&s->waiting, resync_text);
}

void live_drop(struct live_subscriber *s) {
    live_resync(s, 0);
    s->ended = true;
    atomic_fetch_add(&s->hub->live_dropped, 1);
}

void live_end_all(struct event_hub *h) {
    pthread_mutex_lock(&h->live_mu);
    for (struct live_subscriber *s = h->live; s; s = s->next) {
        s->ended = true;
        live_tell(s);
    }
    pthread_mutex_unlock(&h->live_mu);
}
