/* Beginning and ending a run, and what every part of the API asks of it. See run.h. */
#include "script/run.h"

#include <stdatomic.h>
#include <stdio.h>

#include <lauxlib.h>

#include "base/json.h"
#include "script/messages.h"
#include "script/worker/border.h"

static _Atomic uint64_t run_numbers; /* only ever compared for being the same */

void script_run_begin(struct script_run *r, struct script_state *s) {
    r->id = atomic_fetch_add_explicit(&run_numbers, 1, memory_order_relaxed) + 1;
    r->state = s;
    buf_init(&r->effects, SCRIPT_EFFECTS_MAX);
    s->run = r;
}

void script_run_end(struct script_run *r) {
    script_border_end(r);
    r->state->run = NULL;
    if (r->has_view) record_view_fini(&r->view);
    r->has_view = false;
    buf_fini(&r->effects);
}

struct lua_usage script_run_usage(const struct script_run *r) {
    struct lua_usage usage = lua_guard_usage(r->state->guard);
    if (!r->border) return usage;
    usage.cpu_ns += r->border->cpu_ns;
    usage.memory_peak_bytes = r->border->memory_peak_bytes;
    return usage;
}

crm_status script_run_view(struct script_run *r, struct record_view **ret, struct err *err) {
    if (!r->has_view) {
        crm_status status =
            record_view_init(&r->view, r->engine, r->conn, r->access, r->arena, err);
        if (status != CRM_OK) return status;
        r->has_view = true;
        r->view.now_ms = r->now_ms;
    }
    *ret = &r->view;
    return CRM_OK;
}

struct script_run *l_run(lua_State *L, const char *function) {
    struct script_state *s = script_state_of(L);
    if (!s->run) l_fail(L, &say_script_outside, (const struct str[]){str_from(function)}, 1);
    s->run->calls++;
    return s->run;
}

void l_note_place(lua_State *L, struct script_run *r) {
    lua_Debug ar;
    if (r->border) return; /* the worker has told */
    r->at[0] = '\0';
    for (int level = 1; lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "Sl", &ar);
        if (ar.currentline <= 0) continue;
        bool is_name = ar.source[0] == '@' || ar.source[0] == '=';
        (void)snprintf(r->at, sizeof r->at, "%s:%d", ar.source + is_name, ar.currentline);
        return;
    }
}

void l_raise_status(lua_State *L, crm_status status, const struct err *err) {
    if (status != CRM_OK) l_raise(L, err);
}

void l_check_stopped(lua_State *L, const struct script_run *r) {
    l_check(L);
    if (!r->job || !event_job_is_cancelled(r->job)) return;
    struct err err;
    err_set(&err, CRM_CANCELLED, &say_script_stopped, NULL);
    l_raise(L, &err);
}

void script_run_effect(struct script_run *r, const char *verb, struct str entity, int64_t id,
                       struct str detail) {
    struct json_writer out;
    size_t before = r->effects.len;
    if (before > 0) buf_add_char(&r->effects, ',');
    json_writer_init(&out, &r->effects);
    json_object_open(&out);
    json_key_lit(&out, "verb");
    json_cstr(&out, verb);
    if (entity.len > 0) {
        json_key_lit(&out, "entity");
        json_text(&out, entity);
    }
    if (id) {
        json_key_lit(&out, "id");
        json_id(&out, id);
    }
    if (detail.len > 0) {
        json_key_lit(&out, "detail");
        json_raw(&out, detail);
    }
    if (r->at[0]) {
        json_key_lit(&out, "at");
        json_text(&out, str_from(r->at));
    }
    json_object_shut(&out);
}
