/* perigee undo: a changeset taken back. */
#include <stdio.h>

#include "cli/command.h"
#include "record/log.h"
#include "record/read.h"

static void put_conflict(struct crm_command *c, struct json_writer *w,
                         const struct undo_conflict *conflict) {
    json_object_open(w);
    json_key_lit(w, "entity");
    json_text(w, conflict->entity->name);
    json_key_lit(w, "id");
    json_id(w, conflict->record);
    json_key_lit(w, "field");
    if (conflict->field)
        json_text(w, conflict->field->name);
    else
        json_nil(w);
    json_key_lit(w, "expected");
    json_value_put(w, &conflict->expected);
    json_key_lit(w, "found");
    json_value_put(w, &conflict->found);
    json_object_shut(w);
    command_say(c, "%.*s %lld%s%.*s", STR_ARG(conflict->entity->name), (long long)conflict->record,
                conflict->field ? " " : "",
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
    char count[24], id_text[24];
    snprintf(count, sizeof count, "%zu", result.conflict_count);
    snprintf(id_text, sizeof id_text, "%lld", (long long)result.changeset);
    struct json_writer *w = command_result(c);
    json_object_open(w);
    json_key_lit(w, "changeset");
    if (result.changeset)
        json_id(w, result.changeset);
    else
        json_nil(w);
    json_key_lit(w, "conflicts");
    json_array_open(w);
    if (result.conflict_count) cli_say(c, &cli_undo_conflicts, count, NULL);
    for (size_t i = 0; i < result.conflict_count; i++)
        put_conflict(c, w, &result.conflicts[i]);
    json_array_shut(w);
    json_object_shut(w);
    if (result.changeset) cli_say(c, &cli_said_undone, id_text, NULL);
    return CRM_OK;
}

CLI_RUN(undo)
static const struct crm_option undo_arguments[] = {
    {.name = "CHANGESET",
     .help = "its id, as GET changesets or an import says it",
     .kind = CRM_OPTION_TEXT,
     .required = true}};
CLI_COMMAND(undo, CLI_ANYWHERE, .name = "undo", .summary = "Takes a changeset back",
            CLI_ARGUMENTS(undo_arguments), .run = undo_,
            .help = "What was changed again since stays and is listed as a conflict. Undoing an "
                    "import undoes all of it.")
