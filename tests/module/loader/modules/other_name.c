/* Calls itself differently from its file. */
#include "small.h"

SMALL_INIT("other_name")
static const struct crm_module other = {CRM_MODULE_HEADER, .name = "somebody", .version = "1",
                                        .init = small_init};
CRM_MODULE(other)
