/* Routes that take the process with them: one dereferences NULL, one calls itself without end. With
 * PERIGEE_TEST_CRASH=start the module does so as it starts. */
#include "small.h"

#include <stdlib.h>
#include <string.h>

__attribute__((no_sanitize("undefined", "address"))) static crm_status
crash(void *ctx, struct crm_request *r, struct crm_error *err) {
    int *volatile nowhere = NULL;
    (void)ctx;
    (void)r;
    (void)err;
    *nowhere = 1;
    return CRM_OK;
}

__attribute__((noinline, no_sanitize("undefined", "address"))) static int
deeper(volatile int *before) {
    volatile int here[64] = {before[0] + 1};
    return here[0] ? deeper(here) + here[1] : 0;
}

static crm_status sink(void *ctx, struct crm_request *r, struct crm_error *err) {
    volatile int start[1] = {1};
    (void)ctx;
    (void)r;
    (void)err;
    return deeper(start) ? CRM_OK : CRM_INTERNAL;
}

static crm_status crashing_start(void *state, struct crm_error *err) {
    const char *where = getenv("PERIGEE_TEST_CRASH");
    (void)state;
    return where && strcmp(where, "start") == 0 ? crash(NULL, NULL, err) : CRM_OK;
}

static crm_status crashing_init(struct crm_host *host, const struct crm_host_calls *calls,
                                void **ret_state, struct crm_error *err) {
    struct crm crm;
    (void)ret_state;
    crm_take(host, calls, &crm);
    const struct crm_route route = {
        .size = sizeof route, .method = "GET", .pattern = "/api/v1/crash", .handle = crash};
    const struct crm_route deep = {
        .size = sizeof deep, .method = "GET", .pattern = "/api/v1/sink", .handle = sink};
    crm_status status = crm.http->route_add(host, &route, err);
    return status == CRM_OK ? crm.http->route_add(host, &deep, err) : status;
}

static const struct crm_need needs[] = {{CRM_HTTP_SERVICE, 1}};
static const struct crm_module module = {
    CRM_MODULE_HEADER, .name = "crashing",    .version = "1",         .needs = needs,
    .need_count = 1,   .init = crashing_init, .start = crashing_start};
CRM_MODULE(module)
