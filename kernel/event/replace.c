/* Replacing owners' registrations. See replace.h. What can fail - memory, the database - happens
 * before the hub's lists are touched. */
#include "event/replace.h"

#include <stdlib.h>

#include "event/hub_state.h"
#include "event/messages.h"

struct replacing {
    struct event_hub *hub;
    const struct event_owner_set *sets;
    size_t set_count;
    struct subscription **subscriptions;
    struct schedule **schedules;
    char **declared, **declared_owner;
    size_t subscription_count, schedule_count, declared_count;
};

/* ---- made apart ---------------------------------------------------------------------------- */

static bool declares(const struct replacing *r, struct str event) {
    for (size_t i = 0; i < r->set_count; i++)
        for (size_t k = 0; k < r->sets[i].declared_count; k++)
            if (str_eq(r->sets[i].declared[k], event)) return true;
    return hub_is_declared(r->hub, event);
}

static crm_status make_subscription(struct replacing *r, const struct schema *schema,
                                    const struct event_subscriber *from, struct err *err) {
    if (from->name.len == 0 || from->job_kind.len == 0)
        return err_set(err, CRM_INVALID, &event_name_empty, NULL);
    crm_status status =
        event_subscription_check(schema, from->event, from->when, declares(r, from->event), err);
    if (status != CRM_OK) return status;
    struct subscription *s = subscription_new(from);
    if (!s) return err_no_memory(err);
    r->subscriptions[r->subscription_count++] = s;
    return CRM_OK;
}

static crm_status make_declared(struct replacing *r, const struct event_owner_set *set,
                                struct err *err) {
    for (size_t i = 0; i < set->declared_count; i++) {
        size_t at = r->declared_count++;
        r->declared[at] = hub_copy(set->declared[i]);
        r->declared_owner[at] = hub_copy(set->owner);
        if (!r->declared[at] || !r->declared_owner[at]) return err_no_memory(err);
    }
    return CRM_OK;
}

static crm_status make_set(struct replacing *r, const struct schema *schema,
                           const struct event_owner_set *set, struct err *err) {
    crm_status status = make_declared(r, set, err);
    for (size_t i = 0; status == CRM_OK && i < set->subscriber_count; i++)
        status = make_subscription(r, schema, &set->subscribers[i], err);
    for (size_t i = 0; status == CRM_OK && i < set->schedule_count; i++) {
        status = schedule_new(&set->schedules[i], &r->schedules[r->schedule_count], err);
        if (status == CRM_OK) r->schedule_count++;
    }
    return status;
}

static crm_status make_all(struct replacing *r, struct err *err) {
    size_t subscribers = 1, schedules = 1, declared = 1;
    for (size_t i = 0; i < r->set_count; i++) {
        subscribers += r->sets[i].subscriber_count;
        schedules += r->sets[i].schedule_count;
        declared += r->sets[i].declared_count;
    }
    r->subscriptions = calloc(subscribers, sizeof *r->subscriptions);
    r->schedules = calloc(schedules, sizeof *r->schedules);
    r->declared = calloc(declared, sizeof *r->declared);
    r->declared_owner = calloc(declared, sizeof *r->declared_owner);
    if (!r->subscriptions || !r->schedules || !r->declared || !r->declared_owner)
        return err_no_memory(err);
    struct schema *schema = engine_schema(r->hub->engine);
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < r->set_count; i++)
        status = make_set(r, schema, &r->sets[i], err);
    schema_unref(schema);
    return status;
}

static void replacing_fini(struct replacing *r) {
    for (size_t i = 0; i < r->subscription_count; i++)
        subscription_free(r->subscriptions[i]);
    for (size_t i = 0; i < r->schedule_count; i++)
        schedule_free(r->schedules[i]);
    for (size_t i = 0; i < r->declared_count; i++) {
        free(r->declared[i]);
        free(r->declared_owner[i]);
    }
    free(r->subscriptions);
    free(r->schedules);
    free(r->declared);
    free(r->declared_owner);
}

/* ---- where each goes on: under watch_mu ----------------------------------------------------- */

static bool is_replaced(const struct replacing *r, struct str owner) {
    for (size_t i = 0; i < r->set_count; i++)
        if (str_eq(r->sets[i].owner, owner)) return true;
    return false;
}

static crm_status place_subscription(struct replacing *r, size_t at, struct err *err) {
    struct event_hub *h = r->hub;
    struct subscription *s = r->subscriptions[at], *former = NULL;
    bool is_twice = false;
    for (size_t i = 0; i < at; i++)
        is_twice |= str_eq(r->subscriptions[i]->it.name, s->it.name);
    for (size_t i = 0; i < h->subscription_count && !former; i++)
        if (str_eq(h->subscriptions[i]->it.name, s->it.name)) former = h->subscriptions[i];
    if (is_twice || (former && !is_replaced(r, former->it.owner)))
        return err_set_args(err, CRM_CONFLICT, &event_twice, &s->it.name, 1);
    if (!former) return subscription_load(h, s, err);
    s->at = former->at;
    s->stored = former->stored;
    s->has_cursor = former->has_cursor;
    return CRM_OK;
}

static crm_status place_schedule(struct replacing *r, size_t at, struct err *err) {
    struct event_hub *h = r->hub;
    struct schedule *s = r->schedules[at], *former = NULL;
    bool is_twice = false;
    for (size_t i = 0; i < at; i++)
        is_twice |= str_eq(r->schedules[i]->it.name, s->it.name);
    for (size_t i = 0; i < h->schedule_count && !former; i++)
        if (str_eq(h->schedules[i]->it.name, s->it.name)) former = h->schedules[i];
    if (is_twice || (former && !is_replaced(r, former->it.owner)))
        return err_set_args(err, CRM_CONFLICT, &event_twice, &s->it.name, 1);
    bool is_same = former && str_eq(former->it.cron, s->it.cron) && former->it.utc == s->it.utc;
    if (!is_same || !former->next_ms) return schedule_load(h, s, err);
    s->next_ms = former->next_ms;
    return CRM_OK;
}

static crm_status check_room(const struct replacing *r, struct err *err) {
    const struct event_hub *h = r->hub;
    size_t subscriptions = r->subscription_count, schedules = r->schedule_count,
           declared = r->declared_count;
    for (size_t i = 0; i < h->subscription_count; i++)
        subscriptions += !is_replaced(r, h->subscriptions[i]->it.owner);
    for (size_t i = 0; i < h->schedule_count; i++)
        schedules += !is_replaced(r, h->schedules[i]->it.owner);
    for (size_t i = 0; i < h->declared_count; i++)
        declared += !is_replaced(r, str_from(h->declared_owner[i]));
    if (subscriptions <= HUB_SUBSCRIPTIONS_MAX && schedules <= HUB_SCHEDULES_MAX &&
        declared <= HUB_KINDS_MAX)
        return CRM_OK;
    return err_internal(err, "more than %d subscribers, %d schedules or %d declared events",
                        HUB_SUBSCRIPTIONS_MAX, HUB_SCHEDULES_MAX, HUB_KINDS_MAX);
}

static crm_status place_all(struct replacing *r, struct err *err) {
    pthread_mutex_lock(&r->hub->mu);
    crm_status status = check_room(r, err);
    pthread_mutex_unlock(&r->hub->mu);
    for (size_t i = 0; status == CRM_OK && i < r->subscription_count; i++)
        status = place_subscription(r, i, err);
    for (size_t i = 0; status == CRM_OK && i < r->schedule_count; i++)
        status = place_schedule(r, i, err);
    return status;
}

/* ---- the step: under watch_mu, emit_mu and mu ------------------------------------------------ */

static void put_all(struct replacing *r) {
    struct event_hub *h = r->hub;
    for (size_t i = 0; i < r->set_count; i++) {
        hub_remove_times_and_names(h, r->sets[i].owner);
        hub_remove_subscriptions(h, r->sets[i].owner);
    }
    for (size_t i = 0; i < r->subscription_count; i++)
        h->subscriptions[h->subscription_count++] = r->subscriptions[i];
    for (size_t i = 0; i < r->schedule_count; i++)
        h->schedules[h->schedule_count++] = r->schedules[i];
    for (size_t i = 0; i < r->declared_count; i++) {
        h->declared[h->declared_count] = r->declared[i];
        h->declared_owner[h->declared_count++] = r->declared_owner[i];
    }
    r->subscription_count = r->schedule_count = r->declared_count = 0;
    atomic_fetch_add(&h->registrations, 1);
}

static crm_status replace(struct replacing *r, void (*swap)(void *ctx), void *ctx,
                          struct err *err) {
    struct event_hub *h = r->hub;
    pthread_mutex_lock(&h->watch_mu);
    crm_status status = place_all(r, err);
    if (status == CRM_OK) {
        pthread_mutex_lock(&h->emit_mu);
        pthread_mutex_lock(&h->mu);
        put_all(r);
        if (swap) swap(ctx);
        pthread_mutex_unlock(&h->mu);
        pthread_mutex_unlock(&h->emit_mu);
    }
    pthread_mutex_unlock(&h->watch_mu);
    return status;
}

crm_status event_replace(struct event_hub *h, const struct event_owner_set *sets, size_t count,
                         void (*swap)(void *ctx), void *ctx, struct err *err) {
    struct replacing r = {.hub = h, .sets = sets, .set_count = count};
    crm_status status = make_all(&r, err);
    if (status == CRM_OK) status = replace(&r, swap, ctx, err);
    replacing_fini(&r);
    if (status == CRM_OK) hub_ask_watch(h);
    return status;
}
