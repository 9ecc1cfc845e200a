/* Routes of plugins: what there is, install, upgrade, enable, disable, remove. Only for
 * administrators: what is installed runs with every right. With ?dry=1 each is only planned. See
 * plugin.h. Threads: the lanes'. */
#include <sys/mman.h>
#include <unistd.h>

#include "http/describe.h"
#include "http/request.h"
#include "module/kernel_state.h"
#include "module/messages.h"
#include "module/package.h"
#include "module/plugin.h"
#include "module/schema_rest.h"
#include "script/messages.h"

enum { REASON_BYTES = 8 * 1024 };

/* ---- as JSON ----------------------------------------------------------------------------------
 */

static void put_names(struct json_writer *w, const char *key, const struct str *names,
                      size_t count) {
    json_key(w, str_from(key));
    json_array_open(w);
    for (size_t i = 0; i < count; i++)
        json_text(w, names[i]);
    json_array_shut(w);
}

static void put_losses(struct json_writer *w, const struct plugin_plan *p) {
    json_key_lit(w, "goes");
    json_array_open(w);
    for (size_t i = 0; i < p->loss_count; i++) {
        json_object_open(w);
        json_key_lit(w, "name");
        json_text(w, p->losses[i].name);
        json_key_lit(w, "records");
        json_int64(w, p->losses[i].records);
        json_object_shut(w);
    }
    json_array_shut(w);
}

crm_status plugin_plan_json(struct kernel *k, const struct plugin_plan *p, enum language language,
                            struct arena *a, struct json_writer *w, struct err *err) {
    struct rebuild_estimate *estimates = NULL;
    crm_status status = CRM_OK;
    if (p->schema.schema) status = rebuild_estimate(k->engine, a, &p->schema, &estimates, err);
    if (status != CRM_OK) return status;
    json_object_open(w);
    json_key_lit(w, "action");
    json_cstr(w, plugin_action_word(p->action));
    json_key_lit(w, "plugin");
    json_text(w, p->name);
    json_key_lit(w, "from");
    json_text_or_nil(w, p->from);
    json_key_lit(w, "to");
    json_text_or_nil(w, p->to);
    json_key_lit(w, "done");
    json_bool(w, p->is_done);
    json_key_lit(w, "steps");
    json_array_open(w);
    for (size_t i = 0; estimates && i < p->schema.step_count; i++)
        schema_step_json(w, &p->schema.steps[i], &estimates[i], language);
    json_array_shut(w);
    put_losses(w, p);
    put_names(w, "migrations", p->migrations, p->migration_count);
    json_key_lit(w, "migrated");
    json_int64(w, (int64_t)p->migrated);
    json_object_shut(w);
    return CRM_OK;
}

static const char *state_of(const struct extension *x) {
    return x->is_disabled ? "disabled" : x->is_out ? "left_out" : x->is_held ? "held" : "in_force";
}

static void put_problem(struct json_writer *w, const struct extension *x, enum language language) {
    BUF_CLEANUP struct buf text;
    buf_init(&text, REASON_BYTES);
    bool is_bad = (x->is_out && !x->is_disabled) || x->is_held;
    if (is_bad) err_format(x->reason, language, &text);
    if (is_bad && x->reason->where[0]) buf_printf(&text, " (%s)", x->reason->where);
    json_key_lit(w, "problem");
    json_text_or_nil(w, text.status == CRM_OK ? buf_str(&text) : STR_NONE);
}

static crm_status put_waiting(struct http_request *r, struct kernel *k, const struct extension *x,
                              struct err *err) {
    struct plugin_done done = {0};
    const struct str *names = NULL;
    size_t count = 0, wait = 0;
    crm_status status = plugin_done_read(k, x->name, http_arena(r), &done, err);
    if (status == CRM_OK && done.is_known)
        status = plugin_migrations(x->folder, http_arena(r), &names, &count, err);
    struct str *all = ARENA_ARRAY(http_arena(r), count + 1, struct str);
    if (status != CRM_OK || !all) return status == CRM_OK ? err_no_memory(err) : status;
    for (size_t i = 0; i < count; i++) {
        bool has_run = false;
        for (size_t n = 0; n < done.count; n++)
            has_run |= str_eq(done.names[n], names[i]);
        if (!has_run) all[wait++] = names[i];
    }
    put_names(http_json(r), "migrations", all, wait);
    return CRM_OK;
}

static crm_status put_plugin(struct http_request *r, struct kernel *k, const struct extension *x,
                             struct err *err) {
    struct json_writer *w = http_json(r);
    enum language language = http_language(r);
    struct str label =
        x->label.text[language].len ? x->label.text[language] : x->label.text[LANGUAGE_EN];
    json_object_open(w);
    json_key_lit(w, "plugin");
    json_text(w, x->name);
    json_key_lit(w, "version");
    json_text_or_nil(w, x->version);
    json_key_lit(w, "label");
    json_text(w, label.len ? label : x->name);
    json_key_lit(w, "needs");
    json_array_open(w);
    for (size_t i = 0; i < x->need_count; i++)
        json_text(w, x->needs[i]);
    json_array_shut(w);
    json_key_lit(w, "state");
    json_cstr(w, state_of(x));
    put_problem(w, x, language);
    crm_status status = put_waiting(r, k, x, err);
    json_object_shut(w);
    return status;
}

/* ---- routes -----------------------------------------------------------------------------------
 */

static crm_status admin_only(struct http_request *r, struct err *err) {
    return access_is_admin(http_access(r)) ? CRM_OK
                                           : err_set(err, CRM_FORBIDDEN, &say_script_admin, NULL);
}

static crm_status get_plugins(struct http_request *r, void *ctx, struct err *err) {
    struct json_writer *w = http_json(r);
    crm_status status = http_query_only(r, err, NULL);
    if (status == CRM_OK) status = admin_only(r, err);
    if (status != CRM_OK) return status;
    struct loaded *loaded = kernel_loaded(ctx);
    json_object_open(w);
    json_key_lit(w, "plugins");
    json_array_open(w);
    for (size_t i = 0; status == CRM_OK && loaded && i < loaded->extensions.count; i++)
        if (!loaded->extensions.items[i].is_script)
            status = put_plugin(r, ctx, &loaded->extensions.items[i], err);
    json_array_shut(w);
    json_object_shut(w);
    loaded_unref(loaded);
    return status;
}

static crm_status carry_out(struct http_request *r, struct kernel *k, struct plugin_order *o,
                            struct err *err) {
    struct plugin_plan plan;
    const struct actor *actor = &http_access(r)->actor;
    struct str dry = http_query(r, "dry");
    o->dry = str_is(dry, "1") || str_is(dry, "true");
    o->by = (struct reload_options){.who = actor->login, .author = actor->user};
    crm_status status = kernel_plugin(k, o, http_arena(r), &plan, err);
    if (status == CRM_OK)
        status = plugin_plan_json(k, &plan, http_language(r), http_arena(r), http_json(r), err);
    plugin_plan_fini(&plan);
    return status;
}

/* The body in memory that has a descriptor; *ret -1: it was empty. */
static crm_status receive(struct http_request *r, int *ret, struct err *err) {
    struct str piece = STR_NONE;
    size_t total = 0;
    int fd = memfd_create("package", MFD_CLOEXEC);
    crm_status status = fd >= 0 ? CRM_OK : err_no_memory(err);
    while (status == CRM_OK) {
        status = http_body_read(r, &piece, err);
        if (status != CRM_OK || piece.len == 0) break;
        total += piece.len;
        if (total > PACKAGE_BYTES)
            status = err_set(err, CRM_TOO_LARGE, &module_package_large, "64 MB", NULL);
        else if (write(fd, piece.ptr, piece.len) != (ssize_t)piece.len)
            status = err_no_memory(err);
    }
    if (status == CRM_OK && total)
        *ret = fd;
    else if (fd >= 0)
        close(fd);
    return status;
}

static crm_status with_package(struct http_request *r, struct kernel *k, struct plugin_order *o,
                               struct err *err) {
    o->fd = -1;
    crm_status status = http_query_only(r, err, "dry", NULL);
    if (status == CRM_OK) status = admin_only(r, err);
    if (status == CRM_OK) status = receive(r, &o->fd, err);
    if (status == CRM_OK) status = carry_out(r, k, o, err);
    if (o->fd >= 0) close(o->fd);
    return status;
}

static crm_status install(struct http_request *r, void *ctx, struct err *err) {
    struct plugin_order o = {.action = PLUGIN_INSTALL};
    return with_package(r, ctx, &o, err);
}

static crm_status upgrade(struct http_request *r, void *ctx, struct err *err) {
    struct plugin_order o = {.action = PLUGIN_UPGRADE, .name = http_param(r, "plugin")};
    return with_package(r, ctx, &o, err);
}

static crm_status switch_to(struct http_request *r, struct kernel *k, enum plugin_action action,
                            struct err *err) {
    struct plugin_order o = {.action = action, .name = http_param(r, "plugin"), .fd = -1};
    crm_status status = http_query_only(r, err, "dry", NULL);
    if (status == CRM_OK) status = admin_only(r, err);
    return status == CRM_OK ? carry_out(r, k, &o, err) : status;
}

static crm_status enable(struct http_request *r, void *ctx, struct err *err) {
    return switch_to(r, ctx, PLUGIN_ENABLE, err);
}
static crm_status disable(struct http_request *r, void *ctx, struct err *err) {
    return switch_to(r, ctx, PLUGIN_DISABLE, err);
}

static crm_status remove_it(struct http_request *r, void *ctx, struct err *err) {
    struct plugin_order o = {.action = PLUGIN_REMOVE, .name = http_param(r, "plugin"), .fd = -1};
    struct str fate = http_query(r, "records");
    crm_status status = http_query_only(r, err, "dry", "records", NULL);
    if (status == CRM_OK) status = admin_only(r, err);
    if (status == CRM_OK && !str_is(fate, "keep") && !str_is(fate, "delete"))
        status = err_set(err, CRM_INVALID, &module_plugin_fate, NULL);
    o.fate = str_is(fate, "delete") ? PLUGIN_DELETE : PLUGIN_KEEP;
    return status == CRM_OK ? carry_out(r, ctx, &o, err) : status;
}

#define FLAG  "{\"type\":\"boolean\"}"
#define COUNT "{\"type\":\"integer\"}"
#define PLAN                                                                                       \
    DESCRIBE_OBJECT(                                                                               \
        "\"action\":" DESCRIBE_TEXT ",\"plugin\":" DESCRIBE_TEXT                                   \
        ",\"from\":" DESCRIBE_OR_NULL("string") ",\"to\":" DESCRIBE_OR_NULL(                       \
            "string") ",\"done\":" FLAG                                                            \
                      ",\"steps\":" DESCRIBE_LIST(                                                 \
                          DESCRIBE_ANY_OBJECT) ",\"goes\""                                         \
                                               ":" DESCRIBE_OBJECTS(                               \
                                                   "\"name\""                                      \
                                                   ":" DESCRIBE_TEXT ",\"records\""                \
                                                   ":" COUNT) ",\"migra"                           \
                                                              "tions\""                            \
                                                              ":" DESCRIBE_LIST(                   \
                                                                  DESCRIBE_TEXT) ",\"migrated\""   \
                                                                                 ":" COUNT)
#define PLUGINS                                                                                    \
    DESCRIBE_OBJECTS("\"plugin\":" DESCRIBE_TEXT ",\"version\":" DESCRIBE_OR_NULL(                 \
        "string") ",\"label\":" DESCRIBE_TEXT                                                      \
                  ",\"needs\":" DESCRIBE_LIST(                                                     \
                      DESCRIBE_TEXT) ",\"state\":" DESCRIBE_TEXT                                   \
                                     ",\"problem\":" DESCRIBE_OR_NULL(                             \
                                         "string") ",\"migrations\":" DESCRIBE_LIST(DESCRIBE_TEXT))
#define DRY DESCRIBE_QUERY("dry", DESCRIBE_FLAG, "Only the plan")
#define ROUTE(verb, path, fn, text)                                                                \
    .method = (verb), .pattern = "/api/v1/plugins" path, .lane = HTTP_LANE_READER, .handle = (fn), \
    .ctx = k, .summary = (text), .answer_status = "200", .tag = "plugins"

crm_status plugin_rest_register(struct kernel *k, struct http_server *s, struct err *err) {
    const struct http_route routes[] = {
        {ROUTE("GET", "", get_plugins, "Plugins, whether they are in force, and why not"),
         .answer_schema = DESCRIBE_OBJECT("\"plugins\":" PLUGINS)},
        {ROUTE("POST", "", install, "Install a plugin from a zip or tar.gz"),
         .flags = HTTP_ROUTE_STREAM_IN, .body_limit = PACKAGE_BYTES, .query_schema = DRY,
         .body_type = "application/octet-stream", .answer_schema = PLAN},
        {ROUTE("POST", "/{plugin}/upgrade", upgrade,
               "Bring a plugin up to the version in the body; without a body, run what is left of "
               "its migrations"),
         .flags = HTTP_ROUTE_STREAM_IN, .body_limit = PACKAGE_BYTES, .query_schema = DRY,
         .body_type = "application/octet-stream", .answer_schema = PLAN},
        {ROUTE("POST", "/{plugin}/enable", enable, "Take a plugin back into use"),
         .query_schema = DRY, .answer_schema = PLAN},
        {ROUTE("POST", "/{plugin}/disable", disable,
               "Take a plugin out of use; its data waits until it is enabled"),
         .query_schema = DRY, .answer_schema = PLAN},
        {ROUTE("DELETE", "/{plugin}", remove_it, "Remove a plugin, with or without its data"),
         .query_schema = DRY "," DESCRIBE_QUERY("records", DESCRIBE_TEXT, "keep or delete"),
         .answer_schema = PLAN},
    };
    return http_routes_add(s, STR("kernel"), routes, sizeof routes / sizeof *routes, err);
}
