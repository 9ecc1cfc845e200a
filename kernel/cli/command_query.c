/* perigee query: groups and measures, with the body of POST query. */
#include "cli/command.h"
#include "record/read.h"

enum { OUTPUT_BYTES = 256 * 1024 * 1024 };

static crm_status query(struct crm_command *c, struct err *err) {
    JSON_CLEANUP json_t *body = NULL;
    crm_status status = json_parse(command_value(c, "JSON"), &json_limits_default, &body, err);
    if (status != CRM_OK) return status;
    BUF_CLEANUP struct buf out;
    buf_init(&out, OUTPUT_BYTES);
    struct json_writer w;
    json_writer_init(&w, &out);
    status = record_query_json(c->view->record, body, &w, err);
    return status == CRM_OK ? cli_show_json(c, buf_str(&out), err) : status;
}

CLI_RUN(query)
static const struct crm_option query_arguments[] = {{.name = "JSON",
                                                     .help = "as the body of POST query",
                                                     .kind = CRM_OPTION_TEXT,
                                                     .required = true}};
CLI_COMMAND(query, CLI_ANYWHERE, .name = "query", .summary = "Groups and measures",
            CLI_ARGUMENTS(query_arguments), .run = query_,
            .help = "perigee query "
                    "'{\"from\":\"user\",\"group\":[\"team.name\"],\"measures\":{\"n\":\"count()\"}"
                    ",\"sort\":[\"-n\"]}'")
