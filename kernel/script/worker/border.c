/* Running handlers in workers, from the server's side. See border.h. */
#include "script/worker/border.h"

#include <stdio.h>
#include <time.h>

#include <lauxlib.h>

#include "base/json.h"
#include "lua/messages.h"
#include "script/messages.h"
#include "script/worker/protocol.h"

enum { BUDGET_MAX_MS = 600000, WAIT_FACTOR = 20 };
#define START_NS ((int64_t)5000000000) /* a new process has its libraries to load */

/* One RUN and what becomes of it. */
struct session {
    struct lua_guard *guard;
    const struct script_remote *remote;
    struct script_run *run; /* NULL while sources are loaded */
    struct script_worker *worker;
    struct script_border *border;
    int64_t cpu_ms, began_cpu_ns;
    bool is_done;
};

/* ---- how it can end ----------------------------------------------------------------------------
 */

static bool is_stopped(void *ctx) {
    const struct session *s = ctx;
    if (lua_guard_is_killed(s->guard)) return true;
    return s->run && s->run->job && event_job_is_cancelled(s->run->job);
}

static int64_t worker_cpu_ns(const struct script_worker *it) {
    clockid_t clock;
    struct timespec at;
    if (clock_getcpuclockid(it->pid, &clock) != 0 || clock_gettime(clock, &at) != 0)
        return INT64_MAX;
    return (int64_t)at.tv_sec * 1000000000 + at.tv_nsec;
}

/* Its time is up on the clock: so it is unless the machine was so busy with others that the worker
 * could not yet use the processor time that it is allowed. */
static bool is_spent(void *ctx) {
    const struct session *s = ctx;
    int64_t most_ns = WAIT_FACTOR * s->cpu_ms * 1000000 + START_NS;
    if (-s->worker->channel.left_ns > most_ns) return true;
    return worker_cpu_ns(s->worker) - s->began_cpu_ns >= s->cpu_ms * 1000000;
}

static crm_status failed(struct session *s, enum script_channel_end end, struct err *err) {
    char size[32];
    switch (end) {
    case SCRIPT_CHANNEL_OK:
        return CRM_OK;
    case SCRIPT_CHANNEL_LATE:
        s->border->was_killed = true;
        s->border->cpu_ns += s->cpu_ms * 1000000;
        (void)snprintf(size, sizeof size, "%lld", (long long)s->cpu_ms);
        return err_set(err, CRM_TIMEOUT, &lua_text_script_out_of_time, size, NULL);
    case SCRIPT_CHANNEL_STOPPED:
        return err_set(err, CRM_CANCELLED, &say_script_stopped, NULL);
    case SCRIPT_CHANNEL_MEMORY:
        return err_set(err, CRM_TOO_LARGE, &say_script_wire_large, NULL);
    default:
        s->border->was_killed = true;
        return err_set(err, CRM_REFUSED, &say_script_crashed, NULL);
    }
}

/* ---- a RUN -------------------------------------------------------------------------------------
 */

static void put_run(const struct session *s, enum script_mode mode, uint32_t handler) {
    struct buf *b = &s->worker->out;
    const struct script_remote *remote = s->remote;
    const struct script_run *r = s->run;
    buf_clear(b);
    script_wire_put_byte(b, SCRIPT_RUN);
    script_wire_put_byte(b, (uint8_t)mode);
    script_wire_put_u32(b, handler);
    script_wire_put_i64(b, s->cpu_ms);
    script_wire_put_i64(b, r ? (int64_t)r->memory_bytes : 0);
    script_wire_put_i64(b, r ? r->now_ms : 0);
    script_wire_put_byte(b, r ? (uint8_t)r->access->actor.language : 0);
    script_wire_put_byte(b, (uint8_t)remote->layer);
    script_wire_put_byte(b, r && r->print != NULL);
    script_wire_put_text(b, remote->owner);
    script_wire_put_u32(b, (uint32_t)remote->source_count);
    for (size_t i = 0; i < remote->source_count; i++) {
        script_wire_put_text(b, remote->sources[i].name);
        script_wire_put_text(b, remote->sources[i].text);
    }
}

/* The values from `first` on the stack up. */
static crm_status put_values(struct session *s, lua_State *L, int first, struct err *err) {
    struct script_wire_out out = {.L = L,
                                  .buf = &s->worker->out,
                                  .err = err,
                                  .put_object = script_border_put_object,
                                  .ctx = s->run};
    int count = lua_gettop(L) - first + 1;
    crm_status status = CRM_OK;
    script_wire_put_u32(out.buf, (uint32_t)count);
    for (int i = 0; status == CRM_OK && i < count; i++)
        status = script_wire_put(&out, first + i);
    if (status != CRM_OK) return status;
    return out.buf->status == CRM_OK ? CRM_OK
                                     : err_set(err, CRM_TOO_LARGE, &say_script_wire_large, NULL);
}

/* ---- what the worker asks for ------------------------------------------------------------------
 */

/* The call runs inside the state's own guard, so that its errors are those of any other. */
static crm_status answer(struct session *s, struct script_wire_in *in, struct err *err) {
    static const struct lua_budget none = {0};
    lua_State *L = lua_guard_state(s->guard);
    struct script_border_call call = {s->run, *in};
    struct buf *out = &s->worker->out;
    struct err why;
    int top = lua_gettop(L);
    if (!s->run) return failed(s, SCRIPT_CHANNEL_GONE, err);
    err_clear(&why);
    lua_pushcfunction(L, l_script_border_call);
    lua_pushlightuserdata(L, &call);
    crm_status status = lua_guard_call(s->guard, 1, LUA_MULTRET, &none, &why);
    if (lua_guard_is_killed(s->guard)) {
        lua_settop(L, top);
        err_copy(err, &why);
        return status != CRM_OK ? status : CRM_CANCELLED;
    }
    buf_clear(out);
    script_wire_put_byte(out, SCRIPT_REPLY);
    script_wire_put_byte(out, status == CRM_OK);
    if (status == CRM_OK && put_values(s, L, top + 1, &why) != CRM_OK) {
        buf_clear(out);
        script_wire_put_byte(out, SCRIPT_REPLY);
        script_wire_put_byte(out, false);
        status = why.status;
    }
    if (status != CRM_OK) script_wire_put_err(out, &why);
    lua_settop(L, top);
    return failed(s, script_channel_send(&s->worker->channel, buf_str(out)), err);
}

static crm_status take_end(struct session *s, struct script_wire_in *in, struct err *err) {
    int64_t cpu_ns, peak;
    uint8_t is_fine;
    if (!script_wire_i64(in, &cpu_ns) || !script_wire_i64(in, &peak) ||
        !script_wire_byte(in, &is_fine) || cpu_ns < 0 || peak < 0)
        return failed(s, SCRIPT_CHANNEL_GONE, err);
    s->is_done = true;
    s->border->cpu_ns += cpu_ns;
    s->worker->cpu_ns += cpu_ns;
    if ((size_t)peak > s->border->memory_peak_bytes) s->border->memory_peak_bytes = (size_t)peak;
    if (is_fine) return CRM_OK;
    return script_wire_err(in, err) ? err->status : failed(s, SCRIPT_CHANNEL_GONE, err);
}

/* Until the worker is done; `in` then stands in front of its result. */
static crm_status serve(struct session *s, struct script_wire_in *in, struct err *err) {
    uint8_t what;
    for (;;) {
        crm_status status =
            failed(s, script_channel_receive(&s->worker->channel, &s->worker->in), err);
        if (status != CRM_OK) return status;
        *in = (struct script_wire_in){.at = s->worker->in.ptr,
                                      .end = s->worker->in.ptr + s->worker->in.len,
                                      .push_object = l_script_border_push_object,
                                      .ctx = s->run};
        if (!script_wire_byte(in, &what)) return failed(s, SCRIPT_CHANNEL_GONE, err);
        if (what == SCRIPT_DONE) return take_end(s, in, err);
        if (what != SCRIPT_CALL) return failed(s, SCRIPT_CHANNEL_GONE, err);
        status = answer(s, in, err);
        if (status != CRM_OK) return status;
    }
}

/* An idle worker may have died since: then another one is asked. The arguments on the stack from
 * `first` go with it. */
static crm_status begin(struct session *s, enum script_mode mode, uint32_t handler, lua_State *L,
                        int first, struct err *err) {
    bool is_job = s->run && s->run->job;
    for (;;) {
        crm_status status =
            s->worker ? CRM_OK : script_workers_take(s->remote->workers, is_job, &s->worker, err);
        if (status != CRM_OK) return status;
        bool is_fresh = s->worker->is_fresh;
        if (s->run) s->border->worker = s->worker;
        s->worker->channel.left_ns = 2 * s->cpu_ms * 1000000 + (is_fresh ? START_NS : 0);
        s->began_cpu_ns = worker_cpu_ns(s->worker);
        s->worker->channel.stopped = is_stopped;
        s->worker->channel.spent = is_spent;
        s->worker->channel.ctx = s;
        put_run(s, mode, handler);
        status = put_values(s, L, first, err);
        if (status != CRM_OK) return status;
        s->border->is_idle = false;
        enum script_channel_end end =
            script_channel_send(&s->worker->channel, buf_str(&s->worker->out));
        if (end != SCRIPT_CHANNEL_GONE || is_fresh) return failed(s, end, err);
        script_workers_give(s->remote->workers, s->worker, true);
        s->worker = s->border->worker = NULL;
    }
}

static int64_t budget_of(struct lua_guard *g, int64_t used_ns) {
    int64_t ms = lua_guard_budget_ms(g);
    if (ms <= 0 || ms > BUDGET_MAX_MS) ms = BUDGET_MAX_MS;
    ms -= used_ns / 1000000;
    return ms > 0 ? ms : 1;
}

/* ---- handlers ----------------------------------------------------------------------------------
 */

static struct script_border *border_of(lua_State *L, struct script_run *r) {
    if (r->border) return r->border;
    struct script_border *b = ARENA_NEW(r->arena, struct script_border);
    if (!b) {
        struct err err;
        err_no_memory(&err);
        l_raise(L, &err);
    }
    lua_newtable(L);
    b->handles = luaL_ref(L, LUA_REGISTRYINDEX);
    b->is_idle = true;
    r->border = b;
    return b;
}

static crm_status take_value(struct session *s, struct script_wire_in *in, struct err *err) {
    struct str text;
    json_t *tree = NULL;
    if (!script_wire_text(in, &text)) return failed(s, SCRIPT_CHANNEL_GONE, err);
    static const struct json_limits limits = {1 << 20, 64, SCRIPT_WIRE_ELEMENTS};
    bool is_json = str_is(text, "null") || json_parse(text, &limits, &tree, NULL) == CRM_OK;
    json_decref(tree);
    s->border->value = is_json ? arena_str(s->run->arena, text) : STR("null");
    return s->border->value.ptr ? CRM_OK : err_no_memory(err);
}

/* (arguments...) -> nothing; the result is in the border. */
static int l_remote(lua_State *L) {
    struct script_state *state = script_state_of(L);
    struct err err;
    err_clear(&err);
    if (!state->run) l_fail(L, &say_script_outside, (const struct str[]){STR("worker")}, 1);
    struct script_border *border = border_of(L, state->run);
    struct session s = {.guard = state->guard,
                        .remote = state->remote,
                        .run = state->run,
                        .worker = border->worker,
                        .border = border,
                        .cpu_ms = budget_of(state->guard, border->cpu_ns)};
    struct script_wire_in in;
    border->told_count = 0;
    crm_status status = begin(&s, (enum script_mode)lua_tointeger(L, lua_upvalueindex(1)),
                              (uint32_t)lua_tointeger(L, lua_upvalueindex(2)), L, 1, &err);
    if (status == CRM_OK) status = serve(&s, &in, &err);
    border->is_idle = s.is_done;
    if (status == CRM_OK) status = take_value(&s, &in, &err);
    l_check(L);
    if (status != CRM_OK) l_raise(L, &err);
    return 0;
}

static void push_remote(lua_State *L, enum script_mode mode, size_t handler) {
    lua_pushinteger(L, mode);
    lua_pushinteger(L, (lua_Integer)handler);
    lua_pushcclosure(L, l_remote, 2);
}

static struct script_handler *handlers_new(lua_State *L, struct script_state *s, size_t count) {
    struct script_handler *all = ARENA_ARRAY(&s->arena, count + 1, struct script_handler);
    if (!all) {
        struct err err;
        err_no_memory(&err);
        l_raise(L, &err);
    }
    s->handlers = all;
    s->handler_count = s->handler_capacity = count;
    return all;
}

int l_remote_text(lua_State *L) {
    struct script_handler *only = handlers_new(L, script_state_of(L), 1);
    *only = (struct script_handler){.kind = SCRIPT_SCHEDULE};
    push_remote(L, SCRIPT_MODE_TEXT, 0);
    only->function = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

int l_remote_copy(lua_State *L) {
    const struct script_state *from = lua_touserdata(L, 1);
    struct script_handler *all = handlers_new(L, script_state_of(L), from->handler_count);
    for (size_t i = 0; i < from->handler_count; i++) {
        all[i] = from->handlers[i];
        push_remote(L, SCRIPT_MODE_HANDLER, i);
        all[i].function = luaL_ref(L, LUA_REGISTRYINDEX);
    }
    return 0;
}

void script_border_end(struct script_run *r) {
    struct script_border *b = r->border;
    if (!b) return;
    luaL_unref(lua_guard_state(r->state->guard), LUA_REGISTRYINDEX, b->handles);
    if (b->worker) script_workers_give(r->state->remote->workers, b->worker, !b->is_idle);
    b->worker = NULL;
}

/* ---- declarations ------------------------------------------------------------------------------
 */

/* The name of a source, as long as the unit lives; raises for one that is none of ours. */
static struct str source_name(lua_State *L, const struct script_remote *remote, const char *file) {
    for (size_t i = 0; file && i < remote->source_count; i++)
        if (str_is(remote->sources[i].name, file)) return remote->sources[i].name;
    l_script_wire_wrong(L);
}

/* Calls the word of the declaration on top with what it was given and the function that runs it. */
static void declare(lua_State *L, struct script_state *s, size_t index) {
    static const char *const parts[] = {"subject", "name", "options"};
    int at = lua_gettop(L);
    luaL_checktype(L, at, LUA_TTABLE);
    lua_getfield(L, at, "file");
    s->file = source_name(L, s->remote, lua_tostring(L, -1));
    lua_getfield(L, at, "line");
    s->declared_line = (int32_t)lua_tointeger(L, -1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    lua_getfield(L, at, "kind");
    if (!script_handler_is_word(lua_tostring(L, -1))) l_script_wire_wrong(L);
    lua_rawget(L, -2);
    int base = lua_gettop(L);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        lua_getfield(L, at, parts[i]);
        if (lua_isnil(L, -1)) lua_pop(L, 1);
    }
    push_remote(L, SCRIPT_MODE_HANDLER, index);
    lua_call(L, lua_gettop(L) - base, 0);
    lua_settop(L, at - 1);
}

struct loading {
    struct script_state *state;
    struct session *session;
    struct script_wire_in in;
};

static int l_declare_all(lua_State *L) {
    struct loading *l = lua_touserdata(L, 1);
    l_script_wire_push(L, &l->in);
    luaL_checktype(L, -1, LUA_TTABLE);
    int list = lua_gettop(L);
    size_t count = lua_rawlen(L, list);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, list, (lua_Integer)i + 1);
        declare(L, l->state, i);
    }
    return 0;
}

static crm_status declare_all(struct script_state *s, struct script_wire_in in, struct err *err) {
    static const struct lua_budget budget = {.cpu_ms = SCRIPT_LOAD_MS};
    struct loading l = {.state = s, .in = in};
    lua_State *L = lua_guard_state(s->guard);
    lua_pushcfunction(L, l_declare_all);
    lua_pushlightuserdata(L, &l);
    s->loading = true;
    crm_status status = lua_guard_call(s->guard, 1, 0, &budget, err);
    s->loading = false;
    s->declared_line = 0;
    return status;
}

crm_status script_remote_load(struct script_state *s, struct err *err) {
    struct script_border border = {.is_idle = true};
    struct session session = {
        .guard = s->guard, .remote = s->remote, .border = &border, .cpu_ms = SCRIPT_LOAD_MS};
    struct script_wire_in in;
    lua_State *L = lua_guard_state(s->guard);
    enum script_mode mode = s->remote->handlers_only ? SCRIPT_MODE_HANDLERS : SCRIPT_MODE_LOAD;
    crm_status status = begin(&session, mode, 0, L, lua_gettop(L) + 1, err);
    if (status == CRM_OK) status = serve(&session, &in, err);
    if (status == CRM_OK) status = declare_all(s, in, err);
    if (session.worker) script_workers_give(s->remote->workers, session.worker, !session.is_done);
    return status;
}
