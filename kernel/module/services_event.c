/* crm.event: a subscription is a subscriber of the hub together with a job kind of its own, whose
 * job loads the change and calls the module. */
#include "module/running.h"
#include "module/services.h"

struct crm_event {
    struct crm_job job;
    struct event_change change;
    struct crm_view *view;
};

static crm_status deliver(const struct registered_subscription *item, struct crm_event *event,
                          struct err *err) {
    /* The change is read in a transaction of its own, under the definitions that the view then has.
     */
    struct schema *schema = engine_schema(event->job.run->engine);
    crm_status status = event_change_load(event->job.run, schema, &event->change, err);
    if (status == CRM_OK) status = running_job_view(&event->job, schema, &event->view, err);
    schema_unref(schema);
    if (status != CRM_OK) return status;
    return BRIDGE_CALL(err, item->host, item->subscription.name,
                       item->subscription.deliver(item->subscription.ctx, event, &bridge_error));
}

static crm_status run_subscription(void *ctx, struct event_job_run *run, struct err *err) {
    const struct registered_subscription *item = ctx;
    struct crm_event event = {.job = {.kernel = item->host->kernel, .run = run}};
    crm_status status = deliver(item, &event, err);
    running_job_end(&event.job);
    return status;
}

crm_status running_bind_subscriptions(struct event_hub *hub, struct registry *r, struct err *err);
crm_status running_bind_subscriptions(struct event_hub *hub, struct registry *r, struct err *err) {
    for (size_t i = 0; i < r->subscription_count; i++) {
        struct registered_subscription *item = &r->subscriptions[i];
        const struct crm_subscription *s = &item->subscription;
        char name[160], queue[176];
        snprintf(name, sizeof name, "%s/%s", item->host->module->name, s->name);
        snprintf(queue, sizeof queue, "serial:%s", name);
        struct str owner = str_from(item->host->module->name);
        const struct event_job_kind kind = {
            .name = str_from(name), .owner = owner, .run = run_subscription, .ctx = item};
        const struct event_subscriber subscriber = {.name = str_from(name),
                                                    .owner = owner,
                                                    .event = str_from(s->event),
                                                    .when = str_from(s->when),
                                                    .job_kind = str_from(name),
                                                    .queue =
                                                        s->in_order ? str_from(queue) : STR_NONE};
        crm_status status = event_job_kind_add(hub, &kind, err);
        if (status == CRM_OK) status = event_subscribe(hub, &subscriber, err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

static crm_status event_svc_subscribe(struct crm_host *host,
                                      const struct crm_subscription *subscription,
                                      struct crm_error *err) {
    return registry_add_subscription(host, subscription, err_in(err));
}

static void event_svc_facts(struct crm_event *event, struct crm_event_facts *ret) {
    const struct event_change *c = &event->change;
    struct crm_event_facts facts = {.verb = (int32_t)c->verb,
                                    .entity = entity_out(c->entity),
                                    .record = c->record,
                                    .version = c->version,
                                    .seq = c->seq,
                                    .position = c->position,
                                    .changeset = c->changeset,
                                    .actor = c->actor,
                                    .at_ms = c->at_ms,
                                    .event = str_out(c->event)};
    bridge_facts(ret, ret->size, &facts, sizeof facts);
}

static const struct crm_value *side(const struct event_change *c, const struct value *row,
                                    const struct crm_field *field) {
    const struct schema_field *f = field_in(field);
    bool fits = row && f && c->entity && f >= c->entity->fields &&
                f < c->entity->fields + c->entity->field_count;
    return fits ? value_out(&row[f->slot]) : NULL;
}

static const struct crm_value *event_svc_before(struct crm_event *event,
                                                const struct crm_field *f) {
    return side(&event->change, event->change.before, f);
}
static const struct crm_value *event_svc_after(struct crm_event *event, const struct crm_field *f) {
    return side(&event->change, event->change.after, f);
}

static const struct image_field *image_of(const struct crm_event *event,
                                          const struct crm_field *field) {
    for (size_t i = 0; i < event->change.field_count; i++)
        if (event->change.fields[i].field == field_in(field)->id) return &event->change.fields[i];
    return NULL;
}

static bool event_svc_changed(struct crm_event *event, const struct crm_field *f) {
    return f && image_of(event, f);
}

static const struct crm_item *event_svc_items_before(struct crm_event *event,
                                                     const struct crm_field *f, size_t *ret_count) {
    const struct image_field *image = image_of(event, f);
    *ret_count = image && image->is_items ? image->items_before_count : 0;
    return *ret_count ? (const struct crm_item *)image->items_before : NULL;
}

static const struct crm_item *event_svc_items_after(struct crm_event *event,
                                                    const struct crm_field *f, size_t *ret_count) {
    const struct image_field *image = image_of(event, f);
    *ret_count = image && image->is_items ? image->items_after_count : 0;
    return *ret_count ? (const struct crm_item *)image->items_after : NULL;
}

static struct crm_view *event_svc_view(struct crm_event *event) { return event->view; }
static struct crm_job *event_svc_job(struct crm_event *event) { return &event->job; }

#define EVENT_MEMBER(result, name, parameters) .name = event_svc_##name,
const struct crm_event_service services_event = {
    .size = sizeof services_event, .version = CRM_EVENT_VERSION, CRM_EVENT_TABLE(EVENT_MEMBER)};
