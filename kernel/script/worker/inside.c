/* The worker process: runs, one after the other. See inside.h. */
#include "script/worker/inside.h"

#include <lauxlib.h>
#include <malloc.h>
#include <time.h>
#include <unistd.h>

#include "script/call.h"
#include "script/messages.h"
#include "script/worker/sandbox.h"

enum { SOURCES_MAX = 2000, RESULT_BYTES = 1 << 20, KEPT_BYTES = 32 << 20 };

/* A RUN as it came; texts are borrowed from the message. */
struct order {
    uint8_t mode, language, layer, is_heard;
    uint32_t handler, source_count;
    int64_t cpu_ms, memory, now_ms;
    struct str owner;
    struct script_wire_in wire; /* in front of the next part */
};

struct job {
    struct script_inside *inside;
    struct script_state *state;
    struct script_run *run;
    struct order *order;
    int64_t cpu_ns;
};

static bool order_read(struct script_inside *in, struct order *o) {
    uint8_t kind;
    o->wire = (struct script_wire_in){.at = in->in.ptr,
                                      .end = in->in.ptr + in->in.len,
                                      .push_object = l_proxy_push_object,
                                      .ctx = in};
    struct script_wire_in *w = &o->wire;
    return script_wire_byte(w, &kind) && kind == SCRIPT_RUN && script_wire_byte(w, &o->mode) &&
           script_wire_u32(w, &o->handler) && script_wire_i64(w, &o->cpu_ms) &&
           script_wire_i64(w, &o->memory) && script_wire_i64(w, &o->now_ms) &&
           script_wire_byte(w, &o->language) && script_wire_byte(w, &o->layer) &&
           script_wire_byte(w, &o->is_heard) && script_wire_text(w, &o->owner) &&
           script_wire_u32(w, &o->source_count) && o->source_count <= SOURCES_MAX;
}

static bool is_loading(const struct order *o) {
    return o->mode == SCRIPT_MODE_LOAD || o->mode == SCRIPT_MODE_HANDLERS;
}

/* ---- calling -----------------------------------------------------------------------------------
 */

static void print(void *ctx, struct str line) {
    lua_State *L = lua_guard_state(ctx);
    luaL_checkstack(L, 8, NULL);
    lua_pushlstring(L, line.ptr, line.len);
    l_proxy_ask(L, SCRIPT_CALL_PRINT, "print", lua_gettop(L));
    lua_pop(L, 1);
}

static int64_t left_ms(const struct job *j) {
    int64_t left = j->order->cpu_ms - j->cpu_ns / 1000000;
    return left > 0 ? left : 1;
}

static crm_status sources_load(struct job *j, struct err *err) {
    struct str name, text;
    crm_status status = CRM_OK;
    for (uint32_t i = 0; status == CRM_OK && i < j->order->source_count; i++) {
        if (!script_wire_text(&j->order->wire, &name) || !script_wire_text(&j->order->wire, &text))
            return err_set(err, CRM_INVALID, &say_script_wire, NULL);
        if (j->order->mode == SCRIPT_MODE_TEXT)
            return lua_guard_load(j->state->guard, text, arena_cstr(&j->state->arena, name), err);
        status = script_state_load(j->state, name, text, err);
        j->cpu_ns += lua_guard_usage(j->state->guard).cpu_ns;
    }
    return status;
}

/* (function, job) -> first result */
static int l_invoke(lua_State *L) {
    struct job *j = lua_touserdata(L, 2);
    uint32_t count;
    lua_settop(L, 1);
    if (!script_wire_u32(&j->order->wire, &count)) l_script_wire_wrong(L);
    luaL_checkstack(L, (int)count + 8, NULL);
    for (uint32_t i = 0; i < count; i++)
        l_script_wire_push(L, &j->order->wire);
    lua_call(L, (int)count, 1);
    return 1;
}

static crm_status call(struct job *j, struct buf *result, struct err *err) {
    struct lua_guard *g = j->state->guard;
    lua_State *L = lua_guard_state(g);
    const struct lua_budget budget = {.cpu_ms = left_ms(j),
                                      .memory_bytes = (size_t)j->order->memory};
    if (j->order->mode == SCRIPT_MODE_HANDLER) {
        if (j->order->handler >= j->state->handler_count)
            return err_set(err, CRM_INVALID, &say_script_wire, NULL);
        lua_rawgeti(L, LUA_REGISTRYINDEX, j->state->handlers[j->order->handler].function);
    }
    lua_pushcfunction(L, l_invoke);
    lua_insert(L, -2);
    lua_pushlightuserdata(L, j);
    j->run->print_ctx = g;
    script_run_begin(j->run, j->state);
    crm_status status = lua_guard_call(g, 2, 1, &budget, err);
    j->cpu_ns += lua_guard_usage(g).cpu_ns;
    if (status == CRM_OK) script_result_json(L, result);
    script_run_end(j->run);
    if (status == CRM_OK && result->status != CRM_OK)
        return err_set(err, CRM_TOO_LARGE, &say_script_result, NULL);
    return status;
}

/* ---- what the sources declare ------------------------------------------------------------------
 */

static void set_text(lua_State *L, const char *key, struct str text) {
    if (text.len == 0) return;
    lua_pushlstring(L, text.ptr, text.len);
    lua_setfield(L, -2, key);
}

/* Pushes the list of handlers. */
static int l_declarations(lua_State *L) {
    const struct script_state *s = script_state_of(L);
    lua_newtable(L);
    for (size_t i = 0; i < s->handler_count; i++) {
        const struct script_handler *h = &s->handlers[i];
        lua_newtable(L);
        set_text(L, "kind", str_from(script_handler_word(h->kind)));
        set_text(L, "subject", h->subject);
        set_text(L, "name", h->name);
        set_text(L, "file", h->file);
        lua_pushinteger(L, h->line);
        lua_setfield(L, -2, "line");
        if (h->options != LUA_NOREF) {
            lua_rawgeti(L, LUA_REGISTRYINDEX, h->options);
            lua_setfield(L, -2, "options");
        }
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static crm_status put_declarations(struct job *j, struct buf *out, struct err *err) {
    static const struct lua_budget budget = {.cpu_ms = SCRIPT_LOAD_MS};
    lua_State *L = lua_guard_state(j->state->guard);
    struct script_wire_out wire = {.L = L, .buf = out, .err = err};
    lua_pushcfunction(L, l_declarations);
    crm_status status = lua_guard_call(j->state->guard, 0, 1, &budget, err);
    return status == CRM_OK ? script_wire_put(&wire, -1) : status;
}

/* ---- a run -------------------------------------------------------------------------------------
 */

static crm_status state_make(struct job *j, struct err *err) {
    crm_status status = script_state_new((enum schema_layer)j->order->layer, j->order->owner,
                                         (size_t)j->order->memory, &j->state, err);
    if (status != CRM_OK) return status;
    j->state->inside = j->inside;
    j->state->handlers_only = j->order->mode == SCRIPT_MODE_HANDLERS;
    return lua_guard_protect(j->state->guard, l_proxy_open, NULL, err);
}

static void answer(struct job *j, crm_status status, struct str value, const struct err *why) {
    struct buf *out = &j->inside->out;
    struct lua_usage usage = {0};
    if (j->state) usage = lua_guard_usage(j->state->guard);
    buf_clear(out);
    script_wire_put_byte(out, SCRIPT_DONE);
    script_wire_put_i64(out, j->cpu_ns);
    script_wire_put_i64(out, (int64_t)usage.memory_peak_bytes);
    script_wire_put_byte(out, status == CRM_OK);
    if (status != CRM_OK)
        script_wire_put_err(out, why);
    else if (is_loading(j->order))
        buf_add_str(out, value);
    else
        script_wire_put_text(out, value);
    if (script_channel_send(&j->inside->channel, buf_str(out)) != SCRIPT_CHANNEL_OK) _exit(1);
}

static void run(struct script_inside *in, struct order *o) {
    struct access access = {.actor = {.language = (enum language)o->language}};
    struct script_run r = {
        .access = &access, .now_ms = o->now_ms, .print = o->is_heard ? print : NULL};
    struct job j = {.inside = in, .run = &r, .order = o};
    struct err why;
    struct buf value;
    buf_init(&value, is_loading(o) ? SCRIPT_WIRE_BYTES : RESULT_BYTES);
    in->freed_count = 0;
    in->depth = 0;
    err_clear(&why);
    crm_status status = state_make(&j, &why);
    if (status == CRM_OK) status = sources_load(&j, &why);
    if (status == CRM_OK)
        status = is_loading(o) ? put_declarations(&j, &value, &why) : call(&j, &value, &why);
    answer(&j, status, buf_str(&value), &why);
    script_state_free(j.state);
    buf_fini(&value);
}

/* What the first run would have the C library read or set up, done while it still can. */
static void warm_up(struct script_inside *in) {
    static const char text[] =
        "return os.date('%c') .. os.time { year = 2020, month = 1, day = 1 }";
    struct order o = {.mode = SCRIPT_MODE_TEXT, .layer = SCHEMA_LAYER_ADMIN, .cpu_ms = 1000};
    struct access access = {0};
    struct script_run r = {.access = &access};
    struct job j = {.inside = in, .run = &r, .order = &o};
    struct buf ignored;
    tzset();
    buf_init(&ignored, RESULT_BYTES);
    buf_reserve(&in->in, 2 * SCRIPT_CHANNEL_PACKET);
    buf_reserve(&in->out, SCRIPT_CHANNEL_PACKET);
    script_wire_put_u32(&in->in, 0);
    o.wire = (struct script_wire_in){.at = in->in.ptr, .end = in->in.ptr + in->in.len};
    if (state_make(&j, NULL) == CRM_OK &&
        lua_guard_load(j.state->guard, str_from(text), "warm", NULL) == CRM_OK)
        (void)call(&j, &ignored, NULL);
    script_state_free(j.state);
    buf_fini(&ignored);
}

int script_worker_main(void) {
    static struct script_inside in = {.channel = {.fd = SCRIPT_CHANNEL_FD}};
    struct order o = {0};
    buf_init(&in.in, SCRIPT_CHANNEL_MAX);
    buf_init(&in.out, SCRIPT_CHANNEL_MAX);
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES); /* the next state wants what this one lets go */
    mallopt(M_MMAP_THRESHOLD, KEPT_BYTES);
    warm_up(&in);
    if (!script_sandbox_enter(SCRIPT_CHANNEL_FD + 1)) return 1;
    while (script_channel_receive(&in.channel, &in.in) == SCRIPT_CHANNEL_OK && order_read(&in, &o))
        run(&in, &o);
    buf_fini(&in.in);
    buf_fini(&in.out);
    return 0;
}
