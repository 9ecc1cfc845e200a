/* Comes before "good" by name and after it by need. */
#include "small.h"

SMALL_INIT("after_good")
SMALL_LIFE("after_good")
static const struct crm_need needs[] = {{"crm.module.good", 1}};
static const struct crm_module after = {
    CRM_MODULE_HEADER,    .name = "after_good", .version = "1",
    .needs = needs,       .need_count = 1,      .init = small_init,
    .start = small_start, .stop = small_stop,   .fini = small_fini};
CRM_MODULE(after)
