/* perigee list, get, query, search: the reading doors of REST, on the command line. */
#include <stdio.h>
#include <unistd.h>

#include "cli/command.h"
#include "record/read.h"

enum { OUTPUT_BYTES = 256 * 1024 * 1024, QUERY_BYTES = 1024 * 1024 };

static crm_status list(struct crm_command *c, struct err *err) {
    const struct schema_entity *e = cli_entity(c, command_value(c, "ENTITY"), err);
    if (!e) return CRM_NOT_FOUND;
    int64_t limit = 0;
    str_to_int64(command_value(c, "limit"), &limit);
    const struct record_list_options options = {
        .where = command_value(c, "where"), .sort = command_value(c, "sort"), .fields = command_value(c, "fields"), .after = command_value(c, "after"),
        .count = command_value(c, "count"), .search = command_value(c, "search"), .limit = limit,
        .trash = command_has(c, "trash") ? STORE_TRASHED : STORE_LIVING, .action = SCHEMA_ACTION_READ};
    BUF_CLEANUP struct buf out;
    buf_init(&out, OUTPUT_BYTES);
    struct json_writer w;
    json_writer_init(&w, &out);
    crm_status status = record_list_json(c->view->record, e, &options, &w, err);
    return status == CRM_OK ? cli_show_json(c, buf_str(&out), err) : status;
}

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
    crm_status status = record_get_json(c->view->record, e, id, command_value(c, "fields"), &w, &version, err);
    return status == CRM_OK ? cli_show_json(c, buf_str(&out), err) : status;
}

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

static crm_status search(struct crm_command *c, struct err *err) {
    int64_t limit = 0;
    BUF_CLEANUP struct buf out, text;
    buf_init(&out, OUTPUT_BYTES);
    buf_init(&text, QUERY_BYTES);
    struct json_writer w;
    json_writer_init(&w, &out);
    str_to_int64(command_value(c, "limit"), &limit);
    for (size_t i = 0; i < c->value_count; i++) {
        if (strcmp(c->values[i].name, "TEXT") != 0) continue;
        if (text.len) buf_add_char(&text, ' ');
        buf_add_str(&text, c->values[i].text);
    }
    crm_status status = record_search_json(c->view->record, buf_str(&text), command_value(c, "entities"), limit, STR_NONE, &w, err);
    return status == CRM_OK ? cli_show_json(c, buf_str(&out), err) : status;
}

CLI_RUN(list)
CLI_RUN(get)
CLI_RUN(query)
CLI_RUN(search)

static const struct crm_option list_arguments[] = {{.name = "ENTITY", .help = "what to list", .kind = CRM_OPTION_TEXT, .required = true}};
static const char *const counts[] = {"none", "capped", "exact", NULL};
static const struct crm_option list_options[] = {
    {.name = "where", .value = "EXPRESSION", .help = "a condition: \"amount > 1000 and owner == me()\"", .kind = CRM_OPTION_TEXT},
    {.name = "search", .value = "TEXT", .help = "full text within the entity", .kind = CRM_OPTION_TEXT},
    {.name = "sort", .value = "FIELDS", .help = "\"-amount,name\"", .kind = CRM_OPTION_TEXT},
    {.name = "fields", .value = "FIELDS", .help = "\"name,organization.name\"; all without it", .kind = CRM_OPTION_TEXT},
    {.name = "limit", .value = "N", .help = "rows at most, to 1000 (50)", .kind = CRM_OPTION_INTEGER},
    {.name = "after", .value = "CURSOR", .help = "\"next\" of the page before", .kind = CRM_OPTION_TEXT},
    {.name = "count", .value = "HOW", .help = "count them", .kind = CRM_OPTION_TEXT, .choices = counts},
    {.name = "trash", .help = "what is in the trash", .kind = CRM_OPTION_FLAG}};
CLI_COMMAND(list, CLI_ANYWHERE, .name = "list", .summary = "Lists records", CLI_ARGUMENTS(list_arguments), CLI_OPTIONS(list_options), .run = list_)

static const struct crm_option get_arguments[] = {{.name = "ENTITY", .help = "of which entity", .kind = CRM_OPTION_TEXT, .required = true},
                                                  {.name = "ID", .help = "of the record", .kind = CRM_OPTION_TEXT, .required = true}};
static const struct crm_option get_options[] = {{.name = "fields", .value = "FIELDS", .help = "\"name,organization.name\"; all without it", .kind = CRM_OPTION_TEXT}};
CLI_COMMAND(get, CLI_ANYWHERE, .name = "get", .summary = "Shows a record", CLI_ARGUMENTS(get_arguments), CLI_OPTIONS(get_options), .run = get_)

static const struct crm_option query_arguments[] = {{.name = "JSON", .help = "as the body of POST query", .kind = CRM_OPTION_TEXT, .required = true}};
CLI_COMMAND(query, CLI_ANYWHERE, .name = "query", .summary = "Groups and measures", CLI_ARGUMENTS(query_arguments), .run = query_,
            .help = "perigee query '{\"from\":\"user\",\"group\":[\"team.name\"],\"measures\":{\"n\":\"count()\"},\"sort\":[\"-n\"]}'")

static const struct crm_option search_arguments[] = {{.name = "TEXT", .help = "words or beginnings of words", .kind = CRM_OPTION_REPEATED, .required = true}};
static const struct crm_option search_options[] = {{.name = "entities", .value = "NAMES", .help = "only these, comma-separated", .kind = CRM_OPTION_TEXT},
                                                   {.name = "limit", .value = "N", .help = "hits at most (50)", .kind = CRM_OPTION_INTEGER}};
CLI_COMMAND(search, CLI_ANYWHERE, .name = "search", .summary = "Searches across entities", CLI_ARGUMENTS(search_arguments), CLI_OPTIONS(search_options), .run = search_)
