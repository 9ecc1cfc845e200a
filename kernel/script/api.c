/* `crm`: the moment, the actor, refusing, logging, reading by id. Functions l_... raise and own
 * nothing. Writing is write.c, queries are query.c. */
#include <lauxlib.h>

#include "base/id.h"
#include "script/http.h"
#include "script/keep.h"
#include "script/mail.h"
#include "script/messages.h"
#include "script/run.h"
#include "script/test.h"

const struct schema_entity *l_check_entity(lua_State *L, struct script_run *r, int index,
                                           const char *function) {
    struct str name = l_check_str(L, index, function, "the name of an entity");
    const struct schema_entity *e = schema_find(r->schema, name);
    if (!e || !access_entity_visible(r->access, e)) l_fail(L, &say_script_no_entity, &name, 1);
    return e;
}

int64_t l_check_id(lua_State *L, int index, const char *function) {
    const struct script_record *record = script_record_test(L, index);
    if (record) return record->id;
    int64_t id = 0;
    size_t len;
    if (lua_isinteger(L, index))
        id = lua_tointeger(L, index);
    else if (lua_type(L, index) == LUA_TSTRING) {
        const char *text = lua_tolstring(L, index, &len);
        if (!id_parse(str_make(text, len), &id)) id = 0;
    } else {
        const struct str args[] = {str_from(function), STR("a record or an id")};
        l_fail(L, &say_script_argument, args, 2);
    }
    return id;
}

static int l_now(lua_State *L) {
    lua_pushinteger(L, l_run(L, "now")->now_ms);
    return 1;
}

static int l_today(lua_State *L) {
    struct script_run *r = l_run(L, "today");
    const struct company *company = engine_company_ref(r->engine);
    const struct value today = value_date(zone_date(company->store.zone, r->now_ms));
    engine_company_unref(r->engine, company);
    l_value_push(L, r, NULL, &today);
    return 1;
}

static int l_me(lua_State *L) {
    struct script_run *r = l_run(L, "me");
    const struct schema_entity *users = schema_find(r->schema, STR("user"));
    if (!users || r->access->actor.user == 0 || r->access->actor.system)
        lua_pushnil(L);
    else
        l_record_push(L, r, SCRIPT_RECORD_SEEN, users, r->access->actor.user, NULL);
    return 1;
}

/* A text, or { en =, ru = }. */
static void check_message(lua_State *L, int index, struct str message[LANGUAGE_COUNT]) {
    for (int i = 0; i < LANGUAGE_COUNT; i++)
        message[i] = STR_NONE;
    if (!lua_istable(L, index)) {
        message[LANGUAGE_EN] = l_check_str(L, index, "crm", "a message, or { en = ..., ru = ... }");
        return;
    }
    for (int i = 0; i < LANGUAGE_COUNT; i++) { /* the texts stay referenced by the table */
        if (lua_getfield(L, index, language_tag((enum language)i)) == LUA_TSTRING)
            message[i] = l_check_str(L, -1, "crm", "text");
        lua_pop(L, 1);
    }
}

static int l_refuse(lua_State *L) {
    struct err err;
    struct str message[LANGUAGE_COUNT], field = STR_NONE;
    l_run(L, "refuse");
    if (lua_gettop(L) > 1) field = l_check_str(L, 1, "crm.refuse", "the name of a field");
    check_message(L, lua_gettop(L) > 1 ? 2 : 1, message);
    err_set_dynamic(&err, CRM_REFUSED, STR("refused"), message);
    if (field.len > 0) err_at_field(&err, field);
    l_raise(L, &err);
}

static int l_translate(lua_State *L) {
    struct script_run *r = l_run(L, "t");
    struct str message[LANGUAGE_COUNT];
    check_message(L, 1, message);
    struct str text = message[r->access->actor.language];
    if (text.len == 0) text = message[LANGUAGE_EN];
    lua_pushlstring(L, text.ptr ? text.ptr : "", text.len);
    return 1;
}

static void log_line(struct script_run *r, struct str line) {
    BUF_CLEANUP struct buf detail;
    struct json_writer out;
    buf_init(&detail, 16 * 1024);
    json_writer_init(&out, &detail);
    json_text(&out, line);
    if (detail.status == CRM_OK) script_run_effect(r, "log", STR_NONE, 0, buf_str(&detail));
    if (r->print) r->print(r->print_ctx, line);
}

static int l_log(lua_State *L) {
    struct script_run *r = l_run(L, "log");
    int count = lua_gettop(L);
    luaL_Buffer line;
    luaL_buffinit(L, &line);
    for (int i = 1; i <= count; i++) {
        if (i > 1) luaL_addchar(&line, ' ');
        lua_getglobal(L, "tostring"); /* the guarded one, which shows no addresses */
        lua_pushvalue(L, i);
        lua_call(L, 1, 1);
        l_charge(L, lua_rawlen(L, -1));
        luaL_addvalue(&line);
    }
    luaL_pushresult(&line);
    l_note_place(L, r);
    size_t len;
    const char *text = lua_tolstring(L, -1, &len);
    log_line(r, str_make(text, len < 4096 ? len : 4096));
    return 0;
}

static int l_get(lua_State *L) {
    struct script_run *r = l_run(L, "get");
    const struct schema_entity *e = l_check_entity(L, r, 1, "crm.get");
    int64_t id = l_check_id(L, 2, "crm.get");
    struct script_record *it = l_record_push(L, r, SCRIPT_RECORD_SEEN, e, id, NULL);
    struct err err;
    bool seen = false;
    l_raise_status(L, script_record_load(r, it, &seen, &err), &err);
    if (!seen) lua_pushnil(L);
    return 1;
}

struct script_mark script_mark_make(const struct script_run *r) {
    return (struct script_mark){.ops = r->changeset ? r->changeset->op_count : 0,
                                .emits = r->emit_count,
                                .effects = r->effects.len,
                                .writes = r->writes,
                                .kept = r->kept_count,
                                .settles = r->settles,
                                .outs = r->out_count};
}

bool script_mark_back(struct script_run *r, const struct script_mark *mark) {
    bool has_settled = r->settles != mark->settles;
    if (r->hook && r->writes != mark->writes) return false;
    if (r->changeset) r->changeset->op_count = has_settled ? 0 : mark->ops;
    r->emit_count = has_settled ? 0 : mark->emits;
    r->kept_count = mark->kept;
    r->out_count = mark->outs;
    r->effects.len = mark->effects;
    r->writes = has_settled ? 0 : mark->writes;
    return true;
}

/* A call whose writes are taken back when it fails. In a before-handler writes to other records are
 * in the plan already, so its failure goes on. */
static int l_try(lua_State *L) {
    struct script_run *r = l_run(L, "try");
    luaL_checktype(L, 1, LUA_TFUNCTION);
    const struct script_mark mark = script_mark_make(r);
    int failed = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
    if (failed == LUA_OK) {
        lua_pushboolean(L, 1);
        lua_insert(L, 1);
        return lua_gettop(L);
    }
    l_check(L);
    if (!script_mark_back(r, &mark)) lua_error(L);
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
}

static int l_settle(lua_State *L) {
    struct err err;
    l_raise_status(L, script_test_settle(l_run(L, "settle"), &err), &err);
    return 0;
}

void l_api_open(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"now", l_now},       {"today", l_today}, {"me", l_me},   {"refuse", l_refuse},
        {"t", l_translate},   {"log", l_log},     {"get", l_get}, {"try", l_try},
        {"settle", l_settle}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
    lua_pushlightuserdata(L, NULL); /* empties a field in a table, where nil would be no entry */
    lua_setfield(L, -2, "null");
    l_objects_open(L);
    l_write_open(L);
    l_keep_open(L);
    l_http_open(L);
    l_mail_open(L);
    l_query_open(L);
    lua_pushvalue(L, -1);
    script_state_of(L)->crm_ref = luaL_ref(L, LUA_REGISTRYINDEX);
}
