/* Demonstration data: see demo.h. Everything is drawn from one generator in one order, so that a
 * seed tells it all; records go through the door in pieces like any bulk write. */
#include "demo.h"

#include <stdio.h>

#include "demo_campaigns.h"
#include "demo_moves.h"
#include "demo_words.h"

enum {
    PIECE_OPS = 1000,
    USERS_MAX = 200,
    PRODUCTS = 12,
    DAYS_BACK = 730,
    MS_PER_DAY = 86400000,
    TEXT_BYTES = 256
};

static const struct crm_text is_here = {
    "demo_here",
    "There is demonstration data here already (user {0}); take it back: perigee undo CHANGESET.",
    "Демонстрационные данные уже есть (пользователь {0}); уберите их: perigee undo CHANGESET."};

static const struct crm_text no_role = {"demo_roles",
                                        "The stock roles are missing; run apply first.",
                                        "Нет стандартных ролей; сначала выполните apply."};

struct demo {
    const struct crm *crm;
    const struct demo_order *order;
    struct crm_view *view;
    const struct demo_words *words;
    uint64_t random;
    int64_t size, today, now_ms, parent;
    struct crm_currency currency;
    struct crm_changeset *changes;
    size_t ops;
    int64_t users[USERS_MAX], products[PRODUCTS], product_prices[PRODUCTS];
    size_t user_count;
    int64_t *organizations, *contacts,
        *contact_homes; /* homes: position of the contact's organization */
    size_t organization_count, contact_count;
    int64_t stages[16], lead_stages[16]; /* by position */
    size_t stage_count, lead_stage_count;
    struct demo_campaigns campaigns;
    char text[TEXT_BYTES];
    struct crm_error *err;
};

static size_t below(struct demo *d, size_t n) { return demo_below(&d->random, n); }
static bool chance(struct demo *d, size_t percent) { return below(d, 100) < percent; }
static const char *pick(struct demo *d, const struct demo_list *list) {
    return list->words[below(d, list->count)];
}

/* ---- writing ---- */

static crm_status flush(struct demo *d) {
    struct crm_commit done = {.size = sizeof done};
    if (!d->changes) return CRM_OK;
    crm_status status = d->crm->record->commit(d->changes, &done, d->err);
    d->crm->record->changeset_free(d->changes);
    d->changes = NULL;
    d->ops = 0;
    return status == CRM_OK ? d->crm->record->view_refresh(d->view, d->err) : status;
}

static struct crm_op *new_op(struct demo *d, const struct crm_entity *e) {
    if (d->ops >= PIECE_OPS && flush(d) != CRM_OK) return NULL;
    if (!d->changes) {
        struct crm_changeset_options options = {
            .size = sizeof options,
            .flags = CRM_CHANGESET_BULK | CRM_CHANGESET_NO_AFTER | CRM_CHANGESET_IMPORT,
            .part_of = d->parent,
            .cause = CRM_STR("demo"),
            .note = CRM_STR("demo")};
        if (d->crm->record->changeset_new(d->view, &options, &d->changes, d->err) != CRM_OK)
            return NULL;
    }
    d->ops++;
    return d->crm->record->create(d->changes, e);
}

static const struct crm_entity *entity(struct demo *d, const char *name) {
    return d->crm->schema->entity(d->view, crm_str_from(name));
}

/* A write under way; its first failure sticks. */
struct writing {
    struct demo *d;
    const struct crm_entity *e;
    struct crm_op *op;
    crm_status status;
};

static struct writing begin(struct demo *d, const char *name) {
    struct writing w = {.d = d, .e = entity(d, name)};
    w.op = w.e ? new_op(d, w.e) : NULL;
    w.status = w.op ? CRM_OK
                    : d->crm->base->error_internal(d->err, "demonstration data cannot be written");
    return w;
}

static void put(struct writing *w, const char *name, struct crm_value v) {
    if (w->status != CRM_OK) return;
    const struct crm_field *f = w->d->crm->schema->field(w->d->view, w->e, crm_str_from(name));
    if (f) w->status = w->d->crm->record->set(w->d->changes, w->op, f, &v, w->d->err);
}
static void put_text(struct writing *w, const char *name, const char *text) {
    put(w, name, crm_text_value(crm_str_from(text)));
}
static void put_id(struct writing *w, const char *name, int64_t id) {
    if (id) put(w, name, crm_id(id));
}
static void put_item(struct writing *w, const char *name, const char *text) {
    if (w->status != CRM_OK) return;
    const struct crm_field *f = w->d->crm->schema->field(w->d->view, w->e, crm_str_from(name));
    struct crm_item item = {.value = crm_text_value(crm_str_from(text)), .primary = true};
    if (f)
        w->status = w->d->crm->record->set_items(w->d->changes, w->op, f, CRM_ITEMS_REPLACE, &item,
                                                 1, w->d->err);
}
static int64_t id_of(const struct writing *w) {
    return w->op ? w->d->crm->record->op_id(w->op) : 0;
}
static struct crm_value money(struct demo *d, int64_t whole) {
    int32_t digits = d->crm->base->currency_digits(d->currency);
    int64_t minor = whole;
    for (int32_t i = 0; i < digits; i++)
        minor *= 10;
    return crm_money(minor, d->currency);
}

/* Directory values that the data uses, made once. */
static crm_status add_choices(struct demo *d, const char *directory, const struct demo_list *list) {
    const struct crm_entity *directories = entity(d, "directory");
    int64_t id = 0;
    const struct crm_field *name = d->crm->schema->field(d->view, directories, CRM_STR("name"));
    if (d->crm->record->resident_find(d->view, directories, name, crm_str_from(directory), &id) ==
        0)
        return CRM_OK;
    for (size_t i = 0; i < list->count; i++) {
        struct crm_str code;
        if (d->crm->record->choice_find(d->view, crm_str_from(directory),
                                        crm_str_from(list->words[i]), &code))
            continue;
        struct writing w = begin(d, "directory_item");
        put_id(&w, "directory", id);
        put_text(&w, "code", list->words[i]);
        put_text(&w, "label", list->words[i]);
        put(&w, "position", crm_int((int64_t)i));
        if (w.status != CRM_OK) return w.status;
    }
    return CRM_OK;
}

/* ---- people
 * -------------------------------------------------------------------------------------- */

static int64_t role_id(struct demo *d, const char *name) {
    const struct crm_entity *roles = entity(d, "role");
    int64_t id = 0;
    const struct crm_field *f =
        roles ? d->crm->schema->field(d->view, roles, CRM_STR("name")) : NULL;
    if (f) d->crm->record->resident_find(d->view, roles, f, crm_str_from(name), &id);
    return id;
}

static int64_t add_user(struct demo *d, size_t number, const char *role, int64_t team,
                        int64_t manager, crm_status *status) {
    char login[32];
    struct writing w = begin(d, "user");
    snprintf(d->text, sizeof d->text, "%s %s",
             d->words->first_names.words[number % d->words->first_names.count],
             d->words->last_names.words[(number * 7 + 3) % d->words->last_names.count]);
    snprintf(login, sizeof login, "demo%zu", number + 1);
    put_text(&w, "login", login);
    put_text(&w, "name", d->text);
    snprintf(d->text, sizeof d->text, "%s@example.com", login);
    put_item(&w, "emails", d->text);
    put_id(&w, "role", role_id(d, role));
    put_id(&w, "team", team);
    put_id(&w, "manager", manager);
    if (*status == CRM_OK) *status = w.status;
    return id_of(&w);
}

static crm_status add_people(struct demo *d) {
    size_t per_team = 2 + (size_t)(d->size / 600);
    crm_status status = CRM_OK;
    if (per_team > 20) per_team = 20;
    if (!role_id(d, "sales") || !role_id(d, "head"))
        return d->crm->base->error_set(d->err, CRM_INVALID, &no_role, NULL, 0);
    for (size_t t = 0; status == CRM_OK && t < d->words->teams.count; t++) {
        struct writing team = begin(d, "team");
        put_text(&team, "name", d->words->teams.words[t]);
        put_text(&team, "region", d->words->teams.words[t]);
        if (team.status != CRM_OK) return team.status;
        int64_t head = add_user(d, t, "head", id_of(&team), 0, &status);
        for (size_t i = 0; status == CRM_OK && i < per_team && d->user_count < USERS_MAX; i++)
            d->users[d->user_count++] = add_user(d, d->words->teams.count + t * per_team + i,
                                                 "sales", id_of(&team), head, &status);
    }
    return status == CRM_OK ? flush(d) : status;
}

/* ---- customers ---- */

static crm_status add_products(struct demo *d) {
    static const char *const names[PRODUCTS] = {
        "Orbit Basic", "Orbit Plus",    "Orbit Pro", "Apogee S",    "Apogee M", "Apogee L",
        "Transit",     "Transit Cargo", "Zenith",    "Zenith Care", "Eclipse",  "Eclipse Care"};
    static const char *const series[PRODUCTS] = {"Orbit",  "Orbit",  "Orbit",   "Apogee",
                                                 "Apogee", "Apogee", "Transit", "Transit",
                                                 "Zenith", "Zenith", "Eclipse", "Eclipse"};
    static const int64_t prices[PRODUCTS] = {490, 990,  2490, 1250, 3200, 6900,
                                             850, 1750, 4300, 1200, 9800, 2600};
    crm_status status = add_choices(d, "product_series", &(struct demo_list){series, PRODUCTS});
    if (status == CRM_OK) status = flush(d);
    for (size_t i = 0; status == CRM_OK && i < PRODUCTS; i++) {
        struct writing w = begin(d, "product");
        snprintf(d->text, sizeof d->text, "P-%03zu", i + 1);
        put_text(&w, "code", d->text);
        put_text(&w, "name", names[i]);
        put_text(&w, "series", series[i]);
        put_text(&w, "unit", "piece");
        put(&w, "price", money(d, prices[i]));
        put(&w, "cost", money(d, prices[i] * 6 / 10));
        d->products[i] = id_of(&w);
        d->product_prices[i] = prices[i];
        status = w.status;
    }
    return status;
}

/* The name of the number-th company: stem and kind, with a number once all pairs are used. */
static void company_name(struct demo *d, size_t number, char *ret, size_t bytes) {
    const struct demo_list *stems = &d->words->company_stems, *kinds = &d->words->company_kinds;
    const char *stem = stems->words[number % stems->count],
               *kind = kinds->words[(number / stems->count + number) % kinds->count];
    size_t round = number / stems->count / kinds->count;
    if (round)
        snprintf(ret, bytes, "%s %s %zu", stem, kind, round + 1);
    else
        snprintf(ret, bytes, "%s %s", stem, kind);
}

static crm_status add_organizations(struct demo *d) {
    crm_status status = add_choices(d, "industry", &d->words->industries);
    if (status == CRM_OK) status = add_choices(d, "country", &d->words->countries);
    if (status == CRM_OK) status = flush(d);
    for (size_t i = 0; status == CRM_OK && i < d->organization_count; i++) {
        struct writing w = begin(d, "organization");
        company_name(d, i, d->text, sizeof d->text);
        put_text(&w, "name", d->text);
        put_text(&w, "kind", chance(d, 60) ? "customer" : "prospect");
        put_text(&w, "industry",
                 d->words->industries
                     .words[(i / d->words->company_stems.count + i) % d->words->industries.count]);
        put_text(&w, "country", pick(d, &d->words->countries));
        put(&w, "employees", crm_int((int64_t)(5 + below(d, 2000))));
        put(&w, "founded_year", crm_int((int64_t)(1960 + below(d, 62))));
        snprintf(d->text, sizeof d->text, "company%zu.example.com", i + 1);
        put_text(&w, "website", d->text);
        snprintf(d->text, sizeof d->text, "+1555%07zu", i + 1);
        put_item(&w, "phones", d->text);
        put_id(&w, "owner", d->users[below(d, d->user_count)]);
        d->organizations[i] = id_of(&w);
        status = w.status;
    }
    return status;
}

static crm_status add_contacts(struct demo *d) {
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < d->contact_count; i++) {
        struct writing w = begin(d, "contact");
        size_t home = i < d->organization_count ? i : below(d, d->organization_count);
        put_text(&w, "first_name", pick(d, &d->words->first_names));
        put_text(&w, "last_name", pick(d, &d->words->last_names));
        put_text(&w, "job_title", pick(d, &d->words->titles));
        put_id(&w, "organization", d->organizations[home]);
        snprintf(d->text, sizeof d->text, "person%zu@company%zu.example.com", i + 1, home + 1);
        put_item(&w, "emails", d->text);
        snprintf(d->text, sizeof d->text, "+1444%07zu", i + 1);
        put_item(&w, "phones", d->text);
        put_text(&w, "source", chance(d, 50) ? "website" : "referral");
        if (chance(d, 40))
            put(&w, "birthday", crm_date(d->today - 9000 - (int64_t)below(d, 11000)));
        put_id(&w, "owner", d->users[below(d, d->user_count)]);
        d->contacts[i] = id_of(&w);
        d->contact_homes[i] = (int64_t)home;
        status = w.status;
    }
    return status;
}

/* ---- business ---- */

static int64_t position_of(struct demo *d, const struct crm_entity *stages, int64_t id) {
    const struct crm_field *f = d->crm->schema->field(d->view, stages, CRM_STR("position"));
    const struct crm_value *at = f ? d->crm->record->resident_value(d->view, stages, f, id) : NULL;
    return at && at->type == CRM_VALUE_INT ? at->integer : INT64_MAX;
}

/* The stages of an entity's first pipeline, in their order. */
static size_t find_stages(struct demo *d, const char *of, int64_t *ret, size_t max) {
    const struct crm_entity *stages = entity(d, "stage"), *pipelines = entity(d, "pipeline");
    const struct crm_field *pipeline = d->crm->schema->field(d->view, stages, CRM_STR("pipeline"));
    const struct crm_field *owner = d->crm->schema->field(d->view, pipelines, CRM_STR("entity"));
    int64_t wanted = 0;
    size_t count = 0;
    if (d->crm->record->resident_find(d->view, pipelines, owner, crm_str_from(of), &wanted) == 0)
        return 0;
    for (size_t i = 0; count < max; i++) {
        int64_t id = d->crm->record->resident_at(d->view, stages, i);
        if (id == 0) break;
        const struct crm_value *is = d->crm->record->resident_value(d->view, stages, pipeline, id);
        if (!is || is->integer != wanted) continue;
        size_t at = count++;
        for (; at > 0 && position_of(d, stages, ret[at - 1]) > position_of(d, stages, id); at--)
            ret[at] = ret[at - 1];
        ret[at] = id;
    }
    return count;
}

static crm_status add_leads(struct demo *d) {
    static const char *const sources[] = {"website", "call", "e-mail", "advertising", "exhibition"};
    static const char *const campaigns[] = {"spring", "brand", "search", "retargeting"};
    crm_status status = CRM_OK;
    for (int64_t i = 0; status == CRM_OK && i < d->size / 3; i++) {
        struct writing w = begin(d, "lead");
        size_t source = below(d, 5);
        put_text(&w, "first_name", pick(d, &d->words->first_names));
        put_text(&w, "last_name", pick(d, &d->words->last_names));
        put_text(&w, "organization_name", pick(d, &d->words->company_stems));
        snprintf(d->text, sizeof d->text, "lead%lld@example.org", (long long)i + 1);
        put_item(&w, "emails", d->text);
        put_text(&w, "source", sources[source]);
        if (source == 3) {
            put_text(&w, "utm_source", chance(d, 50) ? "google" : "yandex");
            put_text(&w, "utm_medium", "cpc");
            size_t campaign = below(d, DEMO_CAMPAIGNS);
            put_text(&w, "utm_campaign", campaigns[campaign]);
            put_id(&w, "campaign", d->campaigns.ids[campaign]);
        }
        put_text(&w, "interest", pick(d, &d->words->needs));
        put(&w, "amount", money(d, (int64_t)(1 + below(d, 60)) * 500));
        size_t stage = chance(d, 40) ? 0 : chance(d, 60) ? 1 : 3;
        if (stage < d->lead_stage_count) put_id(&w, "stage", d->lead_stages[stage]);
        if (stage == 3) put_text(&w, "lost_reason", chance(d, 50) ? "no_need" : "not_reached");
        put_id(&w, "owner", d->users[below(d, d->user_count)]);
        status = w.status;
    }
    return status;
}

struct deal_facts {
    int64_t id, owner, organization, contact, started, closed;
    bool is_closed;
};

static crm_status add_lines(struct demo *d, struct writing *w) {
    const struct crm_field *lines = d->crm->schema->field(d->view, w->e, CRM_STR("lines"));
    const struct crm_entity *line = entity(d, "deal_line");
    size_t count = 1 + below(d, 3);
    int64_t ids[3] = {0, 0, 0};
    struct crm_op *ops[3];
    if (!lines || !line) return CRM_OK;
    crm_status status =
        d->crm->record->set_children(d->changes, w->op, lines, ids, count, ops, d->err);
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        size_t product = below(d, PRODUCTS);
        struct writing child = {.d = d, .e = line, .op = ops[i]};
        put_id(&child, "product", d->products[product]);
        put(&child, "quantity", crm_decimal((int64_t)(1 + below(d, 20)) * 1000000));
        put(&child, "price", money(d, d->product_prices[product]));
        if (chance(d, 25))
            put(&child, "discount_percent",
                crm_decimal((int64_t)(5 * (1 + below(d, 4))) * 1000000));
        status = child.status;
    }
    return status;
}

static void put_close(struct demo *d, struct writing *w, struct deal_facts *f, size_t stage) {
    bool won = stage == 4;
    f->closed = f->started + 5 + (int64_t)below(d, 110);
    if (f->closed > d->today) f->closed = d->today;
    put(w, "closed_on", crm_date(f->closed));
    if (!won)
        put_text(w, "lost_reason",
                 chance(d, 50)   ? "price"
                 : chance(d, 50) ? "competitor"
                                 : "no_budget");
}

/* A lost one from where it had come to; the last move on the day it was closed, of an open one on a
 * day gone by. */
static void put_moves(struct writing *w, const struct deal_facts *f, size_t stage) {
    struct demo *d = w->d;
    struct crm_stage_move moves[DEMO_MOVES_MAX];
    size_t before = stage == 5 ? 1 + below(d, 4) : stage, open_for = below(d, 20 * before + 10);
    int64_t last_day = f->is_closed ? f->closed : f->started + (int64_t)open_for;
    const struct demo_way way = {.stages = d->stages,
                                 .before = before,
                                 .stage = d->stages[stage],
                                 .first_day = f->started,
                                 .last_day = last_day < d->today ? last_day : d->today - 1,
                                 .actor = f->owner,
                                 .random = demo_next(&d->random)};
    size_t count = stage < d->stage_count ? demo_moves_make(&way, moves) : 0;
    if (w->status == CRM_OK && count && moves[count - 1].at_ms <= d->now_ms)
        w->status = d->crm->record->stage_moves(d->changes, w->op, moves, count, d->err);
}

static crm_status add_deal(struct demo *d, struct deal_facts *f) {
    struct writing w = begin(d, "deal");
    size_t contact = below(d, d->contact_count);
    *f = (struct deal_facts){.id = id_of(&w),
                             .owner = d->users[below(d, d->user_count)],
                             .contact = d->contacts[contact],
                             .organization = d->organizations[d->contact_homes[contact]],
                             .started = d->today - 1 - (int64_t)below(d, DAYS_BACK)};
    int64_t age = d->today - f->started;
    f->is_closed = chance(d, age > 150 ? 99 : age > 60 ? 70 : 35);
    size_t stage = f->is_closed ? (chance(d, 58) ? 4 : 5) : below(d, 4);
    char company[TEXT_BYTES / 2];
    company_name(d, (size_t)d->contact_homes[contact], company, sizeof company);
    snprintf(d->text, sizeof d->text, "%s%s%s", pick(d, &d->words->needs), d->words->deal_joint,
             company);
    put_text(&w, "name", d->text);
    put_id(&w, "organization", f->organization);
    put_id(&w, "contact", f->contact);
    if (stage < d->stage_count) put_id(&w, "stage", d->stages[stage]);
    put(&w, "started_on", crm_date(f->started));
    put_text(&w, "source", chance(d, 50) ? "website" : chance(d, 50) ? "referral" : "call");
    if (f->started % 3 == 0) put_id(&w, "campaign", d->campaigns.ids[f->started / 3 % 4]);
    put_id(&w, "product", d->products[below(d, PRODUCTS)]);
    put_id(&w, "owner", f->owner);
    if (f->is_closed) {
        put_close(d, &w, f, stage);
    } else {
        put(&w, "expected_on", crm_date(d->today + (int64_t)below(d, 90) - 10));
        if (chance(d, 70)) put_text(&w, "next_step", pick(d, &d->words->next_steps));
        if (chance(d, 25)) put_text(&w, "where_it_stopped", pick(d, &d->words->stops));
    }
    put_moves(&w, f, stage);
    if (w.status == CRM_OK && chance(d, 30)) return add_lines(d, &w);
    put(&w, "amount", money(d, (int64_t)(2 + below(d, 140)) * 250));
    return w.status;
}

/* While the deal was open, and before today. */
static int64_t day_gone_by(struct demo *d, const struct deal_facts *f) {
    int64_t last = f->is_closed ? f->closed : d->today - 1;
    if (last >= d->today) last = d->today - 1;
    return f->started + (int64_t)below(d, (size_t)(last - f->started + 1));
}

/* Of what is planned some is left over from the last days, some is for today. */
static int64_t day_to_come(struct demo *d) {
    if (chance(d, 15)) return d->today - 1 - (int64_t)below(d, 6);
    return d->today + (chance(d, 20) ? 0 : (int64_t)below(d, 15));
}

static crm_status add_activity(struct demo *d, const struct deal_facts *f, int32_t deal_number) {
    struct writing w = begin(d, "activity");
    size_t kind = below(d, 4);
    static const char *const kinds[] = {"task", "call", "meeting", "note"};
    const struct demo_list *subjects[] = {&d->words->subjects_task, &d->words->subjects_call,
                                          &d->words->subjects_meeting, &d->words->notes};
    bool done = f->is_closed || kind == 3 || !chance(d, 45);
    int64_t day = done ? day_gone_by(d, f) : day_to_come(d);
    int64_t at = day * MS_PER_DAY + (int64_t)(9 + below(d, 9)) * 3600000;
    put_text(&w, "kind", kinds[kind]);
    put_text(&w, "subject", pick(d, subjects[kind]));
    put(&w, "about", crm_id_of(deal_number, f->id));
    put_id(&w, "organization", f->organization);
    put(&w, kind == 2 ? "starts_at" : "due_at", crm_time(at));
    if (kind == 2) put(&w, "ends_at", crm_time(at + 3600000));
    if (kind == 1) put_text(&w, "direction", chance(d, 70) ? "outgoing" : "incoming");
    if (kind == 1 && done) put_text(&w, "outcome", chance(d, 75) ? "reached" : "no_answer");
    if (kind == 1 && done) put(&w, "duration_seconds", crm_int((int64_t)(20 + below(d, 900))));
    put_text(&w, "status", done ? "done" : "planned");
    if (done) put(&w, "done_at", crm_time(at));
    put_id(&w, "owner", f->owner);
    return w.status;
}

static crm_status add_deals(struct demo *d) {
    struct crm_entity_facts facts = {.size = sizeof facts};
    crm_status status = CRM_OK;
    size_t most = d->order->activities ? 2 * (size_t)d->order->activities : 3;
    const struct crm_entity *deals = entity(d, "deal");
    if (!deals) return CRM_OK;
    d->crm->schema->entity_facts(d->view, deals, &facts);
    for (int64_t i = 0; status == CRM_OK && i < d->size; i++) {
        struct deal_facts deal;
        status = add_deal(d, &deal);
        for (size_t n = below(d, most + 1); status == CRM_OK && n > 0; n--)
            status = add_activity(d, &deal, facts.id);
        if (i % 64 == 0) d->order->progress(d->order->ctx, i, d->size);
        if (d->order->stopping(d->order->ctx)) return CRM_CANCELLED;
    }
    return status;
}

/* ---- all of it ---- */

static crm_status prepare(struct demo *d) {
    struct crm_arena *a = d->order->arena;
    struct crm_company company = {.size = sizeof company};
    struct crm_changeset_options options = {.size = sizeof options, .note = CRM_STR("demo")};
    crm_status status = d->crm->base->company(d->crm->host, a, &company, d->err);
    if (status != CRM_OK) return status;
    d->currency = company.base_currency;
    d->words = company.language == CRM_LANGUAGE_RU ? &demo_words_ru : &demo_words_en;
    d->organization_count = (size_t)(d->size / 4) + 3;
    d->contact_count = (size_t)(d->size / 2) + 5;
    d->organizations =
        d->crm->base->arena_array(a, d->organization_count, sizeof *d->organizations);
    d->contacts = d->crm->base->arena_array(a, d->contact_count, sizeof *d->contacts);
    d->contact_homes = d->crm->base->arena_array(a, d->contact_count, sizeof *d->contact_homes);
    if (!d->organizations || !d->contacts || !d->contact_homes)
        return d->crm->base->error_no_memory(d->err);
    d->stage_count = find_stages(d, "deal", d->stages, sizeof d->stages / sizeof *d->stages);
    d->lead_stage_count =
        find_stages(d, "lead", d->lead_stages, sizeof d->lead_stages / sizeof *d->lead_stages);
    status = d->crm->record->parent_new(d->view, &options, &d->parent, d->err);
    return status == CRM_OK ? demo_mark_keep(d->crm, d->parent, d->err) : status;
}

static crm_status add_campaigns(struct demo *d) {
    d->campaigns = (struct demo_campaigns){.crm = d->crm,
                                           .view = d->view,
                                           .parent = d->parent,
                                           .today = d->today,
                                           .days = 30 + d->size / 2,
                                           .currency = d->currency,
                                           .in_russian = d->words == &demo_words_ru};
    return demo_campaigns_make(&d->campaigns, d->err);
}

/* Its people have logins of their own, which nobody else has. */
crm_status demo_refuse_second(const struct crm *crm, struct crm_view *view, struct crm_error *err) {
    const struct crm_str login = CRM_STR("demo1");
    const struct crm_entity *users = crm->schema->entity(view, CRM_STR("user"));
    const struct crm_field *f = users ? crm->schema->field(view, users, CRM_STR("login")) : NULL;
    int64_t id = 0;
    if (!f || crm->record->resident_find(view, users, f, login, &id) == 0) return CRM_OK;
    return crm->base->error_set(err, CRM_CONFLICT, &is_here, &login, 1);
}

static crm_status make(struct demo *d) {
    crm_status status = demo_refuse_second(d->crm, d->view, d->err);
    if (status == CRM_OK) status = prepare(d);
    if (status == CRM_OK) status = add_choices(d, "region", &d->words->teams);
    if (status == CRM_OK) status = flush(d);
    if (status == CRM_OK) status = add_people(d);
    if (status == CRM_OK) status = add_products(d);
    if (status == CRM_OK) status = add_organizations(d);
    if (status == CRM_OK) status = add_contacts(d);
    if (status == CRM_OK) status = flush(d);
    if (status == CRM_OK) status = add_campaigns(d);
    if (status == CRM_OK) status = add_leads(d);
    if (status == CRM_OK) status = add_deals(d);
    if (status == CRM_OK) status = flush(d);
    if (d->changes) d->crm->record->changeset_free(d->changes);
    return status;
}

crm_status demo_make(const struct demo_order *order, int64_t *ret_changeset,
                     struct crm_error *err) {
    const struct crm *crm = order->crm;
    struct demo d = {.crm = crm,
                     .order = order,
                     .view = order->view,
                     .size = order->size,
                     .random = (uint64_t)order->seed * UINT64_C(2654435769) + 1,
                     .now_ms = crm->base->now_ms(),
                     .err = err};
    struct crm_civil now;
    crm_status status = crm->base->time_local(crm->host, CRM_STR(""), d.now_ms, &now, err);
    if (status != CRM_OK) return status;
    d.today = crm->base->date_from_civil(now.year, now.month, now.day);
    if (order->has_today) d.today = order->today;
    status = make(&d);
    if (status == CRM_OK) *ret_changeset = d.parent;
    return status;
}
