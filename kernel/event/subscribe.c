/* Registering subscribers, and events that code emits. */
#include "event/match.h"

#include <stdlib.h>

#include "base/json.h"
#include "event/messages.h"

enum { EMIT_BYTES = 1 << 20, CHECK_BYTES = 4 << 20 };

void subscription_free(struct subscription *s) {
    if (!s) return;
    struct str texts[] = {s->it.name, s->it.owner,    s->it.event,
                          s->it.when, s->it.job_kind, s->it.queue};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        hub_free_str(texts[i]);
    free(s);
}

struct subscription *subscription_new(const struct event_subscriber *from) {
    struct subscription *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->it = *from;
    s->it.name = hub_str(hub_copy(from->name));
    s->it.owner = hub_str(hub_copy(from->owner));
    s->it.event = hub_str(hub_copy(from->event));
    s->it.when = hub_str(hub_copy(from->when));
    s->it.job_kind = hub_str(hub_copy(from->job_kind));
    s->it.queue = hub_str(hub_copy(from->queue));
    if (s->it.name.ptr && s->it.owner.ptr && s->it.event.ptr && s->it.when.ptr &&
        s->it.job_kind.ptr && s->it.queue.ptr)
        return s;
    subscription_free(s);
    return NULL;
}

bool hub_is_declared(struct event_hub *h, struct str event) {
    bool found = false;
    pthread_mutex_lock(&h->mu);
    for (size_t i = 0; i < h->declared_count && !found; i++)
        found = str_is(event, h->declared[i]);
    pthread_mutex_unlock(&h->mu);
    return found;
}

crm_status event_subscription_check(const struct schema *s, struct str event, struct str when,
                                    bool declared, struct err *err) {
    struct arena a;
    struct match m;
    arena_init(&a, CHECK_BYTES);
    crm_status status = match_compile(s, event, when, declared, &a, &m, err);
    arena_fini(&a);
    return status;
}

static crm_status check(struct event_hub *h, const struct event_subscriber *s, struct err *err) {
    if (s->name.len == 0 || s->job_kind.len == 0)
        return err_set(err, CRM_INVALID, &event_name_empty, NULL);
    struct schema *schema = engine_schema(h->engine);
    crm_status status =
        event_subscription_check(schema, s->event, s->when, hub_is_declared(h, s->event), err);
    if (schema) schema_unref(schema);
    return status;
}

static bool is_taken(const struct event_hub *h, struct str name) {
    for (size_t i = 0; i < h->subscription_count; i++)
        if (str_eq(h->subscriptions[i]->it.name, name)) return true;
    return false;
}

/* What is committed from here on is heard: made before the first event could be missed. */
struct cursor_make {
    struct subscription *subscription;
    struct event_cursor at;
};

static crm_status cursor_write(void *ctx, struct store_conn *writer, struct err *err) {
    struct cursor_make *m = ctx;
    struct event_cursor found;
    bool exists = false;
    crm_status status = event_cursor_get(writer, m->subscription->it.name, &found, &exists, err);
    if (status != CRM_OK) return status;
    if (exists) m->at = found;
    if (exists) return CRM_OK;
    status = event_log_end(writer, &m->at.seq, err);
    m->at.seq++;
    return status != CRM_OK ? status
                            : event_cursor_make(writer, m->subscription->it.name, &m->at, err);
}

crm_status subscription_load(struct event_hub *h, struct subscription *s, struct err *err) {
    struct cursor_make m = {.subscription = s, .at = {1, 0}};
    crm_status status = engine_write(h->engine, cursor_write, &m, err);
    if (status != CRM_OK) return status;
    s->at = s->stored = m.at;
    s->has_cursor = true;
    return CRM_OK;
}

crm_status event_subscribe(struct event_hub *h, const struct event_subscriber *it,
                           struct err *err) {
    const struct str args[] = {it->name};
    crm_status status = check(h, it, err);
    if (status != CRM_OK) return status;
    struct subscription *s = subscription_new(it);
    if (!s) return err_no_memory(err);
    pthread_mutex_lock(&h->watch_mu);
    if (is_taken(h, it->name))
        status = err_set_args(err, CRM_CONFLICT, &event_twice, args, 1);
    else if (h->subscription_count == HUB_SUBSCRIPTIONS_MAX)
        status = err_internal(err, "more than %d subscribers", HUB_SUBSCRIPTIONS_MAX);
    else
        status = subscription_load(h, s, err);
    if (status == CRM_OK) {
        pthread_mutex_lock(&h->emit_mu);
        h->subscriptions[h->subscription_count++] = s;
        atomic_fetch_add(&h->registrations, 1);
        pthread_mutex_unlock(&h->emit_mu);
    }
    pthread_mutex_unlock(&h->watch_mu);
    if (status != CRM_OK)
        subscription_free(s);
    else
        hub_ask_watch(h);
    return status;
}

/* ---- emitted events ---- */

static crm_status emit_to(struct event_hub *h, struct store_conn *writer,
                          const struct subscription *s, struct str data, struct str cause,
                          int32_t depth, struct err *err) {
    BUF_CLEANUP struct buf payload;
    struct json_writer out;
    buf_init(&payload, EMIT_BYTES);
    json_writer_init(&out, &payload);
    json_object_open(&out);
    json_key_lit(&out, "event");
    json_text(&out, s->it.event);
    json_key_lit(&out, "subscriber");
    json_text(&out, s->it.name);
    json_key_lit(&out, "data");
    json_raw(&out, data.len ? data : STR("null"));
    json_object_shut(&out);
    if (payload.status != CRM_OK) return err_no_memory(err);
    struct event_job_new job = {.kind = s->it.job_kind,
                                .queue = s->it.queue,
                                .payload = buf_str(&payload),
                                .cause = cause,
                                .actor = s->it.actor,
                                .depth = depth};
    return event_job_enqueue(h, writer, &job, NULL, err);
}

/* Runs in the writer, so it must not wait for watch_mu, whose holder may be waiting for the writer.
 */
crm_status event_emit(struct event_hub *h, struct store_conn *writer, struct str name,
                      struct str data_json, struct str cause, int32_t depth, struct err *err) {
    crm_status status = CRM_OK;
    pthread_mutex_lock(&h->emit_mu);
    for (size_t i = 0; i < h->subscription_count && status == CRM_OK; i++)
        if (str_eq(h->subscriptions[i]->it.event, name))
            status = emit_to(h, writer, h->subscriptions[i], data_json, cause, depth, err);
    pthread_mutex_unlock(&h->emit_mu);
    return status;
}
