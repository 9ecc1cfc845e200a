/* Demonstration campaigns with what they cost by day, where campaigns are known of: leads say their
 * names in utm_campaign. Nothing is drawn from the generator of the rest, which stays as it was. */
#include "demo_campaigns.h"

#include <stdio.h>

enum { DAYS_MAX = 365, JSON_BYTES = 512, OPS_MAX = 900 };

/* What a campaign is like; prices in whole units. */
struct kind {
    const char *code, *en, *ru, *channel;
    int64_t daily, click_price, clicks_per_lead, leads_per_order;
    int32_t first_day; /* days before today */
};
static const struct kind kinds[DEMO_CAMPAIGNS] = {
    {"spring", "Spring offer", "Весеннее предложение", "e-mail", 12, 1, 14, 4, 240},
    {"brand", "Our name in search", "Наше имя в поиске", "search", 35, 2, 10, 3, DAYS_MAX},
    {"search", "Search for needs", "Поиск по потребности", "search", 60, 4, 22, 5, DAYS_MAX},
    {"retargeting", "Come back", "Возвращение", "social", 20, 1, 30, 6, 180}};

struct writing {
    struct demo_campaigns *made;
    struct crm_changeset *changes;
    size_t ops;
    struct crm_error *err;
};

static crm_status flush(struct writing *w) {
    const struct crm_record *record = w->made->crm->record;
    struct crm_commit done = {.size = sizeof done};
    if (!w->changes) return CRM_OK;
    crm_status status = record->commit(w->changes, &done, w->err);
    record->changeset_free(w->changes);
    w->changes = NULL;
    w->ops = 0;
    return status == CRM_OK ? record->view_refresh(w->made->view, w->err) : status;
}

static crm_status write_one(struct writing *w, const struct crm_entity *e, const char *text,
                            int64_t *ret_id) {
    const struct crm *crm = w->made->crm;
    const struct crm_changeset_options options = {
        .size = sizeof options,
        .flags = CRM_CHANGESET_BULK | CRM_CHANGESET_NO_AFTER | CRM_CHANGESET_IMPORT,
        .part_of = w->made->parent,
        .cause = CRM_STR("demo"),
        .note = CRM_STR("demo")};
    struct crm_json_value *json;
    crm_status status = w->ops < OPS_MAX ? CRM_OK : flush(w);
    if (status == CRM_OK && !w->changes)
        status = crm->record->changeset_new(w->made->view, &options, &w->changes, w->err);
    if (status == CRM_OK) status = crm->base->json_parse(crm_str_from(text), &json, w->err);
    if (status != CRM_OK) return status;
    struct crm_op *op = crm->record->create(w->changes, e);
    status = op ? crm->record->set_json(w->changes, op, json, w->err)
                : crm->base->error_no_memory(w->err);
    if (op) *ret_id = crm->record->op_id(op);
    crm->base->json_free(json);
    w->ops++;
    return status;
}

static int32_t first_day(const struct demo_campaigns *made, const struct kind *k) {
    return made->days < k->first_day ? (int32_t)made->days : k->first_day;
}

static void put_day(const struct demo_campaigns *made, int64_t before, char ret[16]) {
    struct crm_civil day;
    made->crm->base->date_to_civil(made->today - before, &day);
    snprintf(ret, 16, "%04d-%02d-%02d", (int)(day.year % 10000), (int)(day.month % 100),
             (int)(day.day % 100));
}

static crm_status add_campaigns(struct writing *w, const struct crm_entity *e) {
    struct demo_campaigns *made = w->made;
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < DEMO_CAMPAIGNS; i++) {
        char text[JSON_BYTES], day[16];
        const struct kind *k = &kinds[i];
        put_day(made, first_day(made, k), day);
        snprintf(text, sizeof text,
                 "{\"name\":\"%s\",\"code\":\"%s\",\"channel\":\"%s\",\"status\":\"running\","
                 "\"starts_on\":\"%s\",\"budget\":{\"amount\":\"%lld\",\"currency\":\"%s\"}}",
                 made->in_russian ? k->ru : k->en, k->code, k->channel, day,
                 (long long)(k->daily * first_day(made, k) * 11 / 10), made->currency.code);
        status = write_one(w, e, text, &made->ids[i]);
    }
    return status == CRM_OK ? flush(w) : status;
}

/* A week has its rhythm; the numbers are the same for the same day of the same campaign. */
static crm_status add_day(struct writing *w, const struct crm_entity *e, size_t campaign,
                          int32_t before) {
    const struct demo_campaigns *made = w->made;
    const struct kind *k = &kinds[campaign];
    char text[JSON_BYTES], day[16];
    uint64_t noise = ((uint64_t)before * 2654435761U + campaign * 97U) % 61;
    bool weekend = made->crm->base->date_weekday(made->today - before) > 5;
    int64_t spent = k->daily * (int64_t)(70 + noise) / (weekend ? 200 : 100);
    int64_t clicks = spent / k->click_price, leads = clicks / k->clicks_per_lead;
    int64_t orders = leads * (int64_t)(noise % 3) / k->leads_per_order, id;
    long long seen = clicks * (int64_t)(25 + noise), revenue = orders * 180;
    put_day(made, before, day);
    snprintf(text, sizeof text,
             "{\"campaign\":\"%lld\",\"on\":\"%s\",\"amount\":{\"amount\":\"%lld\",\"currency\":"
             "\"%s\"},\"impressions\":%lld,\"clicks\":%lld,\"leads\":%lld,\"orders\":%lld,"
             "\"revenue\":{\"amount\":\"%lld\",\"currency\":\"%s\"}}",
             (long long)made->ids[campaign], day, (long long)spent, made->currency.code, seen,
             (long long)clicks, (long long)leads, (long long)orders, revenue, made->currency.code);
    return write_one(w, e, text, &id);
}

crm_status demo_campaigns_make(struct demo_campaigns *made, struct crm_error *err) {
    const struct crm_schema *schema = made->crm->schema;
    const struct crm_entity *campaign = schema->entity(made->view, CRM_STR("campaign")),
                            *spend = schema->entity(made->view, CRM_STR("campaign_spend"));
    struct writing w = {.made = made, .err = err};
    if (!campaign || !spend) return CRM_OK;
    crm_status status = add_campaigns(&w, campaign);
    for (size_t i = 0; status == CRM_OK && i < DEMO_CAMPAIGNS; i++)
        for (int32_t day = first_day(made, &kinds[i]); status == CRM_OK && day > 0; day--)
            status = add_day(&w, spend, i, day);
    if (status == CRM_OK) status = flush(&w);
    if (w.changes) made->crm->record->changeset_free(w.changes);
    return status;
}
