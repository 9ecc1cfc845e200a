/* Something else that exports the same name. */
#include "small.h"

SMALL_INIT("wrong_magic")
static const struct crm_module wrong = {.magic = 0x464C457F,
                                        .size = sizeof wrong,
                                        .abi_major = CRM_ABI_MAJOR,
                                        .name = "wrong_magic",
                                        .version = "1",
                                        .init = small_init};
CRM_MODULE(wrong)
