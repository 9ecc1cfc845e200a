/* Registers after init, which is refused; start passes the refusal on. */
#include "small.h"

static crm_status late_init(struct crm_host *host, const struct crm_host_calls *calls,
                            void **ret_state, struct crm_error *err) {
    struct crm *crm = calloc(1, sizeof *crm);
    (void)err;
    if (!crm) return CRM_NO_MEMORY;
    crm_take(host, calls, crm);
    *ret_state = crm;
    return CRM_OK;
}

static crm_status late_start(void *state, struct crm_error *err) {
    const struct crm *crm = state;
    const struct crm_route route = {
        .size = sizeof route, .method = "GET", .pattern = "/api/v1/late", .handle = small_handle};
    return crm->http->route_add(crm->host, &route, err);
}

static const struct crm_need needs[] = {{CRM_HTTP_SERVICE, 1}};
static const struct crm_module late = {CRM_MODULE_HEADER,   .name = "late",  .version = "1",
                                       .needs = needs,      .need_count = 1, .init = late_init,
                                       .start = late_start, .fini = free};
CRM_MODULE(late)
