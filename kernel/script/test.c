/* See test.h. */
#include "script/test.h"

#include <lauxlib.h>

#include "script/call.h"
#include "script/messages.h"

enum { TEST_MS = 5000, TEST_MEMORY = 256 * 1024 * 1024, SETTLE_MS = 60000, LOAD_MS = 1000 };

extern const unsigned char script_test_lua[];
extern const size_t script_test_lua_bytes;

/* ---- settling ---------------------------------------------------------------------------------
 */

static crm_status emit_all(void *ctx, struct store_conn *writer, struct err *err) {
    const struct script_run *r = ctx;
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < r->emit_count; i++)
        status = event_emit(r->test->host->options.hub, writer, r->emits[i].name, r->emits[i].data,
                            r->test->name, r->changeset->depth, err);
    return status;
}

/* The changeset begins anew, whatever became of it. */
static crm_status commit(struct script_run *r, struct err *err) {
    struct changeset *c = r->changeset, old = *c;
    struct changeset_result result = {0};
    struct err_list errors = {0};
    crm_status status = CRM_OK;
    c->also = emit_all;
    c->also_ctx = r;
    if (c->op_count)
        status = changeset_commit(r->engine, r->conn, c, &result, &errors, err);
    else if (r->emit_count)
        status = engine_write(r->engine, emit_all, r, err);
    if (status != CRM_OK && errors.count) err_copy(err, &errors.items[0]);
    changeset_fini(c);
    changeset_init(c, r->arena, (struct schema *)(uintptr_t)r->schema, &r->test->actor);
    c->cause = old.cause;
    r->emit_count = 0;
    r->writes = 0;
    r->settles++;
    if (r->has_view) record_view_fini(&r->view);
    r->has_view = false;
    return status;
}

crm_status script_test_settle(struct script_run *r, struct err *err) {
    if (!r->test) return err_set(err, CRM_REFUSED, &say_script_settle, NULL);
    crm_status status = commit(r, err);
    return status == CRM_OK ? event_hub_settle(r->test->host->options.hub, SETTLE_MS, err) : status;
}

/* ---- a file -----------------------------------------------------------------------------------
 */

struct testing {
    struct script_host *host;
    struct script_state *state;
    struct arena *arena;
    enum language language;
    struct store_conn *conn;
    const struct schema *schema;
    int list; /* registry: what `test` has collected */
};

static crm_status run_chunk(struct testing *t, struct str text, const char *name, int results,
                            struct err *err) {
    const struct lua_budget budget = {.cpu_ms = LOAD_MS};
    crm_status status = lua_guard_load(t->state->guard, text, name, err);
    return status == CRM_OK ? lua_guard_call(t->state->guard, 0, results, &budget, err) : status;
}

static crm_status load(struct testing *t, const struct script_source *file, struct err *err) {
    lua_State *L = lua_guard_state(t->state->guard);
    const char *name = arena_cstr(t->arena, file->name);
    if (!name) return err_no_memory(err);
    crm_status status = run_chunk(t, str_make((const char *)script_test_lua, script_test_lua_bytes),
                                  "test", 1, err);
    if (status != CRM_OK) return status;
    t->list = luaL_ref(L, LUA_REGISTRYINDEX);
    return run_chunk(t, file->text, name, 0, err);
}

/* Leaves the body on the stack. */
static struct str take_test(struct testing *t, size_t at) {
    lua_State *L = lua_guard_state(t->state->guard);
    size_t len = 0;
    lua_rawgeti(L, LUA_REGISTRYINDEX, t->list);
    lua_rawgeti(L, -1, (lua_Integer)at + 1);
    lua_getfield(L, -1, "name");
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &len) : "?";
    struct str name = arena_str(t->arena, str_make(text, len ? len : 1));
    lua_pop(L, 1);
    lua_getfield(L, -1, "body");
    lua_replace(L, -3);
    lua_pop(L, 1);
    return name;
}

static void tell(const struct testing *t, crm_status status, const struct err *why,
                 struct script_test_result *ret) {
    BUF_CLEANUP struct buf text;
    buf_init(&text, 8 * 1024);
    ret->is_ok = status == CRM_OK;
    if (ret->is_ok) return;
    err_format(why, t->language, &text);
    ret->message = arena_str(t->arena, buf_str(&text));
    ret->where = arena_str(t->arena, str_from(why->where));
}

static crm_status run_test(struct testing *t, size_t at, struct script_test_result *ret,
                           struct err *err) {
    struct script_call call = {.host = t->host,
                               .schema = t->schema,
                               .arena = t->arena,
                               .conn = t->conn,
                               .cpu_ms = TEST_MS,
                               .memory_bytes = TEST_MEMORY,
                               .is_test = true};
    struct err why;
    engine_actor_system(ACCESS_DOOR_SCRIPT, &call.actor);
    ret->name = take_test(t, at);
    call.name = arena_printf(t->arena, "test %.*s", STR_ARG(ret->name));
    if (!ret->name.ptr || !call.name.ptr) return err_no_memory(err);
    crm_status status = script_call_function(&call, t->state, STR(""), &why);
    ret->wall_us = call.wall_us;
    tell(t, status, &why, ret);
    return CRM_OK;
}

static crm_status run_all(struct testing *t, struct script_test_result **ret, size_t *ret_count,
                          struct err *err) {
    lua_State *L = lua_guard_state(t->state->guard);
    lua_rawgeti(L, LUA_REGISTRYINDEX, t->list);
    size_t count = lua_rawlen(L, -1);
    lua_pop(L, 1);
    if (count > SCRIPT_TESTS_MAX) count = SCRIPT_TESTS_MAX;
    struct script_test_result *all = ARENA_ARRAY(t->arena, count + 1, struct script_test_result);
    if (!all) return err_no_memory(err);
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < count; i++)
        status = run_test(t, i, &all[i], err);
    *ret = all;
    *ret_count = count;
    return status;
}

crm_status script_test_file(struct script_host *h, const struct script_source *file,
                            enum language language, struct arena *a,
                            struct script_test_result **ret, size_t *ret_count, struct err *err) {
    struct testing t = {.host = h, .arena = a, .language = language};
    struct schema *schema = engine_schema(h->options.engine);
    t.schema = schema;
    crm_status status = script_state_new(SCHEMA_LAYER_ADMIN, file->name, 0, &t.state, err);
    if (status == CRM_OK) status = engine_reader_open(h->options.engine, &t.conn, err);
    if (status == CRM_OK) status = load(&t, file, err);
    if (status == CRM_OK) status = run_all(&t, ret, ret_count, err);
    if (t.conn) store_conn_close(t.conn);
    script_state_free(t.state);
    schema_unref(schema);
    return status;
}
