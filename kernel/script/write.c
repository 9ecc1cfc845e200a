/* crm.create, update, delete, restore, emit. In a before-handler a write joins the plan at hand;
 * elsewhere the writes of a run are one changeset, committed when it ends well. Functions l_...
 * raise and own nothing; the others own and never raise. */
#include <stdio.h>
#include <stdlib.h>

#include <lauxlib.h>

#include "lua/plain.h"
#include "script/messages.h"
#include "script/run.h"

static void tell_effect(struct script_run *r, const struct record_op *op, const json_t *fields) {
    char *detail = fields ? json_dumps(fields, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    script_run_effect(r, record_verb_word(op->verb), op->entity->name, op->id, str_from(detail));
    free(detail);
}

/* Reads the fields into the op; the first wrong one is the error. */
static crm_status fill(struct script_run *r, struct changeset *c, struct record_op *op,
                       const json_t *fields, struct err *err) {
    struct err_list errors = {0};
    struct record_view *view;
    crm_status status = script_run_view(r, &view, err);
    if (status == CRM_OK) status = record_op_from_json(view, c, op, fields, NULL, &errors, err);
    if (status != CRM_OK || errors.count == 0) return status;
    err_copy(err, &errors.items[0]);
    return err->status;
}

static crm_status write_in_plan(struct script_run *r, struct record_op *op, const json_t *fields,
                                struct err *err) {
    struct changeset *c = r->hook->plan->changeset;
    if (op->verb == RECORD_CREATE) op->id = id_next(engine_ids(r->engine));
    crm_status status = fields ? fill(r, c, op, fields, err) : CRM_OK;
    if (status == CRM_OK) status = record_hook_op(r->hook, op, err);
    if (status == CRM_OK) r->wrote = true;
    return status;
}

static crm_status write_in_changeset(struct script_run *r, struct record_op *wanted,
                                     const json_t *fields, struct err *err) {
    struct changeset *c = r->changeset;
    struct record_op *op = wanted->verb == RECORD_CREATE
                               ? changeset_create(c, r->engine, wanted->entity)
                               : changeset_op(c, wanted->verb, wanted->entity, wanted->id);
    if (!op) return err_no_memory(err);
    size_t at = c->op_count - 1;
    crm_status status = fields ? fill(r, c, op, fields, err) : CRM_OK;
    if (status != CRM_OK)
        c->op_count = at;
    else
        *wanted = *op;
    return status;
}

static crm_status write_op(struct script_run *r, lua_State *L, struct record_op *op,
                           int fields_index, struct err *err) {
    json_t *fields = NULL;
    if (r->writes == SCRIPT_WRITES_MAX) {
        char limit[16];
        (void)snprintf(limit, sizeof limit, "%d", SCRIPT_WRITES_MAX);
        return err_set(err, CRM_TOO_LARGE, &say_script_writes, limit, NULL);
    }
    crm_status status =
        fields_index ? script_fields_json(r, L, fields_index, op->entity, &fields, err) : CRM_OK;
    struct record_op *kept =
        status == CRM_OK && r->hook ? ARENA_NEW(r->arena, struct record_op) : op;
    if (status == CRM_OK && !kept) status = err_no_memory(err);
    if (status == CRM_OK && r->hook) {
        *kept = *op;
        status = write_in_plan(r, kept, fields, err);
        *op = *kept;
    } else if (status == CRM_OK) {
        status = write_in_changeset(r, op, fields, err);
    }
    if (status == CRM_OK) {
        r->writes++;
        l_note_place(L, r);
        tell_effect(r, op, fields);
    } else {
        err_at_entity(err, op->entity->name);
    }
    json_decref(fields);
    return status;
}

static int l_create(lua_State *L) {
    struct script_run *r = l_run(L, "create");
    l_check_stopped(L, r);
    struct record_op op = {.verb = RECORD_CREATE, .entity = l_check_entity(L, r, 1, "crm.create")};
    luaL_checktype(L, 2, LUA_TTABLE);
    luaL_checkstack(L, 40, NULL);
    struct err err;
    l_raise_status(L, write_op(r, L, &op, 2, &err), &err);
    char text[24];
    lua_pushlstring(L, text, (size_t)snprintf(text, sizeof text, "%lld", (long long)op.id));
    return 1;
}

/* (user, text or { kind, text, about, actor, key }, record): a notification. */
static int l_notify(lua_State *L) {
    struct script_run *r = l_run(L, "notify");
    struct err err;
    l_check_stopped(L, r);
    luaL_checkany(L, 1);
    lua_settop(L, 3);
    luaL_checkstack(L, 40, NULL);
    lua_newtable(L);
    static const char *const keys[] = {"kind", "text", "about", "actor", "key"};
    for (size_t i = 0; lua_istable(L, 2) && i < sizeof keys / sizeof *keys; i++) {
        lua_getfield(L, 2, keys[i]);
        lua_setfield(L, 4, keys[i]);
    }
    if (!lua_istable(L, 2)) {
        lua_pushliteral(L, "message");
        lua_setfield(L, 4, "kind");
        lua_pushvalue(L, 2);
        lua_setfield(L, 4, "text");
    }
    if (!lua_isnil(L, 3)) {
        lua_pushvalue(L, 3);
        lua_setfield(L, 4, "about");
    }
    lua_pushvalue(L, 1);
    lua_setfield(L, 4, "user");
    struct record_op op = {.verb = RECORD_CREATE,
                           .entity = schema_find(r->schema, STR("notification"))};
    l_raise_status(L, write_op(r, L, &op, 4, &err), &err);
    return 0;
}

/* (record) or (entity, id); returns the index of the argument behind. */
static int check_target(lua_State *L, struct script_run *r, const char *function,
                        struct record_op *op) {
    const struct script_record *record = script_record_test(L, 1);
    if (record && record->entity) {
        op->entity = record->entity;
        op->id = record->id;
        return 2;
    }
    op->entity = l_check_entity(L, r, 1, function);
    op->id = l_check_id(L, 2, function);
    return 3;
}

static int l_update(lua_State *L) {
    struct script_run *r = l_run(L, "update");
    struct record_op op = {.verb = RECORD_UPDATE};
    int fields = check_target(L, r, "crm.update", &op);
    luaL_checktype(L, fields, LUA_TTABLE);
    luaL_checkstack(L, 40, NULL);
    struct err err;
    l_raise_status(L, write_op(r, L, &op, fields, &err), &err);
    return 0;
}

static int without_fields(lua_State *L, enum record_verb verb, const char *name) {
    struct script_run *r = l_run(L, name);
    struct record_op op = {.verb = verb};
    check_target(L, r, name, &op);
    struct err err;
    l_raise_status(L, write_op(r, L, &op, 0, &err), &err);
    return 0;
}

static int l_delete(lua_State *L) { return without_fields(L, RECORD_DELETE, "delete"); }

static int l_restore(lua_State *L) { return without_fields(L, RECORD_RESTORE, "restore"); }

static crm_status emit(struct script_run *r, lua_State *L, struct str name, int index,
                       struct err *err) {
    BUF_CLEANUP struct buf text;
    struct json_writer out;
    buf_init(&text, 256 * 1024);
    if (r->emit_count == SCRIPT_EMITS_MAX)
        return err_set(err, CRM_TOO_LARGE, &say_script_writes, "100", NULL);
    json_writer_init(&out, &text);
    crm_status status =
        index ? plain_json_write(L, index, &plain_limits_default, &out, err) : CRM_OK;
    if (status != CRM_OK) return status;
    if (!index) buf_add_cstr(&text, "null");
    struct script_emit it = {arena_str(r->arena, name), arena_str(r->arena, buf_str(&text))};
    if (!it.name.ptr || !it.data.ptr) return err_no_memory(err);
    r->emits[r->emit_count++] = it;
    script_run_effect(r, "emit", it.name, 0, it.data);
    return CRM_OK;
}

static int l_emit(lua_State *L) {
    struct script_run *r = l_run(L, "emit");
    if (r->hook)
        l_fail(L, &say_script_outside, (const struct str[]){STR("emit")},
               1); /* nothing is committed yet */
    struct str name = l_check_str(L, 1, "crm.emit", "the name of an event");
    struct err err;
    l_note_place(L, r);
    l_raise_status(L, emit(r, L, name, lua_gettop(L) > 1 ? 2 : 0, &err), &err);
    return 0;
}

void l_write_open(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"create", l_create}, {"update", l_update}, {"delete", l_delete}, {"restore", l_restore},
        {"emit", l_emit},     {"notify", l_notify}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
