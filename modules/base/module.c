/* base: organizations, contacts, activities and comments; import and export. The descriptor only;
 * what the entities are stands in entities/, each noun's code in a file of its own.
 *
 * Threads: init and fini on the main thread. Owns its state. */
#include <stdlib.h>

#include "export.h"
#include "feed.h"
#include "import_command.h"
#include "import_route.h"
#include "notification.h"

struct base_module {
    struct crm crm;
    struct import_store imports;
};

static crm_status register_all(struct base_module *base, struct crm_error *err) {
    crm_status status = base->crm.script->folder_add(base->crm.host, "entities", err);
    if (status == CRM_OK) status = base->crm.script->folder_add(base->crm.host, "views", err);
    if (status == CRM_OK) status = base->crm.script->folder_add(base->crm.host, "reports", err);
    if (status == CRM_OK) status = import_store_register(&base->imports, err);
    if (status == CRM_OK) status = import_command_register(&base->imports, err);
    if (status == CRM_OK) status = import_route_register(&base->imports, err);
    if (status == CRM_OK) status = feed_register(&base->crm, err);
    if (status == CRM_OK) status = notification_register(&base->crm, err);
    if (status == CRM_OK) status = reminder_register(&base->crm, err);
    return status == CRM_OK ? export_register(&base->crm, err) : status;
}

static void base_fini(void *state) {
    struct base_module *base = state;
    import_store_fini(&base->imports);
    free(base);
}

static crm_status base_init(struct crm_host *host, const struct crm_host_calls *calls,
                            void **ret_state, struct crm_error *err) {
    struct base_module *base = calloc(1, sizeof *base);
    if (!base) return CRM_NO_MEMORY;
    crm_take(host, calls, &base->crm);
    import_store_init(&base->imports, &base->crm);
    crm_status status = register_all(base, err);
    if (status != CRM_OK) {
        base_fini(base);
        return status;
    }
    *ret_state = base;
    return CRM_OK;
}

static const struct crm_need needs[] = {CRM_ALL_NEEDS_LIST};
static const struct crm_module base_module = {CRM_MODULE_HEADER,
                                              .name = "base",
                                              .version = "0.1.0",
                                              .needs = needs,
                                              .need_count = sizeof needs / sizeof *needs,
                                              .init = base_init,
                                              .fini = base_fini};
CRM_MODULE(base_module)
