/* Routes of scripts that people make in the browser: list, read, check, test, save, remove. What
 * they share with files - versions, return, stop, dry run, replay - is in reload_rest.c and
 * http/rest_script.c. See made.h. Threads: the lanes'. */
#include "module/made.h"

#include "http/describe.h"
#include "http/request.h"
#include "http/server.h"
#include "module/kernel_state.h"
#include "module/messages.h"
#include "module/schema_rest.h"
#include "script/messages.h"

enum { REASON_BYTES = 16 * 1024 };

/* ---- the list ---------------------------------------------------------------------------------
 */

struct listing {
    struct kernel *kernel;
    struct json_writer *out;
    struct arena *arena;
    enum language language;
    struct made_texts made;
    struct script_stop *stops;
    size_t stop_count;
};

static void put_reason(struct json_writer *w, const struct err *why, enum language language) {
    BUF_CLEANUP struct buf text;
    buf_init(&text, REASON_BYTES);
    err_format(why, language, &text);
    if (why->where[0]) buf_printf(&text, " (%s)", why->where);
    json_text_or_nil(w, buf_str(&text));
}

static void put_draft(struct json_writer *w, const struct made_text *draft, struct arena *a,
                      enum language language, bool with_text) {
    json_key_lit(w, "draft");
    if (!draft) {
        json_nil(w);
        return;
    }
    json_object_open(w);
    json_key_lit(w, "version");
    json_text(w, made_version_of(a, draft->name, draft->text));
    json_key_lit(w, "who");
    json_text_or_nil(w, draft->who);
    json_key_lit(w, "at");
    json_time(w, draft->at_ms);
    json_key_lit(w, "note");
    json_text_or_nil(w, draft->note);
    json_key_lit(w, "problem");
    json_text_or_nil(w, draft->problem[language]);
    json_key_lit(w, "where");
    json_text_or_nil(w, draft->where);
    if (with_text) {
        json_key_lit(w, "text");
        json_text(w, draft->text);
    }
    json_object_shut(w);
}

/* Without the braces. `x` NULL: nothing of it is loaded, there is only a draft. */
static void put_script(const struct listing *l, struct str owner, const struct extension *x,
                       bool with_text) {
    struct str name = STR_NONE, version = script_host_version(l->kernel->scripts, owner, l->arena);
    bool is_script = made_name(owner, &name);
    const struct made_text *now = is_script ? made_find(&l->made, name, false) : NULL,
                           *draft = is_script ? made_find(&l->made, name, true) : NULL;
    struct json_writer *w = l->out;
    json_key_lit(w, "script");
    json_text(w, owner);
    json_key_lit(w, "made");
    json_bool(w, now || (draft && !x));
    json_key_lit(w, "version");
    json_text_or_nil(w, version);
    json_key_lit(w, "stopped");
    json_bool(w, script_host_is_stopped(l->kernel->scripts, owner));
    json_key_lit(w, "disabled");
    script_stop_json(w, script_stop_find(l->stops, l->stop_count, owner));
    json_key_lit(w, "who");
    json_text_or_nil(w, now ? now->who : STR_NONE);
    json_key_lit(w, "author");
    if (now)
        json_id(w, now->author);
    else
        json_nil(w);
    json_key_lit(w, "at");
    if (now)
        json_time(w, now->at_ms);
    else
        json_nil(w);
    json_key_lit(w, "note");
    json_text_or_nil(w, now ? now->note : STR_NONE);
    json_key_lit(w, "problem");
    if (x && (x->is_out || x->is_held))
        put_reason(w, x->reason, l->language);
    else
        json_nil(w);
    put_draft(w, draft, l->arena, l->language, with_text);
}

static bool is_loaded(const struct loaded *loaded, struct str name) {
    return extension_find(&loaded->extensions, name, true) != NULL;
}

static crm_status begin_listing(struct http_request *r, void *ctx, struct listing *ret,
                                struct err *err) {
    *ret = (struct listing){
        .kernel = ctx, .out = http_json(r), .arena = http_arena(r), .language = http_language(r)};
    struct store_conn *c = http_reader(r);
    if (!c) return err_set(err, CRM_UNAVAILABLE, &module_not_open, NULL);
    crm_status status = made_load(c, ret->arena, &ret->made, err);
    return status == CRM_OK ? script_stops_read(c, ret->arena, &ret->stops, &ret->stop_count, err)
                            : status;
}

static crm_status list(struct http_request *r, void *ctx, struct err *err) {
    struct listing l;
    crm_status status = http_query_only(r, err, NULL);
    if (status == CRM_OK) status = reload_rest_permitted(r, err);
    if (status == CRM_OK) status = begin_listing(r, ctx, &l, err);
    if (status != CRM_OK) return status;
    struct loaded *loaded = kernel_loaded(l.kernel);
    json_object_open(l.out);
    json_key_lit(l.out, "scripts");
    json_array_open(l.out);
    for (size_t i = 0; i < loaded->extensions.count; i++) {
        const struct extension *x = &loaded->extensions.items[i];
        if (x->is_disabled) continue;
        json_object_open(l.out);
        put_script(&l, x->owner, x, false);
        json_object_shut(l.out);
    }
    for (size_t i = 0; i < l.made.count; i++) {
        const struct made_text *it = &l.made.items[i];
        if (!it->is_draft || is_loaded(loaded, it->name)) continue;
        json_object_open(l.out);
        put_script(&l, arena_printf(l.arena, "scripts/%.*s", STR_ARG(it->name)), NULL, false);
        json_object_shut(l.out);
    }
    json_array_shut(l.out);
    json_object_shut(l.out);
    loaded_unref(loaded);
    return CRM_OK;
}

/* ---- one, with its texts ----------------------------------------------------------------------
 */

static crm_status no_such(struct str script, struct err *err) {
    return err_set_args(err, CRM_NOT_FOUND, &say_script_no_owner, &script, 1);
}

static void put_files(struct json_writer *w, const struct script_source *sources, size_t count) {
    json_key_lit(w, "files");
    json_array_open(w);
    for (size_t i = 0; i < count; i++) {
        json_object_open(w);
        json_key_lit(w, "name");
        json_text(w, sources[i].name);
        json_key_lit(w, "text");
        json_text(w, sources[i].text);
        json_object_shut(w);
    }
    json_array_shut(w);
}

/* A version that was in force, of people's scripts or of files. */
static crm_status find_version(struct http_request *r, struct kernel *k, struct str script,
                               struct str version, struct history_entry *ret, struct err *err) {
    struct arena *a = http_arena(r);
    const struct history h = kernel_history(k, script);
    const struct str args[] = {script, version};
    struct made_version *all = NULL;
    struct str name;
    size_t count = 0;
    crm_status status = made_name(script, &name)
                            ? made_versions(http_reader(r), name, a, &all, &count, err)
                            : CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        if (!str_starts_with(all[i].version, version)) continue;
        ret->sources = ARENA_NEW(a, struct script_source);
        if (!ret->sources) return err_no_memory(err);
        ret->sources[0] =
            (struct script_source){arena_printf(a, "%.*s.lua", STR_ARG(script)), all[i].text};
        ret->source_count = 1;
        return CRM_OK;
    }
    if (status != CRM_OK) return status;
    return count ? err_set_args(err, CRM_NOT_FOUND, &module_no_version, args, 2)
                 : history_read(&h, version, a, ret, err);
}

/* As it is stored when people made it, also while it is left out; else as it is loaded. */
static crm_status present_texts(const struct listing *l, struct str script,
                                struct history_entry *ret, struct err *err) {
    struct str name;
    const struct made_text *now =
        made_name(script, &name) ? made_find(&l->made, name, false) : NULL;
    if (!now)
        return script_host_sources(l->kernel->scripts, script, l->arena, &ret->sources,
                                   &ret->source_count, err);
    ret->sources = ARENA_NEW(l->arena, struct script_source);
    if (!ret->sources) return err_no_memory(err);
    ret->sources[0] =
        (struct script_source){arena_printf(l->arena, "%.*s.lua", STR_ARG(script)), now->text};
    ret->source_count = 1;
    return CRM_OK;
}

/* What `was` of a save is compared with: a draft goes before what is in force. */
static void put_was(const struct listing *l, struct str script) {
    struct str name = STR_NONE;
    bool is_script = made_name(script, &name);
    const struct made_text *draft = is_script ? made_find(&l->made, name, true) : NULL,
                           *now = is_script ? made_find(&l->made, name, false) : NULL,
                           *last = draft ? draft : now;
    json_key_lit(l->out, "was");
    json_text(l->out, last ? made_version_of(l->arena, name, last->text) : STR(""));
}

static crm_status put_whole(struct http_request *r, const struct listing *l, struct str script,
                            struct str version, struct err *err) {
    struct history_entry entry = {0};
    struct loaded *loaded = kernel_loaded(l->kernel);
    struct str name = STR_NONE;
    const struct extension *x = NULL;
    for (size_t i = 0; i < loaded->extensions.count; i++)
        if (str_eq(loaded->extensions.items[i].owner, script)) x = &loaded->extensions.items[i];
    bool is_there = x || (made_name(script, &name) && made_find(&l->made, name, true));
    crm_status status = is_there || version.len ? CRM_OK : no_such(script, err);
    if (status == CRM_OK && version.len)
        status = find_version(r, l->kernel, script, version, &entry, err);
    else if (status == CRM_OK)
        status = present_texts(l, script, &entry, err);
    if (status == CRM_OK) {
        json_object_open(l->out);
        put_script(l, script, x, true);
        put_was(l, script);
        put_files(l->out, entry.sources, entry.source_count);
        json_object_shut(l->out);
    }
    loaded_unref(loaded);
    return status;
}

static crm_status text(struct http_request *r, void *ctx, struct err *err) {
    struct listing l;
    crm_status status = http_query_only(r, err, "script", "version", NULL);
    if (status == CRM_OK) status = reload_rest_permitted(r, err);
    if (status == CRM_OK) status = begin_listing(r, ctx, &l, err);
    return status == CRM_OK
               ? put_whole(r, &l, http_query(r, "script"), http_query(r, "version"), err)
               : status;
}

/* ---- check and test ---------------------------------------------------------------------------
 */

static crm_status read_text(struct http_request *r, struct str *ret_script, struct str *ret_text,
                            struct err *err) {
    json_t *body = NULL;
    struct str name;
    crm_status status = reload_rest_permitted(r, err);
    if (status == CRM_OK) status = http_query_only(r, err, NULL);
    if (status == CRM_OK) status = http_body_object(r, &body, err, "script", "text", NULL);
    if (status == CRM_OK) status = schema_rest_text(body, "script", ret_script, err);
    if (status == CRM_OK) status = schema_rest_text(body, "text", ret_text, err);
    if (status != CRM_OK) return status;
    if (!ret_text->ptr) return err_set(err, CRM_INVALID, &module_body_key, "text", "a text", NULL);
    if (!made_name(*ret_script, &name))
        return err_set_args(err, CRM_INVALID, &module_script_name, ret_script, 1);
    return made_text_fits(*ret_text, err);
}

static void put_line(struct json_writer *w, int32_t line) {
    json_key_lit(w, "line");
    if (line)
        json_int64(w, line);
    else
        json_nil(w);
}

static void put_checked(struct json_writer *w, const struct script_checked *c) {
    json_object_open(w);
    json_key_lit(w, "version");
    json_text_or_nil(w, c->version);
    json_key_lit(w, "problems");
    json_array_open(w);
    for (size_t i = 0; i < c->problem_count; i++) {
        json_object_open(w);
        put_line(w, c->problems[i].line);
        json_key_lit(w, "kind");
        json_cstr(w, c->problems[i].is_error ? "error" : "warning");
        json_key_lit(w, "message");
        json_text(w, c->problems[i].message);
        json_object_shut(w);
    }
    json_array_shut(w);
    json_key_lit(w, "handlers");
    json_array_open(w);
    for (size_t i = 0; i < c->handler_count; i++) {
        json_object_open(w);
        json_key_lit(w, "kind");
        json_cstr(w, c->handlers[i].kind);
        json_key_lit(w, "subject");
        json_text(w, c->handlers[i].subject);
        json_key_lit(w, "name");
        json_text_or_nil(w, c->handlers[i].name);
        put_line(w, c->handlers[i].line);
        json_object_shut(w);
    }
    json_array_shut(w);
    json_object_shut(w);
}

static crm_status check(struct http_request *r, void *ctx, struct err *err) {
    struct kernel *k = ctx;
    struct str script = STR_NONE, source = STR_NONE;
    struct script_checked checked;
    crm_status status = read_text(r, &script, &source, err);
    if (status == CRM_OK)
        status =
            script_check(k->scripts, http_access(r), script, source, http_arena(r), &checked, err);
    if (status == CRM_OK) put_checked(http_json(r), &checked);
    return status;
}

static void put_tests(struct json_writer *w, const struct script_test *tests, size_t count) {
    json_key_lit(w, "tests");
    json_array_open(w);
    for (size_t i = 0; i < count; i++) {
        json_object_open(w);
        json_key_lit(w, "test");
        json_text(w, tests[i].name);
        put_line(w, tests[i].line);
        json_key_lit(w, "outcome");
        json_cstr(w, tests[i].outcome);
        json_key_lit(w, "message");
        json_text_or_nil(w, tests[i].message);
        json_key_lit(w, "where");
        json_text_or_nil(w, tests[i].where);
        json_key_lit(w, "cpu_us");
        json_int64(w, tests[i].cpu_us);
        json_object_shut(w);
    }
    json_array_shut(w);
}

static crm_status run_tests(struct http_request *r, void *ctx, struct err *err) {
    struct kernel *k = ctx;
    struct str script = STR_NONE, source = STR_NONE;
    const struct script_test *tests = NULL;
    size_t count = 0;
    crm_status status = read_text(r, &script, &source, err);
    if (status == CRM_OK)
        status = script_check_tests(k->scripts, http_view(r), script, source, &tests, &count, err);
    if (status != CRM_OK) return status;
    json_object_open(http_json(r));
    put_tests(http_json(r), tests, count);
    json_object_shut(http_json(r));
    return CRM_OK;
}

/* ---- save and remove --------------------------------------------------------------------------
 */

static void put_saved(struct json_writer *w, const struct made_saved *saved,
                      enum language language) {
    json_object_open(w);
    json_key_lit(w, "version");
    json_text(w, saved->version);
    json_key_lit(w, "in_force");
    json_bool(w, saved->in_force);
    json_key_lit(w, "problem");
    if (saved->problem.status == CRM_OK)
        json_nil(w);
    else
        put_reason(w, &saved->problem, language);
    put_tests(w, saved->tests, saved->test_count);
    json_object_shut(w);
}

static crm_status read_saving(struct http_request *r, struct made_saving *ret, struct err *err) {
    json_t *body = NULL;
    crm_status status = reload_rest_permitted(r, err);
    if (status == CRM_OK) status = http_query_only(r, err, NULL);
    if (status == CRM_OK)
        status = http_body_object(r, &body, err, "script", "text", "note", "draft", "was", NULL);
    if (status == CRM_OK) status = schema_rest_text(body, "script", &ret->script, err);
    if (status == CRM_OK) status = schema_rest_text(body, "text", &ret->text, err);
    if (status == CRM_OK) status = schema_rest_text(body, "note", &ret->note, err);
    if (status == CRM_OK) status = schema_rest_text(body, "was", &ret->was, err);
    if (status == CRM_OK) status = schema_rest_flag(body, "draft", &ret->is_draft, err);
    if (status == CRM_OK && !ret->text.ptr)
        status = err_set(err, CRM_INVALID, &module_body_key, "text", "a text", NULL);
    ret->asker = http_view(r);
    ret->by = reload_rest_options(r);
    return status;
}

static crm_status save(struct http_request *r, void *ctx, struct err *err) {
    struct made_saving wanted = {.is_draft = false};
    struct made_saved saved;
    crm_status status = read_saving(r, &wanted, err);
    if (status == CRM_OK) status = made_save(ctx, &wanted, http_arena(r), &saved, err);
    if (status == CRM_OK) put_saved(http_json(r), &saved, http_language(r));
    return status;
}

static crm_status remove_one(struct http_request *r, void *ctx, struct err *err) {
    json_t *body = NULL;
    struct str script = STR_NONE;
    const struct reload_options options = reload_rest_options(r);
    crm_status status = reload_rest_permitted(r, err);
    if (status == CRM_OK) status = http_query_only(r, err, NULL);
    if (status == CRM_OK) status = http_body_object(r, &body, err, "script", NULL);
    if (status == CRM_OK) status = schema_rest_text(body, "script", &script, err);
    if (status == CRM_OK) status = made_remove(ctx, script, &options, http_arena(r), err);
    if (status == CRM_OK) http_status(r, 204);
    return status;
}

/* ---- the table --------------------------------------------------------------------------------
 */

#define NUMBER_OR_NULL DESCRIBE_OR_NULL("integer")
#define TEXT_OR_NULL   DESCRIBE_OR_NULL("string")
#define SCRIPT_TEXT    "\"script\":" DESCRIBE_TEXT ",\"text\":" DESCRIBE_TEXT
#define TESTS                                                                                      \
    "\"tests\":" DESCRIBE_OBJECTS("\"test\":" DESCRIBE_TEXT ",\"line\":" NUMBER_OR_NULL            \
                                  ",\"outcome\":" DESCRIBE_TEXT ",\"message\":" TEXT_OR_NULL       \
                                  ",\"where\":" TEXT_OR_NULL ",\"cpu_us\":{\"type\":\"integer\"}")
#define CHECKED                                                                                         \
    "\"version\":" TEXT_OR_NULL ",\"problems\":" DESCRIBE_OBJECTS(                                      \
        "\"line\":" NUMBER_OR_NULL ",\"kind\":{\"type\":\"string\",\"enum\":[\"error\","                \
        "\"warning\"]},\"message\":" DESCRIBE_TEXT) ",\"handlers\":" DESCRIBE_OBJECTS("\"kind\""        \
                                                                                      ":" DESCRIBE_TEXT \
                                                                                      ",\"subject"      \
                                                                                      "\""              \
                                                                                      ":" DESCRIBE_TEXT \
                                                                                      ",\"name\""       \
                                                                                      ":" TEXT_OR_NULL  \
                                                                                      ",\"line\""       \
                                                                                      ":" NUMBER_OR_NULL)
#define SAVING                                                                                     \
    SCRIPT_TEXT ",\"note\":" DESCRIBE_TEXT ",\"was\":" DESCRIBE_TEXT                               \
                ",\"draft\":{\"type\":\"boolean\"}"
#define SAVED                                                                                      \
    "\"version\":" DESCRIBE_TEXT ",\"in_force\":{\"type\":\"boolean\"},\"problem\":" TEXT_OR_NULL  \
    "," TESTS
#define ROUTE(verb, path, function, words)                                                         \
    .method = verb, .pattern = "/api/v1/scripts/" path, .lane = HTTP_LANE_READER,                  \
    .handle = function, .ctx = k, .summary = words, .tag = "scripts"

crm_status made_rest_register(struct kernel *k, struct http_server *s, struct err *err) {
    const struct http_route routes[] = {
        {ROUTE("GET", "list", list, "Plugins and scripts: version, author, draft, what is wrong"),
         .answer_schema = DESCRIBE_OBJECT("\"scripts\":" DESCRIBE_LIST(DESCRIBE_ANY_OBJECT))},
        {ROUTE("GET", "text", text, "A plugin or script with its texts, in force or of a version"),
         .query_schema = DESCRIBE_QUERY(
             "script", DESCRIBE_TEXT,
             "A plugin, or scripts/NAME") "," DESCRIBE_QUERY("version", DESCRIBE_TEXT,
                                                             "One that was in force"),
         .answer_schema = DESCRIBE_ANY_OBJECT},
        {ROUTE("POST", "check", check, "Whether a text loads, and names in it that mean nothing"),
         .body_schema = DESCRIBE_OBJECT(SCRIPT_TEXT), .answer_status = "200",
         .answer_schema = DESCRIBE_OBJECT(CHECKED)},
        {ROUTE("POST", "test", run_tests, "Run the tests of a text; nothing is written"),
         .body_schema = DESCRIBE_OBJECT(SCRIPT_TEXT), .answer_status = "200",
         .answer_schema = DESCRIBE_OBJECT(TESTS)},
        {ROUTE("POST", "save", save,
               "Save a script: into force when it loads and its tests pass, else as a draft"),
         .body_schema = DESCRIBE_OBJECT(SAVING), .answer_status = "200",
         .answer_schema = DESCRIBE_OBJECT(SAVED)},
        {ROUTE("POST", "remove", remove_one,
               "Take away a script that was made here; back returns it"),
         .body_schema = DESCRIBE_OBJECT("\"script\":" DESCRIBE_TEXT), .answer_status = "204"},
    };
    return http_routes_add(s, STR("kernel"), routes, sizeof routes / sizeof *routes, err);
}
