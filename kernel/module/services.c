/* The list of services, and how a module gets at a table: only by a need that it declared. */
#include "module/services.h"

#include "base/json.h"
#include "module/registry.h"

#define SERVICES(X)                                                                                \
    X(CRM_BASE_SERVICE, CRM_BASE_VERSION, services_base, CRM_BASE_TABLE)                           \
    X(CRM_SCHEMA_SERVICE, CRM_SCHEMA_VERSION, services_schema, CRM_SCHEMA_TABLE)                   \
    X(CRM_RECORD_SERVICE, CRM_RECORD_VERSION, services_record, CRM_RECORD_TABLE)                   \
    X(CRM_QUERY_SERVICE, CRM_QUERY_VERSION, services_query, CRM_QUERY_TABLE)                       \
    X(CRM_EVENT_SERVICE, CRM_EVENT_VERSION, services_event, CRM_EVENT_TABLE)                       \
    X(CRM_JOB_SERVICE, CRM_JOB_VERSION, services_job, CRM_JOB_TABLE)                               \
    X(CRM_FILE_SERVICE, CRM_FILE_VERSION, services_file, CRM_FILE_TABLE)                           \
    X(CRM_HTTP_SERVICE, CRM_HTTP_VERSION, services_http, CRM_HTTP_TABLE)                           \
    X(CRM_SCRIPT_SERVICE, CRM_SCRIPT_VERSION, services_script, CRM_SCRIPT_TABLE)                   \
    X(CRM_COMMAND_SERVICE, CRM_COMMAND_VERSION, services_command, CRM_COMMAND_TABLE)

struct service {
    const char *name;
    uint32_t version;
    const void *table;
};
#define SERVICE_ITEM(name, version, table, list) {name, version, &table},
static const struct service services[] = {SERVICES(SERVICE_ITEM)};
#undef SERVICE_ITEM
enum { SERVICE_COUNT = sizeof services / sizeof *services };

static const struct service *service_find(const char *name) {
    for (size_t i = 0; i < SERVICE_COUNT; i++)
        if (strcmp(services[i].name, name) == 0) return &services[i];
    return NULL;
}

uint32_t services_version(const char *name) {
    const struct service *service = service_find(name);
    return service ? service->version : 0;
}

static const void *call_service(struct crm_host *host, const char *name) {
    for (size_t i = 0; i < host->module->need_count; i++) {
        if (strcmp(host->module->needs[i].name, name) != 0) continue;
        const struct service *service = service_find(name);
        return service ? service->table : NULL;
    }
    return NULL;
}

static const char *call_folder(struct crm_host *host) { return host->folder; }

static const struct crm_host_calls calls = {
    .size = sizeof calls, .version = 1, .service = call_service, .folder = call_folder};
const struct crm_host_calls *services_calls(void) { return &calls; }

/* ---- the surface as JSON ------------------------------------------------------------------ */

struct function {
    const char *result, *name, *parameters;
};
#define FUNCTION_ITEM(result, name, parameters) {#result, #name, #parameters},
#define FUNCTION_LIST(name, version, table, list)                                                  \
    {(const struct function[]){list(FUNCTION_ITEM)},                                               \
     sizeof((const struct function[]){list(FUNCTION_ITEM)}) / sizeof(struct function)},
static const struct function_list {
    const struct function *items;
    size_t count;
} functions[] = {SERVICES(FUNCTION_LIST)};
#undef FUNCTION_LIST
#undef FUNCTION_ITEM

/* clang-format off */
#define STRUCTS(X)                                                                                 \
    X(crm_str) X(crm_value) X(crm_item) X(crm_cell) X(crm_row) X(crm_module) X(crm_need)           \
    X(crm_error) X(crm_text) X(crm_pair) X(crm_civil) X(crm_company) X(crm_entity_facts)           \
    X(crm_field_facts) X(crm_view_options) X(crm_actor_facts) X(crm_text_options)                  \
    X(crm_changeset_options) X(crm_bulk_options) X(crm_commit) X(crm_outcome) X(crm_conflict) X(crm_undone)            \
    X(crm_list) X(crm_page) X(crm_figures) X(crm_figures_row) X(crm_hit) X(crm_subscription)       \
    X(crm_event_facts) X(crm_job_kind) X(crm_job_options) X(crm_job_facts) X(crm_route)            \
    X(crm_assets) X(crm_option) X(crm_command_definition)
/* clang-format on */
static const struct {
    const char *name;
    size_t size;
} structs[] = {
#define STRUCT_ITEM(name) {#name, sizeof(struct name)},
    STRUCTS(STRUCT_ITEM)
#undef STRUCT_ITEM
};

/* As written, but for where the blanks beside a star stand. */
static void put_parameters(struct json_writer *w, const char *text) {
    BUF_CLEANUP struct buf plain;
    buf_init(&plain, 4096);
    for (const char *c = text; *c; c++)
        if (*c != ' ' || c == text || c[-1] != '*') buf_add_char(&plain, *c);
    json_text(w, buf_str(&plain));
}

static void describe_service(struct json_writer *w, size_t position) {
    json_object_open(w);
    json_key_lit(w, "name");
    json_cstr(w, services[position].name);
    json_key_lit(w, "version");
    json_int64(w, services[position].version);
    json_key_lit(w, "functions");
    json_array_open(w);
    for (size_t i = 0; i < functions[position].count; i++) {
        const struct function *f = &functions[position].items[i];
        json_object_open(w);
        json_key_lit(w, "name");
        json_cstr(w, f->name);
        json_key_lit(w, "result");
        put_parameters(w, f->result);
        json_key_lit(w, "parameters");
        put_parameters(w, f->parameters);
        json_object_shut(w);
    }
    json_array_shut(w);
    json_object_shut(w);
}

void services_describe(struct buf *out) {
    struct json_writer w;
    json_writer_init(&w, out);
    json_object_open(&w);
    json_key_lit(&w, "abi_major");
    json_int64(&w, CRM_ABI_MAJOR);
    json_key_lit(&w, "abi_minor");
    json_int64(&w, CRM_ABI_MINOR);
    json_key_lit(&w, "services");
    json_array_open(&w);
    for (size_t i = 0; i < SERVICE_COUNT; i++)
        describe_service(&w, i);
    json_array_shut(&w);
    json_key_lit(&w, "structs");
    json_object_open(&w);
    for (size_t i = 0; i < sizeof structs / sizeof *structs; i++) {
        json_key(&w, str_from(structs[i].name));
        json_int64(&w, (int64_t)structs[i].size);
    }
    json_object_shut(&w);
    json_object_shut(&w);
}
