/* How a command of the kernel declares itself; see commands.c. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "cli/cli.h"
#include "cli/messages.h"

#define CLI_COMMAND(id, where_, ...)                                                               \
    extern const struct cli_command cli_command_##id;                                              \
    const struct cli_command cli_command_##id = {                                                  \
        {.size = sizeof(struct crm_command_definition), __VA_ARGS__}, where_};
#define CLI_ARGUMENTS(list) .arguments = list, .argument_count = sizeof(list) / sizeof *(list)
#define CLI_OPTIONS(list)   .options = list, .option_count = sizeof(list) / sizeof *(list)

/* A line of this folder's texts, in the person's language; arguments closed by NULL. */
void cli_say(struct crm_command *c, const struct err_text *text, ...) __attribute__((sentinel));
/* The entity of an argument; NULL with an error when the actor sees none of this name. */
const struct schema_entity *cli_entity(struct crm_command *c, struct str name, struct err *err);
/* JSON that a reading function has written into `json`: as the result with --json, else readable on
 * standard output. */
crm_status cli_show_json(struct crm_command *c, struct str json, struct err *err);

#endif
