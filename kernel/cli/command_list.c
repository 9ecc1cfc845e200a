/* perigee list: a page of records, as GET records/{entity} gives it. */
#include "cli/command.h"
#include "record/read.h"

enum { OUTPUT_BYTES = 256 * 1024 * 1024 };

static crm_status list(struct crm_command *c, struct err *err) {
    const struct schema_entity *e = cli_entity(c, command_value(c, "ENTITY"), err);
    if (!e) return CRM_NOT_FOUND;
    int64_t limit = 0;
    str_to_int64(command_value(c, "limit"), &limit);
    const struct record_list_options options = {.where = command_value(c, "where"),
                                                .sort = command_value(c, "sort"),
                                                .fields = command_value(c, "fields"),
                                                .after = command_value(c, "after"),
                                                .count = command_value(c, "count"),
                                                .search = command_value(c, "search"),
                                                .limit = limit,
                                                .trash = command_has(c, "trash") ? STORE_TRASHED
                                                                                 : STORE_LIVING,
                                                .action = SCHEMA_ACTION_READ};
    BUF_CLEANUP struct buf out;
    buf_init(&out, OUTPUT_BYTES);
    struct json_writer w;
    json_writer_init(&w, &out);
    crm_status status = record_list_json(c->view->record, e, &options, &w, err);
    return status == CRM_OK ? cli_show_json(c, buf_str(&out), err) : status;
}

CLI_RUN(list)
static const struct crm_option list_arguments[] = {
    {.name = "ENTITY", .help = "what to list", .kind = CRM_OPTION_TEXT, .required = true}};
static const char *const counts[] = {"none", "capped", "exact", NULL};
static const struct crm_option list_options[] = {
    {.name = "where",
     .value = "EXPRESSION",
     .help = "a condition: \"amount > 1000 and owner == me()\"",
     .kind = CRM_OPTION_TEXT},
    {.name = "search",
     .value = "TEXT",
     .help = "full text within the entity",
     .kind = CRM_OPTION_TEXT},
    {.name = "sort", .value = "FIELDS", .help = "\"-amount,name\"", .kind = CRM_OPTION_TEXT},
    {.name = "fields",
     .value = "FIELDS",
     .help = "\"name,organization.name\"; all without it",
     .kind = CRM_OPTION_TEXT},
    {.name = "limit",
     .value = "N",
     .help = "rows at most, to 1000 (50)",
     .kind = CRM_OPTION_INTEGER},
    {.name = "after",
     .value = "CURSOR",
     .help = "\"next\" of the page before",
     .kind = CRM_OPTION_TEXT},
    {.name = "count",
     .value = "HOW",
     .help = "count them",
     .kind = CRM_OPTION_TEXT,
     .choices = counts},
    {.name = "trash", .help = "what is in the trash", .kind = CRM_OPTION_FLAG}};
CLI_COMMAND(list, CLI_ANYWHERE, .name = "list", .summary = "Lists records",
            CLI_ARGUMENTS(list_arguments), CLI_OPTIONS(list_options), .run = list_)
