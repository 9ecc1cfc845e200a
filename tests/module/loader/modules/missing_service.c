/* Needs a service that there is not. */
#include "small.h"

SMALL_INIT("missing_service")
static const struct crm_need needs[] = {{CRM_BASE_SERVICE, 1}, {"crm.telepathy", 1}};
static const struct crm_module missing = {CRM_MODULE_HEADER, .name = "missing_service",
                                          .version = "1",    .needs = needs,
                                          .need_count = 2,   .init = small_init};
CRM_MODULE(missing)
