/* marketing: campaigns, the channels they run in and what they cost by day; which campaign people
 * and business came from. The descriptor only: what the entities are stands in entities/, what is
 * counted of them in reports/.
 *
 * Threads: init and fini on the main thread. Owns no state. */
#include <crm/services.h>

static crm_status marketing_init(struct crm_host *host, const struct crm_host_calls *calls,
                                 void **ret_state, struct crm_error *err) {
    struct crm crm;
    crm_take(host, calls, &crm);
    crm_status status = crm.script->folder_add(host, "entities", err);
    if (status == CRM_OK) status = crm.script->folder_add(host, "reports", err);
    if (status == CRM_OK) *ret_state = NULL;
    return status;
}

static const struct crm_need needs[] = {CRM_ALL_NEEDS_LIST, {"crm.module.sales", 1}};
static const struct crm_module marketing_module = {CRM_MODULE_HEADER,
                                                   .name = "marketing",
                                                   .version = "0.1.0",
                                                   .needs = needs,
                                                   .need_count = sizeof needs / sizeof *needs,
                                                   .init = marketing_init};
CRM_MODULE(marketing_module)
