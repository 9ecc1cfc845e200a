/* Fails without a word. */
#include "small.h"

static crm_status failing(struct crm_host *host, const struct crm_host_calls *calls,
                          void **ret_state, struct crm_error *err) {
    (void)host;
    (void)calls;
    (void)ret_state;
    (void)err;
    return CRM_IO;
}

static const struct crm_module module = {CRM_MODULE_HEADER, .name = "silent_failure",
                                         .version = "1", .init = failing};
CRM_MODULE(module)
