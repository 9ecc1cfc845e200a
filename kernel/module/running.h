/* Jobs and events on their way from the hub to modules. Private to kernel/module. */
#ifndef MODULE_RUNNING_H
#define MODULE_RUNNING_H

#include "event/job.h"
#include "event/schedule.h"
#include "event/subscribe.h"
#include "module/view.h"

struct crm_job {
    struct kernel *kernel;
    struct event_job_run *run;
    struct crm_view *view; /* made when first asked for */
};

/* Ends what the job opened. */
void running_job_end(struct crm_job *job);
/* `schema` NULL: the present one. */
crm_status running_job_view(struct crm_job *job, struct schema *schema, struct crm_view **ret,
                            struct err *err);
/* Errors that another attempt will not mend. */
bool running_is_final(crm_status status);

/* Hands what modules registered to the hub: kinds, subscribers, schedules, in this order. */
crm_status running_bind(struct kernel *k, struct registry *r, struct err *err);

#endif
