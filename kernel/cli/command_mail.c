/* perigee mail list, show, retry, cancel: the outbound mail queue. The same as the routes of
 * http/rest_mail.c. */
#include "cli/command.h"
#include "event/mail.h"

enum { OUTPUT_BYTES = 64 * 1024 * 1024, MAILS_SHOWN = 50, MAILS_MAX = 1000 };

static crm_status id_of(struct crm_command *c, int64_t *ret, struct err *err) {
    struct str text = command_value(c, "MAIL");
    if (id_parse(text, ret)) return CRM_OK;
    return err_set_args(err, CRM_NOT_FOUND, &cli_id_malformed, &text, 1);
}

static crm_status mail_list(struct crm_command *c, struct err *err) {
    struct mail_wanted wanted = {.state = command_value(c, "state"), .limit = MAILS_SHOWN};
    struct json_writer w;
    BUF_CLEANUP struct buf out;
    buf_init(&out, OUTPUT_BYTES);
    json_writer_init(&w, &out);
    str_to_int64(command_value(c, "limit"), &wanted.limit);
    if (wanted.limit < 1 || wanted.limit > MAILS_MAX) wanted.limit = MAILS_MAX;
    crm_status status = cli_whole(c, err);
    if (status == CRM_OK) status = mails_json(c->view->record->conn, &wanted, &w, err);
    return status == CRM_OK ? cli_show_json(c, buf_str(&out), err) : status;
}

static crm_status mail_show(struct crm_command *c, struct err *err) {
    int64_t id = 0;
    struct json_writer w;
    BUF_CLEANUP struct buf out;
    buf_init(&out, OUTPUT_BYTES);
    json_writer_init(&w, &out);
    crm_status status = cli_whole(c, err);
    if (status == CRM_OK) status = id_of(c, &id, err);
    if (status == CRM_OK) status = mail_json(c->view->record->conn, id, &c->arena, &w, err);
    return status == CRM_OK ? cli_show_json(c, buf_str(&out), err) : status;
}

static crm_status steer(struct crm_command *c,
                        crm_status (*how)(struct event_hub *h, int64_t id, struct err *err),
                        struct err *err) {
    struct event_job job;
    int64_t id = 0;
    crm_status status = cli_whole(c, err);
    if (status == CRM_OK) status = id_of(c, &id, err);
    if (status == CRM_OK) status = event_job_get(c->view->record->conn, id, &c->arena, &job, err);
    if (status == CRM_OK && !str_eq(job.kind, mail_kind)) {
        struct str text = command_value(c, "MAIL");
        status = err_set_args(err, CRM_NOT_FOUND, &cli_id_malformed, &text, 1);
    }
    return status == CRM_OK ? how(kernel_events(c->kernel), id, err) : status;
}

static crm_status mail_retry(struct crm_command *c, struct err *err) {
    crm_status status = steer(c, event_job_retry, err);
    if (status == CRM_OK) cli_say(c, &cli_said_mail_again, NULL);
    return status;
}

static crm_status mail_cancel(struct crm_command *c, struct err *err) {
    crm_status status = steer(c, event_job_cancel, err);
    if (status == CRM_OK) cli_say(c, &cli_said_mail_cancelled, NULL);
    return status;
}

CLI_RUN(mail_list)
CLI_RUN(mail_show)
CLI_RUN(mail_retry)
CLI_RUN(mail_cancel)
static const char *const states[] = {"queued",    "running", "done", "failed",
                                     "cancelled", "unsure",  NULL};
static const struct crm_option list_options[] = {{.name = "state",
                                                  .value = "HOW",
                                                  .help = "how they stand",
                                                  .kind = CRM_OPTION_TEXT,
                                                  .choices = states},
                                                 {.name = "limit",
                                                  .value = "N",
                                                  .help = "rows at most, to 1000 (50)",
                                                  .kind = CRM_OPTION_INTEGER}};
static const struct crm_option one[] = {{.name = "MAIL",
                                         .help = "its id, as mail list shows it",
                                         .kind = CRM_OPTION_TEXT,
                                         .required = true}};
CLI_COMMAND(mail_list, CLI_ANYWHERE, .name = "mail list",
            .summary = "Lists outbound mails, the newest first", CLI_OPTIONS(list_options),
            .run = mail_list_)
CLI_COMMAND(mail_show, CLI_ANYWHERE, .name = "mail show", .summary = "Shows one with its texts",
            CLI_ARGUMENTS(one), .run = mail_show_)
CLI_COMMAND(mail_retry, CLI_ANYWHERE, .name = "mail retry",
            .summary = "Sends one now that failed, was cancelled or waits for its next attempt",
            CLI_ARGUMENTS(one), .run = mail_retry_)
CLI_COMMAND(mail_cancel, CLI_ANYWHERE, .name = "mail cancel", .summary = "Cancels one that waits",
            CLI_ARGUMENTS(one), .run = mail_cancel_)
