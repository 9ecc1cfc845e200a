/* Runs asked for one at a time: a file from the command line, an action. A script's failure is a
 * result here, not an error. Threads: the caller's, which may block. */
#include "script/call.h"
#include "script/messages.h"
#include "script/unit.h"
#include "script/worker/border.h"

static void tell(const struct script_call *call, crm_status status, const struct err *why,
                 struct arena *a, struct script_run_result *ret) {
    *ret = (struct script_run_result){.outcome = script_outcome(status, why),
                                      .value = call->value.len ? call->value : STR("null"),
                                      .effects = call->effects.len ? call->effects : STR("[]"),
                                      .cpu_ms = call->usage.cpu_ns / 1000000,
                                      .wall_ms = call->wall_us / 1000,
                                      .changeset = call->changeset};
    if (status == CRM_OK) return;
    BUF_CLEANUP struct buf text;
    buf_init(&text, 8 * 1024);
    err_format(why, call->actor.language, &text);
    ret->value = STR("null");
    ret->message = arena_str(a, buf_str(&text));
    ret->where = arena_str(a, str_from(why->where));
}

static void prepare_call(struct script_host *h, const struct script_run_options *o, struct arena *a,
                         struct script_call *ret) {
    *ret = (struct script_call){.host = h,
                                .name = arena_printf(a, "script %.*s", STR_ARG(o->name)),
                                .actor = *o->actor,
                                .arena = a,
                                .dry = o->dry,
                                .cpu_ms = o->deadline_ms ? o->deadline_ms : 1000,
                                .memory_bytes = o->memory_bytes,
                                .also = o->also,
                                .also_ctx = o->also_ctx,
                                .print = o->print,
                                .print_ctx = o->print_ctx};
    if (!o->keeps_door) ret->actor.door = ACCESS_DOOR_SCRIPT;
}

/* With a reader and the snapshot for the length of the call. */
static crm_status with_reader(struct script_call *call,
                              crm_status (*fn)(struct script_call *, void *, struct err *),
                              void *ctx, struct err *err) {
    struct engine *e = call->host->options.engine;
    crm_status status = engine_reader_open(e, &call->conn, err);
    if (status != CRM_OK) return status;
    struct schema *schema = engine_schema(e);
    call->schema = schema;
    status = fn(call, ctx, err);
    schema_unref(schema);
    store_conn_close(call->conn);
    return status;
}

struct text_run {
    struct script_state *state;
    struct str text;
    const char *name;
    bool started; /* what fails from here on is the script's */
};

static crm_status call_text(struct script_call *call, void *ctx, struct err *err) {
    struct text_run *t = ctx;
    t->started = true;
    if (t->state->remote) {
        lua_rawgeti(lua_guard_state(t->state->guard), LUA_REGISTRYINDEX,
                    t->state->handlers[0].function);
        return script_call_function(call, t->state, STR(""), err);
    }
    crm_status status = lua_guard_load(t->state->guard, t->text, t->name, err);
    return status == CRM_OK ? script_call_function(call, t->state, STR(""), err) : status;
}

crm_status script_run_text(struct script_host *h, const struct script_run_options *o,
                           struct arena *a, struct script_run_result *ret, struct err *err) {
    struct script_call call;
    struct text_run t = {.text = o->text, .name = arena_cstr(a, o->name)};
    prepare_call(h, o, a, &call);
    if (!t.name || !call.name.ptr) return err_no_memory(err);
    crm_status status =
        script_state_new(SCHEMA_LAYER_ADMIN, o->name, o->memory_bytes, &t.state, err);
    if (status != CRM_OK) return status;
    const struct script_source source = {o->name, o->text};
    const struct script_remote remote = {.workers = h->workers,
                                         .sources = &source,
                                         .source_count = 1,
                                         .layer = SCHEMA_LAYER_ADMIN,
                                         .owner = o->name};
    if (o->in_worker) {
        t.state->remote = &remote;
        status = lua_guard_protect(t.state->guard, l_remote_text, NULL, err);
    }
    if (status == CRM_OK) status = with_reader(&call, call_text, &t, err);
    script_state_free(t.state);
    if (status != CRM_OK && !t.started) return status;
    tell(&call, status, err, a, ret);
    return CRM_OK;
}

/* ---- actions ----------------------------------------------------------------------------------
 */

struct action_run {
    struct str entity, form;
    const int64_t *ids;
    size_t count;
};

int l_push_action(lua_State *L, struct script_run *r, const struct script_action_call *action) {
    lua_createtable(L, (int)(action->count < 1000 ? action->count : 1000), 0);
    for (size_t i = 0; i < action->count; i++) {
        l_record_push(L, r, SCRIPT_RECORD_SEEN, action->entity, action->ids[i], NULL);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    struct err err;
    if (action->form.len == 0)
        lua_newtable(L);
    else
        l_raise_status(L, script_push_json(L, action->form, &err), &err);
    return 2;
}

static int push_action(lua_State *L, struct script_run *r, void *ctx) {
    const struct action_run *action = ctx;
    const struct script_action_call call = {schema_find(r->schema, action->entity), action->ids,
                                            action->count, action->form};
    return l_push_action(L, r, &call);
}

static crm_status call_handler(struct script_call *call, void *ctx, struct err *err) {
    bool *started = ctx;
    *started = true;
    return script_call_named(call, err);
}

/* The durable name of a handler. */
struct wanted_handler {
    enum script_handler_kind kind;
    struct str subject, name;
};

static crm_status handler_of(struct script_host *h, const struct wanted_handler *w, struct arena *a,
                             struct str *ret, bool *ret_stopped, struct err *err) {
    struct str found = STR_NONE;
    struct script_units *units = script_units_ref(h);
    for (size_t i = 0; i < units->count; i++) {
        const struct script_unit *u = units->items[i];
        for (size_t k = 0; k < u->probe->handler_count; k++) {
            const struct script_handler *it = &u->probe->handlers[k];
            if (it->kind != w->kind || !str_eq(it->subject, w->subject) ||
                !str_eq(it->name, w->name))
                continue;
            found = u->names[k];
            *ret_stopped = atomic_load(&u->is_stopped);
        }
    }
    if (found.ptr) *ret = arena_str(a, found);
    script_units_unref(units);
    if (found.ptr) return ret->ptr ? CRM_OK : err_no_memory(err);
    return err_set_args(err, CRM_NOT_FOUND, &say_script_no_handler,
                        w->name.len ? &w->name : &w->subject, 1);
}

crm_status script_run_action(struct script_host *h, struct str entity, struct str name,
                             const int64_t *ids, size_t count, struct str form_json,
                             const struct script_run_options *o, struct arena *a,
                             struct script_run_result *ret, struct err *err) {
    struct script_call call;
    struct action_run action = {.entity = entity, .form = form_json, .ids = ids, .count = count};
    bool started = false, stopped = false;
    struct str found = STR_NONE;
    const struct wanted_handler wanted = {SCRIPT_ACTION, entity, name};
    crm_status status = handler_of(h, &wanted, a, &found, &stopped, err);
    if (status != CRM_OK) return status;
    if (stopped) return err_set(err, CRM_REFUSED, &say_script_stopped, NULL);
    prepare_call(h, o, a, &call);
    call.name = found;
    call.push = push_action;
    call.push_ctx = &action;
    status = with_reader(&call, call_handler, &started, err);
    if (status != CRM_OK && !started) return status;
    tell(&call, status, err, a, ret);
    return CRM_OK;
}

/* ---- drawings ---------------------------------------------------------------------------------
 */

/* (record or nil, parameters) */
static int push_drawing(lua_State *L, struct script_run *r, void *ctx) {
    const struct script_drawing *what = ctx;
    struct err err;
    if (what->entity)
        l_record_push(L, r, SCRIPT_RECORD_SEEN, schema_find(r->schema, what->entity->name),
                      what->record, NULL);
    else
        lua_pushnil(L);
    if (what->parameters.len == 0)
        lua_newtable(L);
    else
        l_raise_status(L, script_push_json(L, what->parameters, &err), &err);
    return 2;
}

crm_status script_run_draw(struct script_host *h, const struct script_drawing *what,
                           const struct script_run_options *o, struct arena *a,
                           struct script_run_result *ret, struct err *err) {
    struct script_call call;
    bool started = false, stopped = false;
    struct str found = STR_NONE;
    const struct wanted_handler wanted = {SCRIPT_DRAW, what->view, STR_NONE};
    crm_status status = handler_of(h, &wanted, a, &found, &stopped, err);
    if (status != CRM_OK) return status;
    if (stopped) return err_set(err, CRM_REFUSED, &say_script_stopped, NULL);
    prepare_call(h, o, a, &call);
    call.name = found;
    call.dry = true;
    call.push = push_drawing;
    call.push_ctx = (void *)(uintptr_t)what;
    status = with_reader(&call, call_handler, &started, err);
    if (status != CRM_OK && !started) return status;
    tell(&call, status, err, a, ret);
    return CRM_OK;
}
