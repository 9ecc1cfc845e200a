/* A descriptor that ends before its functions. */
#include "small.h"

SMALL_INIT("short_size")
static const struct crm_module short_size = {.magic = CRM_MAGIC,
                                             .size = 24,
                                             .abi_major = CRM_ABI_MAJOR,
                                             .name = "short_size",
                                             .version = "1",
                                             .init = small_init};
CRM_MODULE(short_size)
