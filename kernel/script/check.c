/* See check.h. */
#include "script/check.h"

#include "schema/names.h"
#include "script/call.h"
#include "script/lint.h"
#include "script/messages.h"

enum { TEST_BYTES = 64 << 20 };

/* ---- problems ---------------------------------------------------------------------------------
 */

struct checking {
    struct arena *arena;
    enum language language;
    struct script_checked *found;
    bool no_memory;
};

static bool add_problem(struct checking *c, int32_t line, bool is_error, const struct err *why) {
    BUF_CLEANUP struct buf text;
    buf_init(&text, 8 * 1024);
    err_format(why, c->language, &text);
    struct script_problem *p = &c->found->problems[c->found->problem_count++];
    *p = (struct script_problem){line, is_error, arena_str(c->arena, buf_str(&text))};
    c->no_memory |= !p->message.ptr;
    return c->found->problem_count < SCRIPT_PROBLEMS_MAX && !c->no_memory;
}

/* "scripts/renewals.lua:12" */
static int32_t line_of(const struct err *why) {
    const char *colon = strrchr(why->where, ':');
    int64_t line = 0;
    return colon && str_to_int64(str_from(colon + 1), &line) && line < INT32_MAX ? (int32_t)line
                                                                                 : 0;
}

static bool tell_name(void *ctx, int32_t line, struct str shown, struct str name,
                      const struct script_words *known) {
    struct schema_near near;
    struct err why;
    schema_near_init(&near, name);
    for (size_t i = 0; i < known->count; i++)
        schema_near_try(&near, known->items[i]);
    const struct str args[] = {shown, near.best};
    (void)err_set_args(&why, CRM_INVALID,
                       near.best.len ? &say_script_unknown_near : &say_script_unknown_name, args,
                       near.best.len ? 2 : 1);
    return add_problem(ctx, line, false, &why);
}

/* ---- the words that there are ----------------------------------------------------------------
 */

enum { WORDS_MAX = 500 };

/* Keys of the table on top, which is taken. */
static crm_status take_keys(lua_State *L, struct arena *a, struct script_words *ret,
                            struct err *err) {
    struct str *items = ARENA_ARRAY(a, WORDS_MAX, struct str);
    if (!items) return err_no_memory(err);
    ret->items = items;
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        size_t len = 0;
        lua_pop(L, 1);
        if (lua_type(L, -1) != LUA_TSTRING || ret->count == WORDS_MAX) continue;
        const char *key = lua_tolstring(L, -1, &len);
        items[ret->count] = arena_str(a, str_make(key, len));
        if (!items[ret->count++].ptr) return err_no_memory(err);
    }
    lua_pop(L, 1);
    return CRM_OK;
}

static crm_status take_entities(const struct access *asker, struct arena *a,
                                struct script_words *ret, struct err *err) {
    const struct schema *s = asker->schema;
    struct str *items = ARENA_ARRAY(a, s->entity_count + 1, struct str);
    if (!items) return err_no_memory(err);
    for (size_t i = 0; i < s->entity_count; i++)
        items[i] = s->entities[i].name;
    *ret = (struct script_words){items, s->entity_count};
    return CRM_OK;
}

static crm_status check_names(struct checking *c, const struct access *asker, struct str text,
                              struct err *err) {
    struct script_lint lint = {.text = text, .tell = tell_name, .ctx = c};
    struct script_state *s = NULL;
    crm_status status = script_state_new(SCHEMA_LAYER_ADMIN, STR("names"), 0, &s, err);
    if (status != CRM_OK) return status;
    lua_State *L = lua_guard_state(s->guard);
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    status = take_keys(L, c->arena, &lint.globals, err);
    lua_rawgeti(L, LUA_REGISTRYINDEX, s->crm_ref);
    if (status == CRM_OK) status = take_keys(L, c->arena, &lint.members, err);
    if (status == CRM_OK) status = take_entities(asker, c->arena, &lint.entities, err);
    script_state_free(s);
    return status == CRM_OK ? script_lint_names(&lint, c->arena, err) : status;
}

/* ---- loading ----------------------------------------------------------------------------------
 */

static crm_status take_handlers(const struct script_unit *u, struct arena *a,
                                struct script_checked *ret, struct err *err) {
    size_t count = u->probe->handler_count;
    ret->version = arena_str(a, u->version);
    ret->handlers = ARENA_ARRAY(a, count + 1, struct script_declared);
    if (!ret->version.ptr || !ret->handlers) return err_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        const struct script_handler *h = &u->probe->handlers[i];
        ret->handlers[i] = (struct script_declared){
            script_handler_word(h->kind), arena_str(a, h->subject), arena_str(a, h->name), h->line};
    }
    ret->handler_count = count;
    return CRM_OK;
}

static bool is_ours(crm_status status) {
    return status == CRM_IO || status == CRM_UNAVAILABLE || status == CRM_INTERNAL;
}

crm_status script_check(struct script_host *h, const struct access *asker, struct str owner,
                        struct str text, struct arena *a, struct script_checked *ret,
                        struct err *err) {
    struct checking c = {.arena = a, .language = asker->actor.language, .found = ret};
    struct script_unit *u = NULL;
    struct err why;
    *ret = (struct script_checked){
        .problems = ARENA_ARRAY(a, SCRIPT_PROBLEMS_MAX + 1, struct script_problem)};
    if (!ret->problems) return err_no_memory(err);
    crm_status status = script_unit_made(h, owner, text, asker->schema, &u, &why);
    if (is_ours(status)) {
        err_copy(err, &why);
        return status;
    }
    if (status != CRM_OK) (void)add_problem(&c, line_of(&why), true, &why);
    status = u ? take_handlers(u, a, ret, err) : CRM_OK;
    script_unit_unref(u);
    if (status == CRM_OK) status = check_names(&c, asker, text, err);
    return status == CRM_OK && c.no_memory ? err_no_memory(err) : status;
}

/* ---- tests ------------------------------------------------------------------------------------
 */

static void fill(struct script_call *call, struct script_host *h, struct record_view *asker,
                 struct arena *a, int64_t left_us) {
    int64_t left_ms = left_us / 1000 > 1 ? left_us / 1000 : 1;
    *call =
        (struct script_call){.host = h,
                             .schema = asker->access->schema,
                             .actor = asker->access->actor,
                             .arena = a,
                             .conn = asker->conn,
                             .cpu_ms = left_ms < SCRIPT_TEST_CPU_MS ? left_ms : SCRIPT_TEST_CPU_MS,
                             .dry = true};
    call->actor.door = ACCESS_DOOR_SCRIPT;
}

static crm_status run_test(struct script_host *h, struct script_unit *u, size_t handler,
                           struct record_view *asker, struct script_test *t, int64_t *left_us,
                           struct err *err) {
    struct script_call call;
    struct arena a;
    struct err why;
    BUF_CLEANUP struct buf text;
    arena_init(&a, TEST_BYTES);
    buf_init(&text, 8 * 1024);
    fill(&call, h, asker, &a, *left_us);
    call.name = u->names[handler];
    crm_status status = script_call_unit(&call, u, handler, &why);
    arena_fini(&a);
    if (is_ours(status)) {
        err_copy(err, &why);
        return status;
    }
    *left_us -= call.usage.cpu_ns / 1000;
    if (status != CRM_OK) err_format(&why, asker->access->actor.language, &text);
    t->outcome = script_outcome(status, &why);
    t->cpu_us = call.usage.cpu_ns / 1000;
    t->message = arena_str(asker->arena, buf_str(&text));
    t->where = arena_str(asker->arena, status == CRM_OK ? STR("") : str_from(why.where));
    return t->message.ptr && t->where.ptr ? CRM_OK : err_no_memory(err);
}

static crm_status run_all(struct script_host *h, struct script_unit *u, struct record_view *asker,
                          struct script_test *all, size_t *ret_count, struct err *err) {
    int64_t left_us = (int64_t)SCRIPT_TESTS_CPU_MS * 1000;
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < u->probe->handler_count; i++) {
        const struct script_handler *handler = &u->probe->handlers[i];
        struct script_test *t = &all[*ret_count];
        if (handler->kind != SCRIPT_TEST) continue;
        *t = (struct script_test){.name = arena_str(asker->arena, handler->subject),
                                  .line = handler->line};
        status = t->name.ptr ? run_test(h, u, i, asker, t, &left_us, err) : err_no_memory(err);
        ++*ret_count;
    }
    return status;
}

crm_status script_check_tests(struct script_host *h, struct record_view *asker, struct str owner,
                              struct str text, const struct script_test **ret, size_t *ret_count,
                              struct err *err) {
    struct script_unit *u = NULL;
    crm_status status = script_unit_made(h, owner, text, asker->access->schema, &u, err);
    if (status != CRM_OK) return status;
    struct script_test *all =
        ARENA_ARRAY(asker->arena, u->probe->handler_count + 1, struct script_test);
    bool began = !store_in_transaction(asker->conn); /* one snapshot for all */
    *ret = all;
    *ret_count = 0;
    status = all ? CRM_OK : err_no_memory(err);
    if (status == CRM_OK && began) status = store_begin(asker->conn, err);
    if (status == CRM_OK) status = run_all(h, u, asker, all, ret_count, err);
    if (began && store_in_transaction(asker->conn)) store_rollback(asker->conn);
    script_unit_unref(u);
    return status;
}

crm_status script_tests_judge(const struct script_test *tests, size_t count, struct err *err) {
    for (size_t i = 0; i < count; i++) {
        const struct str args[] = {tests[i].name, tests[i].message};
        if (strcmp(tests[i].outcome, "ok") == 0) continue;
        (void)err_set_args(err, CRM_REFUSED, &say_script_test_failed, args, 2);
        err_at(err, "%.*s", STR_ARG(tests[i].where));
        return CRM_REFUSED;
    }
    return CRM_OK;
}
