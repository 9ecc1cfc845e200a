/* After-handlers and schedules: jobs of the hub. A run's writes are one changeset of the door
 * `script`, committed together with the job's completion and the run's row in sys_run, so a
 * handler's effects happen once. Causes make a chain: the changeset names the handler, its depth is
 * one more than what the event came from, and a handler does not hear of what it did itself to the
 * same record.
 *
 * Threads: the hub's job threads. */
#include <lauxlib.h>

#include "base/time.h"
#include "event/replace.h"
#include "lua/plain.h"
#include "script/due.h"
#include "script/http.h"
#include "script/messages.h"
#include "script/runs.h"
#include "script/webhook_run.h"

enum { REGISTERING_BYTES = 32 * 1024 * 1024 };

static const struct str after_kind = {"script.after", 12}, schedule_kind = {"script.schedule", 15};

/* ---- what a handler is given ------------------------------------------------------------------
 */

static void push_changed(lua_State *L, const struct event_change *c) {
    lua_createtable(L, 0, (int)c->field_count);
    for (size_t i = 0; i < c->field_count; i++) {
        const struct schema_field *f = schema_field_by_id(c->entity, c->fields[i].field);
        if (!f) continue;
        lua_pushlstring(L, f->name.ptr, f->name.len);
        lua_pushboolean(L, 1);
        lua_rawset(L, -3);
    }
    lua_setfield(L, -2, "changed");
}

static void push_text(lua_State *L, const char *key, struct str text) {
    lua_pushlstring(L, text.ptr ? text.ptr : "", text.len);
    lua_setfield(L, -2, key);
}

static void push_record(lua_State *L, struct script_run *r, const struct event_change *c) {
    l_record_push(L, r, SCRIPT_RECORD_SEEN, c->entity, c->record, NULL);
    lua_setfield(L, -2, "record");
    if (c->before) {
        l_record_push(L, r, SCRIPT_RECORD_IMAGE, c->entity, c->record, c->before);
        lua_setfield(L, -2, "before");
    }
    if (c->after) {
        l_record_push(L, r, SCRIPT_RECORD_IMAGE, c->entity, c->record, c->after);
        lua_setfield(L, -2, "after");
    }
    push_text(L, "entity", c->entity->name);
    push_text(L, "verb", str_from(record_verb_word(c->verb)));
    lua_pushinteger(L, c->version);
    lua_setfield(L, -2, "version");
    push_changed(L, c);
    const struct schema_entity *users = schema_find(r->schema, STR("user"));
    if (!users || c->actor == 0 || c->actor == ACTOR_SYSTEM) return;
    l_record_push(L, r, SCRIPT_RECORD_SEEN, users, c->actor, NULL);
    lua_setfield(L, -2, "actor");
}

/* event = { name, at, seq, position, entity, verb, record, before, after, changed, actor } or {
 * name, data } */
int l_push_event(lua_State *L, struct script_run *r, void *ctx) {
    const struct event_change *c = ctx;
    r->event = c;
    lua_createtable(L, 0, 12);
    push_text(L, "name", c->event);
    lua_pushinteger(L, c->at_ms);
    lua_setfield(L, -2, "at");
    lua_pushinteger(L, c->seq);
    lua_setfield(L, -2, "seq");
    lua_pushinteger(L, c->position);
    lua_setfield(L, -2, "position");
    if (c->entity) push_record(L, r, c);
    if (c->data.len > 0) {
        struct err err;
        l_raise_status(L, script_push_json(L, c->data, &err), &err);
        lua_setfield(L, -2, "data");
    }
    return 1;
}

/* ---- after ------------------------------------------------------------------------------------
 */

/* The handler's own write to the very record, which its cause names. */
struct str script_cause(struct arena *a, struct str name, const struct event_change *c) {
    if (!c->entity) return name;
    return arena_printf(a, "%.*s on %.*s %lld", STR_ARG(name), STR_ARG(c->entity->name),
                        (long long)c->record);
}

static crm_status is_own_echo(struct event_job_run *run, const struct event_change *c, bool *ret,
                              struct err *err) {
    struct log_changeset log;
    *ret = false;
    if (!c->entity || c->changeset == 0) return CRM_OK;
    crm_status status = store_begin(run->reader, err);
    if (status != CRM_OK) return status;
    status = log_changeset_get(run->reader, c->changeset, run->arena, &log, err);
    store_rollback(run->reader);
    if (status == CRM_NOT_FOUND) return CRM_OK;
    struct str own = status == CRM_OK ? script_cause(run->arena, c->subscriber, c) : STR_NONE;
    if (status == CRM_OK && !own.ptr) return err_no_memory(err);
    if (status == CRM_OK) *ret = str_eq(log.cause, own);
    return status;
}

static crm_status run_handler(struct script_host *host, struct event_job_run *run,
                              const struct schema *schema, struct str name,
                              struct event_change *event, struct err *err) {
    struct script_call call = {.host = host,
                               .job = run,
                               .schema = schema,
                               .name = name,
                               .arena = run->arena,
                               .conn = run->reader,
                               .push = event ? l_push_event : NULL,
                               .push_ctx = event,
                               .reason = run->job->cause};
    crm_status status = event_job_actor(run, &call.actor, err);
    if (status != CRM_OK) return status;
    call.actor.door = ACCESS_DOOR_SCRIPT;
    call.cpu_ms = event ? host->options.after_ms : host->options.schedule_ms;
    call.cause = event ? script_cause(run->arena, name, event) : name;
    if (!call.cause.ptr) return err_no_memory(err);
    status = script_call_named(&call, err);
    /* An event is tried again, for what it met may be another then, and a handler that is not here
     * may be on another node or come back; a schedule has its next time. */
    run->give_up = script_is_fault(status) && !event;
    run->try_again = event && (script_is_fault(status) || status == CRM_NOT_FOUND);
    return status;
}

static crm_status after_run(void *ctx, struct event_job_run *run, struct err *err) {
    struct event_change change;
    struct schema *schema = engine_schema(run->engine);
    bool echo = false;
    crm_status status = event_change_load(run, schema, &change, err);
    if (status == CRM_OK) status = is_own_echo(run, &change, &echo, err);
    bool admitted = true;
    if (status == CRM_OK && !echo)
        status = script_job_admit(ctx, run, change.subscriber, &admitted, err);
    if (status == CRM_OK && !admitted) status = CRM_CANCELLED;
    if (status == CRM_OK && !echo)
        status = run_handler(ctx, run, schema, change.subscriber, &change, err);
    schema_unref(schema);
    return status;
}

/* ---- schedules --------------------------------------------------------------------------------
 */

static crm_status schedule_run(void *ctx, struct event_job_run *run, struct err *err) {
    json_t *payload;
    crm_status status = json_parse(run->job->payload, &json_limits_default, &payload, err);
    if (status != CRM_OK) return status;
    struct str name = arena_str(run->arena, json_str(json_object_get(payload, "handler")));
    json_decref(payload);
    if (!name.ptr) return err_no_memory(err);
    bool admitted = true;
    status = script_job_admit(ctx, run, name, &admitted, err);
    if (status != CRM_OK || !admitted) return status == CRM_OK ? CRM_CANCELLED : status;
    struct schema *schema = engine_schema(run->engine);
    status = run_handler(ctx, run, schema, name, NULL, err);
    schema_unref(schema);
    return status;
}

/* ---- registration -----------------------------------------------------------------------------
 */

struct registering {
    struct arena *arena;
    struct event_subscriber *subscribers;
    struct event_schedule *schedules;
    struct str *declared;
    struct event_owner_set *sets;
    size_t subscriber_count, schedule_count, declared_count, set_count;
};

static void subscribe(struct registering *r, const struct script_unit *u, size_t i) {
    const struct script_handler *h = &u->probe->handlers[i];
    if (!script_event_entity(h->subject).len) r->declared[r->declared_count++] = h->subject;
    r->subscribers[r->subscriber_count++] = (struct event_subscriber){.name = u->names[i],
                                                                      .owner = u->owner,
                                                                      .event = h->subject,
                                                                      .when = h->when,
                                                                      .job_kind = after_kind};
}

static crm_status schedule(struct registering *r, const struct script_unit *u, size_t i,
                           struct err *err) {
    const struct script_handler *h = &u->probe->handlers[i];
    BUF_CLEANUP struct buf payload;
    struct json_writer out;
    buf_init(&payload, 4096);
    json_writer_init(&out, &payload);
    json_object_open(&out);
    json_key_lit(&out, "handler");
    json_text(&out, u->names[i]);
    json_object_shut(&out);
    struct str text = arena_str(r->arena, buf_str(&payload));
    struct str cron = h->due.by_field ? script_due_cron(r->arena, h) : h->subject;
    if (payload.status != CRM_OK || !text.ptr || !cron.ptr) return err_no_memory(err);
    r->schedules[r->schedule_count++] =
        (struct event_schedule){.name = u->names[i],
                                .owner = u->owner,
                                .cron = cron,
                                .utc = h->utc,
                                .job_kind = h->due.by_field ? script_due_kind : schedule_kind,
                                .payload = text};
    return CRM_OK;
}

static crm_status register_unit(struct registering *r, const struct script_unit *u,
                                struct err *err) {
    size_t subscribers = r->subscriber_count, schedules = r->schedule_count,
           declared = r->declared_count;
    crm_status status = CRM_OK;
    for (size_t k = 0; status == CRM_OK && k < u->probe->handler_count; k++) {
        if (u->probe->handlers[k].kind == SCRIPT_AFTER) subscribe(r, u, k);
        if (u->probe->handlers[k].kind == SCRIPT_SCHEDULE) status = schedule(r, u, k, err);
    }
    r->sets[r->set_count++] =
        (struct event_owner_set){.owner = u->owner,
                                 .subscribers = r->subscribers + subscribers,
                                 .subscriber_count = r->subscriber_count - subscribers,
                                 .schedules = r->schedules + schedules,
                                 .schedule_count = r->schedule_count - schedules,
                                 .declared = r->declared + declared,
                                 .declared_count = r->declared_count - declared};
    return status;
}

static bool has_set(const struct registering *r, struct str owner) {
    for (size_t i = 0; i < r->set_count; i++)
        if (str_eq(r->sets[i].owner, owner)) return true;
    return false;
}

static crm_status register_all(struct registering *r, const struct script_owners *owners,
                               struct err *err) {
    size_t handlers = 1;
    for (size_t i = 0; i < owners->count; i++)
        handlers += owners->units[i]->probe->handler_count;
    r->subscribers = ARENA_ARRAY(r->arena, handlers, struct event_subscriber);
    r->schedules = ARENA_ARRAY(r->arena, handlers, struct event_schedule);
    r->declared = ARENA_ARRAY(r->arena, handlers, struct str);
    r->sets =
        ARENA_ARRAY(r->arena, owners->count + owners->named_count + 1, struct event_owner_set);
    if (!r->subscribers || !r->schedules || !r->declared || !r->sets) return err_no_memory(err);
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < owners->count; i++)
        status = register_unit(r, owners->units[i], err);
    for (size_t i = 0; i < owners->named_count; i++)
        if (!has_set(r, owners->named[i]))
            r->sets[r->set_count++] = (struct event_owner_set){.owner = owners->named[i]};
    return status;
}

static crm_status check_handler(const struct schema *schema, const struct script_handler *h,
                                struct err *err) {
    struct cron cron;
    switch (h->kind) {
    case SCRIPT_AFTER:
        return event_subscription_check(schema, h->subject, h->when,
                                        script_event_entity(h->subject).len == 0, err);
    case SCRIPT_WEBHOOK:
    case SCRIPT_TEST:
        return CRM_OK;
    case SCRIPT_SCHEDULE:
        return h->due.by_field ? script_due_check(schema, h, err)
                               : cron_parse(h->subject, &cron, err);
    case SCRIPT_DRAW: {
        const struct schema_view *view = schema_view_find(schema, h->subject);
        return view && view->slot.len
                   ? CRM_OK
                   : err_set_args(err, CRM_INVALID, &say_script_no_slot, &h->subject, 1);
    }
    default:
        return schema_find(schema, h->subject)
                   ? CRM_OK
                   : err_set_args(err, CRM_INVALID, &say_script_no_entity, &h->subject, 1);
    }
}

crm_status script_unit_check(const struct script_unit *u, const struct schema *schema,
                             struct err *err) {
    crm_status status = CRM_OK;
    for (size_t k = 0; status == CRM_OK && k < u->probe->handler_count; k++) {
        const struct script_handler *h = &u->probe->handlers[k];
        status = check_handler(schema, h, err);
        if (status != CRM_OK) err_at(err, "%.*s:%d", STR_ARG(h->file), (int)h->line);
    }
    return status;
}

crm_status script_host_check(struct script_host *host, const struct schema *schema,
                             struct str owner, struct err *err) {
    crm_status status = CRM_OK;
    struct script_units *units = script_units_ref(host);
    for (size_t i = 0; status == CRM_OK && i < units->count; i++)
        if (str_eq(units->items[i]->owner, owner))
            status = script_unit_check(units->items[i], schema, err);
    script_units_unref(units);
    return status;
}

static crm_status add_kinds(struct script_host *host, struct err *err) {
    const struct event_job_kind after = {.name = after_kind,
                                         .owner = STR("script"),
                                         .max_attempts = host->options.after_attempts,
                                         .first_pause_ms = host->options.after_pause_ms,
                                         .run = after_run,
                                         .ctx = host};
    const struct event_job_kind timed = {
        .name = schedule_kind, .owner = STR("script"), .run = schedule_run, .ctx = host};
    if (host->kinds_added) return CRM_OK;
    crm_status status = event_job_kind_add(host->options.hub, &after, err);
    if (status == CRM_OK) status = event_job_kind_add(host->options.hub, &timed, err);
    if (status == CRM_OK) status = script_due_kinds(host, err);
    if (status == CRM_OK) status = script_http_kind(host, err);
    if (status == CRM_OK) status = script_webhook_kind(host, err);
    if (status == CRM_OK) status = script_runs_keep(host, err);
    host->kinds_added = status == CRM_OK;
    return status;
}

crm_status script_jobs_replace(struct script_host *host, const struct script_owners *owners,
                               void (*swap)(void *ctx), void *ctx, struct err *err) {
    struct arena a;
    arena_init(&a, REGISTERING_BYTES);
    struct registering r = {.arena = &a};
    crm_status status = add_kinds(host, err);
    if (status == CRM_OK) status = register_all(&r, owners, err);
    if (status == CRM_OK)
        status = event_replace(host->options.hub, r.sets, r.set_count, swap, ctx, err);
    arena_fini(&a);
    return status;
}
