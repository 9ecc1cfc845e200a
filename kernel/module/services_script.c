/* crm.script: what the registry keeps until definitions are read. */
#include "module/bridge.h"
#include "module/registry.h"
#include "module/services.h"

static crm_status script_svc_file_add(struct crm_host *host, const char *path,
                                      struct crm_error *err) {
    return registry_add_definition(host, DEFINITION_FILE, path, STR(""), err_in(err));
}

static crm_status script_svc_folder_add(struct crm_host *host, const char *path,
                                        struct crm_error *err) {
    return registry_add_definition(host, DEFINITION_FOLDER, path, STR(""), err_in(err));
}

static crm_status script_svc_text_add(struct crm_host *host, const char *name,
                                      struct crm_str source, struct crm_error *err) {
    return registry_add_definition(host, DEFINITION_TEXT, name, str_in(source), err_in(err));
}

#define SCRIPT_MEMBER(result, name, parameters) .name = script_svc_##name,
const struct crm_script services_script = {
    .size = sizeof services_script, .version = CRM_SCRIPT_VERSION, CRM_SCRIPT_TABLE(SCRIPT_MEMBER)};
