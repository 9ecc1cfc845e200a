/* Nothing to call. */
#include "small.h"

static const struct crm_module none = {CRM_MODULE_HEADER, .name = "no_init", .version = "1"};
CRM_MODULE(none)
