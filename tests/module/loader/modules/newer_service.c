/* Needs a version that is to come. */
#include "small.h"

SMALL_INIT("newer_service")
static const struct crm_need needs[] = {{CRM_BASE_SERVICE, 4000}};
static const struct crm_module newer = {CRM_MODULE_HEADER, .name = "newer_service",
                                        .version = "1",    .needs = needs,
                                        .need_count = 1,   .init = small_init};
CRM_MODULE(newer)
