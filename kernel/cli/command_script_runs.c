/* perigee script runs, why, resume, stop, start: what scripts did, and steering them. The same as
 * the routes of http/rest_run.c and http/rest_script.c. */
#include <stdio.h>

#include "cli/command.h"
#include "event/job.h"
#include "script/messages.h"
#include "script/runs.h"

enum { OUTPUT_BYTES = 64 * 1024 * 1024, RUNS_SHOWN = 50, RUNS_MAX = 1000 };

static crm_status id_of(struct str text, int64_t *ret, struct err *err) {
    if (id_parse(text, ret)) return CRM_OK;
    return err_set_args(err, CRM_NOT_FOUND, &cli_id_malformed, &text, 1);
}

static crm_status moment(struct crm_command *c, const char *name, int64_t *ret, struct err *err) {
    struct str text = command_value(c, name);
    if (text.len == 0 || time_parse(text, ret)) return CRM_OK;
    return err_set_args(err, CRM_INVALID, &cli_moment_malformed, &text, 1);
}

/* ---- runs ---------------------------------------------------------------------------------- */

static crm_status runs_wanted(struct crm_command *c, struct script_runs_wanted *ret,
                              struct err *err) {
    *ret = (struct script_runs_wanted){.script = command_value(c, "script"),
                                       .outcome = command_value(c, "outcome"),
                                       .limit = RUNS_SHOWN};
    str_to_int64(command_value(c, "limit"), &ret->limit);
    if (ret->limit < 1 || ret->limit > RUNS_MAX) ret->limit = RUNS_MAX;
    crm_status status = moment(c, "since", &ret->since_ms, err);
    if (status == CRM_OK) status = moment(c, "until", &ret->until_ms, err);
    if (status == CRM_OK && command_value(c, "changeset").len)
        status = id_of(command_value(c, "changeset"), &ret->changeset, err);
    return status;
}

static crm_status put_runs(struct crm_command *c, struct json_writer *w, struct err *err) {
    struct store_conn *reader = c->view->record->conn;
    struct str run = command_value(c, "RUN");
    struct script_runs_wanted wanted;
    int64_t id = 0;
    crm_status status = run.len ? id_of(run, &id, err) : runs_wanted(c, &wanted, err);
    if (status != CRM_OK) return status;
    return run.len ? script_run_json(reader, id, &c->arena, w, err)
                   : script_runs_json(reader, &wanted, w, err);
}

static crm_status script_runs(struct crm_command *c, struct err *err) {
    BUF_CLEANUP struct buf out;
    struct json_writer w;
    buf_init(&out, OUTPUT_BYTES);
    json_writer_init(&w, &out);
    crm_status status = cli_whole(c, err);
    if (status == CRM_OK) status = put_runs(c, &w, err);
    return status == CRM_OK ? cli_show_json(c, buf_str(&out), err) : status;
}

static crm_status script_resume(struct crm_command *c, struct err *err) {
    int64_t id = 0, job = 0;
    crm_status status = cli_whole(c, err);
    if (status == CRM_OK) status = id_of(command_value(c, "RUN"), &id, err);
    if (status == CRM_OK) status = script_run_job(c->view->record->conn, id, &c->arena, &job, err);
    if (status == CRM_OK) status = event_job_retry(kernel_events(c->kernel), job, err);
    if (status != CRM_OK) return status;
    cli_say(c, &cli_said_resumed, NULL);
    struct json_writer *w = command_result(c);
    json_object_open(w);
    json_key_lit(w, "job");
    json_id(w, job);
    json_object_shut(w);
    return CRM_OK;
}

/* ---- why ----------------------------------------------------------------------------------- */

static void add_text(struct buf *line, const json_t *object, const char *key, const char *before) {
    const json_t *value = json_object_get(object, key);
    if (json_is_string(value)) buf_printf(line, "%s%s", before, json_string_value(value));
    if (json_is_integer(value))
        buf_printf(line, "%s%lld", before, (long long)json_integer_value(value));
}

/* "2026-11-22T08:00:00.000Z  Ann  scripts/renewals.lua:3  version 1f0c..." */
static void say_change(struct crm_command *c, const json_t *change) {
    const json_t *script = json_object_get(change, "script");
    BUF_CLEANUP struct buf line;
    buf_init(&line, 8192);
    add_text(&line, change, "at", "");
    add_text(&line, json_object_get(change, "actor"), "title", "  ");
    add_text(&line, change, "door", "  ");
    add_text(&line, change, "op", "  ");
    if (json_is_object(script)) {
        add_text(&line, script, json_is_null(json_object_get(script, "file")) ? "name" : "file",
                 "  ");
        add_text(&line, script, "line", ":");
        add_text(&line, script, "version", "  ");
    }
    command_say(c, "%.*s", STR_ARG(buf_str(&line)));
}

static crm_status show_why(struct crm_command *c, struct str json, struct err *err) {
    size_t i;
    const json_t *change;
    JSON_CLEANUP json_t *tree = json_loadb(json.ptr, json.len, 0, NULL);
    if (!tree) return err_internal(err, "an answer that is not JSON");
    for (i = 0; (change = json_array_get(json_object_get(tree, "changes"), i)); i++)
        say_change(c, change);
    json_raw(command_result(c), json);
    return CRM_OK;
}

static crm_status script_why(struct crm_command *c, struct err *err) {
    const struct schema_entity *e = cli_entity(c, command_value(c, "ENTITY"), err);
    int64_t id = 0;
    BUF_CLEANUP struct buf out;
    struct json_writer w;
    buf_init(&out, OUTPUT_BYTES);
    json_writer_init(&w, &out);
    crm_status status = e ? id_of(command_value(c, "ID"), &id, err) : CRM_NOT_FOUND;
    if (status == CRM_OK)
        status =
            script_why_json(c->view->record, e, id, command_value(c, "FIELD"), RUNS_SHOWN, &w, err);
    return status == CRM_OK ? show_why(c, buf_str(&out), err) : status;
}

/* ---- stop and start ------------------------------------------------------------------------ */

static crm_status script_stop(struct crm_command *c, struct err *err) {
    struct str owner = command_value(c, "SCRIPT");
    int64_t cancelled = 0;
    char count[24];
    crm_status status = cli_whole(c, err);
    if (status == CRM_OK)
        status = script_host_stop(kernel_scripts(c->kernel), owner, &cancelled, err);
    if (status != CRM_OK) return status;
    snprintf(count, sizeof count, "%lld", (long long)cancelled);
    cli_say(c, &cli_said_script_stopped, arena_cstr(&c->arena, owner), count, NULL);
    struct json_writer *w = command_result(c);
    json_object_open(w);
    json_key_lit(w, "cancelled");
    json_int64(w, cancelled);
    json_object_shut(w);
    return CRM_OK;
}

static crm_status script_start(struct crm_command *c, struct err *err) {
    struct str owner = command_value(c, "SCRIPT");
    crm_status status = cli_whole(c, err);
    if (status == CRM_OK) status = script_host_resume(kernel_scripts(c->kernel), owner, err);
    if (status == CRM_OK) cli_say(c, &cli_said_script_started, arena_cstr(&c->arena, owner), NULL);
    return status;
}

CLI_RUN(script_runs)
CLI_RUN(script_why)
CLI_RUN(script_resume)
CLI_RUN(script_stop)
CLI_RUN(script_start)
static const struct crm_option one_run[] = {
    {.name = "RUN", .help = "one, with its effects", .kind = CRM_OPTION_TEXT}};
static const char *const outcomes[] = {"ok", "error", "time", "memory", "crash", "cancelled", NULL};
static const struct crm_option runs_options[] = {
    {.name = "script",
     .value = "SCRIPT",
     .help = "a plugin, \"scripts/NAME\", or the whole name of a handler",
     .kind = CRM_OPTION_TEXT},
    {.name = "outcome",
     .value = "HOW",
     .help = "how they ended",
     .kind = CRM_OPTION_TEXT,
     .choices = outcomes},
    {.name = "changeset", .value = "ID", .help = "which wrote it", .kind = CRM_OPTION_TEXT},
    {.name = "since",
     .value = "TIME",
     .help = "started then or later: 2026-11-22T08:00:00Z",
     .kind = CRM_OPTION_TEXT},
    {.name = "until", .value = "TIME", .help = "started before", .kind = CRM_OPTION_TEXT},
    {.name = "limit",
     .value = "N",
     .help = "rows at most, to 1000 (50)",
     .kind = CRM_OPTION_INTEGER}};
CLI_COMMAND(script_runs, CLI_ANYWHERE, .name = "script runs",
            .summary = "Lists what scripts have run, the newest first", CLI_ARGUMENTS(one_run),
            CLI_OPTIONS(runs_options), .run = script_runs_)
static const struct crm_option why_arguments[] = {
    {.name = "ENTITY", .help = "of which entity", .kind = CRM_OPTION_TEXT, .required = true},
    {.name = "ID", .help = "of the record", .kind = CRM_OPTION_TEXT, .required = true},
    {.name = "FIELD", .help = "its field", .kind = CRM_OPTION_TEXT, .required = true}};
CLI_COMMAND(script_why, CLI_ANYWHERE, .name = "script why",
            .summary = "Who or which script, version and line made a field what it is",
            CLI_ARGUMENTS(why_arguments), .run = script_why_)
static const struct crm_option failed_run[] = {{.name = "RUN",
                                                .help = "its id, as script runs shows it",
                                                .kind = CRM_OPTION_TEXT,
                                                .required = true}};
CLI_COMMAND(script_resume, CLI_ANYWHERE, .name = "script resume",
            .summary = "Runs a failed one again, now and from its first attempt",
            CLI_ARGUMENTS(failed_run), .run = script_resume_)
static const struct crm_option owner[] = {{.name = "SCRIPT",
                                           .help = "a plugin, or \"scripts/NAME\"",
                                           .kind = CRM_OPTION_TEXT,
                                           .required = true}};
CLI_COMMAND(script_stop, CLI_ANYWHERE, .name = "script stop",
            .summary = "Stops a script's handlers and cancels what waits or runs of it",
            CLI_ARGUMENTS(owner), .run = script_stop_)
CLI_COMMAND(script_start, CLI_ANYWHERE, .name = "script start", .summary = "Lets it run again",
            CLI_ARGUMENTS(owner), .run = script_start_)
