/* reports: metrics and dimensions defined once, reports that name them, figures that open. The
 * descriptor only; what is counted is said by those whose entities it counts, how stands in plan.h
 * and table.h.
 *
 * Threads: init and fini on the main thread. Owns its state. */
#include <stdlib.h>

#include "route.h"

struct reports {
    struct crm crm;
    struct catalogs catalogs;
};

static void reports_fini(void *state) {
    struct reports *reports = state;
    catalogs_fini(&reports->catalogs);
    free(reports);
}

static crm_status reports_init(struct crm_host *host, const struct crm_host_calls *calls,
                               void **ret_state, struct crm_error *err) {
    struct reports *reports = calloc(1, sizeof *reports);
    if (!reports) return CRM_NO_MEMORY;
    crm_take(host, calls, &reports->crm);
    catalogs_init(&reports->catalogs, &reports->crm);
    crm_status status = reports->crm.script->folder_add(host, "entities", err);
    if (status == CRM_OK) status = route_register(&reports->catalogs, err);
    if (status != CRM_OK) {
        reports_fini(reports);
        return status;
    }
    *ret_state = reports;
    return CRM_OK;
}

static const struct crm_need needs[] = {CRM_ALL_NEEDS_LIST};
static const struct crm_module reports_module = {CRM_MODULE_HEADER,
                                                 .name = "reports",
                                                 .version = "0.1.0",
                                                 .needs = needs,
                                                 .need_count = sizeof needs / sizeof *needs,
                                                 .init = reports_init,
                                                 .fini = reports_fini};
CRM_MODULE(reports_module)
