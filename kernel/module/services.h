/* The services that modules are given: names, versions and tables. Each table stands in its own
 * file services_<name>.c, over the kernel's own functions. Constants; threads: any. */
#ifndef MODULE_SERVICES_H
#define MODULE_SERVICES_H

#include <crm/services.h>

#include "base/buf.h"

const struct crm_host_calls *services_calls(void);
uint32_t services_version(const char *name); /* 0 = there is none */

extern const struct crm_base services_base;
extern const struct crm_schema services_schema;
extern const struct crm_record services_record;
extern const struct crm_query services_query;
extern const struct crm_event_service services_event;
extern const struct crm_job_service services_job;
extern const struct crm_file services_file;
extern const struct crm_http services_http;
extern const struct crm_script services_script;
extern const struct crm_command_service services_command;

/* The whole surface as JSON: every service with its functions in their order, every struct that
 * crosses the border with its size, every constant list. Compared with the frozen levels. */
void services_describe(struct buf *out);

#endif
