/* Field values to and from Lua, in the forms that run.h names. l_... raise and own nothing;
 * script_... never raise. */
#include <math.h>

#include <lauxlib.h>

#include "base/id.h"
#include "base/number.h"
#include "script/messages.h"
#include "script/run.h"

/* ---- out --------------------------------------------------------------------------------------
 */

static int64_t power_of_ten(int digits) {
    int64_t n = 1;
    while (digits-- > 0)
        n *= 10;
    return n;
}

/* Exact for every amount below 2^53 units. */
static void push_scaled(lua_State *L, int64_t n, int64_t scale) {
    if (n % scale == 0)
        lua_pushinteger(L, n / scale);
    else
        lua_pushnumber(L, (double)n / (double)scale);
}

static void push_money(lua_State *L, struct script_run *r, const struct value *v) {
    int digits = currency_digits(v->currency);
    lua_createtable(L, 0, 3);
    push_scaled(L, v->integer, power_of_ten(digits < 0 ? 2 : digits));
    lua_setfield(L, -2, "amount");
    lua_pushstring(L, v->currency.code);
    lua_setfield(L, -2, "currency");
    if (!v->has_base) return;
    const struct company *company = engine_company_ref(r->engine);
    int base_digits = company->store.base_digits;
    engine_company_unref(r->engine, company);
    push_scaled(L, v->base, power_of_ten(base_digits < 0 ? 2 : base_digits));
    lua_setfield(L, -2, "base");
}

static void push_date(lua_State *L, int64_t days) {
    struct civil day;
    char text[] = "0000-00-00";
    date_to_civil(days, &day);
    text[0] = (char)('0' + day.year / 1000 % 10);
    text[1] = (char)('0' + day.year / 100 % 10);
    text[2] = (char)('0' + day.year / 10 % 10);
    text[3] = (char)('0' + day.year % 10);
    text[5] = (char)('0' + day.month / 10);
    text[6] = (char)('0' + day.month % 10);
    text[8] = (char)('0' + day.day / 10);
    text[9] = (char)('0' + day.day % 10);
    lua_pushlstring(L, text, 10);
}

static const struct schema_entity *target(const struct script_run *r, const struct schema_field *f,
                                          const struct value *v) {
    int32_t id = v->entity            ? v->entity
                 : f && f->ref_entity ? f->ref_entity
                 : f                  ? f->value_type.entity
                                      : 0;
    return id ? schema_entity_by_id(r->schema, id) : NULL;
}

void l_value_push(lua_State *L, struct script_run *r, const struct schema_field *f,
                  const struct value *v) {
    switch (v->type) {
    case VALUE_BOOL:
        lua_pushboolean(L, v->boolean);
        break;
    case VALUE_INT:
    case VALUE_TIME:
        lua_pushinteger(L, v->integer);
        break;
    case VALUE_DECIMAL:
        push_scaled(L, v->integer, DECIMAL_ONE);
        break;
    case VALUE_MONEY:
        push_money(L, r, v);
        break;
    case VALUE_TEXT:
        lua_pushlstring(L, v->text.ptr ? v->text.ptr : "", v->text.len);
        break;
    case VALUE_DATE:
        push_date(L, v->integer);
        break;
    case VALUE_ID:
        l_record_push(L, r, SCRIPT_RECORD_SEEN, target(r, f, v), v->integer, NULL);
        break;
    case VALUE_LIST:
        lua_createtable(L, (int)(v->list.count < 1000 ? v->list.count : 1000), 0);
        for (size_t i = 0; i < v->list.count; i++) {
            l_value_push(L, r, f, &v->list.items[i]);
            lua_rawseti(L, -2, (lua_Integer)i + 1);
        }
        break;
    default:
        lua_pushnil(L);
    }
}

static void push_labelled(lua_State *L, const struct store_item *item) {
    lua_createtable(L, 0, 3);
    lua_pushlstring(L, item->value.text.ptr ? item->value.text.ptr : "", item->value.text.len);
    lua_setfield(L, -2, "value");
    lua_pushlstring(L, item->label.ptr ? item->label.ptr : "", item->label.len);
    lua_setfield(L, -2, "label");
    lua_pushboolean(L, item->primary);
    lua_setfield(L, -2, "primary");
}

static void push_link(lua_State *L, struct script_run *r, const struct schema_field *f,
                      const struct store_item *item) {
    lua_createtable(L, 0, (int)f->attribute_count + 1);
    l_record_push(L, r, SCRIPT_RECORD_SEEN, schema_entity_by_id(r->schema, f->ref_entity),
                  item->value.integer, NULL);
    lua_setfield(L, -2, "record");
    for (size_t i = 0; item->attributes && i < f->attribute_count; i++) {
        lua_pushlstring(L, f->attributes[i].name.ptr, f->attributes[i].name.len);
        l_value_push(L, r, &f->attributes[i], &item->attributes[i]);
        lua_rawset(L, -3);
    }
}

void l_items_push(lua_State *L, struct script_run *r, const struct schema_field *f,
                  const struct store_item *items, size_t count) {
    lua_createtable(L, (int)(count < 1000 ? count : 1000), 0);
    for (size_t i = 0; i < count; i++) {
        if (f->type == SCHEMA_FIELD_LABELLED)
            push_labelled(L, &items[i]);
        else if (f->type == SCHEMA_FIELD_LINKS)
            push_link(L, r, f, &items[i]);
        else
            l_value_push(L, r, f, &items[i].value);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

/* ---- in ---------------------------------------------------------------------------------------
 */

static crm_status wrong(const struct schema_field *f, const char *wanted, lua_State *L, int index,
                        struct err *err) {
    const struct str args[] = {f->name, str_from(wanted), str_from(luaL_typename(L, index))};
    err_set_args(err, CRM_INVALID, &say_script_field_value, args, 3);
    err_at_field(err, f->name);
    return CRM_INVALID;
}

static struct str text_at(lua_State *L, int index) { /* of a string: no conversion in place */
    size_t len = 0;
    const char *text = lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, &len) : NULL;
    return str_make(text, len);
}

static bool scaled(lua_State *L, int index, int64_t scale, int64_t *ret) {
    if (lua_isinteger(L, index)) return int64_mul(lua_tointeger(L, index), scale, ret);
    double n = lua_tonumber(L, index) * (double)scale;
    if (!(fabs(n) < 9e15)) return false;
    *ret = llround(n);
    return true;
}

static crm_status get_money(struct script_run *r, lua_State *L, int index,
                            const struct schema_field *f, const struct value *old,
                            struct value *ret, struct err *err) {
    struct value v = {.type = VALUE_MONEY};
    const struct company *company = engine_company_ref(r->engine);
    v.currency = old && old->type == VALUE_MONEY ? old->currency : company->store.base_currency;
    engine_company_unref(r->engine, company);
    int top = lua_gettop(L);
    index = lua_absindex(L, index);
    if (lua_istable(L, index)) {
        lua_pushliteral(L, "currency");
        lua_rawget(L, index);
        struct str code = text_at(L, -1);
        lua_pushliteral(L, "amount");
        lua_rawget(L, index);
        index = lua_gettop(L);
        if (code.ptr && !currency_parse(code, &v.currency)) {
            lua_settop(L, top);
            return wrong(f, "a currency such as \"USD\"", L, index, err);
        }
    }
    int digits = currency_digits(v.currency);
    bool fine = lua_type(L, index) == LUA_TNUMBER
                    ? scaled(L, index, power_of_ten(digits < 0 ? 2 : digits), &v.integer)
                    : money_parse(text_at(L, index), digits < 0 ? 2 : digits, &v.integer);
    crm_status status =
        fine ? CRM_OK : wrong(f, "an amount or { amount =, currency = }", L, index, err);
    lua_settop(L, top);
    if (status == CRM_OK) *ret = v;
    return status;
}

static bool get_id(lua_State *L, int index, struct value *ret) {
    const struct script_record *record = script_record_test(L, index);
    if (record) {
        *ret = value_id(record->id);
        ret->entity = record->entity ? record->entity->id : 0;
        return true;
    }
    int64_t id = 0;
    if (lua_isinteger(L, index))
        id = lua_tointeger(L, index);
    else if (!id_parse(text_at(L, index), &id))
        return false;
    *ret = value_id(id);
    return id > 0;
}

static crm_status get_typed(struct script_run *r, lua_State *L, int index,
                            const struct schema_field *f, const struct value *old,
                            struct value *ret, struct err *err) {
    int64_t n = 0;
    struct str text = text_at(L, index);
    switch (f->value_type.type) {
    case VALUE_BOOL:
        *ret = value_bool(lua_toboolean(L, index));
        return lua_isboolean(L, index) ? CRM_OK : wrong(f, "true or false", L, index, err);
    case VALUE_INT:
        if (!(lua_type(L, index) == LUA_TNUMBER
                  ? scaled(L, index, 1, &n) && (double)n == lua_tonumber(L, index)
                  : str_to_int64(text, &n)))
            return wrong(f, "a whole number", L, index, err);
        *ret = value_int(n);
        return CRM_OK;
    case VALUE_DECIMAL:
        if (!(lua_type(L, index) == LUA_TNUMBER ? scaled(L, index, DECIMAL_ONE, &n)
                                                : decimal_parse(text, &n)))
            return wrong(f, "a number", L, index, err);
        *ret = value_decimal(n);
        return CRM_OK;
    case VALUE_MONEY:
        return get_money(r, L, index, f, old, ret, err);
    case VALUE_TEXT:
        *ret = value_text(text);
        return text.ptr ? CRM_OK : wrong(f, "text", L, index, err);
    case VALUE_DATE:
        if (!date_parse(text, &n)) return wrong(f, "a date such as \"2026-11-21\"", L, index, err);
        *ret = value_date(n);
        return CRM_OK;
    case VALUE_TIME:
        if (lua_isinteger(L, index))
            n = lua_tointeger(L, index);
        else if (!time_parse(text, &n))
            return wrong(f, "a time in ms, or as \"2026-11-21T18:26:00Z\"", L, index, err);
        *ret = value_time(n);
        return CRM_OK;
    case VALUE_ID:
        return get_id(L, index, ret) ? CRM_OK : wrong(f, "a record or an id", L, index, err);
    default:
        return wrong(f, "another kind of field", L, index, err);
    }
}

crm_status script_value_get(struct script_run *r, lua_State *L, int index,
                            const struct schema_field *f, const struct value *old,
                            struct value *ret, struct err *err) {
    bool null = lua_islightuserdata(L, index) && !lua_touserdata(L, index); /* crm.null */
    if (lua_isnil(L, index) || null) {
        *ret = VALUE_OF_NIL;
        return CRM_OK;
    }
    return get_typed(r, L, index, f, old, ret, err);
}
