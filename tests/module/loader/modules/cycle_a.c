/* Needs cycle_b, which needs it. */
#include "small.h"

SMALL_INIT("cycle_a")
static const struct crm_need needs[] = {{"crm.module.cycle_b", 1}};
static const struct crm_module cycle = {CRM_MODULE_HEADER, .name = "cycle_a", .version = "1",
                                        .needs = needs,    .need_count = 1,   .init = small_init};
CRM_MODULE(cycle)
