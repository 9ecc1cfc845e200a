/* The order of coming up and going down; see kernel.h. */
#include "module/kernel_state.h"

#include <stdlib.h>

#include "base/log.h"
#include "event/mail.h"
#include "module/made.h"
#include "module/messages.h"
#include "module/plugin.h"
#include "module/running.h"
#include "module/schema_rest.h"
#include "module/serving.h"

enum {
    PLAN_ARENA_BYTES = 256 * 1024 * 1024,
    PLACES_BYTES = 64 * 1024,
    JOBS_GRACE_MS = 5000,
    SCHEMA_LOCK_START_MS = 60000,
    ADDRESS_BYTES = 256
};

struct engine *kernel_engine(struct kernel *k) {
    return k ? k->engine : NULL;
}
struct event_hub *kernel_events(struct kernel *k) {
    return k ? k->events : NULL;
}
struct auth *kernel_auth(struct kernel *k) {
    return k ? k->auth : NULL;
}
struct http_server *kernel_http(struct kernel *k) {
    return k->http;
}
struct script_host *kernel_scripts(struct kernel *k) {
    return k ? k->scripts : NULL;
}
struct modules *kernel_modules(struct kernel *k) {
    return &k->modules;
}
bool kernel_is_stopping(const struct kernel *k) {
    return atomic_load(&((struct kernel *)(uintptr_t)k)->is_stopping);
}

static void log_module_left_out(const struct module_failure *m) {
    BUF_CLEANUP struct buf reason;
    buf_init(&reason, 4096);
    err_format(&m->err, LANGUAGE_EN, &reason);
    log_event(LOG_ERROR, "module_left_out", "name", m->name, "reason",
              reason.status == CRM_OK && reason.ptr ? reason.ptr : "", NULL);
}

static crm_status load_modules(struct kernel *k, const struct kernel_options *options,
                               struct err *err) {
    char crashes[4096] = "";
    if (options->data_dir.len)
        snprintf(crashes, sizeof crashes, "%.*s/crash", STR_ARG(options->data_dir));
    const struct modules_options wanted = {.kernel = k,
                                           .crashes = str_from(crashes),
                                           .folder = options->modules_folder,
                                           .files = options->files_folder,
                                           .statics = options->statics};
    crm_status status = modules_load(&k->modules, &wanted, err);
    for (size_t i = 0; i < k->modules.left_out_count; i++)
        log_module_left_out(&k->modules.left_out[i]);
    if (status != CRM_OK || k->modules.failure_count == 0) return status;
    for (size_t i = 0; i < k->modules.failure_count; i++)
        log_err(LOG_ERROR, "module_refused", &k->modules.failures[i].err);
    err_copy(err, &k->modules.failures[0].err);
    return err->status;
}

static void log_left_out(const struct extension *x) {
    BUF_CLEANUP struct buf reason;
    buf_init(&reason, 8192);
    err_format(x->reason, LANGUAGE_EN, &reason);
    buf_add_char(&reason, '\0');
    log_event(LOG_ERROR, x->is_script ? "script_left_out" : "plugin_left_out", "name", x->name.ptr,
              "reason", reason.status == CRM_OK ? reason.ptr : "", "where", x->reason->where, NULL);
}

static crm_status keep_extensions(struct kernel *k, const struct extensions *from,
                                  struct err *err) {
    struct loaded *loaded = NULL;
    crm_status status = loaded_new(from, &loaded, err);
    if (status != CRM_OK) return status;
    for (size_t i = 0; i < from->count; i++)
        if (from->items[i].is_out && !from->items[i].is_disabled) log_left_out(&from->items[i]);
    kernel_loaded_show(k, loaded);
    return CRM_OK;
}

/* With what people made on top. When that does not fit any more - a module has changed - it is said
 * and left out: the registry keeps in force what it has of it. */
static crm_status apply_layers(struct kernel *k, struct arena *a, const struct schema_plan *files,
                               struct err *err) {
    const struct schema_change nothing = {0};
    struct schema_plan whole = {0};
    struct err why;
    crm_status status = kernel_schema_plan(k, &nothing, a, &whole, &why);
    if (status == CRM_OK && whole.refused_count == 0)
        status = kernel_apply(k, &whole, err);
    else {
        if (status != CRM_OK) log_err(LOG_ERROR, "admin_definitions_left_out", &why);
        status = kernel_apply(k, files, err);
    }
    if (whole.schema) schema_plan_fini(&whole);
    return status;
}

/* One node after the other. */
static crm_status apply_or_follow(struct kernel *k, struct arena *a,
                                  const struct schema_plan *files, bool serves, struct err *err) {
    bool yields = false;
    crm_status status = kernel_files_yield(k, serves, &yields, err);
    if (status == CRM_OK && yields) return kernel_schema_follow_first(k, err);
    if (status == CRM_OK) status = apply_layers(k, a, files, err);
    return status == CRM_OK ? kernel_files_note(k, err) : status;
}

static crm_status apply_definitions(struct kernel *k, bool serves, struct err *err) {
    struct arena a;
    struct kernel_plan plan = {0};
    struct store_schema_lock *lock = NULL;
    crm_status status =
        store_schema_lock_take(engine_store(k->engine), SCHEMA_LOCK_START_MS, &lock, err);
    if (status != CRM_OK) return status;
    arena_init(&a, PLAN_ARENA_BYTES);
    status = kernel_plan_with(k, &a, k->scripts, &plan, err);
    if (status == CRM_OK) {
        kernel_files_take(k, &plan);
        status = apply_or_follow(k, &a, &plan.schema, serves, err);
        if (status == CRM_OK) status = keep_extensions(k, &plan.extensions, err);
        kernel_plan_fini(&plan);
    }
    arena_fini(&a);
    store_schema_lock_release(lock);
    return status;
}

static crm_status keep_places(struct kernel *k, const struct kernel_options *options,
                              struct err *err) {
    struct arena *a = &k->places_arena;
    k->places = (struct extension_places){arena_str(a, str_from(options->plugins_folder)),
                                          arena_str(a, str_from(options->scripts_folder)),
                                          arena_str(a, options->data_dir), NULL};
    return k->places.plugins.ptr && k->places.scripts.ptr && k->places.data_dir.ptr
               ? CRM_OK
               : err_no_memory(err);
}

/* Hourly, by the job of this kind: sessions, tokens and sign-ins that are over. */
static crm_status sweep(void *ctx, struct event_job_run *run, struct err *err) {
    (void)run;
    return session_sweep(((struct kernel *)ctx)->auth, clock_now_ms(), err);
}

static crm_status schedule_sweep(struct kernel *k, struct err *err) {
    const struct event_job_kind kind = {
        .name = STR("kernel.sweep_sessions"), .owner = STR("kernel"), .run = sweep, .ctx = k};
    const struct event_schedule schedule = {.name = STR("kernel/sweep_sessions"),
                                            .owner = STR("kernel"),
                                            .cron = STR("@hourly"),
                                            .utc = true,
                                            .job_kind = STR("kernel.sweep_sessions")};
    crm_status status = event_job_kind_add(k->events, &kind, err);
    return status == CRM_OK ? event_schedule_add(k->events, &schedule, err) : status;
}

crm_status kernel_open_data(struct kernel *k, const struct kernel_options *options,
                            struct err *err) {
    const struct engine_options engine = {.store = {.data_dir = options->data_dir,
                                                    .uri = options->database,
                                                    .create = options->create,
                                                    .shadow_rows = options->shadow_rows,
                                                    .unfinished = options->unfinished},
                                          .figures_bytes = options->figures_bytes,
                                          .node = options->node,
                                          .joins = true};
    struct event_options events = {.job_threads = options->job_threads,
                                   .mail_allowed = options->mail_allowed};
    crm_status status = keep_places(k, options, err);
    events.data_dir = k->places.data_dir;
    if (status == CRM_OK) status = engine_open(&engine, &k->engine, err);
    if (status == CRM_OK) events.node = engine_node(k->engine);
    if (status == CRM_OK) status = event_hub_new(k->engine, &events, &k->events, err);
    if (status == CRM_OK) status = mail_open(k->events, err);
    if (status == CRM_OK) status = auth_new(k->engine, &k->auth, err);
    if (status != CRM_OK || options->without_apply) return status;
    const struct script_host_options scripts = {
        .engine = k->engine, .hub = k->events, .http_allowed = options->http_allowed};
    status = script_host_new(&scripts, &k->scripts, err);
    if (status == CRM_OK) status = apply_definitions(k, options->serves, err);
    if (status == CRM_OK) status = script_host_start(k->scripts, err);
    if (status == CRM_OK) status = schedule_sweep(k, err);
    if (status == CRM_OK) status = kernel_schema_job(k, err);
    if (status == CRM_OK) status = running_bind(k, &k->modules.registry, err);
    if (status == CRM_OK) status = modules_start(&k->modules, err);
    return status;
}

crm_status kernel_open(const struct kernel_options *options, struct kernel **ret, struct err *err) {
    struct kernel *k = calloc(1, sizeof *k);
    if (!k) return err_no_memory(err);
    living_schema_init(&k->schema);
    pthread_mutex_init(&k->loaded_mu, NULL);
    pthread_mutex_init(&k->reload_mu, NULL);
    arena_init(&k->places_arena, PLACES_BYTES);
    crm_status status = load_modules(k, options, err);
    if (status == CRM_OK && !options->without_database) status = kernel_open_data(k, options, err);
    if (status != CRM_OK) {
        kernel_close(k);
        return status;
    }
    *ret = k;
    return CRM_OK;
}

static crm_status open_server(struct kernel *k, const struct http_options *http, struct err *err) {
    struct http_options options = *http;
    options.events = k->events;
    options.scripts = k->scripts;
    const struct http_authenticator authenticator = people_authenticator(k->people);
    crm_status status = http_server_new(&options, k->engine, &authenticator, &k->http, err);
    if (status == CRM_OK)
        http_server_extensions(k->http, k->loaded->extensions.count,
                               extensions_left_out(&k->loaded->extensions) +
                                   k->modules.left_out_count);
    if (status == CRM_OK) status = http_rest_register(k->http, err);
    if (status == CRM_OK) status = people_register(k->people, k->http, err);
    if (status == CRM_OK) status = schema_rest_register(k, k->http, err);
    if (status == CRM_OK) status = client_files_load(k, err);
    if (status == CRM_OK) status = client_rest_register(k, k->http, err);
    if (status == CRM_OK) status = reload_rest_register(k, k->http, err);
    if (status == CRM_OK) status = made_rest_register(k, k->http, err);
    if (status == CRM_OK) status = plugin_rest_register(k, k->http, err);
    if (status == CRM_OK) status = serving_bind(k, &k->modules.registry, err);
    return status == CRM_OK ? http_server_start(k->http, err) : status;
}

/* Where this node is reached, with the port that it was given. */
static crm_status start_nodes(struct kernel *k, struct str host, struct err *err) {
    char address[ADDRESS_BYTES];
    while (host.len && host.ptr[host.len - 1] != ':')
        host.len--;
    snprintf(address, sizeof address, "%.*s%d", STR_ARG(host), http_server_port(k->http));
    return nodes_start(k, address, &k->nodes, err);
}

crm_status kernel_start_jobs(struct kernel *k, struct err *err) {
    crm_status status = event_hub_start(k->events, err);
    k->has_hub_started = status == CRM_OK;
    return status;
}

crm_status kernel_serve(struct kernel *k, const struct http_options *http, struct err *err) {
    crm_status status = kernel_start_jobs(k, err);
    if (status != CRM_OK) return status;
    status = people_new(k->auth, k->engine, &k->people, err);
    if (status == CRM_OK) status = kernel_schema_submit(k, err); /* what a stop has interrupted */
    if (status == CRM_OK) status = open_server(k, http, err);
    if (status == CRM_OK) status = reloader_start(k, &k->reloader, err);
    if (status != CRM_OK) return status;
    return start_nodes(k, http->address, err);
}

void kernel_stop(struct kernel *k) {
    if (!k || atomic_exchange(&k->is_stopping, true)) return;
    nodes_stop(k->nodes); /* it asks the reloader */
    k->nodes = NULL;
    reloader_stop(k->reloader);
    k->reloader = NULL;
    if (k->http) http_server_stop(k->http);
    people_free(k->people); /* requests that waited for a password have been answered */
    k->people = NULL;
    if (k->has_hub_started) event_hub_stop(k->events, JOBS_GRACE_MS);
    modules_stop(&k->modules);
}

void kernel_close(struct kernel *k) {
    if (!k) return;
    kernel_stop(k);
    event_hub_free(k->events);
    script_host_free(k->scripts);
    modules_fini(&k->modules);
    auth_free(k->auth);
    if (k->engine) engine_close(k->engine);
    http_server_free(k->http); /* the engine tells it of commits as long as it lives */
    client_files_unref(k->client);
    loaded_unref(k->loaded);
    arena_fini(&k->places_arena);
    living_schema_fini(&k->schema);
    pthread_mutex_destroy(&k->reload_mu);
    pthread_mutex_destroy(&k->loaded_mu);
    free(k);
}
