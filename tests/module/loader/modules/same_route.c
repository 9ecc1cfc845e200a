/* Wants the paths that "good" answers, under another parameter's name. */
#include "small.h"

static crm_status same_init(struct crm_host *host, const struct crm_host_calls *calls,
                            void **ret_state, struct crm_error *err) {
    const struct crm_http *http = calls->service(host, CRM_HTTP_SERVICE);
    (void)ret_state;
    const struct crm_route route = {.size = sizeof route,
                                    .method = "GET",
                                    .pattern = "/api/v1/good/{name}",
                                    .handle = small_handle};
    return http->route_add(host, &route, err);
}

static const struct crm_need needs[] = {{CRM_HTTP_SERVICE, 1}, {"crm.module.good", 1}};
static const struct crm_module same = {CRM_MODULE_HEADER, .name = "same_route", .version = "1",
                                       .needs = needs,    .need_count = 2,      .init = same_init};
CRM_MODULE(same)
