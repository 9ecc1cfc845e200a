/* perigee get: one record. */
#include "cli/command.h"
#include "record/read.h"

enum { OUTPUT_BYTES = 256 * 1024 * 1024 };

static crm_status get(struct crm_command *c, struct err *err) {
    const struct schema_entity *e = cli_entity(c, command_value(c, "ENTITY"), err);
    struct str text = command_value(c, "ID");
    int64_t id = 0, version = 0;
    if (!e) return CRM_NOT_FOUND;
    if (!id_parse(text, &id)) return err_set_args(err, CRM_NOT_FOUND, &cli_id_malformed, &text, 1);
    BUF_CLEANUP struct buf out;
    buf_init(&out, OUTPUT_BYTES);
    struct json_writer w;
    json_writer_init(&w, &out);
    crm_status status =
        record_get_json(c->view->record, e, id, command_value(c, "fields"), &w, &version, err);
    return status == CRM_OK ? cli_show_json(c, buf_str(&out), err) : status;
}

CLI_RUN(get)
static const struct crm_option get_arguments[] = {
    {.name = "ENTITY", .help = "of which entity", .kind = CRM_OPTION_TEXT, .required = true},
    {.name = "ID", .help = "of the record", .kind = CRM_OPTION_TEXT, .required = true}};
static const struct crm_option get_options[] = {
    {.name = "fields",
     .value = "FIELDS",
     .help = "\"name,organization.name\"; all without it",
     .kind = CRM_OPTION_TEXT}};
CLI_COMMAND(get, CLI_ANYWHERE, .name = "get", .summary = "Shows a record",
            CLI_ARGUMENTS(get_arguments), CLI_OPTIONS(get_options), .run = get_)
