/* Templates of mails: "Dear {{name}}, {{organization.name}} owes {{amount}}". See mail.h. The text
 * grows as one Lua string, so nothing is owned here when a value raises. */
#include "script/mail.h"

#include <stdio.h>

#include <lauxlib.h>

#include "base/number.h"
#include "base/time.h"
#include "script/messages.h"

enum { TIME_BYTES = 40, NUMBER_BYTES = 64, DATE_LENGTH = 10 };

__attribute__((noreturn)) static void unknown(lua_State *L, struct str path) {
    l_fail(L, &say_script_mail_place, &path, 1);
}

/* ---- finding a value --------------------------------------------------------------------------
 */

/* The member of the value on top takes its place; *ret the field it came from, or NULL. */
static void step(lua_State *L, struct str name, const struct schema_field **ret) {
    const struct script_record *it = script_record_test(L, -1);
    *ret = it && it->entity ? schema_field_find(it->entity, name) : NULL;
    if (it || lua_istable(L, -1)) {
        lua_pushlstring(L, name.ptr, name.len);
        if (it)
            lua_gettable(L, -2);
        else
            lua_rawget(L, -2);
    } else {
        lua_pushnil(L);
    }
    lua_remove(L, -2);
}

static void push_first(lua_State *L, const struct script_fill *f, struct str name, struct str path,
                       const struct schema_field **ret) {
    *ret = NULL;
    if (f->values) {
        lua_pushlstring(L, name.ptr, name.len);
        if (lua_rawget(L, f->values) != LUA_TNIL) return;
        lua_pop(L, 1);
    }
    if (!f->about) unknown(L, path);
    lua_pushvalue(L, f->about);
    step(L, name, ret);
}

static void push_value(lua_State *L, const struct script_fill *f, struct str path,
                       const struct schema_field **ret) {
    struct str rest = path, name;
    bool more = str_split(&rest, '.', &name);
    if (name.len == 0) unknown(L, path);
    push_first(L, f, name, path, ret);
    while (more) {
        more = str_split(&rest, '.', &name);
        step(L, name, ret);
    }
}

/* ---- showing it -------------------------------------------------------------------------------
 */

static bool is_date(struct str s) {
    int64_t days;
    return s.len == DATE_LENGTH && date_parse(s, &days);
}

/* Dates as people of the language write them; other texts as they are. */
static void show_text(lua_State *L, const struct script_fill *f, struct str s) {
    if (f->language != LANGUAGE_RU || !is_date(s)) {
        lua_pushlstring(L, s.ptr, s.len);
        return;
    }
    lua_pushfstring(L, "%c%c.%c%c.%c%c%c%c", s.ptr[8], s.ptr[9], s.ptr[5], s.ptr[6], s.ptr[0],
                    s.ptr[1], s.ptr[2], s.ptr[3]);
}

/* By the company's clock. */
static void show_time(lua_State *L, const struct script_fill *f, int64_t ms) {
    char text[TIME_BYTES];
    struct civil at;
    const struct company *company = engine_company_ref(f->run->engine);
    zone_local(company->store.zone, ms, &at);
    engine_company_unref(f->run->engine, company);
    if (f->language == LANGUAGE_RU)
        (void)snprintf(text, sizeof text, "%02d.%02d.%04d %02d:%02d", (int)at.day, (int)at.month,
                       (int)at.year, (int)at.hour, (int)at.minute);
    else
        (void)snprintf(text, sizeof text, "%04d-%02d-%02d %02d:%02d", (int)at.year, (int)at.month,
                       (int)at.day, (int)at.hour, (int)at.minute);
    lua_pushstring(L, text);
}

/* { amount, currency }: exact for what a number of Lua holds exactly. */
static bool show_money(lua_State *L, int index) {
    struct currency currency;
    char text[NUMBER_BYTES];
    lua_pushliteral(L, "amount");
    lua_rawget(L, index);
    lua_pushliteral(L, "currency");
    lua_rawget(L, index);
    size_t len = 0;
    const char *code = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &len) : NULL;
    bool is = code && currency_parse(str_make(code, len), &currency) && lua_isnumber(L, -2);
    if (is) {
        int digits = currency_digits(currency);
        (void)snprintf(text, sizeof text, "%.*f %s", digits < 0 ? 2 : digits, lua_tonumber(L, -2),
                       currency.code);
    }
    lua_pop(L, 2);
    if (is) lua_pushstring(L, text);
    return is;
}

static void show_record(lua_State *L, const struct script_fill *f, const struct script_record *it) {
    struct record_view *view;
    struct str title = STR_NONE;
    struct err err;
    crm_status status = script_run_view(f->run, &view, &err);
    if (status == CRM_OK && it->entity) status = read_title(view, it->entity, it->id, &title, &err);
    l_raise_status(L, status, &err);
    lua_pushlstring(L, title.ptr ? title.ptr : "", title.len);
}

/* Pushes the text of the value at the top, which stays below it. */
static void show(lua_State *L, const struct script_fill *f, const struct schema_field *field,
                 struct str path) {
    static const char *const words[LANGUAGE_COUNT][2] = {{"no", "yes"}, {"нет", "да"}};
    const struct script_record *it = script_record_test(L, -1);
    int index = lua_gettop(L);
    size_t len;
    const char *text;
    if (it) {
        show_record(L, f, it);
    } else if (lua_type(L, index) == LUA_TSTRING) {
        text = lua_tolstring(L, index, &len);
        show_text(L, f, str_make(text, len));
    } else if (lua_isinteger(L, index) && field && field->type == SCHEMA_FIELD_TIME) {
        show_time(L, f, lua_tointeger(L, index));
    } else if (lua_type(L, index) == LUA_TNUMBER) {
        lua_pushvalue(L, index);
        (void)lua_tolstring(L, -1, &len);
    } else if (lua_isboolean(L, index)) {
        lua_pushstring(L, words[f->language][lua_toboolean(L, index)]);
    } else if (lua_isnil(L, index)) {
        lua_pushliteral(L, "");
    } else if (!lua_istable(L, index) || !show_money(L, index)) {
        unknown(L, path);
    }
}

static void escape(lua_State *L) {
    size_t len;
    const char *text = lua_tolstring(L, -1, &len);
    luaL_Buffer out;
    luaL_buffinit(L, &out);
    for (size_t i = 0; i < len; i++) {
        switch (text[i]) {
        case '&':
            luaL_addstring(&out, "&amp;");
            break;
        case '<':
            luaL_addstring(&out, "&lt;");
            break;
        case '>':
            luaL_addstring(&out, "&gt;");
            break;
        case '"':
            luaL_addstring(&out, "&quot;");
            break;
        case '\'':
            luaL_addstring(&out, "&#39;");
            break;
        default:
            luaL_addchar(&out, text[i]);
        }
    }
    luaL_pushresult(&out);
    lua_remove(L, -2);
}

/* ---- the template -----------------------------------------------------------------------------
 */

/* What is there so far and the piece on top become one. */
static void join(lua_State *L) {
    l_charge(L, lua_rawlen(L, -2) + lua_rawlen(L, -1));
    lua_concat(L, 2);
}

void l_mail_fill(lua_State *L, const struct script_fill *f) {
    size_t len;
    const char *text = lua_tolstring(L, -1, &len);
    struct str rest = str_make(text, len);
    lua_pushliteral(L, "");
    for (size_t places = 0;; places++) {
        size_t at = str_find(rest, STR("{{")), end = str_find(rest, STR("}}"));
        if (at == SIZE_MAX || end == SIZE_MAX || end < at) break;
        if (places == SCRIPT_PLACES_MAX) l_fail(L, &say_script_mail_places, NULL, 0);
        struct str path = str_trim(str_make(rest.ptr + at + 2, end - at - 2));
        const struct schema_field *field;
        lua_pushlstring(L, rest.ptr, at);
        join(L);
        push_value(L, f, path, &field);
        show(L, f, field, path);
        lua_remove(L, -2);
        if (f->html) escape(L);
        join(L);
        rest = str_make(rest.ptr + end + 2, rest.len - end - 2);
    }
    lua_pushlstring(L, rest.ptr, rest.len);
    join(L);
    lua_remove(L, -2);
}
