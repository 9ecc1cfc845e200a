/* A route that dereferences NULL: takes the process with it. */
#include "small.h"

__attribute__((no_sanitize("undefined", "address"))) static crm_status
crash(void *ctx, struct crm_request *r, struct crm_error *err) {
    int *volatile nowhere = NULL;
    (void)ctx;
    (void)r;
    (void)err;
    *nowhere = 1;
    return CRM_OK;
}

static crm_status crashing_init(struct crm_host *host, const struct crm_host_calls *calls,
                                void **ret_state, struct crm_error *err) {
    struct crm crm;
    (void)ret_state;
    crm_take(host, calls, &crm);
    const struct crm_route route = {
        .size = sizeof route, .method = "GET", .pattern = "/api/v1/crash", .handle = crash};
    return crm.http->route_add(host, &route, err);
}

static const struct crm_need needs[] = {{CRM_HTTP_SERVICE, 1}};
static const struct crm_module module = {CRM_MODULE_HEADER, .name = "crashing",
                                         .version = "1",    .needs = needs,
                                         .need_count = 1,   .init = crashing_init};
CRM_MODULE(module)
