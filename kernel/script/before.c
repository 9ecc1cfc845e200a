/* Before-handlers: part of prepare, on whichever thread prepares. All handlers of a unit for the
 * change at hand are one guarded call. Failures stop the changeset; only what is not a refusal
 * leaves a row in sys_run, because a row for each save would cost more than the handlers do. */
#include <stdlib.h>

#include <lauxlib.h>

#include "base/time.h"
#include "script/stop.h"
#include "script/unit.h"

static int l_before(lua_State *L) {
    struct script_run *r = lua_touserdata(L, 1);
    struct script_state *s = r->state;
    const struct record_change *c = r->hook->change;
    lua_settop(L, 0);
    l_record_push(L, r, SCRIPT_RECORD_CHANGE, c->entity, c->id, NULL);
    l_change_push(L, r);
    for (size_t i = 0; i < s->handler_count; i++) {
        const struct script_handler *h = &s->handlers[i];
        if (h->kind != SCRIPT_BEFORE || !str_eq(h->subject, c->entity->name)) continue;
        bool wrote = r->wrote;
        lua_rawgeti(L, LUA_REGISTRYINDEX, h->function);
        lua_pushvalue(L, 1);
        lua_pushvalue(L, 2);
        lua_call(L, 2, 0);
        if (r->wrote && !wrote && r->place.len == 0)
            r->place = arena_printf(r->arena, "before %.*s:%d", STR_ARG(h->file), (int)h->line);
    }
    return 0;
}

/* The log shows which handler had a hand in somebody's changeset. */
static void note_cause(const struct script_run *r, const struct script_unit *u) {
    struct changeset *c = r->hook->plan->changeset;
    if (!r->wrote || !r->place.ptr || c->cause.len > 0) return;
    c->cause = r->place;
    c->script_version = arena_str(c->arena, u->version);
}

struct failed_run {
    struct engine_task task; /* first */
    struct arena arena;
    struct script_account account;
    struct script_host *host;
    int64_t id;
    bool was_killed, stopped; /* stop.h */
};

static crm_status write_failure(void *ctx, struct store_conn *writer, struct err *err) {
    struct failed_run *f = ctx;
    crm_status status = script_account_write(writer, f->id, &f->account, err);
    if (status != CRM_OK || !f->was_killed) return status;
    return script_kill_judge(f->host, &f->account, f->id, writer, &f->stopped, err);
}

static void failure_written(void *ctx, crm_status status, const struct err *err) {
    struct failed_run *f = ctx;
    (void)err;
    if (status == CRM_OK && f->stopped) script_kill_apply(f->host, f->account.script);
    atomic_fetch_sub(&f->host->posted, 1);
    arena_fini(&f->arena);
    free(f);
}

/* Without waiting: the changeset is refused anyway, and this thread may be the writer. */
static void post_failure(struct script_host *host, const struct script_unit *u,
                         const struct record_hook_context *h, crm_status outcome,
                         const struct err *why, struct lua_usage usage) {
    struct failed_run *f = calloc(1, sizeof *f);
    if (!f) return;
    arena_init(&f->arena, 64 * 1024);
    BUF_CLEANUP struct buf text;
    buf_init(&text, 8 * 1024);
    if (why->where[0]) buf_printf(&text, "%s: ", why->where);
    err_format(why, LANGUAGE_EN, &text);
    f->host = host;
    f->was_killed = script_is_kill(outcome, why);
    f->id = id_next(engine_ids(host->options.engine));
    f->account = (struct script_account){
        .script = arena_printf(&f->arena, "script %.*s/before %.*s", STR_ARG(u->owner),
                               STR_ARG(h->change->entity->name)),
        .version = arena_str(&f->arena, u->version),
        .cause = arena_printf(&f->arena, "before %.*s", STR_ARG(h->change->entity->name)),
        .outcome = str_from(script_outcome(outcome, why)),
        .error = arena_str(&f->arena, buf_str(&text)),
        .started_ms = clock_now_ms(),
        .cpu_us = usage.cpu_ns / 1000,
        .wall_us = usage.cpu_ns / 1000,
        .memory = (int64_t)usage.memory_peak_bytes,
        .actor = h->access->actor.user};
    atomic_fetch_add(&host->posted, 1);
    f->task.fn = write_failure;
    f->task.done = failure_written;
    f->task.ctx = f;
    if (f->account.script.ptr && f->account.version.ptr && f->account.cause.ptr &&
        f->account.error.ptr && engine_post(host->options.engine, &f->task))
        return;
    failure_written(f, CRM_UNAVAILABLE, NULL);
}

static bool is_spoiled(crm_status status) {
    return status == CRM_TIMEOUT || status == CRM_NO_MEMORY || status == CRM_CANCELLED;
}

crm_status script_before_unit(struct script_host *host, struct script_unit *u,
                              struct record_hook_context *h, struct err *err) {
    struct script_state *s;
    crm_status status = script_unit_take(u, &s, err);
    if (status != CRM_OK) return status;
    struct script_run r = {.engine = h->engine,
                           .schema = h->access->schema,
                           .access = h->access,
                           .arena = h->plan->changeset->arena,
                           .conn = h->conn,
                           .hook = h,
                           .now_ms = h->env->now_ms};
    script_run_begin(&r, s);
    lua_State *L = lua_guard_state(s->guard);
    const struct lua_budget budget = {.cpu_ms = h->in_writer ? host->options.before_writer_ms
                                                             : host->options.before_ms};
    lua_pushcfunction(L, l_before);
    lua_pushlightuserdata(L, &r);
    status = lua_guard_call(s->guard, 1, 0, &budget, err);
    if (status == CRM_OK)
        note_cause(&r, u);
    else if (!h->plan->changeset->hooks &&
             (status != CRM_REFUSED || str_is(str_from(err->text.code), "script_error")))
        post_failure(host, u, h, status, err, script_run_usage(&r));
    script_run_end(&r);
    script_unit_give(u, s, is_spoiled(status));
    return status;
}

crm_status script_before_all(struct script_host *host, struct str without,
                             struct record_hook_context *h, struct err *err) {
    crm_status status = CRM_OK;
    struct script_units *units = script_units_ref(host);
    for (size_t i = 0; status == CRM_OK && i < units->count; i++) {
        struct script_unit *u = units->items[i];
        if (!atomic_load(&u->is_stopped) && !str_eq(u->owner, without) &&
            script_unit_has(u, SCRIPT_BEFORE, h->change->entity->name))
            status = script_before_unit(host, u, h, err);
    }
    script_units_unref(units);
    return status;
}

crm_status script_before(void *ctx, struct record_hook_context *h, struct err *err) {
    return script_before_all(ctx, STR_NONE, h, err);
}
