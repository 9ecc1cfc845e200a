/* Routes of what extends the browser client: where the files of its owners lie, the files, and what
 * Lua draws.
 *
 * Threads: the route's lane. Drawing runs a script under the caller's rights, on a reader. */
#include "http/describe.h"
#include "module/client_files.h"
#include "module/kernel_state.h"
#include "module/messages.h"
#include "module/serving.h"

enum { REASON_BYTES = 8 * 1024, PARAMETERS_MAX = 16 * 1024 };

/* ---- who brings something ----------------------------------------------------------------- */

static void put_reason(struct http_request *r, struct json_writer *w, const char *key,
                       const struct err *why) {
    BUF_CLEANUP struct buf text;
    buf_init(&text, REASON_BYTES);
    err_format(why, http_language(r), &text);
    if (why->where[0]) buf_printf(&text, " (%s)", why->where);
    if (text.status != CRM_OK) return;
    json_key_lit(w, key);
    json_text(w, buf_str(&text));
}

static void put_owner(struct http_request *r, struct kernel *k, struct json_writer *w,
                      const struct client_owner *o) {
    bool admin = access_permits(http_access(r), "settings");
    json_object_open(w);
    json_key_lit(w, "name");
    json_text(w, o->owner);
    json_key_lit(w, "label");
    json_text(w, schema_label_get(&o->label, http_language(r), o->owner));
    json_key_lit(w, "base");
    json_text_or_nil(w, o->base);
    json_key_lit(w, "stopped");
    json_bool(w, script_host_is_stopped(k->scripts, o->owner));
    if (o->problem && admin) put_reason(r, w, "problem", o->problem);
    json_object_shut(w);
}

static crm_status list(struct http_request *r, void *ctx, struct err *err) {
    struct kernel *k = ctx;
    crm_status status = http_query_only(r, err, NULL);
    if (status != CRM_OK) return status;
    struct json_writer *w = http_json(r);
    json_object_open(w);
    json_key_lit(w, "owners");
    json_array_open(w);
    struct client_files *client = client_files_ref(k);
    for (size_t i = 0; i < client->count; i++)
        put_owner(r, k, w, &client->owners[i]);
    client_files_unref(client);
    json_array_shut(w);
    json_key_lit(w, "left_out");
    json_array_open(w);
    struct loaded *loaded = kernel_loaded(k);
    bool admin = access_permits(http_access(r), "settings");
    for (size_t i = 0; admin && i < loaded->extensions.count; i++) {
        const struct extension *x = &loaded->extensions.items[i];
        if (!x->is_out) continue;
        json_object_open(w);
        json_key_lit(w, "name");
        json_text(w, x->owner);
        put_reason(r, w, "problem", x->reason);
        json_object_shut(w);
    }
    loaded_unref(loaded);
    json_array_shut(w);
    json_object_shut(w);
    return CRM_OK;
}

/* ---- files -------------------------------------------------------------------------------- */

static crm_status send_file(struct http_request *r, void *ctx, struct err *err) {
    struct client_files *client = client_files_ref(ctx);
    const struct client_owner *o = client_owner_find(client, http_param(r, "owner"));
    bool is_known = o && o->digest.len && str_eq(o->digest, http_param(r, "digest"));
    const struct client_file *file = is_known ? client_file_find(o, http_param(r, "file")) : NULL;
    if (!file) {
        client_files_unref(client);
        return err_set(err, CRM_NOT_FOUND, &module_file_missing, NULL);
    }
    http_content_type(r, serving_content_type(file->name));
    http_answer_header(r, "Cache-Control", STR("public, max-age=31536000, immutable"));
    http_answer_header(r, "X-Content-Type-Options", STR("nosniff"));
    http_answer_header(r, "Cross-Origin-Resource-Policy", STR("same-origin"));
    http_answer_header(r, "Content-Security-Policy", STR("default-src 'none'; sandbox"));
    buf_add(http_answer_body(r), file->bytes.ptr, file->bytes.len);
    client_files_unref(client);
    return CRM_OK;
}

/* ---- drawings ----------------------------------------------------------------------------- */

static crm_status view_of(struct http_request *r, struct record_view *v,
                          const struct schema_view **ret, struct err *err) {
    const struct schema_view *view = schema_view_find(v->access->schema, http_param(r, "view"));
    if (!view || !view->slot.len || view->file.len || !record_view_shown(v, view))
        return err_set(err, CRM_NOT_FOUND, &module_no_such_view, NULL);
    *ret = view;
    return CRM_OK;
}

/* The record that is drawn for, which the caller must see; none where none is named. */
static crm_status record_of(struct http_request *r, struct record_view *v, struct script_drawing *d,
                            struct err *err) {
    BUF_CLEANUP struct buf text;
    struct json_writer w;
    int64_t version;
    bool is_named = http_has_query(r, "id");
    buf_init(&text, 4096);
    json_writer_init(&w, &text);
    if (!is_named) {
        d->entity = NULL;
        return CRM_OK;
    }
    if (!d->entity || !str_to_int64(http_query(r, "id"), &d->record) ||
        record_get_json(v, d->entity, d->record, STR("id"), &w, &version, err) != CRM_OK)
        return err_set(err, CRM_NOT_FOUND, &module_no_such_record, NULL);
    return CRM_OK;
}

static crm_status answer_drawing(struct http_request *r, const struct script_run_result *result,
                                 struct err *err) {
    bool admin = access_permits(http_access(r), "settings");
    if (strcmp(result->outcome, "ok") != 0) {
        struct str words = str_from(result->outcome);
        struct str args[] = {result->message.len ? result->message : words};
        err_set_args(err, CRM_REFUSED, &module_drawing_failed, args, 1);
        if (admin && result->where.len) err_at(err, "%.*s", STR_ARG(result->where));
        return CRM_REFUSED;
    }
    struct json_writer *w = http_json(r);
    json_object_open(w);
    json_key_lit(w, "drawing");
    json_raw(w, result->value);
    json_object_shut(w);
    return CRM_OK;
}

static crm_status draw(struct http_request *r, void *ctx, struct err *err) {
    struct kernel *k = ctx;
    struct record_view *v = http_view(r);
    const struct schema_view *view = NULL;
    struct script_run_result result;
    struct script_drawing d = {.parameters = http_query(r, "parameters")};
    crm_status status = http_query_only(r, err, "id", "parameters", NULL);
    if (status == CRM_OK && !v) status = err_set(err, CRM_UNAVAILABLE, &module_not_open, NULL);
    if (status == CRM_OK) status = view_of(r, v, &view, err);
    if (status != CRM_OK) return status;
    json_t *parameters = NULL;
    const struct json_limits limits = {
        .max_bytes = PARAMETERS_MAX, .max_depth = 8, .max_elements = 1000};
    if (d.parameters.len) status = json_parse(d.parameters, &limits, &parameters, err);
    bool is_object = !d.parameters.len || json_is_object(parameters);
    json_decref(parameters);
    if (status == CRM_OK && !is_object)
        status = err_set(err, CRM_INVALID, &module_parameters_object, NULL);
    d.view = view->name;
    d.entity = schema_view_entity(v->access->schema, view);
    if (status == CRM_OK) status = record_of(r, v, &d, err);
    const struct script_run_options options = {.name = view->name, .actor = &http_access(r)->actor};
    if (status == CRM_OK)
        status = script_run_draw(k->scripts, &d, &options, http_arena(r), &result, err);
    return status == CRM_OK ? answer_drawing(r, &result, err) : status;
}

/* ---- the table ---------------------------------------------------------------------------- */

#define OWNER                                                                                      \
    DESCRIBE_OBJECT("\"name\":" DESCRIBE_TEXT ",\"label\":" DESCRIBE_TEXT                          \
                    ",\"base\":" DESCRIBE_OR_NULL("string") ",\"stopped\":{\"type\":\"boolean\"}"  \
                                                            ",\"problem\":" DESCRIBE_TEXT)
#define LEFT_OUT DESCRIBE_OBJECT("\"name\":" DESCRIBE_TEXT ",\"problem\":" DESCRIBE_TEXT)

crm_status client_rest_register(struct kernel *k, struct http_server *s, struct err *err) {
    const struct http_route routes[] = {
        {.method = "GET",
         .pattern = "/api/v1/ui",
         .lane = HTTP_LANE_INLINE,
         .handle = list,
         .ctx = k,
         .summary = "Who extends the browser client, and where the files lie",
         .tag = "schema",
         .answer_schema = DESCRIBE_OBJECT(
             "\"owners\":" DESCRIBE_LIST(OWNER) ",\"left_out\":" DESCRIBE_LIST(LEFT_OUT))},
        {.method = "GET",
         .pattern = "/api/v1/ui/{view}",
         .lane = HTTP_LANE_READER,
         .handle = draw,
         .ctx = k,
         .summary = "What Lua draws in a slot of the browser client",
         .tag = "schema",
         .query_schema = DESCRIBE_QUERY(
             "id", DESCRIBE_TEXT,
             "The record that it is drawn for") "," DESCRIBE_QUERY("parameters", DESCRIBE_TEXT,
                                                                   "An object that the view gets, "
                                                                   "as JSON"),
         .answer_schema = DESCRIBE_OBJECT("\"drawing\":{}")},
        {.method = "GET",
         .pattern = "/ui/{owner}/{digest}/{file}",
         .lane = HTTP_LANE_INLINE,
         .flags = HTTP_ROUTE_PUBLIC | HTTP_ROUTE_NO_CSRF | HTTP_ROUTE_NO_DATA,
         .handle = send_file,
         .ctx = k,
         .summary = "A file of a module's or plugin's folder ui/",
         .tag = "schema",
         .answer_type = "application/octet-stream"},
    };
    return http_routes_add(s, STR("kernel"), routes, sizeof routes / sizeof *routes, err);
}
