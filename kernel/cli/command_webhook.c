/* perigee webhook list, user, secret: what other programs may tell scripts. The
 * same as the routes of http/rest_hook.c. */
#include <stdio.h>

#include "cli/command.h"
#include "script/messages.h"
#include "script/webhook.h"

enum { OUTPUT_BYTES = 16 * 1024 * 1024, OVERLAP_HOURS = 24, OVERLAP_HOURS_MAX = 720 };

static void say_webhook(struct crm_command *c, const json_t *it) {
    struct str problem = json_str(json_object_get(it, "problem"));
    command_say(c, "%-40.*s %-12.*s %-18.*s %.*s", STR_ARG(json_str(json_object_get(it, "path"))),
                STR_ARG(json_str(json_object_get(it, "verify"))),
                STR_ARG(problem.len ? problem : STR("ok")),
                STR_ARG(json_str(json_object_get(it, "label"))));
}

static crm_status script_webhooks(struct crm_command *c, struct err *err) {
    size_t i;
    const json_t *it;
    struct json_writer w;
    BUF_CLEANUP struct buf out;
    buf_init(&out, OUTPUT_BYTES);
    json_writer_init(&w, &out);
    crm_status status = cli_whole(c, err);
    json_object_open(&w);
    json_key_lit(&w, "webhooks");
    if (status == CRM_OK)
        status = script_webhooks_json(kernel_scripts(c->kernel), c->view->record->conn,
                                      c->view->record->access, &c->arena, &w, err);
    json_object_shut(&w);
    if (status != CRM_OK) return status;
    JSON_CLEANUP json_t *tree = json_loadb(out.ptr, out.len, 0, NULL);
    if (!tree) return err_internal(err, "an answer that is not JSON");
    json_array_foreach(json_object_get(tree, "webhooks"), i, it) { say_webhook(c, it); }
    json_raw(command_result(c), buf_str(&out));
    return CRM_OK;
}

static crm_status set(struct crm_command *c, struct script_webhook_change *change,
                      struct str *ret_secret, struct err *err) {
    struct str user = command_value(c, "LOGIN");
    struct script_host *host = kernel_scripts(c->kernel);
    change->owner = command_value(c, "SCRIPT");
    change->name = command_value(c, "NAME");
    crm_status status = cli_whole(c, err);
    if (status == CRM_OK && user.len)
        status = script_webhook_user(host, user, &c->arena, &change->actor, err);
    return status == CRM_OK ? script_webhook_set(host, change, &c->arena, ret_secret, err) : status;
}

static crm_status script_webhook_user_set(struct crm_command *c, struct err *err) {
    struct script_webhook_change change = {.renews = false};
    struct str none;
    crm_status status = set(c, &change, &none, err);
    if (status == CRM_OK)
        cli_say(c, &cli_said_webhook_user, arena_cstr(&c->arena, command_value(c, "LOGIN")), NULL);
    return status;
}

/* The one that somebody else has made, from standard input. */
static crm_status read_secret(struct crm_command *c, struct str *ret, struct err *err) {
    for (size_t i = 0; i < c->value_count; i++) {
        if (strcmp(c->values[i].name, "secret-stdin") != 0 || c->values[i].fd < 0) continue;
        crm_status status = cli_read_text(c, c->values[i].fd, ret, err);
        if (status != CRM_OK) return status;
        *ret = str_trim(*ret);
        return ret->len ? CRM_OK : err_set(err, CRM_INVALID, &say_script_webhook_secret, NULL);
    }
    return CRM_OK;
}

static crm_status script_webhook_secret_set(struct crm_command *c, struct err *err) {
    struct script_webhook_change change = {.renews = true};
    struct str secret = STR_NONE;
    int64_t hours = OVERLAP_HOURS;
    str_to_int64(command_value(c, "overlap"), &hours);
    if (hours < 0 || hours > OVERLAP_HOURS_MAX) hours = OVERLAP_HOURS_MAX;
    change.overlap_ms = hours * 3600000;
    crm_status status = read_secret(c, &change.secret, err);
    if (status == CRM_OK) status = set(c, &change, &secret, err);
    if (status != CRM_OK) return status;
    command_say(c, "%.*s", STR_ARG(secret));
    struct json_writer *w = command_result(c);
    json_object_open(w);
    json_key_lit(w, "secret");
    json_text(w, secret);
    json_object_shut(w);
    return CRM_OK;
}

CLI_RUN(script_webhooks)
CLI_RUN(script_webhook_user_set)
CLI_RUN(script_webhook_secret_set)
CLI_COMMAND(script_webhooks, CLI_ANYWHERE, .name = "webhook list",
            .summary = "Lists the webhooks that scripts declare, and why one does not answer",
            .run = script_webhooks_)
#define WEBHOOK                                                                                    \
    {.name = "SCRIPT",                                                                             \
     .help = "a plugin, or \"scripts/NAME\"",                                                      \
     .kind = CRM_OPTION_TEXT,                                                                      \
     .required = true},                                                                            \
    {                                                                                              \
        .name = "NAME", .help = "of the webhook", .kind = CRM_OPTION_TEXT, .required = true        \
    }
static const struct crm_option user_arguments[] = {WEBHOOK,
                                                   {.name = "LOGIN",
                                                    .help = "whose rights its runs have",
                                                    .kind = CRM_OPTION_TEXT,
                                                    .required = true}};
static const struct crm_option secret_arguments[] = {WEBHOOK};
static const struct crm_option secret_options[] = {
    {.name = "overlap",
     .value = "HOURS",
     .help = "for how long the one before counts beside it, to 720 (24)",
     .kind = CRM_OPTION_INTEGER},
    {.name = "secret-stdin",
     .help = "take the secret from standard input; without it one is made and printed",
     .kind = CRM_OPTION_STDIN}};
CLI_COMMAND(script_webhook_user, CLI_ANYWHERE, .name = "webhook user",
            .summary = "Gives a webhook's runs the rights of a user", CLI_ARGUMENTS(user_arguments),
            .run = script_webhook_user_set_)
CLI_COMMAND(script_webhook_secret, CLI_ANYWHERE, .name = "webhook secret",
            .summary = "Makes or takes another secret for a webhook",
            CLI_ARGUMENTS(secret_arguments), CLI_OPTIONS(secret_options),
            .run = script_webhook_secret_set_)
