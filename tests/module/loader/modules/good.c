/* A module as it should be: takes services, registers one of each, lives and ends. */
#include "small.h"

static crm_status run(void *ctx, struct crm_command *c, struct crm_error *err) {
    (void)ctx;
    (void)c;
    (void)err;
    return CRM_OK;
}

static crm_status work(void *ctx, struct crm_job *job, struct crm_error *err) {
    (void)ctx;
    (void)job;
    (void)err;
    return CRM_OK;
}

static crm_status add_all(struct crm *crm, struct crm_error *err) {
    const struct crm_route route = {.size = sizeof route,
                                    .method = "GET",
                                    .pattern = "/api/v1/good/{id}",
                                    .handle = small_handle};
    const struct crm_command_definition command = {
        .size = sizeof command, .name = "good thing", .summary = "does good", .run = run};
    const struct crm_job_kind kind = {.size = sizeof kind, .kind = "good.work", .run = work};
    crm_status status = crm->http->route_add(crm->host, &route, err);
    if (status == CRM_OK) status = crm->command->command_add(crm->host, &command, err);
    if (status == CRM_OK) status = crm->job->kind_add(crm->host, &kind, err);
    if (status == CRM_OK)
        status = crm->job->schedule_add(crm->host, "nightly", "0 3 * * *", "good.work", err);
    if (status == CRM_OK)
        status = crm->script->text_add(crm->host, "tag.lua", CRM_STR("-- nothing"), err);
    return status;
}

static crm_status good_init(struct crm_host *host, const struct crm_host_calls *calls,
                            void **ret_state, struct crm_error *err) {
    struct crm *crm = calloc(1, sizeof *crm);
    if (!crm) return CRM_NO_MEMORY;
    crm_take(host, calls, crm);
    small_trace("good", "init");
    crm_status status = crm->event ? CRM_INTERNAL : add_all(crm, err); /* not among its needs */
    if (status != CRM_OK) {
        free(crm);
        return status;
    }
    *ret_state = crm;
    return CRM_OK;
}

static crm_status good_start(void *state, struct crm_error *err) {
    (void)err;
    small_trace("good", state ? "start" : "start without state");
    return CRM_OK;
}

static void good_stop(void *state) {
    (void)state;
    small_trace("good", "stop");
}

static void good_fini(void *state) {
    small_trace("good", "fini");
    free(state);
}

static const struct crm_need needs[] = {{CRM_BASE_SERVICE, 1},
                                        {CRM_HTTP_SERVICE, 1},
                                        {CRM_COMMAND_SERVICE, 1},
                                        {CRM_JOB_SERVICE, 1},
                                        {CRM_SCRIPT_SERVICE, 1}};
static const struct crm_module good = {CRM_MODULE_HEADER,
                                       .name = "good",
                                       .version = "1.0",
                                       .needs = needs,
                                       .need_count = sizeof needs / sizeof *needs,
                                       .init = good_init,
                                       .start = good_start,
                                       .stop = good_stop,
                                       .fini = good_fini};
CRM_MODULE(good)
