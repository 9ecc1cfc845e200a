/* The words of definition files: entity, extend, directory, pipeline, role, report, metric,
 * dimension, dashboard, view, layout, script (in files for perigee apply only), and the handlers
 * before, after, schedule, action, draw, webhook, test. Functions l_... raise and own nothing. */
#include <stdio.h>

#include <lauxlib.h>

#include "schema/read.h"
#include "script/due.h"
#include "script/messages.h"
#include "script/webhook_options.h"

enum word {
    ENTITY,
    EXTEND,
    DIRECTORY,
    PIPELINE,
    ROLE,
    REPORT,
    METRIC,
    DIMENSION,
    DASHBOARD,
    VIEW,
    LAYOUT,
    SCRIPT,
    WORD_COUNT
};
static const char *const words[WORD_COUNT] = {"entity",    "extend", "directory", "pipeline",
                                              "role",      "report", "metric",    "dimension",
                                              "dashboard", "view",   "layout",    "script"};

static void must_load(lua_State *L, const char *word) {
    if (!script_state_of(L)->loading)
        l_fail(L, &say_script_load_only, (const struct str[]){str_from(word)}, 1);
}

static struct schema_origin origin_at(const struct script_state *s, int32_t line) {
    return (struct schema_origin){
        .layer = s->layer, .owner = s->owner, .file = s->file, .line = line};
}

/* Texts of definitions outlive the state. */
static struct schema_origin kept_origin(lua_State *L, const struct script_state *s, int32_t line) {
    struct schema_origin origin = origin_at(s, line);
    struct arena *a = schema_definitions_arena(s->definitions);
    origin.owner = arena_str(a, origin.owner);
    origin.file = arena_str(a, origin.file);
    if (origin.owner.ptr && origin.file.ptr) return origin;
    struct err err;
    err_no_memory(&err);
    l_raise(L, &err);
}

static struct str kept(lua_State *L, struct arena *a, struct str s) {
    struct str copy = arena_str(a, s);
    if (copy.ptr || s.len == 0) return copy;
    struct err err;
    err_no_memory(&err);
    l_raise(L, &err);
}

static crm_status read(struct script_state *s, enum word word, const struct schema_origin *at,
                       struct str name, const struct schema_node *n, struct err *err) {
    struct schema_definitions *d = s->definitions;
    switch (word) {
    case ENTITY:
        return schema_read_entity(d, at, name, false, n, err);
    case EXTEND:
        return schema_read_entity(d, at, name, true, n, err);
    case DIRECTORY:
        return schema_read_directory(d, at, name, n, err);
    case PIPELINE:
        return schema_read_pipeline(d, at, name, n, err);
    case ROLE:
        return schema_read_role(d, at, name, n, err);
    default:
        return schema_read_extra(d, at, words[word], name, n, err);
    }
}

static int hand_over(lua_State *L, struct script_state *s, enum word word, struct str name,
                     int32_t line, int table_index) {
    struct schema_node *n = ARENA_NEW(s->take_arena, struct schema_node);
    struct err err;
    name = kept(L, s->take_arena, name);
    if (n) l_node_get(L, s->take_arena, table_index, n);
    crm_status status = n ? s->take(s->take_ctx, words[word], name, n, &err) : err_no_memory(&err);
    if (status == CRM_OK) return 0;
    err_at(&err, "%.*s:%d", STR_ARG(s->file), (int)line);
    l_raise(L, &err);
}

static int define(lua_State *L, enum word word, int name_index, int32_t line, int table_index) {
    struct script_state *s = script_state_of(L);
    struct str name = l_check_str(L, name_index, words[word], "a name");
    if (!lua_istable(L, table_index)) {
        const struct str args[] = {str_from(words[word]), STR("a table behind its name")};
        l_fail(L, &say_script_argument, args, 2);
    }
    s->unfinished_word = NULL;
    if (word == SCRIPT && !s->take) l_fail(L, &say_script_only_apply, NULL, 0);
    if (s->take) return hand_over(L, s, word, name, line, table_index);
    if (!s->definitions) return 0;
    struct schema_node *n = ARENA_NEW(schema_definitions_arena(s->definitions), struct schema_node);
    struct schema_origin origin = kept_origin(L, s, line);
    name = kept(L, schema_definitions_arena(s->definitions), name);
    if (n) l_node_get(L, schema_definitions_arena(s->definitions), table_index, n);
    struct err err;
    crm_status status = n ? read(s, word, &origin, name, n, &err) : err_no_memory(&err);
    if (status != CRM_OK) l_raise(L, &err);
    return 0;
}

/* The second half of `entity "name" { ... }`. */
static int l_define(lua_State *L) {
    must_load(L, words[lua_tointeger(L, lua_upvalueindex(1))]);
    lua_settop(L, 1);
    return define(L, (enum word)lua_tointeger(L, lua_upvalueindex(1)), lua_upvalueindex(2),
                  (int32_t)lua_tointeger(L, lua_upvalueindex(3)), 1);
}

static int l_declare(lua_State *L) {
    struct script_state *s = script_state_of(L);
    enum word word = (enum word)lua_tointeger(L, lua_upvalueindex(1));
    must_load(L, words[word]);
    if (s->handlers_only)
        l_fail(L, &say_script_only_handlers, (const struct str[]){str_from(words[word])}, 1);
    int32_t line = l_line(L);
    struct str name = l_check_str(L, 1, words[word], "a name");
    if (lua_gettop(L) > 1) return define(L, word, 1, line, 2);
    s->unfinished_word = words[word];
    s->unfinished = kept(L, &s->arena, name);
    s->unfinished_line = line;
    lua_pushinteger(L, word);
    lua_pushvalue(L, 1);
    lua_pushinteger(L, line);
    lua_pushcclosure(L, l_define, 3);
    return 1;
}

/* ---- handlers ---------------------------------------------------------------------------------
 */

static void read_option(lua_State *L, struct script_state *s, int options, const char *key,
                        struct str *ret) {
    if (lua_getfield(L, options, key) != LUA_TNIL)
        *ret = kept(L, &s->arena, l_check_str(L, -1, key, "text"));
    lua_pop(L, 1);
}

static bool read_flag(lua_State *L, int options, const char *key) {
    lua_getfield(L, options, key);
    bool on = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return on;
}

/* Every option is known, or the file is told so. */
static void check_options(lua_State *L, enum script_handler_kind kind, int options) {
    enum { KNOWN_MAX = 6 };
    static const char *const known[][KNOWN_MAX] = {
        {"serial"},
        {"when"},
        {"zone", "before", "after", "at", "when", "yearly"},
        {"label", "form", "when", "roles", "help", "icon"},
        {NULL},
        {NULL},
        {NULL}};
    lua_pushnil(L);
    while (lua_next(L, options)) {
        bool found = false;
        for (size_t i = 0; i < KNOWN_MAX && known[kind][i]; i++)
            found |=
                lua_type(L, -2) == LUA_TSTRING && strcmp(lua_tostring(L, -2), known[kind][i]) == 0;
        if (!found) {
            const char *key =
                lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : luaL_typename(L, -2);
            l_fail(L, &say_script_option,
                   (const struct str[]){str_from(script_handler_word(kind)), str_from(key)}, 2);
        }
        lua_pop(L, 1);
    }
}

__attribute__((noreturn)) static void option_needs(lua_State *L, const char *option,
                                                   const char *wanted) {
    const struct str args[] = {str_from(option), str_from(wanted)};
    l_fail(L, &say_script_argument, args, 2);
}

/* "9:00" */
static bool read_clock(struct str text, int32_t *ret_minutes) {
    struct str rest = text, hours;
    int64_t hour = 0, minute = 0;
    if (!str_split(&rest, ':', &hours) || rest.len != 2 || !str_to_int64(hours, &hour) ||
        !str_to_int64(rest, &minute) || hour < 0 || hour > 23 || minute < 0 || minute > 59)
        return false;
    *ret_minutes = (int32_t)(hour * 60 + minute);
    return true;
}

static void read_due(lua_State *L, struct script_state *s, struct script_handler *h, int options) {
    struct script_due *d = &h->due;
    struct str before = STR_NONE, after = STR_NONE, at = STR_NONE;
    read_option(L, s, options, "before", &before);
    read_option(L, s, options, "after", &after);
    read_option(L, s, options, "at", &at);
    read_option(L, s, options, "when", &h->when);
    d->yearly = read_flag(L, options, "yearly");
    d->is_after = after.len > 0;
    if (before.len && after.len) option_needs(L, "schedule", "\"before\" or \"after\", not both");
    if (before.len + after.len && !script_due_shift(before.len ? before : after, d))
        option_needs(L, before.len ? "before" : "after",
                     "a number of minutes, hours, days, weeks or months, such as \"3 days\"");
    if (at.len && !read_clock(at, &d->at_minutes)) option_needs(L, "at", "a time such as \"9:00\"");
    if (!script_due_is_daily(d) && (at.len || d->yearly))
        option_needs(L, at.len ? "at" : "yearly", "days, weeks or months, not minutes or hours");
}

static void read_options(lua_State *L, struct script_state *s, struct script_handler *h,
                         int options) {
    static const char *const by_field[] = {"before", "after", "at", "when", "yearly"};
    check_options(L, h->kind, options);
    if (h->kind == SCRIPT_BEFORE) h->serial = read_flag(L, options, "serial");
    if (h->kind == SCRIPT_AFTER) read_option(L, s, options, "when", &h->when);
    if (h->kind != SCRIPT_SCHEDULE) return;
    for (size_t i = 0; !h->due.by_field && i < sizeof by_field / sizeof *by_field; i++) {
        if (lua_getfield(L, options, by_field[i]) != LUA_TNIL)
            option_needs(L, by_field[i], "a schedule by a field, such as \"policy.ends_on\"");
        lua_pop(L, 1);
    }
    if (h->due.by_field) {
        read_due(L, s, h, options);
        return;
    }
    struct str zone = STR("company");
    read_option(L, s, options, "zone", &zone);
    h->utc = str_is(zone, "utc");
    if (!h->utc && !str_is(zone, "company")) option_needs(L, "zone", "\"company\" or \"utc\"");
}

struct str script_event_entity(struct str event) {
    static const char *const verbs[] = {"created", "updated", "deleted", "restored",
                                        "purged",  "changed", "*"};
    struct str rest = event, first, part;
    if (!str_split(&rest, '.', &first)) return STR_NONE;
    while (str_split(&rest, '.', &part))
        continue;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (str_is(part, verbs[i])) return first;
    return STR_NONE;
}

static crm_status add_hook(struct script_state *s, const struct schema_origin *at,
                           const struct script_handler *h, struct err *err) {
    struct schema_hook_definition hook = {.origin = *at, .serial = h->serial};
    hook.kind = h->kind == SCRIPT_BEFORE ? SCHEMA_HOOK_BEFORE : SCHEMA_HOOK_AFTER;
    struct str entity = h->kind == SCRIPT_BEFORE ? h->subject : script_event_entity(h->subject);
    if (entity.len == 0) return CRM_OK;
    hook.entity = arena_str(schema_definitions_arena(s->definitions), entity);
    return hook.entity.ptr ? schema_definitions_add_hook(s->definitions, &hook, err)
                           : err_no_memory(err);
}

/* What meta and later screens need to know of an action or a schedule. */
static crm_status add_extra(lua_State *L, struct script_state *s, const struct schema_origin *at,
                            const struct script_handler *h, int options, struct err *err) {
    struct arena *a = schema_definitions_arena(s->definitions);
    struct schema_node n = {.kind = SCHEMA_NODE_MAP};
    if (options) l_node_get(L, a, options, &n);
    struct str name =
        h->name.len
            ? arena_printf(a, "%.*s.%.*s", STR_ARG(h->subject), STR_ARG(h->name))
            : arena_printf(a, "%.*s %.*s:%d", STR_ARG(h->subject), STR_ARG(s->file), (int)h->line);
    if (!name.ptr) return err_no_memory(err);
    return schema_read_extra(s->definitions, at, script_handler_word(h->kind), name, &n, err);
}

static void tell_definitions(lua_State *L, struct script_state *s, const struct script_handler *h,
                             int options) {
    if (h->kind >= SCRIPT_DRAW) return; /* nothing to be known of */
    struct err err;
    struct schema_origin origin = kept_origin(L, s, h->line);
    crm_status status = h->kind == SCRIPT_BEFORE || h->kind == SCRIPT_AFTER
                            ? add_hook(s, &origin, h, &err)
                            : add_extra(L, s, &origin, h, options, &err);
    if (status != CRM_OK) l_raise(L, &err);
}

static void read_webhook(lua_State *L, struct script_state *s, struct script_handler *h,
                         int options) {
    if (!script_webhook_name_fits(h->subject))
        option_needs(L, "webhook", "a name of small Latin letters, digits and _");
    for (size_t i = 0; i < s->handler_count; i++)
        if (s->handlers[i].kind == SCRIPT_WEBHOOK && str_eq(s->handlers[i].subject, h->subject))
            option_needs(L, "webhook", "a name that no other webhook of the script has");
    h->webhook = l_webhook_options(L, s, options);
}

static int l_handler(lua_State *L) {
    struct script_state *s = script_state_of(L);
    struct script_handler h = {.kind =
                                   (enum script_handler_kind)lua_tointeger(L, lua_upvalueindex(1)),
                               .line = l_line(L),
                               .file = s->file};
    const char *word = script_handler_word(h.kind);
    must_load(L, word);
    int next = 1;
    h.subject = kept(
        L, &s->arena,
        l_check_str(L, next++, word,
                    h.kind == SCRIPT_AFTER ? "the name of an event"
                    : h.kind == SCRIPT_SCHEDULE
                        ? "a time such as \"0 9 * * 1-5\", or a field such as \"policy.ends_on\""
                    : h.kind == SCRIPT_DRAW    ? "the name of a view"
                    : h.kind == SCRIPT_WEBHOOK ? "a name of small Latin letters, digits and _"
                    : h.kind == SCRIPT_TEST    ? "what is tested"
                                               : "the name of an entity"));
    if (h.kind == SCRIPT_ACTION)
        h.name = kept(L, &s->arena, l_check_str(L, next++, word, "a name"));
    struct str entity = STR_NONE, field = STR_NONE;
    h.due = (struct script_due){.by_field = h.kind == SCRIPT_SCHEDULE &&
                                            script_due_subject(h.subject, &entity, &field),
                                .unit = SCRIPT_DUE_DAY,
                                .at_minutes = 9 * 60};
    int options = lua_istable(L, next) ? next++ : 0;
    if (!lua_isfunction(L, next) || lua_gettop(L) > next) {
        const struct str args[] = {str_from(word), STR("a function as its last argument")};
        l_fail(L, &say_script_argument, args, 2);
    }
    if (h.kind == SCRIPT_WEBHOOK)
        read_webhook(L, s, &h, options);
    else if (options)
        read_options(L, s, &h, options);
    if (s->definitions) tell_definitions(L, s, &h, options);
    struct script_handler *all = s->handler_count < SCRIPT_HANDLERS_MAX
                                     ? arena_grow(&s->arena, s->handlers, s->handler_count,
                                                  &s->handler_capacity, sizeof *all)
                                     : NULL;
    if (!all) {
        struct err err;
        err_no_memory(&err);
        l_raise(L, &err);
    }
    s->handlers = all;
    lua_settop(L, next);
    h.function = luaL_ref(L, LUA_REGISTRYINDEX);
    h.options = LUA_NOREF;
    if (options && s->inside) {
        lua_pushvalue(L, options);
        h.options = luaL_ref(L, LUA_REGISTRYINDEX);
    }
    all[s->handler_count++] = h;
    return 0;
}

void l_language_open(lua_State *L) {
    for (int i = 0; i < WORD_COUNT; i++) {
        lua_pushinteger(L, i);
        lua_pushcclosure(L, l_declare, 1);
        lua_setfield(L, -2, words[i]);
    }
    for (int i = SCRIPT_BEFORE; i <= SCRIPT_TEST; i++) {
        lua_pushinteger(L, i);
        lua_pushcclosure(L, l_handler, 1);
        lua_setfield(L, -2, script_handler_word((enum script_handler_kind)i));
    }
}
