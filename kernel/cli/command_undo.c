/* perigee undo, check: the log backwards, and against the data. */
#include <stdio.h>

#include "cli/command.h"
#include "record/log.h"
#include "record/read.h"

static void put_conflict(struct crm_command *c, struct json_writer *w, const struct undo_conflict *conflict) {
    json_object_open(w);
    json_key_lit(w, "entity");
    json_text(w, conflict->entity->name);
    json_key_lit(w, "id");
    json_id(w, conflict->record);
    json_key_lit(w, "field");
    if (conflict->field) json_text(w, conflict->field->name);
    else json_nil(w);
    json_key_lit(w, "expected");
    json_value_put(w, &conflict->expected);
    json_key_lit(w, "found");
    json_value_put(w, &conflict->found);
    json_object_shut(w);
    command_say(c, "%.*s %lld%s%.*s", STR_ARG(conflict->entity->name), (long long)conflict->record, conflict->field ? " " : "",
                STR_ARG(conflict->field ? conflict->field->name : STR_NONE));
}

static crm_status undo(struct crm_command *c, struct err *err) {
    struct str text = command_value(c, "CHANGESET");
    struct record_view *v = c->view->record;
    struct undo_result result = {0};
    int64_t id = 0;
    if (!id_parse(text, &id)) return err_set_args(err, CRM_NOT_FOUND, &cli_id_malformed, &text, 1);
    crm_status status = record_undo(v->engine, v->conn, v->access, id, v->arena, &result, err);
    if (status != CRM_OK) return status;
    struct json_writer *w = command_result(c);
    json_object_open(w);
    json_key_lit(w, "changeset");
    if (result.changeset) json_id(w, result.changeset);
    else json_nil(w);
    json_key_lit(w, "conflicts");
    json_array_open(w);
    if (result.conflict_count) command_say(c, "%zu changes were left as they are, because they were changed since:", result.conflict_count);
    for (size_t i = 0; i < result.conflict_count; i++) put_conflict(c, w, &result.conflicts[i]);
    json_array_shut(w);
    json_object_shut(w);
    if (result.changeset) command_say(c, "Undone by changeset %lld.", (long long)result.changeset);
    return CRM_OK;
}

static void on_problem(void *ctx, struct str text) { command_say(ctx, "%.*s", STR_ARG(text)); }

static crm_status check(struct crm_command *c, struct err *err) {
    struct record_view *v = c->view->record;
    struct check_report report = {0};
    char problems[24];
    crm_status status = record_check(v->engine, v->conn, v->arena, on_problem, c, &report, err);
    if (status != CRM_OK) return status;
    snprintf(problems, sizeof problems, "%lld", (long long)report.problems);
    if (report.problems) return err_set(err, CRM_INTERNAL, &cli_check_failed, problems, NULL);
    command_say(c, "%lld records, %lld changesets, %lld changes: no problems.", (long long)report.records, (long long)report.changesets, (long long)report.changes);
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

CLI_RUN(undo)
CLI_RUN(check)
static const struct crm_option undo_arguments[] = {{.name = "CHANGESET", .help = "its id, as GET changesets or an import says it", .kind = CRM_OPTION_TEXT, .required = true}};
CLI_COMMAND(undo, CLI_ANYWHERE, .name = "undo", .summary = "Takes a changeset back", CLI_ARGUMENTS(undo_arguments), .run = undo_,
            .help = "What was changed again since stays and is listed as a conflict. Undoing an import undoes all of it.")
CLI_COMMAND(check, CLI_ANYWHERE, .name = "check", .summary = "Checks the data against the log", .run = check_,
            .help = "Integrity of the database, records against their log, the chain of digests, roll-ups and counts.")
