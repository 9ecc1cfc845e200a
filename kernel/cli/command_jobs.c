/* perigee jobs release: mail and web hooks go out again after a restore. */
#include "cli/command.h"
#include "event/job.h"

static crm_status jobs_release(struct crm_command *c, struct err *err) {
    bool was_held = false;
    crm_status status = cli_whole(c, err);
    if (status == CRM_OK) status = event_release_outbound(kernel_events(c->kernel), &was_held, err);
    if (status != CRM_OK) return status;
    cli_say(c, was_held ? &cli_said_released : &cli_said_not_held, NULL);
    struct json_writer *w = command_result(c);
    json_object_open(w);
    json_key_lit(w, "was_held");
    json_bool(w, was_held);
    json_object_shut(w);
    return CRM_OK;
}

CLI_RUN(jobs_release)
CLI_COMMAND(jobs_release, CLI_ANYWHERE, .name = "jobs release",
            .summary = "Lets outbound jobs run that a restore has held", .run = jobs_release_)
