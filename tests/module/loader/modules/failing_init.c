/* Registers first and then fails, with a message. */
#include "small.h"

static const struct crm_text no_luck = {"no_luck", "There was no luck for {0}.",
                                        "Не повезло: {0}."};

static crm_status failing(struct crm_host *host, const struct crm_host_calls *calls,
                          void **ret_state, struct crm_error *err) {
    struct crm crm;
    (void)ret_state;
    crm_take(host, calls, &crm);
    small_trace("failing_init", "init");
    const struct crm_route route = {.size = sizeof route,
                                    .method = "GET",
                                    .pattern = "/api/v1/failing",
                                    .handle = small_handle};
    if (crm.http->route_add(host, &route, err) != CRM_OK) return CRM_INTERNAL;
    const struct crm_str name = CRM_STR("us");
    return crm.base->error_set(err, CRM_REFUSED, &no_luck, &name, 1);
}

static const struct crm_need needs[] = {{CRM_BASE_SERVICE, 1}, {CRM_HTTP_SERVICE, 1}};
static const struct crm_module module = {CRM_MODULE_HEADER, .name = "failing_init",
                                         .version = "1",    .needs = needs,
                                         .need_count = 2,   .init = failing};
CRM_MODULE(module)
