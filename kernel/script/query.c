/* crm.query("project"):where("amount > ?", 1000):sort("-amount"):rows() - lists of records, or with
 * group and measure figures; always under the actor's rights. A query is a userdata with a table of
 * its parts. Functions l_... raise and own nothing. */
#include "script/query.h"

#include <stdio.h>

#include <lauxlib.h>

#include "script/messages.h"

static const char query_type[] = "perigee.query";
enum { SCRIPT_CURSOR_BYTES = 1024, ROWS_DEFAULT = 1000, ROWS_MAX = 10000, FIGURES_DEFAULT = 10000 };

struct query {
    const struct schema_entity *entity;
    uint64_t run;
    int64_t limit;
};
/* user value: { where = {...}, group = {...}, names = {...}, measures = {...}, sort = {...} } */

static struct query *check_query(lua_State *L, struct script_run **ret_run) {
    struct query *q = luaL_checkudata(L, 1, query_type);
    struct script_run *r = script_state_of(L)->run;
    if (!r || q->run != r->id) l_fail(L, &say_script_stale, NULL, 0);
    *ret_run = r;
    return q;
}

static int l_query(lua_State *L) {
    struct script_run *r = l_run(L, "query");
    const struct schema_entity *e = l_check_entity(L, r, 1, "crm.query");
    struct query *q = lua_newuserdatauv(L, sizeof *q, 1);
    *q = (struct query){.entity = e, .run = r->id};
    luaL_setmetatable(L, query_type);
    lua_createtable(L, 0, 5);
    static const char *const parts[] = {"where", "group", "names", "measures", "sort"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        lua_newtable(L);
        lua_setfield(L, -2, parts[i]);
    }
    lua_setiuservalue(L, -2, 1);
    return 1;
}

/* Appends the value on top to a part and pops it. */
static void append(lua_State *L, const char *part) {
    lua_getiuservalue(L, 1, 1);
    lua_getfield(L, -1, part);
    lua_pushvalue(L, -3);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    lua_pop(L, 3);
}

static int self(lua_State *L) {
    lua_settop(L, 1);
    return 1;
}

/* ---- conditions with placeholders -------------------------------------------------------------
 */

static void add_quoted(luaL_Buffer *out, const char *text, size_t len) {
    luaL_addchar(out, '"');
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        char escape[8];
        if (c == '"' || c == '\\') {
            luaL_addchar(out, '\\');
            luaL_addchar(out, (char)c);
        } else if (c < 32 || c == 127) {
            luaL_addlstring(out, escape, (size_t)snprintf(escape, sizeof escape, "\\%03u", c));
        } else {
            luaL_addchar(out, (char)c);
        }
    }
    luaL_addchar(out, '"');
}

static void add_literal(lua_State *L, luaL_Buffer *out, int index) {
    char number[40];
    size_t len;
    const struct script_record *record = script_record_test(L, index);
    if (record) {
        add_quoted(out, number,
                   (size_t)snprintf(number, sizeof number, "%lld", (long long)record->id));
        return;
    }
    switch (lua_type(L, index)) {
    case LUA_TNIL:
        luaL_addstring(out, "nil");
        break;
    case LUA_TBOOLEAN:
        luaL_addstring(out, lua_toboolean(L, index) ? "true" : "false");
        break;
    case LUA_TNUMBER:
        if (lua_isinteger(L, index))
            luaL_addlstring(out, number,
                            (size_t)snprintf(number, sizeof number, "%lld",
                                             (long long)lua_tointeger(L, index)));
        else
            luaL_addlstring(
                out, number,
                (size_t)snprintf(number, sizeof number, "%.6f", lua_tonumber(L, index)));
        break;
    case LUA_TSTRING: {
        const char *text = lua_tolstring(L, index, &len);
        add_quoted(out, text, len);
        break;
    }
    default: {
        const struct str args[] = {STR("where"),
                                   STR("texts, numbers, booleans or records as values")};
        l_fail(L, &say_script_argument, args, 2);
    }
    }
}

/* Pushes the condition with its values in the place of ? outside of quotes. */
static void fill_placeholders(lua_State *L, struct str text, int first) {
    luaL_Buffer out;
    char quote = 0;
    int used = 0, given = lua_gettop(L) - first + 1;
    luaL_buffinit(L, &out);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (quote && c == '\\' && i + 1 < text.len)
            luaL_addchar(&out, text.ptr[i++]);
        else if (quote)
            quote = c == quote ? 0 : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '?') {
            if (used < given) add_literal(L, &out, first + used);
            used++;
            continue;
        }
        luaL_addchar(&out, text.ptr[i]);
    }
    luaL_pushresult(&out);
    if (used == given) return;
    char places[16], values[16];
    (void)snprintf(places, sizeof places, "%d", used);
    (void)snprintf(values, sizeof values, "%d", given);
    const struct str args[] = {str_from(places), str_from(values)};
    l_fail(L, &say_script_placeholders, args, 2);
}

static int l_where(lua_State *L) {
    struct script_run *r;
    check_query(L, &r);
    struct str text = l_check_str(L, 2, "where", "a condition");
    fill_placeholders(L, text, 3);
    append(L, "where");
    return self(L);
}

static int l_group(lua_State *L) {
    struct script_run *r;
    check_query(L, &r);
    for (int i = 2, count = lua_gettop(L); i <= count; i++) {
        l_check_str(L, i, "group", "expressions");
        lua_pushvalue(L, i);
        append(L, "group");
    }
    return self(L);
}

static int l_measure(lua_State *L) {
    struct script_run *r;
    check_query(L, &r);
    l_check_str(L, 2, "measure", "a name");
    l_check_str(L, 3, "measure", "an expression such as \"sum(amount)\"");
    lua_pushvalue(L, 2);
    append(L, "names");
    lua_pushvalue(L, 3);
    append(L, "measures");
    return self(L);
}

static int l_sort(lua_State *L) {
    struct script_run *r;
    check_query(L, &r);
    for (int i = 2, count = lua_gettop(L); i <= count; i++) {
        l_check_str(L, i, "sort", "names, with - in front for descending order");
        lua_pushvalue(L, i);
        append(L, "sort");
    }
    return self(L);
}

static int l_limit(lua_State *L) {
    struct script_run *r;
    struct query *q = check_query(L, &r);
    q->limit = luaL_checkinteger(L, 2);
    if (q->limit >= 1 && q->limit <= ROWS_MAX) return self(L);
    const struct str args[] = {STR("limit"), STR("a number from 1 to 10000")};
    l_fail(L, &say_script_argument, args, 2);
}

/* ---- from Lua to a plan -----------------------------------------------------------------------
 */

/* Texts of a part, borrowed from the query's table. Pushes nothing. */
static struct str *texts_of(lua_State *L, struct script_run *r, const char *part,
                            size_t *ret_count) {
    lua_getiuservalue(L, 1, 1);
    lua_getfield(L, -1, part);
    size_t count = lua_rawlen(L, -1);
    struct str *texts = ARENA_ARRAY(r->arena, count + 1, struct str);
    for (size_t i = 0; texts && i < count; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        texts[i].ptr = lua_tolstring(L, -1, &texts[i].len);
        lua_pop(L, 1);
    }
    lua_pop(L, 2);
    *ret_count = count;
    if (texts) return texts;
    struct err err;
    err_no_memory(&err);
    l_raise(L, &err);
}

static void plan_of(lua_State *L, struct script_run *r, const struct query *q,
                    struct script_query *ret) {
    *ret = (struct script_query){.run = r, .entity = q->entity, .limit = q->limit};
    ret->where = texts_of(L, r, "where", &ret->where_count);
    ret->group = texts_of(L, r, "group", &ret->group_count);
    ret->names = texts_of(L, r, "names", &ret->measure_count);
    ret->measures = texts_of(L, r, "measures", &ret->measure_count);
    ret->sort = texts_of(L, r, "sort", &ret->sort_count);
}

static bool has_figures(const struct script_query *q) {
    return q->group_count + q->measure_count > 0;
}

/* ---- results ----------------------------------------------------------------------------------
 */

static void push_figures_row(lua_State *L, struct script_run *r, const struct script_query *q,
                             const struct value *cells) {
    lua_createtable(L, 0, (int)(q->group_count + q->measure_count));
    for (size_t i = 0; i < q->group_count + q->measure_count; i++) {
        struct str key = i < q->group_count ? q->group[i] : q->names[i - q->group_count];
        lua_pushlstring(L, key.ptr, key.len);
        l_value_push(L, r, NULL, &cells[i]);
        lua_rawset(L, -3);
    }
}

static void run_figures(lua_State *L, struct script_query *q, struct store_figures_result *ret) {
    struct err err;
    if (q->limit == 0) q->limit = FIGURES_DEFAULT;
    l_raise_status(L, script_query_figures(q, ret, &err), &err);
    for (size_t i = 0; i < ret->row_count; i++)
        script_query_own(q, &ret->cells[i * (q->group_count + q->measure_count)]);
}

/* Appends records to the table on top; they live as long as the run. */
static void append_records(lua_State *L, struct script_query *q, int64_t limit) {
    struct script_page page = {.arena = q->run->arena};
    int64_t count = 0;
    struct err err;
    do {
        l_check_stopped(L, q->run);
        q->limit = limit - count < SCRIPT_PAGE ? limit - count : SCRIPT_PAGE;
        l_raise_status(L, script_query_page(q, &page, &err), &err);
        for (size_t i = 0; i < page.count; i++) {
            l_record_push(L, q->run, SCRIPT_RECORD_SEEN, q->entity, page.ids[i], page.rows[i]);
            lua_rawseti(L, -2, ++count);
        }
    } while (page.next.len > 0 && count < limit);
}

/* The place to go on from, in the run's arena: the page's own is about to be used again. */
static void keep_cursor(lua_State *L, const struct script_query *q, struct script_page *page,
                        char cursor[SCRIPT_CURSOR_BYTES]) {
    if (page->next.len > SCRIPT_CURSOR_BYTES) {
        page->next = arena_str(q->run->arena, page->next);
        if (page->next.ptr) return;
        struct err err;
        err_no_memory(&err);
        l_raise(L, &err);
    }
    if (page->next.len > 0) memcpy(cursor, page->next.ptr, page->next.len);
    page->next.ptr = cursor;
}

/* Calls the function at 2 with each record; false ends the walk. One page is in memory at a time.
 */
static int64_t walk_records(lua_State *L, struct script_query *q, int64_t limit) {
    char cursor[SCRIPT_CURSOR_BYTES];
    struct script_rows *rows = l_rows_new(L);
    int at = lua_gettop(L);
    struct script_page page = {.arena = &rows->arena};
    int64_t count = 0;
    struct err err;
    for (bool more = true; more;) {
        l_check_stopped(L, q->run);
        arena_reset(&rows->arena);
        rows->serial++;
        q->limit = limit - count < SCRIPT_PAGE ? limit - count : SCRIPT_PAGE;
        l_raise_status(L, script_query_page(q, &page, &err), &err);
        for (size_t i = 0; more && i < page.count; i++) {
            lua_pushvalue(L, 2);
            l_record_push_of(L, q->run, q->entity, page.ids[i], page.rows[i], at);
            lua_call(L, 1, 1);
            count++;
            more = lua_isnil(L, -1) || lua_toboolean(L, -1);
            lua_pop(L, 1);
        }
        more = more && page.next.len > 0 && count < limit;
        keep_cursor(L, q, &page, cursor);
    }
    return count;
}

static int rows(lua_State *L, int64_t limit) {
    struct script_run *r;
    struct query *q = check_query(L, &r);
    struct script_query plan;
    plan_of(L, r, q, &plan);
    lua_newtable(L);
    if (!has_figures(&plan)) {
        append_records(L, &plan, limit ? limit : q->limit ? q->limit : ROWS_DEFAULT);
        return 1;
    }
    struct store_figures_result result;
    if (limit) plan.limit = limit;
    run_figures(L, &plan, &result);
    for (size_t i = 0; i < result.row_count; i++) {
        push_figures_row(L, r, &plan, &result.cells[i * (plan.group_count + plan.measure_count)]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static int l_rows(lua_State *L) { return rows(L, 0); }

static int l_first(lua_State *L) {
    rows(L, 1);
    lua_rawgeti(L, -1, 1);
    return 1;
}

static int l_each(lua_State *L) {
    struct script_run *r;
    struct query *q = check_query(L, &r);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    struct script_query plan;
    plan_of(L, r, q, &plan);
    if (!has_figures(&plan)) {
        lua_pushinteger(L, walk_records(L, &plan, q->limit ? q->limit : INT64_MAX));
        return 1;
    }
    struct store_figures_result result;
    run_figures(L, &plan, &result);
    for (size_t i = 0; i < result.row_count; i++) {
        lua_pushvalue(L, 2);
        push_figures_row(L, r, &plan, &result.cells[i * (plan.group_count + plan.measure_count)]);
        lua_call(L, 1, 1);
        bool stop = !lua_isnil(L, -1) && !lua_toboolean(L, -1);
        lua_pop(L, 1);
        if (stop) break;
    }
    lua_pushinteger(L, (lua_Integer)result.row_count);
    return 1;
}

static int l_count(lua_State *L) {
    struct script_run *r;
    struct query *q = check_query(L, &r);
    struct script_query plan;
    plan_of(L, r, q, &plan);
    struct err err;
    int64_t count = 0;
    l_raise_status(L, script_query_count(&plan, &count, &err), &err);
    lua_pushinteger(L, count);
    return 1;
}

bool script_query_test(lua_State *L, int index) {
    return luaL_testudata(L, index, query_type) != NULL;
}

static int push_page(lua_State *L, struct script_query *plan, int64_t left) {
    size_t len;
    struct script_rows *rows = l_rows_new(L);
    int at = lua_gettop(L);
    struct script_page page = {.arena = &rows->arena};
    struct err err;
    if (lua_type(L, 2) == LUA_TSTRING) {
        const char *cursor = lua_tolstring(L, 2, &len);
        page.next = str_make(cursor, len);
    }
    plan->limit = left < SCRIPT_PAGE ? left : SCRIPT_PAGE;
    lua_newtable(L);
    if (left < 1) return 1;
    l_raise_status(L, script_query_page(plan, &page, &err), &err);
    for (size_t i = 0; i < page.count; i++) {
        l_record_push_of(L, plan->run, plan->entity, page.ids[i], page.rows[i], at);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    if (page.next.len == 0) return 1;
    lua_pushlstring(L, page.next.ptr, page.next.len);
    return 2;
}

int l_query_page(lua_State *L, int first) {
    struct script_run *r;
    for (int i = 1; i < first; i++)
        lua_remove(L, 1);
    lua_settop(L, 3);
    struct query *q = check_query(L, &r);
    struct script_query plan;
    plan_of(L, r, q, &plan);
    l_check_stopped(L, r);
    if (has_figures(&plan)) {
        rows(L, 0);
        lua_pushboolean(L, 1);
        return 2;
    }
    return push_page(L, &plan, (q->limit ? q->limit : INT64_MAX) - lua_tointeger(L, 3));
}

void l_query_open(lua_State *L) {
    static const luaL_Reg methods[] = {
        {"where", l_where}, {"group", l_group}, {"measure", l_measure}, {"sort", l_sort},
        {"limit", l_limit}, {"rows", l_rows},   {"first", l_first},     {"each", l_each},
        {"count", l_count}, {NULL, NULL}};
    luaL_newmetatable(L, query_type);
    lua_newtable(L);
    luaL_setfuncs(L, methods, 0);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
    lua_pushcfunction(L, l_query);
    lua_setfield(L, -2, "query");
}
