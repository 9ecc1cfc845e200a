/* Tables of fields, as scripts write them, into the JSON that every other door writes: one reader
 * of records for all. Nothing here raises. */
#include <lauxlib.h>
#include <math.h>

#include "base/number.h"
#include "script/messages.h"
#include "script/run.h"

enum { FIELDS_DEPTH = 8 };

static json_t *text_json(const struct buf *text) {
    return text->status == CRM_OK ? json_stringn(text->ptr, text->len) : NULL;
}

static json_t *id_json(int64_t id) {
    BUF_CLEANUP struct buf text;
    buf_init(&text, 32);
    buf_add_int64(&text, id);
    return text_json(&text);
}

/* A number: whole as it is, else with six places. */
static json_t *number_json(lua_State *L, int index) {
    if (lua_isinteger(L, index)) return json_integer(lua_tointeger(L, index));
    double n = lua_tonumber(L, index);
    if (!(fabs(n) < 9e9)) return NULL;
    BUF_CLEANUP struct buf text;
    buf_init(&text, 64);
    decimal_format(llround(n * 1e6), -1, &text);
    return text_json(&text);
}

static json_t *any_json(lua_State *L, int index, int depth);

static json_t *list_json(lua_State *L, int index, size_t count, int depth) {
    json_t *array = json_array();
    for (size_t i = 1; array && i <= count; i++) {
        lua_rawgeti(L, index, (lua_Integer)i);
        json_t *item = any_json(L, lua_gettop(L), depth + 1);
        lua_pop(L, 1);
        if (!item || json_array_append_new(array, item) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *object_json(lua_State *L, int index, int depth) {
    json_t *object = json_object();
    lua_pushnil(L);
    while (object && lua_next(L, index)) {
        size_t len = 0;
        const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tolstring(L, -2, &len) : NULL;
        json_t *item = key && strlen(key) == len ? any_json(L, lua_gettop(L), depth + 1) : NULL;
        lua_pop(L, 1);
        if (item && json_object_set_new(object, key, item) == 0) continue;
        lua_pop(L, 1);
        json_decref(object);
        return NULL;
    }
    return object;
}

/* { record = r, role = "x" } is what reading gives: a link. */
static bool is_link(lua_State *L, int index) {
    lua_pushliteral(L, "record");
    lua_rawget(L, index);
    bool is = script_record_test(L, -1) != NULL;
    lua_pop(L, 1);
    return is;
}

static json_t *link_json(lua_State *L, int index, int depth) {
    json_t *object = object_json(L, index, depth);
    json_t *record = object ? json_object_get(object, "record") : NULL;
    if (record && json_object_set(object, "id", record) == 0) json_object_del(object, "record");
    return object;
}

static json_t *any_json(lua_State *L, int index, int depth) {
    if (depth > FIELDS_DEPTH || !lua_checkstack(L, 6)) return NULL;
    const struct script_record *record = script_record_test(L, index);
    if (record) return id_json(record->id);
    size_t len;
    const char *text;
    switch (lua_type(L, index)) {
    case LUA_TLIGHTUSERDATA:
        return lua_touserdata(L, index) ? NULL : json_null(); /* crm.null */
    case LUA_TNIL:
        return json_null();
    case LUA_TBOOLEAN:
        return json_boolean(lua_toboolean(L, index));
    case LUA_TNUMBER:
        return number_json(L, index);
    case LUA_TSTRING:
        text = lua_tolstring(L, index, &len);
        return json_stringn(text, len);
    case LUA_TTABLE: {
        size_t count = lua_rawlen(L, index);
        if (count > 0) return list_json(L, index, count, depth);
        return is_link(L, index) ? link_json(L, index, depth) : object_json(L, index, depth);
    }
    default:
        return NULL;
    }
}

/* A reference to a record of any entity says which. */
static json_t *any_reference_json(const struct script_record *record) {
    json_t *id = id_json(record->id);
    return id ? json_pack("{s:s%, s:o}", "entity", record->entity->name.ptr,
                          record->entity->name.len, "id", id)
              : NULL;
}

/* Forms that only the field explains: a time in ms, an amount as a number, a decimal that is whole.
 */
static json_t *field_json(struct script_run *r, lua_State *L, int index,
                          const struct schema_field *f) {
    struct value v;
    struct err ignored;
    BUF_CLEANUP struct buf text;
    buf_init(&text, 128);
    bool number = lua_type(L, index) == LUA_TNUMBER;
    if (!f) return any_json(L, index, 0);
    const struct script_record *record = script_record_test(L, index);
    if (record && record->entity && f->type == SCHEMA_FIELD_REF_ANY)
        return any_reference_json(record);
    bool money = f->value_type.type == VALUE_MONEY && (number || lua_istable(L, index));
    if (!money &&
        !(number && (f->value_type.type == VALUE_TIME || f->value_type.type == VALUE_DECIMAL ||
                     f->value_type.type == VALUE_ID))) {
        bool empty_list =
            f->value_type.type == VALUE_LIST && lua_istable(L, index) && lua_rawlen(L, index) == 0;
        return empty_list ? json_array() : any_json(L, index, 0);
    }
    if (script_value_get(r, L, index, f, NULL, &v, &ignored) != CRM_OK) return NULL;
    if (v.type == VALUE_ID) return id_json(v.integer);
    if (v.type == VALUE_TIME)
        time_format(v.integer, &text);
    else if (v.type == VALUE_DECIMAL)
        decimal_format(v.integer, -1, &text);
    else {
        money_format(v.integer, currency_digits(v.currency), &text);
        return json_pack("{s:s%, s:s}", "amount", text.ptr ? text.ptr : "", text.len, "currency",
                         v.currency.code);
    }
    return text_json(&text);
}

crm_status script_fields_json(struct script_run *r, lua_State *L, int index,
                              const struct schema_entity *e, json_t **ret, struct err *err) {
    json_t *object = json_object();
    index = lua_absindex(L, index);
    if (!object) return err_no_memory(err);
    lua_pushnil(L);
    while (lua_next(L, index)) {
        size_t len = 0;
        const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tolstring(L, -2, &len) : NULL;
        const struct schema_field *f = key ? schema_field_find(e, str_make(key, len)) : NULL;
        json_t *item = key && strlen(key) == len ? field_json(r, L, lua_gettop(L), f) : NULL;
        if (item && json_object_set_new(object, key, item) == 0) {
            lua_pop(L, 1);
            continue;
        }
        const struct str args[] = {str_from(key ? key : "a key"), STR("a value that fits"),
                                   str_from(luaL_typename(L, -1))};
        err_set_args(err, CRM_INVALID, &say_script_field_value, args, 3);
        if (key) err_at_field(err, str_from(key));
        lua_pop(L, 2);
        json_decref(object);
        return CRM_INVALID;
    }
    *ret = object;
    return CRM_OK;
}
