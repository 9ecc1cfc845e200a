/* Calls of after-handlers, schedules, actions and single texts. See call.h. */
#include "script/call.h"

#include <lauxlib.h>

#include "base/time.h"
#include "event/subscribe.h"
#include "lua/plain.h"
#include "script/http.h"
#include "script/keep.h"
#include "script/mail.h"
#include "script/messages.h"
#include "script/stop.h"
#include "script/worker/border.h"

enum { VALUE_MAX_BYTES = 1024 * 1024, CHANGES_MAX_BYTES = 16 * 1024 * 1024 };
enum { KEEP_TRIES = 20 };

static int l_push_json(lua_State *L) {
    l_plain_push_json(L, lua_touserdata(L, 1));
    return 1;
}

/* In two steps, so that the tree is let go whatever happens. */
crm_status script_push_json(lua_State *L, struct str json, struct err *err) {
    json_t *tree;
    crm_status status = json_parse(json, &json_limits_default, &tree, err);
    if (status != CRM_OK) return status;
    lua_pushcfunction(L, l_push_json);
    lua_pushlightuserdata(L, tree);
    int failed = lua_pcall(L, 1, 1, 0);
    json_decref(tree);
    if (failed == LUA_OK) return CRM_OK;
    lua_pop(L, 1);
    l_check(L);
    return err_no_memory(err);
}

/* ---- the call itself --------------------------------------------------------------------------
 */

struct invocation {
    struct script_call *call;
    struct script_run *run;
};

/* (function, invocation) -> first result */
static int l_invoke(lua_State *L) {
    const struct invocation *i = lua_touserdata(L, 2);
    lua_settop(L, 1);
    int count = i->call->push ? i->call->push(L, i->run, i->call->push_ctx) : 0;
    lua_call(L, count, 1);
    return 1;
}

/* A worker's result has come as JSON. */
static crm_status take_value(struct script_call *call, const struct script_run *r, lua_State *L,
                             struct err *err) {
    if (r->border) {
        call->value = r->border->value;
        lua_pop(L, 1);
        return CRM_OK;
    }
    BUF_CLEANUP struct buf text;
    buf_init(&text, VALUE_MAX_BYTES);
    script_result_json(L, &text);
    lua_pop(L, 1);
    if (text.status == CRM_TOO_LARGE) return err_set(err, CRM_TOO_LARGE, &say_script_result, NULL);
    call->value = arena_str(call->arena, buf_str(&text));
    return text.status == CRM_OK && call->value.ptr ? CRM_OK : err_no_memory(err);
}

static crm_status invoke(struct script_call *call, struct script_run *r, struct err *err) {
    struct lua_guard *g = r->state->guard;
    lua_State *L = lua_guard_state(g);
    struct invocation i = {call, r};
    const struct lua_budget budget = {.cpu_ms = call->cpu_ms, .memory_bytes = call->memory_bytes};
    lua_pushcfunction(L, l_invoke);
    lua_insert(L, -2);
    lua_pushlightuserdata(L, &i);
    int64_t started = clock_monotonic_ns();
    crm_status status = lua_guard_call(g, 2, 1, &budget, err);
    call->wall_us = (clock_monotonic_ns() - started) / 1000;
    call->usage = script_run_usage(r);
    return status == CRM_OK ? take_value(call, r, L, err) : status;
}

/* ---- what stays -------------------------------------------------------------------------------
 */

struct finish {
    struct script_call *call;
    struct script_run *run;
    struct str version, outcome, error;
    int64_t id;
    bool was_killed, stopped; /* stopped: it was the second time, see stop.h */
};

static crm_status write_account(void *ctx, struct store_conn *writer, struct err *err) {
    struct finish *f = ctx;
    struct script_call *call = f->call;
    const struct script_account account = {.script = call->name,
                                           .version = f->version,
                                           .cause = call->reason.len ? call->reason : call->name,
                                           .outcome = f->outcome,
                                           .effects = call->effects,
                                           .error = f->error,
                                           .started_ms = f->run->now_ms,
                                           .cpu_us = call->usage.cpu_ns / 1000,
                                           .wall_us = call->wall_us,
                                           .memory = (int64_t)call->usage.memory_peak_bytes,
                                           .rows = (int64_t)f->run->rows,
                                           .calls = (int64_t)f->run->calls,
                                           .actor = call->actor.user,
                                           .job = call->job ? call->job->job->id : 0};
    crm_status status = script_account_write(writer, f->id, &account, err);
    if (status != CRM_OK || !f->was_killed) return status;
    return script_kill_judge(call->host, &account, f->id, writer, &f->stopped, err);
}

/* Runs in the writer together with the changeset. */
static crm_status write_effects(void *ctx, struct store_conn *writer, struct err *err) {
    const struct finish *f = ctx;
    crm_status status = write_account(ctx, writer, err);
    if (status == CRM_OK) status = script_keep_write(f->run, writer, err);
    if (status == CRM_OK)
        status = script_http_write(f->run, f->call->host->options.hub, f->call->name, writer, err);
    if (status == CRM_OK)
        status = script_mail_write(f->run, f->call->host->options.hub, f->call->name, writer, err);
    for (size_t i = 0; status == CRM_OK && i < f->run->emit_count; i++)
        status = event_emit(f->call->host->options.hub, writer, f->run->emits[i].name,
                            f->run->emits[i].data, f->call->name, f->run->changeset->depth, err);
    if (status == CRM_OK && f->call->also)
        status = f->call->also(f->call->also_ctx, f->call->value, writer, err);
    return status;
}

static crm_status write_changeset_id(void *ctx, struct store_conn *writer, struct err *err) {
    const struct finish *f = ctx;
    return script_account_changeset(writer, f->id, f->call->changeset, err);
}

static crm_status tell_changes(struct script_run *r, const struct record_plan *plan,
                               struct script_call *call, struct err *err) {
    struct record_view *view;
    struct json_writer out;
    BUF_CLEANUP struct buf text;
    buf_init(&text, CHANGES_MAX_BYTES);
    json_writer_init(&out, &text);
    crm_status status = script_run_view(r, &view, err);
    if (status == CRM_OK) status = record_plan_json(view, plan, &out, err);
    if (status != CRM_OK) return status;
    call->changes = arena_str(call->arena, buf_str(&text));
    return text.status == CRM_OK && call->changes.ptr ? CRM_OK : err_no_memory(err);
}

static crm_status commit(struct finish *f, struct err *err) {
    struct script_call *call = f->call;
    struct changeset *c = f->run->changeset;
    struct changeset_result result = {0};
    struct err_list errors = {0};
    crm_status status;
    c->also = call->dry ? NULL : write_effects;
    c->also_ctx = f;
    if (call->dry) {
        c->flags |= CHANGESET_DRY;
        c->hooks = call->hooks;
    }
    if (c->op_count == 0 && call->dry)
        status = CRM_OK;
    else if (c->op_count == 0)
        status = call->job ? event_job_finish(call->job, write_effects, f, err)
                           : engine_write(call->host->options.engine, write_effects, f, err);
    else if (call->job && !call->dry)
        status = event_job_commit(call->job, c, true, &result, &errors, err);
    else
        status = changeset_commit(call->host->options.engine, call->conn, c, &result, &errors, err);
    if (status != CRM_OK && errors.count > 0) err_copy(err, &errors.items[0]);
    if (status == CRM_OK && call->dry && result.plan)
        status = tell_changes(f->run, result.plan, call, err);
    if (status == CRM_OK) call->changeset = result.id;
    if (status == CRM_OK && result.id && !call->dry)
        (void)engine_write(call->host->options.engine, write_changeset_id, f, NULL);
    return status;
}

static struct str error_text(struct arena *a, const struct err *why) {
    BUF_CLEANUP struct buf text;
    buf_init(&text, 8 * 1024);
    if (why->where[0]) buf_printf(&text, "%s: ", why->where);
    err_format(why, LANGUAGE_EN, &text);
    return arena_str(a, buf_str(&text));
}

/* A failed run leaves its row, too. */
static void account_failure(struct finish *f, crm_status status, const struct err *why) {
    f->outcome = str_from(script_outcome(status, why));
    f->error = error_text(f->call->arena, why);
    f->was_killed = script_is_kill(status, why);
    if (f->call->dry ||
        engine_write(f->call->host->options.engine, write_account, f, NULL) != CRM_OK)
        return;
    if (f->stopped) script_kill_apply(f->call->host, f->call->name);
}

static struct str effects_text(const struct script_run *r, struct arena *a) {
    if (r->effects.status != CRM_OK) return STR("[]");
    return arena_printf(a, "[%.*s]", STR_ARG(buf_str(&r->effects)));
}

crm_status script_call_function(struct script_call *call, struct script_state *s,
                                struct str version, struct err *err) {
    struct access access;
    struct changeset c;
    access_init(&access, call->schema, &call->actor);
    changeset_init(&c, call->arena, (struct schema *)(uintptr_t)call->schema, &call->actor);
    c.cause = call->cause.len ? call->cause : call->name;
    c.script_version = version;
    c.depth = call->job ? call->job->job->depth : 0;
    struct script_run r = {.engine = call->host->options.engine,
                           .schema = call->schema,
                           .access = &access,
                           .arena = call->arena,
                           .conn = call->conn,
                           .changeset = &c,
                           .job = call->job,
                           .test = call->is_test ? call : NULL,
                           .http_allowed = call->host->options.http_allowed,
                           .carry = call->dry ? call->carry : NULL,
                           .now_ms = call->now_ms ? call->now_ms : clock_now_ms(),
                           .memory_bytes = call->memory_bytes,
                           .print = call->print,
                           .print_ctx = call->print_ctx};
    script_run_begin(&r, s);
    crm_status status = invoke(call, &r, err);
    struct finish f = {.call = call,
                       .run = &r,
                       .version = version,
                       .outcome = STR("ok"),
                       .id = id_next(engine_ids(r.engine))};
    call->effects = effects_text(&r, call->arena);
    call->rows = (int64_t)r.rows;
    if (status == CRM_OK) status = commit(&f, err);
    if (status == CRM_OK && r.carry) status = script_carry_take(r.carry, &r, err);
    if (status != CRM_OK && !script_keep_is_stale(status, err)) account_failure(&f, status, err);
    script_run_end(&r);
    changeset_fini(&c);
    return status;
}

static bool is_spoiled(crm_status status) {
    return status == CRM_TIMEOUT || status == CRM_NO_MEMORY || status == CRM_CANCELLED;
}

/* A reference, or NULL. */
static struct script_unit *find_unit(struct script_host *host, struct str name,
                                     size_t *ret_handler) {
    struct script_unit *found = NULL;
    struct script_units *units = script_units_ref(host);
    for (size_t i = 0; i < units->count && !found; i++)
        for (size_t k = 0; k < units->items[i]->probe->handler_count && !found; k++) {
            if (!str_eq(units->items[i]->names[k], name)) continue;
            *ret_handler = k;
            found = script_unit_ref(units->items[i]);
        }
    script_units_unref(units);
    return found;
}

crm_status script_handler_get(struct script_host *host, struct str name, struct arena *a,
                              struct script_handler *ret, struct err *err) {
    size_t handler = 0;
    struct script_unit *u = find_unit(host, name, &handler);
    if (!u) return err_set_args(err, CRM_NOT_FOUND, &say_script_no_handler, &name, 1);
    *ret = u->probe->handlers[handler];
    ret->subject = arena_str(a, ret->subject);
    ret->when = arena_str(a, ret->when);
    ret->name = arena_str(a, ret->name);
    ret->file = arena_str(a, ret->file);
    script_unit_unref(u);
    return ret->subject.ptr && ret->file.ptr ? CRM_OK : err_no_memory(err);
}

bool script_is_fault(crm_status status) {
    return status == CRM_REFUSED || status == CRM_INVALID || status == CRM_TIMEOUT ||
           status == CRM_NO_MEMORY || status == CRM_RANGE;
}

crm_status script_call_unit(struct script_call *call, struct script_unit *u, size_t handler,
                            struct err *err) {
    struct script_state *s;
    crm_status status = script_unit_take(u, &s, err);
    if (status != CRM_OK) return status;
    int tries = 0;
    do {
        lua_rawgeti(lua_guard_state(s->guard), LUA_REGISTRYINDEX, s->handlers[handler].function);
        status = script_call_function(call, s, u->version, err);
    } while (script_keep_is_stale(status, err) && ++tries < KEEP_TRIES);
    script_unit_give(u, s, is_spoiled(status));
    return status;
}

crm_status script_call_named(struct script_call *call, struct err *err) {
    size_t handler = 0;
    struct script_unit *u = find_unit(call->host, call->name, &handler);
    crm_status status =
        u ? script_call_unit(call, u, handler, err)
          : err_set_args(err, CRM_NOT_FOUND, &say_script_no_handler, &call->name, 1);
    script_unit_unref(u);
    return status;
}
