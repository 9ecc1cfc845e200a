/* Schedules: registered, loaded from sys_schedule, fired once each. */
#include "event/hub_state.h"

#include <stdlib.h>

#include "base/log.h"
#include "event/messages.h"
#include "store/cluster.h"
#include "store/sys_tables.h"

void schedule_free(struct schedule *s) {
    if (!s) return;
    struct str texts[] = {s->it.name,     s->it.owner, s->it.cron,
                          s->it.job_kind, s->it.queue, s->it.payload};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        hub_free_str(texts[i]);
    free(s);
}

crm_status schedule_new(const struct event_schedule *from, struct schedule **ret, struct err *err) {
    struct cron cron;
    if (from->name.len == 0 || from->job_kind.len == 0)
        return err_set(err, CRM_INVALID, &event_name_empty, NULL);
    crm_status status = cron_parse(from->cron, &cron, err);
    if (status != CRM_OK) return status;
    struct schedule *s = calloc(1, sizeof *s);
    if (!s) return err_no_memory(err);
    s->it = *from;
    s->cron = cron;
    s->it.name = hub_str(hub_copy(from->name));
    s->it.owner = hub_str(hub_copy(from->owner));
    s->it.cron = hub_str(hub_copy(from->cron));
    s->it.job_kind = hub_str(hub_copy(from->job_kind));
    s->it.queue = hub_str(hub_copy(from->queue));
    s->it.payload = hub_str(hub_copy(from->payload));
    if (!s->it.name.ptr || !s->it.owner.ptr || !s->it.cron.ptr || !s->it.job_kind.ptr ||
        !s->it.queue.ptr || !s->it.payload.ptr) {
        schedule_free(s);
        return err_no_memory(err);
    }
    *ret = s;
    return CRM_OK;
}

/* When it is due next after a moment, in the zone it speaks of now. */
static int64_t reckon(struct event_hub *h, const struct schedule *s, int64_t after_ms) {
    if (s->it.utc) {
        struct zone *utc = NULL;
        if (zone_open(STR("UTC"), &utc, NULL) != CRM_OK) return INT64_MAX;
        int64_t next = cron_next(&s->cron, utc, after_ms);
        zone_close(utc);
        return next;
    }
    const struct company *c = engine_company_ref(h->engine);
    int64_t next = cron_next(&s->cron, c->store.zone, after_ms);
    engine_company_unref(h->engine, c);
    return next;
}

/* What the row remembers the reckoning by: another text or zone means a new one. */
static struct str spec_of(struct event_hub *h, const struct schedule *s, struct arena *a) {
    const struct company *c = engine_company_ref(h->engine);
    struct str spec = arena_printf(a, "%.*s %.*s", STR_ARG(s->it.cron),
                                   STR_ARG(s->it.utc ? STR("UTC") : c->zone_name));
    engine_company_unref(h->engine, c);
    return spec;
}

struct stored {
    struct event_hub *hub;
    struct schedule *schedule;
    struct arena *arena;
    struct str spec;
    int64_t next_ms;
    bool found, same_spec;
};

static bool take(void *ctx, const struct store_value *row) {
    struct stored *s = ctx;
    s->found = true;
    s->next_ms = row[SYS_SCHEDULE_NEXT_AT].integer;
    s->same_spec = str_eq(row[SYS_SCHEDULE_SPEC].bytes, s->spec);
    return false;
}

static crm_status read_row(struct store_conn *c, struct str name, struct stored *ret,
                           struct err *err) {
    struct store_condition where = {SYS_SCHEDULE_NAME, STORE_EQ, store_text(name)};
    struct store_select select = {
        .table = sys_table(SYS_TABLE_SCHEDULE), .where = &where, .where_count = 1, .limit = 1};
    return store_each(c, &select, take, ret, err);
}

/* Makes or corrects the row. */
static crm_status load_write(void *ctx, struct store_conn *writer, struct err *err) {
    struct stored *s = ctx;
    struct str name = s->schedule->it.name;
    s->found = false;
    crm_status status = read_row(writer, name, s, err);
    if (status != CRM_OK || (s->found && s->same_spec)) return status;
    s->next_ms = reckon(s->hub, s->schedule, store_now_ms(store_of(writer)));
    if (!s->found) {
        bool inserted = false;
        struct store_value row[SYS_SCHEDULE_COUNT] = {[SYS_SCHEDULE_NAME] = store_text(name),
                                                      [SYS_SCHEDULE_SPEC] = store_text(s->spec),
                                                      [SYS_SCHEDULE_NEXT_AT] =
                                                          store_int(s->next_ms),
                                                      [SYS_SCHEDULE_LAST_AT] = STORE_NIL};
        return store_insert_new(writer, sys_table(SYS_TABLE_SCHEDULE), row, &inserted, err);
    }
    struct store_set sets[] = {{SYS_SCHEDULE_SPEC, store_text(s->spec), false},
                               {SYS_SCHEDULE_NEXT_AT, store_int(s->next_ms), false}};
    struct store_condition where = {SYS_SCHEDULE_NAME, STORE_EQ, store_text(name)};
    int64_t affected = 0;
    return store_update(writer, sys_table(SYS_TABLE_SCHEDULE), sets, 2, &where, 1, &affected, err);
}

crm_status schedule_load(struct event_hub *h, struct schedule *s, struct err *err) {
    struct arena a;
    arena_init(&a, 1 << 16);
    struct stored stored = {.hub = h, .schedule = s, .arena = &a, .spec = spec_of(h, s, &a)};
    crm_status status =
        stored.spec.ptr ? engine_write(h->engine, load_write, &stored, err) : err_no_memory(err);
    if (status == CRM_OK) s->next_ms = stored.next_ms;
    arena_fini(&a);
    return status;
}

crm_status event_schedule_add(struct event_hub *h, const struct event_schedule *it,
                              struct err *err) {
    struct schedule *s = NULL;
    const struct str args[] = {it->name};
    crm_status status = schedule_new(it, &s, err);
    if (status != CRM_OK) return status;
    pthread_mutex_lock(&h->watch_mu);
    for (size_t i = 0; i < h->schedule_count; i++)
        if (str_eq(h->schedules[i]->it.name, it->name))
            status = err_set_args(err, CRM_CONFLICT, &event_twice, args, 1);
    if (status == CRM_OK && h->schedule_count == HUB_SCHEDULES_MAX)
        status = err_internal(err, "more than %d schedules", HUB_SCHEDULES_MAX);
    if (status == CRM_OK) status = schedule_load(h, s, err);
    if (status == CRM_OK) h->schedules[h->schedule_count++] = s;
    pthread_mutex_unlock(&h->watch_mu);
    if (status != CRM_OK)
        schedule_free(s);
    else
        hub_ask_watch(h);
    return status;
}

crm_status event_schedule_next(struct store_conn *c, struct str name, int64_t *ret_ms,
                               struct err *err) {
    struct stored s = {.found = false};
    const struct str args[] = {name};
    crm_status status = read_row(c, name, &s, err);
    if (status != CRM_OK) return status;
    if (!s.found) return err_set_args(err, CRM_NOT_FOUND, &event_schedule_unknown, args, 1);
    *ret_ms = s.next_ms;
    return CRM_OK;
}

/* ---- firing ---- */

struct fire {
    struct event_hub *hub;
    struct schedule *schedule;
    int64_t due_ms, next_ms;
};

/* Only from the moment it is believed to stand at: another node or an earlier life fired it else.
 */
static crm_status fire_write(void *ctx, struct store_conn *writer, struct err *err) {
    struct fire *f = ctx;
    const struct event_schedule *s = &f->schedule->it;
    struct store_set sets[] = {{SYS_SCHEDULE_NEXT_AT, store_int(f->next_ms), false},
                               {SYS_SCHEDULE_LAST_AT, store_int(f->due_ms), false}};
    struct store_condition where[] = {{SYS_SCHEDULE_NAME, STORE_EQ, store_text(s->name)},
                                      {SYS_SCHEDULE_NEXT_AT, STORE_EQ, store_int(f->due_ms)}};
    int64_t affected = 0;
    crm_status status =
        store_update(writer, sys_table(SYS_TABLE_SCHEDULE), sets, 2, where, 2, &affected, err);
    if (status != CRM_OK || affected != 1) return status;
    char cause[160];
    (void)snprintf(cause, sizeof cause, "schedule %.*s",
                   (int)(s->name.len > 120 ? 120 : s->name.len), s->name.ptr);
    struct event_job_new job = {.kind = s->job_kind,
                                .queue = s->queue,
                                .payload = s->payload,
                                .cause = str_from(cause),
                                .actor = s->actor};
    return event_job_enqueue(f->hub, writer, &job, NULL, err);
}

crm_status schedule_pass(struct event_hub *h, int64_t *ret_next_ms, struct err *err) {
    int64_t now = store_now_ms(engine_store(h->engine)), next = INT64_MAX;
    crm_status status = CRM_OK;
    for (size_t i = 0; i < h->schedule_count && status == CRM_OK; i++) {
        struct schedule *s = h->schedules[i];
        if (s->next_ms <= now) {
            struct fire f = {
                .hub = h, .schedule = s, .due_ms = s->next_ms, .next_ms = reckon(h, s, now)};
            status = engine_write(h->engine, fire_write, &f, err);
            if (status == CRM_OK)
                status = schedule_load(h, s, err); /* as the row has it, whoever moved it */
        }
        if (s->next_ms < next) next = s->next_ms;
    }
    *ret_next_ms = next;
    return status;
}
