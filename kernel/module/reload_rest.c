/* Routes of loading extensions anew: reload, versions, back. See reload.h. Threads: the lanes'. */
#include "base/time.h"
#include "http/describe.h"
#include "http/request.h"
#include "module/kernel_state.h"
#include "module/made.h"
#include "module/messages.h"
#include "module/schema_rest.h"
#include "script/messages.h"

enum { REASON_BYTES = 8 * 1024 };

/* ---- as JSON --------------------------------------------------------------------------------- */

static void put_problem(const struct extension *x, enum language language, struct json_writer *w) {
    BUF_CLEANUP struct buf text;
    buf_init(&text, REASON_BYTES);
    err_format(x->reason, language, &text);
    if (x->reason->where[0]) buf_printf(&text, " (%s)", x->reason->where);
    json_object_open(w);
    json_key_lit(w, "script");
    json_text(w, x->owner);
    json_key_lit(w, "held");
    json_bool(w, x->is_held);
    json_key_lit(w, "problem");
    json_text(w, text.status == CRM_OK ? buf_str(&text) : STR_NONE);
    json_object_shut(w);
}

void reload_report_json(struct kernel *k, const struct reload_report *report,
                        enum language language, struct json_writer *w) {
    struct loaded *loaded = kernel_loaded(k);
    json_object_open(w);
    json_key_lit(w, "loaded");
    json_array_open(w);
    for (size_t i = 0; i < report->owner_count; i++)
        json_text(w, report->owners[i]);
    json_array_shut(w);
    json_key_lit(w, "schema_changed");
    json_bool(w, report->schema_changed);
    json_key_lit(w, "refused");
    json_array_open(w);
    for (size_t i = 0; i < loaded->extensions.count; i++) {
        const struct extension *x = &loaded->extensions.items[i];
        if ((x->is_out && !x->is_disabled) || x->is_held) put_problem(x, language, w);
    }
    json_array_shut(w);
    json_object_shut(w);
    loaded_unref(loaded);
}

/* Those of a script that people made are in the database. */
static crm_status made_entries(struct kernel *k, struct str owner, struct arena *a,
                               struct history_entry **ret, size_t *ret_count, struct err *err) {
    struct store_conn *c = NULL;
    struct made_version *versions = NULL;
    struct str name = STR_NONE;
    size_t count = 0;
    if (!made_name(owner, &name)) return CRM_OK;
    crm_status status = engine_reader_open(k->engine, &c, err);
    if (status == CRM_OK) status = made_versions(c, name, a, &versions, &count, err);
    store_conn_close(c);
    struct history_entry *entries = ARENA_ARRAY(a, count + 1, struct history_entry);
    if (status == CRM_OK && !entries) return err_no_memory(err);
    for (size_t i = 0; status == CRM_OK && i < count; i++)
        if (!versions[i].is_removal)
            entries[(*ret_count)++] = (struct history_entry){.number = versions[i].number,
                                                             .version = versions[i].version,
                                                             .who = versions[i].who,
                                                             .note = versions[i].note,
                                                             .at_ms = versions[i].at_ms};
    *ret = entries;
    return status;
}

static crm_status versions_of(struct kernel *k, struct str owner, struct arena *a,
                              struct history_entry **ret, size_t *ret_count, struct err *err) {
    const struct history h = kernel_history(k, owner);
    crm_status status = made_entries(k, owner, a, ret, ret_count, err);
    if (status != CRM_OK || *ret_count) return status;
    kernel_reload_lock(k);
    status = history_list(&h, a, ret, ret_count, err);
    kernel_reload_unlock(k);
    return status;
}

crm_status reload_versions_json(struct kernel *k, struct str owner, struct arena *a,
                                struct json_writer *w, struct err *err) {
    struct history_entry *entries = NULL;
    size_t count = 0;
    struct str now = script_host_version(k->scripts, owner, a);
    bool is_seen = false;
    crm_status status = versions_of(k, owner, a, &entries, &count, err);
    if (status == CRM_OK && !now.len && !count)
        status = err_set_args(err, CRM_NOT_FOUND, &module_no_extension, &owner, 1);
    if (status != CRM_OK) return status;
    json_object_open(w);
    json_key_lit(w, "version");
    json_text_or_nil(w, now);
    json_key_lit(w, "versions");
    json_array_open(w);
    for (size_t i = 0; i < count; i++) {
        bool is_now = !is_seen && str_eq(entries[i].version, now);
        is_seen |= is_now;
        json_object_open(w);
        json_key_lit(w, "version");
        json_text(w, entries[i].version);
        json_key_lit(w, "at");
        json_time(w, entries[i].at_ms);
        json_key_lit(w, "who");
        json_text_or_nil(w, entries[i].who);
        json_key_lit(w, "note");
        json_text_or_nil(w, entries[i].note);
        json_key_lit(w, "in_force");
        json_bool(w, is_now);
        json_object_shut(w);
    }
    json_array_shut(w);
    json_object_shut(w);
    return CRM_OK;
}

/* ---- routes ---------------------------------------------------------------------------------- */

crm_status reload_rest_permitted(struct http_request *r, struct err *err) {
    return access_permits(http_access(r), "scripts")
               ? CRM_OK
               : err_set(err, CRM_FORBIDDEN, &say_script_admin, NULL);
}

/* What lies on disk runs inside of the server. */
static crm_status admin_only(struct http_request *r, struct err *err) {
    return access_is_admin(http_access(r)) ? CRM_OK
                                           : err_set(err, CRM_FORBIDDEN, &say_script_admin, NULL);
}

static crm_status may_return(struct http_request *r, struct kernel *k, struct str script,
                             struct err *err) {
    bool is_made = false;
    crm_status status = made_is_known(k, script, http_arena(r), &is_made, err);
    return status == CRM_OK && !is_made ? admin_only(r, err) : status;
}

struct reload_options reload_rest_options(struct http_request *r) {
    const struct actor *actor = &http_access(r)->actor;
    return (struct reload_options){.who = actor->login, .author = actor->user};
}

/* {"script":"scripts/renewals"}, and "version" where the route has it: NULL where not */
static crm_status read_body(struct http_request *r, struct str *ret_script, struct str *ret_version,
                            struct err *err) {
    json_t *body = NULL;
    crm_status status = reload_rest_permitted(r, err);
    if (status == CRM_OK) status = http_query_only(r, err, NULL);
    if (status == CRM_OK && http_body(r).len)
        status = http_body_object(r, &body, err, "script", ret_version ? "version" : NULL, NULL);
    if (status == CRM_OK) status = schema_rest_text(body, "script", ret_script, err);
    if (status == CRM_OK && ret_version)
        status = schema_rest_text(body, "version", ret_version, err);
    return status;
}

static crm_status reload(struct http_request *r, void *ctx, struct err *err) {
    struct str script = STR_NONE;
    struct reload_report report;
    const struct reload_options options = reload_rest_options(r);
    crm_status status = read_body(r, &script, NULL, err);
    if (status == CRM_OK) status = admin_only(r, err);
    if (status == CRM_OK) status = kernel_reload(ctx, &options, http_arena(r), &report, err);
    if (status == CRM_OK && script.len) status = kernel_reload_problem(ctx, script, err);
    if (status == CRM_OK) reload_report_json(ctx, &report, http_language(r), http_json(r));
    return status;
}

static crm_status back(struct http_request *r, void *ctx, struct err *err) {
    struct str script = STR_NONE, version = STR_NONE;
    struct reload_report report;
    const struct reload_options options = reload_rest_options(r);
    crm_status status = read_body(r, &script, &version, err);
    if (status == CRM_OK) status = may_return(r, ctx, script, err);
    if (status == CRM_OK)
        status = kernel_reload_back(ctx, script, version, &options, http_arena(r), &report, err);
    if (status == CRM_OK) reload_report_json(ctx, &report, http_language(r), http_json(r));
    return status;
}

static crm_status versions(struct http_request *r, void *ctx, struct err *err) {
    crm_status status = http_query_only(r, err, "script", NULL);
    if (status == CRM_OK) status = reload_rest_permitted(r, err);
    return status == CRM_OK ? reload_versions_json(ctx, http_query(r, "script"), http_arena(r),
                                                   http_json(r), err)
                            : status;
}

#define REPORT                                                                                     \
    DESCRIBE_OBJECT("\"loaded\":" DESCRIBE_LIST(                                                   \
        DESCRIBE_TEXT) ",\"schema_changed\":{\"type\":\"boolean\"},"                               \
                       "\"refused\":" DESCRIBE_OBJECTS("\"script\":" DESCRIBE_TEXT                 \
                                                       ",\"held\":{\"type\":\"boolean\"},"         \
                                                       "\"problem\":" DESCRIBE_TEXT))
#define VERSION                                                                                    \
    DESCRIBE_OBJECT("\"version\":" DESCRIBE_TEXT ",\"at\":" DESCRIBE_MOMENT                        \
                    ",\"who\":" DESCRIBE_OR_NULL("string") ",\"note\":" DESCRIBE_OR_NULL(          \
                        "string") ",\"in_force\":{\"type\":\"boolean\"}")

crm_status reload_rest_register(struct kernel *k, struct http_server *s, struct err *err) {
    const struct http_route routes[] = {
        {.method = "POST",
         .pattern = "/api/v1/scripts/reload",
         .lane = HTTP_LANE_READER,
         .handle = reload,
         .ctx = k,
         .summary = "Load plugins and scripts anew; 422 when the one that is named is not in force "
                    "as it lies there",
         .body_schema = DESCRIBE_OBJECT("\"script\":" DESCRIBE_TEXT),
         .answer_status = "200",
         .answer_schema = REPORT,
         .tag = "scripts"},
        {.method = "POST",
         .pattern = "/api/v1/scripts/back",
         .lane = HTTP_LANE_READER,
         .handle = back,
         .ctx = k,
         .summary = "Return a plugin or script to a version that was in force",
         .body_schema = DESCRIBE_OBJECT("\"script\":" DESCRIBE_TEXT ",\"version\":" DESCRIBE_TEXT),
         .answer_status = "200",
         .answer_schema = REPORT,
         .tag = "scripts"},
        {.method = "GET",
         .pattern = "/api/v1/scripts/versions",
         .lane = HTTP_LANE_READER,
         .handle = versions,
         .ctx = k,
         .summary = "The versions of a plugin or script that were in force, the newest first",
         .query_schema = DESCRIBE_QUERY("script", DESCRIBE_TEXT, "A plugin, or scripts/NAME"),
         .answer_schema = DESCRIBE_OBJECT(
             "\"version\":" DESCRIBE_OR_NULL("string") ",\"versions\":" DESCRIBE_LIST(VERSION)),
         .tag = "scripts"},
    };
    return http_routes_add(s, STR("kernel"), routes, sizeof routes / sizeof *routes, err);
}
