/* Made for a later program. */
#include "small.h"

SMALL_INIT("newer_abi")
static const struct crm_module newer = {.magic = CRM_MAGIC,
                                        .size = sizeof newer,
                                        .abi_major = CRM_ABI_MAJOR,
                                        .abi_minor = CRM_ABI_MINOR + 1,
                                        .name = "newer_abi",
                                        .version = "1",
                                        .init = small_init};
CRM_MODULE(newer)
