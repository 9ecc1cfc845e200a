/* perigee search: full text across entities. */
#include "cli/command.h"
#include "record/read.h"

enum { OUTPUT_BYTES = 256 * 1024 * 1024, TEXT_BYTES = 1024 * 1024 };

static crm_status search(struct crm_command *c, struct err *err) {
    int64_t limit = 0;
    BUF_CLEANUP struct buf out, text;
    buf_init(&out, OUTPUT_BYTES);
    buf_init(&text, TEXT_BYTES);
    struct json_writer w;
    json_writer_init(&w, &out);
    str_to_int64(command_value(c, "limit"), &limit);
    for (size_t i = 0; i < c->value_count; i++) {
        if (strcmp(c->values[i].name, "TEXT") != 0) continue;
        if (text.len) buf_add_char(&text, ' ');
        buf_add_str(&text, c->values[i].text);
    }
    crm_status status = record_search_json(c->view->record, buf_str(&text),
                                           command_value(c, "entities"), limit, STR_NONE, &w, err);
    return status == CRM_OK ? cli_show_json(c, buf_str(&out), err) : status;
}

CLI_RUN(search)
static const struct crm_option search_arguments[] = {{.name = "TEXT",
                                                      .help = "words or beginnings of words",
                                                      .kind = CRM_OPTION_REPEATED,
                                                      .required = true}};
static const struct crm_option search_options[] = {
    {.name = "entities",
     .value = "NAMES",
     .help = "only these, comma-separated",
     .kind = CRM_OPTION_TEXT},
    {.name = "limit", .value = "N", .help = "hits at most (50)", .kind = CRM_OPTION_INTEGER}};
CLI_COMMAND(search, CLI_ANYWHERE, .name = "search", .summary = "Searches across entities",
            CLI_ARGUMENTS(search_arguments), CLI_OPTIONS(search_options), .run = search_)
