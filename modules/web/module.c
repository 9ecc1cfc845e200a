/* web: the browser client and how it is served. Everything the client does goes through the doors
 * that other programs use; this file only hands out the built files with their headers.
 *
 * Threads: init and fini on the main thread; the kernel serves the files. Owns its state. */
#include "policy.h"

#include <stdlib.h>

#include <crm/services.h>

struct web {
    struct crm crm;
    struct web_policy policy;
    struct crm_pair headers[WEB_HEADERS_MAX];
};

static crm_status serve_files(struct web *web, struct crm_error *err) {
    struct crm_assets hashed = {.size = sizeof hashed,
                                .prefix = "/assets",
                                .folder = "dist/assets",
                                .immutable_pattern = "-"};
    crm_status status = web->crm.http->assets_add(web->crm.host, &hashed, err);
    if (status != CRM_OK) return status;
    struct crm_assets shell = {.size = sizeof shell,
                               .prefix = "/",
                               .folder = "dist",
                               .fallback = "index.html",
                               .headers = web->headers,
                               .header_count = web_policy_headers(&web->policy, web->headers)};
    return web->crm.http->assets_add(web->crm.host, &shell, err);
}

static crm_status web_init(struct crm_host *host, const struct crm_host_calls *calls,
                           void **ret_state, struct crm_error *err) {
    struct web *web = calloc(1, sizeof *web);
    if (!web) return CRM_NO_MEMORY;
    crm_take(host, calls, &web->crm);
    crm_status status = web_policy_load(&web->crm, &web->policy, err);
    if (status == CRM_OK && web->policy.built) status = serve_files(web, err);
    if (status != CRM_OK) {
        free(web);
        return status;
    }
    *ret_state = web;
    return CRM_OK;
}

static void web_fini(void *state) { free(state); }

static const struct crm_need needs[] = {{CRM_BASE_SERVICE, 1}, {CRM_HTTP_SERVICE, 1}};
static const struct crm_module web_module = {CRM_MODULE_HEADER,
                                             .name = "web",
                                             .version = "0.1.0",
                                             .needs = needs,
                                             .need_count = sizeof needs / sizeof *needs,
                                             .init = web_init,
                                             .fini = web_fini};
CRM_MODULE(web_module)
