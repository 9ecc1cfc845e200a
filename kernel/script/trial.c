/* Dry runs. See trial.h. */
#include "script/trial.h"

#include <limits.h>

#include "base/time.h"
#include "event/heard.h"
#include "record/past.h"
#include "script/due.h"
#include "script/messages.h"
#include "script/webhook_keys.h"
#include "script/webhook_run.h"

enum { RUN_BYTES = 256 << 20 };

struct trial {
    struct script_host *host;
    struct script_unit *unit; /* ours: what is tried */
    struct record_view *asker;
    const struct script_trial_wanted *wanted;
    struct record_hooks hooks;
    struct arena arena; /* of the run at hand */
    struct json_writer *out;
    size_t runs;
    int64_t cpu_us, next;
};

/* Those in force, but for the owner that is tried. */
static crm_status before(void *ctx, struct record_hook_context *hook, struct err *err) {
    struct trial *t = ctx;
    struct script_host *h = t->host;
    struct str entity = hook->change->entity->name;
    crm_status status = script_before_all(h, t->unit->owner, hook, err);
    if (status == CRM_OK && script_unit_has(t->unit, SCRIPT_BEFORE, entity))
        status = script_before_unit(h, t->unit, hook, err);
    return status;
}

/* What is wrong around a script, as against in it. */
static bool is_ours(crm_status status) {
    return status == CRM_IO || status == CRM_UNAVAILABLE || status == CRM_INTERNAL;
}

/* ---- telling ------------------------------------------------------------------------------- */

static void put_event(struct json_writer *w, struct str name, const struct event_change *c) {
    json_key_lit(w, "event");
    if (!c) {
        json_nil(w);
        return;
    }
    json_object_open(w);
    json_key_lit(w, "name");
    json_text(w, name);
    json_key_lit(w, "seq");
    json_int64(w, c->seq);
    json_key_lit(w, "position");
    json_int64(w, c->position);
    json_key_lit(w, "changeset");
    json_id(w, c->changeset);
    json_key_lit(w, "at");
    json_time(w, c->at_ms);
    json_key_lit(w, "entity");
    json_text_or_nil(w, c->entity ? c->entity->name : STR_NONE);
    json_key_lit(w, "id");
    json_id(w, c->record);
    json_object_shut(w);
}

static bool is_refusal(crm_status status, const struct err *why) {
    return status == CRM_REFUSED && !str_is(str_from(why->text.code), "script_error");
}

static void put_outcome(struct trial *t, const struct script_call *call, crm_status status,
                        const struct err *why) {
    struct json_writer *w = t->out;
    BUF_CLEANUP struct buf text;
    buf_init(&text, 16 * 1024);
    if (status != CRM_OK) err_format(why, t->asker->access->actor.language, &text);
    json_key_lit(w, "outcome");
    json_cstr(w, is_refusal(status, why) ? "refused" : script_outcome(status, why));
    json_key_lit(w, "message");
    json_text_or_nil(w, buf_str(&text));
    json_key_lit(w, "where");
    json_text_or_nil(w, status == CRM_OK ? STR_NONE : str_from(why->where));
    json_key_lit(w, "cpu_us");
    json_int64(w, call->usage.cpu_ns / 1000);
    json_key_lit(w, "changes");
    json_raw(w, call->changes.len ? call->changes : STR("[]"));
    json_key_lit(w, "effects");
    json_raw(w, call->effects.len ? call->effects : STR("[]"));
    json_key_lit(w, "value");
    json_raw(w, call->value.len ? call->value : STR("null"));
}

static void put_handler(struct trial *t, const struct script_handler *h, struct str name) {
    struct json_writer *w = t->out;
    json_key_lit(w, "handler");
    json_text(w, name);
    json_key_lit(w, "kind");
    json_cstr(w, script_handler_word(h->kind));
    json_key_lit(w, "file");
    json_text(w, h->file);
    json_key_lit(w, "line");
    json_int64(w, h->line);
}

/* ---- one handler --------------------------------------------------------------------------- */

struct trial_call {
    size_t handler;
    struct str event;            /* its name, as the handler hears it */
    struct event_change *change; /* NULL: none */
    int (*push)(lua_State *L, struct script_run *r, void *ctx);
    void *push_ctx;
    const struct actor *actor; /* NULL: as the kind of handler has it */
};

/* A handler's own budget, within what is left of the trial's: a request waits for it. */
static int64_t budget_ms(const struct trial *t, enum script_handler_kind kind) {
    const struct script_host_options *o = &t->host->options;
    int64_t own = kind == SCRIPT_AFTER ? o->after_ms : o->schedule_ms;
    if (t->wanted->limit == SIZE_MAX) return own;
    int64_t left = SCRIPT_TRIAL_CPU_MS - t->cpu_us / 1000;
    if (left < 1) left = 1;
    return own < left ? own : left;
}

static void fill(struct trial *t, const struct trial_call *wanted, struct script_call *ret) {
    const struct script_handler *h = &t->unit->probe->handlers[wanted->handler];
    *ret = (struct script_call){.host = t->host,
                                .schema = t->asker->access->schema,
                                .name = t->unit->names[wanted->handler],
                                .arena = &t->arena,
                                .conn = t->asker->conn,
                                .now_ms = wanted->change ? wanted->change->at_ms : 0,
                                .cpu_ms = budget_ms(t, h->kind),
                                .dry = true,
                                .carry = t->wanted->carry,
                                .hooks = &t->hooks,
                                .push = wanted->push,
                                .push_ctx = wanted->push_ctx};
    if (wanted->actor)
        ret->actor = *wanted->actor;
    else if (h->kind == SCRIPT_ACTION)
        ret->actor = t->asker->access->actor;
    else
        engine_actor_system(ACCESS_DOOR_SCRIPT, &ret->actor);
    ret->actor.door = ACCESS_DOOR_SCRIPT;
}

static crm_status call_one(struct trial *t, const struct trial_call *wanted, struct err *err) {
    struct script_call call;
    struct err why;
    fill(t, wanted, &call);
    crm_status status = script_call_unit(&call, t->unit, wanted->handler, &why);
    if (is_ours(status)) {
        err_copy(err, &why);
        return status;
    }
    t->runs++;
    t->cpu_us += call.usage.cpu_ns / 1000;
    json_object_open(t->out);
    put_handler(t, &t->unit->probe->handlers[wanted->handler], call.name);
    put_event(t->out, wanted->event, wanted->change);
    put_outcome(t, &call, status, &why);
    json_object_shut(t->out);
    arena_reset(&t->arena);
    return CRM_OK;
}

/* ---- events -------------------------------------------------------------------------------- */

/* The after-handlers as listeners; *ret_handlers: which handler each is. */
static crm_status listeners(struct trial *t, struct event_listener **ret, size_t **ret_handlers,
                            size_t *ret_count, struct err *err) {
    const struct script_state *s = t->unit->probe;
    struct arena *a = t->asker->arena;
    *ret = ARENA_ARRAY(a, s->handler_count + 1, struct event_listener);
    *ret_handlers = ARENA_ARRAY(a, s->handler_count + 1, size_t);
    if (!*ret || !*ret_handlers) return err_no_memory(err);
    *ret_count = 0;
    for (size_t i = 0; i < s->handler_count; i++) {
        if (s->handlers[i].kind != SCRIPT_AFTER) continue;
        (*ret)[*ret_count] = (struct event_listener){s->handlers[i].subject, s->handlers[i].when};
        (*ret_handlers)[(*ret_count)++] = i;
    }
    return CRM_OK;
}

/* A handler does not hear of what it did to the same record itself. */
static crm_status hear_one(struct trial *t, size_t handler, const struct event_heard *heard,
                           struct err *err) {
    struct event_change change;
    crm_status status = event_change_get(t->asker->conn, t->asker->access->schema, heard->seq,
                                         heard->position, &t->arena, &change, err);
    if (status != CRM_OK) return status;
    change.event = heard->event;
    change.subscriber = t->unit->names[handler];
    if (str_eq(heard->cause, script_cause(&t->arena, change.subscriber, &change))) return CRM_OK;
    const struct trial_call call = {handler, heard->event, &change, l_push_event, &change, NULL};
    return call_one(t, &call, err);
}

static crm_status hear(struct trial *t, const struct event_heard_wanted *from,
                       struct event_heard **ret, size_t *ret_count, struct err *err) {
    struct access system;
    struct actor actor;
    struct record_view v;
    engine_actor_system(ACCESS_DOOR_JOB, &actor);
    access_init(&system, t->asker->access->schema, &actor);
    crm_status status =
        record_view_init(&v, t->asker->engine, t->asker->conn, &system, t->asker->arena, err);
    if (status != CRM_OK) return status;
    status = event_heard_list(&v, from, ret, ret_count, &t->next, err);
    record_view_fini(&v);
    return status;
}

static crm_status run_events(struct trial *t, struct event_heard_wanted *from, bool newest_only,
                             struct err *err) {
    struct event_listener *list;
    size_t *handlers, count = 0;
    struct event_heard *heard = NULL;
    crm_status status = listeners(t, &list, &handlers, &from->listener_count, err);
    from->listeners = list;
    from->limit = t->wanted->limit;
    if (status == CRM_OK && from->listener_count) status = hear(t, from, &heard, &count, err);
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        bool is_last = true;
        for (size_t k = i + 1; newest_only && is_last && k < count; k++)
            is_last = heard[k].listener != heard[i].listener;
        if (newest_only && !is_last) continue;
        if (t->wanted->is_cancelled && t->wanted->is_cancelled(t->wanted->ctx))
            return err_set(err, CRM_CANCELLED, &say_script_stopped, NULL);
        bool is_bound = t->wanted->limit != SIZE_MAX;
        if (is_bound && t->cpu_us > SCRIPT_TRIAL_CPU_MS * 1000) { /* the rest another time */
            t->next = heard[i].seq;
            break;
        }
        status = hear_one(t, handlers[heard[i].listener], &heard[i], err);
    }
    return status;
}

static crm_status run_period(struct trial *t, struct err *err) {
    struct event_heard_wanted from = {.position = -1, .to_seq = INT64_MAX};
    struct store_conn *c = t->asker->conn;
    crm_status status = past_seq_at(c, t->wanted->since_ms - 1, &from.from_seq, err);
    if (status == CRM_OK && t->wanted->until_ms)
        status = past_seq_at(c, t->wanted->until_ms - 1, &from.to_seq, err);
    from.from_seq++;
    if (t->wanted->to_seq) from.to_seq = t->wanted->to_seq;
    if (t->wanted->from_seq > from.from_seq) from.from_seq = t->wanted->from_seq;
    return status == CRM_OK ? run_events(t, &from, false, err) : status;
}

/* ---- a record ------------------------------------------------------------------------------ */

/* A dry save of it, as whoever asks. */
static crm_status prepare_save(struct trial *t, struct changeset *c, struct script_call *told,
                               struct err *err) {
    const struct script_trial_wanted *w = t->wanted;
    struct record_view *v = t->asker;
    struct changeset_result result = {0};
    struct err_list errors = {0};
    struct record_op *op = changeset_op(c, RECORD_UPDATE, w->entity, w->record);
    crm_status status = op ? CRM_OK : err_no_memory(err);
    if (status == CRM_OK && w->fields)
        status = record_op_from_json(v, c, op, w->fields, NULL, &errors, err);
    if (status == CRM_OK && errors.count == 0)
        status = changeset_commit(v->engine, v->conn, c, &result, &errors, err);
    if (errors.count) {
        err_copy(err, &errors.items[0]);
        return err->status;
    }
    if (status != CRM_OK) return status;
    BUF_CLEANUP struct buf text;
    struct json_writer out;
    buf_init(&text, 16 << 20);
    json_writer_init(&out, &text);
    status = record_plan_json(v, result.plan, &out, err);
    told->changes = arena_str(&t->arena, buf_str(&text));
    return status != CRM_OK || told->changes.ptr ? status : err_no_memory(err);
}

static crm_status save_record(struct trial *t, struct err *err) {
    const struct script_state *s = t->unit->probe;
    struct script_call told = {.arena = &t->arena};
    struct changeset c;
    struct err why;
    size_t handler = 0;
    while (handler < s->handler_count &&
           (s->handlers[handler].kind != SCRIPT_BEFORE ||
            !str_eq(s->handlers[handler].subject, t->wanted->entity->name)))
        handler++;
    if (handler == s->handler_count) return CRM_OK;
    changeset_init(&c, &t->arena, (struct schema *)(uintptr_t)t->asker->access->schema,
                   &t->asker->access->actor);
    c.flags |= CHANGESET_DRY;
    c.hooks = &t->hooks;
    crm_status status = prepare_save(t, &c, &told, &why);
    changeset_fini(&c);
    if (is_ours(status)) {
        err_copy(err, &why);
        return status;
    }
    t->runs++;
    json_object_open(t->out);
    put_handler(t, &s->handlers[handler], t->unit->names[handler]);
    put_event(t->out, STR_NONE, NULL);
    put_outcome(t, &told, status, &why);
    json_object_shut(t->out);
    arena_reset(&t->arena);
    return CRM_OK;
}

static crm_status run_record(struct trial *t, struct err *err) {
    struct event_heard_wanted from = {.entity = t->wanted->entity,
                                      .record = t->wanted->record,
                                      .position = -1,
                                      .from_seq = 1,
                                      .to_seq = INT64_MAX};
    crm_status status = save_record(t, err);
    return status == CRM_OK ? run_events(t, &from, true, err) : status;
}

/* ---- actions ------------------------------------------------------------------------------- */

static int push_action(lua_State *L, struct script_run *r, void *ctx) {
    const struct script_trial_wanted *w = ((struct trial *)ctx)->wanted;
    const struct script_action_call action = {w->entity, &w->record, 1, w->form};
    return l_push_action(L, r, &action);
}

static crm_status run_action(struct trial *t, struct err *err) {
    const struct script_state *s = t->unit->probe;
    const struct script_trial_wanted *w = t->wanted;
    for (size_t i = 0; i < s->handler_count; i++)
        if (s->handlers[i].kind == SCRIPT_ACTION && str_eq(s->handlers[i].name, w->action) &&
            w->entity && str_eq(s->handlers[i].subject, w->entity->name)) {
            const struct trial_call call = {i, STR_NONE, NULL, push_action, t, NULL};
            return call_one(t, &call, err);
        }
    return err_set_args(err, CRM_NOT_FOUND, &say_script_no_handler, &w->action, 1);
}

/* ---- webhooks ------------------------------------------------------------------------------ */

/* Whoever asks, as long as no user is set. */
static crm_status webhook_actor(struct trial *t, struct actor *ret, struct err *err) {
    struct script_webhook_keys keys;
    struct arena *a = t->asker->arena;
    struct str path =
        arena_printf(a, "%.*s/%.*s", STR_ARG(t->unit->owner), STR_ARG(t->wanted->webhook));
    if (!path.ptr) return err_no_memory(err);
    crm_status status = script_webhook_keys_read(t->asker->conn, path, a, &keys, err);
    *ret = t->asker->access->actor;
    if (status != CRM_OK || !keys.actor) return status;
    return engine_actor(t->host->options.engine, keys.actor, ACCESS_DOOR_SCRIPT, a, ret, err);
}

static void webhook_event(const struct trial *t, const struct script_handler *h,
                          struct script_webhook_event *ret) {
    const char *name;
    json_t *value;
    *ret = (struct script_webhook_event){.name = h->subject,
                                         .type = t->wanted->body_type,
                                         .body = t->wanted->body,
                                         .at_ms = clock_now_ms()};
    json_object_foreach((json_t *)(uintptr_t)t->wanted->headers, name, value) {
        if (str_eq_nocase(str_from(name), h->webhook->delivery)) ret->delivery = json_str(value);
        for (size_t i = 0; i < h->webhook->header_count; i++) {
            if (!str_eq_nocase(str_from(name), h->webhook->headers[i])) continue;
            ret->headers[ret->header_count].name = h->webhook->headers[i];
            ret->headers[ret->header_count++].value = json_str(value);
            break;
        }
        if (ret->header_count == SCRIPT_WEBHOOK_HEADERS_MAX) break;
    }
}

static crm_status run_webhook(struct trial *t, struct err *err) {
    const struct script_state *s = t->unit->probe;
    const struct str wanted = t->wanted->webhook;
    struct script_webhook_event event;
    struct actor actor;
    size_t i = 0;
    while (i < s->handler_count &&
           (s->handlers[i].kind != SCRIPT_WEBHOOK || !str_eq(s->handlers[i].subject, wanted)))
        i++;
    if (i == s->handler_count)
        return err_set_args(err, CRM_NOT_FOUND, &say_script_no_such_webhook,
                            (const struct str[]){t->unit->owner, wanted}, 2);
    webhook_event(t, &s->handlers[i], &event);
    crm_status status = webhook_actor(t, &actor, err);
    const struct trial_call call = {i, STR_NONE, NULL, l_push_webhook, &event, &actor};
    return status == CRM_OK ? call_one(t, &call, err) : status;
}

/* ---- schedules ----------------------------------------------------------------------------- */

/* With each record that is due today. */
static crm_status run_due(struct trial *t, size_t handler, struct err *err) {
    const struct script_handler *h = &t->unit->probe->handlers[handler];
    struct access system;
    struct actor actor;
    struct record_view v;
    struct str entity = STR_NONE, field = STR_NONE;
    int64_t *ids = NULL;
    size_t count = 0;
    engine_actor_system(ACCESS_DOOR_JOB, &actor);
    access_init(&system, t->asker->access->schema, &actor);
    crm_status status =
        record_view_init(&v, t->asker->engine, t->asker->conn, &system, t->asker->arena, err);
    if (status != CRM_OK) return status;
    (void)script_due_subject(h->subject, &entity, &field);
    status = script_due_today(&v, h, t->wanted->limit, &ids, &count, err);
    bool daily = script_due_is_daily(&h->due);
    struct script_due_call due = {.entity = schema_find(system.schema, entity),
                                  .due =
                                      daily ? zone_date(v.company->store.zone, v.now_ms) : v.now_ms,
                                  .is_date = daily};
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        const struct trial_call call = {handler, STR_NONE, NULL, l_push_due, &due, NULL};
        due.record = ids[i];
        status = call_one(t, &call, err);
    }
    record_view_fini(&v);
    return status;
}

static crm_status run_schedules(struct trial *t, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < t->unit->probe->handler_count; i++) {
        const struct script_handler *h = &t->unit->probe->handlers[i];
        const struct trial_call call = {i, STR_NONE, NULL, NULL, NULL, NULL};
        if (h->kind != SCRIPT_SCHEDULE) continue;
        status = h->due.by_field ? run_due(t, i, err) : call_one(t, &call, err);
    }
    return status;
}

/* ---- the whole ----------------------------------------------------------------------------- */

static crm_status run(struct trial *t, struct err *err) {
    const struct script_trial_wanted *w = t->wanted;
    struct event_heard_wanted event = {
        .from_seq = w->seq, .to_seq = w->seq, .position = w->position};
    if (w->webhook.len) return run_webhook(t, err);
    if (w->action.len) return run_action(t, err);
    if (w->record) return run_record(t, err);
    if (w->seq) return run_events(t, &event, false, err);
    return w->has_period ? run_period(t, err) : run_schedules(t, err);
}

static crm_status put_all(struct trial *t, struct err *err) {
    struct json_writer *w = t->out;
    json_object_open(w);
    json_key_lit(w, "script");
    json_text(w, t->unit->owner);
    json_key_lit(w, "version");
    json_text(w, t->unit->version);
    json_key_lit(w, "runs");
    json_array_open(w);
    crm_status status = run(t, err);
    json_array_shut(w);
    json_key_lit(w, "next");
    if (t->next) {
        json_int64(w, t->next);
    } else {
        json_nil(w);
    }
    json_object_shut(w);
    return status;
}

crm_status script_trial_json(struct script_host *h, struct record_view *asker,
                             const struct script_trial_wanted *wanted, struct json_writer *out,
                             struct err *err) {
    struct trial t = {.host = h, .asker = asker, .wanted = wanted, .out = out};
    crm_status status =
        script_unit_try(h, wanted->script, wanted->text, asker->access->schema, &t.unit, err);
    if (status != CRM_OK) return status;
    t.hooks = (struct record_hooks){.before = before, .ctx = &t};
    arena_init(&t.arena, RUN_BYTES);
    bool began = !store_in_transaction(asker->conn); /* one snapshot for all */
    status = began ? store_begin(asker->conn, err) : CRM_OK;
    if (status == CRM_OK) status = put_all(&t, err);
    if (began && store_in_transaction(asker->conn)) store_rollback(asker->conn);
    arena_fini(&t.arena);
    script_unit_unref(t.unit);
    return status;
}
