/* perigee check: the data against the log. */
#include <stdio.h>

#include "cli/command.h"
#include "record/log.h"
#include "record/read.h"

static void on_problem(void *ctx, struct str text) { command_say(ctx, "%.*s", STR_ARG(text)); }

static crm_status check(struct crm_command *c, struct err *err) {
    struct record_view *v = c->view->record;
    struct check_report report = {0};
    char problems[24];
    crm_status status = record_check(v->engine, v->conn, v->arena, on_problem, c, &report, err);
    if (status != CRM_OK) return status;
    snprintf(problems, sizeof problems, "%lld", (long long)report.problems);
    cli_left_out(c, kernel_extensions(c->kernel), NULL);
    if (report.problems) return err_set(err, CRM_INTERNAL, &cli_check_failed, problems, NULL);
    char counts[3][24];
    snprintf(counts[0], sizeof counts[0], "%lld", (long long)report.records);
    snprintf(counts[1], sizeof counts[1], "%lld", (long long)report.changesets);
    snprintf(counts[2], sizeof counts[2], "%lld", (long long)report.changes);
    cli_say(c, &cli_said_checked, counts[0], counts[1], counts[2], NULL);
    struct json_writer *w = command_result(c);
    json_object_open(w);
    json_key_lit(w, "records");
    json_int64(w, report.records);
    json_key_lit(w, "changesets");
    json_int64(w, report.changesets);
    json_key_lit(w, "changes");
    json_int64(w, report.changes);
    json_key_lit(w, "problems");
    json_int64(w, report.problems);
    json_object_shut(w);
    return CRM_OK;
}

CLI_RUN(check)
CLI_COMMAND(check, CLI_ANYWHERE, .name = "check", .summary = "Checks the data against the log",
            .run = check_,
            .help = "Integrity of the database, records against their log, the chain of digests, "
                    "roll-ups and counts.")
