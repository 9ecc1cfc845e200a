/* Made for an interface that is gone. */
#include "small.h"

SMALL_INIT("other_major")
static const struct crm_module other = {.magic = CRM_MAGIC,
                                        .size = sizeof other,
                                        .abi_major = CRM_ABI_MAJOR + 1,
                                        .name = "other_major",
                                        .version = "1",
                                        .init = small_init};
CRM_MODULE(other)
