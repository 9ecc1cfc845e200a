/* Keeping between runs. See keep.h. Functions l_... raise and own nothing. */
#include "script/keep.h"

#include <stdio.h>

#include <lauxlib.h>

#include "base/unicode.h"
#include "lua/plain.h"
#include "script/call.h"
#include "script/messages.h"
#include "store/sys_tables.h"

enum { CARRY_BYTES = 64 << 20 };

static struct str owner_of(const struct script_run *r) {
    return arena_printf(r->arena, "script %.*s", STR_ARG(r->state->owner));
}

/* ---- reading ----------------------------------------------------------------------------------
 */

static struct script_kept *find_in(struct script_kept *items, size_t count, struct str key) {
    for (size_t i = count; i > 0; i--)
        if (str_eq(items[i - 1].key, key)) return &items[i - 1];
    return NULL;
}

/* The newest word of this run about a key, or NULL. */
static struct script_kept *find(const struct script_run *r, struct str key) {
    return find_in(r->kept, r->kept_count, key);
}

static crm_status add(struct script_run *r, const struct script_kept *from, struct err *err) {
    if (r->kept_count == SCRIPT_KEEP_MAX)
        return err_set(err, CRM_TOO_LARGE, &say_script_keep_many, NULL);
    struct script_kept *all =
        arena_grow(r->arena, r->kept, r->kept_count, &r->kept_capacity, sizeof *all);
    if (!all) return err_no_memory(err);
    r->kept = all;
    all[r->kept_count] = *from;
    all[r->kept_count].key = arena_str(r->arena, from->key);
    return all[r->kept_count++].key.ptr ? CRM_OK : err_no_memory(err);
}

static crm_status read_row(const struct script_run *r, struct str key, struct str *ret,
                           struct err *err) {
    const struct store_value *row = NULL;
    struct str owner = owner_of(r);
    if (!owner.ptr) return err_no_memory(err);
    const struct store_condition where[] = {{SYS_STATE_OWNER, STORE_EQ, store_text(owner)},
                                            {SYS_STATE_KEY, STORE_EQ, store_text(key)}};
    const struct store_select select = {
        .table = sys_table(SYS_TABLE_STATE), .where = where, .where_count = 2, .limit = 1};
    bool own = !store_in_transaction(r->conn);
    crm_status status = own ? store_begin(r->conn, err) : CRM_OK;
    if (status != CRM_OK) return status;
    status = store_first(r->conn, &select, r->arena, &row, err);
    if (own) store_rollback(r->conn);
    if (status != CRM_OK || !row) return status;
    bool over = row[SYS_STATE_EXPIRES_AT].type == STORE_INT &&
                row[SYS_STATE_EXPIRES_AT].integer <= r->now_ms;
    if (!over) *ret = row[SYS_STATE_VALUE].bytes;
    return CRM_OK;
}

/* What stands under the key, remembered as read. */
static crm_status look(struct script_run *r, struct str key, struct script_kept **ret,
                       struct err *err) {
    *ret = find(r, key);
    if (*ret) return CRM_OK;
    struct script_kept it = {.key = key, .was_read = true};
    const struct script_kept *carried =
        r->carry ? find_in(r->carry->items, r->carry->count, key) : NULL;
    if (carried) it.was = carried->value;
    crm_status status = r->carry ? CRM_OK : read_row(r, key, &it.was, err);
    it.value = it.was;
    if (status == CRM_OK) status = add(r, &it, err);
    if (status == CRM_OK) *ret = &r->kept[r->kept_count - 1];
    return status;
}

static struct str check_key(lua_State *L, const char *function) {
    struct str key = l_check_str(L, 1, function, "a key");
    if (key.len > 0 && key.len <= SCRIPT_KEEP_KEY_MAX && utf8_valid(key)) return key;
    const struct str args[] = {str_from(function), STR("a key of 1 to 200 bytes")};
    l_fail(L, &say_script_argument, args, 2);
}

static int l_kept(lua_State *L) {
    struct script_run *r = l_run(L, "kept");
    struct str key = check_key(L, "crm.kept");
    struct script_kept *it;
    struct err err;
    l_raise_status(L, look(r, key, &it, &err), &err);
    if (it->value.ptr)
        l_raise_status(L, script_push_json(L, it->value, &err), &err);
    else
        lua_pushnil(L);
    return 1;
}

/* ---- writing ----------------------------------------------------------------------------------
 */

static void tell(struct script_run *r, const char *verb, struct str key, struct str value) {
    BUF_CLEANUP struct buf detail;
    struct json_writer out;
    buf_init(&detail, SCRIPT_KEEP_VALUE_MAX * 2);
    json_writer_init(&out, &detail);
    json_object_open(&out);
    json_key_lit(&out, "key");
    json_text(&out, key);
    if (value.ptr) {
        json_key_lit(&out, "value");
        json_raw(&out, value);
    }
    json_object_shut(&out);
    if (detail.status == CRM_OK) script_run_effect(r, verb, STR_NONE, 0, buf_str(&detail));
}

static crm_status keep(struct script_run *r, lua_State *L, struct str key, int64_t seconds,
                       struct err *err) {
    BUF_CLEANUP struct buf text;
    struct json_writer out;
    crm_status status = CRM_OK;
    buf_init(&text, SCRIPT_KEEP_VALUE_MAX);
    json_writer_init(&out, &text);
    if (!lua_isnil(L, 2)) status = plain_json_write(L, 2, &plain_limits_default, &out, err);
    if (status == CRM_OK && text.status == CRM_TOO_LARGE)
        status = err_set(err, CRM_TOO_LARGE, &say_script_keep_large, NULL);
    if (status != CRM_OK) return status;
    if (text.status != CRM_OK) return err_no_memory(err);
    const struct script_kept *known = find(r, key);
    struct script_kept it = {.key = key,
                             .was = known ? known->was : STR_NONE,
                             .was_read = known && known->was_read,
                             .is_written = true,
                             .expires_ms = seconds ? r->now_ms + seconds * 1000 : 0};
    if (text.len) {
        it.value = arena_str(r->arena, buf_str(&text));
        if (!it.value.ptr) return err_no_memory(err);
    }
    status = add(r, &it, err);
    if (status == CRM_OK) tell(r, "keep", key, it.value);
    return status;
}

/* Nothing is kept by a before-handler, whose change may yet be refused. */
static struct script_run *check_run(lua_State *L, const char *function) {
    struct script_run *r = l_run(L, function);
    l_check_stopped(L, r);
    if (r->hook) l_fail(L, &say_script_not_before, (const struct str[]){str_from(function)}, 1);
    return r;
}

/* (key, value or nil, seconds) */
static int l_keep(lua_State *L) {
    struct script_run *r = check_run(L, "keep");
    struct str key = check_key(L, "crm.keep");
    int64_t seconds = luaL_optinteger(L, 3, 0);
    lua_settop(L, 2);
    luaL_checkstack(L, 40, NULL);
    if (seconds < 0 || seconds > INT64_C(3200000000)) {
        const struct str args[] = {STR("crm.keep"), STR("a number of seconds")};
        l_fail(L, &say_script_argument, args, 2);
    }
    struct err err;
    l_note_place(L, r);
    l_raise_status(L, keep(r, L, key, seconds, &err), &err);
    return 0;
}

/* ---- once -------------------------------------------------------------------------------------
 */

static const char *const periods[] = {"day", "week", "month", "quarter", "year", "ever", NULL};
enum { EVER = PERIOD_YEAR + 1, GRACE_DAYS = 7 };

/* "once/2026-11-16/digest": the period's first day is part of the key. */
static struct str once_key(const struct script_run *r, int period, struct str key,
                           int64_t *ret_expires_ms) {
    const struct company *company = engine_company_ref(r->engine);
    int64_t first = 0, today = zone_date(company->store.zone, r->now_ms);
    if (period != EVER) {
        first = date_period_start(today, (enum period)period, company->store.week_start,
                                  company->store.fiscal_month);
        int64_t next = date_add(first, (enum period)period, 1);
        *ret_expires_ms = zone_day_start(company->store.zone, next + GRACE_DAYS);
    }
    engine_company_unref(r->engine, company);
    BUF_CLEANUP struct buf text;
    buf_init(&text, 2 * SCRIPT_KEEP_KEY_MAX);
    buf_printf(&text, "once/%s/", periods[period]);
    if (period != EVER) date_format(first, &text);
    buf_printf(&text, "/%.*s", STR_ARG(key));
    return arena_str(r->arena, buf_str(&text));
}

static crm_status once(struct script_run *r, struct str key, int period, bool *ret,
                       struct err *err) {
    struct script_kept *known;
    struct script_kept it = {.value = STR("true"), .was_read = true, .is_written = true};
    it.key = once_key(r, period, key, &it.expires_ms);
    if (!it.key.ptr) return err_no_memory(err);
    crm_status status = look(r, it.key, &known, err);
    if (status != CRM_OK) return status;
    *ret = !known->value.ptr;
    if (!*ret) return CRM_OK;
    status = add(r, &it, err);
    if (status == CRM_OK) tell(r, "once", it.key, STR_NONE);
    return status;
}

/* (key, period): true the first time in the period */
static int l_once(lua_State *L) {
    struct script_run *r = check_run(L, "once");
    struct str key = check_key(L, "crm.once");
    struct err err;
    bool first = false;
    int period = luaL_checkoption(L, 2, "ever", periods);
    l_note_place(L, r);
    l_raise_status(L, once(r, key, period, &first, &err), &err);
    lua_pushboolean(L, first);
    return 1;
}

void l_keep_open(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"keep", l_keep}, {"kept", l_kept}, {"once", l_once}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}

/* ---- in the writer ----------------------------------------------------------------------------
 */

static crm_status stale(struct err *err) {
    return err_set(err, CRM_CONFLICT, &say_script_keep_stale, NULL);
}

bool script_keep_is_stale(crm_status status, const struct err *err) {
    return status == CRM_CONFLICT && str_is(str_from(err->text.code), "script_keep_stale");
}

static crm_status write_new(struct store_conn *writer, const struct store_value *row, int64_t now,
                            struct err *err) {
    const struct store_condition over[] = {{SYS_STATE_OWNER, STORE_EQ, row[SYS_STATE_OWNER]},
                                           {SYS_STATE_KEY, STORE_EQ, row[SYS_STATE_KEY]},
                                           {SYS_STATE_EXPIRES_AT, STORE_LE, store_int(now)}};
    bool inserted = false;
    crm_status status = store_delete(writer, sys_table(SYS_TABLE_STATE), over, 3, NULL, err);
    if (status == CRM_OK)
        status = store_insert_new(writer, sys_table(SYS_TABLE_STATE), row, &inserted, err);
    return status == CRM_OK && !inserted ? stale(err) : status;
}

static crm_status write_one(struct store_conn *writer, struct str owner,
                            const struct script_kept *it, int64_t now, struct err *err) {
    const struct store_value row[SYS_STATE_COUNT] = {
        [SYS_STATE_OWNER] = store_text(owner),
        [SYS_STATE_KEY] = store_text(it->key),
        [SYS_STATE_VALUE] = store_text(it->value),
        [SYS_STATE_EXPIRES_AT] = it->expires_ms ? store_int(it->expires_ms) : STORE_NIL};
    const struct store_condition where[] = {{SYS_STATE_OWNER, STORE_EQ, row[SYS_STATE_OWNER]},
                                            {SYS_STATE_KEY, STORE_EQ, row[SYS_STATE_KEY]},
                                            {SYS_STATE_VALUE, STORE_EQ, store_text(it->was)}};
    int64_t gone = 0;
    bool checked = it->was_read && it->was.ptr;
    if (it->was_read && !it->was.ptr)
        return it->value.ptr ? write_new(writer, row, now, err) : CRM_OK;
    crm_status status =
        store_delete(writer, sys_table(SYS_TABLE_STATE), where, checked ? 3 : 2, &gone, err);
    if (status == CRM_OK && checked && gone != 1) return stale(err);
    if (status != CRM_OK || !it->value.ptr) return status;
    return store_insert(writer, sys_table(SYS_TABLE_STATE), row, err);
}

crm_status script_keep_write(const struct script_run *r, struct store_conn *writer,
                             struct err *err) {
    struct str owner = owner_of(r);
    crm_status status = owner.ptr ? CRM_OK : err_no_memory(err);
    for (size_t i = 0; status == CRM_OK && i < r->kept_count; i++)
        if (r->kept[i].is_written && find(r, r->kept[i].key) == &r->kept[i])
            status = write_one(writer, owner, &r->kept[i], r->now_ms, err);
    return status;
}

crm_status script_keep_sweep(struct store_conn *writer, struct err *err) {
    const struct store_condition over[] = {
        {SYS_STATE_OWNER, STORE_GE, store_text(STR("script "))},
        {SYS_STATE_OWNER, STORE_LT, store_text(STR("script!"))},
        {SYS_STATE_EXPIRES_AT, STORE_LE, store_int(clock_now_ms())}};
    return store_delete(writer, sys_table(SYS_TABLE_STATE), over, 3, NULL, err);
}

/* ---- from dry run to dry run ------------------------------------------------------------------
 */

void script_carry_init(struct script_carry *c) {
    *c = (struct script_carry){.count = 0};
    arena_init(&c->arena, CARRY_BYTES);
}

void script_carry_fini(struct script_carry *c) { arena_fini(&c->arena); }

static crm_status carry_one(struct script_carry *c, const struct script_kept *it, struct err *err) {
    struct script_kept *at = find_in(c->items, c->count, it->key);
    if (!at) {
        struct script_kept *all =
            arena_grow(&c->arena, c->items, c->count, &c->capacity, sizeof *all);
        if (!all) return err_no_memory(err);
        c->items = all;
        at = &all[c->count++];
        *at = (struct script_kept){.key = arena_str(&c->arena, it->key)};
    }
    at->value = it->value.ptr ? arena_str(&c->arena, it->value) : STR_NONE;
    return at->key.ptr && !at->value.ptr == !it->value.ptr ? CRM_OK : err_no_memory(err);
}

crm_status script_carry_take(struct script_carry *c, const struct script_run *r, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < r->kept_count; i++)
        if (r->kept[i].is_written) status = carry_one(c, &r->kept[i], err);
    return status;
}
