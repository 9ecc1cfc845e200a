/* All services in one struct, for a module that passes them to its files: taken once in init.
 *
 *     struct sales { struct crm crm; ... };
 *     crm_take(host, calls, &sales->crm);
 *
 * Members whose service does not stand in needs[] are NULL.
 *
 * Threads: any, once taken. */
#ifndef CRM_SERVICES_H
#define CRM_SERVICES_H

#include <crm/base.h>
#include <crm/command.h>
#include <crm/event.h>
#include <crm/file.h>
#include <crm/http.h>
#include <crm/job.h>
#include <crm/query.h>
#include <crm/record.h>
#include <crm/schema.h>
#include <crm/script.h>

struct crm {
    struct crm_host *host;
    const char *folder;
    const struct crm_base *base;
    const struct crm_schema *schema;
    const struct crm_record *record;
    const struct crm_query *query;
    const struct crm_event_service *event;
    const struct crm_job_service *job;
    const struct crm_file *file;
    const struct crm_http *http;
    const struct crm_script *script;
    const struct crm_command_service *command;
};

/* static const struct crm_need needs[] = {CRM_ALL_NEEDS_LIST}; */
#define CRM_ALL_NEEDS_LIST                                                                         \
    {CRM_BASE_SERVICE, CRM_BASE_VERSION}, {CRM_SCHEMA_SERVICE, CRM_SCHEMA_VERSION},                \
        {CRM_RECORD_SERVICE, CRM_RECORD_VERSION}, {CRM_QUERY_SERVICE, CRM_QUERY_VERSION},          \
        {CRM_EVENT_SERVICE, CRM_EVENT_VERSION}, {CRM_JOB_SERVICE, CRM_JOB_VERSION},                \
        {CRM_FILE_SERVICE, CRM_FILE_VERSION}, {CRM_HTTP_SERVICE, CRM_HTTP_VERSION},                \
        {CRM_SCRIPT_SERVICE, CRM_SCRIPT_VERSION}, {                                                \
        CRM_COMMAND_SERVICE, CRM_COMMAND_VERSION                                                   \
    }

static inline void crm_take(struct crm_host *host, const struct crm_host_calls *calls,
                            struct crm *ret) {
    ret->host = host;
    ret->folder = calls->folder(host);
    ret->base = calls->service(host, CRM_BASE_SERVICE);
    ret->schema = calls->service(host, CRM_SCHEMA_SERVICE);
    ret->record = calls->service(host, CRM_RECORD_SERVICE);
    ret->query = calls->service(host, CRM_QUERY_SERVICE);
    ret->event = calls->service(host, CRM_EVENT_SERVICE);
    ret->job = calls->service(host, CRM_JOB_SERVICE);
    ret->file = calls->service(host, CRM_FILE_SERVICE);
    ret->http = calls->service(host, CRM_HTTP_SERVICE);
    ret->script = calls->service(host, CRM_SCRIPT_SERVICE);
    ret->command = calls->service(host, CRM_COMMAND_SERVICE);
}

/* Adds the routes of one table. `lane`, `tag` and `ctx` of `common` are those of all rows; its
 * flags join a row's own. */
static inline crm_status crm_routes_add(const struct crm *crm, const struct crm_route *common,
                                        const struct crm_route *rows, size_t count,
                                        struct crm_error *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; i < count && status == CRM_OK; i++) {
        struct crm_route route = rows[i];
        route.size = sizeof route;
        route.lane = common->lane;
        route.flags |= common->flags;
        route.tag = common->tag;
        route.ctx = common->ctx;
        status = crm->http->route_add(crm->host, &route, err);
    }
    return status;
}

#endif
