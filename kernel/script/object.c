/* Records as handlers see them: fields by name, references followed when they are looked at, and
 * the change at hand. l_... raise and own nothing. */
#include <stdio.h>

#include <lauxlib.h>

#include "schema/names.h"
#include "script/messages.h"
#include "script/run.h"

static const char record_type[] = "perigee.record";
static const char change_type[] = "perigee.change";
static const char rows_type[] = "perigee.rows";
enum { ROWS_MAX_BYTES = 64 * 1024 * 1024 };
/* It raises, which lauxlib.h does not say. */
int luaL_typeerror(lua_State *L, int arg, const char *tname) __attribute__((noreturn));

struct script_record *script_record_test(lua_State *L, int index) {
    if (lua_type(L, index) != LUA_TUSERDATA || !lua_getmetatable(L, index)) return NULL;
    bool is = lua_topointer(L, -1) == script_state_of(L)->record_meta;
    lua_pop(L, 1);
    return is ? lua_touserdata(L, index) : NULL;
}

struct script_record *l_record_push(lua_State *L, struct script_run *r,
                                    enum script_record_kind kind, const struct schema_entity *e,
                                    int64_t id, const struct value *row) {
    struct script_record *it = lua_newuserdatauv(L, sizeof *it, 0);
    *it = (struct script_record){.run = r->id, .kind = kind, .entity = e, .id = id, .row = row};
    lua_rawgeti(L, LUA_REGISTRYINDEX, r->state->record_ref);
    lua_setmetatable(L, -2);
    return it;
}

static int l_rows_gc(lua_State *L) {
    struct script_rows *rows = luaL_checkudata(L, 1, rows_type);
    arena_fini(&rows->arena);
    return 0;
}

struct script_rows *l_rows_new(lua_State *L) {
    struct script_rows *rows = lua_newuserdatauv(L, sizeof *rows, 0);
    rows->serial = 0;
    arena_init(&rows->arena, ROWS_MAX_BYTES);
    luaL_setmetatable(L, rows_type);
    return rows;
}

void l_record_push_of(lua_State *L, struct script_run *r, const struct schema_entity *e, int64_t id,
                      const struct value *row, int rows_index) {
    const struct script_rows *rows = lua_touserdata(L, rows_index);
    struct script_record *it = lua_newuserdatauv(L, sizeof *it, 1);
    *it = (struct script_record){.run = r->id,
                                 .kind = SCRIPT_RECORD_SEEN,
                                 .entity = e,
                                 .id = id,
                                 .row = row,
                                 .rows = rows,
                                 .serial = rows->serial};
    lua_rawgeti(L, LUA_REGISTRYINDEX, r->state->record_ref);
    lua_setmetatable(L, -2);
    lua_pushvalue(L, rows_index);
    lua_setiuservalue(L, -2, 1);
}

static struct script_record *check_record(lua_State *L, struct script_run **ret_run) {
    struct script_record *it = script_record_test(L, 1);
    struct script_run *r = script_state_of(L)->run;
    if (!it) luaL_typeerror(L, 1, "record");
    if (!r || it->run != r->id) l_fail(L, &say_script_stale, NULL, 0);
    *ret_run = r;
    return it;
}

__attribute__((noreturn)) static void no_field(lua_State *L, const struct script_run *r,
                                               const struct schema_entity *e, struct str name,
                                               bool seen) {
    struct schema_near near;
    schema_near_init(&near, name);
    for (size_t i = 0; e && i < e->field_count; i++)
        if (!seen || access_field_visible(r->access, e, &e->fields[i]))
            schema_near_try(&near, e->fields[i].name);
    const struct str args[] = {name, e ? e->name : STR("?"), near.best};
    l_fail(L, near.best.len ? &say_script_no_field_near : &say_script_no_field, args,
           near.best.len ? 3 : 2);
}

crm_status script_record_load(struct script_run *r, struct script_record *it, bool *ret,
                              struct err *err) {
    if (it->rows && it->rows->serial != it->serial) {
        it->rows = NULL;
        it->row = NULL;
    }
    *ret = it->row != NULL;
    if (it->row || it->missing || !it->entity) return CRM_OK;
    crm_status status;
    if (r->hook) {
        status = record_hook_get(r->hook, it->entity, it->id, &it->row, err);
    } else {
        struct record_view *view;
        struct record_row row = {0};
        status = script_run_view(r, &view, err);
        if (status == CRM_OK) status = record_row_find(view, it->entity, it->id, &row, err);
        if (status == CRM_NOT_FOUND) status = CRM_OK;
        it->row = row.row;
    }
    if (status != CRM_OK) return status;
    r->rows++;
    it->missing = it->row == NULL;
    *ret = !it->missing;
    return CRM_OK;
}

bool script_field_is_computed(const struct schema_field *f) {
    return schema_storage_of(f) == SCHEMA_STORAGE_NONE ||
           schema_storage_of(f) == SCHEMA_STORAGE_LINKS;
}

/* A list that the event changed, as it was or became. */
static bool imaged_list(const struct script_run *r, const struct script_record *it,
                        const struct schema_field *f, const struct store_item **ret,
                        size_t *ret_count) {
    for (size_t i = 0; r->event && i < r->event->field_count; i++) {
        const struct image_field *field = &r->event->fields[i];
        if (field->field != f->id || !field->is_items) continue;
        bool before = it->row == r->event->before;
        *ret = before ? field->items_before : field->items_after;
        *ret_count = before ? field->items_before_count : field->items_after_count;
        return true;
    }
    return false;
}

/* In a before-handler lists are as the plan will leave them, but for those of the image before. */
static void push_list(lua_State *L, struct script_run *r, const struct script_record *it,
                      const struct schema_field *f, const struct value *row) {
    const struct store_item *items = NULL;
    size_t count = 0;
    struct err err;
    crm_status status;
    if (it->kind == SCRIPT_RECORD_IMAGE && imaged_list(r, it, f, &items, &count)) {
        status = CRM_OK;
    } else if (r->hook && it->kind != SCRIPT_RECORD_IMAGE) {
        status = record_hook_items(r->hook, it->entity, it->id, f, &items, &count, &err);
    } else {
        struct record_view *view;
        status = script_run_view(r, &view, &err);
        const struct record_row at = {r->has_view ? &r->view : NULL, it->entity, it->id, row};
        if (status == CRM_OK) status = record_row_items(&at, f, &items, &count, &err);
    }
    l_raise_status(L, status, &err);
    l_items_push(L, r, f, items, count);
}

/* Values that do not stand in the row: multi-valued fields, formulas and figures reckoned at read.
 */
static void push_computed(lua_State *L, struct script_run *r, const struct script_record *it,
                          const struct schema_field *f, const struct value *row) {
    if (schema_storage_of(f) == SCHEMA_STORAGE_LINKS) {
        push_list(L, r, it, f, row);
        return;
    }
    struct record_view *view;
    struct err err;
    struct value v = VALUE_OF_NIL;
    crm_status status = script_run_view(r, &view, &err);
    const struct record_row at = {r->has_view ? &r->view : NULL, it->entity, it->id, row};
    if (status == CRM_OK) status = record_row_value(&at, f, &v, &err);
    l_raise_status(L, status, &err);
    l_value_push(L, r, f, &v);
}

static const struct value *row_of(lua_State *L, struct script_run *r, struct script_record *it) {
    if (it->kind == SCRIPT_RECORD_CHANGE)
        return r->hook->change->after ? r->hook->change->after : r->hook->change->before;
    struct err err;
    err_clear(&err);
    bool seen = false;
    l_raise_status(L, script_record_load(r, it, &seen, &err), &err);
    return seen ? it->row : NULL;
}

static int l_record_index(lua_State *L) {
    struct script_run *r;
    struct script_record *it = check_record(L, &r);
    struct str name = l_check_str(L, 2, "a record", "the name of a field");
    if (str_is(name, "id")) {
        char text[24];
        lua_pushlstring(L, text, (size_t)snprintf(text, sizeof text, "%lld", (long long)it->id));
        return 1;
    }
    const struct schema_field *f = it->entity ? schema_field_find(it->entity, name) : NULL;
    bool seen = it->kind == SCRIPT_RECORD_SEEN;
    if (!f || (seen && !access_field_visible(r->access, it->entity, f)))
        no_field(L, r, it->entity, name, seen);
    const struct value *row = row_of(L, r, it);
    if (!row)
        lua_pushnil(L);
    else if (script_field_is_computed(f))
        push_computed(L, r, it, f, row);
    else
        l_value_push(L, r, f, &row[f->slot]);
    return 1;
}

static int l_record_newindex(lua_State *L) {
    struct script_run *r;
    struct script_record *it = check_record(L, &r);
    struct str name = l_check_str(L, 2, "a record", "the name of a field");
    const struct schema_field *f = it->entity ? schema_field_find(it->entity, name) : NULL;
    if (!f) no_field(L, r, it->entity, name, it->kind == SCRIPT_RECORD_SEEN);
    if (it->kind != SCRIPT_RECORD_CHANGE) l_fail(L, &say_script_read_only, &it->entity->name, 1);
    if (schema_storage_of(f) == SCHEMA_STORAGE_LINKS) l_fail(L, &say_script_many, &f->name, 1);
    struct err err;
    struct value v;
    const struct value *old = r->hook->change->after ? &r->hook->change->after[f->slot] : NULL;
    l_raise_status(L, script_value_get(r, L, 3, f, old, &v, &err), &err);
    l_raise_status(L, record_hook_set(r->hook, f->slot, v, &err), &err);
    r->wrote = true;
    return 0;
}

static int l_record_eq(lua_State *L) {
    const struct script_record *a = script_record_test(L, 1), *b = script_record_test(L, 2);
    lua_pushboolean(L, a && b && a->id == b->id && a->entity == b->entity);
    return 1;
}

static int l_record_tostring(lua_State *L) {
    const struct script_record *it = script_record_test(L, 1);
    char text[24];
    lua_pushlstring(L, text,
                    (size_t)snprintf(text, sizeof text, "%lld", (long long)(it ? it->id : 0)));
    return 1;
}

/* ---- the change -------------------------------------------------------------------------------
 */

struct script_change {
    uint64_t run;
};

static struct script_run *check_change(lua_State *L) {
    const struct script_change *c = luaL_checkudata(L, 1, change_type);
    struct script_run *r = script_state_of(L)->run;
    if (!r || c->run != r->id || !r->hook) l_fail(L, &say_script_stale, NULL, 0);
    return r;
}

bool script_change_test(lua_State *L, int index) {
    return luaL_testudata(L, index, change_type) != NULL;
}

static int l_changed(lua_State *L) {
    struct script_run *r = check_change(L);
    const struct record_change *c = r->hook->change;
    struct str name = l_check_str(L, 2, "changed", "the name of a field");
    const struct schema_field *f = schema_field_find(c->entity, name);
    if (!f) no_field(L, r, c->entity, name, false);
    lua_pushboolean(L, record_hook_changed(r->hook, f));
    return 1;
}

static int l_change_index(lua_State *L) {
    struct script_run *r = check_change(L);
    const struct record_change *c = r->hook->change;
    struct str name = l_check_str(L, 2, "a change", "a name");
    if (str_is(name, "changed"))
        lua_pushcfunction(L, l_changed);
    else if (str_is(name, "before") && c->before && c->verb != RECORD_CREATE)
        l_record_push(L, r, SCRIPT_RECORD_IMAGE, c->entity, c->id, c->before);
    else if (str_is(name, "verb"))
        lua_pushstring(L, record_verb_word(c->verb));
    else if (str_is(name, "door"))
        lua_pushstring(L, access_door_word(r->access->actor.door));
    else
        lua_pushnil(L);
    return 1;
}

void l_change_push(lua_State *L, struct script_run *r) {
    struct script_change *c = lua_newuserdatauv(L, sizeof *c, 0);
    c->run = r->id;
    luaL_setmetatable(L, change_type);
}

void l_objects_open(lua_State *L) {
    static const luaL_Reg record[] = {{"__index", l_record_index},
                                      {"__newindex", l_record_newindex},
                                      {"__eq", l_record_eq},
                                      {"__tostring", l_record_tostring},
                                      {NULL, NULL}};
    struct script_state *s = script_state_of(L);
    luaL_newmetatable(L, record_type);
    luaL_setfuncs(L, record, 0);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    s->record_meta = lua_topointer(L, -1);
    s->record_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    luaL_newmetatable(L, rows_type);
    lua_pushcfunction(L, l_rows_gc);
    lua_setfield(L, -2, "__gc");
    lua_pop(L, 1);
    luaL_newmetatable(L, change_type);
    lua_pushcfunction(L, l_change_index);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
}
