/* sales: leads and how they become business, deals with their lines, products. The descriptor only;
 * what the entities are stands in entities/, what pages draw of them in views/, what is counted of
 * them in reports/, each noun's code in a file of its own.
 *
 * Threads: init and fini on the main thread. Owns its state. */
#include <stdlib.h>

#include "convert.h"
#include "demo.h"

struct sales {
    struct crm crm;
};

static crm_status sales_init(struct crm_host *host, const struct crm_host_calls *calls,
                             void **ret_state, struct crm_error *err) {
    struct sales *sales = calloc(1, sizeof *sales);
    if (!sales) return CRM_NO_MEMORY;
    crm_take(host, calls, &sales->crm);
    crm_status status = sales->crm.script->folder_add(host, "entities", err);
    if (status == CRM_OK) status = sales->crm.script->folder_add(host, "views", err);
    if (status == CRM_OK) status = sales->crm.script->folder_add(host, "reports", err);
    if (status == CRM_OK) status = convert_register(&sales->crm, err);
    if (status == CRM_OK) status = demo_command_register(&sales->crm, err);
    if (status == CRM_OK) status = demo_route_register(&sales->crm, err);
    if (status != CRM_OK) {
        free(sales);
        return status;
    }
    *ret_state = sales;
    return CRM_OK;
}

static void sales_fini(void *state) { free(state); }

static const struct crm_need needs[] = {CRM_ALL_NEEDS_LIST, {"crm.module.base", 1}};
static const struct crm_module sales_module = {CRM_MODULE_HEADER,
                                               .name = "sales",
                                               .version = "0.1.0",
                                               .needs = needs,
                                               .need_count = sizeof needs / sizeof *needs,
                                               .init = sales_init,
                                               .fini = sales_fini};
CRM_MODULE(sales_module)
