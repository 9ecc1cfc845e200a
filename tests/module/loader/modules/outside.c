/* Reaches for files that are not its own. */
#include "small.h"

static crm_status outside_init(struct crm_host *host, const struct crm_host_calls *calls,
                               void **ret_state, struct crm_error *err) {
    const struct crm_script *script = calls->service(host, CRM_SCRIPT_SERVICE);
    (void)ret_state;
    return script->file_add(host, "entities/../../base/entities/user.lua", err);
}

static const struct crm_need needs[] = {{CRM_SCRIPT_SERVICE, 1}};
static const struct crm_module outside = {CRM_MODULE_HEADER, .name = "outside",
                                          .version = "1",    .needs = needs,
                                          .need_count = 1,   .init = outside_init};
CRM_MODULE(outside)
